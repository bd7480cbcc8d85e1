/*
 * ics_component.c - records as VEVENT, VTODO and VJOURNAL.
 *
 * Layer: formats. RFC 5545 3.6, RFC 7986 (CONFERENCE, COLOR), RFC 6638 7.1:
 * SCHEDULE-AGENT=NONE on everybody, so that no server that imports twenty years of
 * meetings mails their attendees. Properties stand in a fixed order: equal records
 * give equal bytes.
 */
#include "ics_component.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rrule.h"
#include "tz.h"
#include "uri.h"

#define VALUE_MOST  4096u
#define VALUES_MOST 100u /* of a property: libical reads no more than 500 */

/* --- times --------------------------------------------------------------- */

static void put_utc(struct pl_sink *sink, const char *name, int64_t seconds)
{
    char text[PL_CIVIL_TEXT];
    pl_civil_print(text, seconds, 'Z');
    pl_line_put_raw(sink, name, text);
}

/* Of a zone that the file has no room for, UTC. */
static const char *tzid_of(const struct pl_ics_context *c, const struct pl_when *when)
{
    return when->zone && !when->is_date ? pl_vtimezones_name(c->zones, when->zone) : NULL;
}

static void proof_add(struct pl_buf *proof, const char *one, const char *two)
{
    pl_buf_puts(proof, one);
    pl_buf_puts(proof, two);
}

/* Times of one kind and zone, as one property. */
static void put_some(struct pl_ics_context *c, const char *name, const struct pl_when *list, size_t count)
{
    struct pl_line l;
    char text[PL_CIVIL_TEXT];
    if (!count || !list->set)
        return;
    const char *tzid = tzid_of(c, list);
    pl_line_begin(&l, c->sink, name);
    if (list->is_date)
        pl_line_param(&l, "VALUE", "DATE");
    else if (tzid)
        pl_line_param(&l, "TZID", tzid);
    pl_line_value(&l);
    if (c->proof)
        proof_add(c->proof, name, list->is_date ? ";VALUE=DATE" : tzid ? ";TZID=X" : "");
    for (size_t i = 0; i < count; i++) {
        pl_civil_print(text, list->is_date || tzid ? list[i].local : list[i].utc, tzid ? '\0' : 'Z');
        if (list->is_date)
            text[8] = '\0';
        pl_line_raw(&l, i ? "," : "");
        pl_line_raw(&l, text);
        if (c->proof)
            proof_add(c->proof, i ? "," : ":", text);
    }
    pl_line_end(&l);
    if (c->proof)
        pl_buf_puts(c->proof, "\r\n");
}

static void put_when(struct pl_ics_context *c, const char *name, const struct pl_when *when)
{
    put_some(c, name, when, 1);
}

static void put_whens(struct pl_ics_context *c, const char *name, const struct pl_when *list, size_t count)
{
    for (size_t i = 0; i < count; i += VALUES_MOST)
        put_some(c, name, list + i, count - i < VALUES_MOST ? count - i : VALUES_MOST);
}

struct use {
    struct pl_vtimezones *zones;
    struct pl_sink *sink;
};

static void use_zone(void *data, const struct pl_zone *zone)
{
    const struct use *use = data;
    (void)pl_vtimezones_use(use->zones, use->sink, zone);
}

void pl_ics_zones(struct pl_vtimezones *zones, struct pl_sink *sink, const struct pl_record *record)
{
    struct use use = {zones, sink};
    pl_record_zones(record, use_zone, &use);
}

/* --- people -------------------------------------------------------------- */

/* An addr-spec as a URI. RFC 6068 2 */
static void mailto(struct pl_buf *b, const char *smtp)
{
    pl_buf_clear(b);
    pl_buf_puts(b, "mailto:");
    for (; *smtp; smtp++)
        if ((unsigned char)*smtp <= 0x20 || strchr("%?#&\"<>\\^`{|}[]", *smtp))
            pl_buf_printf(b, "%%%02X", (unsigned char)*smtp);
        else
            pl_buf_putc(b, *smtp);
}

struct person_line {
    struct pl_line line;
    struct pl_buf uri;
};

static void person_begin(struct person_line *p, struct pl_sink *sink, const char *name, const struct pl_person *who)
{
    pl_buf_init(&p->uri, VALUE_MOST);
    pl_line_begin(&p->line, sink, name);
    if (who->name)
        pl_line_param(&p->line, "CN", who->name);
}

static void person_end(struct person_line *p, const struct pl_person *who)
{
    pl_line_param(&p->line, "SCHEDULE-AGENT", "NONE");
    if (who->dn)
        pl_line_param(&p->line, "X-PIMLIFT-EX", who->dn);
    else if (!who->smtp && who->raw_address)
        pl_line_param(&p->line, "X-PIMLIFT-ADDRESS", who->raw_address);
    if (who->smtp)
        mailto(&p->uri, who->smtp);
    pl_line_value(&p->line);
    /* no address: a URI that nothing can be sent to */
    pl_line_raw(&p->line, who->smtp && !p->uri.failed ? p->uri.data : "invalid:nomail");
    pl_line_end(&p->line);
    pl_buf_release(&p->uri);
}

static void put_organizer(struct pl_sink *sink, const struct pl_event *e)
{
    struct person_line p;
    if (!e->is_meeting)
        return;
    person_begin(&p, sink, "ORGANIZER", &e->organizer);
    if (e->sent_by.smtp) {
        mailto(&p.uri, e->sent_by.smtp);
        if (!p.uri.failed)
            pl_line_param(&p.line, "SENT-BY", p.uri.data);
    }
    person_end(&p, &e->organizer);
    if (!e->sent_by.smtp && (e->sent_by.name || e->sent_by.dn)) {
        person_begin(&p, sink, "X-MS-OLK-SENDER", &e->sent_by); /* SENT-BY must be an address */
        person_end(&p, &e->sent_by);
    }
}

static void put_attendee(struct pl_sink *sink, const struct pl_attendee *a)
{
    static const char *const stats[] = {"NEEDS-ACTION", "TENTATIVE", "ACCEPTED", "DECLINED"};
    static const char *const roles[] = {"REQ-PARTICIPANT", "OPT-PARTICIPANT", "NON-PARTICIPANT"};
    struct person_line p;
    char replied[40];
    person_begin(&p, sink, "ATTENDEE", &a->person);
    if (a->role == PL_RESOURCE)
        pl_line_param(&p.line, "CUTYPE", "RESOURCE");
    pl_line_param(&p.line, "ROLE", roles[a->role]);
    pl_line_param(&p.line, "PARTSTAT", stats[a->partstat]);
    if (a->replied_utc) {
        pl_civil_print(replied, a->replied_utc, 'Z');
        pl_line_param(&p.line, "X-MS-OLK-RESPTIME", replied);
    }
    person_end(&p, &a->person);
}

/* --- attachments --------------------------------------------------------- */

static bool is_media_type(const char *type)
{
    const char *slash = type ? strchr(type, '/') : NULL;
    return slash && slash > type && slash[1] && !strpbrk(type, " ;,:\"\\\t\n") && !strchr(slash + 1, '/');
}

/* "\\server\share\x" and "C:\x" as file URIs. RFC 8089 E.2, E.3 */
static void file_uri(struct pl_line *l, const char *path)
{
    char hex[4];
    pl_line_raw(l, path[0] == '\\' && path[1] == '\\' ? "file:" : "file:///");
    for (; *path; path++) {
        snprintf(hex, sizeof hex, "%c", *path == '\\' ? '/' : *path);
        if ((unsigned char)*path <= 0x20 || (unsigned char)*path >= 0x7f || strchr("%?#\"<>^`{|}", *path))
            snprintf(hex, sizeof hex, "%%%02X", (unsigned char)*path);
        pl_line_raw(l, hex);
    }
}

static void attach_begin(struct pl_line *l, struct pl_sink *sink, const struct pl_attach *a)
{
    pl_line_begin(l, sink, "ATTACH");
    if (is_media_type(a->mime_type))
        pl_line_param(l, "FMTTYPE", a->mime_type);
}

static void put_uri(struct pl_sink *sink, const struct pl_attach *a)
{
    struct pl_line l;
    attach_begin(&l, sink, a);
    pl_line_value(&l);
    if (pl_uri_has_port(a->uri))
        pl_line_raw(&l, "http://");
    if (pl_uri_has_port(a->uri) || pl_uri_has_scheme(a->uri))
        pl_uri_put(&l, a->uri, PL_URI_PLAIN);
    else
        file_uri(&l, a->uri);
    pl_line_end(&l);
}

static enum pl_status put_inline(struct pl_ics_context *c, const struct pl_attach *a)
{
    struct pl_line l;
    uint64_t got = 0;
    enum pl_status status = PL_OK;
    attach_begin(&l, c->sink, a);
    pl_line_param(&l, "ENCODING", "BASE64");
    pl_line_param(&l, "VALUE", "BINARY");
    if (a->filename)
        pl_line_param(&l, "X-FILENAME", a->filename);
    pl_line_value(&l);
    if (a->stream.size && c->w->reader)
        status = pl_line_stream(&l, c->w->reader, &a->stream, &got);
    else if (a->stream.size)
        status = PL_LOST;
    else
        pl_line_base64(&l, a->bytes.data, a->bytes.size);
    pl_line_base64_end(&l);
    pl_line_end(&l);
    return status;
}

static enum pl_status put_file(struct pl_ics_context *c, const struct pl_attach *a)
{
    struct pl_line l;
    char *uri = NULL;
    enum pl_status status = pl_outfile_attachment(c->w, c->place, a, c->sink->path, &uri);
    if (status < PL_OK)
        return status;
    attach_begin(&l, c->sink, a);
    if (a->filename)
        pl_line_param(&l, "X-FILENAME", a->filename);
    pl_line_value(&l);
    pl_line_raw(&l, uri);
    pl_line_end(&l);
    free(uri);
    return PL_OK;
}

static enum pl_status put_attachments(struct pl_ics_context *c, const struct pl_common *common)
{
    for (size_t i = 0; i < common->attachment_count; i++) {
        const struct pl_attach *a = &common->attachments[i];
        enum pl_status status = PL_OK;
        size_t bit = c->next < PL_ICS_ATTACH_BITS ? c->next : PL_ICS_ATTACH_BITS - 1;
        c->tried = c->next++;
        if (c->unreadable >> bit & 1)
            pl_line_put_text(c->sink, "X-PIMLIFT-ATTACH-LEFT-OUT", a->filename ? a->filename : "attachment");
        else if (a->uri)
            put_uri(c->sink, a);
        else if (c->w->options.attachments == PL_ATTACH_INLINE)
            status = put_inline(c, a);
        else if (c->w->options.attachments == PL_ATTACH_FILES)
            status = put_file(c, a);
        if (status < PL_WARN)
            return status;
    }
    return PL_OK;
}

/* --- what all components have -------------------------------------------- */

static void put_categories(struct pl_sink *sink, const struct pl_common *c)
{
    struct pl_line l;
    if (!c->category_count)
        return;
    pl_line_begin(&l, sink, "CATEGORIES");
    pl_line_value(&l);
    for (size_t i = 0; i < c->category_count; i++) {
        if (i)
            pl_line_raw(&l, ",");
        pl_line_text(&l, c->categories[i]);
    }
    pl_line_end(&l);
}

static void put_html(struct pl_sink *sink, const char *html)
{
    struct pl_line l;
    if (!html)
        return;
    pl_line_begin(&l, sink, "X-ALT-DESC");
    pl_line_param(&l, "FMTTYPE", "text/html");
    pl_line_value(&l);
    pl_line_text(&l, html);
    pl_line_end(&l);
}

static void put_head(struct pl_sink *sink, const struct pl_record *r)
{
    const struct pl_common *c = &r->common;
    pl_line_put_text(sink, "UID", r->uid);
    put_utc(sink, "DTSTAMP", c->stamp_utc);
    if (c->created_utc)
        put_utc(sink, "CREATED", c->created_utc);
    if (c->modified_utc)
        put_utc(sink, "LAST-MODIFIED", c->modified_utc);
}

static void put_common(struct pl_sink *sink, const struct pl_common *c, bool priority)
{
    static const char *const classes[] = {"PUBLIC", "PRIVATE", "PRIVATE", "CONFIDENTIAL"};
    static const char *const priorities[] = {"9", "5", "1"};
    pl_line_put_text(sink, "SUMMARY", c->summary);
    pl_line_put_text(sink, "DESCRIPTION", c->description);
    put_html(sink, c->html);
    put_categories(sink, c);
    pl_line_put_raw(sink, "CLASS", classes[c->classification]);
    if (c->classification == PL_PERSONAL)
        pl_line_put_text(sink, "X-PIMLIFT-SENSITIVITY", "PERSONAL");
    if (priority && c->importance >= 0)
        pl_line_put_raw(sink, "PRIORITY", priorities[c->importance]);
}

static void put_extras(struct pl_sink *sink, const struct pl_common *c)
{
    for (size_t i = 0; i < c->extra_count; i++)
        pl_line_put_text(sink, c->extras[i].name, c->extras[i].value);
}

static void put_alarm(struct pl_sink *sink, const struct pl_alarm *a, const char *summary)
{
    struct pl_line l;
    char text[PL_CIVIL_TEXT];
    if (!a->set)
        return;
    pl_sink_puts(sink, "BEGIN:VALARM\r\nACTION:DISPLAY\r\n");
    pl_line_put_text(sink, "DESCRIPTION", summary ? summary : "Reminder");
    pl_line_begin(&l, sink, "TRIGGER");
    if (a->absolute) {
        pl_line_param(&l, "VALUE", "DATE-TIME");
        pl_civil_print(text, a->at_utc, 'Z');
    } else {
        pl_line_param(&l, "RELATED", "START");
        snprintf(text, sizeof text, "%sPT%dM", a->minutes_before ? "-" : "", a->minutes_before);
    }
    pl_line_value(&l);
    pl_line_raw(&l, text);
    pl_line_end(&l);
    pl_sink_puts(sink, "END:VALARM\r\n");
}

/* --- components ---------------------------------------------------------- */

static void put_url(struct pl_sink *sink, const char *url)
{
    struct pl_line l;
    if (!url || !pl_uri_is(url)) {
        pl_line_put_text(sink, "X-PIMLIFT-URL", url);
        return;
    }
    pl_line_begin(&l, sink, "URL");
    pl_line_value(&l);
    pl_uri_put(&l, url, PL_URI_PLAIN);
    pl_line_end(&l);
}

static void put_location(struct pl_sink *sink, const struct pl_event *e)
{
    struct pl_line l;
    bool altrep = e->location && e->location_url && pl_uri_is(e->location_url);
    if (!altrep)
        pl_line_put_text(sink, "X-PIMLIFT-LOCATION-URL", e->location_url);
    if (!e->location)
        return;
    pl_line_begin(&l, sink, "LOCATION");
    if (altrep)
        pl_line_param(&l, "ALTREP", e->location_url);
    pl_line_value(&l);
    pl_line_text(&l, e->location);
    pl_line_end(&l);
}

static void put_conference(struct pl_sink *sink, const char *uri)
{
    struct pl_line l;
    if (!uri || !pl_uri_is(uri)) {
        pl_line_put_text(sink, "X-PIMLIFT-CONFERENCE", uri);
        return;
    }
    pl_line_begin(&l, sink, "CONFERENCE");
    pl_line_param(&l, "VALUE", "URI");
    pl_line_value(&l);
    pl_uri_put(&l, uri, PL_URI_PLAIN);
    pl_line_end(&l);
}

/* Without an end an event lasts no time; an end equal to the start is not allowed. A series lasts as
 * long by the clock on each of its days, also when the first begins in the hour that summer time leaves out. */
static bool end_follows(const struct pl_event *e)
{
    bool by_clock = e->start.is_date || (e->recur && e->start.zone == e->end.zone);
    return e->end.set && (by_clock ? e->end.local > e->start.local : e->end.utc > e->start.utc);
}

static void put_rule(struct pl_ics_context *c, const char *rule)
{
    pl_line_put_raw(c->sink, "RRULE", rule);
    if (c->proof) {
        proof_add(c->proof, "RRULE:", rule);
        pl_buf_puts(c->proof, "\r\n");
    }
}

/* The rule and the dates beside it; or, when it did not stand the proof, all dates. */
static void put_dates(struct pl_ics_context *c, const struct pl_recur *recur, const struct pl_when *start,
                      const struct pl_when *rdates, size_t count)
{
    char rule[PL_RRULE_MAX];
    if (c->listed) {
        put_whens(c, "RDATE", c->listed, c->listed_count);
        return;
    }
    if (recur && pl_rrule_text(recur, start->is_date, start->zone, rule))
        put_rule(c, rule);
    put_whens(c, "RDATE", rdates, count);
}

static void put_series(struct pl_ics_context *c, const struct pl_event *e)
{
    put_dates(c, e->recur, &e->start, e->rdates, e->rdate_count);
    for (size_t i = 0; i < e->exdate_count; i++)
        put_when(c, "EXDATE", &e->exdates[i]);
}

static void put_people(struct pl_sink *sink, const struct pl_event *e)
{
    put_organizer(sink, e);
    for (size_t i = 0; i < e->attendee_count; i++)
        put_attendee(sink, &e->attendees[i]);
}

static void put_state(struct pl_sink *sink, const struct pl_event *e)
{
    bool is_free = e->busy == PL_FREE || e->busy == PL_WORKING_ELSEWHERE;
    char sequence[16];
    pl_line_put_raw(sink, "TRANSP", is_free ? "TRANSPARENT" : "OPAQUE");
    if (e->cancelled)
        pl_line_put_raw(sink, "STATUS", "CANCELLED");
    snprintf(sequence, sizeof sequence, "%d", e->sequence);
    pl_line_put_raw(sink, "SEQUENCE", sequence);
}

static void put_mark(struct pl_ics_context *c, const char *line)
{
    pl_sink_puts(c->sink, line);
    if (c->proof)
        pl_buf_puts(c->proof, line);
}

static enum pl_status put_vevent(struct pl_ics_context *c, const struct pl_record *r)
{
    const struct pl_event *e = &r->as.event;
    struct pl_sink *sink = c->sink;
    put_mark(c, "BEGIN:VEVENT\r\n");
    put_head(sink, r);
    put_when(c, "RECURRENCE-ID", &e->recurrence_id);
    put_when(c, "DTSTART", &e->start);
    if (end_follows(e))
        put_when(c, "DTEND", &e->end);
    if (!e->recurrence_id.set)
        put_series(c, e);
    put_common(sink, &r->common, true);
    put_location(sink, e);
    put_url(sink, e->url);
    put_conference(sink, e->conference);
    put_state(sink, e);
    put_people(sink, e);
    put_extras(sink, &r->common);
    enum pl_status status = put_attachments(c, &r->common);
    put_alarm(sink, &e->alarm, r->common.summary);
    put_mark(c, "END:VEVENT\r\n");
    return status;
}

/* The master, then each changed occurrence as a whole event of its own, under the UID of the master: that may have
 * got an ordinal after the item was mapped. */
static enum pl_status put_event(struct pl_ics_context *c, const struct pl_record *r)
{
    const struct pl_event *e = &r->as.event;
    enum pl_status status = put_vevent(c, r);
    for (size_t i = 0; i < e->override_count && status > PL_LOST; i++) {
        struct pl_record override = e->overrides[i];
        override.uid = r->uid;
        status = put_vevent(c, &override);
    }
    return status;
}

/* Of a recurring task the date that its pattern counts is the start. */
const struct pl_when *pl_ics_task_start(const struct pl_task *t)
{
    int64_t first = pl_seconds_of_rtime(t->recur->start_rt);
    return t->due.set && (t->due.local == first || !t->start.set) ? &t->due : &t->start;
}

/*
 * RFC 5545 3.8.2.3: a due date lies after the start date; the due date counts more. A rule
 * needs a DTSTART that it counts from: where the pattern counts due dates, these are it.
 */
static void put_task_dates(struct pl_ics_context *c, const struct pl_task *t)
{
    bool ordered = t->start.set && t->due.set && t->due.local > t->start.local;
    const struct pl_when *first = t->recur ? pl_ics_task_start(t) : &t->start;
    if (first == &t->due) {
        put_when(c, "DTSTART", first);
        if (ordered)
            put_when(c, "X-PIMLIFT-START", &t->start);
    } else {
        put_when(c, ordered || t->recur || !t->due.set ? "DTSTART" : "X-PIMLIFT-START", &t->start);
        if (ordered || !t->recur)
            put_when(c, "DUE", &t->due);
    }
    put_dates(c, t->recur, first, t->rdates, t->rdate_count);
}

static enum pl_status put_task(struct pl_ics_context *c, const struct pl_record *r)
{
    static const char *const states[] = {"NEEDS-ACTION", "IN-PROCESS", "COMPLETED", "IN-PROCESS", "NEEDS-ACTION"};
    const struct pl_task *t = &r->as.task;
    struct pl_sink *sink = c->sink;
    char number[16];
    put_mark(c, "BEGIN:VTODO\r\n");
    put_head(sink, r);
    put_task_dates(c, t);
    if (t->completed.set)
        put_utc(sink, "COMPLETED", t->completed.utc);
    put_common(sink, &r->common, true);
    pl_line_put_raw(sink, "STATUS", states[t->status]);
    snprintf(number, sizeof number, "%d", t->percent);
    pl_line_put_raw(sink, "PERCENT-COMPLETE", number);
    snprintf(number, sizeof number, "%d", t->regenerate);
    if (t->regenerate)
        pl_line_put_raw(sink, "X-PIMLIFT-REGENERATE", number);
    put_extras(sink, &r->common);
    enum pl_status status = put_attachments(c, &r->common);
    put_alarm(sink, &t->alarm, r->common.summary);
    put_mark(c, "END:VTODO\r\n");
    return status;
}

static enum pl_status put_journal(struct pl_ics_context *c, const struct pl_record *r)
{
    static const char *const colors[] = {"blue", "green", "pink", "yellow", "white"};
    const struct pl_journal *j = &r->as.journal;
    pl_sink_puts(c->sink, "BEGIN:VJOURNAL\r\n");
    put_head(c->sink, r);
    put_when(c, "DTSTART", &j->start);
    put_common(c->sink, &r->common, false);
    if (j->is_note && j->color >= 0 && j->color < (int)(sizeof colors / sizeof colors[0]))
        pl_line_put_raw(c->sink, "COLOR", colors[j->color]);
    put_extras(c->sink, &r->common);
    enum pl_status status = put_attachments(c, &r->common);
    pl_sink_puts(c->sink, "END:VJOURNAL\r\n");
    return status;
}

static enum pl_status put_kind(struct pl_ics_context *c, const struct pl_record *record)
{
    switch (record->kind) {
    case PL_EVENT: return put_event(c, record);
    case PL_TASK: return put_task(c, record);
    case PL_JOURNAL: return put_journal(c, record);
    default: return PL_LOST;
    }
}

enum pl_status pl_ics_component(struct pl_ics_context *c, const struct pl_record *record)
{
    c->next = 0;
    if (c->proof)
        pl_buf_puts(c->proof, "BEGIN:VCALENDAR\r\n");
    enum pl_status status = put_kind(c, record);
    if (c->proof)
        pl_buf_puts(c->proof, "END:VCALENDAR\r\n");
    return status;
}

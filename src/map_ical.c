/*
 * map_ical.c - an iCalendar object that a store holds as it came by mail, to an event. Pure.
 *
 * RFC 5545, RFC 5546 3.2 (one UID for all components of a message). A strict subset: what is not understood loses
 * the item when it tells where or when, and is named when it does not. Answers to meetings are no events. The mark
 * only_new is set: such an object is a copy of what the calendar may hold.
 */
#include "map_ical.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "expand.h"
#include "goid.h"
#include "map.h"
#include "plural.h"
#include "tz.h"
#include "zones.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

#define DAY          86400
#define TEXT_MOST    ((size_t)1 << 20)
#define EVENTS_MOST  400u
#define ENDLESS_YEAR 2037
#define RT_EPOCH     INT64_C(11644473600)

struct ical {
    struct pl_ical c;
    struct pl_map *in; /* of the component at hand */
    struct pl_arena *a;
    const char *tzid; /* the zone that was asked last */
    const struct pl_zone *zone;
    const char *why; /* the item is lost */
    const char *code;
};

static bool lose(struct ical *i, const char *code, const char *why)
{
    i->code = i->code ? i->code : code;
    i->why = i->why ? i->why : why;
    return false;
}

static const char *value_of(const struct ical *i, unsigned part, const char *name)
{
    const struct pl_ical_line *line = pl_ical_find(&i->c, part, name, NULL);
    return line ? line->value : NULL;
}

static const char *text_of(struct ical *i, unsigned part, const char *name)
{
    const char *value = value_of(i, part, name);
    const char *text = value ? pl_ical_text(i->a, value, NULL) : NULL;
    i->in->failed |= value && !text;
    return text;
}

/* --- times ---------------------------------------------------------------------------------- */

static const struct pl_zone *zone_of(struct ical *i, const char *name, int year, bool series)
{
    if (i->tzid && !strcmp(i->tzid, name))
        return i->zone;
    const struct pl_zone *zone = pl_ical_zone(i->a, &i->c, name);
    i->tzid = name;
    i->zone = zone ? pl_zone_written(i->a, zone, year, series && year < ENDLESS_YEAR ? ENDLESS_YEAR : year) : NULL;
    return i->zone;
}

/* One time of a line, which is also the value of a list. */
static bool time_read(struct ical *i, const struct pl_ical_line *line, const char *value, struct pl_when *out)
{
    int64_t seconds = 0;
    bool is_date = false, is_utc = false, series = pl_ical_find(&i->c, line->part, "RRULE", NULL) != NULL;
    const char *name = pl_ical_param(i->a, line, "TZID");
    *out = (struct pl_when){.set = true};
    if (!pl_ical_time(value, &seconds, &is_date, &is_utc))
        return lose(i, "ical.time", "a time of it cannot be read");
    out->local = out->utc = seconds;
    out->is_date = is_date;
    if (is_date || is_utc)
        return true;
    out->zone = name ? zone_of(i, name, pl_civil_of(seconds).year, series) : i->in->m->default_zone;
    if (name && !out->zone)
        return lose(i, "ical.time", "its time zone is not known");
    if (!out->zone)
        pl_map_warn(i->in, "ical.floating", "its times have no zone and are taken for UTC");
    out->utc = out->zone ? pl_tz_utc(out->zone, seconds) : seconds;
    return true;
}

static bool when_read(struct ical *i, unsigned part, const char *name, struct pl_when *out)
{
    const struct pl_ical_line *line = pl_ical_find(&i->c, part, name, NULL);
    return !line || time_read(i, line, line->value, out);
}

static int64_t stamp_of(struct ical *i, unsigned part, const char *name)
{
    const char *value = value_of(i, part, name);
    int64_t seconds = 0;
    bool is_date, is_utc;
    return value && pl_ical_time(value, &seconds, &is_date, &is_utc) ? seconds : 0;
}

static bool times_map(struct ical *i, unsigned part, struct pl_event *e)
{
    const char *span = value_of(i, part, "DURATION");
    int64_t length = 0;
    if (!when_read(i, part, "DTSTART", &e->start) || !when_read(i, part, "DTEND", &e->end))
        return false;
    if (!e->start.set)
        return lose(i, "ical.time", "it has no start");
    e->all_day = e->start.is_date;
    if (e->end.set && e->end.is_date != e->start.is_date)
        return lose(i, "ical.time", "its start and its end are of two kinds");
    if (!e->end.set) {
        length = e->all_day ? DAY : 0;
        if (span && (!pl_ical_duration(span, &length) || length < 0 || (e->all_day && length % DAY)))
            return lose(i, "ical.time", "its duration cannot be read");
        e->end = e->start;
        e->end.utc += length;
        e->end.local = e->end.zone ? pl_tz_local(e->end.zone, e->end.utc) : e->end.local + length;
    }
    if (e->all_day ? e->end.local <= e->start.local : e->end.utc < e->start.utc) {
        pl_map_warn(i->in, "event.end-before-start", "the end lies before the start");
        e->end = e->start;
        e->end.local += e->all_day ? DAY : 0;
    }
    return true;
}

/* --- people, words ---------------------------------------------------------------------------- */

static struct pl_person person_of(struct ical *i, const struct pl_ical_line *line)
{
    struct pl_person p = {.name = pl_map_clean_line(i->in, pl_ical_param(i->a, line, "CN"))};
    if (!strncasecmp(line->value, "mailto:", 7))
        p.smtp = pl_map_smtp(i->in, line->value);
    if (!p.smtp)
        p.raw_address = pl_map_clean_line(i->in, line->value);
    return p;
}

static int word_of(struct ical *i, const struct pl_ical_line *line, const char *param, const char *const *words,
                   size_t count)
{
    const char *word = pl_ical_param(i->a, line, param);
    for (size_t k = 0; word && k < count; k++)
        if (!strcasecmp(words[k], word))
            return (int)k;
    return 0;
}

static void people_map(struct ical *i, unsigned part, struct pl_event *e)
{
    static const char *const stats[] = {"NEEDS-ACTION", "TENTATIVE", "ACCEPTED", "DECLINED"};
    static const char *const roles[] = {"REQ-PARTICIPANT", "OPT-PARTICIPANT", "NON-PARTICIPANT"};
    static const char *const types[] = {"INDIVIDUAL", "RESOURCE", "ROOM"};
    const struct pl_ical_line *line = pl_ical_find(&i->c, part, "ORGANIZER", NULL);
    size_t count = 0;
    if (line) {
        const char *by = pl_ical_param(i->a, line, "SENT-BY");
        e->is_meeting = true;
        e->organizer = person_of(i, line);
        e->sent_by.smtp = by ? pl_map_smtp(i->in, by) : NULL;
    }
    for (line = NULL; (line = pl_ical_find(&i->c, part, "ATTENDEE", line)) != NULL;)
        count++;
    struct pl_attendee *list = pl_arena_zalloc(i->a, count + 1, sizeof *list);
    i->in->failed |= !list;
    for (line = NULL; list && (line = pl_ical_find(&i->c, part, "ATTENDEE", line)) != NULL;) {
        struct pl_attendee *at = &list[e->attendee_count++];
        at->person = person_of(i, line);
        at->partstat = (enum pl_partstat)word_of(i, line, "PARTSTAT", stats, LENGTH(stats));
        at->role = (enum pl_part_role)word_of(i, line, "ROLE", roles, LENGTH(roles));
        if (word_of(i, line, "CUTYPE", types, LENGTH(types)))
            at->role = PL_RESOURCE;
    }
    e->attendees = list;
}

static void categories_map(struct ical *i, unsigned part, struct pl_common *c)
{
    const struct pl_ical_line *line = NULL;
    size_t room = 0;
    while ((line = pl_ical_find(&i->c, part, "CATEGORIES", line)) != NULL)
        for (const char *p = line->value; p; p = strchr(p, ','), p = p ? p + 1 : NULL)
            room++;
    const char **list = pl_arena_zalloc(i->a, room + 1, sizeof *list);
    i->in->failed |= !list;
    while (list && (line = pl_ical_find(&i->c, part, "CATEGORIES", line)) != NULL) {
        const char *end = line->value - 1;
        do {
            const char *text = pl_map_clean_line(i->in, pl_ical_text(i->a, end + 1, &end));
            if (text && c->category_count < room)
                list[c->category_count++] = text;
        } while (*end == ',');
    }
    c->categories = list;
}

static void words_map(struct ical *i, unsigned part, struct pl_record *r)
{
    static const char *const classes[] = {"PUBLIC", "", "PRIVATE", "CONFIDENTIAL"};
    struct pl_common *c = &r->common;
    const char *class = value_of(i, part, "CLASS"), *priority = value_of(i, part, "PRIORITY"),
               *url = value_of(i, part, "URL");
    c->summary = pl_map_clean_line(i->in, text_of(i, part, "SUMMARY"));
    c->description = pl_map_clean(i->in, text_of(i, part, "DESCRIPTION"));
    r->as.event.location = pl_map_clean_line(i->in, text_of(i, part, "LOCATION"));
    r->as.event.url = pl_map_clean_line(i->in, url);
    for (unsigned k = 0; class && k < LENGTH(classes); k++)
        if (!strcasecmp(classes[k], class))
            c->classification = (enum pl_class)k;
    int level = priority ? atoi(priority) : 0;
    c->importance = level < 1 || level > 9 ? -1 : level < 5 ? 2 : level == 5 ? 1 : 0;
    c->created_utc = stamp_of(i, part, "CREATED");
    c->modified_utc = stamp_of(i, part, "LAST-MODIFIED");
    c->stamp_utc = stamp_of(i, part, "DTSTAMP");
    categories_map(i, part, c);
}

static void state_map(struct ical *i, unsigned part, struct pl_event *e)
{
    static const char *const names[] = {"FREE", "TENTATIVE", "BUSY", "OOF", "WORKINGELSEWHERE"};
    const char *busy = value_of(i, part, "X-MICROSOFT-CDO-BUSYSTATUS"), *status = value_of(i, part, "STATUS"),
               *transparent = value_of(i, part, "TRANSP"), *method = value_of(i, 0, "METHOD"),
               *sequence = value_of(i, part, "SEQUENCE");
    long number = sequence ? strtol(sequence, NULL, 10) : 0;
    e->sequence = number > 0 && number < INT32_MAX ? (int)number : 0;
    e->cancelled = (status && !strcasecmp(status, "CANCELLED")) || (method && !strcasecmp(method, "CANCEL"));
    e->busy = transparent && !strcasecmp(transparent, "TRANSPARENT") ? PL_FREE
              : status && !strcasecmp(status, "TENTATIVE")           ? PL_BUSY_TENTATIVE
                                                                     : PL_BUSY;
    for (unsigned k = 0; busy && k < LENGTH(names); k++)
        if (!strcasecmp(names[k], busy))
            e->busy = (enum pl_busy)k;
}

/* The first reminder that is one before, or at, the start, or at a time. */
static void alarm_map(struct ical *i, unsigned part, struct pl_alarm *out)
{
    for (unsigned k = part + 1; k < i->c.part_count && !out->set; k++) {
        const struct pl_ical_line *line = pl_ical_find(&i->c, k, "TRIGGER", NULL);
        const char *to = line ? pl_ical_param(i->a, line, "RELATED") : NULL;
        int64_t seconds = 0;
        bool is_date, is_utc = false;
        if (i->c.parts[k].parent != part || !line)
            continue;
        if (pl_ical_duration(line->value, &seconds) && seconds <= 0 && seconds > -INT64_C(366) * 10 * DAY &&
            (!to || !strcasecmp(to, "START")))
            *out = (struct pl_alarm){.set = true, .minutes_before = (int)(-seconds / 60)};
        else if (pl_ical_time(line->value, &seconds, &is_date, &is_utc) && is_utc)
            *out = (struct pl_alarm){.set = true, .absolute = true, .at_utc = seconds};
    }
}

/* --- what there is beside ------------------------------------------------------------------------ */

/* Of these one at most: a text put together from two would have them twice. */
static const char *const single[] = {"UID",           "DTSTAMP",  "DTSTART",       "DTEND",    "DURATION",
                                     "RECURRENCE-ID", "RRULE",    "SUMMARY",       "LOCATION", "ORGANIZER",
                                     "CLASS",         "SEQUENCE", "DESCRIPTION",   "STATUS",   "TRANSP",
                                     "PRIORITY",      "CREATED",  "LAST-MODIFIED", "URL"};
static const char *const several[] = {"ATTENDEE", "CATEGORIES", "EXDATE", "X-MICROSOFT-CDO-BUSYSTATUS"};

static bool is_among(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(name, names[i]))
            return true;
    return false;
}

static bool names_check(struct ical *i, unsigned part)
{
    const char *unknown = NULL;
    size_t count = 0;
    bool grave = false;
    for (const struct pl_ical_line *l = i->c.lines; l < i->c.lines + i->c.line_count; l++) {
        if (l->part != part)
            continue;
        if (is_among(l->name, single, LENGTH(single))) {
            if (pl_ical_find(&i->c, part, l->name, l))
                return lose(i, "ical.damaged", "a property that may stand once stands twice");
        } else if (!strcmp(l->name, "RDATE")) {
            return lose(i, "ical.rule", "it lists dates beside its rule");
        } else if (!is_among(l->name, several, LENGTH(several))) {
            unknown = unknown ? unknown : l->name;
            grave |= strncmp(l->name, "X-", 2) != 0;
            count++;
        }
    }
    if (grave)
        pl_map_warn(i->in, "ical.unmapped", "%zu %s left out, the first is %s", count,
                    pl_plural(count, "property of it is", "properties of it are"), unknown);
    else if (count && i->in->m->report)
        pl_report(i->in->m->report, PL_OK, "ical.unmapped", i->in->item->key, i->in->item->offset,
                  "%zu %s left out, the first is %s", count,
                  pl_plural(count, "property of it is", "properties of it are"), unknown);
    return true;
}

static bool event_map(struct ical *i, unsigned part)
{
    struct pl_record *r = i->in->out;
    struct pl_event *e = &r->as.event;
    if (!names_check(i, part) || !times_map(i, part, e) || !when_read(i, part, "RECURRENCE-ID", &e->recurrence_id))
        return false;
    words_map(i, part, r);
    state_map(i, part, e);
    people_map(i, part, e);
    alarm_map(i, part, &e->alarm);
    if (!r->common.stamp_utc)
        r->common.stamp_utc = r->common.modified_utc ? r->common.modified_utc : e->start.utc;
    return true;
}

/* --- series ------------------------------------------------------------------------------------ */

/* A date or an instant as one on the clock of the series. */
static struct pl_when in_series(const struct pl_event *e, struct pl_when when)
{
    if (when.is_date == e->start.is_date && when.zone != e->start.zone) {
        when.zone = e->start.zone;
        when.local = when.zone ? pl_tz_local(when.zone, when.utc) : when.utc;
    }
    return when;
}

static bool is_member(const struct pl_recur *recur, const struct pl_event *e, const struct pl_when *when)
{
    struct pl_expander e2;
    int64_t day = 0;
    bool more = when->is_date == e->start.is_date && pl_expander_init(&e2, recur);
    while (more && (more = pl_expander_next(&e2, &day)) && pl_recur_start(recur, day) < when->local)
        continue;
    return more && pl_recur_start(recur, day) == when->local;
}

static uint32_t rt_of(int64_t local) { return (uint32_t)((local + RT_EPOCH) / 60); }

static bool exdates_map(struct ical *i, unsigned part, struct pl_event *e, struct pl_recur *recur, size_t changed)
{
    const struct pl_ical_line *line = NULL;
    size_t room = changed;
    while ((line = pl_ical_find(&i->c, part, "EXDATE", line)) != NULL)
        room += strlen(line->value) / 8 + 1;
    struct pl_when *list = pl_arena_zalloc(i->a, room + 1, sizeof *list);
    uint32_t *deleted = pl_arena_zalloc(i->a, room + 1, sizeof *deleted);
    i->in->failed |= !list || !deleted;
    recur->deleted_rt = deleted;
    e->exdates = list;
    while (list && deleted && (line = pl_ical_find(&i->c, part, "EXDATE", line)) != NULL) {
        const char *end = line->value - 1;
        do {
            struct pl_when when;
            const char *value = pl_ical_text(i->a, end + 1, &end);
            if (!value || !time_read(i, line, value, &when))
                return false;
            when = in_series(e, when);
            if (!is_member(recur, e, &when) || recur->deleted_count == room)
                continue;
            deleted[recur->deleted_count++] = rt_of(when.local);
            list[e->exdate_count++] = when;
        } while (*end == ',');
    }
    return true;
}

/* Changed occurrences, each a component of its own. */
static bool overrides_map(struct ical *i, const unsigned *parts, size_t count, struct pl_event *e,
                          struct pl_recur *recur)
{
    struct pl_map *master = i->in;
    struct pl_record *list = pl_arena_zalloc(i->a, count + 1, sizeof *list);
    struct pl_exception *changes = pl_arena_zalloc(i->a, count + 1, sizeof *changes);
    bool good = list && changes;
    master->failed |= !good;
    recur->exceptions = changes;
    e->overrides = list;
    for (size_t k = 0; k < count && good; k++) {
        struct pl_map own;
        struct pl_event *o = &list[e->override_count].as.event;
        if (!pl_map_begin(&own, master->m, master->item, PL_EVENT, &list[e->override_count])) {
            master->failed = true;
            break;
        }
        i->in = &own;
        good = event_map(i, parts[k]);
        master->failed |= own.failed;
        master->status = own.status < master->status ? own.status : master->status;
        i->in = master;
        o->recurrence_id = in_series(e, o->recurrence_id);
        if (!good || !is_member(recur, e, &o->recurrence_id)) {
            if (good)
                pl_map_warn(master, "event.exception-orphan", "a changed occurrence lies on no day of the series");
            continue;
        }
        struct pl_when from = in_series(e, o->start), to = in_series(e, o->end);
        list[e->override_count].uid = master->out->uid;
        changes[recur->exception_count++] = (struct pl_exception){
            .original_rt = rt_of(o->recurrence_id.local), .start_rt = rt_of(from.local), .end_rt = rt_of(to.local)};
        e->override_count++;
    }
    return good;
}

static bool series_map(struct ical *i, unsigned part, const unsigned *changed, size_t count)
{
    struct pl_event *e = &i->in->out->as.event;
    const char *value = value_of(i, part, "RRULE"), *why = NULL;
    struct pl_ical_rule rule;
    if (!value)
        return !count || lose(i, "ical.rule", "it has changed occurrences and no rule");
    if (!pl_ical_rule(value, &rule))
        return lose(i, "ical.rule", "its rule is of a kind that is not understood");
    int64_t length = e->all_day ? e->end.local - e->start.local : e->end.utc - e->start.utc;
    struct pl_recur *recur = pl_ical_recur(i->a, &rule, &e->start, length, &why);
    if (!recur)
        return lose(i, "ical.rule", why);
    e->recur = recur;
    return exdates_map(i, part, e, recur, count) && overrides_map(i, changed, count, e, recur);
}

/* --- the whole ----------------------------------------------------------------------------------- */

/* An id that a server of Exchange made is a Global Object ID in hexadecimal digits: [MS-OXCICAL] 2.1.3.1.1.20.26.
 */
static const char *uid_of(struct ical *i, const char *text)
{
    static const char class_id[] = "040000008200E00074C5B7101A82E008";
    size_t size = strlen(text) / 2;
    uint8_t *bytes = pl_arena_alloc(i->a, size + 1);
    if (!bytes || strncasecmp(text, class_id, sizeof class_id - 1) != 0 || strlen(text) % 2 ||
        strspn(text, "0123456789abcdefABCDEF") != 2 * size)
        return text;
    for (size_t k = 0; k < size; k++) {
        const char pair[] = {text[2 * k], text[2 * k + 1], '\0'};
        bytes[k] = (uint8_t)strtoul(pair, NULL, 16);
    }
    const char *uid = pl_goid_uid(i->a, bytes, size);
    return uid ? uid : text;
}

/* The events of the object, the one without RECURRENCE-ID first; false: they do not belong together. */
static bool events_find(struct ical *i, unsigned list[EVENTS_MOST], size_t *count)
{
    const char *uid = NULL;
    bool has_master = false;
    for (unsigned k = 1; k < i->c.part_count; k++) {
        if (i->c.parts[k].parent || strcasecmp(i->c.parts[k].name, "VEVENT") != 0)
            continue;
        const char *own = value_of(i, k, "UID");
        bool master = !value_of(i, k, "RECURRENCE-ID");
        if (!own || !*own)
            return lose(i, "ical.damaged", "an event of it has no UID");
        if ((uid && strcmp(uid, own) != 0) || (master && has_master) || *count == EVENTS_MOST)
            return lose(i, "ical.several", "it holds more than one event");
        uid = own;
        has_master |= master;
        list[(*count)++] = k;
        if (master) {
            list[*count - 1] = list[0];
            list[0] = k;
        }
    }
    return true;
}

/* What is no event, and why. */
static const char *idle_of(const struct ical *i, size_t count)
{
    static const char *const answers[] = {"REPLY", "COUNTER", "DECLINECOUNTER", "REFRESH"};
    const char *method = value_of(i, 0, "METHOD");
    for (size_t k = 0; method && k < LENGTH(answers); k++)
        if (!strcasecmp(method, answers[k]))
            return "answer";
    return count ? NULL : "no-event";
}

static bool object_map(struct ical *i, struct pl_bytes text)
{
    struct pl_record *r = i->in->out;
    unsigned list[EVENTS_MOST];
    size_t count = 0;
    if (!pl_ical_parse(i->a, (const char *)text.data, text.size, &i->c))
        return lose(i, "ical.damaged", i->c.fault);
    if (!events_find(i, list, &count))
        return false;
    r->idle = idle_of(i, count);
    if (r->idle)
        return true;
    /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): without an event idle_of() has told so */
    const char *uid = pl_map_clean_line(i->in, text_of(i, list[0], "UID"));
    if (!uid)
        return lose(i, "ical.damaged", "an event of it has no UID");
    r->uid = uid_of(i, uid);
    r->only_new = true;
    return event_map(i, list[0]) && series_map(i, list[0], list + 1, count - 1);
}

void pl_map_ical(struct pl_map *in)
{
    struct ical i = {.in = in, .a = in->m->arena};
    const struct pl_prop *p = pl_bag_find(in->bag, PidTagMimeSkeleton);
    struct pl_bytes text = {0};
    in->used[PidTagMimeSkeleton] = 1;
    if (!p || !pl_in_stored(in, p, TEXT_MOST, &text))
        lose(&i, "ical.damaged", "it has no text");
    else if (!object_map(&i, text) && !i.code && !in->failed)
        lose(&i, "ical.damaged", "it cannot be understood");
    if (i.code && in->m->report)
        in->status = pl_report(in->m->report, PL_LOST, i.code, in->item->key, in->item->offset,
                               "an iCalendar object is left out: %s", i.why);
    else if (i.code)
        in->status = PL_LOST;
}

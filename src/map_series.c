/*
 * map_series.c - a recurring appointment: see series.h. Part of the core.
 *
 * [MS-OXOCAL] 2.2.1.44 and 2.2.10. Three sources make a changed occurrence, the later
 * ones win: the series, the exception in the recurrence blob, the message embedded in a
 * hidden attachment. Deleted dates in the blob include the changed ones; only the others
 * are really gone. All times of a blob are local to the zone of the series.
 */
#include "series.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "expand.h"
#include "map.h"
#include "plural.h"
#include "rrule.h"
#include "text.h"
#include "tz.h"
#include "whole.h"
#include "zone_memo.h"

#define DAY         86400
#define BLOB_MOST   (4u << 20)
#define LENGTH_MOST (1440u * 366u * 10u) /* of one occurrence, in minutes */
#define CANCELED    0x4
#define RT_EPOCH    INT64_C(11644473600)

struct series {
    struct pl_map *in;
    struct pl_event *event;
    struct pl_recur *recur;
    const struct pl_zone *zone;
};

static int64_t day_of(uint32_t rt) { return ((int64_t)(rt / 1440) * 1440 * 60 - RT_EPOCH) / DAY; }

/* --- the blob ------------------------------------------------------------ */

static bool stream_read(struct pl_map *in, const struct pl_stream *stream, struct pl_bytes *out)
{
    struct pl_reader *r = in->m->reader;
    if (!r || stream->size > BLOB_MOST)
        return false;
    uint8_t *data = pl_arena_alloc(in->m->arena, (size_t)stream->size);
    size_t got = 0;
    if (!data || r->ops->read(r, stream, 0, data, (size_t)stream->size, &got) <= PL_LOST)
        return false;
    *out = (struct pl_bytes){data, got};
    return true;
}

static bool blob_find(struct pl_map *in, struct pl_bytes *out)
{
    if (pl_in_bytes(in, PidLidAppointmentRecur, out))
        return out->size > 0;
    const struct pl_prop *p = pl_bag_find(in->bag, PidLidAppointmentRecur);
    return p && !p->count && p->stream.size && stream_read(in, &p->stream, out);
}

/* --- the zone ------------------------------------------------------------ */

static const struct pl_zone *zone_of(struct pl_map *in, enum pl_pid pid)
{
    struct pl_bytes blob;
    const struct pl_zone *zone;
    if (!pl_in_bytes(in, pid, &blob))
        return NULL;
    if (!pl_zone_memo_stored(in->m->zones, in->m->arena, pid == PidLidTimeZoneStruct, blob, &zone))
        in->failed = true;
    return zone;
}

/* A definition counts only while its effective rule is that of the older struct: 2.2.1.41. */
static const struct pl_zone *zone_stored(struct pl_map *in)
{
    static const enum pl_pid definitions[] = {PidLidAppointmentTimeZoneDefinitionRecur,
                                              PidLidAppointmentTimeZoneDefinitionStartDisplay};
    const struct pl_zone *plain = zone_of(in, PidLidTimeZoneStruct);
    for (size_t i = 0; i < 2; i++) {
        const struct pl_zone *zone = zone_of(in, definitions[i]);
        if (zone && (!plain || pl_tzrule_same(pl_tz_effective(zone), &plain->rules[0])))
            return zone;
    }
    return plain;
}

/* Without a zone the distance of the first occurrence from its instant is all that is known. */
static const struct pl_zone *zone_guess(struct series *s, int64_t first_local)
{
    int64_t minutes = (first_local - s->event->start.utc) / 60;
    if (!s->event->start.set || s->event->start.is_date || minutes == 0 || minutes % 15 || minutes > 840 ||
        minutes < -720)
        return NULL;
    struct pl_arena *a = s->in->m->arena;
    struct pl_zone *zone = pl_arena_zalloc(a, 1, sizeof *zone);
    struct pl_tzrule *rule = pl_arena_zalloc(a, 1, sizeof *rule);
    if (!zone || !rule)
        return NULL;
    int east = (int)minutes, size = east < 0 ? -east : east;
    *rule = (struct pl_tzrule){.from_year = 1601, .bias_min = -east, .flags = 2};
    *zone = (struct pl_zone){.rules = rule, .rule_count = 1};
    zone->tzid = pl_arena_printf(a, "UTC%c%02d%02d", east < 0 ? '-' : '+', size / 60, size % 60);
    pl_map_warn(s->in, "event.series-zone", "the series has no time zone; %s is taken from its first occurrence",
                zone->tzid ? zone->tzid : "an offset");
    return zone->tzid ? zone : NULL;
}

static void zone_choose(struct series *s, int64_t first_local)
{
    s->zone = zone_stored(s->in);
    if (!s->zone)
        s->zone = s->in->m->default_zone;
    if (!s->zone)
        s->zone = zone_guess(s, first_local);
    if (!s->zone)
        return;
    bool endless = s->recur->end_rt >= PL_RT_NO_END || s->recur->end == PL_END_NEVER;
    int from = pl_civil_of(first_local).year;
    int to = endless ? 2037 : pl_civil_of(pl_seconds_of_rtime(s->recur->end_rt)).year;
    s->zone = pl_zone_memo_written(s->in->m->zones, s->in->m->arena, s->zone, from, to > from ? to : from);
}

/* --- times --------------------------------------------------------------- */

static struct pl_when when_local(const struct series *s, int64_t local)
{
    return (struct pl_when){
        .local = local, .utc = s->zone ? pl_tz_utc(s->zone, local) : local, .zone = s->zone, .set = true};
}

static struct pl_when when_date(int64_t local)
{
    int64_t day = local / DAY - (local % DAY < 0);
    return (struct pl_when){.local = day * DAY, .set = true, .is_date = true};
}

static struct pl_when when_series(const struct series *s, int64_t local)
{
    return s->event->all_day ? when_date(local) : when_local(s, local);
}

static void times_set(const struct series *s, struct pl_event *e, int64_t start, int64_t end)
{
    if (end < start)
        end = start;
    if (!e->all_day) {
        e->start = when_local(s, start);
        e->end = when_local(s, end);
        return;
    }
    e->start = when_date(start);
    e->end = when_date(end + DAY - 1);
    if (e->end.local <= e->start.local)
        e->end.local = e->start.local + DAY;
}

/* Times of day that the blob lacks, or that no day has, come from the item. */
static void times_of_day(struct series *s)
{
    struct pl_recur *r = s->recur;
    const struct pl_event *e = s->event;
    if (r->has_times && r->start_min < 1440 && r->end_min >= r->start_min &&
        r->end_min - r->start_min <= LENGTH_MOST)
        return;
    int64_t length = e->all_day ? e->end.local - e->start.local : e->end.utc - e->start.utc;
    const struct pl_zone *zone = zone_stored(s->in);
    if (!zone)
        zone = s->in->m->default_zone;
    int64_t local = e->all_day || !zone ? e->start.local : pl_tz_local(zone, e->start.utc);
    r->start_min = e->all_day ? 0 : (uint32_t)((local % DAY + DAY) % DAY / 60);
    r->end_min = r->start_min + (uint32_t)(length > 0 && length / 60 <= LENGTH_MOST ? length / 60 : 0);
    r->has_times = true;
    pl_map_warn(s->in, "event.recurrence-cut", "the pattern has no times of day; those of the item are used");
}

/* --- changed occurrences ------------------------------------------------- */

static const char *text_wide(struct pl_map *in, const uint8_t *data, size_t size)
{
    unsigned replaced = 0;
    return pl_map_clean_line(in, pl_text_utf16(in->m->arena, data, size, &replaced));
}

static const char *text_narrow(struct pl_map *in, const uint8_t *data, size_t size)
{
    unsigned replaced = 0;
    bool known;
    if (!in->m->text)
        return NULL;
    return pl_map_clean_line(in,
                             pl_text_codepage(in->m->text, in->m->arena, in->m->codepage ? in->m->codepage : 1252,
                                              data, size, &replaced, &known));
}

static void extra_replace(struct pl_record *r, const char *name, const char *value)
{
    struct pl_extra *extras = (struct pl_extra *)r->common.extras;
    for (size_t i = 0; i < r->common.extra_count; i++)
        if (strcmp(extras[i].name, name) == 0)
            extras[i].value = value;
}

/* What the blob says of an exception. */
static void exception_apply(struct series *s, const struct pl_exception *x, struct pl_record *r)
{
    struct pl_event *e = &r->as.event;
    if (x->flags & PL_EX_SUBJECT)
        r->common.summary = x->subject16 ? text_wide(s->in, x->subject16, x->subject16_size)
                                         : text_narrow(s->in, x->subject8, x->subject8_size);
    if (x->flags & PL_EX_LOCATION)
        e->location = x->location16 ? text_wide(s->in, x->location16, x->location16_size)
                                    : text_narrow(s->in, x->location8, x->location8_size);
    if (x->flags & PL_EX_BUSY && x->busy <= PL_WORKING_ELSEWHERE)
        e->busy = (enum pl_busy)x->busy;
    if (x->flags & PL_EX_MEETING)
        e->cancelled = (x->meeting_type & CANCELED) != 0;
    if (x->flags & PL_EX_SUBTYPE)
        e->all_day = x->sub_type != 0;
    if (x->flags & PL_EX_REMINDER)
        e->alarm.set = x->reminder_set != 0;
    if (x->flags & PL_EX_REMINDER_DELTA && x->reminder_delta_min <= LENGTH_MOST)
        e->alarm.minutes_before = (int)x->reminder_delta_min;
}

/* The parts of an override that its own message may speak of. */
static void message_apply(const struct pl_exception *x, const struct pl_record *message, struct pl_record *r)
{
    const struct pl_bag *bag = &message->item->props;
    const struct pl_event *own = &message->as.event;
    struct pl_event *e = &r->as.event;
    if (message->common.summary)
        r->common.summary = message->common.summary;
    if (pl_bag_find(bag, PidLidLocation))
        e->location = own->location;
    if (x->flags & PL_EX_BODY || pl_bag_boolean(bag, PidLidFExceptionalBody)) {
        r->common.description = message->common.description;
        r->common.html = message->common.html;
    }
    if (pl_bag_boolean(bag, PidLidFExceptionalAttendees) && own->attendee_count > 0) {
        e->attendees = own->attendees;
        e->attendee_count = own->attendee_count;
    }
    if (pl_bag_find(bag, PidLidBusyStatus))
        e->busy = own->busy;
    if (pl_bag_find(bag, PidLidReminderSet))
        e->alarm.set = own->alarm.set;
    if (pl_bag_find(bag, PidLidReminderDelta) && own->alarm.set)
        e->alarm.minutes_before = own->alarm.minutes_before;
    if (pl_bag_find(bag, PidTagImportance))
        r->common.importance = message->common.importance;
    if (message->common.attachment_count > 0) {
        r->common.attachments = message->common.attachments;
        r->common.attachment_count = message->common.attachment_count;
    }
    if (message->common.modified_utc)
        r->common.modified_utc = message->common.modified_utc;
    if (own->sequence > e->sequence)
        e->sequence = own->sequence;
}

static const char *busy_name(enum pl_busy busy)
{
    static const char *const names[] = {"FREE", "TENTATIVE", "BUSY", "OOF", "WORKINGELSEWHERE"};
    return names[busy];
}

static bool override_make(struct series *s, const struct pl_exception *x, const struct pl_record *message,
                          struct pl_record *out)
{
    *out = *s->in->out;
    struct pl_event *e = &out->as.event;
    out->common.extras =
        pl_arena_dup(s->in->m->arena, out->common.extras,
                     (out->common.extra_count ? out->common.extra_count : 1) * sizeof(struct pl_extra));
    if (!out->common.extras)
        return false;
    e->recur = NULL;
    e->exdates = e->rdates = NULL;
    e->exdate_count = e->rdate_count = 0;
    e->overrides = NULL;
    e->override_count = 0;
    e->recurrence_id = when_series(s, pl_recur_start(s->recur, day_of(x->original_rt)));
    exception_apply(s, x, out);
    if (message)
        message_apply(x, message, out);
    times_set(s, e, pl_seconds_of_rtime(x->start_rt), pl_seconds_of_rtime(x->end_rt));
    extra_replace(out, "X-MICROSOFT-CDO-INSTTYPE", "3");
    extra_replace(out, "X-MICROSOFT-CDO-BUSYSTATUS", busy_name(e->busy));
    extra_replace(out, "X-MICROSOFT-CDO-ALLDAYEVENT", e->all_day ? "TRUE" : "FALSE");
    return true;
}

/* --- embedded messages --------------------------------------------------- */

struct message {
    int64_t day; /* of the original start */
    bool known;  /* day is */
    bool used;   /* by an exception of the blob */
    struct pl_record record;
};

static bool is_exception_class(const char *message_class)
{
    static const char prefix[] = "IPM.OLE.CLASS.{00061055-";
    return strncasecmp(message_class, prefix, sizeof prefix - 1) == 0;
}

static int64_t local_of(const struct series *s, int64_t utc) { return s->zone ? pl_tz_local(s->zone, utc) : utc; }

static void message_date(const struct series *s, const struct pl_attachment *a, const struct pl_item *item,
                         struct message *out)
{
    int64_t filetime = pl_bag_integer(&item->props, PidLidExceptionReplaceTime, 0);
    if (!filetime)
        filetime = pl_bag_integer(&a->props, PidTagExceptionReplaceTime, 0);
    if (!filetime)
        return;
    int64_t local = local_of(s, pl_seconds_of_filetime(filetime));
    out->day = local / DAY - (local % DAY < 0);
    out->known = true;
}

/* Opens and maps the message of an attachment; false: it holds no exception. */
static bool message_open(struct series *s, const struct pl_attachment *a, struct message *out)
{
    struct pl_mapping *m = s->in->m;
    struct pl_item *item = pl_arena_zalloc(m->arena, 1, sizeof *item);
    *out = (struct message){0};
    if (!item || !a->embedded || !m->reader || m->reader->ops->open_item(m->reader, a->key, item) <= PL_LOST)
        return false;
    if (!is_exception_class(item->message_class))
        return false;
    if (pl_map_item(m, item, &out->record) <= PL_LOST)
        return false;
    (void)pl_whole_names(m->reader, &item->props); /* what it lacks, the series lacks */
    message_date(s, a, item, out);
    return true;
}

static struct message *messages_open(struct series *s, size_t *count)
{
    const struct pl_item *item = s->in->item;
    struct message *list = pl_arena_zalloc(s->in->m->arena, item->attachment_count + 1, sizeof *list);
    *count = 0;
    for (size_t i = 0; list && i < item->attachment_count; i++)
        *count += message_open(s, &item->attachments[i], &list[*count]);
    return list;
}

/* By the date that it replaces, else by its own start. */
static struct message *message_of(const struct series *s, struct message *list, size_t count,
                                  const struct pl_exception *x)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].known && list[i].day == day_of(x->original_rt))
            return &list[i];
    int64_t start = pl_seconds_of_rtime(x->start_rt);
    for (size_t i = 0; i < count; i++)
        if (!list[i].known && list[i].record.as.event.start.set &&
            local_of(s, list[i].record.as.event.start.utc) == start)
            return &list[i];
    return NULL;
}

static const struct pl_record *message_find(const struct series *s, struct message *list, size_t count,
                                            const struct pl_exception *x)
{
    struct message *found = message_of(s, list, count, x);
    if (!found)
        return NULL;
    found->used = true;
    return &found->record;
}

/* The local time of a message's start or end, in the minutes of a blob. */
static uint32_t rtime_of(const struct series *s, const struct pl_when *when)
{
    int64_t minutes = ((when->is_date ? when->local : local_of(s, when->utc)) + RT_EPOCH) / 60;
    return minutes > 0 && minutes < PL_RT_NO_END ? (uint32_t)minutes : 0;
}

/* A blob that was cut before its exceptions has their dates as deleted ones; the messages tell the rest. */
static bool exceptions_restore(struct series *s, struct message *list, size_t count)
{
    struct pl_recur *r = s->recur;
    if (!r->cut || !count)
        return true;
    struct pl_exception *all = pl_arena_zalloc(s->in->m->arena, r->exception_count + count, sizeof *all);
    if (!all)
        return false;
    size_t n = r->exception_count;
    if (n)
        memcpy(all, r->exceptions, n * sizeof *all);
    for (size_t i = 0; i < count; i++) {
        const struct pl_event *own = &list[i].record.as.event;
        struct pl_exception x = {.start_rt = rtime_of(s, &own->start),
                                 .end_rt = rtime_of(s, &own->end),
                                 .original_rt = (uint32_t)((list[i].day * DAY + RT_EPOCH) / 60) + r->start_min};
        bool told = false;
        for (size_t k = 0; k < r->exception_count; k++)
            told |= message_of(s, &list[i], 1, &r->exceptions[k]) != NULL;
        if (!told && list[i].known && own->start.set && x.start_rt)
            all[n++] = x;
    }
    r->exceptions = all;
    r->exception_count = n;
    return true;
}

/* --- the whole ----------------------------------------------------------- */

struct marked { /* a day that the blob speaks of */
    int64_t day;
    const struct pl_exception *exception; /* NULL: deleted */
    bool member;
};

/* By day; of one day the exceptions first, in their order. */
static int marked_compare(const void *a, const void *b)
{
    const struct marked *x = a, *y = b;
    if (x->day != y->day)
        return x->day < y->day ? -1 : 1;
    if (!x->exception || !y->exception)
        return (x->exception == NULL) - (y->exception == NULL);
    return (x->exception > y->exception) - (x->exception < y->exception);
}

/* Which days are named, once each, and whether the pattern has them. */
static struct marked *marked_make(struct series *s, size_t *count)
{
    const struct pl_recur *r = s->recur;
    size_t n = 0, kept = 0;
    struct marked *list = pl_arena_zalloc(s->in->m->arena, r->deleted_count + r->exception_count + 1, sizeof *list);
    if (!list)
        return NULL;
    for (size_t i = 0; i < r->exception_count; i++)
        list[n++] = (struct marked){.day = day_of(r->exceptions[i].original_rt), .exception = &r->exceptions[i]};
    for (size_t i = 0; i < r->deleted_count; i++)
        list[n++] = (struct marked){.day = day_of(r->deleted_rt[i])};
    qsort(list, n, sizeof *list, marked_compare);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || list[kept - 1].day != list[i].day)
            list[kept++] = list[i];
    struct pl_expander e;
    int64_t day = INT64_MIN;
    bool more = pl_expander_init(&e, r) && pl_expander_next(&e, &day);
    for (size_t i = 0; i < kept; i++) {
        while (more && day < list[i].day)
            more = pl_expander_next(&e, &day);
        list[i].member = more && day == list[i].day;
    }
    *count = kept;
    return list;
}

static bool changes_map(struct series *s)
{
    size_t count = 0, message_count = 0, orphans = 0;
    struct pl_arena *a = s->in->m->arena;
    struct message *messages = messages_open(s, &message_count);
    if (!messages || !exceptions_restore(s, messages, message_count))
        return false;
    struct marked *days = marked_make(s, &count);
    struct pl_when *exdates = pl_arena_zalloc(a, count + 1, sizeof *exdates);
    struct pl_record *overrides = pl_arena_zalloc(a, s->recur->exception_count + 1, sizeof *overrides);
    if (!days || !exdates || !overrides)
        return false;
    size_t gone = 0, changed = 0;
    for (size_t i = 0; i < count; i++) {
        const struct pl_exception *x = days[i].exception;
        if (!days[i].member && x) {
            orphans++;
            (void)message_find(s, messages, message_count, x);
        } else if (!days[i].member) {
            continue;
        } else if (!x) {
            exdates[gone++] = when_series(s, pl_recur_start(s->recur, days[i].day));
        } else if (!override_make(s, x, message_find(s, messages, message_count, x), &overrides[changed++])) {
            return false;
        }
    }
    s->event->exdates = exdates;
    s->event->exdate_count = gone;
    s->event->overrides = overrides;
    s->event->override_count = changed;
    for (size_t i = 0; i < message_count; i++)
        orphans += !messages[i].used;
    if (orphans)
        pl_map_warn(s->in, "event.exception-orphan",
                    "%zu changed %s on no day of the series, or the pattern does not name them", orphans,
                    pl_plural(orphans, "occurrence lies", "occurrences lie"));
    return true;
}

/* What no rule says of the pattern. */
static bool dates_list(struct series *s)
{
    struct pl_rdates all;
    if (!pl_map_rdates(s->in, s->recur, &all))
        return false;
    struct pl_when *dates = pl_arena_zalloc(s->in->m->arena, all.count + 1, sizeof *dates);
    if (!dates)
        return false;
    for (size_t i = 0; i < all.count; i++)
        dates[i] = when_series(s, all.starts[i]);
    s->event->rdates = dates;
    s->event->rdate_count = all.count;
    return true;
}

static bool recur_read(struct series *s)
{
    struct pl_bytes blob;
    if (!blob_find(s->in, &blob)) {
        pl_map_warn(s->in, "event.recurrence", "the appointment repeats, but its pattern is not there");
        return false;
    }
    s->recur = pl_arena_zalloc(s->in->m->arena, 1, sizeof *s->recur);
    if (!s->recur) {
        s->in->failed = true;
        return false;
    }
    if (!pl_recur_decode(s->in->m->arena, blob.data, blob.size, false, s->recur)) {
        pl_map_warn(s->in, "event.recurrence", "the pattern can't be decoded: %s", s->recur->fault);
        return false;
    }
    if (s->recur->cut && s->recur->has_times)
        pl_map_warn(s->in, "event.recurrence-cut", "the pattern is %s", s->recur->fault);
    return true;
}

void pl_map_series(struct pl_map *in)
{
    struct series s = {.in = in, .event = &in->out->as.event};
    struct pl_expander e;
    int64_t first = 0;
    if (is_exception_class(in->item->message_class) || !recur_read(&s))
        return;
    times_of_day(&s);
    if (!pl_expander_init(&e, s.recur) || !pl_expander_next(&e, &first)) {
        pl_map_warn(in, "event.series-empty", "the pattern has no occurrence: %s",
                    e.fault ? e.fault : "it ends too early");
        return;
    }
    int64_t start = pl_recur_start(s.recur, first);
    zone_choose(&s, start);
    times_set(&s, s.event, start, start + (int64_t)(s.recur->end_min - s.recur->start_min) * 60);
    if (!dates_list(&s) || !changes_map(&s)) {
        in->failed = true;
        return;
    }
    s.event->recur = s.recur;
}

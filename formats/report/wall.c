/*
 * wall.c - see wall.h.
 */
#include "wall.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "arena.h"
#include "expand.h"
#include "fdio.h"
#include "map_ical.h"
#include "tz.h"
#include "zones.h"

#define DAY         86400
#define PART_MOST   ((size_t)256 << 10) /* of the lines wanted of one event */
#define ZONES_MOST  ((size_t)1 << 20)
#define GROUP_MOST  ((size_t)64 << 20)
#define SPAN_MOST   (INT64_C(366) * DAY)
#define LINES_AHEAD "BEGIN:VCALENDAR\r\n"
#define LINES_AFTER "END:VCALENDAR\r\n"

/* One VEVENT of a UID. */
struct one {
    struct one *next;
    struct pl_ical c;
    struct pl_wall_event event;
    int64_t replaces; /* RECURRENCE-ID, on the wall */
    bool is_override;
};

struct reading {
    struct pl_wall *w;
    struct pl_buf part, zones;
    struct pl_arena group, scratch; /* group: all of one UID */
    struct one *first, **last;
    const char *uid;
    int depth; /* of components: 2 in a VEVENT or VTIMEZONE itself */
    bool in_event, in_zone, kept;
};

/* --- occurrences ------------------------------------------------------------------------------ */

struct days {
    int64_t *list;
    size_t count, room;
};

static int by_value(const void *left, const void *right)
{
    const int64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static void days_add(struct reading *r, struct days *d, int64_t value)
{
    if (d->count == d->room) {
        size_t room = d->room ? 2 * d->room : 16;
        int64_t *more = pl_arena_zalloc(&r->group, room, sizeof *more);
        if (!more)
            return;
        if (d->count)
            memcpy(more, d->list, d->count * sizeof *more);
        d->list = more;
        d->room = room;
    }
    d->list[d->count++] = value;
}

static bool days_have(const struct days *d, int64_t value)
{
    return d->count && bsearch(&value, d->list, d->count, sizeof value, by_value);
}

/* All values of the lines of that name, sorted. */
static struct days days_of(struct reading *r, const struct one *o, const char *name)
{
    struct days d = {0};
    const struct pl_ical_line *line = NULL;
    while ((line = pl_ical_find(&o->c, 1, name, line)) != NULL)
        for (const char *at = line->value; *at;) {
            char value[24] = "";
            size_t size = strcspn(at, ",");
            int64_t seconds;
            bool is_date, is_utc;
            if (size < sizeof value)
                memcpy(value, at, size);
            if (pl_ical_time(value, &seconds, &is_date, &is_utc))
                days_add(r, &d, seconds);
            at += size + (at[size] == ',');
        }
    if (d.count)
        qsort(d.list, d.count, sizeof *d.list, by_value);
    return d;
}

static void give(struct reading *r, const struct one *o, int64_t start)
{
    struct pl_wall_event e = o->event;
    e.end = start + (e.end - e.start);
    e.start = start;
    r->w->found(r->w->data, &e);
}

/* UNTIL is an instant, so the zone has to be known: the world's, or that of the file. */
static const struct pl_zone *zone_of(struct reading *r, const struct one *o)
{
    const struct pl_ical_line *line = pl_ical_find(&o->c, 1, "DTSTART", NULL);
    const char *name = line ? pl_ical_param(&r->group, line, "TZID") : NULL;
    struct pl_ical with = {0};
    struct pl_buf text;
    pl_buf_init(&text, ZONES_MOST + 64);
    pl_buf_printf(&text, "%s%s%s", LINES_AHEAD, r->zones.data ? r->zones.data : "", LINES_AFTER);
    const struct pl_zone *zone = NULL;
    if (name && !text.failed && pl_ical_parse(&r->group, text.data, text.size, &with))
        zone = pl_ical_zone(&r->group, &with, name);
    pl_buf_release(&text);
    return zone ? zone : name ? pl_zone_of_name(name) : NULL;
}

static const struct pl_recur *recur_of(struct reading *r, const struct one *o, const char *rule)
{
    struct pl_ical_rule parsed;
    const char *why;
    const struct pl_wall_event *e = &o->event;
    struct pl_when start = {.set = true, .local = e->start, .is_date = e->all_day};
    if (!pl_ical_rule(rule, &parsed))
        return NULL;
    if (parsed.until_utc)
        start.zone = zone_of(r, o);
    return pl_ical_recur(&r->group, &parsed, &start, e->end - e->start, &why);
}

static void give_rule(struct reading *r, const struct one *o, const struct pl_recur *recur,
                      const struct days *without)
{
    struct pl_expander x;
    int64_t day;
    size_t count = 0;
    if (!pl_expander_init(&x, recur))
        return;
    while (count++ < PL_EXPAND_MOST && pl_expander_next(&x, &day) &&
           (day <= r->w->last || recur->end != PL_END_NEVER)) {
        int64_t start = pl_recur_start(recur, day);
        if (!days_have(without, start))
            give(r, o, start);
    }
}

static void give_series(struct reading *r, const struct one *o)
{
    const struct pl_ical_line *rule = pl_ical_find(&o->c, 1, "RRULE", NULL);
    struct days listed = days_of(r, o, "RDATE"), without = days_of(r, o, "EXDATE");
    r->w->events++;
    r->w->series += rule || listed.count;
    for (const struct one *other = r->first; other; other = other->next)
        if (other->is_override)
            days_add(r, &without, other->replaces);
    if (without.count)
        qsort(without.list, without.count, sizeof *without.list, by_value);
    const struct pl_recur *recur = rule ? recur_of(r, o, rule->value) : NULL;
    r->w->unclear += rule && !recur;
    if (recur)
        give_rule(r, o, recur, &without);
    else if (!days_have(&without, o->event.start))
        give(r, o, o->event.start);
    for (size_t i = 0; i < listed.count; i++)
        if (listed.list[i] != o->event.start && !days_have(&without, listed.list[i]))
            give(r, o, listed.list[i]);
}

static void group_end(struct reading *r)
{
    for (const struct one *o = r->first; o && r->w->found; o = o->next)
        if (o->is_override)
            give(r, o, o->event.start);
        else
            give_series(r, o);
    pl_arena_reset(&r->group);
    r->first = NULL;
    r->last = &r->first;
    r->uid = NULL;
}

/* --- one event -------------------------------------------------------------------------------- */

static const char *value_of(const struct one *o, const char *name)
{
    const struct pl_ical_line *line = pl_ical_find(&o->c, 1, name, NULL);
    return line ? line->value : NULL;
}

static const char *text_of(struct reading *r, const struct one *o, const char *name)
{
    const char *value = value_of(o, name);
    return value ? pl_ical_text(&r->group, value, NULL) : NULL;
}

static bool times_of(struct one *o)
{
    const char *start = value_of(o, "DTSTART"), *end = value_of(o, "DTEND"), *span = value_of(o, "DURATION");
    struct pl_wall_event *e = &o->event;
    bool is_date, is_utc;
    int64_t length = 0;
    if (!start || !pl_ical_time(start, &e->start, &e->all_day, &e->utc))
        return false;
    e->end = e->start + (e->all_day ? DAY : 0);
    if (end && pl_ical_time(end, &e->end, &is_date, &is_utc))
        length = e->end - e->start;
    else if (span && pl_ical_duration(span, &length))
        e->end = e->start + length;
    if (e->end < e->start || e->end - e->start > SPAN_MOST)
        e->end = e->start;
    const char *replaces = value_of(o, "RECURRENCE-ID");
    o->is_override = replaces && pl_ical_time(replaces, &o->replaces, &is_date, &is_utc);
    return true;
}

static bool part_parse(struct pl_arena *a, const struct pl_buf *part, struct pl_ical *out)
{
    return !part->failed && pl_ical_parse(a, part->data, part->size, out) && out->part_count > 1;
}

static void newest_of(struct reading *r, const struct pl_ical *c)
{
    static const char *const names[] = {"LAST-MODIFIED", "DTSTAMP"};
    for (size_t i = 0; i < 2; i++) {
        const struct pl_ical_line *line = pl_ical_find(c, 1, names[i], NULL);
        int64_t seconds;
        bool is_date, is_utc;
        if (line && pl_ical_time(line->value, &seconds, &is_date, &is_utc) && seconds > r->w->newest)
            r->w->newest = seconds;
    }
}

static void event_end(struct reading *r)
{
    struct pl_ical seen;
    pl_buf_puts(&r->part, LINES_AFTER);
    pl_arena_reset(&r->scratch);
    if (!part_parse(&r->scratch, &r->part, &seen)) {
        r->w->broken++;
        return;
    }
    newest_of(r, &seen);
    if (!r->w->found)
        return;
    const struct pl_ical_line *uid = pl_ical_find(&seen, 1, "UID", NULL);
    if (!r->uid || !uid || strcmp(uid->value, r->uid) != 0)
        group_end(r);
    struct one *o = pl_arena_zalloc(&r->group, 1, sizeof *o);
    if (!o || !part_parse(&r->group, &r->part, &o->c) || !times_of(o)) {
        r->w->broken++;
        return;
    }
    const char *class_name = value_of(o, "CLASS"), *status = value_of(o, "STATUS");
    o->event.is_private = class_name && strcasecmp(class_name, "PUBLIC") != 0;
    o->event.cancelled = status && !strcasecmp(status, "CANCELLED");
    o->event.summary = text_of(r, o, "SUMMARY");
    o->event.location = text_of(r, o, "LOCATION");
    r->uid = value_of(o, "UID");
    *r->last = o;
    r->last = &o->next;
}

/* --- lines -------------------------------------------------------------------------------------- */

static bool is_wanted(const char *line)
{
    static const char *const names[] = {"UID",    "DTSTART", "DTEND",   "DURATION",      "RRULE",
                                        "EXDATE", "RDATE",   "SUMMARY", "RECURRENCE-ID", "LOCATION",
                                        "CLASS",  "STATUS",  "DTSTAMP", "LAST-MODIFIED"};
    size_t size = strcspn(line, ":;\r\n");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == size && !strncasecmp(line, names[i], size))
            return true;
    return false;
}

static void component_begin(struct reading *r, const char *name)
{
    if (++r->depth != 2)
        return;
    r->in_event = !strncasecmp(name, "VEVENT", 6);
    r->in_zone = !strncasecmp(name, "VTIMEZONE", 9);
    if (!r->in_event)
        return;
    pl_buf_clear(&r->part);
    pl_buf_puts(&r->part, LINES_AHEAD "BEGIN:VEVENT\r\n");
}

static void component_end(struct reading *r)
{
    if (r->depth-- == 2 && r->in_event) {
        pl_buf_puts(&r->part, "END:VEVENT\r\n");
        event_end(r);
    }
    if (r->depth < 2)
        r->in_event = r->in_zone = false;
}

static void line_take(struct reading *r, const char *line, size_t size)
{
    bool begins = !strncasecmp(line, "BEGIN:", 6), ends = !strncasecmp(line, "END:", 4);
    bool goes_on = *line == ' ' || *line == '\t';
    if (begins)
        component_begin(r, line + 6);
    if (r->in_zone)
        pl_buf_add(&r->zones, line, size);
    if (!goes_on)
        r->kept = r->in_event && r->depth == 2 && !begins && !ends && is_wanted(line);
    if (r->kept)
        pl_buf_add(&r->part, line, size);
    if (ends)
        component_end(r);
}

bool pl_wall_read(struct pl_wall *w, int folder, const char *path)
{
    struct reading r = {.w = w};
    char *line = NULL;
    size_t room = 0;
    FILE *file = pl_file_stream(folder, path, O_NOFOLLOW);
    if (!file)
        return false;
    r.last = &r.first;
    pl_buf_init(&r.part, PART_MOST);
    pl_buf_init(&r.zones, ZONES_MOST);
    pl_arena_init(&r.group, GROUP_MOST);
    pl_arena_init(&r.scratch, GROUP_MOST);
    for (ssize_t size; (size = pl_line_read(&line, &room, file)) > 0;)
        line_take(&r, line, (size_t)size);
    group_end(&r);
    bool good = !ferror(file);
    free(line);
    fclose(file);
    pl_buf_release(&r.part);
    pl_buf_release(&r.zones);
    pl_arena_release(&r.group);
    pl_arena_release(&r.scratch);
    return good;
}

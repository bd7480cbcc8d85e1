/*
 * vtimezone.c - VTIMEZONE components: see vtimezone.h. Pure but for the sink.
 *
 * Follows pl_tz_onsets(), which the conversions between local time and UTC obey too: what
 * readers compute from these blocks is what pimlift computed. Blocks begin in FIRST_YEAR;
 * before it the first block's TZOFFSETFROM holds. RFC 5545 3.6.5, 3.8.3.
 */
#include "vtimezone.h"

#include <stdio.h>
#include <string.h>

#include "contentline.h"
#include "text.h"

#define FIRST_YEAR   1970
#define LAST_YEAR    4500
#define ROOM         (1u << 20)
#define LISTED_YEARS 60 /* of a rule that no RRULE says */
#define NAME_MOST    120u

static const char *const day_names[7] = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};

static void put_offset(struct pl_sink *sink, const char *name, int offset)
{
    char text[16];
    int o = offset < 0 ? -offset : offset;
    int n = snprintf(text, sizeof text, "%c%02d%02d", offset < 0 ? '-' : '+', o / 3600 % 100, o / 60 % 60);
    if (o % 60)
        snprintf(text + n, sizeof text - (size_t)n, "%02d", o % 60);
    pl_line_put_raw(sink, name, text);
}

/* rule NULL: once. until NULL: for good. */
static void put_block(struct pl_sink *sink, const struct pl_onset *o, const struct pl_transition *rule,
                      const struct pl_onset *until)
{
    char text[96];
    struct pl_civil c = pl_civil_of(o->local);
    /* across the date line: readers that take a DAYLIGHT's shift for its saving refuse a whole day */
    bool dst = o->dst && o->to - o->from < 86400 && o->from - o->to < 86400;
    pl_line_put_raw(sink, "BEGIN", dst ? "DAYLIGHT" : "STANDARD");
    snprintf(text, sizeof text, "%04d%02d%02dT%02d%02d%02d", c.year, c.month, c.day, c.hour, c.minute, c.second);
    pl_line_put_raw(sink, "DTSTART", text);
    if (rule) {
        int n = rule->year
                    ? snprintf(text, sizeof text, "FREQ=YEARLY;BYMONTH=%d;BYMONTHDAY=%d", rule->month, rule->day)
                    : snprintf(text, sizeof text, "FREQ=YEARLY;BYMONTH=%d;BYDAY=%d%s", rule->month,
                               rule->day == 5 ? -1 : rule->day, day_names[rule->dow]);
        /* some readers take UNTIL for local time: the later of both ends the rule in the same year */
        c = pl_civil_of(!until ? 0 : until->utc > until->local ? until->utc : until->local);
        if (until && n > 0)
            snprintf(text + n, sizeof text - (size_t)n, ";UNTIL=%04d%02d%02dT%02d%02d%02dZ", c.year, c.month, c.day,
                     c.hour, c.minute, c.second);
        pl_line_put_raw(sink, "RRULE", text);
    }
    put_offset(sink, "TZOFFSETFROM", o->from);
    put_offset(sink, "TZOFFSETTO", o->to);
    pl_line_put_raw(sink, "END", dst ? "DAYLIGHT" : "STANDARD");
}

/* The onset of that kind in a year, after the ones that only join two rules. */
static const struct pl_onset *onset_find(struct pl_onset onsets[3], size_t n, bool dst)
{
    for (size_t i = 0; i < n; i++)
        if (!onsets[i].new_rule && onsets[i].dst == dst)
            return &onsets[i];
    return NULL;
}

static void put_listed(struct pl_sink *sink, const struct pl_zone *zone, int from, int to)
{
    for (int year = from; year <= to && year < from + LISTED_YEARS; year++) {
        struct pl_onset onsets[3];
        size_t n = pl_tz_onsets(zone, year, onsets);
        for (size_t i = 0; i < n; i++)
            put_block(sink, &onsets[i], NULL, NULL);
    }
}

/* The blocks of one rule, which holds from..to; to 0: for good. */
static void put_rule(struct pl_sink *sink, const struct pl_zone *zone, int from, int to)
{
    const struct pl_tzrule *r = pl_tz_rule(zone, from);
    struct pl_onset first[3], last[3];
    size_t n = pl_tz_onsets(zone, from, first), m = to ? pl_tz_onsets(zone, to, last) : 0;
    const struct pl_onset *dst = onset_find(first, n, true), *std = onset_find(first, n, false);
    bool whole = dst && std && (!to || (onset_find(last, m, true) && onset_find(last, m, false)));
    if (to == from || (pl_tzrule_has_dst(r) && !whole)) {
        put_listed(sink, zone, from, to ? to : from + LISTED_YEARS);
        return;
    }
    if (n && first[0].new_rule)
        put_block(sink, &first[0], NULL, NULL);
    if (!pl_tzrule_has_dst(r))
        return;
    bool north = dst < std;
    put_block(sink, north ? dst : std, north ? &r->to_dst : &r->to_std, to ? onset_find(last, m, north) : NULL);
    put_block(sink, north ? std : dst, north ? &r->to_std : &r->to_dst, to ? onset_find(last, m, !north) : NULL);
}

void pl_vtimezone_put(struct pl_sink *sink, const struct pl_zone *zone, const char *tzid)
{
    pl_line_put_raw(sink, "BEGIN", "VTIMEZONE");
    pl_line_put_raw(sink, "TZID", tzid);
    int from = FIRST_YEAR;
    bool any = false;
    for (size_t i = 0; i < zone->rule_count; i++) {
        int next = i + 1 < zone->rule_count ? zone->rules[i + 1].from_year : 0;
        if (next && next <= from)
            continue;
        if (next > LAST_YEAR)
            next = 0;
        if (!any && !pl_tzrule_has_dst(&zone->rules[i])) {
            int64_t start = pl_days_of_civil(from, 1, 1) * 86400;
            int offset = (int)(pl_tz_local(zone, start) - start);
            put_block(sink, &(struct pl_onset){.local = start, .from = offset, .to = offset}, NULL, NULL);
        } else {
            put_rule(sink, zone, from, next ? next - 1 : 0);
        }
        any = true;
        from = next;
        if (!next)
            break;
    }
    pl_line_put_raw(sink, "END", "VTIMEZONE");
}

/* --- the zones of a file ------------------------------------------------- */

void pl_vtimezones_init(struct pl_vtimezones *v)
{
    *v = (struct pl_vtimezones){0};
    pl_arena_init(&v->arena, ROOM);
}

void pl_vtimezones_release(struct pl_vtimezones *v)
{
    pl_arena_release(&v->arena);
    v->first = v->last = NULL;
}

static const struct pl_vtimezone *zone_find(const struct pl_vtimezones *v, const struct pl_zone *zone)
{
    for (const struct pl_vtimezone *z = v->first; z; z = z->next)
        if (strcmp(z->zone.tzid, zone->tzid) == 0 && pl_tz_same(&z->zone, zone))
            return z;
    return NULL;
}

const char *pl_vtimezones_name(const struct pl_vtimezones *v, const struct pl_zone *zone)
{
    const struct pl_vtimezone *z = zone_find(v, zone);
    return z ? z->tzid : NULL;
}

static bool name_taken(const struct pl_vtimezones *v, const char *tzid)
{
    for (const struct pl_vtimezone *z = v->first; z; z = z->next)
        if (strcmp(z->tzid, tzid) == 0)
            return true;
    return false;
}

bool pl_vtimezones_fit(const struct pl_vtimezones *v, const struct pl_zone *zone, const char *tzid)
{
    const struct pl_vtimezone *known = zone_find(v, zone);
    return known ? strcmp(known->tzid, tzid) == 0 : !name_taken(v, tzid);
}

/* Characters that some readers trip over in a parameter, quoted or not, become '_'. */
static const char *name_make(struct pl_vtimezones *v, const char *name)
{
    size_t size = pl_utf8_prefix(name, strlen(name), NAME_MOST);
    char *base = pl_arena_alloc(&v->arena, size + 1);
    if (!base)
        return NULL;
    memcpy(base, name, size);
    base[size] = 0;
    for (char *p = base; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7F || strchr("\"^,;:\\", *p))
            *p = '_';
    const char *tzid = base;
    for (unsigned n = 2; tzid && name_taken(v, tzid); n++)
        tzid = pl_arena_printf(&v->arena, "%s (%u)", base, n);
    return tzid;
}

static struct pl_vtimezone *zone_keep(struct pl_vtimezones *v, const struct pl_zone *zone)
{
    struct pl_vtimezone *z = pl_arena_zalloc(&v->arena, 1, sizeof *z);
    if (!z)
        return NULL;
    z->zone.tzid = pl_arena_strdup(&v->arena, zone->tzid);
    z->zone.rules = pl_arena_dup(&v->arena, zone->rules, zone->rule_count * sizeof *zone->rules);
    z->zone.rule_count = zone->rule_count;
    z->tzid = name_make(v, zone->tzid);
    return z->zone.tzid && z->zone.rules && z->tzid ? z : NULL;
}

const char *pl_vtimezones_use(struct pl_vtimezones *v, struct pl_sink *sink, const struct pl_zone *zone)
{
    const struct pl_vtimezone *known = zone_find(v, zone);
    if (known)
        return known->tzid;
    struct pl_vtimezone *z = zone_keep(v, zone);
    if (!z)
        return NULL;
    if (v->last)
        v->last->next = z;
    else
        v->first = z;
    v->last = z;
    z->needed_at = sink->bytes;
    if (!v->unwritten)
        pl_vtimezone_put(sink, &z->zone, z->tzid);
    return z->tzid;
}

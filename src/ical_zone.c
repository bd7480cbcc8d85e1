/*
 * ical_zone.c - a VTIMEZONE as a zone: see map_ical.h. Core, pure.
 *
 * RFC 5545 3.6.5. The rules that hold last stand for all years: of each kind the observance that began latest, with
 * a yearly rule of the form "the nth weekday of a month". Anything else is asked of the zone's name.
 */
#include <stdlib.h>
#include <string.h>

#include "map_ical.h"
#include "zones.h"

#define YEAR_FIRST 1601

static bool offset_of(const struct pl_ical_line *line, int *minutes)
{
    if (!line || (*line->value != '+' && *line->value != '-') || strspn(line->value + 1, "0123456789") < 4)
        return false;
    int number = (line->value[1] - '0') * 600 + (line->value[2] - '0') * 60 + (line->value[3] - '0') * 10 +
                 (line->value[4] - '0');
    *minutes = *line->value == '-' ? -number : number;
    return true;
}

/* The observance of a kind that began latest, or 0. */
static unsigned observance(const struct pl_ical *c, unsigned zone, const char *kind)
{
    unsigned found = 0;
    int64_t latest = INT64_MIN;
    for (unsigned i = 1; i < c->part_count; i++) {
        const struct pl_ical_line *line = pl_ical_find(c, i, "DTSTART", NULL);
        int64_t at;
        bool is_date, is_utc;
        if (c->parts[i].parent != zone || strcmp(c->parts[i].name, kind) != 0 || !line ||
            !pl_ical_time(line->value, &at, &is_date, &is_utc) || at <= latest)
            continue;
        latest = at;
        found = i;
    }
    return found;
}

static bool transition(const struct pl_ical *c, unsigned part, struct pl_transition *out)
{
    const struct pl_ical_line *start = pl_ical_find(c, part, "DTSTART", NULL),
                              *rule = pl_ical_find(c, part, "RRULE", NULL);
    struct pl_ical_rule r;
    int64_t at = 0;
    bool is_date, is_utc;
    if (!rule || !pl_ical_rule(rule->value, &r) || r.frequency != PL_ICAL_YEARLY || r.interval != 1 ||
        r.until_set || r.count || r.month < 1 || !r.nth || r.nth < -1 || r.nth > 4 || r.month_day ||
        r.set_position || __builtin_popcount(r.days) != 1 || !pl_ical_time(start->value, &at, &is_date, &is_utc) ||
        is_date)
        return false;
    struct pl_civil civil = pl_civil_of(at);
    *out = (struct pl_transition){.month = r.month,
                                  .dow = __builtin_ctz(r.days),
                                  .day = r.nth < 0 ? 5 : r.nth,
                                  .hour = civil.hour,
                                  .minute = civil.minute,
                                  .second = civil.second};
    return true;
}

static bool zone_read(struct pl_arena *a, const struct pl_ical *c, unsigned part, const char *name,
                      struct pl_zone *out)
{
    unsigned standard = observance(c, part, "STANDARD"), daylight = observance(c, part, "DAYLIGHT");
    struct pl_tzrule *rule = pl_arena_zalloc(a, 1, sizeof *rule);
    int east = 0, summer = 0;
    if (!rule || !standard || !offset_of(pl_ical_find(c, standard, "TZOFFSETTO", NULL), &east) ||
        (daylight && !offset_of(pl_ical_find(c, daylight, "TZOFFSETTO", NULL), &summer)))
        return false;
    *rule = (struct pl_tzrule){.from_year = YEAR_FIRST, .bias_min = -east, .flags = 2};
    if (daylight) {
        rule->dst_bias_min = east - summer;
        if (!transition(c, standard, &rule->to_std) || !transition(c, daylight, &rule->to_dst))
            return false;
    }
    *out = (struct pl_zone){.tzid = name, .rules = rule, .rule_count = 1};
    return true;
}

const struct pl_zone *pl_ical_zone(struct pl_arena *a, const struct pl_ical *c, const char *name)
{
    struct pl_zone *zone = pl_arena_zalloc(a, 1, sizeof *zone);
    for (unsigned i = 1; zone && i < c->part_count; i++) {
        const struct pl_ical_line *id = pl_ical_find(c, i, "TZID", NULL);
        if (!strcmp(c->parts[i].name, "VTIMEZONE") && id && !strcmp(id->value, name) &&
            zone_read(a, c, i, name, zone))
            return zone;
    }
    return pl_zone_of_name(name);
}

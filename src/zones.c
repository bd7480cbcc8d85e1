/*
 * zones.c - the tables of zones.h, and the question whether two zones read alike.
 *
 * The tables are made by tools/mkzones from tzdata and CLDR; they begin with the year
 * 1990, and the first rule of a zone holds before too. Equality is asked of onsets, year
 * by year, because the same law may be written as different rules. A second of difference
 * is none: Windows writes midnight as 23:59:59.999.
 */
#include "zones.h"

#include <stdlib.h>
#include <strings.h>

#include "arena.h"

#define YEARS_MOST 100
#define SLACK      1 /* seconds */

#define TZ_VERSION(text)
#define TZ_ZONE(name, first, count)
#define TZ_WINDOWS(name, iana)
#define TZ_RULE(year, std, dst, m, w, d, fixed, s, dm, dw, dd, dfixed, ds)                                         \
    {.from_year = (year),                                                                                          \
     .bias_min = -(std),                                                                                           \
     .dst_bias_min = (std) - (dst),                                                                                \
     .to_std = {(fixed), (m), (w), (d), (s) / 3600, (s) / 60 % 60, (s) % 60},                                      \
     .to_dst = {(dfixed), (dm), (dw), (dd), (ds) / 3600, (ds) / 60 % 60, (ds) % 60},                               \
     .flags = 2},
static const struct pl_tzrule rules[] = {
#include "zones.def"
};
#undef TZ_RULE
#undef TZ_ZONE

#define TZ_RULE(year, std, dst, m, w, d, fixed, s, dm, dw, dd, dfixed, ds)
#define TZ_ZONE(name, first, count) {name, rules + (first), count},
static const struct pl_zone zones[] = {
#include "zones.def"
};
#undef TZ_ZONE
#undef TZ_WINDOWS

struct windows_name {
    const char *name, *iana;
};

#define TZ_ZONE(name, first, count)
#define TZ_WINDOWS(name, iana) {name, iana},
static const struct windows_name windows_names[] = {
#include "zones.def"
};
#undef TZ_VERSION
#undef TZ_RULE
#undef TZ_WINDOWS

const char *pl_zones_version(void)
{
#define TZ_VERSION(text) return text;
#define TZ_RULE(year, std, dst, m, w, d, fixed, s, dm, dw, dd, dfixed, ds)
#define TZ_WINDOWS(name, iana)
#include "zones.def"
}

static int zone_compare(const void *key, const void *row)
{
    return strcasecmp(key, ((const struct pl_zone *)row)->tzid);
}

static int windows_compare(const void *key, const void *row)
{
    return strcasecmp(key, ((const struct windows_name *)row)->name);
}

const struct pl_zone *pl_zone_of_name(const char *name)
{
    const struct windows_name *w = bsearch(name, windows_names, sizeof windows_names / sizeof windows_names[0],
                                           sizeof windows_names[0], windows_compare);
    return bsearch(w ? w->iana : name, zones, sizeof zones / sizeof zones[0], sizeof zones[0], zone_compare);
}

bool pl_zone_year_alike(const struct pl_zone *a, const struct pl_zone *b, int year)
{
    struct pl_onset x[3], y[3];
    size_t n = pl_tz_onsets(a, year, x), m = pl_tz_onsets(b, year, y);
    size_t i = n && x[0].new_rule, j = m && y[0].new_rule; /* these say how years meet, not how one is */
    bool changes = i < n;
    if (n - i != m - j)
        return false;
    for (; i < n; i++, j++) {
        int64_t apart = x[i].utc - y[j].utc;
        if (x[i].to != y[j].to || x[i].from != y[j].from || apart > SLACK || apart < -SLACK)
            return false;
    }
    if (changes) /* equal changes from and to equal offsets */
        return true;
    int64_t middle = pl_days_of_civil(year, 7, 1) * 86400;
    return pl_tz_local(a, middle) == pl_tz_local(b, middle);
}

const struct pl_zone *pl_zone_iana(const struct pl_zone *zone, int from, int to)
{
    const struct pl_zone *iana = pl_zone_of_name(zone->tzid);
    if (!iana)
        return zone;
    if (to > from + YEARS_MOST)
        to = from + YEARS_MOST;
    for (int year = from; year <= to; year++)
        if (!pl_zone_year_alike(zone, iana, year))
            return zone;
    return iana;
}

const struct pl_zone *pl_zone_written(struct pl_arena *a, const struct pl_zone *zone, int from, int to)
{
    const struct pl_zone *known = pl_zone_of_name(zone->tzid);
    if (!known || known == pl_zone_iana(zone, from, to))
        return known ? known : zone;
    struct pl_zone *own = pl_arena_dup(a, zone, sizeof *zone);
    const char *name = pl_arena_printf(a, "%s (as stored)", zone->tzid);
    if (!own || !name)
        return zone;
    own->tzid = name;
    return own;
}

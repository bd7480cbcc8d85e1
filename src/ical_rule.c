/*
 * ical_rule.c - an RRULE as the pattern that a store would hold: see map_ical.h. Core, pure.
 *
 * Patterns of [MS-OXOCAL] say less than RFC 5545 3.3.10. A rule that means anything else is refused as a whole:
 * occurrences on wrong days are worse than none.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "expand.h"
#include "map_ical.h"
#include "tz.h"

#define DAY      86400
#define RT_EPOCH INT64_C(11644473600)
#define ALL_DAYS 0x7fu

static const char *const weekdays[] = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};

static int weekday_of(const char *p)
{
    for (int i = 0; i < 7; i++)
        if (!strncasecmp(p, weekdays[i], 2))
            return i;
    return -1;
}

static bool number_of(const char *p, long low, long high, long *out)
{
    char *end = NULL;
    *out = strtol(p, &end, 10);
    return end != p && !*end && *out >= low && *out <= high;
}

/* "MO,WE" or "-1FR", the number before one day only. */
static bool by_day(const char *p, struct pl_ical_rule *r)
{
    for (;; p++) {
        char *end = NULL;
        long n = isalpha((unsigned char)*p) ? 0 : strtol(p, &end, 10);
        p = end ? end : p;
        int day = weekday_of(p);
        if (day < 0 || n < -1 || n > 5 || (n && r->days) || r->nth || r->days >> day & 1)
            return false;
        r->days |= 1u << day;
        r->nth = (int)n;
        p += 2;
        if (*p != ',')
            return !*p;
    }
}

static bool frequency_of(const char *value, struct pl_ical_rule *r)
{
    static const char *const names[] = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcasecmp(names[i], value)) {
            r->frequency = (enum pl_ical_frequency)i;
            return true;
        }
    return false;
}

static bool part_read(const char *name, const char *value, struct pl_ical_rule *r)
{
    long n = 0;
    if (!strcasecmp(name, "FREQ"))
        return frequency_of(value, r);
    if (!strcasecmp(name, "UNTIL"))
        return r->until_set = pl_ical_time(value, &r->until, &r->until_date, &r->until_utc);
    if (!strcasecmp(name, "BYDAY"))
        return by_day(value, r);
    if (!strcasecmp(name, "WKST"))
        return (r->week_start = (unsigned)weekday_of(value)) < 7 && !value[2];
    bool good = number_of(value, -9999, 9999, &n);
    if (!strcasecmp(name, "INTERVAL"))
        r->interval = (unsigned)n;
    else if (!strcasecmp(name, "COUNT"))
        r->count = (unsigned)n;
    else if (!strcasecmp(name, "BYMONTHDAY"))
        r->month_day = (int)n;
    else if (!strcasecmp(name, "BYMONTH"))
        r->month = (int)n;
    else if (!strcasecmp(name, "BYSETPOS"))
        r->set_position = (int)n;
    else
        return false;
    bool counts = !strcasecmp(name, "INTERVAL") || !strcasecmp(name, "COUNT");
    return good && (counts ? n > 0 : n != 0);
}

bool pl_ical_rule(const char *value, struct pl_ical_rule *out)
{
    char part[80];
    bool named = false;
    *out = (struct pl_ical_rule){.interval = 1, .week_start = 1};
    while (*value) {
        size_t size = strcspn(value, ";");
        if (size >= sizeof part)
            return false;
        memcpy(part, value, size);
        part[size] = '\0';
        char *equals = strchr(part, '=');
        if (!equals)
            return false;
        *equals = '\0';
        if (!part_read(part, equals + 1, out))
            return false;
        named |= !strcasecmp(part, "FREQ");
        value += size + (value[size] == ';');
    }
    return named;
}

/* --- the pattern ------------------------------------------------------------------------ */

static uint32_t rt_of(int64_t local) { return (uint32_t)((local + RT_EPOCH) / 60); }
static int64_t midnight(int64_t local) { return local - (local % DAY + DAY) % DAY; }

/* Months, and years as every so many months. */
static bool months(const struct pl_ical_rule *r, const struct pl_civil *c, struct pl_recur *out)
{
    bool yearly = r->frequency == PL_ICAL_YEARLY;
    int nth = r->nth ? r->nth : r->set_position;
    out->frequency = yearly ? 0x200d : 0x200c;
    out->period = r->interval * (yearly ? 12 : 1);
    if (r->month && (!yearly || r->month != c->month))
        return false;
    if (!r->days) {
        if (r->set_position || (r->month_day && r->month_day != -1 && r->month_day != c->day))
            return false;
        out->pattern = r->month_day == -1 ? PL_PATTERN_MONTH_END : PL_PATTERN_MONTH;
        out->day = r->month_day == -1 ? 31 : (uint32_t)c->day;
        return r->month_day == -1 || c->day <= 28; /* shorter months: left out there, the last day here */
    }
    if (r->month_day || !nth || nth < -1 || nth > 4 || (r->nth && r->set_position) || (yearly && !r->month))
        return false;
    out->pattern = PL_PATTERN_MONTH_NTH;
    out->days = r->days;
    out->ordinal = nth < 0 ? 5 : (uint32_t)nth;
    return true;
}

static bool pattern(const struct pl_ical_rule *r, const struct pl_civil *c, struct pl_recur *out)
{
    out->first_dow = r->week_start;
    if (r->frequency >= PL_ICAL_MONTHLY)
        return months(r, c, out);
    if (r->nth || r->month_day || r->month || r->set_position)
        return false;
    if (r->frequency == PL_ICAL_WEEKLY) {
        out->frequency = 0x200b;
        out->pattern = PL_PATTERN_WEEK;
        out->period = r->interval;
        out->days = r->days ? r->days : 1u << c->weekday;
        return true;
    }
    bool weekdays_only = r->days && r->days != ALL_DAYS;
    out->frequency = 0x200a;
    out->pattern = weekdays_only ? PL_PATTERN_WEEK : PL_PATTERN_DAY;
    out->period = weekdays_only ? 1 : 1440 * r->interval;
    out->days = weekdays_only ? r->days : 0;
    return !weekdays_only || r->interval == 1;
}

static void end_set(const struct pl_ical_rule *r, const struct pl_when *start, struct pl_recur *out)
{
    out->end_rt = PL_RT_NO_END;
    if (r->count) {
        out->end = PL_END_COUNT;
        out->count = r->count;
    } else if (r->until_set) {
        int64_t last = r->until_utc && start->zone ? pl_tz_local(start->zone, r->until) : r->until;
        bool before =
            !r->until_date && !start->is_date && last - midnight(last) < start->local - midnight(start->local);
        out->end = PL_END_DATE;
        out->end_rt = rt_of(midnight(last) - (before ? DAY : 0));
    }
}

struct pl_recur *pl_ical_recur(struct pl_arena *a, const struct pl_ical_rule *rule, const struct pl_when *start,
                               int64_t length, const char **why)
{
    struct pl_recur *r = pl_arena_zalloc(a, 1, sizeof *r);
    struct pl_civil civil = pl_civil_of(start->local);
    struct pl_expander e;
    int64_t first = 0, day = midnight(start->local);
    *why = "it is too large";
    if (!r)
        return NULL;
    *why = "its rule or its times are of a kind that is not understood";
    if (start->local % 60 || length % 60 || length < 0 || length > INT64_C(366) * DAY || civil.year < 1602 ||
        civil.year > 4000 || (rule->until_set && (rule->until < start->local - DAY || rule->count)) ||
        !pattern(rule, &civil, r))
        return NULL;
    r->has_times = true;
    r->start_min = (uint32_t)((start->local - day) / 60);
    r->end_min = r->start_min + (uint32_t)(length / 60);
    r->start_rt = r->first_rt = rt_of(day);
    end_set(rule, start, r);
    *why = "it does not begin on a day of its rule";
    if (!pl_expander_init(&e, r) || !pl_expander_next(&e, &first) || first * DAY != day)
        return NULL;
    *why = NULL;
    return r;
}

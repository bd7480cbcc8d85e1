/*
 * rrule.c - a recurrence as the text of an RRULE: see rrule.h. Pure, part of the core.
 *
 * The trap is the end of the month: for Outlook the 31st of a short month is its last
 * day, RFC 5545 leaves such a month out. The 31st is day -1. For the 29th and 30th the
 * standard has BYMONTHDAY=28,29,30;BYSETPOS=-1, but half of the calendar programs show
 * three events a month then, and BYYEARDAY fares worse; docs/interop.md has the list. So
 * the rule names the day, and pl_rrule_rest() the last days of shorter months, which are
 * listed. Weeks need WKST as soon as not every week counts.
 */
#include "rrule.h"

#include <stdarg.h>
#include <stdio.h>

#include "arena.h"
#include "expand.h"

/* What readers have room for, libical the least. Outlook's own dialog ends at 999 days. A count above this one
 * lasts longer than the calendar. */
#define INTERVAL_MOST 32767u
#define COUNT_MOST    2147483647u

static const char *const day_names[7] = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};

struct text {
    char *out;
    size_t size;
};

static void add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *t, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int n = vsnprintf(t->out + t->size, PL_RRULE_MAX - t->size, format, list);
    va_end(list);
    if (n > 0)
        t->size = t->size + (size_t)n < PL_RRULE_MAX ? t->size + (size_t)n : PL_RRULE_MAX - 1;
}

static void add_interval(struct text *t, const char *freq, uint32_t interval)
{
    add(t, "FREQ=%s", freq);
    if (interval > 1)
        add(t, ";INTERVAL=%u", interval);
}

static void add_days(struct text *t, uint32_t days)
{
    const char *separator = ";BYDAY=";
    for (unsigned i = 0; i < 7; i++) {
        if (days >> i & 1) {
            add(t, "%s%s", separator, day_names[i]);
            separator = ",";
        }
    }
}

static unsigned bits_of(uint32_t days)
{
    unsigned n = 0;
    for (unsigned i = 0; i < 7; i++)
        n += days >> i & 1;
    return n;
}

/* Whether weeks may as well begin on another day: no day of the series lies between. */
static bool week_may_start(const struct pl_recur *r, unsigned other)
{
    bool before = true, after = true;
    for (unsigned d = other; d != r->first_dow; d = (d + 1) % 7)
        before &= !(r->days >> d & 1);
    for (unsigned d = r->first_dow; d != other; d = (d + 1) % 7)
        after &= !(r->days >> d & 1);
    return before || after;
}

/* Monday is what readers assume and Sunday what they know best; libical 3.0 goes wrong with others. */
static void add_week_start(struct text *t, const struct pl_recur *r)
{
    if (r->period == 1 || week_may_start(r, 1))
        return;
    add(t, ";WKST=%s", day_names[week_may_start(r, 0) ? 0 : r->first_dow]);
}

/* Days of a series on a day of the month: counted as far as the horizon. */
struct month_days {
    size_t count, early, last; /* all; those before the day named; those that are last of their month */
    int64_t end;               /* the last one, of a series with a count also beyond the horizon */
    bool whole;                /* it ends within the horizon */
};

/* true: a day that the month at hand does not have, so that its last day stands for it. */
static bool is_early(const struct pl_recur *r, int64_t day)
{
    return (uint32_t)pl_civil_of(day * 86400).day < r->day;
}

static struct month_days month_days_of(const struct pl_recur *r)
{
    struct month_days m = {0};
    struct pl_expander e;
    int64_t day = 0;
    bool more = pl_expander_init(&e, r) && pl_expander_next(&e, &day);
    for (; more && m.count < PL_EXPAND_MOST && day <= PL_EXPAND_LAST; more = pl_expander_next(&e, &day)) {
        m.count++;
        m.early += is_early(r, day);
        m.last += pl_civil_of((day + 1) * 86400).day == 1;
        m.end = day;
    }
    m.whole = !more;
    for (; more && r->end == PL_END_COUNT; more = pl_expander_next(&e, &day))
        m.end = day;
    return m;
}

/* Whether the rule names the day and the last days of shorter months are listed beside it. */
static bool has_rest(const struct pl_recur *r, struct month_days *m)
{
    if (r->pattern != PL_PATTERN_MONTH || (r->day != 29 && r->day != 30) || r->period % 12 == 0)
        return false;
    *m = month_days_of(r);
    return m->early > 0 && !(m->whole && m->last == m->count);
}

bool pl_rrule_rest(struct pl_arena *a, const struct pl_recur *recur, const int64_t **days, size_t *count,
                   bool *whole)
{
    struct month_days m;
    struct pl_expander e;
    int64_t day;
    *days = NULL;
    *count = 0;
    *whole = true;
    if (!has_rest(recur, &m) || !pl_expander_init(&e, recur))
        return true;
    *whole = m.whole;
    int64_t *list = pl_arena_alloc(a, m.early * sizeof *list);
    if (!list)
        return false;
    while (*count < m.early && pl_expander_next(&e, &day))
        if (is_early(recur, day))
            list[(*count)++] = day;
    *days = list;
    return true;
}

static bool rest_starts(struct pl_arena *a, const struct pl_recur *recur, struct pl_rdates *out)
{
    const int64_t *days = NULL;
    if (!pl_rrule_rest(a, recur, &days, &out->count, &out->whole))
        return false;
    int64_t *starts = pl_arena_alloc(a, (out->count + 1) * sizeof *starts);
    for (size_t i = 0; starts && i < out->count; i++)
        starts[i] = pl_recur_start(recur, days[i]);
    out->starts = starts;
    return starts != NULL;
}

static bool all_starts(struct pl_arena *a, const struct pl_recur *recur, struct pl_rdates *out)
{
    struct pl_expansion all;
    if (!pl_expand(a, recur, PL_EXPAND_MOST, &all))
        return false;
    int64_t *starts = pl_arena_alloc(a, (all.count + 1) * sizeof *starts);
    for (size_t i = 1; starts && i < all.count; i++)
        starts[i - 1] = all.list[i].original;
    out->starts = starts;
    out->count = all.count ? all.count - 1 : 0;
    out->whole = all.whole;
    return starts != NULL;
}

bool pl_rrule_rdates(struct pl_arena *a, const struct pl_recur *recur, struct pl_rdates *out)
{
    char rule[PL_RRULE_MAX];
    *out = (struct pl_rdates){.ruled = pl_rrule_text(recur, true, NULL, rule)};
    return out->ruled ? rest_starts(a, recur, out) : all_starts(a, recur, out);
}

/* month 0: any month may be meant. */
static void add_month_day(struct text *t, const struct pl_recur *r, int month)
{
    struct month_days m = {0};
    uint32_t least = month ? (uint32_t)pl_month_days(2001, month) : 28;
    bool plain = r->day <= least;
    if (!plain && r->day < 31 && month == 0)
        plain = has_rest(r, &m) || m.early == 0;
    if (plain)
        add(t, ";BYMONTHDAY=%u", r->day);
    else
        add(t, ";BYMONTHDAY=-1");
}

static void add_nth(struct text *t, const struct pl_recur *r)
{
    int position = r->ordinal == 5 ? -1 : (int)r->ordinal;
    uint32_t days = r->days & 0x7F;
    if (days == 0x7F) {
        add(t, ";BYMONTHDAY=%d", position);
    } else if (bits_of(days) == 1) {
        unsigned i = 0;
        while (!(days >> i & 1))
            i++;
        add(t, ";BYDAY=%d%s", position, day_names[i]);
    } else {
        add_days(t, days);
        add(t, ";BYSETPOS=%d", position);
    }
}

/* Of days, weeks, months or years, as the rule says it. */
static uint32_t interval_of(const struct pl_recur *r)
{
    switch (r->pattern) {
    case PL_PATTERN_DAY: return r->period / 1440;
    case PL_PATTERN_WEEK: return r->period;
    default: return r->period % 12 == 0 ? r->period / 12 : r->period;
    }
}

static void add_month(struct text *t, const struct pl_expander *e)
{
    const struct pl_recur *r = e->recur;
    int month = 0;
    if (r->period % 12 == 0) {
        month = (int)(e->base % 12) + 1;
        add_interval(t, "YEARLY", interval_of(r));
        add(t, ";BYMONTH=%d", month);
    } else {
        add_interval(t, "MONTHLY", interval_of(r));
    }
    if (r->pattern == PL_PATTERN_MONTH_NTH)
        add_nth(t, r);
    else if (r->pattern == PL_PATTERN_MONTH_END)
        add(t, ";BYMONTHDAY=-1");
    else
        add_month_day(t, r, month);
}

static void add_until(struct text *t, int64_t local, bool all_day, const struct pl_zone *zone)
{
    struct pl_civil c = pl_civil_of(all_day || !zone ? local : pl_tz_utc(zone, local));
    add(t, ";UNTIL=%04d%02d%02d", c.year, c.month, c.day);
    if (!all_day)
        add(t, "T%02d%02d%02dZ", c.hour, c.minute, c.second);
}

/* A count is one of all occurrences: where some are listed, the date of the last one says it. */
static void add_end(struct text *t, const struct pl_recur *r, bool all_day, const struct pl_zone *zone)
{
    struct month_days m;
    if (r->end == PL_END_COUNT && has_rest(r, &m))
        add_until(t, pl_recur_start(r, m.end), all_day, zone);
    else if (r->end == PL_END_COUNT)
        add(t, ";COUNT=%u", r->count < COUNT_MOST ? r->count : COUNT_MOST);
    else if (r->end == PL_END_DATE && r->end_rt < PL_RT_NO_END)
        add_until(t, pl_seconds_of_rtime(r->end_rt / 1440 * 1440) + (int64_t)r->start_min * 60, all_day, zone);
}

bool pl_rrule_text(const struct pl_recur *recur, bool all_day, const struct pl_zone *zone, char out[PL_RRULE_MAX])
{
    struct text t = {.out = out};
    struct pl_expander e;
    out[0] = 0;
    if (!pl_expander_init(&e, recur) || e.calendar != &pl_gregorian ||
        (recur->end == PL_END_COUNT && recur->count == 0) || interval_of(recur) > INTERVAL_MOST)
        return false;
    switch (recur->pattern) {
    case PL_PATTERN_DAY: add_interval(&t, "DAILY", interval_of(recur)); break;
    case PL_PATTERN_WEEK:
        add_interval(&t, "WEEKLY", interval_of(recur));
        add_days(&t, recur->days);
        add_week_start(&t, recur);
        break;
    default: add_month(&t, &e);
    }
    add_end(&t, recur, all_day, zone);
    return true;
}

/*
 * rrule.c - a recurrence as the text of an RRULE: see rrule.h. Pure, part of the core.
 *
 * The trap is the end of the month: for Outlook the 31st of a short month is its last
 * day, RFC 5545 leaves such a month out. So days above 28 become "the last of the days
 * up to d". Weeks need WKST as soon as not every week counts.
 */
#include "rrule.h"

#include <stdarg.h>
#include <stdio.h>

#include "expand.h"

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

/* month 0: any month may be meant. */
static void add_month_day(struct text *t, uint32_t day, int month)
{
    static const char *const clamped[] = {";BYMONTHDAY=28,29;BYSETPOS=-1", ";BYMONTHDAY=28,29,30;BYSETPOS=-1"};
    uint32_t least = month ? (uint32_t)pl_month_days(2001, month) : 28;
    uint32_t most = month ? (uint32_t)pl_month_days(2000, month) : 31;
    if (day <= least)
        add(t, ";BYMONTHDAY=%u", day);
    else if (day >= most)
        add(t, ";BYMONTHDAY=-1");
    else
        add(t, "%s", clamped[day - 29]);
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

static void add_month(struct text *t, const struct pl_expander *e)
{
    const struct pl_recur *r = e->recur;
    int month = 0;
    if (r->period % 12 == 0) {
        month = (int)(e->base % 12) + 1;
        add_interval(t, "YEARLY", r->period / 12);
        add(t, ";BYMONTH=%d", month);
    } else {
        add_interval(t, "MONTHLY", r->period);
    }
    if (r->pattern == PL_PATTERN_MONTH_NTH)
        add_nth(t, r);
    else if (r->pattern == PL_PATTERN_MONTH_END)
        add(t, ";BYMONTHDAY=-1");
    else
        add_month_day(t, r->day, month);
}

static void add_end(struct text *t, const struct pl_recur *r, bool all_day, const struct pl_zone *zone)
{
    if (r->end == PL_END_COUNT) {
        add(t, ";COUNT=%u", r->count);
    } else if (r->end == PL_END_DATE && r->end_rt < PL_RT_NO_END) {
        int64_t local = pl_seconds_of_rtime(r->end_rt / 1440 * 1440) + (int64_t)r->start_min * 60;
        struct pl_civil c = pl_civil_of(all_day || !zone ? local : pl_tz_utc(zone, local));
        add(t, ";UNTIL=%04d%02d%02d", c.year, c.month, c.day);
        if (!all_day)
            add(t, "T%02d%02d%02dZ", c.hour, c.minute, c.second);
    }
}

bool pl_rrule_text(const struct pl_recur *recur, bool all_day, const struct pl_zone *zone, char out[PL_RRULE_MAX])
{
    struct text t = {.out = out};
    struct pl_expander e;
    out[0] = 0;
    if (!pl_expander_init(&e, recur) || e.calendar != &pl_gregorian ||
        (recur->end == PL_END_COUNT && recur->count == 0))
        return false;
    switch (recur->pattern) {
    case PL_PATTERN_DAY: add_interval(&t, "DAILY", recur->period / 1440); break;
    case PL_PATTERN_WEEK:
        add_interval(&t, "WEEKLY", recur->period);
        add_days(&t, recur->days);
        add_week_start(&t, recur);
        break;
    default: add_month(&t, &e);
    }
    add_end(&t, recur, all_day, zone);
    return true;
}

/*
 * expand.c - the occurrences of a recurrence blob: see expand.h. Pure, part of the core.
 *
 * [MS-OXOCAL] 2.2.1.44.1. A day of the month that a month lacks is its last day. Weeks
 * begin with FirstDOW; which weeks count follows from the start date, or from
 * FirstDateTime when no occurrence falls on the start date. DeletedInstanceDates hold
 * moved occurrences too: those that an exception speaks of are moved, the others gone.
 */
#include "expand.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "tz.h"

#define EXPAND_STEPS 1200000u /* days from 1601 to 4500, and some */
#define DAY          86400
#define DAY_1601     (-134774)
#define DAY_LAST     924428 /* 4500-12-31 */

/*
 * A pattern of days or weeks begins again after seven occurrences at most. What one of months picks depends on the
 * length of a month and the weekday of its first day. How many occurrences a pattern needs at most until it has met
 * all pairs that it ever meets before the year 2580, if there are TELLING_PERIOD months at most between two: 480
 * when it is each month, 1,440 else, and 120 when it is one month of the year (counted for all starts from 1601
 * on).
 */
#define TELLING_DAYS   64u
#define TELLING_MONTHS 500u
#define TELLING_FEW    1500u
#define TELLING_YEARS  130u
#define TELLING_PERIOD 120u
#define DAYS_MOST      1000 /* days or weeks between two: more may be listed, not ruled */

static int64_t day_of(uint32_t rt) { return (int64_t)(rt / 1440) + DAY_1601; }
static int64_t floor_mod(int64_t a, int64_t b) { return (a % b + b) % b; }

int64_t pl_recur_start(const struct pl_recur *recur, int64_t day)
{
    return day * DAY + (int64_t)recur->start_min * 60;
}

/* --- dates of one period ------------------------------------------------- */

/* The day of a month that the pattern names, or INT64_MIN. */
static int64_t month_pick(const struct pl_expander *e, int64_t month)
{
    const struct pl_recur *r = e->recur;
    int64_t first = e->calendar->month_start(month);
    int64_t length = e->calendar->month_start(month + 1) - first;
    switch (r->pattern) {
    case PL_PATTERN_MONTH_END:
    case PL_PATTERN_HJ_MONTH_END: return first + length - 1;
    case PL_PATTERN_MONTH:
    case PL_PATTERN_HJ_MONTH: return first + (r->day < length ? r->day : length) - 1;
    default: break;
    }
    bool from_end = r->ordinal >= 5;
    uint32_t found = 0;
    for (int64_t i = 0; i < length; i++) {
        int64_t day = from_end ? first + length - 1 - i : first + i;
        if (r->days >> pl_weekday_of_days(day) & 1 && (from_end || ++found == r->ordinal))
            return day;
    }
    return INT64_MIN;
}

static int64_t month_at(const struct pl_expander *e, int64_t n)
{
    return e->by_year ? e->calendar->years_later(e->base, n * e->period) : e->base + n * e->period;
}

static bool month_next(struct pl_expander *e, int64_t *day)
{
    while (e->steps++ < EXPAND_STEPS) {
        int64_t month = month_at(e, e->unit++);
        if (month > e->calendar->last_month) {
            e->beyond = e->last >= e->calendar->month_start(e->calendar->last_month + 1);
            return false;
        }
        *day = month_pick(e, month);
        if (*day >= e->start)
            return *day <= e->last;
    }
    return false;
}

static bool week_next(struct pl_expander *e, int64_t *day)
{
    while (e->steps++ < EXPAND_STEPS) {
        for (; e->weekday_at < 7; e->weekday_at++) {
            *day = e->unit + e->weekday_at;
            if (!(e->recur->days >> pl_weekday_of_days(*day) & 1) || *day < e->start)
                continue;
            e->weekday_at++;
            return *day <= e->last;
        }
        e->weekday_at = 0;
        e->unit += 7 * e->period;
        if (e->unit > e->last)
            return false;
    }
    return false;
}

static bool day_next(struct pl_expander *e, int64_t *day)
{
    *day = e->unit;
    e->unit += e->period;
    return e->steps++ < EXPAND_STEPS && *day <= e->last;
}

bool pl_expander_next(struct pl_expander *e, int64_t *day)
{
    if (e->left == 0)
        return false;
    e->left--;
    switch (e->recur->pattern) {
    case PL_PATTERN_DAY: return day_next(e, day);
    case PL_PATTERN_WEEK: return week_next(e, day);
    default: return month_next(e, day);
    }
}

/* --- the first period ---------------------------------------------------- */

static int64_t week_start(const struct pl_recur *r, int64_t day)
{
    return day - (pl_weekday_of_days(day) - (int)r->first_dow + 7) % 7;
}

static const char *week_init(struct pl_expander *e)
{
    const struct pl_recur *r = e->recur;
    if ((r->days & 0x7F) == 0)
        return "no day of the week";
    e->period = r->period;
    e->unit = week_start(r, e->start);
    if (r->days >> pl_weekday_of_days(e->start) & 1)
        return NULL;
    int64_t phase = week_start(r, day_of(r->first_rt));
    int64_t late = floor_mod((e->unit - phase) / 7, e->period);
    if (late > 0)
        e->unit += 7 * (e->period - late);
    return NULL;
}

static const char *month_init(struct pl_expander *e)
{
    const struct pl_recur *r = e->recur;
    bool nth = r->pattern == PL_PATTERN_MONTH_NTH || r->pattern == PL_PATTERN_HJ_MONTH_NTH;
    bool end = r->pattern == PL_PATTERN_MONTH_END || r->pattern == PL_PATTERN_HJ_MONTH_END;
    if (nth && ((r->days & 0x7F) == 0 || r->ordinal < 1 || r->ordinal > 5))
        return "no such day of the month";
    if (!nth && !end && (r->day < 1 || r->day > 31))
        return "no such day of the month";
    e->calendar = pl_calendar_of(r->calendar, r->pattern >= PL_PATTERN_HJ_MONTH);
    e->by_year = r->period % 12 == 0 && (r->frequency == 0x200D || e->calendar == &pl_gregorian);
    e->period = e->by_year ? r->period / 12 : r->period;
    e->base = e->calendar->month_of(e->start);
    if (e->base < e->calendar->first_month || e->base > e->calendar->last_month)
        return "a start out of range";
    if (month_pick(e, e->base) >= e->start)
        return NULL;
    int64_t phase = e->calendar->month_of(day_of(r->first_rt));
    int64_t late = floor_mod(e->base - phase, r->period);
    e->base += late > 0 ? (int64_t)r->period - late : 0;
    return NULL;
}

static const char *day_init(struct pl_expander *e)
{
    e->period = e->recur->period / 1440;
    e->unit = e->start;
    return e->recur->period % 1440 ? "a period that is not whole days" : NULL;
}

bool pl_expander_init(struct pl_expander *e, const struct pl_recur *recur)
{
    *e = (struct pl_expander){.recur = recur, .calendar = &pl_gregorian, .start = day_of(recur->start_rt)};
    e->last = recur->end == PL_END_DATE && recur->end_rt < PL_RT_NO_END ? day_of(recur->end_rt) : DAY_LAST;
    e->left = recur->end == PL_END_COUNT ? recur->count : UINT64_MAX;
    if (recur->period == 0)
        e->fault = "a period of 0";
    else if (recur->pattern == PL_PATTERN_DAY)
        e->fault = day_init(e);
    else if (recur->pattern == PL_PATTERN_WEEK)
        e->fault = week_init(e);
    else
        e->fault = month_init(e);
    return e->fault == NULL;
}

/* --- the whole ----------------------------------------------------------- */

struct changes {
    int64_t *deleted; /* days, ascending */
    size_t deleted_count;
    struct change {
        int64_t day;
        const struct pl_exception *exception;
    } * changed; /* by day */
    size_t changed_count;
};

static int day_compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Exceptions of one day keep their order, so that the first one counts. */
static int change_compare(const void *a, const void *b)
{
    const struct change *x = a, *y = b;
    if (x->day != y->day)
        return x->day < y->day ? -1 : 1;
    return (x->exception > y->exception) - (x->exception < y->exception);
}

static bool changes_init(struct pl_arena *a, const struct pl_recur *r, struct changes *out)
{
    out->deleted_count = r->deleted_count;
    out->changed_count = r->exception_count;
    out->deleted = pl_arena_zalloc(a, r->deleted_count + 1, sizeof *out->deleted);
    out->changed = pl_arena_zalloc(a, r->exception_count + 1, sizeof *out->changed);
    if (!out->deleted || !out->changed)
        return false;
    for (size_t i = 0; i < r->deleted_count; i++)
        out->deleted[i] = day_of(r->deleted_rt[i]);
    for (size_t i = 0; i < r->exception_count; i++)
        out->changed[i] = (struct change){day_of(r->exceptions[i].original_rt), &r->exceptions[i]};
    qsort(out->deleted, out->deleted_count, sizeof *out->deleted, day_compare);
    qsort(out->changed, out->changed_count, sizeof *out->changed, change_compare);
    return true;
}

static const struct pl_exception *change_find(const struct changes *c, int64_t day)
{
    size_t low = 0, high = c->changed_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c->changed[middle].day < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low < c->changed_count && c->changed[low].day == day ? c->changed[low].exception : NULL;
}

static struct pl_occurrence occurrence_of(const struct pl_recur *r, const struct changes *c, int64_t day)
{
    struct pl_occurrence o = {.original = pl_recur_start(r, day), .exception = change_find(c, day)};
    o.start = o.original;
    o.end = day * DAY + (int64_t)r->end_min * 60;
    if (o.exception) {
        o.state = PL_MOVED;
        o.start = pl_seconds_of_rtime(o.exception->start_rt);
        o.end = pl_seconds_of_rtime(o.exception->end_rt);
    } else if (bsearch(&day, c->deleted, c->deleted_count, sizeof *c->deleted, day_compare)) {
        o.state = PL_DELETED;
    }
    return o;
}

static bool is_endless(const struct pl_recur *r)
{
    return r->end == PL_END_NEVER || (r->end == PL_END_DATE && r->end_rt >= PL_RT_NO_END);
}

bool pl_expand(struct pl_arena *a, const struct pl_recur *recur, size_t most, struct pl_expansion *out)
{
    *out = (struct pl_expansion){0};
    struct pl_expander e;
    struct changes c;
    if (!pl_expander_init(&e, recur)) {
        out->fault = e.fault;
        return false;
    }
    struct pl_expander counting = e;
    size_t n = 0;
    int64_t day;
    bool more = pl_expander_next(&counting, &day);
    for (; more && n < most && day <= PL_EXPAND_LAST; n++)
        more = pl_expander_next(&counting, &day);
    struct pl_occurrence *list = pl_arena_zalloc(a, n + 1, sizeof *list);
    if (!list || !changes_init(a, recur, &c)) {
        out->fault = "out of memory";
        return false;
    }
    out->list = list;
    while (out->count < n && pl_expander_next(&e, &day))
        list[out->count++] = occurrence_of(recur, &c, day);
    out->whole = !more && !counting.beyond;
    out->endless = is_endless(recur);
    return true;
}

/* --- how much is enough -------------------------------------------------- */

/* Occurrences, after all exceptions, that a pattern without an end needs to show what it is, or PL_EXPAND_MOST. */
static size_t repetition(const struct pl_expander *e)
{
    const struct pl_recur *r = e->recur;
    if (r->pattern == PL_PATTERN_DAY || r->pattern == PL_PATTERN_WEEK)
        return e->period <= DAYS_MOST ? TELLING_DAYS : PL_EXPAND_MOST;
    if (e->calendar != &pl_gregorian || r->period > TELLING_PERIOD)
        return PL_EXPAND_MOST;
    if (e->by_year)
        return TELLING_YEARS;
    /* of the 29th and 30th the last days of shorter months are listed, as far as the horizon: no rule makes them */
    if (r->pattern == PL_PATTERN_MONTH && r->day > 28 && r->day < 31)
        return PL_EXPAND_MOST;
    return r->period == 1 ? TELLING_MONTHS : TELLING_FEW;
}

static int64_t last_exception(const struct pl_recur *r)
{
    int64_t last = INT64_MIN;
    for (size_t i = 0; i < r->deleted_count; i++)
        last = day_of(r->deleted_rt[i]) > last ? day_of(r->deleted_rt[i]) : last;
    for (size_t i = 0; i < r->exception_count; i++)
        last = day_of(r->exceptions[i].original_rt) > last ? day_of(r->exceptions[i].original_rt) : last;
    return last;
}

size_t pl_expand_telling(const struct pl_recur *recur)
{
    struct pl_expander e;
    if (!is_endless(recur) || !pl_expander_init(&e, recur))
        return PL_EXPAND_MOST;
    int64_t day, last = last_exception(recur);
    size_t rest = repetition(&e), changed = 0;
    while (changed + rest < PL_EXPAND_MOST && pl_expander_next(&e, &day) && day <= last)
        changed++;
    return changed + rest < PL_EXPAND_MOST ? changed + rest : PL_EXPAND_MOST;
}

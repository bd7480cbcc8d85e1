/*
 * t_expand.c - expansions against what stores say themselves (the last date Outlook
 * stored beside a count, the deleted dates, which must be occurrences), against dates
 * counted by hand, and calendars against ICU's (dates written out here).
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "expand.h"
#include "lib_vec.h"
#include "tz.h"

static struct pl_arena arena;
static void setup(void) { pl_arena_init(&arena, 1 << 26); }
static void teardown(void) { pl_arena_release(&arena); }
TestSuite(expand, .init = setup, .fini = teardown);

#define TSV "recur/recurrence-vectors.tsv"

static struct vec blob_of(const char *id)
{
    struct vec v;
    if (strncmp(id, "smartview", 9) == 0) {
        struct vec hex = vec_corpus(id);
        v = vec_hex(hex.data ? (char *)hex.data : "");
        vec_free(&hex);
    } else {
        v = vec_tsv(TSV, id, 1);
    }
    if (!v.size)
        cr_skip_test("no corpus");
    return v;
}

static int64_t day_of_rt(uint32_t rt) { return pl_seconds_of_rtime(rt / 1440 * 1440) / 86400; }
static int64_t days(int y, int m, int d) { return pl_days_of_civil(y, m, d); }

static void store_agrees(const char *id, bool task)
{
    struct vec v = blob_of(id);
    struct pl_recur r;
    struct pl_expansion x;
    cr_assert(pl_recur_decode(&arena, v.data, v.size, task, &r));
    cr_assert(pl_expand(&arena, &r, PL_EXPAND_MOST, &x), "%s: %s", id, x.fault);
    cr_assert_gt(x.count, 0);
    int64_t first = x.list[0].original / 86400, last = x.list[x.count - 1].original / 86400;
    cr_assert_eq(first, day_of_rt(r.start_rt), "%s starts on its start date", id);
    if (r.end == PL_END_COUNT)
        cr_assert_eq(last, day_of_rt(r.end_rt), "%s: %u occurrences end on its end date", id, r.count);
    if (r.end == PL_END_DATE)
        cr_assert_leq(last, day_of_rt(r.end_rt));
    size_t gone = 0, changed = 0;
    for (size_t i = 0; i < x.count; i++) {
        gone += x.list[i].state == PL_DELETED;
        changed += x.list[i].state == PL_MOVED;
    }
    cr_assert_eq(changed, r.exception_count, "%s", id);
    cr_assert_eq(gone + changed, r.deleted_count, "%s", id);
    vec_free(&v);
}

Test(expand, stores_agree)
{
    store_agrees("oxocal-4.1.1.1", false);
    store_agrees("oxocal-4.1.1.3", false);
    store_agrees("oxocal-4.1.1.4", false);
    store_agrees("openchange-1", false);
    store_agrees("openchange-2", false);
    store_agrees("gt-daily2", false);
    store_agrees("gt-monthly2tue", false);
    store_agrees("gt-yearly", false);
    store_agrees("gt-task-daily", true);
    store_agrees("smartview/in-APPOINTMENTRECURRENCEPATTERN-1.dat", false);
    store_agrees("smartview/in-APPOINTMENTRECURRENCEPATTERN-2.dat", false);
}

/* OccurrenceCount is filled beside an end date too. */
Test(expand, count_beside_an_end_date)
{
    static const char *const ids[] = {"gt-monthly2tue", "smartview/in-APPOINTMENTRECURRENCEPATTERN-1.dat",
                                      "smartview/in-APPOINTMENTRECURRENCEPATTERN-2.dat"};
    for (size_t i = 0; i < 3; i++) {
        struct vec v = blob_of(ids[i]);
        struct pl_recur r;
        struct pl_expansion x;
        cr_assert(pl_recur_decode(&arena, v.data, v.size, false, &r));
        cr_assert(pl_expand(&arena, &r, PL_EXPAND_MOST, &x) && x.whole);
        cr_assert_eq(x.count, r.count, "%s: %zu, not %u", ids[i], x.count, r.count);
        vec_free(&v);
    }
}

static uint32_t rt(int y, int m, int d) { return (uint32_t)((days(y, m, d) + 134774) * 1440); }

static struct pl_recur made(enum pl_pattern pattern, uint32_t period, uint32_t start)
{
    return (struct pl_recur){.frequency = 0x200C,
                             .pattern = pattern,
                             .period = period,
                             .start_rt = start,
                             .first_rt = start,
                             .end = PL_END_NEVER,
                             .end_rt = PL_RT_NO_END,
                             .start_min = 540,
                             .end_min = 600,
                             .has_times = true};
}

struct ymd {
    int y, m, d;
};

static void dates_are(const struct pl_recur *r, const struct ymd *wanted, size_t n)
{
    struct pl_expander e;
    cr_assert(pl_expander_init(&e, r), "%s", e.fault);
    for (size_t i = 0; i < n; i++) {
        int64_t day = 0;
        cr_assert(pl_expander_next(&e, &day));
        struct pl_civil c = pl_civil_of(day * 86400);
        cr_assert(c.year == wanted[i].y && c.month == wanted[i].m && c.day == wanted[i].d,
                  "%zu: %d-%d-%d, not %d-%d-%d", i, c.year, c.month, c.day, wanted[i].y, wanted[i].m, wanted[i].d);
    }
}
#define DATES(r, ...)                                                                                              \
    dates_are(r, (struct ymd[]){__VA_ARGS__}, sizeof((struct ymd[]){__VA_ARGS__}) / sizeof(struct ymd))

Test(expand, the_last_day_of_all)
{
    struct pl_recur r = made(PL_PATTERN_DAY, 1440, rt(4500, 12, 30));
    struct pl_expander e;
    int64_t day;
    DATES(&r, {4500, 12, 30}, {4500, 12, 31});
    cr_assert(pl_expander_init(&e, &r));
    for (int i = 0; i < 2; i++)
        cr_expect(pl_expander_next(&e, &day));
    cr_expect_not(pl_expander_next(&e, &day), "a day after 4500-12-31");
}

Test(expand, the_end_of_the_month)
{
    struct pl_recur r = made(PL_PATTERN_MONTH, 1, rt(2024, 1, 31));
    r.day = 31;
    DATES(&r, {2024, 1, 31}, {2024, 2, 29}, {2024, 3, 31}, {2024, 4, 30}, {2024, 5, 31});
    r = made(PL_PATTERN_MONTH, 1, rt(2023, 1, 30));
    r.day = 30;
    DATES(&r, {2023, 1, 30}, {2023, 2, 28}, {2023, 3, 30}, {2023, 4, 30});
    r = made(PL_PATTERN_MONTH, 12, rt(2024, 2, 29));
    r.day = 29;
    DATES(&r, {2024, 2, 29}, {2025, 2, 28}, {2026, 2, 28}, {2027, 2, 28}, {2028, 2, 29});
    r = made(PL_PATTERN_MONTH_END, 1, rt(2025, 1, 31));
    DATES(&r, {2025, 1, 31}, {2025, 2, 28}, {2025, 3, 31});
}

Test(expand, weeks_begin_where_the_series_says)
{
    struct pl_recur r = made(PL_PATTERN_WEEK, 2, rt(1997, 8, 5)); /* the example of RFC 5545 3.3.10 */
    r.days = 0x04 | 0x01;
    r.first_dow = 1;
    DATES(&r, {1997, 8, 5}, {1997, 8, 10}, {1997, 8, 19}, {1997, 8, 24});
    r.first_dow = 0;
    DATES(&r, {1997, 8, 5}, {1997, 8, 17}, {1997, 8, 19}, {1997, 8, 31});
}

Test(expand, nth_days)
{
    struct pl_recur r = made(PL_PATTERN_MONTH_NTH, 1, rt(2024, 11, 28));
    r.days = 0x10;
    r.ordinal = 4; /* fourth Thursday */
    DATES(&r, {2024, 11, 28}, {2024, 12, 26}, {2025, 1, 23});
    r = made(PL_PATTERN_MONTH_NTH, 1, rt(2024, 11, 29));
    r.days = 0x3E;
    r.ordinal = 5; /* last weekday */
    DATES(&r, {2024, 11, 29}, {2024, 12, 31}, {2025, 1, 31}, {2025, 2, 28});
    r = made(PL_PATTERN_MONTH_NTH, 12, rt(2024, 5, 4));
    r.days = 0x41;
    r.ordinal = 1; /* first weekend day of May */
    DATES(&r, {2024, 5, 4}, {2025, 5, 3}, {2026, 5, 2}, {2027, 5, 1}, {2028, 5, 6});
}

Test(expand, start_date_that_is_no_occurrence)
{
    struct pl_recur r = made(PL_PATTERN_MONTH, 1, rt(2024, 1, 15));
    r.day = 10;
    DATES(&r, {2024, 2, 10}, {2024, 3, 10});
    r = made(PL_PATTERN_WEEK, 1, rt(2024, 1, 1)); /* a Monday */
    r.days = 0x08;
    DATES(&r, {2024, 1, 3}, {2024, 1, 10});
}

/* ICU 72, calendars islamic-tbla (whose first day is that of Windows' Hijri) and hebrew. */
Test(expand, other_calendars)
{
    struct pl_recur r = made(PL_PATTERN_HJ_MONTH, 1, rt(2024, 2, 10)); /* 1 Sha'ban 1445 */
    r.day = 1;
    r.calendar = 6;
    DATES(&r, {2024, 2, 10}, {2024, 3, 10}, {2024, 4, 9}, {2024, 5, 8}, {2024, 6, 7}, {2024, 7, 7});
    r.period = 12;
    r.frequency = 0x200D;
    DATES(&r, {2024, 2, 10}, {2025, 1, 30}, {2026, 1, 19}, {2027, 1, 9}, {2027, 12, 29});
    r = made(PL_PATTERN_MONTH, 12, rt(2024, 3, 24)); /* 14 Adar II 5784 */
    r.calendar = 8;
    r.frequency = 0x200D;
    r.day = 14;
    DATES(&r, {2024, 3, 24}, {2025, 3, 14}, {2026, 3, 3}, {2027, 3, 23});
    r = made(PL_PATTERN_MONTH, 1, rt(2024, 10, 3)); /* 1 Tishri 5785 */
    r.calendar = 8;
    r.day = 1;
    DATES(&r, {2024, 10, 3}, {2024, 11, 2}, {2024, 12, 2}, {2025, 1, 1}, {2025, 1, 30}, {2025, 3, 1},
          {2025, 3, 30});
}

/* ICU 78, calendars islamic-umalqura (1 Ramadan; 1 Muharram 1443 and the months before) and indian. */
Test(expand, tables_of_months)
{
    struct pl_recur r = made(PL_PATTERN_MONTH, 12, rt(2021, 4, 13));
    r.calendar = 0x17;
    r.frequency = 0x200D;
    r.day = 1;
    DATES(&r, {2021, 4, 13}, {2022, 4, 2}, {2023, 3, 23}, {2024, 3, 11}, {2025, 3, 1}, {2026, 2, 18});
    r.period = 1;
    r.frequency = 0x200C;
    DATES(&r, {2021, 4, 13}, {2021, 5, 13}, {2021, 6, 11}, {2021, 7, 11}, {2021, 8, 9});
    r.start_rt = rt(2077, 10, 17); /* the last month of the table begins the day after */
    struct pl_expansion x;
    cr_assert(pl_expand(&arena, &r, PL_EXPAND_MOST, &x));
    cr_assert_eq(x.count, 1);
    r = made(PL_PATTERN_MONTH_END, 1, rt(2023, 3, 21)); /* the last of Phalguna 1944 */
    r.calendar = 0x10;
    DATES(&r, {2023, 3, 21}, {2023, 4, 20}, {2023, 5, 21}, {2023, 6, 21}, {2023, 7, 22}, {2023, 8, 22},
          {2023, 9, 22}, {2023, 10, 22}, {2023, 11, 21}, {2023, 12, 21}, {2024, 1, 20}, {2024, 2, 19},
          {2024, 3, 20}, {2024, 4, 20});
}

/* Chinese New Year; the fifteenth of the eighth month (Korea's Chuseok); a leap month in 2025. */
Test(expand, lunar_calendars)
{
    struct pl_recur r = made(PL_PATTERN_MONTH, 12, rt(2023, 1, 22));
    r.calendar = 0xF;
    r.frequency = 0x200D;
    r.day = 1;
    DATES(&r, {2023, 1, 22}, {2024, 2, 10}, {2025, 1, 29}, {2026, 2, 17}, {2027, 2, 6}, {2028, 1, 26});
    r = made(PL_PATTERN_MONTH, 12, rt(2022, 9, 10));
    r.calendar = 0x14;
    r.frequency = 0x200D;
    r.day = 15;
    DATES(&r, {2022, 9, 10}, {2023, 9, 29}, {2024, 9, 17}, {2025, 10, 6}, {2026, 9, 25});
    r = made(PL_PATTERN_MONTH, 1, rt(2025, 6, 25)); /* sixth month, then the leap sixth */
    r.calendar = 0xF;
    r.day = 1;
    DATES(&r, {2025, 6, 25}, {2025, 7, 25}, {2025, 8, 23});
    struct pl_expansion x;
    cr_assert(pl_expand(&arena, &r, PL_EXPAND_MOST, &x));
    cr_assert_lt(x.count, 1000);
    r.start_rt = rt(1899, 1, 1);
    cr_assert_not(pl_expand(&arena, &r, PL_EXPAND_MOST, &x));
    r.start_rt = rt(2150, 1, 1);
    (void)pl_expand(&arena, &r, PL_EXPAND_MOST, &x);
}

/* A month by what a pattern can see of it: its length, and the weekday of its first day. */
static unsigned kind_of_month(int64_t month)
{
    int64_t first = pl_gregorian.month_start(month);
    return (unsigned)((pl_gregorian.month_start(month + 1) - first - 28) * 7 + pl_weekday_of_days(first));
}

/* The occurrences that are said to tell the rest have met each kind of month that the series ever meets. */
Test(expand, what_tells_the_rest_has_met_every_kind_of_month)
{
    for (uint32_t period = 1; period <= 120; period++)
        for (int start = 0; start < 12 * 600; start += period < 30 ? 29 : 67) {
            struct pl_recur r = made(PL_PATTERN_MONTH, period, rt(1601 + start / 12, start % 12 + 1, 1));
            r.day = 1;
            size_t telling = pl_expand_telling(&r);
            struct pl_expander e;
            uint32_t early = 0, ever = 0;
            int64_t day;
            cr_assert(pl_expander_init(&e, &r));
            for (size_t n = 0; pl_expander_next(&e, &day) && day <= PL_EXPAND_LAST; n++) {
                ever |= UINT32_C(1) << kind_of_month(pl_gregorian.month_of(day));
                early = n < telling ? ever : early;
            }
            cr_assert_eq(early, ever, "every %u months from %d", period, start);
        }
}

static uint32_t random_of(uint64_t *seed, uint32_t most)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % most;
}

static struct pl_recur random_endless(uint64_t *seed, uint32_t start)
{
    static const enum pl_pattern patterns[] = {PL_PATTERN_DAY, PL_PATTERN_WEEK, PL_PATTERN_MONTH,
                                               PL_PATTERN_MONTH_NTH, PL_PATTERN_MONTH_END};
    struct pl_recur r = made(patterns[random_of(seed, 5)], 1 + random_of(seed, 3), start);
    if (r.pattern == PL_PATTERN_DAY)
        r.period *= 1440;
    else if (r.pattern != PL_PATTERN_WEEK && random_of(seed, 3) == 0)
        r.period *= 12;
    r.day = 25 + random_of(seed, 7);
    r.days = random_of(seed, 2) ? 1u << random_of(seed, 7) : 1 + random_of(seed, 127);
    r.ordinal = 4 + random_of(seed, 2);
    r.first_dow = random_of(seed, 7);
    return r;
}

/* Two patterns that agree as far as it tells agree as far as can be seen. */
Test(expand, patterns_that_agree_at_first_agree)
{
    uint64_t seed = 1;
    unsigned agreed = 0;
    for (int i = 0; i < 60000; i++) {
        uint32_t start = rt(2024, 2, 25 + (int)random_of(&seed, 5));
        struct pl_recur a = random_endless(&seed, start), b = random_endless(&seed, start);
        struct pl_expander one, other;
        int64_t x = 0, y = 0;
        size_t n = 0, telling = pl_expand_telling(&a);
        bool more = pl_expander_init(&one, &a) && pl_expander_init(&other, &b);
        while (more && n < PL_EXPAND_MOST && pl_expander_next(&one, &x) && pl_expander_next(&other, &y) && x == y)
            n++;
        cr_assert(n < telling || n == PL_EXPAND_MOST || x > PL_EXPAND_LAST, "parted after %zu of %zu", n, telling);
        agreed += n >= telling;
    }
    cr_assert_gt(agreed, 100);
}

Test(expand, what_tells_the_rest_begins_after_the_exceptions)
{
    uint32_t gone[] = {rt(2024, 1, 15), rt(2030, 1, 7)};
    struct pl_recur r = made(PL_PATTERN_WEEK, 1, rt(2024, 1, 1));
    r.days = 2;
    size_t plain = pl_expand_telling(&r);
    r.deleted_rt = gone;
    r.deleted_count = 2;
    cr_assert_eq(pl_expand_telling(&r), plain + 315); /* mondays until 2030-01-07 */
    r.end = PL_END_COUNT;
    cr_assert_eq(pl_expand_telling(&r), PL_EXPAND_MOST);
    r.end = PL_END_NEVER;
    gone[1] = rt(2400, 1, 3);
    cr_assert_eq(pl_expand_telling(&r), PL_EXPAND_MOST);
}

Test(expand, hostile)
{
    struct pl_expansion x;
    struct pl_recur r = made(PL_PATTERN_DAY, 1440, rt(1601, 1, 1));
    r.end = PL_END_COUNT;
    r.count = UINT32_MAX;
    cr_assert(pl_expand(&arena, &r, SIZE_MAX, &x));
    cr_assert_eq(x.count, (size_t)(days(2501, 1, 1) - days(1601, 1, 1)));
    cr_assert_not(x.whole);
    r = made(PL_PATTERN_WEEK, UINT32_MAX, UINT32_MAX);
    r.days = 0xFFFFFFFF;
    (void)pl_expand(&arena, &r, PL_EXPAND_MOST, &x);
    r = made(PL_PATTERN_MONTH, UINT32_MAX, rt(2024, 1, 1));
    r.day = 31;
    cr_assert(pl_expand(&arena, &r, PL_EXPAND_MOST, &x));
    cr_assert_eq(x.count, 1);
    r = made(PL_PATTERN_WEEK, 1, rt(2024, 1, 1));
    cr_assert_not(pl_expand(&arena, &r, PL_EXPAND_MOST, &x));
    cr_assert_not_null(x.fault);
    r = made(PL_PATTERN_DAY, 90, rt(2024, 1, 1));
    cr_assert_not(pl_expand(&arena, &r, PL_EXPAND_MOST, &x));
    r = made(PL_PATTERN_DAY, 0, rt(2024, 1, 1));
    cr_assert_not(pl_expand(&arena, &r, PL_EXPAND_MOST, &x));
}

/*
 * t_rrule.c - RRULE text: its wording, and its meaning to libical, compared with the
 * expansion of the recurrence for every pattern, day, interval and end.
 */
#include <criterion/criterion.h>
#include <libical/ical.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "expand.h"
#include "rrule.h"

static struct pl_arena arena;
static void setup(void) { pl_arena_init(&arena, 1 << 26); }
static void teardown(void) { pl_arena_release(&arena); }
TestSuite(rrule, .init = setup, .fini = teardown);

static uint32_t rt_of(int64_t day) { return (uint32_t)((day + 134774) * 1440); }

static struct pl_recur made(enum pl_pattern pattern, uint32_t period, int64_t start)
{
    return (struct pl_recur){.frequency = 0x200C,
                             .pattern = pattern,
                             .period = period,
                             .start_rt = rt_of(start),
                             .first_rt = rt_of(start),
                             .end = PL_END_NEVER,
                             .end_rt = PL_RT_NO_END,
                             .start_min = 540,
                             .end_min = 600,
                             .has_times = true};
}

/* UNTIL is compared as local time: the zone is UTC here. */
static void meaning_is_kept(const struct pl_recur *r, size_t most)
{
    char text[PL_RRULE_MAX];
    struct pl_expansion x;
    cr_assert(pl_rrule_text(r, false, NULL, text));
    cr_assert(pl_expand(&arena, r, most, &x), "%s", x.fault);
    if (x.count == 0)
        return;
    struct pl_civil c = pl_civil_of(x.list[0].original);
    struct icaltimetype start = icaltime_null_time();
    start.year = c.year;
    start.month = c.month;
    start.day = c.day;
    start.hour = c.hour;
    start.minute = c.minute;
    start.zone = icaltimezone_get_utc_timezone();
    struct icalrecurrencetype rule = icalrecurrencetype_from_string(text);
    cr_assert_neq(rule.freq, ICAL_NO_RECURRENCE, "%s", text);
    const int64_t *rest;
    size_t rest_count, r_at = 0;
    bool whole;
    cr_assert(pl_rrule_rest(&arena, r, &rest, &rest_count, &whole));
    icalrecur_iterator *it = icalrecur_iterator_new(rule, start);
    cr_assert_not_null(it, "%s", text);
    for (size_t i = 0; i < x.count; i++) {
        if (r_at < rest_count && pl_recur_start(r, rest[r_at]) == x.list[i].original) {
            r_at++; /* said beside the rule, which does not say it too */
            continue;
        }
        struct icaltimetype t = icalrecur_iterator_next(it);
        cr_assert_not(icaltime_is_null_time(t), "%s: ends after %zu of %zu", text, i, x.count);
        int64_t got = pl_days_of_civil(t.year, t.month, t.day) * 86400 + t.hour * 3600 + t.minute * 60;
        cr_assert_eq(got, x.list[i].original, "%s: occurrence %zu is %04d-%02d-%02d", text, i, t.year, t.month,
                     t.day);
    }
    if (x.whole) {
        cr_assert(icaltime_is_null_time(icalrecur_iterator_next(it)), "%s: goes on after %zu", text, x.count);
        cr_assert_eq(r_at, rest_count, "%s: dates beside the rule that the series does not have", text);
    }
    icalrecur_iterator_free(it);
    pl_arena_reset(&arena);
}

/* Without end, by count, by date. */
static void every_end(struct pl_recur r)
{
    meaning_is_kept(&r, 40);
    r.end = PL_END_COUNT;
    r.count = 1;
    meaning_is_kept(&r, 100);
    r.count = 17;
    meaning_is_kept(&r, 100);
    r.end = PL_END_DATE;
    r.end_rt = r.start_rt + 800 * 1440;
    meaning_is_kept(&r, 1000);
}

Test(rrule, days_and_weeks)
{
    for (int64_t start = pl_days_of_civil(2016, 2, 24); start < pl_days_of_civil(2016, 3, 9); start++) {
        for (uint32_t n = 1; n <= 5; n++) {
            every_end(made(PL_PATTERN_DAY, n * 1440, start));
            for (uint32_t days = 1; days < 128; days += n == 1 ? 1 : 9) {
                struct pl_recur r = made(PL_PATTERN_WEEK, n, start);
                r.days = days;
                r.first_dow = (n + days) % 7 < 4 ? (n + days) % 2 : 6;
                every_end(r);
            }
        }
    }
}

Test(rrule, days_of_months)
{
    static const uint32_t periods[] = {1, 2, 3, 6, 7, 12, 24, 36};
    for (size_t p = 0; p < sizeof periods / sizeof periods[0]; p++) {
        for (uint32_t day = 1; day <= 31; day++) {
            for (int month = 1; month <= 12; month++) {
                int last = pl_month_days(2015, month);
                int d = (int)day < last ? (int)day : last;
                struct pl_recur r = made(PL_PATTERN_MONTH, periods[p], pl_days_of_civil(2015, month, d));
                r.day = day;
                every_end(r);
            }
        }
        every_end(made(PL_PATTERN_MONTH_END, periods[p], pl_days_of_civil(2015, 3, 31)));
    }
}

Test(rrule, nth_days_of_months)
{
    static const uint32_t periods[] = {1, 3, 5, 12};
    for (size_t p = 0; p < sizeof periods / sizeof periods[0]; p++) {
        for (uint32_t days = 1; days < 128; days++) {
            for (uint32_t ordinal = 1; ordinal <= 5; ordinal++) {
                struct pl_recur r =
                    made(PL_PATTERN_MONTH_NTH, periods[p], pl_days_of_civil(2015, 1 + (int)(days % 12), 1));
                r.days = days;
                r.ordinal = ordinal;
                every_end(r);
            }
        }
    }
}

static void text_is(const struct pl_recur *r, bool all_day, const struct pl_zone *zone, const char *wanted)
{
    char text[PL_RRULE_MAX];
    cr_expect(pl_rrule_text(r, all_day, zone, text));
    cr_expect_str_eq(text, wanted);
}

Test(rrule, wording)
{
    struct pl_recur r = made(PL_PATTERN_WEEK, 2, pl_days_of_civil(2024, 1, 1));
    r.days = 0x12;
    r.first_dow = 1;
    text_is(&r, false, NULL, "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH");
    r = made(PL_PATTERN_MONTH, 1, pl_days_of_civil(2024, 1, 31));
    r.day = 31;
    text_is(&r, false, NULL, "FREQ=MONTHLY;BYMONTHDAY=-1");
    r.day = 30;
    text_is(&r, false, NULL, "FREQ=MONTHLY;BYMONTHDAY=30");
    r.day = 29;
    text_is(&r, false, NULL, "FREQ=MONTHLY;BYMONTHDAY=29");
    r = made(PL_PATTERN_MONTH, 12, pl_days_of_civil(2024, 10, 31));
    r.day = 31;
    text_is(&r, false, NULL, "FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=31");
    r = made(PL_PATTERN_MONTH_NTH, 12, pl_days_of_civil(2024, 10, 1));
    r.days = 2;
    r.ordinal = 5;
    text_is(&r, false, NULL, "FREQ=YEARLY;BYMONTH=10;BYDAY=-1MO");
}

/* Days by hand: the last days of short months stand beside the rule, and a count becomes a date. */
Test(rrule, short_months)
{
    const int64_t *rest;
    size_t count;
    bool whole;
    struct pl_recur r = made(PL_PATTERN_MONTH, 1, pl_days_of_civil(2023, 1, 30));
    r.day = 30;
    cr_assert(pl_rrule_rest(&arena, &r, &rest, &count, &whole));
    cr_assert_eq(count, 417); /* of 5,000 months the 2nd, 14th ... 4,994th */
    cr_expect_eq(rest[0], pl_days_of_civil(2023, 2, 28));
    cr_expect_eq(rest[1], pl_days_of_civil(2024, 2, 29));
    cr_expect_not(whole);
    r.end = PL_END_COUNT;
    r.count = 6001; /* 500 years: the rule ends with the series, the list with the horizon */
    text_is(&r, false, NULL, "FREQ=MONTHLY;BYMONTHDAY=30;UNTIL=25230130T090000Z");
    cr_assert(pl_rrule_rest(&arena, &r, &rest, &count, &whole));
    cr_expect(count == 417 && !whole);
    r.count = 14;
    text_is(&r, false, NULL, "FREQ=MONTHLY;BYMONTHDAY=30;UNTIL=20240229T090000Z");
    cr_assert(pl_rrule_rest(&arena, &r, &rest, &count, &whole));
    cr_expect(count == 2 && whole);
    r.count = 1; /* no short month */
    text_is(&r, false, NULL, "FREQ=MONTHLY;BYMONTHDAY=30;COUNT=1");
    r.period = 2;
    r.count = 9; /* never in February */
    text_is(&r, false, NULL, "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=30;COUNT=9");
    r = made(PL_PATTERN_MONTH, 4, pl_days_of_civil(2023, 2, 28));
    r.day = 30;
    r.end = PL_END_COUNT;
    r.count = 2; /* 28 February and 30 June are last days both */
    text_is(&r, true, NULL, "FREQ=MONTHLY;INTERVAL=4;BYMONTHDAY=-1;COUNT=2");
    cr_assert(pl_rrule_rest(&arena, &r, &rest, &count, &whole));
    cr_expect_eq(count, 0);
}

Test(rrule, until_has_the_type_of_the_start)
{
    static const struct pl_tzrule rule = {.from_year = 1601, .bias_min = 480};
    static const struct pl_zone zone = {.tzid = "X", .rules = &rule, .rule_count = 1};
    struct pl_recur r = made(PL_PATTERN_DAY, 1440, pl_days_of_civil(2024, 1, 1));
    r.start_min = 18 * 60;
    r.end = PL_END_DATE;
    r.end_rt = rt_of(pl_days_of_civil(2024, 1, 31));
    text_is(&r, true, &zone, "FREQ=DAILY;UNTIL=20240131");
    text_is(&r, false, &zone, "FREQ=DAILY;UNTIL=20240201T020000Z");
    text_is(&r, false, NULL, "FREQ=DAILY;UNTIL=20240131T180000Z");
    r.end_rt = PL_RT_NO_END;
    text_is(&r, false, NULL, "FREQ=DAILY");
}

Test(rrule, large_numbers)
{
    struct pl_recur r = made(PL_PATTERN_DAY, 32767 * 1440, pl_days_of_civil(2024, 1, 1));
    text_is(&r, false, NULL, "FREQ=DAILY;INTERVAL=32767");
    meaning_is_kept(&r, 10);
    r.period = 1440;
    r.end = PL_END_COUNT;
    r.count = UINT32_MAX;
    text_is(&r, false, NULL, "FREQ=DAILY;COUNT=2147483647");
}

Test(rrule, what_has_no_rule)
{
    char text[PL_RRULE_MAX];
    struct pl_recur r = made(PL_PATTERN_HJ_MONTH, 1, pl_days_of_civil(2024, 1, 1));
    r.day = 1;
    cr_assert_not(pl_rrule_text(&r, false, NULL, text));
    r = made(PL_PATTERN_DAY, 100, pl_days_of_civil(2024, 1, 1));
    cr_assert_not(pl_rrule_text(&r, false, NULL, text));
    r = made(PL_PATTERN_WEEK, 32768, pl_days_of_civil(2024, 1, 1)); /* libical, among others, has 16 bits for it */
    r.days = 1;
    cr_assert_not(pl_rrule_text(&r, false, NULL, text));
    r.period = UINT32_MAX;
    cr_assert_not(pl_rrule_text(&r, false, NULL, text));
    r = made(PL_PATTERN_MONTH, 1, pl_days_of_civil(2024, 1, 1));
    r.day = 32;
    cr_assert_not(pl_rrule_text(&r, false, NULL, text));
    r.pattern = PL_PATTERN_WEEK;
    r.calendar = 6; /* weeks are the same in every calendar */
    r.days = 1;
    cr_assert(pl_rrule_text(&r, false, NULL, text));
}

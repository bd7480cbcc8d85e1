/*
 * t_judge.c - the proof of a series: verdicts on lines written here, by RFC 5545; examples of the RFC; and that
 * what the judge remembers of one series changes no verdict on another.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "judge.h"
#include "lib_item.h"
#include "rrule.h"
#include "tz.h"

static int64_t at_day(const char *day)
{
    char text[32];
    snprintf(text, sizeof text, "%s 00:00:00", day);
    return at(text);
}

static const char *stamp(int64_t when, char text[32])
{
    struct pl_civil c = pl_civil_of(when);
    snprintf(text, 32, "%04d%02d%02dT%02d%02d%02dZ", c.year, c.month, c.day, c.hour, c.minute, c.second);
    return text;
}

/* What libical sees when things are wrong: the judge must not say yes to everything. */
Test(judge, refuses)
{
    struct pl_occurrence list[] = {{.original = at("2020-07-06 08:00:00"),
                                    .start = at("2020-07-06 08:00:00"),
                                    .end = at("2020-07-06 09:00:00")},
                                   {.original = at("2020-07-13 08:00:00"),
                                    .start = at("2020-07-13 08:00:00"),
                                    .end = at("2020-07-13 09:00:00"),
                                    .state = PL_DELETED},
                                   {.original = at("2020-07-20 08:00:00"),
                                    .start = at("2020-07-20 10:00:00"),
                                    .end = at("2020-07-20 11:00:00"),
                                    .state = PL_MOVED}};
    const struct pl_expansion whole = {.list = list, .count = 3, .whole = true};
    struct pl_judge judge = {0};
    char why[160], text[1024];
    static const char form[] = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20200706T080000Z\r\n"
                               "DTEND:20200706T090000Z\r\nRRULE:FREQ=WEEKLY;%s\r\nEXDATE:%s\r\nEND:VEVENT\r\n"
                               "BEGIN:VEVENT\r\nRECURRENCE-ID:%s\r\nDTSTART:20200720T100000Z\r\n"
                               "DTEND:%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    static const char *const values[][5] = {
        {"COUNT=3", "20200713T080000Z", "20200720T080000Z", "20200720T110000Z", "y"},
        {"UNTIL=20200720T080000Z", "20200713T080000Z", "20200720T080000Z", "20200720T110000Z", "y"},
        {"UNTIL=20200720T075900Z", "20200713T080000Z", "20200720T080000Z", "20200720T110000Z", NULL},
        {"COUNT=4", "20200713T080000Z", "20200720T080000Z", "20200720T110000Z", NULL},
        {"COUNT=2", "20200713T080000Z", "20200720T080000Z", "20200720T110000Z", NULL},
        {"COUNT=3;INTERVAL=2", "20200713T080000Z", "20200720T080000Z", "20200720T110000Z", NULL},
        {"COUNT=3", "20200713T090000Z", "20200720T080000Z", "20200720T110000Z", NULL},
        {"COUNT=3", "20200713T080000Z", "20200720T090000Z", "20200720T110000Z", NULL},
        {"COUNT=3", "20200713T080000Z", "20200720T080000Z", "20200720T120000Z", NULL},
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        snprintf(text, sizeof text, form, values[i][0], values[i][1], values[i][2], values[i][3]);
        for (int again = 0; again < 3; again++) { /* what it remembers changes no verdict */
            bool good = pl_judge_series(again ? &judge : NULL, text, NULL, &whole, why) == PL_PROVEN;
            cr_assert_eq(good, values[i][4] != NULL, "row %zu: %s", i, why);
        }
    }
    cr_assert_eq(pl_judge_series(NULL, "nonsense", NULL, &whole, why), PL_UNPROVEN);
    /* written in UTC, a series of a zone ignores the change of summer time between its dates */
    static const struct pl_tzrule summer = {.from_year = 1601,
                                            .bias_min = -60,
                                            .dst_bias_min = -60,
                                            .to_std = {0, 10, 0, 5, 3, 0, 0},
                                            .to_dst = {0, 3, 0, 5, 2, 0, 0}};
    static const struct pl_zone zone = {.tzid = "X", .rules = &summer, .rule_count = 1};
    struct pl_occurrence two[] = {{.original = at("2020-03-25 09:00:00"),
                                   .start = at("2020-03-25 09:00:00"),
                                   .end = at("2020-03-25 09:00:00")},
                                  {.original = at("2020-04-01 09:00:00"),
                                   .start = at("2020-04-01 09:00:00"),
                                   .end = at("2020-04-01 09:00:00")}};
    const struct pl_expansion weeks = {.list = two, .count = 2, .whole = true};
    static const char rule[] = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20200325T080000Z\r\n"
                               "RRULE:FREQ=WEEKLY;COUNT=2\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    static const char listed[] = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20200325T080000Z\r\n"
                                 "RDATE:20200401T070000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    cr_assert_eq(pl_judge_series(&judge, rule, &zone, &weeks, why), PL_UNPROVEN);
    cr_assert_eq(pl_judge_series(&judge, listed, &zone, &weeks, why), PL_PROVEN, "%s", why);
    pl_judge_release(&judge);
}

/* Dates that are added and taken away as RFC 5545 3.8.5.1 and 3.8.5.2 have them: in a zone that nobody knows by
 * that name, in UTC, as days, several in one line. The last of each is another date. */
Test(judge, reads_dates_of_all_forms)
{
    static const char form[] = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    static const struct {
        const char *lines;
        bool days, good;
    } rows[] = {
        {"DTSTART;TZID=X:20200706T080000\r\nRRULE:FREQ=DAILY;COUNT=4\r\nEXDATE;TZID=X:20200707T080000,"
         "20200708T080000",
         0, 1},
        {"DTSTART;TZID=X:20200706T080000\r\nRRULE:FREQ=DAILY;COUNT=4\r\nEXDATE:20200707T080000Z\r\nEXDATE;TZID=X:"
         "20200708T080000",
         0, 1},
        {"DTSTART;TZID=X:20200706T080000\r\nRDATE;TZID=X:20200709T080000", 0, 1},
        {"DTSTART;TZID=X:20200706T080000\r\nRRULE:FREQ=DAILY;COUNT=4\r\nEXDATE;TZID=X:20200707T080000,"
         "20200708T090000",
         0, 0},
        {"DTSTART;TZID=X:20200706T080000\r\nRDATE;TZID=X:20200709T090000", 0, 0},
        {"DTSTART;VALUE=DATE:20200706\r\nRRULE:FREQ=DAILY;COUNT=4\r\nEXDATE;VALUE=DATE:20200707,20200708", 1, 1},
        {"DTSTART;VALUE=DATE:20200706\r\nRDATE;VALUE=DATE:20200709", 1, 1},
        {"DTSTART;VALUE=DATE:20200706\r\nRDATE;VALUE=DATE:20200710", 1, 0},
    };
    static const struct pl_tzrule rule = {.from_year = 1601};
    static const struct pl_zone utc = {.tzid = "X", .rules = &rule, .rule_count = 1};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pl_occurrence list[4];
        bool listed = strstr(rows[i].lines, "RDATE") != NULL; /* these have two dates alone */
        size_t count = 0;
        for (int day = 0; day < 4; day += listed ? 3 : 1) {
            int64_t when = at_day("2020-07-06") + day * 86400 + (rows[i].days ? 0 : 8 * 3600);
            list[count++] =
                (struct pl_occurrence){.original = when,
                                       .start = when,
                                       .end = when + (rows[i].days ? 86400 : 0),
                                       .state = !listed && (day == 1 || day == 2) ? PL_DELETED : PL_OCCURS};
        }
        const struct pl_expansion whole = {.list = list, .count = count, .whole = true};
        char text[512], why[160];
        snprintf(text, sizeof text, form, rows[i].lines);
        cr_assert_eq(pl_judge_series(NULL, text, &utc, &whole, why), rows[i].good ? PL_PROVEN : PL_UNPROVEN,
                     "row %zu: %s", i, why);
    }
}

/* Of a series without an end some occurrences are compared; that it has none is asked of the rule. */
/* The first occurrences are the same, and those behind the next change of the clock are not. */
Test(judge, follows_the_clock_of_the_endless)
{
    static const struct pl_tzrule rules[] = {{.from_year = 1601,
                                              .bias_min = -60,
                                              .dst_bias_min = -60,
                                              .to_std = {0, 10, 0, 5, 3, 0, 0},
                                              .to_dst = {0, 3, 0, 5, 2, 0, 0}},
                                             {.from_year = 1601, .bias_min = -60}};
    struct pl_occurrence days[64] = {{0}};
    const struct pl_expansion endless = {.list = days, .count = 64, .endless = true};
    char why[160];
    for (size_t i = 0; i < 64; i++) {
        days[i].original = days[i].start = at("2020-06-01 10:00:00") + (int64_t)i * 86400;
        days[i].end = days[i].start;
    }
    for (size_t i = 0; i < 2; i++) {
        const struct pl_zone zone = {.tzid = "X", .rules = &rules[i], .rule_count = 1};
        int hour = i ? 9 : 8;
        char text[256];
        snprintf(text, sizeof text,
                 "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20200601T0%d0000Z\r\nRRULE:FREQ=DAILY\r\nEND:"
                 "VEVENT\r\nEND:VCALENDAR\r\n",
                 hour);
        cr_assert_eq(pl_judge_series(NULL, text, &zone, &endless, why), i ? PL_PROVEN : PL_UNPROVEN, "%zu: %s", i,
                     why);
    }
}

Test(judge, wants_no_end_of_the_endless)
{
    struct pl_occurrence list[64];
    for (int i = 0; i < 64; i++) {
        int64_t when = at("2020-07-06 08:00:00") + i * 604800;
        list[i] = (struct pl_occurrence){.original = when, .start = when, .end = when};
    }
    const struct pl_expansion endless = {.list = list, .count = 64, .endless = true};
    static const char *const rules[] = {"FREQ=WEEKLY", "FREQ=WEEKLY;COUNT=3000",
                                        "FREQ=WEEKLY;UNTIL=23000101T000000Z"};
    struct pl_judge judge = {0};
    for (size_t i = 0; i < 6; i++) {
        char text[256], why[160];
        snprintf(text, sizeof text,
                 "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20200706T080000Z\r\nRRULE:%s\r\nEND:VEVENT\r\n"
                 "END:VCALENDAR\r\n",
                 rules[i % 3]);
        enum pl_verdict verdict = pl_judge_series(&judge, text, NULL, &endless, why);
        cr_assert_eq(verdict, i % 3 ? PL_UNPROVEN : PL_PROVEN, "%s", rules[i % 3]);
    }
    pl_judge_release(&judge);
}

static uint32_t random_of(uint64_t *seed, uint32_t most)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % most;
}

/* A series of months or years, few kinds of it, so that one meets another's rule. */
static struct pl_recur random_months(uint64_t *seed)
{
    static const enum pl_pattern patterns[] = {PL_PATTERN_MONTH, PL_PATTERN_MONTH_NTH, PL_PATTERN_MONTH_END};
    uint32_t day = (uint32_t)pl_days_of_civil(2010 + (int)random_of(seed, 12), 1 + (int)random_of(seed, 12),
                                              1 + (int)random_of(seed, 28)) +
                   134774;
    struct pl_recur r = {.frequency = 0x200C,
                         .pattern = patterns[random_of(seed, 3)],
                         .period = 1 + random_of(seed, 3),
                         .start_rt = day * 1440,
                         .first_rt = day * 1440,
                         .end = PL_END_COUNT,
                         .count = 1 + random_of(seed, random_of(seed, 9) ? 20 : 700),
                         .day = 13 + random_of(seed, 3),
                         .days = 1u << random_of(seed, 7),
                         .ordinal = 2 + random_of(seed, 4),
                         .start_min = 60 * random_of(seed, 24),
                         .has_times = true};
    r.end_min = r.start_min;
    if (random_of(seed, 3) == 0)
        r.period *= 12;
    if (random_of(seed, 3) == 0) {
        r.end = PL_END_DATE;
        r.end_rt = r.start_rt + random_of(seed, 3000) * 1440;
    }
    return r;
}

/* What is remembered of one series of months changes no verdict on another, right or wrong. */
Test(judge, remembers_months)
{
    struct pl_judge judge = {0};
    uint64_t seed = 3;
    unsigned good = 0, bad = 0;
    for (int i = 0; i < 6000; i++) {
        struct pl_recur r = random_months(&seed);
        struct pl_arena a;
        struct pl_expansion expected;
        char rule[PL_RRULE_MAX], text[512], start[32], why[160], other[160];
        pl_arena_init(&a, 1 << 20);
        cr_assert(pl_rrule_text(&r, false, NULL, rule) && pl_expand(&a, &r, PL_EXPAND_MOST, &expected));
        if (random_of(&seed, 3) == 0)
            expected.count -= expected.count > 1;
        snprintf(
            text, sizeof text,
            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:%s\r\nRRULE:%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
            stamp(expected.count && random_of(&seed, 9) ? expected.list[0].original : at("2015-02-14 08:00:00"),
                  start),
            rule + strlen("RRULE:") * !strncmp(rule, "RRULE:", 6));
        enum pl_verdict alone = pl_judge_series(NULL, text, NULL, &expected, why);
        cr_assert_eq(pl_judge_series(&judge, text, NULL, &expected, other), alone, "%s %s: %s", start, rule, other);
        cr_assert(alone == PL_PROVEN || !strcmp(why, other), "%s %s: %s, not %s", start, rule, other, why);
        good += alone == PL_PROVEN;
        bad += alone != PL_PROVEN;
        pl_arena_release(&a);
    }
    cr_assert(good > 1000 && bad > 1000, "%u, %u", good, bad);
    pl_judge_release(&judge);
}

/* The examples of RFC 5545 3.8.5.3, each also some weeks or hours later: what is remembered of one rule serves all
 * that differ by these, and nothing else. */
Test(judge, remembers_weeks)
{
    static const struct {
        const char *rule, *start;
        const char *days[6];
    } rows[] = {
        {"FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
         "1997-08-05",
         {"1997-08-05", "1997-08-10", "1997-08-19", "1997-08-24"}},
        {"FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
         "1997-08-05",
         {"1997-08-05", "1997-08-17", "1997-08-19", "1997-08-31"}},
        {"FREQ=DAILY;INTERVAL=10;COUNT=5",
         "1997-09-02",
         {"1997-09-02", "1997-09-12", "1997-09-22", "1997-10-02", "1997-10-12"}},
        {"FREQ=WEEKLY;UNTIL=%s;WKST=SU;BYDAY=TU,TH",
         "1997-09-02",
         {"1997-09-02", "1997-09-04", "1997-09-09", "1997-09-11", "1997-09-16"}},
        {"FREQ=MONTHLY;COUNT=4;BYMONTHDAY=2,15",
         "1997-09-02",
         {"1997-09-02", "1997-09-15", "1997-10-02", "1997-10-15"}},
    };
    static const int64_t hours[] = {0,           168,       168 * 17, 168 * 52, 168 * 1000,
                                    168 * -1000, 168 * -17, 3,        -9,       168 + 11};
    struct pl_judge judge = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t k = 0; k < sizeof hours / sizeof hours[0]; k++) {
            struct pl_occurrence list[6] = {0};
            struct pl_expansion expected = {.list = list, .whole = true};
            char text[512], rule[128], start[32], until[32], why[160];
            int64_t later = hours[k] * 3600;
            for (const char *const *day = rows[i].days; *day; day++) {
                int64_t when = at_day(*day) + 9 * 3600 + later;
                list[expected.count++] = (struct pl_occurrence){.original = when, .start = when, .end = when};
            }
            stamp(list[expected.count - 1].original, until);
            snprintf(rule, sizeof rule, rows[i].rule, until);
            snprintf(text, sizeof text,
                     "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:%s\r\nRRULE:%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
                     stamp(list[0].original, start), rule);
            bool good = pl_judge_series(&judge, text, NULL, &expected, why) == PL_PROVEN;
            /* a month is no number of weeks: there the days are others */
            cr_assert_eq(good, i < 4 || labs(hours[k]) < 10, "%s %s: %s", start, rule, why);
            list[expected.count - 1].original += 604800;
            cr_assert_eq(pl_judge_series(&judge, text, NULL, &expected, why), PL_UNPROVEN, "%s %s", start, rule);
        }
    pl_judge_release(&judge);
}

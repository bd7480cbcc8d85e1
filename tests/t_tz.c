/*
 * t_tz.c - zones and civil time: the example of [MS-OXOCAL] 4.1.4, MFCMAPI's decodes,
 * and instants known from elsewhere (glibc's timegm for civil time, the offsets of
 * tzdata 2025b for Los Angeles, Sydney and Berlin, written out here).
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "arena.h"
#include "bytes.h"
#include "lib_vec.h"
#include "tz.h"
#include "zones.h"

static struct pl_arena arena;
static void setup(void) { pl_arena_init(&arena, 1 << 24); }
static void teardown(void) { pl_arena_release(&arena); }
TestSuite(tz, .init = setup, .fini = teardown);

Test(tz, civil_agrees_with_the_c_library)
{
    for (int64_t s = -14000000000; s < 90000000000; s += 12345679) {
        time_t t = (time_t)s;
        struct tm tm;
        gmtime_r(&t, &tm);
        struct pl_civil c = pl_civil_of(s);
        cr_assert_eq(c.year, tm.tm_year + 1900);
        cr_assert_eq(c.month, tm.tm_mon + 1);
        cr_assert_eq(c.day, tm.tm_mday);
        cr_assert_eq(c.hour, tm.tm_hour);
        cr_assert_eq(c.minute, tm.tm_min);
        cr_assert_eq(c.second, tm.tm_sec);
        cr_assert_eq(c.weekday, tm.tm_wday);
        cr_assert_eq(pl_seconds_of_civil(&c), s);
    }
    cr_assert_eq(pl_month_days(1900, 2), 28);
    cr_assert_eq(pl_month_days(2000, 2), 29);
}

Test(tz, times_of_the_store)
{
    cr_assert_eq(pl_seconds_of_filetime(INT64_C(116444736000000000)), 0);
    cr_assert_eq(pl_seconds_of_filetime(INT64_C(116444735999999999)), -1);
    /* 0x5AE980DF = 4500-12-31 23:59 */
    struct pl_civil c = pl_civil_of(pl_seconds_of_rtime(0x5AE980DF));
    cr_assert(c.year == 4500 && c.month == 12 && c.day == 31 && c.hour == 23 && c.minute == 59);
}

static struct pl_zone definition(const char *id)
{
    struct vec v = vec_tsv("recur/recurrence-vectors.tsv", id, 1);
    if (!v.data)
        cr_skip_test("no corpus");
    struct pl_zone z;
    cr_assert(pl_tz_definition(&arena, v.data, v.size, &z));
    vec_free(&v);
    return z;
}

static int64_t utc(int y, int mo, int d, int h, int mi)
{
    return pl_days_of_civil(y, mo, d) * 86400 + h * 3600 + mi * 60;
}

static int offset(const struct pl_zone *z, int64_t t) { return (int)(pl_tz_local(z, t) - t) / 60; }

Test(tz, two_rules_of_the_specification)
{
    struct pl_zone z = definition("oxocal-4.1.4-tzdef");
    cr_assert_str_eq(z.tzid, "Pacific Standard Time");
    cr_assert_eq(z.rule_count, 2);
    cr_assert_eq(z.rules[0].from_year, 2006);
    cr_assert_eq(z.rules[1].from_year, 2007);
    cr_assert_eq(pl_tz_effective(&z), &z.rules[1]);
    /* Law of 2006: first Sunday of April to the last of October; since 2007 March to November. */
    cr_assert_eq(offset(&z, utc(2006, 4, 2, 9, 59)), -480);
    cr_assert_eq(offset(&z, utc(2006, 4, 2, 10, 0)), -420);
    cr_assert_eq(offset(&z, utc(2006, 10, 29, 8, 59)), -420);
    cr_assert_eq(offset(&z, utc(2006, 10, 29, 9, 0)), -480);
    cr_assert_eq(offset(&z, utc(2007, 3, 11, 9, 59)), -480);
    cr_assert_eq(offset(&z, utc(2007, 3, 11, 10, 0)), -420);
    cr_assert_eq(offset(&z, utc(2007, 11, 4, 8, 59)), -420);
    cr_assert_eq(offset(&z, utc(2007, 11, 4, 9, 0)), -480);
    /* Local to UTC: the gap takes the offset before, a double hour is the first. */
    cr_assert_eq(pl_tz_utc(&z, utc(2007, 3, 11, 2, 30)), utc(2007, 3, 11, 10, 30));
    cr_assert_eq(pl_tz_utc(&z, utc(2007, 11, 4, 1, 30)), utc(2007, 11, 4, 8, 30));
    cr_assert_eq(pl_tz_utc(&z, utc(2007, 11, 4, 2, 0)), utc(2007, 11, 4, 10, 0));
}

/* A PidLidTimeZoneStruct, from its numbers. */
struct half {
    int month, dow, day, hour;
};

static struct pl_zone made(int bias, int dst_bias, struct half std, struct half dst)
{
    uint8_t b[48] = {0};
    pl_put32(b, (uint32_t)bias);
    pl_put32(b + 8, (uint32_t)dst_bias);
    const struct half *halves[2] = {&std, &dst};
    for (int i = 0; i < 2; i++) {
        uint8_t *p = b + (i ? 32 : 14);
        pl_put16(p + 2, (uint16_t)halves[i]->month);
        pl_put16(p + 4, (uint16_t)halves[i]->dow);
        pl_put16(p + 6, (uint16_t)halves[i]->day);
        pl_put16(p + 8, (uint16_t)halves[i]->hour);
    }
    struct pl_zone z;
    cr_assert(pl_tz_struct(&arena, b, sizeof b, &z));
    return z;
}

Test(tz, south_of_the_equator)
{
    struct pl_zone z = made(-600, -60, (struct half){4, 0, 1, 3}, (struct half){10, 0, 1, 2});
    cr_assert_eq(offset(&z, utc(2025, 1, 1, 0, 0)), 660);
    cr_assert_eq(offset(&z, utc(2025, 4, 5, 15, 59)), 660); /* to 2025-04-06 02:59 */
    cr_assert_eq(offset(&z, utc(2025, 4, 5, 16, 0)), 600);
    cr_assert_eq(offset(&z, utc(2025, 10, 4, 15, 59)), 600);
    cr_assert_eq(offset(&z, utc(2025, 10, 4, 16, 0)), 660);
    cr_assert_eq(offset(&z, utc(2025, 12, 31, 23, 59)), 660);
}

Test(tz, europe_and_no_daylight_time)
{
    struct pl_zone z = made(-60, -60, (struct half){10, 0, 5, 3}, (struct half){3, 0, 5, 2});
    cr_assert_eq(offset(&z, utc(2025, 3, 30, 0, 59)), 60);
    cr_assert_eq(offset(&z, utc(2025, 3, 30, 1, 0)), 120);
    cr_assert_eq(offset(&z, utc(2025, 10, 26, 0, 59)), 120);
    cr_assert_eq(offset(&z, utc(2025, 10, 26, 1, 0)), 60);
    struct pl_zone tokyo = made(-540, 0, (struct half){0}, (struct half){0});
    cr_assert_eq(offset(&tokyo, utc(2025, 7, 1, 0, 0)), 540);
    struct pl_onset onsets[3];
    cr_assert_eq(pl_tz_onsets(&tokyo, 2025, onsets), 0);
    cr_assert_eq(pl_tz_onsets(&z, 2025, onsets), 2);
    cr_assert(onsets[0].dst && !onsets[1].dst);
}

/* There and back, every hour of three years but for the hour that occurs twice. */
Test(tz, round_trip)
{
    struct pl_zone z = definition("oxocal-4.1.4-tzdef");
    int twice = 0;
    for (int64_t t = utc(2005, 12, 1, 0, 0); t < utc(2008, 12, 1, 0, 0); t += 1800)
        twice += pl_tz_utc(&z, pl_tz_local(&z, t)) != t;
    cr_assert_eq(twice, 6); /* 3 autumns, 2 half hours each */
}

static void smartview_compare(int n)
{
    char name[96];
    snprintf(name, sizeof name, "smartview/in-TIMEZONEDEFINITION-%d.dat", n);
    struct vec hex = vec_corpus(name);
    snprintf(name, sizeof name, "smartview/out-TIMEZONEDEFINITION-out-%d.dat", n);
    struct vec out = vec_corpus(name);
    if (!hex.data || !out.data)
        cr_skip_test("no corpus");
    struct vec blob = vec_hex((char *)hex.data);
    struct pl_zone z;
    cr_assert(pl_tz_definition(&arena, blob.data, blob.size, &z));
    const char *text = (const char *)out.data;
    uint64_t rules = 0, v = 0;
    cr_assert(vec_number(text, "cRules", 0, &rules));
    cr_assert_leq(z.rule_count, rules);
    size_t at = 0;
    for (uint64_t i = 0; i < rules; i++) {
        text = strstr(text, "TZRule[");
        text += 7;
        cr_assert(vec_number(text, "wYear", 0, &v));
        if (at >= z.rule_count || (int)v != z.rules[at].from_year)
            continue;
        const struct pl_tzrule *r = &z.rules[at++];
        cr_assert(vec_number(text, "lBias", 0, &v) && (int32_t)v == r->bias_min);
        cr_assert(vec_number(text, "lDaylightBias", 0, &v) && (int32_t)v == r->dst_bias_min);
        const char *std = strstr(text, "stStandardDate"), *dst = strstr(text, "stDaylightDate");
        cr_assert(vec_number(std, "wMonth", 0, &v) && (int)v == r->to_std.month);
        cr_assert(vec_number(std, "wDay", 1, &v) && (int)v == r->to_std.day);
        cr_assert(vec_number(std, "wHour", 0, &v) && (int)v == r->to_std.hour);
        cr_assert(vec_number(dst, "wMonth", 0, &v) && (int)v == r->to_dst.month);
        cr_assert(vec_number(dst, "wDay", 1, &v) && (int)v == r->to_dst.day);
    }
    cr_assert_eq(at, z.rule_count);
    vec_free(&hex);
    vec_free(&out);
    vec_free(&blob);
}

Test(tz, smartview_1) { smartview_compare(1); }
Test(tz, smartview_2) { smartview_compare(2); }

/* A span is kept from time to time: forwards, backwards, by hours and by years, each gives what it gives alone. */
Test(tz, times_that_follow_each_other)
{
    static const char *const names[] = {"Europe/Berlin",     "America/New_York", "Australia/Sydney",
                                        "Africa/Casablanca", "Asia/Tehran",      "Pacific/Apia",
                                        "America/Sao_Paulo", "Asia/Tokyo",       "Antarctica/Troll"};
    static const int64_t steps[] = {1800, 86400 * 7, 86400 * 30, -86400 * 11, 3600 * 24 * 181, 86400 * 365};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct pl_zone *zone = pl_zone_of_name(names[i]);
        cr_assert(zone, "%s", names[i]);
        for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
            struct pl_tz_span span = {0};
            int64_t local = 1000000000;
            for (int n = 0; n < 20000; n++, local += steps[k] + n % 3 * 1799)
                cr_assert_eq(pl_tz_utc_next(zone, local, &span), pl_tz_utc(zone, local), "%s: %lld", names[i],
                             (long long)local);
        }
    }
}

Test(tz, nonsense_is_refused)
{
    uint8_t b[48] = {0};
    struct pl_zone z;
    cr_assert_not(pl_tz_struct(&arena, b, 47, &z));
    cr_assert(pl_tz_struct(&arena, b, 48, &z));
    pl_put32(b, 100000);
    cr_assert_not(pl_tz_struct(&arena, b, 48, &z));
    pl_put32(b, 60);
    pl_put16(b + 16, 13); /* month of the standard date */
    cr_assert_not(pl_tz_struct(&arena, b, 48, &z));
    struct vec v = vec_tsv("recur/recurrence-vectors.tsv", "oxocal-4.1.4-tzdef", 1);
    for (size_t n = 0; v.data && n < v.size; n++) {
        uint8_t *exact = malloc(n ? n : 1);
        memcpy(exact, v.data, n);
        if (pl_tz_definition(&arena, exact, n, &z))
            cr_assert_eq(z.rule_count, 1);
        free(exact);
    }
    vec_free(&v);
}

/*
 * t_zones.c - the committed tables against the C library's reading of the same tzdata
 * (skipped where the machine has another version), and the choice of an IANA name.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "arena.h"
#include "lib_vec.h"
#include "zones.h"

#define TZ_VERSION(text)
#define TZ_RULE(year, std, dst, m, w, d, fixed, s, dm, dw, dd, dfixed, ds)
#define TZ_WINDOWS(name, iana)
#define TZ_ZONE(name, first, count) name,
static const char *const names[] = {
#include "zones.def"
};
#undef TZ_ZONE
#undef TZ_WINDOWS

struct windows_row {
    const char *name, *iana;
};
#define TZ_ZONE(name, first, count)
#define TZ_WINDOWS(name, iana) {name, iana},
static const struct windows_row rows[] = {
#include "zones.def"
};

static long system_offset(int64_t utc)
{
    time_t t = (time_t)utc;
    struct tm tm;
    localtime_r(&t, &tm);
    return tm.tm_gmtoff;
}

/* Offsets of a year that disagree: each month, and a second to both sides of each onset. */
static int disagreements(const struct pl_zone *z, int year)
{
    int bad = 0;
    for (int month = 1; month <= 12; month++) {
        int64_t t = pl_days_of_civil(year, month, 15) * 86400;
        bad += pl_tz_local(z, t) - t != system_offset(t);
    }
    struct pl_onset onsets[3];
    size_t n = pl_tz_onsets(z, year, onsets);
    for (size_t i = 0; i < n; i++) {
        bad += system_offset(onsets[i].utc) != onsets[i].to;
        bad += system_offset(onsets[i].utc - 1) != onsets[i].from;
    }
    return bad;
}

Test(zones, agree_with_tzdata)
{
    char version[64] = "";
    FILE *f = fopen("/usr/share/zoneinfo/tzdata.zi", "r");
    if (!f || !fgets(version, sizeof version, f) || !strstr(version, pl_zones_version()))
        cr_skip_test("another tzdata");
    fclose(f);
    size_t zone_count = sizeof names / sizeof names[0];
    cr_assert_gt(zone_count, 500);
    int odd_years = 0;
    for (size_t i = 0; i < zone_count; i++) {
        const struct pl_zone *z = pl_zone_of_name(names[i]);
        cr_assert(z, "%s", names[i]);
        if (strcmp(names[i], "UTC") != 0) /* a Windows name too, of Etc/UTC */
            cr_assert_str_eq(z->tzid, names[i]);
        setenv("TZ", names[i], 1);
        tzset();
        int odd = 0;
        for (int year = 1990; year <= 2037; year++)
            odd += disagreements(z, year) != 0;
        cr_expect_leq(odd, 10, "%s: %d years", names[i], odd);
        odd_years += odd;
    }
    cr_assert_leq(odd_years, 150, "%d", odd_years); /* of 28,000; what tools/mkzones names as approximated */
}

Test(zones, every_windows_name_leads_somewhere)
{
    size_t n = sizeof rows / sizeof rows[0];
    cr_assert_geq(n, 139);
    for (size_t i = 0; i < n; i++) {
        const struct pl_zone *z = pl_zone_of_name(rows[i].name);
        cr_assert(z, "%s", rows[i].name);
        cr_assert_str_eq(z->tzid, rows[i].iana);
    }
    cr_assert_str_eq(pl_zone_of_name("w. europe standard time")->tzid, "Europe/Berlin");
    cr_assert_str_eq(pl_zone_of_name("Mexico Standard Time")->tzid, "America/Mexico_City");
    cr_assert_null(pl_zone_of_name("(GMT+01:00) Amsterdam, Berlin"));
    cr_assert_null(pl_zone_of_name(""));
}

Test(zones, iana_name_only_for_equal_rules)
{
    struct pl_arena arena;
    pl_arena_init(&arena, 1 << 20);
    struct vec v = vec_tsv("recur/recurrence-vectors.tsv", "oxocal-4.1.4-tzdef", 1);
    if (!v.data)
        cr_skip_test("no corpus");
    struct pl_zone z;
    cr_assert(pl_tz_definition(&arena, v.data, v.size, &z));
    cr_assert_str_eq(pl_zone_iana(&z, 2006, 2037)->tzid, "America/Los_Angeles");
    cr_assert_str_eq(pl_zone_iana(&z, 1990, 2037)->tzid, "America/Los_Angeles");
    /* One rule, as Outlook 2003 kept it: the law since 2007, untrue before. */
    struct pl_zone one = {.tzid = z.tzid, .rules = z.rules + 1, .rule_count = 1};
    cr_assert_str_eq(pl_zone_iana(&one, 2007, 2037)->tzid, "America/Los_Angeles");
    cr_assert_eq(pl_zone_iana(&one, 2006, 2037), &one);
    /* under a name of its own: programs that know the name prefer the rules they know */
    cr_assert_str_eq(pl_zone_written(&arena, &one, 2006, 2037)->tzid, "Pacific Standard Time (as stored)");
    cr_assert_eq(pl_zone_written(&arena, &one, 2006, 2037)->rules, one.rules);
    cr_assert_str_eq(pl_zone_written(&arena, &one, 2007, 2037)->tzid, "America/Los_Angeles");
    const struct pl_zone *own = pl_zone_of_name("Europe/Berlin");
    cr_assert_eq(pl_zone_written(&arena, own, 1970, 2037), own);
    one.tzid = "Customized Time Zone";
    cr_assert_eq(pl_zone_iana(&one, 2007, 2037), &one);
    cr_assert_eq(pl_zone_written(&arena, &one, 2006, 2037), &one);
    vec_free(&v);
    pl_arena_release(&arena);
}

/*
 * t_vtimezone.c - VTIMEZONE text, read back by libical: for every zone of the tables and
 * for zones as stores hold them, libical's offsets are those of pl_tz_local().
 */
#include <criterion/criterion.h>
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contentline.h"
#include "lib_vec.h"
#include "vtimezone.h"
#include "zones.h"

#define TZ_VERSION(text)
#define TZ_RULE(year, std, dst, m, w, d, fixed, s, dm, dw, dd, dfixed, ds)
#define TZ_WINDOWS(name, iana)
#define TZ_ZONE(name, first, count) name,
static const char *const names[] = {
#include "zones.def"
};

static char folder[64];
static struct pl_output *output;
static struct pl_sink sink;

static void begin(void)
{
    const char *why = "";
    snprintf(folder, sizeof folder, "/tmp/t_vtimezone.%d", (int)getpid());
    cr_assert_eq(pl_output_open(folder, true, &output, &why), PL_OK, "%s", why);
    cr_assert_eq(pl_output_fixed(output, "z.ics", &sink), PL_OK);
    pl_line_put_raw(&sink, "BEGIN", "VCALENDAR");
}

/* Ends the calendar and gives its text. */
static char *end(void)
{
    pl_line_put_raw(&sink, "END", "VCALENDAR");
    cr_assert_eq(pl_sink_commit(&sink), PL_OK);
    pl_sink_abort(&sink);
    pl_output_close(output);
    char path[96];
    snprintf(path, sizeof path, "%s/z.ics", folder);
    FILE *f = fopen(path, "rb");
    cr_assert(f);
    char *text = calloc(1, 1 << 23);
    cr_assert_gt(fread(text, 1, (1 << 23) - 1, f), 0);
    fclose(f);
    unlink(path);
    rmdir(folder);
    return text;
}

static int libical_offset(icaltimezone *z, int64_t utc)
{
    struct pl_civil c = pl_civil_of(utc);
    struct icaltimetype t = icaltime_null_time();
    t.year = c.year;
    t.month = c.month;
    t.day = c.day;
    t.hour = c.hour;
    t.minute = c.minute;
    t.second = c.second;
    t.zone = icaltimezone_get_utc_timezone();
    int dst;
    return icaltimezone_get_utc_offset_of_utc_time(z, &t, &dst);
}

static int compare(icalcomponent *vtimezone, const struct pl_zone *zone, int from, int to)
{
    icaltimezone *z = icaltimezone_new();
    cr_assert(icaltimezone_set_component(z, icalcomponent_new_clone(vtimezone)));
    int bad = 0;
    for (int year = from; year <= to; year++) {
        for (int month = 1; month <= 12; month++) {
            int64_t t = pl_days_of_civil(year, month, 15) * 86400;
            bad += libical_offset(z, t) != pl_tz_local(zone, t) - t;
        }
        struct pl_onset onsets[3];
        size_t n = pl_tz_onsets(zone, year, onsets);
        for (size_t i = 0; i < n; i++) {
            bad += libical_offset(z, onsets[i].utc) != onsets[i].to;
            bad += libical_offset(z, onsets[i].utc - 1) != onsets[i].from;
        }
    }
    icaltimezone_free(z, 1);
    return bad;
}

Test(vtimezone, every_zone_of_the_tables)
{
    size_t n = sizeof names / sizeof names[0];
    begin();
    struct pl_vtimezones used;
    pl_vtimezones_init(&used);
    for (size_t i = 0; i < n; i++)
        cr_assert(pl_vtimezones_use(&used, &sink, pl_zone_of_name(names[i])), "%s", names[i]);
    pl_vtimezones_release(&used);
    char *text = end();
    icalcomponent *calendar = icalparser_parse_string(text);
    cr_assert(calendar);
    size_t seen = 0;
    for (icalcomponent *c = icalcomponent_get_first_component(calendar, ICAL_VTIMEZONE_COMPONENT); c;
         c = icalcomponent_get_next_component(calendar, ICAL_VTIMEZONE_COMPONENT)) {
        icalproperty *p = icalcomponent_get_first_property(c, ICAL_TZID_PROPERTY);
        const struct pl_zone *zone = pl_zone_of_name(icalproperty_get_tzid(p));
        cr_assert(zone);
        int bad = compare(c, zone, 1990, 2040);
        cr_expect_eq(bad, 0, "%s: %d offsets disagree", zone->tzid, bad);
        seen++;
    }
    cr_assert_eq(seen, n - 1); /* UTC and Etc/UTC are one */
    icalcomponent_free(calendar);
    free(text);
}

Test(vtimezone, rules_of_a_store)
{
    struct pl_arena arena;
    pl_arena_init(&arena, 1 << 20);
    struct vec v = vec_tsv("recur/recurrence-vectors.tsv", "oxocal-4.1.4-tzdef", 1);
    if (!v.data)
        cr_skip_test("no corpus");
    struct pl_zone z;
    cr_assert(pl_tz_definition(&arena, v.data, v.size, &z));
    struct pl_zone old = {.tzid = z.tzid, .rules = z.rules, .rule_count = 1};
    struct pl_vtimezones used;
    pl_vtimezones_init(&used);
    begin();
    cr_assert_null(pl_vtimezones_name(&used, &z));
    cr_assert_str_eq(pl_vtimezones_use(&used, &sink, &z), "Pacific Standard Time");
    cr_assert_str_eq(pl_vtimezones_use(&used, &sink, &old), "Pacific Standard Time (2)");
    cr_assert_str_eq(pl_vtimezones_use(&used, &sink, &z), "Pacific Standard Time");
    old.tzid = "a:b;c\"d";
    cr_assert_str_eq(pl_vtimezones_use(&used, &sink, &old), "a_b_c_d");
    cr_assert_str_eq(pl_vtimezones_name(&used, &old), "a_b_c_d");
    pl_vtimezones_release(&used);
    char *text = end();
    icalcomponent *calendar = icalparser_parse_string(text);
    icalcomponent *first = icalcomponent_get_first_component(calendar, ICAL_VTIMEZONE_COMPONENT);
    while (first && strcmp(icalproperty_get_tzid(icalcomponent_get_first_property(first, ICAL_TZID_PROPERTY)),
                           "Pacific Standard Time") != 0)
        first = icalcomponent_get_next_component(calendar, ICAL_VTIMEZONE_COMPONENT);
    cr_expect_eq(compare(first, &z, 1990, 2030), 0);
    cr_expect(strstr(text, "DTSTART:20070311T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\r\n"));
    cr_expect(strstr(text, "BYMONTH=4;BYDAY=1SU;UNTIL=20060402T100000Z\r\n"));
    cr_assert_eq(icalcomponent_count_components(calendar, ICAL_VTIMEZONE_COMPONENT), 3);
    icalcomponent_free(calendar);
    free(text);
    vec_free(&v);
    pl_arena_release(&arena);
}

Test(vtimezone, too_many)
{
    struct pl_tzrule rules[200];
    struct pl_vtimezones used;
    pl_vtimezones_init(&used);
    begin();
    size_t refused = 0;
    for (int n = 0; n < 2000; n++) {
        for (int i = 0; i < 200; i++)
            rules[i] = (struct pl_tzrule){.from_year = 1900 + i, .bias_min = (n * 7 + i) % 600};
        struct pl_zone z = {.tzid = "X", .rules = rules, .rule_count = 200};
        refused += pl_vtimezones_use(&used, &sink, &z) == NULL;
    }
    cr_assert_gt(refused, 1000);
    pl_vtimezones_release(&used);
    free(end());
}

/*
 * t_recur.c - recurrence blobs against vectors that others decoded: the examples of
 * [MS-OXOCAL], dumps of Outlook stores with their meaning, and the decodes that MFCMAPI
 * ships for its own tests (corpus/smartview).
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "lib_vec.h"
#include "recur.h"
#include "tz.h"

static struct pl_arena arena;
static void setup(void) { pl_arena_init(&arena, 1 << 24); }
static void teardown(void) { pl_arena_release(&arena); }
TestSuite(recur, .init = setup, .fini = teardown);

#define TSV "recur/recurrence-vectors.tsv"

static void decode(const char *id, bool task, struct pl_recur *out)
{
    struct vec v = vec_tsv(TSV, id, 1);
    if (!v.data)
        cr_skip_test("no corpus");
    /* The blob outlives the decode: strings point into it. */
    uint8_t *kept = pl_arena_dup(&arena, v.data, v.size);
    cr_assert(pl_recur_decode(&arena, kept, v.size, task, out), "%s: %s", id, out->fault);
    cr_assert(!out->cut && !out->fault, "%s: %s", id, out->fault);
    vec_free(&v);
}

static int64_t day_of(uint32_t rt) { return pl_seconds_of_rtime(rt) / 86400; }

Test(recur, weekly_of_the_specification)
{
    struct pl_recur r;
    decode("oxocal-4.1.1.1", false, &r);
    cr_assert_eq(r.pattern, PL_PATTERN_WEEK);
    cr_assert_eq(r.days, 0x32); /* Monday, Thursday, Friday */
    cr_assert_eq(r.period, 1);
    cr_assert_eq(r.end, PL_END_COUNT);
    cr_assert_eq(r.count, 12);
    cr_assert_eq(r.start_min, 600);
    cr_assert_eq(r.end_min, 630);
    cr_assert_eq(r.exception_count, 0);
}

Test(recur, daily_with_deleted_dates)
{
    struct pl_recur r;
    decode("oxocal-4.1.1.3", false, &r);
    cr_assert_eq(r.pattern, PL_PATTERN_DAY);
    cr_assert_eq(r.period, 3 * 1440);
    cr_assert_eq(r.end, PL_END_DATE);
    cr_assert_eq(r.deleted_count, 2);
    cr_assert_eq(r.modified_count, 0);
    cr_assert_eq(r.start_min, 480);
}

Test(recur, exceptions_and_their_extensions)
{
    struct pl_recur r;
    decode("oxocal-4.1.1.4", false, &r);
    cr_assert_eq(r.pattern, PL_PATTERN_MONTH_NTH);
    cr_assert_eq(r.days, 0x41);
    cr_assert_eq(r.ordinal, 3);
    cr_assert_eq(r.period, 3);
    cr_assert_eq(r.exception_count, 2);
    const struct pl_exception *moved = &r.exceptions[0], *placed = &r.exceptions[1];
    cr_assert_eq(day_of(moved->start_rt) - day_of(moved->original_rt), 1);
    cr_assert_eq(moved->flags, 0);
    cr_assert_eq(placed->flags, PL_EX_LOCATION);
    cr_assert_eq(placed->location8_size, 12);
    cr_assert_arr_eq(placed->location8, "new location", 12);
    cr_assert_eq(placed->location16_size, 24);
    cr_assert_arr_eq(placed->location16, "n\0e\0w\0 \0l\0o\0c\0a\0t\0i\0o\0n\0", 24);
}

Test(recur, more_stores)
{
    struct pl_recur r;
    decode("openchange-1", false, &r);
    cr_assert_eq(r.frequency, 0x200D);
    cr_assert_eq(r.end, PL_END_NEVER);
    decode("openchange-2", false, &r);
    cr_assert_eq(r.period, 2);
    cr_assert_eq(r.days, 0x34);
    cr_assert_eq(r.first_dow, 1);
    decode("gt-daily2", false, &r);
    cr_assert_eq(r.count, 5);
    cr_assert_eq(day_of(r.start_rt), pl_days_of_civil(2026, 7, 1));
    decode("gt-monthly2tue", false, &r);
    cr_assert_eq(r.ordinal, 2);
    cr_assert_eq(r.days, 4);
    cr_assert_eq(day_of(r.end_rt), pl_days_of_civil(2027, 1, 31));
    decode("gt-yearly", false, &r);
    cr_assert_eq(r.period, 12);
    cr_assert_eq(r.day, 6);
    decode("gt-task-daily", true, &r);
    cr_assert_eq(r.period, 1440);
    cr_assert_not(r.has_times);
}

/* The nth number behind a label in the decode of another program. */
static uint64_t theirs(const char *text, const char *label, int nth)
{
    uint64_t v = 0;
    cr_assert(vec_number(text, label, nth, &v), "no %s %d", label, nth);
    return v;
}

static void dates_compare(const char *text, const char *label, const uint32_t *dates, size_t count)
{
    const char *p = text;
    for (size_t i = 0; i < count; i++) {
        char indexed[64];
        snprintf(indexed, sizeof indexed, "%s[%zu]", label, i);
        p = strstr(p, indexed);
        cr_assert(p, "%s", indexed);
        p += strlen(indexed);
        unsigned value = 0;
        cr_assert_eq(sscanf(p, " 0x%8X", &value), 1);
        cr_assert_eq(value, dates[i], "%s", indexed);
    }
}

static void smartview_compare(int n)
{
    char name[96];
    snprintf(name, sizeof name, "smartview/in-APPOINTMENTRECURRENCEPATTERN-%d.dat", n);
    struct vec hex = vec_corpus(name);
    snprintf(name, sizeof name, "smartview/out-APPOINTMENTRECURRENCEPATTERN-out-%d.dat", n);
    struct vec out = vec_corpus(name);
    if (!hex.data || !out.data)
        cr_skip_test("no corpus");
    struct vec blob = vec_hex((char *)hex.data);
    const char *text = (const char *)out.data;
    struct pl_recur r;
    cr_assert(pl_recur_decode(&arena, blob.data, blob.size, false, &r), "%s", r.fault);
    cr_assert_eq(r.frequency, theirs(text, "RecurFrequency", 0));
    cr_assert_eq((unsigned)r.pattern, theirs(text, "PatternType", 0));
    cr_assert_eq(r.calendar, theirs(text, "CalendarType", 0));
    cr_assert_eq(r.first_rt, theirs(text, "FirstDateTime", 0));
    cr_assert_eq(r.period, theirs(text, "Period", 0));
    cr_assert_eq(r.days, theirs(text, "WeekRecurrencePattern", 0));
    cr_assert_eq(r.first_dow, theirs(text, "FirstDOW", 0));
    cr_assert_eq(r.deleted_count, theirs(text, "DeletedInstanceCount", 0));
    cr_assert_eq(r.modified_count, theirs(text, "ModifiedInstanceCount", 0));
    dates_compare(text, "DeletedInstanceDates", r.deleted_rt, r.deleted_count);
    dates_compare(text, "ModifiedInstanceDates", r.modified_rt, r.modified_count);
    const char *times = strstr(text, "StartTimeOffset");
    cr_assert(times);
    cr_assert_eq(r.start_min, theirs(times, "StartTimeOffset", 0));
    cr_assert_eq(r.end_min, theirs(times, "EndTimeOffset", 0));
    cr_assert_eq(r.exception_count, theirs(times, "ExceptionCount", 0));
    for (size_t i = 0; i < r.exception_count; i++) {
        cr_assert_eq(r.exceptions[i].start_rt, theirs(times, "StartDateTime", (int)i));
        cr_assert_eq(r.exceptions[i].end_rt, theirs(times, "EndDateTime", (int)i));
        cr_assert_eq(r.exceptions[i].original_rt, theirs(times, "OriginalStartDate", (int)i));
        cr_assert_eq(r.exceptions[i].flags, theirs(times, "OverrideFlags", (int)i));
    }
    cr_assert_not(r.cut, "%s", r.fault);
    vec_free(&hex);
    vec_free(&out);
    vec_free(&blob);
}

Test(recur, smartview_1) { smartview_compare(1); }
Test(recur, smartview_2) { smartview_compare(2); }
Test(recur, smartview_4) { smartview_compare(4); }

/* Cut at every length: never more than was there, and the pattern stays once it is whole. */
Test(recur, every_prefix)
{
    struct vec v = vec_tsv(TSV, "oxocal-4.1.1.4", 1);
    if (!v.data)
        cr_skip_test("no corpus");
    bool whole = false;
    for (size_t n = 0; n <= v.size; n++) {
        uint8_t *exact = malloc(n ? n : 1);
        memcpy(exact, v.data, n);
        struct pl_recur r;
        bool decoded = pl_recur_decode(&arena, exact, n, false, &r);
        cr_assert(decoded || !whole);
        whole = decoded;
        cr_assert_eq(r.cut, n < v.size, "%zu", n);
        cr_assert_eq(r.cut, r.fault != NULL);
        free(exact);
    }
    cr_assert(whole);
    vec_free(&v);
}

Test(recur, huge_counts)
{
    struct vec v = vec_tsv(TSV, "oxocal-4.1.1.3", 1);
    if (!v.data)
        cr_skip_test("no corpus");
    struct pl_recur r;
    for (size_t at = 22; at + 4 <= v.size; at++) {
        struct vec w = vec_tsv(TSV, "oxocal-4.1.1.3", 1);
        memset(w.data + at, 0xff, 4);
        (void)pl_recur_decode(&arena, w.data, w.size, false, &r);
        cr_assert_leq(r.deleted_count * 4 + r.exception_count * 14, w.size);
        vec_free(&w);
    }
    cr_assert_lt(arena.used, 1 << 16);
    vec_free(&v);
}

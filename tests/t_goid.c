/*
 * t_goid.c - Global Object IDs: the example of [MS-OXOCAL] 4.1, MFCMAPI's decode, and
 * the UID rules of [MS-OXCICAL] 2.1.3.1.1.20.26.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "arena.h"
#include "goid.h"
#include "lib_vec.h"
#include "tz.h"

static struct pl_arena arena;
static void setup(void) { pl_arena_init(&arena, 1 << 20); }
static void teardown(void) { pl_arena_release(&arena); }
TestSuite(goid, .init = setup, .fini = teardown);

#define HEAD "040000008200E00074C5B7101A82E008"

Test(goid, of_the_specification)
{
    struct vec v = vec_tsv("recur/recurrence-vectors.tsv", "oxocal-goid", 1);
    if (!v.data)
        cr_skip_test("no corpus");
    struct pl_goid g;
    cr_assert(pl_goid_decode(&arena, v.data, v.size, &g));
    cr_assert(g.year == 2008 && g.month == 3 && g.day == 25 && g.exact);
    cr_assert_eq(pl_seconds_of_filetime(g.created),
                 pl_days_of_civil(2008, 2, 20) * 86400 + 17 * 3600 + 16 * 60 + 51);
    cr_assert_eq(g.data_size, 16);
    cr_assert_null(g.vcal_uid);
    cr_assert_str_eq(pl_goid_uid(&arena, v.data, v.size),
                     HEAD "000000005025D461E473C8010000000000000000100000002A5844B3A444F74A9C246C60886F116B");
    vec_free(&v);
}

Test(goid, smartview)
{
    struct vec hex = vec_corpus("smartview/in-GLOBALOBJECTID-1.dat");
    if (!hex.data)
        cr_skip_test("no corpus");
    struct vec v = vec_hex((char *)hex.data);
    struct pl_goid g;
    cr_assert(pl_goid_decode(&arena, v.data, v.size, &g));
    cr_assert_eq(g.year, 0);
    cr_assert_eq(g.data_size, 16);
    cr_assert_eq(pl_seconds_of_filetime(g.created),
                 pl_days_of_civil(2010, 4, 26) * 86400 + 11 * 3600 + 23 * 60 + 55);
    vec_free(&hex);
    vec_free(&v);
}

static const char *uid_of(const char *hex)
{
    struct vec v = vec_hex(hex);
    const char *uid = pl_goid_uid(&arena, v.data, v.size);
    vec_free(&v);
    return uid;
}

#define FIXED                                                                                                      \
    HEAD "07E20A1C"                                                                                                \
         "0000000000000000"                                                                                        \
         "0000000000000000"
#define VCAL                                                                                                       \
    "7643616C2D556964"                                                                                             \
    "01000000"

Test(goid, foreign_uid)
{
    cr_assert_str_eq(uid_of(FIXED "12000000" VCAL "6140622D3100"), "a@b-1");
    cr_assert_str_eq(uid_of(FIXED "11000000" VCAL "6140622D31"), "a@b-1");
    /* A control character can't be a UID: the hex form, without the date. */
    cr_assert_str_eq(uid_of(FIXED "0E000000" VCAL "610A"), HEAD "0000000000000000000000000000000000000000"
                                                                "0E000000" VCAL "610A");
}

Test(goid, odd_ones)
{
    cr_assert_null(uid_of(""));
    cr_assert_str_eq(uid_of("00FF"), "00FF");
    struct vec v = vec_hex(FIXED "FF000000"
                                 "AA");
    struct pl_goid g;
    cr_assert(pl_goid_decode(&arena, v.data, v.size, &g));
    cr_assert_not(g.exact);
    cr_assert_eq(g.data_size, 1);
    cr_assert_not(pl_goid_decode(&arena, v.data, 39, &g));
    vec_free(&v);
}

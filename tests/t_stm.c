/* t_stm.c - iCalendar objects in the bytes of a streaming file: where they lie, and when they are none. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "edb/stm.h"
#include "ical.h"

#define OBJECT    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR"
#define HEADERS   "Content-Type: text/calendar; charset=iso-8859-1\r\n\r\n"
#define FILE_MOST ((size_t)3 << 20)

static uint8_t *bytes; /* zeros but for what a test puts there */

static void setup(void) { bytes = calloc(1, FILE_MOST); }
static void teardown(void) { free(bytes); }
TestSuite(stm, .init = setup, .fini = teardown);

static void put(size_t at, const char *text) { memcpy(bytes + at, text, strlen(text)); }

/* The first object of so many bytes; its text in *text, to be freed. false: none. */
static bool first(size_t size, struct stm_found *found, char **text)
{
    struct pl_source source;
    struct stm_search s;
    pl_source_memory(&source, bytes, size);
    cr_assert(stm_search_init(&s, &source));
    bool any = stm_search_next(&s, found) == PL_OK;
    *text = any && s.text.data ? strndup(s.text.data, s.text.size) : NULL;
    stm_search_release(&s);
    pl_source_close(&source);
    return any;
}

/* Wherever it lies to the pieces that are read at once, its headers are found. */
Test(stm, everywhere)
{
    const size_t chunk = (size_t)256 << 10;
    for (size_t at = chunk - 200; at < chunk + 200; at++) {
        struct stm_found found;
        char *text;
        memset(bytes, 0, 2 * chunk);
        put(at, HEADERS OBJECT);
        cr_assert(first(2 * chunk, &found, &text), "at %zu", at);
        cr_assert_eq(found.offset, at + strlen(HEADERS));
        cr_assert_eq(found.codepage, 28591u);
        cr_assert_null(found.fault);
        cr_assert_str_eq(text, OBJECT);
        free(text);
    }
}

/* Text after a page of its own is proven by the delimiter, or not at all. */
Test(stm, delimiters)
{
    static const struct {
        const char *before, *after;
        bool good, apart;
    } rows[] = {{"--one\r\n" HEADERS, "\r\n--one--\r\n", true, false},
                {"--one\r\n" HEADERS, "\r\n\r\n--one\r\n", true, false},
                {"--one\r\n" HEADERS, "\r\n--two--\r\n", false, false},
                {"--one\r\n" HEADERS, "", false, false},
                {"Subject: x\r\n" HEADERS, "\r\n", true, true},
                {"", "\r\n--one--\r\n", true, true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct stm_found found;
        char all[1024], *text;
        memset(bytes, 0, 16384);
        snprintf(all, sizeof all, "%s%s%s", rows[i].before, OBJECT, rows[i].after);
        put(8192 - strlen(rows[i].before) - 20, all);
        cr_assert(first(16384, &found, &text), "row %zu", i);
        cr_expect_eq(!found.fault, rows[i].good, "row %zu: %s", i, found.fault ? found.fault : "good");
        cr_expect_eq(found.apart, rows[i].apart, "row %zu", i);
        free(text);
    }
}

/* RFC 2045 6.7, 6.8. */
Test(stm, encodings)
{
    static const struct {
        const char *stored, *text;
    } rows[] = {{"Content-Type: text/calendar\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                 "QkVHSU46VkNBTEVOREFSDQpWRVJTSU9OOjIuMA0KRU5EOlZDQUxFTkRBUg0K\r\n",
                 OBJECT},
                {"\r\n\r\n77u/QkVHSU46VkNBTEVOREFSDQpWRVJT\r\nSU9OOjIuMA0KRU5EOlZDQUxFTkRBUg==\r\n", OBJECT},
                {"Content-Type: text/calendar\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
                 "BEGIN:VCALENDAR\r\nVER=\r\nSION:=32.0\r\nEND:VCALENDAR\r\n",
                 OBJECT},
                {"\r\n\r\nBEGIN:VCALENDAR=0D=0A=\r\nVERSION:2.0=0D=0AEND:VCALENDAR=0D=0A", OBJECT},
                {"\r\n\r\nQkVHSU46VkNBTEVOREFSDQpWRVJT\r\nSU9OOjIu\r\nMA0KRU5EOlZDQUxFTkRBUg==\r\n", NULL},
                {"\r\n\r\nBEGIN:VCALENDAR\r\nVERSION:2.0\r\n", NULL},
                {"Content-Type: text/calendar; charset=x-unheard\r\n\r\n" OBJECT, NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct stm_found found;
        char *text;
        memset(bytes, 0, 8192);
        put(4096, rows[i].stored);
        cr_assert(first(8192, &found, &text), "row %zu", i);
        cr_expect_eq(!found.fault, rows[i].text != NULL, "row %zu", i);
        if (rows[i].text)
            cr_expect_str_eq(text, rows[i].text, "row %zu", i);
        free(text);
    }
}

/* An object that fills more than may be held is no reason to hold it; the next one is found. */
Test(stm, too_large)
{
    struct stm_found found;
    struct pl_source source;
    struct stm_search s;
    memset(bytes, 'x', FILE_MOST);
    put(4096, "\n" OBJECT);
    memset(bytes + 4097 + 30, 'x', 20);
    put(FILE_MOST - 4096, "\n" OBJECT "\n");
    pl_source_memory(&source, bytes, FILE_MOST);
    cr_assert(stm_search_init(&s, &source));
    cr_assert_eq(stm_search_next(&s, &found), PL_OK);
    cr_expect_not_null(found.fault);
    cr_assert_eq(stm_search_next(&s, &found), PL_OK);
    cr_expect_null(found.fault);
    cr_expect_eq(found.offset, FILE_MOST - 4095);
    cr_expect_eq(stm_search_next(&s, &found), PL_END);
    stm_search_release(&s);
    pl_source_close(&source);
}

/* RFC 5545 3.1, 3.4: what is not whole is refused. */
Test(ical, whole)
{
    static const struct {
        const char *text;
        bool good;
    } rows[] = {{OBJECT, true},
                {OBJECT "\r\n\r\n", true},
                {"BEGIN:VCALENDAR\nX-A;B=\"c:d\";E=f:g\n h\nEND:VCALENDAR\n", true},
                {"BEGIN:VEVENT\nEND:VEVENT", false},
                {"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR", false},
                {"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VTODO\nEND:VCALENDAR", false},
                {"BEGIN:VCALENDAR\nno line\nEND:VCALENDAR", false},
                {"BEGIN:VCALENDAR\nA:\001\nEND:VCALENDAR", false},
                {"BEGIN:VCALENDAR\nA:\xff\nEND:VCALENDAR", false},
                {OBJECT "\r\nA:b\r\n", false},
                {"", false}};
    struct pl_arena a;
    pl_arena_init(&a, 1u << 20);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pl_ical c;
        cr_expect_eq(pl_ical_parse(&a, rows[i].text, strlen(rows[i].text), &c), rows[i].good, "row %zu: %s", i,
                     c.fault ? c.fault : "good");
    }
    pl_arena_release(&a);
}

/* RFC 5545 3.3.6. */
Test(ical, durations)
{
    static const struct {
        const char *text;
        int64_t seconds; /* -1: none */
    } rows[] = {{"P15DT5H0M20S", 1314020},
                {"P7W", 4233600},
                {"PT1H30M", 5400},
                {"-PT15M", -900},
                {"P", -1},
                {"PT", -1},
                {"P1H", -1},
                {"PT5", -1},
                {"PT1M1H", -1},
                {"1H", -1},
                {"P99999999999999999999D", -1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t seconds = 0;
        bool good = pl_ical_duration(rows[i].text, &seconds);
        cr_expect_eq(good, rows[i].seconds != -1, "%s", rows[i].text);
        if (good)
            cr_expect_eq(seconds, rows[i].seconds, "%s", rows[i].text);
    }
}

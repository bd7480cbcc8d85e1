/*
 * calendar.c - Gregorian, Hijri, Hebrew, Umm al-Qura and Saka months. See calendar.h.
 *
 * Hijri is the arithmetic calendar of Windows: 622-07-18, thirty years of 10631 days. Hebrew follows
 * the molad with its four delays, in hours and parts of an hour. Saka is the national calendar
 * of India of 1957. Umm al-Qura is a table, as the calendar itself is one.
 */
#include "calendar.h"

#include <stddef.h>

#include "when.h"

const char *const ms_calendar_words[] = {"default",
                                         "gregorian",
                                         "gregorian-us",
                                         "japan",
                                         "taiwan",
                                         "korea",
                                         "hijri",
                                         "thai",
                                         "hebrew",
                                         "gregorian-me-french",
                                         "gregorian-arabic",
                                         "gregorian-xlit-english",
                                         "gregorian-xlit-french",
                                         "lunar-japanese",
                                         "lunar-chinese",
                                         "saka",
                                         "lunar-eto-chinese",
                                         "lunar-eto-korean",
                                         "lunar-rokuyou",
                                         "lunar-korean",
                                         "umalqura",
                                         NULL};
const unsigned ms_calendar_types[] = {0,   1,   2,   3,   4,    5,    6,    7,    8,    9,   0xa,
                                      0xb, 0xc, 0xe, 0xf, 0x10, 0x11, 0x12, 0x13, 0x14, 0x17};

enum ms_calendar ms_calendar_of(unsigned type, bool hijri)
{
    static const struct {
        unsigned type;
        enum ms_calendar calendar;
    } others[] = {{0x6, MS_HIJRI},    {0x8, MS_HEBREW}, {0x17, MS_UMALQURA}, {0x10, MS_SAKA},   {0xf, MS_CHINESE},
                  {0x11, MS_CHINESE}, {0xe, MS_KOREAN}, {0x12, MS_KOREAN},   {0x13, MS_KOREAN}, {0x14, MS_KOREAN}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i].type == type)
            return others[i].calendar;
    return hijri ? MS_HIJRI : MS_GREGORIAN;
}

static struct ms_month gregorian_month(int64_t day)
{
    struct ms_date d = ms_date_of(day);
    return (struct ms_month){ms_days(d.year, d.month, 1), ms_month_length(d.year, d.month), d.year, d.month, false};
}

/* --- Hijri --------------------------------------------------------------- */

static int hijri_length(int year, int month)
{
    static const int leap_years[] = {2, 5, 7, 10, 13, 16, 18, 21, 24, 26, 29};
    for (size_t i = 0; month == 12 && i < sizeof leap_years / sizeof *leap_years; i++)
        if (year % 30 == leap_years[i])
            return 30;
    return month % 2 ? 30 : 29;
}

static struct ms_month hijri_month(int64_t day)
{
    int64_t epoch = ms_days(622, 7, 18), cycles = (day - epoch) / 10631;
    struct ms_month m = {.first = epoch + cycles * 10631, .year = (int)cycles * 30 + 1, .number = 1};
    if (day < epoch)
        return m;
    while (m.length = hijri_length(m.year, m.number), m.first + m.length <= day) {
        m.first += m.length;
        m.year += m.number == 12;
        m.number = m.number % 12 + 1;
    }
    return m;
}

/* --- Hebrew -------------------------------------------------------------- */

static bool hebrew_leap(int year) { return (7 * year + 1) % 19 < 7; }

/* 1 Tishri of a year, in days of the same count as the other calendars. */
static int64_t hebrew_new_year(int year)
{
    int64_t cycles = (year - 1) / 19, left = (year - 1) % 19;
    int64_t months = 235 * cycles + 12 * left + (7 * left + 1) / 19;
    int64_t parts = 204 + 793 * (months % 1080);
    int64_t hours = 5 + 12 * months + 793 * (months / 1080) + parts / 1080;
    int64_t day = 1 + 29 * months + hours / 24; /* 0 is a Sunday */
    parts = hours % 24 * 1080 + parts % 1080;
    if (parts >= 19440 || (day % 7 == 2 && parts >= 9924 && !hebrew_leap(year)) ||
        (day % 7 == 1 && parts >= 16789 && hebrew_leap(year - 1)))
        day++;
    if (day % 7 == 0 || day % 7 == 3 || day % 7 == 5)
        day++;
    return ms_days(-3760, 9, 6) + day;
}

/* Months are numbered from Tishri; 6 is Adar I, which only leap years have, and 7 is Adar. */
static int hebrew_length(int month, int64_t days_of_year)
{
    static const int lengths[14] = {0, 30, 29, 30, 29, 30, 30, 29, 30, 29, 30, 29, 30, 29};
    if (month == 2 && days_of_year % 30 == 25)
        return 30;
    return month == 3 && days_of_year % 30 == 23 ? 29 : lengths[month];
}

static struct ms_month hebrew_month(int64_t day)
{
    int year = ms_date_of(day).year + 3761;
    while (hebrew_new_year(year) > day)
        year--;
    int64_t days = hebrew_new_year(year + 1) - hebrew_new_year(year);
    struct ms_month m = {.first = hebrew_new_year(year), .year = year, .number = 1};
    while (m.length = hebrew_length(m.number, days), m.first + m.length <= day) {
        m.first += m.length;
        m.number += m.number == 5 && !hebrew_leap(year) ? 2 : 1;
    }
    return m;
}

/* --- Umm al-Qura --------------------------------------------------------- */

/* From 1420 AH on; a bit for each month of 30 days, the first month lowest. */
static struct ms_month umalqura_month(int64_t day)
{
    static const uint16_t years[] = {0xbd2, 0xbc4, 0xb89, 0xa95, 0x52d, 0x5ad, 0xb6a, 0x6d4, 0xdc9, 0xd92, 0xaa6,
                                     0x956, 0x2ae, 0x56d, 0x36a, 0xb55, 0xaaa, 0x94d, 0x49d, 0x95d, 0x2ba, 0x5b5,
                                     0x5aa, 0xd55, 0xa9a, 0x92e, 0x26e, 0x55d, 0xada, 0x6d4, 0x6a5};
    enum { YEARS = sizeof years / sizeof *years };
    struct ms_month m = {.first = 0, .year = 1420, .number = 1};
    int64_t first = ms_days(1999, 4, 17);
    for (; m.year < 1420 + YEARS && day >= first; m.number = m.number % 12 + 1, m.year += m.number == 1) {
        int length = 29 + (years[m.year - 1420] >> (m.number - 1) & 1);
        if (day < first + length) {
            m.first = first;
            m.length = length;
            break;
        }
        first += length;
    }
    return m;
}

/* --- Saka ---------------------------------------------------------------- */

static struct ms_month saka_month(int64_t day)
{
    int year = ms_date_of(day).year;
    bool leap = ms_month_length(year, 2) == 29;
    int64_t first = ms_days(year, 3, leap ? 21 : 22);
    if (day < first) {
        year--;
        leap = ms_month_length(year, 2) == 29;
        first = ms_days(year, 3, leap ? 21 : 22);
    }
    struct ms_month m = {.first = first, .length = leap ? 31 : 30, .year = year - 78, .number = 1};
    while (m.first + m.length <= day) {
        m.first += m.length;
        m.length = ++m.number <= 6 ? 31 : 30;
    }
    return m;
}

struct ms_month ms_month_at(enum ms_calendar calendar, int64_t day)
{
    switch (calendar) {
    case MS_HIJRI: return hijri_month(day);
    case MS_HEBREW: return hebrew_month(day);
    case MS_UMALQURA: return umalqura_month(day);
    case MS_SAKA: return saka_month(day);
    case MS_CHINESE: return ms_lunar_month(day, 8);
    case MS_KOREAN: return ms_lunar_month(day, 9);
    default: return gregorian_month(day);
    }
}

/* A month by the moon is never a day away from its mean: lunations are counted by dividing. */
int64_t ms_months_between(enum ms_calendar calendar, int64_t from, int64_t to)
{
    if (calendar != MS_GREGORIAN && calendar != MS_SAKA)
        return (int64_t)((double)(to - from) / 29.530588861 + 0.5);
    struct ms_month a = ms_month_at(calendar, from), b = ms_month_at(calendar, to);
    return (int64_t)(b.year - a.year) * 12 + b.number - a.number;
}

int64_t ms_calendar_origin(enum ms_calendar calendar)
{
    /* Umm al-Qura's table does not reach that far; it counts as the arithmetic calendar does. */
    if (calendar == MS_UMALQURA)
        calendar = MS_HIJRI;
    struct ms_month m = ms_month_at(calendar, ms_days(1601, 1, 1));
    while (m.number != 1 || m.leap || m.first < ms_days(1601, 1, 1))
        m = ms_month_at(calendar, m.first + m.length);
    return m.first;
}

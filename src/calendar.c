/*
 * calendar.c - Gregorian, Hijri, Hebrew and Saka months: see calendar.h. Pure, part of the core.
 *
 * Hijri: cycles of 30 years with 11 leap years, (11 y + 14) mod 30 < 11. Hebrew: the mean
 * new moon of Tishri with its four postponements; months of a year are counted from
 * Tishri, 13 in leap years. Month numbers of Hebrew years follow the 19-year cycle,
 * which has 235 months.
 */
#include "calendar.h"

#include "tz.h"

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

/* --- Gregorian ----------------------------------------------------------- */

static int64_t gregorian_start(int64_t month)
{
    int64_t year = floor_div(month, 12);
    return pl_days_of_civil((int)year, (int)(month - year * 12) + 1, 1);
}

static int64_t gregorian_month(int64_t day)
{
    struct pl_civil c = pl_civil_of(day * 86400);
    return (int64_t)c.year * 12 + c.month - 1;
}

static int64_t twelve_later(int64_t month, int64_t years) { return month + 12 * years; }

const struct pl_calendar pl_gregorian = {.name = "gregorian",
                                         .month_start = gregorian_start,
                                         .month_of = gregorian_month,
                                         .years_later = twelve_later,
                                         .first_month = 1601 * 12,
                                         .last_month = 9000 * 12};

/* --- Hijri --------------------------------------------------------------- */

#define HIJRI_EPOCH (-492149) /* 622-07-18 */

static int64_t hijri_start(int64_t month)
{
    int64_t year = floor_div(month, 12), m = month - year * 12; /* year 0 = 1 AH */
    return HIJRI_EPOCH + 354 * year + floor_div(11 * year + 14, 30) + 29 * m + (m + 1) / 2;
}

static int64_t hijri_month(int64_t day)
{
    int64_t month = floor_div((day - HIJRI_EPOCH) * 360, 10631);
    while (hijri_start(month) > day)
        month--;
    while (hijri_start(month + 1) <= day)
        month++;
    return month;
}

static const struct pl_calendar hijri = {.name = "hijri",
                                         .month_start = hijri_start,
                                         .month_of = hijri_month,
                                         .years_later = twelve_later,
                                         .first_month = 1009 * 12,
                                         .last_month = 8600 * 12};

/* --- Hebrew -------------------------------------------------------------- */

#define HEBREW_EPOCH (-2092590) /* 1 Tishri of year 1 */

/* Months before Tishri of a year. */
static int64_t months_before(int64_t year) { return floor_div(235 * year - 234, 19); }

/* The day of the mean new moon of Tishri, put off where it must be. */
static int64_t molad_day(int64_t year)
{
    int64_t months = months_before(year);
    int64_t parts = 12084 + 13753 * months;
    int64_t day = 29 * months + floor_div(parts, 25920);
    return (3 * (day + 1)) % 7 < 3 ? day + 1 : day;
}

static int64_t hebrew_new_year(int64_t year)
{
    int64_t before = molad_day(year - 1), now = molad_day(year), after = molad_day(year + 1);
    int64_t delay = after - now == 356 ? 2 : now - before == 382 ? 1 : 0;
    return HEBREW_EPOCH + now + delay;
}

static int64_t hebrew_year(int64_t month)
{
    int64_t year = floor_div(month * 19, 235) + 1;
    while (months_before(year) > month)
        year--;
    while (months_before(year + 1) <= month)
        year++;
    return year;
}

static int64_t hebrew_start(int64_t month)
{
    int64_t year = hebrew_year(month), m = month - months_before(year);
    int64_t start = hebrew_new_year(year), length = hebrew_new_year(year + 1) - start;
    bool leap = months_before(year + 1) - months_before(year) == 13;
    int64_t kind = length - (leap ? 383 : 353); /* 0 short, 1 regular, 2 full */
    for (int64_t i = 0; i < m; i++) {
        bool odd = (leap && i >= 5 ? i - 1 : i) % 2; /* Adar I of a leap year is one more long month */
        if (i == 1)
            start += kind == 2 ? 30 : 29;
        else if (i == 2)
            start += kind == 0 ? 29 : 30;
        else
            start += odd ? 29 : 30;
    }
    return start;
}

static int64_t hebrew_month(int64_t day)
{
    int64_t month = floor_div((day - HEBREW_EPOCH) * 25920, 765433);
    while (hebrew_start(month) > day)
        month--;
    while (hebrew_start(month + 1) <= day)
        month++;
    return month;
}

/* Adar of a common year is Adar II of a leap year, and either Adar becomes the one Adar. */
static int64_t hebrew_years_later(int64_t month, int64_t years)
{
    int64_t year = hebrew_year(month), m = month - months_before(year);
    bool leap = months_before(year + 1) - months_before(year) == 13;
    int64_t there = year + years;
    bool leap_there = months_before(there + 1) - months_before(there) == 13;
    if (leap && !leap_there && m >= 6)
        m--;
    if (!leap && leap_there && m >= 5)
        m++;
    return months_before(there) + m;
}

static const struct pl_calendar hebrew = {.name = "hebrew",
                                          .month_start = hebrew_start,
                                          .month_of = hebrew_month,
                                          .years_later = hebrew_years_later,
                                          .first_month = 66300,
                                          .last_month = 150000};

/* --- Saka: the national calendar of India, 1957 --------------------------- */

#define SAKA_YEARS 78 /* behind the Gregorian count */

/* Months of 31 days follow the first, which has 31 in leap years only. */
static int64_t saka_start(int64_t month)
{
    int64_t year = floor_div(month, 12), m = month - year * 12;
    int gregorian = (int)year + SAKA_YEARS;
    bool leap = pl_month_days(gregorian, 2) == 29;
    int64_t start = pl_days_of_civil(gregorian, 3, leap ? 21 : 22);
    return m == 0 ? start : start + (leap ? 31 : 30) + (m <= 6 ? 31 * (m - 1) : 31 * 5 + 30 * (m - 6));
}

static int64_t saka_month(int64_t day)
{
    int64_t month = ((int64_t)pl_civil_of(day * 86400).year - SAKA_YEARS + 1) * 12;
    while (saka_start(month) > day)
        month--;
    return month;
}

static const struct pl_calendar saka = {.name = "saka",
                                        .month_start = saka_start,
                                        .month_of = saka_month,
                                        .years_later = twelve_later,
                                        .first_month = (1601 - SAKA_YEARS) * 12,
                                        .last_month = 8900 * 12};

const struct pl_calendar *pl_calendar_of(unsigned type, bool is_hijri)
{
    switch (type) {
    case 0x6: return &hijri;
    case 0x17: return &pl_umalqura;
    case 0x8: return &hebrew;
    case 0xF:
    case 0x11: return &pl_lunar_chinese;
    case 0xE:
    case 0x12:
    case 0x13:
    case 0x14: return &pl_lunar_korean;
    case 0x10: return &saka;
    default: return is_hijri ? &hijri : &pl_gregorian;
    }
}

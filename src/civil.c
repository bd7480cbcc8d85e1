/*
 * civil.c - civil time, proleptic Gregorian: the part of tz.h that knows no zone.
 *
 * Days are counted from 1970-01-01 by eras of 400 years that start on March 1st, so that
 * the leap day is the last day of a year and no table of months is needed.
 */
#include "tz.h"

#define DAY         86400
#define ERA_DAYS    146097
#define EPOCH_DAYS  719468                    /* from 0000-03-01 to 1970-01-01 */
#define SECONDS_MAX INT64_C(1000000000000000) /* keeps the year within an int */

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

int64_t pl_days_of_civil(int year, int month, int day)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = floor_div(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * ERA_DAYS + day_of_era - EPOCH_DAYS;
}

int pl_weekday_of_days(int64_t days)
{
    int64_t r = (days + 4) % 7;
    return (int)(r < 0 ? r + 7 : r);
}

struct pl_civil pl_civil_of(int64_t seconds)
{
    if (seconds > SECONDS_MAX)
        seconds = SECONDS_MAX;
    if (seconds < -SECONDS_MAX)
        seconds = -SECONDS_MAX;
    int64_t days = floor_div(seconds, DAY);
    int second_of_day = (int)(seconds - days * DAY);
    int64_t shifted = days + EPOCH_DAYS;
    int64_t era = floor_div(shifted, ERA_DAYS);
    int64_t day_of_era = shifted - era * ERA_DAYS;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int shifted_month = (int)((5 * day_of_year + 2) / 153);
    int month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    return (struct pl_civil){.year = (int)(year_of_era + era * 400 + (month <= 2)),
                             .month = month,
                             .day = (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1),
                             .hour = second_of_day / 3600,
                             .minute = second_of_day / 60 % 60,
                             .second = second_of_day % 60,
                             .weekday = pl_weekday_of_days(days)};
}

int64_t pl_seconds_of_civil(const struct pl_civil *c)
{
    return pl_days_of_civil(c->year, c->month, c->day) * DAY + c->hour * 3600 + c->minute * 60 + c->second;
}

int pl_month_days(int year, int month)
{
    if (month == 2)
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

#define SECONDS_1601_1970 INT64_C(11644473600)

int64_t pl_seconds_of_filetime(int64_t filetime) { return floor_div(filetime, 10000000) - SECONDS_1601_1970; }

int64_t pl_seconds_of_rtime(uint32_t minutes) { return (int64_t)minutes * 60 - SECONDS_1601_1970; }

static char *digits(char *to, int number, int count)
{
    for (int i = count; i-- > 0; number /= 10)
        to[i] = (char)('0' + number % 10);
    return to + count;
}

void pl_civil_print(char out[PL_CIVIL_TEXT], int64_t seconds, char suffix)
{
    struct pl_civil c = pl_civil_of(seconds);
    char *p = digits(digits(digits(out, c.year % 10000, 4), c.month, 2), c.day, 2);
    *p++ = 'T';
    p = digits(digits(digits(p, c.hour, 2), c.minute, 2), c.second, 2);
    p[0] = suffix;
    p[1] = '\0';
}

/*
 * calendar.h - the calendars that a recurrence can name: [MS-OXOCAL] 2.2.1.44.1, CalendarType.
 *
 * Written from the published rules of each calendar, for mkstore alone; tests compare it with ICU.
 * One question is all that a series asks: which month is this day in? Days count from 1970-01-01.
 */
#ifndef MS_CALENDAR_H
#define MS_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

struct ms_month {
    int64_t first; /* its first day */
    int length;
    int year, number; /* months have the same number when they have the same name */
    bool leap;        /* a second month of that number */
};

/* Names of CalendarType for recipes, NULL at the end, and their numbers beside them. */
extern const char *const ms_calendar_words[];
extern const unsigned ms_calendar_types[];

enum ms_calendar { MS_GREGORIAN, MS_HIJRI, MS_HEBREW, MS_UMALQURA, MS_SAKA, MS_CHINESE, MS_KOREAN };

/* hijri: the pattern is one of the Hj ones, which read the default type so. */
enum ms_calendar ms_calendar_of(unsigned type, bool hijri);
/* length 0: the calendar is not known for that day. */
struct ms_month ms_month_at(enum ms_calendar calendar, int64_t day);
/* Months from one first day to a later one. */
int64_t ms_months_between(enum ms_calendar calendar, int64_t from, int64_t to);
/* New Year in the year 1601, or the first after it. */
int64_t ms_calendar_origin(enum ms_calendar calendar);

/* The lunisolar calendars of East Asia: hours east of Greenwich where its new moons are seen. */
struct ms_month ms_lunar_month(int64_t day, int hours);

#endif

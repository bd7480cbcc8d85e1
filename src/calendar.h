/*
 * calendar.h - calendars whose months a recurrence can count in.
 *
 * A month is one number, growing by 1 from month to month, so that "every n months" is
 * an addition in every calendar. Days are days since 1970-01-01. Windows' own tables
 * are followed: its Hijri is the arithmetic one whose first day is 622-07-18.
 */
#ifndef PL_CALENDAR_H
#define PL_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

struct pl_calendar {
    const char *name;
    int64_t (*month_start)(int64_t month); /* its first day */
    int64_t (*month_of)(int64_t day);
    int64_t (*years_later)(int64_t month, int64_t years); /* the month of that name */
    int64_t first_month, last_month;                      /* what is known */
};

/* By CalendarType of [MS-OXOCAL] 2.2.1.44.1; `hijri`: the pattern is one of the Hj ones.
 * Calendars that only
 * count years otherwise (Thai, Japanese eras), and unknown ones, are Gregorian. */
const struct pl_calendar *pl_calendar_of(unsigned type, bool hijri);
extern const struct pl_calendar pl_gregorian, pl_lunar_chinese, pl_lunar_korean, pl_umalqura;

#endif

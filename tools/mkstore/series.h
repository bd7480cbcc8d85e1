/*
 * series.h - recurring appointments and tasks: the pattern, its dates, its blob.
 *
 * Dates come from the pattern by counting, never from the blob; the blob is
 * [MS-OXOCAL] 2.2.1.44. All days are days of the series' own wall clock.
 */
#ifndef MS_SERIES_H
#define MS_SERIES_H

#include "recipe.h"

enum ms_frequency { MS_DAILY = 0x200a, MS_WEEKLY, MS_MONTHLY, MS_YEARLY };
enum ms_pattern { MS_P_DAY, MS_P_WEEK, MS_P_MONTH, MS_P_NTH, MS_P_END };
enum ms_end { MS_UNTIL = 0x2021, MS_TIMES, MS_FOREVER, MS_ENDLESS };

struct ms_series {
    enum ms_frequency frequency;
    enum ms_pattern pattern;
    unsigned calendar; /* CalendarType */
    bool hijri;        /* the Hj form of the pattern */
    int every;         /* days, weeks, months, years */
    unsigned days;     /* bit mask, Sunday = 1 */
    int nth;           /* 1..4, 5 = last */
    int day;           /* of the month */
    enum ms_end end;
    int times;
    int64_t until; /* the last day that may be one */
    int first_dow;
    bool sliding;  /* of a task: begins anew after it was done */
    int64_t start; /* the first day of the series */
    int64_t given; /* StartDate of the blob: that day, or an earlier one that is none of the series */
    /* the form of the blob */
    unsigned writer_version2;
    size_t keep; /* bytes of the blob that are written; 0 = all */
};

/* A changed occurrence. Members that are absent stay as in the series. */
struct ms_change {
    int64_t day;        /* of the series */
    int64_t start, end; /* wall clock, seconds */
    bool moved;         /* start and end were given */
    const char *subject, *location, *body;
    int busy, all_day, reminder, reminder_set; /* -1: as in the series */
    bool has_message;                          /* an embedded message goes with it */
    struct ms_node *node;
};

/* `weekly every 2 mon,wed until 2024-12-31`: the rest of a repeat line. start: a day on or before the
 * first occurrence; moved to it. */
void ms_series_parse(struct ms_words *w, struct ms_series *s);
/* Up to `room` days of the series, deleted and changed ones too. *more: there are others. */
size_t ms_series_days(const struct ms_series *s, int64_t *out, size_t room, bool *more);

/* RecurrencePattern; gone: deleted and changed days ascending; came: days of changed ones ascending. */
void ms_put_pattern(struct ms_bytes *b, const struct ms_series *s, const int64_t *gone, size_t gone_count,
                    const int64_t *came, size_t came_count);
/* AppointmentRecurrencePattern. changes in the order of their new start. */
void ms_put_recur(struct ms_bytes *b, const struct ms_series *s, const int64_t *gone, size_t gone_count,
                  const struct ms_change *changes, size_t change_count, int start_min, int end_min);

#endif

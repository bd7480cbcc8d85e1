/*
 * recur.h - recurrence blobs, decoded to a neutral struct by a pure function.
 *
 * [MS-OXOCAL] 2.2.1.44 AppointmentRecurrencePattern and RecurrencePattern. All dates
 * and times are local to the series' zone; minutes are "rtime", since 1601-01-01.
 */
#ifndef PL_RECUR_H
#define PL_RECUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pl_arena;

enum pl_pattern {
    PL_PATTERN_DAY = 0,
    PL_PATTERN_WEEK = 1,
    PL_PATTERN_MONTH = 2,
    PL_PATTERN_MONTH_NTH = 3,
    PL_PATTERN_MONTH_END = 4,
    PL_PATTERN_HJ_MONTH = 10,
    PL_PATTERN_HJ_MONTH_NTH = 11,
    PL_PATTERN_HJ_MONTH_END = 12
};

enum pl_recur_end { PL_END_NEVER, PL_END_COUNT, PL_END_DATE };

/* OverrideFlags of an exception. */
enum {
    PL_EX_SUBJECT = 0x0001,
    PL_EX_MEETING = 0x0002,
    PL_EX_REMINDER_DELTA = 0x0004,
    PL_EX_REMINDER = 0x0008,
    PL_EX_LOCATION = 0x0010,
    PL_EX_BUSY = 0x0020,
    PL_EX_ATTACHMENT = 0x0040,
    PL_EX_SUBTYPE = 0x0080,
    PL_EX_COLOR = 0x0100,
    PL_EX_BODY = 0x0200
};

struct pl_exception {
    uint32_t start_rt, end_rt, original_rt; /* local, with time of day */
    unsigned flags;
    uint32_t meeting_type, reminder_delta_min, reminder_set, busy, attachment, sub_type, color;
    /* 8-bit forms, in an unknown code page, and the wide ones; size 0 when absent */
    const uint8_t *subject8, *location8, *subject16, *location16;
    size_t subject8_size, location8_size, subject16_size, location16_size;
};

struct pl_recur {
    unsigned reader_version, writer_version, writer_version2;
    unsigned frequency; /* 0x200A daily .. 0x200D yearly */
    enum pl_pattern pattern;
    unsigned calendar;
    uint32_t first_rt; /* phase */
    uint32_t period;   /* minutes, weeks or months: see pattern */
    bool sliding;
    uint32_t day;     /* of month */
    uint32_t days;    /* bit mask, Sunday = 1 */
    uint32_t ordinal; /* 1..4, 5 = last */
    enum pl_recur_end end;
    uint32_t count;
    unsigned first_dow;         /* 0 = Sunday */
    const uint32_t *deleted_rt; /* local midnights; includes the modified ones */
    size_t deleted_count;
    const uint32_t *modified_rt;
    size_t modified_count;
    uint32_t start_rt, end_rt; /* local midnights */
    size_t dates_at;           /* where in the blob they stand */
    /* appointments only */
    bool has_times;
    uint32_t start_min, end_min; /* offsets from local midnight */
    const struct pl_exception *exceptions;
    size_t exception_count;
    /* how much of the blob was there */
    bool cut;          /* ended early, after a whole structure */
    const char *fault; /* why decoding ended, or NULL */
    const char *odd;   /* decoded whole, yet a field is not as documented; or NULL */
};

#define PL_RT_NO_END 0x5AE980DFu /* 4500-12-31 23:59: EndDate of a series without end */
#define PL_RT_NONE   0x5AE980E0u /* 4501-01-01: "no date" of tasks */

/* tasks: only a RecurrencePattern is expected. false: not even a pattern; out->fault says why. */
bool pl_recur_decode(struct pl_arena *a, const uint8_t *data, size_t size, bool task, struct pl_recur *out);

#endif

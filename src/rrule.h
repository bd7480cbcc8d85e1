/*
 * rrule.h - a recurrence as the text of an RRULE, RFC 5545 3.3.10.
 */
#ifndef PL_RRULE_H
#define PL_RRULE_H

#include "recur.h"
#include "tz.h"

struct pl_arena;

#define PL_RRULE_MAX 160

/*
 * The value of RRULE for a series whose DTSTART is its first occurrence. all_day: DTSTART
 * is a DATE, and so is UNTIL; else UNTIL is in UTC, by the zone (NULL: the local times
 * are UTC). false: no RRULE says this; the dates must be listed.
 */
bool pl_rrule_text(const struct pl_recur *recur, bool all_day, const struct pl_zone *zone, char out[PL_RRULE_MAX]);

/*
 * The days of the series that its rule does not say, to be listed beside it: the last days of
 * months that are too short for the day. In days since 1970, ascending, as far as the horizon
 * (expand.h); whole: the series ends before it, or no such day is met. false: out of memory.
 */
bool pl_rrule_rest(struct pl_arena *a, const struct pl_recur *recur, const int64_t **days, size_t *count,
                   bool *whole);

/* The starts of a series that RDATE has to list: those that its rule does not say, or, when no rule
 * says its pattern, all but the first. */
struct pl_rdates {
    const int64_t *starts; /* seconds of local time, ascending */
    size_t count;
    bool ruled; /* there is a rule */
    bool whole; /* none is missing beyond the horizon */
};
/* false: out of memory, or no series. */
bool pl_rrule_rdates(struct pl_arena *a, const struct pl_recur *recur, struct pl_rdates *out);

#endif

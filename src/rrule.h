/*
 * rrule.h - a recurrence as the text of an RRULE, RFC 5545 3.3.10.
 */
#ifndef PL_RRULE_H
#define PL_RRULE_H

#include "recur.h"
#include "tz.h"

#define PL_RRULE_MAX 160

/*
 * The value of RRULE for a series whose DTSTART is its first occurrence. all_day: DTSTART
 * is a DATE, and so is UNTIL; else UNTIL is in UTC, by the zone (NULL: the local times
 * are UTC). false: no RRULE says this; the dates must be listed.
 */
bool pl_rrule_text(const struct pl_recur *recur, bool all_day, const struct pl_zone *zone, char out[PL_RRULE_MAX]);

#endif

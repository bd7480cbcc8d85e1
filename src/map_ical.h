/*
 * map_ical.h - the parts of mapping iCalendar to records. For map_ical*.c and ical_*.c.
 */
#ifndef PL_MAP_ICAL_H
#define PL_MAP_ICAL_H

#include "arena.h"
#include "ical.h"
#include "record.h"

enum pl_ical_frequency { PL_ICAL_DAILY, PL_ICAL_WEEKLY, PL_ICAL_MONTHLY, PL_ICAL_YEARLY };

/* A rule, as far as one is understood here: RFC 5545 3.3.10 */
struct pl_ical_rule {
    enum pl_ical_frequency frequency;
    unsigned interval, count; /* count 0: none */
    bool until_set, until_date, until_utc;
    int64_t until;
    unsigned days; /* bit mask, Sunday = 1 */
    int nth;       /* before a weekday; 0: none */
    int month_day, set_position, month;
    unsigned week_start; /* 0 = Sunday */
};

/* false: it has a part that is not understood. */
bool pl_ical_rule(const char *value, struct pl_ical_rule *out);
/*
 * The series of a rule from a start, with lengths in minutes: local is the start on its clock. NULL: out of memory,
 * or none that pl_recur can say; *why tells.
 */
struct pl_recur *pl_ical_recur(struct pl_arena *a, const struct pl_ical_rule *rule, const struct pl_when *start,
                               int64_t length, const char **why);

/* The zone that the object tells under that name, else the world's; NULL: neither. */
const struct pl_zone *pl_ical_zone(struct pl_arena *a, const struct pl_ical *c, const char *name);

#endif

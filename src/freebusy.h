/*
 * freebusy.h - when somebody is busy: the form of Schedule+, and sets of periods.
 *
 * Layer: core. A published message has, for each kind of time, the months and for each
 * month a blob of 4-byte blocks: first and last minute from the month's first midnight in
 * UTC. [MS-OXOPFFB] 2.2.1.4. A period that crosses a month is stored as two that meet;
 * here it is one again. Times are seconds since 1970, UTC, ends are not part of a period.
 */
#ifndef PL_FREEBUSY_H
#define PL_FREEBUSY_H

#include "arena.h"
#include "prop.h"

enum pl_time_kind { PL_TIME_TENTATIVE, PL_TIME_BUSY, PL_TIME_AWAY, PL_TIME_KINDS };

struct pl_period {
    int64_t start, end;
    enum pl_time_kind kind;
};

struct pl_published {
    const char *dn;     /* legacyExchangeDN of the user, or NULL */
    int64_t start, end; /* the range that was published; 0: not told */
    int64_t stamp;      /* when it was; 0: not told */
    const struct pl_period *periods;
    size_t count;     /* sorted by kind, then start; periods of a kind neither meet nor overlap */
    bool merged_only; /* it tells busy from away no more: all count as busy */
    bool any;         /* it has lists at all, also empty ones */
    size_t broken;    /* blocks that make no sense, left out */
};

/* false: out of memory. Texts point into the bag. */
bool pl_published_of(struct pl_arena *a, const struct pl_bag *bag, struct pl_published *out);

/* Sorts, and joins periods of a kind that meet or overlap; how many are left. */
size_t pl_periods_join(struct pl_period *periods, size_t count);

#endif

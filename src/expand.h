/*
 * expand.h - the occurrences of a recurrence blob, by the meaning Outlook gives it.
 *
 * Knows nothing of iCalendar: it is the other half of the proof that a written series
 * means the same. All times are local to the series, in seconds since 1970 as if the
 * wall clock were UTC. Work is bounded whatever the blob says: at most EXPAND_STEPS
 * periods are looked at, none begins after the year 4500.
 */
#ifndef PL_EXPAND_H
#define PL_EXPAND_H

#include "calendar.h"
#include "recur.h"

struct pl_arena;

/* The horizon of proofs and of listed dates: so many occurrences, and none after 2500-12-31. Beyond that
 * the calendar software that shall read a series gives up. */
#define PL_EXPAND_MOST 5000u
#define PL_EXPAND_LAST 193943 /* in days */

/* The dates of a pattern, one after the other; deleted and moved ones are among them. */
struct pl_expander {
    const struct pl_recur *recur;
    const struct pl_calendar *calendar;
    int64_t period;      /* days, weeks or months */
    int64_t unit;        /* the period at hand: its first day, or its month */
    int64_t base;        /* the month of the first period */
    int64_t start, last; /* days: no occurrence before or after */
    uint64_t left;       /* occurrences still to come */
    uint32_t steps;
    int weekday_at;    /* of a week: the next day of it to look at */
    bool by_year;      /* months recur by years, by name */
    bool beyond;       /* it went on where the calendar is not known any more */
    const char *fault; /* why there is nothing, or NULL */
};

/* false: a pattern without meaning; e->fault says why. */
bool pl_expander_init(struct pl_expander *e, const struct pl_recur *recur);
/* The next date, in days since 1970-01-01; false at the end. */
bool pl_expander_next(struct pl_expander *e, int64_t *day);

enum pl_occurrence_state { PL_OCCURS, PL_MOVED, PL_DELETED };

struct pl_occurrence {
    int64_t original;   /* start by the pattern */
    int64_t start, end; /* where it takes place; of a deleted one, where it would */
    enum pl_occurrence_state state;
    const struct pl_exception *exception; /* of a moved or changed one */
};

struct pl_expansion {
    const struct pl_occurrence *list; /* ascending by original */
    size_t count;
    bool whole;   /* the series ends within the horizon, and its calendar is known until then */
    bool endless; /* the pattern names no end */
    const char *fault;
};

/* The first `most` occurrences within the horizon. false: out of memory, or no meaning (fault says so). */
bool pl_expand(struct pl_arena *a, const struct pl_recur *recur, size_t most, struct pl_expansion *out);

/*
 * How many of the first occurrences decide about all others, exceptions among them: who has a rule of the same kind
 * without an end, and agrees on these, agrees until 2580. PL_EXPAND_MOST where nothing less does.
 */
size_t pl_expand_telling(const struct pl_recur *recur);

/* Seconds of the start of a series on a day. */
int64_t pl_recur_start(const struct pl_recur *recur, int64_t day);

#endif

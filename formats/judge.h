/*
 * judge.h - the proof of a written series: libical reads the lines that were written
 * and expands them; the result must be what the store's own pattern means.
 *
 * Times are compared on the wall clock of the series, so no tzdata of the machine is
 * asked. The judge is the only file that knows libical.
 */
#ifndef PL_JUDGE_H
#define PL_JUDGE_H

#include "expand.h"
#include "tz.h"

#define PL_JUDGE_SLOTS 32

/* What libical made of the last rules, without their ends: a meeting lies in the calendar of each who was asked to
 * it, and expanding its rule is most of the work. All zero at first; never required. */
struct pl_judge {
    struct pl_judge_slot {
        char *rule;
        int64_t *list;      /* midnights, ascending */
        size_t count, most; /* so many were asked for */
        int64_t from;       /* none is missing after it */
        uint64_t used;      /* when: the one that waits longest is forgotten */
    } slots[PL_JUDGE_SLOTS];
    uint64_t clock;
};

void pl_judge_release(struct pl_judge *j);

enum pl_verdict { PL_PROVEN, PL_UNPROVEN, PL_UNJUDGED };

/*
 * text: a VCALENDAR whose first component, of any kind, is the master (DTSTART, DTEND, RRULE, RDATE,
 * EXDATE), and whose others are its overrides (RECURRENCE-ID, DTSTART, DTEND). zone: of
 * the series, NULL for UTC. PL_PROVEN: the same occurrences,
 * deleted and moved ones alike, before the year 2580 (libical's calendar ends there), and a rule without
 * an end for a pattern without one.
 * Else why[] says in a few words where they part. PL_UNJUDGED: out of memory. j may be NULL.
 */
enum pl_verdict pl_judge_series(struct pl_judge *j, const char *text, const struct pl_zone *zone,
                                const struct pl_expansion *expected, char why[160]);

/*
 * Parses a whole VCALENDAR back: the number of its components of that kind ("VEVENT"),
 * or -1 when libical sees an error in it.
 */
int pl_judge_count(const char *text, const char *kind);

#endif

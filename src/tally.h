/*
 * tally.h - counts by name, kept in memory until a folder ends.
 *
 * Which properties nobody mapped is counted for every item; the ledger gets the sums of
 * a folder. A bounded number of names is told apart, the rest is counted as "(others)".
 */
#ifndef PL_TALLY_H
#define PL_TALLY_H

#include "arena.h"
#include "ledger.h"

#define PL_TALLY_OTHERS "(others)"
#define PL_TALLY_SLOTS  1024 /* a power of two; half of them are used at most */

struct pl_tally {
    struct pl_arena arena;
    struct pl_tally_slot {
        const char *name;
        uint64_t count;
    } slots[PL_TALLY_SLOTS];
    uint16_t order[PL_TALLY_SLOTS / 2]; /* the slots that are used, as they were met */
    size_t used;
    uint64_t others;
};

void pl_tally_init(struct pl_tally *t);
void pl_tally_add(struct pl_tally *t, const char *name, uint64_t count);
/* Gives the sums to the ledger under `what` and starts at zero. */
PL_MUST_USE enum pl_status pl_tally_flush(struct pl_tally *t, struct pl_ledger *ledger, const char *what);
void pl_tally_clear(struct pl_tally *t); /* starts at zero */
void pl_tally_release(struct pl_tally *t);

#endif

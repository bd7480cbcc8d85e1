/*
 * take.h - takes over what a worker made of a folder, or of a part of one. For jobs.c.
 */
#ifndef PL_TAKE_H
#define PL_TAKE_H

#include <stdio.h>

#include "jobs.h"

/* What is known of people, as a ledger at that path for workers to ask. */
PL_MUST_USE enum pl_status pl_take_people_out(struct pl_run *run, const char *path);
/* What was taken over: items that got a row of their own; as of struct pl_run's items(); what a part adds up to. */
struct pl_taken {
    uint64_t seen;
    enum pl_status status;
    struct pl_part_sum part;
};
/*
 * Replays the spool of the folder at hand, which is `size` bytes of that file from `at` on, and takes over its
 * files; of a part of it (else NULL) the writers join them to theirs. false: nothing was done, because the spool is
 * not whole, makes no sense, is of another folder or part, or a name in it is given out already; or what is in it
 * would be another if this process had read it.
 */
PL_MUST_USE bool pl_take_folder(struct pl_run *run, const struct pl_folder *folder, const struct pl_part *part,
                                FILE *spool, const struct pl_job_word *word, struct pl_taken *out);

#endif

/*
 * take.h - takes over what a worker made of a folder. For jobs.c.
 */
#ifndef PL_TAKE_H
#define PL_TAKE_H

#include <stdio.h>

#include "jobs.h"

/* What is known of people, as a ledger at that path for workers to ask. */
PL_MUST_USE enum pl_status pl_take_people_out(struct pl_run *run, const char *path);
/* Replays the spool of the folder at hand, which is `size` bytes of that file from `at` on, and takes over its
 * files. false: nothing was done, because the spool is not whole, makes no sense, is of another folder, or a name
 * in it is given out already. */
PL_MUST_USE bool pl_take_folder(struct pl_run *run, const struct pl_folder *folder, FILE *spool,
                                const struct pl_job_word *word, uint64_t *seen, enum pl_status *status);

#endif

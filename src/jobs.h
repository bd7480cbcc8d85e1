/*
 * jobs.h - workers: processes that read the folders of a store, each with a reader of its own.
 *
 * Layer: core, part of convert. This process walks the folders as ever, tells their rights, and keeps all books;
 * what a worker made of the items of a folder comes to it as a spool (spool.h) and as files in a folder of their
 * own. It takes them over in the order of the folders, so what is written does not depend on who read what when.
 *
 * Names of files are given out in that order too. A worker chooses as if its folder were the first one; when a
 * name is taken by an earlier folder, this process converts the folder itself. The same goes for folders with
 * messages that tell of sharing, which reach beyond their folder, and for whatever a worker could not do.
 *
 * What a reader delivers of a damaged store may depend on what it read before: a fault is told once, an item that
 * lay in the wrong folder does not come again. So with the first fault that a reader meets (`hurt`) workers end:
 * this process reads again which items the folders list that they read, and goes on alone.
 *
 * A worker that dies costs the folder that it had at hand ("worker.died").
 */
#ifndef PL_JOBS_H
#define PL_JOBS_H

#include "setup.h"

/*
 * Takes over what a worker made of the items of a folder; the first call for a store starts the workers. false:
 * this process has to convert them. *status then and *seen are as of struct pl_run's items().
 */
PL_MUST_USE bool pl_jobs_take(struct pl_run *run, const struct pl_folder *folder, uint64_t *seen,
                              enum pl_status *status);
/* The store ends: workers too. */
void pl_jobs_end(struct pl_run *run);

/* --- between jobs.c and worker.c ----------------------------------------------------------- */

#define PL_JOBS_MOST 64u
#define PL_JOBS_PATH 4096

/* Where the spool of a folder is, or with "" for its end the folder for its files. */
struct pl_job_path {
    char text[PL_JOBS_PATH];
};
struct pl_job_path pl_job_path(const struct pl_run *run, uint64_t ordinal, const char *end);
#define PL_JOB_SPOOL  ".spool"
#define PL_JOB_PEOPLE "people.db" /* what is known of people, when the workers were started */

/* What a worker says of a folder, by its ordinal in the store. */
enum pl_job_state {
    PL_JOB_UNKNOWN,
    PL_JOB_CLAIMED,
    PL_JOB_DONE,
    PL_JOB_NOT,  /* this process has to do it */
    PL_JOB_HURT, /* and all that follow */
    PL_JOB_DIED, /* the worker, at it */
};
struct pl_job_word {
    uint64_t ordinal;
    uint32_t state;
};

/* The life of a worker: reads ordinals from `claims`, writes words to `words`, and ends the process. */
_Noreturn void pl_worker_run(const struct pl_run *run, int claims, int words);

#endif

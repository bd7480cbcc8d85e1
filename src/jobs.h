/*
 * jobs.h - workers: processes that read the items of a store, each with a reader of its own.
 *
 * Layer: core, part of convert. This process walks the folders as ever, tells their rights, and keeps all books;
 * what a worker made of the items of a folder comes to it as a spool (spool.h) and as files in a folder of their
 * own. It takes them over in the order of the folders, so what is written does not depend on who read what when.
 * One more process, the survey, walks the folders ahead of it and hands them out; workers open what they are given
 * and walk nothing. Messages that no folder lists are sought by this process alone.
 *
 * A large folder is read in parts, by as many workers as are free, where the reader can do that and all chosen
 * writers can join what they wrote: rows of its contents table. What a part can't know is checked when it is its
 * turn: whether a UID was met before, and by which name a zone goes in the file. A part that would be another then
 * is read again by this process, and so is what no row of the table tells.
 *
 * Names of files are given out in that order too. A worker chooses as if its folder were the first one; when a
 * name is taken by an earlier folder, this process converts the folder itself. The same goes for folders with
 * messages that tell of sharing, which reach beyond their folder, for empty ones, and for whatever a worker could
 * not do.
 *
 * What a reader delivers of a damaged store may depend on what it read before: a fault is told once, an item that
 * lay in the wrong folder does not come again. So with the first fault that a reader meets (`hurt`) workers end:
 * this process reads again which items the folders list that they read, and goes on alone.
 *
 * A worker that dies costs the folder, or part, that it had at hand ("worker.died"); of one that ends by itself the
 * folder is read again ("worker.ended").
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

/* A file in the folder for work; "": that folder, in which the files of each folder of the store lie under its
 * place. */
struct pl_job_path {
    char text[PL_JOBS_PATH];
};
struct pl_job_path pl_job_path(const struct pl_run *run, const char *name);
#define PL_JOB_PEOPLE "people.db" /* what is known of people, when the workers were started */

/* What a worker or the survey says of a folder or a part of it, by its place: the ordinal of the folder in the
 * store times PL_JOBS_PARTS, plus the number of the part. */
enum pl_job_state {
    PL_JOB_UNKNOWN,
    PL_JOB_OFFERED, /* by the survey: a worker will take it */
    PL_JOB_TAKEN,   /* by a worker, with others; their packet is `size` bytes of its spool from `at` on */
    PL_JOB_CLAIMED, /* it is at it */
    PL_JOB_DONE,    /* its spool is `size` bytes from `at` on */
    PL_JOB_NOT,     /* this process has to do it */
    PL_JOB_HURT,    /* and all that follow */
    PL_JOB_DIED,    /* the worker, at it */
    PL_JOB_READ,    /* of no folder: the survey ends, having read `size` bytes with `at` calls */
};
struct pl_job_word {
    uint64_t place, at, size;
    uint64_t state;
};
#define PL_JOBS_WORDS 128u /* at a time */
#define PL_JOBS_PARTS 16u  /* of a folder, at most */

/* Part `number` of a folder. false: there are less, or it is read whole. */
bool pl_jobs_part(const struct pl_run *run, const struct pl_folder *folder, unsigned number, struct pl_part *out);

/* Worth a worker: the store says that there is something in it. */
static inline bool pl_jobs_pays(const struct pl_folder *folder)
{
    return !folder->is_search && folder->item_count + folder->associated_count > 0;
}

struct pl_worker_ends {
    int packets;    /* read: packets of folders, claim.h */
    int spool;      /* what is written goes to its end */
    int spooled;    /* the same file, to be read */
    int words;      /* write: struct pl_job_word */
    bool strangers; /* nothing is known of people: there is no PL_JOB_PEOPLE */
};
/* A packet that is in the spool: its folders from that place on are to be done. Of size 0: none. */
struct pl_job_rest {
    uint64_t at, size, from;
};
/* The life of a worker, which ends the process. */
_Noreturn void pl_worker_run(const struct pl_run *run, const struct pl_worker_ends *ends,
                             const struct pl_job_rest *rest);
/* The life of the survey: from the folder on that the run has come to, up to ordinals that `grants` tells. */
_Noreturn void pl_survey_run(const struct pl_run *run, const struct pl_folder *folder, int grants, int packets,
                             int words);

#endif

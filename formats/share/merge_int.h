/*
 * merge_int.h - what the files of a merge share.
 */
#ifndef PL_SHARE_MERGE_INT_H
#define PL_SHARE_MERGE_INT_H

#include <stdio.h>

#include "arena.h"
#include "diskset.h"
#include "jsonread.h"
#include "merge.h"
#include "people.h"
#include "sink.h"

#define MERGE_LINE_MOST ((size_t)8 << 20)
#define MERGE_WHY       512

/* One folder that convert or merge wrote. */
struct merge_source {
    const char *dir;
    const struct pl_json *run;          /* run.json */
    const struct pl_json *stores;       /* the first of its list, or NULL */
    const char *order;                  /* by which sources are sorted */
    int64_t runs;                       /* in its ledger */
    bool learned, early, shares, again; /* again: it has a store of a source before */
    bool renamed;                       /* a store of it has another name in the output */
};

struct merge {
    const struct pl_merge_options *options;
    struct pl_merge_result *result;
    struct pl_arena keep; /* of sources */
    struct merge_source *sources;
    struct pl_diskset *set;
    struct pl_output *output;
    char *line; /* of MERGE_LINE_MOST bytes */
    char why[MERGE_WHY];
};

void merge_say(struct merge *m, const char *format, ...) PL_PRINTF(2, 3);
/* DIR/NAME; NULL where the path is too long. The text is `path`. */
const char *merge_path(char path[4096], const char *dir, const char *name);

/* Reads and checks all sources, sorts them, and gives each store its name. PL_LOST: said. */
PL_MUST_USE enum pl_status merge_sources(struct merge *m);
/* "fp" of a store of run.json: the same file has the same. In the arena. */
const char *merge_fingerprint(struct merge *m, const struct pl_json *store);
/* The name that a store of that source has in the output; valid until the set is asked again. NULL: none. */
const char *merge_store_name(struct merge *m, size_t source, const char *path);

/* The same for rows of its ledger, which has stores too that could not be read: no run.json lists these. */
struct merge_names {
    struct merge *m;
    size_t source;
    struct pl_arena a;
    const char *path, *name; /* asked last: rows of a store stand together */
    struct pl_store_names as;
};
const struct pl_store_names *merge_names_init(struct merge_names *n, struct merge *m, size_t source);
void merge_names_release(struct merge_names *n);

/* Which lines of a file there are: PL_OK with *size, PL_END, PL_LOST: cut or too long. */
PL_MUST_USE enum pl_status merge_line(struct merge *m, FILE *file, size_t *size);

/* A line that compares busy time: no source's is taken over. */
bool merge_is_fault(const struct pl_json *line);

/* Notes who somebody is, as the manifest of all tells it: computed: the owner of a mailbox, else the user whose
 * time was published. */
PL_MUST_USE enum pl_status merge_whose(struct merge *m, struct pl_arena *a, bool computed,
                                       const struct pl_known_as *who);

/* freebusy/, which comes behind the lines of all sources (PL_LOST: said), report.jsonl and run.json. */
PL_MUST_USE enum pl_status merge_freebusy(struct merge *m);
PL_MUST_USE enum pl_status merge_reports(struct merge *m);
PL_MUST_USE enum pl_status merge_run(struct merge *m);

#endif

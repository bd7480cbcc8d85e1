/*
 * sanitize.h - a copy of a store that has its structure and its faults, and none of its words.
 *
 * A format does this by one row of formats/table.c. It writes into a replica as large as the store, which is all
 * zero before: what it does not understand it does not write, so nothing is copied by mistake. Digests that were
 * right are made right again; those that were wrong stay wrong.
 */
#ifndef PL_SANITIZE_H
#define PL_SANITIZE_H

#include <signal.h>

#include "replica.h"
#include "report.h"
#include "scramble.h"

/* What is not understood, and the first of it in words that are none of the store's. A value: who takes a try back
 * puts the one of before it in its place. */
struct pl_unknown {
    uint64_t count;
    char first[96];
};

void pl_unknown_add(struct pl_unknown *u, const char *format, ...) PL_PRINTF(2, 3);

/* What became of a store, in parts: blocks of a PST, pages of a database. */
struct pl_sanitize_result {
    const char *format;
    uint64_t size;             /* bytes */
    uint64_t parts;            /* that the store says it has */
    uint64_t written;          /* of them, word by word; the others are filled */
    struct pl_unknown unknown; /* structures and values, overwritten whole */
    uint64_t damaged;          /* parts whose digest was wrong, and is */
    bool of_copy;              /* a failure is one of the copy, else of the store */
    char why[256];             /* of a failure: one clause */
};

/* What a sanitizer works on. */
struct pl_sanitize {
    struct pl_source *source;
    struct pl_replica *copy;
    struct pl_replica
        beside; /* of a file that belongs to the store; opened by who finds one: pl_sanitize_beside() */
    const char *copy_path;
    bool force;
    struct pl_report *report; /* is heard for want of memory alone: a store may be damaged anywhere */
    struct pl_scramble scramble;
    struct pl_sanitize_result *result;
    size_t memory;     /* for caches */
    unsigned codepage; /* of 8-bit text, or 0 */
    const volatile sig_atomic_t *interrupted;
};

struct pl_sanitizer {
    const char *name;
    int (*probe)(struct pl_source *source); /* bits verified, as a reader does */
    /* PL_LOST: it can't be done; result->why. PL_STOP: it was not brought to an end. */
    enum pl_status (*run)(struct pl_sanitize *job);
};

struct pl_sanitize_options {
    const char *store, *copy;
    bool force;
    size_t memory;
    unsigned codepage;
    const volatile sig_atomic_t *interrupted; /* may be NULL */
};

/* PL_OK, PL_WARN: there is a copy, with unknown parts. PL_LOST: not a store of these formats, or the copy must not
 * be. PL_STOP: stopped early, there is no copy. The last two: result->why. */
PL_MUST_USE enum pl_status pl_sanitize(const struct pl_sanitize_options *o,
                                       const struct pl_sanitizer *const *sanitizers,
                                       struct pl_sanitize_result *result);

/* Opens job->beside for a file that lies beside the store: the name of the copy with that ending. PL_LOST: it must
 * not be, result->why. */
PL_MUST_USE enum pl_status pl_sanitize_beside(struct pl_sanitize *job, const struct pl_source *file,
                                              const char *ending);

static inline bool pl_sanitize_stops(const struct pl_sanitize *job)
{
    return job->copy->error || (job->interrupted && *job->interrupted);
}

#endif

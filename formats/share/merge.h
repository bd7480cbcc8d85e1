/*
 * merge.h - the outputs of many runs as one: manifest, people, ledger, free/busy files, logs.
 *
 * Layer: formats. Calendars and contacts stay where they are; the ledger tells where. Whatever the order of the
 * folders given, the output is the same. Nothing is granted that no source grants: lines are taken over, only
 * who the people in them are is looked up again. Memory does not grow with lines, people or items.
 */
#ifndef PL_SHARE_MERGE_H
#define PL_SHARE_MERGE_H

#include <signal.h>

#include "pimlift.h"

struct pl_merge_options {
    const char *const *dirs;
    size_t count;
    const char *output;
    const char *const *maps; /* further identity maps, checked by the caller */
    size_t map_count;
    /* A source that can't be used, or that is odd: one line for people. */
    void (*say)(void *data, const char *line);
    void *data;
    const volatile sig_atomic_t *interrupted;
};

struct pl_merge_result {
    uint64_t runs, stores, lines;
    uint64_t found, unresolved; /* people of lines: known only now; still unknown */
    uint64_t faults;            /* of published busy time */
    bool early;                 /* a source ended early, or a store of it was cut */
};

/* PL_STOP: said; nothing has a final name, unless the output is full. PL_LOST: a source can't be used, said;
 * nothing was made. */
PL_MUST_USE enum pl_status pl_merge(const struct pl_merge_options *options, struct pl_merge_result *result);

#endif

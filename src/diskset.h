/*
 * diskset.h - names that were met before, on disk: for sets that grow with stores.
 *
 * A name has a number and a text that stay those of its first occurrence until they are replaced. The
 * set is a temporary file behind a cache of 1 MiB; ledger_set.c is its only implementation.
 */
#ifndef PL_DISKSET_H
#define PL_DISKSET_H

#include "pimlift.h"

struct pl_diskset;

/* NULL: it can't be made. */
struct pl_diskset *pl_diskset_new(void);
void pl_diskset_free(struct pl_diskset *s);

struct pl_diskset_row {
    const char *name, *text; /* valid until the next call */
    int64_t number;
};

/* Adds a name. PL_OK: it is new. PL_END: it is there already, and *found is what it has. PL_STOP: no room. */
PL_MUST_USE enum pl_status pl_diskset_add(struct pl_diskset *s, const char *name, int64_t number, const char *text,
                                          struct pl_diskset_row *found);
/* Replaces number and text of a name that is there. */
PL_MUST_USE enum pl_status pl_diskset_replace(struct pl_diskset *s, const char *name, int64_t number,
                                              const char *text);
/* PL_END: it is not there. */
PL_MUST_USE enum pl_status pl_diskset_find(struct pl_diskset *s, const char *name, struct pl_diskset_row *found);
/* Every name that begins so, in the order of their bytes. `each` may not change the set. */
PL_MUST_USE enum pl_status pl_diskset_each(struct pl_diskset *s, const char *prefix,
                                           void (*each)(void *data, const struct pl_diskset_row *row), void *data);

#endif

/*
 * integrity.h - whether the pages and blocks of a file have the checksums that they carry.
 *
 * The view below folders and tables: nothing is interpreted, so parts are looked at too that no
 * conversion ever needs. A format gives it by one row of formats/table.c, beside its reader.
 */
#ifndef PL_INTEGRITY_H
#define PL_INTEGRITY_H

#include <signal.h>

#include "pimlift.h"

struct pl_integrity_options {
    uint64_t budget; /* look at parts spread evenly over the file, of about so many bytes; 0 = at all */
    const volatile sig_atomic_t *interrupted; /* not zero: stop; or NULL */
    void (*progress)(void *data, uint64_t bytes, uint64_t of);
    void *progress_data;
};

/* Counts of pages or blocks. */
struct pl_integrity {
    uint64_t all;    /* that the file has */
    uint64_t seen;   /* looked at: what follows is of these */
    uint64_t unused; /* never written, so without a checksum */
    uint64_t gone;   /* of these: the structure leads to them, so something was there */
    uint64_t mended; /* one wrong bit, which the checksum tells */
    uint64_t wrong;
    uint64_t unread; /* the disk gave an error, or it lies beyond the end of the file */
    bool partial;    /* parts of the index are gone: there are more than `all` */
    bool unwatched;  /* `gone` was not counted: there are too many */
};

struct pl_integrity_ops {
    const char *name;  /* of the reader of the same files */
    const char *parts; /* "pages" */
    int (*probe)(struct pl_source *source);
    /* PL_STOP: the header tells nothing, or interrupted. The counts hold what was seen until then. */
    enum pl_status (*look)(struct pl_source *source, const struct pl_integrity_options *options,
                           struct pl_integrity *out);
};

#endif

/*
 * fingerprint.h - what a file was when it was read: its size, the SHA-256 of its head, of a sample of it, and of
 * all when that is asked for. Two stores of one making may have the same head.
 *
 * Layer: core. run.json keeps them of each store, of the file that belongs to one, and of identity maps; verify
 * and why hold them against the files of today.
 */
#ifndef PL_FINGERPRINT_H
#define PL_FINGERPRINT_H

#include "buf.h"
#include "source.h"

#define PL_FINGERPRINT_HEAD  4096u /* bytes, and those of each page of the sample */
#define PL_FINGERPRINT_PAGES 64u   /* from the first to the last, in equal steps; of a smaller file all of it */

struct pl_fingerprint {
    uint64_t size;                        /* bytes */
    char head[65], sample[65], whole[65]; /* lower-case digits; whole: "" when it was not asked for */
};

/* PL_STOP: it can't be read, and s->error tells; or no memory, and it is 0. */
PL_MUST_USE enum pl_status pl_fingerprint(struct pl_source *s, bool whole, struct pl_fingerprint *out);
/* The members of an object that tell which file it was: path, size, sha256_head, sha256_sample and, with `whole`,
 * sha256. PL_STOP
 * as above. */
PL_MUST_USE enum pl_status pl_fingerprint_members(struct pl_buf *b, struct pl_source *s, bool whole);
/* The same of the file at that path, as an object. PL_END: there is none that can be opened, and nothing was added.
 */
PL_MUST_USE enum pl_status pl_fingerprint_object(struct pl_buf *b, const char *path, bool whole);

#endif

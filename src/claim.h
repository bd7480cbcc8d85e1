/*
 * claim.h - folders that wait for a worker, as packets of a pipe.
 *
 * Layer: core, part of convert. One process surveys a store (survey.c): it walks the folders once, ahead of all
 * others, and offers them. A packet tells a worker all that it needs to convert some folders of one mailbox without
 * a walk of its own: whose they are, the name of that in the output, which depends on the mailboxes before, and of
 * each folder what its items depend on. What does not fit into a packet is left to the process that keeps the
 * books.
 */
#ifndef PL_CLAIM_H
#define PL_CLAIM_H

#include <limits.h>

#include "pimlift.h"
#include "spool.h"

#define PL_CLAIM_SIZE  PIPE_BUF /* of a packet: written and read at once */
#define PL_CLAIM_DEPTH 128u     /* of a folder */

struct pl_claims {
    struct pl_spool packet;
    const struct pl_mailbox *mailbox; /* of the packet at hand, or NULL */
    size_t count;                     /* folders */
    uint64_t items;                   /* that these state */
};

void pl_claims_init(struct pl_claims *c);
/* false: it does not fit any more; also when the packet is empty. */
PL_MUST_USE bool pl_claims_add(struct pl_claims *c, uint64_t place, const char *owner, const char *path,
                               const struct pl_folder *folder);
void pl_claims_clear(struct pl_claims *c);
void pl_claims_release(struct pl_claims *c);

/* A packet that was read; texts point into `data`. */
struct pl_claimed {
    struct pl_spool_in in;
    const char *owner, *path;
    struct pl_mailbox mailbox;
    uint64_t place; /* jobs.h */
    struct pl_folder folder;
    const char *names[PL_CLAIM_DEPTH];
};

/* Begins with the packet again. false: it is none. */
PL_MUST_USE bool pl_claimed_begin(struct pl_claimed *c, char *data, size_t size);
/* The next folder. false: no more. */
PL_MUST_USE bool pl_claimed_next(struct pl_claimed *c);

#endif

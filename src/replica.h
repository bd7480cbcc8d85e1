/*
 * replica.h - one file that is written out of order, and is whole or absent.
 *
 * It begins as a hole as large as it will be, under a temporary name beside the final one. Writes are sticky:
 * go on, and ask at the end.
 */
#ifndef PL_REPLICA_H
#define PL_REPLICA_H

#include "source.h"

struct pl_replica {
    int fd, dir;
    int error; /* errno of the first failure */
    bool force;
    uint64_t size;
    char *name, *temporary; /* in dir */
};

/* Not over `source`, whatever its name; not over anything without force. PL_STOP: *why is a text for one line. */
PL_MUST_USE enum pl_status pl_replica_open(struct pl_replica *r, const char *path, const struct pl_source *source,
                                           uint64_t size, bool force, const char **why);
/* Beyond its size nothing is written. */
void pl_replica_write(struct pl_replica *r, uint64_t at, const void *data, size_t size);
/* Bytes of a hole are 0. false: it can't be read. */
bool pl_replica_read(struct pl_replica *r, uint64_t at, void *data, size_t size);
/* Durable, then named. PL_STOP: *why tells, and nothing is left. */
PL_MUST_USE enum pl_status pl_replica_commit(struct pl_replica *r, const char **why);
void pl_replica_abort(struct pl_replica *r); /* also after commit: frees */

#endif

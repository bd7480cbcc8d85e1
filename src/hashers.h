/*
 * hashers.h - digests of files by processes beside this one, in the order in which they were asked for.
 *
 * Layer: core, beside sums.h. With --jobs the workers are gone when the files of a run get their digests; as many
 * processes read them again. What one of them can't tell, this process finds out itself.
 */
#ifndef PL_HASHERS_H
#define PL_HASHERS_H

#include "pimlift.h"

struct pl_hashers;

/* So many processes, for files below the folder that `root` is a descriptor of. NULL: there are none. */
struct pl_hashers *pl_hashers_start(int root, unsigned count);
/* Asks for one more digest. false: out of memory, or so many wait that one has to be taken before. */
PL_MUST_USE bool pl_hashers_ask(struct pl_hashers *h, const char *path);
/* The oldest one that was asked for. *path: NULL, there is none; else to be freed. false: the file can't be read,
 * errno tells. */
PL_MUST_USE bool pl_hashers_take(struct pl_hashers *h, char **path, uint8_t sha256[32]);
/* Also NULL. Frees; what was asked for and not taken goes. */
void pl_hashers_end(struct pl_hashers *h);

#endif

/*
 * storelist.h - the paths of stores from a list in a file, for --stores-from.
 */
#ifndef PIMLIFT_STORELIST_H
#define PIMLIFT_STORELIST_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"

struct storelist {
    const char **paths;
    size_t count, room;
};

/*
 * Adds the paths in the file, "-" for stdin, to those that are there. A path ends at NUL, as find -print0 writes
 * them, when the file ends with one, else at the end of its line; empty ones are passed over, and a mark before
 * UTF-8. docs/cookbook/pimlift-list reads the same. Everything is in the arena. false: one line was said.
 */
bool storelist_read(struct storelist *list, const char *file, struct pl_arena *arena);
/* Adds one. false: one line was said. */
bool storelist_add(struct storelist *list, const char *path, struct pl_arena *arena);

#endif

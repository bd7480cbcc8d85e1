/*
 * sums.h - SHA256SUMS: the digest of every file of an output, as sha256sum(1) reads it.
 *
 * Layer: core. One line a file: 64 digits, two blanks, the path below the output; a path with a backslash or a
 * line end in it is escaped, and its line begins with a backslash. Whoever holds this one small file can tell
 * later whether anything else was changed.
 */
#ifndef PL_SUMS_H
#define PL_SUMS_H

#include "sink.h"

#define PL_SUMS_NAME "SHA256SUMS"

struct pl_hashers; /* hashers.h */

struct pl_sums {
    struct pl_sink sink;
    struct pl_hashers *hashers; /* or NULL */
    bool open;
};

/* `jobs`: how many processes may read the files. PL_STOP: errno tells. */
PL_MUST_USE enum pl_status pl_sums_begin(struct pl_sums *s, struct pl_output *output, unsigned jobs);
/* A file of the output, which has its final name and final bytes. PL_STOP: it, or one before it, can't be read;
 * errno tells. */
PL_MUST_USE enum pl_status pl_sums_add(struct pl_sums *s, const char *path);
/* Gives the list its name; frees in any case. */
PL_MUST_USE enum pl_status pl_sums_end(struct pl_sums *s);
void pl_sums_abort(struct pl_sums *s);

/* The digest of a regular file below the folder that `root` is a descriptor of; no link is followed. false: errno
 * tells. */
bool pl_sums_hash(int root, const char *path, uint8_t sha256[32]);
/* Opens it the same way. -1: errno tells. */
int pl_sums_open(int root, const char *path);
/* Takes a line apart, in place: the path ends up in it. NULL: it is not of that form. */
char *pl_sums_line(char *line, uint8_t sha256[32]);

#endif

/*
 * sums.h - SHA256SUMS: the digest of every file of an output, as sha256sum(1) reads it.
 *
 * Layer: core. One line a file: 64 digits, two blanks, the path below the output; a path with a backslash or a
 * line end in it is escaped, and its line begins with a backslash. Whoever holds this one small file can tell
 * later whether anything else was changed.
 */
#ifndef PL_SUMS_H
#define PL_SUMS_H

#include <stdio.h>

#include "sink.h"

#define PL_SUMS_NAME "SHA256SUMS"

/* What no sink of a writer made, in the order of its lines, which are the last ones; ends with NULL. */
extern const char *const pl_sums_books[];

struct pl_sums {
    struct pl_sink sink;
    bool open;
    int error; /* errno of what ended it early */
};

/* PL_STOP: errno tells. */
PL_MUST_USE enum pl_status pl_sums_begin(struct pl_sums *s, struct pl_output *output);
/* A file of the output, with the digest of what was written into it: who changes it behind the run's back is found
 * out. One that is not whole has no line. PL_STOP: errno tells. */
PL_MUST_USE enum pl_status pl_sums_put(struct pl_sums *s, const struct pl_file *file);
/* One that no sink wrote: it is read, and has its final bytes. PL_STOP: errno tells. */
PL_MUST_USE enum pl_status pl_sums_add(struct pl_sums *s, const char *path);
/* Gives the list its name; frees in any case. */
PL_MUST_USE enum pl_status pl_sums_end(struct pl_sums *s);
void pl_sums_abort(struct pl_sums *s);

/* The digest of a regular file below the folder that `root` is a descriptor of; no link is followed. false: errno
 * tells. */
bool pl_sums_hash(int root, const char *path, uint8_t sha256[32]);
/* Opens it the same way. -1: errno tells. */
int pl_sums_open(int root, const char *path);
/* Reads as many bytes of a list as the line of that file has. PL_END: they are not this line. PL_STOP: no memory,
 * or they can't be read. */
PL_MUST_USE enum pl_status pl_sums_next(FILE *list, const char *path, const uint8_t sha256[32]);
/* Takes a line apart, in place: the path ends up in it. NULL: it is not of that form. */
char *pl_sums_line(char *line, uint8_t sha256[32]);

#endif

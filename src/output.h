/*
 * output.h - what output.c, batch.c and sink.c tell each other; private to them.
 */
#ifndef PL_OUTPUT_H
#define PL_OUTPUT_H

#include "buf.h"
#include "sink.h"

#define PL_TEMP_SIZE  40
#define PL_BATCH_MOST 128u /* files; each keeps two descriptors */

/* A file that is whole, and has no final name yet. */
struct pl_waiting {
    int folder, fd;
    char temp[PL_TEMP_SIZE];
    char *path; /* final, relative to the output */
    bool named; /* while the batch settles */
};

struct pl_batch {
    struct pl_waiting list[PL_BATCH_MOST];
    size_t count;
    uint64_t bytes;
    struct pl_buf folders; /* with new entries, each path ended by a NUL; "" is the output itself */
    int root;              /* descriptor of the output; the output's own */
    bool force;            /* replaces files */
    uint64_t files;        /* that got their names */
    int error;             /* of an earlier batch, that nobody has heard of yet */
};

void pl_batch_init(struct pl_batch *b, int root, bool force);
/* Files that wait go. */
void pl_batch_release(struct pl_batch *b);
/* A folder has a new entry. 0, or an errno. */
int pl_batch_touch(struct pl_batch *b, const char *folder, size_t size);
/* Takes the descriptors in any case, copies the texts. 0, or an errno: then the file is gone. */
int pl_batch_add(struct pl_batch *b, int folder, int fd, const char *temp, const char *path, uint64_t bytes);
/* 0, or an errno: then all files of the batch are gone. */
int pl_batch_settle(struct pl_batch *b);

/* Opens the temporary file of name in folder (a descriptor that the sink takes over in
 * any case). path is malloc'd and taken over too. PL_STOP: out->error. */
PL_MUST_USE enum pl_status pl_sink_open(struct pl_output *o, int folder, char *path, struct pl_sink *out);

struct pl_batch *pl_output_batch(struct pl_output *o);
uint64_t pl_output_ordinal(struct pl_output *o); /* another number for each call: names of temporary files */

#endif

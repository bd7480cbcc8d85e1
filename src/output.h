/*
 * output.h - what output.c, batch.c, sink.c and sums.c tell each other; private to them.
 */
#ifndef PL_OUTPUT_H
#define PL_OUTPUT_H

#include <sys/types.h>

#include "buf.h"
#include "sink.h"

#define PL_TEMP_SIZE  48
#define PL_BATCH_MOST 128u /* files; each keeps two descriptors */

/* A file that is whole, and has no final name yet. */
struct pl_waiting {
    int folder, fd;
    char temp[PL_TEMP_SIZE];
    uint64_t number; /* of the temporary name */
    char *path;      /* final, relative to the output */
    uint64_t size;
    uint8_t sha256[32];
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
    /* a scratch output: files do not wait */
    void (*handed)(void *data, const struct pl_file *file, uint64_t number);
    void *handed_data;
    int error; /* of an earlier batch, that nobody has heard of yet */
    /* the list of files that have their names, and that the ledger does not know yet; see unsaved.c */
    bool remembers; /* keeps it */
    int unsaved;
    off_t unsaved_size, unsaved_from; /* what is before `from` the ledger knows */
    struct pl_buf unused;             /* names that were given out and not used, each ended by a NUL */
    struct pl_batch_mark {
        off_t unsaved;
        size_t count;
        uint64_t settled;
        size_t unused;
    } mark;
    uint64_t settled; /* batches */
};

void pl_batch_init(struct pl_batch *b, int root, bool force);
/* Files that wait go. */
void pl_batch_release(struct pl_batch *b);
/* A folder has a new entry. 0, or an errno. */
int pl_batch_touch(struct pl_batch *b, const char *folder, size_t size);
/* Takes the descriptors in any case, copies the path, which is not in `file` yet. 0, or an errno: then the file is
 * gone. */
int pl_batch_add(struct pl_batch *b, const struct pl_waiting *file, const char *path);
/* 0, or an errno: then all files of the batch are gone. */
int pl_batch_settle(struct pl_batch *b);

/* Removes the files of the batch from number `from` on. */
void pl_batch_drop(struct pl_batch *b, size_t from);

/* Adds all that waits to the list. 0, or an errno. */
int pl_unsaved_add(struct pl_batch *b);
/* Opens the list, or makes it. 0, or an errno. */
int pl_unsaved_open(struct pl_batch *b, bool make);
/* Takes what is behind `size` out of the list. false: it is still there, on the disk. */
bool pl_unsaved_cut(struct pl_batch *b, off_t size);

/* Opens a folder below the output, step by step, so that no link leads elsewhere. -1: errno. */
int pl_output_folder(int root, const char *path, size_t size);
/* A sink of that path ends without a file. */
void pl_output_unused(struct pl_output *o, const char *path);

/* Opens the temporary file of name in folder (a descriptor that the sink takes over in
 * any case). path is malloc'd and taken over too. PL_STOP: out->error. */
PL_MUST_USE enum pl_status pl_sink_open(struct pl_output *o, int folder, char *path, struct pl_sink *out);

struct pl_batch *pl_output_batch(struct pl_output *o);
/* Sinks of a hollow output have no file. */
bool pl_output_is_hollow(const struct pl_output *o);
/* Sinks of an unsummed output have no digest of the file. */
bool pl_output_is_unsummed(const struct pl_output *o);
/* Another name for each call. Its number, which is not 0. */
uint64_t pl_output_temp(struct pl_output *o, char temp[PL_TEMP_SIZE]);

#endif

/*
 * request.h - what an output was made with: run.json read back as the options of pl_convert().
 *
 * Layer: core. runlog.c writes the file, this reads it; both are to know every option that changes a byte.
 */
#ifndef PL_REQUEST_H
#define PL_REQUEST_H

#include "arena.h"
#include "convert.h"
#include "jsonread.h"

struct pl_request {
    struct pl_arena arena; /* of all texts below */
    struct pl_convert_options options;
    int64_t since_utc;
    const struct pl_json *run; /* the whole of run.json */
    bool merged;               /* made by merge, of these folders and the maps in options */
    const char *const *dirs;
    size_t dir_count;
};

/* PL_STOP: DIR has no run.json of this kind; *why is a text for one line. To be released in any case. */
PL_MUST_USE enum pl_status pl_request_read(const char *dir, struct pl_request *out, const char **why);
void pl_request_release(struct pl_request *r);

/* Is a file that was read still what it was? `told`: what run.json tells of it, an object of "stores", "beside" or
 * "identity_maps". NULL: size, head and, where it is known, the SHA-256 of all are the same. Else a text for one
 * line; *missing: it can't be opened. */
const char *pl_request_file_fault(const struct pl_json *told, bool *missing);
/* What run.json tells of the store at that path; NULL: nothing. */
const struct pl_json *pl_request_store(const struct pl_request *r, const char *path);

/* The whole of a file below the folder `root`, in the arena; no link is followed. NULL: it is not there, too large
 * (64 MiB), or can't be read. */
const char *pl_request_text(struct pl_arena *a, int root, const char *name, size_t *size);

#endif

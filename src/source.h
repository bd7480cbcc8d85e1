/*
 * source.h - random-access input, and the page cache with a byte budget above it.
 *
 * A source is opened O_RDONLY|O_CLOEXEC and read with pread(); it is never mapped,
 * because a truncated or remote file would end the process. Reads are counted:
 * run.json states them. A short read is reported by `got`, never an error; an
 * error of the device is PL_STOP, with one diagnostic filed by the caller, who
 * knows what it was reading.
 */
#ifndef PL_SOURCE_H
#define PL_SOURCE_H

#include "pimlift.h"

struct pl_source {
    char *path;
    uint64_t size;       /* at open */
    uint64_t bytes_read; /* through pread */
    uint64_t reads;
    int fd;
    int error; /* errno of the last failed read, or of opening; 0 when it opened and is no file to read */
    /* tests inject faults and substitute memory here */
    enum pl_status (*pread)(struct pl_source *s, uint64_t offset, void *buf, size_t size, size_t *got);
    void *hook;
};

/* Opens a regular file. On PL_STOP *why is a static or errno text for one line, and s->error its number. */
PL_MUST_USE enum pl_status pl_source_open(struct pl_source *s, const char *path, const char **why);
/* What an errno of opening a file for reading means, and what to do about it: one clause. */
const char *pl_source_why(int error);
/* After a failed open: there is no such file. Any other failure says nothing of that. */
bool pl_source_is_absent(const struct pl_source *s);
/* A source over bytes in memory that the caller keeps. */
void pl_source_memory(struct pl_source *s, const void *data, size_t size);
PL_MUST_USE enum pl_status pl_source_read(struct pl_source *s, uint64_t offset, void *buf, size_t size,
                                          size_t *got);
void pl_source_close(struct pl_source *s);

/*
 * Reads of one kind that are often in order: with a window on what comes next, of `most` bytes or less. Nothing
 * else is needed before the first read; who reads frees it.
 */
struct pl_ahead {
    size_t most;
    uint8_t *data;     /* `size` bytes from `at` on */
    uint64_t at, next; /* next: where a read in order would begin */
    size_t size, run;
    unsigned strays;
};
PL_MUST_USE enum pl_status pl_ahead_read(struct pl_ahead *a, struct pl_source *s, uint64_t offset, void *buf,
                                         size_t size, size_t *got);
/* Copies bytes that happen to be in the window. */
bool pl_ahead_has(struct pl_ahead *a, uint64_t offset, void *buf, size_t size);
void pl_ahead_free(struct pl_ahead *a);

/*
 * The cache holds variable-sized blocks keyed by (kind, offset), each already in
 * the form its reader wants (decrypted, inflated). One rule: a block is pinned or
 * it is on the list of the least recently used, never both. get pins; put unpins.
 * A block larger than the budget is loaded, pinned, and dropped at put.
 */
struct pl_cache;
struct pl_cache_block {
    uint8_t *data;
    size_t size;
    uint64_t key;
    int status;        /* enum pl_status the loader gave */
    const char *fault; /* code of what it filed though the block can be used; told once for a folder */
};

/* Fills *data (of pl_cache_alloc) and *size for a key. PL_STOP: out of memory, not filed. */
typedef enum pl_status (*pl_cache_loader)(void *owner, uint64_t key, uint8_t **data, size_t *size);

/* budget: bytes of all that it keeps; brief: of these, for blocks that are needed for a moment, or 0, then these
 * stay like others. NULL: out of memory. */
struct pl_cache *pl_cache_new(size_t budget, size_t brief, pl_cache_loader load, void *owner);
/* *out stays valid until put. PL_WARN: usable, degraded. PL_LOST/PL_STOP: nothing pinned. */
PL_MUST_USE enum pl_status pl_cache_get(struct pl_cache *c, uint64_t key, struct pl_cache_block **out);
void pl_cache_put(struct pl_cache *c, struct pl_cache_block *block);
/* For a loader: what it loads has that fault. Of several the first counts, as in a report. */
void pl_cache_fault(struct pl_cache *c, const char *code);
/* For a loader: what it loads is needed for a moment. */
void pl_cache_brief(struct pl_cache *c);
/* Who gets a block with a fault files it again. A reader calls it where a folder begins: what a folder tells
 * must not depend on which folders were read before it by this process. */
void pl_cache_forget_faults(struct pl_cache *c);
/* Room for what a loader loads; before it gives up it drops all blocks that are not pinned. */
void *pl_cache_alloc(struct pl_cache *c, size_t size);
/* Gives back what the cache does not get. NULL: nothing. */
void pl_cache_unalloc(void *data);
void pl_cache_free(struct pl_cache *c);

#endif

/*
 * arena.h - memory that goes all at once.
 *
 * Three lifetimes exist: the process, the store, the item. An arena is a chain of
 * chunks; reset keeps the first chunk, so the usual item costs no allocation.
 * limit bounds what hostile input can make it hold. Allocations are aligned to 16
 * bytes and not zeroed; NULL means out of memory or over the limit, and the
 * caller reports it as PL_LOST of the item at hand.
 */
#ifndef PL_ARENA_H
#define PL_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pl_arena_chunk;

struct pl_arena {
    struct pl_arena_chunk *first, *last;
    size_t used; /* bytes handed out since the last reset */
    size_t limit;
    bool full; /* more was asked for than the limit allows */
};

void pl_arena_init(struct pl_arena *a, size_t limit);
void *pl_arena_alloc(struct pl_arena *a, size_t size);
/* count * size bytes, zeroed; NULL also when the product overflows. */
void *pl_arena_zalloc(struct pl_arena *a, size_t count, size_t size);
void *pl_arena_dup(struct pl_arena *a, const void *data, size_t size);
char *pl_arena_strdup(struct pl_arena *a, const char *text);
char *pl_arena_printf(struct pl_arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
void pl_arena_reset(struct pl_arena *a);
void pl_arena_release(struct pl_arena *a);

#endif

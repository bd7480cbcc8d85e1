/*
 * arena.c - memory that goes all at once.
 *
 * Layer: core. Chunks double from 32 KiB to 1 MiB; what is larger than a chunk gets
 * one of its own. reset gives everything back but the first chunk, so that one huge
 * item does not set the memory of a whole run.
 */
#include "arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

#define ALIGN       16u
#define CHUNK_FIRST ((size_t)32 << 10)
#define CHUNK_MOST  ((size_t)1 << 20)

struct pl_arena_chunk {
    struct pl_arena_chunk *next;
    size_t size, used; /* of data */
    _Alignas(16) unsigned char data[];
};

void pl_arena_init(struct pl_arena *a, size_t limit) { *a = (struct pl_arena){.limit = limit}; }

static struct pl_arena_chunk *chunk_add(struct pl_arena *a, size_t size)
{
    size_t room = a->last ? a->last->size * 2 : CHUNK_FIRST;
    if (room > CHUNK_MOST)
        room = CHUNK_MOST;
    if (room < size)
        room = size;
    struct pl_arena_chunk *c = malloc(sizeof *c + room);
    if (!c) {
        pl_memory_missed();
        return NULL;
    }
    *c = (struct pl_arena_chunk){.size = room};
    if (a->last)
        a->last->next = c;
    else
        a->first = c;
    a->last = c;
    return c;
}

void *pl_arena_alloc(struct pl_arena *a, size_t size)
{
    if (size > a->limit || a->used > a->limit - size) {
        a->full = true;
        return NULL;
    }
    size_t rounded = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (rounded < size)
        return NULL;
    struct pl_arena_chunk *c = a->last;
    if (!c || c->size - c->used < rounded) {
        c = chunk_add(a, rounded);
        if (!c)
            return NULL;
    }
    void *p = c->data + c->used;
    c->used += rounded;
    a->used += size;
    return p;
}

void *pl_arena_zalloc(struct pl_arena *a, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        return NULL;
    void *p = pl_arena_alloc(a, total);
    return p ? memset(p, 0, total) : NULL;
}

void *pl_arena_dup(struct pl_arena *a, const void *data, size_t size)
{
    void *p = pl_arena_alloc(a, size);
    if (p && size)
        memcpy(p, data, size);
    return p;
}

char *pl_arena_strdup(struct pl_arena *a, const char *text) { return pl_arena_dup(a, text, strlen(text) + 1); }

char *pl_arena_printf(struct pl_arena *a, const char *format, ...)
{
    va_list list, again;
    char most[256]; /* texts are short: formatted once */
    va_start(list, format);
    va_copy(again, list);
    int n = vsnprintf(most, sizeof most, format, list);
    va_end(list);
    char *text = n < 0 ? NULL : pl_arena_alloc(a, (size_t)n + 1);
    if (text && (size_t)n < sizeof most)
        memcpy(text, most, (size_t)n + 1);
    else if (text)
        vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}

static void chunks_free(struct pl_arena_chunk *c)
{
    while (c) {
        struct pl_arena_chunk *next = c->next;
        free(c);
        c = next;
    }
}

void pl_arena_reset(struct pl_arena *a)
{
    if (a->first) {
        chunks_free(a->first->next);
        a->first->next = NULL;
        a->first->used = 0;
    }
    a->last = a->first;
    a->used = 0;
}

void pl_arena_release(struct pl_arena *a)
{
    chunks_free(a->first);
    pl_arena_init(a, a->limit);
}

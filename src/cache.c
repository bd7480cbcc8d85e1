/*
 * cache.c - blocks in memory under a budget of bytes.
 *
 * Layer: core, above source.c; knows nothing of what a block means. A hash table
 * of chains finds a block by its key; a ring orders the unpinned ones by use. The
 * one rule (source.h): pinned, or on the ring, never both. `used` counts data,
 * headers and the table; blocks leave the ring's old end until it fits the budget.
 * Pinned blocks cannot leave, so the peak is the budget plus what is pinned plus
 * the block being loaded. A block larger than the whole budget is not counted: it
 * would drive out all others and be gone itself at once.
 *
 * A loader may read other blocks through the same cache (a tree page to find a
 * leaf), so nothing points into the table while it runs, and the keys being loaded
 * are remembered: a store whose pages refer to each other in a circle ends as
 * PL_LOST instead of an endless recursion.
 */
#include "source.h"

#include <stdlib.h>

#include "memory.h"

struct ring {
    struct ring *older, *newer;
};

struct entry {
    struct pl_cache_block block; /* first: a block given out is its entry */
    struct ring ring;
    struct entry *next; /* in the chain of its slot */
    size_t cost;        /* 0: larger than the budget, not counted, dropped at the last put */
    uint64_t told;      /* its fault: in this round */
    unsigned pins;
};

struct loading {
    const struct loading *outer;
    uint64_t key;
};

struct pl_cache {
    struct entry **slots;
    unsigned slot_bits;
    size_t count;
    size_t used, budget;
    uint64_t round;
    const char *fault; /* of what is loaded now */
    struct ring ring;  /* ring.older = most recently used */
    pl_cache_loader load;
    void *owner;
    const struct loading *loading;
};

#define FIRST_BITS      6u
#define MALLOC_OVERHEAD 16u /* per allocation, two for each block */

static inline size_t slot_of(const struct pl_cache *c, uint64_t key)
{
    /* Fibonacci hashing: offsets are multiples of 64 or 512, the high bits of the product still spread. */
    return (size_t)((key * 0x9e3779b97f4a7c15u) >> (64 - c->slot_bits));
}

static inline struct entry *find(const struct pl_cache *c, uint64_t key)
{
    struct entry *e = c->slots[slot_of(c, key)];
    while (e && e->block.key != key)
        e = e->next;
    return e;
}

static inline struct entry *entry_of_ring(struct ring *r)
{
    return (struct entry *)(void *)((char *)r - offsetof(struct entry, ring));
}

static inline void ring_remove(struct ring *r)
{
    r->older->newer = r->newer;
    r->newer->older = r->older;
}

static inline void ring_add_newest(struct pl_cache *c, struct ring *r)
{
    r->newer = &c->ring;
    r->older = c->ring.older;
    r->older->newer = r;
    c->ring.older = r;
}

static void entry_drop(struct pl_cache *c, struct entry *e)
{
    struct entry **link = &c->slots[slot_of(c, e->block.key)];
    while (*link != e)
        link = &(*link)->next;
    *link = e->next;
    c->count--;
    c->used -= e->cost;
    free(e->block.data);
    free(e);
}

/* Drops unpinned blocks, oldest first, until `used` fits. */
static void make_room(struct pl_cache *c)
{
    while (c->used > c->budget && c->ring.newer != &c->ring) {
        struct ring *oldest = c->ring.newer;
        ring_remove(oldest); /* NOLINT(clang-analyzer-unix.Malloc): a block that was dropped is in no ring */
        entry_drop(c, entry_of_ring(oldest));
    }
}

void *pl_cache_alloc(struct pl_cache *c, size_t size)
{
    void *data = malloc(size);
    if (!data && c->ring.newer != &c->ring) {
        size_t budget = c->budget;
        c->budget = 0; /* what it keeps is only for speed */
        make_room(c);
        c->budget = budget;
        data = malloc(size);
    }
    if (!data)
        pl_memory_missed();
    return data;
}

/* Twice the slots. Without memory for them the chains only get longer. */
static void slots_double(struct pl_cache *c)
{
    size_t before = (size_t)1 << c->slot_bits;
    struct entry **old = c->slots, **slots = calloc(before * 2, sizeof *slots);
    if (!slots)
        return;
    c->slots = slots;
    c->slot_bits++;
    for (size_t i = 0; i < before; i++)
        for (struct entry *e = old[i], *next; e; e = next) {
            next = e->next;
            struct entry **slot = &slots[slot_of(c, e->block.key)];
            e->next = *slot;
            *slot = e;
        }
    free(old);
    c->used += before * sizeof *slots;
}

struct pl_cache *pl_cache_new(size_t budget, pl_cache_loader load, void *owner)
{
    struct pl_cache *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->slot_bits = FIRST_BITS;
    c->slots = calloc((size_t)1 << FIRST_BITS, sizeof *c->slots);
    if (!c->slots) {
        free(c);
        return NULL;
    }
    c->used = sizeof *c + ((size_t)1 << FIRST_BITS) * sizeof *c->slots;
    c->budget = budget;
    c->ring.older = c->ring.newer = &c->ring;
    c->load = load;
    c->owner = owner;
    return c;
}

/* Pinned once, in the table. */
static void entry_insert(struct pl_cache *c, struct entry *e)
{
    if (c->count >= (size_t)1 << c->slot_bits)
        slots_double(c);
    struct entry **slot = &c->slots[slot_of(c, e->block.key)];
    e->next = *slot;
    *slot = e;
    e->pins = 1;
    c->count++;
    c->used += e->cost;
    make_room(c);
}

static inline void pin(struct entry *e)
{
    if (e->pins++ == 0)
        ring_remove(&e->ring);
}

static bool is_loading(const struct pl_cache *c, uint64_t key)
{
    for (const struct loading *l = c->loading; l; l = l->outer)
        if (l->key == key)
            return true;
    return false;
}

static enum pl_status block_load(struct pl_cache *c, uint64_t key, struct pl_cache_block **out)
{
    if (is_loading(c, key))
        return PL_LOST;
    struct loading here = {c->loading, key};
    uint8_t *data = NULL;
    size_t size = 0;
    const char *outer = c->fault, *fault;
    c->loading = &here;
    c->fault = NULL;
    enum pl_status status = c->load(c->owner, key, &data, &size);
    fault = c->fault;
    c->fault = outer;
    c->loading = here.outer;
    if (status <= PL_LOST) {
        free(data);
        return status;
    }
    struct entry *e = pl_cache_alloc(c, sizeof *e);
    if (!e) {
        free(data);
        return PL_STOP;
    }
    size_t cost = size + sizeof *e + 2 * MALLOC_OVERHEAD;
    *e = (struct entry){
        .block = {data, size, key, status, fault}, .cost = cost > c->budget ? 0 : cost, .told = c->round};
    entry_insert(c, e);
    *out = &e->block;
    return status;
}

/* Loaded once more for its diagnostics alone. */
static void fault_again(struct pl_cache *c, struct entry *e)
{
    struct loading here = {c->loading, e->block.key};
    uint8_t *data = NULL;
    size_t size = 0;
    const char *outer = c->fault;
    e->told = c->round;
    c->loading = &here;
    (void)c->load(c->owner, e->block.key, &data, &size);
    c->fault = outer;
    c->loading = here.outer;
    free(data);
}

enum pl_status pl_cache_get(struct pl_cache *c, uint64_t key, struct pl_cache_block **out)
{
    struct entry *e = find(c, key);
    if (!e) {
        *out = NULL;
        return block_load(c, key, out);
    }
    pin(e);
    if (e->block.fault && e->told != c->round && !is_loading(c, key))
        fault_again(c, e);
    *out = &e->block;
    return (enum pl_status)e->block.status;
}

void pl_cache_put(struct pl_cache *c, struct pl_cache_block *block)
{
    struct entry *e = (struct entry *)(void *)block;
    if (--e->pins > 0)
        return;
    if (e->cost == 0) {
        entry_drop(c, e);
        return;
    }
    ring_add_newest(c, &e->ring);
    make_room(c);
}

void pl_cache_fault(struct pl_cache *c, const char *code) { c->fault = code; }

void pl_cache_forget_faults(struct pl_cache *c) { c->round++; }

void pl_cache_free(struct pl_cache *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < (size_t)1 << c->slot_bits; i++)
        for (struct entry *e = c->slots[i], *next; e; e = next) {
            next = e->next;
            free(e->block.data);
            free(e);
        }
    free(c->slots);
    free(c);
}

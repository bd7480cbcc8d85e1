/*
 * cache.c - blocks in memory under a budget of bytes.
 *
 * Layer: core, above source.c; knows nothing of what a block means. A hash table
 * of chains finds a block by its key; two rings order the unpinned ones by use: those
 * that are needed for a moment, and the others. The one rule (source.h): pinned, or on
 * one of the rings, never both. `used` counts data, headers and the table; blocks leave
 * the old ends of the rings until it fits the budget, and the first ring has a part of
 * that: who reads item after item needs the blocks of each but once, and these must not
 * drive out the pages of the index that lead to them. The smaller that part, the sooner
 * its memory is used again, while it is still in the cache of the processor.
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

#include <stdalign.h>
#include <stdlib.h>

#include "memory.h"

struct ring {
    struct ring *older, *newer;
};

/* Stands before the bytes of its block, in one allocation. */
struct entry {
    alignas(16) struct pl_cache_block block; /* first: a block given out is its entry */
    struct ring ring;
    struct entry *next; /* in the chain of its slot */
    size_t cost;        /* 0: larger than the budget, not counted, dropped at the last put */
    uint64_t told;      /* its fault: in this round */
    unsigned pins;
    bool brief;                    /* on the first ring, when it is on one */
    alignas(16) uint8_t guard[16]; /* so that a sanitizer sees who reads before the bytes */
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
    size_t brief_used, brief_budget; /* of the first ring */
    uint64_t round;
    const char *fault;       /* of what is loaded now */
    bool brief;              /* that too */
    struct ring first, ring; /* ring.older = most recently used */
    pl_cache_loader load;
    void *owner;
    const struct loading *loading;
};

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define GUARD(bytes)   __asan_poison_memory_region(bytes, sizeof(bytes))
#define UNGUARD(bytes) __asan_unpoison_memory_region(bytes, sizeof(bytes))
#else
#define GUARD(bytes)
#define UNGUARD(bytes)
#endif

#define FIRST_BITS      6u
#define MALLOC_OVERHEAD 16u /* of an allocation */

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

static inline struct entry *entry_of_data(void *data) { return (struct entry *)data - 1; }

static inline void ring_remove(struct ring *r)
{
    r->older->newer = r->newer;
    r->newer->older = r->older;
}

static inline void ring_add_newest(struct ring *ring, struct ring *r)
{
    r->newer = ring;
    r->older = ring->older;
    r->older->newer = r;
    ring->older = r;
}

static void enter(struct pl_cache *c, struct entry *e)
{
    ring_add_newest(e->brief ? &c->first : &c->ring, &e->ring);
    c->brief_used += e->brief ? e->cost : 0;
}

static void leave(struct pl_cache *c, struct entry *e)
{
    ring_remove(&e->ring);
    c->brief_used -= e->brief ? e->cost : 0;
}

static void entry_drop(struct pl_cache *c, struct entry *e)
{
    struct entry **link = &c->slots[slot_of(c, e->block.key)];
    while (*link != e)
        link = &(*link)->next;
    *link = e->next;
    c->count--;
    c->used -= e->cost;
    free(e);
}

/* The oldest unpinned block of a ring, if it has one. */
static bool oldest_drop(struct pl_cache *c, const struct ring *ring)
{
    if (ring->newer == ring)
        return false;
    struct entry *e = entry_of_ring(ring->newer);
    leave(c, e); /* NOLINT(clang-analyzer-unix.Malloc): a block that was dropped is in no ring */
    entry_drop(c, e);
    return true;
}

/* Drops unpinned blocks, oldest first, until `used` fits, and the first ring is no larger than it may be. */
static void make_room(struct pl_cache *c)
{
    while (c->brief_used > c->brief_budget && oldest_drop(c, &c->first))
        ;
    while (c->used > c->budget && (oldest_drop(c, &c->ring) || oldest_drop(c, &c->first)))
        ;
}

void *pl_cache_alloc(struct pl_cache *c, size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    struct entry *e = malloc(sizeof *e + size);
    if (!e && (c->ring.newer != &c->ring || c->first.newer != &c->first)) {
        size_t budget = c->budget;
        c->budget = 0; /* what it keeps is only for speed */
        make_room(c);
        c->budget = budget;
        e = malloc(sizeof *e + size);
    }
    if (!e) {
        pl_memory_missed();
        return NULL;
    }
    e->cost = sizeof *e + size + MALLOC_OVERHEAD;
    GUARD(e->guard);
    return e + 1;
}

void pl_cache_unalloc(void *data)
{
    if (data)
        free(entry_of_data(data));
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

struct pl_cache *pl_cache_new(size_t budget, size_t brief, pl_cache_loader load, void *owner)
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
    c->brief_budget = brief;
    c->first.older = c->first.newer = &c->first;
    c->ring.older = c->ring.newer = &c->ring;
    c->load = load;
    c->owner = owner;
    return c;
}

/* Pinned once, in the table. */
static void entry_insert(struct pl_cache *c, struct entry *e)
{
    if (c->count * 2 >= (size_t)1 << c->slot_bits)
        slots_double(c);
    struct entry **slot = &c->slots[slot_of(c, e->block.key)];
    e->next = *slot;
    *slot = e;
    e->pins = 1;
    c->count++;
    c->used += e->cost;
    make_room(c);
}

static inline void pin(struct pl_cache *c, struct entry *e)
{
    if (e->pins++ == 0)
        leave(c, e);
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
    bool outer_brief = c->brief, brief;
    c->loading = &here;
    c->fault = NULL;
    c->brief = false;
    enum pl_status status = c->load(c->owner, key, &data, &size);
    fault = c->fault;
    brief = c->brief;
    c->fault = outer;
    c->brief = outer_brief;
    c->loading = here.outer;
    if (status <= PL_LOST) {
        pl_cache_unalloc(data);
        return status;
    }
    struct entry *e = entry_of_data(data);
    size_t cost = e->cost;
    UNGUARD(e->guard);
    *e = (struct entry){.block = {data, size, key, status, fault},
                        .cost = cost > c->budget ? 0 : cost,
                        .told = c->round,
                        .brief = brief};
    GUARD(e->guard);
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
    bool outer_brief = c->brief;
    e->told = c->round;
    c->loading = &here;
    (void)c->load(c->owner, e->block.key, &data, &size);
    c->fault = outer;
    c->brief = outer_brief;
    c->loading = here.outer;
    pl_cache_unalloc(data);
}

enum pl_status pl_cache_get(struct pl_cache *c, uint64_t key, struct pl_cache_block **out)
{
    struct entry *e = find(c, key);
    if (!e) {
        *out = NULL;
        return block_load(c, key, out);
    }
    pin(c, e);
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
    enter(c, e);
    make_room(c);
}

void pl_cache_fault(struct pl_cache *c, const char *code) { c->fault = c->fault ? c->fault : code; }

void pl_cache_brief(struct pl_cache *c) { c->brief = c->brief_budget != 0; }

void pl_cache_forget_faults(struct pl_cache *c) { c->round++; }

void pl_cache_free(struct pl_cache *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < (size_t)1 << c->slot_bits; i++)
        for (struct entry *e = c->slots[i], *next; e; e = next) {
            next = e->next;
            free(e);
        }
    free(c->slots);
    free(c);
}

/*
 * work.h - how much work a store may make, and an item of it.
 *
 * Counted in steps (a page or block that is asked for, whether it was held or not) and in bytes that are delivered
 * or inflated; never by a clock, so that the same store always ends in the same place. What a sound store needs
 * grows with its size, and the budgets are many times that: only one that names the same things again and again
 * gets there. Layer: core; counted by readers.
 */
#ifndef PL_WORK_H
#define PL_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "pimlift.h"

struct pl_work_sum {
    uint64_t steps, bytes;
};

struct pl_work {
    struct pl_work_sum done, begun; /* by the store, and when the item at hand began */
    struct pl_work_sum most, item_most;
    bool in_item;             /* else it is the folders that are read, which is bounded by their number */
    bool told, told_of_store; /* a budget of the item at hand is used up, or that of the store */
};

/* size: bytes of the file. readings: how often each item is read at most. */
void pl_work_init(struct pl_work *w, uint64_t size, unsigned readings);
/* As if so much had been done until now: by another process, or an earlier run. */
static inline void pl_work_again(struct pl_work *w, struct pl_work_sum done)
{
    w->done = done;
    w->told_of_store = false;
}
/* Another item, or row that may lead to one, begins. */
void pl_work_item(struct pl_work *w);
/* What follows belongs to no item. */
void pl_work_rest(struct pl_work *w);
/* Work that has bounds of its own, and counts for nothing: a search of the whole file. begin gives what end wants
 * back. */
static inline struct pl_work pl_work_apart_begin(struct pl_work *w)
{
    struct pl_work before = *w;
    w->in_item = false;
    return before;
}
static inline void pl_work_apart_end(struct pl_work *w, const struct pl_work *before) { *w = *before; }

static inline bool pl_work_is_over(const struct pl_work *w)
{
    return w->done.steps > w->most.steps || w->done.bytes > w->most.bytes;
}
/* What another process did. */
static inline void pl_work_add(struct pl_work *w, struct pl_work_sum more)
{
    w->done.steps += more.steps;
    w->done.bytes += more.bytes;
}
static inline bool pl_work_has_room(const struct pl_work *w, struct pl_work_sum more)
{
    struct pl_work then = *w;
    pl_work_add(&then, more);
    return !pl_work_is_over(&then);
}
static inline bool pl_work_fits(const struct pl_work *w)
{
    return !w->in_item || (!pl_work_is_over(w) && w->done.steps - w->begun.steps <= w->item_most.steps &&
                           w->done.bytes - w->begun.bytes <= w->item_most.bytes);
}
/* false: the budget is used up, and what is read is to be given up with pl_work_complain(). */
static inline bool pl_work_step(struct pl_work *w)
{
    w->done.steps++;
    return pl_work_fits(w);
}
/* The size of what was asked for: so much work as some more steps, whether it was held or not. What is held depends
 * on what was read before, which a worker has not read. */
static inline void pl_work_loaded(struct pl_work *w, uint64_t bytes) { w->done.steps += bytes / 256; }
/* The next step tells whether they fit. */
static inline void pl_work_bytes(struct pl_work *w, uint64_t bytes) { w->done.bytes += bytes; }

/* Files it once for an item, and once for the store. PL_LOST; PL_STOP when it is the store's. */
enum pl_status pl_work_complain(struct pl_work *w, struct pl_report *report, const char *key);

#endif

/*
 * why_other.h - other values of a property, to see what changes with it.
 *
 * Layer: formats, a part of why.c. Pure. No single value does for all: a date is moved by days, a time of day by an
 * hour, and what a blob says stands in its fields.
 */
#ifndef PL_WHY_OTHER_H
#define PL_WHY_OTHER_H

#include "arena.h"
#include "pimlift.h"

/* Words of blobs that are tried, for the time that one object takes. */
#define PL_OTHER_LEAST 24u
#define PL_OTHER_MOST  256u

/* How many there are; 0: the property has none. words: of a blob so many, besides those that say when a series is.
 */
size_t pl_other_count(struct pl_arena *arena, const struct pl_prop *p, size_t words);
/* Changes *v, which has the value of the property. false: no memory. */
PL_MUST_USE bool pl_other_value(struct pl_arena *arena, const struct pl_prop *p, size_t words, size_t which,
                                struct pl_value *v);
/* Is it worth a try only when the one before it changed nothing? */
bool pl_other_is_spare(const struct pl_prop *p, size_t which);

#endif

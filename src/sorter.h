/*
 * sorter.h - records of whole numbers in order, more of them than memory should hold.
 *
 * Records are gathered, sorted by all of their numbers from the first on, and equal ones kept once. Up to
 * a budget they stay in memory; what is more lies in a temporary file, in sorted runs that are merged when all
 * are there. After that records are had by their place.
 */
#ifndef PL_SORTER_H
#define PL_SORTER_H

#include "pimlift.h"

#define PL_SORTER_WORDS 6

struct pl_sorter;

/* Records of `words` numbers, `memory` bytes of them in memory. NULL: out of memory. */
struct pl_sorter *pl_sorter_new(size_t words, size_t memory);
void pl_sorter_free(struct pl_sorter *s); /* NULL: nothing */

/* PL_STOP: no room in the folder of temporary files; so do all later calls. */
PL_MUST_USE enum pl_status pl_sorter_add(struct pl_sorter *s, const uint64_t *record);
/* All are there: sorts. Nothing is added from here on. */
PL_MUST_USE enum pl_status pl_sorter_sort(struct pl_sorter *s);

uint64_t pl_sorter_count(const struct pl_sorter *s);
/* The i-th record, i below the count. false: it cannot be read back. */
PL_MUST_USE bool pl_sorter_at(struct pl_sorter *s, uint64_t i, uint64_t *record);
/* The place of the first record that is not below the key, by its first `words` numbers; the count when there is
 * none. */
uint64_t pl_sorter_seek(struct pl_sorter *s, const uint64_t *key, size_t words);
uint64_t pl_sorter_find(struct pl_sorter *s, uint64_t key); /* by one */
/* Does any record begin with that number? *record is the first of them. */
PL_MUST_USE bool pl_sorter_has(struct pl_sorter *s, uint64_t key, uint64_t *record);

#endif

/*
 * summary.h - what became of each store of a conversion, as a table for people.
 */
#ifndef PIMLIFT_SUMMARY_H
#define PIMLIFT_SUMMARY_H

#include <stdio.h>

#include "ledger.h"

struct summary {
    const char *const *stores; /* as given */
    struct summary_row *rows;  /* one for each; NULL when memory ran out: then there is no table */
    size_t count, next;
};

void summary_init(struct summary *s, const char *const *stores, size_t count);
/* pl_convert_options.store: the sums come in the order of the stores. */
void summary_add(void *data, const struct pl_store_sum *sum);
/* Prints one line for each store; of many stores, only for those that are not whole. */
void summary_print(FILE *file, const struct summary *s);
void summary_release(struct summary *s);

#endif

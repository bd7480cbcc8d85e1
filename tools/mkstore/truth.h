/*
 * truth.h - the JSON file beside a store: what a converter must find in it.
 *
 * Written from the recipe, item by item, one line each, never from the store. docs/recipes.md
 * describes the fields. Without a file all calls do nothing.
 */
#ifndef MS_TRUTH_H
#define MS_TRUTH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct ms_truth {
    FILE *file;
    bool comma; /* something stands before, on this level */
};

void ms_truth_open(struct ms_truth *t, const char *key, char bracket);
void ms_truth_close(struct ms_truth *t, char bracket);
void ms_truth_line(struct ms_truth *t); /* the next value begins a line */
/* key NULL: an element of an array. A NULL text is left out. */
void ms_truth_text(struct ms_truth *t, const char *key, const char *text);
void ms_truth_number(struct ms_truth *t, const char *key, long long v);
void ms_truth_bool(struct ms_truth *t, const char *key, bool v);
void ms_truth_true(struct ms_truth *t, const char *key, bool v); /* left out when false */
void ms_truth_utc(struct ms_truth *t, const char *key, int64_t seconds);
void ms_truth_date(struct ms_truth *t, const char *key, int64_t days);
void ms_truth_hex(struct ms_truth *t, const char *key, const uint8_t *data, size_t size);

#endif

/*
 * lib_vec.h - byte vectors for tests of decoders: from hex text, from the corpus.
 *
 * Everything is malloc'd and meant to be freed by the test.
 */
#ifndef LIB_VEC_H
#define LIB_VEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vec {
    uint8_t *data; /* NUL-terminated behind size */
    size_t size;
};

/* Hex digits, white space between them ignored, up to a NUL or another character. */
struct vec vec_hex(const char *text);
/* A file below $PIMLIFT_CORPUS (default ../shared/corpus); data NULL when absent. */
struct vec vec_corpus(const char *name);
/* The second column of the row of a TSV file whose first column is `id`, n = 0 for column 1. */
struct vec vec_tsv(const char *file, const char *id, int column);
void vec_free(struct vec *v);

/* The number (decimal, or hex with 0x) that follows the nth occurrence, from 0, of a
 * label in a text. false when there are fewer. */
bool vec_number(const char *text, const char *label, int nth, uint64_t *out);

#endif

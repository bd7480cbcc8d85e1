/*
 * lib_ese.h - ESE databases in memory for tests: one byte can be changed, and everything in them
 * can be visited.
 */
#ifndef LIB_ESE_H
#define LIB_ESE_H

#include "database.h"

/* Counts diagnostics by code. */
struct ese_codes {
    struct {
        const char *code;
        unsigned count;
    } list[32];
    unsigned count;
};
unsigned ese_codes_of(const struct ese_codes *c, const char *code);

/* What a walk over all rows of all tables saw. */
struct ese_walk {
    uint64_t digest, tables, rows, cells, values, bytes, recovered;
    enum pl_status worst, end;
    struct ese_codes codes;
};

struct ese_walk_options {
    const struct pl_tables_ops *ops; /* NULL: those of ESE */
    size_t memory;
    bool recover, defaults;
    const char *only; /* a table, or NULL for all */
};

/* Bytes that the caller keeps. */
void ese_walk_bytes(const uint8_t *data, size_t size, const struct ese_walk_options *o, struct ese_walk *out);
/* Over any source; the walk takes it. */
void ese_walk_source(struct pl_source *source, const struct ese_walk_options *o, struct ese_walk *out);

/* The bytes of the i-th value of a column in the n-th row of a table, malloc'd; NULL: none. */
uint8_t *ese_value_of(const char *path, const char *table, unsigned row, const char *column, unsigned i,
                      size_t *size);

#endif

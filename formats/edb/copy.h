/*
 * copy.h - the parts of the sanitizer of ESE databases: sanitize.c, copy_page.c, copy_record.c, copy_value.c,
 * copy_squeeze.c, copy_codepage.c.
 *
 * Pages are written first, with their nodes' keys and sizes and without records; then each table writes the records
 * that its tree leads to, word by word, and the long values that those name; last, checksums are made.
 */
#ifndef EDB_COPY_H
#define EDB_COPY_H

#include "ese_page.h"
#include "sanitize.h"

struct edb_copy {
    struct ese_db db;
    struct pl_sanitize *job;
    struct pl_scramble scramble;
    struct pl_arena arena;
    unsigned codepage;          /* that a record told last, or 0 */
    unsigned internet, message; /* that the record at hand tells of its HTML, or 0 */
    unsigned body;              /* what it says its body is: BODY_TEXT of exchange2013_value.c, or another kind */
    uint32_t *whole; /* object ids of the trees of the engine itself, sorted: nothing in them is anybody's words */
    uint32_t *plain; /* of indexes whose keys are numbers */
    size_t whole_count, plain_count, room;
};

/* --- copy_page.c -------------------------------------------------------------------------------- */

void edb_copy_header(struct edb_copy *c);
/* The streaming file beside it. PL_LOST: its copy must not be. */
PL_MUST_USE enum pl_status edb_copy_stream(struct edb_copy *c);
void edb_copy_pages(struct edb_copy *c);
void edb_copy_seal(struct edb_copy *c);
/* Takes the place of a node's data in the copy. */
void edb_copy_put(struct edb_copy *c, const struct ese_node *node, const uint8_t *page, const uint8_t *data);

/* --- copy_record.c ------------------------------------------------------------------------------- */

void edb_copy_table(struct edb_copy *c, const struct ese_table *t);

/* What can be read of a long value; a chunk that is gone leaves a hole of zeros. */
void edb_copy_load(struct ese_lv *lv, uint8_t *plain, size_t size);

/* --- copy_codepage.c ----------------------------------------------------------------------------- */

void edb_copy_codepages(struct edb_copy *c, const struct ese_record *r);
/* In which a reader decodes HTML of the record. guessed: it looks whether it is UTF-8, when nothing says. */
unsigned edb_copy_html_page(const struct edb_copy *c, const uint8_t *data, size_t size, bool guessed);

/* --- copy_value.c -------------------------------------------------------------------------------- */

/* In place, by its column. */
void edb_copy_value(struct edb_copy *c, const struct ese_table *t, const struct ese_column *column, uint8_t *data,
                    size_t size);
/* Packed properties of Exchange 2013: prop_blob.h. Those of no known form are overwritten, and count as one value.
 */
void edb_copy_blob(struct edb_copy *c, uint8_t *data, size_t size);
/* The same values without a head. */
bool edb_copy_list(struct edb_copy *c, uint8_t *data, size_t size);

/* --- copy_squeeze.c ------------------------------------------------------------------------------ */

/* `plain` in the form that `stored` has, in exactly as many bytes. false: it does not fit. Letters that the form
 * has no bits for become others. */
bool edb_squeeze(uint8_t *plain, size_t plain_size, uint8_t *stored, size_t size);

#endif

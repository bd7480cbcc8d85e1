/*
 * copy_record.c - the rows of a table without its words. See copy.h.
 *
 * A record is copied, each value in it is made other words in place, and what belongs to no column is zero. Values
 * that stand apart are read whole through the engine and put back chunk by chunk, where they lie.
 */
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "copy.h"
#include "memory.h"

#define VALUE_MOST ((size_t)16 << 20)
#define ID_MOST    8u

struct row_copy {
    struct edb_copy *c;
    const struct ese_table *t;
    uint8_t *out;
    const uint8_t *in; /* the same bytes in the store */
};

static void value_unknown(struct edb_copy *c, const struct ese_table *t, const struct ese_column *column)
{
    pl_unknown_add(&c->job->result->unknown, "column %s of table %s: it can't be compressed as well", column->name,
                   t->row.name);
}

/* --- compressed, in the record ------------------------------------------------------------------- */

static bool squeezed(struct edb_copy *c, const struct ese_table *t, const struct ese_column *column,
                     uint8_t *stored, size_t size)
{
    size_t plain_size = ese_decompressed_size(stored, size), got = 0;
    uint8_t *plain = plain_size && plain_size <= VALUE_MOST ? pl_memory_get(plain_size) : NULL;
    uint8_t *made = plain ? pl_memory_get(size) : NULL;
    bool fits = false;
    const struct pl_unknown unknown = c->job->result->unknown;
    struct pl_scramble *s = &c->scramble;
    for (; made && s->letters && !fits; s->letters = pl_scramble_fewer(s->letters)) {
        c->job->result->unknown = unknown;
        if (!ese_decompress(stored, size, plain, plain_size, &got))
            break;
        memcpy(made, stored, size);
        edb_copy_value(c, t, column, plain, got);
        fits = edb_squeeze(plain, got, made, size);
    }
    s->letters = PL_SCRAMBLE_LETTERS;
    if (fits)
        memcpy(stored, made, size);
    free(plain);
    free(made);
    return fits;
}

/* --- long values --------------------------------------------------------------------------------- */

static bool chunks_fit(struct edb_copy *c, struct ese_lv *lv, uint8_t *plain, size_t size)
{
    for (size_t at = 0; at < size; at += lv->chunk_size) {
        struct ese_node node;
        size_t part = size - at < lv->chunk_size ? size - at : lv->chunk_size;
        if (ese_lv_chunk(lv, at, &node) <= PL_LOST)
            continue;
        uint8_t *made = pl_memory_get(node.data.size + 1);
        bool fits = made != NULL;
        if (fits)
            memcpy(made, node.data.data, node.data.size);
        if (fits && node.data.size == part)
            memcpy(made, plain + at, part);
        else if (fits)
            fits = edb_squeeze(plain + at, part, made, node.data.size);
        if (fits)
            edb_copy_put(c, &node, lv->cursor.leaf.data, made);
        free(made);
        if (!fits)
            return false;
    }
    return true;
}

void edb_copy_load(struct ese_lv *lv, uint8_t *plain, size_t size)
{
    memset(plain, 0, size);
    for (size_t at = 0; at < size && lv->chunk_size; at += lv->chunk_size) {
        size_t got = 0, part = size - at < lv->chunk_size ? size - at : lv->chunk_size;
        (void)!ese_lv_read(lv, at, plain + at, part, &got);
    }
}

static void lv_copy(struct edb_copy *c, const struct ese_table *t, const struct ese_column *column,
                    const struct ese_value *value)
{
    struct ese_lv lv;
    if (ese_lv_open(t, value, &lv) <= PL_LOST)
        return;
    size_t size = lv.size <= VALUE_MOST ? (size_t)lv.size : 0;
    uint8_t *plain = size ? pl_memory_get(2 * size) : NULL;
    bool fits = false;
    const struct pl_unknown unknown = c->job->result->unknown;
    if (plain)
        edb_copy_load(&lv, plain + size, size);
    struct pl_scramble *s = &c->scramble;
    for (; plain && s->letters && !fits; s->letters = pl_scramble_fewer(s->letters)) {
        c->job->result->unknown = unknown;
        memcpy(plain, plain + size, size);
        edb_copy_value(c, t, column, plain, size);
        fits = chunks_fit(c, &lv, plain, size);
    }
    s->letters = PL_SCRAMBLE_LETTERS;
    if (!fits && lv.size)
        value_unknown(c, t, column);
    free(plain);
    ese_lv_close(&lv);
}

/* --- records -------------------------------------------------------------------------------------- */

static bool is_key(const struct ese_table *t, const struct ese_column *column)
{
    for (size_t i = 0; i < t->index_count; i++)
        for (unsigned k = 0; t->indexes[i].flags & ESE_INDEX_PRIMARY && k < t->indexes[i].segment_count; k++)
            if (t->indexes[i].segments[k].column == column->id)
                return true;
    return false;
}

static void value_copy(struct row_copy *x, const struct ese_cell *cell, const struct ese_value *v)
{
    uint8_t *data = x->out + (v->bytes.data - x->in);
    memcpy(data, v->bytes.data, v->bytes.size);
    if (v->separated) {
        if (v->bytes.size <= ID_MOST)
            lv_copy(x->c, x->t, cell->column, v);
        else
            memset(data, 0, v->bytes.size);
    } else if (v->compressed && v->bytes.size) {
        if (!squeezed(x->c, x->t, cell->column, data, v->bytes.size)) {
            memset(data + 1, 0, v->bytes.size - 1);
            value_unknown(x->c, x->t, cell->column);
        }
    } else if (!is_key(x->t, cell->column)) {
        edb_copy_value(x->c, x->t, cell->column, data, v->bytes.size);
    }
}

/* What frames the values: heads, bit maps, ends, ids, and the byte before a value. All that is no value is small.
 */
static void frame_copy(struct row_copy *x, const struct ese_record *r)
{
    memcpy(x->out, r->data, 4);
    memcpy(x->out + r->nulls, r->data + r->nulls, r->variable - r->nulls);
    size_t left = r->size - r->tagged;
    if (r->modern && left >= 4) {
        unsigned mask = r->db->large ? 0x7fff : 0x1fff;
        size_t index = pl_le16(r->data + r->tagged + 2) & mask;
        memcpy(x->out + r->tagged, r->data + r->tagged, index <= left ? index : 4);
    }
}

/* Of a tagged cell the bytes in front of its first value: flags, a list of offsets, a length. */
static void cell_frame(struct row_copy *x, struct ese_cell *cell)
{
    const uint8_t *d = cell->bytes.data;
    size_t size = cell->bytes.size;
    if (cell->column->id < ESE_FIRST_TAGGED || !size)
        return;
    if (cell->form == ESE_CELL_REPEATED) {
        for (size_t at = 0; at + 4 <= size; at += 4 + (pl_le16(d + at + 2) & 0x0fffu)) {
            bool is_long = pl_le16(d + at + 2) & 0x8000;
            memcpy(x->out + (d - x->in) + at, d + at, is_long && at + 5 <= size ? 5 : 4);
        }
        return;
    }
    if (cell->flags) /* else there is no such byte, or it is zero */
        x->out[d - x->in - 1] = (uint8_t)cell->flags;
    size_t head = cell->form == ESE_CELL_TWO ? 1 : cell->form == ESE_CELL_MANY ? 2 * (size_t)cell->count : 0;
    memcpy(x->out + (d - x->in), d, head <= size ? head : 0);
}

static void record_copy(struct edb_copy *c, const struct ese_table *t, const struct ese_node *node,
                        const uint8_t *page)
{
    struct ese_record r;
    struct ese_fields fields;
    struct ese_cell cell;
    if (ese_record_parse(t, node, &r) != PL_OK) {
        pl_unknown_add(&c->job->result->unknown, "a row of table %s", t->row.name);
        return;
    }
    struct row_copy x = {c, t, pl_memory_zeroed(1, r.size + 1), r.data};
    if (!x.out)
        return;
    edb_copy_codepages(c, &r);
    if (c->message) /* attachments have none, and lie behind the messages */
        c->codepage = c->message;
    frame_copy(&x, &r);
    ese_fields_init(&fields, &r);
    enum pl_status st;
    unsigned lost = 0;
    while ((st = ese_fields_next(&fields, &cell)) != PL_END && lost < 64) {
        lost += st <= PL_LOST;
        if (st <= PL_LOST)
            continue;
        cell_frame(&x, &cell);
        for (unsigned i = 0; i < cell.count; i++) {
            struct ese_value v;
            if (ese_cell_value(&cell, i, &v) == PL_OK)
                value_copy(&x, &cell, &v);
            else
                lost++;
        }
    }
    edb_copy_put(c, node, page, x.out);
    c->job->result->written++;
    if (lost)
        pl_unknown_add(&c->job->result->unknown, "a row of table %s", t->row.name);
    free(x.out);
}

void edb_copy_table(struct edb_copy *c, const struct ese_table *t)
{
    struct ese_cursor cursor;
    struct ese_node node;
    ese_cursor_init(&cursor, &c->db, t->row.tree);
    enum pl_status st = ese_cursor_first(&cursor);
    unsigned lost = 0;
    while (st != PL_END && lost < 4096 && !pl_sanitize_stops(c->job)) {
        st = ese_cursor_next(&cursor, &node);
        lost += st <= PL_LOST;
        if (st == PL_OK || st == PL_WARN)
            record_copy(c, t, &node, cursor.leaf.data);
    }
    ese_cursor_close(&cursor);
}

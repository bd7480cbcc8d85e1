/*
 * table.c - table contexts, read row by row. See ltp.h.
 *
 * Layer: inside the PST reader, above heap. Invariant: every column lies inside of the
 * row before a cell is given out. Rows do not straddle blocks: each block holds whole
 * ones and a rest. [MS-PST] 2.3.4
 */
#include <inttypes.h>
#include <string.h>

#include "bytes.h"
#include "ltp.h"

#define CLIENT_TABLE 0x7c
#define HEAD_SIZE    22
#define COLUMN_SIZE  8

static enum pl_status table_complain(struct pst_table *t, const char *what)
{
    struct pst_ndb *n = t->heap.n;
    return pl_report_once(n->report, PL_LOST, "pst.table", n->key, pst_block_offset(n, t->heap.tree.bid),
                          "a table (block 0x%" PRIx64 ") cannot be used: %s", t->heap.tree.bid, what);
}

static bool head_parse(struct pst_table *t, const struct pst_span *s, uint32_t *index, uint32_t *rows)
{
    if (s->size < HEAD_SIZE || s->data[0] != CLIENT_TABLE)
        return false;
    t->column_count = s->data[1];
    t->exists_at = pl_le16(s->data + 6);
    t->row_size = pl_le16(s->data + 8);
    *index = pl_le32(s->data + 10);
    *rows = pl_le32(s->data + 14);
    size_t map = (t->column_count + 7u) / 8;
    if (HEAD_SIZE + (size_t)t->column_count * COLUMN_SIZE > s->size || t->row_size < 8 ||
        t->exists_at + map > t->row_size)
        return false;
    unsigned kept = 0;
    for (unsigned i = 0; i < t->column_count; i++) {
        const uint8_t *p = s->data + HEAD_SIZE + (size_t)i * COLUMN_SIZE;
        struct pst_column c = {pl_le32(p), pl_le16(p + 4), p[6], p[7]};
        if (c.at + c.size <= t->exists_at && c.bit / 8u + t->exists_at < t->row_size)
            t->columns[kept++] = c;
    }
    bool whole = kept == t->column_count;
    t->column_count = kept;
    return whole || kept;
}

/* Where the rows are, and how many there is room for. */
static enum pl_status rows_open(struct pst_table *t, uint32_t hnid)
{
    struct pst_ndb *n = t->heap.n;
    if (!hnid)
        return PL_OK;
    if (PST_NID_TYPE(hnid) == PST_NID_HID) {
        struct pst_span s;
        enum pl_status st = pst_heap_get(&t->heap, hnid, &s);
        if (st == PL_OK) {
            t->rows_hid = hnid;
            t->row_count = t->rows_each = (uint32_t)(s.size / t->row_size);
            pst_span_put(n, &s);
        }
        return st == PL_END ? PL_OK : st;
    }
    struct pst_node node;
    enum pl_status st = pst_subnode_find(n, t->heap.sub, hnid, &node);
    if (st == PL_END)
        return table_complain(t, "its rows are missing");
    if (st == PL_OK)
        st = pst_tree_open(n, node.data, &t->rows);
    if (st != PL_OK)
        return st;
    t->rows_each = t->rows.leaf_size / t->row_size;
    if (!t->rows_each)
        return t->rows.size ? table_complain(t, "a row is larger than a block") : PL_OK;
    uint64_t tail = t->rows.size - (uint64_t)(t->rows.count - 1) * t->rows.leaf_size;
    if (t->rows.size < (uint64_t)(t->rows.count - 1) * t->rows.leaf_size)
        tail = t->rows.leaf_size;
    t->row_count = (t->rows.count - 1) * t->rows_each + (uint32_t)(tail / t->row_size);
    return PL_OK;
}

enum pl_status pst_table_open(struct pst_table *t, struct pst_ndb *n, const struct pst_node *node)
{
    struct pst_span s;
    uint32_t index = 0, rows = 0;
    *t = (struct pst_table){0};
    enum pl_status st = pst_heap_open(&t->heap, n, node, CLIENT_TABLE);
    if (st == PL_OK)
        st = pst_heap_get(&t->heap, t->heap.root, &s);
    if (st != PL_OK)
        return st == PL_END ? table_complain(t, "it has no head") : st;
    bool good = head_parse(t, &s, &index, &rows);
    pst_span_put(n, &s);
    if (!good)
        return table_complain(t, "its head is wrong");
    st = pst_bth_open(&t->heap, index, &t->index);
    if (st == PL_OK && (t->index.key_size != 4 || (t->index.value_size != 2 && t->index.value_size != 4)))
        st = table_complain(t, "its index is of another kind");
    return st == PL_OK ? rows_open(t, rows) : st;
}

enum pl_status pst_table_row(struct pst_table *t, uint32_t i, struct pst_span *out)
{
    struct pst_ndb *n = t->heap.n;
    *out = (struct pst_span){0};
    if (i >= t->row_count)
        return PL_END;
    size_t at = (size_t)(i % t->rows_each) * t->row_size;
    if (t->rows_hid) {
        enum pl_status st = pst_heap_get(&t->heap, t->rows_hid, out);
        if (st != PL_OK)
            return PL_LOST;
    } else {
        struct pl_cache_block *b = NULL;
        enum pl_status st = pst_tree_leaf(n, &t->rows, i / t->rows_each, &b);
        if (st != PL_OK)
            return st;
        *out = (struct pst_span){b->data, b->size, b};
    }
    if (at + t->row_size > out->size) {
        pst_span_put(n, out);
        return table_complain(t, "a block of rows is short");
    }
    out->data += at;
    out->size = t->row_size;
    return PL_OK;
}

bool pst_table_has(struct pst_table *t, uint32_t id, uint32_t *row)
{
    uint8_t value[4] = {0};
    bool found = pst_bth_find(&t->heap, &t->index, id, value) == PL_OK;
    if (found && row)
        *row = t->index.value_size == 2 ? pl_le16(value) : pl_le32(value);
    return found;
}

const struct pst_column *pst_table_column(const struct pst_table *t, uint16_t id)
{
    for (unsigned i = 0; i < t->column_count; i++)
        if (t->columns[i].tag >> 16 == id)
            return &t->columns[i];
    return NULL;
}

const uint8_t *pst_table_cell(const struct pst_table *t, const struct pst_span *row, const struct pst_column *c)
{
    uint8_t bits = row->data[t->exists_at + c->bit / 8u];
    return bits & 0x80u >> c->bit % 8 ? row->data + c->at : NULL;
}

/*
 * pst_pc.c - property contexts (2.3.3) and table contexts (2.3.4).
 *
 * A value of up to four bytes lies in the record, up to 3580 in the heap, a longer or
 * generated one in a subnode of its own. Rows of a table gather in a spool, since only
 * the end tells whether they fit into the heap; they never straddle blocks.
 */
#include "pst_int.h"

#include <stdlib.h>
#include <string.h>

enum {
    ROW_ID = 0x67f2,
    ROW_VERSION = 0x67f3,
    STREAM_STEP = 16384,
    TC_HEAD = 22,
    TC_COLUMN = 8,
    TC_COLUMNS_MAX = 255
};

/* A generated value, encoded on the way when it is text. */
static int stream_value(struct ms_writer *w, const struct pst_val *val, struct pst_tree *tree)
{
    const struct ms_prop *prop = val->stream;
    bool text = val->type == PST_UNICODE || val->type == PST_STRING8;
    bool wide = val->type == PST_UNICODE;
    uint8_t *in = malloc(STREAM_STEP * 5 + 8);
    uint8_t *out = in + STREAM_STEP;
    int result = in ? 0 : pst_error("out of memory", NULL);

    for (uint64_t at = 0; at < prop->size && result == 0; at += STREAM_STEP) {
        size_t n = prop->size - at < STREAM_STEP ? (size_t)(prop->size - at) : STREAM_STEP;
        result = prop->generate(prop->state, at, in, n);
        if (result != 0)
            break;
        if (text)
            result = pst_tree_bytes(tree, out, pst_text_put(&w->text, wide, in, n, out));
        else
            result = pst_tree_bytes(tree, in, n);
    }
    if (result == 0 && text)
        result = pst_tree_bytes(tree, out, pst_text_flush(&w->text, wide, out));
    free(in);
    return result;
}

/* A value in a subnode; *nid names it. */
static int far_value(struct ms_writer *w, const struct pst_val *val, struct pst_subs *subs, uint32_t *nid)
{
    struct pst_tree tree;
    uint64_t bid = 0;
    int result;

    pst_tree_init(&tree, &w->file);
    result = val->stream ? stream_value(w, val, &tree) : pst_tree_bytes(&tree, val->data, val->size);
    if (result != 0) {
        pst_tree_free(&tree);
        return -1;
    }
    if (pst_tree_end(&tree, &bid) != 0)
        return -1;
    *nid = 0;
    if (bid == 0)
        return 0;
    *nid = pst_subs_name(subs, PST_NT_LTP);
    return pst_subs_add(subs, *nid, bid, 0);
}

static int put_value(struct ms_writer *w, const struct pst_val *val, struct pst_heap *heap, struct pst_subs *subs,
                     uint32_t *hnid)
{
    *hnid = 0;
    if (val->size == 0)
        return 0;
    if (!val->stream && val->size <= PST_HEAP_MAX)
        return pst_heap_put(heap, val->data, val->size, hnid);
    return far_value(w, val, subs, hnid);
}

static int pc_records(struct ms_writer *w, struct pst_vals *vals, struct pst_subs *subs, struct pst_heap *heap,
                      struct pst_bth *bth)
{
    for (size_t i = 0; i < vals->count; i++) {
        const struct pst_val *val = &vals->list[i];
        unsigned fixed = pst_fixed_size(val->type);
        uint8_t record[6] = {0};
        uint32_t hnid;
        pst_put16(record, val->type);
        if (fixed > 0 && fixed <= 4) {
            memcpy(record + 2, val->data, fixed);
        } else {
            if (put_value(w, val, heap, subs, &hnid) != 0)
                return -1;
            pst_put32(record + 2, hnid);
        }
        if (pst_bth_add(bth, val->id, record) != 0)
            return -1;
    }
    return 0;
}

int pst_pc_write(struct ms_writer *w, struct pst_vals *vals, struct pst_subs *subs, uint64_t *bid)
{
    struct pst_heap heap;
    struct pst_bth bth = {.up = NULL};
    int result = -1;

    pst_vals_sort(vals);
    if (pst_heap_init(&heap, &w->file, 0xbc) == 0 && pst_bth_init(&bth, &heap, 2, 6) == 0 &&
        pc_records(w, vals, subs, &heap, &bth) == 0 && pst_bth_end(&bth) == 0)
        result = pst_heap_end(&heap, bth.header, bid);
    pst_bth_free(&bth);
    pst_heap_free(&heap);
    return result;
}

static unsigned cell_size(uint32_t type)
{
    unsigned fixed = pst_fixed_size(type);

    return fixed ? fixed : 4;
}

static int tag_compare(const void *left, const void *right)
{
    const struct pst_column *l = left;
    const struct pst_column *r = right;

    return (l->tag > r->tag) - (l->tag < r->tag);
}

/* Places the cells: row id and version, then those of 8 and 4 bytes, 2, 1, then the bits (2.3.4.4.1). */
static void tc_place(struct pst_tc *tc)
{
    uint32_t at = 8;
    uint8_t bit = 2;

    for (unsigned pass = 0; pass < 3; pass++) {
        for (size_t i = 0; i < tc->count; i++) {
            struct pst_column *c = &tc->columns[i];
            unsigned size = cell_size(c->tag & 0xffff);
            unsigned id = c->tag >> 16;
            if ((size >= 4 ? 0u : size == 2 ? 1u : 2u) != pass)
                continue;
            c->size = (uint8_t)size;
            if (id == ROW_ID || id == ROW_VERSION) {
                c->bit = (uint8_t)(id - ROW_ID);
                c->at = (uint16_t)(4 * c->bit);
                continue;
            }
            c->at = (uint16_t)at;
            c->bit = bit++;
            at += size;
        }
        tc->ends[pass] = at;
    }
    tc->ends[3] = at + ((uint32_t)bit + 7) / 8;
}

int pst_tc_init(struct pst_tc *tc, struct ms_writer *w, const struct pst_table_def *def)
{
    uint8_t info[TC_HEAD + TC_COLUMNS_MAX * TC_COLUMN] = {0};

    memset(tc, 0, sizeof(*tc));
    tc->w = w;
    tc->heap.file = &w->file;
    pst_spool_init(&tc->rows, w->file.path);
    pst_spool_init(&tc->heap.done, w->file.path);
    pst_subs_init(&tc->subs);
    if (def->count > TC_COLUMNS_MAX)
        return pst_error("too many columns in a table", NULL);
    tc->columns = calloc(def->count, sizeof(*tc->columns));
    if (!tc->columns)
        return pst_error("out of memory", NULL);
    tc->count = def->count;
    for (size_t i = 0; i < def->count; i++) {
        uint32_t tag = def->tags[i];
        if (w->file.lay->ansi && (tag & 0xffff & ~(uint32_t)PST_MULTI) == PST_UNICODE)
            tag--;
        tc->columns[i].tag = tag;
    }
    qsort(tc->columns, tc->count, sizeof(*tc->columns), tag_compare);
    tc_place(tc);
    tc->row = malloc(tc->ends[3]);
    if (!tc->row)
        return pst_error("out of memory", NULL);
    if (pst_heap_init(&tc->heap, &w->file, 0x7c) != 0 ||
        pst_bth_init(&tc->index, &tc->heap, 4, w->file.lay->ansi ? 2 : 4) != 0)
        return -1;
    return pst_heap_put(&tc->heap, info, TC_HEAD + tc->count * TC_COLUMN, &tc->info);
}

static int tc_cell(struct pst_tc *tc, const struct pst_column *c, const struct pst_val *val)
{
    uint32_t hnid;

    if (pst_fixed_size(c->tag & 0xffff) > 0) {
        memcpy(tc->row + c->at, val->data, c->size);
        return 0;
    }
    if (put_value(tc->w, val, &tc->heap, &tc->subs, &hnid) != 0)
        return -1;
    pst_put32(tc->row + c->at, hnid);
    return 0;
}

int pst_tc_row(struct pst_tc *tc, uint32_t id, const struct pst_vals *vals)
{
    uint8_t *bits = tc->row + tc->ends[2];
    uint8_t number[4];
    size_t v = 0;

    if (tc->w->file.lay->ansi && tc->row_count > 0xffff)
        return pst_error("a table of an ANSI store ends at 65536 rows", NULL);
    memset(tc->row, 0, tc->ends[3]);
    pst_put32(tc->row, id);
    pst_put32(tc->row + 4, tc->row_count + 1);
    bits[0] = 0xc0;
    for (size_t i = 0; i < tc->count; i++) {
        const struct pst_column *c = &tc->columns[i];
        while (v < vals->count && vals->list[v].id < c->tag >> 16)
            v++;
        if (v == vals->count)
            break;
        if (vals->list[v].id != c->tag >> 16 || vals->list[v].type != (c->tag & 0xffff) || c->bit < 2)
            continue;
        if (tc_cell(tc, c, &vals->list[v]) != 0)
            return -1;
        bits[c->bit / 8] = (uint8_t)(bits[c->bit / 8] | 0x80 >> c->bit % 8);
    }
    pst_put32(number, tc->row_count);
    tc->row_count++;
    if (pst_bth_add(&tc->index, id, number) != 0)
        return -1;
    return pst_spool_put(&tc->rows, tc->row, tc->ends[3]);
}

/* Rows in a subnode: as many whole ones in a block as fit, then padding. */
static int rows_far(struct pst_tc *tc, uint32_t *hnid)
{
    size_t max = tc->w->file.lay->block_max;
    uint32_t per = (uint32_t)max / tc->ends[3];
    uint8_t *block = calloc(1, max);
    struct pst_tree tree;
    uint64_t bid = 0;
    int result = block ? 0 : pst_error("out of memory", NULL);

    pst_tree_init(&tree, &tc->w->file);
    for (uint32_t i = 0; i < tc->row_count && result == 0; i += per) {
        uint32_t n = tc->row_count - i < per ? tc->row_count - i : per;
        size_t bytes = (size_t)n * tc->ends[3];
        result = pst_spool_get(&tc->rows, (uint64_t)i * tc->ends[3], block, bytes);
        if (result == 0)
            result = pst_tree_block(&tree, block, n == per && i + n < tc->row_count ? max : bytes);
    }
    free(block);
    if (result != 0) {
        pst_tree_free(&tree);
        return -1;
    }
    if (pst_tree_end(&tree, &bid) != 0)
        return -1;
    *hnid = pst_subs_name(&tc->subs, PST_NT_LTP);
    return pst_subs_add(&tc->subs, *hnid, bid, 0);
}

static int tc_rows(struct pst_tc *tc, uint32_t *hnid)
{
    uint8_t rows[PST_HEAP_MAX];
    size_t bytes = (size_t)pst_spool_size(&tc->rows);

    *hnid = 0;
    if (bytes == 0)
        return 0;
    if (bytes > PST_HEAP_MAX)
        return rows_far(tc, hnid);
    if (pst_spool_get(&tc->rows, 0, rows, bytes) != 0)
        return -1;
    return pst_heap_put(&tc->heap, rows, bytes, hnid);
}

static int tc_finish(struct pst_tc *tc, uint64_t *data, uint64_t *subs)
{
    uint8_t info[TC_HEAD + TC_COLUMNS_MAX * TC_COLUMN] = {0x7c, (uint8_t)tc->count};
    uint32_t hnid;

    if (tc_rows(tc, &hnid) != 0 || pst_bth_end(&tc->index) != 0)
        return -1;
    for (size_t i = 0; i < 4; i++)
        pst_put16(info + 2 + 2 * i, tc->ends[i]);
    pst_put32(info + 10, tc->index.header);
    pst_put32(info + 14, hnid);
    for (size_t i = 0; i < tc->count; i++) {
        uint8_t *p = info + TC_HEAD + i * TC_COLUMN;
        pst_put32(p, tc->columns[i].tag);
        pst_put16(p + 4, tc->columns[i].at);
        p[6] = tc->columns[i].size;
        p[7] = tc->columns[i].bit;
    }
    pst_heap_patch(&tc->heap, tc->info, info, TC_HEAD + tc->count * TC_COLUMN);
    if (pst_heap_end(&tc->heap, tc->info, data) != 0)
        return -1;
    return pst_subs_write(&tc->subs, &tc->w->file, subs);
}

int pst_tc_end(struct pst_tc *tc, uint64_t *data, uint64_t *subs)
{
    int result = tc_finish(tc, data, subs);

    pst_tc_free(tc);
    return result;
}

void pst_tc_free(struct pst_tc *tc)
{
    pst_heap_free(&tc->heap);
    pst_bth_free(&tc->index);
    pst_spool_free(&tc->rows);
    pst_subs_free(&tc->subs);
    free(tc->columns);
    free(tc->row);
    tc->columns = NULL;
    tc->row = NULL;
}

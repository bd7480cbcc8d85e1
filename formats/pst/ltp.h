/*
 * ltp.h - heaps, their trees, property contexts and tables. [MS-PST] 2.3
 *
 * A heap is the data of one node, cut into items; a tree (BTH), a property context and a
 * table live in one. Bytes given out are pinned in the cache until pst_span_put(), so a
 * caller holds one at a time. Nothing here allocates but for the cache.
 */
#ifndef PST_LTP_H
#define PST_LTP_H

#include "ndb.h"

struct pst_span {
    const uint8_t *data;
    size_t size;
    struct pl_cache_block *pin;
};

struct pst_heap {
    struct pst_ndb *n;
    struct pst_tree tree;
    uint64_t sub;                /* of the node: where values too large for the heap are */
    struct pl_cache_block *held; /* its first block, between pst_heap_hold() and pst_heap_let_go() */
    uint32_t root;
    uint8_t client; /* what the heap is for: 0xBC, 0x7C ... */
};

struct pst_bth {
    uint8_t key_size, value_size, levels;
    uint32_t root;
};

/* A table: rows of fixed size, over as many blocks as it takes. 2.3.4 */
#define PST_COLUMNS_MOST 255
struct pst_column {
    uint32_t tag;
    uint16_t at;
    uint8_t size, bit;
};
struct pst_table {
    struct pst_heap heap;
    struct pst_bth index; /* row id -> row number */
    struct pst_column columns[PST_COLUMNS_MOST];
    unsigned column_count;
    uint16_t row_size, exists_at;  /* exists_at: bit map of the cells that are there */
    uint32_t row_count, rows_each; /* rows_each: per block */
    uint32_t rows_hid;             /* rows inside of the heap; else 0 */
    struct pst_tree rows;
};

static inline void pst_span_put(struct pst_ndb *n, struct pst_span *s)
{
    if (s->pin)
        pst_block_put(n, s->pin);
    *s = (struct pst_span){0};
}

/* client: 0xBC property context, 0x7C table. PL_LOST: filed. */
PL_MUST_USE enum pl_status pst_heap_open(struct pst_heap *h, struct pst_ndb *n, const struct pst_node *node,
                                         uint8_t client);
/* PL_END: hid 0, an empty item. PL_LOST: no such item, filed. */
PL_MUST_USE enum pl_status pst_heap_get(struct pst_heap *h, uint32_t hid, struct pst_span *out);

/* Keeps the first block pinned, so that many items are had without asking the cache. */
void pst_heap_hold(struct pst_heap *h);
void pst_heap_let_go(struct pst_heap *h);

PL_MUST_USE enum pl_status pst_bth_open(struct pst_heap *h, uint32_t hid, struct pst_bth *out);
/* Records in order: each is key, then value. PL_STOP from visit ends the walk. */
typedef enum pl_status (*pst_record_visit)(void *data, const uint8_t *record);
PL_MUST_USE enum pl_status pst_bth_visit(struct pst_heap *h, const struct pst_bth *t, pst_record_visit visit,
                                         void *data);
/* The same, many records at a time, pinned: visit may not use the cache. */
typedef enum pl_status (*pst_records_visit)(void *data, const uint8_t *records, size_t count);
PL_MUST_USE enum pl_status pst_bth_survey(struct pst_heap *h, const struct pst_bth *t, pst_records_visit visit,
                                          void *data);
/* Copies the value of a key of at most 4 bytes. PL_END: not there. */
PL_MUST_USE enum pl_status pst_bth_find(struct pst_heap *h, const struct pst_bth *t, uint32_t key, void *value);

PL_MUST_USE enum pl_status pst_table_open(struct pst_table *t, struct pst_ndb *n, const struct pst_node *node);
/* The bytes of a row, pinned. */
PL_MUST_USE enum pl_status pst_table_row(struct pst_table *t, uint32_t i, struct pst_span *out);
/* Does the index list that id, and at which row? (row may be NULL.) A row whose id has another
 * place there is stale, or there twice. */
bool pst_table_has(struct pst_table *t, uint32_t id, uint32_t *row);
const struct pst_column *pst_table_column(const struct pst_table *t, uint16_t id);
/* The cell of a row, or NULL when it has none. */
const uint8_t *pst_table_cell(const struct pst_table *t, const struct pst_span *row, const struct pst_column *c);

#endif

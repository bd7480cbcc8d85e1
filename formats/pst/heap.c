/*
 * heap.c - heaps and the trees in them. See ltp.h.
 *
 * Layer: inside the PST reader, above ndb. Invariants: an item is inside of its block
 * before its bytes are given out; a walk over a tree goes down level by level, its
 * position on a stack of fixed depth. [MS-PST] 2.3.1, 2.3.2
 */
#include <inttypes.h>
#include <string.h>

#include "bytes.h"
#include "ltp.h"

#define HEAP_SIGNATURE  0xec
#define BTH_TYPE        0xb5
#define BTH_LEVEL_MOST  8
#define BTH_RECORD_MOST 40

static enum pl_status heap_complain(struct pst_heap *h, const char *what)
{
    return pl_report_once(h->n->report, PL_LOST, "pst.heap", h->n->key, pst_block_offset(h->n, h->tree.bid),
                          "a heap (block 0x%" PRIx64 ") cannot be used: %s", h->tree.bid, what);
}

enum pl_status pst_heap_open(struct pst_heap *h, struct pst_ndb *n, const struct pst_node *node, uint8_t client)
{
    struct pl_cache_block *b = NULL;
    *h = (struct pst_heap){.n = n, .sub = node->sub, .client = client};
    enum pl_status st = pst_tree_open(n, node->data, &h->tree);
    if (st != PL_OK)
        return st;
    if (!h->tree.count)
        return pl_report(n->report, PL_LOST, "pst.heap", n->key, PL_NO_OFFSET, "node 0x%" PRIx32 " has no data",
                         node->nid);
    st = pst_tree_leaf(n, &h->tree, 0, &b);
    if (st != PL_OK)
        return st;
    bool good = b->size >= 12 && b->data[2] == HEAP_SIGNATURE && b->data[3] == client;
    if (good)
        h->root = pl_le32(b->data + 4);
    pst_block_put(n, b);
    return good ? PL_OK : heap_complain(h, "its signature is wrong");
}

/* The place of an item in its block, by the map at the block's end: 2.3.1.5 */
static bool item_place(const struct pl_cache_block *b, unsigned index, size_t *at, size_t *size)
{
    if (b->size < 4)
        return false;
    size_t map = pl_le16(b->data);
    if (map + 4 > b->size)
        return false;
    unsigned count = pl_le16(b->data + map);
    if (index < 1 || index > count || map + 4 + 2 * ((size_t)count + 1) > b->size)
        return false;
    const uint8_t *p = b->data + map + 4 + 2 * (size_t)(index - 1);
    size_t from = pl_le16(p), to = pl_le16(p + 2);
    if (from > to || to > map)
        return false;
    *at = from;
    *size = to - from;
    return true;
}

enum pl_status pst_heap_get(struct pst_heap *h, uint32_t hid, struct pst_span *out)
{
    *out = (struct pst_span){0};
    if (!hid)
        return PL_END;
    unsigned bits = h->n->layout->heap_index_bits;
    unsigned index = hid >> 5 & ((1u << bits) - 1), block = hid >> (5 + bits);
    if (PST_NID_TYPE(hid) != PST_NID_HID || block >= h->tree.count)
        return heap_complain(h, "it has no item of that id");
    bool held = h->held && block == 0;
    struct pl_cache_block *b = h->held;
    enum pl_status st = held ? PL_OK : pst_tree_leaf(h->n, &h->tree, block, &b);
    if (st != PL_OK)
        return st;
    size_t at = 0, size = 0;
    bool good = item_place(b, index, &at, &size);
    if (good)
        *out = (struct pst_span){b->data + at, size, held ? NULL : b};
    else if (!held)
        pst_block_put(h->n, b);
    return good ? PL_OK : heap_complain(h, "it has no item of that id");
}

void pst_heap_hold(struct pst_heap *h)
{
    struct pl_cache_block *b = NULL;
    if (!h->held && pst_tree_leaf(h->n, &h->tree, 0, &b) == PL_OK)
        h->held = b;
}

void pst_heap_let_go(struct pst_heap *h)
{
    if (h->held)
        pst_block_put(h->n, h->held);
    h->held = NULL;
}

/* --- trees ------------------------------------------------------------------------------ */

enum pl_status pst_bth_open(struct pst_heap *h, uint32_t hid, struct pst_bth *out)
{
    struct pst_span s;
    enum pl_status st = pst_heap_get(h, hid, &s);
    if (st != PL_OK)
        return st == PL_END ? heap_complain(h, "its tree has no head") : st;
    bool good = s.size >= 8 && s.data[0] == BTH_TYPE;
    if (good)
        *out = (struct pst_bth){s.data[1], s.data[2], s.data[3], pl_le32(s.data + 4)};
    pst_span_put(h->n, &s);
    good = good && out->key_size && out->key_size <= 16 && out->key_size + out->value_size <= BTH_RECORD_MOST &&
           out->levels <= BTH_LEVEL_MOST;
    return good ? PL_OK : heap_complain(h, "the head of its tree is wrong");
}

struct walk {
    size_t stride;
    pst_record_visit one; /* or: */
    pst_records_visit many;
    void *data;
};

/* Records are copied out one by one: visit may use the cache. */
static enum pl_status records_each(const struct walk *w, const uint8_t *records, size_t count)
{
    uint8_t record[BTH_RECORD_MOST];
    enum pl_status st = PL_OK;
    for (; count && st != PL_STOP && st != PL_END; count--, records += w->stride) {
        memcpy(record, records, w->stride);
        st = w->one(w->data, record); /* NOLINT(clang-analyzer-core.CallAndMessage): without many there is one */
    }
    return st;
}

static enum pl_status leaf_records(struct pst_heap *h, uint32_t hid, const struct walk *w)
{
    struct pst_span s;
    enum pl_status st = pst_heap_get(h, hid, &s);
    if (st != PL_OK)
        return st == PL_END ? PL_OK : st;
    size_t count = s.size / w->stride;
    st = w->many ? w->many(w->data, s.data, count) : records_each(w, s.data, count);
    pst_span_put(h->n, &s);
    return st;
}

static enum pl_status index_entry(struct pst_heap *h, const struct pst_bth *t, uint32_t hid, uint32_t i,
                                  uint32_t *below)
{
    size_t stride = (size_t)t->key_size + 4;
    struct pst_span s;
    enum pl_status st = pst_heap_get(h, hid, &s);
    if (st != PL_OK)
        return st;
    bool more = (i + 1) * stride <= s.size;
    if (more)
        *below = pl_le32(s.data + i * stride + t->key_size);
    pst_span_put(h->n, &s);
    return more ? PL_OK : PL_END;
}

static enum pl_status walk(struct pst_heap *h, const struct pst_bth *t, const struct walk *w)
{
    uint32_t hids[BTH_LEVEL_MOST + 1] = {t->root}, next[BTH_LEVEL_MOST + 1] = {0};
    /* a heap of so many blocks has at most so many items */
    uint64_t budget = ((uint64_t)h->tree.count + 1) * 4096;
    unsigned depth = 0;
    enum pl_status worst = PL_OK;
    for (;;) {
        enum pl_status st;
        if (depth == t->levels) {
            st = leaf_records(h, hids[depth], w);
        } else {
            st = index_entry(h, t, hids[depth], next[depth]++, &hids[depth + 1]);
            if (st == PL_OK) {
                next[++depth] = 0;
                continue;
            }
            st = st == PL_END ? PL_OK : st;
        }
        if (st == PL_STOP || st == PL_END)
            return st;
        if (st < worst)
            worst = st;
        if (!depth || !budget--)
            return worst;
        depth--;
    }
}

static size_t record_size(const struct pst_bth *t) { return (size_t)t->key_size + t->value_size; }

enum pl_status pst_bth_visit(struct pst_heap *h, const struct pst_bth *t, pst_record_visit visit, void *data)
{
    return walk(h, t, &(struct walk){.stride = record_size(t), .one = visit, .data = data});
}

enum pl_status pst_bth_survey(struct pst_heap *h, const struct pst_bth *t, pst_records_visit visit, void *data)
{
    return walk(h, t, &(struct walk){.stride = record_size(t), .many = visit, .data = data});
}

static uint32_t key_of(const uint8_t *p, unsigned size) { return size >= 4 ? pl_le32(p) : pl_le16(p); }

/* The last record whose key is not above; NULL: none. */
static const uint8_t *record_search(const struct pst_span *s, size_t stride, unsigned key_size, uint32_t key)
{
    size_t low = 0, high = s->size / stride;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (key_of(s->data + middle * stride, key_size) <= key)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? s->data + (low - 1) * stride : NULL;
}

enum pl_status pst_bth_find(struct pst_heap *h, const struct pst_bth *t, uint32_t key, void *value)
{
    uint32_t hid = t->root;
    if (t->key_size != 2 && t->key_size != 4)
        return PL_END;
    for (unsigned level = t->levels;; level--) {
        struct pst_span s;
        enum pl_status st = pst_heap_get(h, hid, &s);
        if (st != PL_OK)
            return st;
        size_t stride = (size_t)t->key_size + (level ? 4 : t->value_size);
        const uint8_t *record = record_search(&s, stride, t->key_size, key);
        bool found = record && !level && key_of(record, t->key_size) == key;
        if (found)
            memcpy(value, record + t->key_size, t->value_size);
        hid = record && level ? pl_le32(record + t->key_size) : 0;
        pst_span_put(h->n, &s);
        if (found)
            return PL_OK;
        if (!level || !hid)
            return PL_END;
    }
}

/*
 * copy_heap.c - nodes of a copy without words: property contexts, tables, and the heaps below them. See copy.h.
 *
 * Of a heap its map is written, and each item that something names: records of trees, rows that an index has,
 * values by the type of their property. An item that nothing names was deleted, and stays zero. [MS-PST] 2.3
 */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "copy.h"

#define CLIENT_CONTEXT       0xbc
#define CLIENT_TABLE         0x7c
#define HEAP_SIGNATURE       0xec
#define ID_LOCALE            0x3ff1
#define ID_CODEPAGE          0x3ffd
#define ID_INTERNET_CODEPAGE 0x3fde
#define ID_PASSWORD          0x67ff
#define DEPTH_MOST           16u /* of messages in messages */
#define LEVEL_MOST           8u

struct node_copy {
    struct pst_copy *c;
    struct pst_heap heap;
    struct pst_image image;
    unsigned codepage;
    uint64_t work; /* items of trees */
    struct member_sum {
        uint32_t block;
        size_t at; /* of its record; 0: there is none */
        uint32_t stated;
    } sum;
};

/* --- heaps -------------------------------------------------------------------------------------------- */

/* Where the map of a block is stays at its begin, the map at its end: 2.3.1.2 to 2.3.1.5. How full blocks are
 * nobody reads; an item can't begin behind the map, and what says so still does. */
static void skeleton_write(struct node_copy *x, uint32_t i, const uint8_t *in, size_t size)
{
    uint8_t out[UINT16_MAX + 4];
    size_t head = i == 0 ? 8 : 2, map = size >= 2 ? pl_le16(in) : size;
    pst_image_write(&x->image, i, 0, in, head < size ? head : size);
    if (map + 4 > size)
        return;
    size_t count = pl_le16(in + map), entries = map + 4 + 2 * (count + 1) <= size ? count + 1 : 0;
    pl_put16(out, (uint16_t)(entries ? count : UINT16_MAX));
    pl_put16(out + 2, (uint16_t)(pl_le16(in + map + 2) > count ? UINT16_MAX : pl_le16(in + map + 2)));
    for (size_t k = 0, last = 0; k < entries; k++) {
        size_t at = pl_le16(in + map + 4 + 2 * k);
        pl_put16(out + 4 + 2 * k, (uint16_t)(at > map || at < last ? UINT16_MAX : at));
        last = at;
    }
    if (memcmp(out, in + map, 4 + 2 * entries) != 0)
        pl_unknown_add(&x->c->job->result->unknown, "the map of a heap");
    pst_image_write(&x->image, i, map, out, 4 + 2 * entries);
}

static void skeletons_write(struct node_copy *x)
{
    for (uint32_t i = 0; i < x->image.count; i++) {
        struct pl_cache_block *b = NULL;
        if (pst_tree_leaf(&x->c->s.n, &x->image.tree, i, &b) != PL_OK)
            continue;
        skeleton_write(x, i, b->data, b->size);
        pst_block_put(&x->c->s.n, b);
    }
}

/* Small numbers have zeros above them, so no four bytes in a row are letters. */
static void frame_clean(struct pst_copy *c, uint8_t *data, size_t size)
{
    enum { LETTERS = 4 };
    for (size_t at = 0, end; at < size; at = end + 1) {
        for (end = at; end < size && isalnum(data[end]);)
            end++;
        if (end - at >= LETTERS) {
            memset(data + at, 0xff, end - at);
            pl_unknown_add(&c->job->result->unknown, "ids in a heap, which spell a word");
        }
    }
}

static void span_write(struct pst_copy *c, struct pst_heap *heap, struct pst_image *image, uint32_t hid,
                       const struct pst_span *s, size_t size)
{
    uint32_t block = hid >> (5 + heap->n->layout->heap_index_bits);
    uint8_t out[UINT16_MAX];
    size = size < s->size ? size : s->size;
    memcpy(out, s->data, size);
    frame_clean(c, out, size);
    pst_image_write(image, block, (size_t)(s->data - s->pin->data), out, size);
}

void pst_copy_item(struct pst_copy *c, struct pst_heap *heap, struct pst_image *image, uint32_t hid, size_t size)
{
    struct pst_span s;
    if (pst_heap_get(heap, hid, &s) != PL_OK)
        return;
    span_write(c, heap, image, hid, &s, size);
    pst_span_put(heap->n, &s);
}

/* --- trees -------------------------------------------------------------------------------------------- */

/* The index items of a tree; its records go to `each`. */
static void tree_write(struct node_copy *x, const struct pst_bth *t, uint32_t hid, unsigned level,
                       void (*each)(struct node_copy *x, const struct pst_bth *t, uint32_t hid))
{
    struct pst_span s;
    size_t stride = (size_t)t->key_size + 4;
    if (!x->work)
        return;
    x->work--;
    if (!level) {
        each(x, t, hid);
        return;
    }
    if (pst_heap_get(&x->heap, hid, &s) != PL_OK)
        return;
    size_t count = s.size / stride;
    span_write(x->c, &x->heap, &x->image, hid, &s, count * stride);
    pst_span_put(x->heap.n, &s);
    for (size_t i = 0; i < count && pst_heap_get(&x->heap, hid, &s) == PL_OK; i++) {
        uint32_t below = (i + 1) * stride <= s.size ? pl_le32(s.data + i * stride + t->key_size) : 0;
        pst_span_put(x->heap.n, &s);
        tree_write(x, t, below, level - 1, each);
    }
}

/* Keys and values of an index of rows are numbers. */
static void records_write(struct node_copy *x, const struct pst_bth *t, uint32_t hid)
{
    struct pst_span s;
    size_t stride = (size_t)t->key_size + t->value_size;
    if (pst_heap_get(&x->heap, hid, &s) != PL_OK)
        return;
    span_write(x->c, &x->heap, &x->image, hid, &s, s.size / stride * stride);
    pst_span_put(x->heap.n, &s);
}

/* --- property contexts: 2.3.3 ------------------------------------------------------------------------ */

/* In place, or elsewhere; unknown types are neither. */
static bool is_elsewhere(const uint8_t record[8])
{
    int size = pst_copy_fixed(pl_le16(record + 2) & 0xfff);
    return size == 0 || size > 4 || (size > 0 && pl_le16(record + 2) & PT_MULTI);
}

/* A type that nobody knows is one after this as well; of a list it still is one of a list. */
static unsigned type_as_read(unsigned type)
{
    return pst_copy_fixed(type & 0xfff) < 0 && type ? (type & PT_MULTI) | 0xf0u : type;
}

/* A record: id, type, and a value or where it is. */
static void record_copy(struct node_copy *x, const struct pst_span *s, uint32_t hid, size_t at)
{
    const uint8_t *record = s->data + at;
    uint8_t out[8] = {0};
    int size = pst_copy_fixed(pl_le16(record + 2) & 0xfff);
    memcpy(out, record, 2);
    pl_put16(out + 2, (uint16_t)type_as_read(pl_le16(record + 2)));
    memcpy(out + 4, record + 4, is_elsewhere(record) ? 4 : size > 0 ? (size_t)size : 0);
    if (size < 0 && pl_le32(record + 4)) /* else nothing was overwritten */
        pl_unknown_add(&x->c->job->result->unknown, "the type of property 0x%08x",
                       pl_le32(record) << 16 | pl_le16(record + 2));
    if (pl_le16(record) == ID_PASSWORD && pl_le32(out + 4)) /* a checksum that would help to guess it */
        pl_put32(out + 4, 1);
    uint32_t block = hid >> (5 + x->heap.n->layout->heap_index_bits);
    size_t place = (size_t)(record - s->pin->data);
    pst_image_write(&x->image, block, place, out, sizeof out);
    if (pst_copy_pid(x->c, pl_le16(record)) == PidLidDistributionListChecksum)
        x->sum = (struct member_sum){block, place + 4, pl_le32(record + 4)};
}

static void context_records(struct node_copy *x, const struct pst_bth *t, uint32_t hid)
{
    struct pst_span s;
    (void)t;
    if (pst_heap_get(&x->heap, hid, &s) != PL_OK)
        return;
    for (size_t at = 0; at + 8 <= s.size; at += 8)
        record_copy(x, &s, hid, at);
    pst_span_put(x->heap.n, &s);
}

static void context_values(struct node_copy *x, const struct pst_bth *t, uint32_t hid)
{
    struct pst_span s;
    uint8_t record[8];
    (void)t;
    for (size_t at = 0; pst_heap_get(&x->heap, hid, &s) == PL_OK; at += sizeof record) {
        bool more = at + sizeof record <= s.size;
        if (more)
            memcpy(record, s.data + at, sizeof record);
        pst_span_put(x->heap.n, &s);
        if (!more)
            return;
        if (is_elsewhere(record))
            pst_copy_property(x->c, &x->heap, &x->image,
                              &(struct pst_property){(uint32_t)pl_le16(record) << 16 | pl_le16(record + 2),
                                                     pl_le32(record + 4), x->codepage, false});
    }
}

static enum pl_status codepage_survey(void *data, const uint8_t *records, size_t count)
{
    struct node_copy *x = data;
    for (; count; count--, records += 8) {
        unsigned id = pl_le16(records);
        uint32_t v = pl_le32(records + 4), page = id == ID_LOCALE ? pl_codepage_of_lcid(v) : v;
        if (pl_le16(records + 2) != PT_LONG || !page || page >= 0x10000 || page == 1200)
            continue;
        if ((id == ID_LOCALE || id == ID_CODEPAGE) && !x->c->job->codepage)
            x->codepage = page;
        if (id == ID_CODEPAGE)
            x->c->message = page;
        if (id == ID_INTERNET_CODEPAGE)
            x->c->internet = page;
    }
    return PL_OK;
}

/* Values first: one that points to the tree itself must not take its place. */
static bool context_copy(struct node_copy *x)
{
    struct pst_bth tree;
    if (pst_bth_open(&x->heap, x->heap.root, &tree) != PL_OK || tree.key_size != 2 || tree.value_size != 6) {
        pst_copy_item(x->c, &x->heap, &x->image, x->heap.root, 8);
        return false;
    }
    x->c->internet = x->c->message = 0;
    (void)!pst_bth_survey(&x->heap, &tree, codepage_survey, x);
    x->c->members = (struct pst_members){0};
    tree_write(x, &tree, tree.root, tree.levels, context_values);
    pst_copy_item(x->c, &x->heap, &x->image, x->heap.root, 8);
    x->work = ((uint64_t)x->image.count + 1) * 4096;
    tree_write(x, &tree, tree.root, tree.levels, context_records);
    if (x->sum.at && x->c->members.there && x->sum.stated == x->c->members.was) {
        uint8_t sum[4];
        pl_put32(sum, x->c->members.is);
        pst_image_write(&x->image, x->sum.block, x->sum.at, sum, sizeof sum);
    }
    return true;
}

/* --- tables: 2.3.4 --------------------------------------------------------------------------------------- */

/* Cells that are there, of the columns that are known. */
static void row_copy(struct node_copy *x, struct pst_table *t, const uint8_t *row, uint8_t *out)
{
    memcpy(out, row, 4);
    for (unsigned i = 0; i < t->column_count; i++) {
        const struct pst_column *k = &t->columns[i];
        uint8_t bit = (uint8_t)(0x80u >> k->bit % 8);
        size_t map = t->exists_at + k->bit / 8u;
        if (!(row[map] & bit))
            continue;
        out[map] |= bit;
        unsigned type = k->tag & 0xffff;
        int size = pst_copy_fixed(type & 0xfff);
        bool in_place = size > 0 && size <= k->size && !(type & PT_MULTI);
        if (in_place)
            memcpy(out + k->at, row + k->at, (size_t)size);
        else if (size >= 0 && k->size >= 4)
            memcpy(out + k->at, row + k->at, 4);
        if (!in_place && size >= 0 && k->size >= 4)
            pst_copy_property(x->c, &x->heap, &x->image,
                              &(struct pst_property){k->tag, pl_le32(row + k->at), x->codepage, true});
    }
}

struct rows {
    struct pst_table *table;
    struct pst_image image; /* of the rows, when they are no item of the heap */
};

static void rows_write(struct node_copy *x, struct rows *r)
{
    uint8_t in[UINT16_MAX], out[UINT16_MAX];
    struct pst_table *t = r->table;
    struct pst_span s;
    for (uint32_t i = 0; i < t->row_count && !pl_sanitize_stops(x->c->job); i++) {
        uint32_t place = 0;
        if (pst_table_row(t, i, &s) != PL_OK)
            continue;
        size_t at = (size_t)(s.data - s.pin->data);
        memcpy(in, s.data, t->row_size);
        pst_span_put(x->heap.n, &s);
        bool has = pst_table_has(t, pl_le32(in), &place);
        /* deleted, or the index is damaged; a reader that does not ask it for the place has this row as well */
        if (has && place != i)
            pl_unknown_add(&x->c->job->result->unknown, "row %" PRIu32 " of a table, whose index says %" PRIu32, i,
                           place);
        if (!has || place != i)
            continue;
        memset(out, 0, t->row_size);
        row_copy(x, t, in, out);
        if (t->rows_hid)
            pst_image_write(&x->image, t->rows_hid >> (5 + x->heap.n->layout->heap_index_bits), at, out,
                            t->row_size);
        else
            pst_image_write(&r->image, i / t->rows_each, at, out, t->row_size);
    }
}

/* 2.3.4.1: where groups of columns end, three ids, and the columns: a tag, a place, a size, a bit. */
static void info_write(struct node_copy *x, uint32_t hid, const struct pst_span *s, size_t size)
{
    enum { PLACES = 2, IDS = 10, COLUMNS = 22, COLUMN = 8, PLACE_MOST = 0x1fff, ID_MOST = 0x1fffffff };
    uint8_t out[COLUMNS + 256 * COLUMN];
    memcpy(out, s->data, size);
    bool changed = false;
    for (size_t at = PLACES; at < IDS; at += 2)
        if (pl_le16(out + at) > PLACE_MOST) {
            pl_put16(out + at, UINT16_MAX);
            changed = true;
        }
    for (size_t at = IDS; at < COLUMNS; at += 4)
        if (pl_le32(out + at) > ID_MOST) {
            pl_put32(out + at, 0xffffffe0u | out[at]);
            changed = true;
        }
    for (size_t at = COLUMNS; at + COLUMN <= size; at += COLUMN) {
        pl_put16(out + at, (uint16_t)type_as_read(pl_le16(out + at)));
        if (pl_le16(out + at + 4) > PLACE_MOST) {
            pl_put16(out + at + 4, UINT16_MAX);
            changed = true;
        }
    }
    frame_clean(x->c, out, size);
    if (changed)
        pl_unknown_add(&x->c->job->result->unknown, "the columns of a table");
    uint32_t block = hid >> (5 + x->heap.n->layout->heap_index_bits);
    pst_image_write(&x->image, block, (size_t)(s->data - s->pin->data), out, size);
}

/* Columns and index, which need no rows. */
static bool columns_write(struct node_copy *x, uint32_t hid)
{
    struct pst_bth index;
    struct pst_span s;
    if (pst_heap_get(&x->heap, hid, &s) != PL_OK)
        return false;
    size_t size = s.size >= 22 ? 22 + (size_t)s.data[1] * 8 : 0;
    uint32_t root = s.size >= 22 ? pl_le32(s.data + 10) : 0;
    if (size && size <= s.size)
        info_write(x, hid, &s, size);
    else
        span_write(x->c, &x->heap, &x->image, hid, &s, 2);
    pst_span_put(x->heap.n, &s);
    pst_copy_item(x->c, &x->heap, &x->image, root, 8);
    if (pst_bth_open(&x->heap, root, &index) != PL_OK)
        return false;
    tree_write(x, &index, index.root, index.levels, records_write);
    return true;
}

/* Rows and values first, as above. */
static bool table_copy(struct node_copy *x, const struct pst_node *node, bool *fits)
{
    struct pst_table t;
    struct rows rows = {.table = &t};
    bool good = pst_table_open(&t, &x->c->s.n, node) == PL_OK, outside = good && t.row_count && !t.rows_hid;
    if (outside && !pst_image_open(x->c, t.rows.bid, false, &rows.image))
        good = false;
    if (good)
        rows_write(x, &rows);
    if (good && outside)
        *fits = pst_image_save(x->c, &rows.image) && *fits;
    pst_image_free(&rows.image);
    return columns_write(x, x->heap.root) && good;
}

/* --- nodes ---------------------------------------------------------------------------------------------- */

static bool heap_stands(struct pst_copy *c, const struct pst_node *node, uint8_t client)
{
    struct pst_heap heap;
    struct pst_span s;
    if ((client != CLIENT_CONTEXT && client != CLIENT_TABLE) ||
        pst_heap_open(&heap, &c->s.n, node, client) != PL_OK || pst_heap_get(&heap, heap.root, &s) != PL_OK)
        return false;
    pst_span_put(heap.n, &s);
    return true;
}

/* What the first bytes of a node say that it is; 0: no heap. A value may begin so as well. */
static uint8_t client_of(struct pst_copy *c, const struct pst_node *node)
{
    struct pst_tree tree;
    struct pl_cache_block *b = NULL;
    uint8_t client = 0;
    if (!node->data || pst_tree_open(&c->s.n, node->data, &tree) != PL_OK || !tree.count ||
        pst_tree_leaf(&c->s.n, &tree, 0, &b) != PL_OK)
        return 0;
    if (b->size >= 12 && b->data[2] == HEAP_SIGNATURE)
        client = b->data[3];
    pst_block_put(&c->s.n, b);
    return client && (PST_NID_TYPE(node->nid) != PST_NID_VALUE || heap_stands(c, node, client)) ? client : 0;
}

/* Heaps of other kinds, of which nothing but the map is written, and which nobody reads: 2.3.1.2 */
static bool is_dispensable(uint8_t client)
{
    static const uint8_t clients[] = {0x6c, 0x8c, 0x9c, 0xa5, 0xac, 0xb5, 0xcc};
    return memchr(clients, client, sizeof clients) != NULL;
}

/* false: blocks did not fit with so many letters. */
static bool heap_copy(struct pst_copy *c, const struct pst_node *node, uint8_t client, unsigned *codepage)
{
    struct node_copy x = {.c = c, .codepage = *codepage};
    bool known = client == CLIENT_CONTEXT || client == CLIENT_TABLE, fits = true;
    if (!pst_image_open(c, node->data, false, &x.image)) {
        pl_unknown_add(&c->job->result->unknown, "node 0x%" PRIx32 ", which can't be read, or is too large",
                       node->nid);
        return true;
    }
    x.work = ((uint64_t)x.image.count + 1) * 4096;
    skeletons_write(&x);
    if (known && pst_heap_open(&x.heap, &c->s.n, node, client) == PL_OK)
        known = client == CLIENT_CONTEXT ? context_copy(&x) : table_copy(&x, node, &fits);
    else
        known = false;
    if (!known && !is_dispensable(client))
        pl_unknown_add(&c->job->result->unknown, "the heap of node 0x%" PRIx32, node->nid);
    fits = pst_image_save(c, &x.image) && fits;
    *codepage = x.codepage;
    pst_image_free(&x.image);
    return fits;
}

static void subnodes_copy(struct pst_copy *c, uint64_t bid, unsigned codepage, unsigned depth, unsigned above)
{
    struct pst_ndb *n = &c->s.n;
    const struct pst_layout *l = n->layout;
    struct pl_cache_block *b = NULL;
    size_t id = l->wide ? 8 : 4;
    if (!bid || !c->work || pst_block_get(n, bid, &b) != PL_OK)
        return;
    c->work--;
    pst_copy_list(c, bid);
    unsigned level = b->size >= l->sub_header && b->data[0] == 2 ? b->data[1] : above;
    size_t stride = level ? l->sub_index_entry : l->sub_entry, count = level < above ? pl_le16(b->data + 2) : 0;
    for (size_t i = 0; i < count && l->sub_header + (i + 1) * stride <= b->size; i++) {
        const uint8_t *e = b->data + l->sub_header + i * stride;
        struct pst_node node = {pl_le32(e), 0, pst_id(l, e + id), level ? 0 : pst_id(l, e + 2 * id)};
        if (level)
            subnodes_copy(c, node.data, codepage, depth, level);
        else if (client_of(c, &node) || node.sub)
            pst_copy_node(c, &node, codepage, depth + 1);
    }
    pst_block_put(n, b);
}

void pst_copy_node(struct pst_copy *c, const struct pst_node *node, unsigned codepage, unsigned depth)
{
    if (!c->work || depth > DEPTH_MOST || pl_sanitize_stops(c->job)) {
        pl_unknown_add(&c->job->result->unknown, "node 0x%" PRIx32 ", after too many others", node->nid);
        return;
    }
    c->work--;
    uint8_t client = client_of(c, node);
    bool fits = !client;
    if (!client) /* its first block is gone, or is no heap: lists say how far one comes */
        pst_copy_list(c, node->data);
    const struct pl_unknown unknown = c->job->result->unknown;
    const uint64_t written = c->job->result->written;
    for (; !fits && c->scramble.letters; c->scramble.letters = pl_scramble_fewer(c->scramble.letters)) {
        c->job->result->unknown = unknown;
        c->job->result->written = written;
        fits = heap_copy(c, node, client, &codepage);
    }
    c->scramble.letters = PL_SCRAMBLE_LETTERS;
    if (!fits)
        pl_unknown_add(&c->job->result->unknown, "node 0x%" PRIx32 ", whose blocks can't be compressed as well",
                       node->nid);
    subnodes_copy(c, node->sub, codepage, depth, LEVEL_MOST);
}

/*
 * ese_remains.c - what trees have given up: deleted nodes, and pages that no branch leads to any more.
 *
 * Layer: inside the engine, below records but for the ids of long values in deleted rows. First the branches of
 * each tree tell which leaves it has; then the file is read once, page by page, and each node is kept as its place,
 * in the order of tree, key and age. Of a key 16 bytes are held; where that is not the whole key, the node itself
 * is looked at. Cursors over remains are those of ese_tree.c, so whoever reads rows and long values reads deleted
 * ones by the same code.
 *
 * Ids of long values can be given out again. A value whose id lives belongs to a living row; one that rows of two
 * keys name belongs to nobody.
 */
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "ese_page.h"
#include "sorter.h"

#define MEMORY     ((size_t)1 << 20)
#define DEPTH_MOST 16
#define WHOLE_KEY  16u
#define PLACE_BITS 16 /* of a node on its page */

enum node_word { OBJID, HIGH, LOW, SIZE, AGE, PLACE, NODE_WORDS };
enum ref_word { REF_OBJID, REF_ID, REF_ROW, REF_WORDS };

struct tree {
    struct ese_tree tree;
    bool unsure; /* its branches are damaged */
};

struct ese_remains {
    struct ese_db *db;
    struct tree *trees; /* by object id */
    size_t tree_count;
    uint8_t *reached; /* a bit for each page */
    struct pl_sorter *nodes, *refs;
    struct ese_remains_counts counts;
    bool full;
};

/* --- which leaves a tree has ------------------------------------------------------------- */

static bool is_reached(const struct ese_remains *r, uint32_t pgno) { return r->reached[pgno / 8] >> pgno % 8 & 1; }

static void reach(struct ese_remains *r, uint32_t pgno)
{
    r->reached[pgno / 8] = (uint8_t)(r->reached[pgno / 8] | 1u << pgno % 8);
}

static void branch_walk(struct ese_remains *r, struct tree *t, uint32_t pgno, int depth)
{
    struct ese_page page;
    if (!pgno || pgno > r->db->page_count || is_reached(r, pgno))
        return;
    reach(r, pgno);
    enum pl_status st = depth < DEPTH_MOST ? ese_page_get(r->db, pgno, t->tree.objid, &page) : PL_LOST;
    t->unsure = t->unsure || st != PL_OK;
    if (st <= PL_LOST)
        return;
    bool leaf = page.flags & ESE_PAGE_LEAF, above = page.flags & ESE_PAGE_PARENT_OF_LEAF;
    for (unsigned i = 0; i < page.count && !leaf; i++) {
        struct ese_node node;
        bool good = ese_node_get(r->db, &page, i, &node) && node.data.size >= 4;
        uint32_t child = good ? pl_le32(node.data.data) : 0;
        t->unsure = t->unsure || !child || child > r->db->page_count;
        if (above && child && child <= r->db->page_count)
            reach(r, child);
        else if (!above)
            branch_walk(r, t, child, depth + 1);
    }
    ese_page_put(r->db, &page);
}

/* --- nodes --------------------------------------------------------------------------------- */

static uint64_t be_part(const uint8_t *key, size_t size, size_t from)
{
    uint64_t v = 0;
    for (size_t i = from; i < from + 8; i++)
        v = v << 8 | (i < size ? key[i] : 0);
    return v;
}

static uint64_t hash(const uint8_t *key, size_t size)
{
    uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */
    for (size_t i = 0; i < size; i++)
        h = (h ^ key[i]) * UINT64_C(1099511628211);
    return h;
}

static void ref_add(struct ese_remains *r, uint32_t objid, const struct ese_value *v, uint64_t row)
{
    uint64_t id = 0;
    for (size_t i = v->bytes.size; i-- > 0 && v->bytes.size <= 8;)
        id = id << 8 | v->bytes.data[i];
    const uint64_t record[REF_WORDS] = {objid, id, row};
    r->full = r->full || pl_sorter_add(r->refs, record) != PL_OK;
}

/* The long values that a row names. */
static void refs_take(struct ese_remains *r, const struct ese_table *t, const struct ese_node *node, uint64_t row)
{
    struct ese_record record;
    struct ese_fields fields;
    struct ese_cell cell;
    struct ese_value v;
    if (!t->long_values.root || ese_record_parse(t, node, &record) <= PL_LOST)
        return;
    ese_fields_init(&fields, &record);
    for (enum pl_status st; (st = ese_fields_next(&fields, &cell)) != PL_END && st > PL_LOST;)
        for (unsigned i = 0; i < cell.count; i++)
            if (ese_cell_value(&cell, i, &v) > PL_LOST && v.separated)
                ref_add(r, t->long_values.objid, &v, row);
}

static bool has_living(struct ese_remains *r, const struct tree *t, const uint8_t *key, size_t size)
{
    struct ese_cursor c;
    struct ese_node node;
    ese_cursor_init(&c, r->db, t->tree);
    enum pl_status st = ese_cursor_seek(&c, key, size);
    if (st > PL_LOST)
        st = ese_cursor_next(&c, &node);
    bool lives = st > PL_LOST && st != PL_END && ese_key_compare(&node, key, size) == 0;
    ese_cursor_close(&c);
    return lives || st <= PL_LOST;
}

static void page_take(struct ese_remains *r, const struct tree *t, const struct ese_page *page)
{
    uint8_t key[ESE_KEY_MOST];
    bool adrift = !is_reached(r, page->pgno);
    uint64_t before = r->counts.adrift;
    for (unsigned i = 0; i < page->count && i < 1u << PLACE_BITS; i++) {
        struct ese_node node;
        if (!ese_node_get(r->db, page, i, &node) || (!adrift && !(node.flags & ESE_NODE_DELETED)))
            continue;
        size_t size = ese_key_copy(&node, key);
        if (has_living(r, t, key, size))
            continue;
        const uint64_t record[NODE_WORDS] = {t->tree.objid,         be_part(key, size, 0),
                                             be_part(key, size, 8), size,
                                             ~page->dbtime,         (uint64_t)page->pgno << PLACE_BITS | i};
        r->full = r->full || pl_sorter_add(r->nodes, record) != PL_OK;
        ++*(adrift ? &r->counts.adrift : &r->counts.deleted);
    }
    r->counts.pages += r->counts.adrift != before;
}

/* The node of a record; its page is pinned. */
static bool node_read(struct ese_remains *r, const uint64_t record[NODE_WORDS], struct ese_page *page,
                      struct ese_node *out)
{
    if (ese_page_peek(r->db, (uint32_t)(record[PLACE] >> PLACE_BITS), page) <= PL_LOST)
        return false;
    if (ese_node_get(r->db, page, (unsigned)(record[PLACE] & ((1u << PLACE_BITS) - 1)), out))
        return true;
    ese_page_put(r->db, page);
    return false;
}

static struct tree *tree_of(const struct ese_remains *r, uint32_t objid)
{
    size_t low = 0, high = r->tree_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (r->trees[middle].tree.objid < objid)
            low = middle + 1;
        else
            high = middle;
    }
    return low < r->tree_count && r->trees[low].tree.objid == objid ? &r->trees[low] : NULL;
}

static void file_scan(struct ese_remains *r, uint8_t *buf)
{
    struct ese_db *db = r->db;
    for (uint32_t pgno = 1; pgno <= db->page_count && !r->full; pgno++) {
        struct ese_page page;
        size_t got = 0;
        if (pl_source_read(db->source, ese_page_offset(db, pgno), buf, db->header.page_size, &got) != PL_OK ||
            got < db->header.page_size) {
            r->counts.part = true;
            continue;
        }
        db->pages_read++;
        if (!ese_page_over(db, buf, pgno, &page) || !(page.flags & ESE_PAGE_LEAF) || page.flags & ESE_PAGE_SPACE)
            continue;
        const struct tree *t = tree_of(r, ese_page_owner(&page));
        if (t && !(t->unsure && !is_reached(r, pgno)) &&
            ese_page_verify(buf, db->header.page_size, pgno) != ESE_PAGE_BAD)
            page_take(r, t, &page);
    }
}

/* --- making --------------------------------------------------------------------------------- */

static int by_objid(const void *a, const void *b)
{
    const struct tree *x = a, *y = b;
    return x->tree.objid < y->tree.objid ? -1 : x->tree.objid > y->tree.objid;
}

static bool remains_make(struct ese_remains *r, size_t count)
{
    r->trees = calloc(count + 1, sizeof *r->trees);
    r->reached = calloc((size_t)r->db->page_count / 8 + 1, 1);
    r->nodes = pl_sorter_new(NODE_WORDS, MEMORY);
    return r->trees && r->reached && r->nodes;
}

static void trees_take(struct ese_remains *r, const struct ese_tree *trees, size_t count)
{
    for (size_t i = 0; i < count; i++)
        r->trees[r->tree_count++] = (struct tree){.tree = trees[i]};
    qsort(r->trees, r->tree_count, sizeof *r->trees, by_objid);
    for (size_t i = 0; i < r->tree_count; i++)
        branch_walk(r, &r->trees[i], r->trees[i].tree.root, 0);
}

void ese_remains_free(struct ese_remains *r)
{
    if (!r)
        return;
    pl_sorter_free(r->nodes);
    pl_sorter_free(r->refs);
    free(r->trees);
    free(r->reached);
    free(r);
}

static enum pl_status no_room(struct ese_remains *r)
{
    return pl_report(r->db->report, PL_STOP, "recover.room", NULL, PL_NO_OFFSET,
                     "what was deleted can't be kept in order: make room for temporary files, or set TMPDIR");
}

enum pl_status ese_remains_find(struct ese_db *db, const struct ese_tree *trees, size_t count,
                                struct ese_remains **out)
{
    struct ese_remains *r = calloc(1, sizeof *r);
    uint8_t *buf = malloc(db->header.page_size);
    enum pl_status st = PL_OK;
    if (r)
        r->db = db;
    if (!r || !buf || !remains_make(r, count)) {
        st = pl_report(db->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
    } else {
        trees_take(r, trees, count);
        file_scan(r, buf);
        if (r->full || pl_sorter_sort(r->nodes) != PL_OK)
            st = no_room(r);
    }
    free(buf);
    if (st != PL_OK) {
        ese_remains_free(r);
        r = NULL;
    }
    *out = r;
    return st;
}

/* Also of rows that are older states: what they name was theirs. */
static void table_learn(struct ese_remains *r, const struct ese_table *t)
{
    uint64_t record[NODE_WORDS], at = pl_sorter_find(r->nodes, t->row.tree.objid);
    for (; pl_sorter_at(r->nodes, at, record) && record[OBJID] == t->row.tree.objid && !r->full; at++) {
        uint8_t key[ESE_KEY_MOST];
        struct ese_page page;
        struct ese_node node;
        if (!node_read(r, record, &page, &node))
            continue;
        refs_take(r, t, &node, hash(key, ese_key_copy(&node, key)));
        ese_page_put(r->db, &page);
    }
}

enum pl_status ese_remains_learn(struct ese_remains *r, const struct ese_table *const *tables, size_t count)
{
    pl_sorter_free(r->refs);
    r->refs = pl_sorter_new(REF_WORDS, MEMORY);
    if (!r->refs)
        return pl_report(r->db->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
    for (size_t i = 0; i < count; i++)
        table_learn(r, tables[i]);
    return r->full || pl_sorter_sort(r->refs) != PL_OK ? no_room(r) : PL_OK;
}

bool ese_remains_is_adrift(const struct ese_remains *r, uint64_t offset)
{
    uint64_t pgno = offset / r->db->header.page_size;
    return pgno >= 1 && pgno - 1 <= r->db->page_count && !is_reached(r, (uint32_t)(pgno - 1));
}

void ese_remains_count(const struct ese_remains *r, struct ese_remains_counts *out) { *out = r->counts; }

bool ese_remains_is_shared(struct ese_remains *r, uint32_t objid, const uint8_t *id, size_t size)
{
    uint64_t key[2] = {objid, 0}, first[REF_WORDS], other[REF_WORDS];
    for (size_t i = 0; i < size; i++)
        key[1] = key[1] << 8 | id[i];
    uint64_t at = r->refs ? pl_sorter_seek(r->refs, key, 2) : 0;
    if (!r->refs)
        return true; /* nobody knows */
    return pl_sorter_at(r->refs, at, first) && first[REF_OBJID] == objid && first[REF_ID] == key[1] &&
           pl_sorter_at(r->refs, at + 1, other) && other[REF_OBJID] == objid && other[REF_ID] == key[1];
}

/* --- cursors ----------------------------------------------------------------------------------- */

enum pl_status ese_remains_seek(struct ese_cursor *c, const void *key, size_t size)
{
    const uint64_t first[] = {c->tree.objid, be_part(key, size, 0), be_part(key, size, 8),
                              size < WHOLE_KEY ? size : 0};
    c->last.set = size >= WHOLE_KEY;
    if (c->last.set)
        memcpy(c->last.bytes, key, c->last.key = size);
    c->dead_at = pl_sorter_seek(c->db->remains->nodes, first, 4);
    return PL_OK;
}

/* Is this an older state of the node before it? */
static bool is_older(struct ese_remains *r, uint64_t at, const uint64_t record[NODE_WORDS])
{
    uint64_t before[NODE_WORDS];
    return record[SIZE] <= WHOLE_KEY && at && pl_sorter_at(r->nodes, at - 1, before) &&
           !memcmp(before, record, (SIZE + 1) * sizeof *record);
}

enum pl_status ese_remains_next(struct ese_cursor *c, struct ese_node *out)
{
    struct ese_remains *r = c->db->remains;
    uint64_t record[NODE_WORDS];
    for (; pl_sorter_at(r->nodes, c->dead_at, record) && record[OBJID] == c->tree.objid; c->dead_at++) {
        if (is_older(r, c->dead_at, record))
            continue;
        ese_page_put(c->db, &c->leaf);
        if (!node_read(r, record, &c->leaf, out) ||
            (c->last.set && ese_key_compare(out, c->last.bytes, c->last.key) < 0))
            continue;
        c->dead_at++;
        return PL_OK;
    }
    return PL_END;
}

/*
 * ndb.c - header, pages and B-trees of the node database. See ndb.h.
 *
 * Layer: inside the PST reader, above source and cache. Invariant: each step down a
 * tree needs a smaller level, so no tree of any bytes makes an endless walk; a walk over
 * all nodes takes only ids that grow, so no node comes twice.
 */
#include "ndb.h"

#include <inttypes.h>
#include <string.h>

#include "block.h"
#include "bytes.h"
#include "crypt.h"
#include "sweep.h"

#define MAGIC          0x4e444221u /* "!BDN" */
#define LEVEL_MOST     8
#define BLOCKS_AT_HAND 32
#define AHEAD_MOST     ((size_t)128 << 10)

/* --- header: 2.2.2.6 ------------------------------------------------------------- */

/* What the two bytes at 8 say. Address books are not in [MS-PST]; descriptions of the file call them "AB", libpff
 * reads these bytes the other way round, and no real one was there to ask. */
static const struct {
    uint16_t client;
    const char *kind;
} clients[] = {{0x4d53, "pst"}, {0x4f53, "ost"}, {0x4241, "pab"}, {0x4142, "pab"}};

static const char *kind_of(unsigned client)
{
    for (size_t i = 0; i < sizeof clients / sizeof clients[0]; i++)
        if (clients[i].client == client)
            return clients[i].kind;
    return NULL;
}

int pst_ndb_probe(struct pl_source *source)
{
    uint8_t head[12];
    size_t got = 0;
    if (pl_source_read(source, 0, head, sizeof head, &got) != PL_OK || got < sizeof head)
        return 0;
    if (pl_le32(head) != MAGIC || !kind_of(pl_le16(head + 8)))
        return 0;
    return pst_layout_of(pl_le16(head + 10)) ? 64 : 48;
}

static void header_crc_check(struct pst_ndb *n, const uint8_t *head)
{
    const struct pst_layout *l = n->layout;
    bool good = pst_crc(head + 8, 471) == pl_le32(head + 4);
    if (l->crc_full_size)
        good = good && pst_crc(head + 8, l->crc_full_size) == pl_le32(head + l->crc_full);
    if (!good)
        pl_report(n->report, PL_WARN, "pst.header-crc", n->key, 4,
                  "the header's checksum is wrong; it is used as it is");
}

static enum pl_status header_parse(struct pst_ndb *n, const uint8_t *head, size_t got)
{
    const struct pst_layout *l = n->layout;
    if (got < l->header_size)
        return pl_report(n->report, PL_STOP, "pst.header-short", NULL, 0,
                         "only %zu bytes of a header of %u: the file was cut off at its start", got,
                         l->header_size);
    n->kind = kind_of(pl_le16(head + 8));
    n->client_version = pl_le16(head + 12);
    n->crypt = head[l->crypt];
    n->maps = head[l->amap_valid];
    n->eof = pst_id(l, head + l->eof);
    size_t half = l->wide ? 8 : 4;
    n->nbt = (struct pst_ref){pst_id(l, head + l->nbt), pst_id(l, head + l->nbt + half)};
    n->bbt = (struct pst_ref){pst_id(l, head + l->bbt), pst_id(l, head + l->bbt + half)};
    header_crc_check(n, head);
    if (n->crypt > PST_CRYPT_CYCLIC)
        return pl_report(n->report, PL_STOP, "pst.crypt", NULL, l->crypt,
                         "encrypted by a method (0x%02x) that is tied to a Windows account: export it there",
                         n->crypt);
    return PL_OK;
}

/* For the blocks of an item and of its folder's tables, which are few at a time. 0: all blocks stay as pages do,
 * where there is room for few of them, or where they have to be inflated again. */
static size_t brief_room(const struct pst_layout *l, size_t memory)
{
    size_t blocks = (size_t)BLOCKS_AT_HAND * l->block_most;
    return l->deflated || blocks > memory / 4 ? 0 : blocks;
}

enum pl_status pst_ndb_open(struct pst_ndb *n, struct pl_source *source, struct pl_report *report, size_t memory)
{
    uint8_t head[564] = {0};
    size_t got = 0;
    *n = (struct pst_ndb){.source = source, .report = report};
    if (pl_source_read(source, 0, head, sizeof head, &got) != PL_OK)
        return pl_report(report, PL_STOP, "source.read", NULL, 0, "cannot be read: %s", strerror(source->error));
    n->version = pl_le16(head + 10);
    n->layout = pst_layout_of(n->version);
    if (!n->layout)
        return pl_report(report, PL_STOP, "pst.version", NULL, 10,
                         "a PST of version %u, which is not known: open it in Outlook and export it", n->version);
    enum pl_status st = header_parse(n, head, got);
    if (st != PL_OK)
        return st;
    n->ahead.most = memory / 16 < AHEAD_MOST ? memory / 16 : AHEAD_MOST;
    memory -= n->ahead.most;
    n->cache = pl_cache_new(memory, brief_room(n->layout, memory), pst_block_load, n);
    return n->cache ? PL_OK : pl_report(report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
}

void pst_ndb_close(struct pst_ndb *n)
{
    if (n->cache)
        pl_cache_free(n->cache);
    n->cache = NULL;
    pl_ahead_free(&n->ahead);
    pst_rebuild_free(n);
    pst_dead_free(n);
}

/* --- pages of B-trees: 2.2.2.7.7 ---------------------------------------------------- */

struct page {
    const uint8_t *data;
    unsigned count, entry_size, level;
    struct pl_cache_block *pin;
};

static enum pl_status page_complain(struct pst_ndb *n, uint64_t ib, const char *what)
{
    return pl_report(n->report, PL_LOST, "pst.page", n->key, ib, "a page of the index cannot be used: %s", what);
}

/* Reads the fields of a page and checks that its entries lie in it. */
static enum pl_status page_parse(struct pst_ndb *n, uint64_t ib, uint8_t type, struct page *out)
{
    const struct pst_layout *l = n->layout;
    const uint8_t *p = out->data;
    out->count = l->bt_count_wide ? pl_le16(p + l->bt_count) : p[l->bt_count];
    out->entry_size = p[l->bt_entry_size];
    out->level = p[l->bt_level];
    if (p[l->page_trailer] != type)
        return page_complain(n, ib, "its type is another");
    unsigned least = out->level ? l->bt_entry : type == PST_PAGE_NBT ? l->nbt_entry : l->bbt_entry;
    if (out->level > LEVEL_MOST || out->entry_size < least)
        return page_complain(n, ib, "its shape is wrong");
    if (out->count * out->entry_size > l->bt_count)
        return page_complain(n, ib, "it counts more entries than fit");
    return PL_OK;
}

static enum pl_status page_get(struct pst_ndb *n, uint64_t ib, uint8_t type, struct page *out)
{
    *out = (struct page){0};
    if (!pst_step(n))
        return PL_LOST;
    enum pl_status st = pl_cache_get(n->cache, ib | 1, &out->pin);
    if (st == PL_STOP) /* that is no fault of the page: nothing is to be rebuilt */
        pl_report(n->report, PL_LOST, "memory", n->key, ib, "out of memory");
    if (st <= PL_LOST)
        return st;
    n->degraded = n->degraded || st == PL_WARN; /* the cache remembers what the loader found */
    pl_work_loaded(n->work, out->pin->size);
    if (out->pin->fault)
        pl_report_touched(n->report, out->pin->fault);
    out->data = out->pin->data;
    st = page_parse(n, ib, type, out);
    if (st != PL_OK)
        pl_cache_put(n->cache, out->pin);
    return st;
}

static uint64_t page_key(const struct pst_ndb *n, const struct page *p, unsigned i, uint64_t mask)
{
    return pst_id(n->layout, p->data + (size_t)i * p->entry_size) & mask;
}

/* The last entry whose key is not above; -1 when all are. */
static int page_search(const struct pst_ndb *n, const struct page *p, uint64_t key, uint64_t mask)
{
    int low = 0, high = (int)p->count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (page_key(n, p, (unsigned)middle, mask) <= (key & mask))
            low = middle + 1;
        else
            high = middle;
    }
    return low - 1;
}

/* Keys below a page are not under that of the entry which leads to it, and under that of the next one. */
struct bounds {
    uint64_t low, high;
};
static const struct bounds unbound = {0, UINT64_MAX};

/* Keys in a page grow: the loader saw to that. */
static enum pl_status page_within(struct pst_ndb *n, uint64_t ib, const struct page *p, uint64_t mask,
                                  const struct bounds *b)
{
    if (!p->count || (page_key(n, p, 0, mask) >= b->low && page_key(n, p, p->count - 1, mask) < b->high))
        return PL_OK;
    return page_complain(n, ib, "its keys are not those that its parent says");
}

static struct bounds bounds_below(const struct pst_ndb *n, const struct page *p, unsigned i, uint64_t mask,
                                  const struct bounds *b)
{
    return (struct bounds){page_key(n, p, i, mask), i + 1 < p->count ? page_key(n, p, i + 1, mask) : b->high};
}

struct index {
    const struct pst_ref *root;
    const struct pst_leaves *leaves;
    uint64_t mask;
    uint8_t type;
};

/* Goes down to the leaf entry with exactly that key. On PL_OK the page is pinned. */
static enum pl_status tree_find(struct pst_ndb *n, const struct index *in, uint64_t key, struct page *page,
                                const uint8_t **entry)
{
    uint64_t ib = in->root->ib;
    unsigned above = LEVEL_MOST + 1;
    struct bounds bounds = unbound;
    for (;;) {
        enum pl_status st = page_get(n, ib, in->type, page);
        if (st != PL_OK)
            return st;
        st = page->level < above ? page_within(n, ib, page, in->mask, &bounds)
                                 : page_complain(n, ib, "it points to its own level");
        if (st != PL_OK) {
            pl_cache_put(n->cache, page->pin);
            return st;
        }
        above = page->level;
        int i = page_search(n, page, key, in->mask);
        const uint8_t *e = i < 0 ? NULL : page->data + (size_t)i * page->entry_size;
        if (!page->level) {
            if (e && page_key(n, page, (unsigned)i, in->mask) == (key & in->mask)) {
                *entry = e;
                return PL_OK;
            }
            e = NULL;
        }
        if (e) { /* before the page is put: a cache that has no room for it drops it then */
            bounds = bounds_below(n, page, (unsigned)i, in->mask, &bounds);
            ib = pst_id(n->layout, e + (n->layout->wide ? 16 : 8));
        }
        pl_cache_put(n->cache, page->pin);
        if (!e)
            return PL_END;
    }
}

#define LEAVES_TRIED 32 /* old copies of a leaf that may stand before the one that counts */

/* The same over the leaves of a rebuilt index: the newest one that has the key. */
static enum pl_status leaves_find(struct pst_ndb *n, const struct index *in, uint64_t key, struct page *page,
                                  const uint8_t **entry)
{
    uint32_t end = pst_leaves_upto(in->leaves, key & in->mask);
    uint64_t newest = 0;
    *page = (struct page){0};
    for (uint32_t i = end; i-- > 0 && end - i <= LEAVES_TRIED;) {
        struct page here;
        const struct pst_leaf *leaf = &in->leaves->list[i];
        if ((page->pin && leaf->bid <= newest) || page_get(n, leaf->ib, in->type, &here) <= PL_LOST)
            continue;
        int at = page_search(n, &here, key, in->mask);
        if (at < 0 || page_key(n, &here, (unsigned)at, in->mask) != (key & in->mask)) {
            pl_cache_put(n->cache, here.pin);
            continue;
        }
        if (page->pin)
            pl_cache_put(n->cache, page->pin);
        *page = here;
        *entry = here.data + (size_t)at * here.entry_size;
        newest = leaf->bid;
    }
    return page->pin ? PL_OK : PL_END;
}

static enum pl_status leaf_find(struct pst_ndb *n, int kind, uint64_t key, struct page *page, const uint8_t **entry)
{
    const struct index in = kind == PST_NBT ? (struct index){&n->nbt, &n->leaves[kind], NID_MASK, PST_PAGE_NBT}
                                            : (struct index){&n->bbt, &n->leaves[kind], BID_MASK, PST_PAGE_BBT};
    enum pl_status st = n->rebuilt ? PL_LOST : tree_find(n, &in, key, page, entry);
    if (st != PL_LOST || !pl_work_fits(n->work))
        return st;
    pst_rebuild(n);
    return leaves_find(n, &in, key, page, entry);
}

struct pst_node pst_node_parse(const struct pst_layout *l, const uint8_t *e)
{
    size_t id = l->wide ? 8 : 4;
    return (struct pst_node){
        .nid = pl_le32(e), .data = pst_id(l, e + id), .sub = pst_id(l, e + 2 * id), .parent = pl_le32(e + 3 * id)};
}

enum pl_status pst_node_find(struct pst_ndb *n, uint32_t nid, struct pst_node *out)
{
    struct page page;
    const uint8_t *e = NULL;
    enum pl_status st = leaf_find(n, PST_NBT, nid, &page, &e);
    if (st != PL_OK)
        return st;
    *out = pst_node_parse(n->layout, e);
    pl_cache_put(n->cache, page.pin);
    return PL_OK;
}

static struct pst_place place_parse(const struct pst_layout *l, const uint8_t *e)
{
    size_t id = l->wide ? 8 : 4;
    return (struct pst_place){.bid = pst_id(l, e),
                              .ib = pst_id(l, e + id),
                              .stored = pl_le16(e + 2 * id),
                              .size = pl_le16(e + 2 * id + (l->deflated ? 2 : 0)),
                              .shared = pl_le16(e + 2 * id + (l->deflated ? 4 : 2)) > 2};
}

bool pst_leaf_is_living(struct pst_ndb *n, uint32_t nid, uint64_t ib)
{
    struct page page;
    const uint8_t *e = NULL;
    if (leaf_find(n, PST_NBT, nid, &page, &e) != PL_OK)
        return false;
    bool same = page.pin->key == (ib | 1);
    pl_cache_put(n->cache, page.pin);
    return same;
}

enum pl_status pst_place_find(struct pst_ndb *n, uint64_t bid, bool dead, struct pst_place *out)
{
    struct page page;
    const uint8_t *e = NULL;
    enum pl_status st = leaf_find(n, PST_BBT, bid, &page, &e);
    if (st == PL_END && dead)
        return pst_dead_find(n->dead, bid, out);
    if (st != PL_OK)
        return st;
    *out = place_parse(n->layout, e);
    pl_cache_put(n->cache, page.pin);
    return PL_OK;
}

/* --- all nodes ---------------------------------------------------------------------- */

struct step {
    uint64_t ib;
    bool met;
    unsigned next; /* entry to take when the walk comes back */
    unsigned level;
    struct bounds bounds;
};

/* A walk over one of the two indexes; the other one's visit is NULL. */
struct nodes {
    struct pst_ndb *n;
    pst_visit visit;
    pst_place_visit visit_place;
    void *data;
    uint64_t mask;
    uint64_t last;  /* key + 1 of the entry visited last */
    uint64_t pages; /* that a tree of this file can have at most */
    uint8_t type;
};

static enum pl_status entry_visit(const struct nodes *w, const uint8_t *entry)
{
    if (w->visit) {
        const struct pst_node node = pst_node_parse(w->n->layout, entry);
        return w->visit(w->data, &node);
    }
    const struct pst_place place = place_parse(w->n->layout, entry);
    return w->visit_place(w->data, &place);
}

static enum pl_status leaf_visit(struct nodes *w, const struct page *page)
{
    for (unsigned i = 0; i < page->count; i++) {
        uint64_t key = page_key(w->n, page, i, w->mask);
        if (key < w->last)
            continue; /* seen, or out of order: no other search would find it either */
        w->last = key + 1;
        enum pl_status st = entry_visit(w, page->data + (size_t)i * page->entry_size);
        if (st != PL_OK)
            return st;
    }
    return PL_OK;
}

/* Takes one step of the walk: a leaf, an entry down, or back up. */
static enum pl_status walk_step(struct nodes *w, struct step *stack, int *depth)
{
    struct page page;
    struct step *s = &stack[*depth];
    enum pl_status st = page_get(w->n, s->ib, w->type, &page);
    w->n->pages_walked += !s->met;
    s->met = true;
    if (st == PL_OK) {
        st = page.level < s->level && w->pages-- ? page_within(w->n, s->ib, &page, w->mask, &s->bounds)
                                                 : page_complain(w->n, s->ib, "it points to its own level");
        if (st != PL_OK)
            pl_cache_put(w->n->cache, page.pin);
    }
    if (st != PL_OK) {
        --*depth;
        return st == PL_STOP ? PL_STOP : PL_LOST;
    }
    st = PL_OK;
    if (!page.level) {
        st = leaf_visit(w, &page);
        --*depth;
    } else if (s->next >= page.count) {
        --*depth;
    } else {
        unsigned i = s->next++;
        bool before = i + 1 < page.count && page_key(w->n, &page, i + 1, w->mask) <= w->last;
        if (!before) {
            const uint8_t *e = page.data + (size_t)i * page.entry_size;
            struct bounds bounds = bounds_below(w->n, &page, i, w->mask, &s->bounds);
            stack[++*depth] = (struct step){.ib = pst_id(w->n->layout, e + (w->n->layout->wide ? 16 : 8)),
                                            .level = page.level,
                                            .bounds = bounds};
        }
    }
    pl_cache_put(w->n->cache, page.pin);
    return st;
}

/* The smallest id from `from` on that any leaf of a rebuilt index has. */
static bool leaves_next(struct pst_ndb *n, uint64_t from, uint64_t *nid)
{
    const struct pst_leaves *leaves = &n->leaves[PST_NBT];
    uint32_t end = pst_leaves_upto(leaves, from);
    bool found = end < leaves->count;
    if (found)
        *nid = leaves->list[end].key;
    for (uint32_t i = end; i-- > 0 && end - i <= LEAVES_TRIED;) {
        struct page page;
        if (page_get(n, leaves->list[i].ib, PST_PAGE_NBT, &page) <= PL_LOST)
            continue;
        unsigned at = from ? (unsigned)(page_search(n, &page, from - 1, NID_MASK) + 1) : 0;
        uint64_t key = at < page.count ? page_key(n, &page, at, NID_MASK) : 0;
        if (at < page.count && key >= from && (!found || key < *nid)) {
            *nid = key;
            found = true;
        }
        pl_cache_put(n->cache, page.pin);
    }
    return found;
}

/* Old leaves name nodes too; the newest that has one says what it is. */
static enum pl_status leaves_visit(struct nodes *w)
{
    enum pl_status st = PL_OK;
    uint64_t nid = 0;
    while (st != PL_STOP && st != PL_END && leaves_next(w->n, w->last, &nid)) {
        struct pst_node node;
        w->last = nid + 1;
        if (pst_node_find(w->n, (uint32_t)nid, &node) == PL_OK)
            st = w->visit(w->data, &node);
    }
    return st;
}

static enum pl_status tree_visit(struct nodes *w, uint64_t root)
{
    struct step stack[LEVEL_MOST + 2];
    enum pl_status worst = PL_OK;
    int depth = 0;
    w->pages = 64 + 64 * (w->n->source->size / w->n->layout->page_size);
    stack[0] = (struct step){.ib = root, .level = LEVEL_MOST + 1, .bounds = unbound};
    while (depth >= 0) {
        enum pl_status st = walk_step(w, stack, &depth);
        if (st == PL_STOP || st == PL_END)
            return st;
        if (st < worst)
            worst = st;
        if (!w->pages)
            break;
    }
    return worst;
}

enum pl_status pst_nodes_visit(struct pst_ndb *n, uint32_t from_nid, pst_visit visit, void *data)
{
    struct nodes w = {
        .n = n, .visit = visit, .data = data, .mask = NID_MASK, .last = from_nid, .type = PST_PAGE_NBT};
    return n->rebuilt ? leaves_visit(&w) : tree_visit(&w, n->nbt.ib);
}

enum pl_status pst_places_visit(struct pst_ndb *n, pst_place_visit visit, void *data)
{
    struct nodes w = {.n = n, .visit_place = visit, .data = data, .mask = BID_MASK, .type = PST_PAGE_BBT};
    return tree_visit(&w, n->bbt.ib);
}

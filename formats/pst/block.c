/*
 * block.c - loading of pages and blocks, data trees, subnode trees. See ndb.h.
 *
 * Layer: inside the PST reader. A wrong checksum or signature is PL_WARN and the bytes
 * are still tried; what cannot be read at all is PL_LOST. Positions in a data tree are
 * computed, not walked to: all blocks but the last are full, and all lower tree blocks
 * have as many entries as the first. [MS-PST] 2.2.2.8
 */
#include "block.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "bytes.h"
#include "crypt.h"

#define SUB_LEVEL_MOST 4
#define INFLATE_MOST   1032u /* deflate never does better */

/* --- loading -------------------------------------------------------------------------- */

/* Blocks are read in the order in which they were written, as a rule; pages lie among them. */
static enum pl_status read_some(struct pst_ndb *n, uint64_t ib, uint8_t *buf, size_t size, bool is_page,
                                size_t *got)
{
    if (!is_page)
        return pl_ahead_read(&n->ahead, n->source, ib, buf, size, got);
    *got = size;
    return pl_ahead_has(&n->ahead, ib, buf, size) ? PL_OK : pl_source_read(n->source, ib, buf, size, got);
}

static enum pl_status read_whole(struct pst_ndb *n, uint64_t ib, uint8_t *buf, size_t size, bool is_page)
{
    const char *what = is_page ? "a page of the index" : "a block";
    size_t got = 0;
    if (read_some(n, ib, buf, size, is_page, &got) != PL_OK)
        return pl_report(n->report, PL_LOST, "source.read", n->key, ib, "%s cannot be read: %s", what,
                         strerror(n->source->error));
    if (got < size)
        return pl_report_once(n->report, PL_LOST, "pst.cut", n->key, ib, "%s lies beyond the end of the file",
                              what);
    return PL_OK;
}

/* Puts the entries of an index page in the order of their keys, for all searches rely on it. false: they were. A
 * page of another shape is left to who reads it. */
static bool page_sort(const struct pst_layout *l, uint8_t *p)
{
    uint64_t mask = p[l->page_trailer] == PST_PAGE_NBT ? NID_MASK : BID_MASK;
    unsigned count = l->bt_count_wide ? pl_le16(p + l->bt_count) : p[l->bt_count];
    size_t size = p[l->bt_entry_size];
    bool moved = false;
    if (size < (l->wide ? 8 : 4) || count * size > l->bt_count)
        return false;
    for (unsigned i = 1; i < count; i++) {
        uint8_t entry[UINT8_MAX];
        uint64_t key = pst_id(l, p + i * size) & mask;
        unsigned to = i;
        while (to && (pst_id(l, p + (to - 1) * size) & mask) > key)
            to--;
        if (to == i)
            continue;
        memcpy(entry, p + i * size, size);
        memmove(p + (to + 1) * size, p + to * size, (i - to) * size);
        memcpy(p + to * size, entry, size);
        moved = true;
    }
    return moved;
}

/* Of what is used all the same. PL_WARN. A reason that there is already stays, as it does where the cache has it:
 * what is in the cache must not decide. */
static enum pl_status doubt(struct pst_ndb *n, const char *code, uint64_t ib, const char *what)
{
    const char *before = n->report->fault;
    pl_cache_fault(n->cache, code);
    enum pl_status st = pl_report_once(n->report, PL_WARN, code, n->key, ib, "%s", what);
    n->report->fault = before ? before : n->report->fault;
    return st;
}

static enum pl_status page_load(struct pst_ndb *n, uint64_t ib, uint8_t **data, size_t *size)
{
    const struct pst_layout *l = n->layout;
    uint8_t *page = pl_cache_alloc(n->cache, l->page_size);
    n->pages_read++;
    if (!page)
        return PL_STOP;
    enum pl_status st = read_whole(n, ib, page, l->page_size, true);
    if (st != PL_OK) {
        pl_cache_unalloc(page);
        return st;
    }
    uint32_t crc = pl_le32(page + l->page_trailer + (l->wide ? 4 : 8));
    if (crc != pst_crc(page, l->page_crc_size))
        st = doubt(n, "pst.page-crc", ib, "the checksum of an index page is wrong");
    if (page_sort(l, page))
        st = doubt(n, "pst.page-order", ib, "the entries of an index page were not in order");
    *data = page;
    *size = l->page_size;
    return st;
}

/* 4k stores: zlib streams that inflate to a size the block tree states. */
static enum pl_status inflate_block(struct pst_ndb *n, const struct pst_place *p, uint8_t **data, size_t *size)
{
    uint8_t *out = pl_cache_alloc(n->cache, p->size);
    if (!out)
        return PL_STOP;
    uLongf got = p->size;
    int rc = uncompress(out, &got, *data, *size);
    if (rc != Z_OK || got != p->size) {
        pl_cache_unalloc(out);
        return pl_report_once(n->report, PL_LOST, "pst.inflate", n->key, p->ib,
                              "a compressed block does not inflate");
    }
    pl_cache_unalloc(*data);
    *data = out;
    *size = got;
    pl_work_bytes(n->work, got);
    return PL_OK;
}

static enum pl_status trailer_check(struct pst_ndb *n, const struct pst_place *p, const uint8_t *data,
                                    const uint8_t *trailer)
{
    uint32_t crc = pl_le32(trailer + (n->layout->wide ? 4 : 8));
    uint64_t bid = pst_id(n->layout, trailer + (n->layout->wide ? 8 : 4));
    if (pl_le16(trailer) != p->stored || ((bid ^ p->bid) & ~(uint64_t)1) != 0)
        return doubt(n, "pst.block-trailer", p->ib, "a block says that it is another than the index says");
    if (crc != pst_crc(data, p->stored))
        return doubt(n, "pst.block-crc", p->ib, "the checksum of a block is wrong");
    if (pl_le16(trailer + 2) != pst_signature(p->ib, p->bid))
        return doubt(n, "pst.block-signature", p->ib, "the signature of a block is wrong");
    return PL_OK;
}

static enum pl_status block_load(struct pst_ndb *n, uint64_t key, uint8_t **data, size_t *size)
{
    const struct pst_layout *l = n->layout;
    struct pst_place p;
    uint64_t bid = key & ~PST_KEY_DEAD;
    enum pl_status st = pst_place_find(n, bid, (key & PST_KEY_DEAD) != 0, &p);
    if (st == PL_END)
        return pl_report_once(n->report, PL_LOST, "pst.block-missing", n->key, PL_NO_OFFSET,
                              "block 0x%" PRIx64 " is not in the index", bid);
    if (st <= PL_LOST)
        return st;
    pl_cache_brief(n->cache);
    if (!p.stored || p.stored > l->block_most || p.size > l->block_most || p.size < p.stored)
        return pl_report_once(n->report, PL_LOST, "pst.block-size", n->key, p.ib, "a block has an impossible size");
    size_t whole = pst_block_whole(l, p.stored);
    uint8_t *block = pl_cache_alloc(n->cache, whole);
    if (!block)
        return PL_STOP;
    st = read_whole(n, p.ib, block, whole, false);
    if (st == PL_OK)
        st = trailer_check(n, &p, block, block + whole - l->block_trailer);
    *data = block;
    *size = p.stored;
    if (st > PL_LOST && p.size != p.stored) {
        enum pl_status inflated = inflate_block(n, &p, data, size);
        st = inflated < st ? inflated : st;
    }
    if (st > PL_LOST && !(p.bid & PST_BID_INTERNAL))
        pst_decrypt(n->crypt, (uint32_t)p.bid, *data, *size);
    if (st <= PL_LOST) {
        pl_cache_unalloc(*data);
        *data = NULL;
    }
    return st;
}

enum pl_status pst_block_load(void *owner, uint64_t key, uint8_t **data, size_t *size)
{
    struct pst_ndb *n = owner;
    enum pl_status st = key & 1 ? page_load(n, key - 1, data, size) : block_load(n, key, data, size);
    n->degraded = n->degraded || st == PL_WARN;
    return st;
}

bool pst_step(struct pst_ndb *n)
{
    bool fits = pl_work_step(n->work);
    if (!fits)
        pl_work_complain(n->work, n->report, n->key);
    return fits;
}

enum pl_status pst_block_get(struct pst_ndb *n, uint64_t bid, struct pl_cache_block **out)
{
    if (!pst_step(n))
        return PL_LOST;
    uint64_t key = bid & ~((uint64_t)1 | PST_KEY_DEAD);
    enum pl_status st = pl_cache_get(n->cache, n->dead_too ? key | PST_KEY_DEAD : key, out);
    if (st == PL_STOP)
        pl_report(n->report, PL_LOST, "memory", n->key, PL_NO_OFFSET, "out of memory");
    n->degraded = n->degraded || st == PL_WARN; /* the cache remembers what the loader found */
    if (st <= PL_LOST)
        return PL_LOST;
    pl_work_loaded(n->work, (*out)->size);
    if ((*out)->fault)
        pl_report_touched(n->report, (*out)->fault);
    return PL_OK;
}

uint64_t pst_block_offset(struct pst_ndb *n, uint64_t bid)
{
    struct pst_place p;
    return bid && pst_place_find(n, bid, n->dead_too, &p) == PL_OK ? p.ib : PL_NO_OFFSET;
}

/* --- data trees: 2.2.2.8.3.2 ------------------------------------------------------------- */

static enum pl_status tree_complain(struct pst_ndb *n, uint64_t bid, const char *what)
{
    pl_report_once(n->report, PL_LOST, "pst.data-tree", n->key, pst_block_offset(n, bid),
                   "a list of blocks (0x%" PRIx64 ") cannot be used: %s", bid, what);
    return PL_LOST;
}

static size_t id_size(const struct pst_ndb *n) { return n->layout->wide ? 8 : 4; }

/* A tree block of the wanted level, its entries checked to lie in it. */
static enum pl_status list_get(struct pst_ndb *n, uint64_t bid, unsigned level, struct pl_cache_block **out,
                               uint32_t *count)
{
    if (!(bid & PST_BID_INTERNAL))
        return tree_complain(n, bid, "it is a block of data");
    enum pl_status st = pst_block_get(n, bid, out);
    if (st != PL_OK)
        return st;
    const uint8_t *p = (*out)->data;
    *count = (*out)->size >= 8 ? pl_le16(p + 2) : 0;
    if (!*count || p[0] != PST_TREE_DATA || p[1] != level || 8 + *count * id_size(n) > (*out)->size) {
        pst_block_put(n, *out);
        return tree_complain(n, bid, "its shape is wrong");
    }
    return PL_OK;
}

static enum pl_status list_entry(struct pst_ndb *n, uint64_t bid, unsigned level, uint32_t i, uint64_t *out)
{
    struct pl_cache_block *b = NULL;
    uint32_t count = 0;
    enum pl_status st = list_get(n, bid, level, &b, &count);
    if (st != PL_OK)
        return st;
    if (i >= count)
        st = tree_complain(n, bid, "it ends too early");
    else
        *out = pst_id(n->layout, b->data + 8 + i * id_size(n));
    pst_block_put(n, b);
    return st;
}

static enum pl_status tree_open_list(struct pst_ndb *n, unsigned level, struct pst_tree *t)
{
    struct pl_cache_block *b = NULL;
    uint32_t count = 0, last = 0;
    enum pl_status st = list_get(n, t->bid, level, &b, &count);
    if (st != PL_OK)
        return st;
    t->level = level;
    t->size = pl_le32(b->data + 4);
    uint64_t first_bid = pst_id(n->layout, b->data + 8);
    uint64_t last_bid = pst_id(n->layout, b->data + 8 + (count - 1) * id_size(n));
    pst_block_put(n, b);
    t->count = count;
    if (level == 2) {
        st = list_get(n, first_bid, 1, &b, &t->leaves_each);
        if (st == PL_OK) {
            pst_block_put(n, b);
            st = list_get(n, last_bid, 1, &b, &last);
        }
        if (st != PL_OK)
            return st;
        pst_block_put(n, b);
        t->count = (count - 1) * t->leaves_each + last;
    }
    return PL_OK;
}

enum pl_status pst_tree_open(struct pst_ndb *n, uint64_t bid, struct pst_tree *out)
{
    struct pl_cache_block *b = NULL;
    *out = (struct pst_tree){.bid = bid};
    if (!bid)
        return PL_OK;
    enum pl_status st = pst_block_get(n, bid, &b);
    if (st != PL_OK)
        return st;
    unsigned level = b->size >= 8 ? b->data[1] : 0;
    size_t size = b->size;
    pst_block_put(n, b);
    if (!(bid & PST_BID_INTERNAL)) {
        out->size = out->leaf_size = (uint32_t)size;
        out->count = 1;
        return PL_OK;
    }
    if (level != 1 && level != 2)
        return tree_complain(n, bid, "its level is neither 1 nor 2");
    st = tree_open_list(n, level, out);
    if (st != PL_OK)
        return st;
    out->leaf_size = n->layout->block_most; /* until the first one is seen */
    st = pst_tree_leaf(n, out, 0, &b);
    if (st != PL_OK)
        return st;
    out->leaf_size = (uint32_t)b->size;
    pst_block_put(n, b);
    uint64_t most = (uint64_t)out->count * out->leaf_size;
    uint64_t room = n->source->size * (n->layout->deflated ? INFLATE_MOST : 1) + out->leaf_size;
    if (most > room) /* lists that name the same blocks again and again */
        return tree_complain(n, bid, "it names more than the file can hold");
    if (out->size > most) {
        pl_report_once(n->report, PL_WARN, "pst.data-size", n->key, pst_block_offset(n, bid),
                       "a list of blocks says %" PRIu64 " bytes where %" PRIu64 " can be", out->size, most);
        out->size = most;
    }
    return PL_OK;
}

enum pl_status pst_tree_leaf(struct pst_ndb *n, const struct pst_tree *t, uint32_t i, struct pl_cache_block **out)
{
    uint64_t bid = t->bid;
    enum pl_status st = PL_OK;
    if (i >= t->count)
        return tree_complain(n, bid, "it ends too early");
    if (t->level == 2) {
        st = list_entry(n, bid, 2, i / t->leaves_each, &bid);
        i %= t->leaves_each;
    }
    if (st == PL_OK && t->level)
        st = list_entry(n, bid, 1, i, &bid);
    if (st != PL_OK)
        return st;
    if (t->level && (bid & PST_BID_INTERNAL))
        return tree_complain(n, bid, "a list stands where data should");
    return pst_block_get(n, bid, out);
}

enum pl_status pst_tree_read(struct pst_ndb *n, const struct pst_tree *t, uint64_t at, void *buf, size_t size,
                             size_t *got)
{
    uint8_t *to = buf;
    *got = 0;
    while (*got < size && at < t->size && t->leaf_size) {
        struct pl_cache_block *b = NULL;
        uint64_t i = at / t->leaf_size, skip = at % t->leaf_size;
        enum pl_status st = i < t->count ? pst_tree_leaf(n, t, (uint32_t)i, &b) : PL_LOST;
        if (st != PL_OK)
            return st;
        size_t left = skip < b->size ? b->size - (size_t)skip : 0;
        size_t take = left < size - *got ? left : size - *got;
        if (take > t->size - at)
            take = (size_t)(t->size - at);
        memcpy(to + *got, b->data + skip, take);
        pst_block_put(n, b);
        if (!take)
            return tree_complain(n, t->bid, "a block in its middle is short");
        *got += take;
        at += take;
    }
    return PL_OK;
}

/* --- subnodes: 2.2.2.8.3.3 ------------------------------------------------------------------ */

static uint32_t sub_key(const uint8_t *p) { return pl_le32(p); } /* above it may be garbage */

/* The last entry whose id is not above; -1: none. */
static int sub_search(const uint8_t *first, uint32_t count, size_t stride, uint32_t nid)
{
    int low = 0, high = (int)count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (sub_key(first + (size_t)middle * stride) <= nid)
            low = middle + 1;
        else
            high = middle;
    }
    return low - 1;
}

static enum pl_status sub_complain(struct pst_ndb *n, uint64_t bid)
{
    return pl_report_once(n->report, PL_LOST, "pst.subnodes", n->key, pst_block_offset(n, bid),
                          "a list of subnodes (0x%" PRIx64 ") cannot be used: its shape is wrong", bid);
}

enum pl_status pst_subnode_find(struct pst_ndb *n, uint64_t sub, uint32_t nid, struct pst_node *out)
{
    const struct pst_layout *l = n->layout;
    unsigned above = SUB_LEVEL_MOST + 1;
    while (sub) {
        struct pl_cache_block *b = NULL;
        enum pl_status st = pst_block_get(n, sub, &b);
        if (st != PL_OK)
            return st;
        unsigned level = b->size >= l->sub_header ? b->data[1] : above;
        uint32_t count = level < above ? pl_le16(b->data + 2) : 0;
        size_t stride = level ? l->sub_index_entry : l->sub_entry;
        if (level >= above || b->data[0] != PST_TREE_SUB || l->sub_header + count * stride > b->size) {
            pst_block_put(n, b);
            return sub_complain(n, sub);
        }
        above = level;
        const uint8_t *first = b->data + l->sub_header;
        int i = sub_search(first, count, stride, nid);
        const uint8_t *e = i < 0 ? NULL : first + (size_t)i * stride;
        bool found = e && !level && sub_key(e) == nid;
        size_t id = id_size(n);
        if (found)
            *out = (struct pst_node){.nid = nid, .data = pst_id(l, e + id), .sub = pst_id(l, e + 2 * id)};
        sub = e && level ? pst_id(l, e + id) : 0;
        pst_block_put(n, b);
        if (found)
            return PL_OK;
    }
    return PL_END;
}

/*
 * copy_page.c - header, index pages and maps of a copy without words. See copy.h. [MS-PST] 2.2.2.6, 2.2.2.7
 *
 * Pages hold numbers only. Of each entry the fields are written that the reader knows; a page that has not the
 * shape of one is left empty, which no reader takes for a page either. What is written where a digest was wrong
 * gets a wrong one.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "copy.h"
#include "crypt.h"
#include "memory.h"

#define NODES_LEAST   65536u /* that ids of nodes are taken for such, whatever the size of the file */
#define LEVEL_MOST    8u
#define PAGE_MOST     4096u
#define ZERO_MOST     65536u
#define MAPS_TOGETHER 4u /* pages of maps that may stand one behind the other */

/* Two of those that are replaced become one, so what leads to nothing in the store may lead to something in the
 * copy: that is told. */
void pst_copy_id(struct pst_copy *c, uint8_t *to, const uint8_t *from)
{
    uint64_t id = c->s.n.layout->wide ? pl_le64(from) : pl_le32(from);
    bool sane = id >> 48 == 0;
    if (!sane)
        pl_unknown_add(&c->job->result->unknown, "an id or a place of 0x%" PRIx64, id);
    if (c->s.n.layout->wide)
        pl_put64(to, sane ? id : 0xffffffffff00u | (id & 3));
    else
        memcpy(to, from, 4);
}

static bool read_all(struct pst_copy *c, uint64_t at, uint8_t *to, size_t size)
{
    size_t got = 0;
    return pl_source_read(c->job->source, at, to, size, &got) == PL_OK && got == size;
}

/* --- header -------------------------------------------------------------------------------------- */

static void header_crc(uint8_t *out, const uint8_t *in, unsigned at, unsigned size)
{
    uint32_t right = pst_crc(out + 8, size);
    bool was_right = pst_crc(in + 8, size) == pl_le32(in + at);
    pl_put32(out + at, was_right ? right : right ^ 1);
}

/* The next id of each of the 32 types of nodes: small numbers, or something else lies there. [MS-PST] 2.2.2.6 */
static void counters_copy(const struct pst_copy *c, uint8_t *out)
{
    for (size_t i = 0; i < 32; i++)
        if (pl_le32(out + 4 * i) >> 5 > NODES_LEAST + c->job->source->size / 64)
            memset(out + 4 * i, 0, 4);
}

void pst_copy_header(struct pst_copy *c)
{
    const struct pst_layout *l = c->s.n.layout;
    uint8_t in[564] = {0}, out[564] = {0};
    size_t got = 0, size = l->header_size, maps = l->wide ? 256 : 204;
    if (pl_source_read(c->job->source, 0, in, sizeof in, &got) != PL_OK || got < size)
        return;
    /* magic to version, then ids and counters, the root, and what stands behind the free maps */
    memcpy(out, in, 16);
    memcpy(out + (l->wide ? 32 : 24), in + (l->wide ? 32 : 24), maps - (l->wide ? 32 : 24));
    counters_copy(c, out + (l->wide ? 44 : 36));
    memset(out + maps, 0xff, 256);
    memcpy(out + maps + 256, in + maps + 256, 2);
    if (l->wide)
        memset(out + 172, 0, 8); /* not used */
    if (l->wide)
        pst_copy_id(c, out + 516, in + 516);
    header_crc(out, in, 4, 471);
    if (l->crc_full_size)
        header_crc(out, in, l->crc_full, l->crc_full_size);
    pl_replica_write(c->job->copy, 0, out, size);
}

/* --- pages ----------------------------------------------------------------------------------------- */

struct page {
    uint64_t ib;
    unsigned count, entry, level;
    uint8_t data[PAGE_MOST];
};

/* false: it has no shape of a page of that tree. */
static bool page_read(struct pst_copy *c, uint64_t ib, int kind, struct page *p)
{
    const struct pst_layout *l = c->s.n.layout;
    uint8_t type = kind == PST_NBT ? PST_PAGE_NBT : PST_PAGE_BBT;
    memset(p->data, 0, sizeof p->data);
    if (!read_all(c, ib, p->data, l->page_size))
        return false;
    p->ib = ib;
    p->count = l->bt_count_wide ? pl_le16(p->data + l->bt_count) : p->data[l->bt_count];
    p->entry = p->data[l->bt_entry_size];
    p->level = p->data[l->bt_level];
    unsigned least = p->level ? l->bt_entry : kind == PST_NBT ? l->nbt_entry : l->bbt_entry;
    return p->data[l->page_trailer] == type && p->level <= LEVEL_MOST && p->entry >= least &&
           p->count * p->entry <= l->bt_count;
}

static struct pst_place place_of(const struct pst_layout *l, const uint8_t *e)
{
    size_t id = l->wide ? 8 : 4;
    return (struct pst_place){pst_id(l, e), pst_id(l, e + id), pl_le16(e + 2 * id),
                              pl_le16(e + 2 * id + (l->deflated ? 2 : 0)), false};
}

static void entry_write(struct pst_copy *c, int kind, unsigned level, const uint8_t *in, uint8_t *out)
{
    const struct pst_layout *l = c->s.n.layout;
    size_t id = l->wide ? 8 : 4;
    if (kind == PST_NBT)
        memcpy(out, in, 4); /* what lies above the id of a node may be garbage */
    else
        pst_copy_id(c, out, in);
    pst_copy_id(c, out + id, in + id);
    if (level || kind == PST_NBT)
        pst_copy_id(c, out + 2 * id, in + 2 * id);
    if (!level && kind == PST_NBT)
        memcpy(out + 3 * id, in + 3 * id, 4);
    if (!level && kind == PST_BBT)
        memcpy(out + 2 * id, in + 2 * id, l->deflated ? 6 : 4);
    if (!level && kind == PST_BBT && l->deflated) {
        struct pst_place place = place_of(l, in);
        pst_block_size(c, &place, out + 2 * id);
    }
}

/* The trailer of a page whose body is in `out`. */
static void page_seal(struct pst_copy *c, const struct page *p, uint8_t *out)
{
    const struct pst_layout *l = c->s.n.layout;
    uint8_t *to = out + l->page_trailer;
    const uint8_t *from = p->data + l->page_trailer;
    unsigned crc = l->wide ? 4 : 8;
    memcpy(to, from, l->wide ? 8 : 12);
    if (l->wide)
        pst_copy_id(c, to + 8, from + 8);
    if (l->page_size - l->page_trailer == 24)
        pst_copy_id(c, to + 16, from + 16);
    bool right = pst_crc(p->data, l->page_crc_size) == pl_le32(from + crc);
    c->job->result->damaged += !right;
    pl_put32(to + crc, pst_crc(out, l->page_crc_size) ^ !right);
    pl_replica_write(c->job->copy, p->ib, out, l->page_size);
}

typedef void (*page_visit)(struct pst_copy *c, int kind, const struct page *p);

static void page_write(struct pst_copy *c, int kind, const struct page *p)
{
    const struct pst_layout *l = c->s.n.layout;
    uint8_t out[PAGE_MOST] = {0};
    for (unsigned i = 0; i < p->count; i++)
        entry_write(c, kind, p->level, p->data + (size_t)i * p->entry, out + (size_t)i * p->entry);
    memcpy(out + l->bt_count, p->data + l->bt_count, l->bt_count_wide ? 6 : 4);
    page_seal(c, p, out);
}

struct tree {
    struct pst_copy *c;
    page_visit visit;
    uint64_t budget; /* pages */
    int kind;
};

/* What is no page is left empty, which is not what it was, unless it was that. */
static bool is_empty(const struct page *p)
{
    static const uint8_t zeros[PAGE_MOST];
    return !memcmp(p->data, zeros, sizeof zeros);
}

static void tree_walk(struct tree *t, uint64_t ib, unsigned above)
{
    const struct pst_layout *l = t->c->s.n.layout;
    struct page *p = t->budget ? pl_memory_get(sizeof *p) : NULL;
    if (!p || pl_sanitize_stops(t->c->job)) {
        free(p);
        return;
    }
    t->budget--;
    if (page_read(t->c, ib, t->kind, p) && p->level < above) {
        t->visit(t->c, t->kind, p);
        for (unsigned i = 0; p->level && i < p->count; i++)
            tree_walk(t, pst_id(l, p->data + (size_t)i * p->entry + (l->wide ? 16 : 8)), p->level);
    } else if (t->visit == page_write) {
        if (!is_empty(p))
            pl_unknown_add(&t->c->job->result->unknown, "the page of the index at byte %" PRIu64, ib);
    }
    free(p);
}

static void pages_each(struct pst_copy *c, int kind, page_visit visit)
{
    struct pst_ndb *n = &c->s.n;
    uint64_t pages = n->source->size / n->layout->page_size;
    struct tree t = {c, visit, 64 + 2 * pages, kind};
    if (!n->rebuilt || visit == page_write) /* else each block is in the leaves that are left */
        tree_walk(&t, kind == PST_NBT ? n->nbt.ib : n->bbt.ib, LEVEL_MOST + 1);
    for (uint32_t i = 0; n->rebuilt && i < n->leaves[kind].count; i++) {
        t.budget = 1;
        tree_walk(&t, n->leaves[kind].list[i].ib, 1);
    }
}

/* --- maps: 2.2.2.7.2 to 2.2.2.7.6 -------------------------------------------------------------------- */

/* Bits of what is allocated: rows of all and of nothing, with a few bytes between. Longer ones may be words, and
 * become rows of all: who reads does not ask. */
static void map_copy(const uint8_t *in, uint8_t *out, size_t size)
{
    enum { MOST = 3 };
    memcpy(out, in, size);
    for (size_t at = 0, end; at < size; at = end + 1) {
        unsigned mixed = 0;
        for (end = at; end < size && in[end] != 0xff && (in[end] || (end > at && in[end - 1])); end++)
            mixed += in[end] != 0;
        if (mixed > MOST)
            memset(out + at, 0xff, end - at);
    }
}

static bool map_write(struct pst_copy *c, uint64_t ib)
{
    const struct pst_layout *l = c->s.n.layout;
    struct page p = {.ib = ib};
    uint8_t out[PAGE_MOST] = {0};
    if (!read_all(c, ib, p.data, l->page_size))
        return false;
    const uint8_t *trailer = p.data + l->page_trailer;
    uint32_t crc = pl_le32(trailer + (l->wide ? 4 : 8));
    if (trailer[0] < 0x82 || trailer[0] > 0x86 || trailer[1] != trailer[0] ||
        crc != pst_crc(p.data, l->page_crc_size))
        return false;
    map_copy(p.data, out, l->page_crc_size);
    page_seal(c, &p, out);
    return true;
}

static void maps_write(struct pst_copy *c)
{
    const struct pst_layout *l = c->s.n.layout;
    uint64_t step = (uint64_t)(l->page_size == 512 ? 496 : l->page_crc_size) * 8 * l->block_align;
    uint64_t first = l->page_size == 512 ? 0x4400 : 0x22000;
    map_write(c, first - l->page_size);
    for (uint64_t ib = first; ib < c->job->source->size; ib += step)
        for (unsigned i = 0; i < MAPS_TOGETHER && map_write(c, ib + (uint64_t)i * l->page_size); i++)
            ;
}

void pst_copy_pages(struct pst_copy *c)
{
    maps_write(c);
    pages_each(c, PST_NBT, page_write);
    pages_each(c, PST_BBT, page_write);
}

/* --- nodes that no walk comes to -------------------------------------------------------------------------- */

static void strays_copy(struct pst_copy *c, int kind, const struct page *p)
{
    for (unsigned i = 0; !p->level && kind == PST_NBT && i < p->count; i++) {
        const struct pst_node node = pst_node_parse(c->s.n.layout, p->data + (size_t)i * p->entry);
        c->names = node.nid == PST_NID_NAMES;
        if (node.nid < c->last)
            pst_copy_node(c, &node, c->s.codepage, 0);
        else
            c->last = (uint64_t)node.nid + 1;
    }
}

void pst_copy_strays(struct pst_copy *c)
{
    c->last = 0;
    pages_each(c, PST_NBT, strays_copy);
}

/* --- all blocks --------------------------------------------------------------------------------------- */

static void blocks_each(struct pst_copy *c, int kind, const struct page *p,
                        void (*each)(struct pst_copy *c, const struct pst_place *place))
{
    const struct pst_layout *l = c->s.n.layout;
    for (unsigned i = 0; !p->level && i < p->count && kind == PST_BBT; i++) {
        struct pst_place newest, here = place_of(l, p->data + (size_t)i * p->entry);
        /* old leaves of a rebuilt index name places that others have now */
        if (!c->s.n.rebuilt || (pst_place_find(&c->s.n, here.bid, false, &newest) == PL_OK && newest.ib == here.ib))
            each(c, &here);
    }
}

static void block_fill(struct pst_copy *c, const struct pst_place *place)
{
    c->job->result->parts++;
    pst_block_fill(c, place);
}

static void blocks_fill(struct pst_copy *c, int kind, const struct page *p) { blocks_each(c, kind, p, block_fill); }
static void blocks_prove(struct pst_copy *c, int kind, const struct page *p)
{
    blocks_each(c, kind, p, pst_block_prove);
}

void pst_copy_fill(struct pst_copy *c) { pages_each(c, PST_BBT, blocks_fill); }
void pst_copy_prove(struct pst_copy *c) { pages_each(c, PST_BBT, blocks_prove); }

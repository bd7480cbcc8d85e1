/*
 * copy_block.c - blocks of a copy without words. See copy.h. [MS-PST] 2.2.2.8
 *
 * A block keeps its place, its size and the faults of its trailer; what lies between its bytes and the trailer is
 * zero. Compressed, other words need other room: such a block may grow up to its trailer, which then says so, as
 * does the index.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "copy.h"
#include "crypt.h"
#include "memory.h"

#define BID_INTERNAL 2u
#define TREE_DATA    1
#define TREE_SUB     2

/* --- one block ---------------------------------------------------------------------------------------- */

static size_t whole_size(const struct pst_layout *l, const struct pst_place *p)
{
    return (p->stored + (size_t)l->block_trailer + l->block_align - 1) / l->block_align * l->block_align;
}

enum { WRONG_SIZE = 1, WRONG_ID = 2, WRONG_CRC = 4, WRONG_SIGNATURE = 8 };

/* What is wrong with a block, of which all bytes are there. */
static unsigned faults_of(const struct pst_layout *l, const struct pst_place *p, const uint8_t *block)
{
    const uint8_t *trailer = block + whole_size(l, p) - l->block_trailer;
    unsigned crc = l->wide ? 4 : 8, id = l->wide ? 8 : 4;
    return (pl_le16(trailer) != p->stored ? WRONG_SIZE : 0u) |
           (((pst_id(l, trailer + id) ^ p->bid) & ~(uint64_t)1) ? WRONG_ID : 0u) |
           (pst_crc(block, p->stored) != pl_le32(trailer + crc) ? WRONG_CRC : 0u) |
           (pl_le16(trailer + 2) != pst_signature(p->ib, p->bid) ? WRONG_SIGNATURE : 0u);
}

/* How many bytes the block has in the copy: as many as in the store, unless a trailer without a fault tells that it
 * has grown. */
static uint32_t stored_now(struct pst_copy *c, const struct pst_place *p)
{
    const struct pst_layout *l = c->s.n.layout;
    struct pst_place now = *p;
    size_t whole = whole_size(l, p);
    uint8_t *block = p->size > p->stored && p->stored <= l->block_most ? pl_memory_get(whole) : NULL;
    if (block && pl_replica_read(c->job->copy, p->ib, block, whole)) {
        now.stored = pl_le16(block + whole - l->block_trailer);
        bool grown = now.stored > p->stored && now.stored <= whole - l->block_trailer && !faults_of(l, &now, block);
        now.stored = grown ? now.stored : p->stored;
    }
    free(block);
    return now.stored;
}

void pst_block_size(struct pst_copy *c, const struct pst_place *place, uint8_t *entry)
{
    pl_put16(entry, (uint16_t)stored_now(c, place));
}

/* The trailer for `data`, with each of the faults that the one of the store has. */
static void trailer_make(struct pst_copy *c, const struct pst_place *p, unsigned faults, const uint8_t *old,
                         const uint8_t *data, uint8_t *out)
{
    const struct pst_layout *l = c->s.n.layout;
    unsigned crc = l->wide ? 4 : 8, id = l->wide ? 8 : 4;
    pl_put16(out, (uint16_t)(p->stored ^ ((faults & WRONG_SIZE) != 0)));
    pl_put16(out + 2, (uint16_t)(pst_signature(p->ib, p->bid) ^ ((faults & WRONG_SIGNATURE) != 0)));
    uint64_t bid = faults & WRONG_ID ? p->bid ^ 8 : pst_id(l, old + id);
    if (l->wide)
        pl_put64(out + id, bid);
    else
        pl_put32(out + id, (uint32_t)bid);
    pl_put32(out + crc, pst_crc(data, p->stored) ^ ((faults & WRONG_CRC) != 0));
    if (l->deflated) /* 16: not known; 18: the size when it is inflated */
        memcpy(out + 16, old + 16, pl_le32(old + 20) ? 0 : 4);
}

/* Compressed, at the size that it had or at the largest there is room for; the place gets that one. */
static bool squeeze(const struct pst_layout *l, struct pst_place *p, const uint8_t *coded, bool grows, uint8_t *out)
{
    size_t room = whole_size(l, p) - l->block_trailer;
    bool fits = pl_deflate_exactly(coded, p->size, out, p->stored);
    if (room >= p->size) /* as many bytes as there are in clear would say that they are */
        room = p->size - 1u;
    if (!fits && grows && room > p->stored && (fits = pl_deflate_exactly(coded, p->size, out, room)))
        p->stored = (uint32_t)room;
    return fits;
}

/* `clear` has the inflated size of the place. false: it does not fit, and nothing was written. */
static bool block_save(struct pst_copy *c, const struct pst_place *place, const uint8_t *clear, bool zero)
{
    const struct pst_layout *l = c->s.n.layout;
    struct pst_place now = *place, *p = &now;
    bool sane = p->stored && p->stored <= l->block_most && p->size <= l->block_most && p->size >= p->stored;
    if (!sane)
        return true;
    size_t whole = whole_size(l, p), got = 0;
    uint8_t *was = pl_memory_get(2 * whole + p->size), *out = was ? was + whole : NULL,
            *coded = was ? out + whole : NULL;
    bool fits = true;
    if (!was || pl_source_read(c->job->source, p->ib, was, whole, &got) != PL_OK || got < whole) {
        free(was);
        return true; /* beyond the end of a file that was cut */
    }
    unsigned faults = faults_of(l, p, was);
    memset(out, 0, whole);
    if (clear)
        memcpy(coded, clear, p->size);
    else
        memset(coded, 0, p->size);
    if (clear && !(p->bid & BID_INTERNAL))
        pst_encrypt(c->s.n.crypt, (uint32_t)p->bid, coded, p->size);
    if (p->size != p->stored)
        fits = squeeze(l, p, coded, !faults, out);
    else
        memcpy(out, coded, p->size);
    size_t at = whole - l->block_trailer;
    if (fits)
        trailer_make(c, p, faults, was + at, out, out + at);
    if (fits && zero && p->size == p->stored) /* the rest is a hole */
        pl_replica_write(c->job->copy, p->ib + at, out + at, l->block_trailer);
    else if (fits)
        pl_replica_write(c->job->copy, p->ib, out, whole);
    if (zero)
        c->job->result->damaged += pl_le32(out + at + (l->wide ? 4 : 8)) != pst_crc(out, p->stored);
    free(was);
    return fits;
}

/* A compressed block that does not inflate: neither do zeros. */
static bool is_torn(struct pst_copy *c, const struct pst_place *p)
{
    struct pl_cache_block *b = NULL;
    if (p->size == p->stored)
        return false;
    bool torn = pst_block_get(&c->s.n, p->bid, &b) != PL_OK;
    if (!torn)
        pst_block_put(&c->s.n, b);
    return torn;
}

void pst_block_fill(struct pst_copy *c, const struct pst_place *place)
{
    struct pst_place as = *place;
    if (pl_sanitize_stops(c->job))
        return;
    if (is_torn(c, place))
        as.size = as.stored;
    (void)block_save(c, &as, NULL, true);
}

/* Of an index that is damaged two blocks may lie over each other: what the copy then has is not what the store had.
 */
void pst_block_prove(struct pst_copy *c, const struct pst_place *p)
{
    const struct pst_layout *l = c->s.n.layout;
    struct pst_place now = *p;
    size_t whole = whole_size(l, p), got = 0;
    if (!p->stored || p->stored > l->block_most || pl_sanitize_stops(c->job))
        return;
    now.stored = stored_now(c, p);
    uint8_t *was = pl_memory_get(2 * whole);
    if (was && pl_source_read(c->job->source, p->ib, was, whole, &got) == PL_OK && got == whole &&
        pl_replica_read(c->job->copy, p->ib, was + whole, whole))
        if (faults_of(l, p, was) != faults_of(l, &now, was + whole))
            pl_unknown_add(&c->job->result->unknown, "block 0x%" PRIx64 ", which shares its place", p->bid);
    free(was);
}

/* --- images ------------------------------------------------------------------------------------------- */

bool pst_image_open(struct pst_copy *c, uint64_t bid, bool with_bytes, struct pst_image *out)
{
    struct pst_ndb *n = &c->s.n;
    size_t room = 0;
    *out = (struct pst_image){0};
    if (pst_tree_open(n, bid, &out->tree) != PL_OK || !out->tree.count ||
        out->tree.count > PST_IMAGE_MOST / n->layout->block_most * 8)
        return false;
    out->blocks = pl_memory_zeroed(out->tree.count, sizeof *out->blocks);
    out->sizes = pl_memory_zeroed(out->tree.count, sizeof *out->sizes);
    bool good = out->blocks && out->sizes;
    for (uint32_t i = 0; good && i < out->tree.count; i++) {
        struct pl_cache_block *b = NULL;
        out->count = i + 1;
        if (pst_tree_leaf(n, &out->tree, i, &b) != PL_OK)
            continue; /* a block that is gone: what the others have is still written */
        room += b->size;
        out->blocks[i] = room <= PST_IMAGE_MOST ? pl_memory_zeroed(1, b->size + 1) : NULL;
        out->sizes[i] = (uint32_t)b->size;
        good = out->blocks[i] != NULL;
        if (good && with_bytes)
            memcpy(out->blocks[i], b->data, b->size);
        pst_block_put(n, b);
    }
    if (!good)
        pst_image_free(out);
    return good;
}

void pst_image_write(struct pst_image *m, uint32_t block, size_t at, const void *data, size_t size)
{
    if (block < m->count && m->blocks[block] && at <= m->sizes[block] && size <= m->sizes[block] - at)
        memcpy(m->blocks[block] + at, data, size);
}

bool pst_image_has(const struct pst_image *m, uint32_t block, size_t at, size_t size)
{
    bool any = false;
    if (block < m->count && m->blocks[block] && at <= m->sizes[block] && size <= m->sizes[block] - at)
        for (size_t i = 0; i < size && !any; i++)
            any = m->blocks[block][at + i];
    return any;
}

bool pst_image_is(const struct pst_image *m, uint32_t block, size_t at, const void *data, size_t size)
{
    return block < m->count && m->blocks[block] && at <= m->sizes[block] && size <= m->sizes[block] - at &&
           !memcmp(m->blocks[block] + at, data, size);
}

/* The id of a leaf, by the lists above it. */
static bool leaf_id(struct pst_copy *c, const struct pst_tree *t, uint32_t i, uint64_t *bid)
{
    struct pst_ndb *n = &c->s.n;
    size_t id = n->layout->wide ? 8 : 4;
    *bid = t->bid;
    for (unsigned level = t->level; level; level--) {
        struct pl_cache_block *b = NULL;
        size_t at = 8 + id * (level == 2 ? i / t->leaves_each : t->level == 2 ? i % t->leaves_each : i);
        if (pst_block_get(n, *bid, &b) != PL_OK)
            return false;
        bool inside = at + id <= b->size;
        if (inside)
            *bid = pst_id(n->layout, b->data + at);
        pst_block_put(n, b);
        if (!inside)
            return false;
    }
    return true;
}

/* What another node that has this block understood of it: the same bytes, and others where it knew more. */
static void block_merge(struct pst_copy *c, const struct pst_place *p, uint8_t *clear)
{
    const size_t stored = stored_now(c, p);
    uint8_t *there = stored <= c->s.n.layout->block_most ? pl_memory_get(stored + p->size) : NULL;
    uint8_t *plain = there;
    uLongf size = p->size;
    bool some = false;
    if (there && pl_replica_read(c->job->copy, p->ib, there, stored)) {
        if (p->size != stored) {
            plain = there + stored;
            size = uncompress(plain, &size, there, stored) == Z_OK ? size : 0;
        }
        for (size_t i = 0; i < size && !some; i++)
            some = plain[i];
        if (some && !(p->bid & BID_INTERNAL))
            pst_decrypt(c->s.n.crypt, (uint32_t)p->bid, plain, size);
        for (size_t i = 0; some && i < size; i++)
            clear[i] = clear[i] ? clear[i] : plain[i];
    }
    free(there);
}

bool pst_image_save(struct pst_copy *c, const struct pst_image *m)
{
    bool fits = true;
    pst_copy_list(c, m->tree.bid);
    for (uint32_t i = 0; i < m->count && fits; i++) {
        struct pst_place place;
        uint64_t bid = 0;
        if (!m->blocks[i] || !leaf_id(c, &m->tree, i, &bid) ||
            pst_place_find(&c->s.n, bid, false, &place) != PL_OK || place.size != m->sizes[i])
            continue;
        if (place.shared)
            block_merge(c, &place, m->blocks[i]);
        fits = block_save(c, &place, m->blocks[i], false);
        c->job->result->written += fits;
    }
    return fits;
}

void pst_copy_picture(struct pst_copy *c, const struct pst_tree *tree)
{
    struct pl_cache_block *b = NULL;
    struct pst_place place;
    uint64_t bid = 0;
    if (!leaf_id(c, tree, 0, &bid) || pst_place_find(&c->s.n, bid, false, &place) != PL_OK ||
        pst_tree_leaf(&c->s.n, tree, 0, &b) != PL_OK)
        return;
    uint8_t *first = pl_memory_get(b->size + 1);
    if (first && place.size == b->size) {
        memcpy(first, b->data, b->size);
        (void)pl_scramble_blob(&c->scramble, PL_SCRAMBLE_PICTURE, 0, first, b->size);
        (void)block_save(c, &place, first, false);
    }
    free(first);
    pst_block_put(&c->s.n, b);
}

void pst_image_free(struct pst_image *m)
{
    for (uint32_t i = 0; m->blocks && i < m->count; i++)
        free(m->blocks[i]);
    free(m->blocks);
    free(m->sizes);
    *m = (struct pst_image){0};
}

/* --- lists -------------------------------------------------------------------------------------------- */

/* A list of blocks has a head and ids, one of subnodes ids of nodes before them: 2.2.2.8.3 */
static void list_write(struct pst_copy *c, const uint8_t *in, size_t size, uint8_t *out)
{
    const struct pst_layout *l = c->s.n.layout;
    size_t id = l->wide ? 8 : 4;
    bool data = in[0] == TREE_DATA, leaf = !data && !in[1];
    size_t head = data ? 8 : l->sub_header, stride = data ? id : leaf ? l->sub_entry : l->sub_index_entry;
    size_t count = pl_le16(in + 2);
    bool known = data || in[0] == TREE_SUB;
    if (!known || in[1] > 4 || head + count * stride > size) {
        memcpy(out, in, known ? 4 : 2); /* no list: enough to fail as it did, with how many it says there are */
        return;
    }
    memcpy(out, in, data ? 8 : 4);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *from = in + head + i * stride;
        uint8_t *to = out + head + i * stride;
        if (data) {
            pst_copy_id(c, to, from);
            continue;
        }
        memcpy(to, from, 4);
        pst_copy_id(c, to + id, from + id);
        if (leaf)
            pst_copy_id(c, to + 2 * id, from + 2 * id);
    }
}

/* Only this block. */
static void list_save(struct pst_copy *c, uint64_t bid)
{
    struct pst_ndb *n = &c->s.n;
    struct pl_cache_block *b = NULL;
    struct pst_place place;
    if (pst_place_find(n, bid, false, &place) != PL_OK || pst_block_get(n, bid, &b) != PL_OK)
        return;
    uint8_t *out = pl_memory_zeroed(1, b->size + 8);
    if (out && b->size >= 8 && place.size == b->size) {
        list_write(c, b->data, b->size, out);
        c->job->result->written += block_save(c, &place, out, false);
    }
    free(out);
    pst_block_put(n, b);
}

void pst_copy_list(struct pst_copy *c, uint64_t bid)
{
    struct pst_ndb *n = &c->s.n;
    struct pl_cache_block *b = NULL;
    size_t id = n->layout->wide ? 8 : 4;
    if (!(bid & BID_INTERNAL) || !c->work)
        return;
    c->work--;
    list_save(c, bid);
    if (pst_block_get(n, bid, &b) != PL_OK)
        return;
    bool above = b->size >= 8 && b->data[0] == TREE_DATA && b->data[1] == 2;
    size_t count = above ? pl_le16(b->data + 2) : 0;
    for (size_t i = 0; i < count && 8 + (i + 1) * id <= b->size; i++) {
        uint64_t below = pst_id(n->layout, b->data + 8 + i * id);
        if (below & BID_INTERNAL)
            list_save(c, below);
    }
    pst_block_put(n, b);
}

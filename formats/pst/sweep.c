/*
 * sweep.c - finding what a store has given up. See sweep.h.
 *
 * Layer: inside the PST reader, beside ndb and block. Work is linear in the size of the file: each place is looked
 * at once, the signature of 16 bits comes before any checksum, and checksums have a budget. Memory: one window of
 * the file, and what the sorters may have.
 */
#include "sweep.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "bytes.h"
#include "crypt.h"

#define CHUNK          ((size_t)1 << 20)
#define CARRY          ((size_t)1 << 17) /* of the chunk before: a block may begin there */
#define SORT_MEMORY    ((size_t)1 << 20)
#define CRC_PER_BYTE   4 /* of checksums, for each byte of the file */
#define HEAP_SIGNATURE 0xec
#define HEAP_CONTEXT   0xbc
#define HEAP_HEAD      12

struct sweep {
    struct pst_ndb *n;
    struct pst_dead *dead;
    uint8_t *window; /* CARRY bytes of before, then the chunk */
    uint8_t *plain;  /* room for one block */
    uint64_t budget;
    bool full; /* no room for temporary files */
};

static bool is_kept(uint32_t nid)
{
    unsigned type = PST_NID_TYPE(nid);
    return type == PST_NID_MESSAGE || type == PST_NID_ASSOCIATED || type == PST_NID_FOLDER;
}

static void add(struct sweep *s, struct pl_sorter *to, const uint64_t *record)
{
    s->full = s->full || pl_sorter_add(to, record) != PL_OK;
}

static uint64_t clean(uint64_t bid) { return bid & ~(uint64_t)1; }

/* --- leaves ----------------------------------------------------------------------------- */

static void leaf_take(struct sweep *s, const uint8_t *p, uint64_t ib)
{
    const struct pst_layout *l = s->n->layout;
    const uint8_t *trailer = p + l->page_trailer;
    uint64_t bid = pst_id(l, trailer + (l->wide ? 8 : 4));
    unsigned count = l->bt_count_wide ? pl_le16(p + l->bt_count) : p[l->bt_count];
    if (pl_le16(trailer + 2) != pst_signature(ib, bid) || pst_leaf_is_living(s->n, pl_le32(p), ib))
        return;
    s->dead->leaves++;
    for (unsigned i = 0; i < count; i++) {
        struct pst_node node = pst_node_parse(l, p + (size_t)i * p[l->bt_entry_size]);
        uint64_t data = clean(node.data);
        const uint64_t state[PST_STATE_WORDS] = {
            [PST_STATE_NID] = node.nid, [PST_STATE_DATA] = ~data,   [PST_STATE_LEAF] = ~bid,
            [PST_STATE_IB] = ib,        [PST_STATE_SUB] = node.sub, [PST_STATE_PARENT] = node.parent};
        if (!data)
            continue;
        add(s, s->dead->named, &data);
        if (is_kept(node.nid))
            add(s, s->dead->states, state);
    }
}

/* --- blocks ------------------------------------------------------------------------------ */

/* The first bytes of a block in clear, or all of it when it is a list; 0: it can't be had. */
static size_t block_clear(struct sweep *s, const struct pst_place *p, const uint8_t *data)
{
    uLongf got = p->stored;
    if (p->size == p->stored)
        memcpy(s->plain, data, p->stored);
    else if (p->size > s->n->layout->block_most ||
             (got = p->size, uncompress(s->plain, &got, data, p->stored)) != Z_OK)
        return 0;
    if (!(p->bid & PST_BID_INTERNAL))
        pst_decrypt(s->n->crypt, (uint32_t)p->bid, s->plain, got < HEAP_HEAD ? got : HEAP_HEAD);
    return got;
}

/* What a list of blocks or subnodes names. */
static void list_take(struct sweep *s, uint64_t bid, size_t size)
{
    const struct pst_layout *l = s->n->layout;
    const uint8_t *p = s->plain;
    size_t id = l->wide ? 8 : 4, count = size >= 8 ? pl_le16(p + 2) : 0;
    bool data = p[0] == PST_TREE_DATA && p[1] == 1, subs = p[0] == PST_TREE_SUB && p[1] == 0;
    size_t head = data ? 8 : l->sub_header, stride = data ? id : l->sub_entry;
    for (size_t i = 0; (data || subs) && i < count && head + (i + 1) * stride <= size; i++) {
        const uint64_t first[] = {clean(pst_id(l, p + head + i * stride + (data ? 0 : id))), bid};
        if (data && !i)
            add(s, s->dead->firsts, first);
        else
            add(s, s->dead->named, first);
    }
}

static void block_take(struct sweep *s, const struct pst_place *p, const uint8_t *data, uint32_t crc)
{
    struct pst_place living;
    uint64_t block[PST_DEAD_WORDS] = {p->bid, p->ib, p->stored | (uint64_t)p->size << 32, crc, 0};
    if (pst_place_find(s->n, p->bid, false, &living) != PL_END)
        return;
    size_t size = block_clear(s, p, data);
    if (!size)
        return;
    if (p->bid & PST_BID_INTERNAL)
        list_take(s, p->bid, size);
    else
        block[PST_DEAD_CONTEXT] = size >= HEAP_HEAD && s->plain[2] == HEAP_SIGNATURE && s->plain[3] == HEAP_CONTEXT;
    add(s, s->dead->blocks, block);
}

/* A block that may end before `end`; `before` bytes of it and what precedes it are in memory. */
static void block_try(struct sweep *s, const uint8_t *end, size_t before, uint64_t ib_end)
{
    const struct pst_layout *l = s->n->layout;
    const uint8_t *trailer = end - l->block_trailer;
    size_t stored = pl_le16(trailer), whole = pst_block_whole(l, stored);
    if (!stored || stored > l->block_most || whole > before)
        return;
    struct pst_place p = {.ib = ib_end - whole, .stored = (uint32_t)stored, .size = (uint32_t)stored};
    p.bid = pst_id(l, trailer + (l->wide ? 8 : 4));
    uint32_t crc = pl_le32(trailer + (l->wide ? 4 : 8));
    if (!p.bid || clean(p.bid) != p.bid || pl_le16(trailer + 2) != pst_signature(p.ib, p.bid))
        return;
    if (stored > s->budget) {
        s->dead->whole = false;
        return;
    }
    s->budget -= stored;
    if (crc != pst_crc(end - whole, stored))
        return;
    if (l->deflated)
        p.size = pl_le16(trailer + 18);
    block_take(s, &p, end - whole, crc);
}

/* --- the file ------------------------------------------------------------------------------ */

/* Bytes from `ib` on lie at window + CARRY, `kept` of those before it in front of them. */
static void chunk_scan(struct sweep *s, uint64_t ib, size_t size, size_t kept)
{
    const struct pst_layout *l = s->n->layout;
    const uint8_t *p = s->window + CARRY;
    for (size_t at = 0; at + l->block_align <= size && !s->full; at += l->block_align) {
        size_t end = at + l->block_align;
        uint64_t page = ib + end - l->page_size;
        bool sound = false;
        if (end >= l->page_size && end % l->page_size == 0 &&
            pst_leaf_kind(l, p + end - l->page_size, page, &sound) == PST_NBT && sound)
            leaf_take(s, p + end - l->page_size, page);
        block_try(s, p + end, kept + end, ib + end);
    }
}

static void file_scan(struct sweep *s)
{
    size_t kept = 0;
    for (uint64_t ib = 0; ib < s->n->source->size && !s->full; ib += CHUNK) {
        size_t got = 0;
        if (pl_source_read(s->n->source, ib, s->window + CARRY, CHUNK, &got) != PL_OK) {
            s->dead->unread += CHUNK;
            kept = 0;
            continue;
        }
        chunk_scan(s, ib, got, kept);
        kept = got == CHUNK ? CARRY : 0;
        memmove(s->window, s->window + CHUNK, CARRY);
    }
}

static bool dead_make(struct pst_dead *dead)
{
    dead->whole = true;
    dead->blocks = pl_sorter_new(PST_DEAD_WORDS, SORT_MEMORY);
    dead->states = pl_sorter_new(PST_STATE_WORDS, SORT_MEMORY);
    dead->named = pl_sorter_new(1, SORT_MEMORY);
    dead->firsts = pl_sorter_new(2, SORT_MEMORY);
    return dead->blocks && dead->states && dead->named && dead->firsts;
}

static bool dead_sort(struct pst_dead *dead)
{
    struct pl_sorter *const all[] = {dead->blocks, dead->states, dead->named, dead->firsts};
    bool good = true;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        good = pl_sorter_sort(all[i]) == PL_OK && good;
    return good;
}

void pst_dead_free(struct pst_ndb *n)
{
    if (!n->dead)
        return;
    pl_sorter_free(n->dead->blocks);
    pl_sorter_free(n->dead->states);
    pl_sorter_free(n->dead->named);
    pl_sorter_free(n->dead->firsts);
    free(n->dead);
    n->dead = NULL;
}

enum pl_status pst_sweep(struct pst_ndb *n)
{
    struct sweep s = {.n = n, .budget = n->source->size * CRC_PER_BYTE};
    if (n->dead)
        return PL_OK;
    s.dead = n->dead = calloc(1, sizeof *n->dead);
    s.window = malloc(CARRY + CHUNK);
    s.plain = malloc((size_t)UINT16_MAX + 1);
    bool memory = s.dead && s.window && s.plain && dead_make(s.dead);
    if (memory)
        file_scan(&s);
    free(s.window);
    free(s.plain);
    if (memory && !s.full && dead_sort(s.dead))
        return PL_OK;
    pst_dead_free(n);
    return memory
               ? pl_report(n->report, PL_STOP, "recover.room", NULL, PL_NO_OFFSET,
                           "what was deleted can't be kept in order: make room for temporary files, or set TMPDIR")
               : pl_report(n->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
}

enum pl_status pst_dead_find(struct pst_dead *dead, uint64_t bid, struct pst_place *out)
{
    uint64_t first[PST_DEAD_WORDS], other[PST_DEAD_WORDS];
    uint64_t at = dead ? pl_sorter_find(dead->blocks, clean(bid)) : 0;
    if (!dead || !pl_sorter_at(dead->blocks, at, first) || first[PST_DEAD_BID] != clean(bid))
        return PL_END;
    while (pl_sorter_at(dead->blocks, ++at, other) && other[PST_DEAD_BID] == clean(bid))
        if (other[PST_DEAD_SIZES] != first[PST_DEAD_SIZES] || other[PST_DEAD_CRC] != first[PST_DEAD_CRC])
            return PL_END;
    *out = (struct pst_place){.bid = clean(bid),
                              .ib = first[PST_DEAD_IB],
                              .stored = (uint32_t)first[PST_DEAD_SIZES],
                              .size = (uint32_t)(first[PST_DEAD_SIZES] >> 32)};
    return PL_OK;
}

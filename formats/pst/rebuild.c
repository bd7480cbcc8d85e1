/*
 * rebuild.c - the two indexes of a damaged store, from their leaf pages.
 *
 * Layer: inside the PST reader, beside ndb.c. When a page of a tree is gone, or the file
 * was cut, the leaves that are left are found by reading the whole file once: each tells
 * its kind, and a checksum or a signature proves it. What is kept is where each leaf is and its first
 * key. A store keeps old leaves in its free space too; of two that have a key the one
 * with the higher page id is newer. [MS-PST] 2.2.2.7.1
 */
#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "bytes.h"
#include "crypt.h"

#define CHUNK       ((size_t)1 << 20)
#define LEAVES_MOST (1u << 20) /* of one index */

int pst_leaf_kind(const struct pst_layout *l, const uint8_t *p, uint64_t ib, bool *sound)
{
    const uint8_t *trailer = p + l->page_trailer;
    unsigned count = l->bt_count_wide ? pl_le16(p + l->bt_count) : p[l->bt_count];
    int kind = trailer[0] == PST_PAGE_NBT ? PST_NBT : trailer[0] == PST_PAGE_BBT ? PST_BBT : -1;
    unsigned least = kind == PST_NBT ? l->nbt_entry : l->bbt_entry;
    if (kind < 0 || trailer[1] != trailer[0] || p[l->bt_level] || !count || p[l->bt_entry_size] < least ||
        count * p[l->bt_entry_size] > l->bt_count)
        return -1;
    *sound = pl_le32(trailer + (l->wide ? 4 : 8)) == pst_crc(p, l->page_crc_size);
    return *sound || pl_le16(trailer + 2) == pst_signature(ib, pst_id(l, trailer + (l->wide ? 8 : 4))) ? kind : -1;
}

/* The smallest key of a leaf: entries may be out of order. */
static uint64_t leaf_key(const struct pst_layout *l, const uint8_t *p, int kind)
{
    unsigned count = l->bt_count_wide ? pl_le16(p + l->bt_count) : p[l->bt_count];
    uint64_t least = UINT64_MAX;
    for (unsigned i = 0; i < count; i++) {
        uint64_t key = pst_id(l, p + (size_t)i * p[l->bt_entry_size]) & (kind == PST_NBT ? NID_MASK : BID_MASK);
        least = key < least ? key : least;
    }
    return least;
}

/* false: no memory, or more than there may be. */
static bool leaf_add(struct pst_leaves *leaves, uint64_t key, uint64_t ib, uint64_t bid)
{
    if (leaves->count == leaves->room) {
        uint32_t room = leaves->room ? leaves->room * 2 : 256;
        struct pst_leaf *list = room <= LEAVES_MOST ? realloc(leaves->list, room * sizeof *list) : NULL;
        if (!list)
            return false;
        leaves->list = list;
        leaves->room = room;
    }
    leaves->list[leaves->count++] = (struct pst_leaf){key, ib, bid};
    return true;
}

static bool chunk_scan(struct pst_ndb *n, const uint8_t *data, size_t size, uint64_t ib)
{
    const struct pst_layout *l = n->layout;
    for (size_t at = 0; at + l->page_size <= size; at += l->page_size) {
        const uint8_t *p = data + at;
        bool sound = false;
        int kind = pst_leaf_kind(l, p, ib + at, &sound);
        if (kind < 0)
            continue;
        uint64_t key = leaf_key(l, p, kind);
        uint64_t bid = sound ? pst_id(l, p + l->page_trailer + (l->wide ? 8 : 4)) : 0; /* before all others */
        if (!leaf_add(&n->leaves[kind], key, ib + at, bid))
            return false;
    }
    return true;
}

static int leaf_compare(const void *a, const void *b)
{
    const struct pst_leaf *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->bid < y->bid ? 1 : x->bid > y->bid ? -1 : 0;
}

void pst_rebuild(struct pst_ndb *n)
{
    if (n->rebuilt)
        return;
    n->rebuilt = true;
    uint8_t *chunk = malloc(CHUNK);
    bool whole = chunk != NULL;
    unsigned unread = 0;
    for (uint64_t ib = 0; whole && ib < n->source->size; ib += CHUNK) {
        size_t got = 0;
        if (pl_source_read(n->source, ib, chunk, CHUNK, &got) == PL_OK)
            whole = chunk_scan(n, chunk, got, ib);
        else
            unread++;
    }
    if (unread)
        pl_report(n->report, PL_LOST, "source.read", NULL, PL_NO_OFFSET, "%u stretches of 1 MiB cannot be read: %s",
                  unread, strerror(n->source->error));
    free(chunk);
    for (int kind = 0; kind < 2; kind++)
        if (n->leaves[kind].count)
            qsort(n->leaves[kind].list, n->leaves[kind].count, sizeof *n->leaves[kind].list, leaf_compare);
    pl_report(n->report, PL_WARN, "pst.rebuilt", NULL, PL_NO_OFFSET,
              "the index is damaged: %u and %u of its pages were found by reading the whole file%s",
              n->leaves[PST_NBT].count, n->leaves[PST_BBT].count, whole ? "" : ", not all for want of memory");
}

void pst_rebuild_free(struct pst_ndb *n)
{
    for (int kind = 0; kind < 2; kind++)
        free(n->leaves[kind].list);
    memset(n->leaves, 0, sizeof n->leaves);
}

/* How many leaves have a first key that is not above. */
uint32_t pst_leaves_upto(const struct pst_leaves *leaves, uint64_t key)
{
    uint32_t low = 0, high = leaves->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (leaves->list[middle].key <= key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

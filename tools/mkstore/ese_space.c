/*
 * ese_space.c - which pages belong to which tree.
 *
 * The database owns the file; a table takes extents from it, its indexes and long values take
 * theirs from the table. An extent is a quarter of what a tree has (64 MiB at most), so a tree has few
 * and both of its space trees fit in a page each. Small trees need none: the root page has a
 * bit map of the free pages in the first extent instead. Written by ese_space_finish():
 * u32 first extent (from revision 0xd on the last one, once there are several; flag 4), u32 parent, u32 flags (1:
 * has trees), u32 root of the owned extents or bit map; a node of a space tree has the last page, big-endian, as
 * its key and the count as its data.
 */
#include "ese_int.h"

#include <stdlib.h>
#include <string.h>

#define GROWTH_MOST (64u << 20)

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak" /* the list of extents keeps it */
static void extent_add(struct ese_space *s, struct ese_extents *e, uint32_t first, uint32_t count)
{
    if (e->count == e->room) {
        size_t room = e->room * 2 + 4;
        struct ese_extent *list = realloc(e->list, room * sizeof *list);
        if (!list) {
            ese_fail(s->db, "out of memory");
            return;
        }
        e->list = list;
        e->room = room;
    }
    e->list[e->count++] = (struct ese_extent){first, count};
}
#pragma GCC diagnostic pop

void ese_space_init(struct ese_space *s, struct ms_ese_db *db, struct ese_space *parent, uint32_t root,
                    uint32_t first, uint32_t count)
{
    *s = (struct ese_space){.db = db, .parent = parent, .root = root, .primary = count, .total = count};
    extent_add(s, &s->owned, first, count);
}

void ese_space_give(struct ese_space *s, uint32_t first, uint32_t count)
{
    if (count)
        extent_add(s, &s->avail, first, count);
}

static uint32_t growth(const struct ese_space *s, uint32_t count)
{
    uint32_t want = s->total / 4, most = GROWTH_MOST / s->db->opt.page;
    want = want > most ? most : want;
    return want > count ? want : count;
}

/* The database grows as far as it is asked to. */
static uint32_t file_take(struct ese_space *s, uint32_t count)
{
    struct ms_ese_db *db = s->db;
    if (db->pages > 0x7fffffffu - count) {
        ese_fail(db, "more pages than a database can have");
        return db->pages;
    }
    uint32_t first = db->pages + 1;
    db->pages += count;
    return first;
}

static bool from_avail(struct ese_space *s, uint32_t count, uint32_t *first)
{
    for (size_t i = s->avail.count; i-- > 0;) {
        struct ese_extent *e = &s->avail.list[i];
        if (e->count < count)
            continue;
        *first = e->first;
        e->first += count;
        e->count -= count;
        if (!e->count)
            memmove(e, e + 1, (--s->avail.count - i) * sizeof *e);
        return true;
    }
    return false;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak" /* the list of extents keeps it */
uint32_t ese_space_take(struct ese_space *s, uint32_t count, uint32_t *got)
{
    uint32_t first, more;
    if (got)
        *got = count;
    if (from_avail(s, count, &first))
        return first;
    if (!s->parent)
        return file_take(s, count);
    first = ese_space_take(s->parent, growth(s, count), &more);
    extent_add(s, &s->owned, first, more);
    s->total += more;
    ese_space_give(s, first + count, more - count);
    return first;
}
#pragma GCC diagnostic pop

static int extent_order(const void *a, const void *b)
{
    uint32_t x = ((const struct ese_extent *)a)->first, y = ((const struct ese_extent *)b)->first;
    return x < y ? -1 : x > y;
}

static void write_tree(struct ese_space *s, uint32_t root, struct ese_extents *e, uint32_t objid, unsigned flags)
{
    struct ese_page p;
    static const uint8_t split_buffer[16];
    flags = (flags & ~(unsigned)ESE_NONUNIQUE) | ESE_ROOT | ESE_LEAF | ESE_SPACE;
    flags |= s->db->opt.records == MS_ESE_OLD ? 0 : (unsigned)ESE_NEWRECORD;
    ese_page_begin(&p, s->db, root, objid, flags);
    ese_page_head(&p, split_buffer, s->db->opt.revision < 3 ? 0 : sizeof split_buffer);
    if (e->count)
        qsort(e->list, e->count, sizeof *e->list, extent_order);
    size_t most = (s->db->opt.page - s->db->head - 24) / 14;
    if (e == &s->owned && e->count > most)
        ese_fail(s->db, "a tree with more than %zu extents", most);
    /* Available extents that do not fit are lost to the tree, as the engine may lose some, too. */
    for (size_t i = 0; i < e->count && i < most; i++) {
        uint8_t key[4], data[4];
        ese_be32(key, e->list[i].first + e->list[i].count - 1);
        ese_le32(data, e->list[i].count);
        ese_page_node(&p, 0, 0, (struct ese_slice){key, 4}, (struct ese_slice){data, 4});
    }
    ese_page_write(&p);
}

static uint32_t free_bits(const struct ese_space *s)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < s->avail.count; i++)
        for (uint32_t n = 0; n < s->avail.list[i].count; n++)
            bits |= 1u << (s->avail.list[i].first + n - s->root - 1);
    return bits;
}

void ese_space_finish(struct ese_space *s, uint32_t objid, unsigned flags, uint8_t *header)
{
    bool trees = s->trees || s->owned.count > 1 || s->primary > 32;
    if (trees && !s->trees)
        s->trees = ese_space_take(s, 2, NULL);
    memset(header, 0, 16);
    bool grown = s->owned.count > 1 && s->db->opt.revision >= 0xd;
    ese_le32(header, grown ? s->owned.list[s->owned.count - 1].count : s->primary);
    ese_le32(header + 4, s->parent ? s->parent->root : 0);
    ese_le32(header + 8, (trees ? 1u : 0u) | (flags & ESE_NONUNIQUE ? 2u : 0u) | (grown ? 4u : 0u));
    ese_le32(header + 12, trees ? s->trees : free_bits(s));
    if (trees) {
        write_tree(s, s->trees, &s->owned, objid, flags);
        write_tree(s, s->trees + 1, &s->avail, objid, flags);
    }
    ese_space_free(s);
}

void ese_space_free(struct ese_space *s)
{
    free(s->owned.list);
    free(s->avail.list);
    s->owned = s->avail = (struct ese_extents){0};
}

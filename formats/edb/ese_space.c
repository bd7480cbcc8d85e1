/*
 * ese_space.c - how large a database has to be.
 *
 * Nothing in the header tells it. But the database owns the pages of its file as a table owns its own: the head of
 * page 1 leads to a tree of extents, each the number of its last page and a count. The engine makes the file longer
 * before it adds an extent, so a whole file has every page that is owned, and may have more.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "ese_page.h"
#include "memory.h"

#define ROOT         1u
#define ROOT_OBJID   1u
#define SPACE_HEADER 16u
#define SPLIT_BUFFER 16u /* before the shared beginning of keys, on the root of a space tree */
#define HAS_TREES    1u
#define DEPTH_MOST   8u

/* A sound page of the database's own tree. Read beside the cache, as no table is touched by it. */
static bool page_read(struct ese_db *db, uint32_t pgno, uint8_t *buf, struct ese_page *out)
{
    size_t size = db->header.page_size, got = 0;
    if (!pgno || pgno > db->page_count)
        return false;
    if (pl_source_read(db->source, ese_page_offset(db, pgno), buf, size, &got) != PL_OK) {
        pl_report(db->report, PL_LOST, "source.read", NULL, ese_page_offset(db, pgno), "cannot be read: %s",
                  strerror(db->source->error));
        return false;
    }
    return got == size && ese_page_verify(buf, size, pgno) != ESE_PAGE_BAD && ese_page_over(db, buf, pgno, out) &&
           ese_page_owner(out) == ROOT_OBJID;
}

uint32_t ese_space_root(const struct ese_db *db, const uint8_t *root)
{
    struct pl_bytes head;
    unsigned flags;
    if (!ese_tag_get(db, root, 0, &head, &flags) || head.size < SPACE_HEADER)
        return 0;
    const uint8_t *space = head.data + (head.size > SPACE_HEADER); /* a byte says then what follows */
    return pl_le32(space + 8) & HAS_TREES ? pl_le32(space + 12) : 0;
}

/* The last node of a page of a space tree. */
static bool last_node(struct ese_db *db, struct ese_page *page, struct ese_node *out)
{
    unsigned flags;
    if (page->flags & ESE_PAGE_ROOT &&
        (!ese_tag_get(db, page->data, 0, &page->head, &flags) || page->head.size < SPLIT_BUFFER))
        page->head = (struct pl_bytes){NULL, 0};
    else if (page->flags & ESE_PAGE_ROOT)
        page->head = (struct pl_bytes){page->head.data + SPLIT_BUFFER, page->head.size - SPLIT_BUFFER};
    for (unsigned i = page->count; i-- > 0;)
        if (!ese_node_get(db, page, i, out))
            return false;
        else if (!(out->flags & ESE_NODE_DELETED))
            return true;
    return false;
}

static uint32_t big_endian(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t extents_end(struct ese_db *db, uint32_t pgno, uint8_t *buf)
{
    struct ese_page page;
    struct ese_node node;
    uint8_t key[ESE_KEY_MOST];
    for (unsigned depth = 0; depth < DEPTH_MOST; depth++) {
        if (!page_read(db, pgno, buf, &page) || !(page.flags & ESE_PAGE_SPACE) || !last_node(db, &page, &node) ||
            node.data.size != 4)
            return 0;
        if (page.flags & ESE_PAGE_LEAF)
            return ese_key_copy(&node, key) == 4 ? big_endian(key) : 0;
        pgno = pl_le32(node.data.data);
    }
    return 0;
}

uint32_t ese_last_page(struct ese_db *db)
{
    uint8_t *buf = malloc(db->header.page_size);
    struct ese_page page;
    if (!buf)
        pl_memory_missed();
    uint32_t root = buf && page_read(db, ROOT, buf, &page) ? ese_space_root(db, buf) : 0;
    uint32_t last = root ? extents_end(db, root, buf) : 0;
    free(buf);
    return last;
}

bool ese_is_cut(const struct ese_db *db, uint32_t last)
{
    return last > db->page_count || db->source->size % db->header.page_size != 0;
}

void ese_size_complain(const struct ese_db *db, uint32_t last)
{
    uint64_t size = db->source->size, page = db->header.page_size;
    if (last > db->page_count)
        pl_report(db->report, PL_WARN, "edb.size", NULL, PL_NO_OFFSET,
                  "the file has %" PRIu64 " bytes, the map of its pages says at least %" PRIu64
                  ": it was cut off, what is left is read",
                  size, ese_page_offset(db, last) + page);
    else if (size % page)
        pl_report(db->report, PL_WARN, "edb.size", NULL, PL_NO_OFFSET,
                  "the file has %" PRIu64 " bytes and ends within a page of %" PRIu64
                  ": it was cut off, or something was added",
                  size, page);
    else if (!last)
        pl_report(db->report, PL_WARN, "edb.size-unknown", NULL, PL_NO_OFFSET,
                  "the map of its pages cannot be read, so nothing tells whether the file is whole");
}

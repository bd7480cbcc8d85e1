/*
 * ese_scan.c - the last way: the leaves of one tree, found by reading the whole file.
 *
 * Each page carries the id of its tree. The leaves that carry the one sought, unless they
 * are marked as emptied, are put in the order of their first keys; a cursor merges them.
 * Pages given up long ago may still carry the id, so what comes this way may be old. For
 * each leaf 24 bytes are held: the beginning of its first key decides, the pages
 * themselves are read again only where that is equal.
 */
#include <stdlib.h>
#include <string.h>

#include "ese_page.h"

#define HINT 8

struct leaf {
    uint64_t dbtime;
    uint32_t pgno;
    uint8_t size; /* of the hint */
    uint8_t hint[HINT];
};

struct ese_sweep {
    struct ese_db *db;
    struct leaf *leaves;
    uint32_t count, room;
    uint32_t bad; /* leaves that carry the id, but a wrong checksum too */
};

static bool leaf_add(struct ese_sweep *s, const struct ese_page *page, const struct ese_node *first)
{
    uint8_t key[ESE_KEY_MOST];
    if (s->count == s->room) {
        uint32_t room = s->room ? s->room * 2 : 64;
        struct leaf *more = realloc(s->leaves, room * sizeof *more);
        if (!more)
            return false;
        s->leaves = more;
        s->room = room;
    }
    struct leaf *leaf = &s->leaves[s->count++];
    size_t size = ese_key_copy(first, key);
    *leaf = (struct leaf){.pgno = page->pgno, .dbtime = page->dbtime, .size = (uint8_t)(size < HINT ? size : HINT)};
    memcpy(leaf->hint, key, leaf->size);
    return true;
}

/* Reads a page past the cache: a sweep must not drive out what others use. */
static bool page_raw(struct ese_db *db, uint32_t pgno, uint8_t *buf, struct ese_page *out)
{
    size_t got = 0;
    if (pl_source_read(db->source, ese_page_offset(db, pgno), buf, db->header.page_size, &got) != PL_OK ||
        got < db->header.page_size)
        return false;
    db->pages_read++;
    return ese_page_over(db, buf, pgno, out);
}

static bool sweep_fill(struct ese_sweep *s, uint32_t objid, uint8_t *buf)
{
    struct ese_page page;
    struct ese_node first;
    for (uint32_t pgno = 1; pgno <= s->db->page_count; pgno++) {
        if (!page_raw(s->db, pgno, buf, &page) || ese_page_owner(&page) != objid ||
            (page.flags & (ESE_PAGE_LEAF | ESE_PAGE_EMPTY | ESE_PAGE_SPACE)) != ESE_PAGE_LEAF ||
            !ese_node_get(s->db, &page, 0, &first))
            continue;
        if (ese_page_verify(buf, s->db->header.page_size, pgno) == ESE_PAGE_BAD)
            s->bad++;
        else if (!leaf_add(s, &page, &first))
            return false;
    }
    return true;
}

/* By the first key, the newer first. */
static int leaf_compare(const void *a, const void *b, void *data)
{
    const struct leaf *x = a, *y = b;
    struct ese_sweep *s = data;
    size_t common = x->size < y->size ? x->size : y->size;
    int order = memcmp(x->hint, y->hint, common);
    if (!order && common < HINT)
        order = (int)x->size - (int)y->size;
    struct ese_page page, other;
    struct ese_node one, two;
    if (!order && common == HINT && ese_page_peek(s->db, x->pgno, &page) > PL_LOST) {
        if (ese_page_peek(s->db, y->pgno, &other) > PL_LOST) {
            uint8_t key[ESE_KEY_MOST];
            if (ese_node_get(s->db, &page, 0, &one) && ese_node_get(s->db, &other, 0, &two))
                order = ese_key_compare(&one, key, ese_key_copy(&two, key));
            ese_page_put(s->db, &other);
        }
        ese_page_put(s->db, &page);
    }
    if (order)
        return order;
    if (x->dbtime != y->dbtime)
        return x->dbtime > y->dbtime ? -1 : 1;
    return x->pgno < y->pgno ? -1 : 1;
}

enum pl_status ese_sweep_open(struct ese_db *db, struct ese_tree tree, struct ese_sweep **out)
{
    uint8_t *buf = malloc(db->header.page_size);
    struct ese_sweep *s = calloc(1, sizeof *s);
    if (s)
        s->db = db;
    bool filled = s && buf && sweep_fill(s, tree.objid, buf);
    free(buf);
    if (!filled) {
        ese_sweep_free(s);
        return pl_report(db->report, PL_LOST, "memory", db->touched, PL_NO_OFFSET, "out of memory");
    }
    if (s->count)
        qsort_r(s->leaves, s->count, sizeof *s->leaves, leaf_compare, s);
    pl_report(
        db->report, s->bad ? PL_LOST : PL_WARN, "edb.swept", db->touched, PL_NO_OFFSET,
        "the tree of %s is damaged: the whole file was searched, %u of its leaves were found, and %u with wrong "
        "checksums, which are left out",
        db->touched ? db->touched : "a table", s->count, s->bad);
    *out = s;
    return PL_OK;
}

void ese_sweep_free(struct ese_sweep *s)
{
    if (s)
        free(s->leaves);
    free(s);
}

uint32_t ese_sweep_page(const struct ese_sweep *s, uint32_t i) { return i < s->count ? s->leaves[i].pgno : 0; }

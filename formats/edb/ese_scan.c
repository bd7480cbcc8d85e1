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

#define HINT        8
#define OWNERS_MOST 4194304u /* pages, at 4 bytes each */

struct leaf {
    uint64_t dbtime;
    uint32_t pgno;
    uint8_t size; /* of the hint */
    uint8_t hint[HINT];
};

struct ese_sweep {
    struct ese_sweep *next;
    struct ese_db *db;
    uint32_t objid;
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

static uint32_t leaf_owner(const struct ese_page *page)
{
    unsigned kind = page->flags & (ESE_PAGE_LEAF | ESE_PAGE_EMPTY | ESE_PAGE_SPACE);
    return kind == ESE_PAGE_LEAF && page->count ? ese_page_owner(page) : 0;
}

/* One pass over the file finds the owners of all leaves, for the sweeps that follow. Without memory for
 * them each sweep makes a pass of its own. */
static void owners_fill(struct ese_db *db, uint8_t *buf)
{
    struct ese_page page;
    if (db->owners || db->page_count > OWNERS_MOST)
        return;
    db->owners = calloc((size_t)db->page_count + 1, sizeof *db->owners);
    for (uint32_t pgno = 1; db->owners && pgno <= db->page_count; pgno++)
        db->owners[pgno] = page_raw(db, pgno, buf, &page) ? leaf_owner(&page) : 0;
}

static bool sweep_fill(struct ese_sweep *s, uint8_t *buf)
{
    struct ese_page page;
    struct ese_node first;
    struct ese_db *db = s->db;
    uint32_t objid = s->objid;
    owners_fill(db, buf);
    for (uint32_t pgno = 1; pgno <= db->page_count; pgno++) {
        if ((db->owners && db->owners[pgno] != objid) || !page_raw(db, pgno, buf, &page) ||
            leaf_owner(&page) != objid || !ese_node_get(db, &page, 0, &first))
            continue;
        if (ese_page_verify(buf, db->header.page_size, pgno) == ESE_PAGE_BAD)
            s->bad++;
        else if (!leaf_add(s, &page, &first))
            return false;
    }
    return true;
}

/* By the part of the first keys that is held; 0 = that part does not tell. */
static int hint_compare(const struct leaf *x, const uint8_t *hint, size_t size)
{
    size_t common = x->size < size ? x->size : size;
    int order = memcmp(x->hint, hint, common);
    return order || common == HINT ? order : (int)x->size - (int)size;
}

/* By the first keys themselves. */
static int first_compare(struct ese_db *db, uint32_t a, uint32_t b)
{
    struct ese_page one, two;
    struct ese_node x, y;
    uint8_t key[ESE_KEY_MOST];
    int order = 0;
    if (ese_page_peek(db, a, &one) <= PL_LOST)
        return 0;
    if (ese_page_peek(db, b, &two) > PL_LOST) {
        if (ese_node_get(db, &one, 0, &x) && ese_node_get(db, &two, 0, &y))
            order = ese_key_compare(&x, key, ese_key_copy(&y, key));
        ese_page_put(db, &two);
    }
    ese_page_put(db, &one);
    return order;
}

/* By the first key, the newer first. */
static int leaf_compare(const void *a, const void *b, void *data)
{
    const struct leaf *x = a, *y = b;
    struct ese_sweep *s = data;
    int order = hint_compare(x, y->hint, y->size);
    if (!order && x->size == HINT)
        order = first_compare(s->db, x->pgno, y->pgno);
    if (order)
        return order;
    if (x->dbtime != y->dbtime)
        return x->dbtime > y->dbtime ? -1 : 1;
    return x->pgno < y->pgno ? -1 : 1;
}

static void sweep_tell(const struct ese_sweep *s)
{
    const char *name = s->db->touched ? s->db->touched : "a table";
    pl_report_once(
        s->db->report, s->bad ? PL_LOST : PL_WARN, "edb.swept", s->db->touched, PL_NO_OFFSET,
        "a tree of %s is damaged: the whole file was searched, %u of its leaves were found, and %u with wrong "
        "checksums, which are left out",
        name, s->count, s->bad);
}

enum pl_status ese_sweep_get(struct ese_db *db, struct ese_tree tree, struct ese_sweep **out)
{
    for (struct ese_sweep *s = db->sweeps; s; s = s->next)
        if (s->objid == tree.objid) {
            *out = s;
            return PL_OK;
        }
    uint8_t *buf = malloc(db->header.page_size);
    struct ese_sweep *s = calloc(1, sizeof *s);
    if (s) {
        s->db = db;
        s->objid = tree.objid;
    }
    bool filled = s && buf && sweep_fill(s, buf);
    free(buf);
    if (!filled) {
        if (s)
            free(s->leaves);
        free(s);
        return pl_report(db->report, PL_LOST, "memory", db->touched, PL_NO_OFFSET, "out of memory");
    }
    if (s->count)
        qsort_r(s->leaves, s->count, sizeof *s->leaves, leaf_compare, s);
    s->next = db->sweeps;
    db->sweeps = s;
    sweep_tell(s);
    *out = s;
    return PL_OK;
}

void ese_sweeps_free(struct ese_db *db)
{
    for (struct ese_sweep *s = db->sweeps, *next; s; s = next) {
        next = s->next;
        free(s->leaves);
        free(s);
    }
    db->sweeps = NULL;
}

uint32_t ese_sweep_page(const struct ese_sweep *s, uint32_t i) { return i < s->count ? s->leaves[i].pgno : 0; }

/* Leaves can hold the same keys, so it starts a few before the last that begins below the key. */
uint32_t ese_sweep_find(const struct ese_sweep *s, const uint8_t *key, size_t size)
{
    uint32_t low = 0, high = s->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (hint_compare(&s->leaves[middle], key, size < HINT ? size : HINT) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low > ESE_PENDING ? low - ESE_PENDING : 0;
}

/*
 * ese_tree.c - cursors over a tree: first, seek, next, and what to do when pages disagree.
 *
 * A cursor goes down once and then along the chain of leaves. Keys only grow: whatever a
 * chain says, a node whose key is not above the last one given never comes, so nothing
 * comes twice and no loop of pages is endless (steps counts as well). When the chain breaks,
 * in this order: the parents tell which leaf follows the lost one; if they are damaged too,
 * a sweep of the file finds the leaves that carry the tree's id (ese_scan.c).
 *
 * In a database that was not shut down cleanly two leaves may hold the same keys, half of a
 * move being written. The leaf with the higher dbtime counts: the other one stops where it
 * begins, and goes on where it ends (pending).
 */
#include <inttypes.h>
#include <string.h>

#include "bytes.h"
#include "ese_page.h"

#define DEPTH_MOST 16

/* --- keys ----------------------------------------------------------------------------- */

/* Negative: the first is smaller; a beginning is smaller than the whole. */
static int part_compare(struct pl_bytes part, const uint8_t **key, size_t *size)
{
    size_t common = part.size < *size ? part.size : *size;
    int order = common ? memcmp(part.data, *key, common) : 0;
    *key += common;
    *size -= common;
    return order ? order : part.size > common ? 1 : 0;
}

int ese_key_compare(const struct ese_node *node, const void *key, size_t size)
{
    const uint8_t *rest = key;
    int order = part_compare(node->prefix, &rest, &size);
    if (!order)
        order = part_compare(node->suffix, &rest, &size);
    return order ? order : size ? -1 : 0;
}

size_t ese_key_copy(const struct ese_node *node, uint8_t out[ESE_KEY_MOST])
{
    if (node->prefix.size)
        memcpy(out, node->prefix.data, node->prefix.size);
    if (node->suffix.size)
        memcpy(out + node->prefix.size, node->suffix.data, node->suffix.size);
    return node->prefix.size + node->suffix.size;
}

/* Where the node stands to a place; 0 = it is there. */
static int place_compare(const struct ese_page *p, const struct ese_node *n, const struct ese_place *place)
{
    int order = ese_key_compare(n, place->bytes, place->key);
    if (order || !place->data || !(p->flags & ESE_PAGE_EQUAL_KEYS))
        return order;
    const uint8_t *rest = place->bytes + place->key;
    size_t left = place->data;
    order = part_compare(n->data, &rest, &left);
    return order ? order : left ? -1 : 0;
}

static void place_take(struct ese_place *place, const struct ese_page *p, const struct ese_node *n)
{
    place->key = ese_key_copy(n, place->bytes);
    place->data = 0;
    place->set = true;
    place->itself = false;
    if (!(p->flags & ESE_PAGE_EQUAL_KEYS))
        return;
    place->data = n->data.size < ESE_KEY_MOST - place->key ? n->data.size : ESE_KEY_MOST - place->key;
    if (place->data)
        memcpy(place->bytes + place->key, n->data.data, place->data);
}

/* --- going down -------------------------------------------------------------------------- */

/* Where a way down ended: at a leaf, and the key from which on the leaves after it hold. */
struct way {
    uint32_t leaf;
    uint8_t bound[ESE_KEY_MOST];
    size_t bound_size; /* 0: it is the last leaf */
    bool proven;       /* all pages on the way were sound */
};

static enum pl_status tree_complain(struct ese_cursor *c, uint32_t pgno, const char *what)
{
    return ese_page_complain(c->db, PL_LOST, "edb.tree", pgno, what);
}

/* The child below which `key` lies: the first whose bound is above it, the last has none. */
static enum pl_status child_find(struct ese_cursor *c, const struct ese_page *p, const uint8_t *key, size_t size,
                                 struct ese_node *out)
{
    unsigned low = 0, high = p->count ? p->count - 1 : 0;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (!ese_node_get(c->db, p, middle, out))
            return tree_complain(c, p->pgno, "has a node that does not lie in it");
        if (ese_key_compare(out, key, size) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (!ese_node_get(c->db, p, low, out) || out->data.size < 4)
        return tree_complain(c, p->pgno, "does not name the page below it");
    return PL_OK;
}

/* Does not read the leaf itself where a parent says that it is one. */
static enum pl_status tree_descend(struct ese_cursor *c, const uint8_t *key, size_t size, struct way *way)
{
    struct ese_page page;
    struct ese_node node;
    way->leaf = c->tree.root;
    way->bound_size = 0;
    way->proven = true;
    for (int depth = 0; depth < DEPTH_MOST; depth++) {
        ese_page_alone(c->db);
        enum pl_status st = ese_page_get(c->db, way->leaf, c->tree.objid, &page);
        if (st <= PL_LOST)
            return st;
        c->degraded |= st == PL_WARN;
        way->proven &= st == PL_OK;
        bool is_leaf = page.flags & ESE_PAGE_LEAF, above = page.flags & ESE_PAGE_PARENT_OF_LEAF;
        if (!is_leaf)
            st = child_find(c, &page, key, size, &node);
        if (!is_leaf && st > PL_LOST) {
            way->leaf = pl_le32(node.data.data);
            if (node.prefix.size + node.suffix.size)
                way->bound_size = ese_key_copy(&node, way->bound);
        }
        ese_page_put(c->db, &page);
        ese_page_alone(c->db);
        if (is_leaf || above || st <= PL_LOST)
            return st;
    }
    return tree_complain(c, way->leaf, "lies deeper than any tree is");
}

/* --- leaves --------------------------------------------------------------------------------- */

void ese_cursor_init(struct ese_cursor *c, struct ese_db *db, struct ese_tree tree)
{
    c->db = db;
    c->tree = tree;
    c->deleted_too = c->strict = false;
    c->leaf = (struct ese_page){0};
    c->sweep = NULL;
    c->begun = c->complained = false;
    c->at = c->end = 0;
}

void ese_cursor_close(struct ese_cursor *c)
{
    ese_page_put(c->db, &c->leaf);
    c->sweep = NULL;
    c->at = c->end = 0;
}

/* Files it once for each cursor: a chain that is wrong is wrong at many leaves. */
static void complain_once(struct ese_cursor *c, uint32_t pgno, const char *what)
{
    c->degraded = true;
    if (!c->complained)
        ese_page_complain(c->db, PL_WARN, "edb.order", pgno, what);
    c->complained = true;
}

static bool is_behind(const struct ese_cursor *c, const struct ese_page *p, const struct ese_node *node)
{
    int order = c->last.set ? place_compare(p, node, &c->last) : 1;
    return order < 0 || (order == 0 && !c->last.itself);
}

/* The first node of the page that is still to come: by halving, as long as all that it looks at can be
 * read and is known to be in order. */
static unsigned first_to_come(const struct ese_cursor *c, const struct ese_page *p)
{
    struct ese_node node;
    unsigned low = 0, high = c->last.set && !c->doubtful ? p->count : 0;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (!ese_node_get(c->db, p, middle, &node))
            break;
        if (is_behind(c, p, &node))
            low = middle + 1;
        else
            high = middle;
    }
    for (unsigned i = low; low < high && i < p->count; i++)
        if (ese_node_get(c->db, p, i, &node)) {
            if (!is_behind(c, p, &node))
                break;
            low = i + 1;
        }
    return low;
}

/* What the chain, or the sweep, gives after the leaf at hand; 0 = nothing. */
static uint32_t page_ahead(const struct ese_cursor *c)
{
    return c->sweep ? ese_sweep_page(c->sweep, c->ahead) : c->ahead;
}

/* Ends the leaf where the one ahead begins, if that is newer and begins with keys of this one. */
static void leaf_yield(struct ese_cursor *c)
{
    struct ese_page other;
    struct ese_node node;
    struct ese_place begin = {.set = false};
    uint32_t pgno = page_ahead(c);
    if (!pgno || pgno > c->db->page_count || c->pending_count == ESE_PENDING ||
        ese_page_peek(c->db, pgno, &other) <= PL_LOST)
        return;
    if (ese_page_owner(&other) == c->tree.objid && other.flags & ESE_PAGE_LEAF && other.dbtime > c->leaf.dbtime &&
        ese_node_get(c->db, &other, 0, &node))
        place_take(&begin, &other, &node);
    ese_page_put(c->db, &other);
    unsigned end = c->at;
    while (begin.set && end < c->end && ese_node_get(c->db, &c->leaf, end, &node) &&
           place_compare(&c->leaf, &node, &begin) < 0)
        end++;
    if (!begin.set || end == c->end)
        return;
    complain_once(c, pgno, "holds keys of the page before it; the newer one counts");
    c->pending[c->pending_count++] = c->leaf.pgno;
    c->end = end;
}

/* Asks the parents from where on other leaves hold: a key of a page that is not proven must not lead the
 * walk past them. */
static void leaf_bound(struct ese_cursor *c)
{
    struct way way;
    c->bound.set = false;
    if (c->sweep || c->strict)
        return;
    const uint8_t *key = c->last.bytes;
    size_t size = c->last.set ? c->last.key + c->last.data : 0;
    for (int tries = 0; tries < 2; tries++) {
        if (tree_descend(c, key, size, &way) <= PL_LOST || !way.bound_size || !way.proven)
            return;
        memcpy(c->bound.bytes, way.bound, way.bound_size);
        c->bound.key = size = way.bound_size;
        c->bound.data = 0;
        key = c->bound.bytes;
        c->bound.set = way.leaf == c->leaf.pgno;
        if (c->bound.set)
            return;
    }
}

static bool is_out_of_bounds(const struct ese_cursor *c, const struct ese_node *node)
{
    return (!c->sought && is_behind(c, &c->leaf, node)) ||
           (c->bound.set && ese_key_compare(node, c->bound.bytes, c->bound.key) >= 0);
}

/* Makes the leaf that was got the one at hand. */
static void leaf_take(struct ese_cursor *c, struct ese_page *page, bool again)
{
    ese_page_put(c->db, &c->leaf);
    c->leaf = *page;
    c->end = page->count;
    c->doubtful = page->pin->status == PL_WARN;
    c->filtered = c->doubtful && !ese_page_adds_up(c->db, page);
    c->faulty = 0;
    if (c->doubtful)
        leaf_bound(c);
    c->at = first_to_come(c, page);
    if (!again) {
        c->ahead = c->sweep ? c->ahead + 1 : page->next;
        c->chain = page->pgno;
        c->pending_left = c->pending_count;
    }
    if (c->at && !c->last.itself && !again && !c->sweep)
        complain_once(c, page->pgno, "holds keys that the pages before it have too");
    if ((c->db->careful || c->sweep) && c->at < c->end)
        leaf_yield(c);
}

static enum pl_status leaf_get(struct ese_cursor *c, uint32_t pgno, struct ese_page *out)
{
    enum pl_status st = ese_page_get(c->db, pgno, c->tree.objid, out);
    if (st <= PL_LOST)
        return st;
    c->degraded |= st == PL_WARN;
    if (out->flags & ESE_PAGE_LEAF)
        return PL_OK;
    ese_page_put(c->db, out);
    c->misled = true;
    return tree_complain(c, pgno, "is no leaf, but is where one should be");
}

/* Keeps the place of the last node that counted, before the leaf goes. */
static void leaf_remember(struct ese_cursor *c)
{
    struct ese_node node;
    if (c->doubtful && c->bound.set && !(c->leaf.flags & ESE_PAGE_EQUAL_KEYS)) {
        c->last = c->bound;
        c->last.itself = true;
        return;
    }
    for (unsigned i = c->end; c->leaf.pin && i-- > 0;) {
        if (!ese_node_get(c->db, &c->leaf, i, &node))
            continue;
        if (!c->last.set || place_compare(&c->leaf, &node, &c->last) >= 0)
            place_take(&c->last, &c->leaf, &node);
        return;
    }
}

/* --- when the chain breaks -------------------------------------------------------------------- */

static enum pl_status sweep_begin(struct ese_cursor *c)
{
    c->pending_count = c->pending_left = c->ahead = 0;
    c->degraded = true;
    if (c->strict || (c->db->work && !pl_work_fits(c->db->work)))
        return PL_LOST;
    enum pl_status st = ese_sweep_get(c->db, c->tree, &c->sweep);
    if (st == PL_OK && c->last.set)
        c->ahead = ese_sweep_find(c->sweep, c->last.bytes, c->last.key);
    return st;
}

/* What the parents say of the leaf after `here`, going down from a key that is there or before. In
 * way->leaf; 0 = it is the last. PL_END: they don't know `here`. */
static enum pl_status leaf_after(struct ese_cursor *c, const uint8_t *key, size_t size, uint32_t here,
                                 struct way *way)
{
    uint8_t from[ESE_KEY_MOST];
    bool passed = false;
    for (int tries = 0; tries < DEPTH_MOST; tries++) {
        enum pl_status st = tree_descend(c, key, size, way);
        if (st <= PL_LOST || passed)
            return st <= PL_LOST ? st : PL_OK;
        passed = way->leaf == here;
        if (!way->bound_size)
            break;
        memcpy(from, way->bound, way->bound_size);
        size = way->bound_size;
        key = from;
    }
    way->leaf = 0;
    return passed ? PL_OK : PL_END;
}

/* Goes on behind a leaf that is lost. */
static enum pl_status chain_mend(struct ese_cursor *c, const uint8_t *key, size_t size, uint32_t lost)
{
    struct way way;
    c->degraded = c->gap = true;
    if (c->strict)
        return PL_LOST;
    enum pl_status st = c->misled ? PL_LOST : leaf_after(c, key, size, lost, &way);
    if (st != PL_OK || way.leaf == lost)
        return sweep_begin(c);
    c->ahead = way.leaf;
    return PL_OK;
}

/* A leaf that does not point back: the parents are asked whether another one comes before it. */
static void chain_check(struct ese_cursor *c, struct ese_page *page)
{
    struct way way;
    struct ese_page other;
    if (c->sweep || c->gap || !c->leaf.pin || page->previous == c->chain)
        return;
    complain_once(c, page->pgno, "does not point back to the page before it");
    if (leaf_after(c, c->last.bytes, c->last.key + c->last.data, c->chain, &way) != PL_OK || !way.leaf ||
        way.leaf == page->pgno || leaf_get(c, way.leaf, &other) <= PL_LOST)
        return;
    ese_page_put(c->db, page);
    *page = other;
}

/* The leaf to look at next, taken off its list; 0 = none. */
static uint32_t leaf_choose(struct ese_cursor *c, bool *again)
{
    *again = c->pending_left > 0;
    if (!*again)
        return page_ahead(c);
    uint32_t pgno = c->pending[--c->pending_left];
    c->pending_count--;
    memmove(&c->pending[c->pending_left], &c->pending[c->pending_left + 1],
            (c->pending_count - c->pending_left) * sizeof c->pending[0]);
    return pgno;
}

/* PL_LOST: a leaf is gone; the next call goes on behind it. */
static enum pl_status leaf_next(struct ese_cursor *c)
{
    struct ese_page page;
    bool again;
    uint32_t pgno = leaf_choose(c, &again);
    c->degraded = c->sweep != NULL;
    if (!pgno)
        return PL_END;
    if (!c->steps--) {
        c->steps = c->ahead = c->pending_count = c->pending_left = 0;
        c->sweep = NULL;
        return tree_complain(c, pgno, "is in a chain that never ends");
    }
    if (leaf_get(c, pgno, &page) <= PL_LOST) {
        if (c->sweep)
            c->ahead += !again;
        else if (chain_mend(c, c->last.bytes, c->last.set ? c->last.key + c->last.data : 0, pgno) <= PL_LOST)
            c->ahead = 0;
        return PL_LOST;
    }
    if (!again)
        chain_check(c, &page);
    c->gap = false;
    leaf_take(c, &page, again);
    return PL_OK;
}

static enum pl_status cursor_begin(struct ese_cursor *c, const void *key, size_t size)
{
    struct ese_page page = {0};
    struct way way = {0};
    ese_cursor_close(c);
    c->db->touched = c->tree.name;
    c->begun = true;
    if (c->db->remains)
        return ese_remains_seek(c, key, size);
    c->degraded = c->gap = c->misled = c->doubtful = c->bound.set = false;
    c->ahead = c->pending_count = c->pending_left = 0;
    c->steps = (uint64_t)c->db->page_count * 2 + DEPTH_MOST;
    c->last.key = size;
    c->last.data = 0;
    c->last.set = size > 0;
    c->last.itself = true;
    c->sought = size > 0;
    if (size)
        memcpy(c->last.bytes, key, size);
    if (tree_descend(c, c->last.bytes, size, &way) <= PL_LOST)
        return sweep_begin(c) <= PL_LOST ? PL_LOST : PL_WARN;
    if (leaf_get(c, way.leaf, &page) <= PL_LOST)
        return chain_mend(c, c->last.bytes, size, way.leaf) <= PL_LOST ? PL_LOST : PL_WARN;
    leaf_take(c, &page, false);
    return c->degraded ? PL_WARN : PL_OK;
}

/* --- the three calls ------------------------------------------------------------------------------ */

enum pl_status ese_cursor_first(struct ese_cursor *c) { return cursor_begin(c, NULL, 0); }

enum pl_status ese_cursor_seek(struct ese_cursor *c, const void *key, size_t size)
{
    if (size > ESE_KEY_MOST)
        return pl_report(c->db->report, PL_LOST, "edb.tree", c->db->touched, PL_NO_OFFSET,
                         "a key of %zu bytes is longer than any", size);
    return cursor_begin(c, key, size);
}

/* The next node of the leaf at hand. PL_END: it has no more. */
static enum pl_status node_next(struct ese_cursor *c, struct ese_node *out)
{
    while (c->at < c->end) {
        bool readable = ese_node_get(c->db, &c->leaf, c->at++, out);
        if (!readable || (c->filtered && is_out_of_bounds(c, out))) {
            if (!c->filtered || !c->faulty++)
                return pl_report_once(c->db->report, PL_LOST, "edb.node", c->db->touched,
                                      ese_page_offset(c->db, c->leaf.pgno), "node %u of page %" PRIu32 " %s",
                                      c->at - 1, c->leaf.pgno,
                                      readable ? "belongs on another page" : "does not lie in it");
            continue;
        }
        if (c->doubtful && c->sought && is_behind(c, &c->leaf, out))
            continue;
        c->sought = false;
        if (!(out->flags & ESE_NODE_DELETED) || c->deleted_too)
            return c->degraded || c->doubtful ? PL_WARN : PL_OK;
    }
    return PL_END;
}

enum pl_status ese_cursor_next(struct ese_cursor *c, struct ese_node *out)
{
    c->db->touched = c->tree.name;
    if (!c->begun && ese_cursor_first(c) <= PL_LOST)
        return PL_LOST;
    if (c->db->remains)
        return ese_remains_next(c, out);
    for (;;) {
        enum pl_status st = node_next(c, out);
        if (st != PL_END)
            return st;
        leaf_remember(c);
        st = leaf_next(c);
        if (st != PL_OK)
            return st;
    }
}

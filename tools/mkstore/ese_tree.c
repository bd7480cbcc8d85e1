/*
 * ese_tree.c - trees from entries in key order, a page of each level in memory.
 *
 * Nodes wait as they are until their page is full; then the page gets its prefix, which is the
 * first key as far as any node uses it, and its parent an entry: the shortest key above all of the
 * page and not above the next one. The last entry of a level has an empty key. Leaves know
 * their siblings, so the number of the next leaf is taken before a page is written. What fits on
 * the root page stays there; root pages have no prefix.
 */
#include "ese_int.h"

#include <stdlib.h>
#include <string.h>

struct ese_node {
    uint32_t key, data, flags;
};

#define ROOT_HEADER 25u

static size_t shared_part(const uint8_t *a, size_t an, const uint8_t *b, size_t bn)
{
    size_t n = 0;
    while (n < an && n < bn && a[n] == b[n])
        n++;
    return n > 2 ? n : 0; /* less saves nothing */
}

static struct ese_node node_at(const struct ese_level *l, size_t at)
{
    struct ese_node n;
    memcpy(&n, l->nodes + at, sizeof n);
    return n;
}

static const uint8_t *first_key(const struct ese_level *l) { return l->nodes + sizeof(struct ese_node); }

static struct ese_slice last_key(const struct ese_level *l)
{
    return (struct ese_slice){l->nodes + l->last + sizeof(struct ese_node), node_at(l, l->last).key};
}

void ese_tree_init(struct ese_tree *t, struct ms_ese_db *db, struct ese_space *parent, uint32_t objid,
                   unsigned flags)
{
    *t = (struct ese_tree){.db = db, .objid = objid, .flags = flags, .depth = 1};
    if (parent) {
        uint32_t root = ese_space_take(parent, 1, NULL);
        ese_space_init(&t->space, db, parent, root, root, 1);
    }
}

size_t ese_node_most(const struct ms_ese_db *db) { return db->opt.page - db->head - 12; }

static size_t room(const struct ese_tree *t) { return t->db->opt.page - t->db->head - 4; }

static size_t node_cost(const struct ese_level *l, struct ese_slice key, size_t data)
{
    size_t same = l->count       ? shared_part(first_key(l), l->first_key, key.data, key.size)
                  : key.size > 2 ? key.size
                                 : 0;
    return 4 + 2 + key.size + data + (same ? 2 - same : 0);
}

static bool fits(const struct ese_tree *t, const struct ese_level *l, struct ese_slice key, size_t data)
{
    size_t prefix = l->count ? l->first_key : key.size;
    return !l->count || prefix + l->bytes + node_cost(l, key, data) <= room(t);
}

/* Record format goes by leaf; a tree of one page has either. */
static bool old_leaf(const struct ese_tree *t, uint64_t ordinal)
{
    enum ms_ese_records r = t->db->opt.records;
    return r == MS_ESE_OLD || (r == MS_ESE_BOTH && t->records && (ordinal + t->objid) % 2);
}

bool ese_tree_old(const struct ese_tree *t, struct ese_slice key, size_t size, bool *fit)
{
    const struct ese_level *l = &t->level[0];
    *fit = fits(t, l, key, size);
    return old_leaf(t, l->ordinal + !*fit);
}

static unsigned page_flags(const struct ese_tree *t, size_t level)
{
    const struct ese_level *l = &t->level[level];
    unsigned flags = t->flags;
    flags |= level == 0 ? ESE_LEAF : level == 1 ? ESE_PARENT : 0;
    bool old = level == 0 ? old_leaf(t, l->ordinal) : t->db->opt.records == MS_ESE_OLD;
    return flags | (old ? 0u : (unsigned)ESE_NEWRECORD);
}

static void lay_nodes(const struct ese_level *l, struct ese_page *p, bool prefixed)
{
    size_t at = 0;
    for (unsigned i = 0; i < l->count; i++) {
        struct ese_node n = node_at(l, at);
        const uint8_t *key = l->nodes + at + sizeof n;
        size_t same = prefixed && l->shared ? shared_part(first_key(l), l->first_key, key, n.key) : 0;
        same = same > l->shared ? l->shared : same;
        ese_page_node(p, n.flags, same, (struct ese_slice){key + same, n.key - same},
                      (struct ese_slice){key + n.key, n.data});
        at += sizeof n + n.key + n.data;
    }
}

static void level_write(struct ese_tree *t, size_t level, uint32_t after)
{
    struct ese_level *l = &t->level[level];
    struct ese_page p;
    if (t->db->failed)
        return;
    ese_page_begin(&p, t->db, l->page, t->objid, page_flags(t, level));
    p.before = l->before;
    p.after = after;
    ese_page_head(&p, first_key(l), l->shared);
    lay_nodes(l, &p, true);
    ese_page_write(&p);
}

static void level_clear(struct ese_level *l)
{
    l->used = l->bytes = l->plain = l->shared = l->first_key = 0;
    l->count = 0;
}

static void level_add(struct ese_tree *t, size_t level, struct ese_slice key, struct ese_slice data, unsigned flags)
{
    struct ese_level *l = &t->level[level];
    struct ese_node n = {(uint32_t)key.size, (uint32_t)data.size, flags};
    size_t need = sizeof n + key.size + data.size;
    if (l->used + need > l->room) {
        size_t more = (l->used + need) * 2;
        uint8_t *grown = realloc(l->nodes, more);
        if (!grown) {
            ese_fail(t->db, "out of memory");
            return;
        }
        l->nodes = grown;
        l->room = more;
    }
    l->bytes += node_cost(l, key, data.size);
    l->plain += 4 + 2 + key.size + data.size;
    l->last = l->used;
    memcpy(l->nodes + l->used, &n, sizeof n);
    if (key.size)
        memcpy(l->nodes + l->used + sizeof n, key.data, key.size);
    if (data.size)
        memcpy(l->nodes + l->used + sizeof n + key.size, data.data, data.size);
    l->used += need;
    if (l->count++ == 0) {
        l->first_key = key.size;
        return;
    }
    size_t same = shared_part(first_key(l), l->first_key, key.data, key.size);
    l->shared = same > l->shared ? same : l->shared;
}

/* The shortest key above the last entry of a leaf that is not above the next one. Without unique keys the
 * data belongs to what is compared. */
static struct ese_slice separator(const struct ese_tree *t, size_t level, struct ese_slice key,
                                  struct ese_slice data, uint8_t *out)
{
    const struct ese_level *l = &t->level[level];
    struct ese_slice last = last_key(l);
    size_t size = key.size, n = 0, last_size = last.size;
    if (level) {
        memcpy(out, last.data, last.size);
        return (struct ese_slice){out, last.size};
    }
    memcpy(out, key.data, key.size);
    if (t->flags & ESE_NONUNIQUE) {
        memcpy(out + key.size, data.data, data.size);
        size += data.size;
        last_size += node_at(l, l->last).data;
    }
    while (n < size && n < last_size && out[n] == last.data[n])
        n++;
    return (struct ese_slice){out, n < size ? n + 1 : size};
}

static void add(struct ese_tree *t, size_t level, struct ese_slice key, struct ese_slice data, unsigned flags);

/* Writes the full page; the parent learns of it. */
static void level_flush(struct ese_tree *t, size_t level, struct ese_slice up, bool more)
{
    struct ese_level *l = &t->level[level];
    uint8_t child[4];
    if (!l->page)
        l->page = ese_space_take(&t->space, 1, NULL);
    uint32_t next = more ? ese_space_take(&t->space, 1, NULL) : 0;
    level_write(t, level, level ? 0 : next);
    ese_le32(child, l->page);
    l->before = level ? 0 : l->page;
    l->page = next;
    l->ordinal++;
    level_clear(l);
    if (level + 1 == ESE_LEVELS)
        ese_fail(t->db, "a tree of more than %u levels", ESE_LEVELS);
    else
        add(t, level + 1, up, (struct ese_slice){child, 4}, 0);
}

static void add(struct ese_tree *t, size_t level, struct ese_slice key, struct ese_slice data, unsigned flags)
{
    if (t->db->failed)
        return;
    if (level >= t->depth)
        t->depth = level + 1;
    if (!fits(t, &t->level[level], key, data.size)) {
        uint8_t up[2 * ESE_KEY_MOST + 8];
        level_flush(t, level, separator(t, level, key, data, up), true);
    }
    level_add(t, level, key, data, flags);
}

/* Bytes of key and data one after the other, as far as they count for the order of a leaf. */
static int order_byte(struct ese_slice key, const uint8_t *data, size_t data_size, size_t at)
{
    return at < key.size ? key.data[at] : at < key.size + data_size ? data[at - key.size] : -1;
}

static bool above_last(const struct ese_tree *t, struct ese_slice key, struct ese_slice data)
{
    const struct ese_level *l = &t->level[0];
    if (!l->count)
        return true;
    struct ese_slice last = last_key(l);
    bool both = t->flags & ESE_NONUNIQUE;
    size_t last_data = both ? node_at(l, l->last).data : 0, data_size = both ? data.size : 0;
    for (size_t i = 0;; i++) {
        int a = order_byte(key, data.data, data_size, i), b = order_byte(last, last.data + last.size, last_data, i);
        if (a != b || a < 0)
            return a > b;
    }
}

void ese_tree_put(struct ese_tree *t, struct ese_slice key, struct ese_slice data, unsigned flags)
{
    if (!above_last(t, key, data))
        ese_fail(t->db, "two entries of one key, or not in order, in the tree of object %u", t->objid);
    else if (key.size + data.size > ese_node_most(t->db))
        ese_fail(t->db, "a node of %zu bytes does not fit on a page", key.size + data.size);
    else
        add(t, 0, key, data, flags);
}

static void lost_flush(struct ese_tree *t)
{
    struct ese_level *l = &t->level[0];
    if (!l->count)
        return;
    l->page = ese_space_take(t->from, 1, NULL);
    level_write(t, 0, 0);
    level_clear(l);
}

void ese_tree_lose(struct ese_tree *t, struct ese_slice key, struct ese_slice data)
{
    if (!fits(t, &t->level[0], key, data.size))
        lost_flush(t);
    level_add(t, 0, key, data, 0);
}

void ese_tree_lost(struct ese_tree *t)
{
    if (!t->db)
        return;
    lost_flush(t);
    ese_tree_free(t);
    t->db = NULL;
}

void ese_tree_break(struct ese_tree *t, struct ese_slice key)
{
    uint8_t up[2 * ESE_KEY_MOST + 8];
    level_flush(t, 0, separator(t, 0, key, (struct ese_slice){NULL, 0}, up), true);
}

static void root_write(struct ese_tree *t, size_t level)
{
    uint8_t space[16], header[ROOT_HEADER];
    struct ese_page p;
    ese_space_finish(&t->space, t->objid, t->flags, space);
    uint32_t root = t->space.root;
    ese_page_begin(&p, t->db, root, t->objid, page_flags(t, level) | ESE_ROOT);
    ese_page_head(&p, header, ese_root_header(t->db, space, header));
    lay_nodes(&t->level[level], &p, false);
    ese_page_write(&p);
}

void ese_tree_finish(struct ese_tree *t)
{
    for (size_t level = 0; level < ESE_LEVELS && !t->db->failed; level++) {
        struct ese_level *l = &t->level[level];
        if (level + 1 == t->depth && l->plain + ROOT_HEADER <= room(t)) {
            root_write(t, level);
            break;
        }
        level_flush(t, level, (struct ese_slice){(const uint8_t *)"", 0}, false);
    }
    ese_tree_free(t);
}

void ese_tree_free(struct ese_tree *t)
{
    for (size_t i = 0; i < ESE_LEVELS; i++) {
        free(t->level[i].nodes);
        t->level[i] = (struct ese_level){0};
    }
    ese_space_free(&t->space);
}

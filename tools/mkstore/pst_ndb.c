/*
 * pst_ndb.c - trees over blocks: data trees (XBLOCK, XXBLOCK, 2.2.2.8.3.2), subnode trees
 * (SLBLOCK, SIBLOCK, 2.2.2.8.3.3), and the two B-trees of the file (2.2.2.7.7).
 *
 * The B-trees are built bottom-up from entries that come in key order: those of blocks
 * because block ids are given out in file order, those of nodes from a sorter. A level
 * above costs 24 bytes a page while it is built.
 */
#include "pst_int.h"

#include <stdlib.h>
#include <string.h>

enum { INTERNAL_HEADER = 8 };

void pst_tree_init(struct pst_tree *tree, struct pst_file *file) { *tree = (struct pst_tree){.file = file}; }

void pst_tree_free(struct pst_tree *tree)
{
    free(tree->buf);
    free(tree->x);
    free(tree->xx);
    pst_tree_init(tree, tree->file);
}

/* Ids of `level` - 1 under one block; both kinds look the same. */
static int put_x(struct pst_file *file, unsigned level, const uint64_t *ids, size_t count, uint64_t bytes,
                 uint64_t *bid)
{
    const struct pst_layout *lay = file->lay;
    size_t size = INTERNAL_HEADER + count * lay->id;
    uint8_t *block = calloc(1, size);
    int result;

    if (!block)
        return pst_error("out of memory", NULL);
    block[0] = 1;
    block[1] = (uint8_t)level;
    pst_put16(block + 2, (uint32_t)count);
    pst_put32(block + 4, (uint32_t)bytes);
    for (size_t i = 0; i < count; i++)
        pst_put_id(lay, block + INTERNAL_HEADER + i * lay->id, ids[i]);
    result = pst_block(file, block, size, true, bid);
    free(block);
    return result;
}

static size_t x_max(const struct pst_layout *lay) { return (lay->block_max - INTERNAL_HEADER) / lay->id; }

static int tree_close_x(struct pst_tree *tree)
{
    size_t max = x_max(tree->file->lay);

    if (!tree->xx && !(tree->xx = malloc(max * sizeof(*tree->xx))))
        return pst_error("out of memory", NULL);
    if (tree->xx_count == max)
        return pst_error("a value is too large for the format", NULL);
    if (put_x(tree->file, 1, tree->x, tree->x_count, tree->x_bytes, &tree->xx[tree->xx_count]) != 0)
        return -1;
    tree->xx_count++;
    tree->x_count = 0;
    tree->x_bytes = 0;
    return 0;
}

int pst_tree_block(struct pst_tree *tree, const void *data, size_t size)
{
    if (tree->total + size > 0xffffffffu)
        return pst_error("a value is too large for the format", NULL);
    if (tree->x_count == x_max(tree->file->lay) && tree_close_x(tree) != 0)
        return -1;
    if (tree->x_count == tree->x_cap) {
        size_t cap = tree->x_cap ? tree->x_cap * 4 : 8;
        uint64_t *x = realloc(tree->x, cap * sizeof(*x));
        if (!x)
            return pst_error("out of memory", NULL);
        tree->x = x;
        tree->x_cap = cap;
    }
    if (pst_block(tree->file, data, size, false, &tree->x[tree->x_count]) != 0)
        return -1;
    tree->x_count++;
    tree->x_bytes += size;
    tree->total += size;
    return 0;
}

int pst_tree_bytes(struct pst_tree *tree, const void *data, size_t size)
{
    size_t max = tree->file->lay->block_max;
    const uint8_t *p = data;

    if (!tree->buf && !(tree->buf = malloc(max)))
        return pst_error("out of memory", NULL);
    while (size > 0) {
        size_t n = max - tree->fill < size ? max - tree->fill : size;
        memcpy(tree->buf + tree->fill, p, n);
        tree->fill += n;
        p += n;
        size -= n;
        if (tree->fill == max) {
            if (pst_tree_block(tree, tree->buf, max) != 0)
                return -1;
            tree->fill = 0;
        }
    }
    return 0;
}

static int tree_finish(struct pst_tree *tree, uint64_t *bid)
{
    *bid = 0;
    if (tree->fill > 0 && pst_tree_block(tree, tree->buf, tree->fill) != 0)
        return -1;
    if (tree->xx_count == 0) {
        if (tree->x_count > 1)
            return put_x(tree->file, 1, tree->x, tree->x_count, tree->x_bytes, bid);
        if (tree->x_count == 1)
            *bid = tree->x[0];
        return 0;
    }
    if (tree_close_x(tree) != 0)
        return -1;
    return put_x(tree->file, 2, tree->xx, tree->xx_count, tree->total, bid);
}

int pst_tree_end(struct pst_tree *tree, uint64_t *bid)
{
    int result = tree_finish(tree, bid);

    pst_tree_free(tree);
    return result;
}

void pst_subs_init(struct pst_subs *subs) { *subs = (struct pst_subs){.next = PST_SUB_FIRST}; }

void pst_subs_free(struct pst_subs *subs)
{
    free(subs->list);
    pst_subs_init(subs);
}

uint32_t pst_subs_name(struct pst_subs *subs, enum pst_nid_type type) { return subs->next++ << 5 | (uint32_t)type; }

int pst_subs_add(struct pst_subs *subs, uint32_t nid, uint64_t data, uint64_t sub)
{
    if (subs->count == subs->cap) {
        size_t cap = subs->cap ? subs->cap * 2 : 8;
        struct pst_sub *list = realloc(subs->list, cap * sizeof(*list));
        if (!list)
            return pst_error("out of memory", NULL);
        subs->list = list;
        subs->cap = cap;
    }
    subs->list[subs->count++] = (struct pst_sub){.nid = nid, .data = data, .subs = sub};
    return 0;
}

static int sub_compare(const void *left, const void *right)
{
    const struct pst_sub *l = left;
    const struct pst_sub *r = right;

    return (l->nid > r->nid) - (l->nid < r->nid);
}

static size_t sub_header(const struct pst_layout *lay) { return lay->ansi ? 4 : 8; }

static int put_sl(struct pst_file *file, const struct pst_sub *list, size_t count, uint64_t *bid)
{
    const struct pst_layout *lay = file->lay;
    size_t size = sub_header(lay) + count * lay->sub;
    uint8_t *block = calloc(1, size);
    int result;

    if (!block)
        return pst_error("out of memory", NULL);
    block[0] = 2;
    pst_put16(block + 2, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        uint8_t *p = block + sub_header(lay) + i * lay->sub;
        pst_put_id(lay, p, list[i].nid);
        pst_put_id(lay, p + lay->id, list[i].data);
        pst_put_id(lay, p + 2 * lay->id, list[i].subs);
    }
    result = pst_block(file, block, size, true, bid);
    free(block);
    return result;
}

static int put_si(struct pst_subs *subs, struct pst_file *file, size_t per, uint64_t *bid)
{
    const struct pst_layout *lay = file->lay;
    size_t count = (subs->count + per - 1) / per;
    size_t size = sub_header(lay) + count * lay->si;
    uint8_t *block;
    int result = 0;

    if (size > lay->block_max)
        return pst_error("too many subnodes in one node", NULL);
    block = calloc(1, size);
    if (!block)
        return pst_error("out of memory", NULL);
    block[0] = 2;
    block[1] = 1;
    pst_put16(block + 2, (uint32_t)count);
    for (size_t i = 0; i < count && result == 0; i++) {
        uint8_t *p = block + sub_header(lay) + i * lay->si;
        size_t left = subs->count - i * per;
        uint64_t child = 0;
        result = put_sl(file, subs->list + i * per, left < per ? left : per, &child);
        pst_put_id(lay, p, subs->list[i * per].nid);
        pst_put_id(lay, p + lay->id, child);
    }
    if (result == 0)
        result = pst_block(file, block, size, true, bid);
    free(block);
    return result;
}

int pst_subs_write(struct pst_subs *subs, struct pst_file *file, uint64_t *bid)
{
    size_t per = (file->lay->block_max - sub_header(file->lay)) / file->lay->sub;
    int result = 0;

    *bid = 0;
    if (subs->count > 0)
        qsort(subs->list, subs->count, sizeof(*subs->list), sub_compare);
    if (subs->count > per)
        result = put_si(subs, file, per, bid);
    else if (subs->count > 0)
        result = put_sl(file, subs->list, subs->count, bid);
    pst_subs_free(subs);
    return result;
}

int pst_node(struct pst_file *file, uint32_t nid, uint64_t data, uint64_t subs, uint32_t parent)
{
    struct pst_rec rec = {.key = nid, .a = data, .b = subs, .c = parent};

    return pst_sorter_put(&file->nbt, &rec);
}

/* A level of a B-tree: what stands above the pages written so far. */
struct level {
    uint64_t key, bid, at;
};

struct builder {
    struct pst_file *file;
    enum pst_page_type type;
    unsigned height;
    uint32_t entry;
    uint8_t body[4096];
    uint32_t fill;
    uint64_t first;
    struct level *up;
    size_t count, cap;
};

static int builder_flush(struct builder *b)
{
    const struct pst_layout *lay = b->file->lay;
    uint32_t max = lay->bt_room / b->entry;
    uint8_t *t = b->body + lay->bt_room;
    struct level level = {.key = b->first};

    if (lay->wide) {
        pst_put16(t, b->fill);
        pst_put16(t + 2, max);
        t[4] = (uint8_t)b->entry;
        t[5] = (uint8_t)b->height;
    } else {
        t[0] = (uint8_t)b->fill;
        t[1] = (uint8_t)max;
        t[2] = (uint8_t)b->entry;
        t[3] = (uint8_t)b->height;
    }
    if (pst_page(b->file, b->type, b->body, &level.bid, &level.at) != 0)
        return -1;
    if (b->count == b->cap) {
        size_t cap = b->cap ? b->cap * 2 : 64;
        struct level *up = realloc(b->up, cap * sizeof(*up));
        if (!up)
            return pst_error("out of memory", NULL);
        b->up = up;
        b->cap = cap;
    }
    b->up[b->count++] = level;
    memset(b->body, 0, sizeof(b->body));
    b->fill = 0;
    return 0;
}

/* Where the next entry goes; NULL when a page couldn't be written. */
static uint8_t *builder_entry(struct builder *b, uint64_t key)
{
    uint8_t *p;

    if (b->fill == b->file->lay->bt_room / b->entry && builder_flush(b) != 0)
        return NULL;
    if (b->fill == 0)
        b->first = key;
    p = b->body + b->fill * b->entry;
    b->fill++;
    return p;
}

/* Puts levels on top until one page is left: the root. */
static int builder_end(struct builder *b, uint64_t *bid, uint64_t *at)
{
    const struct pst_layout *lay = b->file->lay;

    if ((b->fill > 0 || b->count == 0) && builder_flush(b) != 0)
        return -1;
    while (b->count > 1) {
        struct level *below = b->up;
        size_t count = b->count;
        uint8_t *p = b->body;
        b->up = NULL;
        b->count = b->cap = 0;
        b->height++;
        b->entry = lay->bt;
        for (size_t i = 0; i < count && p; i++) {
            p = builder_entry(b, below[i].key);
            if (!p)
                break;
            pst_put_id(lay, p, below[i].key);
            pst_put_id(lay, p + lay->id, below[i].bid);
            pst_put_id(lay, p + 2 * lay->id, below[i].at);
        }
        free(below);
        if (!p || builder_flush(b) != 0)
            return -1;
    }
    *bid = b->up[0].bid;
    *at = b->up[0].at;
    return 0;
}

static int put_bbt(struct builder *b)
{
    const struct pst_layout *lay = b->file->lay;
    uint64_t size = pst_spool_size(&b->file->bbt);
    uint8_t e[32];

    for (uint64_t i = 0; i < size; i += sizeof(e)) {
        uint8_t *p;
        if (pst_spool_get(&b->file->bbt, i, e, sizeof(e)) != 0)
            return -1;
        p = builder_entry(b, pst_get64(e));
        if (!p)
            return -1;
        pst_put_id(lay, p, pst_get64(e));
        pst_put_id(lay, p + lay->id, pst_get64(e + 8));
        p += 2 * lay->id;
        pst_put16(p, pst_get32(e + 16));
        if (lay->wide)
            pst_put16(p + 2, pst_get32(e + 20));
        pst_put16(p + (lay->wide ? 4 : 2), 2); /* one reference, and one for being there */
    }
    return 0;
}

static int put_nbt(struct builder *b)
{
    const struct pst_layout *lay = b->file->lay;
    struct pst_rec rec;
    int more;

    if (pst_sorter_start(&b->file->nbt) != 0)
        return -1;
    while ((more = pst_sorter_next(&b->file->nbt, &rec)) == 1) {
        uint8_t *p = builder_entry(b, rec.key);
        if (!p)
            return -1;
        pst_put_id(lay, p, rec.key);
        pst_put_id(lay, p + lay->id, rec.a);
        pst_put_id(lay, p + 2 * lay->id, rec.b);
        pst_put32(p + 3 * lay->id, (uint32_t)rec.c);
    }
    return more;
}

int pst_file_btrees(struct pst_file *file, uint64_t root[4])
{
    struct builder *b = calloc(1, sizeof(*b));
    int result = -1;

    if (!b)
        return pst_error("out of memory", NULL);
    *b = (struct builder){.file = file, .type = PST_PT_NBT, .entry = file->lay->nbt};
    if (put_nbt(b) != 0 || builder_end(b, &root[0], &root[1]) != 0)
        goto out;
    free(b->up);
    *b = (struct builder){.file = file, .type = PST_PT_BBT, .entry = file->lay->bbt};
    if (put_bbt(b) != 0 || builder_end(b, &root[2], &root[3]) != 0)
        goto out;
    result = 0;
out:
    free(b->up);
    free(b);
    return result;
}

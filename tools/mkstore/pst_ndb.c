/*
 * pst_ndb.c - trees over blocks: data trees (XBLOCK, XXBLOCK, 2.2.2.8.3.2), subnode trees
 * (SLBLOCK, SIBLOCK, 2.2.2.8.3.3).
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
        /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): there are `count` of them */
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

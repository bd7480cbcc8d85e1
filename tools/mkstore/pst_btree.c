/*
 * pst_btree.c - the two B-trees of the file (2.2.2.7.7), built bottom-up from entries in key order.
 *
 * A leaf is written as soon as it is full, between the blocks of the time: a part of a store then has
 * a part of its index, as in stores that grew. Blocks come in the order of their ids, and so do the nodes of
 * messages, which have the highest ids of all; other nodes pass a sorter and are written at the end.
 * A level above costs 24 bytes a page while it is built.
 */
#include "pst_int.h"

#include <stdlib.h>
#include <string.h>

enum { MESSAGES_FROM = 0x200004 };

/* What stands above a page. */
struct level {
    uint64_t key, bid, at;
};

struct pst_builder {
    struct pst_file *file;
    enum pst_page_type type;
    unsigned height;
    uint32_t entry;
    uint8_t body[4096];
    uint32_t fill;
    uint64_t first, last;
    bool dead; /* the open page has what is in no living one */
    struct level *up;
    size_t count, cap;
};

static struct pst_builder *builder_new(struct pst_file *file, enum pst_page_type type, uint32_t entry)
{
    struct pst_builder *b = calloc(1, sizeof(*b));

    if (!b) {
        pst_error("out of memory", NULL);
        return NULL;
    }
    b->file = file;
    b->type = type;
    b->entry = entry;
    return b;
}

static void builder_free(struct pst_builder **b)
{
    if (*b)
        free((*b)->up);
    free(*b);
    *b = NULL;
}

static int level_add(struct pst_builder *b, const struct level *level)
{
    if (b->count == b->cap) {
        size_t cap = b->cap ? b->cap * 2 : 64;
        struct level *up = realloc(b->up, cap * sizeof(*up));
        if (!up)
            return pst_error("out of memory", NULL);
        b->up = up;
        b->cap = cap;
    }
    b->up[b->count++] = *level;
    return 0;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak" /* the builder keeps its levels */
static int builder_flush(struct pst_builder *b)
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
    if (pst_page(b->file, b->type, b->body, &level.bid, &level.at) != 0 || level_add(b, &level) != 0)
        return -1;
    memset(b->body, 0, sizeof(b->body));
    b->fill = 0;
    return 0;
}
#pragma GCC diagnostic pop

/* Where the next entry goes; NULL when a page couldn't be written, or the keys do not ascend. */
static uint8_t *builder_entry(struct pst_builder *b, uint64_t key)
{
    uint8_t *p;

    if ((b->fill > 0 || b->count > 0) && key <= b->last) {
        pst_error("too many folders or hidden items for the format's ids as they are given out here", NULL);
        return NULL;
    }
    if (b->fill == b->file->lay->bt_room / b->entry && builder_flush(b) != 0)
        return NULL;
    if (b->fill == 0)
        b->first = key;
    b->last = key;
    p = b->body + b->fill * b->entry;
    b->fill++;
    return p;
}

/* Puts levels on top until one page is left: the root. */
static int builder_end(struct pst_builder *b, uint64_t *bid, uint64_t *at)
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
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): the page that was flushed last is in it */
    *bid = b->up[0].bid;
    *at = b->up[0].at;
    return 0;
}

static int put_block(struct pst_builder *b, const uint64_t block[4])
{
    const struct pst_layout *lay = b->file->lay;
    uint8_t *p = builder_entry(b, block[0]);

    if (!p)
        return -1;
    pst_put_id(lay, p, block[0]);
    pst_put_id(lay, p + lay->id, block[1]);
    p += 2 * lay->id;
    pst_put16(p, (uint32_t)block[2]);
    if (lay->wide)
        pst_put16(p + 2, (uint32_t)block[3]);
    pst_put16(p + (lay->wide ? 4 : 2), 2); /* one reference, and one for being there */
    return 0;
}

static int put_node(struct pst_builder *b, const struct pst_rec *rec)
{
    const struct pst_layout *lay = b->file->lay;
    uint8_t *p = builder_entry(b, rec->key);

    if (!p)
        return -1;
    pst_put_id(lay, p, rec->key);
    pst_put_id(lay, p + lay->id, rec->a);
    pst_put_id(lay, p + 2 * lay->id, rec->b);
    pst_put32(p + 3 * lay->id, (uint32_t)rec->c);
    return 0;
}

/* Writes the open leaf of an earlier tree, if it has what the living one does not have. */
static int old_flush(struct pst_builder *b)
{
    bool dead = b->file->dead;
    int result = 0;

    if (b->dead) {
        b->file->dead = true;
        result = builder_flush(b);
        b->file->dead = dead;
    }
    memset(b->body, 0, sizeof(b->body));
    b->fill = 0;
    b->count = 0;
    b->dead = false;
    return result;
}

/* Makes room for an entry of that key. Old leaves have living neighbours too, as real ones. */
static int old_room(struct pst_builder *b, uint64_t key, bool dead)
{
    if (b->fill > 0 && (key <= b->last || b->fill == b->file->lay->bt_room / b->entry) && old_flush(b) != 0)
        return -1;
    b->dead = b->dead || dead;
    return 0;
}

int pst_btree_block(struct pst_file *file, uint64_t bid, uint64_t at, size_t stored, size_t size)
{
    const uint64_t block[] = {bid, at, stored, size};

    if (file->old_blocks &&
        (old_room(file->old_blocks, bid, false) != 0 || put_block(file->old_blocks, block) != 0))
        return -1;
    if (!file->blocks && !(file->blocks = builder_new(file, PST_PT_BBT, file->lay->bbt)))
        return -1;
    return put_block(file->blocks, block);
}

int pst_block_old(struct pst_file *file, uint64_t bid, uint64_t at, size_t stored, size_t size)
{
    const uint64_t block[] = {bid, at, stored, size};

    if (!file->old_blocks && !(file->old_blocks = builder_new(file, PST_PT_BBT, file->lay->bbt)))
        return -1;
    return old_room(file->old_blocks, bid, true) != 0 ? -1 : put_block(file->old_blocks, block);
}

int pst_node_old(struct pst_file *file, uint32_t nid, uint64_t data, uint64_t subs, uint32_t parent)
{
    struct pst_rec rec = {.key = nid, .a = data, .b = subs, .c = parent};

    if (!file->old && !(file->old = builder_new(file, PST_PT_NBT, file->lay->nbt)))
        return -1;
    return old_room(file->old, nid, true) != 0 ? -1 : put_node(file->old, &rec);
}

int pst_node(struct pst_file *file, uint32_t nid, uint64_t data, uint64_t subs, uint32_t parent)
{
    struct pst_rec rec = {.key = nid, .a = data, .b = subs, .c = parent};

    if (file->old && (old_room(file->old, nid, false) != 0 || put_node(file->old, &rec) != 0))
        return -1;
    if (nid < MESSAGES_FROM)
        return pst_sorter_put(&file->nbt, &rec);
    if (!file->messages && !(file->messages = builder_new(file, PST_PT_NBT, file->lay->nbt)))
        return -1;
    return put_node(file->messages, &rec);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak" /* the builder keeps its levels */
/* The nodes below the messages, and then the leaves that these have already. */
static int nodes_end(struct pst_file *file, struct pst_builder *b, uint64_t root[2])
{
    struct pst_builder *messages = file->messages;
    struct pst_rec rec;
    int more;

    if (pst_sorter_start(&file->nbt) != 0)
        return -1;
    while ((more = pst_sorter_next(&file->nbt, &rec)) == 1)
        if (put_node(b, &rec) != 0)
            return -1;
    if (more != 0 || (b->fill > 0 && builder_flush(b) != 0))
        return -1;
    if (messages && messages->fill > 0 && builder_flush(messages) != 0)
        return -1;
    for (size_t i = 0; messages && i < messages->count; i++)
        if (level_add(b, &messages->up[i]) != 0)
            return -1;
    return builder_end(b, &root[0], &root[1]);
}
#pragma GCC diagnostic pop

int pst_file_btrees(struct pst_file *file, uint64_t root[4])
{
    struct pst_builder *nodes = builder_new(file, PST_PT_NBT, file->lay->nbt);
    int result = -1;

    if ((file->old && old_flush(file->old) != 0) || (file->old_blocks && old_flush(file->old_blocks) != 0))
        builder_free(&nodes);
    if (nodes && nodes_end(file, nodes, root) == 0)
        result = builder_end(file->blocks, &root[2], &root[3]);
    builder_free(&nodes);
    return result;
}

void pst_btrees_free(struct pst_file *file)
{
    builder_free(&file->blocks);
    builder_free(&file->messages);
    builder_free(&file->old);
    builder_free(&file->old_blocks);
}

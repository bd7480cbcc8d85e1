/*
 * pst_patch.c - finding and changing pages and blocks of a finished store, for damage.
 *
 * Knows the file only as far as the writer made it: sound trees, sound blocks. A change
 * is written with a right checksum unless the damage is the checksum, so that each
 * damage shows one fault and not two.
 */
#include "pst_int.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADER = 564, DEPTH_MAX = 12 };

int pst_patch_write(struct pst_patch *patch, const void *data, size_t size, uint64_t at)
{
    if (pwrite(patch->fd, data, size, (off_t)at) != (ssize_t)size)
        return pst_error("write failed", NULL);
    return 0;
}

static int patch_read(struct pst_patch *patch, void *data, size_t size, uint64_t at)
{
    if (pread(patch->fd, data, size, (off_t)at) != (ssize_t)size)
        return pst_error("read failed", NULL);
    return 0;
}

uint64_t pst_patch_id(const struct pst_patch *patch, const uint8_t *at)
{
    return patch->lay->id == 4 ? pst_get32(at) : pst_get64(at);
}

int pst_patch_open(struct pst_patch *patch, const char *path)
{
    uint8_t h[HEADER];
    struct stat st;
    unsigned wver;
    size_t root;

    *patch = (struct pst_patch){.fd = open(path, O_RDWR | O_CLOEXEC)};
    if (patch->fd < 0 || fstat(patch->fd, &st) != 0)
        return pst_error("can't open", path);
    patch->size = (uint64_t)st.st_size;
    if (patch_read(patch, h, sizeof(h), 0) != 0)
        return -1;
    wver = pst_get16(h + 10);
    patch->lay = pst_layout_of(wver >= 36 ? MS_4K : wver >= 23 ? MS_UNICODE : MS_ANSI);
    patch->crypt = (enum ms_crypt)h[patch->lay->ansi ? 461 : 513];
    root = (patch->lay->ansi ? 168u : 184u) + 4u * patch->lay->id;
    for (size_t i = 0; i < 4; i++)
        patch->root[i] = pst_patch_id(patch, h + root + i * patch->lay->id);
    return 0;
}

int pst_patch_close(struct pst_patch *patch)
{
    if (patch->fd >= 0 && close(patch->fd) != 0)
        return pst_error("write failed", NULL);
    return 0;
}

int pst_patch_page(struct pst_patch *patch, uint64_t at, struct pst_place *place)
{
    const uint8_t *t = place->page + patch->lay->bt_room;

    place->at = at;
    place->index = 0;
    if (patch_read(patch, place->page, patch->lay->page, at) != 0)
        return -1;
    place->count = patch->lay->wide ? pst_get16(t) : t[0];
    place->entry = patch->lay->wide ? t[4] : t[2];
    place->level = patch->lay->wide ? t[5] : t[3];
    return 0;
}

void pst_patch_count(const struct pst_patch *patch, struct pst_place *place, uint32_t count)
{
    uint8_t *t = place->page + patch->lay->bt_room;

    if (patch->lay->wide)
        pst_put16(t, count);
    else
        t[0] = (uint8_t)count;
}

int pst_patch_seal(struct pst_patch *patch, struct pst_place *place)
{
    const struct pst_layout *lay = patch->lay;
    uint8_t *t = place->page + lay->page - lay->page_trailer;
    uint64_t bid = pst_patch_id(patch, t + (lay->ansi ? 4 : 8));

    pst_page_seal(lay, (enum pst_page_type)t[0], place->page, place->at, bid);
    return pst_patch_write(patch, place->page, lay->page, place->at);
}

static uint64_t root_at(const struct pst_patch *patch, enum pst_btree tree)
{
    return patch->root[tree == PST_NBT ? 1 : 3];
}

int pst_patch_find(struct pst_patch *patch, enum pst_btree tree, uint64_t key, struct pst_place *place)
{
    uint64_t at = root_at(patch, tree);

    for (unsigned depth = 0; depth < DEPTH_MAX; depth++) {
        uint32_t i = 0;
        const uint8_t *p;
        if (pst_patch_page(patch, at, place) != 0)
            return -1;
        while (i + 1 < place->count && pst_patch_id(patch, place->page + (i + 1) * place->entry) <= key)
            i++;
        p = place->page + i * place->entry;
        place->index = i;
        if (place->level == 0)
            return place->count > 0 && pst_patch_id(patch, p) == key ? 0
                                                                     : pst_error("no such id in the tree", NULL);
        at = pst_patch_id(patch, p + 2 * patch->lay->id);
    }
    return pst_error("a tree is too deep", NULL);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-null-dereference" /* pst_error() and a page that is not read are not 0  \
                                                              */
#pragma GCC diagnostic ignored "-Wanalyzer-use-of-uninitialized-value"
int pst_patch_each(struct pst_patch *patch, enum pst_btree tree, int level,
                   int (*each)(struct pst_patch *patch, struct pst_place *place, void *state), void *state)
{
    struct pst_place *stack = malloc(DEPTH_MAX * sizeof(*stack));
    size_t depth = 1;
    int result = stack ? pst_patch_page(patch, root_at(patch, tree), &stack[0]) : pst_error("out of memory", NULL);

    while (result == 0 && depth > 0) {
        struct pst_place *top = &stack[depth - 1];
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): without a stack the result is not 0 */
        if (top->level > 0 && top->index < top->count && depth < DEPTH_MAX) {
            const uint8_t *p = top->page + top->index++ * top->entry;
            result = pst_patch_page(patch, pst_patch_id(patch, p + 2 * patch->lay->id), &stack[depth++]);
            continue;
        }
        if (level < 0 || top->level == (unsigned)level)
            result = each(patch, top, state);
        depth--;
    }
    free(stack);
    return result;
}
#pragma GCC diagnostic pop

int pst_patch_block(struct pst_patch *patch, uint64_t bid, struct pst_raw *raw)
{
    const struct pst_layout *lay = patch->lay;
    struct pst_place place = {0};
    const uint8_t *p;

    *raw = (struct pst_raw){.bid = bid};
    if (pst_patch_find(patch, PST_BBT, bid, &place) != 0)
        return -1;
    p = place.page + place.index * place.entry;
    raw->at = pst_patch_id(patch, p + lay->id);
    raw->stored = pst_get16(p + 2 * lay->id);
    raw->size = lay->wide ? pst_get16(p + 2 * lay->id + 2) : raw->stored;
    raw->total = (raw->stored + lay->block_trailer + lay->align - 1) / lay->align * lay->align;
    if (raw->size != raw->stored)
        return pst_error("the block is deflated", NULL);
    raw->data = malloc(raw->total);
    if (!raw->data)
        return pst_error("out of memory", NULL);
    if (patch_read(patch, raw->data, raw->total, raw->at) != 0)
        return -1;
    if (!(bid & 2))
        pst_decode(patch->crypt, bid, raw->data, raw->stored);
    return 0;
}

int pst_patch_reblock(struct pst_patch *patch, struct pst_raw *raw)
{
    if (!(raw->bid & 2))
        pst_encode(patch->crypt, raw->bid, raw->data, raw->stored);
    pst_block_seal(patch->lay, raw->data, raw->total, raw->stored, raw->size, raw->at, raw->bid);
    return pst_patch_write(patch, raw->data, raw->total, raw->at);
}

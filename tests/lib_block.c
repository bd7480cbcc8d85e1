/* lib_block.c - see lib_block.h. [MS-PST] 2.2.2.6 to 2.2.2.8. */
#include "lib_block.h"

#include <stdbool.h>

#include "bytes.h"
#include "pst/crypt.h"
#include "pst/layout.h"

#define HEAD  564
#define DEPTH 8

static const struct pst_layout *layout_of(const uint8_t *data, size_t size)
{
    return size >= HEAD ? pst_layout_of(pl_le16(data + 10)) : NULL;
}

static uint64_t id(const struct pst_layout *l, const uint8_t *p) { return l->wide ? pl_le64(p) : pl_le32(p); }

static struct lib_block page_at(const struct pst_layout *l, uint64_t ib, size_t size)
{
    struct lib_block b = {.is_page = 1};
    if (ib <= size && size - ib >= l->page_size)
        b = (struct lib_block){(size_t)ib, l->page_crc_size, (size_t)ib + l->page_trailer, 0, 1};
    return b;
}

static struct lib_block block_of(const struct pst_layout *l, const uint8_t *entry, size_t size)
{
    size_t half = l->wide ? 8 : 4;
    uint64_t ib = id(l, entry + half);
    size_t stored = pl_le16(entry + 2 * half);
    size_t whole = (stored + (size_t)l->block_trailer + l->block_align - 1) / l->block_align * l->block_align;
    struct lib_block b = {0};
    if (stored && ib <= size && size - ib >= whole)
        b = (struct lib_block){(size_t)ib, stored, (size_t)ib + whole - l->block_trailer, id(l, entry), 0};
    return b;
}

struct lib_block blocks_pick(const uint8_t *data, size_t size, uint32_t (*next)(uint32_t *state), uint32_t *state)
{
    const struct pst_layout *l = layout_of(data, size);
    if (!l)
        return (struct lib_block){0};
    size_t half = l->wide ? 8 : 4;
    bool blocks = next(state) % 4 != 0;
    struct lib_block here = page_at(l, id(l, data + (blocks ? l->bbt : l->nbt) + half), size);
    for (int depth = 0; depth < DEPTH && here.size; depth++) {
        const uint8_t *p = data + here.at;
        unsigned count = l->bt_count_wide ? pl_le16(p + l->bt_count) : p[l->bt_count], step = p[l->bt_entry_size];
        unsigned level = p[l->bt_level];
        if (!count || step < l->bt_entry || count * step > l->bt_count || next(state) % 16 == 0)
            return here;
        const uint8_t *entry = p + next(state) % count * step;
        if (!level)
            return blocks ? block_of(l, entry, size) : here;
        here = page_at(l, id(l, entry + 2 * half), size);
    }
    return here;
}

/* A leaf page, or a block, that ends at `end`. */
static struct lib_block ending_at(const struct pst_layout *l, const uint8_t *data, size_t end)
{
    const uint8_t *t = data + end - l->block_trailer;
    size_t stored = pl_le16(t);
    size_t whole = (stored + (size_t)l->block_trailer + l->block_align - 1) / l->block_align * l->block_align;
    uint64_t bid = id(l, t + (l->wide ? 8 : 4));
    if (stored && stored <= l->block_most && whole <= end && pl_le16(t + 2) == pst_signature(end - whole, bid))
        return (struct lib_block){end - whole, stored, end - l->block_trailer, bid, 0};
    if (end % l->page_size || end < l->page_size)
        return (struct lib_block){0};
    const uint8_t *p = data + end - l->page_size + l->page_trailer;
    bool leaf = p[0] == 0x81 && p[1] == 0x81;
    return leaf ? page_at(l, end - l->page_size, end) : (struct lib_block){0};
}

struct lib_block blocks_find(const uint8_t *data, size_t size, size_t from)
{
    const struct pst_layout *l = layout_of(data, size);
    struct lib_block b = {0};
    for (size_t end = l ? (from / l->block_align + 1) * l->block_align : 0; l && !b.size && end <= size;
         end += l->block_align)
        b = ending_at(l, data, end);
    return b;
}

void blocks_mend(uint8_t *data, const struct lib_block *b)
{
    const struct pst_layout *l = pst_layout_of(pl_le16(data + 10));
    if (l && b->size)
        pl_put32(data + b->trailer + (l->wide ? 4 : 8), pst_crc(data + b->at, b->size));
}

void blocks_mend_header(uint8_t *data, size_t size)
{
    const struct pst_layout *l = layout_of(data, size);
    if (!l)
        return;
    pl_put32(data + 4, pst_crc(data + 8, 471));
    if (l->crc_full_size)
        pl_put32(data + l->crc_full, pst_crc(data + 8, l->crc_full_size));
}

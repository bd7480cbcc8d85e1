/*
 * pst_heap.c - heap on node (2.3.1) and B-tree on heap (2.3.2).
 *
 * Items go into the open block until it is full. The first block is kept, because its
 * header names the root and because what is known only at the end is patched there; the
 * others wait in a spool, since fill levels of later blocks stand in earlier ones. All
 * blocks but the last are as large as a block may be.
 */
#include "pst_int.h"

#include <stdlib.h>
#include <string.h>

enum {
    HEAD_FIRST = 12,  /* HNHDR */
    HEAD_BITMAP = 66, /* HNBITMAPHDR, blocks 8, 136, 264 ... */
    HEAD_PAGE = 2,    /* HNPAGEHDR */
    FILL_FIRST = 8,
    FILL_STEP = 128
};

static size_t head_size(uint32_t block)
{
    if (block == 0)
        return HEAD_FIRST;
    return block >= FILL_FIRST && (block - FILL_FIRST) % FILL_STEP == 0 ? HEAD_BITMAP : HEAD_PAGE;
}

int pst_heap_init(struct pst_heap *heap, struct pst_file *file, uint8_t client)
{
    *heap = (struct pst_heap){.file = file, .client = client, .used = HEAD_FIRST};
    pst_spool_init(&heap->done, file->path);
    heap->block = calloc(1, file->lay->block_max);
    heap->ends = malloc(file->lay->block_max); /* an item takes its bytes and two for its end */
    return heap->block && heap->ends ? 0 : pst_error("out of memory", NULL);
}

void pst_heap_free(struct pst_heap *heap)
{
    free(heap->first);
    free(heap->block);
    free(heap->ends);
    free(heap->fill);
    pst_spool_free(&heap->done);
    heap->first = heap->block = heap->fill = NULL;
    heap->ends = NULL;
    heap->fill_cap = 0;
}

/* How full, in sixteen steps (2.3.1.2). */
static uint8_t fill_level(size_t room)
{
    static const uint16_t least[15] = {3584, 2560, 2048, 1792, 1536, 1280, 1024, 768, 512, 256, 128, 64, 32, 16, 8};

    for (uint8_t i = 0; i < 15; i++)
        if (room >= least[i])
            return i;
    return 15;
}

static size_t map_size(size_t count) { return 4 + 2 * (count + 1); }

static size_t map_at(const struct pst_heap *heap) { return (heap->used + 1) & ~(size_t)1; }

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak" /* the heap keeps it */
static int note_fill(struct pst_heap *heap)
{
    size_t size = map_at(heap) + map_size(heap->count);

    if (heap->block_no >= heap->fill_cap) {
        size_t cap = heap->fill_cap ? heap->fill_cap * 2 : 16;
        uint8_t *fill = realloc(heap->fill, cap);
        if (!fill)
            return pst_error("out of memory", NULL);
        heap->fill = fill;
        heap->fill_cap = cap;
    }
    heap->fill[heap->block_no] = fill_level(heap->file->lay->block_max - size);
    return 0;
}
#pragma GCC diagnostic pop

/* Writes header and page map of the open block. */
static int heap_seal(struct pst_heap *heap)
{
    uint8_t *map = heap->block + map_at(heap);

    pst_put16(heap->block, (uint32_t)map_at(heap));
    pst_put16(map, (uint32_t)heap->count);
    pst_put16(map + 2, 0);
    pst_put16(map + 4, (uint32_t)head_size(heap->block_no));
    for (size_t i = 0; i < heap->count; i++)
        pst_put16(map + 6 + 2 * i, heap->ends[i]);
    return note_fill(heap);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak" /* the heap keeps its blocks */
static int heap_next_block(struct pst_heap *heap)
{
    size_t max = heap->file->lay->block_max;

    if (heap_seal(heap) != 0)
        return -1;
    if (heap->block_no == 0) {
        heap->first = heap->block;
        heap->first_size = max;
        heap->block = malloc(max);
        if (!heap->block)
            return pst_error("out of memory", NULL);
    } else if (pst_spool_put(&heap->done, heap->block, max) != 0) {
        return -1;
    }
    memset(heap->block, 0, max);
    heap->block_no++;
    if (heap->block_no >> (27 - heap->file->lay->heap_index_bits))
        return pst_error("a heap is too large for the format", NULL);
    heap->count = 0;
    heap->used = head_size(heap->block_no);
    return 0;
}
#pragma GCC diagnostic pop

int pst_heap_put(struct pst_heap *heap, const void *data, size_t size, uint32_t *hid)
{
    const struct pst_layout *lay = heap->file->lay;
    size_t most = ((size_t)1 << lay->heap_index_bits) - 1;

    if (size == 0 || size > PST_HEAP_MAX)
        return pst_error("a heap item of an impossible size", NULL);
    if ((heap->count == most || heap->used + size + 1 + map_size(heap->count + 1) > lay->block_max) &&
        heap_next_block(heap) != 0)
        return -1;
    memcpy(heap->block + heap->used, data, size);
    heap->used += size;
    heap->ends[heap->count++] = (uint16_t)heap->used;
    *hid = (uint32_t)heap->count << 5 | heap->block_no << (5 + lay->heap_index_bits);
    return 0;
}

void pst_heap_patch(struct pst_heap *heap, uint32_t hid, const void *data, size_t size)
{
    uint8_t *block = heap->block_no == 0 ? heap->block : heap->first;
    uint32_t index = hid >> 5;
    size_t at = HEAD_FIRST;

    if (heap->block_no == 0 && index > 1)
        at = heap->ends[index - 2];
    else if (index > 1)
        at = pst_get16(block + pst_get16(block) + 4 + 2 * (index - 1));
    memcpy(block + at, data, size);
}

/* Nibbles of the fill levels of `count` blocks from `from` on. */
static void put_levels(const struct pst_heap *heap, uint32_t from, uint32_t count, uint8_t *out)
{
    for (uint32_t i = 0; i < count && from + i <= heap->block_no; i++)
        out[i / 2] = (uint8_t)(out[i / 2] | heap->fill[from + i] << (i % 2 ? 4 : 0));
}

static int heap_write(struct pst_heap *heap, uint32_t root, uint64_t *bid)
{
    size_t max = heap->file->lay->block_max;
    size_t last = map_at(heap) + map_size(heap->count);
    struct pst_tree tree;
    int result = 0;

    if (heap_seal(heap) != 0)
        return -1;
    if (heap->block_no > 0 && pst_spool_put(&heap->done, heap->block, last) != 0)
        return -1;
    pst_tree_init(&tree, heap->file);
    for (uint32_t i = 0; i <= heap->block_no && result == 0; i++) {
        uint8_t *block = i == 0 && heap->first ? heap->first : heap->block;
        size_t size = i == heap->block_no ? last : max;
        if (i > 0)
            result = pst_spool_get(&heap->done, (uint64_t)(i - 1) * max, block, size);
        if (i == 0) {
            block[2] = 0xec;
            block[3] = heap->client;
            pst_put32(block + 4, root);
            put_levels(heap, 0, FILL_FIRST, block + 8);
        } else if (head_size(i) == HEAD_BITMAP && result == 0) {
            put_levels(heap, i, FILL_STEP, block + 2);
        }
        if (result == 0)
            result = pst_tree_block(&tree, block, size);
    }
    if (result == 0)
        return pst_tree_end(&tree, bid);
    pst_tree_free(&tree);
    return -1;
}

int pst_heap_end(struct pst_heap *heap, uint32_t root, uint64_t *bid)
{
    int result = heap_write(heap, root, bid);

    pst_heap_free(heap);
    return result;
}

int pst_bth_init(struct pst_bth *bth, struct pst_heap *heap, unsigned key, unsigned value)
{
    uint8_t header[8] = {0xb5, (uint8_t)key, (uint8_t)value};

    memset(bth, 0, sizeof(*bth));
    bth->heap = heap;
    bth->key = key;
    bth->value = value;
    return pst_heap_put(heap, header, sizeof(header), &bth->header);
}

void pst_bth_free(struct pst_bth *bth)
{
    free(bth->up);
    bth->up = NULL;
    bth->up_count = bth->up_cap = 0;
}

static int bth_flush(struct pst_bth *bth)
{
    struct pst_bth_entry up = {.key = pst_get16(bth->leaf)};

    if (bth->key == 4)
        up.key = pst_get32(bth->leaf);
    if (pst_heap_put(bth->heap, bth->leaf, bth->fill, &up.hid) != 0)
        return -1;
    if (bth->up_count == bth->up_cap) {
        size_t cap = bth->up_cap ? bth->up_cap * 2 : 16;
        struct pst_bth_entry *list = realloc(bth->up, cap * sizeof(*list));
        if (!list)
            return pst_error("out of memory", NULL);
        bth->up = list;
        bth->up_cap = cap;
    }
    bth->up[bth->up_count++] = up;
    bth->fill = 0;
    return 0;
}

static int bth_record(struct pst_bth *bth, uint32_t key, const void *value, size_t size)
{
    if (bth->fill + bth->key + size > PST_HEAP_MAX && bth_flush(bth) != 0)
        return -1;
    if (bth->key == 4)
        pst_put32(bth->leaf + bth->fill, key);
    else
        pst_put16(bth->leaf + bth->fill, key);
    memcpy(bth->leaf + bth->fill + bth->key, value, size);
    bth->fill += bth->key + size;
    return 0;
}

int pst_bth_add(struct pst_bth *bth, uint32_t key, const void *value)
{
    return bth_record(bth, key, value, bth->value);
}

static int bth_levels(struct pst_bth *bth)
{
    uint8_t header[8] = {0xb5, (uint8_t)bth->key, (uint8_t)bth->value};

    if (bth->fill > 0 && bth_flush(bth) != 0)
        return -1;
    while (bth->up_count > 1) {
        struct pst_bth_entry *below = bth->up;
        size_t count = bth->up_count;
        int result = 0;
        bth->up = NULL;
        bth->up_count = bth->up_cap = 0;
        header[3]++;
        for (size_t i = 0; i < count && result == 0; i++) {
            uint8_t hid[4];
            pst_put32(hid, below[i].hid);
            result = bth_record(bth, below[i].key, hid, sizeof(hid));
        }
        free(below);
        if (result != 0 || bth_flush(bth) != 0)
            return -1;
    }
    pst_put32(header + 4, bth->up_count ? bth->up[0].hid : 0);
    pst_heap_patch(bth->heap, bth->header, header, sizeof(header));
    return 0;
}

int pst_bth_end(struct pst_bth *bth)
{
    int result = bth_levels(bth);

    pst_bth_free(bth);
    return result;
}

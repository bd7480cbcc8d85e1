/*
 * pst_damage.c - damage on request: the damage lines of a recipe, as docs/fixtures.md lists
 * them. Each line makes one fault, at a place that recipe and seed alone decide.
 */
#include "pst_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORDS_MAX = 6, LINE_MAX_BYTES = 4096, NO_SUCH_BLOCK = 0x3ffffff8, HEADER_CRC_FROM = 8 };

struct order {
    struct pst_patch patch;
    char *word[WORDS_MAX];
    unsigned words;
    uint64_t seed;
};

/* Word i as a number; `missing` when the line is shorter. Words were looked at before. */
static uint64_t number(const struct order *order, unsigned i, uint64_t missing)
{
    return i < order->words ? strtoull(order->word[i], NULL, 0) : missing;
}

static bool is(const struct order *order, unsigned i, const char *what)
{
    return i < order->words && strcmp(order->word[i], what) == 0;
}

static int misread(const struct order *order)
{
    return pst_error("a damage line that says nothing", order->word[0]);
}

static int tree_of(const struct order *order, unsigned i, enum pst_btree *tree)
{
    *tree = is(order, i, "bbt") ? PST_BBT : PST_NBT;
    return is(order, i, "bbt") || is(order, i, "nbt") ? 0 : misread(order);
}

static int do_cut(struct order *order)
{
    uint64_t at = number(order, 1, 0);

    if (order->words > 1 && strchr(order->word[1], '%'))
        at = order->patch.size / 100 * at;
    return ftruncate(order->patch.fd, (off_t)at) == 0 ? 0 : pst_error("write failed", NULL);
}

static int flip_bit(struct order *order, uint64_t from, uint64_t bytes)
{
    uint64_t at = from + pst_mix(&order->seed) % bytes;
    uint8_t byte;

    if (pread(order->patch.fd, &byte, 1, (off_t)at) != 1)
        return 0;
    byte = (uint8_t)(byte ^ 1u << pst_mix(&order->seed) % 8);
    return pst_patch_write(&order->patch, &byte, 1, at);
}

static int flip_page(struct pst_patch *patch, struct pst_place *place, void *state)
{
    return flip_bit(state, place->at, patch->lay->page);
}

static int flip_blocks(struct pst_patch *patch, struct pst_place *place, void *state)
{
    int result = 0;

    for (uint32_t i = 0; i < place->count && result == 0; i++) {
        const uint8_t *p = place->page + i * place->entry;
        result = flip_bit(state, pst_patch_id(patch, p + patch->lay->id), pst_get16(p + 2 * patch->lay->id));
    }
    return result;
}

static int do_flip(struct order *order)
{
    uint64_t step = number(order, 1, order->patch.lay->page);
    enum pst_btree tree;
    int result = 0;

    if (is(order, 1, "blocks"))
        return pst_patch_each(&order->patch, PST_BBT, 0, flip_blocks, order);
    if (is(order, 1, "bbt") || is(order, 1, "nbt")) {
        tree = is(order, 1, "bbt") ? PST_BBT : PST_NBT;
        return pst_patch_each(&order->patch, tree, -1, flip_page, order);
    }
    if (step == 0)
        return misread(order);
    for (uint64_t at = order->patch.lay->map_first; at + step <= order->patch.size && result == 0; at += step)
        result = flip_bit(order, at, step);
    return result;
}

/* One word of a node's entry: 1 = data, 2 = subnodes, 3 = parent. */
static int set_node(struct order *order, uint64_t nid, unsigned field, uint64_t value)
{
    struct pst_place place = {0};
    uint8_t *p;

    if (pst_patch_find(&order->patch, PST_NBT, nid, &place) != 0)
        return -1;
    p = place.page + place.index * place.entry + field * order->patch.lay->id;
    if (field == 3)
        pst_put32(p, (uint32_t)value);
    else
        pst_put_id(order->patch.lay, p, value);
    return pst_patch_seal(&order->patch, &place);
}

static int get_node(struct order *order, uint64_t nid, unsigned field, uint64_t *value)
{
    struct pst_place place = {0};

    if (pst_patch_find(&order->patch, PST_NBT, nid, &place) != 0)
        return -1;
    *value = pst_patch_id(&order->patch, place.page + place.index * place.entry + field * order->patch.lay->id);
    return 0;
}

/* Word i as a block: its id, or "data:NID" or "subs:NID" for the top one of a node. */
static int block_word(struct order *order, unsigned i, uint64_t *bid)
{
    const char *word = i < order->words ? order->word[i] : "0";

    if (strncmp(word, "data:", 5) == 0)
        return get_node(order, strtoull(word + 5, NULL, 0), 1, bid);
    if (strncmp(word, "subs:", 5) == 0)
        return get_node(order, strtoull(word + 5, NULL, 0), 2, bid);
    *bid = number(order, i, 0);
    return 0;
}

/* The entry of the node or block that words i and i + 1 name. */
static int entry_words(struct order *order, unsigned i, struct pst_place *place)
{
    uint64_t bid;

    if (is(order, i, "node"))
        return pst_patch_find(&order->patch, PST_NBT, number(order, i + 1, 0), place);
    if (!is(order, i, "block"))
        return misread(order);
    if (block_word(order, i + 1, &bid) != 0)
        return -1;
    return pst_patch_find(&order->patch, PST_BBT, bid, place);
}

/* Where the checksum of what the line names stands. */
static int do_crc(struct order *order)
{
    const struct pst_layout *lay = order->patch.lay;
    uint64_t at = 4;
    uint8_t crc[4];

    if (is(order, 1, "block")) {
        struct pst_place place = {0};
        const uint8_t *p;
        uint32_t stored;
        if (entry_words(order, 1, &place) != 0)
            return -1;
        p = place.page + place.index * place.entry;
        stored = pst_get16(p + 2 * lay->id);
        at = pst_patch_id(&order->patch, p + lay->id) +
             (stored + lay->block_trailer + lay->align - 1) / lay->align * lay->align - lay->block_trailer;
        at += lay->ansi ? 8 : 4;
    } else if (!is(order, 1, "header")) {
        enum pst_btree tree;
        if (tree_of(order, 1, &tree) != 0)
            return -1;
        at = order->patch.root[tree == PST_NBT ? 1 : 3] + lay->page - lay->page_trailer + (lay->ansi ? 8 : 4);
    }
    if (pread(order->patch.fd, crc, sizeof(crc), (off_t)at) != sizeof(crc))
        return pst_error("read failed", NULL);
    pst_put32(crc, pst_get32(crc) ^ 0x5a5a5a5au);
    return pst_patch_write(&order->patch, crc, sizeof(crc), at);
}

static int do_type(struct order *order)
{
    struct pst_place place = {0};
    enum pst_btree tree;
    uint8_t *t = place.page + order->patch.lay->page - order->patch.lay->page_trailer;

    if (tree_of(order, 1, &tree) != 0 ||
        pst_patch_page(&order->patch, order->patch.root[tree == PST_NBT ? 1 : 3], &place) != 0)
        return -1;
    t[0] = t[1] = (uint8_t)number(order, 2, PST_PT_AMAP);
    return pst_patch_write(&order->patch, place.page, order->patch.lay->page, place.at);
}

/* The root's first entry leads back to the root. */
static int do_loop(struct order *order)
{
    const struct pst_layout *lay = order->patch.lay;
    struct pst_place place = {0};
    enum pst_btree tree;
    uint8_t *t = place.page + lay->bt_room;
    uint64_t *root;

    if (tree_of(order, 1, &tree) != 0)
        return -1;
    root = &order->patch.root[tree == PST_NBT ? 0 : 2];
    if (pst_patch_page(&order->patch, root[1], &place) != 0)
        return -1;
    if (place.level == 0) {
        memset(place.page, 0, lay->bt_room);
        pst_patch_count(&order->patch, &place, 1);
        t[lay->wide ? 4 : 2] = (uint8_t)lay->bt;
        t[lay->wide ? 5 : 3] = 1;
    }
    pst_put_id(lay, place.page + lay->id, root[0]);
    pst_put_id(lay, place.page + 2 * lay->id, root[1]);
    return pst_patch_seal(&order->patch, &place);
}

static int do_missing(struct order *order)
{
    struct pst_place place = {0};
    uint8_t *p;

    if (entry_words(order, 1, &place) != 0)
        return -1;
    p = place.page + place.index * place.entry;
    memmove(p, p + place.entry, (place.count - place.index - 1) * place.entry);
    memset(place.page + (place.count - 1) * place.entry, 0, place.entry);
    pst_patch_count(&order->patch, &place, place.count - 1);
    return pst_patch_seal(&order->patch, &place);
}

static int do_dangle(struct order *order)
{
    return set_node(order, number(order, 1, 0), is(order, 2, "subnodes") ? 2 : 1, NO_SUCH_BLOCK);
}

static int count_block(struct order *order)
{
    struct pst_raw raw = {.data = NULL};
    uint64_t bid;
    int result = block_word(order, 2, &bid);

    if (result == 0)
        result = pst_patch_block(&order->patch, bid, &raw);
    if (result == 0) {
        pst_put16(raw.data + 2, (uint32_t)number(order, 3, 0xffff));
        result = pst_patch_reblock(&order->patch, &raw);
    }
    free(raw.data);
    return result;
}

static int do_count(struct order *order)
{
    struct pst_place place = {0};
    enum pst_btree tree;

    if (is(order, 1, "block"))
        return count_block(order);
    if (tree_of(order, 1, &tree) != 0 ||
        pst_patch_page(&order->patch, order->patch.root[tree == PST_NBT ? 1 : 3], &place) != 0)
        return -1;
    pst_patch_count(&order->patch, &place, (uint32_t)number(order, 2, 255));
    return pst_patch_seal(&order->patch, &place);
}

static int do_length(struct order *order)
{
    struct pst_place place = {0};

    if (!is(order, 1, "block") || entry_words(order, 1, &place) != 0)
        return misread(order);
    pst_put16(place.page + place.index * place.entry + 2 * order->patch.lay->id,
              (uint32_t)number(order, 3, 0xffff));
    return pst_patch_seal(&order->patch, &place);
}

/* A folder becomes its own grandparent's parent, or holds what its parent holds: itself. */
static int do_cycle(struct order *order)
{
    uint64_t child = number(order, 2, 0), parent = number(order, 3, 0), data, subs;

    if (order->words < 4)
        return misread(order);
    if (is(order, 1, "parent"))
        return set_node(order, child, 3, parent);
    child = (child & ~(uint64_t)31) | PST_NT_HIERARCHY;
    parent = (parent & ~(uint64_t)31) | PST_NT_HIERARCHY;
    if (get_node(order, parent, 1, &data) != 0 || get_node(order, parent, 2, &subs) != 0 ||
        set_node(order, child, 1, data) != 0)
        return -1;
    return set_node(order, child, 2, subs);
}

/* Makes the checksums of the header right again. */
static int header_seal(struct order *order)
{
    uint8_t h[564];
    const struct pst_layout *lay = order->patch.lay;

    if (pread(order->patch.fd, h, sizeof(h), 0) != sizeof(h))
        return pst_error("read failed", NULL);
    if (!lay->ansi)
        pst_put32(h + 524, pst_crc(0, h + HEADER_CRC_FROM, 516));
    pst_put32(h + 4, pst_crc(0, h + HEADER_CRC_FROM, 471));
    return pst_patch_write(&order->patch, h, lay->ansi ? 512 : sizeof(h), 0);
}

/* "maps N": fAMapValid, which Outlook sets to 0 when it begins to write and to 2 when it has closed the file. */
static int do_maps(struct order *order)
{
    size_t at = order->patch.lay->ansi ? 200 : 248;
    uint8_t value = (uint8_t)number(order, 1, 0);

    if (pst_patch_write(&order->patch, &value, 1, at) != 0)
        return -1;
    return header_seal(order);
}

static int do_size(struct order *order)
{
    struct pst_raw raw = {.data = NULL};
    uint64_t bid;
    int result;

    if (is(order, 1, "header")) {
        uint8_t word[8];
        pst_put_id(order->patch.lay, word, number(order, 2, (uint64_t)1 << 60));
        result = pst_patch_write(&order->patch, word, order->patch.lay->id, order->patch.lay->ansi ? 168 : 184);
        return result == 0 ? header_seal(order) : result;
    }
    if (!is(order, 1, "block"))
        return misread(order);
    result = block_word(order, 2, &bid);
    if (result == 0)
        result = pst_patch_block(&order->patch, bid, &raw);
    if (result == 0) {
        pst_put32(raw.data + 4, (uint32_t)number(order, 3, 0xffffffff));
        result = pst_patch_reblock(&order->patch, &raw);
    }
    free(raw.data);
    return result;
}

/* The second id becomes the first in place: the tree then holds the first twice, unsorted as it may be. */
static int do_duplicate(struct order *order)
{
    struct pst_place place = {0};
    uint64_t id = number(order, 2, 0);

    if (order->words < 4)
        return misread(order);
    if (is(order, 1, "block") && block_word(order, 2, &id) != 0)
        return -1;
    order->word[2] = order->word[3];
    if (entry_words(order, 1, &place) != 0)
        return -1;
    pst_put_id(order->patch.lay, place.page + place.index * place.entry, id);
    return pst_patch_seal(&order->patch, &place);
}

static size_t hex_bytes(const char *hex, uint8_t *out, size_t room)
{
    size_t count = 0;
    unsigned byte;

    while (count < room && hex[0] && hex[1] && sscanf(hex, "%2x", &byte) == 1) {
        out[count++] = (uint8_t)byte;
        hex += 2;
    }
    return count;
}

static int do_set(struct order *order)
{
    uint8_t bytes[LINE_MAX_BYTES];

    if (order->words < 3)
        return misread(order);
    return pst_patch_write(&order->patch, bytes, hex_bytes(order->word[2], bytes, sizeof(bytes)),
                           number(order, 1, 0));
}

/* The n-th data block under a block id. */
static int nth_block(struct order *order, uint64_t bid, uint64_t n, struct pst_raw *raw)
{
    const struct pst_layout *lay = order->patch.lay;
    uint64_t per = (lay->block_max - 8) / lay->id;

    for (;;) {
        uint64_t index;
        unsigned level;
        if (pst_patch_block(&order->patch, bid, raw) != 0)
            return -1;
        if (!(bid & 2))
            return 0;
        level = raw->data[1];
        index = level > 1 ? n / per : n;
        n = level > 1 ? n % per : 0;
        if (index >= pst_get16(raw->data + 2))
            return pst_error("the node has fewer blocks", NULL);
        bid = pst_patch_id(&order->patch, raw->data + 8 + index * lay->id);
        free(raw->data);
        raw->data = NULL;
    }
}

/* "poke NID BLOCK OFFSET HEX": changes a node's decoded bytes and makes the checksum right again. */
static int do_poke(struct order *order)
{
    uint8_t bytes[LINE_MAX_BYTES];
    struct pst_raw raw = {.data = NULL};
    uint64_t bid, at = number(order, 3, 0);
    size_t count;
    int result;

    if (order->words < 5 || get_node(order, number(order, 1, 0), 1, &bid) != 0)
        return -1;
    count = hex_bytes(order->word[4], bytes, sizeof(bytes));
    result = nth_block(order, bid, number(order, 2, 0), &raw);
    if (result == 0 && (at > raw.size || count > raw.size - at))
        result = pst_error("the block is shorter", NULL);
    if (result == 0) {
        memcpy(raw.data + at, bytes, count);
        result = pst_patch_reblock(&order->patch, &raw);
    }
    free(raw.data);
    return result;
}

/* A leaf as it was before: older than the one in the tree, out of its reach, with the node in another folder. */
static int do_stale(struct order *order)
{
    const struct pst_layout *lay = order->patch.lay;
    struct pst_place place = {0};
    uint64_t at = order->patch.size / lay->page * lay->page;
    uint8_t page[4096];
    uint8_t *t = place.page + lay->page - lay->page_trailer;
    uint64_t bid;

    if (!is(order, 1, "nbt") || order->words < 3)
        return misread(order);
    if (pst_patch_find(&order->patch, PST_NBT, number(order, 2, 0), &place) != 0)
        return -1;
    pst_put32(place.page + place.index * place.entry + 3 * lay->id, (uint32_t)number(order, 3, 0x8062));
    do {
        if (at < lay->page)
            return pst_error("the file has no room for a page", NULL);
        at -= lay->page;
        if (pread(order->patch.fd, page, lay->page, (off_t)at) != (ssize_t)lay->page)
            return pst_error("read failed", NULL);
    } while (page[0] != 0 || memcmp(page, page + 1, lay->page - 1) != 0);
    bid = pst_patch_id(&order->patch, t + (lay->ansi ? 4 : 8)) - 1;
    pst_page_seal(lay, PST_PT_NBT, place.page, at, bid);
    return pst_patch_write(&order->patch, place.page, lay->page, at);
}

/* An item of the heap in a block. */
static uint8_t *heap_item(const struct order *order, struct pst_raw *raw, uint32_t hid, uint32_t *size)
{
    uint32_t map = pst_get16(raw->data), index = hid >> 5 & ((1u << order->patch.lay->heap_index_bits) - 1);
    uint32_t from;

    if (hid & 31 || hid >> (5 + order->patch.lay->heap_index_bits) || map + 4 > raw->size || index == 0 ||
        index > pst_get16(raw->data + map))
        return NULL;
    from = pst_get16(raw->data + map + 4 + 2 * (index - 1));
    *size = pst_get16(raw->data + map + 4 + 2 * index) - from;
    return raw->data + from;
}

/* The second row of a folder's contents table becomes the first once more. */
static int do_twice(struct order *order)
{
    enum { ROOT_AT = 4, ROW_SIZE_AT = 8, ROWS_AT = 14 };
    struct pst_raw raw = {.data = NULL};
    uint64_t nid = (number(order, 2, 0) & ~(uint64_t)31) | PST_NT_CONTENTS, bid;
    uint32_t size = 0, row;
    uint8_t *info, *rows = NULL;
    int result = -1;

    if (!is(order, 1, "row") || order->words < 3)
        return misread(order);
    if (get_node(order, nid, 1, &bid) != 0 || nth_block(order, bid, 0, &raw) != 0)
        goto out;
    info = heap_item(order, &raw, pst_get32(raw.data + ROOT_AT), &size);
    if (info)
        rows = heap_item(order, &raw, pst_get32(info + ROWS_AT), &size);
    row = info ? pst_get16(info + ROW_SIZE_AT) : 0;
    if (!rows || 2 * row > size) {
        pst_error("the table has no two rows in its first block", NULL);
        goto out;
    }
    memcpy(rows + row, rows, row);
    result = pst_patch_reblock(&order->patch, &raw);
out:
    free(raw.data);
    return result;
}

static const struct {
    const char *name;
    unsigned least; /* words */
    int (*run)(struct order *order);
} verbs[] = {
    {"cut", 2, do_cut},       {"flip", 1, do_flip},       {"crc", 2, do_crc},       {"type", 2, do_type},
    {"loop", 2, do_loop},     {"missing", 3, do_missing}, {"dangle", 2, do_dangle}, {"count", 2, do_count},
    {"length", 3, do_length}, {"cycle", 4, do_cycle},     {"size", 2, do_size},     {"duplicate", 4, do_duplicate},
    {"set", 3, do_set},       {"poke", 5, do_poke},       {"stale", 3, do_stale},   {"twice", 3, do_twice},
    {"maps", 1, do_maps},
};

/* Digits to the end: a number, with a percent sign, with a word and a colon before it. The last word of
 * `set` and `poke` is hexadecimal. */
static bool well_formed(const struct order *order)
{
    bool bytes = is(order, 0, "set") || is(order, 0, "poke");

    for (unsigned i = 1; i < order->words; i++) {
        const char *colon = strchr(order->word[i], ':');
        const char *word = colon ? colon + 1 : order->word[i];
        size_t hex = strspn(word, "0123456789abcdefABCDEF");
        char *end = NULL;
        if (bytes && i + 1 == order->words)
            return hex > 0 && hex % 2 == 0 && !word[hex];
        if (!colon && !strchr("0123456789", word[0]) && !is(order, 0, "cut") && i == 1)
            continue; /* what the verb is about: bbt, block, header ... */
        if (is(order, i, "subnodes"))
            continue;
        if (!strchr("0123456789", word[0]) || !word[0])
            return false;
        strtoull(word, &end, 0);
        if (*end && (!is(order, 0, "cut") || strcmp(end, "%") != 0))
            return false;
    }
    return true;
}

int ms_pst_damage(const char *path, const char *what, uint64_t seed)
{
    struct order order = {.patch = {.fd = -1}, .seed = seed};
    char line[LINE_MAX_BYTES];
    char *save = NULL;
    int result = 0;
    size_t verb = 0;

    if (strlen(what) >= sizeof(line))
        return pst_error("a damage line is too long", NULL);
    memcpy(line, what, strlen(what) + 1);
    for (char *word = strtok_r(line, " \t", &save); word && order.words < WORDS_MAX;
         word = strtok_r(NULL, " \t", &save))
        order.word[order.words++] = word;
    while (verb < sizeof(verbs) / sizeof(verbs[0]) && !is(&order, 0, verbs[verb].name))
        verb++;
    if (verb == sizeof(verbs) / sizeof(verbs[0]) || order.words < verbs[verb].least || !well_formed(&order))
        return pst_error("unknown damage", what);
    if (pst_patch_open(&order.patch, path) != 0)
        result = -1;
    if (result == 0)
        result = verbs[verb].run(&order);
    if (pst_patch_close(&order.patch) != 0)
        result = -1;
    return result;
}

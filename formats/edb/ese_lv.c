/*
 * ese_lv.c - long values: bytes too many for a record, in a tree of their table.
 *
 * The record holds an id of 4 or 8 bytes. The tree has a root node under that id, with the
 * size in clear, and chunks under (id, offset). All chunks but the last are of one size in
 * clear; one that is stored shorter is compressed, nothing else says so. That size is not
 * guessed: it is the offset of the second chunk, or the whole when there is no second. One
 * chunk is held in memory, and reading goes along the chain of leaves.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "ese_page.h"

#define CHUNK_MOST     65536u
#define ID_MOST        8u
#define ROOT_ENCRYPTED 1u

static enum pl_status lv_complain(const struct ese_lv *lv, const char *what)
{
    uint64_t id = 0;
    for (unsigned i = 0; i < lv->id_size && i < sizeof lv->id; i++) /* it may say more than there can be */
        id = id << 8 | lv->id[i];
    return pl_report_once(lv->db->report, PL_LOST, "edb.long-value", lv->tree.name, PL_NO_OFFSET,
                          "long value 0x%" PRIx64 " of %s %s", id, lv->tree.name, what);
}

static void put_be32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24), p[1] = (uint8_t)(v >> 16), p[2] = (uint8_t)(v >> 8), p[3] = (uint8_t)v;
}

/* The key of a chunk; returns its size. */
static size_t chunk_key(const struct ese_lv *lv, uint64_t offset, uint8_t key[ID_MOST + 4])
{
    memcpy(key, lv->id, lv->id_size);
    put_be32(key + lv->id_size, (uint32_t)offset);
    return lv->id_size + 4;
}

/* Whether the node is a chunk of the value, and at which offset. */
static bool is_chunk(const struct ese_lv *lv, const struct ese_node *node, uint64_t *offset)
{
    uint8_t key[ESE_KEY_MOST];
    size_t size = ese_key_copy(node, key);
    if (size != lv->id_size + 4 || memcmp(key, lv->id, lv->id_size) != 0)
        return false;
    const uint8_t *p = key + lv->id_size;
    *offset = (uint64_t)p[0] << 24 | (uint64_t)p[1] << 16 | (uint64_t)p[2] << 8 | p[3];
    return true;
}

/* The root of the value; PL_END: there is none. */
static enum pl_status root_read(struct ese_lv *lv)
{
    struct ese_node node;
    enum pl_status st = ese_cursor_seek(&lv->cursor, lv->id, lv->id_size);
    if (st > PL_LOST)
        st = ese_cursor_next(&lv->cursor, &node);
    if (st == PL_END || st <= PL_LOST)
        return st;
    if (ese_key_compare(&node, lv->id, lv->id_size) != 0 || node.data.size < 8)
        return PL_END;
    lv->size = pl_le32(node.data.data + 4);
    if (node.data.size > 8 && node.data.data[8] & ROOT_ENCRYPTED)
        return lv_complain(lv, "is encrypted");
    return PL_OK;
}

/* The chunk that the cursor gives next. PL_END: it is not of this value. */
static enum pl_status chunk_next(struct ese_lv *lv, struct ese_node *node, uint64_t *offset)
{
    enum pl_status st = ese_cursor_next(&lv->cursor, node);
    if (st == PL_END || st <= PL_LOST)
        return st;
    return is_chunk(lv, node, offset) ? st : PL_END;
}

static enum pl_status chunk_size_find(struct ese_lv *lv, uint32_t stated)
{
    struct ese_node node;
    uint64_t offset = 0;
    if (stated >= lv->db->header.page_size) /* no part is longer than a page */
        stated = 0;
    lv->chunk_size = stated;
    if (stated >= lv->size || !stated)
        lv->chunk_size = lv->size < CHUNK_MOST ? (uint32_t)lv->size : CHUNK_MOST;
    if (stated || lv->size <= 1)
        return PL_OK;
    uint8_t key[ID_MOST + 4];
    size_t size = chunk_key(lv, 1, key);
    enum pl_status st = ese_cursor_seek(&lv->cursor, key, size);
    if (st > PL_LOST)
        st = chunk_next(lv, &node, &offset);
    if (st <= PL_LOST)
        return st;
    if (st != PL_END && offset <= CHUNK_MOST)
        lv->chunk_size = (uint32_t)offset;
    return PL_OK;
}

enum pl_status ese_lv_open(const struct ese_table *t, const struct ese_value *value, struct ese_lv *out)
{
    struct ese_lv *lv = out;
    memset(lv, 0, sizeof *lv);
    lv->db = t->db;
    lv->tree = t->long_values;
    lv->tree.name = t->row.name;
    lv->id_size = (unsigned)value->bytes.size;
    ese_cursor_init(&lv->cursor, lv->db, lv->tree);
    if (lv->id_size != 4 && lv->id_size != ID_MOST)
        return lv_complain(lv, "has an id of a size that does not exist");
    if (!lv->tree.root)
        return lv_complain(lv, "is stored apart, but the table has no such place");
    for (unsigned i = 0; i < lv->id_size; i++)
        lv->id[i] = value->bytes.data[lv->id_size - 1 - i];
    if (lv->db->remains && ese_remains_is_shared(lv->db->remains, lv->tree.objid, lv->id, lv->id_size))
        return lv_complain(lv, "is named by several deleted rows");
    enum pl_status st = root_read(lv);
    if (st == PL_END)
        st = lv_complain(lv, "is not there");
    if (st > PL_LOST)
        st = chunk_size_find(lv, t->row.chunk_size);
    if (st <= PL_LOST)
        ese_lv_close(lv);
    return st;
}

/* --- reading --------------------------------------------------------------------------------- */

static bool held_room(struct ese_lv *lv, size_t size)
{
    if (size <= lv->room)
        return true;
    uint8_t *more = realloc(lv->bytes, size);
    if (!more)
        return false;
    lv->bytes = more;
    lv->room = size;
    return true;
}

/* Puts the chunk at `offset` into lv->bytes, in clear. */
static enum pl_status chunk_hold(struct ese_lv *lv, uint64_t offset, const struct ese_node *node)
{
    uint64_t left = lv->size - offset;
    size_t expected = left < lv->chunk_size ? (size_t)left : lv->chunk_size, got = 0;
    lv->byte_count = 0;
    if (!held_room(lv, expected))
        return pl_report(lv->db->report, PL_LOST, "memory", lv->tree.name, PL_NO_OFFSET, "out of memory");
    if (node->data.size > expected)
        return lv_complain(lv, "has a part that is longer than it can be");
    if (node->data.size == expected)
        memcpy(lv->bytes, node->data.data, expected);
    else if (!ese_decompress(node->data.data, node->data.size, lv->bytes, expected, &got) || got != expected)
        return lv_complain(lv, "has a part that is cut, or compressed in a way that is not known");
    lv->held = offset;
    lv->byte_count = expected;
    return PL_OK;
}

static enum pl_status chunk_read(struct ese_lv *lv, uint64_t offset)
{
    struct ese_node node = {0};
    uint8_t key[ID_MOST + 4];
    uint64_t found = 0;
    enum pl_status st = PL_OK;
    if (!lv->at_chunk || lv->next != offset)
        st = ese_cursor_seek(&lv->cursor, key, chunk_key(lv, offset, key));
    lv->at_chunk = false;
    lv->byte_count = 0;
    if (st > PL_LOST)
        st = chunk_next(lv, &node, &found);
    if (st <= PL_LOST)
        return st;
    if (st == PL_END || found != offset)
        return lv_complain(lv, "lacks a part");
    enum pl_status held = chunk_hold(lv, offset, &node);
    lv->at_chunk = held == PL_OK;
    lv->next = offset + lv->chunk_size;
    return held <= PL_LOST ? held : st;
}

enum pl_status ese_lv_chunk(struct ese_lv *lv, uint64_t offset, struct ese_node *out)
{
    uint8_t key[ID_MOST + 4];
    uint64_t found = 0;
    enum pl_status st = ese_cursor_seek(&lv->cursor, key, chunk_key(lv, offset, key));
    lv->at_chunk = false;
    if (st > PL_LOST)
        st = chunk_next(lv, out, &found);
    if (st <= PL_LOST)
        return st;
    return st == PL_END || found != offset ? lv_complain(lv, "lacks a part") : PL_OK;
}

enum pl_status ese_lv_read(struct ese_lv *lv, uint64_t at, void *buf, size_t cap, size_t *got)
{
    enum pl_status worst = PL_OK;
    uint8_t *out = buf;
    *got = 0;
    while (*got < cap && at < lv->size && lv->chunk_size) {
        uint64_t offset = at / lv->chunk_size * lv->chunk_size;
        if (lv->held != offset || !lv->byte_count) {
            enum pl_status st = chunk_read(lv, offset);
            worst = st < worst ? st : worst;
            if (st <= PL_LOST)
                return st;
        }
        size_t skip = (size_t)(at - offset), part = lv->byte_count - skip;
        part = part < cap - *got ? part : cap - *got;
        memcpy(out + *got, lv->bytes + skip, part);
        *got += part;
        at += part;
    }
    return worst;
}

void ese_lv_close(struct ese_lv *lv)
{
    ese_cursor_close(&lv->cursor);
    free(lv->bytes);
    lv->bytes = NULL;
    lv->byte_count = lv->room = 0;
}

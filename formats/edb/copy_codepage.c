/*
 * copy_codepage.c - which code page a reader takes for the 8-bit texts of a row. See copy.h.
 *
 * What it can't decode has to stay so, so the row is asked before its values become others: columns first, then
 * packed properties, in the order in which exchange2013_value.c asks them.
 */
#include <string.h>

#include "body.h"
#include "bytes.h"
#include "copy.h"
#include "pimlift.h"
#include "prop_blob.h"
#include "text.h"

#define TAG_INTERNET 0x3fde0003u
#define TAG_MESSAGE  0x3ffd0003u
#define BLOB_MOST    ((size_t)1 << 20)
#define UTF8         65001u

static unsigned page_of(struct pl_bytes value)
{
    uint32_t page = value.size == 4 ? pl_le32(value.data) : 0;
    return page < 0x10000 && page != 1200 ? page : 0;
}

static bool value_load(struct edb_copy *c, const struct ese_record *r, const struct ese_value *v,
                       struct pl_bytes *out)
{
    struct ese_lv lv;
    size_t size = v->compressed ? ese_decompressed_size(v->bytes.data, v->bytes.size) : 0;
    *out = v->bytes;
    if (v->separated) {
        if (ese_lv_open(r->table, v, &lv) <= PL_LOST)
            return false;
        size = lv.size <= BLOB_MOST ? (size_t)lv.size : 0;
    }
    uint8_t *data = size ? pl_arena_alloc(&c->arena, size) : NULL;
    if (v->separated) {
        if (data)
            edb_copy_load(&lv, data, size);
        ese_lv_close(&lv);
    } else if (v->compressed && data && !ese_decompress(v->bytes.data, v->bytes.size, data, size, &size)) {
        data = NULL;
    }
    if (data)
        *out = (struct pl_bytes){data, size};
    return data || (!v->separated && !v->compressed);
}

static bool column_load(struct edb_copy *c, const struct ese_record *r, const char *name, struct pl_bytes *out)
{
    const struct ese_column *column = ese_table_column(r->table, name);
    struct ese_cell cell;
    struct ese_value v;
    return column && ese_record_get(r, column, &cell) == PL_OK && cell.count &&
           ese_cell_value(&cell, 0, &v) == PL_OK && value_load(c, r, &v, out);
}

/* The first that says something of a property counts. */
static void learn(struct edb_copy *c, uint32_t tag, struct pl_bytes value)
{
    unsigned *page = tag == TAG_INTERNET ? &c->internet : tag == TAG_MESSAGE ? &c->message : NULL;
    if (page && !*page)
        *page = page_of(value);
}

static void blob_learn(struct edb_copy *c, struct pl_bytes bytes)
{
    struct prop_blob b;
    size_t steps = PROP_STEPS;
    if (bytes.size <= 8 || memcmp(bytes.data, "ProP", 4) != 0 || !prop_blob_decode(&c->arena, bytes, &steps, &b))
        return;
    for (size_t i = 0; i < b.count; i++)
        if (b.list[i].place == PROP_HERE && b.list[i].count == 1)
            learn(c, b.list[i].tag, b.list[i].pieces[0].bytes);
}

void edb_copy_codepages(struct edb_copy *c, const struct ese_record *r)
{
    static const struct {
        uint32_t tag;
        const char *name;
    } columns[] = {{TAG_MESSAGE, "L3ffd"}, {TAG_MESSAGE, "CodePage"}, {TAG_INTERNET, "L3fde"}};
    static const char *const blobs[] = {"PropertyBlobDelta", "PropertyBlob", "OffPagePropertyBlob",
                                        "LargePropertyValueBlob", "ExtensionBlob"};
    struct pl_bytes value;
    c->internet = c->message = c->body = 0;
    if (column_load(c, r, "BodyType", &value) && value.size)
        c->body = value.data[0];
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (column_load(c, r, columns[i].name, &value))
            learn(c, columns[i].tag, value);
    for (size_t i = 0; i < sizeof blobs / sizeof *blobs; i++)
        if (column_load(c, r, blobs[i], &value))
            blob_learn(c, value);
    pl_arena_reset(&c->arena);
}

unsigned edb_copy_html_page(const struct edb_copy *c, const uint8_t *data, size_t size, bool guessed)
{
    unsigned stated = c->internet ? c->internet : pl_html_charset((struct pl_bytes){data, size});
    if (stated || c->message)
        return stated ? stated : c->message;
    if (guessed && size <= PL_INLINE_MAX && pl_utf8_valid((const char *)data, size))
        return UTF8;
    return c->job->codepage ? c->job->codepage : 1252;
}

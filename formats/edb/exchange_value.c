/*
 * exchange_value.c - cells of records to property values.
 *
 * Layer: inside the EDB reader. Letter and ESE type of a column decide together how its
 * bytes are meant, unless the profile says. A value larger than PL_INLINE_MAX becomes a
 * stream, whose token is the table's role and the id of the long value.
 */
#include <inttypes.h>
#include <string.h>

#include "bytes.h"
#include "exchange.h"

#define ID_LOCALE   0x3ff1
#define ID_CODEPAGE 0x3ffd
#define PIECE_MOST  ((size_t)16 << 20) /* of a compressed value in a record */
#define WHOLE_MOST  ((size_t)8 << 20)  /* of a value that is needed at once, however it is stored */

enum pl_status exchange_no_memory(struct exchange *x)
{
    return pl_report(x->r->report, PL_LOST, "memory", x->key, PL_NO_OFFSET,
                     "the object is too large for the memory it may take");
}

/* --- bytes ----------------------------------------------------------------------------- */

static const struct pl_bytes no_bytes = {(const uint8_t *)"", 0};

#define TOKEN_DEAD 0x100u /* above the role: the value is among what was deleted */

static struct pl_stream stream_of(const struct exchange_table *t, const struct ese_value *v, uint64_t size)
{
    uint64_t where = (uint64_t)t->role | (t->table.db->remains ? TOKEN_DEAD : 0);
    struct pl_stream s = {.size = size, .token = {where, 0, v->bytes.size}};
    memcpy(&s.token[1], v->bytes.data, v->bytes.size <= 8 ? v->bytes.size : 8);
    return s;
}

static enum pl_status separated_load(struct exchange *x, const struct exchange_table *t, const struct ese_value *v,
                                     struct pl_arena *a, struct pl_bytes *out, struct pl_stream *stream)
{
    struct ese_lv lv;
    size_t got = 0;
    enum pl_status st = ese_lv_open(&t->table, v, &lv);
    if (st <= PL_LOST || st == PL_END)
        return st;
    if (lv.size > PL_INLINE_MAX) {
        *stream = stream_of(t, v, lv.size);
    } else {
        uint8_t *data = pl_arena_alloc(a, (size_t)lv.size + 1);
        st = data ? ese_lv_read(&lv, 0, data, (size_t)lv.size, &got) : exchange_no_memory(x);
        if (st > PL_LOST)
            *out = (struct pl_bytes){data, got};
    }
    ese_lv_close(&lv);
    return st;
}

static enum pl_status inflate(struct exchange *x, const struct ese_value *v, struct pl_arena *a,
                              struct pl_bytes *out)
{
    size_t size = ese_decompressed_size(v->bytes.data, v->bytes.size), got = 0;
    uint8_t *data = size && size <= PIECE_MOST ? pl_arena_alloc(a, size) : NULL;
    if (size && !data)
        return exchange_no_memory(x);
    if (!data || !ese_decompress(v->bytes.data, v->bytes.size, data, size, &got))
        return pl_report(x->r->report, PL_LOST, "edb.compressed", x->key, PL_NO_OFFSET,
                         "a compressed value cannot be read");
    *out = (struct pl_bytes){data, got};
    return PL_OK;
}

/* The bytes of a value, or a promise of them. */
static enum pl_status value_load(struct exchange *x, const struct exchange_table *t, const struct ese_value *v,
                                 struct pl_arena *a, struct pl_bytes *out, struct pl_stream *stream)
{
    *out = no_bytes;
    *stream = (struct pl_stream){0};
    if (v->encrypted)
        return pl_report(x->r->report, PL_LOST, "edb.encrypted", x->key, PL_NO_OFFSET, "a value is encrypted");
    if (v->separated)
        return separated_load(x, t, v, a, out, stream);
    if (v->compressed)
        return inflate(x, v, a, out);
    out->data = pl_arena_dup(a, v->bytes.data, v->bytes.size);
    out->size = v->bytes.size;
    return out->data ? PL_OK : exchange_no_memory(x);
}

enum pl_status exchange_stream_load(struct exchange *x, const struct pl_stream *stream, struct pl_arena *a,
                                    struct pl_bytes *out)
{
    size_t at = 0, got = 0;
    uint8_t *data = stream->size <= WHOLE_MOST ? pl_arena_alloc(a, (size_t)stream->size) : NULL;
    enum pl_status st = data ? PL_OK : exchange_no_memory(x);
    while (st > PL_LOST && at < stream->size) {
        st = exchange_read(x, stream, at, data + at, (size_t)stream->size - at, &got);
        at += got;
        if (!got)
            break;
    }
    exchange_stream_close(x);
    if (st > PL_LOST)
        *out = (struct pl_bytes){data, at};
    return st;
}

/* The first value of a column as it lies in the record; false: none, or it lies elsewhere. */
static bool value_here(const struct ese_record *r, const struct ese_column *c, struct ese_value *out)
{
    struct ese_cell cell;
    if (!c || ese_record_get(r, c, &cell) != PL_OK || cell.is_null || !cell.count)
        return false;
    return ese_cell_value(&cell, 0, out) == PL_OK && !out->encrypted;
}

/* --- fields -------------------------------------------------------------------------------- */

bool exchange_id(struct exchange *x, const struct ese_record *r, struct exchange_binding b, uint64_t *out)
{
    struct ese_value v;
    (void)x;
    if (!value_here(r, b.column, &v) || v.separated || v.compressed || v.bytes.size != 8)
        return false;
    bool big = b.encoding == EDB_BE64 || (b.encoding == EDB_AUTO && b.column->type == ESE_BINARY);
    *out = big ? exchange_be64(v.bytes.data) : pl_le64(v.bytes.data);
    return true;
}

bool exchange_integer(struct exchange *x, const struct ese_record *r, struct exchange_binding b, int64_t *out)
{
    struct ese_value v;
    (void)x;
    if (!value_here(r, b.column, &v) || v.separated || v.compressed)
        return false;
    bool is_unsigned = b.column->type == ESE_U8 || b.column->type == ESE_U16 || b.column->type == ESE_U32 ||
                       b.column->type == ESE_BIT;
    uint64_t u = 0;
    size_t n = v.bytes.size;
    if (!n || n > 8)
        return false;
    for (size_t i = 0; i < n; i++)
        u |= (uint64_t)v.bytes.data[i] << 8 * i;
    if (!is_unsigned && n < 8 && u >> (8 * n - 1))
        u |= UINT64_MAX << 8 * n;
    *out = (int64_t)u;
    return true;
}

enum pl_status exchange_stored(struct exchange *x, const struct ese_record *r, const struct ese_column *c,
                               unsigned i, struct pl_arena *a, struct pl_bytes *out, struct pl_stream *stream)
{
    struct ese_cell cell;
    struct ese_value v;
    const struct exchange_table *t = NULL;
    *out = no_bytes;
    *stream = (struct pl_stream){0};
    for (int k = 0; k < EDB_ROLES; k++)
        if (&x->tables[k].table == r->table)
            t = &x->tables[k];
    if (!c || !t || ese_record_get(r, c, &cell) != PL_OK || cell.is_null || i >= cell.count)
        return PL_END;
    enum pl_status st = ese_cell_value(&cell, i, &v);
    return st > PL_LOST ? value_load(x, t, &v, a, out, stream) : st;
}

enum pl_status exchange_bytes(struct exchange *x, const struct ese_record *r, struct exchange_binding b,
                              struct pl_arena *a, struct pl_bytes *out)
{
    struct pl_stream stream;
    enum pl_status st = exchange_stored(x, r, b.column, 0, a, out, &stream);
    if (st == PL_END)
        return PL_OK;
    return st > PL_LOST && stream.size ? exchange_stream_load(x, &stream, a, out) : st;
}

enum pl_status exchange_piece(struct exchange *x, const struct exchange_table *t, const struct ese_value *v,
                              struct pl_arena *a, struct pl_bytes *out)
{
    struct pl_stream stream;
    enum pl_status st = value_load(x, t, v, a, out, &stream);
    return st <= PL_LOST ? st : stream.size ? PL_LOST : PL_OK;
}

static const char *text_of(struct exchange *x, struct exchange_binding b, struct pl_bytes bytes, struct pl_arena *a)
{
    struct pl_value v = {0};
    bool wide = b.encoding == EDB_UTF16 || (b.encoding == EDB_AUTO && b.column->type != ESE_LONG_BINARY &&
                                            b.column->type != ESE_BINARY && b.column->codepage != 1252);
    if (exchange_value(x, wide ? PT_UNICODE : PT_STRING8, bytes, 1252, a, &v) <= PL_LOST)
        return NULL;
    return v.as.text;
}

const char *exchange_text_here(struct exchange *x, const struct ese_record *r, struct exchange_binding b,
                               struct pl_arena *a)
{
    struct ese_value v;
    bool here = value_here(r, b.column, &v) && !v.separated && !v.compressed && v.bytes.size;
    return here ? text_of(x, b, v.bytes, a) : NULL;
}

const char *exchange_text(struct exchange *x, const struct ese_record *r, struct exchange_binding b,
                          struct pl_arena *a)
{
    struct pl_bytes bytes;
    if (exchange_bytes(x, r, b, a, &bytes) <= PL_LOST || !bytes.size)
        return "";
    return text_of(x, b, bytes, a);
}

/* --- values ---------------------------------------------------------------------------------- */

static enum pl_status text_decode(struct exchange *x, uint32_t tag, unsigned codepage, struct pl_arena *a,
                                  struct pl_value *v)
{
    unsigned replaced = 0;
    bool known = true, wide = (tag & 0xfff) == PT_UNICODE;
    char *text = wide ? pl_text_utf16(a, v->raw.data, v->raw.size, &replaced)
                      : pl_text_codepage(x->text, a, codepage ? codepage : 1252, v->raw.data, v->raw.size,
                                         &replaced, &known);
    if (!text)
        return exchange_no_memory(x);
    v->as.text = text;
    if (!known)
        pl_report(x->r->report, PL_WARN, "text.codepage", x->key, PL_NO_OFFSET,
                  "code page %u is not known; property 0x%08" PRIx32 " is read as windows-1252", codepage, tag);
    if (replaced)
        pl_report(x->r->report, PL_WARN, "text.undecodable", x->key, PL_NO_OFFSET,
                  "%u characters of property 0x%08" PRIx32 " cannot be decoded", replaced, tag);
    x->degraded = x->degraded || replaced || !known;
    return PL_OK;
}

static int64_t integer_of(unsigned type, struct pl_bytes b)
{
    if (type == PT_BOOLEAN)
        return b.size && b.data[0] != 0;
    if (type == PT_SHORT && b.size >= 2)
        return (int16_t)pl_le16(b.data);
    if (type == PT_ERROR && b.size >= 4)
        return pl_le32(b.data);
    if (type == PT_LONG && b.size >= 4)
        return (int32_t)pl_le32(b.data);
    return b.size >= 8 ? (int64_t)pl_le64(b.data) : 0;
}

enum pl_status exchange_value(struct exchange *x, uint32_t tag, struct pl_bytes bytes, unsigned codepage,
                              struct pl_arena *a, struct pl_value *out)
{
    unsigned type = tag & 0xfff;
    float single = 0;
    *out = (struct pl_value){.raw = bytes};
    switch (type) {
    case PT_UNICODE:
    case PT_STRING8: return text_decode(x, tag, codepage, a, out);
    case PT_FLOAT:
        if (bytes.size >= sizeof single)
            memcpy(&single, bytes.data, sizeof single);
        out->as.real = (double)single;
        return PL_OK;
    case PT_DOUBLE:
    case PT_APPTIME:
        if (bytes.size >= sizeof out->as.real)
            memcpy(&out->as.real, bytes.data, sizeof out->as.real);
        return PL_OK;
    case PT_BINARY:
    case PT_OBJECT:
    case PT_CLSID:
    case PT_SVREID: return PL_OK;
    default: out->as.integer = integer_of(type, bytes); return PL_OK;
    }
}

/* Big-endian numbers are turned round, and short ones made as long as any, so that all values have one form. */
static enum pl_status cell_value(struct exchange *x, const struct exchange_property *p, struct pl_bytes bytes,
                                 unsigned codepage, struct pl_arena *a, struct pl_value *out)
{
    if (p->encoding == EDB_I16 && (p->tag & 0xffff) == PT_LONG && bytes.size && bytes.size < 4) {
        uint8_t *wide = pl_arena_alloc(a, 4);
        if (!wide)
            return exchange_no_memory(x);
        pl_put32(wide, bytes.size == 1 ? bytes.data[0] : (uint32_t)(int16_t)pl_le16(bytes.data));
        bytes = (struct pl_bytes){wide, 4};
    }
    if (p->encoding == EDB_ANSI)
        return exchange_value(x, PT_STRING8, bytes, codepage, a, out);
    if (p->encoding == EDB_BE64 && bytes.size == 8) {
        uint8_t *turned = pl_arena_alloc(a, 8);
        if (!turned)
            return exchange_no_memory(x);
        for (int i = 0; i < 8; i++)
            turned[i] = bytes.data[7 - i];
        bytes.data = turned;
    }
    return exchange_value(x, p->tag, bytes, codepage, a, out);
}

static enum pl_status cell_decode(struct exchange *x, const struct exchange_table *t, struct ese_cell *cell,
                                  unsigned codepage, struct pl_arena *a, struct pl_prop *out)
{
    const struct exchange_property *p = &t->properties[cell->column - t->table.columns];
    bool many = p->tag & PT_MULTI;
    unsigned count = many ? cell->count : 1;
    *out = (struct pl_prop){.tag = p->tag, .pid = p->pid, .name = p->name};
    struct pl_value *values = pl_arena_zalloc(a, count, sizeof *values);
    if (!values)
        return exchange_no_memory(x);
    for (unsigned i = 0; i < count; i++) {
        struct ese_value v;
        struct pl_bytes bytes;
        struct pl_stream stream;
        enum pl_status st = ese_cell_value(cell, i, &v);
        if (st > PL_LOST)
            st = value_load(x, t, &v, a, &bytes, &stream);
        if (st <= PL_LOST)
            return st;
        if (stream.size && !many) {
            out->stream = stream;
            return PL_OK;
        }
        if (stream.size)
            st = exchange_stream_load(x, &stream, a, &bytes);
        if (st <= PL_LOST)
            return st;
        st = cell_value(x, p, bytes, codepage, a, &values[i]);
        if (st <= PL_LOST)
            return st;
    }
    out->values = values;
    out->count = count;
    return PL_OK;
}

/* --- bags ---------------------------------------------------------------------------------------- */

static const struct ese_column *column_of_id(const struct exchange_table *t, unsigned id)
{
    for (size_t i = 0; t->properties && i < t->table.column_count; i++)
        if (t->properties[i].tag >> 16 == id && (t->properties[i].tag & 0xffff) == PT_LONG)
            return &t->table.columns[i];
    return NULL;
}

/* The row tells it, or the message that the row is a part of, unless the caller decides for the whole store. */
unsigned exchange_codepage(struct exchange *x, const struct exchange_table *t, const struct ese_record *r)
{
    int64_t value = 0;
    if (x->r->options.codepage)
        return x->r->options.codepage;
    if (exchange_integer(x, r, (struct exchange_binding){column_of_id(t, ID_CODEPAGE), EDB_I32}, &value) &&
        value > 0 && value < 65536 && value != 1200)
        return (unsigned)value;
    if (exchange_integer(x, r, (struct exchange_binding){column_of_id(t, ID_LOCALE), EDB_I32}, &value))
        return pl_codepage_of_lcid((uint32_t)value);
    return x->codepage;
}

/* A value that is lost costs itself, not the object; memory costs the object. */
static enum pl_status prop_add(struct exchange *x, const struct exchange_table *t, struct ese_cell *cell,
                               unsigned codepage, struct pl_arena *a, struct pl_bag *bag)
{
    if (cell->is_null || !cell->count || !t->properties[cell->column - t->table.columns].tag)
        return PL_OK;
    enum pl_status st = cell_decode(x, t, cell, codepage, a, &bag->props[bag->count]);
    if (st > PL_LOST) {
        bag->count++;
        return PL_OK;
    }
    x->degraded = true;
    return x->r->report->fault && !strcmp(x->r->report->fault, "memory") ? PL_LOST : PL_OK;
}

static size_t cells_count(const struct ese_record *r)
{
    struct ese_fields f;
    struct ese_cell cell;
    size_t n = 0;
    enum pl_status st;
    ese_fields_init(&f, r);
    while ((st = ese_fields_next(&f, &cell)) != PL_END && st != PL_STOP)
        n += st > PL_LOST;
    return n;
}

/* Columns with a default that the record does not store. */
static enum pl_status defaults_add(struct exchange *x, const struct exchange_table *t, const struct ese_record *r,
                                   unsigned codepage, struct pl_arena *a, struct pl_bag *bag)
{
    enum pl_status st = PL_OK;
    for (size_t i = 0; i < t->table.column_count && st == PL_OK; i++) {
        struct ese_cell cell;
        const struct ese_column *c = &t->table.columns[i];
        if (c->has_default && t->properties[i].tag && ese_record_get(r, c, &cell) == PL_OK && cell.is_default)
            st = prop_add(x, t, &cell, codepage, a, bag);
    }
    return st;
}

enum pl_status exchange_bag(struct exchange *x, const struct exchange_table *t, const struct ese_record *r,
                            struct pl_arena *a, struct pl_bag *out)
{
    struct ese_fields f;
    struct ese_cell cell;
    enum pl_status st = PL_OK, next;
    size_t room = cells_count(r);
    for (size_t i = 0; i < t->table.column_count; i++)
        room += t->table.columns[i].has_default;
    *out = (struct pl_bag){.props = pl_arena_zalloc(a, room + 1, sizeof *out->props)};
    if (!out->props)
        return exchange_no_memory(x);
    if (!t->properties)
        return pl_bag_index(out, a) ? PL_OK : exchange_no_memory(x);
    unsigned codepage = exchange_codepage(x, t, r);
    ese_fields_init(&f, r);
    while (st == PL_OK && (next = ese_fields_next(&f, &cell)) != PL_END && next != PL_STOP) {
        if (next > PL_LOST && out->count < room)
            st = prop_add(x, t, &cell, codepage, a, out);
        x->degraded = x->degraded || next < PL_OK;
    }
    if (st == PL_OK)
        st = defaults_add(x, t, r, codepage, a, out);
    if (st != PL_OK)
        return st;
    return pl_bag_index(out, a) ? PL_OK : exchange_no_memory(x);
}

/* --- streams ----------------------------------------------------------------------------------------- */

void exchange_stream_close(struct exchange *x)
{
    if (x->stream.open)
        ese_lv_close(&x->stream.lv);
    x->stream.open = false;
}

/* A stream may be a part of a long value: where it begins stands above the size of the id. */
static enum pl_status value_read(struct exchange *x, const struct pl_stream *stream, uint64_t at, void *buf,
                                 size_t cap, size_t *got)
{
    uint64_t role = stream->token[0] & (TOKEN_DEAD - 1);
    struct exchange_stream *s = &x->stream;
    uint64_t start = stream->token[2] >> 8, left = at < stream->size ? stream->size - at : 0;
    *got = 0;
    if (stream->token[0] == EDB_ROLES) {
        *got = exchange_stm_read(x, at, buf, cap);
        return PL_OK;
    }
    if (s->open && memcmp(s->of.token, stream->token, sizeof stream->token) != 0)
        exchange_stream_close(x);
    if (!s->open) {
        if (role >= EDB_ROLES || (stream->token[2] & 0xff) > 8)
            return PL_LOST;
        const struct exchange_table *t = &x->tables[role];
        s->of = *stream;
        const struct ese_value v = {.bytes = {(const uint8_t *)&s->of.token[1], (size_t)(stream->token[2] & 0xff)},
                                    .separated = true};
        enum pl_status st = ese_lv_open(&t->table, &v, &s->lv);
        if (st <= PL_LOST || st == PL_END)
            return st == PL_END ? PL_LOST : st;
        s->open = true;
    }
    return ese_lv_read(&s->lv, start + at, buf, cap < left ? cap : (size_t)left, got);
}

enum pl_status exchange_read(struct exchange *x, const struct pl_stream *stream, uint64_t at, void *buf, size_t cap,
                             size_t *got)
{
    bool before = exchange_recover_mode(x, stream->token[0] & TOKEN_DEAD);
    enum pl_status st = value_read(x, stream, at, buf, cap, got);
    exchange_recover_mode(x, before);
    return st;
}

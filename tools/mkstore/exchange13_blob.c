/*
 * exchange13_blob.c - property blobs ("ProP") of Exchange 2013 and later, and where values go that are too long
 * for them.
 *
 * "ProP", u16 0x0400 or 0x0401, u16 count, u32 with the latter; count times u8 type, u16 id; the values, each
 * after a byte that tells its form. Layout and choices: docs/formats/edb-2013-fixtures.md.
 */
#include "exchange13_int.h"

#include <string.h>

enum { /* types; 0x80: several values */
       P_BOOL = 0x08,
       P_SHORT = 0x10,
       P_LONG = 0x18,
       P_I8 = 0x20,
       P_CURRENCY = 0x24,
       P_FLOAT = 0x28,
       P_DOUBLE = 0x30,
       P_APPTIME = 0x34,
       P_TIME = 0x38,
       P_GUID = 0x40,
       P_TEXT = 0x48,
       P_BINARY = 0x50,
       P_OFFPAGE = 0x02,
       P_MULTI = 0x80,
       P_UNKNOWN = 0x60
};

enum { FORM_NEAR = 0x78, FORM_FAR = 0x7a, FORM_NARROW = 0x4c, TOMBSTONE_ID = 0x66ff, LOST_SLOT = 77 };

static unsigned type_of(unsigned mapi)
{
    static const struct {
        unsigned mapi, type;
    } types[] = {{MS_SHORT, P_SHORT}, {MS_LONG, P_LONG}, {4, P_FLOAT},      {MS_DOUBLE, P_DOUBLE},
                 {6, P_CURRENCY},     {7, P_APPTIME},    {MS_BOOL, P_BOOL}, {MS_I8, P_I8},
                 {MS_STRING, P_TEXT}, {MS_TIME, P_TIME}, {MS_GUID, P_GUID}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].mapi == (mapi & ~(unsigned)MS_MULTI))
            return types[i].type;
    return P_BINARY;
}

static int64_t number_of(const uint8_t *data, size_t size)
{
    uint64_t v = 0;
    for (size_t i = 0; i < size && i < 8; i++)
        v |= (uint64_t)data[i] << (8 * i);
    unsigned unused = size < 8 ? 64 - 8 * (unsigned)size : 0;
    return size ? (int64_t)(v << unused) >> unused : 0;
}

/* The marker itself stands for 0, the next for 1 byte, then 2, 4, 8. */
static void put_number(struct ms_bytes *out, unsigned marker, int64_t v, size_t most)
{
    size_t size = 1;
    unsigned step = 1;
    while (size < most && (v < -((int64_t)1 << (8 * size - 1)) || v >= (int64_t)1 << (8 * size - 1))) {
        size *= 2;
        step++;
    }
    ms_put8(out, v ? marker + step : marker);
    for (size_t i = 0; v && i < size; i++)
        ms_put8(out, (unsigned)((uint64_t)v >> (8 * i)) & 0xff);
}

void xm_put_i64(struct ms_bytes *out, int64_t v) { put_number(out, P_I8, v, 8); }
void xm_put_i32(struct ms_bytes *out, int32_t v) { put_number(out, P_LONG, v, 4); }

/* A marker, one more for a length of one byte, two for one of two bytes; bytes. */
static void put_counted(struct ms_bytes *out, unsigned empty, unsigned marker, const void *data, size_t size)
{
    ms_put8(out, !size ? empty : marker + (size > 255 ? 2 : 1));
    if (size > 255)
        ms_put16(out, (unsigned)size);
    else if (size)
        ms_put8(out, (unsigned)size);
    ms_put(out, data, size);
}

void xm_put_binary(struct ms_bytes *out, const void *data, size_t size)
{
    put_counted(out, P_BINARY, P_BINARY, data, size);
}

/* The bytes of a text, as 8-bit text where that is wanted and possible. */
static bool encode_text(const struct ms_writer *w, struct ms_bytes *out, const char *utf8)
{
    bool ascii = true, latin1 = w->x.variants & MS_X13_LATIN1;
    for (const char *s = utf8; *s;) {
        uint32_t c = ms_next_char(&s);
        ascii = ascii && c < 0x80;
        latin1 = latin1 && c < 0x100;
    }
    bool narrow = !(w->x.variants & MS_X13_WIDE) && (ascii || latin1 || w->x.variants & MS_X13_UTF8);
    if (!narrow)
        ms_put_utf16(out, utf8);
    else if (ascii || !latin1)
        ms_put(out, utf8, strlen(utf8));
    else
        for (const char *s = utf8; *s;)
            ms_put8(out, ms_next_char(&s));
    return narrow;
}

/* One value, or one of several. */
static void put_one(const struct ms_writer *w, struct ms_bytes *out, unsigned type, const uint8_t *data,
                    size_t size)
{
    struct ms_bytes text = {.mem = out->mem};
    int64_t v = number_of(data, size);
    switch (type) {
    case P_BOOL: ms_put8(out, P_BOOL + (v != 0)); break;
    case P_SHORT: put_number(out, type, v, 2); break;
    case P_LONG: put_number(out, type, v, 4); break;
    case P_I8: put_number(out, type, v, 8); break;
    case P_CURRENCY:
        ms_put8(out, P_CURRENCY);
        ms_put64(out, (uint64_t)v);
        break;
    case P_FLOAT:
    case P_DOUBLE:
    case P_APPTIME:
        ms_put8(out, (type == P_FLOAT ? P_FLOAT : P_DOUBLE) + (v ? 0u : 2u));
        ms_put(out, data, v ? size : 0);
        break;
    case P_TIME:
        ms_put8(out, v == (int32_t)v ? P_TIME + 1u : P_TIME);
        ms_put(out, data, v == (int32_t)v ? 4 : 8);
        break;
    case P_GUID:
        ms_put8(out, P_GUID);
        ms_put(out, data, 16);
        break;
    case P_TEXT: {
        const char *utf8 = ms_copy(out->mem, data, size);
        bool narrow = encode_text(w, &text, utf8);
        put_counted(out, P_TEXT, narrow ? FORM_NARROW : P_TEXT, text.data, text.size);
        break;
    }
    default: xm_put_binary(out, data, size);
    }
}

/* How many values: lists of fixed-size ones may come as their bytes alone. */
static size_t count_of(unsigned type, const struct ms_prop *p)
{
    size_t size = type == P_SHORT                      ? 2
                  : type == P_LONG || type == P_FLOAT  ? 4
                  : type == P_GUID                     ? 16
                  : type == P_TEXT || type == P_BINARY ? 0
                                                       : 8;
    return p->count || !size ? p->count : p->size / size;
}

static void put_several(struct ms_writer *w, struct ms_bytes *out, unsigned type, const struct ms_prop *p)
{
    size_t count = count_of(type, p);
    bool marked = type == P_TEXT || type == P_BINARY;
    ms_put8(out, (type | P_MULTI) + (count > 255 ? 2 : 1));
    if (count > 255)
        ms_put16(out, (unsigned)count);
    else
        ms_put8(out, (unsigned)count);
    for (size_t i = 0; i < count; i++) {
        size_t size = p->sizes ? p->sizes[i] : p->size / count;
        const uint8_t *data = p->datas ? p->datas[i] : (const uint8_t *)p->data + i * size;
        if (size > 65535 / 2)
            xm_fail(w, "a value among several is too long for a blob");
        if (marked)
            put_one(w, out, type, data, size);
        else
            ms_put(out, data, size);
    }
}

/* The bytes of a value that is no list; those that are made on the fly are made. */
static const uint8_t *bytes_of(struct ms_writer *w, const struct ms_prop *p)
{
    if (!p->generate)
        return p->data;
    uint8_t *data = ms_alloc(&w->scratch, p->size + 1);
    if (p->generate(p->state, 0, data, p->size))
        xm_fail(w, "a value ended early");
    return data;
}

struct blob {
    struct ms_bytes head, values;
    unsigned count;
};

static void add(struct blob *b, unsigned type, unsigned id, const struct ms_bytes *value)
{
    ms_put8(&b->head, type);
    ms_put16(&b->head, id);
    if (value)
        ms_put(&b->values, value->data, value->size);
    b->count++;
}

static struct ms_bytes whole(struct ms_writer *w, const struct blob *b, bool longer)
{
    struct ms_bytes out = {.mem = &w->scratch};
    if (!b->count)
        return out;
    ms_put(&out, "ProP", 4);
    ms_put16(&out, longer ? 0x0401 : 0x0400);
    ms_put16(&out, b->count);
    if (longer)
        ms_put32(&out, (uint32_t)b->values.size);
    ms_put(&out, b->head.data, b->head.size);
    ms_put(&out, b->values.data, b->values.size);
    return out;
}

/* A long value leaves the blob; what stands for it there. */
static void separate(struct ms_writer *w, unsigned type, const uint8_t *data, size_t size, struct xm_packed *out,
                     struct ms_bytes *value)
{
    struct ms_bytes payload = {.mem = &w->scratch};
    bool near = w->x.variants & MS_X13_NEAR || out->slot_count == XM_SLOTS;
    bool lost = w->x.variants & MS_X13_LOST_SLOTS;
    if (type == P_TEXT)
        ms_put_utf16(&payload, ms_copy(&w->scratch, data, size));
    else
        ms_put(&payload, data, size);
    ms_put8(value, near ? FORM_NEAR : FORM_FAR);
    ms_put16(value, near ? 0 : lost ? LOST_SLOT : (unsigned)out->slot_count + 1);
    ms_put32(value, (uint32_t)(!near ? payload.size : lost ? 0x7fffff00 : out->large.size));
    ms_put16(value, type);
    ms_put32(value, (uint32_t)payload.size);
    if (near)
        ms_put(&out->large, payload.data, payload.size);
    else
        out->slots[out->slot_count++] = payload;
}

/* The blobs of a row that are being filled. */
struct filling {
    struct blob main, off, large;
    bool off_page;
    struct xm_packed *out;
};

static void pack_one(struct ms_writer *w, const struct ms_prop *p, unsigned id, struct filling *f)
{
    struct ms_bytes value = {.mem = &w->scratch};
    unsigned type = type_of(p->tag & 0xffff);
    bool single = !(p->tag & MS_MULTI), long_type = type == P_TEXT || type == P_BINARY, large = false;
    if (!single && !count_of(type, p))
        return; /* there are no empty lists */
    if (!single) {
        put_several(w, &value, type, p);
        type |= P_MULTI;
    } else {
        const uint8_t *data = bytes_of(w, p);
        bool fits = !long_type || p->size <= 65535 / 2;
        if (fits)
            put_one(w, &value, type, data, p->size);
        large = fits && long_type && value.size > XM_INLINE_MOST && w->x.variants & MS_X13_LARGE;
        if (!large && (!fits || (long_type && value.size > XM_INLINE_MOST))) {
            value.size = 0;
            separate(w, type, data, p->size, f->out, &value);
        }
    }
    bool moved = f->off_page && value.size >= XM_OFFPAGE_FROM && value.size <= XM_INLINE_MOST;
    if (large || (moved && w->x.variants & MS_X13_OFFPAGE_BIT))
        add(&f->main, type | P_OFFPAGE, id, NULL);
    add(large ? &f->large : moved ? &f->off : &f->main, type, id, &value);
}

/* What no reader can understand, last in the blob: it costs nothing else. */
static void add_unknown(struct ms_writer *w, struct blob *b)
{
    struct ms_bytes value = {.mem = &w->scratch};
    ms_put8(&value, P_UNKNOWN + 3);
    ms_put32(&value, 0xdeadbeef);
    add(b, P_UNKNOWN, 0x66fe, &value);
}

static bool given_again(const unsigned *ids, size_t at, size_t count)
{
    for (size_t i = at + 1; i < count; i++)
        if (ids[i] == ids[at])
            return true;
    return false;
}

void xm_pack(struct ms_writer *w, const struct ms_props *props, bool off_page, struct xm_packed *out)
{
    struct blob none = {.head.mem = &w->scratch, .values.mem = &w->scratch};
    unsigned *ids = ms_alloc(&w->scratch, (props->count + 1) * sizeof *ids);
    uint64_t turn = w->blobs++;
    *out = (struct xm_packed){.large.mem = &w->scratch};
    struct filling f = {none, none, none, off_page, out};
    for (size_t i = 0; i < props->count; i++)
        ids[i] = xm_prop_id(w, &props->list[i]);
    for (size_t i = 0; i < props->count; i++)
        if (!given_again(ids, i, props->count)) /* the last counts */
            pack_one(w, &props->list[i], ids[i], &f);
    if (off_page && turn % 4 == 1) {
        struct ms_bytes tombstone = {.mem = &w->scratch};
        ms_put8(&tombstone, 0);
        add(&f.main, P_LONG, TOMBSTONE_ID, &tombstone);
    }
    if (w->x.variants & MS_X13_UNKNOWN && turn % 3 == 0)
        add_unknown(w, &f.main);
    out->main = whole(w, &f.main, turn % 3 == 2);
    out->off = whole(w, &f.off, turn % 3 == 1);
    if (f.large.count && out->large.size)
        xm_fail(w, "too many long values for a blob of their own");
    if (f.large.count)
        out->large = whole(w, &f.large, turn % 3 == 0);
    if (off_page && w->x.variants & MS_X13_CUT && turn % 5 == 4)
        out->main.size -= out->main.size / 3;
    if (w->x.variants & MS_X13_LOST_SLOTS)
        out->slot_count = 0;
}

/*
 * pff_bag.c - bags of properties from the wire into items.
 *
 * Layer: formats. Two passes: first the stored bytes, then the values, because the
 * code page of an object's 8-bit strings is a property among the others. The bytes
 * come from a process that may have gone wrong: every length is checked, and a
 * count is believed only as far as bytes follow. Property types: [MS-OXCDATA] 2.11.1;
 * lists of values as [MS-PST] 2.3.3.4 stores them.
 */
#include "pff_bag.h"

#include <string.h>

#define PROP_BYTES_MIN 14 /* of a property on the wire: id, type, naming, size, inline */

static const uint8_t fixed_size[] = {
    [PT_SHORT] = 2, [PT_LONG] = 4,    [PT_FLOAT] = 4, [PT_DOUBLE] = 8,  [PT_CURRENCY] = 8, [PT_APPTIME] = 8,
    [PT_ERROR] = 4, [PT_BOOLEAN] = 1, [PT_I8] = 8,    [PT_SYSTIME] = 8, [PT_CLSID] = 16,
};

static unsigned size_of_type(unsigned type) { return type < sizeof fixed_size ? fixed_size[type] : 0; }

static bool take_name(struct pff_decoder *d, struct pl_cursor *c, struct pl_prop *p)
{
    unsigned naming = pl_take8(c);
    if (naming == PFF_BY_TAG || c->failed) {
        p->pid = pl_prop_id(p) < 0x8000 ? (uint16_t)pl_pid_of_tag(pl_prop_id(p)) : (uint16_t)PID_NONE;
        return !c->failed;
    }
    struct pl_name *name = pl_arena_zalloc(d->arena, 1, sizeof *name);
    const uint8_t *guid = pl_take(c, sizeof name->set.bytes);
    if (!name || !guid)
        return false;
    memcpy(name->set.bytes, guid, sizeof name->set.bytes);
    if (naming == PFF_BY_NUMBER) {
        name->lid = pl_take32(c);
        p->pid = (uint16_t)pl_pid_of_lid(&name->set, name->lid);
    } else {
        uint32_t size = pl_take32(c);
        const uint8_t *text = pl_take(c, size);
        char *copy = text ? pl_arena_alloc(d->arena, (size_t)size + 1) : NULL;
        if (!copy)
            return false;
        memcpy(copy, text, size);
        copy[size] = '\0';
        if (!pl_utf8_valid(copy, strlen(copy)))
            copy[0] = '\0';
        name->text = copy;
        p->pid = (uint16_t)pl_pid_of_text(&name->set, copy);
    }
    p->name = name;
    return !c->failed;
}

/* The stored bytes wait in raw until the code page is known. */
static bool take_prop(struct pff_decoder *d, struct pl_cursor *c, struct pl_prop *p, struct pl_bytes *raw)
{
    uint32_t id = pl_take16(c);
    p->tag = id << 16 | pl_take16(c);
    if (!take_name(d, c, p))
        return false;
    uint64_t size = pl_take64(c);
    *raw = (struct pl_bytes){0};
    unsigned place = pl_take8(c);
    if (place != PFF_INLINE)
        p->stream = (struct pl_stream){.size = size, .token = {d->token, d->row, p->tag}};
    if (place == PFF_STREAMED || c->failed)
        return !c->failed;
    if (place == PFF_REFERENCED)
        size = pl_take16(c);
    const uint8_t *data = size <= PL_INLINE_MAX ? pl_take(c, (size_t)size) : NULL;
    if (!data)
        return false;
    raw->data = pl_arena_dup(d->arena, data, (size_t)size);
    raw->size = (size_t)size;
    return raw->data != NULL;
}

const char *pff_text(struct pff_decoder *d, unsigned type, struct pl_bytes raw)
{
    if (type == PT_UNICODE)
        return pl_text_utf16(d->arena, raw.data, raw.size, &d->replaced);
    bool known = true;
    unsigned codepage = d->codepage ? d->codepage : 1252;
    const char *text = pl_text_codepage(d->text, d->arena, codepage, raw.data, raw.size, &d->replaced, &known);
    d->unknown += !known;
    return text;
}

static int64_t signed_of(const uint8_t *p, unsigned size)
{
    switch (size) {
    case 1: return p[0] != 0;
    case 2: return (int16_t)pl_le16(p);
    case 4: return (int32_t)pl_le32(p);
    default: return (int64_t)pl_le64(p);
    }
}

static bool value_of(struct pff_decoder *d, unsigned type, struct pl_bytes raw, struct pl_value *out)
{
    *out = (struct pl_value){.raw = raw};
    unsigned size = size_of_type(type);
    if (type == PT_UNICODE || type == PT_STRING8) {
        out->as.text = pff_text(d, type, raw);
        return out->as.text != NULL;
    }
    if (!size || type == PT_CLSID || raw.size < size)
        return true;
    if (type == PT_FLOAT) {
        float f;
        memcpy(&f, raw.data, sizeof f);
        out->as.real = (double)f;
    } else if (type == PT_DOUBLE || type == PT_APPTIME) {
        memcpy(&out->as.real, raw.data, sizeof out->as.real);
    } else {
        out->as.integer = signed_of(raw.data, size);
    }
    return true;
}

static bool one_value(struct pff_decoder *d, struct pl_prop *p, struct pl_bytes raw)
{
    unsigned type = pl_prop_type(p);
    if (raw.size < size_of_type(type)) {
        d->odd++;
        return true;
    }
    struct pl_value *v = pl_arena_alloc(d->arena, sizeof *v);
    if (!v || !value_of(d, type, raw, v))
        return false;
    p->values = v;
    p->count = 1;
    return true;
}

/* Value i of a list of values of varying size: offsets first, each value ends where the next begins. */
static bool list_member(struct pl_bytes raw, uint32_t count, uint32_t i, struct pl_bytes *out)
{
    size_t from = pl_le32(raw.data + 4 + (size_t)4 * i);
    size_t to = i + 1 < count ? pl_le32(raw.data + 8 + (size_t)4 * i) : raw.size;
    if (from > to || to > raw.size || from < 4 + (size_t)4 * count)
        return false;
    *out = (struct pl_bytes){raw.data + from, to - from};
    return true;
}

static bool many_values(struct pff_decoder *d, struct pl_prop *p, struct pl_bytes raw)
{
    unsigned type = pl_prop_type(p) & (unsigned)~PT_MULTI, size = size_of_type(type);
    size_t count = size ? raw.size / size : raw.size < 4 ? 0 : pl_le32(raw.data);
    if (!size && count > (raw.size < 4 ? 0 : (raw.size - 4) / 4)) {
        d->odd++;
        return true;
    }
    struct pl_value *v = pl_arena_zalloc(d->arena, count ? count : 1, sizeof *v);
    if (!v)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        struct pl_bytes one = {raw.data + (size_t)i * size, size};
        if (!size && !list_member(raw, (uint32_t)count, i, &one)) {
            d->odd++;
            break;
        }
        if (!value_of(d, type, one, &v[i]))
            return false;
        p->count = i + 1;
    }
    p->values = v;
    return true;
}

unsigned pff_bag_codepage(const struct pl_bag *bag)
{
    int64_t page = pl_bag_integer(bag, PidTagMessageCodepage, 0);
    if (page > 0 && page < 65536 && page != 1200 && page != 1201)
        return (unsigned)page;
    int64_t locale = pl_bag_integer(bag, PidTagMessageLocaleId, 0);
    return locale > 0 && locale <= INT32_MAX ? pl_codepage_of_lcid((uint32_t)locale) : 0;
}

static bool is_text(const struct pl_prop *p)
{
    unsigned type = pl_prop_type(p) & (unsigned)~PT_MULTI;
    return type == PT_UNICODE || type == PT_STRING8;
}

static bool values(struct pff_decoder *d, struct pl_bag *bag, const struct pl_bytes *raw, bool texts)
{
    for (size_t i = 0; i < bag->count; i++) {
        struct pl_prop *p = &bag->props[i];
        if (is_text(p) != texts || !raw[i].data)
            continue;
        if (!(pl_prop_type(p) & PT_MULTI ? many_values(d, p, raw[i]) : one_value(d, p, raw[i])))
            return false;
    }
    return true;
}

bool pff_bag_take(struct pff_decoder *d, struct pl_cursor *c, struct pl_bag *out)
{
    uint32_t count = pl_take32(c);
    *out = (struct pl_bag){0};
    if (c->failed || count > pl_cursor_left(c) / PROP_BYTES_MIN)
        return false;
    struct pl_bytes *raw = pl_arena_zalloc(d->arena, count ? count : 1, sizeof *raw);
    out->props = pl_arena_zalloc(d->arena, count ? count : 1, sizeof *out->props);
    if (!raw || !out->props)
        return false;
    for (; out->count < count; out->count++)
        if (!take_prop(d, c, &out->props[out->count], &raw[out->count]))
            return false;
    if (!values(d, out, raw, false) || !pl_bag_index(out, d->arena))
        return false;
    unsigned told = d->forced ? 0 : pff_bag_codepage(out);
    if (told)
        d->codepage = told;
    return values(d, out, raw, true);
}

/*
 * pst_vals.c - properties of a recipe as values of a store: text encoded, multi-values laid
 * out (2.3.3.4), named ones numbered. Lists live in the item's arena; those that are
 * needed at the end (folders, rows of contents tables) are put into a spool.
 */
#include "pst_int.h"

#include <stdlib.h>
#include <string.h>

enum { SPOOLED = 8 /* id, type, size */ };

unsigned pst_fixed_size(uint32_t type)
{
    static const struct {
        uint16_t type;
        uint8_t size;
    } sizes[] = {{0x02, 2}, {0x03, 4}, {0x04, 4}, {0x05, 8}, {0x06, 8},
                 {0x07, 8}, {0x0a, 4}, {0x0b, 1}, {0x14, 8}, {0x40, 8}};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        if (sizes[i].type == type)
            return sizes[i].size;
    return 0;
}

static struct pst_val *vals_new(struct ms_writer *w, struct pst_vals *vals)
{
    if (vals->count == vals->cap) {
        size_t cap = vals->cap ? vals->cap * 2 : 32;
        struct pst_val *list = pst_arena_get(&w->arena, cap * sizeof(*list));
        if (!list)
            return NULL;
        if (vals->count > 0)
            memcpy(list, vals->list, vals->count * sizeof(*list));
        vals->list = list;
        vals->cap = cap;
    }
    return &vals->list[vals->count++];
}

int pst_vals_add(struct ms_writer *w, struct pst_vals *vals, uint32_t tag, const void *data, size_t size)
{
    struct pst_val *val = vals_new(w, vals);
    uint8_t *copy = pst_arena_get(&w->arena, size + 1);

    if (!val || !copy)
        return -1;
    if (size > 0)
        memcpy(copy, data, size);
    *val =
        (struct pst_val){.id = (uint16_t)(tag >> 16), .type = (uint16_t)tag, .size = (uint32_t)size, .data = copy};
    return 0;
}

int pst_vals_int(struct ms_writer *w, struct pst_vals *vals, uint32_t tag, uint64_t value)
{
    uint8_t bytes[8];

    pst_put64(bytes, value);
    return pst_vals_add(w, vals, tag, bytes, pst_fixed_size(tag & 0xffff));
}

/* Text in the store's encoding, in the arena. */
static uint8_t *encode(struct ms_writer *w, bool wide, const void *utf8, size_t size, size_t *out)
{
    uint8_t *buf = pst_arena_get(&w->arena, (wide ? 2 : 4) * size + 4);

    if (!buf)
        return NULL;
    *out = pst_text_put(&w->text, wide, utf8, size, buf);
    *out += pst_text_flush(&w->text, wide, buf + *out);
    return buf;
}

static uint16_t text_type(const struct ms_writer *w, uint16_t type)
{
    if (w->file.lay->ansi && (type & ~PST_MULTI) == PST_UNICODE)
        return (uint16_t)(type - 1);
    return type;
}

int pst_vals_text(struct ms_writer *w, struct pst_vals *vals, uint16_t id, const char *utf8)
{
    uint16_t type = text_type(w, PST_UNICODE);
    struct pst_val *val = vals_new(w, vals);
    size_t size = 0;
    uint8_t *data = encode(w, type == PST_UNICODE, utf8, strlen(utf8), &size);

    if (!val || !data)
        return -1;
    *val = (struct pst_val){.id = id, .type = type, .size = (uint32_t)size, .data = data};
    return 0;
}

/* Count, offsets, then the pieces. */
static int multi_variable(struct ms_writer *w, const struct ms_prop *prop, struct pst_val *val)
{
    size_t head = 4 + 4 * prop->count;
    size_t total = head, at = head;
    bool text = (val->type & ~PST_MULTI) == PST_UNICODE || (val->type & ~PST_MULTI) == PST_STRING8;
    uint8_t **piece = pst_arena_get(&w->arena, (prop->count + 1) * sizeof(*piece));
    size_t *size = pst_arena_get(&w->arena, (prop->count + 1) * sizeof(*size));
    uint8_t *out;

    if (!piece || !size)
        return -1;
    for (size_t i = 0; i < prop->count; i++) {
        size[i] = prop->sizes[i];
        if (text) {
            piece[i] = encode(w, val->type == (PST_MULTI | PST_UNICODE), prop->datas[i], prop->sizes[i], &size[i]);
            if (!piece[i])
                return -1;
        }
        total += size[i];
    }
    out = pst_arena_get(&w->arena, total);
    if (!out)
        return -1;
    pst_put32(out, (uint32_t)prop->count);
    for (size_t i = 0; i < prop->count; i++) {
        pst_put32(out + 4 + 4 * i, (uint32_t)at);
        if (size[i] > 0)
            memcpy(out + at, text ? piece[i] : prop->datas[i], size[i]);
        at += size[i];
    }
    val->data = out;
    val->size = (uint32_t)total;
    return 0;
}

static int add_prop(struct ms_writer *w, struct pst_vals *vals, const struct ms_prop *prop)
{
    uint16_t id = (uint16_t)(prop->tag >> 16);
    uint16_t type = text_type(w, (uint16_t)prop->tag);
    unsigned fixed = pst_fixed_size(type);
    struct pst_val *val = vals_new(w, vals);
    size_t size = prop->size;

    if (!val || (prop->set && pst_name_id(w, prop, &id) != 0))
        return -1;
    if (size > 0xffffffffu)
        return pst_error("a value is too large for the format", NULL);
    *val = (struct pst_val){.id = id, .type = type, .size = (uint32_t)size, .data = prop->data};
    if (prop->generate) {
        val->stream = prop;
        val->data = NULL;
        return 0;
    }
    if (prop->datas)
        return multi_variable(w, prop, val);
    if (type == PST_UNICODE || type == PST_STRING8) {
        val->data = encode(w, type == PST_UNICODE, prop->data, prop->size, &size);
        val->size = (uint32_t)size;
        return val->data ? 0 : -1;
    }
    if (fixed > 0 && size != fixed) {
        uint8_t *p = pst_arena_get(&w->arena, fixed);
        if (!p)
            return -1;
        if (size > 0)
            memcpy(p, prop->data, size < fixed ? size : fixed);
        val->data = p;
        val->size = fixed;
    }
    return 0;
}

int pst_vals_props(struct ms_writer *w, struct pst_vals *vals, const struct ms_props *props)
{
    for (size_t i = 0; i < props->count; i++)
        if (add_prop(w, vals, &props->list[i]) != 0)
            return -1;
    return 0;
}

const struct pst_val *pst_vals_find(const struct pst_vals *vals, uint32_t id)
{
    for (size_t i = 0; i < vals->count; i++)
        if (vals->list[i].id == id)
            return &vals->list[i];
    return NULL;
}

/* Stable by insertion: lists are short, and come nearly sorted. */
void pst_vals_sort(struct pst_vals *vals)
{
    size_t kept = 0;

    for (size_t i = 0; i < vals->count; i++) {
        struct pst_val val = vals->list[i];
        size_t at = kept;
        while (at > 0 && vals->list[at - 1].id > val.id)
            at--;
        if (at > 0 && vals->list[at - 1].id == val.id)
            continue;
        memmove(&vals->list[at + 1], &vals->list[at], (kept - at) * sizeof(val));
        vals->list[at] = val;
        kept++;
    }
    vals->count = kept;
}

static bool wanted(const struct pst_table_def *def, uint16_t id)
{
    if (!def)
        return true;
    for (size_t i = 0; i < def->count; i++)
        if (def->tags[i] >> 16 == id)
            return true;
    return false;
}

int pst_vals_spool(struct pst_spool *spool, const struct pst_vals *vals, const struct pst_table_def *def,
                   uint32_t *bytes)
{
    uint64_t from = pst_spool_size(spool);

    for (size_t i = 0; i < vals->count; i++) {
        const struct pst_val *val = &vals->list[i];
        uint8_t head[SPOOLED];
        if (!wanted(def, val->id) || val->stream)
            continue;
        if (def && val->size > PST_HEAP_MAX)
            continue;
        pst_put16(head, val->id);
        pst_put16(head + 2, val->type);
        pst_put32(head + 4, val->size);
        if (pst_spool_put(spool, head, sizeof(head)) != 0 || pst_spool_put(spool, val->data, val->size) != 0)
            return -1;
    }
    *bytes = (uint32_t)(pst_spool_size(spool) - from);
    return 0;
}

int pst_vals_unspool(struct ms_writer *w, struct pst_spool *spool, uint64_t at, uint32_t bytes,
                     struct pst_vals *vals)
{
    uint8_t *buf = pst_arena_get(&w->arena, bytes + 1);
    uint32_t i = 0;

    if (!buf || pst_spool_get(spool, at, buf, bytes) != 0)
        return -1;
    while (i < bytes) {
        struct pst_val *val = vals_new(w, vals);
        if (!val)
            return -1;
        *val = (struct pst_val){.id = (uint16_t)pst_get16(buf + i),
                                .type = (uint16_t)pst_get16(buf + i + 2),
                                .size = pst_get32(buf + i + 4),
                                .data = buf + i + SPOOLED};
        i += SPOOLED + val->size;
    }
    return 0;
}

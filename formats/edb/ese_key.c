/*
 * ese_key.c - values as the segments of an index key, and what types there are.
 *
 * A segment begins with one byte: 0x00 NULL, 0x40 of no length, 0x7f a value. Integers
 * follow big-endian with their sign bit turned, so that bytes compare as the numbers do;
 * binary values of variable size in groups of 8 bytes with a ninth that says whether more
 * follow, those of fixed size as they are. A
 * descending segment is the complement of all its bytes. Unicode texts are in the order of
 * the Windows version that built the index, which no file tells: they are not made here.
 */
#include <string.h>

#include "bytes.h"
#include "ese.h"

enum { PREFIX_NULL = 0x00, PREFIX_EMPTY = 0x40, PREFIX_VALUE = 0x7f };
#define GROUP 8u

enum order { NOT_A_KEY, RAW, BOOLEAN, SIGNED, UNSIGNED, REAL, GROUPS };

static const struct type {
    const char *name;
    uint8_t size, order;
} types[] = {
    [ESE_NIL] = {"deleted", 0, NOT_A_KEY},
    [ESE_BIT] = {"bit", 1, BOOLEAN},
    [ESE_U8] = {"u8", 1, UNSIGNED},
    [ESE_I16] = {"i16", 2, SIGNED},
    [ESE_I32] = {"i32", 4, SIGNED},
    [ESE_CURRENCY] = {"currency", 8, SIGNED},
    [ESE_F32] = {"f32", 4, REAL},
    [ESE_F64] = {"f64", 8, REAL},
    [ESE_DATETIME] = {"datetime", 8, REAL},
    [ESE_BINARY] = {"binary", 0, GROUPS},
    [ESE_TEXT] = {"text", 0, NOT_A_KEY},
    [ESE_LONG_BINARY] = {"longbinary", 0, GROUPS},
    [ESE_LONG_TEXT] = {"longtext", 0, NOT_A_KEY},
    [ESE_SLV] = {"slv", 0, NOT_A_KEY},
    [ESE_U32] = {"u32", 4, UNSIGNED},
    [ESE_I64] = {"i64", 8, SIGNED},
    [ESE_GUID] = {"guid", 16, NOT_A_KEY},
    [ESE_U16] = {"u16", 2, UNSIGNED},
};

static const struct type *type_of(unsigned type)
{
    static const struct type unknown = {"unknown", 0, NOT_A_KEY};
    return type < sizeof types / sizeof types[0] && types[type].name ? &types[type] : &unknown;
}

const char *ese_type_name(unsigned type) { return type_of(type)->name; }
unsigned ese_type_size(unsigned type) { return type_of(type)->size; }

static uint8_t *key_grow(struct ese_key *k, size_t size)
{
    if (k->failed || size > sizeof k->data - k->size) {
        k->failed = true;
        return NULL;
    }
    k->size += size;
    return k->data + k->size - size;
}

static void add_number(struct ese_key *k, enum order order, const uint8_t *value, size_t size)
{
    uint8_t *p = key_grow(k, size);
    if (!p)
        return;
    for (size_t i = 0; i < size; i++)
        p[i] = value[size - 1 - i];
    bool negative = p[0] & 0x80;
    if (order == SIGNED || (order == REAL && !negative))
        p[0] ^= 0x80;
    for (size_t i = 0; order == REAL && negative && i < size; i++)
        p[i] = (uint8_t)~p[i];
}

static void add_groups(struct ese_key *k, const uint8_t *value, size_t size)
{
    while (!k->failed) {
        size_t part = size < GROUP ? size : GROUP;
        uint8_t *p = key_grow(k, GROUP + 1);
        if (!p)
            return;
        memset(p, 0, GROUP);
        memcpy(p, value, part);
        p[GROUP] = (uint8_t)(size > GROUP ? GROUP + 1 : part);
        if (size <= GROUP)
            return;
        value += part;
        size -= part;
    }
}

void ese_key_add(struct ese_key *k, unsigned type, const void *value, size_t size, bool descending)
{
    const struct type *t = type_of(type);
    size_t start = k->size;
    uint8_t *prefix = key_grow(k, 1);
    if (!prefix)
        return;
    *prefix = !value ? PREFIX_NULL : !size ? PREFIX_EMPTY : PREFIX_VALUE;
    if (t->order == NOT_A_KEY || (value && t->size && size != t->size)) {
        k->failed = true;
        return;
    }
    const uint8_t *bytes = value;
    if (*prefix == PREFIX_VALUE && t->order == BOOLEAN) {
        uint8_t *p = key_grow(k, 1);
        if (p)
            *p = bytes[0] ? 0xff : 0x00;
    } else if (*prefix == PREFIX_VALUE && t->order == GROUPS) {
        add_groups(k, bytes, size);
    } else if (*prefix == PREFIX_VALUE) {
        add_number(k, t->order, bytes, size);
    }
    for (size_t i = start; descending && i < k->size; i++)
        k->data[i] = (uint8_t)~k->data[i];
}

void ese_key_add_column(struct ese_key *k, const struct ese_column *c, const void *value, size_t size,
                        bool descending)
{
    if (c->type != ESE_BINARY || c->id >= ESE_FIRST_VARIABLE || !value || !size) {
        ese_key_add(k, c->type, value, size, descending);
        return;
    }
    uint8_t *p = key_grow(k, size + 1);
    if (!p)
        return;
    *p = PREFIX_VALUE;
    memcpy(p + 1, value, size);
    for (size_t i = 0; descending && i <= size; i++)
        p[i] = (uint8_t)~p[i];
}

void ese_key_add_i64(struct ese_key *k, unsigned type, int64_t value, bool descending)
{
    uint8_t bytes[8];
    pl_put64(bytes, (uint64_t)value);
    unsigned size = ese_type_size(type);
    if (!size || size > sizeof bytes)
        k->failed = true;
    else
        ese_key_add(k, type, bytes, size, descending);
}

void ese_key_add_name(struct ese_key *k, const char *name)
{
    size_t size = strlen(name);
    uint8_t *p = key_grow(k, size + 2);
    if (!p)
        return;
    *p++ = PREFIX_VALUE;
    for (size_t i = 0; i < size; i++)
        p[i] = (uint8_t)(name[i] >= 'a' && name[i] <= 'z' ? name[i] - 'a' + 'A' : name[i]);
    p[size] = 0;
}

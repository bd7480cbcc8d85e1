/*
 * ese_key.c - normalised keys: bytes that compare as the values do.
 *
 * A segment begins with a prefix: 0x00 NULL, 0x40 empty, 0x7f a value follows. Signed integers have
 * their sign flipped and lie most significant byte first; so do floating numbers, with all bits
 * flipped when negative. Fixed binaries lie as they are, variable ones in groups of eight bytes
 * and a count (9: more follows). 8-bit text is upper case with a zero at its end. GUIDs sort by
 * their last six bytes first. A descending segment is complemented.
 */
#include "ese_int.h"

#include <string.h>

struct growing {
    uint8_t *key;
    size_t used;
};

static void put(struct growing *g, unsigned byte)
{
    if (g->used < ESE_KEY_MOST)
        g->key[g->used++] = (uint8_t)byte;
}

static void put_integer(struct growing *g, const uint8_t *v, size_t size, bool sign)
{
    for (size_t i = size; i-- > 0;)
        put(g, i + 1 == size && sign ? v[i] ^ 0x80u : v[i]);
}

static void put_float(struct growing *g, const uint8_t *v, size_t size)
{
    bool negative = v[size - 1] & 0x80;
    for (size_t i = size; i-- > 0;)
        put(g, negative ? v[i] ^ 0xffu : i + 1 == size ? v[i] | 0x80u : v[i]);
}

static void put_groups(struct growing *g, struct ese_slice v)
{
    for (size_t at = 0; at < v.size; at += 8) {
        size_t here = v.size - at > 8 ? 8 : v.size - at;
        for (size_t i = 0; i < 8; i++)
            put(g, i < here ? v.data[at + i] : 0);
        put(g, v.size - at > 8 ? 9 : (unsigned)here);
    }
}

static void put_text(struct growing *g, struct ese_slice v)
{
    for (size_t i = 0; i < v.size; i++)
        put(g, v.data[i] >= 'a' && v.data[i] <= 'z' ? v.data[i] - 32u : v.data[i]);
    put(g, 0);
}

static void put_guid(struct growing *g, const uint8_t *v)
{
    static const uint8_t order[16] = {10, 11, 12, 13, 14, 15, 8, 9, 6, 7, 4, 5, 0, 1, 2, 3};
    for (size_t i = 0; i < 16; i++)
        put(g, v[order[i]]);
}

static void put_value(struct growing *g, const struct ese_column *c, struct ese_slice v)
{
    switch (c->def.type) {
    case MS_ESE_SHORT:
    case MS_ESE_LONG:
    case MS_ESE_CURRENCY:
    case MS_ESE_INT64: put_integer(g, v.data, v.size, true); break;
    case MS_ESE_BIT:
    case MS_ESE_BYTE:
    case MS_ESE_ULONG:
    case MS_ESE_USHORT: put_integer(g, v.data, v.size, false); break;
    case MS_ESE_FLOAT:
    case MS_ESE_DOUBLE:
    case MS_ESE_TIME: put_float(g, v.data, v.size); break;
    case MS_ESE_GUID: put_guid(g, v.data); break;
    case MS_ESE_TEXT:
    case MS_ESE_LONGTEXT: put_text(g, v); break;
    default:
        if (c->def.place != MS_ESE_FIXED) {
            put_groups(g, v);
            break;
        }
        for (size_t i = 0; i < v.size; i++)
            put(g, v.data[i]);
    }
}

size_t ese_key_add(uint8_t *key, size_t used, const struct ese_column *c, const struct ese_slice *value,
                   bool descending)
{
    struct growing g = {key, used};
    put(&g, !value ? 0 : value->size ? 0x7f : 0x40);
    if (value && value->size)
        put_value(&g, c, *value);
    for (size_t i = used; descending && i < g.used; i++)
        key[i] ^= 0xff;
    return g.used;
}

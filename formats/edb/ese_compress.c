/*
 * ese_compress.c - values that are stored smaller than they are.
 *
 * The first byte tells how: its upper five bits are the scheme. 7-bit packs ASCII, or
 * UTF-16 whose units are all ASCII, into seven bits each, the lowest first; the lower three
 * bits of the first byte count the bits used in the last one. Xpress is the plain LZ77 of
 * [MS-XCA] 2.4 behind the size in clear. Later schemes belong to servers that never stood
 * on anyone's premises and are not read.
 */
#include <string.h>

#include "bytes.h"
#include "ese.h"

enum { SCHEME_ASCII = 1, SCHEME_UNICODE = 2, SCHEME_XPRESS = 3 };
#define XPRESS_HEADER 3u

static size_t seven_bit_count(const uint8_t *data, size_t size)
{
    return size < 2 ? 0 : ((size - 2) * 8 + (data[0] & 7u) + 1) / 7;
}

static void seven_bit(const uint8_t *data, size_t count, unsigned step, uint8_t *out)
{
    for (size_t i = 0; i < count; i++) {
        size_t bit = i * 7, at = 1 + bit / 8;
        unsigned shift = bit % 8, pair = data[at];
        if (shift > 1)
            pair |= (unsigned)data[at + 1] << 8;
        out[i * step] = (uint8_t)(pair >> shift & 0x7f);
        if (step == 2)
            out[i * step + 1] = 0;
    }
}

/* --- [MS-XCA] 2.4.4 ----------------------------------------------------------------------- */

struct xpress {
    struct pl_cursor in;
    uint8_t *out;
    size_t cap, at;
    size_t nibble; /* offset + 1 of the byte whose upper half is still to be used; 0 = none */
};

/* The part of a length above 10: a half byte, a byte, two or four. */
static size_t length_more(struct xpress *x)
{
    size_t length;
    if (x->nibble) {
        length = x->in.data[x->nibble - 1] >> 4;
        x->nibble = 0;
    } else {
        x->nibble = x->in.at + 1;
        length = pl_take8(&x->in) & 15;
    }
    if (length < 15)
        return length + 7;
    length = pl_take8(&x->in);
    if (length < 255)
        return length + 15 + 7;
    length = pl_take16(&x->in);
    if (!length)
        length = pl_take32(&x->in);
    if (length < 15 + 7)
        x->in.failed = true;
    return length;
}

static bool copy_match(struct xpress *x)
{
    unsigned word = pl_take16(&x->in);
    size_t length = word & 7, distance = (word >> 3) + 1u;
    if (length == 7)
        length = length_more(x);
    length += 3;
    if (x->in.failed || distance > x->at)
        return false;
    if (length > x->cap - x->at)
        length = x->cap - x->at;
    for (; length; length--, x->at++)
        x->out[x->at] = x->out[x->at - distance];
    return true;
}

static bool xpress(const uint8_t *data, size_t size, uint8_t *out, size_t cap)
{
    struct xpress x = {.in = pl_cursor(data, size), .out = out, .cap = cap};
    uint32_t flags = 0;
    unsigned left = 0;
    while (x.at < cap) {
        if (!left) {
            flags = pl_take32(&x.in);
            left = 32;
        }
        left--;
        if (flags >> left & 1) {
            if (!copy_match(&x))
                return false;
        } else {
            out[x.at] = pl_take8(&x.in);
            if (x.in.failed)
                return false;
            x.at++;
        }
    }
    return true;
}

/* --- the two calls ------------------------------------------------------------------------------- */

size_t ese_decompressed_size(const void *data, size_t size)
{
    const uint8_t *p = data;
    if (!size)
        return 0;
    switch (p[0] >> 3) {
    case SCHEME_ASCII: return seven_bit_count(p, size);
    case SCHEME_UNICODE: return seven_bit_count(p, size) * 2;
    case SCHEME_XPRESS: return size < XPRESS_HEADER ? 0 : pl_le16(p + 1);
    default: return 0;
    }
}

bool ese_decompress(const void *data, size_t size, uint8_t *out, size_t cap, size_t *got)
{
    const uint8_t *p = data;
    *got = ese_decompressed_size(data, size);
    if (!size || *got > cap)
        return false;
    switch (p[0] >> 3) {
    case SCHEME_ASCII: seven_bit(p, *got, 1, out); return true;
    case SCHEME_UNICODE: seven_bit(p, *got / 2, 2, out); return true;
    case SCHEME_XPRESS: return size >= XPRESS_HEADER && xpress(p + XPRESS_HEADER, size - XPRESS_HEADER, out, *got);
    default: return false;
    }
}

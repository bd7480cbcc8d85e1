/*
 * copy_squeeze.c - values that are stored smaller, made again at the same size. See copy.h and ese_compress.c.
 *
 * Seven bits each stay as many. Xpress ends when all bytes are there, so zeros may follow. [MS-XCA] 2.4
 */
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "copy.h"
#include "memory.h"

enum { SCHEME_ASCII = 1, SCHEME_UNICODE = 2, SCHEME_XPRESS = 3 };
#define XPRESS_HEADER 3u
#define WINDOW        8192u
#define HASH_SIZE     4096u
#define CHAIN_MOST    48u

static bool seven_bit(const uint8_t *plain, size_t count, unsigned step, uint8_t *stored, size_t size)
{
    memset(stored + 1, 0, size - 1);
    for (size_t i = 0; i < count; i++) {
        unsigned v = plain[i * step];
        size_t bit = i * 7, at = 1 + bit / 8;
        if (v > 0x7f || (step == 2 && plain[i * step + 1]) || at >= size)
            return false;
        stored[at] = (uint8_t)(stored[at] | v << bit % 8);
        if (bit % 8 > 1 && at + 1 < size)
            stored[at + 1] = (uint8_t)(v >> (8 - bit % 8));
    }
    return true;
}

struct xpress {
    const uint8_t *in;
    size_t size;
    uint8_t *out;
    size_t at, room;
    size_t flags_at, nibble; /* nibble: offset + 1 of the byte with a free upper half */
    uint32_t flags;
    unsigned left;
    bool full;
    uint32_t newest[HASH_SIZE]; /* place + 1 */
    uint32_t *before;
};

static void put(struct xpress *x, unsigned byte)
{
    x->full = x->full || x->at >= x->room;
    if (!x->full)
        x->out[x->at++] = (uint8_t)byte;
}

static void flag_put(struct xpress *x, bool match)
{
    if (!x->left) {
        x->flags_at = x->at;
        x->flags = 0;
        x->left = 32;
        for (int i = 0; i < 4; i++)
            put(x, 0);
    }
    x->left--;
    x->flags |= (uint32_t)match << x->left;
    if (!x->full)
        pl_put32(x->out + x->flags_at, x->flags);
}

static void length_put(struct xpress *x, size_t more)
{
    unsigned half = more < 15 ? (unsigned)more : 15;
    if (x->nibble) {
        x->out[x->nibble - 1] = (uint8_t)(x->out[x->nibble - 1] | half << 4);
        x->nibble = 0;
    } else {
        x->nibble = x->full ? 0 : x->at + 1;
        put(x, half);
    }
    if (half < 15)
        return;
    more -= 15;
    put(x, more < 255 ? (unsigned)more : 255);
    if (more >= 255) {
        put(x, (unsigned)(more + 15 + 7) & 0xff);
        put(x, (unsigned)(more + 15 + 7) >> 8);
    }
}

static void match_put(struct xpress *x, size_t distance, size_t length)
{
    unsigned word = (unsigned)(distance - 1) << 3 | (length - 3 < 7 ? (unsigned)(length - 3) : 7);
    flag_put(x, true);
    put(x, word & 0xff);
    put(x, word >> 8);
    if (length - 3 >= 7)
        length_put(x, length - 3 - 7);
}

static unsigned hash_of(const uint8_t *p) { return (p[0] * 961u + p[1] * 31u + p[2]) % HASH_SIZE; }

static size_t match_find(const struct xpress *x, size_t at, size_t *distance)
{
    size_t best = 0;
    if (at + 3 > x->size)
        return 0;
    uint32_t next = x->newest[hash_of(x->in + at)];
    for (unsigned tries = 0; next && tries < CHAIN_MOST; tries++) {
        size_t place = next - 1, length = 0;
        if (at - place > WINDOW)
            break;
        while (at + length < x->size && length < 60000 && x->in[place + length] == x->in[at + length])
            length++;
        if (length > best) {
            best = length;
            *distance = at - place;
        }
        next = x->before[place];
    }
    return best;
}

static void run(struct xpress *x)
{
    size_t indexed = 0;
    for (size_t at = 0; at < x->size && !x->full;) {
        for (; indexed < at && indexed + 3 <= x->size; indexed++) {
            uint32_t *newest = &x->newest[hash_of(x->in + indexed)];
            x->before[indexed] = *newest;
            *newest = (uint32_t)indexed + 1;
        }
        size_t distance = 0, length = match_find(x, at, &distance);
        if (length >= 3) {
            match_put(x, distance, length);
            at += length;
        } else {
            flag_put(x, false);
            put(x, x->in[at++]);
        }
    }
}

static bool xpress(const uint8_t *plain, size_t plain_size, uint8_t *out, size_t size)
{
    struct xpress *x = pl_memory_zeroed(1, sizeof *x);
    bool fits = false;
    if (x && (x->before = pl_memory_zeroed(plain_size + 1, sizeof *x->before))) {
        x->in = plain;
        x->size = plain_size;
        x->out = out;
        x->room = size;
        memset(out, 0, size);
        run(x);
        fits = !x->full;
    }
    if (x)
        free(x->before);
    free(x);
    return fits;
}

/* Letters of UTF-16 that have seven bits in each byte can have become such that have not. */
static void seven_bit_letters(uint8_t *plain, size_t size)
{
    for (size_t i = 0; i + 1 < size; i += 2)
        if ((plain[i] | plain[i + 1]) & 0x80) {
            plain[i] = 0x60 | (plain[i] & 15); /* U+0160 to U+016F */
            plain[i + 1] = 1;
        }
    if (size % 2)
        plain[size - 1] &= 0x7f;
}

bool edb_squeeze(uint8_t *plain, size_t plain_size, uint8_t *stored, size_t size)
{
    switch (size ? stored[0] >> 3 : 0) {
    case SCHEME_ASCII: seven_bit_letters(plain, plain_size); return seven_bit(plain, plain_size, 1, stored, size);
    case SCHEME_UNICODE: return seven_bit(plain, plain_size / 2, 2, stored, size);
    case SCHEME_XPRESS:
        return size > XPRESS_HEADER && xpress(plain, plain_size, stored + XPRESS_HEADER, size - XPRESS_HEADER);
    default: return false;
    }
}

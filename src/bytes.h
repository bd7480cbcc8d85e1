/*
 * bytes.h - bounds-checked little-endian reads.
 *
 * A cursor over bytes with a sticky error: reads past the end give 0 and set
 * `failed`. Decoders read a whole structure and test once.
 */
#ifndef PL_BYTES_H
#define PL_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t pl_le16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }
static inline uint32_t pl_le32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}
static inline uint64_t pl_le64(const uint8_t *p) { return pl_le32(p) | (uint64_t)pl_le32(p + 4) << 32; }

static inline void pl_put16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}
static inline void pl_put32(uint8_t *p, uint32_t v)
{
    pl_put16(p, (uint16_t)v);
    pl_put16(p + 2, (uint16_t)(v >> 16));
}
static inline void pl_put64(uint8_t *p, uint64_t v)
{
    pl_put32(p, (uint32_t)v);
    pl_put32(p + 4, (uint32_t)(v >> 32));
}

/* Sixteen octets at once, for texts that are long and mostly plain. A mark is an octet that is not 0. */
typedef int8_t pl_octets __attribute__((vector_size(16)));
static inline pl_octets pl_octets_at(const void *p)
{
    pl_octets v;
    memcpy(&v, p, sizeof v);
    return v;
}
/* The same of the last ones of a text, of which there are fewer: 0 follows them. */
static inline pl_octets pl_octets_last(const void *p, size_t size)
{
    pl_octets v = {0};
    memcpy(&v, p, size);
    return v;
}
/* Marks what is not printable ASCII. */
static inline pl_octets pl_octets_odd(pl_octets v) { return (v < 0x20) | (v == 0x7f); }
/* Octets before the first mark: at most 16. */
static inline unsigned pl_octets_before(pl_octets marks)
{
    typedef uint64_t halves __attribute__((vector_size(16)));
    uint64_t first = ((halves)marks)[0], second = ((halves)marks)[1];
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    first = __builtin_bswap64(first);
    second = __builtin_bswap64(second);
#endif
    if (first)
        return (unsigned)__builtin_ctzll(first) / 8;
    return second ? 8 + (unsigned)__builtin_ctzll(second) / 8 : 16;
}

struct pl_cursor {
    const uint8_t *data;
    size_t size, at;
    bool failed;
};

static inline struct pl_cursor pl_cursor(const void *data, size_t size)
{
    return (struct pl_cursor){.data = data, .size = size};
}
static inline size_t pl_cursor_left(const struct pl_cursor *c) { return c->failed ? 0 : c->size - c->at; }

/* The next n bytes, or NULL past the end. */
static inline const uint8_t *pl_take(struct pl_cursor *c, size_t n)
{
    if (n > pl_cursor_left(c)) {
        c->failed = true;
        return NULL;
    }
    const uint8_t *p = c->data + c->at;
    c->at += n;
    return p;
}
static inline uint8_t pl_take8(struct pl_cursor *c)
{
    const uint8_t *p = pl_take(c, 1);
    return p ? *p : 0;
}
static inline uint16_t pl_take16(struct pl_cursor *c)
{
    const uint8_t *p = pl_take(c, 2);
    return p ? pl_le16(p) : 0;
}
static inline uint32_t pl_take32(struct pl_cursor *c)
{
    const uint8_t *p = pl_take(c, 4);
    return p ? pl_le32(p) : 0;
}
static inline uint64_t pl_take64(struct pl_cursor *c)
{
    const uint8_t *p = pl_take(c, 8);
    return p ? pl_le64(p) : 0;
}

#endif

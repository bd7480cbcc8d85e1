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

/* Eight octets at once, for texts that are long and mostly plain. */
#define PL_EACH(octet) (UINT64_C(0x0101010101010101) * (octet))
static inline uint64_t pl_word(const char *p)
{
    uint64_t w;
    memcpy(&w, p, sizeof w);
    return w;
}
/* Whether an octet lies outside of 0x20..0x7E; whether one is `each`, a PL_EACH(). */
static inline bool pl_word_odd(uint64_t w) { return ((w - PL_EACH(0x20)) | (w + PL_EACH(1)) | w) & PL_EACH(0x80); }
static inline bool pl_word_has(uint64_t w, uint64_t each)
{
    uint64_t x = w ^ each;
    return (x - PL_EACH(1)) & ~x & PL_EACH(0x80);
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

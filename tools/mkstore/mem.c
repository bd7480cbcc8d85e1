/*
 * mem.c - chunks of memory, growing bytes, UTF-8 steps, and the mixing function from
 * which everything that looks random comes (splitmix64, public domain algorithm by
 * Sebastiano Vigna: the output depends on seed and number alone).
 */
#include "mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 65536u

struct ms_chunk {
    struct ms_chunk *next;
    size_t used, room;
    _Alignas(16) uint8_t data[];
};

static struct ms_chunk *chunk_new(size_t room)
{
    struct ms_chunk *c = malloc(sizeof *c + room);
    if (!c) {
        fputs("mkstore: out of memory\n", stderr);
        exit(2);
    }
    *c = (struct ms_chunk){.room = room};
    return c;
}

void *ms_alloc(struct ms_mem *m, size_t size)
{
    size_t need = (size + 15u) & ~(size_t)15u;
    if (!m->chunk || m->chunk->room - m->chunk->used < need) {
        struct ms_chunk *c = chunk_new(need > CHUNK ? need : CHUNK);
        c->next = m->chunk;
        m->chunk = c;
    }
    void *p = m->chunk->data + m->chunk->used;
    m->chunk->used += need;
    memset(p, 0, need);
    return p;
}

void *ms_copy(struct ms_mem *m, const void *data, size_t size)
{
    void *p = ms_alloc(m, size + 1);
    if (size)
        memcpy(p, data, size);
    return p;
}

char *ms_text(struct ms_mem *m, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int size = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *out = ms_alloc(m, (size_t)size + 1);
    va_start(args, format);
    vsnprintf(out, (size_t)size + 1, format, args);
    va_end(args);
    return out;
}

void ms_mem_clear(struct ms_mem *m)
{
    while (m->chunk && (m->chunk->next || m->chunk->room > CHUNK)) {
        struct ms_chunk *next = m->chunk->next;
        free(m->chunk);
        m->chunk = next;
    }
    if (m->chunk)
        m->chunk->used = 0;
}

void ms_mem_release(struct ms_mem *m)
{
    ms_mem_clear(m);
    free(m->chunk);
    m->chunk = NULL;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak" /* the pool keeps it */
void ms_put(struct ms_bytes *b, const void *data, size_t size)
{
    if (b->room - b->size < size) {
        size_t room = (b->size + size) * 2;
        uint8_t *grown = ms_alloc(b->mem, room);
        if (b->size)
            memcpy(grown, b->data, b->size);
        b->data = grown;
        b->room = room;
    }
    if (size)
        memcpy(b->data + b->size, data, size);
    b->size += size;
}
#pragma GCC diagnostic pop

static void put_le(struct ms_bytes *b, uint64_t v, size_t size)
{
    uint8_t le[8];
    for (size_t i = 0; i < size; i++)
        le[i] = (uint8_t)(v >> (8 * i));
    ms_put(b, le, size);
}

void ms_put8(struct ms_bytes *b, unsigned v) { put_le(b, v, 1); }
void ms_put16(struct ms_bytes *b, unsigned v) { put_le(b, v, 2); }
void ms_put32(struct ms_bytes *b, uint32_t v) { put_le(b, v, 4); }
void ms_put64(struct ms_bytes *b, uint64_t v) { put_le(b, v, 8); }

void ms_put_zeros(struct ms_bytes *b, size_t count)
{
    while (count--)
        ms_put8(b, 0);
}

uint32_t ms_next_char(const char **s)
{
    const unsigned char *p = (const unsigned char *)*s;
    unsigned first = *p, more = first < 0x80 ? 0 : first < 0xc0 ? 9 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if (more == 9 || first > 0xf4) {
        *s += 1;
        return 0xfffd;
    }
    uint32_t c = more == 0 ? first : first & (0x3fu >> more);
    for (unsigned i = 1; i <= more; i++) {
        if ((p[i] & 0xc0u) != 0x80) {
            *s += i;
            return 0xfffd;
        }
        c = c << 6 | (p[i] & 0x3fu);
    }
    *s += more + 1;
    return c;
}

size_t ms_put_utf16(struct ms_bytes *b, const char *utf8)
{
    size_t units = 0;
    while (*utf8) {
        uint32_t c = ms_next_char(&utf8);
        if (c > 0xffff) {
            ms_put16(b, 0xd800u + ((c - 0x10000u) >> 10));
            c = 0xdc00u + ((c - 0x10000u) & 0x3ffu);
            units++;
        }
        ms_put16(b, c);
        units++;
    }
    return units;
}

uint64_t ms_mix(uint64_t seed, uint64_t n)
{
    uint64_t z = seed + (n + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

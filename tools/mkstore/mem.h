/*
 * mem.h - memory of one recipe statement: taken in pieces, given back all at once.
 *
 * A builder that runs out of memory has nothing sensible to do; these calls end the
 * program then (exit 2), so that callers need no checks. Not for readers.
 */
#ifndef MS_MEM_H
#define MS_MEM_H

#include <stddef.h>
#include <stdint.h>

struct ms_chunk;
struct ms_mem {
    struct ms_chunk *chunk;
};

void *ms_alloc(struct ms_mem *m, size_t size); /* zeroed, aligned for anything */
void *ms_copy(struct ms_mem *m, const void *data, size_t size);
char *ms_text(struct ms_mem *m, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* All memory back but one chunk. */
void ms_mem_clear(struct ms_mem *m);
void ms_mem_release(struct ms_mem *m);

/* Growing bytes in such memory. */
struct ms_bytes {
    struct ms_mem *mem;
    uint8_t *data;
    size_t size, room;
};

void ms_put(struct ms_bytes *b, const void *data, size_t size);
void ms_put8(struct ms_bytes *b, unsigned v);
void ms_put16(struct ms_bytes *b, unsigned v); /* little-endian, as all of these */
void ms_put32(struct ms_bytes *b, uint32_t v);
void ms_put64(struct ms_bytes *b, uint64_t v);
void ms_put_zeros(struct ms_bytes *b, size_t count);
/* UTF-8 as UTF-16 without a NUL; returns the number of units. */
size_t ms_put_utf16(struct ms_bytes *b, const char *utf8);

/* The next code point of UTF-8; U+FFFD for what is none. Advances *s. */
uint32_t ms_next_char(const char **s);

/* Numbers that look random and are the same everywhere. */
uint64_t ms_mix(uint64_t seed, uint64_t n);

#endif

/*
 * ese_squeeze.c - the compressions of long values: 7 bits for each character, and plain LZ77.
 *
 * First byte: scheme << 3. 1 and 2 pack 8-bit and 16-bit characters below 128, lowest bit first; the
 * low three bits of the first byte are the number of bits used in the last one, less one. 3 is LZ77 as
 * [MS-XCA] 2.3 has it, after a u16 with the full length. As in the engine, short values are packed and
 * values from 1 KiB on go through LZ77.
 */
#include "ese_int.h"

#include <string.h>

enum { PACK_8 = 1, PACK_16 = 2, LZ77 = 3 };

#define LZ_FROM   1024u
#define WINDOW    8192u
#define HASH_BITS 13u

static bool all_below_128(const uint8_t *data, size_t size, size_t step)
{
    for (size_t i = 0; i < size; i++)
        if (data[i] & (step == 2 && i % 2 ? 0xffu : 0x80u))
            return false;
    return true;
}

static size_t pack(const uint8_t *data, size_t size, size_t step, uint8_t *out)
{
    size_t bits = size / step * 7, total = 1 + (bits + 7) / 8;
    unsigned scheme = step == 2 ? PACK_16 : PACK_8;
    if (!bits || total >= size)
        return 0;
    memset(out, 0, total);
    out[0] = (uint8_t)(scheme << 3 | (bits - 1) % 8);
    for (size_t i = 0; i < bits; i++)
        if (data[i / 7 * step] >> i % 7 & 1)
            out[1 + i / 8] |= (uint8_t)(1u << i % 8);
    return total;
}

struct lz {
    uint8_t *out;
    size_t used, room;
    size_t flags_at; /* of the open 32 flags */
    uint32_t flags;
    unsigned flag_count;
    size_t half_at; /* of a byte whose high half is free, 0 none */
    bool full;
};

static void lz_bytes(struct lz *z, uint32_t v, size_t size)
{
    if (z->room - z->used < size) {
        z->full = true;
        return;
    }
    for (size_t i = 0; i < size; i++)
        z->out[z->used++] = (uint8_t)(v >> 8 * i);
}

static void lz_flag(struct lz *z, unsigned bit)
{
    z->flags = z->flags << 1 | bit;
    if (++z->flag_count < 32 || z->full)
        return;
    ese_le32(z->out + z->flags_at, z->flags);
    z->flag_count = 0;
    z->flags_at = z->used;
    lz_bytes(z, 0, 4);
}

/* Lengths above 9 go on in a shared half byte, then in one byte, then in two. */
static void lz_match(struct lz *z, size_t distance, size_t length)
{
    uint32_t rest = (uint32_t)length - 3;
    lz_bytes(z, (uint32_t)(distance - 1) << 3 | (rest < 7 ? rest : 7), 2);
    if (rest >= 7 && !z->full) {
        uint32_t half = rest - 7 < 15 ? rest - 7 : 15;
        if (z->half_at) {
            z->out[z->half_at] |= (uint8_t)(half << 4);
            z->half_at = 0;
        } else {
            z->half_at = z->used;
            lz_bytes(z, half, 1);
        }
        if (half == 15) {
            lz_bytes(z, rest - 22 < 255 ? rest - 22 : 255, 1);
            if (rest - 22 >= 255)
                lz_bytes(z, rest, 2);
        }
    }
    lz_flag(z, 1);
}

static size_t lz_find(const uint8_t *data, size_t size, size_t at, const uint32_t *seen, unsigned hash)
{
    size_t from = seen[hash], n = 0;
    if (!from || at - (from - 1) > WINDOW)
        return 0;
    while (at + n < size && n < 65535 && data[from - 1 + n] == data[at + n])
        n++;
    return n;
}

static unsigned lz_hash(const uint8_t *p)
{
    uint32_t three = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
    return three * 2654435761u >> (32 - HASH_BITS);
}

static size_t lz77(const uint8_t *data, size_t size, uint8_t *out)
{
    uint32_t seen[1u << HASH_BITS] = {0}; /* place + 1 */
    struct lz z = {.out = out, .room = size - 1, .used = 3, .flags_at = 3};
    out[0] = LZ77 << 3;
    ese_le16(out + 1, (unsigned)size);
    lz_bytes(&z, 0, 4);
    for (size_t at = 0; at < size && !z.full;) {
        size_t length = 0, distance = 0;
        if (at + 3 <= size) {
            unsigned hash = lz_hash(data + at);
            length = lz_find(data, size, at, seen, hash);
            distance = length ? at + 1 - seen[hash] : 0;
            seen[hash] = (uint32_t)at + 1;
        }
        if (length >= 3) {
            lz_match(&z, distance, length);
            at += length;
        } else {
            lz_bytes(&z, data[at++], 1);
            lz_flag(&z, 0);
        }
    }
    if (z.full)
        return 0;
    unsigned left = 32 - z.flag_count;
    ese_le32(out + z.flags_at, (uint32_t)((uint64_t)z.flags << left | ((UINT64_C(1) << left) - 1)));
    return z.used;
}

size_t ese_squeeze(const uint8_t *data, size_t size, uint8_t *out)
{
    if (size >= LZ_FROM)
        return size <= 65535 ? lz77(data, size, out) : 0;
    if (size % 2 == 0 && all_below_128(data, size, 2))
        return pack(data, size, 2, out);
    return all_below_128(data, size, 1) ? pack(data, size, 1, out) : 0;
}

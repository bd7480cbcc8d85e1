/*
 * ese_bits.c - numbers in bytes, and the checksums of ESE pages.
 *
 * The old checksum is an XOR of 32-bit words. The new one adds 32 bits from which a single
 * flipped bit can be located: the low half is the XOR of the positions of all set bits, the
 * high half that of their complements. Pages above 8 KiB have it four times, for a quarter each.
 * Positions count from the start of the block, also where its first 8 bytes are skipped.
 */
#include "ese_int.h"

#include <string.h>

void ese_le16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

void ese_le32(uint8_t *p, uint32_t v)
{
    ese_le16(p, v & 0xffff);
    ese_le16(p + 2, v >> 16);
}

void ese_le64(uint8_t *p, uint64_t v)
{
    ese_le32(p, (uint32_t)v);
    ese_le32(p + 4, (uint32_t)(v >> 32));
}

unsigned ese_get16(const uint8_t *p) { return p[0] | (unsigned)p[1] << 8; }

uint32_t ese_get32(const uint8_t *p) { return ese_get16(p) | (uint32_t)ese_get16(p + 2) << 16; }

void ese_be32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (24 - 8 * i));
}

void ese_be64(uint8_t *p, uint64_t v)
{
    ese_be32(p, (uint32_t)(v >> 32));
    ese_be32(p + 4, (uint32_t)v);
}

static uint64_t word_at(const uint8_t *p) { return ese_get32(p) | (uint64_t)ese_get32(p + 4) << 32; }

uint32_t ese_xor(const uint8_t *data, size_t size, uint32_t seed)
{
    uint64_t sum = 0;
    size_t i = 0;
    for (; i + 8 <= size; i += 8)
        sum ^= word_at(data + i);
    uint32_t half = (uint32_t)sum ^ (uint32_t)(sum >> 32) ^ seed;
    return i < size ? half ^ ese_get32(data + i) : half;
}

/* XOR and ECC of a block into 8 bytes. */
static void block_sums(const uint8_t *block, size_t size, size_t skip, uint32_t number, uint8_t *out)
{
    uint64_t all = 0, rows = 0;
    uint32_t columns = 0;
    for (size_t i = skip; i < size; i += 8) {
        uint64_t word = word_at(block + i);
        all ^= word;
        rows ^= (0 - (uint64_t)__builtin_parityll(word)) & i;
    }
    for (unsigned bit = 0; bit < 64; bit++)
        columns ^= all >> bit & 1 ? bit : 0;
    uint32_t low = (uint32_t)rows * 8 ^ columns;
    uint32_t mask = (uint32_t)size * 8 - 1, high = __builtin_parityll(all) ? low ^ mask : low;
    ese_le32(out, (uint32_t)all ^ (uint32_t)(all >> 32) ^ number);
    ese_le32(out + 4, low | high << 16);
}

void ese_checksum_page(const struct ms_ese_options *o, uint8_t *page, uint32_t number)
{
    if (!(ese_get32(page + 36) & ESE_NEWCHECKSUM)) {
        ese_le32(page + 4, number);
        ese_le32(page, ese_xor(page + 4, o->page - 4, 0x89abcdef));
        return;
    }
    if (o->page <= 8192) {
        block_sums(page, o->page, 8, number, page);
        return;
    }
    size_t quarter = o->page / 4;
    for (size_t i = 1; i < 4; i++)
        block_sums(page + i * quarter, quarter, 0, number, page + 40 + 8 * (i - 1));
    block_sums(page, quarter, 8, number, page);
}

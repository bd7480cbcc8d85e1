/*
 * utf8.c - one character at a time out of bytes that may be anything; see utf8.h.
 *
 * Layer: programs. The ranges of the second byte are those of table 3-7 of the
 * Unicode standard, in the form that RFC 3629 section 4 gives as a grammar.
 */
#include "utf8.h"

struct lead {
    uint8_t first, last;             /* range of the first byte */
    uint8_t second_low, second_high; /* range of the second; 0 when there is none */
    uint8_t length;
    uint8_t bits; /* mask of the payload in the first byte */
};

static const struct lead leads[] = {
    {0x00, 0x7f, 0, 0, 1, 0x7f},       {0xc2, 0xdf, 0x80, 0xbf, 2, 0x1f}, {0xe0, 0xe0, 0xa0, 0xbf, 3, 0x0f},
    {0xe1, 0xec, 0x80, 0xbf, 3, 0x0f}, {0xed, 0xed, 0x80, 0x9f, 3, 0x0f}, {0xee, 0xef, 0x80, 0xbf, 3, 0x0f},
    {0xf0, 0xf0, 0x90, 0xbf, 4, 0x07}, {0xf1, 0xf3, 0x80, 0xbf, 4, 0x07}, {0xf4, 0xf4, 0x80, 0x8f, 4, 0x07},
};

static const struct lead *find_lead(uint8_t byte)
{
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++)
        if (byte >= leads[i].first && byte <= leads[i].last)
            return &leads[i];
    return NULL;
}

uint32_t utf8_next(const char *text, size_t size, size_t *length)
{
    const uint8_t *p = (const uint8_t *)text;
    const struct lead *lead = find_lead(p[0]);

    *length = 1;
    if (!lead || lead->length > size)
        return UTF8_BAD;
    uint32_t c = p[0] & lead->bits;
    for (size_t i = 1; i < lead->length; i++) {
        uint8_t low = i == 1 ? lead->second_low : 0x80, high = i == 1 ? lead->second_high : 0xbf;
        if (p[i] < low || p[i] > high)
            return UTF8_BAD;
        c = c << 6 | (p[i] & 0x3f);
    }
    *length = lead->length;
    return c;
}

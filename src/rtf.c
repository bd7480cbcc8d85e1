/*
 * rtf.c - compressed RTF to RTF: see rtf.h. A pure decoder of the core.
 *
 * [MS-OXRTFCP] 2.1.3: a header of 16 bytes, then runs of a control byte and 8 tokens: a
 * literal, or a reference into a ring of 4096 bytes that starts with a known text. The
 * sizes in the header are claims: what bounds the work is the input (each two bytes
 * give at most 17) and the maximum of the output buffer.
 */
#include "rtf.h"

#include <string.h>

#include "bytes.h"

#define HEADER_SIZE 16u
#define LZFU        0x75465A4Cu
#define MELA        0x414C454Du
#define RING        4096u
#define CRC_POLY    0xEDB88320u

/* [MS-OXRTFCP] 2.1.2.1: what the ring holds before the first byte. */
const char pl_rtf_preload[PL_RTF_PRELOAD + 1] =
    "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    "\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    "\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/* CRC-32 of the usual polynomial, but started at 0 and not inverted: [MS-OXRTFCP] 3.1.3.2. */
uint32_t pl_rtf_crc(uint32_t crc, const uint8_t *data, size_t size)
{
    uint32_t nibble[16];
    for (uint32_t i = 0; i < 16; i++) {
        uint32_t v = i;
        for (int bit = 0; bit < 4; bit++)
            v = v & 1 ? v >> 1 ^ CRC_POLY : v >> 1;
        nibble[i] = v;
    }
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        crc = crc >> 4 ^ nibble[crc & 15];
        crc = crc >> 4 ^ nibble[crc & 15];
    }
    return crc;
}

struct ring {
    char bytes[RING];
    unsigned at;
};

static void ring_put(struct ring *r, char c, struct pl_buf *out)
{
    r->bytes[r->at] = c;
    r->at = (r->at + 1) % RING;
    pl_buf_putc(out, c);
}

enum token { TOKEN_GO_ON, TOKEN_END, TOKEN_CUT };

/* A reference to where the next byte will be written ends the text. */
static enum token reference_copy(struct ring *r, struct pl_cursor *c, struct pl_buf *out)
{
    const uint8_t *p = pl_take(c, 2);
    if (!p)
        return TOKEN_CUT;
    unsigned from = (unsigned)p[0] << 4 | p[1] >> 4;
    unsigned length = (p[1] & 15u) + 2;
    if (from == r->at)
        return TOKEN_END;
    for (unsigned i = 0; i < length; i++)
        ring_put(r, r->bytes[(from + i) % RING], out);
    return TOKEN_GO_ON;
}

/* true: the end marker was met. */
static bool lzfu_expand(struct pl_cursor *c, struct pl_buf *out)
{
    struct ring r = {.at = PL_RTF_PRELOAD};
    memcpy(r.bytes, pl_rtf_preload, PL_RTF_PRELOAD);
    while (!out->failed) {
        const uint8_t *control = pl_take(c, 1);
        if (!control)
            return false;
        for (unsigned bit = 0; bit < 8; bit++) {
            enum token t = TOKEN_GO_ON;
            if (*control >> bit & 1) {
                t = reference_copy(&r, c, out);
            } else {
                const uint8_t *p = pl_take(c, 1);
                if (!p)
                    return false;
                ring_put(&r, (char)*p, out);
            }
            if (t != TOKEN_GO_ON)
                return t == TOKEN_END;
        }
    }
    return false;
}

enum pl_rtf_fault pl_rtf_decompress(const uint8_t *data, size_t size, struct pl_buf *out)
{
    struct pl_cursor c = pl_cursor(data, size);
    uint32_t stated = pl_take32(&c), raw_size = pl_take32(&c), kind = pl_take32(&c), crc = pl_take32(&c);
    if (c.failed || (kind != LZFU && kind != MELA))
        return PL_RTF_NOT;
    /* The stated size counts from behind its own field. */
    bool cut = stated < HEADER_SIZE - 4 || stated - (HEADER_SIZE - 4) > pl_cursor_left(&c);
    if (!cut)
        c.size = (size_t)stated + 4;
    if (kind == MELA) {
        size_t left = pl_cursor_left(&c);
        pl_buf_add(out, data + HEADER_SIZE, raw_size < left ? raw_size : left);
        return cut || out->failed || raw_size > left ? PL_RTF_CUT : PL_RTF_OK;
    }
    if (!lzfu_expand(&c, out) || cut)
        return PL_RTF_CUT;
    return pl_rtf_crc(0, data + HEADER_SIZE, c.size - HEADER_SIZE) == crc ? PL_RTF_OK : PL_RTF_CRC;
}

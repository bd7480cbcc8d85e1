/*
 * pack.c - compressing to a size that is given: RTF and zlib streams. See scramble.h. Pure, part of the core.
 *
 * What replaces a compressed value must be exactly as long. Both forms have room for nothing: RTF ends with a
 * marker, behind which nobody reads; a deflate stream may have blocks that are empty, and when there is no room for
 * one, bytes behind its end, which inflate does not look at.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "bytes.h"
#include "memory.h"
#include "rtf.h"
#include "scramble.h"

/* --- RTF: [MS-OXRTFCP] 2.2 ----------------------------------------------------------------------- */

#define RTF_HEADER 16u
#define LZFU       0x75465A4Cu
#define RING       4096u
#define MATCH_MOST 17u
#define CHAIN_MOST 64u
#define PAIRS      65536u

/* All text so far, and for each place the one before that begins with the same two bytes. */
struct window {
    uint8_t *bytes;
    uint32_t *before, *newest; /* place + 1 */
    size_t size;
};

static bool window_open(struct window *w, const uint8_t *rtf, size_t size)
{
    w->size = PL_RTF_PRELOAD + size;
    w->bytes = pl_memory_get(w->size);
    w->before = pl_memory_zeroed(w->size, sizeof *w->before);
    w->newest = pl_memory_zeroed(PAIRS, sizeof *w->newest);
    if (!w->bytes || !w->before || !w->newest)
        return false;
    memcpy(w->bytes, pl_rtf_preload, PL_RTF_PRELOAD);
    memcpy(w->bytes + PL_RTF_PRELOAD, rtf, size);
    return true;
}

static void window_close(struct window *w)
{
    free(w->bytes);
    free(w->before);
    free(w->newest);
}

static void window_add(struct window *w, size_t at)
{
    if (at + 1 >= w->size)
        return;
    uint32_t *newest = &w->newest[pl_le16(w->bytes + at)];
    w->before[at] = *newest;
    *newest = (uint32_t)at + 1;
}

/* The longest stretch before `at` that goes on like it; its length, below 2: none. */
static size_t window_find(const struct window *w, size_t at, size_t *from)
{
    size_t best = 0, most = w->size - at < MATCH_MOST ? w->size - at : MATCH_MOST;
    if (most < 2)
        return 0;
    uint32_t next = w->newest[pl_le16(w->bytes + at)];
    for (unsigned tries = 0; next && tries < CHAIN_MOST && best < most; tries++) {
        size_t place = next - 1, length = 0;
        if (at - place >= RING)
            break;
        while (length < most && w->bytes[place + length] == w->bytes[at + length])
            length++;
        if (length > best) {
            best = length;
            *from = place;
        }
        next = w->before[place];
    }
    return best;
}

struct tokens {
    uint8_t *out;
    size_t size, room, control;
    unsigned bit;
    bool full;
};

static void token_put(struct tokens *t, const uint8_t *bytes, size_t size, bool reference)
{
    if (t->bit == 0) {
        t->control = t->size;
        t->full = t->full || t->size >= t->room;
        if (!t->full)
            t->out[t->size++] = 0;
    }
    t->full = t->full || size > t->room - t->size;
    if (t->full)
        return;
    t->out[t->control] |= (uint8_t)(reference << t->bit);
    memcpy(t->out + t->size, bytes, size);
    t->size += size;
    t->bit = (t->bit + 1) % 8;
}

static void reference_put(struct tokens *t, size_t from, size_t length)
{
    unsigned v = (unsigned)(from % RING) << 4 | (unsigned)(length - 2);
    token_put(t, (uint8_t[]){(uint8_t)(v >> 8), (uint8_t)v}, 2, true);
}

bool pl_rtf_compress(const uint8_t *rtf, size_t rtf_size, uint8_t *out, size_t size)
{
    struct window w = {0};
    if (size < RTF_HEADER + 3)
        return false;
    struct tokens t = {.out = out + RTF_HEADER, .room = size - RTF_HEADER};
    bool good = window_open(&w, rtf, rtf_size);
    size_t at = good ? PL_RTF_PRELOAD : 0, indexed = 0;
    while (good && at < w.size && !t.full) {
        for (; indexed < at; indexed++)
            window_add(&w, indexed);
        size_t from = 0, length = window_find(&w, at, &from);
        if (length >= 2)
            reference_put(&t, from, length);
        else
            token_put(&t, w.bytes + at, 1, false);
        at += length >= 2 ? length : 1;
    }
    if (good)
        reference_put(&t, at, 2); /* to where the next byte would be: the end */
    window_close(&w);
    if (!good || t.full)
        return false;
    memset(t.out + t.size, 0, t.room - t.size);
    pl_put32(out, (uint32_t)size - 4);
    pl_put32(out + 4, (uint32_t)rtf_size);
    pl_put32(out + 8, LZFU);
    pl_put32(out + 12, pl_rtf_crc(0, t.out, t.room));
    return true;
}

/* --- zlib: RFC 1950, RFC 1951 ---------------------------------------------------------------------- */

#define ADLER 4u

/* Empty blocks, each from one byte boundary to the next: a stored one alone, behind one and behind two that are
 * compressed with fixed codes and hold only the end. 3.2.4, 3.2.6 */
static const uint8_t fill_5[] = {0, 0, 0, 0xff, 0xff}, fill_6[] = {2, 0, 0, 0, 0xff, 0xff},
                     fill_7[] = {2, 8, 0, 0, 0, 0xff, 0xff};
static const uint8_t last_2[] = {3, 0}, last_5[] = {1, 0, 0, 0xff, 0xff};

/* Fills a gap with empty blocks, the last of which says so. false: 0, 1, 3, 4 and 6 bytes can't be. */
static bool gap_fill(uint8_t *out, size_t gap)
{
    size_t last = gap == 5 || gap == 10 || gap == 11 || gap == 12 ? 5 : 2;
    if (gap < last || gap == 3 || gap == 4 || gap == 6)
        return false;
    size_t left = gap - last;
    while (left) {
        size_t take = left == 7 || left == 13 || left == 14 ? 7 : left % 5 && left >= 6 ? 6 : 5;
        memcpy(out, take == 7 ? fill_7 : take == 6 ? fill_6 : fill_5, take);
        out += take;
        left -= take;
    }
    memcpy(out, last == 2 ? last_2 : last_5, last);
    return true;
}

/* One try. With a flush the stream ends at a byte, and empty blocks can follow; without, it is shorter. */
static bool deflate_at(int level, int memory, int flush, const uint8_t *data, size_t data_size, uint8_t *out,
                       size_t size)
{
    z_stream z = {0};
    int begun = deflateInit2(&z, level, Z_DEFLATED, 15, memory, Z_DEFAULT_STRATEGY);
    if (begun == Z_MEM_ERROR)
        pl_memory_missed();
    if (begun != Z_OK)
        return false;
    z.next_in = (Bytef *)(uintptr_t)data;
    z.avail_in = (uInt)data_size;
    z.next_out = out;
    z.avail_out = (uInt)size;
    int done = deflate(&z, flush);
    bool good = flush == Z_FINISH ? done == Z_STREAM_END : done == Z_OK && !z.avail_in && z.avail_out > ADLER;
    if (good && flush == Z_FINISH)
        memset(z.next_out, 0, z.avail_out);
    else if (good && (good = gap_fill(z.next_out, z.avail_out - ADLER)))
        for (unsigned i = 0; i < ADLER; i++)
            out[size - ADLER + i] = (uint8_t)(z.adler >> 8 * (3 - i));
    deflateEnd(&z);
    return good;
}

bool pl_deflate_exactly(const uint8_t *data, size_t data_size, uint8_t *out, size_t size)
{
    static const struct {
        int level, memory, flush;
    } tries[] = {{9, 9, Z_SYNC_FLUSH}, {6, 8, Z_SYNC_FLUSH}, {4, 8, Z_SYNC_FLUSH}, {6, 8, Z_FINISH},
                 {9, 8, Z_FINISH},     {9, 9, Z_FINISH},     {5, 8, Z_FINISH},     {4, 8, Z_FINISH}};
    bool good = false;
    if (size > INT32_MAX || data_size > INT32_MAX)
        return false;
    for (size_t i = 0; i < sizeof tries / sizeof tries[0] && !good; i++)
        good = deflate_at(tries[i].level, tries[i].memory, tries[i].flush, data, data_size, out, size);
    return good;
}

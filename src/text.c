/*
 * text.c - UTF-16 and Windows code pages to UTF-8.
 *
 * Layer: core; pure but for the converters a pl_text keeps open. UTF-16 and UTF-8
 * are decoded here; single-byte pages through a table of 256 that iconv fills
 * once; double-byte and stateful ones through iconv. The Windows numbers are those
 * of "Code Page Identifiers"; [MS-UCODEREF] 2.2.1.
 *
 * Nothing is guessed: what a table leaves open is U+FFFD, and counted. No byte of
 * a text makes more than 3 bytes of UTF-8, which bounds every buffer here.
 */
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "memory.h"

#define REPLACEMENT   0xfffdu
#define FALLBACK_PAGE 1252u
#define SCRATCH_KEEP  (1u << 20) /* larger scratch is given back after use */
#define SLACK         32u /* what a converter may write beyond 3 bytes for each byte: one held-back character */

enum kind {
    SINGLE,   /* one byte, one character */
    MULTI,    /* bytes below 0x80 at the start of a character are ASCII */
    STATEFUL, /* escapes: nothing can be said of a byte alone */
    HZ,       /* ~{ ~}, RFC 1843; iconv does not know it */
    UTF8,
    UTF16LE,
    UTF16BE
};

struct page {
    uint16_t number;
    uint8_t kind;
    const char *name; /* of iconv */
};

/* By number. */
static const struct page pages[] = {
    {37, SINGLE, "IBM037"},
    {437, SINGLE, "IBM437"},
    {500, SINGLE, "IBM500"},
    {708, SINGLE, "ISO-8859-6"},
    {737, SINGLE, "CP737"},
    {775, SINGLE, "IBM775"},
    {850, SINGLE, "IBM850"},
    {852, SINGLE, "IBM852"},
    {855, SINGLE, "IBM855"},
    {857, SINGLE, "IBM857"},
    {858, SINGLE, "IBM858"},
    {860, SINGLE, "IBM860"},
    {861, SINGLE, "IBM861"},
    {862, SINGLE, "IBM862"},
    {863, SINGLE, "IBM863"},
    {864, SINGLE, "IBM864"},
    {865, SINGLE, "IBM865"},
    {866, SINGLE, "IBM866"},
    {869, SINGLE, "IBM869"},
    {870, SINGLE, "IBM870"},
    {874, SINGLE, "CP874"},
    {875, SINGLE, "CP875"},
    {932, MULTI, "CP932"},
    {936, MULTI, "CP936"},
    {949, MULTI, "CP949"},
    {950, MULTI, "CP950"},
    {1026, SINGLE, "CP1026"},
    {1047, SINGLE, "IBM1047"},
    {1140, SINGLE, "IBM1140"},
    {1141, SINGLE, "IBM1141"},
    {1142, SINGLE, "IBM1142"},
    {1143, SINGLE, "IBM1143"},
    {1144, SINGLE, "IBM1144"},
    {1145, SINGLE, "IBM1145"},
    {1146, SINGLE, "IBM1146"},
    {1147, SINGLE, "IBM1147"},
    {1148, SINGLE, "IBM1148"},
    {1149, SINGLE, "IBM1149"},
    {1200, UTF16LE, NULL},
    {1201, UTF16BE, NULL},
    {1250, SINGLE, "CP1250"},
    {1251, SINGLE, "CP1251"},
    {1252, SINGLE, "CP1252"},
    {1253, SINGLE, "CP1253"},
    {1254, SINGLE, "CP1254"},
    {1255, SINGLE, "CP1255"},
    {1256, SINGLE, "CP1256"},
    {1257, SINGLE, "CP1257"},
    {1258, SINGLE, "CP1258"},
    {1361, MULTI, "JOHAB"},
    {10000, SINGLE, "MACINTOSH"},
    {10001, MULTI, "CP932"},
    {10002, MULTI, "BIG5"},
    {10003, MULTI, "EUC-KR"},
    {10007, SINGLE, "MAC-CYRILLIC"},
    {10008, MULTI, "EUC-CN"},
    {10017, SINGLE, "MAC-UK"},
    {10029, SINGLE, "MAC-CENTRALEUROPE"},
    {10079, SINGLE, "MAC-IS"},
    {20106, SINGLE, "DIN_66003"},
    {20107, SINGLE, "SEN_850200_B"},
    {20108, SINGLE, "NS_4551-1"},
    {20127, SINGLE, "ASCII"},
    {20273, SINGLE, "IBM273"},
    {20277, SINGLE, "IBM277"},
    {20278, SINGLE, "IBM278"},
    {20280, SINGLE, "IBM280"},
    {20284, SINGLE, "IBM284"},
    {20285, SINGLE, "IBM285"},
    {20290, SINGLE, "IBM290"},
    {20297, SINGLE, "IBM297"},
    {20420, SINGLE, "IBM420"},
    {20423, SINGLE, "IBM423"},
    {20424, SINGLE, "IBM424"},
    {20866, SINGLE, "KOI8-R"},
    {20871, SINGLE, "IBM871"},
    {20880, SINGLE, "IBM880"},
    {20905, SINGLE, "IBM905"},
    {20932, MULTI, "EUC-JP"},
    {20936, MULTI, "EUC-CN"},
    {20949, MULTI, "EUC-KR"},
    {21025, SINGLE, "CP1025"},
    {21866, SINGLE, "KOI8-U"},
    {28591, SINGLE, "ISO-8859-1"},
    {28592, SINGLE, "ISO-8859-2"},
    {28593, SINGLE, "ISO-8859-3"},
    {28594, SINGLE, "ISO-8859-4"},
    {28595, SINGLE, "ISO-8859-5"},
    {28596, SINGLE, "ISO-8859-6"},
    {28597, SINGLE, "ISO-8859-7"},
    {28598, SINGLE, "ISO-8859-8"},
    {28599, SINGLE, "ISO-8859-9"},
    {28600, SINGLE, "ISO-8859-10"},
    {28601, SINGLE, "ISO-8859-11"},
    {28603, SINGLE, "ISO-8859-13"},
    {28604, SINGLE, "ISO-8859-14"},
    {28605, SINGLE, "ISO-8859-15"},
    {28606, SINGLE, "ISO-8859-16"},
    {38598, SINGLE, "ISO-8859-8"},
    {50220, STATEFUL, "ISO-2022-JP-3"}, /* the one that takes half-width kana too */
    {50221, STATEFUL, "ISO-2022-JP-3"},
    {50222, STATEFUL, "ISO-2022-JP-3"},
    {50225, STATEFUL, "ISO-2022-KR"},
    {50227, STATEFUL, "ISO-2022-CN"},
    {50229, STATEFUL, "ISO-2022-CN-EXT"},
    {51932, MULTI, "EUC-JP-MS"},
    {51936, MULTI, "EUC-CN"},
    {51949, MULTI, "CP949"}, /* its superset: mail calls both by one name */
    {51950, MULTI, "EUC-TW"},
    {52936, HZ, "CP936"},
    {54936, MULTI, "GB18030"},
    {65000, STATEFUL, "UTF-7"},
    {65001, UTF8, NULL},
};

struct converter {
    const struct page *page;
    iconv_t cd;      /* (iconv_t)-1 for what is decoded here */
    uint16_t *table; /* of SINGLE */
    struct converter *next;
};

struct pl_text {
    struct converter *converters; /* the last used first; at most one per page */
    char *scratch;
    size_t room;
};

/* A decoding under way: from in to out, which has room for 3 bytes per byte. */
struct decoding {
    const uint8_t *in, *end;
    char *out;
    unsigned replaced;
};

/* --- UTF-8 --------------------------------------------------------------- */

static char *put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        *out++ = (char)c;
    } else if (c < 0x800) {
        *out++ = (char)(0xc0 | c >> 6);
        *out++ = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *out++ = (char)(0xe0 | c >> 12);
        *out++ = (char)(0x80 | (c >> 6 & 0x3f));
        *out++ = (char)(0x80 | (c & 0x3f));
    } else {
        *out++ = (char)(0xf0 | c >> 18);
        *out++ = (char)(0x80 | (c >> 12 & 0x3f));
        *out++ = (char)(0x80 | (c >> 6 & 0x3f));
        *out++ = (char)(0x80 | (c & 0x3f));
    }
    return out;
}

static inline size_t utf8_length(uint32_t c) { return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4; }

static void replace(struct decoding *d)
{
    d->out = put_utf8(d->out, REPLACEMENT);
    d->replaced++;
}

/* Bytes before the first that is NUL or not ASCII. */
static size_t ascii_run(const uint8_t *p, size_t size)
{
    const uint64_t high = 0x8080808080808080u, ones = 0x0101010101010101u;
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        uint64_t w = pl_le64(p + i);
        if ((w | (w - ones)) & high) /* exact while no byte has its high bit */
            break;
    }
    while (i < size && p[i] != 0 && p[i] < 0x80)
        i++;
    return i;
}

uint32_t pl_utf8_next(const uint8_t *p, size_t size, size_t *used)
{
    uint8_t lead = p[0], low = 0x80, high = 0xbf;
    size_t length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    *used = 1;
    if (lead < 0x80)
        return lead;
    if (length == 0)
        return UINT32_MAX;
    if (lead == 0xe0)
        low = 0xa0;
    else if (lead == 0xed)
        high = 0x9f;
    else if (lead == 0xf0)
        low = 0x90;
    else if (lead == 0xf4)
        high = 0x8f;
    uint32_t c = lead & (0xffu >> (length + 1));
    while (*used < length) {
        if (*used == size || p[*used] < low || p[*used] > high)
            return UINT32_MAX;
        c = c << 6 | (p[*used] & 0x3fu);
        low = 0x80;
        high = 0xbf;
        ++*used;
    }
    return c;
}

bool pl_utf8_valid(const char *data, size_t size)
{
    const uint8_t *p = (const uint8_t *)data;
    for (size_t used; size > 0; p += used, size -= used) {
        used = ascii_run(p, size);
        if (used == 0 && pl_utf8_next(p, size, &used) == UINT32_MAX)
            return false;
    }
    return true;
}

size_t pl_utf8_prefix(const char *data, size_t size, size_t most)
{
    if (size <= most)
        return size;
    size_t at = most;
    while (at > 0 && most - at < 3 && ((uint8_t)data[at] & 0xc0) == 0x80)
        at--;
    return ((uint8_t)data[at] & 0xc0) == 0x80 ? most : at; /* not UTF-8: any cut is as good */
}

static void decode_utf8(struct decoding *d)
{
    while (d->in < d->end) {
        size_t left = (size_t)(d->end - d->in), used = ascii_run(d->in, left);
        if (used == 0) {
            uint32_t c = pl_utf8_next(d->in, left, &used);
            if (c == UINT32_MAX || c == 0) {
                replace(d);
                d->in += used;
                continue;
            }
        }
        memcpy(d->out, d->in, used);
        d->out += used;
        d->in += used;
    }
}

/* --- UTF-16 -------------------------------------------------------------- */

struct units {
    const uint8_t *data;
    size_t count;
    unsigned swap; /* 1 for big-endian */
};

static inline uint32_t unit_at(const struct units *u, size_t i)
{
    const uint8_t *p = u->data + 2 * i;
    return p[u->swap] | (uint32_t)p[1 - u->swap] << 8;
}

/* The low, or the high bytes of sixteen units. */
static inline pl_octets low_bytes(const uint8_t *p)
{
    return __builtin_shufflevector(pl_octets_at(p), pl_octets_at(p + 16), 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22,
                                   24, 26, 28, 30);
}
static inline pl_octets high_bytes(const uint8_t *p)
{
    return __builtin_shufflevector(pl_octets_at(p), pl_octets_at(p + 16), 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23,
                                   25, 27, 29, 31);
}

/* Units of little-endian text before the first that is NUL or not ASCII. */
static size_t ascii_units(const struct units *u)
{
    size_t i = 0;
    for (; i + 16 <= u->count; i += 16) {
        const uint8_t *p = u->data + 2 * i;
        unsigned plain = pl_octets_before((low_bytes(p) < 1) | (high_bytes(p) != 0));
        if (plain < 16)
            return i + plain;
    }
    while (i < u->count && unit_at(u, i) - 1 < 0x7f)
        i++;
    return i;
}

/* ASCII units as bytes. */
static void narrow(char *to, const uint8_t *data, size_t count)
{
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        const pl_octets low = low_bytes(data + 2 * i);
        memcpy(to + i, &low, sizeof low);
    }
    for (; i < count; i++)
        to[i] = (char)data[2 * i];
}

/* The character at *i, which moves past it; UINT32_MAX for NUL and for half a pair. */
static inline uint32_t utf16_next(const struct units *u, size_t *i)
{
    uint32_t c = unit_at(u, (*i)++);
    if (c < 0xd800 || c > 0xdfff)
        return c ? c : UINT32_MAX;
    if (c > 0xdbff || *i == u->count)
        return UINT32_MAX;
    uint32_t low = unit_at(u, *i);
    if (low < 0xdc00 || low > 0xdfff)
        return UINT32_MAX;
    ++*i;
    return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
}

static char *utf16_text(struct pl_arena *a, const uint8_t *data, size_t size, unsigned swap, unsigned *replaced)
{
    struct units u = {data, size / 2, swap};
    bool odd = size & 1;
    if (size > SIZE_MAX / 4)
        return NULL;
    while (u.count > 0 && unit_at(&u, u.count - 1) == 0)
        u.count--;
    size_t plain = swap ? 0 : ascii_units(&u), length = plain + (odd ? 3 : 0);
    for (size_t i = plain; i < u.count;) {
        uint32_t c = utf16_next(&u, &i);
        length += c == UINT32_MAX ? 3 : utf8_length(c);
    }
    char *text = pl_arena_alloc(a, length + 1);
    if (!text)
        return NULL;
    narrow(text, data, plain);
    struct decoding d = {.out = text + plain};
    for (size_t i = plain; i < u.count;) {
        uint32_t c = utf16_next(&u, &i);
        if (c == UINT32_MAX)
            replace(&d);
        else
            d.out = put_utf8(d.out, c);
    }
    if (odd)
        replace(&d);
    *d.out = '\0';
    *replaced += d.replaced;
    return text;
}

char *pl_text_utf16(struct pl_arena *a, const uint8_t *data, size_t size, unsigned *replaced)
{
    return utf16_text(a, data, size, 0, replaced);
}

/* --- converters ---------------------------------------------------------- */

struct pl_text *pl_text_new(void) { return calloc(1, sizeof(struct pl_text)); }

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak" /* iconv_open() said -1, so there is nothing to close */
static void converter_free(struct converter *c)
{
    if (c->cd != (iconv_t)-1)
        iconv_close(c->cd);
    free(c->table);
    free(c);
}
#pragma GCC diagnostic pop

void pl_text_free(struct pl_text *t)
{
    if (!t)
        return;
    for (struct converter *c = t->converters, *next; c; c = next) {
        next = c->next;
        converter_free(c);
    }
    free(t->scratch);
    free(t);
}

static int page_compare(const void *number, const void *page)
{
    return (int)*(const unsigned *)number - (int)((const struct page *)page)->number;
}

static const struct page *page_find(unsigned number)
{
    if (number > UINT16_MAX)
        return NULL;
    return bsearch(&number, pages, sizeof pages / sizeof *pages, sizeof *pages, page_compare);
}

/* What iconv makes of each byte alone, written out at once (some hold a letter back to join it with its accent). */
static bool table_fill(struct converter *c)
{
    c->table = malloc(256 * sizeof *c->table);
    if (!c->table)
        pl_memory_missed();
    for (unsigned byte = 0; c->table && byte < 256; byte++) {
        char in = (char)byte, out[8], *from = &in, *to = out;
        size_t in_left = 1, out_left = sizeof out;
        iconv(c->cd, NULL, NULL, NULL, NULL);
        bool good = iconv(c->cd, &from, &in_left, &to, &out_left) != (size_t)-1 &&
                    iconv(c->cd, NULL, NULL, &to, &out_left) != (size_t)-1 && out_left == sizeof out - 2;
        uint16_t unit = (uint16_t)((uint8_t)out[0] | (uint8_t)out[1] << 8);
        c->table[byte] = good && byte != 0 ? unit : REPLACEMENT;
    }
    return c->table;
}

/* iconv has its pages in files: one that it could not open it says it does not know. */
static bool can_open(void)
{
    int fd = open("/", O_PATH | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static struct converter *converter_open(const struct page *page)
{
    struct converter *c = calloc(1, sizeof *c);
    if (!c) {
        pl_memory_missed();
        return NULL;
    }
    c->page = page;
    c->cd = (iconv_t)-1;
    if (page->name) {
        c->cd = iconv_open(page->kind == SINGLE ? "UTF-16LE" : "UTF-8", page->name);
        if (c->cd == (iconv_t)-1 && (errno != EINVAL || !can_open())) /* EINVAL: it does not know the page */
            pl_memory_missed();
        if (c->cd == (iconv_t)-1 || (page->kind == SINGLE && !table_fill(c))) {
            converter_free(c);
            return NULL;
        }
    }
    return c;
}

/* NULL: no such page, iconv lacks it, or out of memory. */
static struct converter *converter_get(struct pl_text *t, unsigned number)
{
    struct converter **link = &t->converters, *c;
    for (; (c = *link); link = &c->next)
        if (c->page->number == number)
            break;
    if (c) {
        *link = c->next;
    } else {
        const struct page *page = page_find(number);
        c = page ? converter_open(page) : NULL;
        if (!c)
            return NULL;
    }
    c->next = t->converters;
    t->converters = c;
    return c;
}

/* --- code pages ---------------------------------------------------------- */

static void decode_single(struct decoding *d, const uint16_t *table)
{
    for (; d->in < d->end; d->in++) {
        uint32_t c = table[*d->in];
        if (c == REPLACEMENT)
            d->replaced++;
        d->out = put_utf8(d->out, c);
    }
}

/* How much of bad input one U+FFFD stands for: a double-byte character nobody assigned goes as a whole, but an
 * ASCII byte never goes with what stands before it. */
static size_t bad_length(const struct decoding *d, enum kind kind)
{
    bool pair = (kind == MULTI || kind == HZ) && d->end - d->in > 1 && d->in[0] > 0x80 && d->in[0] < 0xff &&
                d->in[1] >= 0x80;
    return pair ? 2 : 1;
}

/* No NUL in it. */
static void decode_iconv(struct decoding *d, const struct converter *c, char *out_end)
{
    size_t run = c->page->kind == STATEFUL ? 0 : ascii_run(d->in, (size_t)(d->end - d->in));
    memcpy(d->out, d->in, run);
    d->out += run;
    d->in += run;
    while (d->in < d->end) {
        char *from = (char *)d->in;
        size_t in_left = (size_t)(d->end - d->in), out_left = (size_t)(out_end - d->out);
        size_t result = iconv(c->cd, &from, &in_left, &d->out, &out_left);
        d->in = (const uint8_t *)from;
        if (result == (size_t)-1) {
            bool broken = errno == EILSEQ;
            if (iconv(c->cd, NULL, NULL, &d->out, &out_left) == (size_t)-1)
                errno = 0;
            replace(d);
            d->in = broken ? d->in + bad_length(d, c->page->kind) : d->end;
        }
    }
}

static void decode_segments(struct decoding *d, const struct converter *c, char *out_end)
{
    const uint8_t *end = d->end;
    size_t ignored = 0;
    iconv(c->cd, NULL, NULL, NULL, NULL);
    while (d->in < end) {
        const uint8_t *nul = memchr(d->in, 0, (size_t)(end - d->in));
        d->end = nul ? nul : end;
        decode_iconv(d, c, out_end);
        ignored = (size_t)(out_end - d->out);
        iconv(c->cd, NULL, NULL, &d->out, &ignored);
        if (nul) {
            replace(d);
            d->in++;
        }
    }
}

/*
 * RFC 1843 to the 8-bit form of the same characters, which is not longer: "~{" and "~}" switch, "~~" is a tilde,
 * "~\n" joins lines. A line end switches back, as the RFC asks of a tolerant reader.
 */
static size_t hz_unpack(const uint8_t *in, size_t size, uint8_t *out)
{
    uint8_t *to = out;
    bool chinese = false;
    for (size_t i = 0; i < size; i++) {
        uint8_t next = i + 1 < size ? in[i + 1] : 0;
        if (in[i] == '~' && (next == '{' || next == '}' || next == '\n' || (next == '~' && !chinese))) {
            i++;
            if (next == '~')
                *to++ = '~';
            else
                chinese = next == '{';
        } else if (chinese && in[i] > 0x20 && in[i] < 0x7f && next > 0x20 && next < 0x7f) {
            *to++ = in[i] | 0x80;
            *to++ = next | 0x80;
            i++;
        } else {
            chinese = chinese && in[i] != '\n';
            *to++ = in[i];
        }
    }
    return (size_t)(to - out);
}

static bool scratch_for(struct pl_text *t, size_t room)
{
    if (room <= t->room)
        return true;
    free(t->scratch);
    t->scratch = malloc(room);
    t->room = t->scratch ? room : 0;
    if (!t->scratch)
        pl_memory_missed();
    return t->scratch;
}

static void scratch_trim(struct pl_text *t)
{
    if (t->room <= SCRATCH_KEEP)
        return;
    free(t->scratch);
    t->scratch = NULL;
    t->room = 0;
}

static bool utf16_page(const struct page *page) { return page && (page->kind == UTF16LE || page->kind == UTF16BE); }

/* Into the scratch. */
static bool decode_scratch(struct pl_text *t, const struct converter *c, const uint8_t *data, size_t size,
                           struct decoding *out)
{
    if (size > (SIZE_MAX - SLACK) / 4 || !scratch_for(t, size * 4 + SLACK))
        return false;
    char *out_end = t->scratch + size * 3 + SLACK;
    struct decoding d = {.in = data, .end = data + size, .out = t->scratch};
    if (c->page->kind == HZ) {
        uint8_t *plain = (uint8_t *)out_end;
        d.end = plain + hz_unpack(data, size, plain);
        d.in = plain;
    }
    if (c->page->kind == SINGLE)
        decode_single(&d, c->table);
    else if (c->page->kind == UTF8)
        decode_utf8(&d);
    else
        decode_segments(&d, c, out_end);
    *out = d;
    return true;
}

static char *decode(struct pl_text *t, struct pl_arena *a, const struct converter *c, const uint8_t *data,
                    size_t size, unsigned *replaced)
{
    struct decoding d;
    if (!decode_scratch(t, c, data, size, &d))
        return NULL;
    size_t length = (size_t)(d.out - t->scratch);
    char *text = pl_arena_alloc(a, length + 1);
    if (text) {
        memcpy(text, t->scratch, length);
        text[length] = '\0';
        *replaced += d.replaced;
    }
    scratch_trim(t);
    return text;
}

bool pl_codepage_known(unsigned codepage) { return page_find(codepage) != NULL; }

static size_t without_nuls(const uint8_t *data, size_t size)
{
    while (size > 0 && data[size - 1] == 0)
        size--;
    return size;
}

/* NULL: out of memory; that is no reason to take another page. */
static struct converter *converter_or_fallback(struct pl_text *t, unsigned codepage, bool *known)
{
    const uint64_t misses = pl_memory_misses();
    struct converter *c = converter_get(t, codepage);
    *known = c;
    return c || misses != pl_memory_misses() ? c : converter_get(t, FALLBACK_PAGE);
}

bool pl_text_decodes(struct pl_text *t, unsigned codepage, const uint8_t *data, size_t size)
{
    struct decoding d = {0};
    bool known;
    const struct converter *c = utf16_page(page_find(codepage)) ? NULL : converter_or_fallback(t, codepage, &known);
    if (c && decode_scratch(t, c, data, without_nuls(data, size), &d))
        scratch_trim(t);
    return !d.replaced;
}

char *pl_text_codepage(struct pl_text *t, struct pl_arena *a, unsigned codepage, const uint8_t *data, size_t size,
                       unsigned *replaced, bool *known)
{
    const struct page *page = page_find(codepage);
    *known = page;
    if (utf16_page(page))
        return utf16_text(a, data, size, page->kind == UTF16BE, replaced);
    struct converter *c = converter_or_fallback(t, codepage, known);
    return c ? decode(t, a, c, data, without_nuls(data, size), replaced) : NULL;
}

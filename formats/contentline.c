/*
 * contentline.c - writing content lines: see contentline.h.
 *
 * Layer: formats, below ics.c and vcf.c. A row of at most 75 octets is collected and
 * handed to the sink whole; a piece that does not fit (a character, an escape) opens
 * the next row, which begins with a blank.
 */
#include "contentline.h"

#include <string.h>

#include "bytes.h"

#define CHUNK 12288u /* of a stream; a multiple of 3 */

static const char replacement[] = "\xef\xbf\xbd";

static void row_out(struct pl_line *l)
{
    l->row[l->used] = '\r';
    l->row[l->used + 1] = '\n';
    pl_sink_write(l->sink, l->row, l->used + 2);
}

/* One piece that must stay together. */
static void piece(struct pl_line *l, const char *data, size_t size)
{
    if (l->used + size > PL_LINE_OCTETS) {
        row_out(l);
        l->row[0] = ' ';
        l->used = 1;
    }
    memcpy(l->row + l->used, data, size);
    l->used += size;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored                                                                                     \
    "-Wanalyzer-use-of-uninitialized-value" /* the tail that was not written is not used */
/* The first octets of a vector, which may be parted anywhere. */
static inline void octets(struct pl_line *l, pl_octets v, size_t size)
{
    memcpy(l->row + l->used, &v, sizeof v);
    l->used += size;
    if (l->used <= PL_LINE_OCTETS)
        return;
    pl_octets rest;
    memcpy(&rest, l->row + PL_LINE_OCTETS, sizeof rest);
    size_t over = l->used - PL_LINE_OCTETS;
    l->used = PL_LINE_OCTETS;
    row_out(l);
    l->row[0] = ' ';
    memcpy(l->row + 1, &rest, sizeof rest);
    l->used = 1 + over;
}
#pragma GCC diagnostic pop

static void ascii(struct pl_line *l, const char *text) { piece(l, text, strlen(text)); }

/* Octets of the UTF-8 character at p; 0 when there is none. */
static size_t character(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t size = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
    for (size_t i = 1; i < size; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
        (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return size;
}

/* C0 but the tab, DEL, and C1, which a terminal obeys too. */
static bool is_control(const char *text, size_t size)
{
    unsigned char c = (unsigned char)text[0];
    if (size == 2)
        return c == 0xc2 && (unsigned char)text[1] < 0xa0;
    return size == 1 && ((c < 0x20 && c != '\t') || c == 0x7f);
}

/* What an octet of ASCII becomes: two, the mark and to[octet]. special: the printable ones of these. */
struct escapes {
    char mark, to[128];
    pl_octets special[3];
};

#define ALL(c)                                                                                                     \
    {                                                                                                              \
        c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c                                                             \
    }
static const struct escapes text_escapes = {
    '\\', {['\\'] = '\\', [';'] = ';', [','] = ',', ['\n'] = 'n'}, {ALL(';'), ALL(','), ALL('\\')}};
static const struct escapes param_escapes = {
    '^', {['^'] = '^', ['"'] = '\'', ['\n'] = 'n'}, {ALL('"'), ALL('^'), ALL('^')}};
static const struct escapes no_escapes = {'\0', {0}, {ALL(0), ALL(0), ALL(0)}};

/* Puts down the octets of v that stand for themselves, before the first that does not: how many these are. */
static inline size_t plain(struct pl_line *l, pl_octets v, const struct escapes *e)
{
    size_t size =
        pl_octets_before(pl_octets_odd(v) | (v == e->special[0]) | (v == e->special[1]) | (v == e->special[2]));
    octets(l, v, size);
    return size;
}

/* Puts down one character that is not plain: its octets. */
static size_t oddity(struct pl_line *l, const char *text, const struct escapes *e)
{
    size_t size = character(text);
    const char pair[2] = {e->mark, size == 1 ? e->to[(unsigned char)*text] : '\0'};
    if (pair[1])
        piece(l, pair, sizeof pair);
    else if (size == 0)
        piece(l, replacement, sizeof replacement - 1);
    else if (!is_control(text, size))
        piece(l, text, size);
    return size ? size : 1;
}

static void escaped(struct pl_line *l, const char *text, const struct escapes *e)
{
    const char *end = text + strlen(text);
    for (size_t took = 0; text < end; text += took) {
        char last[sizeof(pl_octets)] = {0}; /* with a NUL behind the text, which is not plain */
        size_t left = (size_t)(end - text);
        if (left < sizeof last)
            memcpy(last, text, left);
        took = plain(l, pl_octets_at(left < sizeof last ? last : text), e);
        if (took < left && took < sizeof last)
            took += oddity(l, text + took, e);
    }
}

void pl_line_begin(struct pl_line *l, struct pl_sink *sink, const char *name)
{
    l->sink = sink;
    l->used = 0;
    l->pending_size = 0;
    escaped(l, name, &no_escapes);
}

void pl_line_param(struct pl_line *l, const char *name, const char *value)
{
    bool quoted = strpbrk(value, ":;,") != NULL;
    ascii(l, ";");
    escaped(l, name, &no_escapes);
    ascii(l, quoted ? "=\"" : "=");
    escaped(l, value, &param_escapes);
    if (quoted)
        ascii(l, "\"");
}

void pl_line_value(struct pl_line *l) { ascii(l, ":"); }
void pl_line_text(struct pl_line *l, const char *text) { escaped(l, text, &text_escapes); }
void pl_line_raw(struct pl_line *l, const char *text) { escaped(l, text, &no_escapes); }
void pl_line_end(struct pl_line *l) { row_out(l); }

static void quartet(struct pl_line *l, const uint8_t *p, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = (uint32_t)p[0] << 16 | (size > 1 ? (uint32_t)p[1] << 8 : 0) | (size > 2 ? p[2] : 0);
    char out[4] = {digits[bits >> 18], digits[bits >> 12 & 63], size > 1 ? digits[bits >> 6 & 63] : '=',
                   size > 2 ? digits[bits & 63] : '='};
    piece(l, out, sizeof out);
}

void pl_line_base64(struct pl_line *l, const void *data, size_t size)
{
    const uint8_t *p = data;
    while (size) {
        l->pending[l->pending_size++] = *p++;
        size--;
        if (l->pending_size < 3)
            continue;
        quartet(l, l->pending, 3);
        l->pending_size = 0;
        for (; size >= 3; size -= 3, p += 3)
            quartet(l, p, 3);
    }
}

void pl_line_base64_end(struct pl_line *l)
{
    if (l->pending_size)
        quartet(l, l->pending, l->pending_size);
    l->pending_size = 0;
}

void pl_line_put_text(struct pl_sink *sink, const char *name, const char *text)
{
    struct pl_line l;
    if (!text)
        return;
    pl_line_begin(&l, sink, name);
    pl_line_value(&l);
    pl_line_text(&l, text);
    pl_line_end(&l);
}

void pl_line_put_raw(struct pl_sink *sink, const char *name, const char *value)
{
    struct pl_line l;
    if (!value)
        return;
    pl_line_begin(&l, sink, name);
    pl_line_value(&l);
    pl_line_raw(&l, value);
    pl_line_end(&l);
}

enum pl_status pl_line_stream(struct pl_line *l, struct pl_reader *reader, const struct pl_stream *stream,
                              uint64_t *got)
{
    uint8_t chunk[CHUNK];
    for (*got = 0; *got < stream->size;) {
        uint64_t left = stream->size - *got;
        size_t want = left < CHUNK ? (size_t)left : CHUNK, part = 0;
        enum pl_status status = reader->ops->read(reader, stream, *got, chunk, want, &part);
        if (status < PL_WARN)
            return status;
        if (part == 0 || part > want)
            return PL_LOST;
        pl_line_base64(l, chunk, part);
        *got += part;
    }
    return PL_OK;
}

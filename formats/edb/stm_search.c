/*
 * stm_search.c - iCalendar objects in the pages of a streaming file.
 *
 * Layer: inside the EDB reader, below its items. Which pages belong to which message only columns tell whose form
 * is published nowhere. So the file is searched as bytes: for BEGIN:VCALENDAR at the begin of a line, plain or in
 * base64, and from there to its end, by the headers of its part of the MIME message (RFC 2045, RFC 2046). Pages of
 * one message are mostly neighbours, and need not be: of an object that spans pages the delimiter behind it must be
 * the one before it. One window is all the memory, whatever the size of the file.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "stm.h"
#include "text.h"

#define BACK      8192u              /* headers are looked for that far before an object */
#define USUAL     ((size_t)64 << 10) /* stored bytes of an object that are looked at first */
#define MOST      ((size_t)1 << 20)  /* and at last */
#define CHUNK     ((size_t)256 << 10)
#define WINDOW    (BACK + MOST + CHUNK)
#define PATTERN   32u
#define LINE_MOST 200u

static const char plain_begin[] = "BEGIN:VCALENDAR", plain_end[] = "END:VCALENDAR";
static const char coded_begin[] = "QkVHSU46VkNBTEVOREFS"; /* the same in base64, at the begin of a text */
static const char coded_mark[] = "77u/";                  /* a byte order mark before it */

enum coding { PLAIN, QUOTED, BASE64 };

struct part {
    const uint8_t *begin, *end; /* of what the window has, from the object on */
    enum coding coding;
    const uint8_t *delimiter; /* the line before its headers; NULL: not known */
    size_t delimiter_size;
    bool headed;
    unsigned codepage;
    bool charset_unknown;
};

bool stm_search_init(struct stm_search *s, struct pl_source *file)
{
    *s = (struct stm_search){.file = file, .window = malloc(WINDOW)};
    pl_buf_init(&s->text, MOST);
    return s->window != NULL;
}

void stm_search_release(struct stm_search *s)
{
    pl_buf_release(&s->text);
    free(s->window);
    s->window = NULL;
}

/* Has the window hold so many bytes from that place on, or all there are; reads only what is not in it. */
static enum pl_status window_move(struct stm_search *s, uint64_t from, size_t size)
{
    size_t kept = 0, got = 0;
    if (from >= s->window_at && from + size <= s->window_at + s->window_size)
        return PL_OK;
    if (from >= s->window_at && from - s->window_at < s->window_size) {
        kept = s->window_size - (size_t)(from - s->window_at);
        memmove(s->window, s->window + (from - s->window_at), kept);
    }
    s->window_at = from;
    s->window_size = kept;
    if (kept >= size)
        return PL_OK;
    enum pl_status st = pl_source_read(s->file, from + kept, s->window + kept, size - kept, &got);
    s->window_size += got;
    return st;
}

/* --- finding ---------------------------------------------------------------------------------- */

static bool at_line_begin(const struct stm_search *s, const uint8_t *p)
{
    return (s->window_at + (uint64_t)(p - s->window)) % STM_PAGE == 0 || p[-1] == '\n' || p[-1] == '\0';
}

static const uint8_t *pattern_find(const struct stm_search *s, const uint8_t *from, const char *pattern,
                                   size_t mark)
{
    const uint8_t *end = s->window + s->window_size, *p = from;
    for (; p < end && (p = memmem(p, (size_t)(end - p), pattern, strlen(pattern))) != NULL; p++) {
        bool marked = mark && p >= s->window + mark && !memcmp(p - mark, coded_mark, mark);
        if (marked && at_line_begin(s, p - mark))
            return p - mark;
        if (at_line_begin(s, p))
            return p;
    }
    return NULL;
}

static const uint8_t *either(const uint8_t *a, const uint8_t *b) { return !a || (b && b < a) ? b : a; }

/* --- headers ---------------------------------------------------------------------------------- */

/* The begin of the line before the one at p; NULL: there is none. */
static const uint8_t *line_before(const uint8_t *window, const uint8_t *p)
{
    if (p <= window || p[-1] != '\n')
        return NULL;
    for (p--; p > window && p[-1] != '\n' && p[-1] != '\0';)
        p--;
    return p;
}

static size_t line_size(const uint8_t *p, const uint8_t *end)
{
    const uint8_t *stop = memchr(p, '\n', (size_t)(end - p));
    size_t size = (size_t)((stop ? stop : end) - p);
    return size && p[size - 1] == '\r' ? size - 1 : size;
}

/* The value of a parameter or header in text, up to what ends it. */
static const char *value_find(const char *text, const char *name, size_t *size)
{
    const char *at = strcasestr(text, name);
    if (!at)
        return NULL;
    at += strlen(name);
    at += strspn(at, " \t\"'");
    *size = strcspn(at, " \t\r\n\"';");
    return at;
}

static void headers_read(struct part *part, const uint8_t *from, const uint8_t *to)
{
    char text[BACK + 1];
    size_t size = (size_t)(to - from) < BACK ? (size_t)(to - from) : BACK, length = 0;
    memcpy(text, from, size);
    text[size] = '\0';
    const char *value = value_find(text, "content-type:", &length);
    if (!value || length < 13 || strncasecmp(value, "text/calendar", 13) != 0)
        return;
    part->headed = true;
    value = value_find(text, "charset=", &length);
    if (value) {
        part->codepage = pl_codepage_of_charset(value, length);
        part->charset_unknown = !part->codepage;
    }
    value = value_find(text, "content-transfer-encoding:", &length);
    if (value && part->coding == PLAIN && length == 16 && !strncasecmp(value, "quoted-printable", length))
        part->coding = QUOTED;
}

/* Goes back over blank lines, then over the lines of headers, up to a delimiter, a blank line or other bytes. */
static void headers_find(const uint8_t *window, struct part *part)
{
    const uint8_t *at = part->begin, *before, *end = NULL;
    while ((before = line_before(window, at)) != NULL && !line_size(before, at))
        at = before;
    end = at;
    if (end == part->begin)
        return;
    while ((before = line_before(window, at)) != NULL && line_size(before, at)) {
        if (before[0] == '-' && before[1] == '-') {
            part->delimiter = before;
            part->delimiter_size = line_size(before, at);
            break;
        }
        at = before;
    }
    headers_read(part, at, end);
    if (!part->headed)
        part->delimiter = NULL;
}

/* --- decoding ----------------------------------------------------------------------------------- */

/* The line END:VCALENDAR; NULL: not there. */
static const uint8_t *end_find(const uint8_t *p, const uint8_t *end)
{
    size_t size = strlen(plain_end);
    const uint8_t *begin = p;
    for (; p < end && (p = memmem(p, (size_t)(end - p), plain_end, size)) != NULL; p++)
        if (p >= begin + 3 && (p[-1] == '\n' || !memcmp(p - 3, "=0A", 3)) &&
            (p + size == end || strchr("\r\n =", p[size])))
            return p + size;
    return NULL;
}

static int hex_of(uint8_t c) { return isdigit(c) ? c - '0' : isxdigit(c) ? toupper(c) - 'A' + 10 : -1; }

static void quoted_decode(struct pl_buf *out, const uint8_t *p, const uint8_t *end)
{
    while (p < end) {
        if (*p == '=' && p + 2 < end && p[1] == '\r' && p[2] == '\n') {
            p += 3;
        } else if (*p == '=' && p + 1 < end && p[1] == '\n') {
            p += 2;
        } else if (*p == '=' && p + 2 < end && hex_of(p[1]) >= 0 && hex_of(p[2]) >= 0) {
            pl_buf_putc(out, (char)((unsigned)hex_of(p[1]) << 4 | (unsigned)hex_of(p[2])));
            p += 3;
        } else {
            pl_buf_putc(out, (char)*p++);
        }
    }
}

/* false: characters of no base64, or lines of different lengths before the last: pages of two texts. */
static bool coded_decode(struct pl_buf *out, const uint8_t *p, const uint8_t *end, const uint8_t **stop)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    unsigned count = 0;
    size_t line = 0, usual = 0;
    bool last = false;
    for (; p < end; p++) {
        const char *at = *p ? strchr(alphabet, *p) : NULL;
        if (*p == '\n') {
            if (!line) /* a blank line ends a body */
                break;
            if (last || (usual && line > usual))
                return false;
            last = usual && line < usual;
            usual = usual ? usual : line;
            line = 0;
        } else if (at) {
            line++;
            bits = bits << 6 | (uint32_t)(at - alphabet);
            if (++count % 4 == 0) {
                pl_buf_putc(out, (char)(bits >> 16));
                pl_buf_putc(out, (char)(bits >> 8));
                pl_buf_putc(out, (char)bits);
            }
        } else if (*p == '=') {
            line++;
        } else if (*p != '\r') {
            break;
        }
    }
    if (count % 4 == 2)
        pl_buf_putc(out, (char)(bits >> 4));
    if (count % 4 == 3) {
        pl_buf_putc(out, (char)(bits >> 10));
        pl_buf_putc(out, (char)(bits >> 2));
    }
    *stop = p;
    return true;
}

/* --- one object --------------------------------------------------------------------------------- */

/* What follows an object proves that the pages in between are of its message, or that they are not. */
static void proof(const struct stm_search *s, const struct part *part, const uint8_t *stop, struct stm_found *out)
{
    const uint8_t *end = s->window + s->window_size, *p = stop;
    uint64_t last = s->window_at + (uint64_t)(stop - s->window) - 1;
    if (last / STM_PAGE == out->offset / STM_PAGE)
        return;
    while (p < end && strchr("\r\n\t =", *p) && *p)
        p++;
    if (!part->delimiter)
        out->apart = true;
    else if ((size_t)(end - p) < part->delimiter_size || memcmp(p, part->delimiter, part->delimiter_size) != 0)
        out->fault = "the pages that follow it are of other messages";
}

static void object_decode(struct stm_search *s, struct part *part, struct stm_found *out)
{
    const uint8_t *stop = NULL;
    if (part->coding == BASE64) {
        if (!coded_decode(&s->text, part->begin, part->end, &stop))
            out->fault = "its lines are not of one text";
        const uint8_t *text = (const uint8_t *)s->text.data;
        const uint8_t *end = text ? end_find(text, text + s->text.size) : NULL;
        if (end)
            s->text.size = (size_t)(end - text);
        else if (!out->fault)
            out->fault = "it does not end";
    } else {
        stop = end_find(part->begin, part->end);
        if (!stop)
            out->fault = "it does not end";
        else if (part->coding == QUOTED)
            quoted_decode(&s->text, part->begin, stop);
        else
            pl_buf_add(&s->text, part->begin, (size_t)(stop - part->begin));
    }
    if (!out->fault && s->text.failed)
        out->fault = "it is too large";
    if (!out->fault)
        proof(s, part, stop, out);
}

/* Without headers to tell: soft line breaks are of quoted-printable alone. */
static void coding_guess(struct part *part)
{
    size_t size = (size_t)(part->end - part->begin);
    const uint8_t *stop = end_find(part->begin, part->end);
    size = stop ? (size_t)(stop - part->begin) : size;
    if (!part->headed && part->coding == PLAIN &&
        (memmem(part->begin, size, "=\r\n", 3) || memmem(part->begin, size, "=0D=0A", 6)))
        part->coding = QUOTED;
}

/* An object at that place, of at most so many bytes. */
static enum pl_status object_take(struct stm_search *s, uint64_t offset, size_t most, struct stm_found *out)
{
    static const char mark[] = "\xef\xbb\xbf";
    uint64_t from = offset > BACK ? offset - BACK : 0;
    enum pl_status st = window_move(s, from, (size_t)(offset - from) + most + LINE_MOST);
    if (st != PL_OK)
        return st;
    struct part part = {.begin = s->window + (offset - s->window_at)};
    size_t left = (size_t)(s->window + s->window_size - part.begin);
    part.end = part.begin + (left < most ? left : most);
    part.coding = *part.begin == (uint8_t)plain_begin[0] ? PLAIN : BASE64;
    pl_buf_clear(&s->text);
    headers_find(s->window, &part);
    coding_guess(&part);
    *out = (struct stm_found){.offset = offset, .codepage = part.codepage};
    object_decode(s, &part, out);
    if (!out->fault && part.charset_unknown)
        out->fault = "its character set is not known";
    if (!out->fault && s->text.size > 3 && !memcmp(s->text.data, mark, 3)) {
        s->text.size -= 3;
        memmove(s->text.data, s->text.data + 3, s->text.size);
    }
    s->at = offset + strlen(plain_begin);
    return PL_OK;
}

enum pl_status stm_search_next(struct stm_search *s, struct stm_found *out)
{
    for (;;) {
        uint64_t known = s->window_at + s->window_size, from = s->at > BACK ? s->at - BACK : 0;
        bool is_in = s->at >= s->window_at && known > s->at + PATTERN;
        enum pl_status st = is_in ? PL_OK : window_move(s, from, (size_t)(s->at - from) + CHUNK);
        if (st != PL_OK)
            return st;
        if (s->at >= s->window_at + s->window_size)
            return PL_END;
        const uint8_t *begin = s->window + (s->at - s->window_at);
        const uint8_t *found =
            either(pattern_find(s, begin, plain_begin, 0), pattern_find(s, begin, coded_begin, strlen(coded_mark)));
        if (found) {
            uint64_t offset = s->window_at + (uint64_t)(found - s->window);
            st = object_take(s, offset, USUAL, out);
            return st == PL_OK && out->fault ? object_take(s, offset, MOST, out) : st;
        }
        size_t left = (size_t)(s->window + s->window_size - begin);
        if (left <= PATTERN)
            return PL_END;
        s->at += left - PATTERN;
    }
}

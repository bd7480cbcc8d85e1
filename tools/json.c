/*
 * json.c - a streaming JSON writer, without a tree in memory; see json.h.
 *
 * Layer: programs. Stretches of a text that need no escape go out in one call,
 * because most of what `dump` prints is such text. One thread writes, so no call locks the file.
 */
#include "json.h"

#include <inttypes.h>
#include <math.h>

#include "bytes.h"
#include "utf8.h"

void json_init(struct json *j, FILE *file)
{
    j->file = file;
    j->comma = false;
    j->used = 0;
}

static void flush(struct json *j)
{
    fwrite_unlocked(j->held, 1, j->used, j->file);
    j->used = 0;
}

static void put(struct json *j, const void *data, size_t size)
{
    if (size > sizeof j->held - j->used)
        flush(j);
    if (size > sizeof j->held) {
        fwrite_unlocked(data, 1, size, j->file);
        return;
    }
    memcpy(j->held + j->used, data, size);
    j->used += size;
}

static void put_char(struct json *j, char c)
{
    if (j->used == sizeof j->held)
        flush(j);
    j->held[j->used++] = c;
}

static void put_string(struct json *j, const char *text) { put(j, text, strlen(text)); }

static void separate(struct json *j)
{
    if (j->comma)
        put_char(j, ',');
    j->comma = true;
}

static void begin(struct json *j, char bracket)
{
    separate(j);
    put_char(j, bracket);
    j->comma = false;
}

static void end(struct json *j, char bracket)
{
    put_char(j, bracket);
    j->comma = true;
}

void json_begin_object(struct json *j) { begin(j, '{'); }
void json_end_object(struct json *j) { end(j, '}'); }
void json_begin_array(struct json *j) { begin(j, '['); }
void json_end_array(struct json *j) { end(j, ']'); }

void json_end_line(struct json *j)
{
    put_char(j, '\n');
    flush(j);
    j->comma = false;
}

/* The two-character escapes of RFC 8259 section 7; 0 when c has none. */
static char short_escape(uint32_t c)
{
    static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
    const char *at = c && c < 0x80 ? strchr(from, (int)c) : NULL;
    return at ? to[at - from] : 0;
}

static bool is_plain(uint32_t c)
{
    /* DEL and the C1 controls are allowed by JSON, but a terminal obeys them. */
    return c != UTF8_BAD && c >= 0x20 && c != '"' && c != '\\' && (c < 0x7f || c > 0x9f);
}

static void put_escaped(struct json *j, uint32_t c)
{
    char text[11] = {'\\', short_escape(c)};

    if (c == UTF8_BAD)
        snprintf(text, sizeof text, "\xef\xbf\xbd"); /* U+FFFD */
    else if (!text[1])
        snprintf(text, sizeof text, "\\u%04" PRIx32, c);
    put_string(j, text);
}

/* Octets of ASCII at the start that need no escape. */
static size_t plain_size(const char *text, size_t size)
{
    size_t at = 0;
    unsigned plain = 16;
    for (; at < size && plain == 16; at += plain) {
        const pl_octets v = size - at >= 16 ? pl_octets_at(text + at) : pl_octets_last(text + at, size - at);
        plain = pl_octets_before(pl_octets_odd(v) | (v == '"') | (v == '\\'));
    }
    return at;
}

static void put_quoted(struct json *j, const char *text, size_t size)
{
    size_t plain = 0; /* start of the stretch not yet written */

    put_char(j, '"');
    for (size_t at = plain_size(text, size), length; at < size;
         at += length, at += plain_size(text + at, size - at)) {
        uint32_t c = (unsigned char)text[at];
        length = 1;
        if (c >= 0x80)
            c = utf8_next(text + at, size - at, &length);
        if (is_plain(c))
            continue;
        put(j, text + plain, at - plain);
        put_escaped(j, c);
        plain = at + length;
    }
    put(j, text + plain, size - plain);
    put_char(j, '"');
}

void json_key(struct json *j, const char *name)
{
    separate(j);
    put_quoted(j, name, strlen(name));
    put_char(j, ':');
    j->comma = false;
}

void json_text_size(struct json *j, const char *text, size_t size)
{
    separate(j);
    put_quoted(j, text, size);
}

void json_text(struct json *j, const char *text)
{
    if (text)
        json_text_size(j, text, strlen(text));
    else
        json_null(j);
}

void json_hex_begin(struct json *j)
{
    separate(j);
    put_char(j, '"');
}

void json_verbatim(struct json *j, const char *text, size_t size)
{
    separate(j);
    put(j, text, size);
}

/* Sixteen octets become 32 digits. */
static void hex_octets(char *to, pl_octets v)
{
    pl_octets high = (v >> 4) & 15, low = v & 15;
    high += '0' + ((high > 9) & ('a' - '0' - 10));
    low += '0' + ((low > 9) & ('a' - '0' - 10));
    const pl_octets first =
        __builtin_shufflevector(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const pl_octets second =
        __builtin_shufflevector(high, low, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    memcpy(to, &first, sizeof first);
    memcpy(to + sizeof first, &second, sizeof second);
}

void json_hex_part(struct json *j, const void *data, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *p = data;

    for (size_t most; size > 0; size -= most, p += most) {
        if (sizeof j->held - j->used < 2)
            flush(j);
        most = (sizeof j->held - j->used) / 2;
        most = size < most ? size : most;
        size_t i = 0;
        for (; most - i >= sizeof(pl_octets); i += sizeof(pl_octets), j->used += 2 * sizeof(pl_octets))
            hex_octets(j->held + j->used, pl_octets_at(p + i));
        for (; i < most; i++) {
            j->held[j->used++] = digits[p[i] >> 4];
            j->held[j->used++] = digits[p[i] & 15];
        }
    }
}

void json_hex_end(struct json *j) { put_char(j, '"'); }

void json_hex(struct json *j, const void *data, size_t size)
{
    json_hex_begin(j);
    json_hex_part(j, data, size);
    json_hex_end(j);
}

static void put_number(struct json *j, uint64_t value)
{
    char text[20];
    size_t at = sizeof text;
    do
        text[--at] = (char)('0' + value % 10);
    while (value /= 10);
    put(j, text + at, sizeof text - at);
}

void json_integer(struct json *j, int64_t value)
{
    separate(j);
    if (value < 0)
        put_char(j, '-');
    put_number(j, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void json_unsigned(struct json *j, uint64_t value)
{
    separate(j);
    put_number(j, value);
}

void json_real(struct json *j, double value)
{
    if (!isfinite(value)) {
        json_null(j);
        return;
    }
    char text[32];
    snprintf(text, sizeof text, "%.17g", value);
    separate(j);
    put_string(j, text);
}

void json_bool(struct json *j, bool value)
{
    separate(j);
    put_string(j, value ? "true" : "false");
}

void json_null(struct json *j)
{
    separate(j);
    put_string(j, "null");
}

void json_pair_text(struct json *j, const char *name, const char *text)
{
    json_key(j, name);
    json_text(j, text);
}

void json_pair_unsigned(struct json *j, const char *name, uint64_t value)
{
    json_key(j, name);
    json_unsigned(j, value);
}

void json_pair_bool(struct json *j, const char *name, bool value)
{
    json_key(j, name);
    json_bool(j, value);
}

static char *append(char *to, const char *text, size_t size) { return (char *)memcpy(to, text, size) + size; }

static char *append_key(struct json *j, char *to, const char *name, size_t size)
{
    if (j->comma)
        *to++ = ',';
    *to++ = '"';
    return append(append(to, name, size), "\":", 2);
}

/* Where so many bytes and what stands around a pair have room. */
static char *room(struct json *j, size_t size)
{
    if (sizeof j->held - j->used < size + sizeof ",\"\":\"\"")
        flush(j);
    return j->held + j->used;
}

void json_plain_key(struct json *j, const char *name, size_t size)
{
    j->used = (size_t)(append_key(j, room(j, size), name, size) - j->held);
    j->comma = false;
}

void json_plain_pair(struct json *j, const char *name, size_t name_size, const char *text, size_t text_size)
{
    char *to = append_key(j, room(j, name_size + text_size), name, name_size);
    *to++ = '"';
    to = append(to, text, text_size);
    *to++ = '"';
    j->used = (size_t)(to - j->held);
    j->comma = true;
}

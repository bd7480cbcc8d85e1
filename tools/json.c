/*
 * json.c - a streaming JSON writer, without a tree in memory; see json.h.
 *
 * Layer: programs. Stretches of a text that need no escape go out in one call,
 * because most of what `dump` prints is such text. One thread writes, so no call locks the file.
 */
#include "json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "bytes.h"
#include "utf8.h"

void json_init(struct json *j, FILE *file)
{
    j->file = file;
    j->comma = false;
}

static void separate(struct json *j)
{
    if (j->comma)
        putc_unlocked(',', j->file);
    j->comma = true;
}

static void begin(struct json *j, char bracket)
{
    separate(j);
    putc_unlocked(bracket, j->file);
    j->comma = false;
}

static void end(struct json *j, char bracket)
{
    putc_unlocked(bracket, j->file);
    j->comma = true;
}

void json_begin_object(struct json *j) { begin(j, '{'); }
void json_end_object(struct json *j) { end(j, '}'); }
void json_begin_array(struct json *j) { begin(j, '['); }
void json_end_array(struct json *j) { end(j, ']'); }
void json_end_line(struct json *j) { putc_unlocked('\n', j->file), j->comma = false; }

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
    char escape = short_escape(c);

    if (c == UTF8_BAD)
        fputs_unlocked("\xef\xbf\xbd", j->file); /* U+FFFD */
    else if (escape)
        fprintf(j->file, "\\%c", escape);
    else
        fprintf(j->file, "\\u%04" PRIx32, c);
}

/* Octets of ASCII that need no escape; of the last ones perhaps fewer. */
static size_t plain_size(const char *text, size_t size)
{
    size_t at = 0;
    for (unsigned plain = 16; size - at >= 16 && plain == 16; at += plain) {
        const pl_octets v = pl_octets_at(text + at);
        plain = pl_octets_before(pl_octets_odd(v) | (v == '"') | (v == '\\'));
    }
    return at;
}

static void put_quoted(struct json *j, const char *text, size_t size)
{
    size_t plain = 0; /* start of the stretch not yet written */

    putc_unlocked('"', j->file);
    for (size_t at = plain_size(text, size), length; at < size;
         at += length, at += plain_size(text + at, size - at)) {
        uint32_t c = (unsigned char)text[at];
        length = 1;
        if (c >= 0x80)
            c = utf8_next(text + at, size - at, &length);
        if (is_plain(c))
            continue;
        fwrite_unlocked(text + plain, 1, at - plain, j->file);
        put_escaped(j, c);
        plain = at + length;
    }
    fwrite_unlocked(text + plain, 1, size - plain, j->file);
    putc_unlocked('"', j->file);
}

void json_key(struct json *j, const char *name)
{
    separate(j);
    put_quoted(j, name, strlen(name));
    putc_unlocked(':', j->file);
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
    putc_unlocked('"', j->file);
}

void json_hex_part(struct json *j, const void *data, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *p = data;
    char part[1024];
    size_t used = 0;

    for (size_t i = 0; i < size; i++) {
        part[used++] = digits[p[i] >> 4];
        part[used++] = digits[p[i] & 15];
        if (used == sizeof part || i + 1 == size) {
            fwrite_unlocked(part, 1, used, j->file);
            used = 0;
        }
    }
}

void json_hex_end(struct json *j) { putc_unlocked('"', j->file); }

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
    fwrite_unlocked(text + at, 1, sizeof text - at, j->file);
}

void json_integer(struct json *j, int64_t value)
{
    separate(j);
    if (value < 0)
        putc_unlocked('-', j->file);
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
    separate(j);
    fprintf(j->file, "%.17g", value);
}

void json_bool(struct json *j, bool value)
{
    separate(j);
    fputs_unlocked(value ? "true" : "false", j->file);
}

void json_null(struct json *j)
{
    separate(j);
    fputs_unlocked("null", j->file);
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

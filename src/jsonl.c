/*
 * jsonl.c - JSON lines: see jsonl.h. Layer: core.
 */
#include "jsonl.h"

#include <inttypes.h>
#include <string.h>

#include "text.h"
#include "tz.h"

size_t pl_buf_character(struct pl_buf *b, const char *text)
{
    unsigned char c = (unsigned char)*text;
    size_t size = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (strnlen(text, size) == size && pl_utf8_valid(text, size)) {
        pl_buf_add(b, text, size);
        return size;
    }
    pl_buf_puts(b, "\xef\xbf\xbd");
    return 1;
}

void pl_json_text(struct pl_buf *b, const char *text)
{
    if (!text) {
        pl_buf_puts(b, "null");
        return;
    }
    pl_buf_putc(b, '"');
    while (*text) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f)
            pl_buf_printf(b, "\\u%04x", c), text++;
        else if (c == 0xc2 && (unsigned char)text[1] >= 0x80 &&
                 (unsigned char)text[1] < 0xa0) /* a terminal obeys them */
            pl_buf_printf(b, "\\u%04x", (unsigned char)text[1]), text += 2;
        else
            text += pl_buf_character(b, text);
    }
    pl_buf_putc(b, '"');
}

static void key(struct pl_jsonl *j, const char *name)
{
    if (j->comma)
        pl_buf_putc(j->buf, ',');
    j->comma = true;
    if (name) {
        pl_json_text(j->buf, name);
        pl_buf_putc(j->buf, ':');
    }
}

static void open_with(struct pl_jsonl *j, const char *name, char bracket)
{
    key(j, name);
    pl_buf_putc(j->buf, bracket);
    j->comma = false;
}

static void close_with(struct pl_jsonl *j, char bracket)
{
    pl_buf_putc(j->buf, bracket);
    j->comma = true;
}

void pl_jsonl_begin(struct pl_jsonl *j, const char *name) { open_with(j, name, '{'); }
void pl_jsonl_end(struct pl_jsonl *j) { close_with(j, '}'); }
void pl_jsonl_list(struct pl_jsonl *j, const char *name) { open_with(j, name, '['); }
void pl_jsonl_list_end(struct pl_jsonl *j) { close_with(j, ']'); }

void pl_jsonl_text(struct pl_jsonl *j, const char *name, const char *text)
{
    key(j, name);
    pl_json_text(j->buf, text);
}

void pl_jsonl_integer(struct pl_jsonl *j, const char *name, int64_t value)
{
    key(j, name);
    pl_buf_printf(j->buf, "%" PRId64, value);
}

void pl_jsonl_bool(struct pl_jsonl *j, const char *name, bool value)
{
    key(j, name);
    pl_buf_puts(j->buf, value ? "true" : "false");
}

void pl_jsonl_hex(struct pl_jsonl *j, const char *name, struct pl_bytes bytes)
{
    static const char digits[] = "0123456789abcdef";
    key(j, name);
    if (!bytes.size) {
        pl_buf_puts(j->buf, "null");
        return;
    }
    pl_buf_putc(j->buf, '"');
    for (size_t i = 0; i < bytes.size; i++) {
        pl_buf_putc(j->buf, digits[bytes.data[i] >> 4]);
        pl_buf_putc(j->buf, digits[bytes.data[i] & 15]);
    }
    pl_buf_putc(j->buf, '"');
}

/* RFC 4648 section 4 */
void pl_jsonl_base64(struct pl_jsonl *j, const char *name, struct pl_bytes bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    key(j, name);
    pl_buf_putc(j->buf, '"');
    for (size_t i = 0; i < bytes.size; i += 3) {
        size_t left = bytes.size - i;
        uint32_t v = (uint32_t)bytes.data[i] << 16 | (left > 1 ? (uint32_t)bytes.data[i + 1] << 8 : 0) |
                     (left > 2 ? bytes.data[i + 2] : 0);
        pl_buf_putc(j->buf, digits[v >> 18]);
        pl_buf_putc(j->buf, digits[v >> 12 & 63]);
        pl_buf_putc(j->buf, left > 1 ? digits[v >> 6 & 63] : '=');
        pl_buf_putc(j->buf, left > 2 ? digits[v & 63] : '=');
    }
    pl_buf_putc(j->buf, '"');
}

void pl_jsonl_utc(struct pl_jsonl *j, const char *name, int64_t seconds)
{
    struct pl_civil c = pl_civil_of(seconds);
    key(j, name);
    if (seconds)
        pl_buf_printf(j->buf, "\"%04d-%02d-%02dT%02d:%02d:%02dZ\"", c.year, c.month, c.day, c.hour, c.minute,
                      c.second);
    else
        pl_buf_puts(j->buf, "null");
}

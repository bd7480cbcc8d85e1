/*
 * html.c - see html.h.
 */
#include "html.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

#define REPLACEMENT "\xef\xbf\xbd"

void pl_page_init(struct pl_page *h, size_t maximum)
{
    *h = (struct pl_page){0};
    pl_buf_init(&h->out, maximum);
}

void pl_page_release(struct pl_page *h) { pl_buf_release(&h->out); }

/* Characters that a page may not hold (13.1.4), or that would turn text that is not their own. */
static bool is_barred(uint32_t c)
{
    bool control = (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0);
    bool turns = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    bool none = (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);
    return c > 0x10ffff || control || turns || none;
}

static void escape(struct pl_buf *out, const char *text)
{
    const uint8_t *p = (const uint8_t *)text;
    for (size_t left = strlen(text), used = 0; left; p += used, left -= used) {
        uint32_t c = pl_utf8_next(p, left, &used);
        if (is_barred(c))
            pl_buf_puts(out, REPLACEMENT);
        else if (c == '<')
            pl_buf_puts(out, "&lt;");
        else if (c == '>')
            pl_buf_puts(out, "&gt;");
        else if (c == '&')
            pl_buf_puts(out, "&amp;");
        else if (c == '"')
            pl_buf_puts(out, "&quot;");
        else if (c == '\'')
            pl_buf_puts(out, "&#39;");
        else
            pl_buf_add(out, p, used);
    }
}

static void begin(struct pl_page *h, const char *const *words)
{
    pl_buf_printf(&h->out, "<%s", *words++);
    for (; *words; words += 2) {
        if (!words[1])
            continue;
        pl_buf_printf(&h->out, " %s=\"", words[0]);
        escape(&h->out, words[1]);
        pl_buf_putc(&h->out, '"');
    }
}

void pl_page_open_words(struct pl_page *h, const char *const *words)
{
    begin(h, words);
    pl_buf_putc(&h->out, '>');
    if (h->depth == PL_PAGE_DEEPEST)
        h->failed = true;
    else
        h->open[h->depth++] = *words;
}

void pl_page_close(struct pl_page *h, const char *tag)
{
    if (!h->depth || strcmp(h->open[--h->depth], tag) != 0)
        h->failed = true;
    pl_buf_printf(&h->out, "</%s>", tag);
    if (strchr("dhlnpst", *tag) && strlen(tag) > 1 && strcmp(tag, "span") != 0 && strcmp(tag, "td") != 0)
        pl_buf_putc(&h->out, '\n');
}

void pl_page_empty_words(struct pl_page *h, const char *const *words)
{
    begin(h, words);
    pl_buf_puts(&h->out, "/>");
}

void pl_page_text(struct pl_page *h, const char *text) { escape(&h->out, text); }

void pl_page_textf(struct pl_page *h, const char *format, ...)
{
    char text[512];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    escape(&h->out, text);
}

void pl_page_name(struct pl_page *h, const char *text)
{
    if (!text || !*text)
        return;
    pl_buf_puts(&h->out, "<bdi>");
    escape(&h->out, text);
    pl_buf_puts(&h->out, "</bdi>");
}

void pl_page_count(struct pl_page *h, uint64_t n)
{
    char digits[24];
    int size = snprintf(digits, sizeof digits, "%" PRIu64, n);
    for (int i = 0; i < size; i++) {
        if (i && (size - i) % 3 == 0)
            pl_buf_putc(&h->out, ',');
        pl_buf_putc(&h->out, digits[i]);
    }
}

void pl_page_element(struct pl_page *h, const char *tag, const char *class_name, const char *text)
{
    pl_page_open(h, tag, "class", class_name, NULL);
    pl_page_text(h, text ? text : "");
    pl_page_close(h, tag);
}

void pl_page_element_name(struct pl_page *h, const char *tag, const char *class_name, const char *text)
{
    pl_page_open(h, tag, "class", class_name, NULL);
    pl_page_name(h, text);
    pl_page_close(h, tag);
}

void pl_page_element_count(struct pl_page *h, const char *tag, const char *class_name, uint64_t n)
{
    pl_page_open(h, tag, "class", class_name, NULL);
    pl_page_count(h, n);
    pl_page_close(h, tag);
}

void pl_page_doctype(struct pl_page *h) { pl_buf_puts(&h->out, "<!DOCTYPE html>\n"); }

void pl_page_style(struct pl_page *h, const char *sheet)
{
    pl_buf_puts(&h->out, "<style>");
    pl_buf_puts(&h->out, sheet);
    pl_buf_puts(&h->out, "</style>\n");
}

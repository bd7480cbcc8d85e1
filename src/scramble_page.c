/*
 * scramble_page.c - whether a code page has the bytes of a text: see scramble_int.h. Pure, part of the core.
 *
 * A reader tells of a text that it can't decode, so one that became another has to be told of just then. Letters
 * are chosen so that most pages have them, and bytes that a page leaves open stay open; here it is made certain, by
 * asking the decoder that readers ask. A text is taken whole: how many of its characters are wrong may change.
 */
#include <string.h>

#include "rtf.h"
#include "scramble_int.h"

#define UTF16    1200u
#define RTF_TEXT ((size_t)6 << 20)

static bool is_high(uint8_t byte) { return byte >= 0x80; }

bool scramble_decodes(const struct pl_scramble *s, unsigned codepage, const uint8_t *data, size_t size)
{
    bool high = false;
    for (size_t i = 0; i < size && !high; i++)
        high = is_high(data[i]);
    return codepage == UTF16 || !high || !s->text || pl_text_decodes(s->text, codepage, data, size);
}

/* In place of the last byte from 0x80 on one that no character has. */
static void make_wrong(const struct pl_scramble *s, unsigned codepage, uint8_t *data, size_t size)
{
    uint8_t byte = 0xff;
    while (is_high(byte) && scramble_decodes(s, codepage, &byte, 1))
        byte--;
    while (size && !is_high(data[size - 1]))
        size--;
    if (size && is_high(byte))
        data[size - 1] = byte;
}

/* Bytes that are no character by themselves become letters that all pages have. */
static void make_right(const struct pl_scramble *s, unsigned codepage, uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (is_high(data[i]) && !scramble_decodes(s, codepage, &data[i], 1))
            data[i] = 'x';
}

void scramble_agree(const struct pl_scramble *s, unsigned codepage, uint8_t *data, size_t size, bool decodes)
{
    if (scramble_decodes(s, codepage, data, size) == decodes)
        return;
    if (decodes)
        make_right(s, codepage, data, size);
    else
        make_wrong(s, codepage, data, size);
}

/* --- RTF: pages are told inside, so the whole is asked --------------------------------------------------- */

bool scramble_rtf_decodes(const struct pl_scramble *s, const uint8_t *data, size_t size)
{
    struct pl_buf text;
    unsigned replaced = 0;
    if (!s->text)
        return true;
    pl_buf_init(&text, RTF_TEXT);
    pl_rtf_text(s->text, (const char *)data, size, &text, &replaced);
    pl_buf_release(&text);
    return !replaced;
}

/* The next "\'hh" from `at` on: where its digits are; `size`: there is none. */
static size_t hex_next(const uint8_t *data, size_t size, size_t at)
{
    for (; at + 4 <= size; at++)
        if (data[at] == '\\' && data[at + 1] == '\'')
            return at + 2;
    return size;
}

/* "\u" with five digits can be half of a pair. */
static void half_put(uint8_t *data, size_t size)
{
    for (size_t at = 0; at + 7 <= size; at++) {
        size_t digits = 0;
        while (at + 2 + digits < size && scramble_is_digit(data[at + 2 + digits]))
            digits++;
        if (digits == 5 && !memcmp(data + at, "\\u", 2)) {
            memcpy(data + at + 2, "55357", 5);
            return;
        }
    }
}

void scramble_rtf_agree(const struct pl_scramble *s, uint8_t *data, size_t size, bool decodes)
{
    static const char open[][3] = {"81", "98", "ff", "90", "fe", "80"};
    if (scramble_rtf_decodes(s, data, size) == decodes)
        return;
    size_t first = hex_next(data, size, 0);
    if (decodes) {
        for (size_t at = first; at < size; at = hex_next(data, size, at))
            memcpy(data + at, "78", 2);
        return;
    }
    for (size_t i = 0; first < size && i < sizeof open / sizeof *open; i++) {
        memcpy(data + first, open[i], 2);
        if (!scramble_rtf_decodes(s, data, size))
            return;
    }
    half_put(data, size);
}

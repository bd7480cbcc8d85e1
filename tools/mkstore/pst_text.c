/*
 * pst_text.c - UTF-8 to what a store holds: UTF-16, or bytes of a code page.
 *
 * Works piecewise, so that a generated body of any size can pass: an incomplete sequence
 * waits for the next piece. What isn't UTF-8 becomes U+FFFD, what a code page lacks '?'.
 * Each code point is converted alone; none of the code pages of ANSI stores has state.
 */
#include "pst_int.h"

#include <stdio.h>
#include <string.h>

static void codepage_name(unsigned codepage, char name[32])
{
    static const struct {
        unsigned codepage;
        const char *name;
    } names[] = {{0, "CP1252"},          {20127, "ASCII"},      {20866, "KOI8-R"},     {21866, "KOI8-U"},
                 {28591, "ISO-8859-1"},  {28592, "ISO-8859-2"}, {28595, "ISO-8859-5"}, {28597, "ISO-8859-7"},
                 {28605, "ISO-8859-15"}, {51932, "EUC-JP"},     {51949, "EUC-KR"},     {54936, "GB18030"},
                 {65001, "UTF-8"},       {1361, "JOHAB"}};

    snprintf(name, 32, "CP%u", codepage);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].codepage == codepage)
            snprintf(name, 32, "%s", names[i].name);
}

int pst_text_open(struct pst_text *text, unsigned codepage)
{
    char name[32];

    *text = (struct pst_text){.point = 0};
    codepage_name(codepage, name);
    text->to = iconv_open(name, "UTF-32LE");
    return text->to == (iconv_t)-1 ? pst_error("unknown code page", name) : 0;
}

bool ms_pst_codepage(unsigned codepage)
{
    struct pst_text text = {.point = 0};
    char name[32];

    codepage_name(codepage, name);
    text.to = iconv_open(name, "UTF-32LE");
    bool known = text.to != (iconv_t)-1;
    pst_text_close(&text);
    return known;
}

void pst_text_close(struct pst_text *text)
{
    if (text->to && text->to != (iconv_t)-1)
        iconv_close(text->to);
    text->to = (iconv_t)-1;
}

static size_t put_point(struct pst_text *text, bool wide, uint32_t c, uint8_t *out)
{
    uint8_t point[4];
    char *in = (char *)point;
    char *to = (char *)out;
    size_t in_left = sizeof(point), room = 4;

    if (wide) {
        if (c < 0x10000) {
            pst_put16(out, c);
            return 2;
        }
        pst_put16(out, 0xd800 + ((c - 0x10000) >> 10));
        pst_put16(out + 2, 0xdc00 + ((c - 0x10000) & 0x3ff));
        return 4;
    }
    pst_put32(point, c);
    if (iconv(text->to, &in, &in_left, &to, &room) == (size_t)-1 || room == 4) {
        iconv(text->to, NULL, NULL, NULL, NULL);
        out[0] = '?';
        return 1;
    }
    return 4 - room;
}

size_t pst_text_put(struct pst_text *text, bool wide, const void *utf8, size_t size, uint8_t *out)
{
    const uint8_t *p = utf8;
    size_t done = 0;

    for (size_t i = 0; i < size; i++) {
        if (text->missing > 0 && (p[i] & 0xc0) == 0x80) {
            text->point = text->point << 6 | (p[i] & 0x3f);
            if (--text->missing == 0)
                done += put_point(text, wide, text->point < 0x110000 ? text->point : 0xfffd, out + done);
            continue;
        }
        done += pst_text_flush(text, wide, out + done);
        if (p[i] < 0x80) {
            done += put_point(text, wide, p[i], out + done);
        } else if (p[i] >= 0xc2 && p[i] < 0xf5) {
            text->missing = p[i] < 0xe0 ? 1 : p[i] < 0xf0 ? 2 : 3;
            text->point = p[i] & (0x3fu >> text->missing);
        } else {
            done += put_point(text, wide, 0xfffd, out + done);
        }
    }
    return done;
}

size_t pst_text_flush(struct pst_text *text, bool wide, uint8_t *out)
{
    if (text->missing == 0)
        return 0;
    text->missing = 0;
    return put_point(text, wide, 0xfffd, out);
}

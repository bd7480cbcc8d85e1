/*
 * t_text.c - code pages, UTF-16, file names and locale ids.
 *
 * The independent side: bytes from the published mapping tables of Unicode and
 * from RFCs, the examples of Unicode 3.9 for ill-formed UTF-8, and the rules of
 * file names as systems document them.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

#define FFFD "\xef\xbf\xbd"

static struct pl_arena arena;
static struct pl_text *text;

static void begin(void)
{
    pl_arena_init(&arena, (size_t)64 << 20);
    text = pl_text_new();
    cr_assert(text);
}
static void end(void)
{
    pl_text_free(text);
    pl_arena_release(&arena);
}
TestSuite(text, .init = begin, .fini = end);

struct vector {
    unsigned page;
    const char *bytes, *utf8;
    unsigned replaced;
};

static const struct vector vectors[] = {
    {1252, "M\xfcller \x80 \x9f", "Müller € Ÿ", 0},
    {1252, "a\x81z", "a" FFFD "z", 1},
    {1250, "\xa3\xf3\xea", "Łóę", 0},
    {1251, "\xcf\xf0\xe8\xe2\xe5\xf2", "Привет", 0},
    {1253, "\xc1\xe8", "Αθ", 0},
    {1254, "\xdd\xfe", "İş", 0},
    {1255, "\xf9\xec\xe5\xed", "שלום", 0},
    {1256, "\xd3\xe1\xc7\xe3", "سلام", 0},
    {1257, "\xe0\xeb", "ąė", 0},
    {1258, "\xd0\xfe", "Đ₫", 0},
    {437, "\x81\xe1\x9b", "üß¢", 0},
    {850, "\x81\xd5", "üı", 0},
    {866, "\x8f\xe0", "Пр", 0},
    {874, "\xa1\xd2", "กา", 0},
    {932, "\x93\xfa\x96\x7b \xb1\\", "日本 ｱ\\", 0},
    {932, "a\x93", "a" FFFD, 1},
    {932, "\x87\x40", "①", 0},
    {936, "\xd6\xd0\xce\xc4\x80", "中文€", 0},
    {949, "\xc7\xd1\xb1\xdb", "한글", 0},
    {950, "\xa4\xa4\xa4\xe5", "中文", 0},
    {10000, "\x8a\xa7", "äß", 0},
    {20127, "a\xe4", "a" FFFD, 1},
    {20866, "\xf0\xd2", "Пр", 0},
    {21866, "\xa4\xb7", "єЇ", 0},
    {28592, "\xb1", "ą", 0},
    {28605, "\xa4", "€", 0},
    {50220, "\x1b$BF|K\\\x1b(B!", "日本!", 0},
    {51932, "\xc6\xfc\xcb\xdc", "日本", 0},
    {51949, "\xc7\xd1", "한", 0},
    {52936, "~{<:Ky2;S{#,NpJ)l6HK!#~}~~", "己所不欲，勿施於人。~", 0}, /* RFC 1843 */
    {54936, "\x81\x30\x81\x30\xd6\xd0", "\xc2\x80中", 0},
    {65000, "Hi Mom -+Jjo--!", "Hi Mom -\xe2\x98\xba-!", 0}, /* RFC 2152 */
    {65001, "\xf0\x9f\x98\x80\xc0\xaf", "\xf0\x9f\x98\x80" FFFD FFFD, 2},
    {65001,
     "a\xf1\x80\x80\xe1\x80\xc2"
     "b\x80"
     "c",
     "a" FFFD FFFD FFFD "b" FFFD "c", 4}, /* Unicode, table 3-8 */
    {37, "\xc8\x85\x93\x93\x96", "Hello", 0},
};

Test(text, code_pages_against_published_bytes)
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const struct vector *v = &vectors[i];
        unsigned replaced = 0;
        bool known;
        char *got =
            pl_text_codepage(text, &arena, v->page, (const uint8_t *)v->bytes, strlen(v->bytes), &replaced, &known);
        cr_expect(known, "%u", v->page);
        cr_expect_str_eq(got, v->utf8, "%u: %s", v->page, got);
        cr_expect_eq(replaced, v->replaced, "%u: %u replaced", v->page, replaced);
    }
}

Test(text, unknown_page_is_read_as_1252)
{
    unsigned replaced = 0;
    bool known = true;
    cr_expect_str_eq(pl_text_codepage(text, &arena, 12345, (const uint8_t *)"\xe4", 1, &replaced, &known), "ä");
    cr_expect(!known && replaced == 0);
    pl_text_codepage(text, &arena, 0x10000 + 1252, (const uint8_t *)"a", 1, &replaced, &known);
    cr_expect(!known);
}

Test(text, nul_at_the_end_goes_and_inside_is_replaced)
{
    unsigned replaced = 0;
    bool known;
    cr_expect_str_eq(pl_text_codepage(text, &arena, 932, (const uint8_t *)"a\0b\0\0", 5, &replaced, &known),
                     "a" FFFD "b");
    cr_expect_eq(replaced, 1);
    cr_expect_str_eq(pl_text_utf16(&arena, (const uint8_t *)"a\0\0\0b\0\0\0", 8, &replaced), "a" FFFD "b");
    cr_expect_eq(replaced, 2);
    cr_expect_str_eq(pl_text_utf16(&arena, (const uint8_t *)"", 0, &replaced), "");
}

Test(text, utf16_pairs_and_halves)
{
    static const uint8_t bytes[] = {0x3d, 0xd8, 0x00, 0xde, 'x',  0,    0x00, 0xde,
                                    0x3d, 0xd8, 'y',  0,    0x3d, 0xd8, 'z'};
    unsigned replaced = 0;
    cr_expect_str_eq(pl_text_utf16(&arena, bytes, sizeof bytes, &replaced),
                     "\xf0\x9f\x98\x80x" FFFD FFFD "y" FFFD FFFD);
    cr_expect_eq(replaced, 4);
    bool known;
    cr_expect_str_eq(pl_text_codepage(text, &arena, 1201, (const uint8_t *)"\0a\x20\xac", 4, &replaced, &known),
                     "a€");
}

/* One character of every kind at every place of a long text. */
Test(text, utf16_odd_units_anywhere)
{
    static const struct {
        uint8_t bytes[4];
        size_t size;
        const char *text;
    } rows[] = {{{0, 0}, 2, FFFD},
                {{0x7f, 0}, 2, "\x7f"},
                {{0x80, 0}, 2, "\xc2\x80"},
                {{0, 1}, 2, "\xc4\x80"},
                {{0xac, 0x20}, 2, "\u20ac"},
                {{0, 0x80}, 2, "\u8000"},
                {{0x3d, 0xd8, 0, 0xde}, 4, "\xf0\x9f\x98\x80"},
                {{0, 0xde}, 2, FFFD},
                {{'a', 0xff}, 2, "\uff61"}};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++)
        for (size_t before = 0; before < 70; before++) {
            uint8_t data[256] = {0};
            char expected[256] = "", *end = expected;
            size_t size = 0;
            unsigned replaced = 0;
            for (size_t i = 0; i < before + 5; i++) {
                if (i == before) {
                    memcpy(data + size, rows[r].bytes, rows[r].size);
                    size += rows[r].size;
                    end = stpcpy(end, rows[r].text);
                }
                data[size] = (uint8_t)(0x20 + i);
                size += 2;
                *end++ = (char)(0x20 + i);
            }
            cr_assert_str_eq(pl_text_utf16(&arena, data, size, &replaced), expected, "row %zu at %zu", r, before);
            pl_arena_reset(&arena);
        }
}

/* Whatever the page and the bytes: valid UTF-8 within the promised size, and the same again afterwards. */
Test(text, any_bytes_of_any_page_give_valid_utf8)
{
    static const uint8_t seeds[] = {0x1b, '$', 'B', '~', '{', '+', 'A', '(', 0x0e, 0x0f, 'J', 'I'};
    uint32_t x = 1;
    for (unsigned page = 0; page < 65536; page++) {
        uint8_t data[97];
        unsigned replaced = 0;
        bool known;
        for (size_t i = 0; i < sizeof data; i++) {
            x = x * 1664525 + 1013904223;
            data[i] = x >> 31 ? (uint8_t)(x >> 16) : seeds[(x >> 16) % sizeof seeds];
        }
        char *got = pl_text_codepage(text, &arena, page, data, sizeof data, &replaced, &known);
        cr_assert(got && pl_utf8_valid(got, strlen(got)), "%u", page);
        char first[1024];
        cr_assert_lt(strlen(got), sizeof first);
        strcpy(first, got);
        cr_assert_str_eq(pl_text_codepage(text, &arena, page, data, sizeof data, &replaced, &known), first, "%u",
                         page);
        pl_arena_reset(&arena);
    }
}

Test(text, utf8_validity_and_prefix)
{
    cr_expect(pl_utf8_valid("a\xf4\x8f\xbf\xbf", 5));
    cr_expect(!pl_utf8_valid("\xed\xa0\x80", 3) && !pl_utf8_valid("\xf4\x90\x80\x80", 4));
    cr_expect(!pl_utf8_valid("\xc1\x81", 2) && !pl_utf8_valid("abcdefgh\xe2\x82", 10));
    cr_expect_eq(pl_utf8_prefix("a€b", 5, 3), 1);
    cr_expect_eq(pl_utf8_prefix("a€b", 5, 4), 4);
    cr_expect_eq(pl_utf8_prefix("a€b", 5, 9), 5);
}

static const char *const names[][2] = {
    {"Kalender", "Kalender"},
    {"a/b\\c:d", "a_b_c_d"},
    {"..", "_"},
    {".", "_"},
    {"", "_"},
    {"../../etc", "_._.._etc"},
    {".hidden", "_hidden"},
    {"-rf", "_rf"},
    {" padded. . ", "padded"},
    {"con", "_con"},
    {"NUL.txt", "_NUL.txt"},
    {"com1 .x", "_com1 .x"},
    {"LPT\xc2\xb9", "_LPT\xc2\xb9"},
    {"console", "console"},
    {"com10", "com10"},
    {"a\tb\x7f\xc2\x85", "a_b__"},
    {"invoice\xe2\x80\xae"
     "fdp.exe",
     "invoicefdp.exe"},
    {"\xef\xbb\xbf", "_"},
    {"bad\xff\xc3", "bad__"},
    {"日本", "日本"},
};

Test(text, file_names)
{
    char out[128], wide[400] = "";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        pl_text_filename(names[i][0], out);
        cr_expect_str_eq(out, names[i][1], "%s: %s", names[i][0], out);
    }
    for (int i = 0; i < 100; i++)
        strcat(wide, "€");
    pl_text_filename(wide + 0, out);
    cr_expect_eq(strlen(out), 120);
    wide[0] = 'x';
    wide[1] = 'y';
    wide[2] = 'z';
    wide[3] = 'w';
    memmove(wide + 4, "€€", 6);
    pl_text_filename(wide, out);
    cr_expect(strlen(out) <= 120 && pl_utf8_valid(out, strlen(out)));
}

Test(text, locale_ids)
{
    static const unsigned pairs[][2] = {
        {0x0407, 1252}, {0x0409, 1252}, {0x0411, 932},  {0x0804, 936},  {0x0404, 950},  {0x0412, 949},
        {0x041e, 874},  {0x0419, 1251}, {0x0415, 1250}, {0x041f, 1254}, {0x040d, 1255}, {0x0401, 1256},
        {0x0425, 1257}, {0x042a, 1258}, {0x0408, 1253}, {0x0c1a, 1251}, {0x081a, 1250}, {0x10407, 1252},
        {0x0439, 0},    {0, 0},         {0x0400, 0},    {0x042c, 1254}, {0x082c, 1251},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        cr_expect_eq(pl_codepage_of_lcid(pairs[i][0]), pairs[i][1], "%#x", pairs[i][0]);
}

/*
 * t_contentline.c - folding, escaping, parameters and base64, against the texts of
 * RFC 5545 3.1, 3.3.11, RFC 6868 3 and RFC 4648 10.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contentline.h"
#include "lib_item.h"

struct file {
    struct made made;
    struct pl_output *output;
    struct pl_sink sink;
    char dir[64];
};

static void file_open(struct file *f)
{
    const char *why;
    memset(f, 0, sizeof *f);
    strcpy(f->dir, "/tmp/pimlift-line-XXXXXX");
    cr_assert(mkdtemp(f->dir));
    cr_assert(pl_output_open(f->dir, false, &f->output, &why) == PL_OK);
    cr_assert(pl_output_fixed(f->output, "x", &f->sink) == PL_OK);
}

static char *file_text(struct file *f)
{
    struct written w;
    char command[128];
    cr_assert(pl_sink_commit(&f->sink) == PL_OK);
    pl_sink_abort(&f->sink);
    pl_output_close(f->output);
    memcpy(w.dir, f->dir, sizeof w.dir);
    char *text = written_text(&w, "x");
    snprintf(command, sizeof command, "rm -rf '%s'", f->dir);
    cr_assert(system(command) == 0);
    return text;
}

static void check_text(const char *value, const char *expected)
{
    struct file f;
    file_open(&f);
    pl_line_put_text(&f.sink, "SUMMARY", value);
    char *text = file_text(&f);
    cr_assert_str_eq(text, expected);
    free(text);
}

#define FILLER                                                                                                     \
    "0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789 abcdefghijklmnopqrstuvwxyz"

/* Appends text in pieces of `size` octets that stay together; *used: octets of the row. RFC 5545 3.1 */
static void fold(char *to, size_t *used, const char *text, size_t size)
{
    for (to += strlen(to); *text; text += size, *used += size) {
        if (*used + size > 75) {
            to = stpcpy(to, "\r\n ");
            *used = 1;
        }
        memcpy(to, text, size);
        to += size;
    }
    *to = '\0';
}

Test(contentline, text)
{
    check_text("a", "SUMMARY:a\r\n");
    check_text("", "SUMMARY:\r\n");
    /* RFC 5545 3.3.11, the example */
    check_text("Project XYZ Final Review\nConference Room - 3B\nCome Prepared.",
               "SUMMARY:Project XYZ Final Review\\nConference Room - 3B\\nCome Prepared.\r\n");
    check_text("a;b,c\\d:e\"f", "SUMMARY:a\\;b\\,c\\\\d:e\"f\r\n");
    check_text("a\tb\x01\x7f\rc", "SUMMARY:a\tbc\r\n");
    check_text("\xff\xe2\x82z\xc0\xaf",
               "SUMMARY:\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd\r\n");
}

/* Every length around the fold, with characters of 1 to 4 octets and escapes: no row over 75
 * octets, none split inside a character, and the unfolded text is what went in. */
Test(contentline, folds)
{
    static const char *const units[] = {"x", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
    for (size_t u = 0; u < 4; u++)
        for (size_t n = 1; n < 200; n++) {
            struct file f;
            char value[1024] = "";
            for (size_t i = 0; i < n; i++)
                strcat(value, units[u]);
            file_open(&f);
            pl_line_put_raw(&f.sink, "N", value);
            char *text = file_text(&f), *out = calloc(1, strlen(text) + 1), *to = out;
            for (const char *row = text; *row;) {
                const char *end = strstr(row, "\r\n");
                cr_assert(end && end - row <= 75);
                cr_assert(pl_utf8_valid(row, (size_t)(end - row)));
                const char *start = row == text ? row : row + 1;
                cr_assert(row == text || *row == ' ');
                memcpy(to, start, (size_t)(end - start));
                to += end - start;
                row = end + 2;
            }
            cr_assert(!strncmp(out, "N:", 2));
            cr_assert_str_eq(out + 2, value);
            free(out);
            free(text);
        }
}

/* One character, of every kind, at every place among plain ones: as a writer would do it that looks at one octet
 * after the other. */
Test(contentline, odd_characters_anywhere)
{
    static const struct {
        const char *in, *out;
    } rows[] = {{",", "\\,"},
                {";", "\\;"},
                {"\\", "\\\\"},
                {"\n", "\\n"},
                {"\t", "\t"},
                {"\x1f", ""},
                {"\x7f", ""},
                {"\xc2\x9f", ""},
                {"\xff", "\xef\xbf\xbd"},
                {"~", "~"},
                {"\xc3\xa9", "\xc3\xa9"}};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        struct file f;
        char *expected = calloc(90, 300), *end = expected;
        file_open(&f);
        for (int before = 0; before < 90; before++) {
            char value[256], begin[128];
            size_t used = strlen("SUMMARY:");
            snprintf(begin, sizeof begin, "%.*s", before, FILLER);
            snprintf(value, sizeof value, "%s%s%s", begin, rows[r].in, &FILLER[70]);
            pl_line_put_text(&f.sink, "SUMMARY", value);
            end = stpcpy(end, "SUMMARY:");
            fold(end, &used, begin, 1);
            fold(end, &used, rows[r].out, strlen(rows[r].out));
            fold(end, &used, &FILLER[70], 1);
            end = stpcpy(end + strlen(end), "\r\n");
        }
        char *text = file_text(&f);
        cr_assert_str_eq(text, expected, "row %zu", r);
        free(text);
        free(expected);
    }
}

Test(contentline, parameters)
{
    struct file f;
    struct pl_line l;
    file_open(&f);
    pl_line_begin(&l, &f.sink, "ATTENDEE");
    pl_line_param(&l, "CN", "George Herman \"Babe\" Ruth"); /* RFC 6868 3.1 */
    pl_line_param(&l, "X", "a^b\nc;d");
    pl_line_value(&l);
    pl_line_raw(&l, "mailto:babe@example.com");
    pl_line_end(&l);
    char *text = file_text(&f);
    cr_assert_str_eq(text,
                     "ATTENDEE;CN=George Herman ^'Babe^' Ruth;X=\"a^^b^nc;d\":mailto:babe@example.c\r\n om\r\n");
    free(text);
}

static void check_base64(const char *data, size_t step, const char *expected)
{
    struct file f;
    struct pl_line l;
    file_open(&f);
    pl_line_begin(&l, &f.sink, "A");
    pl_line_value(&l);
    for (size_t at_byte = 0; at_byte < strlen(data); at_byte += step)
        pl_line_base64(&l, data + at_byte, strlen(data) - at_byte < step ? strlen(data) - at_byte : step);
    pl_line_base64_end(&l);
    pl_line_end(&l);
    char *text = file_text(&f);
    cr_assert(!strncmp(text, "A:", 2) && !strncmp(text + 2, expected, strlen(expected)));
    cr_assert_str_eq(text + 2 + strlen(expected), "\r\n");
    free(text);
}

Test(contentline, base64)
{
    static const char *const vectors[][2] = {{"", ""},
                                             {"f", "Zg=="},
                                             {"fo", "Zm8="},
                                             {"foo", "Zm9v"},
                                             {"foob", "Zm9vYg=="},
                                             {"fooba", "Zm9vYmE="},
                                             {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < 7; i++)
        for (size_t step = 1; step <= 6; step++)
            check_base64(vectors[i][0], step, vectors[i][1]);
}

/*
 * t_jsonread.c - JSON read back: what is JSON and what is not, as RFC 8259 has it.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jsonl.h"
#include "jsonread.h"

static struct pl_arena arena;
static void setup(void) { pl_arena_init(&arena, 1 << 20); }
static void teardown(void) { pl_arena_release(&arena); }
TestSuite(jsonread, .init = setup, .fini = teardown);

/* From a copy without a byte more, so that a sanitizer sees what is read behind it. */
static const struct pl_json *parse(const char *text)
{
    size_t size = strlen(text);
    char *exact = malloc(size ? size : 1);
    memcpy(exact, text, size);
    const struct pl_json *v = pl_json_parse(&arena, exact, size);
    free(exact);
    return v;
}

Test(jsonread, values)
{
    const struct pl_json *v =
        parse(" {\"a\": [1, -2, 3.9e2, true, false, null], \"b\":{\"c\":\"x\"},\"b2\":\"\"} ");
    cr_assert_not_null(v);
    const struct pl_json *list = pl_json_member(v, "a")->child;
    cr_assert(list->number == 1 && list->next->number == -2 && list->next->next->number == 3);
    cr_assert_str_eq(pl_json_text_of(pl_json_member(v, "b"), "c"), "x");
    cr_assert_str_eq(pl_json_text_of(v, "b2"), "");
    cr_assert_null(pl_json_text_of(v, "a"));
    cr_assert_eq(pl_json_number_of(v, "none", 7), 7);
    cr_assert_not(pl_json_true_of(v, "a"));
    cr_assert_eq(parse("123456789012345678901234567890")->number, INT64_MAX);
}

Test(jsonread, numbers_that_are_none)
{
    static const char *const inexact[] = {"1.5", "1.0", "1e2", "1E+0", "-3e-1", "9223372036854775808"};
    static const char *const exact[] = {"1", "0", "-1", "9223372036854775807", "-9223372036854775807"};
    for (size_t i = 0; i < sizeof inexact / sizeof *inexact; i++)
        cr_expect(parse(inexact[i])->inexact, "%s", inexact[i]);
    for (size_t i = 0; i < sizeof exact / sizeof *exact; i++)
        cr_expect(!parse(exact[i])->inexact, "%s", exact[i]);
    cr_assert_eq(pl_json_number_of(parse("{\"n\":7.5}"), "n", 3), 3);
}

Test(jsonread, texts)
{
    cr_assert_str_eq(parse("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u96ea\\ud83d\\ude00\"")->text,
                     "\"\\/\b\f\n\r\té雪😀");
}

Test(jsonread, what_is_none)
{
    static const char *const bad[] = {"",
                                      " ",
                                      "{",
                                      "[",
                                      "\"",
                                      "\"\\",
                                      "\"\\u12",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "{a:1}",
                                      "[1,]",
                                      "{\"a\":1,}",
                                      "[1 2]",
                                      "01",
                                      "-",
                                      "1.",
                                      "1e",
                                      "+1",
                                      ".5",
                                      "nul",
                                      "truefalse",
                                      "1 1",
                                      "{} x",
                                      "\"a\nb\"",
                                      "\"\\x\"",
                                      "\"\\ud800\"",
                                      "\"\\ud800\\u0041\"",
                                      "\"\\udc00\"",
                                      "\"\\u0000\"",
                                      "\"\xff\"",
                                      "'a'",
                                      "[1]]",
                                      "NaN",
                                      "\"\\\""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_null(parse(bad[i]), "%s", bad[i]);
}

Test(jsonread, depth_has_a_limit)
{
    char deep[200001];
    memset(deep, '[', 100000);
    memset(deep + 100000, ']', 100000);
    deep[200000] = '\0';
    cr_assert_null(parse(deep));
    cr_assert_not_null(parse("[[[[[[[[[[]]]]]]]]]]"));
}

/* Every cut of a line is no JSON; what the writer makes of any text comes back. */
Test(jsonread, there_and_back)
{
    struct pl_buf b;
    pl_buf_init(&b, 1 << 16);
    struct pl_jsonl j = {.buf = &b};
    pl_jsonl_begin(&j, NULL);
    pl_jsonl_text(&j, "q\"\\\n", "é\"雪\"😀\\\x01 end");
    pl_jsonl_integer(&j, "n", INT64_MIN + 1);
    pl_jsonl_end(&j);
    const struct pl_json *v = pl_json_parse(&arena, b.data, b.size);
    cr_assert_str_eq(pl_json_text_of(v, "q\"\\\n"), "é\"雪\"😀\\\x01 end");
    cr_assert_eq(pl_json_number_of(v, "n", 0), INT64_MIN + 1);
    for (size_t n = 0; n < b.size; n++)
        cr_assert_null(pl_json_parse(&arena, b.data, n));
    pl_buf_release(&b);
}

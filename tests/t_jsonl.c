/*
 * t_jsonl.c - JSON text, read back by Python.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "jsonl.h"
#include "lib_item.h"

static const char *text_of(struct pl_buf *b, const char *text)
{
    pl_buf_clear(b);
    pl_json_text(b, text);
    return b->data;
}

Test(jsonl, texts)
{
    struct pl_buf b;
    pl_buf_init(&b, 4096);
    cr_assert_str_eq(text_of(&b, NULL), "null");
    cr_assert_str_eq(text_of(&b, ""), "\"\"");
    /* a quote behind characters of two, three and four bytes */
    cr_assert_str_eq(text_of(&b, "é\"雪\"😀\"\\"), "\"é\\u0022雪\\u0022😀\\u0022\\u005c\"");
    cr_assert_str_eq(text_of(&b, "a\nb\x7f"), "\"a\\u000ab\\u007f\"");
    /* bytes that are no UTF-8, and a character cut at the end */
    cr_assert_str_eq(text_of(&b, "\xff\xc3\"\xe9\x9b"),
                     "\"\xef\xbf\xbd\xef\xbf\xbd\\u0022\xef\xbf\xbd\xef\xbf\xbd\"");
    pl_buf_release(&b);
}

Test(jsonl, a_line)
{
    struct pl_buf b;
    uint8_t bytes[] = {0, 255, 16, 1};
    pl_buf_init(&b, 4096);
    struct pl_jsonl j = {.buf = &b};
    pl_jsonl_begin(&j, NULL);
    pl_jsonl_text(&j, "text", "x");
    pl_jsonl_list(&j, "list");
    for (size_t n = 1; n <= 4; n++)
        pl_jsonl_base64(&j, NULL, (struct pl_bytes){bytes, n});
    pl_jsonl_list_end(&j);
    pl_jsonl_hex(&j, "hex", (struct pl_bytes){bytes, 4});
    pl_jsonl_hex(&j, "none", (struct pl_bytes){0});
    pl_jsonl_utc(&j, "at", 1706688000);
    pl_jsonl_utc(&j, "never", 0);
    pl_jsonl_bool(&j, "yes", true);
    pl_jsonl_integer(&j, "less", -5);
    pl_jsonl_begin(&j, "empty");
    pl_jsonl_end(&j);
    pl_jsonl_end(&j);
    cr_assert_not(b.failed);
    int judged = judged_by_python(
        b.data, "import json, base64\no = json.load(f)",
        "o == {'text': 'x', 'list': [base64.b64encode(bytes([0, 255, 16, 1][:n])).decode() for n in (1, 2, 3, 4)],"
        " 'hex': '00ff1001', 'none': None, 'at': '2024-01-31T08:00:00Z', 'never': None, 'yes': True, 'less': -5,"
        " 'empty': {}}");
    pl_buf_release(&b);
    if (judged < 0)
        cr_skip_test("no Python with vobject");
    cr_assert_eq(judged, 1);
}

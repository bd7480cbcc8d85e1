/*
 * t_rtf.c - compressed RTF and what it wraps: the examples of [MS-OXRTFCP] 4.1 and 4.2,
 * the rules of [MS-OXRTFEX], and texts whose plain form is written out beside them.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "lib_fault.h"
#include "lib_vec.h"
#include "memory.h"
#include "rtf.h"

#define HELLO                                                                                                      \
    "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232"                                                   \
    "0af32068656c090020627705b06c647d0a800fa0"
#define CROSSING "1a0000001c0000004c5a4675e2d44b5141000420575859 5a0d6e7d010eb0"

static enum pl_rtf_fault expand(const char *hex, struct pl_buf *out)
{
    struct vec v = vec_hex(hex);
    pl_buf_init(out, 1 << 20);
    enum pl_rtf_fault fault = pl_rtf_decompress(v.data, v.size, out);
    vec_free(&v);
    return fault;
}

Test(rtf, examples_of_the_specification)
{
    struct pl_buf b;
    cr_assert_eq(expand(HELLO, &b), PL_RTF_OK);
    cr_assert_str_eq(b.data, "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
    pl_buf_release(&b);
    cr_assert_eq(expand(CROSSING, &b), PL_RTF_OK);
    cr_assert_str_eq(b.data, "{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}");
    pl_buf_release(&b);
}

Test(rtf, uncompressed)
{
    struct pl_buf b;
    cr_assert_eq(expand("10000000040000004d454c4100000000"
                        "7b7d4142",
                        &b),
                 PL_RTF_OK);
    cr_assert_str_eq(b.data, "{}AB");
    pl_buf_release(&b);
    cr_assert_eq(expand("10000000090000004d454c4100000000"
                        "7b7d4142",
                        &b),
                 PL_RTF_CUT);
    pl_buf_release(&b);
}

Test(rtf, damaged)
{
    struct pl_buf b;
    struct vec v = vec_hex(HELLO);
    for (size_t n = 0; n < v.size; n++) {
        pl_buf_init(&b, 1 << 16);
        enum pl_rtf_fault fault = pl_rtf_decompress(v.data, n, &b);
        cr_assert_eq(fault, n < 16 ? PL_RTF_NOT : PL_RTF_CUT, "%zu", n);
        pl_buf_release(&b);
    }
    v.data[12] ^= 1;
    pl_buf_init(&b, 1 << 16);
    cr_assert_eq(pl_rtf_decompress(v.data, v.size, &b), PL_RTF_CRC);
    cr_assert_eq(b.size, 43);
    pl_buf_release(&b);
    pl_buf_init(&b, 20); /* the maximum holds */
    (void)pl_rtf_decompress(v.data, v.size, &b);
    cr_assert(b.failed && b.size <= 20);
    pl_buf_release(&b);
    vec_free(&v);
}

static void text_is(const char *rtf, enum pl_rtf_kind kind, const char *wanted)
{
    struct pl_text *t = pl_text_new();
    struct pl_buf b;
    unsigned replaced = 0;
    pl_buf_init(&b, 1 << 20);
    enum pl_rtf_kind got = pl_rtf_text(t, rtf, strlen(rtf), &b, &replaced);
    cr_expect_eq(got, kind);
    cr_expect_str_eq(b.data ? b.data : "", wanted);
    pl_buf_release(&b);
    pl_text_free(t);
}

#define HTML_HEAD                                                                                                  \
    "{\\rtf1\\ansi\\ansicpg1251\\fromhtml1 \\deff0{\\fonttbl{\\f0\\fswiss Arial;}{\\f1\\fmodern\\fcharset128 G;}}"

Test(rtf, html)
{
    text_is(
        "{\\rtf1\\ANSI\\ansicpg1251\\fromhtml1 \\deff0"
        "{\\fonttbl {\\f0\\fmodern Courier New;}{\\f1\\fswiss Arial;}{\\f2\\fswiss\\fcharset0 Arial;}}"
        "{\\colortbl\\red0\\green0\\blue0;\\red0\\green0\\blue255;}{\\*\\htmltag64}\\uc1\\pard\\plain\\deftab360"
        "\\f0\\fs24{\\*\\htmltag <HTML><head>\\par<style>\\par<!--\\par /* Font Definitions */\\par\\tab @page"
        "\\par\\{\\par\\tab size:8.5in;\\par\\}-->}{\\*\\htmltag <BODY>}\\htmlrtf {\\f2 \\htmlrtf0 "
        "{\\*\\htmltag64 <P>}text {\\*\\htmltag92 <B>}\\htmlrtf {\\b \\htmlrtf0 bold{\\*\\htmltag84 &nbsp;}"
        "\\htmlrtf \\'a0\\htmlrtf0{\\*\\htmltag84 </B>}\\htmlrtf }\\htmlrtf0{\\*\\mhtmltag72 </P>}\\par}}",
        PL_RTF_HTML,
        "<HTML><head>\n<style>\n<!--\n/* Font Definitions */\n\t@page\n{\n\tsize:8.5in;\n}--><BODY><P>text "
        "<B>bold&nbsp;</B>\n");
}

Test(rtf, html_code_pages)
{
    /* Outside of tags the font's page, inside the document's. */
    text_is(HTML_HEAD "{\\*\\htmltag <b>}\\htmlrtf {\\f1 \\htmlrtf0 \\'93\\'fa\\'96\\'7b\\htmlrtf }\\htmlrtf0"
                      "{\\*\\htmltag <i title=\\'cf>}\\'d0\\lquote x\\rquote\\~}",
            PL_RTF_HTML, "<b>\xE6\x97\xA5\xE6\x9C\xAC<i title=\xD0\x9F>\xD0\xA0&lsquo;x&rsquo;&nbsp;");
}

Test(rtf, plain_text)
{
    text_is("{\\rtf1\\ansi\\fromtext \\fbidi \\deff0{\\fonttbl{\\f0\\fswiss Arial;}}{\\*\\generator X;}"
            "{\\colortbl;\\red0\\green0\\blue0;}\\uc1\\pard\\plain\\deftab360 \\f0\\fs20 one\\par two {\\b three}"
            "\\tab 4\\par }",
            PL_RTF_PLAIN, "one\ntwo three\t4\n");
    text_is("{\\rtf1\\ansi{\\info{\\title T}}{\\stylesheet{\\s0 Normal;}}{\\pict\\wmetafile8 0102}"
            "{\\field{\\*\\fldinst HYPERLINK x}{\\fldrslt link}}{\\*\\unknown gone {also} }!\\{\\\\\\}}",
            PL_RTF_PLAIN, "link!{\\}");
}

Test(rtf, unicode)
{
    text_is("{\\rtf1\\ansi\\u8364?\\uc2\\u-10179\\'3f\\'3f\\u-8704??x{\\uc0\\u233 e}\\u233??}", PL_RTF_PLAIN,
            "\xE2\x82\xAC\xF0\x9F\x98\x80x\xC3\xA9"
            "e\xC3\xA9");
    text_is("{\\rtf1\\uc0\\u-10179 x\\u-8704 }", PL_RTF_PLAIN, "\xEF\xBF\xBDx\xEF\xBF\xBD");
}

Test(rtf, second_byte_as_a_letter)
{
    text_is("{\\rtf1{\\fonttbl{\\f0\\fcharset128 X;}}\\f0\\'83A\\'83\\\\\\bin3 {}\\x}", PL_RTF_PLAIN,
            "\xE3\x82\xA2\xE3\x82\xBDx");
}

Test(rtf, depth_without_end)
{
    size_t n = 200000;
    char *deep = malloc(n + 8);
    memset(deep, '{', n);
    strcpy(deep + n, "x");
    text_is(deep, PL_RTF_PLAIN, "x");
    memset(deep, '}', n);
    text_is(deep, PL_RTF_PLAIN, "x");
    free(deep);
}

static void html_is(const char *html, const char *wanted)
{
    struct pl_buf b;
    pl_buf_init(&b, 1 << 20);
    pl_html_text(html, strlen(html), &b);
    cr_expect_str_eq(b.data ? b.data : "", wanted);
    pl_buf_release(&b);
}

Test(html, blocks_and_spaces)
{
    html_is("<html><head><title>T</title><style>p {}</style></head><body>\r\n <p class=MsoNormal>One  <b>two</b>\n"
            "three</p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class='MsoNormal'>four<br>five</p></body>",
            "One two three\n\nfour\nfive");
    html_is("<ul><li>a</li><li>b<li>c</ul>d", "* a\n* b\n* c\nd");
    html_is("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc");
    html_is("<p>a</p><p>b</p>", "a\n\nb");
    html_is("x<pre>a  b\n c</pre>d", "x\na  b\n c\nd");
}

Test(html, entities)
{
    html_is("&lt;&amp;&gt;&quot;&#8364;&#x20ac;&#128;&euro;&eacute;&Eacute;&nosuch;&#xD800;",
            "<&>\"\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xC3\xA9\xC3\x89&nosuch;\xEF\xBF\xBD");
    html_is("a & b &amp b", "a & b & b");
}

Test(html, links_and_comments)
{
    html_is("<a href=\"https://x.example/?a=1&amp;b=2\">Join</a> now", "Join <https://x.example/?a=1&b=2> now");
    html_is("<a href='https://x.example'>https://x.example</a>", "https://x.example");
    html_is("<a href=\"mailto:a@b\">A</a><!-- <b> --> 1 < 2 <!--[if x]>y<![endif]-->", "A 1 < 2");
    html_is("<script>if (a<b) x</script >t<style>", "t");
}

Test(html, broken)
{
    html_is("", "");
    html_is("<", "<");
    html_is("a<b title=\"x", "a");
    html_is("<!-- open", "");
}

/* A text that is cut because memory was short is not taken for one that is so. */
Test(rtf, memory_that_is_short_is_told)
{
    static const char rtf[] = "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}";
    struct pl_text *t = pl_text_new();
    long n = 1;
    cr_assert(t);
    for (;; n++) {
        struct pl_buf out;
        unsigned replaced = 0;
        uint64_t before = pl_memory_misses();
        pl_buf_init(&out, 1 << 20);
        fault_alloc(n, 0);
        (void)pl_rtf_text(t, rtf, sizeof rtf - 1, &out, &replaced);
        long asked = fault_alloc_count();
        fault_alloc(0, 0);
        pl_buf_release(&out);
        if (asked < n)
            break;
        cr_expect_gt(pl_memory_misses(), before, "allocation %ld", n);
    }
    cr_expect_gt(n, 1);
    pl_text_free(t);
}

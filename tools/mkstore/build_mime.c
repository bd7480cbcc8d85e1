/*
 * build_mime.c - `stream` with `calendar`: a MIME message around iCalendar, as mail brought it to a server.
 *
 * RFC 2045 6.7 and 6.8 (quoted-printable, base64), RFC 2046 5.1 (multipart), RFC 5545 3.1 (folding). On request its
 * pages do not follow each other, or end early: what a streaming file holds of mail that was deleted.
 */
#include <iconv.h>
#include <string.h>

#include "build.h"

enum { PAGE = 4096, COLUMNS = 76, OCTETS = 75 };
enum { BASE64, QUOTED, EIGHT };

struct mime {
    struct ms_build *b;
    struct ms_node *node;
    int coding;
    const char *charset;
    bool alone, apart, cut;
};

static void puts_of(struct ms_bytes *out, const char *text) { ms_put(out, text, strlen(text)); }

/* Lines end with CR LF and are folded between characters. */
static void put_folded(struct ms_bytes *out, const char *text)
{
    size_t column = 0;
    for (; *text; text++) {
        bool begins = ((unsigned char)*text & 0xc0) != 0x80;
        if (*text == '\n') {
            puts_of(out, "\r\n");
            column = 0;
            continue;
        }
        if (begins && column + 4 > OCTETS) {
            puts_of(out, "\r\n ");
            column = 1;
        }
        ms_put8(out, (unsigned char)*text);
        column++;
    }
    puts_of(out, "\r\n");
}

static bool converted(const struct mime *m, const struct ms_bytes *from, struct ms_bytes *out)
{
    iconv_t converter = iconv_open(m->charset, "UTF-8");
    size_t left = from->size, room = from->size * 4 + 16, all = room;
    char *data = ms_alloc(&m->b->mem, room), *to = data, *at = (char *)from->data;
    if (converter == (iconv_t)-1)
        return false;
    bool good = iconv(converter, &at, &left, &to, &room) != (size_t)-1;
    iconv_close(converter);
    ms_put(out, data, all - room);
    return good;
}

static void put_base64(struct ms_bytes *out, const struct ms_bytes *from)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t column = 0;
    for (size_t i = 0; i < from->size; i += 3) {
        size_t n = from->size - i < 3 ? from->size - i : 3;
        uint32_t v = (uint32_t)from->data[i] << 16;
        v |= n > 1 ? (uint32_t)from->data[i + 1] << 8 : 0;
        v |= n > 2 ? from->data[i + 2] : 0;
        for (size_t k = 0; k < 4; k++)
            ms_put8(out, k <= n ? (unsigned char)letters[v >> (18 - 6 * k) & 63] : '=');
        column += 4;
        if (column == COLUMNS && i + 3 < from->size) {
            puts_of(out, "\r\n");
            column = 0;
        }
    }
    puts_of(out, "\r\n");
}

static void put_quoted(struct ms_bytes *out, const struct ms_bytes *from)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t column = 0;
    for (size_t i = 0; i < from->size; i++) {
        uint8_t c = from->data[i];
        if (c == '\r' || c == '\n') {
            ms_put8(out, c);
            column = 0;
            continue;
        }
        bool coded = c == '=' || c < 0x20 || c > 0x7e;
        if (column + 4 > COLUMNS) {
            puts_of(out, "=\r\n");
            column = 0;
        }
        if (!coded) {
            ms_put8(out, c);
            column++;
            continue;
        }
        ms_put8(out, '=');
        ms_put8(out, (unsigned char)digits[c >> 4]);
        ms_put8(out, (unsigned char)digits[c & 15]);
        column += 3;
    }
}

static void put_part(const struct mime *m, const struct ms_bytes *body, struct ms_bytes *out)
{
    static const char *const codings[] = {"base64", "quoted-printable", "8bit"};
    puts_of(out, ms_text(&m->b->mem,
                         "Content-Type: text/calendar; method=REQUEST;\r\n\tcharset=\"%s\"\r\n"
                         "Content-Transfer-Encoding: %s\r\n\r\n",
                         m->charset, codings[m->coding]));
    if (m->coding == BASE64)
        put_base64(out, body);
    else if (m->coding == QUOTED)
        put_quoted(out, body);
    else
        ms_put(out, body->data, body->size);
}

static bool put_message(const struct mime *m, const char *text, struct ms_bytes *out)
{
    struct ms_bytes lines = {.mem = &m->b->mem}, body = {.mem = &m->b->mem};
    put_folded(&lines, text);
    if (!converted(m, &lines, &body)) {
        ms_fail(m->b->recipe, m->node, "`%s` has not all of these characters", m->charset);
        return false;
    }
    puts_of(out, "Received: from mail.example.net by mail.example.org\r\nFrom: kunde@example.net\r\n"
                 "Subject: An invitation\r\nMIME-Version: 1.0\r\n");
    if (m->alone) {
        put_part(m, &body, out);
        return true;
    }
    const char *boundary = ms_text(&m->b->mem, "----=_Part_%d_%016llx", m->node->line,
                                   (unsigned long long)ms_mix(m->b->store.seed, (uint64_t)m->node->line));
    puts_of(out, ms_text(&m->b->mem,
                         "Content-Type: multipart/alternative; boundary=\"%s\"\r\n\r\n--%s\r\n"
                         "Content-Type: text/plain; charset=us-ascii\r\n\r\nYou are invited.\r\n--%s\r\n",
                         boundary, boundary, boundary));
    put_part(m, &body, out);
    puts_of(out, ms_text(&m->b->mem, "--%s--\r\n", boundary));
    return true;
}

static int write_pages(const struct mime *m, const struct ms_bytes *message)
{
    static const char other[] = "X-Another-Message: of whom nobody knows\r\n";
    struct ms_build *b = m->b;
    struct ms_bytes page = {.mem = &b->mem};
    if (message->size <= PAGE && (m->apart || m->cut)) {
        ms_fail(b->recipe, m->node, "a message of one page has nothing to lose");
        return 0;
    }
    if (!m->apart && !m->cut)
        return b->ops->stream(b->writer, message->data, message->size);
    while (page.size + sizeof other <= PAGE)
        puts_of(&page, other);
    int failed = b->ops->stream(b->writer, message->data, PAGE);
    if (!failed && m->apart)
        failed = b->ops->stream(b->writer, page.data, page.size) ||
                 b->ops->stream(b->writer, message->data + PAGE, message->size - PAGE);
    return failed;
}

bool ms_build_calendar(struct ms_build *b, struct ms_node *n)
{
    static const char *const codings[] = {"base64", "quoted-printable", "8bit", NULL};
    struct ms_node *how = ms_child(n, "calendar");
    struct ms_bytes message = {.mem = &b->mem};
    struct ms_words w;
    if (!how)
        return false;
    ms_words(b->recipe, &b->mem, how, &w);
    struct mime m = {.b = b, .node = how};
    m.coding = ms_choice(b->recipe, how, ms_word(&w), codings);
    m.charset = ms_word(&w);
    m.alone = ms_child_flag(b->recipe, n, "alone", false);
    m.apart = ms_child_flag(b->recipe, n, "apart", false);
    m.cut = ms_child_flag(b->recipe, n, "cut", false);
    const char *text = ms_child_text(b->recipe, &b->mem, n, "text");
    ms_check_used(b->recipe, n);
    if (b->recipe->failed || !text || !b->ops->stream || !put_message(&m, text, &message))
        return true;
    if (write_pages(&m, &message))
        b->recipe->failed = b->output_failed = true;
    ms_stream_keep(b, text, true, !m.apart && !m.cut);
    return true;
}

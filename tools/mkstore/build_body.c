/*
 * build_body.c - bodies as plain text, HTML, and compressed RTF.
 *
 * [MS-OXRTFCP] for the compression (an own small compressor and the CRC), [MS-OXRTFEX]
 * for HTML inside of RTF. In the recipe: `body`, `html`, `rtf-text` (plain text written
 * as RTF), `rtf-html` (HTML encapsulated in RTF), `rtf` (RTF as it stands, no escapes).
 */
#include <stdio.h>
#include <string.h>

#include "build.h"

#define WINDOW 4096u

/* The 207 bytes that both sides begin with, [MS-OXRTFCP] 2.1.2.1. */
static const char preset[] =
    "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    "\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    "\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

static uint32_t crc_of(const uint8_t *data, size_t size)
{
    uint32_t crc = 0;
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return crc;
}

/* The longest earlier text that goes on like data[at]; all: preset and data in one piece. */
static size_t longest(const uint8_t *all, size_t at, size_t size, size_t *where)
{
    size_t best = 0, most = size - at < 17 ? size - at : 17;
    for (size_t from = at > WINDOW - 17 ? at - (WINDOW - 17) : 0; from < at; from++) {
        size_t same = 0;
        while (same < most && from + same < at && all[from + same] == all[at + same])
            same++;
        if (same > best) {
            best = same;
            *where = from;
        }
    }
    return best;
}

static void compress_runs(struct ms_bytes *out, const uint8_t *all, size_t begin, size_t size)
{
    size_t at = begin, control = 0;
    bool done = false;
    for (unsigned bit = 0; !done; bit = (bit + 1) % 8) {
        if (!bit) {
            control = out->size;
            ms_put8(out, 0);
        }
        size_t where = 0, same = at < size ? longest(all, at, size, &where) : 0;
        if (at < size && same < 2) {
            ms_put8(out, all[at++]);
            continue;
        }
        done = at >= size;
        unsigned offset = (unsigned)((done ? at : where) % WINDOW);
        unsigned pair = done ? offset << 4 : offset << 4 | (unsigned)(same - 2);
        out->data[control] |= (uint8_t)(1u << bit);
        ms_put8(out, pair >> 8);
        ms_put8(out, pair & 0xff);
        at += done ? 0 : same;
    }
}

static void put_rtf(struct ms_build *b, struct ms_draft *d, const struct ms_bytes *rtf)
{
    static const char *const forms[] = {"compressed", "plain", NULL};
    bool plain = ms_child_choice(b->recipe, d->node, "rtf-form", forms, 0) == 1;
    struct ms_bytes runs = {.mem = &b->mem}, all = {.mem = &b->mem}, out = {.mem = &b->mem};
    ms_put(&all, preset, sizeof preset - 1);
    ms_put(&all, rtf->data, rtf->size);
    if (plain)
        ms_put(&runs, rtf->data, rtf->size);
    else
        compress_runs(&runs, all.data, sizeof preset - 1, all.size);
    ms_put32(&out, (uint32_t)runs.size + 12);
    ms_put32(&out, (uint32_t)rtf->size);
    ms_put(&out, plain ? "MELA" : "LZFu", 4);
    ms_put32(&out, plain ? 0 : crc_of(runs.data, runs.size));
    ms_put(&out, runs.data, runs.size);
    ms_bin(&d->bag, MS_TAG(0x1009), out.data, out.size);
    ms_bool(&d->bag, MS_TAG(0x0e1f), true);
}

static void put_rtf_char(struct ms_bytes *out, uint32_t c)
{
    char buf[40];
    if (c == '\n')
        snprintf(buf, sizeof buf, "\\par\r\n");
    else if (c == '\t')
        snprintf(buf, sizeof buf, "\\tab ");
    else if (c == '\\' || c == '{' || c == '}')
        snprintf(buf, sizeof buf, "\\%c", (char)c);
    else if (c < 0x80)
        snprintf(buf, sizeof buf, "%c", (char)c);
    else if (c < 0x10000)
        snprintf(buf, sizeof buf, "\\u%d?", (int16_t)c);
    else
        snprintf(buf, sizeof buf, "\\u%d?\\u%d?", (int16_t)(0xd800 + ((c - 0x10000) >> 10)),
                 (int16_t)(0xdc00 + ((c - 0x10000) & 0x3ff)));
    ms_put(out, buf, strlen(buf));
}

static void put_text(struct ms_bytes *out, const char *text) { ms_put(out, text, strlen(text)); }

static void rtf_of_text(struct ms_bytes *out, const char *text)
{
    put_text(out, "{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\fswiss Arial;}}\\uc1\\pard\\plain\\f0\\fs20 ");
    while (*text)
        put_rtf_char(out, ms_next_char(&text));
    put_text(out, "}");
}

/* Each tag in its own htmltag group, text between them as RTF text. */
static void rtf_of_html(struct ms_bytes *out, const char *html)
{
    put_text(out, "{\\rtf1\\ansi\\ansicpg1252\\fromhtml1 \\deff0{\\fonttbl{\\f0\\fswiss Arial;}}\\uc1\\pard\\plain"
                  "\\f0\\fs20 ");
    bool tag = false;
    while (*html) {
        if (*html == '<' && !tag) {
            put_text(out, "{\\*\\htmltag64 ");
            tag = true;
        }
        bool ends = *html == '>';
        if (*html == '\n' && !tag) {
            put_text(out, "{\\*\\htmltag64 \\par }\\htmlrtf \\par\\htmlrtf0 ");
            html++;
            continue;
        }
        put_rtf_char(out, ms_next_char(&html));
        if (tag && ends) {
            put_text(out, "}");
            tag = false;
        }
    }
    put_text(out, "}");
}

static const char *crlf(struct ms_build *b, const char *text)
{
    struct ms_bytes out = {.mem = &b->mem};
    for (; *text; text++) {
        if (*text == '\n')
            ms_put8(&out, '\r');
        ms_put8(&out, (unsigned char)*text);
    }
    ms_put8(&out, 0);
    return (const char *)out.data;
}

static const char *raw_lines(struct ms_build *b, struct ms_node *n, const char *word)
{
    struct ms_node *c = ms_child(n, word);
    if (!c)
        return NULL;
    struct ms_bytes out = {.mem = &b->mem};
    for (; c; c = ms_again(c)) {
        if (out.size)
            ms_put(&out, "\r\n", 2);
        put_text(&out, c->rest);
    }
    ms_put8(&out, 0);
    return (const char *)out.data;
}

void ms_build_bodies(struct ms_build *b, struct ms_draft *d)
{
    const char *body = ms_child_text(b->recipe, &b->mem, d->node, "body");
    const char *html = ms_child_text(b->recipe, &b->mem, d->node, "html");
    const char *rtf_text = ms_child_text(b->recipe, &b->mem, d->node, "rtf-text");
    const char *rtf_html = ms_child_text(b->recipe, &b->mem, d->node, "rtf-html");
    const char *rtf = raw_lines(b, d->node, "rtf");
    struct ms_bytes made = {.mem = &b->mem};
    if (body)
        ms_str(&d->bag, MS_TAG(0x1000), crlf(b, body));
    if (html) {
        ms_bin(&d->bag, MS_TAG(0x1013), html, strlen(html));
        ms_long(&d->bag, MS_TAG(0x3fde), 65001);
    }
    if (rtf_text)
        rtf_of_text(&made, rtf_text);
    else if (rtf_html)
        rtf_of_html(&made, rtf_html);
    else if (rtf)
        put_text(&made, rtf);
    if (made.size)
        put_rtf(b, d, &made);
    if (body || html || made.size)
        ms_long(&d->bag, MS_TAG(0x1016), html ? 3 : made.size ? 2 : 1);
    d->body = body ? body : rtf_text;
    d->html = html ? html : rtf_html;
    ms_truth_text(&b->truth, "description", d->body);
    ms_truth_text(&b->truth, "html", d->html);
}

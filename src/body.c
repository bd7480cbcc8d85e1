/*
 * body.c - choosing and decoding the body of an item: see body.h.
 *
 * Layer: core. [MS-OXCMSG] 2.2.1.56 (bodies), [MS-OXRTFEX], [MS-OXBBODY] 2.1.3.
 * Bodies are read up to BODY_MOST stored bytes; a longer one is cut, with a
 * diagnostic, because an item must not decide the memory of the run.
 */
#include "body.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "map.h"
#include "rtf.h"
#include "text.h"

#define BODY_MOST    ((size_t)2 << 20) /* stored bytes of one body */
#define TEXT_MOST    ((size_t)6 << 20) /* bytes of UTF-8 made from it */
#define CHARSET_SCAN 1024u             /* bytes of HTML searched for a charset */

static const char *buf_text(struct pl_map *in, struct pl_buf *b)
{
    char *text = b->size ? pl_arena_alloc(in->m->arena, b->size + 1) : NULL;
    if (b->size && !text)
        in->failed = true;
    if (text) {
        memcpy(text, b->data, b->size);
        text[b->size] = '\0';
    }
    if (b->failed)
        pl_map_warn(in, "body.long", "the text of the body is cut at %zu bytes", b->size);
    return text;
}

static void note_replaced(struct pl_map *in, unsigned replaced)
{
    if (replaced)
        pl_map_warn(in, "text.undecodable", "the body has %u characters that can't be decoded", replaced);
}

static const char *decode8(struct pl_map *in, struct pl_bytes b, unsigned codepage)
{
    unsigned replaced = 0;
    bool known = true;
    const char *text = pl_text_codepage(in->m->text, in->m->arena, codepage, b.data, b.size, &replaced, &known);
    if (!text)
        in->failed = true;
    else if (!known)
        pl_map_warn(in, "text.codepage", "code page %u is not known, read as windows-1252", codepage);
    note_replaced(in, replaced);
    return text;
}

static unsigned first_codepage(struct pl_map *in, const enum pl_pid *pids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int64_t page = pl_in_integer(in, pids[i], 0);
        if (page > 0 && page <= 65535 && page != 1200 && page != 1201)
            return (unsigned)page;
    }
    return in->m->codepage ? in->m->codepage : 1252;
}

static const char *plain_of(struct pl_map *in)
{
    static const enum pl_pid pages[] = {PidTagMessageCodepage, PidTagInternetCodepage};
    in->used[PidTagBody] = 1;
    const struct pl_prop *p = pl_bag_find(in->bag, PidTagBody);
    if (!p)
        return NULL;
    if (p->count)
        return pl_map_clean(in, pl_bag_text(in->bag, PidTagBody));
    struct pl_bytes b;
    if (!in->m->text || !pl_in_stored(in, p, BODY_MOST, &b))
        return NULL;
    if (pl_prop_type(p) == PT_STRING8)
        return pl_map_clean(in, decode8(in, b, first_codepage(in, pages, 2)));
    unsigned replaced = 0;
    const char *text = pl_text_utf16(in->m->arena, b.data, b.size & ~(size_t)1, &replaced);
    if (!text)
        in->failed = true;
    note_replaced(in, replaced);
    return pl_map_clean(in, text);
}

unsigned pl_html_charset(struct pl_bytes b)
{
    char head[CHARSET_SCAN + 1];
    size_t size = b.size < CHARSET_SCAN ? b.size : CHARSET_SCAN;
    memcpy(head, b.data, size);
    head[size] = '\0';
    const char *at = strcasestr(head, "charset=");
    if (!at)
        return 0;
    at += strlen("charset=");
    at += strspn(at, "\"' ");
    return pl_codepage_of_charset(at, strcspn(at, "\"' ;>/"));
}

static const char *html_of(struct pl_map *in)
{
    static const enum pl_pid pages[] = {PidTagInternetCodepage, PidTagMessageCodepage};
    in->used[PidTagHtml] = 1;
    const struct pl_prop *p = pl_bag_find(in->bag, PidTagHtml);
    struct pl_bytes b;
    if (!p)
        return NULL;
    if (p->count && (pl_prop_type(p) == PT_UNICODE || pl_prop_type(p) == PT_STRING8))
        return pl_map_clean(in, pl_bag_text(in->bag, PidTagHtml));
    if (!in->m->text || !pl_in_stored(in, p, BODY_MOST, &b))
        return NULL;
    if (pl_prop_type(p) == PT_UNICODE) {
        unsigned replaced = 0;
        return pl_map_clean(in, pl_text_utf16(in->m->arena, b.data, b.size & ~(size_t)1, &replaced));
    }
    unsigned page = first_codepage(in, pages, 2);
    if (!pl_bag_find(in->bag, PidTagInternetCodepage)) {
        unsigned stated = pl_html_charset(b);
        page = stated ? stated : page;
    }
    return pl_map_clean(in, decode8(in, b, page));
}

static bool wraps_html(const struct pl_buf *rtf)
{
    return rtf->size && memmem(rtf->data, rtf->size < CHARSET_SCAN ? rtf->size : CHARSET_SCAN, "\\fromhtml", 9);
}

static void rtf_of(struct pl_map *in, struct pl_body *out)
{
    in->used[PidTagRtfCompressed] = 1;
    const struct pl_prop *p = pl_bag_find(in->bag, PidTagRtfCompressed);
    struct pl_bytes b;
    if (!p || !in->m->text || (out->plain && out->html) || !pl_in_stored(in, p, BODY_MOST, &b))
        return;
    struct pl_buf rtf, text;
    pl_buf_init(&rtf, TEXT_MOST);
    pl_buf_init(&text, TEXT_MOST);
    enum pl_rtf_fault fault = pl_rtf_decompress(b.data, b.size, &rtf);
    if (fault != PL_RTF_OK)
        pl_map_warn(in, fault == PL_RTF_CRC ? "body.rtf-crc" : "body.rtf",
                    fault == PL_RTF_CRC   ? "the checksum of the RTF body is wrong, its text is used"
                    : fault == PL_RTF_CUT ? "the RTF body is cut, the readable part is used"
                                          : "the RTF body is not compressed RTF");
    if (rtf.size && (!out->plain || wraps_html(&rtf))) {
        unsigned replaced = 0;
        enum pl_rtf_kind kind = pl_rtf_text(in->m->text, rtf.data, rtf.size, &text, &replaced);
        note_replaced(in, replaced);
        const char *clean = pl_map_clean(in, buf_text(in, &text));
        if (kind == PL_RTF_HTML)
            out->html = out->html ? out->html : clean;
        else if (!out->plain)
            out->plain = clean;
    }
    pl_buf_release(&rtf);
    pl_buf_release(&text);
}

void pl_map_body(struct pl_map *in, struct pl_body *out)
{
    in->used[PidTagNativeBody] = 1;
    in->used[PidTagRtfInSync] = 1;
    out->plain = plain_of(in);
    out->html = html_of(in);
    rtf_of(in, out);
    if (out->plain || !out->html)
        return;
    struct pl_buf text;
    pl_buf_init(&text, TEXT_MOST);
    pl_html_text(out->html, strlen(out->html), &text);
    out->plain = pl_map_clean(in, buf_text(in, &text));
    pl_buf_release(&text);
}

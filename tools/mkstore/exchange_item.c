/*
 * exchange_item.c - messages: a row of Msg, its recipients as one value of it, a row for each attachment.
 *
 * A message inside an attachment has a row and an id of its own, but no folder. Ids are given out breadth
 * first, so that the keys of both tables only grow.
 */
#include "exchange_int.h"
#include "props.h"

#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak" /* the writer keeps its converter */
void xc_put_narrow(struct ms_writer *w, struct ms_bytes *out, unsigned codepage, const char *utf8)
{
    if (!w->converter || w->codepage != codepage) {
        char name[16];
        snprintf(name, sizeof name, codepage == 65001 ? "UTF-8" : "CP%u", codepage);
        if (w->converter)
            iconv_close(w->converter);
        w->converter = iconv_open(name, "UTF-8");
        w->codepage = codepage;
        if (w->converter == (iconv_t)-1) {
            w->converter = NULL;
            w->failed = true;
            xc_fail(w, "no such code page");
            return;
        }
    }
    while (*utf8) {
        const char *next = utf8;
        char buf[8], *to = buf;
        ms_next_char(&next);
        size_t left = (size_t)(next - utf8), room = sizeof buf;
        char *from = (char *)(uintptr_t)utf8;
        if (iconv(w->converter, &from, &left, &to, &room) == (size_t)-1) {
            iconv(w->converter, NULL, NULL, NULL, NULL);
            ms_put8(out, '?');
        } else {
            ms_put(out, buf, (size_t)(to - buf));
        }
        utf8 = next;
    }
}
#pragma GCC diagnostic pop

/* u32 count; of each: u16 properties; of each: u32 tag, u32 length, bytes. */
static struct ms_bytes recipients(struct ms_writer *w, const struct ms_item *item)
{
    struct ms_bytes out = {.mem = &w->scratch};
    ms_put32(&out, (uint32_t)item->recipient_count);
    for (size_t i = 0; i < item->recipient_count; i++) {
        const struct ms_props *row = &item->recipients[i];
        unsigned count = 0;
        for (size_t n = 0; n < row->count; n++)
            count += !(row->list[n].tag & MS_MULTI);
        ms_put16(&out, count);
        for (size_t n = 0; n < row->count; n++) {
            const struct ms_prop *p = &row->list[n];
            struct ms_bytes text = {.mem = &w->scratch};
            if (p->tag & MS_MULTI)
                continue;
            ms_put32(&out, xc_prop_id(w, p) << 16 | (p->tag & 0xffff));
            if ((p->tag & 0xffff) == MS_STRING)
                ms_put_utf16(&text, ms_copy(&w->scratch, p->data, p->size));
            else
                ms_put(&text, p->data, p->size);
            ms_put32(&out, (uint32_t)text.size);
            ms_put(&out, text.data, text.size);
        }
    }
    return out;
}

/* PST files keep a prefix such as "RE: " by a mark of two characters; here it has its own property. */
static void put_subject(struct xc_row *r, const struct ms_item *item)
{
    const struct ms_prop *p = xc_find(&item->props, 0x0037);
    if (!p || p->size < 2 || *(const char *)p->data != 1)
        return;
    const char *text = ms_copy(&r->w->scratch, p->data, p->size);
    size_t prefix = (size_t)(unsigned char)text[1] - 1;
    text += 2;
    xc_text(r, XC_KEY('S', 0x0037), text);
    if (prefix <= strlen(text))
        xc_text(r, XC_KEY('S', 0x003d), ms_copy(&r->w->scratch, text, prefix));
}

bool xc_hidden_row(const struct ms_writer *w, const struct ms_item *item)
{
    return item->associated && (!(w->x.traits & MS_X_HIDDEN) || w->ordinal % 2);
}

bool xc_hidden_flag(const struct ms_writer *w, const struct ms_item *item)
{
    return item->associated && (!(w->x.traits & MS_X_HIDDEN) || w->ordinal % 2 == 0);
}

/* An embedded message is in the code page of the one around it, unless it tells its own. */
static unsigned codepage_of(const struct ms_item *item, unsigned outer)
{
    const struct ms_prop *p = xc_find(&item->props, 0x3ffd);
    return p && p->size == 4 ? ese_get32(p->data) : outer;
}

static int put_message(struct ms_writer *w, const struct ms_item *item, uint64_t id, uint64_t folder,
                       unsigned codepage)
{
    struct xc_row r;
    xc_row_begin(&r, w, w->tables[XC_MESSAGES]);
    r.codepage = codepage;
    xc_number(&r, XC_KEY('Q', 0x674a), id);
    if (folder)
        xc_number(&r, XC_KEY('Q', 0x6748), folder);
    xc_text(&r, XC_KEY('S', 0x001a), item->message_class);
    xc_props(&r, &item->props);
    if (xc_hidden_flag(w, item)) {
        const struct ms_prop *flags = xc_find(&item->props, 0x0e07);
        xc_number(&r, XC_KEY('L', 0x0e07), 0x40 | (flags ? ese_get32(flags->data) : 0));
    }
    put_subject(&r, item);
    if (item->recipient_count) {
        struct ms_bytes blob = recipients(w, item);
        xc_bytes(&r, XC_KEY('N', 0x0e12), blob.data, blob.size);
    }
    return xc_row_end(&r, NULL, false);
}

static int put_attachment(struct ms_writer *w, const struct ms_item *item, uint64_t id, size_t n, uint64_t embedded,
                          unsigned codepage)
{
    struct xc_row r;
    xc_row_begin(&r, w, w->tables[XC_ATTACHMENTS]);
    r.codepage = codepage;
    xc_props(&r, &item->attachments[n].props);
    xc_number(&r, XC_KEY('Q', 0x674a), id);
    xc_number(&r, XC_KEY('L', 0x0e21), n);
    if (embedded) {
        xc_number(&r, XC_KEY('L', 0x3705), 5);
        xc_number(&r, XC_KEY('Q', 0x67f2), embedded);
    }
    return xc_row_end(&r, NULL, false);
}

/* Messages that are still to be written: the item, then what it embeds, level by level. */
struct waiting {
    const struct ms_item *item;
    uint64_t id;
    unsigned codepage;
    struct waiting *next;
};

int xc_message(struct ms_writer *w, const struct ms_item *item, uint64_t id, uint64_t folder)
{
    struct waiting *first = ms_alloc(&w->scratch, sizeof *first), *last = first;
    *first = (struct waiting){item, id, 1252, NULL};
    for (; first; first = first->next, folder = 0) {
        unsigned codepage = codepage_of(first->item, first->codepage);
        if (put_message(w, first->item, first->id, folder, codepage))
            return -1;
        for (size_t i = 0; i < first->item->attachment_count; i++) {
            const struct ms_item *inner = first->item->attachments[i].embedded;
            if (inner) {
                last = last->next = ms_alloc(&w->scratch, sizeof *last);
                *last = (struct waiting){inner, xc_next(w), codepage, NULL};
            }
            if (w->tables[XC_ATTACHMENTS] &&
                put_attachment(w, first->item, first->id, i, inner ? w->last_id : 0, codepage))
                return -1;
        }
    }
    return 0;
}

int xc_deleted(struct ms_writer *w, uint64_t id, uint64_t folder)
{
    struct xc_row r;
    xc_row_begin(&r, w, w->tables[XC_MESSAGES]);
    xc_number(&r, XC_KEY('Q', 0x674a), id);
    xc_number(&r, XC_KEY('Q', 0x6748), folder);
    xc_text(&r, XC_KEY('S', 0x001a), "IPM.Appointment");
    xc_text(&r, XC_KEY('S', 0x0037), "Deleted long ago");
    return xc_row_end(&r, NULL, true);
}

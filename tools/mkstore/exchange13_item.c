/*
 * exchange13_item.c - messages: a row of Message_N; rows of Attachment_N for attachments and for the messages
 * inside them.
 *
 * Everything below a message gets its number (Inid) level by level, so that rows come in the order of
 * their keys and a row knows the numbers of what hangs below it. Layout: docs/formats/edb-2013-fixtures.md.
 */
#include "exchange13_int.h"

#include <stdlib.h>
#include <string.h>

const struct ms_prop *xm_find(const struct ms_props *props, unsigned id)
{
    const struct ms_prop *found = NULL; /* the last of several counts */
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): as in put_inside() */
    for (size_t i = 0; i < props->count; i++)
        if (!props->list[i].set && props->list[i].tag >> 16 == id)
            found = &props->list[i];
    return found;
}

void xm_others(struct ms_bag *bag, const struct ms_props *props, const unsigned *without)
{
    bag->list = ms_alloc(bag->mem, (props->count + 8) * sizeof *bag->list);
    bag->room = props->count + 8;
    for (size_t i = 0; i < props->count; i++) {
        const unsigned *id = without;
        while (*id && (props->list[i].set || props->list[i].tag >> 16 != *id))
            id++;
        if (!*id)
            bag->list[bag->count++] = props->list[i];
    }
}

static uint64_t number_of(const struct ms_prop *p)
{
    uint64_t v = 0;
    for (size_t i = 0; p && i < p->size && i < 8; i++)
        v |= (uint64_t)((const uint8_t *)p->data)[i] << (8 * i);
    return v;
}

static void copy_number(struct xm_row *r, unsigned column, const struct ms_props *props, unsigned id)
{
    const struct ms_prop *p = xm_find(props, id);
    if (p)
        xm_number(r, column, number_of(p));
}

static const char *text_of(struct ms_writer *w, const struct ms_prop *p)
{
    return p ? ms_copy(&w->scratch, p->data, p->size) : NULL;
}

/* --- bodies -------------------------------------------------------------------------------- */

static void put_html(struct ms_bytes *out, const char *text)
{
    static const struct {
        char c;
        const char *html;
    } special[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'\n', "<br>\r\n"}, {'\r', ""}};
    char before = '\n';
    ms_put(out, "<html><body>", 12);
    for (; *text; text++) {
        const char *html = NULL;
        for (size_t i = 0; i < sizeof special / sizeof *special; i++)
            if (*text == special[i].c)
                html = special[i].html;
        if (*text == ' ' && (before == ' ' || before == '\n'))
            html = "&nbsp;";
        ms_put(out, html ? html : text, html ? strlen(html) : 1);
        before = *text;
    }
    ms_put(out, "</body></html>", 14);
}

/* The best body that an item has, as the store keeps it; returns what BodyType says, 0 for none. */
static unsigned native_body(struct ms_writer *w, const struct ms_props *props, struct ms_bytes *out)
{
    const struct ms_prop *html = xm_find(props, 0x1013), *rtf = xm_find(props, 0x1009),
                         *text = xm_find(props, 0x1000), *best = html ? html : rtf;
    *out = (struct ms_bytes){.mem = &w->scratch};
    if (best)
        ms_put(out, best->data, best->size);
    else if (text && w->x.variants & MS_X13_PLAIN)
        ms_put_utf16(out, text_of(w, text));
    else if (text)
        put_html(out, text_of(w, text));
    return html ? 3 : rtf ? 2 : !text ? 0 : w->x.variants & MS_X13_PLAIN ? 1 : 3;
}

/* --- messages ------------------------------------------------------------------------------ */

/* PST files mark a prefix such as "RE: " by two characters before the subject. Returns the subject as it is. */
static const char *subject_of(struct ms_writer *w, const struct ms_props *props, const char **prefix)
{
    const struct ms_prop *p = xm_find(props, 0x0037);
    const char *text = text_of(w, p);
    *prefix = text_of(w, xm_find(props, 0x003d));
    if (!text || p->size < 2 || text[0] != 1)
        return text;
    size_t size = (size_t)(unsigned char)text[1] - 1;
    text += 2;
    if (size && size <= strlen(text))
        *prefix = ms_copy(&w->scratch, text, size);
    return text;
}

static const unsigned elsewhere[] = {0x0037, 0x003d, 0x0e1d, 0x1000, 0x1009, 0x1013, 0x0e1f, 0x1016, 0x0017,
                                     0x0036, 0x0e06, 0x0039, 0x3007, 0x3008, 0x0e04, 0x0e1b, 0x001a, 0};
/* Of a message inside an attachment, which has no columns for the others. */
static const unsigned elsewhere_inside[] = {0x0037, 0x003d, 0x0e1d, 0x1000, 0x1009,
                                            0x1013, 0x0e1f, 0x1016, 0x001a, 0};

static void message_bag(struct ms_writer *w, const struct ms_item *item, bool inside, struct ms_bag *bag,
                        const char **prefix)
{
    *bag = (struct ms_bag){.mem = &w->scratch};
    xm_others(bag, &item->props, inside ? elsewhere_inside : elsewhere);
    const char *subject = subject_of(w, &item->props, prefix);
    if (subject && w->x.variants & MS_X13_SPLIT)
        ms_str(bag, MS_TAG(0x0e1d),
               subject + (*prefix && !strncmp(subject, *prefix, strlen(*prefix)) ? strlen(*prefix) : 0));
    else if (subject)
        ms_str(bag, MS_TAG(0x0037), subject);
}

static void put_recipients(struct xm_row *r, unsigned column, const struct ms_item *item)
{
    struct ms_writer *w = r->w;
    struct ms_bytes *list = ms_alloc(&w->scratch, (item->recipient_count + 1) * sizeof *list);
    for (size_t i = 0; i < item->recipient_count; i++) {
        struct xm_packed packed;
        xm_pack(w, &item->recipients[i], false, &packed);
        list[i] = packed.main;
    }
    if (!(w->x.variants & MS_X13_PACKED) || !item->recipient_count) {
        xm_multi(r, column, list, item->recipient_count);
        return;
    }
    struct ms_bytes all = {.mem = &w->scratch};
    ms_put8(&all, item->recipient_count > 255 ? 0xd2 : 0xd1);
    (item->recipient_count > 255 ? ms_put16 : ms_put8)(&all, (unsigned)item->recipient_count);
    for (size_t i = 0; i < item->recipient_count; i++)
        xm_put_binary(&all, list[i].data, list[i].size);
    xm_bytes(r, column, all.data, all.size);
}

/* Numbers of what hangs below, given out here: count of them from `first` on. */
static void put_children(struct xm_row *r, unsigned column, uint64_t first, size_t count)
{
    struct ms_bytes out = {.mem = &r->w->scratch};
    bool head = r->w->x.variants & MS_X13_HEAD;
    if (!count)
        return;
    if (head) {
        xm_put_i32(&out, 0);
        xm_put_i32(&out, (int32_t)count);
    }
    for (size_t i = 0; i < count; i++) {
        if (head)
            xm_put_i32(&out, (int32_t)i);
        xm_put_i64(&out, (int64_t)(first + i));
    }
    xm_bytes(r, column, out.data, out.size);
}

/* What waits for its row in Attachment_N, in the order of numbers: an attachment, or the message inside one. */
struct waiting {
    const struct ms_attachment *attachment; /* NULL: the item is a message inside */
    const struct ms_item *item;
    uint64_t inid;
    struct waiting *next;
};

struct queue {
    struct ms_writer *w;
    struct waiting *first, *last;
};

static void enqueue(struct queue *q, const struct ms_attachment *attachment, const struct ms_item *item)
{
    struct waiting *n = ms_alloc(&q->w->scratch, sizeof *n);
    *n = (struct waiting){attachment, item, ++q->w->last_inid, NULL};
    if (q->last)
        q->last->next = n;
    else
        q->first = n;
    q->last = n;
}

static void enqueue_attachments(struct queue *q, struct xm_row *r, unsigned column, const struct ms_item *item)
{
    put_children(r, column, q->w->last_inid + 1, item->attachment_count);
    for (size_t i = 0; i < item->attachment_count; i++)
        enqueue(q, &item->attachments[i], NULL);
}

static void put_attachment_id(struct xm_row *r, uint64_t inid)
{
    uint8_t *id = ms_alloc(&r->w->scratch, XM_ID);
    xm_put_id(r->w, id, 0x1000000 + inid, 1);
    xm_bytes(r, XA_ID, id, XM_ID);
    xm_number(r, XA_INID, inid);
}

static int put_attachment(struct queue *q, const struct waiting *n)
{
    static const unsigned columns[] = {0x3705, 0x3707, 0x370e, 0x3701, 0x0e20, 0};
    struct ms_writer *w = q->w;
    const struct ms_props *props = &n->attachment->props;
    const struct ms_prop *data = xm_find(props, 0x3701);
    struct ms_bag bag = {.mem = &w->scratch};
    struct xm_packed packed;
    struct xm_row r;
    xm_row_begin(&r, w, XM_ATTACHMENT);
    put_attachment_id(&r, n->inid);
    copy_number(&r, XA_METHOD, props, 0x3705);
    copy_number(&r, XA_SIZE, props, 0x0e20);
    xm_text(&r, XA_NAME, text_of(w, xm_find(props, 0x3707)));
    xm_text(&r, XA_TYPE, text_of(w, xm_find(props, 0x370e)));
    if (data && !n->attachment->embedded)
        xm_piece(&r, XA_CONTENT, &(struct ms_ese_piece){data->data, data->size, data->generate, data->state});
    xm_others(&bag, props, columns);
    if (n->attachment->embedded) {
        put_children(&r, XA_CHILDREN, w->last_inid + 1, 1);
        enqueue(q, NULL, n->attachment->embedded);
    }
    struct ms_props rest = ms_props_of(&bag);
    xm_pack(w, &rest, false, &packed);
    xm_blobs(&r, XA_BLOBS, &packed);
    return xm_row_end(&r, w->tables[XM_ATTACHMENT], false);
}

/* It has no columns of its own, so the blob has the body as well, and the class. */
static int put_inside(struct queue *q, const struct waiting *n)
{
    struct ms_writer *w = q->w;
    struct ms_bag bag;
    struct ms_bytes body;
    struct xm_packed packed;
    const char *prefix;
    struct xm_row r;
    xm_row_begin(&r, w, XM_ATTACHMENT);
    put_attachment_id(&r, n->inid);
    xm_number(&r, XA_EMBEDDED, 1);
    /* NOLINTBEGIN(clang-analyzer-core.NullDereference): what is no attachment is an item */
    message_bag(w, n->item, true, &bag, &prefix);
    ms_str(&bag, MS_TAG(0x001a), n->item->message_class);
    ms_str(&bag, MS_TAG(0x003d), prefix);
    unsigned type = native_body(w, &n->item->props, &body);
    if (type == 1)
        ms_str(&bag, MS_TAG(0x1000), text_of(w, xm_find(&n->item->props, 0x1000)));
    else if (type)
        ms_bin(&bag, MS_TAG(type == 3 ? 0x1013 : 0x1009), body.data, body.size);
    struct ms_props props = ms_props_of(&bag);
    xm_pack(w, &props, false, &packed);
    xm_blobs(&r, XA_BLOBS, &packed);
    put_recipients(&r, XA_RECIPIENTS, n->item);
    enqueue_attachments(q, &r, XA_CHILDREN, n->item);
    /* NOLINTEND(clang-analyzer-core.NullDereference) */
    return xm_row_end(&r, w->tables[XM_ATTACHMENT], false);
}

static int put_message(struct queue *q, const struct ms_item *item, uint64_t id, const uint8_t *folder)
{
    struct ms_writer *w = q->w;
    const struct ms_props *props = &item->props;
    struct ms_bag bag;
    struct ms_bytes body;
    struct xm_packed packed;
    const char *prefix;
    uint8_t message_id[XM_ID];
    struct xm_row r;
    xm_row_begin(&r, w, XM_MESSAGE);
    xm_number(&r, XG_ID, ++w->last_document);
    xm_put_id(w, message_id, id, 1);
    xm_bytes(&r, XG_MESSAGE_ID, message_id, XM_ID);
    xm_bytes(&r, XG_FOLDER, folder, XM_ID);
    xm_number(&r, XG_HIDDEN, item->associated);
    xm_number(&r, XG_READ, number_of(xm_find(props, 0x0e07)) & 1);
    xm_number(&r, XG_ATTACHMENTS, item->attachment_count != 0);
    copy_number(&r, XG_IMPORTANCE, props, 0x0017);
    copy_number(&r, XG_SENSITIVITY, props, 0x0036);
    copy_number(&r, XG_RECEIVED, props, 0x0e06);
    copy_number(&r, XG_SENT, props, 0x0039);
    copy_number(&r, XG_CREATED, props, 0x3007);
    copy_number(&r, XG_MODIFIED, props, 0x3008);
    xm_text(&r, XG_CLASS, item->message_class);
    message_bag(w, item, false, &bag, &prefix);
    xm_text(&r, XG_PREFIX, prefix);
    xm_text(&r, XG_TO, text_of(w, xm_find(props, 0x0e04)));
    unsigned type = native_body(w, props, &body);
    if (type) {
        xm_number(&r, XG_BODY_TYPE, type);
        xm_bytes(&r, XG_BODY, body.data, body.size);
    }
    struct ms_props rest = ms_props_of(&bag);
    xm_pack(w, &rest, true, &packed);
    xm_blobs(&r, XG_BLOBS, &packed);
    xm_number(&r, XG_SIZE, packed.main.size + packed.off.size + body.size);
    put_recipients(&r, XG_RECIPIENTS, item);
    enqueue_attachments(q, &r, XG_CHILDREN, item);
    return xm_row_end(&r, w->tables[XM_MESSAGE], false);
}

int xm_message(struct ms_writer *w, const struct ms_item *item, uint64_t id, const uint8_t *folder)
{
    struct queue q = {.w = w};
    int failed = put_message(&q, item, id, folder);
    for (; q.first && !failed; q.first = q.first->next)
        failed = q.first->attachment ? put_attachment(&q, q.first) : put_inside(&q, q.first);
    return failed;
}

int xm_deleted(struct ms_writer *w, const uint8_t *folder)
{
    struct xm_row r;
    xm_row_begin(&r, w, XM_MESSAGE);
    xm_number(&r, XG_ID, ++w->last_document);
    xm_bytes(&r, XG_FOLDER, folder, XM_ID);
    xm_text(&r, XG_CLASS, "IPM.Appointment");
    return xm_row_end(&r, w->tables[XM_MESSAGE], true);
}

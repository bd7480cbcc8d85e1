/*
 * build_people.c - people, and the ids by which MAPI points to them.
 *
 * [MS-OXCDATA] 2.2.5.1 one-off entry ids, 2.2.5.2 address book entry ids; recipient
 * rows: [MS-OXOCAL] 2.2.4.10, [MS-OXCMSG] 2.2.5.
 */
#include <stdio.h>
#include <string.h>

#include "build.h"

static const char *keep_text(struct ms_build *b, const char *s)
{
    return s ? ms_copy(&b->keep, s, strlen(s)) : NULL;
}

void ms_build_person(struct ms_build *b, struct ms_node *n)
{
    struct ms_person *p = ms_alloc(&b->keep, sizeof *p);
    p->id = keep_text(b, n->rest);
    p->name = keep_text(b, ms_child_text(b->recipe, &b->mem, n, "name"));
    p->smtp = keep_text(b, ms_child_text(b->recipe, &b->mem, n, "mail"));
    p->dn = keep_text(b, ms_child_text(b->recipe, &b->mem, n, "dn"));
    p->sid = keep_text(b, ms_child_text(b->recipe, &b->mem, n, "sid"));
    if (!*p->id || strchr(p->id, ' '))
        ms_fail(b->recipe, n, "a person wants one word to be called by");
    if (p->sid && !ms_put_sid(&(struct ms_bytes){.mem = &b->mem}, p->sid))
        ms_fail(b->recipe, ms_child(n, "sid"), "`%s` is no SID (S-1-5-...)", p->sid);
    if (!p->name)
        p->name = p->id;
    for (struct ms_person *known = b->people; known; known = known->next)
        if (!b->again && !strcmp(known->id, p->id))
            ms_fail(b->recipe, n, "person `%s` was described before", p->id);
    p->next = b->people;
    b->people = p;
}

struct ms_person ms_person_of(struct ms_build *b, const struct ms_node *n, const char *text)
{
    struct ms_person p = {0};
    if (*text == '@') {
        for (struct ms_person *known = b->people; known; known = known->next)
            if (!strcmp(known->id, text + 1))
                return *known;
        ms_fail(b->recipe, n, "no person `%s` so far", text + 1);
        return (struct ms_person){.name = ""};
    }
    if (!*text)
        ms_fail(b->recipe, n, "`%s` wants a person", n->word);
    const char *open = strrchr(text, '<'), *close = open ? strchr(open, '>') : NULL;
    if (!open || !close || close[1]) {
        p.name = text;
        p.smtp = strchr(text, '@') ? text : NULL;
        return p;
    }
    size_t name = (size_t)(open - text);
    while (name && text[name - 1] == ' ')
        name--;
    p.name = ms_text(&b->mem, "%.*s", (int)name, text);
    p.smtp = ms_text(&b->mem, "%.*s", (int)(close - open - 1), open + 1);
    return p;
}

void ms_truth_person(struct ms_build *b, const char *key, const struct ms_person *p)
{
    ms_truth_open(&b->truth, key, '{');
    ms_truth_text(&b->truth, "name", p->name);
    ms_truth_text(&b->truth, "smtp", p->smtp);
    ms_truth_text(&b->truth, "dn", p->dn);
    ms_truth_close(&b->truth, '}');
}

void ms_put_oneoff(struct ms_bytes *out, const char *name, const char *type, const char *address)
{
    static const uint8_t provider[16] = {0x81, 0x2b, 0x1f, 0xa4, 0xbe, 0xa3, 0x10, 0x19,
                                         0x9d, 0x6e, 0x00, 0xdd, 0x01, 0x0f, 0x54, 0x02};
    const char *texts[] = {name, type, address};
    ms_put32(out, 0);
    ms_put(out, provider, 16);
    ms_put16(out, 0);
    ms_put16(out, 0x9001); /* UTF-16, plain text wanted */
    for (size_t i = 0; i < 3; i++) {
        ms_put_utf16(out, texts[i]);
        ms_put16(out, 0);
    }
}

void ms_put_exchange(struct ms_bytes *out, const char *dn, uint32_t display_type)
{
    static const uint8_t provider[16] = {0xdc, 0xa7, 0x40, 0xc8, 0xc0, 0x42, 0x10, 0x1a,
                                         0xb4, 0xb9, 0x08, 0x00, 0x2b, 0x2f, 0xe1, 0x82};
    ms_put32(out, 0);
    ms_put(out, provider, 16);
    ms_put32(out, 1);
    ms_put32(out, display_type);
    ms_put(out, dn, strlen(dn) + 1);
}

void ms_put_entryid(struct ms_build *b, struct ms_bytes *out, const struct ms_known *k)
{
    uint8_t id[128];
    uint32_t nid = k ? k->nid : 0;
    if (b->ops->entry_id) {
        ms_put(out, id, b->ops->entry_id(b->writer, k ? k->folder : 0, nid, id));
        return;
    }
    ms_put32(out, 0);
    ms_put(out, b->store.record_key, 16);
    ms_put32(out, nid);
}

const char *ms_address_type(const struct ms_person *p) { return p->dn ? "EX" : "SMTP"; }
const char *ms_address(const struct ms_person *p) { return p->dn ? p->dn : p->smtp ? p->smtp : ""; }

void ms_put_person_id(struct ms_bytes *out, const struct ms_person *p)
{
    if (p->dn)
        ms_put_exchange(out, p->dn, 0);
    else
        ms_put_oneoff(out, p->name, "SMTP", ms_address(p));
}

struct ms_bag ms_recipient(struct ms_build *b, struct ms_draft *d, const struct ms_person *p, int type)
{
    struct ms_bag row = {.mem = &b->mem};
    struct ms_bytes id = {.mem = &b->mem}, key = {.mem = &b->mem};
    ms_put_person_id(&id, p);
    const char *search = ms_text(&b->mem, "%s:%s", ms_address_type(p), ms_address(p));
    for (const char *c = search; *c; c++)
        ms_put8(&key, (unsigned char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c));
    ms_put8(&key, 0);
    ms_long(&row, MS_TAG(0x0c15), type);
    ms_bool(&row, MS_TAG(0x0e0f), true);
    ms_long(&row, MS_TAG(0x0ffe), 6);
    ms_bin(&row, MS_TAG(0x0fff), id.data, id.size);
    ms_str(&row, MS_TAG(0x3001), p->name);
    ms_str(&row, MS_TAG(0x3002), ms_address_type(p));
    ms_str(&row, MS_TAG(0x3003), ms_address(p));
    ms_bin(&row, MS_TAG(0x300b), key.data, key.size);
    ms_long(&row, MS_TAG(0x3900), 0);
    ms_str(&row, MS_TAG(0x39fe), p->smtp);
    ms_str(&row, MS_TAG(0x5ff6), p->name);
    ms_bin(&row, MS_TAG(0x5ff7), id.data, id.size);
    ms_long(&row, MS_TAG(0x5fdf), (int64_t)d->item.recipient_count);
    return row;
}

void ms_add_recipient(struct ms_draft *d, const struct ms_bag *bag)
{
    d->recipients[d->item.recipient_count++] = ms_props_of(bag);
    d->item.recipients = d->recipients;
}

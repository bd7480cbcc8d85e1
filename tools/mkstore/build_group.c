/*
 * build_group.c - groups: members in two lists or in a stream. [MS-OXOCNTC] 2.2.2.
 *
 * Members are one-off addresses, addresses of contacts, other groups, entries of the address book;
 * beside each stands its twin, the address as it was when the member was added.
 */
#include <string.h>

#include "build.h"

#define LISTS_MAX 15000 /* bytes that either list may have */

/* [MS-OXOCNTC] 2.2.2.2.4.2: the id of a contact or list inside the id that Outlook wraps around it. */
static void put_wrapped(struct ms_build *b, struct ms_bytes *out, const struct ms_known *k, unsigned type)
{
    static const uint8_t provider[16] = {0xc0, 0x91, 0xad, 0xd3, 0x51, 0x9d, 0xcf, 0x11,
                                         0xa4, 0xa9, 0x00, 0xaa, 0x00, 0x47, 0xfa, 0xa4};
    ms_put32(out, 0);
    ms_put(out, provider, 16);
    ms_put8(out, type);
    ms_put_entryid(b, out, k);
}

/* `member one-off PERSON`, `member contact ID [2|3]`, `member list ID`, `member address-book PERSON` */
static void put_member(struct ms_build *b, struct ms_node *n, struct ms_bytes *id, struct ms_bytes *twin)
{
    static const char *const forms[] = {"one-off", "contact", "list", "address-book", NULL};
    static const unsigned slots[] = {0xc3, 0xd3, 0xe3};
    struct ms_words w;
    ms_words(b->recipe, &b->mem, n, &w);
    int form = ms_choice(b->recipe, n, ms_word(&w), forms);
    const char *rest = n->rest + strlen(forms[form]);
    rest += strspn(rest, " ");
    ms_truth_open(&b->truth, NULL, '{');
    ms_truth_text(&b->truth, "form", forms[form]);
    if (form == 0 || form == 3) {
        struct ms_person p = ms_person_of(b, n, rest);
        ms_put_oneoff(form ? twin : id, p.name, ms_address_type(&p), ms_address(&p));
        if (form)
            ms_put_exchange(id, p.dn ? p.dn : "", 0);
        else
            ms_put_oneoff(twin, p.name, ms_address_type(&p), ms_address(&p));
        ms_truth_text(&b->truth, "name", p.name);
        ms_truth_text(&b->truth, "smtp", p.smtp);
        ms_truth_text(&b->truth, "dn", p.dn);
    } else {
        const struct ms_known *k = ms_known_of(b, n, ms_word(&w));
        long long slot = ms_word_more(&w) ? ms_word_number(&w, 1, 3) : 1;
        put_wrapped(b, id, k, form == 2 ? 0xb4 : slots[slot - 1]);
        ms_put_oneoff(twin, k ? k->name : "", form == 2 ? "MAPIPDL" : "SMTP", "");
        ms_truth_text(&b->truth, "ref", k ? k->id : "");
        ms_truth_text(&b->truth, "name", k ? k->name : "");
        ms_truth_number(&b->truth, "slot", slot);
    }
    ms_truth_close(&b->truth, '}');
}

/* [MS-OXOCNTC] 2.2.2.2.4: the form that has no limit. */
static void put_stream(struct ms_bytes *out, const struct ms_bytes *ids, const struct ms_bytes *twins, size_t count)
{
    size_t id_bytes = 0, twin_bytes = 0;
    for (size_t i = 0; i < count; i++) {
        id_bytes += ids[i].size;
        twin_bytes += twins[i].size;
    }
    ms_put16(out, 1);
    ms_put16(out, 0);
    ms_put32(out, 14); /* the major version of the program */
    ms_put32(out, 0);
    ms_put32(out, (uint32_t)count);
    ms_put32(out, (uint32_t)id_bytes);
    ms_put32(out, (uint32_t)twin_bytes);
    ms_put32(out, 0);
    for (size_t i = 0; i < count; i++) {
        ms_put32(out, (uint32_t)ids[i].size);
        ms_put(out, ids[i].data, ids[i].size);
        ms_put32(out, (uint32_t)twins[i].size);
        ms_put(out, twins[i].data, twins[i].size);
        ms_put32(out, 0);
    }
    ms_put32(out, 0);
    ms_put32(out, 0);
}

/* Two lists as long as they stay small, else the stream; `stream` says otherwise. With `both` the lists are
 * those of an older program: they have the first member only. */
static void put_members(struct ms_build *b, struct ms_draft *d, const struct ms_bytes *ids,
                        const struct ms_bytes *twins, size_t count)
{
    static const char *const words[] = {"auto", "no", "only", "both", NULL};
    enum { AUTO, NO, ONLY, BOTH };
    int form = ms_child_choice(b->recipe, d->node, "stream", words, AUTO);
    size_t id_bytes = 0, twin_bytes = 0;
    for (size_t i = 0; i < count; i++) {
        id_bytes += ids[i].size;
        twin_bytes += twins[i].size;
    }
    if (form == AUTO)
        form = id_bytes >= LISTS_MAX || twin_bytes >= LISTS_MAX ? ONLY : NO;
    if (form != NO) {
        struct ms_bytes stream = {.mem = &b->mem};
        put_stream(&stream, ids, twins, count);
        ms_bin(&d->bag, MS_LID(MS_ADDR, 0x8064), stream.data, stream.size);
    }
    size_t listed = form == ONLY ? 0 : form == BOTH && count ? 1 : count;
    if (listed) {
        ms_bins(&d->bag, MS_LID(MS_ADDR, 0x8055), ids, listed);
        ms_bins(&d->bag, MS_LID(MS_ADDR, 0x8054), twins, listed);
    }
}

void ms_build_group(struct ms_build *b, struct ms_draft *d)
{
    ms_draft_begin(b, d);
    size_t room = 0, count = 0;
    for (struct ms_node *c = d->node->child; c; c = c->next)
        room++;
    struct ms_bytes *ids = ms_alloc(&b->mem, (room + 1) * sizeof *ids),
                    *twins = ms_alloc(&b->mem, (room + 1) * sizeof *twins);
    ms_truth_open(&b->truth, "members", '[');
    for (struct ms_node *c = ms_child(d->node, "member"); c; c = ms_again(c), count++) {
        ids[count].mem = twins[count].mem = &b->mem;
        put_member(b, c, &ids[count], &twins[count]);
    }
    ms_truth_close(&b->truth, ']');
    ms_str(&d->bag, MS_TAG(0x3001), d->subject);
    ms_str(&d->bag, MS_LID(MS_ADDR, 0x8053), d->subject);
    ms_str(&d->bag, MS_LID(MS_ADDR, 0x8005), d->subject);
    put_members(b, d, ids, twins, count);
    ms_draft_finish(b, d);
}

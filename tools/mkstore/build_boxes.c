/*
 * build_boxes.c - statements about stores that hold more than one mailbox: `mailbox`, `public`, `stream`.
 *
 * They cut a recipe into parts. The first part is a mailbox by itself and all that a PST takes; `mailbox`
 * begins that of another owner; `public` what lies in a public store, a database of its own.
 */
#include <string.h>

#include "build.h"

static const char *kept(struct ms_build *b, const char *s) { return s ? ms_copy(&b->keep, s, strlen(s)) : NULL; }

void ms_owner_set(struct ms_build *b, struct ms_store *s, const struct ms_person *p)
{
    struct ms_bytes sid = {.mem = &b->mem};
    s->owner_name = kept(b, p->name);
    s->owner_smtp = kept(b, p->smtp);
    s->owner_dn = kept(b, p->dn);
    s->owner_sid_size = 0;
    if (p->sid && ms_put_sid(&sid, p->sid) && sid.size <= sizeof s->owner_sid) {
        memcpy(s->owner_sid, sid.data, sid.size);
        s->owner_sid_size = sid.size;
    }
}

void ms_add_sid(struct ms_build *b, struct ms_bag *bag, unsigned id, const struct ms_person *p)
{
    struct ms_bytes sid = {.mem = &b->mem};
    if (b->store.exchange && p->sid && ms_put_sid(&sid, p->sid))
        ms_bin(bag, MS_TAG(id), sid.data, sid.size);
}

static void enter_mailbox(struct ms_build *b, const struct ms_person *owner, bool is_public)
{
    struct ms_store other = b->store;
    ms_owner_set(b, &other, owner);
    other.is_public = is_public;
    b->mailbox = kept(b, owner->smtp ? owner->smtp : owner->name);
    b->place = NULL;
    b->known = NULL;
    if (!b->recipe->failed && b->ops->mailbox(b->writer, &other))
        b->recipe->failed = b->output_failed = true;
}

void ms_enter_mailbox(struct ms_build *b, const struct ms_person *owner) { enter_mailbox(b, owner, false); }

bool ms_is_part(const struct ms_node *n) { return !strcmp(n->word, "public") || !strcmp(n->word, "mailbox"); }

bool ms_build_part(struct ms_build *b, struct ms_node *n)
{
    bool is_public = !strcmp(n->word, "public");
    if (!ms_is_part(n))
        return false;
    ms_check_used(b->recipe, n);
    if (is_public && *n->rest)
        ms_fail(b->recipe, n, "`public` stands alone");
    b->place = NULL;
    b->part++;
    b->skipping = (is_public != b->is_public && !b->public_too) || (!is_public && !b->ops->mailbox) || b->again;
    if (!b->skipping && !is_public) {
        struct ms_person p = ms_person_of(b, n, ms_string(b->recipe, &b->mem, n));
        enter_mailbox(b, &p, false);
    } else if (!b->skipping && b->public_too) {
        enter_mailbox(b, &(struct ms_person){.name = "Public Folders", .smtp = "public@example.org"}, true);
    }
    return true;
}

void ms_stream_keep(struct ms_build *b, const char *text, bool calendar, bool whole)
{
    struct ms_stream *s = ms_alloc(&b->keep, sizeof *s), **last = &b->streams;
    *s =
        (struct ms_stream){.text = ms_copy(&b->keep, text, strlen(text) + 1), .calendar = calendar, .whole = whole};
    while (*last)
        last = &(*last)->next;
    *last = s;
}

/* `stream` with lines of `text`: a MIME message for the streaming file. */
bool ms_build_stream(struct ms_build *b, struct ms_node *n)
{
    if (strcmp(n->word, "stream") != 0)
        return false;
    if (ms_build_calendar(b, n))
        return true;
    const char *text = ms_child_text(b->recipe, &b->mem, n, "text");
    struct ms_bytes out = {.mem = &b->mem};
    ms_check_used(b->recipe, n);
    for (; text && *text; text++) {
        if (*text == '\n')
            ms_put8(&out, '\r');
        ms_put8(&out, (unsigned char)*text);
    }
    if (b->recipe->failed || !b->ops->stream)
        return true;
    if (b->ops->stream(b->writer, out.data, out.size))
        b->recipe->failed = b->output_failed = true;
    ms_put8(&out, 0);
    ms_stream_keep(b, (const char *)out.data, false, true);
    return true;
}

void ms_truth_streams(struct ms_build *b)
{
    const struct ms_stream *s;
    if (!b->streams)
        return;
    ms_truth_open(&b->truth, "streams", '[');
    for (s = b->streams; s; s = s->next)
        if (!s->calendar)
            ms_truth_text(&b->truth, NULL, s->text);
    ms_truth_close(&b->truth, ']');
    ms_truth_open(&b->truth, "mailed", '[');
    for (s = b->streams; s; s = s->next) {
        if (!s->calendar)
            continue;
        ms_truth_line(&b->truth);
        ms_truth_open(&b->truth, NULL, '{');
        ms_truth_text(&b->truth, "text", s->text);
        ms_truth_bool(&b->truth, "whole", s->whole);
        ms_truth_close(&b->truth, '}');
    }
    ms_truth_close(&b->truth, ']');
}

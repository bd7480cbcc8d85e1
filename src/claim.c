/*
 * claim.c - see claim.h. A packet is one record of a spool (spool.h): the mailbox, then folders to its end.
 */
#include "claim.h"

#include <stdio.h>
#include <string.h>

#define TAG 1

void pl_claims_init(struct pl_claims *c)
{
    *c = (struct pl_claims){0};
    pl_buf_init(&c->packet.record, PL_CLAIM_SIZE);
}

void pl_claims_clear(struct pl_claims *c)
{
    pl_buf_clear(&c->packet.record);
    c->packet.failed = false;
    c->mailbox = NULL;
    c->count = 0;
    c->items = 0;
}

void pl_claims_release(struct pl_claims *c) { pl_buf_release(&c->packet.record); }

static void mailbox_put(struct pl_spool *s, const char *owner, const struct pl_mailbox *m)
{
    pl_spool_begin(s, TAG);
    pl_spool_text(s, owner);
    pl_spool_text(s, m->name);
    pl_spool_text(s, m->smtp);
    pl_spool_text(s, m->dn);
    pl_spool_bytes(s, m->sid.data, m->sid.size);
    pl_spool_number(s, m->is_public);
}

static void folder_put(struct pl_spool *s, uint64_t place, const char *path, const struct pl_folder *folder)
{
    const uint64_t numbers[] = {place,
                                folder->offset,
                                folder->role,
                                folder->scope,
                                folder->is_default,
                                folder->item_count,
                                folder->associated_count,
                                folder->depth};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        pl_spool_number(s, numbers[i]);
    pl_spool_text(s, folder->key);
    pl_spool_text(s, folder->container_class);
    pl_spool_text(s, path);
    for (size_t i = 0; i < folder->depth; i++)
        pl_spool_text(s, folder->path[i]);
}

bool pl_claims_add(struct pl_claims *c, uint64_t place, const char *owner, const char *path,
                   const struct pl_folder *folder)
{
    struct pl_spool *s = &c->packet;
    size_t before = s->record.size;
    if (folder->depth > PL_CLAIM_DEPTH || (c->count && c->mailbox != folder->mailbox))
        return false;
    if (!c->count)
        mailbox_put(s, owner, folder->mailbox);
    folder_put(s, place, path, folder);
    if (s->record.failed || s->failed) {
        s->record.size = before;
        s->record.failed = s->failed = false;
        return false;
    }
    c->mailbox = folder->mailbox;
    c->items += folder->item_count + folder->associated_count;
    c->count++;
    return true;
}

bool pl_claimed_begin(struct pl_claimed *c, char *data, size_t size)
{
    size_t sid = 0;
    *c = (struct pl_claimed){.in = {.data = data, .size = size, .at = 1}};
    struct pl_mailbox *m = &c->mailbox;
    if (!size)
        return false;
    c->owner = pl_spool_in_text(&c->in);
    m->name = pl_spool_in_text(&c->in);
    m->smtp = pl_spool_in_text(&c->in);
    m->dn = pl_spool_in_text(&c->in);
    m->sid.data = pl_spool_in_bytes(&c->in, &sid);
    m->sid.size = sid;
    m->is_public = pl_spool_in_number(&c->in) != 0;
    return !c->in.bad && c->owner && m->name && m->smtp && m->dn;
}

bool pl_claimed_next(struct pl_claimed *c)
{
    struct pl_folder *f = &c->folder;
    if (c->in.bad || c->in.at == c->in.size)
        return false;
    *f = (struct pl_folder){.mailbox = &c->mailbox, .path = c->names};
    c->place = pl_spool_in_number(&c->in);
    f->offset = pl_spool_in_number(&c->in);
    uint64_t role = pl_spool_in_number(&c->in), scope = pl_spool_in_number(&c->in);
    f->is_default = pl_spool_in_number(&c->in) != 0;
    f->item_count = pl_spool_in_number(&c->in);
    f->associated_count = pl_spool_in_number(&c->in);
    uint64_t depth = pl_spool_in_number(&c->in);
    const char *key = pl_spool_in_text(&c->in);
    f->container_class = pl_spool_in_text(&c->in);
    c->path = pl_spool_in_text(&c->in);
    /* numbers become places in tables, and names are compared and joined: what is none of them is no folder */
    if (c->in.bad || depth > PL_CLAIM_DEPTH || role > PL_ROLE_FREEBUSY || scope > PL_SCOPE_RECOVERED || !key ||
        strlen(key) >= sizeof f->key || !f->container_class || !c->path)
        return false;
    snprintf(f->key, sizeof f->key, "%s", key);
    f->role = (enum pl_role)role;
    f->scope = (enum pl_scope)scope;
    f->depth = (size_t)depth;
    for (size_t i = 0; i < f->depth; i++) {
        c->names[i] = pl_spool_in_text(&c->in);
        c->in.bad = c->in.bad || !c->names[i];
    }
    return !c->in.bad;
}

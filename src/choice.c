/*
 * choice.c - the filters of a run. See choice.h. Layer: core, below convert.
 */
#include "choice.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "record.h"

#define LOCAL_MOST 65 /* octets before the @, and the end: RFC 5321 4.5.3.1.1 */

#define CLASS_MEMORY ((size_t)64 << 10)

void pl_choice_init(struct pl_choice *c)
{
    *c = (struct pl_choice){0};
    pl_arena_init(&c->arena, CLASS_MEMORY);
    pl_choice_clear(c);
}

void pl_choice_clear(struct pl_choice *c)
{
    pl_arena_reset(&c->arena);
    c->refused_count = 0;
    c->others = (struct pl_refused){.message_class = "(others)"};
    c->refused_items = 0;
}

void pl_choice_release(struct pl_choice *c) { pl_arena_release(&c->arena); }

static struct pl_refused *refused_find(struct pl_choice *c, const char *message_class, bool associated)
{
    for (size_t i = 0; i < c->refused_count; i++) {
        struct pl_refused *r = &c->refused[i];
        if (r->associated == associated && !strcasecmp(r->message_class, message_class))
            return r;
    }
    return NULL;
}

static struct pl_refused *refused_add(struct pl_choice *c, const char *message_class, bool associated)
{
    const char *name = c->refused_count < PL_REFUSED_MOST ? pl_arena_strdup(&c->arena, message_class) : NULL;
    if (!name)
        return &c->others;
    struct pl_refused *r = &c->refused[c->refused_count++];
    *r = (struct pl_refused){.message_class = name, .associated = associated};
    return r;
}

static bool is_wanted(const struct pl_choice *c, const char *message_class, bool associated)
{
    int system = pl_kind_of_system(message_class, c->place), kind = pl_kind_of_class(message_class);
    /* one whose class can't be read is looked at: pl_session_next_item */
    return (!associated && (!*message_class || (kind >= 0 && (c->kinds & 1u << kind)))) ||
           (system >= 0 && (c->kinds & 1u << system));
}

void pl_choice_refuse(struct pl_choice *c, const char *message_class, bool associated, uint64_t count)
{
    struct pl_refused *r = message_class ? refused_find(c, message_class, associated) : &c->others;
    if (!r)
        r = refused_add(c, message_class, associated);
    r->count += count;
    c->refused_items += count;
}

bool pl_choice_wants(void *data, const char *message_class, bool associated)
{
    if (is_wanted(data, message_class, associated))
        return true;
    pl_choice_refuse(data, message_class, associated, 1);
    return false;
}

static bool glob_matches(const char *glob, const char *path)
{
    return fnmatch(glob, path, FNM_CASEFOLD | FNM_LEADING_DIR) == 0;
}

bool pl_choice_folder(const char *const *globs, size_t count, const char *path)
{
    bool chosen = count == 0;
    for (size_t i = 0; i < count && !chosen; i++)
        chosen = glob_matches(globs[i], path);
    return chosen;
}

bool pl_choice_mailbox(const char *const *globs, size_t count, const struct pl_mailbox *mailbox, const char *owner)
{
    char local[LOCAL_MOST];
    const char *last = strrchr(mailbox->dn, '='), *at = strrchr(mailbox->smtp, '@');
    int size = at && at - mailbox->smtp < LOCAL_MOST ? (int)(at - mailbox->smtp) : 0;
    snprintf(local, sizeof local, "%.*s", size, mailbox->smtp);
    const char *const names[] = {mailbox->smtp,        local,         mailbox->dn,
                                 last ? last + 1 : "", mailbox->name, owner ? owner : ""};
    bool chosen = count == 0;
    for (size_t i = 0; i < count && !chosen; i++)
        for (size_t k = 0; k < sizeof names / sizeof names[0] && !chosen; k++)
            chosen = *names[k] && fnmatch(globs[i], names[k], FNM_CASEFOLD) == 0;
    return chosen;
}

bool pl_choice_since(const int64_t *since_utc, const struct pl_record *record)
{
    if (!since_utc || record->kind != PL_EVENT)
        return true;
    const struct pl_event *e = &record->as.event;
    const struct pl_when *last = e->end.set ? &e->end : &e->start;
    if (e->recur || e->rdate_count || !last->set)
        return true;
    return (last->is_date ? last->local : last->utc) >= *since_utc;
}

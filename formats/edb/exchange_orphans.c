/*
 * exchange_orphans.c - messages that no folder lists.
 *
 * Layer: inside the EDB reader. Every folder has a balance: the sum of the weights of the
 * ids that it lists, less those of the messages that call it their home, over one walk of
 * all messages after the last folder. Zero means that both are the same set, but for a chance
 * of one in 2^64. Only the messages of other folders are looked up one by one; what is not
 * listed is delivered as the content of a folder of its own. A message without a home is
 * embedded in another, and no item.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "exchange.h"

#include "plural.h"

/* The finisher of SplitMix64: ids that are neighbours get weights that are not. */
uint64_t exchange_weight(uint64_t id)
{
    id = (id ^ id >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    id = (id ^ id >> 27) * UINT64_C(0x94d049bb133111eb);
    return id ^ id >> 31;
}

void exchange_orphans_close(struct exchange *x)
{
    struct exchange_orphans *o = &x->orphans;
    if (o->open)
        ese_cursor_close(&o->cursor);
    for (unsigned i = 0; i < EXCHANGE_RECENT; i++)
        exchange_contents_close(&o->recent[i]);
    o->open = false;
}

/* The contents of a folder; neighbours among messages are often of one folder. */
static struct exchange_contents *contents_of(struct exchange *x, uint32_t folder)
{
    struct exchange_orphans *o = &x->orphans;
    for (unsigned i = 0; i < EXCHANGE_RECENT; i++)
        if (o->recent[i].open && o->recent[i].folder == folder)
            return &o->recent[i];
    struct exchange_contents *c = &o->recent[o->next];
    o->next = (o->next + 1) % EXCHANGE_RECENT;
    exchange_contents_close(c);
    enum pl_status st = exchange_contents_open(x, folder, c);
    return c->open && st > PL_LOST ? c : NULL;
}

static bool is_listed(struct exchange *x, uint32_t folder, uint64_t id)
{
    struct exchange_contents *c = contents_of(x, folder);
    struct ese_key key = {0};
    struct ese_node node;
    struct ese_record r;
    uint64_t found = 0;
    if (!c || !c->message.column)
        return false;
    exchange_key_add(&key, &c->message, id);
    enum pl_status st = ese_cursor_seek(&c->cursor, key.data, key.size);
    if (st > PL_LOST && st != PL_END)
        st = ese_cursor_next(&c->cursor, &node);
    return st > PL_LOST && st != PL_END && ese_record_parse(&c->table, &node, &r) > PL_LOST &&
           exchange_id(x, &r, c->message, &found) && found == id;
}

/* The next message that has a home, which may be EXCHANGE_NOWHERE. */
static enum pl_status homed_next(struct exchange *x, uint64_t *id, uint32_t *folder, struct ese_record *r)
{
    const struct exchange_table *t = &x->tables[EDB_MESSAGES];
    struct exchange_orphans *o = &x->orphans;
    struct ese_node node;
    enum pl_status st;
    while ((st = ese_cursor_next(&o->cursor, &node)) != PL_END && st != PL_STOP) {
        uint64_t home = 0;
        if (st <= PL_LOST || ese_record_parse(&t->table, &node, r) <= PL_LOST ||
            !exchange_id(x, r, t->fields[EDB_ID], id) || !exchange_id(x, r, t->fields[EDB_FOLDER], &home))
            continue;
        *folder = exchange_folder_find(x, home);
        return PL_OK;
    }
    return st;
}

/* The next message that no folder lists. */
static enum pl_status orphan_find(struct exchange *x, uint64_t *id, struct ese_record *r)
{
    uint32_t folder = EXCHANGE_NOWHERE;
    enum pl_status st;
    while ((st = homed_next(x, id, &folder, r)) == PL_OK) {
        const struct exchange_folder *f = folder == EXCHANGE_NOWHERE ? NULL : &x->folders[folder];
        if (!f || ((!f->counted || f->balance) && !is_listed(x, folder, *id)))
            return PL_OK;
    }
    return st;
}

/* Settles the balances of all folders. PL_END: no message can be an orphan. */
static enum pl_status orphans_weigh(struct exchange *x)
{
    struct ese_record r;
    uint64_t id = 0;
    uint32_t folder = EXCHANGE_NOWHERE;
    bool suspect = false;
    enum pl_status st = exchange_orphans_open(x);
    while (st > PL_LOST && (st = homed_next(x, &id, &folder, &r)) == PL_OK) {
        suspect = suspect || folder == EXCHANGE_NOWHERE || !x->folders[folder].counted;
        if (folder != EXCHANGE_NOWHERE)
            x->folders[folder].balance -= exchange_weight(id);
    }
    exchange_orphans_close(x);
    for (uint32_t i = 0; i < x->folder_count && !suspect; i++)
        suspect = x->folders[i].balance != 0;
    return st == PL_STOP ? st : suspect ? PL_OK : PL_END;
}

enum pl_status exchange_orphans_open(struct exchange *x)
{
    ese_cursor_init(&x->orphans.cursor, &x->db, x->tables[EDB_MESSAGES].table.row.tree);
    x->orphans.open = true;
    return ese_cursor_first(&x->orphans.cursor);
}

const struct pl_mailbox *exchange_only_mailbox(const struct exchange *x)
{
    return x->mailbox_count == 1 ? &x->mailboxes[0].mailbox : NULL;
}

bool exchange_has_all(const struct exchange *x)
{
    for (uint32_t i = 0; i < x->mailbox_count; i++)
        if (!x->mailboxes[i].wanted)
            return false;
    return true;
}

bool exchange_has_homes(const struct exchange *x)
{
    const struct exchange_table *t = &x->tables[EDB_MESSAGES];
    return t->how != EXCHANGE_MISSING && t->fields[EDB_FOLDER].column && x->contents_how != EXCHANGE_MISSING;
}

/* A role that is missing was told. */
static bool can_look(const struct exchange *x)
{
    const char *why = !x->tables[EDB_MESSAGES].fields[EDB_FOLDER].column ? "there is no column for their folder"
                      : !exchange_has_all(x) ? "that is done when all mailboxes are read"
                                             : NULL;
    if (x->tables[EDB_MESSAGES].how == EXCHANGE_MISSING || x->contents_how == EXCHANGE_MISSING)
        return false;
    if (why)
        pl_report(x->r->report, PL_OK, "edb.orphans-unsought", NULL, PL_NO_OFFSET,
                  "messages that no folder lists are not looked for: %s", why);
    return !why;
}

enum pl_status exchange_orphans_folder(struct exchange *x, struct pl_folder *out)
{
    static const char *const path[] = {"(orphans)"};
    struct ese_record r;
    uint64_t id = 0, count = 0;
    enum pl_status st = PL_END;
    if (x->orphans.given)
        return PL_END;
    x->orphans.given = true;
    exchange_items_close(x);
    if (can_look(x))
        st = orphans_weigh(x);
    if (st == PL_END || st == PL_STOP)
        return st;
    st = exchange_orphans_open(x);
    if (st > PL_LOST)
        while ((st = orphan_find(x, &id, &r)) == PL_OK)
            count++;
    exchange_orphans_close(x);
    if (st == PL_STOP || !count)
        return st == PL_STOP ? st : PL_END;
    snprintf(out->key, sizeof out->key, "%s", EXCHANGE_ORPHANS);
    out->offset = PL_NO_OFFSET;
    out->mailbox = exchange_only_mailbox(x);
    out->path = path;
    out->depth = 1;
    out->scope = PL_SCOPE_RECOVERED;
    out->item_count = count;
    return pl_report(x->r->report, PL_WARN, "edb.orphans", NULL, PL_NO_OFFSET, "%" PRIu64 " %s as recovered", count,
                     pl_plural(count, "message is listed by no folder; it comes",
                               "messages are listed by no folder; they come"));
}

enum pl_status exchange_orphans_next(struct exchange *x, const struct pl_wanted *wanted, struct pl_item *out)
{
    for (;;) {
        struct ese_record r;
        uint64_t id = 0;
        *out = (struct pl_item){.message_class = "", .offset = PL_NO_OFFSET};
        enum pl_status st = orphan_find(x, &id, &r);
        if (st != PL_OK)
            return st;
        st = exchange_deliver(x, id, &r, exchange_is_hidden(x, &r, false), wanted, out);
        out->evidence = PL_EVIDENCE_NODE;
        out->confidence = PL_HIGH;
        if (st != PL_END)
            return st;
    }
}

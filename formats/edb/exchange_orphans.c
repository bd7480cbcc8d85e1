/*
 * exchange_orphans.c - messages that no folder lists.
 *
 * Layer: inside the EDB reader. After the last folder all messages are walked once, and
 * each is looked up in the contents of the folder that it calls its home. What is not there
 * is delivered as the content of a folder of its own. A message without a home is embedded
 * in another, and no item.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "exchange.h"

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
    return ese_cursor_seek(&c->cursor, key.data, key.size) > PL_LOST &&
           ese_cursor_next(&c->cursor, &node) > PL_LOST && ese_record_parse(&c->table, &node, &r) > PL_LOST &&
           exchange_id(x, &r, c->message, &found) && found == id;
}

/* The next message that no folder lists. */
static enum pl_status orphan_find(struct exchange *x, uint64_t *id, struct ese_record *r)
{
    const struct exchange_table *t = &x->tables[EDB_MESSAGES];
    struct ese_node node;
    enum pl_status st;
    while ((st = ese_cursor_next(&x->orphans.cursor, &node)) != PL_END && st != PL_STOP) {
        uint64_t home = 0;
        if (st <= PL_LOST || ese_record_parse(&t->table, &node, r) <= PL_LOST ||
            !exchange_id(x, r, t->fields[EDB_ID], id) || !exchange_id(x, r, t->fields[EDB_FOLDER], &home))
            continue;
        uint32_t folder = exchange_folder_find(x, home);
        if (folder == EXCHANGE_NOWHERE || !is_listed(x, folder, *id))
            return PL_OK;
    }
    return st;
}

enum pl_status exchange_orphans_open(struct exchange *x)
{
    ese_cursor_init(&x->orphans.cursor, &x->db, x->tables[EDB_MESSAGES].table.row.tree);
    x->orphans.open = true;
    return ese_cursor_first(&x->orphans.cursor);
}

static bool can_look(const struct exchange *x)
{
    const struct exchange_table *t = &x->tables[EDB_MESSAGES];
    for (uint32_t i = 0; i < x->mailbox_count; i++)
        if (!x->mailboxes[i].wanted)
            return false;
    return t->how != EXCHANGE_MISSING && t->fields[EDB_FOLDER].column && x->contents_how != EXCHANGE_MISSING;
}

enum pl_status exchange_orphans_folder(struct exchange *x, struct pl_folder *out)
{
    static const char *const path[] = {"(orphans)"};
    struct ese_record r;
    uint64_t id = 0, count = 0;
    enum pl_status st = PL_END;
    if (x->orphans.given || !can_look(x))
        return PL_END;
    x->orphans.given = true;
    exchange_items_close(x);
    if (exchange_orphans_open(x) > PL_LOST)
        while ((st = orphan_find(x, &id, &r)) == PL_OK)
            count++;
    exchange_orphans_close(x);
    if (st == PL_STOP || !count)
        return st == PL_STOP ? st : PL_END;
    snprintf(out->key, sizeof out->key, "%s", EXCHANGE_ORPHANS);
    out->offset = PL_NO_OFFSET;
    out->path = path;
    out->depth = 1;
    out->scope = PL_SCOPE_RECOVERED;
    out->item_count = count;
    return pl_report(x->r->report, PL_WARN, "edb.orphans", NULL, PL_NO_OFFSET,
                     "%" PRIu64 " messages are listed by no folder; they come as recovered", count);
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
        if (st != PL_END)
            return st;
    }
}

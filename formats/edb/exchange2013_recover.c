/*
 * exchange2013_recover.c - messages that were deleted and not overwritten, of 2013 and later.
 *
 * Layer: inside the EDB reader, above ese_remains. What was given up is found once for all mailboxes; whose it is
 * tells the table. Each mailbox has its deleted messages after its folders. Rows are found again by their keys,
 * among what was deleted. Keys: "deleted:m100-17", "recovered/f100-1-2a". docs/recovery.md
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange2013.h"

#define MEMORY   ((size_t)1 << 20)
#define KEY_MOST 16u

/* Home folder, or 0; number of the message; key of its row. */
enum word { HOME, NUMBER, KEY_HIGH, KEY_LOW, KEY_SIZE, WORDS };

void exchange2013_recover_leave(struct exchange *x)
{
    exchange_recover_mode(x, false);
    pl_sorter_free(x->recovery.items);
    x->recovery = (struct exchange_recovery){.remains = x->recovery.remains, .failed = x->recovery.failed};
}

/* --- finding ----------------------------------------------------------------------------- */

static enum pl_status remains_find(struct exchange *x)
{
    struct ese_tree *trees = NULL;
    size_t count = 0;
    if (x->recovery.remains)
        return PL_OK;
    x->r->report->recovering = true;
    enum pl_status st = exchange2013_trees(x, &trees, &count);
    if (st == PL_OK)
        st = ese_remains_find(&x->db, trees, count, &x->recovery.remains);
    x->r->report->recovering = false;
    free(trees);
    return st == PL_OK ? exchange_recover_tell(x) : st;
}

/* What can be found of the mailbox at hand. */
static enum pl_status mailbox_learn(struct exchange *x)
{
    const struct ese_table *tables[] = {&x->tables[EDB_MESSAGES].table, &x->tables[EDB_ATTACHMENTS].table};
    enum pl_status st = remains_find(x);
    if (st != PL_OK)
        return st;
    x->r->report->recovering = true;
    st = ese_remains_learn(x->recovery.remains, tables, x->tables[EDB_ATTACHMENTS].how == EXCHANGE_MISSING ? 1 : 2);
    x->r->report->recovering = false;
    return st;
}

static void key_pack(const struct ese_node *node, uint64_t item[WORDS])
{
    uint8_t key[ESE_KEY_MOST] = {0};
    size_t size = ese_key_copy(node, key);
    item[KEY_HIGH] = exchange_be64(key);
    item[KEY_LOW] = exchange_be64(key + 8);
    item[KEY_SIZE] = size;
}

static void key_unpack(const uint64_t item[WORDS], uint8_t key[KEY_MOST])
{
    for (unsigned i = 0; i < 8; i++) {
        key[i] = (uint8_t)(item[KEY_HIGH] >> (56 - 8 * i));
        key[8 + i] = (uint8_t)(item[KEY_LOW] >> (56 - 8 * i));
    }
}

/* One deleted row after the other. */
static enum pl_status row_next(struct exchange *x, struct ese_cursor *c, struct ese_node *node,
                               struct ese_record *r, struct mail_entry *e)
{
    enum pl_status st;
    while ((st = ese_cursor_next(c, node)) != PL_END && st != PL_STOP)
        if (st > PL_LOST && node->prefix.size + node->suffix.size <= KEY_MOST &&
            ese_record_parse(&x->tables[EDB_MESSAGES].table, node, r) > PL_LOST &&
            exchange2013_entry(x, node, r, e))
            return PL_OK;
    return st;
}

static enum pl_status items_take(struct exchange *x)
{
    struct ese_cursor c;
    struct ese_node node;
    struct ese_record r;
    struct mail_entry e;
    bool full = false;
    ese_cursor_init(&c, &x->db, x->tables[EDB_MESSAGES].table.row.tree);
    while (!full && row_next(x, &c, &node, &r, &e) == PL_OK) {
        uint64_t item[WORDS] = {
            [HOME] = e.folder == EXCHANGE_NOWHERE ? 0 : x->folders[e.folder].id, [NUMBER] = e.number};
        key_pack(&node, item);
        full = pl_sorter_add(x->recovery.items, item) != PL_OK;
    }
    ese_cursor_close(&c);
    return exchange_recover_sort(x, full);
}

/* The deleted messages of the mailbox at hand; once. */
static enum pl_status mailbox_search(struct exchange *x)
{
    struct exchange_recovery *v = &x->recovery;
    if (v->begun && v->mailbox == x->later->current)
        return PL_OK;
    exchange2013_recover_leave(x);
    v->begun = true;
    v->mailbox = x->later->current;
    v->items = pl_sorter_new(WORDS, MEMORY);
    enum pl_status st = v->items ? mailbox_learn(x)
                                 : pl_report(x->r->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
    if (st == PL_OK) {
        exchange_recover_mode(x, true);
        st = items_take(x);
        exchange_recover_mode(x, false);
    }
    v->failed = st != PL_OK;
    return st;
}

static enum pl_status mailbox_find(struct exchange *x)
{
    const struct pl_work before = pl_work_apart_begin(x->r->work);
    enum pl_status st = mailbox_search(x);
    pl_work_apart_end(x->r->work, &before);
    return st;
}

/* --- folders -------------------------------------------------------------------------------- */

enum pl_status exchange2013_recover_folder(struct exchange *x, struct pl_folder *out)
{
    struct exchange_recovery *v = &x->recovery;
    uint64_t item[WORDS];
    char key[PL_KEY_MAX];
    if (!x->r->options.recover || x->tables[EDB_MESSAGES].how == EXCHANGE_MISSING || v->failed)
        return PL_END;
    if (mailbox_find(x) != PL_OK)
        return PL_STOP;
    if (!pl_sorter_at(v->items, v->next, item))
        return PL_END;
    uint64_t end = pl_sorter_find(v->items, item[HOME] + 1), count = end - v->next;
    uint32_t place = item[HOME] ? exchange_folder_find(x, item[HOME]) : EXCHANGE_NOWHERE;
    v->next = end;
    snprintf(key, sizeof key, EXCHANGE_ORPHANS "%" PRIu32, exchange2013_number(x));
    if (place != EXCHANGE_NOWHERE)
        x->schema->folder_key(x, place, key);
    enum pl_status st =
        exchange_recover_fill(x, place, "(without a folder)", &x->mailboxes[x->later->current].mailbox, out);
    snprintf(out->key, sizeof out->key, EXCHANGE_RECOVERED "%.*s",
             (int)(sizeof out->key - sizeof EXCHANGE_RECOVERED), key);
    out->item_count = count;
    return st;
}

enum pl_status exchange2013_recover_open(struct exchange *x, const char *key)
{
    struct exchange_recovery *v = &x->recovery;
    const char *at = key + strlen(EXCHANGE_RECOVERED);
    unsigned number = 0, replid = 0;
    uint64_t counter = 0, home = 0;
    int end = 0;
    if (strncmp(key, EXCHANGE_RECOVERED, strlen(EXCHANGE_RECOVERED)) != 0)
        return PL_END;
    if (sscanf(at, "f%u-%x-%" SCNx64 "%n", &number, &replid, &counter, &end) == 3 && !at[end])
        home = (uint64_t)replid << 48 | counter;
    else if (sscanf(at, EXCHANGE_ORPHANS "%u%n", &number, &end) != 1 || at[end])
        return PL_END;
    if (exchange2013_ensure(x, number) != PL_OK || x->tables[EDB_MESSAGES].how == EXCHANGE_MISSING ||
        mailbox_find(x) != PL_OK)
        return PL_END;
    v->at = pl_sorter_find(v->items, home);
    v->end = pl_sorter_find(v->items, home + 1);
    v->open = v->at < v->end;
    return v->open ? PL_OK : PL_END;
}

/* --- items ------------------------------------------------------------------------------------ */

static void item_begin(struct exchange *x, uint64_t number, bool hidden, struct pl_item *out)
{
    *out = (struct pl_item){.message_class = "", .offset = PL_NO_OFFSET, .associated = hidden};
    snprintf(out->key, sizeof out->key, EXCHANGE_DELETED "m%" PRIu32 "-%" PRIu64, exchange2013_number(x), number);
    snprintf(x->key, sizeof x->key, "%s", out->key);
}

/* PL_END: it is none, or nobody wants it. */
static enum pl_status item_deliver(struct exchange *x, const uint64_t item[WORDS], const struct pl_wanted *wanted,
                                   struct pl_item *out)
{
    struct exchange_row row = {0};
    uint8_t key[KEY_MOST];
    int64_t hidden = 0;
    key_unpack(item, key);
    item_begin(x, item[NUMBER], false, out);
    enum pl_status st = exchange2013_row(x, EDB_MESSAGES, key, item[KEY_SIZE], &row);
    if (st > PL_LOST && st != PL_END) {
        const char *class = exchange2013_class(x, &row.record, x->r->item_arena);
        out->associated =
            exchange_integer(x, &row.record, x->tables[EDB_MESSAGES].fields[EDB_HIDDEN], &hidden) && hidden;
        out->message_class = class ? class : "";
        st = wanted->wants(wanted->data, out->message_class, out->associated)
                 ? exchange2013_item_load(x, EDB_MESSAGES, &row.record, !wanted->people_only, out)
                 : PL_END;
    }
    exchange_row_close(&row);
    return exchange_recover_given(x, st, out);
}

enum pl_status exchange2013_recover_next(struct exchange *x, const struct pl_wanted *wanted, struct pl_item *out)
{
    struct exchange_recovery *v = &x->recovery;
    uint64_t item[WORDS];
    while (v->at < v->end && pl_sorter_at(v->items, v->at++, item)) {
        exchange_recover_mode(x, true);
        enum pl_status st = item_deliver(x, item, wanted, out);
        exchange_recover_mode(x, false);
        if (st != PL_END)
            return st;
    }
    return PL_END;
}

/* The deleted row of that number, and what a way leads to from there. */
static enum pl_status item_find(struct exchange *x, const char *key, unsigned number, const char *way,
                                struct pl_item *out)
{
    struct exchange_row row = {0};
    struct ese_node node;
    struct mail_entry e = {0};
    enum pl_status st;
    ese_cursor_init(&row.cursor, &x->db, x->tables[EDB_MESSAGES].table.row.tree);
    do
        st = row_next(x, &row.cursor, &node, &row.record, &e);
    while (st == PL_OK && e.number != number);
    item_begin(x, number, e.hidden, out);
    if (st == PL_OK && *way) {
        snprintf(out->key, sizeof out->key, "%s", key);
        st = exchange2013_way(x, way, &row);
    }
    if (st > PL_LOST && st != PL_END)
        st = exchange2013_item_load(x, *way ? EDB_ATTACHMENTS : EDB_MESSAGES, &row.record, true, out);
    exchange_row_close(&row);
    return st;
}

enum pl_status exchange2013_recover_item(struct exchange *x, const char *key, struct pl_item *out)
{
    const char *at = key + strlen(EXCHANGE_DELETED);
    unsigned mailbox = 0, number = 0;
    int end = 0;
    if (sscanf(at, "m%u-%u%n", &mailbox, &number, &end) != 2 || (at[end] && at[end] != '/'))
        return PL_END;
    enum pl_status st = exchange2013_ensure(x, mailbox);
    if (st != PL_OK || x->tables[EDB_MESSAGES].how == EXCHANGE_MISSING)
        return st <= PL_LOST ? st : PL_END;
    bool on = x->db.remains != NULL;
    st = on ? PL_OK : mailbox_find(x);
    if (st != PL_OK)
        return PL_LOST;
    exchange_recover_mode(x, true);
    st = item_find(x, key, number, at + end, out);
    exchange_recover_mode(x, on);
    if (st > PL_LOST && st != PL_END)
        exchange_recover_mark(x, out);
    return st;
}

/*
 * exchange_recover.c - messages that were deleted and not overwritten, of 2000 to 2007.
 *
 * Layer: inside the EDB reader, above ese_remains: the rows of messages and attachments, and their long values,
 * that trees have given up. A message tells its home; one without a home is embedded in another, and no item. Ids
 * of messages are not given out twice, so parts are those of this message. All is read by the code that reads
 * living rows, with db->remains set. Keys: "deleted:m1-2a". docs/recovery.md
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "exchange.h"
#include "role.h"

#define MEMORY ((size_t)1 << 20)

enum word { HOME, ID, WORDS };

bool exchange_recover_mode(struct exchange *x, bool on)
{
    bool before = x->db.remains != NULL;
    x->db.remains = on ? x->recovery.remains : NULL;
    x->r->report->recovering = x->db.remains != NULL;
    return before;
}

void exchange_recover_close(struct exchange *x)
{
    exchange_recover_mode(x, false);
    ese_remains_free(x->recovery.remains);
    pl_sorter_free(x->recovery.items);
    x->recovery = (struct exchange_recovery){0};
}

/* --- finding -------------------------------------------------------------------------- */

static enum pl_status remains_find(struct exchange *x)
{
    static const enum edb_role roles[] = {EDB_MESSAGES, EDB_ATTACHMENTS};
    const struct ese_table *tables[2];
    struct ese_tree trees[4];
    size_t table_count = 0, tree_count = 0;
    if (x->recovery.remains)
        return PL_OK;
    for (size_t i = 0; i < 2; i++) {
        const struct ese_table *t = &x->tables[roles[i]].table;
        if (x->tables[roles[i]].how == EXCHANGE_MISSING)
            continue;
        tables[table_count++] = t;
        trees[tree_count++] = t->row.tree;
        if (t->long_values.root)
            trees[tree_count++] = t->long_values;
    }
    const struct pl_work before = pl_work_apart_begin(x->r->work);
    x->r->report->recovering = true;
    enum pl_status st = ese_remains_find(&x->db, trees, tree_count, &x->recovery.remains);
    if (st == PL_OK)
        st = ese_remains_learn(x->recovery.remains, tables, table_count);
    pl_work_apart_end(x->r->work, &before);
    x->r->report->recovering = false;
    return st;
}

enum pl_status exchange_recover_sort(struct exchange *x, bool full)
{
    return full || pl_sorter_sort(x->recovery.items) != PL_OK
               ? pl_report(
                     x->r->report, PL_STOP, "recover.room", NULL, PL_NO_OFFSET,
                     "what is to be recovered can't be kept in order: make room for temporary files, or set TMPDIR")
               : PL_OK;
}

/* Deleted rows of messages that have a home: one that is read, or, when all are, any. */
static enum pl_status items_take(struct exchange *x)
{
    const struct exchange_table *t = &x->tables[EDB_MESSAGES];
    struct ese_cursor c;
    struct ese_node node;
    struct ese_record r;
    enum pl_status st;
    bool all = exchange_has_all(x), full = false;
    ese_cursor_init(&c, &x->db, t->table.row.tree);
    while (!full && (st = ese_cursor_next(&c, &node)) != PL_END && st != PL_STOP) {
        uint64_t item[WORDS] = {0};
        if (st <= PL_LOST || ese_record_parse(&t->table, &node, &r) <= PL_LOST ||
            !exchange_id(x, &r, t->fields[EDB_ID], &item[ID]) ||
            !exchange_id(x, &r, t->fields[EDB_FOLDER], &item[HOME]))
            continue;
        if (!all && exchange_folder_find(x, item[HOME]) == EXCHANGE_NOWHERE)
            continue;
        full = pl_sorter_add(x->recovery.items, item) != PL_OK;
    }
    ese_cursor_close(&c);
    return exchange_recover_sort(x, full);
}

enum pl_status exchange_recover_tell(struct exchange *x)
{
    struct ese_remains_counts n;
    ese_remains_count(x->recovery.remains, &n);
    if (n.part)
        pl_report(x->r->report, PL_WARN, "recover.part", NULL, PL_NO_OFFSET,
                  "not all of the file was searched for deleted items: it cannot be read");
    return pl_report(x->r->report, PL_OK, "recover.found", NULL, PL_NO_OFFSET,
                     "nodes of messages and attachments that were deleted: %" PRIu64
                     ", that their trees have lost: %" PRIu64 ", on pages: %" PRIu64,
                     n.deleted, n.adrift, n.pages);
}

static enum pl_status find_all(struct exchange *x)
{
    struct exchange_recovery *v = &x->recovery;
    v->begun = true;
    v->items = pl_sorter_new(WORDS, MEMORY);
    enum pl_status st = v->items ? remains_find(x)
                                 : pl_report(x->r->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
    if (st == PL_OK) {
        const struct pl_work before = pl_work_apart_begin(x->r->work);
        exchange_recover_mode(x, true);
        st = items_take(x);
        exchange_recover_mode(x, false);
        pl_work_apart_end(x->r->work, &before);
    }
    v->failed = st != PL_OK;
    if (v->failed)
        return st;
    return exchange_recover_tell(x);
}

/* --- folders ----------------------------------------------------------------------------- */

enum pl_status exchange_recover_fill(struct exchange *x, uint32_t place, const char *otherwise,
                                     const struct pl_mailbox *mailbox, struct pl_folder *out)
{
    struct pl_folder was = {.container_class = "", .mailbox = mailbox};
    bool known = place != EXCHANGE_NOWHERE;
    if (known && exchange_folder_fill(x, place, &was) <= PL_LOST)
        return PL_LOST;
    if ((!known && !otherwise) || !pl_role_recovered(x->r->folder_arena, &was, known ? NULL : otherwise, out))
        return exchange_no_memory(x);
    out->mailbox = was.mailbox;
    return PL_OK;
}

enum pl_status exchange_recover_folder(struct exchange *x, struct pl_folder *out)
{
    struct exchange_recovery *v = &x->recovery;
    const struct exchange_table *t = &x->tables[EDB_MESSAGES];
    uint64_t item[WORDS];
    char home[PL_KEY_MAX];
    if (!x->r->options.recover || t->how == EXCHANGE_MISSING || !t->fields[EDB_FOLDER].column || v->failed)
        return PL_END;
    if (!v->begun && find_all(x) != PL_OK)
        return PL_STOP;
    if (!pl_sorter_at(v->items, v->next, item))
        return PL_END;
    uint64_t end = pl_sorter_find(v->items, item[HOME] + 1), count = end - v->next;
    v->next = end;
    exchange_key_make(home, 'f', item[HOME]);
    enum pl_status st = exchange_recover_fill(x, exchange_folder_find(x, item[HOME]),
                                              pl_arena_printf(x->r->folder_arena, "(folder %s)", home),
                                              exchange_only_mailbox(x), out);
    snprintf(out->key, sizeof out->key, EXCHANGE_RECOVERED "%.*s",
             (int)(sizeof out->key - sizeof EXCHANGE_RECOVERED), home);
    out->item_count = count;
    return st;
}

enum pl_status exchange_recover_open(struct exchange *x, const char *key)
{
    struct exchange_recovery *v = &x->recovery;
    const char *at = key + strlen(EXCHANGE_RECOVERED);
    uint64_t home = 0;
    if (strncmp(key, EXCHANGE_RECOVERED, strlen(EXCHANGE_RECOVERED)) != 0 || !exchange_key_id(&at, 'f', &home) ||
        *at || (!v->begun && find_all(x) != PL_OK))
        return PL_END;
    v->at = pl_sorter_find(v->items, home);
    v->end = pl_sorter_find(v->items, home + 1);
    v->open = v->at < v->end;
    return v->open ? PL_OK : PL_END;
}

/* --- items --------------------------------------------------------------------------------- */

void exchange_recover_mark(struct exchange *x, struct pl_item *out)
{
    bool adrift = ese_remains_is_adrift(x->recovery.remains, out->offset);
    out->recovered = out->remnant = true;
    out->evidence = adrift ? "lost-page" : "deleted-row";
    out->confidence = adrift ? PL_MEDIUM : PL_HIGH;
}

enum pl_status exchange_recover_given(struct exchange *x, enum pl_status st, struct pl_item *out)
{
    if (st > PL_LOST && st != PL_END) {
        exchange_recover_mark(x, out);
        return st;
    }
    pl_arena_reset(x->r->item_arena);
    return PL_END;
}

/* PL_END: it is none, or nobody wants it. */
static enum pl_status item_deliver(struct exchange *x, uint64_t id, const struct pl_wanted *wanted,
                                   struct pl_item *out)
{
    struct exchange_row row;
    char key[PL_KEY_MAX];
    exchange_key_make(key, 'm', id);
    snprintf(out->key, sizeof out->key, EXCHANGE_DELETED "%.*s", (int)(sizeof out->key - sizeof EXCHANGE_DELETED),
             key);
    snprintf(x->key, sizeof x->key, "%s", out->key);
    x->codepage = 0;
    enum pl_status st = exchange_row_find(x, EDB_MESSAGES, id, &row);
    if (st > PL_LOST && st != PL_END) {
        const char *class = exchange_text(x, &row.record, x->class, x->r->item_arena);
        out->associated = exchange_is_hidden(x, &row.record, false);
        out->message_class = class ? class : "";
        st = wanted->wants(wanted->data, out->message_class, out->associated)
                 ? exchange_item_load(x, id, &row.record, out)
                 : PL_END;
    }
    exchange_row_close(&row);
    return exchange_recover_given(x, st, out);
}

enum pl_status exchange_recover_next(struct exchange *x, const struct pl_wanted *wanted, struct pl_item *out)
{
    struct exchange_recovery *v = &x->recovery;
    uint64_t item[WORDS];
    while (v->at < v->end && pl_sorter_at(v->items, v->at++, item)) {
        *out = (struct pl_item){.message_class = "", .offset = PL_NO_OFFSET};
        exchange_recover_mode(x, true);
        enum pl_status st = item_deliver(x, item[ID], wanted, out);
        exchange_recover_mode(x, false);
        if (st != PL_END)
            return st;
    }
    return PL_END;
}

enum pl_status exchange_recover_item(struct exchange *x, const char *key, struct pl_item *out)
{
    if (x->tables[EDB_MESSAGES].how == EXCHANGE_MISSING || remains_find(x) != PL_OK)
        return PL_END;
    exchange_recover_mode(x, true);
    enum pl_status st = exchange_item_open(x, key, out);
    exchange_recover_mode(x, false);
    if (st > PL_LOST && st != PL_END)
        exchange_recover_mark(x, out);
    return st;
}

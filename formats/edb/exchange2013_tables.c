/*
 * exchange2013_tables.c - the mailboxes of a store of Exchange 2013 or later, and the tables of each.
 *
 * Layer: inside the EDB reader. All mailboxes are told when the store is opened: the rows of
 * their table, and the numbers in the names of tables that no row has. Of a mailbox that
 * nobody wants, no table is opened.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "exchange2013.h"
#include "prop_blob.h"

#define NEED(field)    ((uint64_t)1 << (field))
#define KEYS_MOST      ((size_t)1 << 30)
#define ARENA_MOST     ((size_t)64 << 20)
#define TYPE_PUBLIC    1
#define SPECIAL_ROOT   1
#define COUNT_MOST     INT32_MAX
#define PID_OWNER_SID  0x66a0
#define MAILBOX_TABLES 4u

/* Tables of each mailbox, and the fields without which they are of no use. */
static const struct {
    enum edb_role role;
    uint64_t needs;
    const char *cost;
} roles[MAILBOX_TABLES] = {
    {EDB_FOLDERS, NEED(EDB_ID) | NEED(EDB_PARENT), "folders; its items come as orphans"},
    {EDB_MESSAGES, NEED(EDB_ID) | NEED(EDB_FOLDER), "messages; it has no items"},
    {EDB_ATTACHMENTS, NEED(EDB_NUMBER), "attachments; its items come without them"},
    {EDB_NAMES, NEED(EDB_ID) | NEED(EDB_GUID),
     "the names of properties; what a calendar needs most has no meaning"},
};

/* --- tables ------------------------------------------------------------------------------ */

static enum edb_encoding encoding_of(const struct ese_column *c)
{
    bool text = c->type == ESE_TEXT || c->type == ESE_LONG_TEXT;
    return text && c->codepage == 1252 ? EDB_ANSI : c->type == ESE_I16 || c->type == ESE_U8 ? EDB_I16 : EDB_AUTO;
}

static bool properties_bind(struct exchange *x, struct exchange_table *t)
{
    t->properties = pl_arena_zalloc(x->arena, t->table.column_count + 1, sizeof *t->properties);
    for (size_t i = 0; t->properties && i < t->part->tag_count; i++) {
        const struct edb_tag *tag = &t->part->tags[i];
        const struct ese_column *c = ese_table_column(&t->table, tag->column);
        if (c)
            t->properties[c - t->table.columns] =
                (struct exchange_property){.tag = tag->tag,
                                           .pid = (uint16_t)pl_pid_of_tag((uint16_t)(tag->tag >> 16)),
                                           .encoding = encoding_of(c)};
    }
    return t->properties != NULL;
}

/* PL_END: no such table, or one without the columns that it needs. */
static enum pl_status table_open(struct exchange *x, enum edb_role role, uint32_t number, uint64_t needs)
{
    struct exchange_table *t = &x->tables[role];
    char name[ESE_NAME_MAX];
    t->role = role;
    t->part = &x->profile.parts[role];
    t->how = EXCHANGE_MISSING;
    if (!t->part->table)
        return PL_END;
    if (!edb_mailbox_name(t->part->table, number, name, sizeof name))
        snprintf(name, sizeof name, "%s", t->part->table);
    enum pl_status st = ese_table_open(&x->db, name, &t->table);
    if (st <= PL_LOST || st == PL_END)
        return st == PL_STOP ? PL_STOP : PL_END;
    t->how = EXCHANGE_PROFILE;
    for (int f = 0; f < EDB_FIELDS; f++) {
        t->fields[f] = exchange_bind(x, role, &t->table, (enum edb_field)f);
        if (needs & NEED(f) && !t->fields[f].column)
            t->how = EXCHANGE_MISSING;
    }
    if (t->how != EXCHANGE_MISSING)
        return properties_bind(x, t) ? PL_OK : PL_STOP;
    exchange_table_drop(t);
    return PL_END;
}

static void table_close(struct exchange *x, enum edb_role role)
{
    if (x->tables[role].how != EXCHANGE_MISSING && x->tables[role].part) /* else it was only seen */
        exchange_table_drop(&x->tables[role]);
    x->tables[role].how = EXCHANGE_MISSING;
}

/* --- keys of rows ------------------------------------------------------------------------- */

bool exchange2013_key(struct key_store *k, const struct ese_node *node, uint32_t *at, size_t *size)
{
    if (k->room - k->size < ESE_KEY_MOST) {
        size_t room = k->room ? k->room * 2 : (size_t)16 * ESE_KEY_MOST;
        uint8_t *more = room <= KEYS_MOST ? realloc(k->bytes, room) : NULL;
        if (!more)
            return false;
        k->bytes = more;
        k->room = room;
    }
    *at = (uint32_t)k->size;
    *size = ese_key_copy(node, k->bytes + k->size);
    k->size += *size;
    return *size <= UINT8_MAX;
}

enum pl_status exchange2013_row(struct exchange *x, enum edb_role role, const uint8_t *key, size_t key_size,
                                struct exchange_row *out)
{
    const struct exchange_table *t = &x->tables[role];
    struct ese_node node;
    ese_cursor_init(&out->cursor, &x->db, t->table.row.tree);
    enum pl_status st = ese_cursor_seek(&out->cursor, key, key_size);
    if (st > PL_LOST)
        st = ese_cursor_next(&out->cursor, &node);
    if (st > PL_LOST && st != PL_END)
        st = ese_key_compare(&node, key, key_size) == 0 ? ese_record_parse(&t->table, &node, &out->record) : PL_END;
    return st;
}

/* --- ids ------------------------------------------------------------------------------------ */

bool exchange2013_id(struct exchange *x, struct pl_bytes stored, uint64_t *out)
{
    static const uint8_t zeros[STORE_ID];
    uint64_t counter = 0;
    *out = 0;
    if (stored.size != STORE_ID || !memcmp(stored.data, zeros, STORE_ID))
        return false;
    for (size_t i = 16; i < 22; i++)
        counter = counter << 8 | stored.data[i];
    *out = (uint64_t)exchange_replid(x, stored.data) << 48 | counter;
    return *out >> 48 && counter;
}

uint32_t exchange2013_number(const struct exchange *x)
{
    return x->later->current == EXCHANGE_NOWHERE ? 0 : x->mailboxes[x->later->current].number;
}

/* --- folders of a mailbox ---------------------------------------------------------------------- */

static enum pl_status folder_take(struct exchange *x, const struct ese_node *node, const struct ese_record *r,
                                  void *data)
{
    (void)data;
    const struct exchange_binding *f = x->tables[EDB_FOLDERS].fields;
    struct pl_arena *a = x->r->folder_arena;
    struct exchange_folder folder = {.parent = EXCHANGE_NOWHERE,
                                     .child = EXCHANGE_NOWHERE,
                                     .sibling = EXCHANGE_NOWHERE,
                                     .mailbox = x->later->current};
    struct pl_bytes id, parent;
    int64_t special = 0, count = 0;
    size_t size = 0;
    if (exchange_bytes(x, r, f[EDB_ID], a, &id) <= PL_LOST || !exchange2013_id(x, id, &folder.id))
        return pl_report(x->r->report, PL_LOST, "edb.folder-id", x->key, r->offset,
                         "a folder has no id, or one of a form that is not known");
    if (exchange_bytes(x, r, f[EDB_PARENT], a, &parent) <= PL_LOST ||
        !exchange2013_id(x, parent, &folder.parent_id))
        folder.parent_id = 0;
    if (!exchange2013_key(&x->later->keys, node, &folder.key_at, &size))
        return pl_report(x->r->report, PL_LOST, "edb.folder-id", x->key, r->offset,
                         "the key of a folder is too long");
    folder.key_size = (uint16_t)size;
    if (exchange_integer(x, r, f[EDB_SPECIAL], &special) && special > 0 && special < 1000)
        folder.special = (int16_t)special;
    if (exchange_integer(x, r, f[EDB_COUNT], &count) && count > 0 && count <= COUNT_MOST)
        folder.mail.stated += (uint64_t)count;
    if (exchange_integer(x, r, f[EDB_HIDDEN_COUNT], &count) && count > 0 && count <= COUNT_MOST)
        folder.mail.stated += (uint64_t)count;
    pl_arena_reset(a);
    return exchange_folder_add(x, folder);
}

/* The root: the folder without a parent that says so, or the first without a parent. */
static uint64_t root_find(const struct exchange *x)
{
    uint64_t first = 0;
    for (uint32_t i = 0; i < x->folder_count; i++) {
        const struct exchange_folder *f = &x->folders[i];
        if (f->parent_id)
            continue;
        if (f->special == SPECIAL_ROOT)
            return f->id;
        if (!first || f->id < first)
            first = f->id;
    }
    return first;
}

static enum pl_status folders_read(struct exchange *x, struct exchange_mailbox *m)
{
    if (x->tables[EDB_FOLDERS].how == EXCHANGE_MISSING)
        return PL_OK;
    if (exchange_rows_visit(x, EDB_FOLDERS, folder_take, NULL) == PL_STOP)
        return PL_STOP;
    m->root_id = root_find(x);
    exchange_tree_link(x, x->later->current, x->later->current + 1);
    exchange_mailbox_settle(x, x->later->current);
    return PL_OK;
}

/* --- one mailbox after the other ------------------------------------------------------------------ */

void exchange2013_leave(struct exchange *x)
{
    struct exchange2013 *l = x->later;
    exchange_stream_close(x);
    exchange2013_recover_leave(x);
    for (size_t i = 0; i < MAILBOX_TABLES; i++)
        table_close(x, roles[i].role);
    if (l->current != EXCHANGE_NOWHERE) {
        struct exchange_mailbox *m = &x->mailboxes[l->current];
        m->root = m->visible = EXCHANGE_NOWHERE;
        m->root_id = 0;
    }
    exchange_folders_free(x);
    free(l->keys.bytes);
    free(l->mail_keys.bytes);
    free(l->part_keys.bytes);
    free(l->mail);
    free(l->parts);
    pl_arena_release(&l->arena);
    pl_arena_init(&l->arena, ARENA_MOST);
    pl_arena_release(&l->scratch);
    pl_arena_init(&l->scratch, ARENA_MOST);
    l->keys = l->mail_keys = l->part_keys = (struct key_store){0};
    l->orphans = (struct mail_counts){0};
    l->part.open = l->in_windows = l->torn = false;
    l->window = 0;
    l->folder = EXCHANGE_NOWHERE;
    l->mail = NULL;
    l->parts = NULL;
    l->mail_count = l->mail_room = l->part_count = l->part_room = l->at = l->end = 0;
    l->parts_read = l->parts_mixed = l->given = false;
    l->part_rows = 0;
    l->class_count = 0;
    l->classes = NULL;
    l->current = EXCHANGE_NOWHERE;
    x->names = NULL;
    x->replids = NULL;
    x->name_count = x->replid_count = 0;
}

struct identity {
    uint32_t number;
    struct pl_bytes guid;
};

static enum pl_status identity_take(struct exchange *x, const struct ese_node *node, const struct ese_record *r,
                                    void *data)
{
    const struct exchange_binding *f = x->tables[EDB_IDENTITIES].fields;
    struct identity *out = data;
    int64_t value = -1;
    (void)node;
    if (!exchange_integer(x, r, f[EDB_NUMBER], &value) || value != out->number)
        return PL_OK;
    if (exchange_bytes(x, r, f[EDB_GUID], x->arena, &out->guid) <= PL_LOST)
        out->guid = (struct pl_bytes){0};
    return out->guid.size ? PL_END : PL_OK;
}

/* The GUID of the mailbox's ids is replica 1. PL_STOP: filed. */
static enum pl_status identity_read(struct exchange *x, uint32_t number)
{
    struct identity found = {.number = number};
    enum pl_status st = exchange_rows_visit(x, EDB_IDENTITIES, identity_take, &found);
    if (found.guid.size == 16)
        exchange_replid(x, found.guid.data);
    return st;
}

static enum pl_status tables_open(struct exchange *x, uint32_t number)
{
    unsigned missing = 0;
    for (size_t i = 0; i < MAILBOX_TABLES; i++) {
        enum pl_status st = table_open(x, roles[i].role, number, roles[i].needs);
        if (st == PL_STOP)
            return st;
        missing |= st == PL_END ? 1u << i : 0;
    }
    if (missing == (1u << MAILBOX_TABLES) - 1)
        return pl_report(x->r->report, PL_WARN, "edb.mailbox-empty", x->key, PL_NO_OFFSET,
                         "the database has no tables of this mailbox");
    for (size_t i = 0; i < MAILBOX_TABLES; i++)
        if (missing >> i & 1)
            pl_report(x->r->report, PL_LOST, "edb.mailbox-table", x->key, PL_NO_OFFSET,
                      "the mailbox has no table of %s", roles[i].cost);
    return PL_OK;
}

enum pl_status exchange2013_enter(struct exchange *x, uint32_t mailbox)
{
    struct exchange_mailbox *m = &x->mailboxes[mailbox];
    exchange2013_leave(x);
    snprintf(x->key, sizeof x->key, "mailbox%" PRIu32, m->number);
    x->later->current = mailbox;
    enum pl_status st = tables_open(x, m->number);
    if (st < PL_OK)
        return st == PL_STOP ? st : PL_LOST;
    st = identity_read(x, m->number);
    if (st == PL_OK)
        st = exchange_names_load(x);
    if (st == PL_OK)
        st = folders_read(x, m);
    if (st == PL_OK)
        st = exchange2013_mail_read(x);
    pl_arena_reset(x->r->folder_arena);
    x->begun = false;
    x->at_mailbox = mailbox;
    x->at_folder = EXCHANGE_NOWHERE;
    return st;
}

enum pl_status exchange2013_trees(struct exchange *x, struct ese_tree **out, size_t *count)
{
    static const enum edb_role both[] = {EDB_MESSAGES, EDB_ATTACHMENTS};
    struct ese_tree *list = calloc(4 * (size_t)x->mailbox_count + 1, sizeof *list);
    *count = 0;
    *out = list;
    if (!list)
        return pl_report(x->r->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
    for (uint32_t i = 0; i < 2 * x->mailbox_count; i++) {
        struct ese_table t;
        char name[ESE_NAME_MAX];
        const struct exchange_mailbox *m = &x->mailboxes[i / 2];
        const char *naming = x->profile.parts[both[i % 2]].table;
        if (!m->wanted || !naming || !edb_mailbox_name(naming, m->number, name, sizeof name))
            continue;
        enum pl_status st = ese_table_open(&x->db, name, &t);
        if (st <= PL_LOST || st == PL_END)
            continue;
        list[(*count)++] = t.row.tree;
        if (t.long_values.root)
            list[(*count)++] = t.long_values;
        ese_table_close(&t);
    }
    for (size_t i = 0; i < *count; i++)
        list[i].name = NULL; /* it went with its table */
    return PL_OK;
}

/* --- opening ------------------------------------------------------------------------------------------ */

/* What the mailbox's own blob says of its owner. */
static enum pl_status owner_take(struct exchange *x, const struct ese_record *r, struct pl_mailbox *out)
{
    const struct exchange_binding *f = x->tables[EDB_MAILBOXES].fields;
    struct pl_arena *a = x->r->store_arena;
    struct pl_bytes blob;
    struct pl_bag bag;
    out->smtp = out->dn = "";
    enum pl_status st = exchange2013_whole(x, r, f[EDB_BLOB].column, 0, a, &blob);
    x->later->steps = PROP_STEPS;
    if (st != PL_END && st > PL_LOST && blob.size)
        st = exchange2013_blob(x, blob, "the properties of a mailbox", a, &bag);
    else
        return st == PL_STOP ? st : PL_OK;
    const struct pl_prop *sid = st > PL_LOST ? pl_bag_find_id(&bag, PID_OWNER_SID) : NULL;
    const char *smtp = st > PL_LOST ? pl_bag_text(&bag, PidTagSmtpAddress) : NULL;
    const char *dn = st > PL_LOST ? pl_bag_text(&bag, PidTagEmailAddress) : NULL;
    out->smtp = smtp ? smtp : "";
    out->dn = dn ? dn : "";
    out->sid = sid && sid->count ? sid->values->raw : (struct pl_bytes){0};
    return PL_OK;
}

/* Where a number is among those of all mailboxes, or would be. */
static size_t number_place(const struct exchange2013 *l, uint32_t number)
{
    size_t low = 0, high = l->number_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (l->numbers[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_known(const struct exchange *x, uint32_t number)
{
    size_t place = number_place(x->later, number);
    return place < x->later->number_count && x->later->numbers[place] == number;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak" /* x->later keeps the list */
/* A mailbox of which no more than its number is known. NULL, PL_STOP: filed. */
static struct exchange_mailbox *mailbox_add(struct exchange *x, uint32_t number)
{
    struct exchange2013 *l = x->later;
    size_t place = number_place(l, number);
    if (!(l->number_count & (l->number_count + 1))) { /* full: 0, 1, 3, 7 ... */
        uint32_t *more = realloc(l->numbers, (2 * l->number_count + 1) * sizeof *more);
        if (!more) {
            pl_report(x->r->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
            return NULL;
        }
        l->numbers = more;
    }
    struct exchange_mailbox *m = exchange_mailbox_new(x);
    if (!m)
        return NULL;
    memmove(l->numbers + place + 1, l->numbers + place, (l->number_count - place) * sizeof *l->numbers);
    l->numbers[place] = number;
    l->number_count++;
    *m = (struct exchange_mailbox){.mailbox = {.name = "", .smtp = "", .dn = ""},
                                   .number = number,
                                   .root = EXCHANGE_NOWHERE,
                                   .visible = EXCHANGE_NOWHERE};
    snprintf(x->key, sizeof x->key, "mailbox%" PRIu32, number);
    return m;
}
#pragma GCC diagnostic pop

static enum pl_status mailbox_take(struct exchange *x, const struct ese_node *node, const struct ese_record *r,
                                   void *data)
{
    (void)node, (void)data;
    const struct exchange_binding *f = x->tables[EDB_MAILBOXES].fields;
    int64_t number = 0, type = 0;
    if (!exchange_integer(x, r, f[EDB_NUMBER], &number) || number <= 0 || number > INT32_MAX ||
        is_known(x, (uint32_t)number))
        return pl_report(x->r->report, PL_WARN, "edb.mailbox-number", NULL, r->offset,
                         "a mailbox has no number, or one that another has; it is left out");
    struct exchange_mailbox *m = mailbox_add(x, (uint32_t)number);
    if (!m)
        return PL_STOP;
    m->mailbox.name = exchange_text(x, r, f[EDB_NAME], x->r->store_arena);
    if (m->mailbox.name && !*m->mailbox.name)
        m->mailbox.name = exchange_text(x, r, f[EDB_OWNER_NAME], x->r->store_arena);
    if (!m->mailbox.name)
        return PL_STOP;
    exchange_integer(x, r, f[EDB_TYPE], &type);
    m->mailbox.is_public = type == TYPE_PUBLIC;
    return owner_take(x, r, &m->mailbox);
}

/* A table of messages whose mailbox no row has: it is one without an owner. */
static enum pl_status number_take(struct exchange *x, uint32_t number)
{
    if (!mailbox_add(x, number))
        return PL_STOP;
    return pl_report(x->r->report, PL_WARN, "edb.mailbox-unlisted", x->key, PL_NO_OFFSET,
                     "the database has tables of a mailbox that it does not list; its owner is not known");
}

/* Looks over all names of tables. */
static enum pl_status names_look(struct exchange *x)
{
    struct ese_tables all;
    struct ese_table_row row;
    enum pl_status st;
    ese_tables_init(&all, &x->db);
    while ((st = ese_tables_next(&all, &row)) != PL_END && st != PL_STOP)
        for (size_t i = 0; st > PL_LOST && i < MAILBOX_TABLES; i++) {
            uint32_t number = 0;
            const char *naming = x->profile.parts[roles[i].role].table;
            if (!naming || !edb_mailbox_parse(naming, row.name, &number))
                continue;
            x->tables[roles[i].role].how = EXCHANGE_PROFILE;
            if (roles[i].role == EDB_MESSAGES && !is_known(x, number) && number_take(x, number) == PL_STOP)
                return PL_STOP;
        }
    return st == PL_STOP ? st : PL_OK;
}

enum pl_status exchange2013_open(struct exchange *x)
{
    const struct pl_wanted_mailboxes *w = &x->r->options.mailboxes;
    x->later = pl_arena_zalloc(x->r->store_arena, 1, sizeof *x->later);
    if (!x->later)
        return pl_report(x->r->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
    pl_arena_init(&x->later->arena, ARENA_MOST);
    pl_arena_init(&x->later->scratch, ARENA_MOST);
    x->later->current = EXCHANGE_NOWHERE;
    enum pl_status st = table_open(x, EDB_MAILBOXES, 0, NEED(EDB_NUMBER));
    if (st != PL_STOP)
        st = table_open(x, EDB_IDENTITIES, 0, NEED(EDB_NUMBER) | NEED(EDB_GUID));
    if (st != PL_STOP)
        st = exchange_rows_visit(x, EDB_MAILBOXES, mailbox_take, NULL);
    if (st == PL_OK)
        st = names_look(x);
    for (uint32_t i = 0; st == PL_OK && i < x->mailbox_count; i++)
        x->mailboxes[i].wanted = !w->wants || w->wants(w->data, &x->mailboxes[i].mailbox);
    x->arena = &x->later->arena;
    return st;
}

void exchange2013_close(struct exchange *x)
{
    if (!x->later)
        return;
    exchange2013_leave(x);
    exchange_recover_close(x);
    table_close(x, EDB_MAILBOXES);
    table_close(x, EDB_IDENTITIES);
    pl_arena_release(&x->later->arena);
    pl_arena_release(&x->later->scratch);
    free(x->later->numbers);
    x->later = NULL;
}

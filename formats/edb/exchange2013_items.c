/*
 * exchange2013_items.c - the messages of a mailbox of Exchange 2013 or later.
 *
 * Layer: inside the EDB reader. One walk over the table of messages, when the mailbox is
 * entered, keeps of each its folder, its class and the key of its row; what nobody wants is
 * never looked at again. Messages of no folder come last, as orphans.
 *
 * Keys: "f100-1-2a" a folder of mailbox 100 by replica and counter; "m100-17" a message by its
 * number; "m100-17/5" the one embedded in attachment 5; "orphans100".
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange2013.h"

#define MAIL_MOST     (1u << 24)
#define CLASS_ID      0x001a
#define ENTRY_PREFIX  "eid:"
#define MESSAGE_ENTRY 70u

/* --- the walk over all messages -------------------------------------------------------------- */

static const struct ese_column *class_column(const struct exchange *x)
{
    const struct exchange_table *t = &x->tables[EDB_MESSAGES];
    for (size_t i = 0; i < t->table.column_count; i++)
        if (t->properties[i].tag >> 16 == CLASS_ID)
            return &t->table.columns[i];
    return NULL;
}

static const char *class_read(struct exchange *x, const struct ese_record *r, struct pl_arena *a)
{
    return exchange_text(x, r, (struct exchange_binding){class_column(x), EDB_AUTO}, a);
}

/* Classes are few. */
static uint16_t class_keep(struct exchange *x, const char *class)
{
    struct exchange2013 *l = x->later;
    for (unsigned i = 0; i < l->class_count; i++)
        if (!strcmp(l->classes[i], class))
            return (uint16_t)i;
    if (!l->classes)
        l->classes = pl_arena_zalloc(x->arena, CLASSES_MOST, sizeof *l->classes);
    const char *kept = l->classes && l->class_count < CLASSES_MOST ? pl_arena_strdup(x->arena, class) : NULL;
    if (!kept)
        return CLASS_UNKNOWN;
    l->classes[l->class_count] = kept;
    return (uint16_t)l->class_count++;
}

static struct mail_entry *entry_new(struct exchange *x)
{
    struct exchange2013 *l = x->later;
    if (l->mail_count == l->mail_room) {
        size_t room = l->mail_room ? l->mail_room * 2 : 256;
        struct mail_entry *more = room <= MAIL_MOST ? realloc(l->mail, room * sizeof *more) : NULL;
        if (!more)
            return NULL;
        l->mail = more;
        l->mail_room = room;
    }
    return &l->mail[l->mail_count++];
}

static enum pl_status mail_take(struct exchange *x, const struct ese_node *node, const struct ese_record *r)
{
    const struct exchange_binding *f = x->tables[EDB_MESSAGES].fields;
    struct pl_arena *a = x->r->folder_arena;
    struct mail_entry *e = entry_new(x);
    struct pl_bytes folder, id;
    int64_t number = 0, hidden = 0;
    uint64_t place = 0;
    size_t size = 0;
    if (!e)
        return pl_report(x->r->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "the mailbox has too many messages");
    *e = (struct mail_entry){.folder = EXCHANGE_NOWHERE};
    if (!exchange_integer(x, r, f[EDB_ID], &number) || !exchange2013_key(x, node, &e->key_at, &size)) {
        x->later->mail_count--;
        return pl_report(x->r->report, PL_LOST, "edb.contents", x->key, r->offset, "a message has no number");
    }
    e->number = (uint32_t)number;
    e->key_size = (uint8_t)size;
    if (exchange_bytes(x, r, f[EDB_FOLDER], a, &folder) > PL_LOST && exchange2013_id(x, folder, &place))
        e->folder = exchange_folder_find(x, place);
    if (exchange_bytes(x, r, f[EDB_MESSAGE], a, &id) <= PL_LOST || !exchange2013_id(x, id, &e->id))
        e->id = 0;
    e->hidden = exchange_integer(x, r, f[EDB_HIDDEN], &hidden) && hidden;
    const char *class = class_read(x, r, a);
    e->class = class ? class_keep(x, class) : CLASS_UNKNOWN;
    pl_arena_reset(a);
    return PL_OK;
}

static int mail_order(const void *a, const void *b)
{
    const struct mail_entry *one = a, *two = b;
    if (one->folder != two->folder)
        return one->folder < two->folder ? -1 : 1;
    if (one->hidden != two->hidden)
        return one->hidden ? 1 : -1;
    return (one->key_at > two->key_at) - (one->key_at < two->key_at);
}

enum pl_status exchange2013_mail_read(struct exchange *x)
{
    const struct exchange_table *t = &x->tables[EDB_MESSAGES];
    struct exchange2013 *l = x->later;
    struct ese_cursor c;
    struct ese_node node;
    struct ese_record r;
    if (t->how == EXCHANGE_MISSING)
        return PL_OK;
    ese_cursor_init(&c, &x->db, t->table.row.tree);
    enum pl_status st = ese_cursor_first(&c);
    while (st > PL_STOP && (st = ese_cursor_next(&c, &node)) != PL_END && st != PL_STOP)
        if (st > PL_LOST && ese_record_parse(&t->table, &node, &r) > PL_LOST && mail_take(x, &node, &r) == PL_STOP)
            st = PL_STOP;
    ese_cursor_close(&c);
    if (l->mail_count)
        qsort(l->mail, l->mail_count, sizeof *l->mail, mail_order);
    return st == PL_STOP ? st : PL_OK;
}

/* The messages of a folder are neighbours: from *at to *end. */
static void range_find(const struct exchange *x, uint32_t folder, size_t *at, size_t *end)
{
    const struct exchange2013 *l = x->later;
    size_t low = 0, high = l->mail_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (l->mail[middle].folder < folder)
            low = middle + 1;
        else
            high = middle;
    }
    *at = *end = low;
    while (*end < l->mail_count && l->mail[*end].folder == folder)
        ++*end;
}

enum pl_status exchange2013_items_count(struct exchange *x, uint32_t folder, uint64_t *normal, uint64_t *hidden)
{
    size_t at, end;
    *normal = *hidden = 0;
    range_find(x, folder, &at, &end);
    for (; at < end; at++)
        ++*(x->later->mail[at].hidden ? hidden : normal);
    return PL_OK;
}

/* --- one item --------------------------------------------------------------------------------------- */

/* out->key is set. What belongs to it and is lost degrades it. */
static enum pl_status item_load(struct exchange *x, enum edb_role role, const struct ese_record *r, bool with_parts,
                                struct pl_item *out)
{
    const struct exchange_table *t = &x->tables[role];
    x->degraded = false;
    out->offset = r->offset;
    enum pl_status st = exchange2013_bag(x, t, r, x->r->item_arena, &out->props);
    if (st <= PL_LOST)
        return st;
    const char *class = pl_bag_text(&out->props, PidTagMessageClass);
    out->message_class = class ? class : "";
    if (exchange2013_recipients(x, t, r, out) < PL_OK)
        x->degraded = true;
    if (with_parts && exchange2013_attachments(x, t, r, out) < PL_OK)
        x->degraded = true;
    return x->degraded ? PL_WARN : PL_OK;
}

static void item_begin(struct exchange *x, const struct mail_entry *e, struct pl_item *out)
{
    *out = (struct pl_item){.message_class = "", .offset = PL_NO_OFFSET, .associated = e->hidden};
    snprintf(out->key, sizeof out->key, "m%" PRIu32 "-%" PRIu32, exchange2013_number(x), e->number);
    snprintf(x->key, sizeof x->key, "%s", out->key);
}

static enum pl_status entry_row(struct exchange *x, const struct mail_entry *e, struct exchange_row *row)
{
    enum pl_status st = exchange2013_row(x, EDB_MESSAGES, e->key_at, e->key_size, row);
    if (st == PL_END)
        st = pl_report(x->r->report, PL_LOST, "edb.item-missing", x->key, PL_NO_OFFSET,
                       "the row of a message is no longer found");
    return st;
}

/* --- the items of a folder ------------------------------------------------------------------------------ */

enum pl_status exchange2013_items_open(struct exchange *x, const char *key)
{
    struct exchange2013 *l = x->later;
    unsigned number = 0, replid = 0;
    uint64_t counter = 0;
    int end = 0;
    uint32_t place = EXCHANGE_NOWHERE;
    bool orphans = sscanf(key, EXCHANGE_ORPHANS "%u%n", &number, &end) == 1 && !key[end];
    if (!orphans) {
        if (sscanf(key, "f%u-%x-%" SCNx64 "%n", &number, &replid, &counter, &end) != 3 || key[end])
            return PL_END;
        place = exchange_folder_find(x, (uint64_t)replid << 48 | counter);
    }
    if (number != exchange2013_number(x) || (!orphans && place == EXCHANGE_NOWHERE))
        return PL_END;
    range_find(x, place, &l->at, &l->end);
    return PL_OK;
}

enum pl_status exchange2013_items_next(struct exchange *x, const struct pl_wanted *wanted, struct pl_item *out)
{
    struct exchange2013 *l = x->later;
    exchange_stream_close(x);
    while (l->at < l->end) {
        const struct mail_entry *e = &l->mail[l->at++];
        struct exchange_row row = {0};
        enum pl_status st = PL_OK;
        item_begin(x, e, out);
        const char *class = e->class == CLASS_UNKNOWN ? NULL : l->classes[e->class];
        if (class && !wanted->wants(wanted->data, class, e->hidden))
            continue;
        out->message_class = class ? class : "";
        st = entry_row(x, e, &row);
        if (st > PL_LOST && !class && (class = class_read(x, &row.record, x->r->item_arena)) &&
            !wanted->wants(wanted->data, class, e->hidden))
            st = PL_END;
        if (st > PL_LOST && st != PL_END)
            st = item_load(x, EDB_MESSAGES, &row.record, !wanted->people_only, out);
        exchange_row_close(&row);
        if (st != PL_END)
            return st;
    }
    return PL_END;
}

/* --- by key ------------------------------------------------------------------------------------------------ */

static const struct mail_entry *entry_find(const struct exchange *x, uint64_t id, uint32_t number)
{
    const struct exchange2013 *l = x->later;
    for (size_t i = 0; i < l->mail_count; i++)
        if (id ? l->mail[i].id == id : l->mail[i].number == number)
            return &l->mail[i];
    return NULL;
}

/* Enters the mailbox of that number, unless a walk is in another one. */
static enum pl_status mailbox_ensure(struct exchange *x, unsigned number)
{
    if (x->later->current != EXCHANGE_NOWHERE)
        return exchange2013_number(x) == number ? PL_OK : PL_END;
    for (uint32_t i = 0; i < x->mailbox_count; i++)
        if (x->mailboxes[i].number == number)
            return exchange2013_enter(x, i);
    return PL_END;
}

static const struct mail_entry *entry_of_eid(struct exchange *x, const char *hex)
{
    uint8_t id[MESSAGE_ENTRY];
    uint64_t wanted = 0;
    if (strlen(hex) != sizeof id * 2)
        return NULL;
    for (size_t i = 0; i < sizeof id; i++) {
        unsigned v = 0;
        if (sscanf(hex + 2 * i, "%2x", &v) != 1)
            return NULL;
        id[i] = (uint8_t)v;
    }
    return exchange_entry_id(x, (struct pl_bytes){id, sizeof id}, true, &wanted) ? entry_find(x, wanted, 0) : NULL;
}

/* "m100-17" and what follows. NULL: no such message. */
static const struct mail_entry *entry_of_key(struct exchange *x, const char *key, const char **rest,
                                             enum pl_status *st)
{
    unsigned mailbox = 0, number = 0;
    int end = 0;
    if (sscanf(key, "m%u-%u%n", &mailbox, &number, &end) != 2 || (key[end] && key[end] != '/'))
        return NULL;
    *rest = key + end;
    *st = mailbox_ensure(x, mailbox);
    return *st == PL_OK ? entry_find(x, 0, number) : NULL;
}

/* The message at the end of a way through attachments: "/5/9". */
static enum pl_status way_follow(struct exchange *x, const char *way, struct exchange_row *row)
{
    enum pl_status st = PL_END;
    for (int depth = 0; *way == '/'; depth++) {
        char *end = NULL;
        unsigned long long number = strtoull(++way, &end, 10);
        if (end == way || (*end && *end != '/') || depth >= PL_DEPTH_MAX)
            return PL_END;
        way = end;
        exchange_row_close(row);
        *row = (struct exchange_row){0};
        st = exchange2013_embedded(x, number, row);
        if (st <= PL_LOST || st == PL_END)
            return st;
    }
    return st;
}

enum pl_status exchange2013_item_open(struct exchange *x, const char *key, struct pl_item *out)
{
    const char *way = "";
    const struct mail_entry *e;
    struct exchange_row row = {0};
    enum pl_status st = PL_END;
    bool by_id = !strncmp(key, ENTRY_PREFIX, strlen(ENTRY_PREFIX));
    *out = (struct pl_item){.message_class = ""};
    if (strlen(key) >= sizeof out->key && !by_id)
        return PL_END;
    e = by_id ? entry_of_eid(x, key + strlen(ENTRY_PREFIX)) : entry_of_key(x, key, &way, &st);
    if (!e)
        return st <= PL_LOST ? st : PL_END;
    item_begin(x, e, out);
    if (*way) {
        snprintf(out->key, sizeof out->key, "%s", key);
        snprintf(x->key, sizeof x->key, "%s", key);
        st = way_follow(x, way, &row);
    } else {
        st = entry_row(x, e, &row);
    }
    if (st > PL_LOST && st != PL_END)
        st = item_load(x, *way ? EDB_ATTACHMENTS : EDB_MESSAGES, &row.record, true, out);
    exchange_row_close(&row);
    return st;
}

/*
 * exchange_items.c - the items of a folder, and one item by its key.
 *
 * Layer: inside the EDB reader. A folder has a table of its own that lists its messages;
 * what a message is stands in the one table of all messages. Where the folder's table has
 * class and flags too, what nobody wants is passed over without a look at the message;
 * otherwise its class is read there before anything else. Two passes over the folder's
 * table: normal items, then hidden ones, if there are any.
 *
 * Keys: "m1-2a" a message by replica number and counter; "m1-2a/3" the one embedded in its
 * attachment number 3; "f1-17" a folder.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "exchange.h"
#include "plural.h"

#define METHOD_EMBEDDED  5
#define STATE_MEETING    1 /* [MS-OXOCAL] 2.2.1.10 asfMeeting */
#define ENTRY_PREFIX     "eid:"
#define ATTACHMENTS_MOST 4096u
#define RECIPIENT_LEAST  2 /* bytes */
#define PROPERTY_LEAST   8

/* --- recipients ----------------------------------------------------------------------------- */

static enum pl_status blob_complain(struct exchange *x)
{
    x->degraded = true;
    return pl_report(x->r->report, PL_WARN, "edb.recipients", x->key, PL_NO_OFFSET,
                     "the list of recipients is damaged");
}

static enum pl_status recipient_take(struct exchange *x, struct pl_cursor *c, struct pl_bag *bag)
{
    struct pl_arena *a = x->r->item_arena;
    unsigned count = pl_take16(c);
    if (count > pl_cursor_left(c) / PROPERTY_LEAST)
        return PL_END;
    bag->props = pl_arena_zalloc(a, count + 1, sizeof *bag->props);
    struct pl_value *values = pl_arena_zalloc(a, count + 1, sizeof *values);
    if (!bag->props || !values)
        return exchange_no_memory(x);
    for (unsigned i = 0; i < count; i++) {
        uint32_t tag = pl_take32(c), size = pl_take32(c);
        const uint8_t *data = pl_take(c, size);
        if (c->failed)
            return PL_END;
        const struct exchange_named *named = tag >> 31 ? exchange_name_find(x, (uint16_t)(tag >> 16)) : NULL;
        enum pl_status st = exchange_value(x, tag, (struct pl_bytes){data, size}, 0, a, &values[i]);
        if (st <= PL_LOST)
            return st;
        bag->props[bag->count++] =
            (struct pl_prop){.tag = tag,
                             .pid = named       ? named->pid
                                    : tag >> 31 ? (uint16_t)PID_NONE
                                                : (uint16_t)pl_pid_of_tag((uint16_t)(tag >> 16)),
                             .name = named ? &named->name : NULL,
                             .count = 1,
                             .values = &values[i]};
    }
    return pl_bag_index(bag, a) ? PL_OK : exchange_no_memory(x);
}

/* A store in which nobody ever had a recipient has no column of them; one with meetings does. */
static enum pl_status recipients_miss(struct exchange *x, const struct pl_bag *bag)
{
    bool meeting = pl_bag_integer(bag, PidLidAppointmentStateFlags, 0) & STATE_MEETING;
    const char *people = pl_bag_text(bag, PidTagDisplayTo);
    if (!meeting && (!people || !*people))
        return PL_OK;
    x->degraded = true;
    x->r->looked_back = true; /* what it counts is told behind the last folder */
    x->unread.recipients++;
    return pl_report_again(x->r->report, PL_WARN, "edb.recipients-unread");
}

static enum pl_status recipients_load(struct exchange *x, const struct ese_record *r, struct pl_item *out)
{
    struct pl_bytes blob;
    struct exchange_binding column = x->tables[EDB_MESSAGES].fields[EDB_RECIPIENTS];
    if (!column.column)
        return recipients_miss(x, &out->props);
    enum pl_status st = exchange_bytes(x, r, column, x->r->item_arena, &blob);
    if (st <= PL_LOST || !blob.size)
        return st;
    struct pl_cursor c = pl_cursor(blob.data, blob.size);
    uint32_t count = pl_take32(&c);
    if (c.failed || count > pl_cursor_left(&c) / RECIPIENT_LEAST)
        return blob_complain(x);
    struct pl_bag *bags = pl_arena_zalloc(x->r->item_arena, (size_t)count + 1, sizeof *bags);
    if (!bags)
        return exchange_no_memory(x);
    out->recipients = bags;
    for (uint32_t i = 0; i < count; i++) {
        st = recipient_take(x, &c, &bags[i]);
        if (st == PL_END)
            return blob_complain(x);
        if (st <= PL_LOST)
            return st;
        out->recipient_count++;
    }
    return pl_cursor_left(&c) ? blob_complain(x) : PL_OK;
}

/* --- attachments ------------------------------------------------------------------------------- */

static enum pl_status attachment_load(struct exchange *x, const struct ese_record *r, const char *key,
                                      struct pl_attachment *out)
{
    const struct exchange_table *t = &x->tables[EDB_ATTACHMENTS];
    int64_t number = 0, method = 0;
    uint64_t embedded = 0;
    exchange_integer(x, r, t->fields[EDB_NUMBER], &number);
    exchange_integer(x, r, t->fields[EDB_METHOD], &method);
    int n = snprintf(out->key, sizeof out->key, "%s/%" PRId64, key, number);
    if (n < 0 || (size_t)n >= sizeof out->key)
        return pl_report(x->r->report, PL_LOST, "edb.depth", x->key, PL_NO_OFFSET, "embedded too deep");
    out->embedded = method == METHOD_EMBEDDED && exchange_id(x, r, t->fields[EDB_EMBEDDED], &embedded) && embedded;
    return exchange_bag(x, t, r, x->r->item_arena, &out->props);
}

/* Steps over the attachments of a message. PL_END: no more. */
static enum pl_status attachment_next(struct exchange *x, struct exchange_row *row, uint64_t id)
{
    const struct exchange_table *t = &x->tables[EDB_ATTACHMENTS];
    struct ese_node node;
    uint64_t found = 0;
    enum pl_status st = ese_cursor_next(&row->cursor, &node);
    if (st > PL_LOST && st != PL_END)
        st = ese_record_parse(&t->table, &node, &row->record);
    if (st <= PL_LOST || st == PL_END)
        return st;
    return exchange_id(x, &row->record, t->fields[EDB_MESSAGE], &found) && found == id ? st : PL_END;
}

static enum pl_status attachments_load(struct exchange *x, uint64_t id, uint64_t offset, struct pl_item *out)
{
    struct exchange_row row;
    struct pl_attachment *list = NULL;
    size_t room = 0;
    if (x->tables[EDB_ATTACHMENTS].how == EXCHANGE_MISSING) {
        if (!pl_bag_boolean(&out->props, PidTagHasAttachments))
            return PL_OK;
        x->degraded = true;
        x->r->looked_back = true;
        x->unread.attachments++;
        return pl_report_again(x->r->report, PL_WARN, "edb.attachments-unread");
    }
    enum pl_status st = exchange_row_find(x, EDB_ATTACHMENTS, id, &row);
    for (; st > PL_LOST && st != PL_END && out->attachment_count < ATTACHMENTS_MOST;
         st = attachment_next(x, &row, id)) {
        if (out->attachment_count == room) {
            struct pl_attachment *more = pl_arena_zalloc(x->r->item_arena, room ? room * 4 : 4, sizeof *more);
            if (!more) {
                exchange_row_close(&row);
                return exchange_no_memory(x);
            }
            if (room)
                memcpy(more, list, room * sizeof *more);
            out->attachments = list = more;
            room = room ? room * 4 : 4;
        }
        if (attachment_load(x, &row.record, out->key, &list[out->attachment_count]) > PL_LOST)
            out->attachment_count++;
        else
            x->degraded = true;
    }
    exchange_row_close(&row);
    x->degraded = x->degraded || st != PL_END;
    if (st == PL_END && !out->attachment_count && pl_bag_boolean(&out->props, PidTagHasAttachments)) {
        x->degraded = true;
        pl_report(x->r->report, PL_WARN, "edb.attachments-none", x->key, offset,
                  "the item says that it has attachments, and none is found");
    }
    if (st > PL_LOST && st != PL_END)
        pl_report(x->r->report, PL_WARN, "edb.attachments-many", x->key, offset,
                  "the item has more than %u attachments; the rest is left out", ATTACHMENTS_MOST);
    return PL_OK;
}

void exchange_unread_complain(struct exchange *x)
{
    if (x->unread.recipients)
        pl_report(x->r->report, PL_LOST, "edb.recipients-unread", NULL, PL_NO_OFFSET,
                  "%" PRIu64 " %s recipients or attendees, for which no column was found (see --edb-profile)",
                  x->unread.recipients, pl_plural(x->unread.recipients, "item has", "items have"));
    if (x->unread.attachments)
        pl_report(x->r->report, PL_WARN, "edb.attachments-unread", NULL, PL_NO_OFFSET,
                  "%" PRIu64 " %s attachments, for which no table was found", x->unread.attachments,
                  pl_plural(x->unread.attachments, "item has", "items have"));
    x->unread.recipients = x->unread.attachments = 0;
}

/* --- one item ------------------------------------------------------------------------------------ */

void exchange_key_make(char out[PL_KEY_MAX], char kind, uint64_t id)
{
    snprintf(out, PL_KEY_MAX, "%c%" PRIx16 "-%" PRIx64, kind, exchange_replid_of(id), exchange_counter_of(id));
}

enum pl_status exchange_item_load(struct exchange *x, uint64_t id, const struct ese_record *r, struct pl_item *out)
{
    uint64_t doubts = x->db.doubts;
    x->degraded = r->doubtful;
    out->offset = r->offset;
    enum pl_status st = exchange_bag(x, &x->tables[EDB_MESSAGES], r, x->r->item_arena, &out->props);
    if (st <= PL_LOST)
        return st;
    const char *class = pl_bag_text(&out->props, PidTagMessageClass);
    out->message_class = class ? class : "";
    x->codepage = exchange_codepage(x, &x->tables[EDB_MESSAGES], r); /* of its attachments */
    if (recipients_load(x, r, out) <= PL_LOST)
        x->degraded = true;
    if (attachments_load(x, id, r->offset, out) <= PL_LOST || x->db.doubts != doubts)
        x->degraded = true;
    return x->degraded ? PL_WARN : PL_OK;
}

/* --- by key ------------------------------------------------------------------------------------------ */

bool exchange_key_id(const char **at, char kind, uint64_t *out)
{
    char *end = NULL;
    if (*(*at)++ != kind)
        return false;
    errno = 0;
    unsigned long replid = strtoul(*at, &end, 16);
    if (errno || end == *at || replid > UINT16_MAX || *end != '-')
        return false;
    *at = end + 1;
    unsigned long long counter = strtoull(*at, &end, 16);
    if (errno || end == *at || counter > 0xffffffffffffu || (*end && *end != '/'))
        return false;
    *at = end;
    *out = (uint64_t)replid << 48 | counter;
    return true;
}

static bool entry_of(const struct exchange *x, const char *hex, uint64_t *out)
{
    uint8_t id[128];
    size_t size = strlen(hex) / 2;
    if (size > sizeof id)
        return false;
    for (size_t i = 0; i < size; i++) {
        unsigned v = 0;
        if (sscanf(hex + 2 * i, "%2x", &v) != 1)
            return false;
        id[i] = (uint8_t)v;
    }
    return exchange_entry_id(x, (struct pl_bytes){id, size}, true, out);
}

/* The code page of a message, for those that it embeds. */
static void codepage_take(struct exchange *x, uint64_t id)
{
    struct exchange_row row;
    enum pl_status st = exchange_row_find(x, EDB_MESSAGES, id, &row);
    if (st > PL_LOST && st != PL_END)
        x->codepage = exchange_codepage(x, &x->tables[EDB_MESSAGES], &row.record);
    exchange_row_close(&row);
}

/* The message embedded in that attachment. */
static enum pl_status embedded_find(struct exchange *x, uint64_t *id, int64_t number)
{
    const struct exchange_table *t = &x->tables[EDB_ATTACHMENTS];
    struct exchange_row row;
    bool found = false;
    uint64_t inner = 0;
    if (t->how == EXCHANGE_MISSING)
        return PL_END;
    enum pl_status st = exchange_row_find(x, EDB_ATTACHMENTS, *id, &row);
    for (; st > PL_LOST && st != PL_END && !found; st = found ? st : attachment_next(x, &row, *id)) {
        int64_t at = -1;
        found = exchange_integer(x, &row.record, t->fields[EDB_NUMBER], &at) && at == number &&
                exchange_id(x, &row.record, t->fields[EDB_EMBEDDED], &inner);
    }
    exchange_row_close(&row);
    *id = inner;
    return found ? PL_OK : st <= PL_LOST ? st : PL_END;
}

enum pl_status exchange_item_open(struct exchange *x, const char *key, struct pl_item *out)
{
    bool deleted = !strncmp(key, EXCHANGE_DELETED, strlen(EXCHANGE_DELETED));
    const char *at = deleted ? key + strlen(EXCHANGE_DELETED) : key;
    uint64_t id = 0;
    int64_t associated = 0;
    enum pl_status st = PL_OK;
    struct exchange_row row;
    *out = (struct pl_item){.message_class = ""};
    if (!strncmp(key, EXCHANGE_STM ":", sizeof EXCHANGE_STM))
        return exchange_stm_item(x, key, out);
    if (deleted && !x->db.remains)
        return exchange_recover_item(x, key, out);
    snprintf(out->key, sizeof out->key, "%s", key);
    if (!strncmp(key, ENTRY_PREFIX, strlen(ENTRY_PREFIX))) {
        if (!entry_of(x, key + strlen(ENTRY_PREFIX), &id))
            return PL_END;
        exchange_key_make(out->key, 'm', id);
        at = "";
    } else if (strlen(key) >= sizeof out->key || !exchange_key_id(&at, 'm', &id)) {
        return PL_END;
    }
    snprintf(x->key, sizeof x->key, "%s", out->key);
    x->codepage = 0;
    for (int depth = 0; st == PL_OK && *at == '/'; depth++) {
        char *end = NULL;
        long number = strtol(++at, &end, 10);
        if (end == at || (*end && *end != '/') || depth >= PL_DEPTH_MAX)
            return PL_END;
        at = end;
        codepage_take(x, id);
        st = embedded_find(x, &id, number);
    }
    if (st != PL_OK)
        return st;
    st = exchange_row_find(x, EDB_MESSAGES, id, &row);
    if (st > PL_LOST && st != PL_END)
        st = exchange_item_load(x, id, &row.record, out);
    exchange_row_close(&row);
    if (st > PL_LOST && st != PL_END)
        associated = pl_bag_integer(&out->props, PidTagMessageFlags, 0);
    out->associated = associated & EXCHANGE_ASSOCIATED;
    return st;
}

/* --- the items of a folder ------------------------------------------------------------------------------ */

void exchange_contents_close(struct exchange_contents *c)
{
    if (c->open) {
        ese_cursor_close(&c->cursor);
        ese_table_close(&c->table);
    }
    *c = (struct exchange_contents){.folder = EXCHANGE_NOWHERE};
}

void exchange_items_close(struct exchange *x)
{
    exchange_contents_close(&x->contents);
    exchange_orphans_close(x);
    x->stm.reading = x->recovery.open = false;
}

enum pl_status exchange_contents_open(struct exchange *x, uint32_t folder, struct exchange_contents *c)
{
    char name[ESE_NAME_MAX];
    const char *naming = x->profile.parts[EDB_CONTENTS].naming;
    uint64_t id = x->folders[folder].id;
    *c = (struct exchange_contents){.folder = folder};
    if (!naming || !edb_contents_name(naming, exchange_replid_of(id), exchange_counter_of(id), name, sizeof name))
        return PL_END;
    enum pl_status st = ese_table_open(&x->db, name, &c->table);
    if (st <= PL_LOST || st == PL_END)
        return st;
    c->open = true;
    ese_cursor_init(&c->cursor, &x->db, c->table.row.tree);
    c->message = exchange_bind(x, EDB_CONTENTS, &c->table, EDB_MESSAGE);
    c->associated = exchange_bind(x, EDB_CONTENTS, &c->table, EDB_ASSOCIATED);
    c->class = exchange_property_find(x, &c->table, EXCHANGE_CLASS);
    c->flags = exchange_property_find(x, &c->table, EXCHANGE_FLAGS);
    return ese_cursor_first(&c->cursor);
}

/* What a row of the contents tells. */
struct listed {
    uint64_t id;
    bool hidden, certain; /* certain: by flags as the message has them */
    struct ese_record record;
};

static enum pl_status contents_next(struct exchange *x, struct exchange_contents *c, struct listed *out)
{
    struct ese_node node;
    int64_t flag = 0, flags = 0;
    enum pl_status st = ese_cursor_next(&c->cursor, &node);
    if (st > PL_LOST && st != PL_END)
        st = ese_record_parse(&c->table, &node, &out->record);
    if (st <= PL_LOST || st == PL_END)
        return st;
    if (!exchange_id(x, &out->record, c->message, &out->id))
        return pl_report(x->r->report, PL_LOST, "edb.contents", x->key, out->record.offset,
                         "a row of the folder's contents names no message");
    bool marked = exchange_integer(x, &out->record, c->associated, &flag) && flag != 0;
    bool flagged = exchange_integer(x, &out->record, c->flags, &flags);
    out->hidden = marked || (flagged && flags & EXCHANGE_ASSOCIATED);
    out->certain = marked || flagged;
    return st;
}

enum pl_status exchange_items_count(struct exchange *x, uint32_t folder, uint64_t *normal, uint64_t *hidden)
{
    struct exchange_contents c;
    struct listed row;
    uint64_t weight = 0;
    *normal = *hidden = 0;
    enum pl_status st = exchange_contents_open(x, folder, &c);
    while (c.open && st > PL_STOP && (st = contents_next(x, &c, &row)) != PL_END && st != PL_STOP) {
        weight += st > PL_LOST ? exchange_weight(row.id) : 0;
        ++*(st > PL_LOST && row.hidden ? hidden : normal);
    }
    bool has_table = c.open || st != PL_END;
    exchange_contents_close(&c);
    x->folders[folder].balance = weight;
    x->folders[folder].counted = true;
    return st == PL_STOP ? PL_STOP : has_table ? PL_OK : PL_END;
}

enum pl_status exchange_items_open(struct exchange *x, const char *key)
{
    const char *at = key;
    uint64_t id = 0;
    exchange_items_close(x);
    if (!strcmp(key, EXCHANGE_ORPHANS))
        return exchange_orphans_open(x);
    if (!strcmp(key, EXCHANGE_STM))
        return exchange_stm_open(x);
    if (x->r->options.recover && exchange_recover_open(x, key) == PL_OK)
        return PL_OK;
    uint32_t place = exchange_key_id(&at, 'f', &id) && !*at ? exchange_folder_find(x, id) : EXCHANGE_NOWHERE;
    if (place == EXCHANGE_NOWHERE)
        return PL_END;
    snprintf(x->key, sizeof x->key, "%s", key);
    enum pl_status st = exchange_contents_open(x, place, &x->contents);
    if (st == PL_END && x->folders[place].unlisted)
        return pl_report_again(x->r->report, PL_LOST,
                               x->contents_how == EXCHANGE_MISSING ? "edb.role" : "edb.contents-none");
    return st == PL_END ? PL_OK : st;
}

/* A hidden item may be told by its own flags alone. */
bool exchange_is_hidden(struct exchange *x, const struct ese_record *r, bool listed)
{
    int64_t flags = 0;
    return listed || (exchange_integer(x, r, x->flags, &flags) && flags & EXCHANGE_ASSOCIATED);
}

enum pl_status exchange_deliver(struct exchange *x, uint64_t id, const struct ese_record *r, bool hidden,
                                const struct pl_wanted *wanted, struct pl_item *out)
{
    const char *class = exchange_text(x, r, x->class, x->r->item_arena);
    if (!class)
        return exchange_no_memory(x);
    exchange_key_make(out->key, 'm', id);
    snprintf(x->key, sizeof x->key, "%s", out->key);
    x->codepage = 0;
    out->offset = r->offset;
    out->message_class = class;
    out->associated = hidden;
    if (!wanted->wants(wanted->data, class, hidden)) {
        pl_arena_reset(x->r->item_arena);
        return PL_END;
    }
    return exchange_item_load(x, id, r, out);
}

/* The folder's table itself says that nobody wants the item. */
static bool is_refused(struct exchange *x, const struct listed *row, const struct pl_wanted *wanted)
{
    const char *class = exchange_text_here(x, &row->record, x->contents.class, x->r->item_arena);
    bool refused = row->certain && class && !wanted->wants(wanted->data, class, row->hidden);
    pl_arena_reset(x->r->item_arena);
    return refused;
}

static enum pl_status item_next(struct exchange *x, const struct listed *listed, const struct pl_wanted *wanted,
                                struct pl_item *out)
{
    struct exchange_row row;
    struct exchange_contents *c = &x->contents;
    *out = (struct pl_item){.message_class = "", .offset = PL_NO_OFFSET};
    exchange_key_make(out->key, 'm', listed->id);
    snprintf(x->key, sizeof x->key, "%s", out->key);
    enum pl_status st = exchange_row_find(x, EDB_MESSAGES, listed->id, &row);
    if (st == PL_END && x->tables[EDB_MESSAGES].how == EXCHANGE_MISSING) {
        if (listed->certain || !c->hidden)
            st = pl_report_again(x->r->report, PL_LOST, "edb.role");
    } else if (st == PL_END) {
        if (listed->certain || !c->hidden)
            st = pl_report(x->r->report, PL_LOST, "edb.item-missing", out->key, PL_NO_OFFSET,
                           "the folder lists a message that the store does not have");
    } else if (st > PL_LOST) {
        bool hidden = exchange_is_hidden(x, &row.record, listed->hidden);
        c->has_hidden = c->has_hidden || (hidden && !listed->certain);
        st = listed->certain || hidden == c->hidden
                 ? exchange_deliver(x, listed->id, &row.record, hidden, wanted, out)
                 : PL_END;
    }
    exchange_row_close(&row);
    return st;
}

/* The next row that is of this pass, as far as rows tell. PL_LOST: a row is lost, filed. */
static enum pl_status listed_next(struct exchange *x, struct listed *row)
{
    struct exchange_contents *c = &x->contents;
    for (;;) {
        enum pl_status st = contents_next(x, c, row);
        bool here = st > PL_LOST && st != PL_END;
        if (st == PL_END && !c->hidden && c->has_hidden) {
            c->hidden = true;
            if (ese_cursor_first(&c->cursor) == PL_STOP)
                return PL_STOP;
        } else if (here && row->certain && row->hidden != c->hidden) {
            c->has_hidden = c->has_hidden || row->hidden;
        } else if (st != PL_LOST || !c->hidden) { /* it was told in the first pass */
            return st;
        }
    }
}

enum pl_status exchange_items_next(struct exchange *x, const struct pl_wanted *wanted, struct pl_item *out)
{
    struct listed row;
    exchange_stream_close(x);
    if (x->orphans.open)
        return exchange_orphans_next(x, wanted, out);
    if (x->stm.reading)
        return exchange_stm_next(x, wanted, out);
    if (x->recovery.open)
        return exchange_recover_next(x, wanted, out);
    while (x->contents.open) {
        enum pl_status st = listed_next(x, &row);
        if (st <= PL_LOST || st == PL_END)
            return st;
        st = is_refused(x, &row, wanted) ? PL_END : item_next(x, &row, wanted, out);
        if (st != PL_END)
            return st;
    }
    return PL_END;
}

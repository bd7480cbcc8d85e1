/*
 * exchange2013_parts.c - what belongs to a message of Exchange 2013 or later: recipients,
 * attachments, messages in attachments.
 *
 * Layer: inside the EDB reader. A message has a list of numbers, packed as in property blobs;
 * each is a row of attachments. The rows are walked once for a mailbox, when the first
 * attachment is asked for; of many, only the keys of every second, fourth ... are kept, for
 * their numbers grow as their keys do. Which row of attachments is a message is told by the row; an
 * attachment leads to it by such a list of its own.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange2013.h"
#include "prop_blob.h"

#define METHOD_EMBEDDED  5
#define PARTS_LEAST      ((size_t)1 << 8)
#define PARTS_MOST       ((size_t)1 << 16)
#define PARTS_SHARE      128u /* bytes of the budget for each */
#define MESSAGES_MOST    16u  /* numbers of an attachment that may be the message */
#define ATTACHMENTS_MOST 4096u
#define RECIPIENTS_MOST  65536u

/* --- recipients ----------------------------------------------------------------------------- */

static enum pl_status recipients_complain(struct exchange *x)
{
    return pl_report(x->r->report, PL_WARN, "edb.recipients", x->key, PL_NO_OFFSET,
                     "the list of recipients is damaged");
}

static enum pl_status recipient_add(struct exchange *x, struct pl_bytes blob, struct pl_bag *bags,
                                    struct pl_item *out)
{
    struct pl_bag *bag = &bags[out->recipient_count];
    enum pl_status st = exchange2013_blob(x, blob, "the properties of a recipient", x->r->item_arena, bag);
    if (st > PL_LOST && bag->count)
        out->recipient_count++;
    return st;
}

/* Values of the column, or one value that is several as blobs have them. */
enum pl_status exchange2013_recipients(struct exchange *x, const struct exchange_table *t,
                                       const struct ese_record *r, struct pl_item *out)
{
    const struct ese_column *c = t->fields[EDB_RECIPIENTS].column;
    struct ese_cell cell;
    enum pl_status worst = PL_OK;
    enum pl_status found = c ? ese_record_get(r, c, &cell) : PL_END;
    if (found != PL_OK || cell.is_null)
        return found <= PL_LOST ? found : PL_OK;
    if (cell.count > RECIPIENTS_MOST)
        return recipients_complain(x);
    struct pl_bag *bags = pl_arena_zalloc(x->r->item_arena, cell.count + 1u, sizeof *bags);
    for (unsigned i = 0; bags && i < cell.count; i++) {
        struct pl_bytes bytes;
        struct prop_packed many;
        enum pl_status st = exchange2013_whole(x, r, c, i, x->r->item_arena, &bytes);
        bool packed = st > PL_LOST && st != PL_END && bytes.size && (bytes.data[0] & 0xf8) == 0xd0;
        if (packed && cell.count == 1) {
            if (!prop_values(x->r->item_arena, bytes, &many))
                return recipients_complain(x);
            bags = pl_arena_zalloc(x->r->item_arena, many.count + 1u, sizeof *bags);
            for (uint32_t k = 0; bags && k < many.count && st > PL_LOST; k++)
                st = recipient_add(x, many.pieces[k].bytes, bags, out);
        } else if (st > PL_LOST && st != PL_END && bytes.size) {
            st = recipient_add(x, bytes, bags, out);
        }
        worst = st < worst ? st : worst;
    }
    out->recipients = bags;
    return bags ? worst : exchange_no_memory(x);
}

/* --- rows of attachments --------------------------------------------------------------------------- */

static size_t room_of(const struct exchange *x)
{
    size_t room = x->r->options.memory / PARTS_SHARE;
    return room < PARTS_LEAST ? PARTS_LEAST : room > PARTS_MOST ? PARTS_MOST : room;
}

static int part_order(const void *a, const void *b)
{
    const struct part_entry *one = a, *two = b;
    return (one->number > two->number) - (one->number < two->number);
}

/* Every other row that is known is enough, when their numbers grow as their keys do. */
static void parts_thin(struct exchange2013 *l)
{
    size_t kept = 0, size = 0;
    for (size_t i = 0; i < l->part_count; i += 2) {
        struct part_entry e = l->parts[i];
        memmove(l->part_keys.bytes + size, l->part_keys.bytes + e.key_at, e.key_size);
        e.key_at = (uint32_t)size;
        size += e.key_size;
        l->parts[kept++] = e;
    }
    l->part_count = kept;
    l->part_keys.size = size;
    l->part_step *= 2;
}

static enum pl_status part_keep(struct exchange *x, const struct ese_node *node, uint64_t number)
{
    struct exchange2013 *l = x->later;
    size_t size = 0;
    if (l->part_count == l->part_room) {
        size_t room = l->part_room ? l->part_room * 2 : 256;
        struct part_entry *more = realloc(l->parts, room * sizeof *more);
        if (!more)
            return pl_report(x->r->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
        l->parts = more;
        l->part_room = room;
    }
    struct part_entry *e = &l->parts[l->part_count];
    *e = (struct part_entry){.number = number};
    if (!exchange2013_key(&l->part_keys, node, &e->key_at, &size))
        return pl_report(x->r->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
    e->key_size = (uint8_t)size;
    l->part_count++;
    return PL_OK;
}

static enum pl_status part_take(struct exchange *x, const struct ese_node *node, const struct ese_record *r,
                                void *data)
{
    (void)data;
    const struct exchange_binding *f = x->tables[EDB_ATTACHMENTS].fields;
    struct exchange2013 *l = x->later;
    int64_t number = 0;
    if (!exchange_integer(x, r, f[EDB_NUMBER], &number) || node->prefix.size + node->suffix.size > UINT8_MAX)
        return pl_report(x->r->report, PL_LOST, "edb.attachment-number", x->key, r->offset,
                         "an attachment has no number, or a key that is too long");
    bool fell = l->part_rows && (uint64_t)number < l->part_last, full = l->part_count >= room_of(x);
    l->parts_mixed = l->parts_mixed || fell;
    l->part_last = (uint64_t)number;
    if (l->parts_mixed && (full || l->part_step > 1)) {
        if (!(x->told & TOLD_PARTS))
            pl_report_once(x->r->report, PL_LOST, "edb.attachments-order", x->key, r->offset,
                           "more than %zu attachments of a mailbox are in no order; some will be missing",
                           room_of(x));
        x->told |= TOLD_PARTS;
        return PL_OK;
    }
    if (full && !(l->part_rows % l->part_step))
        parts_thin(l);
    return l->part_rows++ % l->part_step ? PL_OK : part_keep(x, node, (uint64_t)number);
}

static enum pl_status parts_read(struct exchange *x)
{
    struct exchange2013 *l = x->later;
    bool dead = x->db.remains != NULL;
    if ((l->parts_read && l->parts_dead == dead) || x->tables[EDB_ATTACHMENTS].how == EXCHANGE_MISSING)
        return PL_OK;
    l->part_count = l->part_keys.size = 0;
    l->part_rows = 0;
    l->parts_mixed = false;
    l->parts_read = true;
    l->parts_dead = dead;
    l->part_step = 1;
    enum pl_status st = exchange_rows_visit(x, EDB_ATTACHMENTS, part_take, NULL);
    if (l->part_count)
        qsort(l->parts, l->part_count, sizeof *l->parts, part_order);
    return st;
}

/* The last row that is known and has no larger number. */
static const struct part_entry *part_before(const struct exchange2013 *l, uint64_t number)
{
    size_t low = 0, high = l->part_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (l->parts[middle].number <= number)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? &l->parts[low - 1] : NULL;
}

/* The row with that number. PL_END: none. To be closed in any case. */
static enum pl_status part_row(struct exchange *x, uint64_t number, struct exchange_row *out)
{
    const struct exchange_table *t = &x->tables[EDB_ATTACHMENTS];
    struct exchange2013 *l = x->later;
    struct ese_node node;
    enum pl_status st = parts_read(x);
    const struct part_entry *e = part_before(l, number);
    if (st <= PL_LOST || !e || (l->part_step == 1 && e->number != number))
        return st <= PL_LOST ? st : PL_END;
    ese_cursor_init(&out->cursor, &x->db, t->table.row.tree);
    st = ese_cursor_seek(&out->cursor, l->part_keys.bytes + e->key_at, e->key_size);
    for (uint64_t i = 0; st > PL_STOP && i < l->part_step; i++) {
        int64_t found = 0;
        st = ese_cursor_next(&out->cursor, &node);
        if (st == PL_END || st == PL_STOP)
            return st;
        if (st > PL_LOST && ese_record_parse(&t->table, &node, &out->record) > PL_LOST &&
            exchange_integer(x, &out->record, t->fields[EDB_NUMBER], &found) && (uint64_t)found == number)
            return PL_OK;
    }
    return st == PL_STOP ? st : PL_END;
}

static bool row_is_message(struct exchange *x, const struct ese_record *r)
{
    int64_t message = 0;
    return exchange_integer(x, r, x->tables[EDB_ATTACHMENTS].fields[EDB_IS_MESSAGE], &message) && message;
}

/* The numbers in a list of attachments: of its values, those of 64 bits. *out is NULL when there are none. */
static enum pl_status numbers_take(struct exchange *x, const struct exchange_table *t, const struct ese_record *r,
                                   uint64_t **out, size_t *count)
{
    struct pl_arena *a = x->r->item_arena;
    struct pl_bytes bytes;
    struct prop_packed p;
    *out = NULL;
    *count = 0;
    enum pl_status st = exchange2013_whole(x, r, t->fields[EDB_PARTS].column, 0, a, &bytes);
    if (st == PL_END || st <= PL_LOST || !bytes.size)
        return st == PL_END ? PL_OK : st;
    uint64_t *list = pl_arena_zalloc(a, bytes.size, sizeof *list);
    if (!list)
        return exchange_no_memory(x);
    struct pl_cursor c = pl_cursor(bytes.data, bytes.size);
    while (prop_value_next(a, &c, &p))
        if (p.tag == PT_I8 && p.place == PROP_HERE && *count < ATTACHMENTS_MOST)
            list[(*count)++] = pl_le64(p.pieces->bytes.data);
    *out = list;
    if (c.failed)
        return pl_report(x->r->report, PL_WARN, "edb.attachments-list", x->key, r->offset,
                         "the list of attachments is damaged; those before the damage are read");
    if (*count == ATTACHMENTS_MOST)
        return pl_report(x->r->report, PL_WARN, "edb.attachments-many", x->key, r->offset,
                         "the item has more than %u attachments; the rest is left out", ATTACHMENTS_MOST);
    return PL_OK;
}

/* --- attachments ------------------------------------------------------------------------------------ */

/* The number of the message that an attachment leads to, or that it is itself. false: none. */
static bool message_of(struct exchange *x, uint64_t number, const struct ese_record *r, uint64_t *out)
{
    uint64_t *numbers;
    size_t count;
    bool found = row_is_message(x, r);
    *out = number;
    if (found || numbers_take(x, &x->tables[EDB_ATTACHMENTS], r, &numbers, &count) <= PL_LOST)
        return found;
    for (size_t i = 0; i < count && i < MESSAGES_MOST && !found; i++) {
        struct exchange_row row = {0};
        enum pl_status st = part_row(x, numbers[i], &row);
        found = st > PL_LOST && st != PL_END && row_is_message(x, &row.record);
        *out = numbers[i];
        exchange_row_close(&row);
    }
    return found;
}

static enum pl_status attachment_load(struct exchange *x, uint64_t number, const char *key,
                                      struct pl_attachment *out)
{
    const struct exchange_table *t = &x->tables[EDB_ATTACHMENTS];
    struct exchange_row row = {0};
    int64_t method = 0;
    uint64_t message = 0;
    int n = snprintf(out->key, sizeof out->key, "%s/%" PRIu64, key, number);
    if (n < 0 || (size_t)n >= sizeof out->key)
        return pl_report(x->r->report, PL_LOST, "edb.depth", x->key, PL_NO_OFFSET, "embedded too deep");
    enum pl_status st = part_row(x, number, &row);
    if (st == PL_END)
        st = pl_report(x->r->report, PL_LOST, "edb.attachment-missing", x->key, PL_NO_OFFSET,
                       "attachment %" PRIu64 " is not in the table of attachments", number);
    if (st > PL_LOST) {
        exchange_integer(x, &row.record, t->fields[EDB_METHOD], &method);
        out->embedded = (method == METHOD_EMBEDDED || row_is_message(x, &row.record)) &&
                        message_of(x, number, &row.record, &message);
        st = exchange2013_bag(x, t, &row.record, x->r->item_arena, &out->props);
    }
    exchange_row_close(&row);
    return st;
}

enum pl_status exchange2013_attachments(struct exchange *x, const struct exchange_table *t,
                                        const struct ese_record *r, struct pl_item *out)
{
    uint64_t *numbers;
    size_t count;
    enum pl_status worst = numbers_take(x, t, r, &numbers, &count);
    bool unread = x->tables[EDB_ATTACHMENTS].how == EXCHANGE_MISSING;
    if (worst <= PL_LOST)
        return worst;
    if (unread || !count) {
        if (!count && !pl_bag_boolean(&out->props, PidTagHasAttachments))
            return worst;
        return pl_report(x->r->report, PL_WARN, "edb.attachments-unread", x->key, r->offset, "%s",
                         unread ? "the item has attachments, for which no table was found"
                                : "the item has attachments, and no list of them");
    }
    struct pl_attachment *list = pl_arena_zalloc(x->r->item_arena, count, sizeof *list);
    if (!list)
        return exchange_no_memory(x);
    enum pl_status st = parts_read(x);
    out->attachments = list;
    for (size_t i = 0; i < count && st != PL_STOP; i++) {
        st = attachment_load(x, numbers[i], out->key, &list[out->attachment_count]);
        out->attachment_count += st > PL_LOST;
        worst = st < worst ? st : worst;
    }
    return st == PL_STOP ? st : worst;
}

enum pl_status exchange2013_embedded(struct exchange *x, uint64_t number, struct exchange_row *out)
{
    uint64_t message = 0;
    enum pl_status st = part_row(x, number, out);
    if (st <= PL_LOST || st == PL_END)
        return st;
    if (!message_of(x, number, &out->record, &message))
        return PL_END;
    if (message == number)
        return st;
    exchange_row_close(out);
    *out = (struct exchange_row){0};
    return part_row(x, message, out);
}

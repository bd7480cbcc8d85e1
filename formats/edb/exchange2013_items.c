/*
 * exchange2013_items.c - the messages of a mailbox of Exchange 2013 or later.
 *
 * Layer: inside the EDB reader. Which messages there are, with their classes, is known from
 * a walk (exchange2013_mail.c); what nobody wants is never looked at again. Messages of no
 * folder come last, as orphans.
 *
 * Keys: "f100-1-2a" a folder of mailbox 100 by replica and counter; "m100-17" a message by its
 * number; "m100-17/5" the one embedded in attachment 5; "orphans100".
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange2013.h"
#include "plural.h"
#include "prop_blob.h"

#define ENTRY_PREFIX  "eid:"
#define MESSAGE_ENTRY 70u

/* --- one item --------------------------------------------------------------------------------------- */

enum pl_status exchange2013_item_load(struct exchange *x, enum edb_role role, const struct ese_record *r,
                                      bool with_parts, struct pl_item *out)
{
    const struct exchange_table *t = &x->tables[role];
    uint64_t doubts = x->db.doubts;
    x->degraded = r->doubtful;
    x->later->steps = PROP_STEPS;
    out->offset = r->offset;
    enum pl_status st = exchange2013_bag(x, t, r, x->r->item_arena, &out->props);
    if (st <= PL_LOST)
        return st;
    const char *class = pl_bag_text(&out->props, PidTagMessageClass);
    out->message_class = class ? class : "";
    if (exchange2013_recipients(x, t, r, out) < PL_OK)
        x->degraded = true;
    if ((with_parts && exchange2013_attachments(x, t, r, out) < PL_OK) || x->db.doubts != doubts)
        x->degraded = true;
    return x->degraded ? PL_WARN : PL_OK;
}

static void item_begin(struct exchange *x, const struct mail_entry *e, struct pl_item *out)
{
    bool orphan = e->folder == EXCHANGE_NOWHERE;
    *out = (struct pl_item){.message_class = "",
                            .offset = PL_NO_OFFSET,
                            .associated = e->hidden,
                            .evidence = orphan ? PL_EVIDENCE_NODE : NULL,
                            .confidence = orphan ? PL_HIGH : NULL};
    snprintf(out->key, sizeof out->key, "m%" PRIu32 "-%" PRIu32, exchange2013_number(x), e->number);
    snprintf(x->key, sizeof x->key, "%s", out->key);
}

/* --- the items of a folder ------------------------------------------------------------------------------ */

enum pl_status exchange2013_ensure(struct exchange *x, unsigned number)
{
    if (x->later->current != EXCHANGE_NOWHERE && exchange2013_number(x) == number)
        return PL_OK;
    for (uint32_t i = 0; i < x->mailbox_count && !x->later->walking; i++)
        if (x->mailboxes[i].number == number)
            return exchange2013_enter(x, i);
    return PL_END;
}

enum pl_status exchange2013_items_open(struct exchange *x, const char *key)
{
    unsigned number = 0, replid = 0;
    uint64_t counter = 0;
    int end = 0;
    uint32_t place = EXCHANGE_NOWHERE;
    enum pl_status st;
    x->recovery.open = false;
    if (x->r->options.recover && exchange2013_recover_open(x, key) == PL_OK)
        return PL_OK;
    bool orphans = sscanf(key, EXCHANGE_ORPHANS "%u%n", &number, &end) == 1 && !key[end];
    if (!orphans && (sscanf(key, "f%u-%x-%" SCNx64 "%n", &number, &replid, &counter, &end) != 3 || key[end]))
        return PL_END;
    st = exchange2013_ensure(x, number);
    if (st != PL_OK)
        return st;
    if (!orphans)
        place = exchange_folder_find(x, (uint64_t)replid << 48 | counter);
    if (!orphans && place == EXCHANGE_NOWHERE)
        return PL_END;
    x->later->folder = place;
    return exchange2013_mail_open(x, place);
}

/* Of a damaged mailbox: did the folder have more? */
static enum pl_status folder_end(struct exchange *x)
{
    uint64_t missing = exchange2013_mail_missing(x, x->later->folder);
    char key[PL_KEY_MAX];
    if (!missing)
        return PL_END;
    x->schema->folder_key(x, x->later->folder, key);
    x->later->folder = EXCHANGE_NOWHERE;
    return pl_report(x->r->report, PL_STOP, "edb.folder-short", key, PL_NO_OFFSET, "%" PRIu64 " %s not found",
                     missing, pl_plural(missing, "item of the folder is", "items of the folder are"));
}

enum pl_status exchange2013_items_next(struct exchange *x, const struct pl_wanted *wanted, struct pl_item *out)
{
    struct exchange2013 *l = x->later;
    const struct mail_entry *e;
    enum pl_status st;
    exchange_stream_close(x);
    if (x->recovery.open)
        return exchange2013_recover_next(x, wanted, out);
    while ((st = exchange2013_mail_next(x, &e)) == PL_OK) {
        struct exchange_row row = {0};
        item_begin(x, e, out);
        const char *class = e->class == CLASS_UNKNOWN ? NULL : l->classes[e->class];
        if (class && !wanted->wants(wanted->data, class, e->hidden))
            continue;
        out->message_class = class ? class : "";
        st = exchange2013_mail_row(x, e, &row);
        if (st > PL_LOST && !class && (class = exchange2013_class(x, &row.record, x->r->item_arena)) &&
            !wanted->wants(wanted->data, class, e->hidden))
            st = PL_END;
        if (st > PL_LOST && st != PL_END)
            st = exchange2013_item_load(x, EDB_MESSAGES, &row.record, !wanted->people_only, out);
        exchange_row_close(&row);
        if (st != PL_END)
            return st;
    }
    return st == PL_END ? folder_end(x) : st;
}

/* --- by key ------------------------------------------------------------------------------------------------ */

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
    return exchange_entry_id(x, (struct pl_bytes){id, sizeof id}, true, &wanted)
               ? exchange2013_mail_find(x, wanted, 0)
               : NULL;
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
    *st = exchange2013_ensure(x, mailbox);
    return *st == PL_OK ? exchange2013_mail_find(x, 0, number) : NULL;
}

enum pl_status exchange2013_way(struct exchange *x, const char *way, struct exchange_row *row)
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
    if (!strncmp(key, EXCHANGE_DELETED, strlen(EXCHANGE_DELETED)))
        return exchange2013_recover_item(x, key, out);
    e = by_id ? entry_of_eid(x, key + strlen(ENTRY_PREFIX)) : entry_of_key(x, key, &way, &st);
    if (!e)
        return st <= PL_LOST ? st : PL_END;
    item_begin(x, e, out);
    if (*way) {
        snprintf(out->key, sizeof out->key, "%s", key);
        snprintf(x->key, sizeof x->key, "%s", key);
        st = exchange2013_way(x, way, &row);
    } else {
        st = exchange2013_mail_row(x, e, &row);
    }
    if (st > PL_LOST && st != PL_END)
        st = exchange2013_item_load(x, *way ? EDB_ATTACHMENTS : EDB_MESSAGES, &row.record, true, out);
    exchange_row_close(&row);
    return st;
}

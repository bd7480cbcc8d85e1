/*
 * exchange2013.c - the schema of Exchange 2013 and later: one mailbox after the other.
 *
 * Layer: inside the EDB reader. The folders of a mailbox that is wanted come when it is
 * entered, then its orphans; then it is left for the next one. The tree of folders, values
 * and names are those of exchange.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "exchange2013.h"
#include "plural.h"
#include "prop_blob.h"

static void folder_key(const struct exchange *x, uint32_t place, char out[PL_KEY_MAX])
{
    uint64_t id = x->folders[place].id;
    snprintf(out, PL_KEY_MAX, "f%" PRIu32 "-%" PRIx16 "-%" PRIx64, exchange2013_number(x), exchange_replid_of(id),
             exchange_counter_of(id));
}

static enum pl_status folder_bag(struct exchange *x, uint32_t place, struct pl_bag *out, uint64_t *offset)
{
    const struct exchange_folder *f = &x->folders[place];
    struct exchange_row row = {0};
    enum pl_status st = exchange2013_row(x, EDB_FOLDERS, x->later->keys.bytes + f->key_at, f->key_size, &row);
    if (st > PL_LOST && st != PL_END) {
        *offset = row.record.offset;
        x->later->steps = PROP_STEPS;
        st = exchange2013_bag(x, &x->tables[EDB_FOLDERS], &row.record, x->r->folder_arena, out);
    }
    exchange_row_close(&row);
    return st;
}

/* Messages of the mailbox at hand that are in no folder of it. PL_END: there are none. */
static enum pl_status orphans_folder(struct exchange *x, struct pl_folder *out)
{
    static const char *const path[] = {"(orphans)"};
    uint64_t normal = 0, hidden = 0;
    if (exchange2013_items_count(x, EXCHANGE_NOWHERE, &normal, &hidden) < PL_OK || !(normal + hidden))
        return PL_END;
    snprintf(out->key, sizeof out->key, EXCHANGE_ORPHANS "%" PRIu32, exchange2013_number(x));
    out->offset = PL_NO_OFFSET;
    out->mailbox = &x->mailboxes[x->later->current].mailbox;
    out->path = path;
    out->depth = 1;
    out->container_class = "";
    out->scope = PL_SCOPE_RECOVERED;
    out->item_count = normal;
    out->associated_count = hidden;
    return pl_report(x->r->report, PL_WARN, "edb.orphans", out->key, PL_NO_OFFSET, "%" PRIu64 " %s as recovered",
                     normal + hidden,
                     pl_plural(normal + hidden, "message is in no folder of its mailbox; it comes",
                               "messages are in no folder of their mailbox; they come"));
}

/* The next mailbox that is wanted and has tables. PL_END: there is no more. */
static enum pl_status mailbox_next(struct exchange *x)
{
    uint32_t from = x->later->current == EXCHANGE_NOWHERE ? 0 : x->later->current + 1;
    for (uint32_t i = from; i < x->mailbox_count; i++) {
        enum pl_status st = x->mailboxes[i].wanted ? exchange2013_enter(x, i) : PL_LOST;
        if (st != PL_LOST)
            return st;
    }
    return PL_END;
}

static enum pl_status next_folder(struct exchange *x, struct pl_folder *out)
{
    struct exchange2013 *l = x->later;
    exchange_stream_close(x);
    for (;;) {
        enum pl_status st = PL_END;
        if (l->current != EXCHANGE_NOWHERE && !l->given) {
            st = exchange_folder_walk(x, out);
            if (st != PL_END)
                return st;
            l->given = true;
            st = orphans_folder(x, out);
            if (st != PL_END)
                return st;
        }
        st = l->current == EXCHANGE_NOWHERE ? PL_END : exchange2013_recover_folder(x, out);
        if (st != PL_END)
            return st;
        st = mailbox_next(x);
        l->walking = st == PL_OK;
        if (st != PL_OK)
            return st;
    }
}

const struct exchange_schema exchange_schema_2013 = {
    .profile = edb_profile_2013,
    .open = exchange2013_open,
    .next_folder = next_folder,
    .open_folder = exchange2013_items_open,
    .next_item = exchange2013_items_next,
    .open_item = exchange2013_item_open,
    .close = exchange2013_close,
    .folder_key = folder_key,
    .folder_bag = folder_bag,
    .items_count = exchange2013_items_count,
};

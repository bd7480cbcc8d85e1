/*
 * exchange.c - stores of Exchange: opening, and what `info` says; the schema of 2000 to 2007.
 *
 * Layer: inside the EDB reader, above roles, values, folders and items. A role without a
 * table is a limitation that is filed when the store is opened, each once: it costs what
 * it would have given, and never the success of an empty conversion.
 */
#include "exchange.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "edb_kind.h"

/* What is missing without a role. `fatal`: nothing can be read then. */
static const struct {
    const char *cost;
    bool is_optional;
} costs[EDB_ROLES] = {
    [EDB_GLOBAL] = {"the names of replicas; entry ids are matched by their counters alone", true},
    [EDB_MAILBOXES] = {"mailboxes; folders come as one store without an owner", false},
    [EDB_FOLDERS] = {"folders; nothing can be read without them", false},
    [EDB_MESSAGES] = {"messages; no item can be read", false},
    [EDB_CONTENTS] = {"the contents of folders; no item can be read", false},
    [EDB_ATTACHMENTS] = {"attachments; items come without them", false},
    [EDB_NAMES] = {"the names of properties; what a calendar needs most has no meaning", false},
    [EDB_IDENTITIES] = {"the identities of mailboxes; ids are matched without them", true},
};

static const char *const how_texts[] = {"missing", "profile", "discovered"};

static enum exchange_how how_of(const struct exchange *x, int role)
{
    return role == EDB_CONTENTS ? x->contents_how : x->tables[role].how;
}

/* Whether stores of this schema have the role at all. */
static bool has_role(const struct exchange *x, int role)
{
    return x->later ? role != EDB_GLOBAL && role != EDB_CONTENTS : role != EDB_IDENTITIES;
}

static void roles_complain(struct exchange *x)
{
    for (int i = 0; i < EDB_ROLES; i++)
        if (has_role(x, i) && how_of(x, i) == EXCHANGE_MISSING)
            pl_report(x->r->report, costs[i].is_optional ? PL_WARN : PL_LOST, "edb.role", NULL, PL_NO_OFFSET,
                      "no table was found for %s (see --edb-profile)", costs[i].cost);
}

/* --- facts ---------------------------------------------------------------------------------- */

/* Takes the place of what the engine says under that name. */
static void fact_add(struct exchange *x, const char *name, const char *value)
{
    for (size_t i = 0; name && value && i < x->r->store.fact_count; i++)
        if (!strcmp(x->facts[i].name, name)) {
            x->facts[i].value = value;
            return;
        }
    if (name && value && x->r->store.fact_count < EXCHANGE_FACTS)
        x->facts[x->r->store.fact_count++] = (struct pl_fact){name, value};
}

static const char *role_text(struct exchange *x, int role)
{
    struct pl_arena *a = x->r->store_arena;
    enum exchange_how how = how_of(x, role);
    const struct edb_part *part = &x->profile.parts[role];
    const char *name = role == EDB_CONTENTS      ? part->templated
                       : x->later                ? part->table
                       : how != EXCHANGE_MISSING ? x->tables[role].table.row.name
                                                 : NULL;
    return how == EXCHANGE_MISSING ? how_texts[how] : pl_arena_printf(a, "%s (%s)", name, how_texts[how]);
}

static void facts_fill(struct exchange *x)
{
    struct pl_arena *a = x->r->store_arena;
    struct pl_store *store = &x->r->store;
    store->facts = x->facts;
    store->fact_count = edb_facts(&x->db, a, x->facts, x->r->report);
    for (int i = 0; i < EDB_ROLES; i++)
        if (has_role(x, i))
            fact_add(x, pl_arena_printf(a, "role_%s", edb_role_name((enum edb_role)i)), role_text(x, i));
    bool is_public = x->mailbox_count == 1 && x->mailboxes[0].mailbox.is_public;
    fact_add(x, "mailboxes", is_public ? "public folders" : pl_arena_printf(a, "%" PRIu32, x->mailbox_count));
    if (!x->later)
        fact_add(x, "streaming_file", stm_state_text(x->stm.state));
}

/* --- opening ---------------------------------------------------------------------------------- */

static enum pl_status profile_load(struct exchange *x)
{
    const struct pl_reader_options *o = &x->r->options;
    struct edb_profile_error error;
    const char *text = o->edb_profile ? o->edb_profile : x->schema->profile;
    if (edb_profile_parse(text, strlen(text), x->r->store_arena, &x->profile, &error))
        return PL_OK;
    return pl_report(x->r->report, PL_STOP, "edb.profile", NULL, PL_NO_OFFSET,
                     "the profile of the database, line %u: %s", error.line, error.why);
}

/* The mailbox of a store that holds only one is its owner. */
static void owner_fill(struct exchange *x)
{
    struct pl_store *store = &x->r->store;
    store->kind = "edb";
    if (x->mailbox_count == 1)
        store->owner = x->mailboxes[0].mailbox;
    else
        store->owner = (struct pl_mailbox){.name = "", .smtp = "", .dn = ""};
}

/* One set of tables for all mailboxes. */
static enum pl_status open_2000(struct exchange *x)
{
    enum pl_status st = exchange_roles_find(x);
    if (st == PL_OK)
        roles_complain(x);
    if (st == PL_OK)
        st = exchange_replids_load(x);
    if (st == PL_OK)
        st = exchange_names_load(x);
    if (st == PL_OK)
        st = exchange_properties_bind(x);
    if (st == PL_OK && x->tables[EDB_FOLDERS].how != EXCHANGE_MISSING)
        st = exchange_folders_load(x);
    return st;
}

enum pl_status exchange_open(struct exchange *x, const struct exchange_schema *schema)
{
    x->schema = schema;
    x->arena = x->r->store_arena;
    enum pl_status st = profile_load(x);
    x->text = pl_text_new();
    if (!x->text)
        return pl_report(x->r->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
    x->contents.folder = EXCHANGE_NOWHERE;
    x->schema = st == PL_OK && x->profile.by_mailbox ? &exchange_schema_2013 : &exchange_schema_2000;
    if (st == PL_OK)
        st = x->schema->open(x);
    if (st <= PL_LOST)
        return st;
    if (x->later)
        roles_complain(x);
    if (x->db.careful)
        x->r->store.caveat = "from a database that was not shut down cleanly; changes in its log files are missing";
    edb_dirty_complain(&x->db, x->r->report);
    uint32_t last = ese_last_page(&x->db);
    x->r->store.cut = ese_is_cut(&x->db, last);
    x->r->store.unmeasured = !last;
    ese_size_complain(&x->db, last);
    owner_fill(x);
    if (!x->later)
        exchange_stm_look(x);
    facts_fill(x);
    return PL_OK;
}

static void close_2000(struct exchange *x)
{
    exchange_items_close(x);
    exchange_recover_close(x);
    exchange_stm_close(x);
    exchange_roles_close(x);
}

void exchange_close(struct exchange *x)
{
    exchange_stream_close(x);
    if (x->schema)
        x->schema->close(x);
    exchange_folders_free(x);
    pl_text_free(x->text);
    x->text = NULL;
}

/* --- the schema of 2000 to 2007 -------------------------------------------------------------- */

static enum pl_status next_folder_2000(struct exchange *x, struct pl_folder *out)
{
    enum pl_status st = exchange_folder_walk(x, out);
    if (x->r->options.survey)
        return st;
    if (st == PL_END)
        st = exchange_orphans_folder(x, out);
    if (st == PL_END)
        st = exchange_recover_folder(x, out);
    if (st == PL_END)
        st = exchange_stm_folder(x, out);
    if (st == PL_END)
        exchange_unread_complain(x);
    return st;
}

static void folder_key_2000(const struct exchange *x, uint32_t place, char out[PL_KEY_MAX])
{
    uint64_t id = x->folders[place].id;
    snprintf(out, PL_KEY_MAX, "f%" PRIx16 "-%" PRIx64, exchange_replid_of(id), exchange_counter_of(id));
}

static enum pl_status folder_bag_2000(struct exchange *x, uint32_t place, struct pl_bag *out, uint64_t *offset)
{
    struct exchange_row row;
    enum pl_status st = exchange_row_find(x, EDB_FOLDERS, x->folders[place].id, &row);
    if (st > PL_LOST && st != PL_END) {
        *offset = row.record.offset;
        st = exchange_bag(x, &x->tables[EDB_FOLDERS], &row.record, x->r->folder_arena, out);
    }
    exchange_row_close(&row);
    return st;
}

const struct exchange_schema exchange_schema_2000 = {
    .profile = edb_profile_builtin,
    .open = open_2000,
    .next_folder = next_folder_2000,
    .open_folder = exchange_items_open,
    .next_item = exchange_items_next,
    .open_item = exchange_item_open,
    .close = close_2000,
    .folder_key = folder_key_2000,
    .folder_bag = folder_bag_2000,
    .items_count = exchange_items_count,
};

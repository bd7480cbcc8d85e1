/*
 * cmd_info.c - `pimlift info`: what kind of store this is, and what is in it.
 *
 * Layer: programs. The census walks every contents table, but refuses each row
 * after its class: items are counted, never read. So "damage" speaks of the
 * structure that had to be walked, not of the items themselves.
 */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "plural.h"
#include "say.h"
#include "stores.h"
#include "verbs.h"

struct options {
    struct store_options store;
    bool json;
};

#define NAME_WIDTH 16

/* Message classes by their beginning; the first row that fits counts. */
static const struct species {
    const char *prefix, *name;
} species[] = {
    {"IPM.Appointment", "appointments"},
    {"IPM.Contact", "contacts"},
    {"IPM.DistList", "groups"},
    {"IPM.Task", "tasks"},
    {"IPM.Activity", "journal"},
    {"IPM.StickyNote", "notes"},
    {"IPM.Schedule", "meeting_mail"},
    {"IPM.Note", "mail"},
    {"REPORT", "mail_reports"},
    {"IPM.Post", "posts"},
    {"", "other"},
};

#define SPECIES (sizeof species / sizeof *species)

struct census {
    uint64_t by_species[SPECIES];
    uint64_t hidden, folders, searches;
};

static bool has_prefix(const char *class_name, const char *prefix)
{
    size_t length = strlen(prefix);
    if (!length)
        return true;
    return strncasecmp(class_name, prefix, length) == 0 && (!class_name[length] || class_name[length] == '.');
}

static bool count_row(void *data, const char *message_class, bool associated)
{
    struct census *c = data;
    size_t i = 0;
    if (associated) {
        c->hidden++;
        return false;
    }
    while (!has_prefix(message_class, species[i].prefix))
        i++;
    c->by_species[i]++;
    return false;
}

static void take_census(struct store *s, struct census *c)
{
    struct pl_wanted wanted = {.wants = count_row, .data = c};
    struct pl_folder folder;
    struct pl_item item;

    while (store_next_folder(s, &folder)) {
        c->folders++;
        if (folder.is_search) {
            c->searches++;
            continue;
        }
        if (pl_session_open_folder(&s->session, folder.key) <= PL_LOST)
            continue;
        while (store_next_item(s, &wanted, &item))
            ;
    }
}

/* --- for people -------------------------------------------------------- */

static void row(const char *name, const char *value)
{
    fputs("  ", stdout);
    say_padded(stdout, name, NAME_WIDTH);
    putchar(' ');
    say_text(stdout, value);
    putchar('\n');
}

static void row_if(const char *name, const char *value)
{
    if (*value)
        row(name, value);
}

static void print_counts(const struct census *c)
{
    char count[32], line[96];
    snprintf(line, sizeof line, "%s%s", say_count(c->folders, count),
             c->searches ? " (search folders among them)" : "");
    row("folders", line);
    for (size_t i = 0; i < SPECIES; i++)
        if (c->by_species[i])
            row(species[i].name, say_count(c->by_species[i], count));
    row("hidden_items", say_count(c->hidden, count));
}

static void print_damage(const struct store *s)
{
    const struct pl_report *r = &s->report;
    char line[128];

    row("state", s->session.reader.store.cut          ? "cut, or its size disagrees with its header"
                 : s->session.reader.store.unmeasured ? "whether it is whole is not told"
                                                      : "whole");
    if (!r->warnings && !r->losses && !r->stops) {
        row("damage", "none found in its structure");
        return;
    }
    snprintf(line, sizeof line, "%" PRIu64 " %s found in its structure:", r->warnings + r->losses + r->stops,
             pl_plural(r->warnings + r->losses + r->stops, "fault", "faults"));
    row("damage", line);
    tally_print(stdout, &s->tally, "    ", 10);
}

static void print_text(const struct store *s, const struct census *c)
{
    const struct pl_store *store = &s->session.reader.store;
    char size[32], codepage[16] = "";

    say_text(stdout, s->path);
    putchar('\n');
    row("kind", store->kind);
    row("reader", s->session.reader.ops->name);
    row_if("name", store->owner.name);
    row_if("owner", store->owner.smtp);
    row_if("owner_dn", store->owner.dn);
    if (store->codepage)
        snprintf(codepage, sizeof codepage, "%u", store->codepage);
    row_if("codepage", codepage);
    row("size", say_bytes(s->session.source.size, size));
    for (size_t i = 0; i < store->fact_count; i++)
        row(store->facts[i].name, store->facts[i].value);
    print_counts(c);
    print_damage(s);
}

/* --- for machines ------------------------------------------------------ */

static void print_json(const struct store *s, const struct census *c)
{
    const struct pl_store *store = &s->session.reader.store;
    struct json j;

    json_init(&j, stdout);
    json_begin_object(&j);
    json_pair_text(&j, "store", s->path);
    json_pair_text(&j, "kind", store->kind);
    json_pair_text(&j, "reader", s->session.reader.ops->name);
    json_pair_text(&j, "name", store->owner.name);
    json_pair_text(&j, "smtp", store->owner.smtp);
    json_pair_text(&j, "dn", store->owner.dn);
    json_pair_unsigned(&j, "codepage", store->codepage);
    json_pair_unsigned(&j, "size", s->session.source.size);
    json_pair_bool(&j, "cut", store->cut);
    json_key(&j, "facts");
    json_begin_object(&j);
    for (size_t i = 0; i < store->fact_count; i++)
        json_pair_text(&j, store->facts[i].name, store->facts[i].value);
    json_end_object(&j);
    json_pair_unsigned(&j, "folders", c->folders);
    json_pair_unsigned(&j, "search_folders", c->searches);
    json_key(&j, "items");
    json_begin_object(&j);
    for (size_t i = 0; i < SPECIES; i++)
        json_pair_unsigned(&j, species[i].name, c->by_species[i]);
    json_end_object(&j);
    json_pair_unsigned(&j, "hidden_items", c->hidden);
    json_key(&j, "damage");
    tally_json(&j, &s->tally);
    json_end_object(&j);
    json_end_line(&j);
}

static enum exit_status visit_store(const struct call *call, struct store *s)
{
    const struct options *options = call->options;
    struct census census = {0};

    take_census(s, &census);
    if (options->json)
        print_json(s, &census);
    else
        print_text(s, &census);
    return store_status(s);
}

/* --- databases ----------------------------------------------------------- */

static void tables_text(const struct database *d, uint64_t count)
{
    const struct pl_tables *t = &d->data.tables;
    char text[32];
    say_text(stdout, d->path);
    putchar('\n');
    row("kind", t->ops->name);
    row("database", t->kind);
    row("size", say_bytes(d->data.source.size, text));
    for (size_t i = 0; i < t->fact_count; i++)
        row(t->facts[i].name, t->facts[i].value);
    row("tables", say_count(count, text));
    row("state", t->cut ? "cut" : t->unmeasured ? "whether it is whole is not told" : "whole");
    if (d->report.worst > PL_WARN) {
        row("damage", "none found in its catalogue");
        return;
    }
    row("damage", "faults found in its header and catalogue:");
    tally_print(stdout, &d->tally, "    ", 10);
}

static void tables_json(const struct database *d, uint64_t count)
{
    const struct pl_tables *t = &d->data.tables;
    struct json j;
    json_init(&j, stdout);
    json_begin_object(&j);
    json_pair_text(&j, "store", d->path);
    json_pair_text(&j, "kind", t->ops->name);
    json_pair_text(&j, "database", t->kind);
    json_pair_unsigned(&j, "size", d->data.source.size);
    json_pair_bool(&j, "cut", t->cut);
    json_key(&j, "facts");
    json_begin_object(&j);
    for (size_t i = 0; i < t->fact_count; i++)
        json_pair_text(&j, t->facts[i].name, t->facts[i].value);
    json_end_object(&j);
    json_pair_unsigned(&j, "tables", count);
    json_key(&j, "damage");
    tally_json(&j, &d->tally);
    json_end_object(&j);
    json_end_line(&j);
}

static enum exit_status visit_tables(const struct call *call, struct database *d)
{
    const struct options *options = call->options;
    struct pl_table table;
    uint64_t count = 0;
    while (database_next_table(d, &table))
        count++;
    if (options->json)
        tables_json(d, count);
    else
        tables_text(d, count);
    return database_status(d);
}

static enum exit_status run(const struct call *call)
{
    static const struct visits visits = {.store = visit_store, .tables = visit_tables, .folders_first = true};
    return stores_visit(call, &visits);
}

static const struct flag flags[] = {
    {.name = "json",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, json),
     .brief = "for machines: one JSON object a line",
     .doc =
         "Print one JSON object for each store, with the same content and with all diagnostics counted by code."},
};

static const struct example examples[] = {
    {"What a store is, and whether it is whole", "pimlift info mail.pst"},
    {"Which of many end too early, for a script", "pimlift info --json stores/* | jq -r 'select(.cut).store'"},
};

const struct verb cmd_info = {
    .name = "info",
    .operands = "STORE...",
    .fewest = 1,
    .most = SIZE_MAX,
    .brief = "what a store is: kind, owner, counts, damage",
    .doc = "Say what kind of store each file is, whose it is, how many items of which class lie in it, and whether "
           "its "
           "structure is damaged. Items are counted, not read.",
    .flags = flags,
    .flag_count = sizeof flags / sizeof *flags,
    .examples = examples,
    .example_count = sizeof examples / sizeof *examples,
    .opens_stores = true,
    .options_size = sizeof(struct options),
    .run = run,
};

/*
 * cmd_dump.c - `pimlift dump`: items as the store has them, one JSON object a line.
 *
 * Layer: programs. The forensic view: nothing is interpreted, every property is
 * shown with its tag, its store-independent name and the place it was found at.
 * Lines come in the order of the store, and diagnostics among them at the point
 * where they were found. How a property looks in JSON is dump_value.c.
 */
#include <stdlib.h>

#include "dump_tables.h"
#include "dump_value.h"
#include "say.h"
#include "stores.h"
#include "verbs.h"

struct options {
    struct store_options store;
    const char *key, *table;
    bool raw, schema, items;
};

/* Reading a stream for its hash can file a diagnostic while the line of its item is half
 * printed; such lines wait in `held`. */
struct dump {
    struct store *store;
    bool in_line;
    char *held;
    size_t held_size;
    FILE *hold; /* onto held; NULL until needed */
    struct dump_heads heads;
};

static void begin_object(struct json *j, FILE *file, const char *kind)
{
    json_init(j, file);
    json_begin_object(j);
    json_key(j, "v");
    json_unsigned(j, 1);
    json_pair_text(j, "kind", kind);
}

static void begin_line(struct dump *d, struct json *j, const char *kind)
{
    d->in_line = true;
    begin_object(j, stdout, kind);
}

static void end_line(struct dump *d, struct json *j)
{
    json_end_object(j);
    json_end_line(j);
    d->in_line = false;
    if (!d->hold)
        return;
    if (fclose(d->hold) == 0)
        fwrite(d->held, 1, d->held_size, stdout);
    free(d->held);
    d->hold = NULL;
    d->held = NULL;
}

static void dump_diagnostic(void *data, const struct pl_diagnostic *g)
{
    struct dump *d = data;
    struct json j;

    tally_add(&d->store->tally, g);
    if (d->in_line && !d->hold)
        d->hold = open_memstream(&d->held, &d->held_size);
    if (d->in_line && !d->hold)
        return; /* out of memory: counted, not shown */
    begin_object(&j, d->in_line ? d->hold : stdout, "diagnostic");
    json_pair_text(&j, "severity", tally_severity(g->severity));
    json_pair_text(&j, "code", g->code);
    if (g->key)
        json_pair_text(&j, "key", g->key);
    if (g->offset != PL_NO_OFFSET)
        json_pair_unsigned(&j, "offset", g->offset);
    json_pair_text(&j, "text", g->text);
    json_end_object(&j);
    json_end_line(&j);
}

static void dump_path(struct json *j, const char *const *path, size_t depth)
{
    json_begin_array(j);
    for (size_t i = 0; i < depth; i++)
        json_text(j, path[i]);
    json_end_array(j);
}

static void dump_store(struct dump *d)
{
    const struct store *s = d->store;
    const struct pl_store *store = &s->session.reader.store;
    struct json j;

    begin_line(d, &j, "store");
    json_pair_text(&j, "path", s->path);
    json_pair_unsigned(&j, "size", s->session.source.size);
    json_pair_text(&j, "format", store->kind);
    json_pair_text(&j, "reader", s->session.reader.ops->name);
    json_pair_text(&j, "name", store->owner.name);
    json_pair_text(&j, "smtp", store->owner.smtp);
    json_pair_text(&j, "dn", store->owner.dn);
    json_pair_unsigned(&j, "codepage", store->codepage);
    json_pair_bool(&j, "cut", store->cut);
    json_key(&j, "facts");
    json_begin_object(&j);
    for (size_t i = 0; i < store->fact_count; i++)
        json_pair_text(&j, store->facts[i].name, store->facts[i].value);
    json_end_object(&j);
    json_key(&j, "damage"); /* what opening it found; later diagnostics are lines of their own */
    tally_json(&j, &s->tally);
    end_line(d, &j);
}

static void dump_folder(struct dump *d, const struct pl_folder *f)
{
    struct json j;

    begin_line(d, &j, "folder");
    json_pair_text(&j, "key", f->key);
    if (f->offset != PL_NO_OFFSET)
        json_pair_unsigned(&j, "offset", f->offset);
    json_key(&j, "path");
    dump_path(&j, f->path, f->depth);
    json_pair_text(&j, "class", f->container_class);
    json_pair_text(&j, "role", store_role(f->role));
    json_pair_text(&j, "scope", store_scope(f->scope));
    json_pair_bool(&j, "search", f->is_search);
    json_pair_unsigned(&j, "items", f->item_count);
    json_pair_unsigned(&j, "hidden", f->associated_count);
    json_key(&j, "props");
    dump_bag(&j, &d->store->session.reader, &d->heads, &f->props);
    end_line(d, &j);
}

static void dump_attachments(struct dump *d, struct json *j, const struct pl_item *item)
{
    json_begin_array(j);
    for (size_t i = 0; i < item->attachment_count; i++) {
        const struct pl_attachment *a = &item->attachments[i];
        json_begin_object(j);
        json_pair_text(j, "key", a->key);
        json_pair_bool(j, "embedded", a->embedded);
        json_key(j, "props");
        dump_bag(j, &d->store->session.reader, &d->heads, &a->props);
        json_end_object(j);
    }
    json_end_array(j);
}

static void dump_item(struct dump *d, const struct pl_folder *folder, const struct pl_item *item)
{
    struct pl_reader *reader = &d->store->session.reader;
    struct json j;

    begin_line(d, &j, "item");
    json_pair_text(&j, "key", item->key);
    if (item->offset != PL_NO_OFFSET)
        json_pair_unsigned(&j, "offset", item->offset);
    if (folder) {
        json_key(&j, "folder");
        dump_path(&j, folder->path, folder->depth);
    }
    json_pair_text(&j, "class", item->message_class);
    json_pair_bool(&j, "hidden", item->associated);
    json_pair_bool(&j, "recovered", item->recovered);
    if (item->evidence)
        json_pair_text(&j, "evidence", item->evidence);
    if (item->confidence)
        json_pair_text(&j, "confidence", item->confidence);
    json_key(&j, "props");
    dump_bag(&j, reader, &d->heads, &item->props);
    json_key(&j, "recipients");
    json_begin_array(&j);
    for (size_t i = 0; i < item->recipient_count; i++)
        dump_bag(&j, reader, &d->heads, &item->recipients[i]);
    json_end_array(&j);
    json_key(&j, "attachments");
    dump_attachments(d, &j, item);
    end_line(d, &j);
}

static bool want_all(void *data, const char *message_class, bool associated)
{
    (void)data, (void)message_class, (void)associated;
    return true;
}

static void dump_all(struct dump *d)
{
    const struct pl_wanted wanted = {.wants = want_all};
    struct store *s = d->store;
    struct pl_folder folder;
    struct pl_item item;

    dump_store(d);
    while (store_next_folder(s, &folder)) {
        dump_folder(d, &folder);
        if (folder.is_search || pl_session_open_folder(&s->session, folder.key) <= PL_LOST)
            continue;
        while (store_next_item(s, &wanted, &item))
            dump_item(d, &folder, &item);
    }
}

static enum exit_status visit_store(const struct call *call, struct store *s)
{
    const struct options *options = call->options;
    struct dump dump = {.store = s};
    struct pl_item item;
    enum pl_status found = PL_END;

    setvbuf(stdout, NULL, _IOFBF, 65536);
    if (options->raw || options->schema || options->table) {
        say("%s: --raw, --schema and --table are for databases, which this is not", s->path);
        return EXIT_NOTHING;
    }
    s->report.sink = dump_diagnostic;
    s->report.sink_data = &dump;
    if (options->key)
        found = pl_session_open_item(&s->session, options->key, &item);
    if (!options->key) {
        dump_all(&dump);
    } else if (found == PL_OK || found == PL_WARN) {
        dump_item(&dump, NULL, &item);
    } else {
        say("%s: no item with the key '%s' can be read; pimlift dump without --key shows the keys", s->path,
            options->key);
        return EXIT_NOTHING;
    }
    store_say_losses(s);
    return store_status(s);
}

static enum exit_status visit_tables(const struct call *call, struct database *d)
{
    const struct options *options = call->options;
    return options->schema ? dump_schema(d, options->table) : dump_rows(d, options->table, options->raw);
}

static enum exit_status run(const struct call *call)
{
    const struct options *options = call->options;
    const struct visits visits = {.store = visit_store,
                                  .tables = options->items || options->key ? NULL : visit_tables};
    return stores_visit(call, &visits);
}

static const struct flag flags[] = {
    {.name = "key",
     .kind = FLAG_TEXT,
     .argument = "KEY",
     .at = offsetof(struct options, key),
     .brief = "only the item with this key",
     .doc = "Print only the item with this key: a message, or the message embedded in an attachment. Keys stand in "
            "the output of dump, in report.jsonl and in ledger.db."},
    {.name = "table",
     .kind = FLAG_TEXT,
     .argument = "NAME",
     .at = offsetof(struct options, table),
     .brief = "of a database: only this table",
     .doc = "Of a database (.edb), print only the table of this name."},
    {.name = "items",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, items),
     .brief = "of a database: its items, not its rows",
     .doc = "Of an Exchange database, print folders and items as of any other store, instead of the rows of its "
            "tables."},
    {.name = "raw",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, raw),
     .brief = "of a database: stored bytes as hex",
     .doc =
         "Of a database, print each value as the lower-case hex of its stored bytes after decompression, several "
         "values of a column as an array. NULL values and defaults are left out."},
    {.name = "schema",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, schema),
     .brief = "of a database: tables and columns, no contents",
     .doc =
         "Of a database, print its tables, templates, columns and indexes with the number of rows and the sizes of "
         "values, never their contents: what can be sent along with a question."},
};

static const struct example examples[] = {
    {"One item as the store has it, by the key that the report names",
     "pimlift dump --key 0x200024 mail.pst | jq ."},
    {"What a database is made of, without what is in it", "pimlift dump --schema priv1.edb"},
};

const struct verb cmd_dump = {
    .name = "dump",
    .operands = "STORE",
    .fewest = 1,
    .most = 1,
    .brief = "items as JSON lines, with offsets and all properties",
    .doc = "Print the store, its folders and its items as JSON objects, one a line, with byte offsets and all "
           "properties, uninterpreted. Values that the store keeps apart from the item are shown by their size and "
           "their SHA-256. Diagnostics are lines among them. An Exchange database, or any other ESE file, is "
           "printed as "
           "its rows: {\"table\":NAME,\"columns\":{NAME:VALUE}}; \"recovered\" marks rows that were deleted "
           "(--recover), "
           "\"doubtful\" those met beside a fault, \"dirty\" all of a database that was not shut down cleanly.",
    .flags = flags,
    .flag_count = sizeof flags / sizeof *flags,
    .examples = examples,
    .example_count = sizeof examples / sizeof *examples,
    .opens_stores = true,
    .options_size = sizeof(struct options),
    .run = run,
};

/*
 * cmd_list.c - `pimlift list`: the folder tree with class and counts.
 *
 * Layer: programs. Counts are those that the store states of each folder; nothing
 * inside the folders is read, so a large store lists at once. `info` counts what
 * is really there.
 */
#include <inttypes.h>
#include <string.h>

#include "say.h"
#include "stores.h"
#include "verbs.h"

struct options {
    struct store_options store;
    bool json, mailboxes;
};

#define CLASS_WIDTH 18

static const char *leaf_name(const struct pl_folder *f)
{
    const char *name = f->depth ? f->path[f->depth - 1] : pl_bag_text(&f->props, PidTagDisplayName);
    return name && *name ? name : f->depth ? "(no name)" : "(root)";
}

static void print_row(const struct pl_folder *f)
{
    printf("%8" PRIu64 " %8" PRIu64 "  ", f->item_count, f->associated_count);
    say_padded(stdout, f->container_class, CLASS_WIDTH);
    printf("  %*s", (int)(f->depth < 64 ? 2 * f->depth : 128), "");
    say_text(stdout, leaf_name(f));
    if (f->is_default)
        fputs("  (default)", stdout);
    if (f->is_search)
        fputs("  (search)", stdout);
    if (f->scope != PL_SCOPE_IPM)
        printf("  (%s)", store_scope(f->scope));
    putchar('\n');
}

static void print_heading(const struct store *s)
{
    const struct pl_store *store = &s->session.reader.store;
    say_text(stdout, s->path);
    printf(": %s", store->kind);
    if (*store->owner.name) {
        fputs(", ", stdout);
        say_text(stdout, store->owner.name);
    }
    if (*store->owner.smtp) {
        fputs(", ", stdout);
        say_text(stdout, store->owner.smtp);
    }
    printf("\n%8s %8s  %-*s  %s\n", "items", "hidden", CLASS_WIDTH, "class", "folder");
}

static void print_json(const struct store *s, const struct pl_folder *f)
{
    struct json j;
    json_init(&j, stdout);
    json_begin_object(&j);
    json_pair_text(&j, "store", s->path);
    json_pair_text(&j, "key", f->key);
    json_key(&j, "path");
    json_begin_array(&j);
    for (size_t i = 0; i < f->depth; i++)
        json_text(&j, f->path[i]);
    json_end_array(&j);
    json_pair_text(&j, "class", f->container_class);
    json_pair_text(&j, "role", store_role(f->role));
    json_pair_text(&j, "scope", store_scope(f->scope));
    json_pair_bool(&j, "default", f->is_default);
    json_pair_bool(&j, "search", f->is_search);
    json_pair_unsigned(&j, "items", f->item_count);
    json_pair_unsigned(&j, "hidden", f->associated_count);
    json_end_object(&j);
    json_end_line(&j);
}

/* A pattern for --owner that means this text and, where it has control characters, little else. */
static void print_pattern(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f) {
            putchar('?');
            continue;
        }
        if (strchr("*?[\\", *text))
            putchar('\\');
        putchar(*text);
    }
    putchar('\n');
}

/* The folders of a mailbox stand together. */
static void print_mailboxes(struct store *s)
{
    const struct pl_mailbox *last = NULL;
    struct pl_folder folder;
    while (store_next_folder(s, &folder)) {
        const struct pl_mailbox *m = folder.mailbox ? folder.mailbox : &s->session.reader.store.owner;
        const char *owner = m && m != last ? pl_session_owner(&s->session, m) : NULL;
        last = m;
        if (owner)
            print_pattern(m->is_public ? "public" : *m->smtp ? m->smtp : *m->dn ? m->dn : owner);
    }
}

static enum exit_status visit(const struct call *call, struct store *s)
{
    const struct options *options = call->options;
    struct pl_folder folder;

    if (options->mailboxes)
        print_mailboxes(s);
    else if (!options->json)
        print_heading(s);
    while (!options->mailboxes && store_next_folder(s, &folder)) {
        if (options->json)
            print_json(s, &folder);
        else
            print_row(&folder);
    }
    store_say_losses(s);
    return store_status(s);
}

static enum exit_status run(const struct call *call)
{
    static const struct visits visits = {.store = visit};
    return stores_visit(call, &visits);
}

static const struct flag flags[] = {
    {.name = "json",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, json),
     .brief = "for machines: one JSON object a line",
     .doc = "Print one JSON object for each folder, with store, key, path, class, role, scope, default, search, "
            "items and hidden."},
    {.name = "mailboxes",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, mailboxes),
     .brief = "one line for each mailbox, for --owner",
     .doc =
         "Print one line for each mailbox in the store, and nothing else: its address, or what else names it, as "
         "convert --owner takes it. So a script can give the mailboxes of a large database to many runs; see "
         "docs/cookbook/batch.md."},
};

static const struct example examples[] = {
    {"What lies where", "pimlift list mail.pst"},
    {"Whose mailboxes a database holds", "pimlift list --mailboxes priv1.edb"},
};

const struct verb cmd_list = {
    .name = "list",
    .operands = "STORE...",
    .fewest = 1,
    .most = SIZE_MAX,
    .brief = "the folder tree: class and counts",
    .doc = "Print the folders of each store as a tree, with the number of items and of hidden items that the store "
           "states, and the class of the folder.",
    .flags = flags,
    .flag_count = sizeof flags / sizeof *flags,
    .examples = examples,
    .example_count = sizeof examples / sizeof *examples,
    .opens_stores = true,
    .options_size = sizeof(struct options),
    .run = run,
};

/*
 * shares_tree.c - see shares_tree.h.
 *
 * Layer: programs. The manifest says who may do what, the ledger which file holds which item, and the
 * target writes both in the form of its server. Nothing is written unless the whole manifest can be read.
 */
#include "shares_tree.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "fdio.h"
#include "plural.h"
#include "say.h"
#include "share/tree.h"

#define TEXT_MOST ((size_t)256 << 20)

struct gathering {
    const struct pl_target *target;
    struct accounts *accounts;
    struct pl_tree tree;
    struct pl_buf text;
    struct pl_tree_folder *at;
    uint64_t no_place; /* items of another kind than their folder */
};

/* --- accounts --------------------------------------------------------------------------------- */

bool accounts_open(struct accounts *a, const char *dir, const struct flag_list *given, bool needed)
{
    char path[4096];
    const char *why = "the path is too long";
    *a = (struct accounts){.given = given};
    for (size_t i = 0; i < given->count; i++) {
        const char *equals = strchr(given->items[i], '=');
        if (!equals || equals == given->items[i] || !equals[1]) {
            say("--account: '%s' is not DIR=NAME", given->items[i]);
            return false;
        }
    }
    if (!needed && !given->count)
        return true;
    int n = snprintf(path, sizeof path, "%s/ledger.db", dir);
    a->files = n > 0 && (size_t)n < sizeof path ? pl_ledger_files_open(path, &why) : NULL;
    if (!a->files)
        say("%s: %s", dir, why);
    return a->files;
}

void accounts_close(struct accounts *a) { pl_ledger_files_free(a->files); }

static char *dir_of(const struct accounts *a, const struct pl_plan_box *box)
{
    const struct pl_ledger_box of = {box->store, box->name, box->dn, box->sid, box->is_public};
    return a->files ? pl_ledger_files_owner(a->files, &of) : NULL;
}

const char *accounts_name(const struct accounts *a, const struct pl_plan_box *box)
{
    char *dir = a->given->count ? dir_of(a, box) : NULL;
    const char *name = NULL;
    for (size_t i = 0; dir && i < a->given->count && !name; i++) {
        const char *given = a->given->items[i];
        size_t size = strlen(dir);
        if (!strncmp(given, dir, size) && given[size] == '=')
            name = given + size + 1;
    }
    free(dir);
    return name;
}

/* --- gathering ---------------------------------------------------------------------------------- */

void shares_each_line(FILE *file, struct pl_plan *plan, void (*take)(struct pl_plan *, const char *, size_t))
{
    char *line = NULL;
    size_t room = 0;
    plan->failed = plan->failed || !pl_file_again(file);
    for (ssize_t size; !plan->failed && (size = pl_line_read(&line, &room, file)) > 0;)
        take(plan, line, (size_t)size);
    plan->failed = plan->failed || ferror(file);
    free(line);
}

void shares_say_plan(const struct pl_plan_totals *t)
{
    char grants[32], exact[32], reduced[32], left_out[32], wider[32];
    say("%s of %s %s carried exactly, %s reduced, %s left out%s%s", say_count(t->exact, exact),
        say_count(t->grants, grants), pl_plural(t->grants, "grant is", "grants are"),
        say_count(t->reduced, reduced), say_count(t->left_out, left_out),
        t->wider ? ", more than the source gives: " : "", t->wider ? say_count(t->wider, wider) : "");
}

/* The kind of an item is in the path that convert gave it: OWNER/calendars/... */
static bool is_of_role(const char *path, const char *role)
{
    const char *kind = strchr(path, '/');
    bool contacts = !strcmp(role, "contacts");
    if (!kind)
        return false;
    if (contacts)
        return !strncmp(kind, "/contacts/", 10);
    return !strncmp(kind, "/calendars/", 11) || !strncmp(kind, "/tasks/", 7);
}

static bool file_take(void *data, const char *path)
{
    struct gathering *g = data;
    if (!is_of_role(path, g->at->role))
        g->no_place++;
    else
        pl_tree_file(&g->tree, g->at, path);
    return !g->tree.failed;
}

static void folder_take(void *data, const struct pl_plan_folder *f)
{
    struct gathering *g = data;
    if (g->target->folder)
        g->target->folder(&g->text, f);
    if (!f->kept)
        return;
    char *dir = dir_of(g->accounts, &f->box);
    g->at = pl_tree_add(&g->tree, f, dir);
    if (g->at && dir && !pl_ledger_files_each(g->accounts->files, f->box.store, dir, f->path, file_take, g))
        pl_tree_fault(&g->tree, "the ledger can't be read");
    free(dir);
}

static void opened_take(void *data, const struct pl_plan_opened *opened)
{
    struct gathering *g = data;
    pl_tree_wish(&g->tree, opened);
}

static const char *account_of(void *data, const struct pl_plan_box *box)
{
    const struct gathering *g = data;
    return accounts_name(g->accounts, box);
}

/* --- writing ------------------------------------------------------------------------------------- */

static bool text_write(struct gathering *g)
{
    struct pl_sink to;
    if (!g->target->file)
        return true;
    if (g->text.failed)
        return pl_tree_fault(&g->tree, "the text is too long");
    if (pl_output_fixed(g->tree.to, g->target->file, &to) < PL_OK)
        return pl_tree_fault(&g->tree, "a file can't be made in the output folder");
    pl_sink_write(&to, g->text.data, g->text.size);
    bool good = pl_sink_hand_in(&to) == PL_OK;
    pl_sink_abort(&to);
    return good || pl_tree_fault(&g->tree, "the output can't be written, or the disk is full");
}

static bool settle(struct gathering *g)
{
    return pl_output_settle(g->tree.to) == PL_OK ||
           pl_tree_fault(&g->tree, "the output can't be written, or the disk is full");
}

static enum exit_status all_write(struct gathering *g, const struct pl_plan *plan, const char *to, bool quiet)
{
    char items[32], accounts[32], folders[32];
    const struct pl_tree_ops *ops = g->target->tree;
    if (!pl_tree_write(&g->tree, ops) || (ops->finish && !ops->finish(&g->tree, &g->text)) || !text_write(g) ||
        !settle(g)) {
        say("%s: %s", to, g->tree.why ? g->tree.why : "the text is too long");
        return EXIT_EARLY;
    }
    if (!quiet)
        shares_say_plan(&plan->totals);
    say_unless(quiet, "%s: %s %s; %s %s in the lists of those who may see them", to,
               say_count(g->tree.items, items), pl_plural(g->tree.items, "item", "items"),
               say_count(g->tree.subscriptions, folders),
               pl_plural(g->tree.subscriptions, "folder of others stands", "folders of others stand"));
    if (g->no_place)
        say("%s of another kind than the folder around, left out: %s", pl_plural(g->no_place, "item", "items"),
            say_count(g->no_place, accounts));
    if (g->tree.mixed)
        say("%s left out because their mailbox has two folders with the same path: %s",
            pl_plural(g->tree.mixed, "item", "items"), say_count(g->tree.mixed, accounts));
    return g->no_place || g->tree.mixed ? EXIT_LOSSES : EXIT_WHOLE;
}

static enum exit_status plan_write(struct gathering *g, const struct shares_tree *request, FILE *lines)
{
    struct pl_plan plan;
    pl_plan_init(&plan, pl_model_named(g->target->name), folder_take, g);
    plan.policy = request->policy;
    plan.opened = opened_take;
    plan.account = account_of;
    shares_each_line(lines, &plan, pl_plan_learn);
    shares_each_line(lines, &plan, pl_plan_line);
    pl_plan_end(&plan);
    enum exit_status status = EXIT_EARLY;
    if (plan.failed)
        say("the manifest can't be read; nothing was made of it");
    else if (g->tree.failed)
        say("%s", g->tree.why);
    else
        status = all_write(g, &plan, request->to, request->quiet);
    pl_plan_release(&plan);
    return status;
}

enum exit_status shares_tree_write(const struct shares_tree *request, struct accounts *accounts, FILE *lines)
{
    struct gathering g = {.target = request->target, .accounts = accounts};
    struct pl_output *output = NULL;
    const char *why = NULL;
    if (!pl_ledger_files_single(accounts->files)) {
        say("%s: its files hold many items each; convert with --layout item", request->from);
        return EXIT_NOTHING;
    }
    int from = open(request->from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (from < 0 || pl_output_open(request->to, false, &output, &why) != PL_OK) {
        say("%s: %s", from < 0 ? request->from : request->to, from < 0 ? "can't be opened" : why);
        if (from >= 0)
            close(from);
        return EXIT_NOTHING;
    }
    pl_tree_init(&g.tree, from, output);
    pl_buf_init(&g.text, TEXT_MOST);
    if (g.target->begin)
        g.target->begin(&g.text);
    enum exit_status status = plan_write(&g, request, lines);
    pl_buf_release(&g.text);
    pl_tree_release(&g.tree);
    pl_output_close(output);
    close(from);
    return status;
}

/*
 * shares_views.c - see shares_views.h.
 */
#include "shares_views.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "fdio.h"
#include "json.h"
#include "jsonread.h"
#include "say.h"
#include "share/depends.h"

#define LINE_TREE    ((size_t)64 << 20)
#define STORES_SHOWN 5
#define STORES_TEXT  ((size_t)4096)

struct view {
    bool json;
    uint64_t count;
    char *heading; /* printed last */
};

static bool changed(struct view *v, const char *store, const char *owner, const char *path)
{
    size_t size = strlen(store) + strlen(owner) + strlen(path) + 3;
    char *heading = malloc(size);
    if (heading)
        snprintf(heading, size, "%s\n%s\n%s", store, owner, path);
    bool same = heading && v->heading && !strcmp(heading, v->heading);
    free(v->heading);
    v->heading = heading;
    return !same;
}

static const char *or_empty(const char *text) { return text ? text : ""; }

static void print_json(const struct pl_dependency *d)
{
    const struct {
        const char *name, *text;
    } pairs[] = {{"store", d->store}, {"what", d->what}, {"owner", d->owner},
                 {"path", d->path},   {"role", d->role}, {"who", d->who},
                 {"grant", d->grant}, {"home", d->home}, {"replica", d->replica}};
    struct json j;
    json_init(&j, stdout);
    json_begin_object(&j);
    json_pair_unsigned(&j, "v", 1);
    json_pair_text(&j, "kind", "dependency");
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        json_pair_text(&j, pairs[i].name, pairs[i].text);
    json_end_object(&j);
    json_end_line(&j);
}

static void print_heading(const struct pl_dependency *d)
{
    say_text(stdout, d->store ? d->store : "(a store that is not among them)");
    fputs(": ", stdout);
    say_text(stdout, d->owner);
    if (d->path && *d->path) {
        fputs(": ", stdout);
        say_text(stdout, d->path);
    }
    if (d->role)
        printf(" (%s)", d->role);
    if (d->replica) {
        fputs(", also in ", stdout);
        say_text(stdout, d->replica);
    }
    putchar('\n');
}

static void print_dependency(void *data, const struct pl_dependency *d)
{
    struct view *v = data;
    v->count++;
    if (v->json) {
        print_json(d);
        return;
    }
    if (changed(v, or_empty(d->store), d->owner, or_empty(d->path)))
        print_heading(d);
    if (!strcmp(d->what, "freebusy")) {
        puts("    published busy time");
        return;
    }
    fputs("    ", stdout);
    say_padded(stdout, d->grant ? d->grant : "has opened it", 18);
    fputs("  ", stdout);
    say_text(stdout, strcmp(d->who, "default") ? d->who : "(everybody else)");
    if (d->home) {
        fputs(", whose mailbox is in ", stdout);
        say_text(stdout, d->home);
    }
    putchar('\n');
}

static void each_line(FILE *file, struct pl_depends *d, void (*take)(struct pl_depends *, const char *, size_t))
{
    char *line = NULL;
    size_t room = 0;
    d->failed = d->failed || !pl_file_again(file);
    for (ssize_t size; !d->failed && !say_deaf() && (size = pl_line_read(&line, &room, file)) > 0;)
        take(d, line, (size_t)size);
    d->failed = d->failed || ferror(file);
    free(line);
}

/* Does the manifest have lines of this store? The first that it has are in `there`. */
static bool is_store(FILE *file, const char *store, struct pl_buf *there)
{
    struct pl_arena a;
    char *line = NULL;
    size_t room = 0, count = 0;
    bool found = false;
    pl_arena_init(&a, LINE_TREE);
    for (ssize_t size; !found && (size = pl_line_read(&line, &room, file)) > 0;) {
        pl_arena_reset(&a);
        const struct pl_json *v = pl_json_parse(&a, line, (size_t)size);
        const char *kind = pl_json_text_of(v, "kind"), *name = or_empty(pl_json_text_of(v, "store"));
        if (!kind || strcmp(kind, "store") != 0)
            continue;
        found = strcmp(name, store) == 0;
        if (count++ < STORES_SHOWN)
            pl_buf_printf(there, "%s%.200s", count > 1 ? ", " : "", name);
    }
    if (count > STORES_SHOWN)
        pl_buf_puts(there, " ...");
    pl_arena_release(&a);
    free(line);
    return found;
}

enum exit_status shares_depends(const char *dir, FILE *file, const char *store, bool json)
{
    struct view view = {.json = json};
    struct pl_depends d;
    struct pl_buf there;
    pl_buf_init(&there, STORES_TEXT);
    bool known = strcmp(store, "all") == 0 || is_store(file, store, &there);
    if (!known && !ferror(file)) /* else it is told below */
        say("%s: its manifest tells of no store %s; those there are: %s", dir, store,
            there.data ? there.data : "none");
    pl_buf_release(&there);
    if (!known && !ferror(file))
        return EXIT_NOTHING;
    bool good = pl_depends_init(&d, strcmp(store, "all") ? store : NULL, print_dependency, &view);
    if (good) {
        each_line(file, &d, pl_depends_learn);
        each_line(file, &d, pl_depends_line);
        good = !d.failed;
    }
    pl_depends_release(&d);
    free(view.heading);
    if (!good)
        say("%s: its manifest can't be read; what was printed is not everything", dir);
    else if (!view.count)
        say("%s: nothing in it depends on %s", dir, strcmp(store, "all") ? store : "a store");
    return good ? EXIT_WHOLE : EXIT_EARLY;
}

static void print_problem(struct view *view, const struct pl_json *v)
{
    const struct pl_json *owner = pl_json_member(v, "owner"),
                         *path = pl_json_member(pl_json_member(v, "folder"), "path");
    const char *name = pl_json_text_of(owner, "name");
    name = name ? name : pl_json_text_of(owner, "smtp");
    name = name ? name : or_empty(pl_json_text_of(owner, "dn"));
    if (changed(view, or_empty(pl_json_text_of(v, "store")), name, "")) {
        say_text(stdout, or_empty(pl_json_text_of(v, "store")));
        fputs(*name ? ": " : "", stdout);
        say_text(stdout, name);
        putchar('\n');
    }
    fputs("    ", stdout);
    say_padded(stdout, or_empty(pl_json_text_of(v, "code")), 24);
    fputs("  ", stdout);
    for (const struct pl_json *n = path ? path->child : NULL; n; n = n->next) {
        say_text(stdout, or_empty(n->text));
        fputs(n->next ? "/" : ": ", stdout);
    }
    say_text(stdout, or_empty(pl_json_text_of(v, "text")));
    putchar('\n');
}

enum exit_status shares_problems(const char *dir, FILE *file, bool json)
{
    struct view view = {.json = json};
    struct pl_arena a;
    char *line = NULL;
    size_t room = 0;
    bool good = true;
    pl_arena_init(&a, LINE_TREE);
    for (ssize_t size; good && !say_deaf() && (size = pl_line_read(&line, &room, file)) > 0;) {
        pl_arena_reset(&a);
        const struct pl_json *v = pl_json_parse(&a, line, (size_t)size);
        const char *kind = pl_json_text_of(v, "kind");
        good = kind;
        if (!kind || strcmp(kind, "problem") != 0)
            continue;
        view.count++;
        if (json)
            fputs(line, stdout);
        else
            print_problem(&view, v);
    }
    good = good && !ferror(file);
    pl_arena_release(&a);
    free(view.heading);
    free(line);
    if (!good)
        say("%s: its manifest can't be read to its end", dir);
    else if (!view.count)
        say("%s: no problems are told", dir);
    return good ? EXIT_WHOLE : EXIT_EARLY;
}

/*
 * merge_source.c - which runs are to be merged: read, checked whole, and put into an order of their own.
 *
 * Layer: formats. Everything that can be wrong with a source is found here, before anything is made. A manifest
 * is read to its end, and has to agree with its flat view: a line that is gone could be the one that denies.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fdio.h"
#include "ledger.h"
#include "merge_int.h"

#define RUN_MOST   ((size_t)64 << 20) /* of run.json */
#define LINE_TREE  ((size_t)64 << 20)
#define NAMES_MOST ((size_t)1 << 20) /* a path and a name */

void merge_say(struct merge *m, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(m->why, sizeof m->why, format, args);
    va_end(args);
    m->options->say(m->options->data, m->why);
}

const char *merge_path(char path[4096], const char *dir, const char *name)
{
    int n = snprintf(path, 4096, "%s/%s", dir, name);
    return n > 0 && n < 4096 ? path : NULL;
}

enum pl_status merge_line(struct merge *m, FILE *file, size_t *size)
{
    if (!fgets(m->line, (int)MERGE_LINE_MOST, file))
        return ferror(file) ? PL_LOST : PL_END;
    *size = strlen(m->line);
    return *size && m->line[*size - 1] == '\n' ? PL_OK : PL_LOST;
}

/* --- run.json ------------------------------------------------------------------------------ */

static const struct pl_json *run_read(struct merge *m, const char *dir)
{
    char path[4096];
    struct stat about;
    const struct pl_json *run = NULL;
    FILE *file = merge_path(path, dir, "run.json") ? pl_file_stream(AT_FDCWD, path, 0) : NULL;
    if (!file)
        return NULL;
    if (fstat(fileno(file), &about) == 0 && S_ISREG(about.st_mode) && about.st_size < (off_t)RUN_MOST) {
        char *text = malloc((size_t)about.st_size + 1);
        size_t size = text ? fread(text, 1, (size_t)about.st_size, file) : 0;
        run = text ? pl_json_parse(&m->keep, text, size) : NULL;
        free(text);
    }
    fclose(file);
    return pl_json_number_of(run, "v", 0) == 1 && pl_json_text_of(run, "tool") ? run : NULL;
}

const char *merge_fingerprint(struct merge *m, const struct pl_json *store)
{
    const char *kind = pl_json_text_of(store, "kind"), *sum = pl_json_text_of(store, "sha256_sample");
    if (!sum) /* of an earlier version */
        sum = pl_json_text_of(store, "sha256_head");
    return pl_arena_printf(&m->keep, "%s:%lld:%s", kind ? kind : "",
                           (long long)pl_json_number_of(store, "size", -1), sum ? sum : "");
}

static bool wants_shares(const struct pl_json *run)
{
    const struct pl_json *to = pl_json_member(pl_json_member(run, "options"), "to");
    const struct pl_json *one = to ? to->child : NULL;
    bool any = one != NULL;
    while (one && !(one->text && !strcmp(one->text, "shares")))
        one = one->next;
    return !any || one;
}

/* --- the manifest ---------------------------------------------------------------------------- */

static bool is_flat(const char *kind)
{
    static const char *const flat[] = {"acl", "delegate", "rule", "subscription"};
    for (size_t i = 0; i < sizeof flat / sizeof *flat; i++)
        if (!strcmp(kind, flat[i]))
            return true;
    return false;
}

static bool is_known(const char *kind)
{
    static const char *const others[] = {"store", "folder", "freebusy", "problem", "principal"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (!strcmp(kind, others[i]))
            return true;
    return is_flat(kind);
}

/* What compares busy time is made anew, with all of it. */
bool merge_is_fault(const struct pl_json *line)
{
    const char *kind = pl_json_text_of(line, "kind"), *code = pl_json_text_of(line, "code");
    return kind && code && !strcmp(kind, "problem") && !strncmp(code, "freebusy.", 9) &&
           pl_json_text_of(line, "store");
}

static bool has_store(const struct pl_json *run, const char *path)
{
    const struct pl_json *stores = pl_json_member(run, "stores");
    for (const struct pl_json *s = stores ? stores->child : NULL; s; s = s->next) {
        const char *one = pl_json_text_of(s, "path");
        if (one && !strcmp(one, path))
            return true;
    }
    return false;
}

/* Lines of a store stand together. */
static bool is_of(const struct pl_json *run, const char *store, char **last)
{
    if (store && *last && !strcmp(store, *last))
        return true;
    if (!store || !has_store(run, store))
        return false;
    free(*last);
    *last = strdup(store);
    return *last;
}

/* false: said. */
static bool lines_check(struct merge *m, const char *dir, const struct pl_json *run, FILE *file, uint64_t *flat)
{
    struct pl_arena a;
    char *store = NULL;
    uint64_t number = 0;
    size_t size = 0;
    enum pl_status st;
    bool good = true;
    pl_arena_init(&a, LINE_TREE);
    while (good && (st = merge_line(m, file, &size)) != PL_END) {
        pl_arena_reset(&a);
        number++;
        const struct pl_json *v = st == PL_OK ? pl_json_parse(&a, m->line, size) : NULL;
        const char *kind = pl_json_number_of(v, "v", 0) == 1 ? pl_json_text_of(v, "kind") : NULL;
        good = kind && is_known(kind) && (merge_is_fault(v) || is_of(run, pl_json_text_of(v, "store"), &store));
        *flat += good && is_flat(kind);
    }
    pl_arena_release(&a);
    free(store);
    if (!good)
        merge_say(m, "%s: line %llu of its sharing.jsonl is cut, or not one of this run; nothing was made", dir,
                  (unsigned long long)number);
    return good;
}

static bool rows_count(struct merge *m, FILE *file, uint64_t *rows)
{
    size_t size = 0;
    enum pl_status st;
    while ((st = merge_line(m, file, &size)) == PL_OK)
        ++*rows;
    *rows -= *rows > 0; /* the head */
    return st == PL_END;
}

/* PL_END: this run made none. PL_LOST: said. */
static enum pl_status manifest_check(struct merge *m, const char *dir, const struct pl_json *run)
{
    char path[4096];
    uint64_t flat = 0, rows = 0;
    FILE *json = merge_path(path, dir, "sharing.jsonl") ? pl_file_stream(AT_FDCWD, path, 0) : NULL;
    FILE *csv = merge_path(path, dir, "sharing.csv") ? pl_file_stream(AT_FDCWD, path, 0) : NULL;
    enum pl_status st = PL_LOST;
    if (!json && !csv && !wants_shares(run)) {
        st = PL_END;
    } else if (!json || !csv) {
        merge_say(m, "%s: its %s is missing; nothing was made", dir, json ? "sharing.csv" : "sharing.jsonl");
    } else if (lines_check(m, dir, run, json, &flat)) {
        st = rows_count(m, csv, &rows) && rows == flat ? PL_OK : PL_LOST;
        if (st == PL_LOST)
            merge_say(m, "%s: its sharing.jsonl and sharing.csv do not tell the same; nothing was made", dir);
    }
    if (json)
        fclose(json);
    if (csv)
        fclose(csv);
    return st;
}

/* --- one source --------------------------------------------------------------------------------- */

static const char *order_of(struct merge *m, const struct merge_source *s)
{
    const char *order = "";
    for (const struct pl_json *one = s->stores; one && order; one = one->next) {
        const char *path = pl_json_text_of(one, "path"), *print = merge_fingerprint(m, one);
        order = print ? pl_arena_printf(&m->keep, "%s%s\n%s\n", order, path ? path : "", print) : NULL;
        if (order && strlen(order) > 65536) /* enough to tell them apart */
            break;
    }
    return order;
}

static bool stores_cut(const struct merge_source *s)
{
    for (const struct pl_json *one = s->stores; one; one = one->next)
        if (pl_json_true_of(one, "cut"))
            return true;
    return false;
}

static enum pl_status source_read(struct merge *m, const char *dir, struct merge_source *s)
{
    char path[4096];
    const char *why = "the path is too long";
    *s = (struct merge_source){.dir = dir, .run = run_read(m, dir)};
    if (!s->run) {
        merge_say(m, "%s: there is no run.json of a finished conversion in it; give folders that convert wrote",
                  dir);
        return PL_LOST;
    }
    if (!merge_path(path, dir, "ledger.db") || pl_ledger_check(path, &s->runs, &why) != PL_OK) {
        merge_say(m, "%s: %s", dir, why);
        return PL_LOST;
    }
    enum pl_status st = manifest_check(m, dir, s->run);
    if (st == PL_LOST)
        return st;
    const struct pl_json *stores = pl_json_member(s->run, "stores");
    s->shares = st == PL_OK;
    s->stores = stores ? stores->child : NULL;
    s->learned = pl_json_true_of(pl_json_member(s->run, "options"), "learn");
    s->early = pl_json_true_of(pl_json_member(s->run, "totals"), "stopped") || stores_cut(s);
    s->order = order_of(m, s);
    return s->order ? PL_OK : PL_STOP;
}

static int by_order(const void *left, const void *right)
{
    const struct merge_source *a = left, *b = right;
    int order = strcmp(a->order, b->order);
    return order ? order : strcmp(a->dir, b->dir);
}

/* --- names of stores ------------------------------------------------------------------------------- */

/* The path, or, where another store has it, the path with a number. The set has the last number of each path: all
 * below it are taken. */
static const char *name_make(struct merge *m, const char *path)
{
    struct pl_diskset_row there = {0};
    const char *name = NULL, *last = pl_arena_printf(&m->keep, "last:%s", path);
    enum pl_status st = last ? pl_diskset_add(m->set, last, 0, NULL, &there) : PL_STOP;
    int64_t n = st == PL_END ? there.number : 0;
    for (st = st == PL_STOP ? st : PL_END; st == PL_END;) {
        n++;
        name = n == 1 ? path : pl_arena_printf(&m->keep, "%s (%lld)", path, (long long)n);
        const char *key = name ? pl_arena_printf(&m->keep, "name:%s", name) : NULL;
        st = key ? pl_diskset_add(m->set, key, 0, NULL, &there) : PL_STOP;
    }
    return st == PL_OK && pl_diskset_replace(m->set, last, n, NULL) == PL_OK ? name : NULL;
}

/* Keeps it for that source. */
static enum pl_status name_keep(struct merge *m, size_t i, const char *path, const char *name)
{
    struct pl_diskset_row there;
    const char *own = pl_arena_printf(&m->keep, "s%zu:%s", i, path);
    if (strcmp(name, path) != 0)
        m->sources[i].renamed = true;
    return own && pl_diskset_add(m->set, own, 0, name, &there) != PL_STOP ? PL_OK : PL_STOP;
}

static enum pl_status store_name(struct merge *m, size_t i, const struct pl_json *store)
{
    struct merge_source *s = &m->sources[i];
    struct pl_diskset_row there = {0};
    const char *path = pl_json_text_of(store, "path"), *print = merge_fingerprint(m, store), *name = NULL;
    const char *key = path && print ? pl_arena_printf(&m->keep, "fp:%s", print) : NULL;
    enum pl_status st = key ? pl_diskset_find(m->set, key, &there) : PL_STOP;
    if (st == PL_OK) {
        name = pl_arena_strdup(&m->keep, there.text);
        if ((size_t)there.number != i) {
            merge_say(m, "%s: it is in %s too; of a folder that both tell of, only that is taken", path,
                      m->sources[there.number].dir);
            s->again = true;
        }
    } else if (st == PL_END) {
        name = name_make(m, path);
        if (!name || pl_diskset_add(m->set, key, (int64_t)i, name, &there) != PL_OK)
            return PL_STOP;
        m->result->stores++;
    }
    return name ? name_keep(m, i, path, name) : PL_STOP;
}

const char *merge_store_name(struct merge *m, size_t source, const char *path)
{
    struct pl_diskset_row found;
    char *key = malloc(strlen(path) + 32);
    if (!key)
        return NULL;
    snprintf(key, strlen(path) + 32, "s%zu:%s", source, path);
    enum pl_status st = pl_diskset_find(m->set, key, &found);
    free(key);
    return st == PL_OK ? found.text : NULL;
}

static const char *row_name(void *names, const char *path)
{
    struct merge_names *n = names;
    if (n->path && !strcmp(n->path, path))
        return n->name;
    pl_arena_reset(&n->a);
    n->path = pl_arena_strdup(&n->a, path);
    const char *name = n->path ? merge_store_name(n->m, n->source, path) : NULL;
    if (name)
        n->name = pl_arena_strdup(&n->a, name);
    else
        n->name = n->path ? name_make(n->m, n->path) : NULL;
    if (n->name && (name || name_keep(n->m, n->source, n->path, n->name) == PL_OK))
        return n->name;
    n->path = NULL;
    return NULL;
}

const struct pl_store_names *merge_names_init(struct merge_names *n, struct merge *m, size_t source)
{
    *n = (struct merge_names){.m = m, .source = source, .as = {row_name, n}};
    pl_arena_init(&n->a, NAMES_MOST);
    return &n->as;
}

void merge_names_release(struct merge_names *n) { pl_arena_release(&n->a); }

/* --- all of them ------------------------------------------------------------------------------------ */

struct folder {
    dev_t dev;
    ino_t ino;
    size_t place; /* among those given */
};

static int by_folder(const void *left, const void *right)
{
    const struct folder *a = left, *b = right;
    if (a->dev != b->dev)
        return a->dev < b->dev ? -1 : 1;
    if (a->ino != b->ino)
        return a->ino < b->ino ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

/* PL_LOST: said. Who can't be asked is told of when it is read. */
static enum pl_status given_once(struct merge *m)
{
    const struct pl_merge_options *o = m->options;
    struct folder *folders = pl_arena_zalloc(&m->keep, o->count, sizeof *folders);
    size_t count = 0, twice = SIZE_MAX;
    struct stat about;
    if (!folders)
        return PL_STOP;
    for (size_t i = 0; i < o->count; i++)
        if (stat(o->dirs[i], &about) == 0)
            folders[count++] = (struct folder){about.st_dev, about.st_ino, i};
    qsort(folders, count, sizeof *folders, by_folder);
    for (size_t i = 1; i < count; i++)
        if (folders[i].dev == folders[i - 1].dev && folders[i].ino == folders[i - 1].ino &&
            folders[i].place < twice)
            twice = folders[i].place;
    if (twice == SIZE_MAX)
        return PL_OK;
    merge_say(m, "%s: it is given twice", o->dirs[twice]);
    return PL_LOST;
}

enum pl_status merge_sources(struct merge *m)
{
    const struct pl_merge_options *o = m->options;
    m->sources = pl_arena_zalloc(&m->keep, o->count, sizeof *m->sources);
    enum pl_status st = m->sources ? given_once(m) : PL_STOP;
    for (size_t i = 0; i < o->count && st == PL_OK; i++)
        st = source_read(m, o->dirs[i], &m->sources[i]);
    if (st != PL_OK)
        return st;
    qsort(m->sources, o->count, sizeof *m->sources, by_order);
    for (size_t i = 0; i < o->count && st == PL_OK; i++) {
        for (const struct pl_json *s = m->sources[i].stores; s && st == PL_OK; s = s->next)
            st = store_name(m, i, s);
        m->result->runs += (uint64_t)m->sources[i].runs;
        m->result->early = m->result->early || m->sources[i].early;
        if (m->sources[i].early)
            merge_say(m, "%s: this run ended early, or a store of it is cut; what it lacks is lacking here too",
                      m->sources[i].dir);
    }
    return st;
}

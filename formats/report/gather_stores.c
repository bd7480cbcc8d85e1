/*
 * gather_stores.c - what became of each store, and which files of the output are still there; see data.h.
 *
 * run.json has the stores that were opened, and what the run was told; the ledger has a row for each that was not
 * read to its end. A store of which neither knows was not reached.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data.h"
#include "fdio.h"

#define LINE_TREE ((size_t)64 << 20)
#define BUSY      "freebusy/"

static bool same(const char *a, const char *b) { return a == b || (a && b && !strcmp(a, b)); }

/* Or was it the machine that failed? Then nothing is known. */
static bool is_gone(int error) { return error == ENOENT || error == ENOTDIR || error == ELOOP; }

static struct store *store_add(struct data *d, const char *path, const char *dir)
{
    struct store *s = pl_data_new(d, sizeof *s);
    if (!s)
        return NULL;
    *s = (struct store){
        .path = pl_data_dup(d, path), .dir = dir ? pl_data_dup(d, dir) : NULL, .state = STORE_UNREACHED};
    *d->last_store = s;
    d->last_store = &s->next;
    d->store_count++;
    return d->failed ? NULL : s;
}

/* Each list names the stores in the order of the run: the next one is mostly the one behind *hint. */
static struct store *store_of(struct data *d, struct store **hint, const char *path, const char *dir)
{
    struct store *from = *hint ? (*hint)->next : d->stores;
    for (int pass = 0; pass < 2; pass++, from = d->stores)
        for (struct store *s = from; s; s = s->next)
            if (same(s->path, path) && same(s->dir, dir))
                return *hint = s;
    return store_add(d, path, dir);
}

/* --- the ledger ----------------------------------------------------------------------------------- */

struct asking {
    struct data *data;
    struct store *hint;
    const char **dirs; /* of runs, by their number */
    size_t room;
};

static bool take_dir(void *data, const struct pl_ledger_answer *a)
{
    struct asking *q = data;
    size_t run = a->number[0] >= 0 ? (size_t)a->number[0] : 0;
    if (run >= q->room) {
        size_t room = 2 * run + 16;
        const char **dirs = pl_arena_zalloc(&q->data->arena, room, sizeof *dirs);
        q->data->failed |= !dirs;
        if (!dirs)
            return false;
        if (q->room)
            memcpy(dirs, q->dirs, q->room * sizeof *dirs);
        q->dirs = dirs;
        q->room = room;
    }
    q->dirs[run] = pl_data_dup(q->data, a->text[0]);
    return !q->data->failed;
}

static bool take_store(void *data, const struct pl_ledger_answer *a)
{
    struct asking *q = data;
    const char *reason = a->text[1];
    size_t run = a->number[0] >= 0 ? (size_t)a->number[0] : 0;
    struct store *s =
        store_of(q->data, &q->hint, a->text[0] ? a->text[0] : "", run < q->room ? q->dirs[run] : NULL);
    if (!s)
        return false;
    s->reason = reason ? pl_data_dup(q->data, reason) : NULL;
    s->state = same(reason, "store.cut")    ? STORE_CUT
               : reason && !a->number[1]    ? STORE_UNREAD
               : reason || a->number[2] > 0 ? STORE_LOSSES
                                            : STORE_WHOLE;
    return !q->data->failed;
}

/* --- what was said of whole stores -------------------------------------------------------------- */

static void remark_add(struct data *d, const char *store, const char *code, const char *text, bool warning)
{
    for (const struct remark *r = warning ? d->remarks : d->losses; r; r = r->next)
        if (same(r->code, code) && same(r->store, store ? store : ""))
            return;
    struct remark *r = pl_data_new(d, sizeof *r), ***last = warning ? &d->last_remark : &d->last_loss;
    if (!r)
        return;
    *r = (struct remark){
        .store = pl_data_dup(d, store), .code = pl_data_dup(d, code), .text = text ? pl_data_dup(d, text) : NULL};
    **last = r;
    *last = &r->next;
}

static void line_take(struct data *d, const struct pl_json *v)
{
    const char *code = pl_json_text_of(v, "code"), *severity = pl_json_text_of(v, "severity");
    if (!code || !severity || !strcmp(severity, "note") || pl_json_text_of(v, "key"))
        return;
    remark_add(d, pl_json_text_of(v, "store"), code, pl_json_text_of(v, "text"), !strcmp(severity, "warn"));
}

/* What names no item: nobody can count what is missing for it. */
static bool remarks_read(struct data *d)
{
    static const char why[] = "its report.jsonl can't be read to its end";
    FILE *file = pl_file_stream(d->folder, "report.jsonl", O_NOFOLLOW);
    struct pl_arena a;
    char *line = NULL;
    size_t room = 0;
    bool gone = !file && is_gone(errno);
    if (gone)
        pl_data_absent(d, "report.jsonl");
    if (!file) {
        d->why = gone ? d->why : why;
        return gone;
    }
    pl_arena_init(&a, LINE_TREE);
    for (ssize_t size; (size = pl_line_read(&line, &room, file)) > 0;) {
        pl_arena_reset(&a);
        line_take(d, pl_json_parse(&a, line, (size_t)size));
    }
    bool good = !ferror(file);
    d->why = good ? d->why : why;
    free(line);
    fclose(file);
    pl_arena_release(&a);
    return good && !d->failed;
}

/* A run that went on with another one has in report.jsonl only what it met itself; the state is in run.json. */
static void dirty_remark(struct data *d, const struct store *s)
{
    const char *state = pl_json_text_of(pl_json_member(s->said, "facts"), "shutdown");
    if (state && strcmp(state, "clean") != 0)
        remark_add(d, s->path, "edb.dirty", NULL, true);
}

/* --- stores ---------------------------------------------------------------------------------------- */

static void stores_named(struct data *d)
{
    const struct pl_json *told = pl_json_member(pl_json_member(d->run, "options"), "store");
    const struct pl_json *opened = pl_json_member(d->run, "stores");
    struct store *hint = NULL;
    for (const struct pl_json *s = told && told->kind == PL_JSON_LIST ? told->child : NULL; s; s = s->next)
        if (s->text)
            store_add(d, s->text, NULL);
    for (const struct pl_json *s = opened && opened->kind == PL_JSON_LIST ? opened->child : NULL; s; s = s->next) {
        const char *path = pl_json_text_of(s, "path");
        struct store *found = store_of(d, &hint, path ? path : "", pl_json_text_of(s, "dir"));
        if (!found)
            return;
        found->said = s;
        found->state = pl_json_true_of(s, "cut") ? STORE_CUT : STORE_WHOLE;
    }
}

bool pl_data_stores(struct data *d, struct pl_ledger_ask *ask)
{
    struct asking q = {.data = d};
    d->stopped = pl_json_true_of(pl_json_member(d->run, "totals"), "stopped");
    stores_named(d);
    bool good = pl_ledger_ask(ask, PL_ASK_MERGED, take_dir, &q) &&
                pl_ledger_ask(ask, PL_ASK_STORES, take_store, &q) && remarks_read(d);
    for (const struct store *s = d->stores; good && s; s = s->next) {
        d->state_count[s->state]++;
        dirty_remark(d, s);
    }
    return good && !d->failed;
}

/* --- files of the output ---------------------------------------------------------------------------- */

static bool was_asked(const struct data *d, const char *format)
{
    const struct pl_json *to = pl_json_member(pl_json_member(d->run, "options"), "to");
    if (!to || to->kind != PL_JSON_LIST || !to->child)
        return true; /* nothing was said: the usual ones */
    for (const struct pl_json *f = to->child; f; f = f->next)
        if (same(f->text, format))
            return true;
    return false;
}

void pl_data_absent(struct data *d, const char *path)
{
    if (++d->absent_count > ABSENT_SHOWN)
        return;
    struct absent *a = pl_data_new(d, sizeof *a);
    if (!a)
        return;
    a->path = pl_data_dup(d, path);
    *d->last_absent = a;
    d->last_absent = &a->next;
}

static bool take_output(void *data, const struct pl_ledger_answer *a)
{
    struct data *d = data;
    const char *path = a->text[0] ? a->text[0] : "";
    struct stat st;
    errno = 0; /* stays so for what is there, and is no file */
    if (fstatat(d->folder, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
        return true;
    if (errno && !is_gone(errno)) {
        d->why = "a file of it can't be looked for";
        return false;
    }
    if (!strcmp(path, "sharing.jsonl"))
        d->sharing = MISSING;
    if (!strncmp(path, BUSY, sizeof BUSY - 1))
        d->busy = MISSING;
    pl_data_absent(d, path);
    return !d->failed;
}

bool pl_data_outputs(struct data *d, struct pl_ledger_ask *ask)
{
    d->sharing = was_asked(d, "shares") ? KNOWN : LEFT_OUT;
    d->busy = was_asked(d, "freebusy") ? KNOWN : LEFT_OUT;
    return pl_ledger_ask(ask, PL_ASK_OUTPUTS, take_output, d) && !d->failed;
}

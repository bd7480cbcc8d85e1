/*
 * gather.c - what the ledger and run.json tell; see data.h.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data.h"
#include "fdio.h"
#include "memory.h"
#include "record.h"

#define RUN_MOST   ((size_t)64 << 20)
#define LOST_SHOWN 500u

struct word {
    const char *code, *text;
};

static const struct word words[] = {
#define WORDS(code, text) {code, text},
#include "words.def"
#undef WORDS
};

static int by_code(const void *key, const void *row) { return strcmp(key, ((const struct word *)row)->code); }

const char *pl_words_of(const char *code)
{
    const struct word *row = bsearch(code, words, sizeof words / sizeof *words, sizeof *words, by_code);
    return row ? row->text : NULL;
}

const char *pl_kind_plural(enum kind kind)
{
    static const char *const names[KINDS] = {"Events",         "Contacts",          "Contact groups",
                                             "Tasks",          "Journal and notes", "Sharing and busy time",
                                             "Mail and others"};
    return names[kind];
}

void *pl_data_new(struct data *d, size_t size)
{
    void *p = pl_arena_zalloc(&d->arena, 1, size);
    d->failed |= !p;
    return p;
}

char *pl_data_dup(struct data *d, const char *text)
{
    char *copy = pl_arena_strdup(&d->arena, text ? text : "");
    d->failed |= !copy;
    return copy;
}

static enum kind kind_of(const char *message_class, const char *file)
{
    switch (pl_kind_of_class(message_class ? message_class : "")) {
    case PL_EVENT: return KIND_EVENT;
    case PL_CONTACT: return KIND_CONTACT;
    case PL_GROUP: return KIND_GROUP;
    case PL_TASK: return KIND_TASK;
    case PL_JOURNAL: return KIND_NOTE;
    default: break;
    }
    if (file && strstr(file, "/calendars/"))
        return KIND_EVENT;
    return file && !strcmp(file, "sharing.jsonl") ? KIND_SHARING : KIND_OTHER;
}

static enum outcome outcome_of(const char *text)
{
    return !text || !strcmp(text, "lost") ? OUT_LOST : !strcmp(text, "filtered") ? OUT_FILTERED : OUT_WRITTEN;
}

/* --- answers of the ledger ------------------------------------------------------------------ */

static bool take_run(void *data, const struct pl_ledger_answer *a)
{
    struct data *d = data;
    d->version = pl_data_dup(d, a->text[0]);
    d->seen += (uint64_t)a->number[0];
    d->closed = d->closed && a->number[4];
    return !d->failed;
}

static bool take_merged(void *data, const struct pl_ledger_answer *a)
{
    struct data *d = data;
    (void)a;
    d->merged = true;
    return true;
}

static bool take_outcome(void *data, const struct pl_ledger_answer *a)
{
    struct data *d = data;
    enum kind kind = kind_of(a->text[0], a->text[3]);
    enum outcome outcome = outcome_of(a->text[1]);
    uint64_t count = (uint64_t)a->number[0];
    d->total[outcome] += count;
    d->kinds[kind][outcome] += count;
    if (!a->text[2] || !*a->text[2])
        return true;
    for (struct reason *r = d->reasons; r; r = r->next)
        if (r->kind == kind && r->outcome == outcome && !strcmp(r->code, a->text[2])) {
            r->count += count;
            return true;
        }
    struct reason *r = pl_data_new(d, sizeof *r);
    if (!r)
        return false;
    *r = (struct reason){.kind = kind, .outcome = outcome, .code = pl_data_dup(d, a->text[2]), .count = count};
    *d->last_reason = r;
    d->last_reason = &r->next;
    return !d->failed;
}

/* Rows come sorted by run and owner, so the user at hand is the last one, or new. */
static struct user *user_of(struct data *d, const char *owner, int64_t run)
{
    for (struct user *u = d->users; u; u = u->next)
        if (u->run == run && !strcmp(u->owner, owner))
            return u;
    struct user *u = pl_data_new(d, sizeof *u);
    if (!u)
        return NULL;
    u->owner = u->name = pl_data_dup(d, owner);
    u->run = run;
    u->last = &u->folders;
    *d->last_user = u;
    d->last_user = &u->next;
    d->user_count++;
    return u;
}

static bool take_mailbox(void *data, const struct pl_ledger_answer *a)
{
    struct data *d = data;
    struct user *u = user_of(d, a->text[0] ? a->text[0] : "", a->number[0]);
    if (!u)
        return false;
    if (a->text[2] && *a->text[2])
        u->name = pl_data_dup(d, a->text[2]);
    u->is_public = u->is_public || a->number[1];
    if (!u->stores)
        u->stores = pl_data_dup(d, a->text[1]);
    else if (a->text[1] && strcmp(u->stores, a->text[1]) != 0)
        u->stores = pl_arena_printf(&d->arena, "%s, %s", u->stores, a->text[1]);
    return u->stores && !d->failed;
}

static bool take_folder(void *data, const struct pl_ledger_answer *a)
{
    struct data *d = data;
    const char *store = a->text[1] ? a->text[1] : "", *path = a->text[2] ? a->text[2] : "";
    struct user *u = user_of(d, a->text[0] ? a->text[0] : "", a->number[0]);
    enum kind kind = kind_of(a->text[3], a->text[5]);
    enum outcome outcome = outcome_of(a->text[4]);
    struct folder *f = NULL;
    if (!u)
        return false;
    u->count[kind][outcome] += (uint64_t)a->number[1];
    for (struct folder *old = u->folders; old; old = old->next)
        if (old->kind == kind && !strcmp(old->path, path) && !strcmp(old->store, store))
            f = old;
    if (!f) {
        f = pl_data_new(d, sizeof *f);
        if (!f)
            return false;
        *f = (struct folder){.store = pl_data_dup(d, store), .path = pl_data_dup(d, path), .kind = kind};
        *u->last = f;
        u->last = &f->next;
    }
    f->count[outcome] += (uint64_t)a->number[1];
    return !d->failed;
}

static bool take_lost(void *data, const struct pl_ledger_answer *a)
{
    struct data *d = data;
    if (++d->lost_rows > LOST_SHOWN)
        return true;
    struct lost *l = pl_data_new(d, sizeof *l);
    if (!l)
        return false;
    *l = (struct lost){.owner = pl_data_dup(d, a->text[0]),
                       .folder = pl_data_dup(d, a->text[2]),
                       .key = pl_data_dup(d, a->text[3]),
                       .code = pl_data_dup(d, a->text[4]),
                       .count = (uint64_t)a->number[1]};
    *d->last_lost = l;
    d->last_lost = &l->next;
    return !d->failed;
}

/* --- files of calendars ----------------------------------------------------------------------- */

struct files {
    struct data *data;
    struct calendar_file *list;
    size_t count, room;
};

static bool take_file(void *data, const struct pl_ledger_answer *a)
{
    struct files *f = data;
    const char *path = a->text[1];
    if (!path || *path == '/' || !strncmp(path, "../", 3) || strstr(path, "/../"))
        return true;
    if (f->count == f->room) {
        size_t room = f->room ? 2 * f->room : 256;
        struct calendar_file *list = reallocarray(f->list, room, sizeof *list);
        f->data->failed |= !list;
        if (!list)
            return false;
        f->list = list;
        f->room = room;
    }
    struct user *user = user_of(f->data, a->text[0] ? a->text[0] : "", a->number[0]);
    f->list[f->count++] =
        (struct calendar_file){.user = user, .path = pl_data_dup(f->data, path), .items = (uint64_t)a->number[1]};
    return !f->data->failed;
}

static bool times_gather(struct data *d, struct pl_ledger_ask *ask)
{
    struct files f = {.data = d};
    bool good = pl_ledger_ask(ask, PL_ASK_FILES, take_file, &f) && pl_data_times(d, f.list, f.count);
    free(f.list);
    return good;
}

/* --- run.json, and all of it ------------------------------------------------------------------- */

static bool run_read(struct data *d)
{
    struct stat st;
    int fd = pl_file_open(d->folder, "run.json", O_NOFOLLOW);
    char *text = NULL;
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0 && (uint64_t)st.st_size <= RUN_MOST)
        text = malloc((size_t)st.st_size);
    ssize_t size = text ? pl_fd_read(fd, text, (size_t)st.st_size, -1) : -1;
    if (size > 0)
        d->run = pl_json_parse(&d->arena, text, (size_t)size);
    free(text);
    if (fd >= 0)
        close(fd);
    d->why = "it has no run.json that can be read: was it written by convert or merge, to its end?";
    return d->run;
}

static bool ledger_read(struct data *d, const char **why)
{
    static const struct {
        enum pl_ledger_question question;
        bool (*take)(void *data, const struct pl_ledger_answer *answer);
    } asked[] = {{PL_ASK_RUNS, take_run},          {PL_ASK_MERGED, take_merged},  {PL_ASK_OUTCOMES, take_outcome},
                 {PL_ASK_MAILBOXES, take_mailbox}, {PL_ASK_FOLDERS, take_folder}, {PL_ASK_LOST, take_lost}};
    char path[4200];
    int size = snprintf(path, sizeof path, "%s/ledger.db", d->request->dir);
    *why = "its path is too long";
    struct pl_ledger_ask *ask = size > 0 && (size_t)size < sizeof path ? pl_ledger_ask_open(path, why) : NULL;
    if (!ask)
        return false;
    *why = "its ledger can't be read to its end: take ledger.db from a backup of the folder, or convert again";
    bool good = true;
    for (size_t i = 0; i < sizeof asked / sizeof *asked && good; i++)
        good = pl_ledger_ask(ask, asked[i].question, asked[i].take, d);
    good = good && pl_data_stores(d, ask) && pl_data_outputs(d, ask) && times_gather(d, ask);
    pl_ledger_ask_free(ask);
    return good;
}

bool pl_data_gather(struct data *d)
{
    d->last_user = &d->users;
    d->last_reason = &d->reasons;
    d->last_lost = &d->losts;
    d->last_store = &d->stores;
    d->last_remark = &d->remarks;
    d->last_loss = &d->losses;
    d->last_absent = &d->absents;
    d->last_edge = &d->edges;
    d->last_fault = &d->faults;
    d->closed = true;
    const uint64_t misses = pl_memory_misses();
    d->folder = open(d->request->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    d->why = "it can't be opened, or is no folder";
    bool good = d->folder >= 0 && run_read(d) && ledger_read(d, &d->why) && pl_data_sharing(d);
    if (d->folder >= 0)
        close(d->folder);
    d->failed = d->failed || pl_memory_misses() != misses;
    if (d->failed)
        d->why = "out of memory";
    return good && !d->failed;
}

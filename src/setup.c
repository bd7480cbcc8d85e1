/*
 * setup.c - opening and closing of a run: output folder, ledger, logs, writers, stores.
 *
 * Layer: core, the quiet half of convert.c. Everything made here is freed in
 * pl_run_close(), also after a failure half-way.
 */
#include "setup.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "idmap.h"
#include "jobs.h"
#include "people.h"
#include "sums.h"
#include "text.h"
#include "twin.h"
#include "zone_memo.h"
#include "zones.h"

#define MEMORY_DEFAULT ((size_t)16 << 20)
#define WALK_MOST      ((size_t)4 << 20)
#define SHARED_LEAST   ((size_t)8 << 20) /* with less for each worker, blocks would be read too often */
#define NOT_EMPTY      "the folder is not empty; name a new one, or use --force to replace files in it"

enum pl_status pl_run_refuse(struct pl_run *run, const char *what, const char *why)
{
    struct pl_convert_result *r = run->result;
    snprintf(r->why_text, sizeof r->why_text, "%.120s: %.240s", what, why);
    r->why = r->why_text;
    return PL_STOP;
}

static const struct pl_writer_ops *writer_find(const struct pl_writer_ops *const *writers, const char *name)
{
    for (; *writers; writers++)
        if (!strcmp((*writers)->name, name))
            return *writers;
    return NULL;
}

bool pl_run_writes(const struct pl_run *run, const struct pl_writer_ops *ops)
{
    const struct pl_convert_options *o = run->options;
    bool asked = !o->to_count && !ops->on_request;
    for (size_t i = 0; i < o->to_count; i++)
        asked = asked || !strcmp(o->to[i], ops->name);
    return asked;
}

static enum pl_status writer_add(struct pl_run *run, const struct pl_writer_ops *ops)
{
    run->kinds |= ops->kinds;
    if (run->options->dry_run)
        return PL_OK;
    if (run->writer_count == PL_WRITERS_MOST)
        return pl_run_refuse(run, ops->name, "too many output formats at once");
    void *state = calloc(1, ops->state_size ? ops->state_size : 1);
    if (!state)
        return pl_run_refuse(run, ops->name, "out of memory");
    run->writers[run->writer_count++] = (struct pl_writer){
        .ops = ops,
        .output = run->output,
        .report = &run->report,
        .options = run->options->writer,
        .state = state,
    };
    return PL_OK;
}

/* In the order in which they are known, whatever the order of the request: the first that takes an item gives it
 * its row, and the manifest tells of the files of all others. */
static enum pl_status writers_open(struct pl_run *run, const struct pl_writer_ops *const *writers)
{
    const struct pl_convert_options *o = run->options;
    enum pl_status st = PL_OK;
    for (size_t i = 0; i < o->to_count; i++)
        if (!writer_find(writers, o->to[i]))
            return pl_run_refuse(run, o->to[i], "no output format is called so, see `pimlift formats`");
    for (; *writers && st == PL_OK; writers++)
        if (pl_run_writes(run, *writers))
            st = writer_add(run, *writers);
    return st;
}

/* Would writing into the output folder write over what is read? */
static bool holds(const char *output, const char *read)
{
    char *folder = realpath(output, NULL), *file = realpath(read, NULL);
    size_t size = folder ? strlen(folder) : 0;
    bool inside = folder && file && !strncmp(file, folder, size) && (file[size] == '/' || size == 1);
    free(folder);
    free(file);
    return inside;
}

static bool ledger_path(const struct pl_convert_options *o, char path[PATH_MAX])
{
    int n = snprintf(path, PATH_MAX, "%s/ledger.db", o->output);
    return n > 0 && n < PATH_MAX;
}

/* A run that did not start leaves no books that the next one would stumble over. */
static void books_remove(const struct pl_convert_options *o)
{
    char path[PATH_MAX];
    if (!o->dry_run && ledger_path(o, path))
        pl_ledger_remove(path);
}

static enum pl_status books_open(struct pl_run *run)
{
    const struct pl_convert_options *o = run->options;
    const char *why = NULL;
    char path[PATH_MAX];
    if (o->dry_run) {
        if (pl_ledger_open("", &run->ledger, &why) != PL_OK)
            return pl_run_refuse(run, "ledger", why);
        return PL_OK;
    }
    if (!run->output && pl_output_open(o->output, o->force, &run->output, &why) != PL_OK)
        return pl_run_refuse(run, o->output, errno == ENOTEMPTY ? NOT_EMPTY : why);
    if (!ledger_path(o, path))
        return pl_run_refuse(run, o->output, "the path is too long");
    if (o->force && pl_resume_clear(run) != PL_OK)
        return PL_STOP;
    if (o->force && unlink(path) != 0 && errno != ENOENT)
        return pl_run_refuse(run, path, strerror(errno));
    if (pl_ledger_open(path, &run->ledger, &why) != PL_OK)
        return pl_run_refuse(run, path, why);
    run->made_books = true;
    return PL_OK;
}

/* Stores, and whatever else was named to be read: a run would take it away before the next could read it. */
static enum pl_status inputs_spared(struct pl_run *run)
{
    const struct pl_convert_options *o = run->options;
    const struct {
        const char *const *paths;
        size_t count;
    } files[] = {{o->maps, o->map_count}, {o->others, o->other_count}};
    if (o->dry_run)
        return PL_OK;
    for (size_t i = 0; i < o->store_count; i++)
        if (holds(o->output, o->stores[i]))
            return pl_run_refuse(run, o->output, "a store lies in this folder: give another one to write to");
    for (size_t k = 0; k < sizeof files / sizeof *files; k++)
        for (size_t i = 0; i < files[k].count; i++)
            if (holds(o->output, files[k].paths[i]))
                return pl_run_refuse(run, files[k].paths[i],
                                     "this file is read, and lies in the folder to write to: give another folder");
    return PL_OK;
}

/* Those of an earlier run, or new ones. */
static enum pl_status books_find(struct pl_run *run)
{
    const struct pl_convert_options *o = run->options;
    enum pl_status st = inputs_spared(run);
    if (st == PL_OK)
        st = o->dry_run ? PL_END : pl_resume_open(run);
    if (st == PL_END)
        st = books_open(run);
    if (st != PL_OK || run->result->finished)
        return st;
    if (run->output)
        pl_output_remember(run->output);
    run->people = pl_people_of(run->ledger);
    if (!run->people)
        return pl_run_refuse(run, "pimlift", "out of memory");
    if (!o->dry_run && !(run->log = pl_runlog_open(run->output, run->ledger, o)))
        return pl_run_refuse(run, o->output, strerror(errno));
    return PL_OK;
}

/* Before anything is made: a wrong file is a mistake in the request. */
static enum pl_status maps_check(struct pl_run *run)
{
    const struct pl_convert_options *o = run->options;
    char why[PL_IDMAP_WHY];
    for (size_t i = 0; i < o->map_count; i++)
        if (pl_idmap_check(o->maps[i], why) != PL_OK)
            return pl_run_refuse(run, "--identity-map", why);
    return PL_OK;
}

/* The maps are told apart from the stores in diagnostics by their own names in the text. */
static enum pl_status maps_load(struct pl_run *run)
{
    const struct pl_convert_options *o = run->options;
    enum pl_status st = PL_OK;
    for (size_t i = 0; i < o->map_count && st != PL_STOP; i++)
        st = pl_idmap_load(o->maps[i], run->text, run->people, &run->report);
    if (o->map_count && st != PL_STOP)
        st = pl_idmap_disputes(run->people, &run->report);
    return st == PL_STOP
               ? pl_run_refuse(run, "--identity-map",
                               "what the maps say can't be kept: make room for temporary files, or set TMPDIR")
               : PL_OK;
}

static enum pl_status maps_tell(struct pl_run *run)
{
    const struct pl_convert_options *o = run->options;
    for (size_t i = 0; run->log && i < o->map_count; i++)
        if (pl_runlog_map(run->log, o->maps[i]) != PL_OK)
            return pl_run_refuse(run, o->maps[i], "it can't be read a second time");
    return PL_OK;
}

enum pl_status pl_run_open(struct pl_run *run, const struct pl_writer_ops *const *writers)
{
    const struct pl_convert_options *o = run->options;
    run->known_writers = writers;
    pl_choice_init(&run->choice);
    pl_tally_init(&run->unmapped);
    run->text = pl_text_new();
    run->mapping.zones = pl_zone_memo_new();
    if (!pl_asked_init(&run->asked, o) || !run->text || !run->mapping.zones)
        return pl_run_refuse(run, "pimlift", "out of memory");
    if (!o->store_count)
        return pl_run_refuse(run, "pimlift", "no store is named");
    if (o->default_tz && !(run->mapping.default_zone = pl_zone_of_name(o->default_tz)))
        return pl_run_refuse(run, o->default_tz,
                             "no time zone is called so: give an IANA name such as Europe/Berlin");
    enum pl_status st = maps_check(run);
    if (st == PL_OK)
        st = books_find(run);
    if (st == PL_OK && run->result->finished)
        return PL_OK;
    if (st == PL_OK)
        st = writers_open(run, writers);
    if (st == PL_OK)
        st = run->result->resumed ? pl_resume_files(run) : maps_load(run);
    if (st == PL_OK)
        st = maps_tell(run);
    run->result->started = st == PL_OK;
    return st;
}

void pl_run_writers_close(struct pl_run *run)
{
    for (size_t i = 0; i < run->writer_count; i++) {
        run->writers[i].ops->close(&run->writers[i]);
        free(run->writers[i].state);
    }
    run->writer_count = 0;
}

void pl_run_writers_drop(struct pl_run *run)
{
    for (size_t i = 0; i < run->writer_count; i++) {
        struct pl_writer *w = &run->writers[i];
        if (w->ops->beyond)
            continue;
        w->ops->close(w);
        memset(w->state, 0, w->ops->state_size);
    }
}

/* The last notes of a run that came to its end. PL_STOP: filed. */
static enum pl_status run_finish(struct pl_run *run)
{
    const struct pl_lookups *known = &run->mapping.known;
    const struct {
        const char *name;
        uint64_t n;
    } rows[] = {{"proven", known->proven}, {"learned", known->learned}, {"unknown", known->unknown}};
    enum pl_status st = pl_ledger_note(run->ledger, PL_NOTE_FINISHED, "1");
    if (st == PL_OK) /* verify asks whether digests of the stores were taken out of run.json */
        st = pl_ledger_note(run->ledger, "hash", run->options->hash ? "1" : "0");
    for (size_t i = 0; i < sizeof rows / sizeof *rows && st == PL_OK; i++)
        if (rows[i].n)
            st = pl_ledger_count(run->ledger, "people", rows[i].name, rows[i].n);
    if (st == PL_OK)
        return PL_OK;
    (void)!pl_ledger_rollback(run->ledger); /* the rows of the items stay whole */
    return pl_run_unkept(run, NULL);
}

enum pl_status pl_run_writers_end(struct pl_run *run, enum pl_extent extent)
{
    enum pl_status st = PL_OK;
    for (size_t i = run->writer_count; i > 0 && st == PL_OK; i--) /* the manifest tells of free/busy files */
        if (run->writers[i - 1].ops->end(&run->writers[i - 1], extent) <= PL_LOST)
            st = PL_STOP;
    return pl_run_starved(run, st, PL_STOP);
}

enum pl_status pl_run_extent_end(struct pl_run *run, enum pl_extent extent, const char *store)
{
    const struct pl_run_counts before = pl_run_counts(run);
    const struct pl_losses losses = run->losses;
    run->report.fault = NULL;
    if (run->output)
        pl_output_mark(run->output);
    if (pl_run_writers_end(run, extent) == PL_OK)
        return PL_OK;
    const struct pl_run_counts all = pl_run_counts(run);
    const char *why = run->report.fault ? run->report.fault : "output";
    pl_run_writers_drop(run);
    pl_output_relieve(run->output);
    pl_output_undo(run->output);
    pl_run_counts_set(run, before);
    run->losses = losses;
    if (pl_run_save(run, true) == PL_OK) { /* the folders are whole; a later run ends the store again */
        pl_run_counts_set(run, all);
        run->ended = true;
        if (pl_run_remark(run, store, why) == PL_OK)
            (void)!pl_run_save(run, true);
    }
    pl_run_writers_close(run); /* not before: the manifest so far would be taken back with the rest */
    return PL_STOP;
}

static void run_free(struct pl_run *run)
{
    if (run->output)
        pl_output_close(run->output);
    pl_twins_free(run->twins);
    pl_text_free(run->text);
    pl_zone_memo_free(run->mapping.zones);
    pl_choice_release(&run->choice);
    pl_tally_release(&run->unmapped);
    pl_asked_release(&run->asked);
}

static bool sum_put(void *data, const struct pl_file *file) { return pl_sums_put(data, file) == PL_OK; }

static bool so_far(void *data, const struct pl_file *file)
{
    return !file->whole || pl_ledger_file_so_far(data, file) == PL_OK;
}

/* Rows of folders that are saved name the manifest, which a run that was stopped wrote only when it had ended. */
static void files_so_far(struct pl_run *run)
{
    if (!run->output || pl_output_unsaved(run->output, so_far, run->ledger))
        return;
    (void)pl_run_unkept(run, NULL);
    pl_run_forget(run); /* the rows of the items stay whole */
}

/* Was the run stopped because the output takes no more, which has been told? */
static bool is_told(const struct pl_run *run)
{
    const volatile sig_atomic_t *interrupted = run->options->interrupted;
    return run->result->stopped && !(interrupted && *interrupted);
}

/* PL_STOP: filed. */
static enum pl_status book_failed(struct pl_run *run, const char *name, int error)
{
    if (is_told(run))
        return PL_STOP;
    return pl_report(&run->report, PL_STOP, error == ENOSPC || error == EDQUOT ? "output.full" : "output.write",
                     NULL, PL_NO_OFFSET, "%s: %s", name, strerrordesc_np(error ? error : EIO));
}

/* The last file of all, when the books have their final bytes. */
static enum pl_status sums_write(struct pl_run *run, struct pl_sums *sums)
{
    enum pl_status st = sums->open ? PL_OK : PL_STOP;
    errno = sums->error;
    for (const char *const *book = pl_sums_books; *book && st == PL_OK; book++)
        st = pl_sums_add(sums, *book);
    if (st == PL_OK)
        st = pl_sums_end(sums);
    return st == PL_OK ? PL_OK : book_failed(run, PL_SUMS_NAME, errno);
}

static enum pl_status logs_close(struct pl_run *run, struct pl_sums *sums)
{
    struct pl_runlog *log = run->log;
    run->log = NULL;
    if (pl_runlog_close(log, run->result) != PL_OK)
        return book_failed(run, "run.json and report.jsonl", errno);
    return sums_write(run, sums);
}

/* Writes what can be written only now. */
static enum pl_status books_close(struct pl_run *run)
{
    struct pl_convert_result *r = run->result;
    struct pl_sums sums = {0};
    enum pl_status st = r->stopped ? PL_OK : run_finish(run);
    if (r->stopped)
        pl_run_forget(run);
    pl_ledger_totals(run->ledger, &r->totals);
    if (run->log &&
        (pl_sums_begin(&sums, run->output) != PL_OK || pl_ledger_files(run->ledger, sum_put, &sums) != PL_OK ||
         !pl_output_unsaved(run->output, sum_put, &sums))) {
        sums.error = errno;
        pl_sums_abort(&sums);
    }
    if (r->stopped)
        files_so_far(run);
    pl_people_free(run->people); /* not before: it may have to forget */
    if (run->log)
        pl_runlog_settle(run->log);
    bool unclosed = pl_ledger_close(run->ledger) != PL_OK && st == PL_OK;
    if (run->output)
        r->files += pl_output_files(run->output); /* those of the run that it went on with are counted */
    if (run->log && st == PL_OK && !unclosed) {
        st = logs_close(run, &sums);
    } else {
        pl_runlog_abort(run->log);
        run->log = NULL;
    }
    if (unclosed)
        st = is_told(run) ? PL_STOP
                          : pl_report(&run->report, PL_STOP, "ledger.write", NULL, PL_NO_OFFSET,
                                      "the ledger can't be written to its end: make room and start again");
    pl_sums_abort(&sums);
    if (run->output && st == PL_OK && !r->stopped && pl_output_finish(run->output) != PL_OK)
        st = pl_report(&run->report, PL_STOP, "output.write", NULL, PL_NO_OFFSET, "%s: %s", run->options->output,
                       strerrordesc_np(errno));
    return st;
}

enum pl_status pl_run_close(struct pl_run *run)
{
    struct pl_convert_result *r = run->result;
    enum pl_status st = PL_OK;
    pl_run_writers_close(run);
    if (r->stopped && run->output)
        (void)!pl_output_settle(run->output); /* the manifest so far; a full disk has been told */
    if (r->started && !r->finished) {
        r->notes = run->report.notes;
        r->warnings = run->report.warnings;
        r->losses = run->report.losses + run->report.stops;
        if (run->options->store)
            (void)!pl_ledger_stores(run->ledger, run->options->store, run->options->store_data);
        st = books_close(run);
    } else { /* books of an earlier run stay as they are */
        pl_runlog_abort(run->log);
        pl_people_free(run->people);
        if (run->ledger)
            (void)!pl_ledger_drop(run->ledger);
        if (run->made_books)
            books_remove(run->options);
    }
    run_free(run);
    r->stopped = r->stopped || (r->started && st != PL_OK);
    return st;
}

/* --- folders ------------------------------------------------------------- */

/* The rights of a folder have no row of their own. */
static enum pl_status rights_put(struct pl_run *run, const struct pl_folder *folder)
{
    struct pl_record record;
    enum pl_status st = PL_OK;
    if (!(run->kinds & 1u << PL_SHARE) || pl_map_folder(&run->mapping, folder, &record) <= PL_LOST)
        return PL_OK;
    for (size_t i = 0; i < run->writer_count && st > PL_LOST; i++) {
        struct pl_written written = {0};
        st = run->writers[i].ops->put(&run->writers[i], &record, &written);
    }
    return st == PL_STOP ? PL_STOP : PL_OK;
}

/* With the first folder of a mailbox, writers end the files of the one before, whose folders are saved: these stay
 * also when this folder is taken back, and so does what was said of them. */
static enum pl_status writers_begin(struct pl_run *run, const struct pl_folder *folder)
{
    const struct pl_run_counts before = pl_run_counts(run);
    struct pl_run_counts marked = run->marked_counts;
    for (size_t i = 0; i < run->writer_count; i++)
        if (run->writers[i].ops->begin(&run->writers[i], run->owner, folder) <= PL_LOST)
            return PL_STOP;
    const struct pl_run_counts now = pl_run_counts(run);
    marked.notes += now.notes - before.notes;
    marked.warnings += now.warnings - before.warnings;
    marked.losses += now.losses - before.losses;
    run->marked_counts = marked;
    run->marked_mailbox = run->at.mailbox;
    if (run->output)
        pl_output_mark(run->output);
    return PL_OK;
}

enum pl_status pl_run_folder_begin(struct pl_run *run, const struct pl_folder *folder)
{
    pl_choice_clear(&run->choice);
    run->key = folder->key;
    memset(run->scopes, 0, sizeof run->scopes);
    if (run->begun != folder->mailbox)
        run->at.mailbox = run->at.folders;
    run->begun = folder->mailbox;
    run->choice.kinds = run->kinds;
    run->choice.place = run->mapping.place = pl_place_kind(folder);
    if (!run->options->recover) /* else UIDs of the whole store are compared */
        pl_ledger_uids_forget(run->ledger);
    enum pl_status st = writers_begin(run, folder);
    if (st == PL_OK && !run->spool)
        st = rights_put(run, folder);
    return pl_run_starved(run, st, PL_STOP);
}

/* --- mailboxes ----------------------------------------------------------- */

/* A mailbox that is left out whole: nothing of it is read, so nobody knows how many items it has. */
static bool wants_mailbox(void *data, const struct pl_mailbox *mailbox)
{
    struct pl_run *run = data;
    return pl_choice_mailbox(run->options->owners, run->options->owner_count, mailbox,
                             mailbox->is_public ? "public" : NULL);
}

/* The same, when the mailboxes of the store to be read are met: who they belong to is known before any
 * item, and whether they are wanted or not. One that is refused leaves a row, without a count. */
static bool meets_mailbox(void *data, const struct pl_mailbox *mailbox)
{
    struct pl_run *run = data;
    run->unheard |= pl_run_heard_of(run, mailbox) != PL_OK;
    const char *owner = pl_session_owner(&run->session, mailbox);
    if (owner)
        pl_asked_mailbox(&run->asked, mailbox, owner);
    if (wants_mailbox(data, mailbox))
        return true;
    const struct pl_row row = {.store = run->report.store,
                               .owner = owner,
                               .folder = "",
                               .message_class = "",
                               .outcome = PL_FILTERED,
                               .reason = "owner"};
    run->unheard |= !run->asleep && pl_run_row(run, &row) != PL_OK;
    return false;
}

const char *pl_run_unwanted(struct pl_run *run, const struct pl_folder *folder)
{
    const struct pl_convert_options *o = run->options;
    if (!pl_choice_mailbox(o->owners, o->owner_count, folder->mailbox, run->owner))
        return "owner";
    pl_asked_folder(&run->asked, folder, run->path);
    return pl_choice_folder(o->folders, o->folder_count, run->path) ? NULL : "folder";
}

/* A name of the output that mailboxes of the store at hand have. */
struct pl_owner {
    const struct pl_owner *next;
    const struct pl_mailbox *mailbox;
    const char *name;
};

static const struct pl_owner *owner_named(const struct pl_owner *list, const char *name)
{
    while (list && strcasecmp(list->name, name) != 0)
        list = list->next;
    return list;
}

enum pl_status pl_run_mailbox(struct pl_run *run, const struct pl_mailbox *mailbox)
{
    struct pl_arena *a = &run->session.store_arena;
    const struct pl_owner *known = run->owners;
    if (mailbox == run->mapping.mailbox)
        return PL_OK;
    run->mapping.mailbox = mailbox;
    while (known && known->mailbox != mailbox)
        known = known->next;
    if (known) {
        run->owner = known->name;
        return PL_OK;
    }
    const char *name = pl_session_owner(&run->session, mailbox), *unique = name;
    for (unsigned n = 2; unique && owner_named(run->owners, unique); n++)
        unique = pl_arena_printf(a, "%s-%u", name, n);
    struct pl_owner *owner = unique ? pl_arena_alloc(a, sizeof *owner) : NULL;
    if (!owner)
        return pl_report(&run->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
    *owner = (struct pl_owner){run->owners, mailbox, unique};
    run->owners = owner;
    run->owner = unique;
    pl_asked_mailbox(&run->asked, mailbox, unique);
    if (!run->asleep && pl_ledger_mailbox(run->ledger, run->session.source.path, unique, mailbox) != PL_OK)
        return pl_run_unkept(run, NULL);
    bool single = mailbox == &run->session.reader.store.owner; /* of several the reader told at the begin */
    return run->unheard ? PL_STOP : single ? pl_run_heard_of(run, mailbox) : PL_OK;
}

/* --- stores -------------------------------------------------------------- */

/* Codes of a reader begin with its name. */
static bool is_reader_fault(const struct pl_run *run, const struct pl_diagnostic *d)
{
    const char *name = run->session.reader.ops ? run->session.reader.ops->name : "";
    size_t size = strlen(name);
    return d->severity <= PL_WARN && ((!strncmp(d->code, name, size) && d->code[size] == '.') ||
                                      !strncmp(d->code, "source.", 7) || !strncmp(d->code, "work.", 5));
}

void pl_run_met(struct pl_run *run, const struct pl_diagnostic *d)
{
    run->hurt = run->hurt || is_reader_fault(run, d);
    if (d->severity <= PL_LOST && !*run->losses.fault)
        snprintf(run->losses.fault, sizeof run->losses.fault, "%s", d->code);
}

/* What --recover writes depends on all events of a store, and a dry run has no folder for what workers write. */
unsigned pl_run_workers(const struct pl_run *run)
{
    const struct pl_convert_options *o = run->options;
    return o->jobs < 2 || o->recover || o->dry_run || run->alone ? 0 : o->jobs;
}

size_t pl_run_memory(const struct pl_run *run)
{
    size_t all = run->options->memory ? run->options->memory : MEMORY_DEFAULT;
    unsigned workers = pl_run_workers(run);
    return workers ? all / (workers + 2u) : all;
}

/* For who only walks the folders. */
static struct pl_reader_options walk_options(struct pl_run *run)
{
    const struct pl_convert_options *o = run->options;
    return (struct pl_reader_options){
        .memory = pl_run_memory(run),
        .codepage = o->codepage,
        .edb_profile = o->edb_profile,
        .recover = o->recover,
        .mailboxes = {wants_mailbox, run},
        .afresh = true,
        .survey = true,
    };
}

uint64_t pl_run_stated(struct pl_run *run, uint64_t folders)
{
    const struct pl_store *store = &run->session.reader.store;
    if (store->is_counted)
        return store->stated;
    struct pl_reader_options options = walk_options(run);
    struct pl_session s;
    struct pl_report silent = {0};
    if (options.memory > WALK_MOST) /* the open store has its caches already */
        options.memory = WALK_MOST;
    struct pl_folder folder;
    uint64_t sum = 0;
    enum pl_status st =
        pl_session_open(&s, run->session.source.path, run->readers, run->options->reader, &options, &silent);
    while (st > PL_STOP && folders-- && (st = pl_session_next_folder(&s, &folder)) != PL_END && st != PL_STOP)
        if (!folder.is_search)
            sum += folder.item_count + folder.associated_count;
    run->result->bytes_read += s.source.bytes_read;
    run->result->reads += s.source.reads;
    pl_session_close(&s);
    return sum;
}

static struct pl_reader_options real_options(struct pl_run *run)
{
    struct pl_reader_options real = walk_options(run);
    real.survey = run->surveys;
    real.mailboxes.wants = meets_mailbox;
    return real;
}

/* What maps and writes asks the store that was opened. */
static void session_use(struct pl_run *run)
{
    const struct pl_convert_options *o = run->options;
    struct pl_session *s = &run->session;
    run->mapping.arena = &s->item_arena;
    run->mapping.report = &run->report;
    run->mapping.reader = &s->reader;
    run->mapping.text = run->text;
    run->mapping.people = run->people;
    run->mapping.learned = o->learn;
    run->mapping.codepage = o->codepage ? o->codepage : s->reader.store.codepage;
    for (size_t i = 0; i < run->writer_count; i++)
        run->writers[i].reader = &s->reader;
}

enum pl_status pl_run_store_carry(struct pl_run *run, const struct pl_run *of)
{
    const struct pl_reader_options real = real_options(run);
    if (!pl_session_carry(&run->session, &of->session, &real, &run->report))
        return pl_run_store_open(run, of->session.source.path);
    session_use(run);
    return PL_OK;
}

/* Has the store, of which all is asked for, so many bytes that workers pay that go on with the open one? Those that
 * open it again would read its index again too, and need as much memory for that. */
static bool is_large(const struct pl_convert_options *o, const struct pl_reader_ops *const *readers,
                     const char *path)
{
    struct stat st;
    if (o->owner_count || o->folder_count || o->reader || (o->memory && o->memory < SHARED_LEAST) ||
        stat(path, &st) != 0 || (uint64_t)st.st_size < o->jobs_from)
        return false;
    const struct pl_reader_ops *ops = pl_session_reader(path, readers);
    return ops && ops->moved;
}

enum pl_status pl_run_store_open(struct pl_run *run, const char *path)
{
    const struct pl_convert_options *o = run->options;
    run->alone = o->jobs_from && o->jobs > 1 && (run->bulky || !is_large(o, run->readers, path));
    const struct pl_reader_options real = real_options(run);
    struct pl_session *s = &run->session;
    run->hurt = false;
    if (pl_resume_store(run, path) != PL_OK)
        return pl_run_unkept(run, NULL);
    enum pl_status st = pl_session_open(s, path, run->readers, o->reader, &real, &run->report);
    run->owners = NULL;
    run->mapping.mailbox = run->begun = NULL;
    run->hurt = run->hurt || st == PL_WARN;
    if (st <= PL_LOST) {
        run->result->stores_failed++;
        return PL_LOST;
    }
    run->result->stores_read++;
    if (o->progress)
        run->expected = run->done + pl_run_stated(run, UINT64_MAX);
    run->result->stores_cut += s->reader.store.cut;
    session_use(run);
    if (pl_resume_beside(run, s->reader.store.beside) != PL_OK)
        return pl_run_unkept(run, NULL);
    if (run->log && !pl_resume_told(run) &&
        pl_runlog_store(run->log, run->at.store, &s->source, &s->reader) != PL_OK)
        return pl_report(&run->report, PL_LOST, "source.read", NULL, PL_NO_OFFSET, "cannot be read: %s",
                         s->source.error ? strerror(s->source.error) : "no memory, or the file that belongs to it");
    return PL_OK;
}

void pl_run_store_close(struct pl_run *run)
{
    pl_jobs_end(run);
    run->result->bytes_read += run->session.source.bytes_read;
    run->result->reads += run->session.source.reads;
    for (size_t i = 0; i < run->writer_count; i++)
        run->writers[i].reader = NULL;
    pl_session_close(&run->session);
    run->owners = NULL;
    run->owner = NULL;
}

/*
 * survey.c - see survey.h.
 */
#include "survey.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "memory.h"
#include "say.h"
#include "signals.h"
#include "survey_int.h"
#include "table.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak" /* the survey keeps each */
/* A copy that may be missed: what is told then is not whole, and the command does not end with 0. */
static char *survey_keep(const char *text)
{
    char *copy = strdup(text);
    if (!copy)
        pl_memory_missed();
    return copy;
}
#pragma GCC diagnostic pop

void survey_name(struct survey_names *n, const char *name)
{
    bool known = false;
    n->count++;
    for (size_t i = 0; i < n->kept && !known; i++)
        known = n->list[i] && !strcmp(n->list[i], name ? name : "");
    if (!known && n->kept < SURVEY_NAMES)
        n->list[n->kept++] = survey_keep(name ? name : "");
}

/* --- one store ------------------------------------------------------------------------------- */

static const char *const fact_names[FACTS] = {
    [FACT_FORMAT] = "format",        [FACT_CREATED] = "created_as",
    [FACT_SHUTDOWN] = "shutdown",    [FACT_LOGS_MISSING] = "logs_missing",
    [FACT_REPAIRS] = "repairs",      [FACT_STM] = "streaming_file",
    [FACT_PAGE_SIZE] = "page_size",  [FACT_CLIENT] = "client_version",
    [FACT_MAPS] = "allocation_maps", [FACT_IDENTITIES] = "role_identities",
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak" /* the survey keeps each */
static void facts_keep(struct survey_store *at, const char *kind, const struct pl_fact *facts, size_t count)
{
    at->kind = survey_keep(kind ? kind : "");
    for (size_t i = 0; i < count; i++)
        for (size_t f = 0; f < FACTS; f++)
            if (!strcmp(facts[i].name, fact_names[f])) { /* the reader's own word comes after the engine's */
                free(at->facts[f]);
                at->facts[f] = survey_keep(facts[i].value);
            }
}
#pragma GCC diagnostic pop

static enum exit_status visit_store(const struct call *call, struct store *s)
{
    const struct walking *given = call->options;
    struct walking w = *given;
    const struct pl_mailbox *last = NULL;
    struct pl_folder folder;
    w.at->opened = true;
    facts_keep(w.at, s->session.reader.store.kind, s->session.reader.store.facts,
               s->session.reader.store.fact_count);
    while (store_next_folder(s, &folder)) {
        const struct pl_mailbox *box = folder.mailbox ? folder.mailbox : &s->session.reader.store.owner;
        w.at->folders++;
        w.at->is_public = w.at->is_public || box->is_public;
        if (box != last)
            survey_mailbox(w.survey, box);
        last = box;
        survey_folder(w.survey, &folder, box);
        w.folder = s->unnamed ? NULL : pl_session_path(&s->session, &folder);
        if (!folder.is_search && pl_session_open_folder(&s->session, folder.key) > PL_LOST)
            survey_items(&w, s);
    }
    progress_clear(&w.progress);
    w.at->cut = s->session.reader.store.cut;
    w.at->unmeasured = s->session.reader.store.unmeasured;
    w.at->warnings = s->report.warnings;
    w.at->losses = s->report.losses + s->report.stops;
    if (w.survey->full)
        say("%s: the addresses in it can't be kept: there may be no room in TMPDIR", s->path);
    return s->stopped || w.survey->full ? EXIT_EARLY : EXIT_WHOLE;
}

static enum exit_status visit_tables(const struct call *call, struct database *d)
{
    const struct walking *w = call->options;
    w->at->opened = w->at->tables = true;
    w->at->cut = d->data.tables.cut;
    w->at->unmeasured = d->data.tables.unmeasured;
    facts_keep(w->at, d->data.tables.kind, d->data.tables.facts, d->data.tables.fact_count);
    return EXIT_WHOLE;
}

/* --- its checksums ------------------------------------------------------------------------------- */

#define SAMPLE ((uint64_t)64 << 20)

static enum exit_status checksums(struct survey_store *at, bool full, struct progress *progress)
{
    const struct pl_integrity_options options = {.budget = full ? 0 : SAMPLE,
                                                 .interrupted = signals_flag(),
                                                 .progress = progress_bytes,
                                                 .progress_data = progress};
    struct pl_source source;
    const char *why;
    const struct pl_integrity_ops *ops = NULL;
    if (pl_source_open(&source, at->path, &why) != PL_OK) {
        at->unread = why;
        return EXIT_WHOLE;
    }
    for (size_t i = 0; pl_integrities[i] && !ops; i++)
        ops = pl_integrities[i]->probe(&source) ? pl_integrities[i] : NULL;
    at->parts = ops ? ops->parts : NULL;
    at->unread = !ops && source.error ? pl_source_why(source.error) : NULL;
    at->unproven = ops && ops->look(&source, &options, &at->integrity) == PL_STOP;
    progress_clear(progress);
    pl_source_close(&source);
    if (!*signals_flag())
        return EXIT_WHOLE;
    say("interrupted; nothing is known yet");
    return EXIT_EARLY;
}

/* Of the folder, or of the next one above it that is there. */
static void room_take(struct survey *s, const char *output)
{
    char path[PATH_MAX];
    struct statvfs fs;
    snprintf(path, sizeof path, "%s", output ? output : ".");
    int failed = statvfs(path, &fs);
    while (failed && errno == ENOENT && strcmp(path, ".") != 0 && strcmp(path, "/") != 0) {
        char above[PATH_MAX];
        memcpy(above, path, sizeof above);
        snprintf(path, sizeof path, "%s", dirname(above));
        failed = statvfs(path, &fs);
    }
    s->room.error = failed ? errno : 0;
    if (!failed)
        s->room.free = (uint64_t)fs.f_bavail * fs.f_frsize;
}

/* --- all of them -------------------------------------------------------------------------------- */

static enum exit_status one_take(const struct call *call, const struct survey_request *request, struct walking *w,
                                 const char *path)
{
    static const struct visits visits = {.store = visit_store, .tables = visit_tables, .folders_first = true};
    struct survey *s = w->survey;
    w->at = &s->stores[s->count++];
    w->at->path = path;
    w->before = s->items;
    struct call one = *call;
    one.options = w;
    one.operands = &w->at->path;
    one.operand_count = 1;
    progress_init(&w->progress, call->quiet ? PROGRESS_NEVER : PROGRESS_AUTO);
    enum exit_status status = stores_visit(&one, &visits);
    s->opened += w->at->opened && !w->at->tables && w->at->folders;
    progress_init(&w->progress, call->quiet ? PROGRESS_NEVER : PROGRESS_AUTO);
    if (status != EXIT_EARLY && w->at->opened)
        status = checksums(w->at, request->full, &w->progress);
    return status;
}

enum exit_status survey_take(struct survey *s, const struct call *call, const struct survey_request *request)
{
    struct walking w = {
        .store = *request->store, .survey = s, .addresses = pl_diskset_new(), .unnamed = call->unnamed};
    enum exit_status status = EXIT_WHOLE;
    *s = (struct survey){.stores = calloc(call->operand_count, sizeof *s->stores)};
    if (!s->stores || !w.addresses) {
        say("there is no memory or no room on the disk");
        pl_diskset_free(w.addresses);
        return EXIT_EARLY;
    }
    room_take(s, request->output);
    for (size_t i = 0; i < call->operand_count && status != EXIT_EARLY; i++)
        status = one_take(call, request, &w, call->operands[i]);
    if (status != EXIT_EARLY && s->opened)
        status = survey_sharing(s, call->scratch, request, &w);
    pl_diskset_free(w.addresses);
    return status;
}

static void names_release(struct survey_names *n)
{
    for (size_t i = 0; i < n->kept; i++)
        free(n->list[i]);
}

void survey_release(struct survey *s)
{
    struct survey_names *const all[] = {&s->ex_unknown, &s->by_sid,    &s->by_dn, &s->by_name,
                                        &s->disputed,   &s->elsewhere, &s->alone, &s->domains};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        names_release(all[i]);
    for (size_t i = 0; i < BUSY_FAULTS; i++)
        names_release(&s->busy[i]);
    for (size_t i = 0; i < SERVICES; i++)
        names_release(&s->service[i]);
    for (size_t i = 0; i < s->count; i++) {
        free(s->stores[i].kind);
        for (size_t f = 0; f < FACTS; f++)
            free(s->stores[i].facts[f]);
    }
    free(s->stores);
}

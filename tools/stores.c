/*
 * stores.c - what info, list and dump share; see stores.h.
 */
#include "stores.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"
#include "signals.h"
#include "table.h"

static bool should_stop(bool *stopped)
{
    if (*signals_flag() || say_deaf())
        *stopped = true;
    return *stopped;
}

static void say_why(const char *path, const struct tally *t)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->rows[i].severity == PL_STOP) {
            say("%s: %s", path, t->rows[i].first);
            return;
        }
    }
    say("%s: it could not be opened", path);
}

static struct pl_reader_options reading_of(const struct store_options *options)
{
    return (struct pl_reader_options){
        .memory = options->memory ? options->memory : STORE_MEMORY,
        .codepage = options->codepage,
        .recover = options->recover,
        .edb_profile = options->edb_profile,
    };
}

/* What a report of a store or a database tells. */
static void take_of_store(void *data, const struct pl_diagnostic *d)
{
    struct store *s = data;
    tally_add(&s->tally, d);
    if (s->verbose)
        tally_say(d, s->unnamed);
}

static void take_of_database(void *data, const struct pl_diagnostic *d)
{
    struct database *b = data;
    tally_add(&b->tally, d);
    if (b->verbose)
        tally_say(d, b->unnamed);
}

/* NULL: out of memory, said. The store is to be closed also when it did not open. */
static struct store *store_open(const struct call *call, const char *path, bool verbose, bool glance, bool *opened)
{
    const struct store_options *options = call->options;
    struct pl_reader_options reading = reading_of(options);
    struct store *s = calloc(1, sizeof *s);
    if (!s) {
        say("%s: out of memory", path);
        return NULL;
    }
    reading.glance = glance;
    s->path = path;
    s->verbose = verbose;
    s->unnamed = call->unnamed;
    s->report = (struct pl_report){.sink = take_of_store, .sink_data = s, .store = path};
    *opened = pl_session_open(&s->session, path, pl_readers, options->reader, &reading, &s->report) > PL_LOST;
    return s;
}

static void store_close(struct store *s)
{
    pl_session_close(&s->session);
    free(s);
}

static enum exit_status visit_store(const struct call *call, const char *path, const struct visits *visits)
{
    enum exit_status status = EXIT_NOTHING;
    bool opened;
    struct store *s = store_open(call, path, call->verbose, false, &opened);
    if (!s)
        return EXIT_EARLY;
    if (opened)
        status = visits->store(call, s);
    else
        say_why(s->path, &s->tally);
    store_close(s);
    return status;
}

static enum exit_status visit_tables(const struct call *call, const char *path, const struct pl_tables_ops *ops,
                                     const struct visits *visits)
{
    const struct pl_reader_options reading = reading_of(call->options);
    enum exit_status status = EXIT_NOTHING;
    struct database *d = calloc(1, sizeof *d);
    if (!d) {
        say("%s: out of memory", path);
        return EXIT_EARLY;
    }
    d->path = path;
    d->verbose = call->verbose;
    d->unnamed = call->unnamed;
    d->report = (struct pl_report){.sink = take_of_database, .sink_data = d, .store = path};
    if (pl_database_open(&d->data, path, ops, &reading, &d->report) > PL_LOST)
        status = visits->tables(call, d);
    else
        say_why(path, &d->tally);
    pl_database_close(&d->data);
    free(d);
    return status;
}

/* Is that what kept it from opening? */
static bool is_of_machine(const struct tally *t)
{
    bool any = false;
    for (size_t i = 0; i < t->count; i++)
        any = any || !strcmp(t->rows[i].code, "memory") || !strncmp(t->rows[i].code, "source.", 7);
    return any;
}

/* Without a word. *in_doubt: the machine could not read it; it may be one, and whoever opens it then will say so.
 */
static bool store_opens(const struct call *call, const char *path, bool *in_doubt)
{
    bool opened = false;
    struct store *s = store_open(call, path, false, true, &opened);
    *in_doubt = !s || is_of_machine(&s->tally);
    if (s)
        store_close(s);
    return opened;
}

static enum exit_status visit_one(const struct call *call, const char *path, const struct visits *visits)
{
    const struct store_options *options = call->options;
    const char *why = NULL;
    bool in_doubt = false;
    const struct pl_tables_ops *ops = visits->tables ? pl_database_find(path, pl_databases, &why) : NULL;
    if (why) {
        say("%s: %s", path, why);
        return EXIT_NOTHING;
    }
    if (ops && options->reader && strcmp(options->reader, ops->name) != 0)
        ops = NULL;
    if (ops && visits->folders_first && (store_opens(call, path, &in_doubt) || in_doubt))
        ops = NULL;
    return ops ? visit_tables(call, path, ops, visits) : visit_store(call, path, visits);
}

bool stores_any_opens(const struct call *call)
{
    struct store *s;
    bool opened, in_doubt;
    for (size_t i = 0; i < call->operand_count; i++)
        if (store_opens(call, call->operands[i], &in_doubt))
            return true;
    for (size_t i = 0; i < call->operand_count; i++) {
        s = store_open(call, call->operands[i], false, false, &opened);
        if (!s)
            return false;
        if (!opened)
            say_why(s->path, &s->tally);
        store_close(s);
        if (opened)
            return true;
    }
    return false;
}

/* --- each path once ---------------------------------------------------------- */

struct named {
    const char *operand;
    char *real; /* NULL: there is no such file, which is said when it is opened */
    size_t at;
};

static int named_order(const void *a, const void *b)
{
    const struct named *one = a, *two = b;
    int order = strcmp(one->real ? one->real : one->operand, two->real ? two->real : two->operand);
    return order ? order : (one->at > two->at) - (one->at < two->at);
}

/* Takes those out of the list that come again. */
static void again_drop(struct named *all, size_t count, const char **list)
{
    const struct named *first = all;
    for (size_t i = 1; i < count; i++) {
        if (!all[i].real || !first->real || strcmp(all[i].real, first->real) != 0) {
            first = &all[i];
            continue;
        }
        say("%s: given before%s%s; it is read once", all[i].operand,
            strcmp(first->operand, all[i].operand) ? " as " : "",
            strcmp(first->operand, all[i].operand) ? first->operand : "");
        list[all[i].at] = NULL;
    }
}

const char **stores_once(const struct call *call, size_t *count)
{
    size_t n = call->operand_count, kept = 0;
    struct named *all = calloc(n + 1, sizeof *all);
    const char **list = calloc(n + 1, sizeof *list);
    *count = 0;
    if (!all || !list) {
        say("out of memory");
        free(all);
        free(list);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        list[i] = call->operands[i];
        all[i] = (struct named){list[i], realpath(list[i], NULL), i};
    }
    qsort(all, n, sizeof *all, named_order);
    again_drop(all, n, list);
    for (size_t i = 0; i < n; i++) {
        free(all[i].real);
        if (list[i])
            list[kept++] = list[i];
    }
    free(all);
    *count = kept;
    return list;
}

void outcome_add(struct outcome *o, enum exit_status status)
{
    o->unread = o->unread || status == EXIT_NOTHING;
    o->any = o->any || status != EXIT_NOTHING;
    if (status != EXIT_NOTHING && status > o->worst)
        o->worst = status;
}

enum exit_status outcome_status(const struct outcome *o)
{
    if (!o->unread)
        return o->worst;
    return !o->any ? EXIT_NOTHING : o->worst > EXIT_LOSSES ? o->worst : EXIT_LOSSES;
}

enum exit_status stores_visit(const struct call *call, const struct visits *visits)
{
    struct outcome outcome = {.worst = EXIT_WHOLE};
    for (size_t i = 0; i < call->operand_count; i++) {
        outcome_add(&outcome, visit_one(call, call->operands[i], visits));
        if (*signals_flag()) {
            say("interrupted; what was printed is not everything");
            return EXIT_EARLY;
        }
        if (say_deaf())
            break;
    }
    return outcome_status(&outcome);
}

bool store_next_folder(struct store *s, struct pl_folder *out)
{
    s->walked = true;
    while (!should_stop(&s->stopped)) {
        enum pl_status status = pl_session_next_folder(&s->session, out);
        if (status == PL_OK || status == PL_WARN) {
            const char *path = s->verbose && !s->unnamed ? pl_session_path(&s->session, out) : NULL;
            s->folders++;
            if (path)
                say("%s: %s", s->path, path);
            else if (s->verbose)
                say("%s: folder %" PRIu64, s->path, s->folders);
            s->reached = true;
            return true;
        }
        if (status != PL_LOST)
            return false;
    }
    return false;
}

bool store_next_item(struct store *s, const struct pl_wanted *wanted, struct pl_item *out)
{
    while (!should_stop(&s->stopped)) {
        enum pl_status status = pl_session_next_item(&s->session, wanted, out);
        if (status == PL_OK || status == PL_WARN)
            return true;
        if (status != PL_LOST)
            return false;
    }
    return false;
}

void store_say_losses(const struct store *s)
{
    if (s->session.reader.store.cut)
        say("%s: the store is cut, or of another size than its header says: this is its readable part", s->path);
    if (s->report.worst <= PL_LOST) {
        say("%s: %s:", s->path,
            s->walked && !s->reached ? "nothing in it can be reached" : "something could not be read");
        tally_print(stderr, &s->tally, "  ", 5);
    }
}

enum exit_status store_status(const struct store *s)
{
    if (s->walked && !s->reached && !s->stopped)
        return EXIT_NOTHING;
    bool faulty = s->report.worst <= PL_LOST || s->session.reader.store.cut;
    return faulty ? EXIT_LOSSES : EXIT_WHOLE;
}

bool database_next_table(struct database *d, struct pl_table *out)
{
    while (!should_stop(&d->stopped)) {
        enum pl_status status = pl_database_next_table(&d->data, out);
        if (status == PL_OK || status == PL_WARN)
            return true;
        if (status != PL_LOST)
            return false;
    }
    return false;
}

bool database_next_row(struct database *d, bool defaults, struct pl_record_row *out)
{
    while (!should_stop(&d->stopped)) {
        enum pl_status status = pl_database_next_row(&d->data, defaults, out);
        if (status == PL_OK || status == PL_WARN)
            return true;
        if (status != PL_LOST)
            return false;
    }
    return false;
}

void database_say_losses(const struct database *d)
{
    if (d->report.worst > PL_WARN)
        return;
    say("%s: %s:", d->path, d->report.worst <= PL_LOST ? "something could not be read" : "to be read with care");
    tally_print(stderr, &d->tally, "  ", 5);
}

enum exit_status database_status(const struct database *d)
{
    return d->report.worst <= PL_LOST ? EXIT_LOSSES : EXIT_WHOLE;
}

const char *store_role(enum pl_role role)
{
    static const char *const names[] = {
        [PL_ROLE_OTHER] = "other", [PL_ROLE_CALENDAR] = "calendar", [PL_ROLE_CONTACTS] = "contacts",
        [PL_ROLE_TASKS] = "tasks", [PL_ROLE_JOURNAL] = "journal",   [PL_ROLE_NOTES] = "notes",
        [PL_ROLE_MAIL] = "mail",   [PL_ROLE_FREEBUSY] = "freebusy",
    };
    return (size_t)role < sizeof names / sizeof *names ? names[role] : "other";
}

const char *store_scope(enum pl_scope scope)
{
    static const char *const names[] = {
        [PL_SCOPE_IPM] = "visible", [PL_SCOPE_SYSTEM] = "system", [PL_SCOPE_RECOVERED] = "recovered"};
    return (size_t)scope < sizeof names / sizeof *names ? names[scope] : "system";
}

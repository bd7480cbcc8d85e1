/*
 * survey_sharing.c - the sharing of all stores together: converted into a temporary folder, and read.
 *
 * Layer: programs. The folder is made and taken away by confine.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "fdio.h"
#include "jsonread.h"
#include "people.h"
#include "say.h"
#include "share/audit.h"
#include "share/depends.h"
#include "sharing.h"
#include "sid.h"
#include "survey_int.h"

#define LINE_TREE ((size_t)64 << 20)

/* --- the manifest ----------------------------------------------------------------------------- */

static const char *label(const struct pl_json *who)
{
    static const char *const names[] = {"name", "smtp", "dn", "sid"};
    const char *text = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names && !text; i++)
        text = pl_json_text_of(who, names[i]);
    return text;
}

/* A SID is the domain's, and behind the last dash the number of the account in it. */
static void domain(struct survey *s, struct pl_diskset *seen, const char *sid, bool resolved)
{
    char name[PL_SID_TEXT_MOST + 8];
    struct pl_diskset_row row;
    const char *dash = sid ? strrchr(sid, '-') : NULL;
    if (!dash || strncmp(sid, "S-1-5-21-", 9) != 0 || (size_t)(dash - sid) < 9)
        return;
    snprintf(name, sizeof name, "sid:%s", sid);
    enum pl_status st = pl_diskset_add(seen, name, 0, "", &row);
    s->full = s->full || st == PL_STOP;
    if (st != PL_OK)
        return;
    snprintf(name, sizeof name, "domain:%.*s", (int)(dash - sid), sid);
    int64_t at = (int64_t)s->domains.count;
    st = pl_diskset_add(seen, name, at, "", &row);
    s->full = s->full || st == PL_STOP;
    if (st == PL_OK)
        survey_name(&s->domains, name + 7);
    else
        at = st == PL_STOP ? SURVEY_NAMES : row.number;
    if (at < SURVEY_NAMES) {
        s->domain[at].people++;
        s->domain[at].resolved += resolved;
    }
}

static void person(struct survey *s, struct pl_diskset *seen, const struct pl_json *who)
{
    const char *kind = pl_json_text_of(who, "kind");
    if (!who || who->kind != PL_JSON_OBJECT)
        return;
    s->people++;
    domain(s, seen, pl_json_text_of(who, "sid"), pl_json_true_of(who, "resolved"));
    if (kind && (!strcmp(kind, "default") || !strcmp(kind, "anonymous") || !strcmp(kind, "system")))
        s->special++;
    else if (pl_json_true_of(who, "disputed"))
        survey_name(&s->disputed, label(who));
    else if (!pl_json_true_of(who, "resolved"))
        survey_name(pl_json_text_of(who, "dn")    ? &s->by_dn
                    : pl_json_text_of(who, "sid") ? &s->by_sid
                                                  : &s->by_name,
                    label(who));
}

static void problem(struct survey *s, const struct pl_json *v)
{
    static const char *const codes[BUSY_FAULTS] = {"freebusy.missing", "freebusy.stale", "freebusy.contradictory",
                                                   "freebusy.duplicate"};
    const char *code = pl_json_text_of(v, "code");
    for (size_t i = 0; code && i < BUSY_FAULTS; i++)
        if (!strcmp(code, codes[i]))
            survey_name(&s->busy[i], label(pl_json_member(v, "owner")));
}

static void take_line(struct survey *s, struct pl_diskset *seen, const struct pl_json *v)
{
    static const char *const parties[] = {"trustee", "delegate", "of", "user"};
    const char *kind = pl_json_text_of(v, "kind");
    const struct pl_json *owner = pl_json_member(v, "owner");
    domain(s, seen, pl_json_text_of(owner, "sid"), pl_json_text_of(owner, "smtp") != NULL);
    for (size_t i = 0; i < sizeof parties / sizeof *parties; i++)
        person(s, seen, pl_json_member(v, parties[i]));
    s->published += kind && !strcmp(kind, "freebusy");
    s->subscriptions += kind && !strcmp(kind, "subscription");
    if (kind && !strcmp(kind, "problem"))
        problem(s, v);
}

static void elsewhere(void *data, const struct pl_dependency *d)
{
    struct survey *s = data;
    if (!d->store)
        survey_name(&s->elsewhere, d->path ? d->path : d->owner);
}

static bool manifest_read(struct survey *s, struct pl_diskset *seen, FILE *file)
{
    struct pl_depends d;
    struct pl_arena a;
    char *line = NULL;
    size_t room = 0;
    bool good = pl_depends_init(&d, NULL, elsewhere, s);
    pl_arena_init(&a, LINE_TREE);
    for (int pass = 0; pass < 2 && good; pass++) {
        good = pl_file_again(file);
        for (ssize_t size; good && (size = pl_line_read(&line, &room, file)) > 0;) {
            if (pass)
                pl_depends_line(&d, line, (size_t)size);
            else
                pl_depends_learn(&d, line, (size_t)size);
            pl_arena_reset(&a);
            if (pass)
                take_line(s, seen, pl_json_parse(&a, line, (size_t)size));
        }
    }
    good = good && !d.failed && !ferror(file);
    free(line);
    pl_arena_release(&a);
    pl_depends_release(&d);
    return good;
}

/* The manifest has the faults; what is asked for is how many users had something to compare. */
static void fault_pass(void *data, const struct pl_ifb *user, const struct pl_audit *audit)
{
    (void)data;
    (void)user;
    (void)audit;
}

/* --- the ledger ----------------------------------------------------------------------------------- */

static void class_count(void *data, const char *message_class, uint64_t count)
{
    struct survey *s = data;
    bool is_signed = strcasestr(message_class, "MultipartSigned") || strcasestr(message_class, "Secure.Sign");
    if (is_signed)
        s->signed_items += count;
    else if (strcasestr(message_class, ".SMIME") || strcasestr(message_class, "IPM.Note.Secure"))
        s->encrypted += count;
}

struct asking {
    struct survey *survey;
    struct pl_people *people;
    struct pl_arena arena;
    bool failed;
};

static void ask(void *data, const struct pl_diskset_row *row)
{
    struct asking *a = data;
    struct pl_identity who;
    pl_arena_reset(&a->arena);
    enum pl_status st =
        pl_people_find(a->people, (struct pl_key){PL_KEY_DN, row->text}, PL_TRUST_STORE, &a->arena, &who);
    a->failed = a->failed || st == PL_STOP;
    if (st != PL_OK || !who.smtp.text)
        survey_name(&a->survey->ex_unknown, row->text);
}

static bool ledger_read(struct survey *s, const char *path, struct pl_diskset *addresses)
{
    const char *why;
    struct asking a = {.survey = s, .people = pl_people_open(path, &why)};
    pl_arena_init(&a.arena, LINE_TREE);
    bool good = a.people && pl_diskset_each(addresses, "open:", ask, &a) == PL_OK && !a.failed &&
                pl_ledger_classes(path, class_count, s) == PL_OK;
    pl_arena_release(&a.arena);
    pl_people_free(a.people);
    return good;
}

/* --- all of it ---------------------------------------------------------------------------------- */

struct hearing {
    struct progress *progress;
    bool unnamed;
    const char *fault; /* of the machine */
    bool damaged;      /* the walk has met faults of the stores */
};

static void hear_progress(void *data, const struct pl_progress *now)
{
    const struct hearing *h = data;
    struct pl_progress shown = *now;
    if (h->unnamed)
        shown.folder = NULL;
    progress_show(h->progress, &shown);
}

/* The stores were read once already: what can't be read now is no fault of theirs. */
static void hear(void *data, const struct pl_diagnostic *d)
{
    struct hearing *h = data;
    bool memory = !strcmp(d->code, "memory"), source = !strncmp(d->code, "source.", 7);
    if (d->severity <= PL_LOST && (memory || (source && !h->damaged)))
        h->fault = memory ? "out of memory" : "a store can't be read again";
}

static enum exit_status all_convert(const struct survey *s, const char *dir, const struct survey_request *asked,
                                    struct walking *w)
{
    struct progress *progress = &w->progress;
    const char **paths = calloc(s->count + 1, sizeof *paths);
    struct hearing heard = {.progress = progress, .unnamed = w->unnamed};
    struct sharing_request request = {.stores = paths,
                                      .dir = dir,
                                      .store = asked->store,
                                      .maps = asked->maps,
                                      .diagnostic = hear,
                                      .progress = progress->shown ? hear_progress : NULL,
                                      .data = &heard};
    struct pl_convert_result result = {.why = NULL};
    for (size_t i = 0; i < s->count; i++)
        heard.damaged = heard.damaged || s->stores[i].losses;
    for (size_t i = 0; paths && i < s->count; i++)
        if (s->stores[i].opened && !s->stores[i].tables)
            paths[request.count++] = s->stores[i].path;
    enum pl_status st = paths ? sharing_convert(&request, &result) : PL_STOP;
    progress_clear(progress);
    if (st == PL_STOP)
        say("%s", result.why ? result.why : "the sharing could not be read: there may be no room in TMPDIR");
    else if (heard.fault)
        say("what the stores tell of sharing could not be read: %s", heard.fault);
    free(paths);
    return st == PL_STOP || heard.fault ? EXIT_EARLY : EXIT_WHOLE;
}

enum exit_status survey_sharing(struct survey *s, const char *dir, const struct survey_request *request,
                                struct walking *w)
{
    char path[4200];
    enum exit_status status = all_convert(s, dir, request, w);
    snprintf(path, sizeof path, "%s/sharing.jsonl", dir);
    FILE *file = status == EXIT_WHOLE ? pl_file_stream(AT_FDCWD, path, 0) : NULL;
    bool none = !file && (status != EXIT_WHOLE || errno == ENOENT);
    bool good = none || (file && manifest_read(s, w->addresses, file) &&
                         pl_audit_folder(dir, fault_pass, s, &s->compared) == PL_OK && !s->full);
    if (file)
        fclose(file);
    snprintf(path, sizeof path, "%s/ledger.db", dir);
    if (status == EXIT_WHOLE && (!good || !ledger_read(s, path, w->addresses))) {
        say("what the stores tell of sharing can't be read back: there may be no room in TMPDIR");
        status = EXIT_EARLY;
    }
    return status;
}

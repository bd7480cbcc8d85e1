/*
 * resume.c - goes on where an earlier run stopped, and ends with the same bytes.
 *
 * Layer: core, part of convert. The ledger is the memory of a run: rows, people, files and the
 * place that was reached change in one transaction (save.c). What came after the last commit is
 * taken away, then folders are skipped up to that place. Files that reach beyond a store are made
 * anew: their writers are given the rights and the messages of sharing of all folders again, and
 * the events of the mailbox at hand, whose busy time is not written yet; nothing else is read twice.
 *
 * A store that was replaced meanwhile, and another version of the program, make all begin anew.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "digest.h"
#include "fingerprint.h"
#include "memory.h"
#include "setup.h"
#include "sums.h"
#include "zones.h"

#define REQUEST_MOST ((size_t)16 << 20)
#define MARK_SIZE    160
#define WHICH_SIZE   200
#define LIST_MOST    1000u
#define ABSENT       "absent"
#define UNREADABLE   "the ledger in it can't be read: try again, with more memory or another disk"

/* --- what was asked for ------------------------------------------------------------ */

/* Size, time of change, and a hash of a sample: "absent" when there is no such file, or none that can be read. */
static void fingerprint(const char *path, char out[MARK_SIZE])
{
    struct pl_fingerprint print = {0};
    struct pl_source file;
    struct stat st;
    const char *why;
    snprintf(out, MARK_SIZE, ABSENT);
    if (pl_source_open(&file, path, &why) != PL_OK)
        return;
    bool read = fstat(file.fd, &st) == 0 && pl_fingerprint(&file, false, &print) == PL_OK;
    if (!read && !file.error)
        pl_memory_missed();
    if (read || !file.error)
        snprintf(out, MARK_SIZE, "%lld %lld.%09ld %.32s", (long long)st.st_size, (long long)st.st_mtim.tv_sec,
                 st.st_mtim.tv_nsec, read ? print.sample : "00000000000000000000000000000000");
    pl_source_close(&file);
}

/* One line whatever is in the text, so that the first line that differs has the option in it. */
static void line(struct pl_buf *b, const char *name, const char *text)
{
    pl_buf_printf(b, "%s ", name);
    for (; *text; text++)
        if (*text == '\n')
            pl_buf_puts(b, "\\n");
        else if (*text == '\\')
            pl_buf_puts(b, "\\\\");
        else
            pl_buf_putc(b, *text);
    pl_buf_putc(b, '\n');
}

static void list(struct pl_buf *b, const char *name, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        line(b, name, texts[i]);
}

/* Very many are one line. */
static void stores_list(struct pl_buf *b, const struct pl_convert_options *o)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    if (o->store_count <= LIST_MOST) {
        list(b, "store", o->stores, o->store_count);
        return;
    }
    EVP_MD_CTX *all = EVP_MD_CTX_new();
    bool good = all && EVP_DigestInit_ex(all, EVP_sha256(), NULL);
    for (size_t i = 0; i < o->store_count && good; i++)
        good = EVP_DigestUpdate(all, o->stores[i], strlen(o->stores[i]) + 1);
    good = good && EVP_DigestFinal_ex(all, sum, NULL);
    EVP_MD_CTX_free(all);
    if (!good) {
        b->failed = true;
        return;
    }
    char digits[PL_DIGEST_DIGITS + 1];
    pl_digest_text(sum, digits);
    pl_buf_printf(b, "store list: %zu, %s\n", o->store_count, digits);
}

/* One line for each option that changes what is written; its first word is the option. */
static void request(const struct pl_convert_options *o, struct pl_buf *b)
{
    char mark[MARK_SIZE];
    pl_buf_init(b, REQUEST_MOST);
    stores_list(b, o);
    list(b, "--to", o->to, o->to_count);
    list(b, "--folder", o->folders, o->folder_count);
    list(b, "--owner", o->owners, o->owner_count);
    if (o->since_utc)
        pl_buf_printf(b, "--since %" PRId64 "\n", *o->since_utc);
    if (o->reader)
        line(b, "--reader", o->reader);
    if (o->edb_profile)
        line(b, "--edb-profile", o->edb_profile);
    if (o->default_tz)
        line(b, "--default-tz", o->default_tz);
    for (size_t i = 0; i < o->map_count; i++) {
        fingerprint(o->maps[i], mark);
        line(b, "--identity-map", o->maps[i]);
        line(b, "--identity-map", mark);
    }
    pl_buf_printf(b, "--codepage %u\n--layout %d\n--attachments %d\n--vcard %u\n--learn %d\n--recover %d\n",
                  o->codepage, o->writer.per_item, (int)o->writer.attachments, o->writer.vcard, o->learn,
                  o->recover);
    pl_buf_printf(b, "--hash %d\n", o->hash);
}

static bool has_line(const char *text, const char *wanted, size_t size)
{
    for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
        if (strcspn(text, "\n") == size && !strncmp(text, wanted, size))
            return true;
    return false;
}

/* The first line in which they differ: of a store all of it, else the option. An option that is not given any more
 * has a line then, and the one that stands in its place now comes later. */
static void difference(const char *now, const char *then, char out[WHICH_SIZE])
{
    static const char store[] = "store ";
    while (*now && *then) {
        size_t a = strcspn(now, "\n"), b = strcspn(then, "\n");
        if (a != b || strncmp(now, then, a) != 0)
            break;
        now += a + (now[a] == '\n');
        then += b + (then[b] == '\n');
    }
    const char *other = *now && !has_line(then, now, strcspn(now, "\n")) ? now : then;
    bool whole = !strncmp(other, store, sizeof store - 1);
    snprintf(out, WHICH_SIZE, "%.*s", (int)strcspn(other, whole ? "\n" : " \n"), other);
}

/* --- notes ---------------------------------------------------------------------------- */

enum pl_status pl_resume_begin(struct pl_run *run)
{
    struct pl_buf text;
    request(run->options, &text);
    bool whole = !text.failed && text.data;
    bool noted = whole && pl_ledger_note(run->ledger, "request", text.data) == PL_OK &&
                 pl_ledger_note(run->ledger, "version", PL_VERSION) == PL_OK &&
                 pl_ledger_note(run->ledger, "zones", pl_zones_version()) == PL_OK;
    pl_buf_release(&text);
    if (noted)
        return pl_run_save(run, true);
    if (!whole)
        return pl_report(&run->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
    return pl_run_unkept(run, NULL);
}

enum pl_status pl_resume_note(struct pl_run *run)
{
    const struct pl_convert_result *r = run->result;
    const struct pl_lookups *k = &run->mapping.known;
    char text[440];
    struct pl_ledger_ends ends;
    const struct pl_work_sum none = {0}, *work = run->at.folders ? &run->session.work.done : &none;
    /* without its first folder the store at hand is opened again, and all that this told */
    bool again = !run->at.folders && run->session.reader_open;
    struct pl_run_counts counts = again ? run->marked_counts : pl_run_counts(run);
    if (run->asleep) /* the place of the earlier run stays true */
        return PL_OK;
    char *asked = pl_asked_text(&run->asked);
    bool kept = asked && pl_ledger_note(run->ledger, "asked", asked) == PL_OK;
    kept = kept && (!r->resumed || pl_ledger_note(run->ledger, PL_NOTE_RESUMED, "1") == PL_OK);
    free(asked);
    if (!kept || pl_ledger_ends(run->ledger, &ends) != PL_OK)
        return PL_STOP;
    snprintf(text, sizeof text,
             "%zu %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRIu64 " %" PRIu64 " %" PRIu64
             " %zu %zu %zu %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %d %s",
             run->at.store, run->at.folders, run->at.mailbox, ends.item, ends.mailbox, ends.told, counts.notes,
             counts.warnings, counts.losses + counts.stops, r->stores_read - again, r->stores_failed,
             r->stores_cut - (again && run->session.reader.store.cut), k->proven, k->learned, k->unknown,
             work->steps, work->bytes, run->losses.in_row, run->losses.fault);
    return pl_ledger_note(run->ledger, "place", text);
}

enum pl_status pl_resume_store(struct pl_run *run, const char *path)
{
    char name[32], mark[MARK_SIZE];
    if (run->asleep)
        return PL_OK;
    fingerprint(path, mark);
    snprintf(name, sizeof name, "store %zu", run->at.store);
    enum pl_status st = pl_ledger_note(run->ledger, name, mark);
    char *place = realpath(path, NULL);
    snprintf(name, sizeof name, PL_NOTE_PLACE "%zu", run->at.store);
    if (st == PL_OK && place)
        st = pl_ledger_note(run->ledger, name, place);
    free(place);
    return st;
}

bool pl_resume_told(const struct pl_run *run)
{
    char name[32], *text = NULL;
    snprintf(name, sizeof name, PL_NOTE_STORE "%zu", run->at.store);
    bool told = run->asleep && pl_ledger_noted(run->ledger, name, &text) == PL_OK && text;
    free(text);
    return told;
}

/* The path comes last: it may have any bytes. */
enum pl_status pl_resume_beside(struct pl_run *run, const char *path)
{
    char name[32], mark[MARK_SIZE], *text = NULL;
    if (run->asleep || !path)
        return PL_OK;
    fingerprint(path, mark);
    snprintf(name, sizeof name, "beside %zu", run->at.store);
    enum pl_status st =
        asprintf(&text, "%s\n%s", mark, path) < 0 ? PL_STOP : pl_ledger_note(run->ledger, name, text);
    free(text);
    return st;
}

/* Takes the place and the counts of the earlier run over, and its rows up to there. PL_END: none that this version
 * wrote. */
static enum pl_status place_read(struct pl_run *run, struct pl_ledger_ends *ends)
{
    struct pl_convert_result *r = &run->then;
    struct pl_lookups *k = &run->then_known;
    int in_row = 0;
    char *text;
    if (pl_ledger_noted(run->ledger, "asked", &text) != PL_OK)
        return PL_STOP;
    if (text)
        pl_asked_take(&run->asked, text);
    free(text);
    if (pl_ledger_noted(run->ledger, "place", &text) != PL_OK)
        return PL_STOP;
    int n = !text ? 0
                  : sscanf(text,
                           "%zu %" SCNu64 " %" SCNu64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNu64 " %" SCNu64
                           " %" SCNu64 " %zu %zu %zu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
                           " %d %47s",
                           &run->from.store, &run->from.folders, &run->from.mailbox, &ends->item, &ends->mailbox,
                           &ends->told, &r->notes, &r->warnings, &r->losses, &r->stores_read, &r->stores_failed,
                           &r->stores_cut, &k->proven, &k->learned, &k->unknown, &run->then_work.steps,
                           &run->then_work.bytes, &in_row, run->then_losses.fault);
    free(text);
    run->then_losses.in_row = in_row;
    return n >= 18 ? PL_OK : PL_END; /* no fault, no word */
}

/* --- opening ----------------------------------------------------------------------------- */

/* PL_END: it is another, or there is none where there has to be one. */
static enum pl_status noted_is(struct pl_ledger *l, const char *name, const char *text, bool needed)
{
    char *noted;
    if (pl_ledger_noted(l, name, &noted) != PL_OK)
        return PL_STOP;
    bool same = noted ? !strcmp(noted, text) : !needed;
    free(noted);
    return same ? PL_OK : PL_END;
}

/* What was noted of the file that belongs to a store, to be freed, and what it is now. *then is NULL: there was
 * nothing to note. PL_STOP: that can't be read. */
static enum pl_status beside_noted(struct pl_run *run, size_t store, char **then, char now[MARK_SIZE])
{
    char name[32];
    snprintf(name, sizeof name, "beside %zu", store);
    if (pl_ledger_noted(run->ledger, name, then) != PL_OK)
        return PL_STOP;
    char *path = *then ? strchr(*then, '\n') : NULL;
    if (path)
        *path++ = '\0';
    fingerprint(path ? path : "", now);
    return PL_OK;
}

static enum pl_status beside_is(struct pl_run *run, size_t store)
{
    char mark[MARK_SIZE], *noted;
    if (beside_noted(run, store, &noted, mark) != PL_OK)
        return PL_STOP;
    bool same = !noted || !strcmp(noted, mark);
    free(noted);
    return same ? PL_OK : PL_END;
}

/* Are the stores that were begun what they were, and is the program? PL_END: no. */
static enum pl_status is_current(struct pl_run *run)
{
    const struct pl_convert_options *o = run->options;
    char name[32], mark[MARK_SIZE];
    const char *what = "the version of the program";
    enum pl_status st = noted_is(run->ledger, "version", PL_VERSION, true);
    if (st == PL_OK) {
        what = "the tables of time zones";
        st = noted_is(run->ledger, "zones", pl_zones_version(), true);
    }
    for (size_t i = 0; i < o->store_count && i <= run->from.store && st == PL_OK; i++) {
        what = o->stores[i];
        snprintf(name, sizeof name, "store %zu", i);
        fingerprint(o->stores[i], mark);
        st = noted_is(run->ledger, name, mark, i < run->from.store);
        if (st == PL_OK)
            st = beside_is(run, i);
    }
    if (st == PL_END)
        snprintf(run->result->anew, sizeof run->result->anew, "%s", what);
    return st;
}

static bool is_gone(const char *then, const char *now)
{
    return then && strcmp(then, ABSENT) != 0 && !strcmp(now, ABSENT);
}

/* Another file, at another place, that a path without its beginning leads to from here. A copy of the same store is
 * none. PL_STOP: the ledger can't be read. */
static enum pl_status is_another(struct pl_run *run, size_t store, const char *then, const char *now, bool *another)
{
    char name[32], *noted;
    snprintf(name, sizeof name, PL_NOTE_PLACE "%zu", store);
    if (pl_ledger_noted(run->ledger, name, &noted) != PL_OK)
        return PL_STOP;
    char *place = realpath(run->options->stores[store], NULL);
    *another = noted && place && then && strcmp(noted, place) != 0 && strcmp(then, now) != 0;
    free(place);
    free(noted);
    return PL_OK;
}

/* What was written of a store that is gone can't be written again: it stays. */
static enum pl_status stores_there(struct pl_run *run)
{
    const struct pl_convert_options *o = run->options;
    char name[32], mark[MARK_SIZE], *noted;
    for (size_t i = 0; i < o->store_count; i++) {
        snprintf(name, sizeof name, "store %zu", i);
        if (pl_ledger_noted(run->ledger, name, &noted) != PL_OK)
            return pl_run_refuse(run, o->output, UNREADABLE);
        fingerprint(o->stores[i], mark);
        bool gone = is_gone(noted, mark), another = false;
        enum pl_status st = is_another(run, i, noted, mark, &another);
        free(noted);
        if (st != PL_OK)
            return pl_run_refuse(run, o->output, UNREADABLE);
        if (another)
            return pl_run_refuse(
                run, o->stores[i],
                "the run to go on with has read another file of that name: go to the folder where it "
                "was started, or name a new folder for the output");
        if (gone)
            return pl_run_refuse(
                run, o->stores[i],
                "the run to go on with has read it, and now it can't be read: bring it back, or name a new folder");
        if (beside_noted(run, i, &noted, mark) != PL_OK)
            return pl_run_refuse(run, o->output, UNREADABLE);
        gone = is_gone(noted, mark);
        free(noted);
        if (gone)
            return pl_run_refuse(run, o->stores[i],
                                 "the run to go on with has read the file that belongs to it (.stm), and now that "
                                 "can't be read: bring it back, or name a new folder");
    }
    return PL_OK;
}

/* A run that was killed early may not have noted it; one that has reached a place has. A merge has none, and came
 * to its end. */
static enum pl_status same_request(struct pl_run *run, bool needed)
{
    struct pl_buf now;
    char which[WHICH_SIZE] = "", text[WHICH_SIZE + 100];
    char *then;
    if (pl_ledger_noted(run->ledger, "request", &then) != PL_OK)
        return pl_run_refuse(run, run->options->output, UNREADABLE);
    needed = needed || noted_is(run->ledger, PL_NOTE_FINISHED, "1", true) == PL_OK;
    request(run->options, &now);
    bool known = then && now.data && !now.failed, same = known ? !strcmp(then, now.data) : !then && !needed;
    if (known && !same)
        difference(now.data, then, which);
    snprintf(text, sizeof text,
             same || *which ? "%s is not as in the run to go on with: repeat its options, or name a new folder"
                            : "%sthe run in it can't be gone on with: name a new folder",
             which);
    free(then);
    pl_buf_release(&now);
    return same ? PL_OK : pl_run_refuse(run, run->options->output, text);
}

static bool forget_file(void *data, const struct pl_file *file) { return pl_output_remove(data, file->path); }

static enum pl_status knows(void *ledger, const char *path, bool *known)
{
    return pl_ledger_has_file(ledger, path, known);
}

static enum pl_status knows_none(void *ledger, const char *path, bool *known)
{
    (void)ledger, (void)path;
    *known = false;
    return PL_OK;
}

enum pl_status pl_resume_clear(struct pl_run *run)
{
    /* the ledger goes last: while it is there, all of this can be done again */
    static const char *const own[] = {"report.jsonl", "run.json",          "sharing.jsonl",
                                      "sharing.csv",  "ledger.db-journal", "ledger.db"};
    const char *why;
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/ledger.db", run->options->output);
    struct pl_ledger *l = NULL;
    if (n < 0 || n >= PATH_MAX || access(path, F_OK) != 0)
        return PL_OK;
    enum pl_status st = pl_ledger_reopen(path, &l, &why);
    if (st == PL_STOP)
        return pl_run_refuse(run, path, why);
    if (st == PL_LOST)
        return PL_OK;
    bool gone = pl_output_remove(run->output, PL_SUMS_NAME); /* which speaks for all others */
    if (gone)
        gone = pl_output_clean(run->output, knows_none, NULL) == PL_OK;
    if (gone && l)
        gone = pl_ledger_files(l, forget_file, run->output) == PL_OK;
    if (l)
        (void)!pl_ledger_drop(l);
    for (size_t i = 0; i < sizeof own / sizeof *own && gone; i++)
        gone = pl_output_remove(run->output, own[i]);
    if (!gone || pl_output_finish(run->output) != PL_OK)
        return pl_run_refuse(run, run->options->output, "what an earlier run left in it can't be taken away");
    return PL_OK;
}

static enum pl_status books_take(struct pl_run *run, const char *path)
{
    const char *why = NULL;
    struct pl_ledger_ends ends = {0};
    enum pl_status st = pl_ledger_reopen(path, &run->ledger, &why);
    if (st == PL_LOST || st == PL_STOP)
        return pl_run_refuse(run, path, why);
    bool begun = st == PL_OK;
    if (begun)
        st = place_read(run, &ends);
    if (begun && st != PL_STOP && (same_request(run, st == PL_OK) != PL_OK || stores_there(run) != PL_OK))
        return PL_STOP;
    if (st == PL_OK)
        st = is_current(run);
    if (st == PL_STOP)
        return pl_run_refuse(run, run->options->output, UNREADABLE);
    if (st == PL_END) { /* it was killed before it read a store, or what it read is no more */
        if (run->ledger)
            (void)!pl_ledger_drop(run->ledger);
        run->ledger = NULL;
        return pl_resume_clear(run) == PL_OK ? PL_END : PL_STOP;
    }
    run->result->resumed = true;
    st = noted_is(run->ledger, PL_NOTE_FINISHED, "1", true);
    if (st == PL_STOP)
        return pl_run_refuse(run, run->options->output, UNREADABLE);
    bool ended = st == PL_OK && pl_output_has(run->output, PL_SUMS_NAME);
    struct pl_convert_result *r = run->result, then = run->then;
    if (ended)
        pl_ledger_totals(run->ledger, &then.totals);
    if (pl_resume_intact(run, ended) != PL_OK)
        return PL_STOP;
    if (ended) {
        then.started = then.resumed = then.finished = true;
        *r = then;
        pl_asked_tell(&run->asked, &run->report); /* not in what was noted: each run tells it */
        r->losses += run->report.losses;
        (void)!pl_output_finish(run->output); /* it may have been killed before it could do so */
        return PL_OK;
    }
    /* committed before a file goes: whoever is killed on the way must not leave a ledger that names it */
    if (pl_ledger_cut(run->ledger, &ends) != PL_OK || pl_ledger_commit(run->ledger) != PL_OK)
        return pl_run_refuse(run, path, "can't be written");
    if (pl_output_clean(run->output, knows, run->ledger) != PL_OK)
        return pl_run_refuse(run, run->options->output, "what the earlier run left half done can't be taken away");
    static const char *const anew[] = {PL_SUMS_NAME, "report.jsonl", "run.json"};
    for (size_t i = 0; i < sizeof anew / sizeof *anew; i++)
        if (!pl_output_remove(run->output, anew[i]))
            return pl_run_refuse(run, run->options->output,
                                 "what the earlier run left half done can't be taken away");
    run->asleep = true;
    return PL_OK;
}

enum pl_status pl_resume_open(struct pl_run *run)
{
    const struct pl_convert_options *o = run->options;
    const char *why = NULL;
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/ledger.db", o->output);
    if (!o->resume || n < 0 || n >= PATH_MAX || access(path, F_OK) != 0)
        return PL_END;
    if (pl_output_reopen(o->output, &run->output, &why) != PL_OK)
        return pl_run_refuse(run, o->output, why);
    return books_take(run, path);
}

/* --- going on ----------------------------------------------------------------------------- */

void pl_resume_wake(struct pl_run *run)
{
    const struct pl_place_in_run *at = &run->at, *from = &run->from;
    if (!run->asleep || at->store < from->store || (at->store == from->store && at->folders < from->folders))
        return;
    run->asleep = false;
    run->report.notes = run->then.notes;
    run->report.warnings = run->then.warnings;
    run->report.losses = run->then.losses;
    run->report.stops = 0; /* they are among these */
    run->result->stores_read = run->then.stores_read;
    run->result->stores_failed = run->then.stores_failed;
    run->result->stores_cut = run->then.stores_cut;
    run->mapping.known = run->then_known;
    if (at->store != from->store || !at->folders) /* the store at hand is a new one */
        return;
    run->losses = run->then_losses;
    pl_work_again(&run->session.work, run->then_work);
}

static unsigned kinds_beyond(const struct pl_run *run)
{
    unsigned kinds = 0;
    for (size_t i = 0; i < run->writer_count; i++)
        if (run->writers[i].ops->beyond)
            kinds |= run->writers[i].ops->kinds;
    return kinds;
}

bool pl_resume_needs(const struct pl_run *run, size_t store)
{
    return !run->asleep || store >= run->from.store || kinds_beyond(run);
}

struct again {
    struct pl_run *run;
    unsigned kinds;
};

static bool wants(void *data, const char *message_class, bool associated)
{
    const struct again *a = data;
    int system = pl_kind_of_system(message_class, a->run->choice.place), kind = pl_kind_of_class(message_class);
    return (system >= 0 && a->kinds & 1u << system) || (!associated && kind >= 0 && a->kinds & 1u << kind);
}

static enum pl_status item_again(struct pl_run *run, const struct pl_item *item, unsigned kinds)
{
    struct pl_record record = {0};
    enum pl_status st = pl_map_item(&run->mapping, item, &record);
    if (st <= PL_LOST || record.idle || !(kinds & 1u << record.kind) ||
        !pl_choice_since(run->options->since_utc, &record))
        return PL_OK;
    for (size_t i = 0; i < run->writer_count; i++) {
        struct pl_written written = {0};
        if (run->writers[i].ops->beyond && run->writers[i].ops->put(&run->writers[i], &record, &written) == PL_STOP)
            return PL_STOP;
    }
    return PL_OK;
}

enum pl_status pl_resume_folder(struct pl_run *run, const struct pl_folder *folder)
{
    struct again a = {run, kinds_beyond(run)};
    const struct pl_wanted wanted = {.wants = wants, .data = &a};
    if (run->at.store >= run->from.store && pl_run_folder_enter(run, folder) != PL_OK)
        return PL_STOP;
    if (folder->is_search || !a.kinds || pl_run_unwanted(run, folder))
        return PL_OK;
    if (run->at.store < run->from.store || run->at.folders < run->from.mailbox) /* its busy time is written */
        a.kinds &= ~(1u << PL_EVENT);
    enum pl_status st = pl_run_folder_begin(run, folder);
    if (st != PL_OK)
        return PL_STOP;
    st = pl_session_open_folder(&run->session, folder->key);
    if (st <= PL_LOST)
        return PL_OK;
    while (st != PL_END && st != PL_STOP) {
        struct pl_item item;
        st = pl_session_next_item(&run->session, &wanted, &item);
        if (st != PL_END && st > PL_LOST && item_again(run, &item, a.kinds) != PL_OK)
            return PL_STOP;
    }
    return PL_OK;
}

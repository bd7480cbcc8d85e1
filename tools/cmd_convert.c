/*
 * cmd_convert.c - `pimlift convert`: stores in; calendars, contacts and a ledger out.
 *
 * Layer: programs. The work is pl_convert() of the core; here stand the flags, the
 * progress, and the summary for people on stderr. stdout stays empty, or has the events of --json. The stores are
 * tried before the output folder is made, so that a mistyped path leaves no folder
 * behind that the next attempt would stumble over.
 */
#include "convert.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "events.h"
#include "jobs.h"
#include "plural.h"
#include "progress.h"
#include "say.h"
#include "signals.h"
#include "stores.h"
#include "summary.h"
#include "table.h"
#include "verbs.h"

#define LARGE_STORE ((uint64_t)16 << 20) /* bytes; smaller ones take as long with one process */

struct options {
    struct store_options store;
    const char *output;
    struct flag_list to, folders, owners, maps;
    struct flag_date since;
    int layout, attachments, vcard, progress; /* indexes in the choices below */
    const char *default_tz;
    unsigned jobs;
    bool hash, strict, force, resume, dry_run, learn, json;
};

static const char *const layouts[] = {"folder", "item", NULL};
static const char *const attachments[] = {"inline", "files", "none", NULL}; /* as enum pl_attachments */
static const char *const vcards[] = {"3.0", "4.0", NULL};
static const char *const progresses[] = {"auto", "always", "never", NULL}; /* as enum progress_mode */

struct listener {
    bool quiet, verbose, json;
    struct tally tally;
    struct progress progress;
    struct summary summary;
    struct events events;
    char *folder; /* told last with --verbose; NULL: none */
};

/* A fault of a whole store, or of what was asked for, is said at once: no item will speak for it. */
static void listen(void *data, const struct pl_diagnostic *d)
{
    struct listener *l = data;
    bool of_store = d->severity == PL_STOP && d->store && !d->folder && !d->key;
    bool of_request = !strcmp(d->code, "owner.nobody") || !strcmp(d->code, "folder.none");
    if (of_store || of_request || l->verbose)
        progress_clear(&l->progress);
    if (of_store)
        say("%s: %s", d->store, d->text);
    else if (of_request)
        say("%s", d->text);
    else if (l->verbose)
        tally_say(d, false);
    if (l->json)
        events_fault(&l->events, d);
    if (!of_request)
        tally_add(&l->tally, d);
}

static void show_progress(void *data, const struct pl_progress *now)
{
    struct listener *l = data;
    if (l->json)
        events_progress(&l->events, now);
    if (l->verbose && now->folder && !(l->folder && strcmp(l->folder, now->folder) == 0)) {
        progress_clear(&l->progress);
        say("%s: %s", now->store, now->folder);
        free(l->folder);
        l->folder = strdup(now->folder);
    }
    progress_show(&l->progress, now);
}

static void take_store(void *data, const struct pl_store_sum *sum)
{
    struct listener *l = data;
    if (l->json)
        events_store(&l->events, sum);
    summary_add(&l->summary, sum);
}

static void say_totals(const struct options *o, const struct pl_convert_result *r)
{
    char seen[32], written[32], filtered[32], lost[32], files[32];
    const char *items = pl_plural(r->totals.seen, "item", "items");
    const char *target = o->dry_run ? "nothing was written (--dry-run)" : o->output;

    say_count(r->totals.seen, seen);
    say_count(r->totals.written, written);
    say_count(r->totals.filtered, filtered);
    say_count(r->totals.lost, lost);
    if (o->dry_run)
        say("%s; of %s %s %s would be, %s filtered out, %s lost", target, seen, items, written, filtered, lost);
    else
        say("%s: %s %s; of %s %s %s %s written, %s filtered out, %s lost", target, say_count(r->files, files),
            pl_plural(r->files, "file", "files"), seen, items, written, pl_plural(r->totals.written, "was", "were"),
            filtered, lost);
}

static bool is_stop(const struct tally *t, const char *code)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->rows[i].severity == PL_STOP && !strcmp(t->rows[i].code, code))
            return true;
    return false;
}

static void sum_up(const struct options *o, const struct listener *l, const struct pl_convert_result *r)
{
    if (r->finished) {
        say("%s: an earlier run came to its end here, and the stores are as they were: nothing is left to do",
            o->output);
        return;
    }
    bool starved = is_stop(&l->tally, "memory"), barred = is_stop(&l->tally, "output.write");
    if (r->stopped)
        say("%s; what is written so far is valid; to go on, give the same command with --resume%s",
            *signals_flag() ? "interrupted"
            : starved       ? "stopped early, because memory ran out"
            : barred        ? "stopped early, because a file of the output can't be written"
                            : "stopped early, because the output is full or gone",
            *signals_flag() ? ""
            : starved       ? " when there is more"
            : barred        ? " when that is mended"
                            : " when there is room");
    if (r->stores_cut)
        say("%zu of the stores %s cut, or of another size than the header says: the readable part was taken",
            r->stores_cut, r->stores_cut == 1 ? "is" : "are");
    if (l->quiet && !r->totals.lost && !r->losses)
        return;
    if (l->summary.count > 1)
        summary_print(stderr, &l->summary);
    say_totals(o, r);
    tally_print(stderr, &l->tally, "  ", 10);
    if (o->dry_run || (r->stopped && !*signals_flag())) /* a full output has no room for its books either */
        return;
    const char *faults = r->warnings || r->losses ? ", every fault in report.jsonl beside it" : "";
    if (r->stopped || r->stores_cut || r->stores_failed)
        say("what is known of each item is in %s/ledger.db%s", o->output, faults);
    else
        say("every item is accounted for in %s/ledger.db%s", o->output, faults);
}

/* Two, which need no more memory together than one may have (jobs_from), where there are processors for them. */
static unsigned jobs_unasked(void)
{
    cpu_set_t usable;
    if (sched_getaffinity(0, sizeof usable, &usable) != 0)
        return errno == EINVAL ? 2 : 1; /* EINVAL: the machine has more than this can tell of */
    return CPU_COUNT(&usable) > 1 ? 2 : 1;
}

static enum exit_status convert(const struct call *call, struct listener *l)
{
    const struct options *o = call->options;
    const struct pl_convert_options request = {
        .stores = call->operands,
        .store_count = call->operand_count,
        .output = o->output,
        .to = o->to.items,
        .to_count = o->to.count,
        .folders = o->folders.items,
        .folder_count = o->folders.count,
        .owners = o->owners.items,
        .owner_count = o->owners.count,
        .since_utc = o->since.set ? &o->since.utc : NULL,
        .memory = o->store.memory,
        .jobs = o->jobs ? o->jobs : jobs_unasked(),
        .jobs_from = o->jobs ? 0 : LARGE_STORE,
        .codepage = o->store.codepage,
        .reader = o->store.reader,
        .edb_profile = o->store.edb_profile,
        .default_tz = o->default_tz,
        .maps = o->maps.items,
        .map_count = o->maps.count,
        .others = call->files.items,
        .other_count = call->files.count,
        .learn = o->learn,
        .recover = o->store.recover,
        .force = o->force,
        .resume = o->resume,
        .dry_run = o->dry_run,
        .hash = o->hash,
        .writer = {.per_item = o->layout == 1,
                   .attachments = (enum pl_attachments)o->attachments,
                   .vcard = o->vcard == 1 ? 40 : 30},
        .progress = l->progress.shown || l->verbose || l->json ? show_progress : NULL,
        .progress_data = l,
        .diagnostic = listen,
        .diagnostic_data = l,
        .store = call->operand_count > 1 || l->json ? take_store : NULL,
        .store_data = l,
        .interrupted = signals_flag(),
    };
    struct pl_convert_result result;
    if (l->json)
        events_start(&l->events, &request);
    if (pl_convert(&request, pl_readers, pl_writers, &result) <= PL_LOST && !result.started) {
        say("%s", result.why ? result.why : "the conversion could not be started");
        if (l->json)
            events_end(&l->events, &result, EXIT_NOTHING);
        return EXIT_NOTHING;
    }
    progress_clear(&l->progress);
    int status = pl_convert_exit(&result, o->strict);
    if (*result.anew)
        say("%s: %s is another than in the run to go on with: all was converted anew", o->output, result.anew);
    if (result.stores_read || result.losses || result.stopped || result.finished)
        sum_up(o, l, &result);
    else if (result.resumed)
        say("%s: the run to go on with could not read a store; to read them again, use --force", o->output);
    if (l->json)
        events_end(&l->events, &result, status);
    return (enum exit_status)status;
}

static enum exit_status run(const struct call *call)
{
    const struct options *o = call->options;
    struct listener *l;
    enum exit_status status;

    if (!(o->output && *o->output) && !o->dry_run) {
        say("convert needs -o DIR, a new or empty folder for its output (see pimlift convert -h)");
        return EXIT_NOTHING;
    }
    if (!stores_any_opens(call))
        return EXIT_NOTHING;
    struct call once = *call;
    const char **list = stores_once(call, &once.operand_count);
    once.operands = list;
    l = list ? calloc(1, sizeof *l) : NULL;
    if (!l) {
        say("out of memory");
        free(list);
        return EXIT_NOTHING;
    }
    l->quiet = call->quiet;
    l->verbose = call->verbose;
    l->json = o->json;
    events_init(&l->events, stdout);
    progress_init(&l->progress, call->quiet ? PROGRESS_NEVER : (enum progress_mode)o->progress);
    summary_init(&l->summary, once.operands, once.operand_count);
    status = convert(&once, l);
    summary_release(&l->summary);
    events_release(&l->events);
    free(l->folder);
    free(l);
    free(list);
    return status;
}

static const char *writer_word(size_t i) { return pl_writers[i] ? pl_writers[i]->name : NULL; }

static const struct flag flags[] = {
    {.letter = 'o',
     .name = "output",
     .kind = FLAG_TEXT,
     .argument = "DIR",
     .path = PATH_WRITTEN,
     .at = offsetof(struct options, output),
     .brief = "where to write: a new or empty folder",
     .doc = "Write into this folder. It is made when it is not there; it has to be empty unless --force is given. "
            "No file that the run reads may lie in it."},
    {.name = "to",
     .kind = FLAG_SPLIT,
     .argument = "FORMATS",
     .word = writer_word,
     .at = offsetof(struct options, to),
     .brief = "output formats (all but csv)",
     .doc =
         "Write only these formats, separated by commas; pimlift formats lists them. Without it, all are written "
         "but csv, a table of the contacts for programs that read no vCard."},
    {.name = "folder",
     .kind = FLAG_LIST,
     .argument = "GLOB",
     .at = offsetof(struct options, folders),
     .brief = "only folders that match; repeatable",
     .doc =
         "Convert only folders whose path matches this pattern, and the folders below them. The path is the names "
         "from below the root, joined by slashes, as pimlift list shows them; upper and lower case are the same. "
         "May be given again."},
    {.name = "owner",
     .kind = FLAG_LIST,
     .argument = "WHO",
     .at = offsetof(struct options, owners),
     .brief = "only mailboxes of these owners; repeatable",
     .doc =
         "Convert only mailboxes whose SMTP address or the part before its @, legacyExchangeDN, alias (the end of "
         "that DN) or name matches "
         "this pattern; upper and lower case are the same, and public stands for public folders. Of a database "
         "with many mailboxes only the chosen ones are read. May be given again."},
    {.name = "since",
     .kind = FLAG_DATE,
     .argument = "DATE",
     .at = offsetof(struct options, since),
     .brief = "leave out events that ended before",
     .doc = "Leave out events that ended before this date, for example 2015-01-31 or 2015-01-31T12:00:00Z, in UTC. "
            "Series, contacts and tasks are kept."},
    {.name = "layout",
     .kind = FLAG_CHOICE,
     .argument = "LAYOUT",
     .choices = layouts,
     .at = offsetof(struct options, layout),
     .brief = "a file per folder (default) or item",
     .doc = "Write one file for each folder, or one for each item: folder or item. The default is folder."},
    {.name = "attachments",
     .kind = FLAG_CHOICE,
     .argument = "HOW",
     .choices = attachments,
     .at = offsetof(struct options, attachments),
     .brief = "inline (default), files or none",
     .doc =
         "What becomes of attachments: inline puts them into the event, files writes them beside it and refers to "
         "them, none leaves them out. The default is inline."},
    {.name = "vcard",
     .kind = FLAG_CHOICE,
     .argument = "VERSION",
     .choices = vcards,
     .at = offsetof(struct options, vcard),
     .brief = "vCard version: 3.0 (default) or 4.0",
     .doc = "Write contacts as vCard 3.0, which most programs read, or as vCard 4.0. The default is 3.0."},
    {.name = "default-tz",
     .kind = FLAG_TEXT,
     .argument = "ZONE",
     .at = offsetof(struct options, default_tz),
     .brief = "zone of items that name none (UTC)",
     .doc = "The time zone of items that name none, as an IANA name such as Europe/Berlin. The default is UTC."},
    {.name = "identity-map",
     .kind = FLAG_LIST,
     .argument = "FILE",
     .path = PATH_READ,
     .at = offsetof(struct options, maps),
     .brief = "who is who, as CSV or LDIF; repeatable",
     .doc = "Take the addresses of people that items know by their Exchange name alone from this export of the "
            "directory: a CSV or LDIF file as csvde, ldifde, ldapsearch or Exchange's PowerShell write it; see "
            "docs/identities.md. What the maps say is proof. May be given again."},
    {.name = "learn",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, learn),
     .brief = "first read all items for addresses",
     .doc =
         "Read the items of all stores once before, mail too, and learn from them which address belongs to which "
         "Exchange name. An address that was learned is used where no map gives one and all items agree; "
         "report.jsonl names the items in which it was."},
    {.name = "jobs",
     .kind = FLAG_NUMBER,
     .argument = "N",
     .least = 1,
     .most = PL_JOBS_MOST,
     .at = offsetof(struct options, jobs),
     .brief = "processes that read folders (1 or 2)",
     .doc =
         "Read folders with N processes beside the one that writes the ledger; what is written is the same "
         "whatever "
         "N. Up to 64; with 1, one process does everything. Without it, two read each PST or OST of 16 MiB or more "
         "where pimlift may use two processors and --memory gives 8M, unless --owner, --folder or --reader is "
         "given. They share the memory that --memory gives, and each needs up to 40 MiB besides; with the two that "
         "were not asked for, all together do. A process that dies costs the folder it was reading. With "
         "--recover and --dry-run there is one process."},
    {.letter = 'n',
     .name = "dry-run",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, dry_run),
     .brief = "read and map, write nothing",
     .doc = "Read and map everything, write nothing, and say what would be written and what would be lost."},
    {.name = "force",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, force),
     .brief = "replace files in the output folder",
     .doc =
         "Allow an output folder that is not empty, and replace files in it. Files that the ledger of an earlier "
         "run in it lists are taken away first; other files stay."},
    {.name = "resume",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, resume),
     .brief = "go on with a run that ended early",
     .doc =
         "Go on in a folder where an earlier run was interrupted, killed or ran out of room, after the last folder "
         "that it finished; the result is the same as of a run that was never stopped. The other options and the "
         "stores have to be the same. When a store was changed since, or the version of pimlift, all is done anew; "
         "when one that was read can't be read now, or a file of the output is not as it was written, nothing is "
         "done, with status 3. In a new or empty folder this is an ordinary run; where a run came to its end, "
         "nothing is done, and of calendars, contacts and the like only the sizes are compared: verify reads all."},
    {.name = "strict",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, strict),
     .brief = "degraded items give exit status 1 too",
     .doc = "Exit with status 1 also when an item was written but something of it had to be left out."},
    {.name = "hash",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, hash),
     .brief = "SHA-256 of each whole store in run.json",
     .doc = "Read each store once more from end to end, and state its SHA-256 in run.json."},
    {.name = "json",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, json),
     .brief = "for machines: what happens, as JSON lines",
     .doc =
         "Print what happens on stdout, one JSON object a line: start, folder, progress, fault, store and end, as "
         "docs/events.md describes them. Codes of faults are those of report.jsonl."},
    {.name = "progress",
     .kind = FLAG_CHOICE,
     .argument = "WHEN",
     .choices = progresses,
     .at = offsetof(struct options, progress),
     .brief = "auto (default), always or never",
     .doc =
         "Show how far the conversion is and how long it will take: auto does so on a terminal, always also in a "
         "log, never does not."},
};

static const struct example examples[] = {
    {"Everything, then what was lost and why", "pimlift convert mail.pst -o out"},
    {NULL, "sqlite3 out/ledger.db 'select * from balance'"},
    {"Only calendars, without what is long over",
     "pimlift convert --to=ics --since=2015-01-01 mail.pst -o calendars"},
    {"One mailbox and the public folders of a server",
     "pimlift convert --owner=anna --owner=public priv1.edb pub1.edb -o anna"},
};

const struct verb cmd_convert = {
    .name = "convert",
    .must = "-o DIR",
    .operands = "STORE...",
    .fewest = 1,
    .most = SIZE_MAX,
    .brief = "write calendars, contacts and a ledger",
    .doc = "Convert the calendars, contacts, tasks, journals and notes of each store into iCalendar and vCard "
           "files, and "
           "account for every item in ledger.db. Mail is counted, not converted. The stores are never written to. "
           "A store that can't be read does not stop the others; at the end a table on standard error tells of "
           "each. One that "
           "is given twice is converted once.",
    .exits = "The exit status is 0 when all that was asked for was written, 1 when something was lost, a store is "
             "cut, or --owner or --folder ask for what is not there, 2 when the work stopped early, 3 when nothing "
             "could be done.",
    .flags = flags,
    .flag_count = sizeof flags / sizeof *flags,
    .examples = examples,
    .example_count = sizeof examples / sizeof *examples,
    .opens_stores = true,
    .options_size = sizeof(struct options),
    .run = run,
};

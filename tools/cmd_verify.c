/*
 * cmd_verify.c - `pimlift verify`: is an output still what its ledger, its sums and its stores say?
 *
 * Layer: programs. The work is pl_verify(); here are the words. Which stores it will read stands in the folder, so
 * run.json is read before rights are given up.
 */
#include "verify.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "operands.h"
#include "plural.h"
#include "progress.h"
#include "say.h"
#include "signals.h"
#include "table.h"
#include "verbs.h"

struct options {
    bool json, no_source;
    size_t memory;
    int progress;
};

static const char *const progresses[] = {"auto", "always", "never", NULL}; /* as enum progress_mode */

struct teller {
    bool json;
    struct progress progress;
};

static void tell_json(const struct pl_difference *d)
{
    struct json j;
    json_init(&j, stdout);
    json_begin_object(&j);
    json_pair_text(&j, "code", d->code);
    json_pair_text(&j, "file", d->file);
    json_pair_text(&j, "store", d->store);
    json_pair_text(&j, "folder", d->folder);
    json_pair_text(&j, "key", d->key);
    json_pair_text(&j, "uid", d->uid);
    json_pair_text(&j, "text", d->text);
    json_end_object(&j);
    json_end_line(&j);
}

static void part(const char *before, const char *text, const char *after)
{
    if (!text || !*text)
        return;
    fputs(before, stdout);
    say_text(stdout, text);
    fputs(after, stdout);
}

static void tell(void *data, const struct pl_difference *d)
{
    struct teller *t = data;
    progress_clear(&t->progress);
    if (t->json) {
        tell_json(d);
        return;
    }
    printf("%-16s", d->code);
    part(" ", d->file ? d->file : d->store, "");
    part(" UID ", d->uid, "");
    if (d->key) {
        part(" (", d->store, ", ");
        part("", d->folder, ", ");
        part("", d->key, ")");
    }
    part(": ", d->text, "");
    putchar('\n');
}

static void show_progress(void *data, const struct pl_progress *now)
{
    progress_show(&((struct teller *)data)->progress, now);
}

static void sum_up(const char *dir, const struct pl_verify_result *r)
{
    char files[32], objects[32], seen[32], found[32];
    if (*r->version && r->differences)
        say("%s was written by version %s, this is " PL_VERSION ": other bytes may come from that", dir,
            r->version);
    if (r->page)
        say("%s: report.html is not compared: make it again with pimlift report", dir);
    say("%s: %s %s, %s %s, %s %s%s%s; %s", dir, say_count(r->files, files), pl_plural(r->files, "file", "files"),
        say_count(r->objects, objects), pl_plural(r->objects, "object", "objects"), say_count(r->totals.seen, seen),
        pl_plural(r->totals.seen, "item", "items"),
        !r->again   ? r->merged ? ", not merged again" : ", the stores were not read"
        : r->merged ? ", merged again from "
        : r->part   ? ", mapped again as far as the run came from "
                    : ", all mapped again from ",
        r->again ? r->read : "", r->differences ? "they differ" : "no difference");
    if (r->differences)
        say("%s %s; docs/report.md has the codes", say_count(r->differences, found),
            pl_plural(r->differences, "difference", "differences"));
}

static enum exit_status run(const struct call *call)
{
    const struct options *o = call->options;
    struct teller t = {.json = o->json};
    struct pl_verify_result result;
    progress_init(&t.progress, call->quiet ? PROGRESS_NEVER : (enum progress_mode)o->progress);
    const struct pl_verify_options request = {.dir = call->operands[0],
                                              .scratch = o->no_source ? NULL : call->scratch,
                                              .memory = o->memory,
                                              .difference = tell,
                                              .difference_data = &t,
                                              .progress = t.progress.shown ? show_progress : NULL,
                                              .progress_data = &t,
                                              .interrupted = signals_flag()};
    enum pl_status st = pl_verify(&request, pl_readers, pl_writers, &result);
    progress_clear(&t.progress);
    if (st == PL_LOST || st == PL_STOP) {
        say("%s", result.why);
        return st == PL_LOST ? EXIT_NOTHING : EXIT_EARLY;
    }
    if (!call->quiet)
        sum_up(call->operands[0], &result);
    return st == PL_OK ? EXIT_WHOLE : EXIT_LOSSES;
}

static void reaches(const struct call *call, void (*add)(void *data, const char *path, bool store), void *data)
{
    const struct options *o = call->options;
    if (!o->no_source)
        operands_reach_sources(call, add, data);
}

static const struct flag flags[] = {
    {.name = "json",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, json),
     .brief = "each difference as a line of JSON",
     .doc = "Print each difference as one line of JSON: code, file, store, folder, key, uid, text."},
    {.name = "no-source",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, no_source),
     .brief = "the stores are gone: only the folder",
     .doc = "Do not read the stores. The folder is compared with its ledger and SHA256SUMS, and nothing is mapped "
            "again."},
    {.name = "memory",
     .kind = FLAG_SIZE,
     .argument = "SIZE",
     .at = offsetof(struct options, memory),
     .brief = "bytes for caches (16M)",
     .doc = "So much memory for the caches of a reader, for example 64M. The default is 16M."},
    {.name = "progress",
     .kind = FLAG_CHOICE,
     .argument = "WHEN",
     .choices = progresses,
     .at = offsetof(struct options, progress),
     .brief = "auto (default), always or never",
     .doc = "Show progress on stderr: auto on a terminal only, always, or never."},
};

static const struct example examples[] = {
    {"Is the folder still what the stores give?", "pimlift verify out"},
    {"The stores are not at hand", "pimlift verify --no-source out"},
    {"The codes of all differences, counted", "pimlift verify --json out | jq -r .code | sort | uniq -c"},
};

const struct verb cmd_verify = {
    .name = "verify",
    .operands = "DIR",
    .fewest = 1,
    .most = 1,
    .folders = 1,
    .brief = "tells whether an output is still what its stores give",
    .doc = "Read an output folder of convert again. Every file is compared with SHA256SUMS and the ledger, every "
           "object with "
           "the row of its item; then the stores are converted once more with the same options, into a temporary "
           "folder below TMPDIR, and every item and file is compared. The stores are looked for where convert was "
           "told to "
           "find them, so start it in the same folder. The output of merge is merged once more. Each difference is "
           "one line.",
    .exits = "The exit status is 0 when there is no difference, 1 when there are some, 2 when it could not come to "
             "an end, and 3 when this is not an output folder.",
    .flags = flags,
    .flag_count = sizeof flags / sizeof *flags,
    .examples = examples,
    .example_count = sizeof examples / sizeof *examples,
    .needs_scratch = true,
    .reaches = reaches,
    .options_size = sizeof(struct options),
    .run = run,
};

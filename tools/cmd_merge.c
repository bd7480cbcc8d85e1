/*
 * cmd_merge.c - `pimlift merge`: the outputs of many runs as one.
 *
 * Layer: programs. What is done is in formats/share/merge.c; here are the words.
 */
#include <stdio.h>

#include "idmap.h"
#include "plural.h"
#include "say.h"
#include "share/merge.h"
#include "signals.h"
#include "verbs.h"

struct options {
    const char *output;
    struct flag_list maps;
};

static void say_line(void *data, const char *line)
{
    (void)data;
    say("%s", line);
}

static void sum_up(const char *output, const struct pl_merge_result *r)
{
    char runs[32], stores[32], lines[32], found[32], left[32];
    say("%s: %s %s of %s %s, %s %s of sharing", output, say_count(r->runs, runs), pl_plural(r->runs, "run", "runs"),
        say_count(r->stores, stores), pl_plural(r->stores, "store", "stores"), say_count(r->lines, lines),
        pl_plural(r->lines, "line", "lines"));
    if (r->found || r->unresolved)
        say("of those who were unknown in their own run %s %s known now, %s %s not", say_count(r->found, found),
            pl_plural(r->found, "is", "are"), say_count(r->unresolved, left),
            pl_plural(r->unresolved, "is", "are"));
    if (r->faults)
        say("%s %s of published busy time: pimlift shares %s --problems", say_count(r->faults, found),
            pl_plural(r->faults, "fault", "faults"), output);
}

static enum exit_status run(const struct call *call)
{
    const struct options *o = call->options;
    struct pl_merge_result result;
    char why[PL_IDMAP_WHY];
    if (!o->output || !*o->output) {
        say("merge needs -o DIR, a new or empty folder for its output (see pimlift merge -h)");
        return EXIT_NOTHING;
    }
    for (size_t i = 0; i < o->maps.count; i++)
        if (pl_idmap_check(o->maps.items[i], why) != PL_OK) {
            say("--identity-map: %s", why);
            return EXIT_NOTHING;
        }
    const struct pl_merge_options request = {.dirs = call->operands,
                                             .count = call->operand_count,
                                             .output = o->output,
                                             .maps = o->maps.items,
                                             .map_count = o->maps.count,
                                             .say = say_line,
                                             .interrupted = signals_flag()};
    enum pl_status st = pl_merge(&request, &result);
    if (st == PL_LOST)
        return EXIT_NOTHING;
    if (st == PL_STOP) {
        say("%s: not finished; remove it and start again", o->output);
        return EXIT_EARLY;
    }
    if (!call->quiet)
        sum_up(o->output, &result);
    return result.early ? EXIT_LOSSES : EXIT_WHOLE;
}

static const struct flag flags[] = {
    {.letter = 'o',
     .name = "output",
     .kind = FLAG_TEXT,
     .argument = "DIR",
     .at = offsetof(struct options, output),
     .path = PATH_WRITTEN,
     .brief = "where to write: a new or empty folder",
     .doc = "Write into this folder. It is made when it is not there; it has to be empty."},
    {.name = "identity-map",
     .kind = FLAG_LIST,
     .argument = "FILE",
     .at = offsetof(struct options, maps),
     .path = PATH_READ,
     .brief = "who is who, CSV or LDIF; repeatable",
     .doc = "Read from this file who is who, as docs/identities.md describes it, beside what the runs know. May be "
            "given again."},
};

static const struct example examples[] = {
    {"Two runs as one, and what is found only now", "pimlift merge out anna -o all"},
    {NULL, "pimlift shares all --problems"},
};

const struct verb cmd_merge = {
    .name = "merge",
    .must = "-o DIR",
    .operands = "DIR...",
    .fewest = 1,
    .most = SIZE_MAX,
    .folders = SIZE_MAX,
    .brief = "the outputs of many runs as one",
    .doc =
        "Join the manifests, ledgers, people and free/busy files of several output folders of convert, or of "
        "merge, in a new one. People whom only another store knows are found, and published busy time is "
        "compared with the calendars. Calendars and contacts stay where they are. The order of the folders makes "
        "no difference. Of a store that is in two of them the manifest has one; the ledger keeps the rows and "
        "counts "
        "of both runs.",
    .flags = flags,
    .flag_count = sizeof flags / sizeof *flags,
    .examples = examples,
    .example_count = sizeof examples / sizeof *examples,
    .options_size = sizeof(struct options),
    .run = run,
};

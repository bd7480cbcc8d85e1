/*
 * cmd_sanitize.c - `pimlift sanitize`: a copy of a store to send with a bug report.
 *
 * Layer: programs. The work is pl_sanitize(); here are the words.
 */
#include "sanitize.h"

#include <stdio.h>
#include <string.h>

#include "json.h"
#include "plural.h"
#include "say.h"
#include "signals.h"
#include "table.h"
#include "verbs.h"

struct options {
    const char *output;
    bool force, json;
    size_t memory;
    unsigned codepage;
};

static void tell_json(const struct options *o, const struct pl_sanitize_result *r)
{
    struct json j;
    json_init(&j, stdout);
    json_begin_object(&j);
    json_pair_text(&j, "copy", o->output);
    json_pair_text(&j, "format", r->format);
    json_pair_unsigned(&j, "bytes", r->size);
    json_pair_unsigned(&j, "parts", r->parts);
    json_pair_unsigned(&j, "written", r->written);
    json_pair_unsigned(&j, "unknown", r->unknown.count);
    if (r->unknown.count)
        json_pair_text(&j, "first_unknown", r->unknown.first);
    json_pair_unsigned(&j, "damaged", r->damaged);
    json_end_object(&j);
    json_end_line(&j);
}

static void tell(const struct options *o, const struct pl_sanitize_result *r)
{
    char size[32], parts[32], written[32], count[32];
    bool pages = !strcmp(r->format, "edb");
    say("%s: %s in %s %s; %s %s written with other words, all else is filled", o->output, say_bytes(r->size, size),
        say_count(r->parts, parts), pages ? "pages" : "blocks", say_count(r->written, written),
        pages ? "records" : "blocks");
    if (r->damaged)
        say("%s %s kept wrong", say_count(r->damaged, count),
            pl_plural(r->damaged, "wrong checksum was", "wrong checksums were"));
    if (r->unknown.count)
        say("%s %s not understood%s%s: all bytes were overwritten, so the copy may fail in another way than the "
            "store",
            say_count(r->unknown.count, count),
            pl_plural(r->unknown.count, "structure or value is", "structures or values are"),
            r->unknown.count > 1 ? ", the first of them " : ", ", r->unknown.first);
}

static enum exit_status run(const struct call *call)
{
    const struct options *o = call->options;
    struct pl_sanitize_result result;
    if (!o->output || !*o->output) {
        say("sanitize needs -o COPY, the file to make (see pimlift sanitize -h)");
        return EXIT_NOTHING;
    }
    const struct pl_sanitize_options request = {.store = call->operands[0],
                                                .copy = o->output,
                                                .force = o->force,
                                                .memory = o->memory,
                                                .codepage = o->codepage,
                                                .interrupted = signals_flag()};
    enum pl_status st = pl_sanitize(&request, pl_sanitizers, &result);
    if (st <= PL_LOST) {
        say("%s: %s; no copy was made", st == PL_STOP || result.of_copy ? o->output : call->operands[0],
            result.why);
        return st == PL_LOST ? EXIT_NOTHING : EXIT_EARLY;
    }
    if (o->json)
        tell_json(o, &result);
    else if (!call->quiet)
        tell(o, &result);
    return st == PL_OK ? EXIT_WHOLE : EXIT_LOSSES;
}

/* Of a database the streaming file too. */
static void reaches(const struct call *call, void (*add)(void *data, const char *path, bool store), void *data)
{
    add(data, call->operands[0], true);
}

static const struct flag flags[] = {
    {.letter = 'o',
     .name = "output",
     .kind = FLAG_TEXT,
     .argument = "COPY",
     .at = offsetof(struct options, output),
     .path = PATH_MADE,
     .brief = "the file to make",
     .doc = "Make this file. It gets its name when it is whole."},
    {.name = "force",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, force),
     .brief = "replace a file of that name",
     .doc = "Replace a file that has this name already. The store itself is never replaced."},
    {.name = "json",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, json),
     .brief = "what was done, as a line of JSON",
     .doc = "Print one line of JSON: copy, format, bytes, parts (blocks or pages), written, unknown, "
            "first_unknown when there is one, damaged."},
    {.name = "codepage",
     .kind = FLAG_PAGE,
     .argument = "NUMBER",
     .at = offsetof(struct options, codepage),
     .brief = "of 8-bit text, for example 1250",
     .doc =
         "Read 8-bit text in this Windows code page, whatever the store says. Give the same that convert needs."},
    {.name = "memory",
     .kind = FLAG_SIZE,
     .argument = "SIZE",
     .at = offsetof(struct options, memory),
     .brief = "bytes for caches (16M)",
     .doc = "So much memory for the caches of a reader, for example 64M. The default is 16M."},
};

static const struct example examples[] = {
    {"A store that fails, to send with a bug report", "pimlift sanitize mail.pst -o copy.pst"},
    {"Does the copy fail in the same way?", "pimlift convert copy.pst -o copied"},
};

const struct verb cmd_sanitize = {
    .name = "sanitize",
    .must = "-o COPY",
    .operands = "STORE",
    .fewest = 1,
    .most = 1,
    .brief = "a copy without its words, for a bug report",
    .doc =
        "Make a copy of a store that has its size, its structure and its faults, and none of its words. Letters "
        "become other letters and digits other digits, word by word, so that what was equal still is. Attachments, "
        "deleted items, free space and everything that is not understood are overwritten. Dates, numbers, "
        "identifiers of properties and zones, classes of items and the layout of folders stay: see "
        "docs/sanitize.md before you send it. Checksums that were right are made right again.",
    .exits = "The exit status is 0 when there is a copy, 1 when parts of the store were not understood and had to "
             "be overwritten whole, 2 when it was stopped, and 3 when there is nothing that could be copied.",
    .flags = flags,
    .flag_count = sizeof flags / sizeof *flags,
    .examples = examples,
    .example_count = sizeof examples / sizeof *examples,
    .reaches = reaches,
    .options_size = sizeof(struct options),
    .run = run,
};

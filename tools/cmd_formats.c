/*
 * cmd_formats.c - `pimlift formats`: what can be read and what can be written.
 *
 * Layer: programs. It prints the two tables of formats/table.c and nothing else,
 * so it can't claim a format that this build lacks.
 */
#include "json.h"
#include "say.h"
#include "table.h"
#include "verbs.h"

struct options {
    bool json;
};

static void row_json(const char *direction, const char *name, const char *title)
{
    struct json j;
    json_init(&j, stdout);
    json_begin_object(&j);
    json_pair_text(&j, "direction", direction);
    json_pair_text(&j, "name", name);
    json_pair_text(&j, "title", title);
    json_end_object(&j);
    json_end_line(&j);
}

static void row_text(const char *name, const char *title) { printf("  %-10s %s\n", name, title); }

static enum exit_status run(const struct call *call)
{
    const struct options *options = call->options;

    if (!options->json)
        puts("read:");
    for (size_t i = 0; pl_readers[i]; i++) {
        if (options->json)
            row_json("read", pl_readers[i]->name, pl_readers[i]->title);
        else
            row_text(pl_readers[i]->name, pl_readers[i]->title);
    }
    if (!options->json)
        puts("write:");
    for (size_t i = 0; pl_writers[i]; i++) {
        if (options->json)
            row_json("write", pl_writers[i]->name, pl_writers[i]->title);
        else
            row_text(pl_writers[i]->name, pl_writers[i]->title);
    }
    return EXIT_WHOLE;
}

static const struct flag flags[] = {
    {.name = "json",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, json),
     .brief = "for machines: one JSON object a line",
     .doc = "Print one JSON object for each format, with direction, name and title."},
};

static const struct example examples[] = {
    {"Which readers and writers there are", "pimlift formats"},
};

const struct verb cmd_formats = {
    .name = "formats",
    .operands = "",
    .brief = "what can be read and written",
    .doc = "List the readers (for --reader) and the writers (for --to).",
    .flags = flags,
    .flag_count = sizeof flags / sizeof *flags,
    .examples = examples,
    .example_count = sizeof examples / sizeof *examples,
    .options_size = sizeof(struct options),
    .run = run,
};

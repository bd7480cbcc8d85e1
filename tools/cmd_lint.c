/*
 * cmd_lint.c - `pimlift lint`: judges iCalendar and vCard files.
 *
 * Layer: programs. One line for each finding on stdout, "FILE:LINE: error: CODE: text",
 * or JSON lines; nothing when all is well. The rules are those of formats/lint.h.
 */
#include <errno.h>
#include <string.h>

#include "json.h"
#include "lint.h"
#include "say.h"
#include "source.h"
#include "verbs.h"

#define PIECE 65536u

struct options {
    bool json;
};

struct run {
    const char *path;
    bool json;
    uint64_t findings;
};

static void show(void *data, const struct pl_lint_finding *f)
{
    struct run *run = data;
    const char *severity = f->error ? "error" : "warning";
    struct json j;

    run->findings++;
    if (!run->json) {
        say_text(stdout, run->path);
        printf(":%llu: %s: %s: ", (unsigned long long)f->line, severity, f->code);
        say_text(stdout, f->text);
        putchar('\n');
        return;
    }
    json_init(&j, stdout);
    json_begin_object(&j);
    json_key(&j, "v");
    json_unsigned(&j, 1);
    json_pair_text(&j, "file", run->path);
    json_pair_unsigned(&j, "line", f->line);
    json_pair_text(&j, "severity", severity);
    json_pair_text(&j, "code", f->code);
    json_pair_text(&j, "text", f->text);
    json_end_object(&j);
    json_end_line(&j);
}

/* false: the file can't be read; one line was said. */
static bool visit(struct pl_lint *lint, const char *path)
{
    char piece[PIECE];
    size_t got;
    FILE *file = fopen(path, "rbe");

    while (file && (got = fread(piece, 1, sizeof piece, file)) > 0 && !say_deaf())
        pl_lint_feed(lint, piece, got);
    if (!file || ferror(file)) {
        say("%s: %s", path, pl_source_why(errno));
        if (file)
            fclose(file);
        return false;
    }
    fclose(file);
    pl_lint_end(lint);
    return true;
}

static enum exit_status run(const struct call *call)
{
    const struct options *options = call->options;
    struct run run = {.json = options->json};
    bool all = true;
    struct pl_lint *lint = pl_lint_new(show, &run);

    if (!lint) {
        say("there is not enough memory");
        return EXIT_NOTHING;
    }
    for (size_t i = 0; i < call->operand_count && all && !say_deaf(); i++) {
        run.path = call->operands[i];
        all = visit(lint, run.path);
    }
    pl_lint_free(lint);
    if (!all)
        return EXIT_NOTHING;
    return run.findings ? EXIT_LOSSES : EXIT_WHOLE;
}

static const struct flag flags[] = {
    {.name = "json",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, json),
     .brief = "findings as JSON lines",
     .doc = "Print each finding as one JSON object a line: file, line, severity, code and text."},
};

static const struct example examples[] = {
    {"All that a conversion wrote", "find out -name '*.ics' -exec pimlift lint {} +"},
};

const struct verb cmd_lint = {
    .name = "lint",
    .operands = "FILE...",
    .fewest = 1,
    .most = SIZE_MAX,
    .brief = "checks iCalendar and vCard files",
    .doc = "Check iCalendar and vCard files against their RFCs and print one line for each finding.",
    .exits =
        "The exit status is 0 when there is no finding, 1 when there are some, and 3 when a file can't be read.",
    .flags = flags,
    .flag_count = sizeof flags / sizeof *flags,
    .examples = examples,
    .example_count = sizeof examples / sizeof *examples,
    .options_size = sizeof(struct options),
    .run = run,
};

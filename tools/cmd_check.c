/*
 * cmd_check.c - `pimlift check`: can these stores be carried over, what is missing, what breaks?
 *
 * Layer: programs. survey.c looks, checks.c judges, here it is printed: as text, JSON or Markdown. Without --names
 * there is no path and no name of anybody in the output, so it can be pasted anywhere.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "checks.h"
#include "idmap.h"
#include "json.h"
#include "say.h"
#include "source.h"
#include "stores.h"
#include "verbs.h"

struct options {
    struct store_options store;
    bool json, markdown, names, full;
    const char *output;
    struct flag_list maps;
};

#define EVIDENCE_MOST ((size_t)1 << 20)

struct printing {
    const struct options *options;
    const struct survey *survey;
    struct json json;
    uint64_t counts[4]; /* by verdict */
};

/* The next line of the evidence. NULL: no more. */
static char *line_of(char **rest)
{
    char *line = strsep(rest, "\n");
    return line && *line ? line : NULL;
}

static void names_each(const struct printing *p, const struct finding *f,
                       void (*each)(const struct printing *p, const char *name))
{
    for (size_t i = 0; p->options->names && i < sizeof f->names / sizeof *f->names; i++)
        for (size_t n = 0; f->names[i] && n < f->names[i]->kept; n++)
            each(p, f->names[i]->list[n] ? f->names[i]->list[n] : "");
}

/* --- text ------------------------------------------------------------------------------------ */

static void text_name(const struct printing *p, const char *name)
{
    (void)p;
    fputs("          ", stdout);
    say_text(stdout, name);
    putchar('\n');
}

static void text_put(const struct printing *p, size_t number, const struct finding *f, char *evidence)
{
    static const char *const colours[] = {[VERDICT_OK] = "\033[32m",
                                          [VERDICT_WARN] = "\033[33m",
                                          [VERDICT_FAIL] = "\033[31m",
                                          [VERDICT_NA] = "\033[2m"};
    bool coloured = say_coloured(stdout);
    printf("%3zu %s%-4s%s %s\n", number, coloured ? colours[f->verdict] : "", verdict_name(f->verdict),
           coloured ? "\033[0m" : "", checks[number - 1].title);
    for (char *line; (line = line_of(&evidence)) != NULL;) {
        fputs("        ", stdout);
        say_text(stdout, line);
        putchar('\n');
    }
    names_each(p, f, text_name);
}

/* --- Markdown ----------------------------------------------------------------------------------- */

/* Nothing of a store can end the cell, or become a link or markup. */
static void cell(const char *text)
{
    for (; *text; text++) {
        if (strchr("\\`*_{}[]<>#|~&", *text))
            putchar('\\');
        putchar((unsigned char)*text < 0x20 ? ' ' : *text);
    }
}

static void markdown_name(const struct printing *p, const char *name)
{
    (void)p;
    fputs("<br>- ", stdout);
    cell(name);
}

static void markdown_put(const struct printing *p, size_t number, const struct finding *f, char *evidence)
{
    bool first = true;
    printf("| %zu | %s | ", number, verdict_name(f->verdict));
    cell(checks[number - 1].title);
    fputs(" | ", stdout);
    for (char *line; (line = line_of(&evidence)) != NULL; first = false) {
        fputs(first ? "" : "<br>", stdout);
        cell(line);
    }
    names_each(p, f, markdown_name);
    puts(" |");
}

/* --- JSON ------------------------------------------------------------------------------------------ */

static void json_put(struct printing *p, size_t number, const struct finding *f, char *evidence)
{
    struct json *j = &p->json;
    json_init(j, stdout);
    json_begin_object(j);
    json_pair_unsigned(j, "v", 1);
    json_pair_unsigned(j, "number", number);
    json_pair_text(j, "check", checks[number - 1].name);
    json_pair_text(j, "status", verdict_name(f->verdict));
    json_pair_text(j, "title", checks[number - 1].title);
    json_key(j, "evidence");
    json_begin_array(j);
    for (char *line; (line = line_of(&evidence)) != NULL;)
        json_text(j, line);
    json_end_array(j);
    if (p->options->names) {
        json_key(j, "names");
        json_begin_array(j);
        for (size_t i = 0; number == 1 && i < p->survey->count; i++) /* what the stores are: which ones */
            json_text(j, p->survey->stores[i].path);
        for (size_t i = 0; i < sizeof f->names / sizeof *f->names; i++)
            for (size_t n = 0; f->names[i] && n < f->names[i]->kept; n++)
                json_text(j, f->names[i]->list[n]);
        json_end_array(j);
    }
    json_end_object(j);
    json_end_line(j);
}

/* --- all -------------------------------------------------------------------------------------------- */

static void stores_put(const struct printing *p)
{
    if (!p->options->names || p->options->json)
        return;
    for (size_t i = 0; i < p->survey->count; i++) {
        printf(p->options->markdown ? "- store %zu: " : "store %zu: ", i + 1);
        say_text(stdout, p->survey->stores[i].path);
        putchar('\n');
    }
    putchar('\n');
}

/* false: out of memory. */
static bool check_put(struct printing *p, size_t i)
{
    struct finding f = {.verdict = VERDICT_NA};
    pl_buf_init(&f.evidence, EVIDENCE_MOST);
    if (checks[i].judge)
        checks[i].judge(p->survey, &f);
    else
        pl_buf_printf(&f.evidence, "%s\n", checks[i].reason);
    bool good = !f.evidence.failed;
    p->counts[f.verdict]++;
    if (good && p->options->json)
        json_put(p, i + 1, &f, f.evidence.data);
    else if (good && p->options->markdown)
        markdown_put(p, i + 1, &f, f.evidence.data);
    else if (good)
        text_put(p, i + 1, &f, f.evidence.data);
    pl_buf_release(&f.evidence);
    return good;
}

static enum exit_status list_put(const struct options *o, const struct survey *s, bool quiet)
{
    struct printing p = {.options = o, .survey = s};
    bool good = true;
    stores_put(&p);
    if (o->markdown)
        puts("| # | | What | Evidence |\n|--:|---|---|---|");
    for (size_t i = 0; i < check_count && good; i++)
        good = check_put(&p, i);
    if (!good) {
        say("out of memory");
        return EXIT_EARLY;
    }
    say_unless(quiet, "%llu OK, %llu to look at, %llu failed, %llu not in a store or not here",
               (unsigned long long)p.counts[VERDICT_OK], (unsigned long long)p.counts[VERDICT_WARN],
               (unsigned long long)p.counts[VERDICT_FAIL], (unsigned long long)p.counts[VERDICT_NA]);
    return !s->opened ? EXIT_NOTHING : p.counts[VERDICT_FAIL] ? EXIT_LOSSES : EXIT_WHOLE;
}

/* A list about nothing but wrong paths helps nobody; they are said. A program gets its lines all the same. */
static bool any_can_be_read(const struct call *call)
{
    struct pl_source source;
    const char *why = NULL;
    for (size_t i = 0; i < call->operand_count; i++)
        if (pl_source_open(&source, call->operands[i], &why) == PL_OK) {
            pl_source_close(&source);
            return true;
        }
    for (size_t i = 0; i < call->operand_count; i++)
        if (pl_source_open(&source, call->operands[i], &why) == PL_OK)
            pl_source_close(&source);
        else
            say("%s: %s", call->operands[i], why);
    return false;
}

static enum exit_status run(const struct call *call)
{
    const struct options *o = call->options;
    struct survey survey;
    char why[PL_IDMAP_WHY];
    for (size_t i = 0; i < o->maps.count; i++)
        if (pl_idmap_check(o->maps.items[i], why) != PL_OK) {
            say("--identity-map: %s", why);
            return EXIT_NOTHING;
        }
    if (o->json && o->markdown) {
        say("--json and --markdown: give one of them");
        return EXIT_NOTHING;
    }
    struct stat about;
    if (o->output && stat(o->output, &about) == 0 && !S_ISDIR(about.st_mode)) {
        say("--output: %s: this is a file; name a folder, there or not, where a conversion would write", o->output);
        return EXIT_NOTHING;
    }
    if (!o->json && !any_can_be_read(call))
        return EXIT_NOTHING;
    const struct survey_request request = {
        .store = &o->store, .maps = &o->maps, .output = o->output, .full = o->full};
    struct call once = *call;
    const char **list = stores_once(call, &once.operand_count);
    if (!list) {
        say("out of memory");
        return EXIT_EARLY;
    }
    once.operands = list;
    once.unnamed = !o->names;
    enum exit_status status = survey_take(&survey, &once, &request);
    if (status != EXIT_EARLY)
        status = list_put(o, &survey, call->quiet);
    survey_release(&survey);
    free(list);
    return status;
}

static const struct flag flags[] = {
    {.name = "full",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, full),
     .brief = "prove all checksums, not a sample",
     .doc = "Read every page and block of the stores and prove its checksum, but for streaming files (.stm), where "
            "nothing "
            "that is known tells them. Without it, of a store above 64 MiB "
            "about so many bytes are read for that, evenly spread."},
    {.name = "identity-map",
     .kind = FLAG_LIST,
     .argument = "FILE",
     .at = offsetof(struct options, maps),
     .path = PATH_READ,
     .brief = "who is who, CSV or LDIF; repeatable",
     .doc = "Read from this file who is who, as docs/identities.md describes it. May be given again."},
    {.name = "json",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, json),
     .brief = "for machines: one JSON object a line",
     .doc = "Print each line of the list as one JSON object: number, check, status, title and evidence."},
    {.name = "markdown",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, markdown),
     .brief = "as a table in Markdown",
     .doc = "Print the list as a table in Markdown, for a ticket or a wiki."},
    {.letter = 'o',
     .name = "output",
     .kind = FLAG_TEXT,
     .argument = "DIR",
     .at = offsetof(struct options, output),
     .path = PATH_READ,
     .brief = "where a conversion would write",
     .doc =
         "Look for room on the disk of this folder; it need not be there yet. Without it, of the current folder. "
         "Nothing is written."},
    {.name = "names",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, names),
     .brief = "also paths, and names of people",
     .doc = "Also print the paths of the stores, and the first of the people and folders that a line speaks of. "
            "Without it, the list holds nothing private, nor does what --verbose says; errors name files as they "
            "were given."},
};

static const struct example examples[] = {
    {"What can be carried over of an organisation, and what is missing", "pimlift check priv1.edb pub1.edb"},
    {"The same for a ticket, and for a script", "pimlift check --markdown priv1.edb pub1.edb"},
    {NULL, "pimlift check --json mail.pst | jq -r 'select(.status != \"OK\").check'"},
    {"Every page and block too, and whether the output will fit", "pimlift check --full -o out priv1.edb pub1.edb"},
};

const struct verb cmd_check = {
    .name = "check",
    .operands = "STORE...",
    .fewest = 1,
    .most = SIZE_MAX,
    .brief = "a checklist: what can be carried over, what is missing",
    .doc =
        "Go through a numbered list and print OK, WARN, FAIL or N-A for each line, with the evidence. Give all "
        "stores of an organisation at once, public folders too: sharing crosses stores. Nothing is written but a "
        "temporary folder.",
    .exits =
        "The exit status is 0 when no line failed, 1 when one did, 2 when it was stopped, and 3 when no mail store "
        "with folders is among them: none opens, or what opens is a database of another program.",
    .flags = flags,
    .flag_count = sizeof flags / sizeof *flags,
    .examples = examples,
    .example_count = sizeof examples / sizeof *examples,
    .opens_stores = true,
    .needs_scratch = true,
    .options_size = sizeof(struct options),
    .run = run,
};

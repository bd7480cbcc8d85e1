/*
 * cmd_report.c - `pimlift report`: one page for people about a finished conversion.
 *
 * Layer: programs. What stands on it is in formats/report/; here are the words, and the file.
 */
#include <errno.h>
#include <string.h>

#include "plural.h"
#include "report/page.h"
#include "say.h"
#include "sink.h"
#include "verbs.h"

#define PAGE_MOST ((size_t)256 << 20)
#define PAGE_NAME "report.html"
#define DAY       86400

struct options {
    struct flag_date monday;
    bool no_subjects;
};

/* The page that was there is replaced: it says nothing that the folder does not. */
static bool page_write(const char *dir, const struct pl_page *h)
{
    struct pl_output *output = NULL;
    struct pl_sink to;
    const char *why = NULL;
    if (pl_output_open(dir, true, &output, &why) != PL_OK) {
        say("%s: %s", dir, why);
        return false;
    }
    bool good = pl_output_fixed(output, PAGE_NAME, &to) == PL_OK;
    if (good) {
        pl_sink_write(&to, h->out.data, h->out.size);
        good = pl_sink_commit(&to) == PL_OK;
        pl_sink_abort(&to);
    }
    if (!good)
        say("%s/%s can't be written: %s", dir, PAGE_NAME, strerror(errno));
    pl_output_close(output);
    return good;
}

/* What is on the page in red. What was converted is not judged here: convert said it with its own status. */
static enum exit_status report_warn(const char *dir, const struct pl_report_result *r)
{
    char bad[32], all[32], absent[32];
    if (r->stores_short && r->stores == 1)
        say("%s: the store was not read to its end, or is cut; the page says what that means", dir);
    else if (r->stores_short)
        say("%s: %s of %s stores %s not read to the end, or %s cut; the page says which", dir,
            say_count(r->stores_short, bad), say_count(r->stores, all), pl_plural(r->stores_short, "was", "were"),
            pl_plural(r->stores_short, "is", "are"));
    if (!r->absent)
        return EXIT_WHOLE;
    say("%s: %s of its files %s missing or damaged, and what they held is not on the page; run pimlift verify %s",
        dir, say_count(r->absent, absent), pl_plural(r->absent, "is", "are"), dir);
    return EXIT_LOSSES;
}

static enum exit_status run(const struct call *call)
{
    const struct options *o = call->options;
    const char *dir = call->operands[0], *why = NULL;
    const struct pl_report_request request = {
        .dir = dir, .monday_set = o->monday.set, .monday = o->monday.utc / DAY, .hide_subjects = o->no_subjects};
    struct pl_report_result result;
    struct pl_page h;
    char users[32], seen[32], lost[32];
    pl_page_init(&h, PAGE_MOST);
    enum exit_status status = EXIT_NOTHING;
    if (!pl_report_make(&request, &h, &result, &why)) {
        say("%s: %s", dir, why);
    } else if (page_write(dir, &h)) {
        say_unless(call->quiet, "%s/%s: %s %s, %s %s, %s lost; open it in a browser", dir, PAGE_NAME,
                   say_count(result.users, users), pl_plural(result.users, "mailbox", "mailboxes"),
                   say_count(result.seen, seen), pl_plural(result.seen, "item", "items"),
                   say_count(result.lost, lost));
        if (result.merged)
            say_unless(
                call->quiet,
                "the calendars of a merged output lie in the folders of its runs: they have reports of their own");
        status = report_warn(dir, &result);
    } else {
        status = EXIT_EARLY;
    }
    pl_page_release(&h);
    return status;
}

static const struct flag flags[] = {
    {.name = "monday",
     .kind = FLAG_DATE,
     .argument = "DATE",
     .at = offsetof(struct options, monday),
     .brief = "show the week with this day",
     .doc =
         "Show for each mailbox the week that this day lies in: the day on which people begin to work with the new "
         "system. Otherwise it is the first week with any event after the calendars were last changed."},
    {.name = "no-subjects",
     .kind = FLAG_SWITCH,
     .at = offsetof(struct options, no_subjects),
     .brief = "when there are events, but not what",
     .doc = "Leave out what the events of the week are, and where. Private events are never told."},
};

static const struct example examples[] = {
    {"A page about a conversion: out/report.html", "pimlift report out"},
    {"The week that people will see when they come back", "pimlift report out --monday 2024-03-11"},
};

const struct verb cmd_report = {
    .name = "report",
    .operands = "DIR",
    .fewest = 1,
    .most = 1,
    .folders = 1,
    .brief = "a page about a conversion, for people",
    .doc =
        "Write DIR/report.html: what was converted and what was not and why, each mailbox with its calendars and "
        "the week to come, who sees whose calendar, who could not be named, busy time that is in doubt, what "
        "other systems can carry, and where everything comes from. DIR is the output folder of convert or merge. "
        "The page is one file, without scripts, and asks for nothing from a network. It is replaced when it is "
        "there; the same folder gives the same page.",
    .exits =
        "The exit status is 0 when the page is written, 1 when it is written and files of the folder are missing "
        "or damaged, 2 when it can't be written, and 3 when this is not an output folder.",
    .flags = flags,
    .flag_count = sizeof flags / sizeof *flags,
    .examples = examples,
    .example_count = sizeof examples / sizeof *examples,
    .writes_operands = true,
    .options_size = sizeof(struct options),
    .run = run,
};

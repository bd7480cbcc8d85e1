/*
 * cmd_help.c - `pimlift help`, `completion` and `manual`: what is made from the tables of verbs and flags.
 *
 * Layer: programs. help is for users, completion for their shells, manual for packagers and for docs/.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "help.h"
#include "say.h"
#include "verbs.h"

#define ALL_COMMANDS "mdoc" /* the list of them, as it stands in pimlift(1) */

struct options {
    bool none; /* they have no flags of their own */
};

const struct verb *verb_find(const char *name)
{
    for (size_t i = 0; verbs[i]; i++)
        if (strcmp(verbs[i]->name, name) == 0)
            return verbs[i];
    return NULL;
}

static const char *closest(const char *typed, const char *(*word)(size_t i))
{
    const char *best = NULL;
    for (size_t i = 0; word(i); i++)
        best = flags_nearer(typed, best, word(i));
    return best;
}

static enum exit_status refuse(const char *word, const char *meant)
{
    const char *flag = flags_nearer(word, "--help", "--version");
    if (meant)
        say("there is no command '%s'; did you mean %s? (see pimlift -h)", word, meant);
    else if (*word == '-' && flag)
        say("there is no flag %s before the command; did you mean %s? (see pimlift -h)", word, flag);
    else if (*word == '-')
        say("there is no flag %s before the command (see pimlift -h)", word);
    else if (access(word, F_OK) == 0)
        say("'%s' is no command; for example: pimlift info %s (see pimlift -h)", word, word);
    else
        say("there is no command '%s' (see pimlift -h)", word);
    return EXIT_NOTHING;
}

static const char *command_word(size_t i) { return verbs[i] ? verbs[i]->name : NULL; }

enum exit_status verb_refuse(const char *word) { return refuse(word, closest(word, command_word)); }

/* --- help ------------------------------------------------------------------------- */

static enum exit_status help_run(const struct call *call)
{
    if (!call->operand_count) {
        help_program(stdout, verbs);
        return EXIT_WHOLE;
    }
    const struct verb *about = verb_find(call->operands[0]);
    if (!about)
        return verb_refuse(call->operands[0]);
    help_verb(stdout, about, true);
    return EXIT_WHOLE;
}

static const struct example help_examples[] = {
    {"All commands, a line each", "pimlift help"},
    {"Everything about one of them", "pimlift help convert"},
};

const struct verb cmd_help = {
    .name = "help",
    .operands = "[COMMAND]",
    .operand_word = command_word,
    .most = 1,
    .brief = "what the commands and their flags do",
    .doc = "List all commands; or print everything about one, as its flag --help does.",
    .exits = "The exit status is 0, or 3 when there is no such command.",
    .examples = help_examples,
    .example_count = sizeof help_examples / sizeof *help_examples,
    .plain = true,
    .options_size = sizeof(struct options),
    .run = help_run,
};

/* --- completion ------------------------------------------------------------------- */

static const struct shell {
    const char *name;
    void (*print)(FILE *file, const struct verb *const *verbs);
} shells[] = {{"bash", help_bash}, {"fish", help_fish}, {"zsh", help_zsh}};

static const char *shell_word(size_t i) { return i < sizeof shells / sizeof *shells ? shells[i].name : NULL; }

static enum exit_status completion_run(const struct call *call)
{
    const char *asked = call->operands[0], *meant = closest(asked, shell_word);
    for (size_t i = 0; shell_word(i); i++)
        if (strcmp(shells[i].name, asked) == 0) {
            shells[i].print(stdout, verbs);
            return EXIT_WHOLE;
        }
    if (meant)
        say("completion: there is no script for '%s'; did you mean %s?", asked, meant);
    else
        say("completion: there is no script for '%s'; name one of bash, fish, zsh", asked);
    return EXIT_NOTHING;
}

static const struct example completion_examples[] = {
    {"To be read by ~/.bashrc (. pimlift.bash), where no package brings it",
     "pimlift completion bash > pimlift.bash"},
};

const struct verb cmd_completion = {
    .name = "completion",
    .operands = "SHELL",
    .operand_word = shell_word,
    .fewest = 1,
    .most = 1,
    .brief = "the script by which a shell completes words",
    .doc =
        "Print the script by which bash, fish or zsh completes commands, flags and their values. The packages, and "
        "make install, put it in place.",
    .exits = "The exit status is 0, or 3 when there is no script for that shell.",
    .examples = completion_examples,
    .example_count = sizeof completion_examples / sizeof *completion_examples,
    .plain = true,
    .options_size = sizeof(struct options),
    .run = completion_run,
};

/* --- manual ------------------------------------------------------------------------ */

static const char *page_word(size_t i)
{
    size_t count = 0;
    while (verbs[count])
        count++;
    return i < count ? verbs[i]->name : i == count ? ALL_COMMANDS : NULL;
}

static enum exit_status manual_run(const struct call *call)
{
    const struct verb *about = verb_find(call->operands[0]);
    if (strcmp(call->operands[0], ALL_COMMANDS) == 0)
        help_manual(stdout, verbs);
    else if (about)
        help_page(stdout, about);
    else
        return refuse(call->operands[0], closest(call->operands[0], page_word));
    return EXIT_WHOLE;
}

static const struct example manual_examples[] = {
    {"To be read by man -l, where no package brings it", "pimlift manual convert > pimlift-convert.1"},
};

const struct verb cmd_manual = {
    .name = "manual",
    .operands = "COMMAND",
    .operand_word = page_word,
    .fewest = 1,
    .most = 1,
    .brief = "the manual page of a command",
    .doc = "Print the manual page of a command, in mdoc. In place of a command, " ALL_COMMANDS
           " gives the list of all, as it stands in the page of pimlift itself.",
    .exits = "The exit status is 0, or 3 when there is no such command.",
    .examples = manual_examples,
    .example_count = sizeof manual_examples / sizeof *manual_examples,
    .plain = true,
    .options_size = sizeof(struct options),
    .run = manual_run,
};

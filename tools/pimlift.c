/*
 * pimlift.c - the program: finds the verb, parses its flags, runs it.
 *
 * Layer: programs, above everything. stdout carries data only, stderr speaks to
 * people; the exit status is the worst thing seen (flags.h). A verb is one file
 * with a const struct at its end, and a row in the table below.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "confine.h"
#include "help.h"
#include "memory.h"
#include "operands.h"
#include "say.h"
#include "signals.h"
#include "verbs.h"

#define WORDS_LIMIT ((size_t)64 << 20) /* a command line can't be longer */

const struct verb *const verbs[] = {&cmd_info,  &cmd_list,   &cmd_check,   &cmd_convert, &cmd_shares,
                                    &cmd_merge, &cmd_report, &cmd_verify,  &cmd_why,     &cmd_sanitize,
                                    &cmd_dump,  &cmd_lint,   &cmd_formats, NULL};

/* For packagers and for docs/, not for users: what is made from the flag tables. */
static const struct product {
    const char *word, *kind;
    void (*print)(FILE *file, const struct verb *const *verbs);
} products[] = {
    {"completion", "bash", help_bash},
    {"completion", "fish", help_fish},
    {"completion", "zsh", help_zsh},
    {"manual", "mdoc", help_manual},
};

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; verbs[i]; i++)
        if (strcmp(verbs[i]->name, name) == 0)
            return verbs[i];
    return NULL;
}

static const struct verb *closest_verb(const char *typed)
{
    const struct verb *best = NULL;
    for (size_t i = 0; verbs[i]; i++) {
        if (!flags_is_slip(typed, verbs[i]->name))
            continue;
        if (!best || flags_distance(typed, verbs[i]->name) < flags_distance(typed, best->name))
            best = verbs[i];
    }
    return best;
}

static enum exit_status refuse(const char *word)
{
    const struct verb *meant = closest_verb(word);
    const char *flag = flags_nearer(word, "--help", "--version");
    if (meant)
        say("there is no command '%s'; did you mean %s? (see pimlift -h)", word, meant->name);
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

/* What a product can be made for. */
static enum exit_status refuse_kind(const char *word)
{
    char kinds[64] = "";
    for (size_t i = 0; i < sizeof products / sizeof *products; i++)
        if (strcmp(products[i].word, word) == 0) {
            size_t used = strlen(kinds);
            snprintf(kinds + used, sizeof kinds - used, "%s%s", used ? ", " : "", products[i].kind);
        }
    say("%s: name one of %s%s", word, kinds, strcmp(word, "manual") == 0 ? ", or a command" : "");
    return EXIT_NOTHING;
}

static enum exit_status run_verb(const struct verb *verb, int argc, char **argv)
{
    struct pl_arena arena;
    struct call call;
    enum exit_status status = EXIT_NOTHING;

    pl_arena_init(&arena, WORDS_LIMIT);
    switch (flags_parse(verb, argc, argv, &arena, &call)) {
    case FLAGS_RUN: status = operands_fit(&call) ? confine_and_run(&call) : EXIT_NOTHING; break;
    case FLAGS_BRIEF_HELP: help_verb(stdout, verb, false), status = EXIT_WHOLE; break;
    case FLAGS_HELP: help_verb(stdout, verb, true), status = EXIT_WHOLE; break;
    case FLAGS_WRONG: break;
    }
    pl_arena_release(&arena);
    return status;
}

static enum exit_status help(const char *word)
{
    const struct verb *about = find_verb(word);
    if (!about)
        return refuse(word);
    help_verb(stdout, about, true);
    return EXIT_WHOLE;
}

/* What stands where a verb should; next is the word after it, or "". */
static enum exit_status run_word(const char *word, const char *next)
{
    if (strcmp(word, "help") == 0 && *next)
        return help(next);
    if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "help") == 0) {
        help_program(stdout, verbs);
        return EXIT_WHOLE;
    }
    if (strcmp(word, "-V") == 0 || strcmp(word, "--version") == 0) {
        puts("pimlift " PL_VERSION);
        return EXIT_WHOLE;
    }
    bool is_product = false;
    for (size_t i = 0; i < sizeof products / sizeof *products; i++) {
        bool is_word = strcmp(word, products[i].word) == 0;
        is_product = is_product || is_word;
        if (is_word && strcmp(next, products[i].kind) == 0) {
            products[i].print(stdout, verbs);
            return EXIT_WHOLE;
        }
    }
    if (strcmp(word, "manual") == 0 && find_verb(next)) {
        help_page(stdout, find_verb(next));
        return EXIT_WHOLE;
    }
    if (strcmp(word, "manual") == 0 && closest_verb(next))
        return refuse(next);
    return is_product ? refuse_kind(word) : refuse(word);
}

static enum exit_status run(int argc, char **argv)
{
    if (argc < 2) {
        say("what shall it do? For example: pimlift info STORE (see pimlift -h)");
        return EXIT_NOTHING;
    }
    const struct verb *verb = find_verb(argv[1]);
    return verb ? run_verb(verb, argc - 2, argv + 2) : run_word(argv[1], argc > 2 ? argv[2] : "");
}

int main(int argc, char **argv)
{
    signals_watch();
    enum exit_status status = run(argc, argv), finished = (enum exit_status)say_finish();
    if (status == EXIT_WHOLE && pl_memory_misses()) { /* who lacked it did with less, and said nothing */
        say("out of memory; the result is not whole: run again with more, or with less at once");
        return EXIT_EARLY;
    }
    return (int)(finished > status ? finished : status);
}

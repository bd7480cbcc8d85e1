/*
 * pimlift.c - the program: finds the verb, parses its flags, runs it.
 *
 * Layer: programs, above everything. stdout carries data only, stderr speaks to
 * people; the exit status is the worst thing seen (flags.h). A verb is one file
 * with a const struct at its end, and a row in the table below.
 */
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "confine.h"
#include "help.h"
#include "memory.h"
#include "operands.h"
#include "say.h"
#include "signals.h"
#include "verbs.h"

#define WORDS_LIMIT ((size_t)64 << 20) /* a command line can't be longer */

const struct verb *const verbs[] = {&cmd_info,   &cmd_list,   &cmd_check,   &cmd_convert, &cmd_shares,
                                    &cmd_merge,  &cmd_report, &cmd_verify,  &cmd_why,     &cmd_sanitize,
                                    &cmd_dump,   &cmd_lint,   &cmd_formats, &cmd_help,    &cmd_completion,
                                    &cmd_manual, NULL};

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

/* What stands where a verb should. */
static enum exit_status run_word(const char *word)
{
    if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0) {
        help_program(stdout, verbs);
        return EXIT_WHOLE;
    }
    if (strcmp(word, "-V") == 0 || strcmp(word, "--version") == 0) {
        puts("pimlift " PL_VERSION);
        return EXIT_WHOLE;
    }
    return verb_refuse(word);
}

static enum exit_status run(int argc, char **argv)
{
    if (argc < 2) {
        say("what shall it do? For example: pimlift info STORE (see pimlift -h)");
        return EXIT_NOTHING;
    }
    const struct verb *verb = verb_find(argv[1]);
    return verb ? run_verb(verb, argc - 2, argv + 2) : run_word(argv[1]);
}

int main(int argc, char **argv)
{
    setvbuf(stderr, NULL, _IOLBF, BUFSIZ); /* a line is one write: there may be very many */
    signals_watch();
    (void)!OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL); /* digests need none of the machine's settings */
    enum exit_status status = run(argc, argv), finished = (enum exit_status)say_finish();
    if (status == EXIT_WHOLE && pl_memory_misses()) { /* who lacked it did with less, and said nothing */
        say("out of memory; the result is not whole: run again with more, or with less at once");
        return EXIT_EARLY;
    }
    return (int)(finished > status ? finished : status);
}

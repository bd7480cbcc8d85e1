/*
 * help.h - what people read about the flags: -h, --help, the manual, completions.
 */
#ifndef PIMLIFT_HELP_H
#define PIMLIFT_HELP_H

#include <stdbool.h>
#include <stdio.h>

#include "flags.h"

/* All verbs, one line each. */
void help_program(FILE *file, const struct verb *const *verbs);
/* One verb: a line a flag, or whole sentences. */
void help_verb(FILE *file, const struct verb *verb, bool whole);

/* What the exit status of a verb says, in whole sentences. */
const char *help_exits(const struct verb *verb);

/* The list of commands in pimlift(1), in mdoc(7). */
void help_manual(FILE *file, const struct verb *const *verbs);
/* The whole of pimlift-VERB(1). */
void help_page(FILE *file, const struct verb *verb);

/* Completion scripts for shells. */
void help_bash(FILE *file, const struct verb *const *verbs);
void help_fish(FILE *file, const struct verb *const *verbs);
void help_zsh(FILE *file, const struct verb *const *verbs);

#endif

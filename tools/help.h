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

/* The COMMANDS section of pimlift(1), in mdoc(7). */
void help_manual(FILE *file, const struct verb *const *verbs);
/* Completion scripts for bash and for fish. */
void help_bash(FILE *file, const struct verb *const *verbs);
void help_fish(FILE *file, const struct verb *const *verbs);

#endif

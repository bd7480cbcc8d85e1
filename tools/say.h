/*
 * say.h - what the program tells people: lines on stderr, texts on a terminal.
 *
 * Layer: programs. Names and texts come from stores and may hold anything. A
 * terminal obeys control characters, and shows text in another order after a
 * direction mark; so both are spelled out here, never sent. Machines get JSON
 * (json.h) instead.
 */
#ifndef PIMLIFT_SAY_H
#define PIMLIFT_SAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* One line "pimlift: ..." on stderr, whatever the arguments hold. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, but nothing when quiet: what people want to know, though nothing went wrong. */
void say_unless(bool quiet, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A text without anything that a terminal would obey. */
void say_text(FILE *file, const char *text);
/* The same, of the last `most` columns at least: shorter texts are followed by blanks. */
void say_padded(FILE *file, const char *text, size_t width);

/* Whether colours may be sent there: to a terminal that has them, unless NO_COLOR is set (no-color.org). */
bool say_coloured(FILE *file);

/* "12,345,678"; the text lives in buf. */
const char *say_count(uint64_t count, char buf[32]);
/* "1.4 GiB" */
const char *say_bytes(uint64_t bytes, char buf[32]);

/* Flushes stdout. 0, or the exit status for data that did not arrive (2, after one line); a reader
 * that left early (a closed pipe) is success. */
int say_finish(void);
/* Nobody can receive what comes next on stdout: a loop that prints may end. */
bool say_deaf(void);

#endif

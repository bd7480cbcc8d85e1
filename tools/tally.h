/*
 * tally.h - diagnostics counted by code, with the first of each kept for people.
 *
 * Layer: programs. A damaged store can file a million diagnostics; what a person
 * reads is which kinds there were, how many, and one example of each. Codes are
 * literals of the program, so the table is bounded by the program, not by stores.
 */
#ifndef PIMLIFT_TALLY_H
#define PIMLIFT_TALLY_H

#include <stdio.h>

#include "json.h"
#include "report.h"

#define TALLY_MOST 192 /* more codes than docs/report.md lists */

struct tally_row {
    char code[48];
    enum pl_status severity; /* the worst seen with this code */
    uint64_t count;
    char first[256]; /* "Calendar [0x21]: text" */
};

struct tally {
    struct tally_row rows[TALLY_MOST]; /* in the order of their first diagnostic */
    size_t count;
};

/* A sink of struct pl_report; data is a struct tally. */
void tally_add(void *data, const struct pl_diagnostic *d);
/* One diagnostic as a line for people: with its severity, place and code, and unless it shall have no names, the
 * folder and the text. */
void tally_say(const struct pl_diagnostic *d, bool unnamed);
/* "note", "warn", "lost", "stop": the words of report.jsonl. */
const char *tally_severity(enum pl_status severity);
/* One line a code, worst first; at most `most` lines and one that counts the rest. Notes are left out. */
void tally_print(FILE *file, const struct tally *t, const char *indent, size_t most);
/* An array of {code, severity, count, first}. */
void tally_json(struct json *j, const struct tally *t);

#endif

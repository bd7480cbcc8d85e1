/*
 * checks.h - the checklist: one row and one small function for each line.
 *
 * Layer: programs. Numbers are places in the table: rows are added at its end, never moved. A line names its
 * evidence; paths and names of people are in `names` alone, which are shown only when asked for.
 */
#ifndef PIMLIFT_CHECKS_H
#define PIMLIFT_CHECKS_H

#include "buf.h"
#include "survey.h"

enum verdict { VERDICT_OK, VERDICT_WARN, VERDICT_FAIL, VERDICT_NA };

struct finding {
    enum verdict verdict;
    struct pl_buf evidence; /* lines, each ended by LF */
    const struct survey_names *names[SERVICES];
};

struct check {
    const char *name, *title;
    /* NULL: what the title asks for is not in a store; `reason` says so. */
    void (*judge)(const struct survey *s, struct finding *out);
    const char *reason;
};

extern const struct check checks[];
extern const size_t check_count;

/* "OK", "WARN", "FAIL", "N-A" */
const char *verdict_name(enum verdict verdict);

#endif

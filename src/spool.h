/*
 * spool.h - what became of one folder, written down by the process that read it for the one that keeps the books.
 *
 * Layer: core, part of convert. A spool is a file of records in the order in which things happened: rows, faults,
 * statements about people, busy time, files. It was written by a process that read a hostile store: whoever
 * reads it checks every size, and a spool that does not fit its own sizes counts as one that was never finished.
 */
#ifndef PL_SPOOL_H
#define PL_SPOOL_H

#include <stdio.h>

#include "buf.h"
#include "ledger.h"
#include "pimlift.h"
#include "report.h"

#define PL_SPOOL_HEARD 256 /* statements that are counted before they are written */

enum pl_spool_tag {
    PL_SPOOL_ROW = 1,
    PL_SPOOL_FAULT,
    PL_SPOOL_PERSON,
    PL_SPOOL_BUSY,
    PL_SPOOL_FILE,
    PL_SPOOL_REFUSED,
    PL_SPOOL_UNMAPPED,
    PL_SPOOL_END
};

/* --- writing ------------------------------------------------------------------------ */

struct pl_spool {
    FILE *file;
    struct pl_buf record;
    struct pl_spool_heard {
        char *record;
        size_t size;
        uint64_t votes;
    } heard[PL_SPOOL_HEARD];
    bool failed; /* sticky */
};

/* false: it can't be made; errno tells. */
PL_MUST_USE bool pl_spool_open(struct pl_spool *s, const char *path);
/* false: not all of it was written. */
PL_MUST_USE bool pl_spool_close(struct pl_spool *s);

void pl_spool_begin(struct pl_spool *s, enum pl_spool_tag tag);
void pl_spool_number(struct pl_spool *s, uint64_t n);
void pl_spool_text(struct pl_spool *s, const char *text); /* or NULL */
void pl_spool_bytes(struct pl_spool *s, const void *data, size_t size);
void pl_spool_end(struct pl_spool *s);
/* Begins the record after which none comes. */
void pl_spool_last(struct pl_spool *s);

/* PL_STOP: the spool failed. */
PL_MUST_USE enum pl_status pl_spool_row(struct pl_spool *s, const struct pl_row *row);
void pl_spool_fault(struct pl_spool *s, const struct pl_diagnostic *d);
/* The same statements of one folder are written once, with the sum of their votes. */
void pl_spool_statement(struct pl_spool *s, const struct pl_statement *said);

/* --- reading ------------------------------------------------------------------------- */

struct pl_spool_in {
    FILE *file;
    char *data; /* the record at hand; texts point into it */
    size_t size, at, room;
    bool bad; /* sticky: it does not fit its sizes */
};

PL_MUST_USE bool pl_spool_in_open(struct pl_spool_in *in, const char *path);
void pl_spool_in_close(struct pl_spool_in *in);
/* The tag of the next record; 0: none, or `bad`. */
enum pl_spool_tag pl_spool_in_next(struct pl_spool_in *in);
void pl_spool_in_rewind(struct pl_spool_in *in);

uint64_t pl_spool_in_number(struct pl_spool_in *in);
const char *pl_spool_in_text(struct pl_spool_in *in); /* or NULL */
/* NULL: there are none, or `bad`. Not aligned. */
const void *pl_spool_in_bytes(struct pl_spool_in *in, size_t *size);

/* Each reads the record at hand; false: it is bad. Texts live until the next record. */
PL_MUST_USE bool pl_spool_in_row(struct pl_spool_in *in, struct pl_row *row);
PL_MUST_USE bool pl_spool_in_fault(struct pl_spool_in *in, struct pl_diagnostic *d);
PL_MUST_USE bool pl_spool_in_statement(struct pl_spool_in *in, struct pl_statement *said);

#endif

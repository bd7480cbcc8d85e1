/*
 * spool.h - what became of a folder or a part of it, written down by the process that read it for the one that
 * keeps the books.
 *
 * Layer: core, part of convert. A spool holds records in the order in which things happened: rows, faults,
 * statements about people, busy time, files. A worker appends the spools of its folders to one file. It was written
 * by a process that read a hostile store: whoever reads it checks every size, every number that stands for a
 * choice, and that texts are UTF-8; a spool with a record that makes no sense counts as one that was never
 * finished.
 */
#ifndef PL_SPOOL_H
#define PL_SPOOL_H

#include <stdio.h>
#include <sys/types.h>

#include "buf.h"
#include "ledger.h"
#include "pimlift.h"
#include "report.h"
#include "work.h"

#define PL_SPOOL_BUFFER ((size_t)32 << 10) /* bytes that whoever writes or reads one should have for its file */
#define PL_SPOOL_HEARD  256                /* statements that are counted before they are written */

enum pl_spool_tag {
    PL_SPOOL_ROW = 1,
    PL_SPOOL_FAULT,
    PL_SPOOL_PERSON,
    PL_SPOOL_BUSY,
    PL_SPOOL_FILE,
    PL_SPOOL_REFUSED,
    PL_SPOOL_UNMAPPED,
    PL_SPOOL_END,
    PL_SPOOL_UID, /* that a part of a folder has met, each time */
    PL_SPOOL_PART /* which one it was */
};

/* --- writing ------------------------------------------------------------------------ */

struct pl_spool {
    FILE *file;
    off_t begin; /* of the folder at hand */
    struct pl_buf record;
    struct pl_spool_heard {
        char *record;
        size_t size;
        uint64_t votes;
    } heard[PL_SPOOL_HEARD];
    bool failed; /* sticky */
};

/* Takes over the descriptor, to whose end is written. false: out of memory. */
PL_MUST_USE bool pl_spool_open(struct pl_spool *s, int fd);
/* Another folder begins. */
void pl_spool_start(struct pl_spool *s);
/* The folder ends: where its records are. false: not all of them were written. */
PL_MUST_USE bool pl_spool_finish(struct pl_spool *s, uint64_t *at, uint64_t *size);

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
void pl_spool_uid(struct pl_spool *s, unsigned kind, const char *uid);
void pl_spool_part(struct pl_spool *s, const struct pl_part *part, const struct pl_part_sum *sum);
/* The same statements of one folder are written once, with the sum of their votes. */
void pl_spool_statement(struct pl_spool *s, const struct pl_statement *said);

/* --- reading ------------------------------------------------------------------------- */

struct pl_spool_in {
    FILE *file;           /* the caller's */
    uint64_t begin, left; /* the spool in it, and what is left of that */
    uint64_t whole;
    char *data; /* the record at hand; texts point into it */
    size_t size, at, room;
    bool bad; /* sticky: it does not fit its sizes, or has no meaning */
};

/* What a worker says of where the spool is may be as wrong as the spool. */
void pl_spool_in_open(struct pl_spool_in *in, FILE *file, uint64_t at, uint64_t size);
void pl_spool_in_close(struct pl_spool_in *in);
/* The tag of the next record; 0: none, or `bad`. */
enum pl_spool_tag pl_spool_in_next(struct pl_spool_in *in);
void pl_spool_in_rewind(struct pl_spool_in *in);
/* Was all of the record taken, and nothing else? */
bool pl_spool_in_done(const struct pl_spool_in *in);

uint64_t pl_spool_in_number(struct pl_spool_in *in);
const char *pl_spool_in_text(struct pl_spool_in *in); /* or NULL */
/* NULL: there are none, or `bad`. Not aligned. */
const void *pl_spool_in_bytes(struct pl_spool_in *in, size_t *size);

/* Each reads the record at hand; false: it is bad. Texts live until the next record. */
struct pl_spool_busy {
    uint64_t writer;
    const char *key, *uid;
    int64_t stamp_utc, start_utc;
    bool endless, broken;
    const void *periods; /* of struct pl_period, not aligned */
    size_t size;
};
PL_MUST_USE bool pl_spool_in_busy(struct pl_spool_in *in, struct pl_spool_busy *busy);
struct pl_spool_ending {
    const char *key, *owner, *path; /* of the folder */
    const char *fault;
    bool lost;
    uint64_t seen, proven, learned, unknown, bytes_read, reads;
    struct pl_work_sum work;
};
PL_MUST_USE bool pl_spool_in_ending(struct pl_spool_in *in, struct pl_spool_ending *end);
/* What has a name and a count: refused classes, where the name may be NULL, and properties that nobody mapped. */
struct pl_spool_count {
    const char *name;
    bool associated;
    uint64_t count;
};
PL_MUST_USE bool pl_spool_in_refused(struct pl_spool_in *in, struct pl_spool_count *out);
PL_MUST_USE bool pl_spool_in_unmapped(struct pl_spool_in *in, struct pl_spool_count *out);
/* The path lives as long as the record; *number: of its scratch output. */
PL_MUST_USE bool pl_spool_in_file(struct pl_spool_in *in, struct pl_file *file, uint64_t *number);
/* The kind is a number of any size. */
PL_MUST_USE bool pl_spool_in_uid(struct pl_spool_in *in, uint64_t *kind, const char **uid);
/* Of *part only the rows. */
PL_MUST_USE bool pl_spool_in_part(struct pl_spool_in *in, struct pl_part *part, struct pl_part_sum *sum);
PL_MUST_USE bool pl_spool_in_row(struct pl_spool_in *in, struct pl_row *row);
PL_MUST_USE bool pl_spool_in_fault(struct pl_spool_in *in, struct pl_diagnostic *d);
PL_MUST_USE bool pl_spool_in_statement(struct pl_spool_in *in, struct pl_statement *said);

#endif

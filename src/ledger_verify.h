/*
 * ledger_verify.h - the books of an output, held against what lies in its folder and against another run.
 *
 * Layer: core. The ledger is never changed. What is told to it is kept in temporary tables, on disk; the answers
 * are joins, so memory does not grow with the output.
 */
#ifndef PL_LEDGER_VERIFY_H
#define PL_LEDGER_VERIFY_H

#include "ledger.h"
#include "pimlift.h"

struct pl_proof;

/* Something is not as the books have it. Texts live until the call returns; NULL: does not apply. */
struct pl_difference {
    const char *code; /* stable, docs/report.md */
    const char *file, *store, *folder, *key, *uid, *text;
};

typedef void (*pl_difference_sink)(void *data, const struct pl_difference *d);

/* NULL: *why is a text for one line. */
struct pl_proof *pl_proof_open(const char *ledger, const char **why);
void pl_proof_free(struct pl_proof *p);
/* Is it one that merge made? */
bool pl_proof_merged(struct pl_proof *p);
/* What is wrong with the ledger itself, when a check could not be made for that; NULL: nothing, or something else.
 */
const char *pl_proof_fault(const struct pl_proof *p);
/* The run was stopped before its end. What it did not come to is not in the ledger. */
bool pl_proof_part(struct pl_proof *p);
/* Was the run gone on with, so that report.jsonl is of its last part? */
bool pl_proof_resumed(struct pl_proof *p);
/* As long as the ledger is by its own pages. */
int64_t pl_proof_bytes(struct pl_proof *p);
void pl_proof_totals(struct pl_proof *p, struct pl_totals *out);
/* To be freed; NULL: the ledger does not tell. */
char *pl_proof_version(struct pl_proof *p);

/* Where a path is told of, with the digest of the file. */
enum pl_proof_place {
    PL_PROOF_DISK,   /* it lies in the folder; NULL for the digest: it can't be read, or is no file */
    PL_PROOF_LISTED, /* a line of SHA256SUMS */
    PL_PROOF_NOW     /* a line of that of the second run */
};
/* PL_WARN: SHA256SUMS lists it a second time; the first time counts. */
PL_MUST_USE enum pl_status pl_proof_path(struct pl_proof *p, enum pl_proof_place place, const char *path,
                                         const uint8_t sha256[32]);
/* An object that was found in a file. */
PL_MUST_USE enum pl_status pl_proof_object(struct pl_proof *p, const char *file, const char *uid,
                                           const uint8_t sha256[32]);
/* The files of which the ledger knows objects. `each` may say false to stop. */
PL_MUST_USE enum pl_status pl_proof_files(struct pl_proof *p, bool (*each)(void *data, const char *path),
                                          void *data);

/* Does the ledger agree with itself, the folder with ledger and SHA256SUMS, the objects with the rows of the items?
 * PL_STOP: it can't be told. */
PL_MUST_USE enum pl_status pl_proof_books(struct pl_proof *p, pl_difference_sink sink, void *data);
PL_MUST_USE enum pl_status pl_proof_folder(struct pl_proof *p, pl_difference_sink sink, void *data);
PL_MUST_USE enum pl_status pl_proof_objects(struct pl_proof *p, pl_difference_sink sink, void *data);
/*
 * The same stores were converted once more, into this ledger: row by row, by store, key and ordinal, and file by
 * file. Of a run that was stopped all is compared that it came to.
 */
PL_MUST_USE enum pl_status pl_proof_again(struct pl_proof *p, const char *ledger, pl_difference_sink sink,
                                          void *data);

#endif

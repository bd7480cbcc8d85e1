/*
 * setup.h - what a run holds, and how it comes and goes. For convert.c.
 */
#ifndef PL_SETUP_H
#define PL_SETUP_H

#include "choice.h"
#include "convert.h"
#include "record.h"
#include "runlog.h"
#include "session.h"
#include "sink.h"
#include "tally.h"

#define PL_WRITERS_MOST 8

struct pl_run {
    const struct pl_convert_options *options;
    struct pl_convert_result *result;
    const struct pl_reader_ops *const *readers;
    struct pl_report report;
    struct pl_output *output; /* NULL with dry_run */
    struct pl_ledger *ledger;
    struct pl_runlog *log; /* NULL with dry_run */
    struct pl_text *text;
    struct pl_people *people;
    struct pl_writer writers[PL_WRITERS_MOST];
    size_t writer_count;
    unsigned kinds;   /* that the chosen writers take: 1 << enum pl_kind */
    uint64_t before;  /* items that the ledger told of when the folder at hand began */
    bool ended;       /* early: what is left is counted, not read */
    bool owner_found; /* that --owner asks for, in any store */
    struct pl_mapping mapping;
    struct pl_choice choice;
    struct pl_tally unmapped; /* properties that no mapping read */
    uint64_t done, expected;  /* for progress */
    /* the store and the folder at hand */
    struct pl_session session;
    const struct pl_mailbox *mailbox;
    const char *owner;       /* its name in the output */
    bool unheard;            /* a statement about a mailbox could not be kept */
    struct pl_owner *owners; /* given out in this store */
    const char *path;
};

/* Makes the output, the books and the chosen writers. PL_STOP: result->why tells; the
 * run is still to be closed. */
PL_MUST_USE enum pl_status pl_run_open(struct pl_run *run, const struct pl_writer_ops *const *writers);
/* Fills the result and finishes the books; frees. PL_STOP: they could not be written. */
PL_MUST_USE enum pl_status pl_run_close(struct pl_run *run);

/* PL_LOST: this store can't be read (filed). PL_STOP: the run can't go on. */
/* The folders that follow are of this mailbox: sets its name, which no other one of the store
 * has. PL_STOP: filed. */
PL_MUST_USE enum pl_status pl_run_mailbox(struct pl_run *run, const struct pl_mailbox *mailbox);
/* The reason for which the options leave this folder out, or NULL. */
const char *pl_run_unwanted(const struct pl_run *run, const struct pl_folder *folder);

/* Opens the folder in all writers, and gives them its rights before its items. */
PL_MUST_USE enum pl_status pl_run_folder_begin(struct pl_run *run, const struct pl_folder *folder);

PL_MUST_USE enum pl_status pl_run_store_open(struct pl_run *run, const char *path);
void pl_run_store_close(struct pl_run *run);

/* With --learn: reads all items of all stores for what they say of people. PL_STOP: filed. */
PL_MUST_USE enum pl_status pl_run_learn(struct pl_run *run);
/* Without it: keeps what one item says, and what the store says of the owner of a mailbox. PL_STOP: filed. */
PL_MUST_USE enum pl_status pl_run_heard(struct pl_run *run, const struct pl_item *item);
PL_MUST_USE enum pl_status pl_run_heard_of(struct pl_run *run, const struct pl_mailbox *mailbox);

/* Adds a row; PL_STOP: filed. */
PL_MUST_USE enum pl_status pl_run_row(struct pl_run *run, const struct pl_row *row);
/* What of a folder has no row of its own: `count` items with one outcome. */
PL_MUST_USE enum pl_status pl_run_row_counted(struct pl_run *run, enum pl_outcome outcome, const char *reason,
                                              const char *message_class, uint64_t count);
/* A row without a count: items of a store may be gone that nothing tells of. */
PL_MUST_USE enum pl_status pl_run_remark(struct pl_run *run, const char *store, const char *reason);
/* The items of the folder at hand that nobody wanted, by class. */
PL_MUST_USE enum pl_status pl_run_rows_refused(struct pl_run *run);
/* A UID occurs once per folder and kind: later ones get their ordinal. */
PL_MUST_USE enum pl_status pl_run_uid(struct pl_run *run, struct pl_record *record);

/* Files get their names, then their rows are committed; not `now`: when so many wait that it pays. A run
 * whose output fails here has ended. PL_STOP: the books can't be kept. */
PL_MUST_USE enum pl_status pl_run_save(struct pl_run *run, bool now);
/* The output is full or gone, after so many items of a folder: files that are not whole go, so their
 * items are lost, and their space is free for the books. With one file for each item those written
 * stay. The run has ended. PL_STOP: the books can't be kept. */
PL_MUST_USE enum pl_status pl_run_abandon(struct pl_run *run, const struct pl_folder *folder, uint64_t seen);

/* An extent ends for all writers. PL_STOP: filed. */
PL_MUST_USE enum pl_status pl_run_writers_end(struct pl_run *run, enum pl_extent extent);
/* The same for a store or the run. Where it fails, a row says that what the ledger tells of this store is wrong. */
PL_MUST_USE enum pl_status pl_run_extent_end(struct pl_run *run, enum pl_extent extent, const char *store);
/* Closes the writers: files that are not whole go. */
void pl_run_writers_close(struct pl_run *run);

#endif

/*
 * setup.h - what a run holds, and how it comes and goes. For convert.c.
 */
#ifndef PL_SETUP_H
#define PL_SETUP_H

#include "asked.h"
#include "choice.h"
#include "convert.h"
#include "record.h"
#include "runlog.h"
#include "session.h"
#include "sink.h"
#include "tally.h"

#define PL_WRITERS_MOST 8
#define PL_CODE_MOST    48

struct pl_jobs;  /* jobs.h */
struct pl_spool; /* spool.h */
struct pl_twins; /* twin.h */

/* How far a run has got: the store at hand, folders of it that are done, and the first one of the mailbox at
 * hand. */
struct pl_place_in_run {
    size_t store;
    uint64_t folders, mailbox;
};

/* What was met of the store at hand: does a row of the ledger tell that something of it is lost, and the code of
 * the first fault by which something was. */
struct pl_losses {
    bool in_row;
    char fault[PL_CODE_MOST];
};

/* Bytes of memory for an item in a worker that nobody asked for: larger ones are left to the parent. */
#define PL_ITEM_SHARE ((size_t)2 << 20)

struct pl_run {
    const struct pl_convert_options *options;
    struct pl_convert_result *result;
    const struct pl_reader_ops *const *readers;
    const struct pl_writer_ops *const *known_writers; /* chosen or not */
    struct pl_report report;
    struct pl_output *output; /* NULL with dry_run */
    struct pl_ledger *ledger;
    struct pl_runlog *log; /* NULL with dry_run */
    struct pl_text *text;
    struct pl_people *people;
    struct pl_twins *twins; /* NULL before the first is asked for */
    struct pl_writer writers[PL_WRITERS_MOST];
    size_t writer_count;
    unsigned kinds;                  /* that the chosen writers take: 1 << enum pl_kind */
    struct pl_place_in_run at, from; /* from: where an earlier run stopped */
    struct pl_convert_result then;   /* what the earlier run had counted */
    struct pl_lookups then_known;
    struct pl_lookups marked; /* when the folder at hand began */
    uint64_t marked_mailbox;  /* likewise, of at */
    struct pl_run_counts {
        uint64_t notes, warnings, losses, stops;
    } marked_counts; /* likewise, of diagnostics */
    struct pl_losses losses, marked_losses, then_losses;
    struct pl_work_sum marked_work, then_work; /* of the session's; there is none between stores */
    bool asleep;     /* until that place is reached nothing is told, read or written again */
    bool made_books; /* and not an earlier run */
    bool ended;      /* early: what is left is counted, not read */
    struct pl_mapping mapping;
    struct pl_asked asked; /* nothing in workers and in the survey */
    struct pl_choice choice;
    struct pl_tally unmapped; /* properties that no mapping read */
    uint64_t done, expected;  /* for progress */
    uint64_t misses;          /* of memory, that were answered for */
    size_t unlearned;         /* stores that could not be asked before the first was converted */
    struct pl_jobs *jobs;     /* workers of the store at hand, or NULL */
    bool alone;               /* it is read without workers, whatever `jobs` says */
    bool bulky;               /* this process has read an item larger than that share, and may keep what it took */
    bool hurt;                /* its reader met a fault, and from then on may remember it */
    uint64_t split_from;      /* folders of so many items go to workers in parts; 0: none do */
    /* The items of a folder, or of a part of it, that the writers have heard of; convert.c. */
    enum pl_status (*items)(struct pl_run *run, const struct pl_folder *folder, const struct pl_part *part,
                            uint64_t *seen);
    /* in a worker: what its run tells goes there */
    struct pl_spool *spool;
    struct pl_people *hears;
    const struct pl_part *part; /* of the folder at hand, or NULL */
    bool surveys;               /* in the survey of folders: their items are not read */
    const char *code;           /* of the last diagnostic that a worker told, in the arena of the folder */
    /* the store and the folder at hand */
    struct pl_session session;
    const struct pl_mailbox *mailbox;
    const char *owner;                   /* its name in the output */
    bool unheard;                        /* a statement about a mailbox could not be kept */
    bool untold;                         /* the ledger could not keep a line of report.jsonl */
    struct pl_owner *owners;             /* given out in this store */
    const char *path, *key;              /* of the folder */
    const char *scopes[PL_FREEBUSY + 1]; /* of its UIDs, when there were any; in its arena */
    const struct pl_mailbox *begun;      /* mailbox of the folder that the writers heard of last */
};

/* Makes the output, the books and the chosen writers. PL_STOP: result->why tells; the
 * run is still to be closed. */
PL_MUST_USE enum pl_status pl_run_open(struct pl_run *run, const struct pl_writer_ops *const *writers);
/* Fills the result and finishes the books; frees. PL_STOP: they could not be written. */
PL_MUST_USE enum pl_status pl_run_close(struct pl_run *run);
/* Is this format written in this run? */
bool pl_run_writes(const struct pl_run *run, const struct pl_writer_ops *ops);
/* The run does not start: why, in one line. PL_STOP. */
enum pl_status pl_run_refuse(struct pl_run *run, const char *what, const char *why);

/* PL_LOST: this store can't be read (filed). PL_STOP: the run can't go on. */
/* The folders that follow are of this mailbox: sets its name, which no other one of the store
 * has. PL_STOP: filed. */
PL_MUST_USE enum pl_status pl_run_mailbox(struct pl_run *run, const struct pl_mailbox *mailbox);
/* The reason for which the options leave this folder out, or NULL. */
const char *pl_run_unwanted(struct pl_run *run, const struct pl_folder *folder);

/* So many items of the folder at hand are done. */
void pl_run_progress(struct pl_run *run, uint64_t in_folder);
/* Opens the folder in all writers, and gives them its rights before its items. */
PL_MUST_USE enum pl_status pl_run_folder_begin(struct pl_run *run, const struct pl_folder *folder);

/* How many items the folders of the open store state: all of them, or, where that takes a walk of its own, so many.
 */
uint64_t pl_run_stated(struct pl_run *run, uint64_t folders);
PL_MUST_USE enum pl_status pl_run_store_open(struct pl_run *run, const char *path);
/* The same in a process that `of` made, over what that has open, where the reader allows it. */
PL_MUST_USE enum pl_status pl_run_store_carry(struct pl_run *run, const struct pl_run *of);
void pl_run_store_close(struct pl_run *run);

/* With --learn: reads all items of all stores for what they say of people. PL_STOP: filed. */
PL_MUST_USE enum pl_status pl_run_learn(struct pl_run *run);
/* When all stores are done: was one not asked before that could be converted? That is filed. */
void pl_run_learned(struct pl_run *run);
/* Without it: keeps what one item says, and what the store says of the owner of a mailbox. PL_STOP: filed. */
PL_MUST_USE enum pl_status pl_run_heard(struct pl_run *run, const struct pl_item *item);
PL_MUST_USE enum pl_status pl_run_heard_said(struct pl_run *run, const struct pl_statement *said);
PL_MUST_USE enum pl_status pl_run_heard_of(struct pl_run *run, const struct pl_mailbox *mailbox);

/* Adds a row; PL_STOP: filed. */
PL_MUST_USE enum pl_status pl_run_row(struct pl_run *run, const struct pl_row *row);
/* What of a folder has no row of its own: `count` items with one outcome. */
PL_MUST_USE enum pl_status pl_run_row_counted(struct pl_run *run, enum pl_outcome outcome, const char *reason,
                                              const char *message_class, uint64_t count);
/* A row without a count: items of a store may be gone that nothing tells of. */
PL_MUST_USE enum pl_status pl_run_remark(struct pl_run *run, const char *store, const char *reason);
/* The end of a store, in the books: when it could not be opened, was cut, or has lost something that no row tells
 * of, a row without a count says so. PL_STOP: filed. */
PL_MUST_USE enum pl_status pl_run_store_told(struct pl_run *run, const char *store, bool opened);
/* The items of the folder at hand that nobody wanted, by class. */
PL_MUST_USE enum pl_status pl_run_rows_refused(struct pl_run *run);
/* A UID occurs once per folder and kind: later ones get their ordinal. */
PL_MUST_USE enum pl_status pl_run_uid(struct pl_run *run, struct pl_record *record);
/* The set of UIDs of a kind in the folder at hand; NULL: out of memory. */
const char *pl_run_uid_scope(struct pl_run *run, enum pl_kind kind);
/* Counts a UID within a scope. PL_STOP: filed. */
PL_MUST_USE enum pl_status pl_run_uid_enter(struct pl_run *run, const char *scope, const struct pl_record *record,
                                            const char *uid, uint64_t *ordinal);

/* With --recover: enters a record into what is known of the store. PL_END: it was recovered and is a copy,
 * record->idle says so. */
PL_MUST_USE enum pl_status pl_run_copy_check(struct pl_run *run, struct pl_record *record);
/* With --recover: enters what the record became under its UID before ordinals. PL_STOP: filed. */
PL_MUST_USE enum pl_status pl_run_copy_enter(struct pl_run *run, const struct pl_record *record, const char *uid,
                                             const struct pl_written *written);
/* Enters the items of a folder that is not converted. PL_STOP: filed. */
PL_MUST_USE enum pl_status pl_run_folder_enter(struct pl_run *run, const struct pl_folder *folder);
/* The folder is not converted, for the reason that is given: one row counts its items. PL_STOP: the run ends. */
PL_MUST_USE enum pl_status pl_run_folder_leave_out(struct pl_run *run, const struct pl_folder *folder,
                                                   const char *why);

/* A folder begins: what follows can be undone. PL_STOP: the books can't be kept. */
PL_MUST_USE enum pl_status pl_run_mark(struct pl_run *run);
/* Diagnostics so far. Those of what is taken back are kept out of what a later run goes on with. */
struct pl_run_counts pl_run_counts(const struct pl_run *run);
void pl_run_counts_set(struct pl_run *run, struct pl_run_counts counts);
/* Was memory short since this was asked last? Then the status is `least` or worse, and a diagnostic says so. */
PL_MUST_USE enum pl_status pl_run_starved(struct pl_run *run, enum pl_status st, enum pl_status least);
/* Files that the ledger, or the set of people in it, can't be written; PL_STOP. */
enum pl_status pl_run_unkept(struct pl_run *run, const char *key);
/* Files get their names, then their rows are committed, with the place that was reached; not `now`: when so many
 * wait that it pays. A run whose output fails here has ended. PL_STOP: the books can't be kept. */
PL_MUST_USE enum pl_status pl_run_save(struct pl_run *run, bool now);
/* The stores are done, and saved before the files that reach beyond them are ended. PL_STOP: the books can't be
 * kept, or the output. */
PL_MUST_USE enum pl_status pl_run_end(struct pl_run *run);
/* What was told since the last commit can't be kept: one row says how many items it was. */
void pl_run_forget(struct pl_run *run);
/* The run ends in a folder: it was interrupted, or the output is full or gone. The folder leaves no trace but a row
 * that its items are lost, and why; those before it are saved. PL_STOP: the books can't be kept. */
PL_MUST_USE enum pl_status pl_run_abandon(struct pl_run *run, const struct pl_folder *folder, uint64_t seen,
                                          const char *why);

/* Opens output and books where an earlier run left them. PL_END: there is nothing to go on with, the folder is
 * empty. PL_STOP: result->why tells. */
PL_MUST_USE enum pl_status pl_resume_open(struct pl_run *run);
/* Are its files as it wrote them? All bytes of what is gone on with; of a run that has ended the sizes of calendars
 * and the like, and the bytes of all else, the ledger too, which must not be asked any more then. PL_STOP:
 * result->why tells. */
PL_MUST_USE enum pl_status pl_resume_intact(struct pl_run *run, bool ended);
/* Takes over its files; the writers are chosen then. PL_STOP: result->why tells. */
PL_MUST_USE enum pl_status pl_resume_files(struct pl_run *run);
/* Takes away what an earlier run wrote into the folder, as far as its books tell. */
PL_MUST_USE enum pl_status pl_resume_clear(struct pl_run *run);
/* Notes what is needed to go on: once when a run begins, then with each commit. PL_STOP: not written. */
PL_MUST_USE enum pl_status pl_resume_begin(struct pl_run *run);
PL_MUST_USE enum pl_status pl_resume_note(struct pl_run *run);
/* How a store can be told from another one that took its place. */
PL_MUST_USE enum pl_status pl_resume_store(struct pl_run *run, const char *path);
/* Has the run that is gone on with told of the store at hand in its ledger? */
bool pl_resume_told(const struct pl_run *run);
/* The same of the file that belongs to it, once the reader has told its path, or NULL. */
PL_MUST_USE enum pl_status pl_resume_beside(struct pl_run *run, const char *path);
/* The place where the earlier run stopped may have been reached. */
void pl_resume_wake(struct pl_run *run);
/* A folder that is done is given again to the writers whose files reach beyond a store. PL_STOP: as for any. */
PL_MUST_USE enum pl_status pl_resume_folder(struct pl_run *run, const struct pl_folder *folder);
/* Does anybody need the folders of that store again? */
bool pl_resume_needs(const struct pl_run *run, size_t store);

/* A diagnostic was filed: what it says of the store at hand. */
void pl_run_met(struct pl_run *run, const struct pl_diagnostic *d);
/* The memory that each process which reads a store may use for its caches. */
size_t pl_run_memory(const struct pl_run *run);
/* How many workers read folders; 0: none, this process reads them. */
unsigned pl_run_workers(const struct pl_run *run);

/* An extent ends for all writers. PL_STOP: filed. */
PL_MUST_USE enum pl_status pl_run_writers_end(struct pl_run *run, enum pl_extent extent);
/* The same for a store or the run. Where it fails, a row says that what the ledger tells of this store is wrong. */
PL_MUST_USE enum pl_status pl_run_extent_end(struct pl_run *run, enum pl_extent extent, const char *store);
/* Closes the writers: files that are not whole go. */
void pl_run_writers_close(struct pl_run *run);
/* The same for those whose files end with a folder; they can begin another one. */
void pl_run_writers_drop(struct pl_run *run);

#endif

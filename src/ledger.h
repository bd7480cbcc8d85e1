/*
 * ledger.h - one row per source item in DIR/ledger.db, and the sets that grow with
 * items.
 *
 * Balance, enforced by a test with SQL: seen = written + filtered + lost. Mail that
 * was not asked for is one counted row per folder and class (count > 1).
 */
#ifndef PL_LEDGER_H
#define PL_LEDGER_H

#include "people.h"
#include "pimlift.h"
#include "sink.h"

enum pl_outcome { PL_WRITTEN, PL_FILTERED, PL_LOSTITEM };

struct pl_row {
    const char *store;  /* path of the source */
    const char *folder; /* path, names joined by '/' */
    const char *key;    /* NULL for a counted row */
    uint64_t offset;
    const char *owner; /* whose folder of the output: pl_session_owner() */
    const char *message_class;
    enum pl_outcome outcome;
    const char *reason; /* stable code; "" when written without remark */
    const char *file, *uid;
    const uint8_t *sha256; /* NULL unless written */
    uint64_t count;
    const char *evidence, *confidence; /* of a recovered item, else NULL */
};

struct pl_totals {
    uint64_t seen, written, filtered, lost;
};

struct pl_ledger;

/* What is known of people, in a ledger and while it is collected (people.h). */
#define PL_PERSON_SQL                                                                                              \
    "CREATE TABLE person(id INTEGER PRIMARY KEY, said TEXT NOT NULL, place TEXT NOT NULL, dn TEXT, sid TEXT,"      \
    " smtp TEXT, name TEXT, votes INTEGER NOT NULL);"                                                              \
    "CREATE TABLE person_key(key TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY(key, id)) WITHOUT ROWID;"

/* Creates the database, and never opens one that is there; "" leaves no file.
 * On PL_STOP *why is a text. */
PL_MUST_USE enum pl_status pl_ledger_open(const char *path, struct pl_ledger **out, const char **why);
/* The same for one that nobody needs after this run: the disk is not waited for. */
PL_MUST_USE enum pl_status pl_ledger_scratch(const char *path, struct pl_ledger **out, const char **why);
/* One that only tells which UIDs were met. NULL: out of memory. */
struct pl_ledger *pl_ledger_without_rows(void);
PL_MUST_USE enum pl_status pl_ledger_add(struct pl_ledger *l, const struct pl_row *row);
/* Whose the items of (store, owner) are, as the store says it. */
PL_MUST_USE enum pl_status pl_ledger_mailbox(struct pl_ledger *l, const char *store, const char *owner,
                                             const struct pl_mailbox *mailbox);
/* One transaction for all folders whose files settle together. */
PL_MUST_USE enum pl_status pl_ledger_commit(struct pl_ledger *l);
/* Has nothing been said since? */
bool pl_ledger_is_committed(const struct pl_ledger *l);
/* Here a folder begins. */
PL_MUST_USE enum pl_status pl_ledger_mark(struct pl_ledger *l);
/* Forgets all that was said since the mark. */
PL_MUST_USE enum pl_status pl_ledger_undo(struct pl_ledger *l);
/* Forgets all that was said since the last commit. */
PL_MUST_USE enum pl_status pl_ledger_rollback(struct pl_ledger *l);
/* The rows since the last commit. */
void pl_ledger_since(const struct pl_ledger *l, struct pl_totals *out);
/* Adds uid to the set of `scope` (a file); *ordinal is 1 for the first, 2 for the second ... A rollback leaves it:
 * an ordinal that was given out is not given out again. */
PL_MUST_USE enum pl_status pl_ledger_uid(struct pl_ledger *l, const char *scope, const char *uid,
                                         uint64_t *ordinal);
/* Was it added? Adds nothing. */
PL_MUST_USE enum pl_status pl_ledger_uid_known(struct pl_ledger *l, const char *scope, const char *uid,
                                               bool *known);
/* The scopes so far will not be asked for again. */
void pl_ledger_uids_forget(struct pl_ledger *l);
/* Adds n to the tally of (what, name): properties that nobody mapped, and the like. */
PL_MUST_USE enum pl_status pl_ledger_count(struct pl_ledger *l, const char *what, const char *name, uint64_t n);
/* One row of person or person_key, for pl_people_save(). */
PL_MUST_USE enum pl_status pl_ledger_person(struct pl_ledger *l, int64_t id, const struct pl_statement *p);
PL_MUST_USE enum pl_status pl_ledger_person_key(struct pl_ledger *l, const char *key, int64_t id);
void pl_ledger_totals(const struct pl_ledger *l, struct pl_totals *out);
/* In a few words, why the last call failed. */
const char *pl_ledger_fault(const struct pl_ledger *l);
/* One store of a run. Texts live until the callback returns. */
struct pl_store_sum {
    const char *store;
    const char *reason; /* of its row without a count: the store is cut, or was not read; "" when there is none */
    struct pl_totals totals;
};
/* Tells of the stores that have rows, in the order in which they were read. PL_STOP: not of all. */
PL_MUST_USE enum pl_status pl_ledger_stores(struct pl_ledger *l,
                                            void (*each)(void *data, const struct pl_store_sum *sum), void *data);
/* Commits, writes the final totals; frees in any case. The set of people goes before. */
PL_MUST_USE enum pl_status pl_ledger_close(struct pl_ledger *l);

/* --- ledger_join.c ----------------------------------------------------------------------- */

/* Is the file at path a ledger that this version can join? PL_STOP: *why is a text. *runs: how many are in it. */
PL_MUST_USE enum pl_status pl_ledger_check(const char *path, int64_t *runs, const char **why);
/*
 * Adds all rows of a ledger to one that was closed and holds no rows of its own; the runs get the numbers from
 * `first` on, stores their names, and the table `merged` tells where their files are: in `dir`, or where the ledger
 * says itself. Nothing is left out, so the books of each run still balance. Durable when it returns. PL_STOP: *why
 * is a text.
 */
struct pl_ledger_part {
    const char *path, *dir;
    int64_t first;
    const struct pl_store_names *names;
};
PL_MUST_USE enum pl_status pl_ledger_join(const char *into, const struct pl_ledger_part *part, const char **why);

/* The classes of the items in a ledger, and how many of each were seen, in the order of their names. */
PL_MUST_USE enum pl_status pl_ledger_classes(const char *path,
                                             void (*each)(void *data, const char *message_class, uint64_t count),
                                             void *data);
/* Closes it as it was at the last commit; frees. */
enum pl_status pl_ledger_drop(struct pl_ledger *l);
/* Takes a ledger that is not open away, with what SQLite may have left beside it. */
void pl_ledger_remove(const char *path);

/* --- how far a run has got; ledger_state.c ------------------------------------------------- */

/* Opens the ledger of a run that ended early, or of one that did not. PL_END: it was killed before it made any
 * tables. PL_LOST: it is no ledger of this version; PL_STOP: it can't be read now. On both *why is a text. */
PL_MUST_USE enum pl_status pl_ledger_reopen(const char *path, struct pl_ledger **out, const char **why);
/* The last row of the tables that only grow. */
struct pl_ledger_ends {
    int64_t item, mailbox, told;
};
/* Forgets their rows behind those, files so far, and that the books were closed. */
PL_MUST_USE enum pl_status pl_ledger_cut(struct pl_ledger *l, const struct pl_ledger_ends *ends);
PL_MUST_USE enum pl_status pl_ledger_ends(struct pl_ledger *l, struct pl_ledger_ends *ends);

/* A line of report.jsonl, and all of them in their order. */
/* fact: what of it is told once for all, or NULL. */
PL_MUST_USE enum pl_status pl_ledger_told(struct pl_ledger *l, const char *line, const char *fact);
PL_MUST_USE enum pl_status pl_ledger_told_before(struct pl_ledger *l, const char *fact, bool *before);
PL_MUST_USE enum pl_status pl_ledger_told_each(struct pl_ledger *l, void (*each)(void *data, const char *line),
                                               void *data);

/* A file of the output, or a name that was given out and not used. */
PL_MUST_USE enum pl_status pl_ledger_file(struct pl_ledger *l, const struct pl_file *file);
/* A file that a run that was stopped wrote behind its last place, as far as it got: pl_ledger_cut forgets it. */
PL_MUST_USE enum pl_status pl_ledger_file_so_far(struct pl_ledger *l, const struct pl_file *file);
/* All of them, in the order of their paths. `each` may say false to stop. Those of an earlier version have neither
 * size nor digest. */
PL_MUST_USE enum pl_status pl_ledger_files(struct pl_ledger *l,
                                           bool (*each)(void *data, const struct pl_file *file), void *data);
/* *has: is it in the output? */
PL_MUST_USE enum pl_status pl_ledger_has_file(struct pl_ledger *l, const char *path, bool *has);

/* Notes of a run for the one that goes on with it. */
#define PL_NOTE_RESUMED  "resumed"  /* the run was gone on with */
#define PL_NOTE_FINISHED "finished" /* "1": it came to its end */
#define PL_NOTE_PLACE    "place "   /* and its ordinal: where a store was, without links */
#define PL_NOTE_STORE    "told "    /* and its ordinal: what run.json tells of a store */
PL_MUST_USE enum pl_status pl_ledger_note(struct pl_ledger *l, const char *name, const char *text);
/* *text is malloc'd; NULL: there is none. PL_STOP: it can't be read. */
PL_MUST_USE enum pl_status pl_ledger_noted(struct pl_ledger *l, const char *name, char **text);

#endif

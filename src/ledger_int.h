/*
 * ledger_int.h - what the files ledger*.c know of a ledger; private to them.
 */
#ifndef PL_LEDGER_INT_H
#define PL_LEDGER_INT_H

#include <sqlite3.h>

#include "arena.h"
#include "ledger.h"

enum pl_ledger_statement {
    ITEM,
    MAILBOX,
    COUNT,
    TOTALS,
    PERSON,
    PERSON_KEY,
    BEGIN,
    COMMIT,
    ROLLBACK,
    MARK,
    UNDO,
    RELEASE,
    A_FILE,
    FILE_SO_FAR,
    NOTE,
    TOLD,
    TOLD_BEFORE,
    LEDGER_STATEMENTS
};

/* The UIDs that were met: in `slots`, or, when they are too many for that, in `db`. See ledger_uids.c. */
enum pl_uid_statement { UID_ADD, UID_AGAIN, UID_MET, UID_STATEMENTS };
struct pl_uids {
    struct pl_uid_slot *slots;
    size_t room, count;
    sqlite3 *db;
    sqlite3_stmt *prepared[UID_STATEMENTS];
};

/* Rows of items that the tables have not got yet. See ledger_rows.c. */
#define PL_ROWS_WAITING 64
struct pl_rows {
    struct pl_arena texts;
    struct pl_row rows[PL_ROWS_WAITING];
    uint8_t sums[PL_ROWS_WAITING][32];
    size_t count;
};

struct pl_ledger {
    sqlite3 *db;
    sqlite3_stmt *prepared[LEDGER_STATEMENTS];
    struct pl_uids uids;
    struct pl_rows waiting;
    struct pl_totals totals, marked, committed;
    sqlite3_int64 row, marked_row, committed_row; /* the last one */
    int changes;                                  /* of tables, when it was committed last */
    bool is_marked;
    bool is_scratch;
    int fault;  /* the last code of a statement that failed */
    char *path; /* NULL: in memory */
};

/* Runs what makes or changes the tables, then prepares everything. An SQLite code. */
int pl_ledger_start(struct pl_ledger *l, const char *sql);
/* The totals and the last row, as they are in the tables now. */
bool pl_ledger_totals_read(struct pl_ledger *l);
/* Is it a file, so that opening it does not wait? */
bool pl_ledger_is_file(const char *path);
/* Opens one that is only read. An SQLite code; *db is to be closed in any case. */
int pl_ledger_read(const char *path, sqlite3 **db);
/* Why a ledger that should be there can't be read, and what helps; for who opens one to read it. */
#define PL_LEDGER_HELPS "take ledger.db from a backup of the folder, or convert again"
const char *pl_ledger_words(int rc);
/* A text that lives until the statement was run, or NULL. */
static inline bool pl_bind_text(sqlite3_stmt *s, int at, const char *text)
{
    return (text ? sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC) : sqlite3_bind_null(s, at)) == SQLITE_OK;
}
static inline const char *pl_or_empty(const char *text) { return text ? text : ""; }
/* A number; SQLite counts to 2^63 - 1. */
bool pl_ledger_bind(sqlite3_stmt *s, int at, uint64_t n);
/* Writes the rows that wait. PL_STOP: not all of them; what is left of the transaction is to be rolled back. */
PL_MUST_USE enum pl_status pl_ledger_settle(struct pl_ledger *l);
/* Forgets them. */
void pl_ledger_forget(struct pl_ledger *l);
enum pl_status pl_ledger_run(struct pl_ledger *l, enum pl_ledger_statement which);

#endif

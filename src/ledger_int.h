/*
 * ledger_int.h - what the files ledger*.c know of a ledger; private to them.
 */
#ifndef PL_LEDGER_INT_H
#define PL_LEDGER_INT_H

#include <openssl/evp.h>
#include <sqlite3.h>

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
    NOTE,
    UID, /* from here on of the other database */
    UID_AGAIN,
    ORDINAL,
    LEDGER_STATEMENTS
};

struct pl_ledger {
    sqlite3 *db, *uids;
    sqlite3_stmt *prepared[LEDGER_STATEMENTS];
    EVP_MD_CTX *hash; /* of UIDs */
    struct pl_totals totals, marked, committed;
    sqlite3_int64 row, marked_row, committed_row; /* the last one */
    bool is_marked;
    char *path; /* NULL: in memory */
};

/* NULL: out of memory. */
struct pl_ledger *pl_ledger_new(void);
/* Runs what makes or changes the tables, then prepares everything. An SQLite code. */
int pl_ledger_start(struct pl_ledger *l, const char *sql);
enum pl_status pl_ledger_run(struct pl_ledger *l, enum pl_ledger_statement which);

#endif

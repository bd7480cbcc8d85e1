/*
 * ledger_why.c - see ledger_why.h.
 *
 * Layer: core, beside ledger.c; one of the few files that know SQLite.
 */
#include "ledger_why.h"

#include <sqlite3.h>

#include "ledger_int.h"
#include "report.h"

#define COLUMNS "store, folder, key, offset, owner, class, reason, file, uid, sha256, count, evidence, confidence"

static const char *const questions[] = {
    "SELECT " COLUMNS " FROM item WHERE outcome = 'written' AND uid = ? ORDER BY rowid",
    "SELECT " COLUMNS " FROM item WHERE outcome = 'written' AND file = ? ORDER BY rowid",
};

static const char *text(sqlite3_stmt *q, int column) { return (const char *)sqlite3_column_text(q, column); }

static struct pl_row row_of(sqlite3_stmt *q)
{
    struct pl_row row = {.store = text(q, 0),
                         .folder = text(q, 1),
                         .key = text(q, 2),
                         .offset = sqlite3_column_type(q, 3) == SQLITE_NULL ? PL_NO_OFFSET
                                                                            : (uint64_t)sqlite3_column_int64(q, 3),
                         .owner = text(q, 4),
                         .message_class = text(q, 5),
                         .outcome = PL_WRITTEN,
                         .reason = text(q, 6),
                         .file = text(q, 7),
                         .uid = text(q, 8),
                         .count = (uint64_t)sqlite3_column_int64(q, 10),
                         .evidence = text(q, 11),
                         .confidence = text(q, 12)};
    const void *sum = sqlite3_column_blob(q, 9);
    row.sha256 = sqlite3_column_bytes(q, 9) == 32 ? sum : NULL;
    return row;
}

enum pl_status pl_ledger_find(const char *ledger, const char *uid_or_file,
                              void (*each)(void *data, const struct pl_row *row), void *data, const char **why)
{
    sqlite3 *db = NULL;
    uint64_t found = 0;
    int rc = pl_ledger_read(ledger, &db);
    for (size_t i = 0; i < 2 && rc == SQLITE_OK && !found; i++) {
        sqlite3_stmt *q = NULL;
        rc = sqlite3_prepare_v2(db, questions[i], -1, &q, NULL);
        if (rc == SQLITE_OK)
            rc = sqlite3_bind_text(q, 1, uid_or_file, -1, SQLITE_STATIC);
        while (rc == SQLITE_OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
            const struct pl_row row = row_of(q);
            rc = row.store && row.folder && row.owner ? SQLITE_OK : SQLITE_NOMEM; /* none of them can be NULL */
            if (rc == SQLITE_OK)
                each(data, &row);
            found++;
        }
        sqlite3_finalize(q);
        rc = rc == SQLITE_DONE ? SQLITE_OK : rc;
    }
    *why = rc == SQLITE_ERROR ? "not a ledger of this version of pimlift" : pl_ledger_words(rc);
    sqlite3_close(db);
    return rc != SQLITE_OK ? PL_STOP : found ? PL_OK : PL_END;
}

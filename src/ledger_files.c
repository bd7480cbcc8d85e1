/*
 * ledger_files.c - see ledger_files.h.
 *
 * Layer: core, beside ledger.c; one of the few files that know SQLite. The ledger is only read. What was
 * written is copied to a temporary table with an index first, because the rows of one folder are asked
 * for folder by folder.
 */
#include "ledger_files.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "ledger_int.h"

static const char copy_sql[] =
    "PRAGMA temp_store=FILE;"
    "PRAGMA cache_size=-2048;"
    "CREATE TEMP TABLE written AS SELECT store, owner, folder, file FROM item WHERE outcome = 'written' AND"
    " (file LIKE '%.ics' OR file LIKE '%.vcf') ORDER BY rowid;"
    "CREATE INDEX temp.place ON written(store, owner, folder);";

enum statement { OWNER, FILES, SHARED, STATEMENTS };

static const char *const statements[STATEMENTS] = {
    [OWNER] = ("SELECT owner FROM mailbox WHERE store = ?1 AND public = ?2 AND dn = ?3 AND sid = ?4 AND"
               " (dn <> '' OR sid <> '' OR public OR name = ?5) LIMIT 2"),
    [FILES] = "SELECT file FROM written WHERE store = ? AND owner = ? AND folder = ? ORDER BY rowid",
    [SHARED] = "SELECT 1 FROM written GROUP BY file HAVING count(*) > 1 LIMIT 1",
};

struct pl_ledger_files {
    sqlite3 *db;
    sqlite3_stmt *prepared[STATEMENTS];
};

void pl_ledger_files_free(struct pl_ledger_files *f)
{
    if (!f)
        return;
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(f->prepared[i]);
    sqlite3_close(f->db);
    free(f);
}

struct pl_ledger_files *pl_ledger_files_open(const char *ledger, const char **why)
{
    struct pl_ledger_files *f = calloc(1, sizeof *f);
    *why = "out of memory";
    if (!f)
        return NULL;
    int rc = pl_ledger_read(ledger, &f->db);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(f->db, copy_sql, NULL, NULL, NULL);
    for (int i = 0; i < STATEMENTS && rc == SQLITE_OK; i++)
        rc = sqlite3_prepare_v3(f->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT, &f->prepared[i], NULL);
    if (rc == SQLITE_OK)
        return f;
    *why = rc == SQLITE_ERROR ? "this ledger has no table of mailboxes: convert again with this version"
                              : pl_ledger_words(rc);
    pl_ledger_files_free(f);
    return NULL;
}

static bool bind(sqlite3_stmt *s, const char *const *texts, size_t count)
{
    sqlite3_reset(s);
    for (size_t i = 0; i < count; i++)
        if (texts[i] && sqlite3_bind_text(s, (int)i + 1, texts[i], -1, SQLITE_TRANSIENT) != SQLITE_OK)
            return false;
    return true;
}

char *pl_ledger_files_owner(struct pl_ledger_files *f, const struct pl_ledger_box *box)
{
    sqlite3_stmt *s = f->prepared[OWNER];
    const char *const texts[] = {box->store, NULL, box->dn ? box->dn : "", box->sid ? box->sid : "",
                                 box->name ? box->name : ""};
    char *owner = NULL;
    if (bind(s, texts, 5) && sqlite3_bind_int(s, 2, box->is_public) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(s, 0);
        owner = text ? strdup(text) : NULL;
        if (sqlite3_step(s) != SQLITE_DONE) { /* two mailboxes look alike: neither is taken for the other */
            free(owner);
            owner = NULL;
        }
    }
    sqlite3_reset(s);
    return owner;
}

bool pl_ledger_files_each(struct pl_ledger_files *f, const char *store, const char *owner, const char *folder,
                          bool (*file)(void *data, const char *path), void *data)
{
    sqlite3_stmt *s = f->prepared[FILES];
    const char *const texts[] = {store, owner, folder};
    int rc = bind(s, texts, 3) ? sqlite3_step(s) : SQLITE_ERROR;
    for (; rc == SQLITE_ROW; rc = sqlite3_step(s)) {
        const char *path = (const char *)sqlite3_column_text(s, 0);
        if (!path || !file(data, path))
            break;
    }
    sqlite3_reset(s);
    return rc == SQLITE_DONE;
}

bool pl_ledger_files_single(struct pl_ledger_files *f)
{
    int rc = sqlite3_step(f->prepared[SHARED]);
    sqlite3_reset(f->prepared[SHARED]);
    return rc == SQLITE_DONE;
}

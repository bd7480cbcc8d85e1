/*
 * ledger_join.c - the ledgers of many runs in one.
 *
 * Layer: core, beside ledger.c; a part of the only code that knows SQLite. A ledger that is joined is
 * opened to be read, row by row, and no statement of its own is run: its tables have to be tables.
 * The rows of a run stay as they are, but for its number and the names of its stores, so its totals agree with them
 * as before.
 */
#include "ledger.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger_int.h"

#define APPLICATION 0x706c6564
#define VERSION     1

static const char merged_sql[] = "PRAGMA journal_mode=MEMORY;"
                                 "PRAGMA synchronous=FULL;"
                                 "PRAGMA cache_size=-256;"
                                 "CREATE TABLE IF NOT EXISTS merged(run INTEGER PRIMARY KEY, dir TEXT NOT NULL);"
                                 "DELETE FROM run WHERE run NOT IN (SELECT run FROM merged);";

/* The first column of what is read, where it is a run, is moved; the second one of items and mailboxes is a store.
 */
static const struct copy {
    const char *table, *select, *insert;
    int columns;
    bool has_run, has_store;
    const char *select_before; /* of ledgers that lack columns which came later */
} copies[] = {
    {"run", "SELECT run, version, closed, seen, written, filtered, lost FROM run ORDER BY run",
     "INSERT INTO run VALUES(?,?,?,?,?,?,?)", 7, true, false, NULL},
    {"item",
     "SELECT run, store, folder, key, offset, class, outcome, reason, file, uid, sha256, count, owner, evidence,"
     " confidence FROM item ORDER BY rowid",
     "INSERT INTO item VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", 15, true, true,
     "SELECT run, store, folder, key, offset, class, outcome, reason, file, uid, sha256, count, owner, NULL, NULL"
     " FROM item ORDER BY rowid"},
    {"mailbox", "SELECT run, store, owner, name, dn, sid, public FROM mailbox ORDER BY rowid",
     "INSERT INTO mailbox VALUES(?,?,?,?,?,?,?)", 7, true, true, NULL},
    {"tally", "SELECT what, name, n FROM tally",
     "INSERT INTO tally VALUES(?,?,?) ON CONFLICT(what, name) DO UPDATE SET n = n + excluded.n", 3, false, false,
     NULL},
};

#define COPIES (sizeof copies / sizeof *copies)

static bool number_of(sqlite3 *db, const char *sql, int64_t *out)
{
    sqlite3_stmt *q = NULL;
    bool ok = sqlite3_prepare_v2(db, sql, -1, &q, NULL) == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW;
    if (ok)
        *out = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    return ok;
}

static bool is_table(sqlite3 *db, const char *name)
{
    char sql[128];
    int64_t count = 0;
    snprintf(sql, sizeof sql, "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = '%s'", name);
    return number_of(db, sql, &count) && count == 1;
}

/* NULL: *why is a text. */
static sqlite3 *open_checked(const char *path, int64_t *runs, const char **why)
{
    sqlite3 *db = NULL;
    int64_t application = 0, version = 0;
    int rc = pl_ledger_read(path, &db);
    bool ok = rc == SQLITE_OK && number_of(db, "PRAGMA application_id", &application) &&
              number_of(db, "PRAGMA user_version", &version);
    *why = rc == SQLITE_CANTOPEN ? "there is no ledger in it that can be opened: " PL_LEDGER_HELPS
                                 : "its ledger.db is no ledger, or it is damaged: " PL_LEDGER_HELPS;
    if (ok && application == APPLICATION && version != VERSION) {
        *why = version > VERSION ? "its ledger is of a later version: merge with that one"
                                 : "its ledger is of an earlier version: convert again";
        ok = false;
    }
    ok = ok && application == APPLICATION && is_table(db, "person") && is_table(db, "person_key");
    for (size_t i = 0; i < COPIES && ok; i++)
        ok = is_table(db, copies[i].table);
    if (ok && number_of(db, "SELECT count(*) FROM run", runs) && *runs > 0)
        return db;
    sqlite3_close(db);
    return NULL;
}

enum pl_status pl_ledger_check(const char *path, int64_t *runs, const char **why)
{
    sqlite3 *db = open_checked(path, runs, why);
    int64_t open_runs = 0;
    if (!db)
        return PL_STOP;
    bool ok = number_of(db, "SELECT count(*) FROM run WHERE NOT closed", &open_runs);
    sqlite3_close(db);
    if (ok && !open_runs)
        return PL_OK;
    *why = ok ? "the run that made it did not end: convert again" : "its ledger can't be read";
    return PL_STOP;
}

/* What is added to the numbers of runs, and what stores are called. */
struct change {
    int64_t add;
    const struct pl_store_names *names;
};

static bool store_copy(sqlite3_stmt *from, sqlite3_stmt *to, const struct pl_store_names *names)
{
    const char *store = (const char *)sqlite3_column_text(from, 1);
    const char *name = store ? names->name(names->data, store) : NULL;
    return name && sqlite3_bind_text(to, 2, name, -1, SQLITE_TRANSIENT) == SQLITE_OK;
}

static bool row_copy(sqlite3_stmt *from, sqlite3_stmt *to, const struct copy *c, const struct change *change)
{
    bool ok = true;
    for (int i = 0; i < c->columns && ok; i++)
        if (i == 0 && c->has_run)
            ok = sqlite3_bind_int64(to, 1, sqlite3_column_int64(from, 0) + change->add) == SQLITE_OK;
        else if (i == 1 && c->has_store)
            ok = store_copy(from, to, change->names);
        else
            ok = sqlite3_bind_value(to, i + 1, sqlite3_column_value(from, i)) == SQLITE_OK;
    ok = ok && sqlite3_step(to) == SQLITE_DONE;
    sqlite3_reset(to);
    return ok;
}

/* PL_LOST: what is read can't be; PL_STOP: what is written. */
static enum pl_status table_copy(sqlite3 *db, sqlite3 *from, const struct copy *c, const struct change *change)
{
    sqlite3_stmt *select = NULL, *insert = NULL;
    enum pl_status st = PL_OK;
    int rc = sqlite3_prepare_v2(from, c->select, -1, &select, NULL);
    if (rc != SQLITE_OK && c->select_before)
        rc = sqlite3_prepare_v2(from, c->select_before, -1, &select, NULL);
    if (rc != SQLITE_OK)
        st = PL_LOST;
    else if (sqlite3_prepare_v2(db, c->insert, -1, &insert, NULL) != SQLITE_OK)
        st = PL_STOP;
    while (st == PL_OK && (rc = sqlite3_step(select)) == SQLITE_ROW)
        if (!row_copy(select, insert, c, change))
            st = PL_STOP;
    if (st == PL_OK && rc != SQLITE_DONE)
        st = PL_LOST;
    sqlite3_finalize(select);
    sqlite3_finalize(insert);
    return st;
}

/* Where the files of each run are. */
static enum pl_status places_copy(sqlite3 *db, sqlite3 *from, const struct change *change, const char *dir)
{
    bool again = is_table(from, "merged");
    sqlite3_stmt *select = NULL, *insert = NULL;
    const char *sql = again ? "SELECT run, dir FROM merged" : "SELECT run, ?1 FROM run";
    bool ok = sqlite3_prepare_v2(from, sql, -1, &select, NULL) == SQLITE_OK &&
              (again || sqlite3_bind_text(select, 1, dir, -1, SQLITE_STATIC) == SQLITE_OK) &&
              sqlite3_prepare_v2(db, "INSERT INTO merged VALUES(?,?)", -1, &insert, NULL) == SQLITE_OK;
    static const struct copy place = {.columns = 2, .has_run = true};
    while (ok && sqlite3_step(select) == SQLITE_ROW)
        ok = row_copy(select, insert, &place, change);
    sqlite3_finalize(select);
    sqlite3_finalize(insert);
    return ok ? PL_OK : PL_STOP;
}

static enum pl_status all_copy(sqlite3 *db, sqlite3 *from, const struct pl_ledger_part *part)
{
    int64_t least = 1;
    enum pl_status st = number_of(from, "SELECT min(run) FROM run", &least) ? PL_OK : PL_LOST;
    const struct change change = {.add = part->first - least, .names = part->names};
    for (size_t i = 0; i < COPIES && st == PL_OK; i++)
        st = table_copy(db, from, &copies[i], &change);
    return st == PL_OK ? places_copy(db, from, &change, part->dir) : st;
}

enum pl_status pl_ledger_join(const char *into, const struct pl_ledger_part *part, const char **why)
{
    sqlite3 *db = NULL, *source = NULL;
    int64_t runs = 0;
    enum pl_status st = PL_STOP;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
    char *whole = realpath(into, NULL);
    *why = "there is no room for the ledger, or it can't be written";
    if (whole && sqlite3_open_v2(whole, &db, flags, NULL) == SQLITE_OK &&
        (source = open_checked(part->path, &runs, why)) != NULL) {
        st = sqlite3_exec(db, merged_sql, NULL, NULL, NULL) == SQLITE_OK &&
                     sqlite3_exec(db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK
                 ? all_copy(db, source, part)
                 : PL_STOP;
        if (st == PL_OK && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
            st = PL_STOP;
        *why = st == PL_LOST ? "its ledger can't be read to its end"
                             : "there is no room for the ledger, or it can't be written";
    }
    sqlite3_close(source);
    sqlite3_close(db);
    free(whole);
    return st == PL_OK ? PL_OK : PL_STOP;
}

enum pl_status pl_ledger_classes(const char *path,
                                 void (*each)(void *data, const char *message_class, uint64_t count), void *data)
{
    const char *why;
    int64_t runs = 0;
    sqlite3 *db = open_checked(path, &runs, &why);
    sqlite3_stmt *q = NULL;
    int rc = SQLITE_ERROR;
    if (db && sqlite3_prepare_v2(db, "SELECT class, sum(count) FROM item GROUP BY class ORDER BY class", -1, &q,
                                 NULL) == SQLITE_OK)
        while ((rc = sqlite3_step(q)) == SQLITE_ROW)
            each(data, (const char *)sqlite3_column_text(q, 0), (uint64_t)sqlite3_column_int64(q, 1));
    sqlite3_finalize(q);
    sqlite3_close(db);
    return rc == SQLITE_DONE ? PL_OK : PL_STOP;
}

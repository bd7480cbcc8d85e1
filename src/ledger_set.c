/*
 * ledger_set.c - names that were met before, on disk: see diskset.h.
 *
 * Layer: core, beside ledger.c; a part of the only code that knows SQLite.
 */
#include "diskset.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

static const char set_sql[] = "PRAGMA journal_mode=OFF;"
                              "PRAGMA synchronous=OFF;"
                              "PRAGMA temp_store=FILE;"
                              "PRAGMA cache_size=-512;"
                              "CREATE TABLE name(name TEXT PRIMARY KEY, number INTEGER NOT NULL, text TEXT)"
                              " WITHOUT ROWID;"
                              "BEGIN;";

enum statement { ADD, REPLACE, FIND, EACH, STATEMENTS };

static const char *const statements[STATEMENTS] = {
    [ADD] = "INSERT OR IGNORE INTO name VALUES(?,?,?)",
    [REPLACE] = "UPDATE name SET number = ?2, text = ?3 WHERE name = ?1",
    [FIND] = "SELECT name, number, text FROM name WHERE name = ?",
    [EACH] = ("SELECT name, number, text FROM name WHERE name >= ?1 AND substr(name, 1, length(?1)) = ?1"
              " ORDER BY name"),
};

struct pl_diskset {
    sqlite3 *db;
    sqlite3_stmt *prepared[STATEMENTS];
};

void pl_diskset_free(struct pl_diskset *s)
{
    if (!s)
        return;
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(s->prepared[i]);
    sqlite3_close(s->db);
    free(s);
}

struct pl_diskset *pl_diskset_new(void)
{
    struct pl_diskset *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    int rc = sqlite3_open_v2("", &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(s->db, set_sql, NULL, NULL, NULL);
    for (int i = 0; i < STATEMENTS && rc == SQLITE_OK; i++)
        rc = sqlite3_prepare_v3(s->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT, &s->prepared[i], NULL);
    if (rc == SQLITE_OK)
        return s;
    pl_diskset_free(s);
    return NULL;
}

static bool bind(sqlite3_stmt *q, const char *name, int64_t number, const char *text)
{
    sqlite3_reset(q);
    return sqlite3_bind_text(q, 1, name, -1, SQLITE_TRANSIENT) == SQLITE_OK &&
           sqlite3_bind_int64(q, 2, number) == SQLITE_OK &&
           sqlite3_bind_text(q, 3, text, -1, SQLITE_TRANSIENT) == SQLITE_OK;
}

static struct pl_diskset_row row_of(sqlite3_stmt *q)
{
    const char *text = (const char *)sqlite3_column_text(q, 2);
    return (struct pl_diskset_row){(const char *)sqlite3_column_text(q, 0), text ? text : "",
                                   sqlite3_column_int64(q, 1)};
}

enum pl_status pl_diskset_find(struct pl_diskset *s, const char *name, struct pl_diskset_row *found)
{
    sqlite3_stmt *q = s->prepared[FIND];
    sqlite3_reset(q);
    if (sqlite3_bind_text(q, 1, name, -1, SQLITE_TRANSIENT) != SQLITE_OK)
        return PL_STOP;
    int rc = sqlite3_step(q);
    if (rc == SQLITE_ROW)
        *found = row_of(q);
    return rc == SQLITE_ROW ? PL_OK : rc == SQLITE_DONE ? PL_END : PL_STOP;
}

enum pl_status pl_diskset_add(struct pl_diskset *s, const char *name, int64_t number, const char *text,
                              struct pl_diskset_row *found)
{
    sqlite3_stmt *q = s->prepared[ADD];
    if (!bind(q, name, number, text) || sqlite3_step(q) != SQLITE_DONE)
        return PL_STOP;
    if (sqlite3_changes(s->db) > 0)
        return PL_OK;
    return pl_diskset_find(s, name, found) == PL_OK ? PL_END : PL_STOP;
}

enum pl_status pl_diskset_replace(struct pl_diskset *s, const char *name, int64_t number, const char *text)
{
    sqlite3_stmt *q = s->prepared[REPLACE];
    sqlite3_reset(s->prepared[FIND]);
    return bind(q, name, number, text) && sqlite3_step(q) == SQLITE_DONE ? PL_OK : PL_STOP;
}

enum pl_status pl_diskset_each(struct pl_diskset *s, const char *prefix,
                               void (*each)(void *data, const struct pl_diskset_row *row), void *data)
{
    sqlite3_stmt *q = s->prepared[EACH];
    int rc = SQLITE_ERROR;
    sqlite3_reset(q);
    if (sqlite3_bind_text(q, 1, prefix, -1, SQLITE_TRANSIENT) == SQLITE_OK)
        while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
            struct pl_diskset_row row = row_of(q);
            each(data, &row);
        }
    sqlite3_reset(q);
    return rc == SQLITE_DONE ? PL_OK : PL_STOP;
}

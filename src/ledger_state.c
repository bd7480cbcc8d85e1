/*
 * ledger_state.c - ledger.db as the memory of how far a run has got: its files, its place.
 *
 * Layer: core, beside ledger.c. The tables `file` and `state` change in the same transactions
 * as the rows of the items, so whoever opens the ledger finds them in agreement.
 */
#include <stdlib.h>
#include <string.h>

#include "ledger_int.h"

#define APPLICATION 0x706c6564 /* as in ledger.c */
#define SO_FAR      2          /* file.whole */

/* The first column of the first row as a number. false: there is none, or it can't be read. */
static bool number_of(struct pl_ledger *l, const char *sql, sqlite3_int64 *out)
{
    sqlite3_stmt *s = NULL;
    bool ok = sqlite3_prepare_v2(l->db, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW;
    if (ok)
        *out = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return ok;
}

bool pl_ledger_totals_read(struct pl_ledger *l)
{
    struct pl_totals *t = &l->totals;
    sqlite3_int64 written = 0, filtered = 0, lost = 0;
    if (!number_of(l, "SELECT coalesce(sum(count), 0) FROM item WHERE outcome = 'written'", &written) ||
        !number_of(l, "SELECT coalesce(sum(count), 0) FROM item WHERE outcome = 'filtered'", &filtered) ||
        !number_of(l, "SELECT coalesce(sum(count), 0) FROM item WHERE outcome = 'lost'", &lost) ||
        !number_of(l, "SELECT coalesce(max(rowid), 0) FROM item", &l->row))
        return false;
    t->written = (uint64_t)written;
    t->filtered = (uint64_t)filtered;
    t->lost = (uint64_t)lost;
    t->seen = t->written + t->filtered + t->lost;
    l->committed = l->marked = l->totals;
    l->committed_row = l->marked_row = l->row;
    return true;
}

enum pl_status pl_ledger_reopen(const char *path, struct pl_ledger **out, const char **why)
{
    struct pl_ledger *l = calloc(1, sizeof *l);
    *out = NULL;
    *why = "out of memory";
    if (!l)
        return PL_STOP;
    pl_arena_init(&l->waiting.texts, SIZE_MAX);
    l->path = realpath(path, NULL);
    int rc = l->path && pl_ledger_is_file(l->path) ? pl_ledger_start(l, "BEGIN") : SQLITE_CANTOPEN;
    sqlite3_int64 application = 0, tables = 0;
    if (rc == SQLITE_OK && (!number_of(l, "PRAGMA application_id", &application) ||
                            (application == APPLICATION && !pl_ledger_totals_read(l))))
        rc = sqlite3_errcode(l->db);
    if (rc == SQLITE_OK && application == APPLICATION) {
        *out = l;
        return PL_OK;
    }
    bool begun = !number_of(l, "SELECT count(*) FROM sqlite_schema", &tables) || tables != 0;
    *why = rc == SQLITE_OK || rc == SQLITE_ERROR || rc == SQLITE_NOTADB ? "not a ledger of this version of pimlift"
                                                                        : pl_ledger_words(rc);
    (void)!pl_ledger_drop(l);
    bool other = rc == SQLITE_OK || rc == SQLITE_ERROR || rc == SQLITE_NOTADB;
    return !begun ? PL_END : other ? PL_LOST : PL_STOP;
}

static bool cut(struct pl_ledger *l, const char *sql, int64_t row)
{
    sqlite3_stmt *s = NULL;
    bool ok = sqlite3_prepare_v2(l->db, sql, -1, &s, NULL) == SQLITE_OK &&
              sqlite3_bind_int64(s, 1, row) == SQLITE_OK && sqlite3_step(s) == SQLITE_DONE;
    sqlite3_finalize(s);
    return ok;
}

enum pl_status pl_ledger_cut(struct pl_ledger *l, const struct pl_ledger_ends *ends)
{
    /* with what is counted when a run ends, which it may have done without its last files */
    static const char open_again[] = "UPDATE run SET closed = 0, seen = 0, written = 0, filtered = 0, lost = 0;"
                                     "DELETE FROM tally WHERE what = 'people';"
                                     "DELETE FROM state WHERE name = '" PL_NOTE_FINISHED "'";
    if (!cut(l, "DELETE FROM item WHERE rowid > ?", ends->item) ||
        !cut(l, "DELETE FROM mailbox WHERE rowid > ?", ends->mailbox) ||
        !cut(l, "DELETE FROM told WHERE n > ?", ends->told) ||
        !cut(l, "DELETE FROM file WHERE whole = ?", SO_FAR) ||
        sqlite3_exec(l->db, open_again, NULL, NULL, NULL) != SQLITE_OK)
        return PL_STOP;
    return pl_ledger_totals_read(l) ? PL_OK : PL_STOP;
}

enum pl_status pl_ledger_ends(struct pl_ledger *l, struct pl_ledger_ends *ends)
{
    sqlite3_int64 mailbox = 0, told = 0;
    if (pl_ledger_settle(l) != PL_OK || !number_of(l, "SELECT coalesce(max(rowid), 0) FROM mailbox", &mailbox) ||
        !number_of(l, "SELECT coalesce(max(n), 0) FROM told", &told))
        return PL_STOP;
    *ends = (struct pl_ledger_ends){l->row, mailbox, told};
    return PL_OK;
}

enum pl_status pl_ledger_told(struct pl_ledger *l, const char *line, const char *fact)
{
    sqlite3_stmt *s = l->prepared[TOLD];
    bool bound = sqlite3_bind_text(s, 1, line, -1, SQLITE_STATIC) == SQLITE_OK &&
                 sqlite3_bind_text(s, 2, fact, -1, SQLITE_STATIC) == SQLITE_OK;
    return bound ? pl_ledger_run(l, TOLD) : PL_STOP;
}

enum pl_status pl_ledger_told_before(struct pl_ledger *l, const char *fact, bool *before)
{
    sqlite3_stmt *s = l->prepared[TOLD_BEFORE];
    int rc = sqlite3_bind_text(s, 1, fact, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(s);
    *before = rc == SQLITE_ROW;
    sqlite3_reset(s);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? PL_OK : PL_STOP;
}

enum pl_status pl_ledger_told_each(struct pl_ledger *l, void (*each)(void *data, const char *line), void *data)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(l->db, "SELECT line FROM told ORDER BY n", -1, &s, NULL);
    while (rc == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW) {
        const char *line = (const char *)sqlite3_column_text(s, 0);
        if (!line)
            break;
        each(data, line);
    }
    int last = sqlite3_errcode(l->db);
    sqlite3_finalize(s);
    return rc == SQLITE_OK && last == SQLITE_DONE ? PL_OK : PL_STOP;
}

enum pl_status pl_ledger_has_file(struct pl_ledger *l, const char *path, bool *has)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(l->db, "SELECT 1 FROM file WHERE path = ? AND whole", -1, &s, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(s, 1, path, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(s);
    sqlite3_finalize(s);
    *has = rc == SQLITE_ROW;
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? PL_OK : PL_STOP;
}

static enum pl_status file_add(struct pl_ledger *l, enum pl_ledger_statement how, const struct pl_file *file,
                               int whole)
{
    sqlite3_stmt *s = l->prepared[how];
    bool ok = sqlite3_bind_text(s, 1, file->path, -1, SQLITE_STATIC) == SQLITE_OK &&
              sqlite3_bind_int(s, 2, whole) == SQLITE_OK;
    if (ok && whole)
        ok = sqlite3_bind_int64(s, 3, (sqlite3_int64)file->size) == SQLITE_OK &&
             sqlite3_bind_blob(s, 4, file->sha256, sizeof file->sha256, SQLITE_STATIC) == SQLITE_OK;
    return ok ? pl_ledger_run(l, how) : PL_STOP;
}

enum pl_status pl_ledger_file(struct pl_ledger *l, const struct pl_file *file)
{
    return file_add(l, A_FILE, file, file->whole);
}

/* A file that is whole stays so: a COMMIT that failed when all was on the disk did commit, and rows name the file.
 */
enum pl_status pl_ledger_file_so_far(struct pl_ledger *l, const struct pl_file *file)
{
    return file_add(l, FILE_SO_FAR, file, SO_FAR);
}

enum pl_status pl_ledger_files(struct pl_ledger *l, bool (*each)(void *data, const struct pl_file *file),
                               void *data)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(l->db, "SELECT path, whole, size, sha256 FROM file ORDER BY path", -1, &s, NULL);
    bool on = true;
    while (rc == SQLITE_OK && on && sqlite3_step(s) == SQLITE_ROW) {
        struct pl_file file = {.path = (const char *)sqlite3_column_text(s, 0),
                               .whole = sqlite3_column_int(s, 1) != 0,
                               .size = (uint64_t)sqlite3_column_int64(s, 2)};
        const void *digest = sqlite3_column_blob(s, 3);
        if (digest && sqlite3_column_bytes(s, 3) == sizeof file.sha256)
            memcpy(file.sha256, digest, sizeof file.sha256);
        on = file.path && each(data, &file);
    }
    int read = sqlite3_finalize(s); /* SQLITE_OK also of what was not prepared */
    return rc == SQLITE_OK && read == SQLITE_OK && on ? PL_OK : PL_STOP;
}

enum pl_status pl_ledger_note(struct pl_ledger *l, const char *name, const char *text)
{
    sqlite3_stmt *s = l->prepared[NOTE];
    bool ok = sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC) == SQLITE_OK &&
              sqlite3_bind_text(s, 2, text, -1, SQLITE_STATIC) == SQLITE_OK;
    return ok ? pl_ledger_run(l, NOTE) : PL_STOP;
}

enum pl_status pl_ledger_noted(struct pl_ledger *l, const char *name, char **text)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(l->db, "SELECT value FROM state WHERE name = ?", -1, &s, NULL);
    *text = NULL;
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(s);
    if (rc == SQLITE_ROW) {
        const char *value = (const char *)sqlite3_column_text(s, 0);
        *text = value ? strdup(value) : NULL;
    }
    sqlite3_finalize(s);
    return rc == SQLITE_DONE || *text ? PL_OK : PL_STOP;
}

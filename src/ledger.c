/*
 * ledger.c - ledger.db: one row per source item, tallies, and the totals of the run.
 *
 * Layer: core; with ledger_state.c and ledger_people.c the only files that know SQLite. The schema is in
 * docs/ledger.md and is part of what users script against: columns are added, never changed.
 *
 * Speed and safety: one transaction for all folders whose files settle together, with the
 * place that the run has reached; a savepoint for the folder at hand. A run may be killed, or the
 * power fail, at any moment: the next to open the ledger finds the last commit. The file is made
 * here, exclusively and not through a link, before SQLite sees it.
 *
 * Two ways to say things in SQL are avoided where each item passes, because SQLite makes
 * a temporary table for them at every step: IN over a list in a CHECK, and RETURNING.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger_int.h"
#include "report.h"
#include "sid.h"

/* In one transaction: a disk takes its time for each. Committed, so that from here on another run finds this one in
 * the folder. */
static const char ledger_sql[] =
    "BEGIN;"
    "PRAGMA application_id=0x706c6564;" /* "pled" */
    "PRAGMA user_version=1;"
    "CREATE TABLE run(run INTEGER PRIMARY KEY, version TEXT NOT NULL, closed INTEGER NOT NULL DEFAULT 0,"
    " seen INTEGER NOT NULL DEFAULT 0, written INTEGER NOT NULL DEFAULT 0,"
    " filtered INTEGER NOT NULL DEFAULT 0, lost INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE item(run INTEGER NOT NULL, store TEXT NOT NULL, folder TEXT NOT NULL, key TEXT, offset INTEGER,"
    " class TEXT NOT NULL, outcome TEXT NOT NULL CHECK(outcome = 'written' OR outcome = 'filtered' OR outcome = "
    "'lost'),"
    " reason TEXT NOT NULL, file TEXT, uid TEXT, sha256 BLOB, count INTEGER NOT NULL CHECK(count >= 0),"
    " owner TEXT NOT NULL, evidence TEXT, confidence TEXT);"
    "CREATE TABLE mailbox(run INTEGER NOT NULL, store TEXT NOT NULL, owner TEXT NOT NULL, name TEXT NOT NULL,"
    " dn TEXT NOT NULL, sid TEXT NOT NULL, public INTEGER NOT NULL);"
    "CREATE TABLE tally(what TEXT NOT NULL, name TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY(what, name))"
    " WITHOUT ROWID;" PL_PERSON_SQL
    "CREATE TABLE file(path TEXT PRIMARY KEY, whole INTEGER NOT NULL, size INTEGER, sha256 BLOB) WITHOUT ROWID;"
    "CREATE TABLE told(n INTEGER PRIMARY KEY, line TEXT NOT NULL, fact TEXT UNIQUE);"
    "CREATE TABLE state(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE VIEW balance AS SELECT run, store, folder, sum(count) AS seen,"
    " sum(CASE outcome WHEN 'written' THEN count ELSE 0 END) AS written,"
    " sum(CASE outcome WHEN 'filtered' THEN count ELSE 0 END) AS filtered,"
    " sum(CASE outcome WHEN 'lost' THEN count ELSE 0 END) AS lost, owner"
    " FROM item GROUP BY run, store, owner, folder;"
    "INSERT INTO run(run, version) VALUES(1, '" PL_VERSION "');"
    "COMMIT;"
    "BEGIN;";

static const char manners_sql[] = "PRAGMA locking_mode=EXCLUSIVE;"
                                  "PRAGMA journal_mode=TRUNCATE;"
                                  "PRAGMA synchronous=FULL;"
                                  "PRAGMA cache_size=-2304;"; /* rows come at the end; people anywhere */

static const char *const statements[LEDGER_STATEMENTS] = {
    [MAILBOX] = "INSERT INTO mailbox VALUES(1,?,?,?,?,?,?)",
    [ITEM] = "INSERT INTO item VALUES(1,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [COUNT] = "INSERT INTO tally VALUES(?,?,?) ON CONFLICT(what, name) DO UPDATE SET n = n + excluded.n",
    [TOTALS] = "UPDATE run SET closed = 1, seen = ?, written = ?, filtered = ?, lost = ? WHERE run = 1",
    [PERSON] = "INSERT OR IGNORE INTO person VALUES(?,?,?,?,?,?,?,?)",
    [PERSON_KEY] = "INSERT OR IGNORE INTO person_key VALUES(?,?)",
    [BEGIN] = "BEGIN",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [MARK] = "SAVEPOINT folder",
    [UNDO] = "ROLLBACK TO folder",
    [RELEASE] = "RELEASE folder",
    [A_FILE] = "INSERT OR REPLACE INTO file VALUES(?,?,?,?)",
    [FILE_SO_FAR] = ("INSERT INTO file VALUES(?1,?2,?3,?4) ON CONFLICT DO UPDATE"
                     " SET whole = ?2, size = ?3, sha256 = ?4 WHERE whole = 0"),
    [NOTE] = "INSERT OR REPLACE INTO state VALUES(?,?)",
    [TOLD] = "INSERT INTO told(line, fact) VALUES(?, ?)",
    [TOLD_BEFORE] = "SELECT 1 FROM told WHERE fact = ?",
};

/* --- opening ------------------------------------------------------------ */

/* Makes the file, and gives its path without links: SQLite then refuses any that appears. */
static char *file_make(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        return NULL;
    close(fd);
    char *whole = realpath(path, NULL);
    if (!whole)
        unlink(path);
    return whole;
}

static const char *make_why(int error)
{
    if (error == EEXIST)
        return "there is a ledger already: name a new folder, or move the ledger away";
    return strerrordesc_np(error);
}

/* A table that is there, without that column? An SQLite code. */
static int lacks(sqlite3 *db, const char *table, const char *column, bool *out)
{
    sqlite3_stmt *q = NULL;
    int rc = sqlite3_prepare_v2(db,
                                "SELECT 1 FROM pragma_table_info(?1) WHERE NOT EXISTS"
                                " (SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2)",
                                -1, &q, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(q, 1, table, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(q, 2, column, -1, SQLITE_STATIC);
    *out = rc == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW;
    int read = sqlite3_finalize(q);
    return rc != SQLITE_OK ? rc : read;
}

/* What a ledger of an earlier version lacks, so that its files can be told; nothing of it is committed, because all
 * is done anew over such a one. An SQLite code. */
static int older_mend(sqlite3 *db)
{
    static const struct {
        const char *table, *column, *sql;
    } mends[] = {
        {"file", "sha256",
         "ALTER TABLE file ADD COLUMN size INTEGER; ALTER TABLE file ADD COLUMN sha256 BLOB;"
         "CREATE TABLE IF NOT EXISTS told(n INTEGER PRIMARY KEY, line TEXT NOT NULL)"},
        {"told", "fact", "ALTER TABLE told ADD COLUMN fact TEXT"},
    };
    int rc = SQLITE_OK;
    for (size_t i = 0; i < sizeof mends / sizeof *mends && rc == SQLITE_OK; i++) {
        bool older;
        rc = lacks(db, mends[i].table, mends[i].column, &older);
        if (older)
            rc = sqlite3_exec(db, mends[i].sql, NULL, NULL, NULL);
    }
    return rc;
}

int pl_ledger_start(struct pl_ledger *l, const char *sql)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    int rc = sqlite3_open_v2(l->path ? l->path : "", &l->db,
                             flags | (l->path ? SQLITE_OPEN_NOFOLLOW : SQLITE_OPEN_CREATE), NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(l->db, manners_sql, NULL, NULL, NULL);
    if (rc == SQLITE_OK && l->is_scratch)
        rc = sqlite3_exec(l->db, "PRAGMA synchronous=OFF", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(l->db, sql, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = older_mend(l->db);
    for (int i = 0; i < LEDGER_STATEMENTS && rc == SQLITE_OK; i++)
        rc = sqlite3_prepare_v3(l->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT, &l->prepared[i], NULL);
    return rc;
}

enum pl_status pl_ledger_drop(struct pl_ledger *l)
{
    for (int i = 0; i < LEDGER_STATEMENTS; i++)
        sqlite3_finalize(l->prepared[i]);
    int rc = sqlite3_close(l->db);
    pl_ledger_uids_forget(l);
    pl_arena_release(&l->waiting.texts);
    free(l->path);
    free(l);
    return rc == SQLITE_OK ? PL_OK : PL_STOP;
}

void pl_ledger_remove(const char *path)
{
    char journal[PATH_MAX];
    int n = snprintf(journal, sizeof journal, "%s-journal", path);
    (void)unlink(path);
    if (n > 0 && (size_t)n < sizeof journal)
        (void)unlink(journal);
}

static enum pl_status make(const char *path, bool is_scratch, struct pl_ledger **out, const char **why)
{
    struct pl_ledger *l = calloc(1, sizeof *l);
    *out = NULL;
    *why = "out of memory";
    if (!l)
        return PL_STOP;
    if (*path && !(l->path = file_make(path))) {
        *why = make_why(errno);
        (void)!pl_ledger_drop(l);
        return PL_STOP;
    }
    l->is_scratch = is_scratch;
    pl_arena_init(&l->waiting.texts, SIZE_MAX);
    int rc = pl_ledger_start(l, ledger_sql);
    if (rc != SQLITE_OK) {
        *why = sqlite3_errstr(rc);
        (void)!pl_ledger_drop(l); /* before its files go: SQLite may make a journal until then */
        if (*path)
            pl_ledger_remove(path);
        return PL_STOP;
    }
    *out = l;
    return PL_OK;
}

enum pl_status pl_ledger_open(const char *path, struct pl_ledger **out, const char **why)
{
    return make(path, false, out, why);
}

enum pl_status pl_ledger_scratch(const char *path, struct pl_ledger **out, const char **why)
{
    return make(path, true, out, why);
}

struct pl_ledger *pl_ledger_without_rows(void) { return calloc(1, sizeof(struct pl_ledger)); }

/* SQLite opens what the name is, and waits for whoever writes into a pipe; the same of what lies beside the ledger.
 */
bool pl_ledger_is_file(const char *path)
{
    static const char *const beside[] = {"-journal", "-wal", "-shm"};
    char other[PATH_MAX];
    struct stat st;
    bool good = stat(path, &st) == 0 && S_ISREG(st.st_mode);
    for (size_t i = 0; i < sizeof beside / sizeof *beside && good; i++) {
        int n = snprintf(other, sizeof other, "%s%s", path, beside[i]);
        good = n > 0 && (size_t)n < sizeof other && (stat(other, &st) != 0 || S_ISREG(st.st_mode));
    }
    return good;
}

int pl_ledger_read(const char *path, sqlite3 **db)
{
    *db = NULL;
    if (!pl_ledger_is_file(path))
        return SQLITE_CANTOPEN;
    return sqlite3_open_v2(path, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
}

const char *pl_ledger_words(int rc)
{
    switch (rc & 0xff) { /* the lowest byte is the kind */
    case SQLITE_CANTOPEN: return "there is no ledger that can be opened: " PL_LEDGER_HELPS;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return "the ledger is damaged, or is none: " PL_LEDGER_HELPS;
    default: return sqlite3_errstr(rc);
    }
}

/* --- rows ---------------------------------------------------------------- */

/* A full disk may have ended the transaction already; then all of it is gone. */
static bool in_transaction(const struct pl_ledger *l) { return !sqlite3_get_autocommit(l->db); }

/* Where memory or the disk fails it, SQLite may end a transaction, also when it was only asked something. What was
 * written then would stay for good, without what went before it. */
enum pl_status pl_ledger_run(struct pl_ledger *l, enum pl_ledger_statement which)
{
    sqlite3_stmt *s = l->prepared[which];
    int rc = which == BEGIN || in_transaction(l) ? sqlite3_step(s) : SQLITE_ABORT_ROLLBACK;
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    if (rc != SQLITE_DONE)
        l->fault = rc;
    return rc == SQLITE_DONE ? PL_OK : PL_STOP;
}

const char *pl_ledger_fault(const struct pl_ledger *l)
{
    return sqlite3_errstr(l && l->fault ? l->fault : SQLITE_NOMEM); /* what is bound to a statement needs memory */
}

/* SQLite counts to 2^63 - 1. */
bool pl_ledger_bind(sqlite3_stmt *s, int at, uint64_t n)
{
    return sqlite3_bind_int64(s, at, n > INT64_MAX ? INT64_MAX : (sqlite3_int64)n) == SQLITE_OK;
}

enum pl_status pl_ledger_mailbox(struct pl_ledger *l, const char *store, const char *owner,
                                 const struct pl_mailbox *mailbox)
{
    sqlite3_stmt *s = l->prepared[MAILBOX];
    char sid[PL_SID_TEXT_MOST] = "";
    bool ok = pl_bind_text(s, 1, pl_or_empty(store)) && pl_bind_text(s, 2, owner) &&
              pl_bind_text(s, 3, pl_or_empty(mailbox->name)) && pl_bind_text(s, 4, pl_or_empty(mailbox->dn)) &&
              pl_bind_text(s, 5, mailbox->sid.size ? pl_sid_print(mailbox->sid, sid) : "") &&
              pl_ledger_bind(s, 6, mailbox->is_public);
    return ok ? pl_ledger_run(l, MAILBOX) : PL_STOP;
}

enum pl_status pl_ledger_count(struct pl_ledger *l, const char *what, const char *name, uint64_t n)
{
    sqlite3_stmt *s = l->prepared[COUNT];
    bool ok = pl_bind_text(s, 1, what) && pl_bind_text(s, 2, name) && pl_ledger_bind(s, 3, n);
    return ok ? pl_ledger_run(l, COUNT) : PL_STOP;
}

enum pl_status pl_ledger_person(struct pl_ledger *l, int64_t id, const struct pl_statement *p)
{
    sqlite3_stmt *s = l->prepared[PERSON];
    bool ok = sqlite3_bind_int64(s, 1, id) == SQLITE_OK && pl_bind_text(s, 2, pl_said_name(p->said)) &&
              pl_bind_text(s, 3, pl_or_empty(p->place)) && pl_bind_text(s, 4, p->dn) &&
              pl_bind_text(s, 5, p->sid) && pl_bind_text(s, 6, p->smtp) && pl_bind_text(s, 7, p->name) &&
              pl_ledger_bind(s, 8, p->votes);
    return ok ? pl_ledger_run(l, PERSON) : PL_STOP;
}

enum pl_status pl_ledger_person_key(struct pl_ledger *l, const char *key, int64_t id)
{
    sqlite3_stmt *s = l->prepared[PERSON_KEY];
    bool ok = pl_bind_text(s, 1, key) && sqlite3_bind_int64(s, 2, id) == SQLITE_OK;
    return ok ? pl_ledger_run(l, PERSON_KEY) : PL_STOP;
}

/* --- transactions -------------------------------------------------------- */

enum pl_status pl_ledger_commit(struct pl_ledger *l)
{
    if (!in_transaction(l) || pl_ledger_settle(l) != PL_OK || pl_ledger_run(l, COMMIT) != PL_OK)
        return PL_STOP;
    l->is_marked = false;
    l->committed = l->totals;
    l->committed_row = l->row;
    l->changes = sqlite3_total_changes(l->db);
    return pl_ledger_run(l, BEGIN);
}

bool pl_ledger_is_committed(const struct pl_ledger *l)
{
    return !l->waiting.count && sqlite3_total_changes(l->db) == l->changes;
}

enum pl_status pl_ledger_mark(struct pl_ledger *l)
{
    if (!in_transaction(l) || pl_ledger_settle(l) != PL_OK || (l->is_marked && pl_ledger_run(l, RELEASE) != PL_OK))
        return PL_STOP;
    l->is_marked = true;
    l->marked = l->totals;
    l->marked_row = l->row;
    return pl_ledger_run(l, MARK);
}

enum pl_status pl_ledger_undo(struct pl_ledger *l)
{
    if (!l->is_marked || !in_transaction(l) || pl_ledger_run(l, UNDO) != PL_OK)
        return PL_STOP;
    pl_ledger_forget(l);
    l->totals = l->marked;
    l->row = l->marked_row;
    return PL_OK;
}

enum pl_status pl_ledger_rollback(struct pl_ledger *l)
{
    pl_ledger_forget(l);
    if (in_transaction(l) && pl_ledger_run(l, ROLLBACK) != PL_OK)
        return PL_STOP;
    l->is_marked = false;
    /* a COMMIT that failed only when the journal was gone did commit: the tables know */
    return pl_ledger_totals_read(l) ? pl_ledger_run(l, BEGIN) : PL_STOP;
}

void pl_ledger_since(const struct pl_ledger *l, struct pl_totals *out)
{
    const struct pl_totals *from = &l->committed, *to = &l->totals;
    *out = (struct pl_totals){to->seen - from->seen, to->written - from->written, to->filtered - from->filtered,
                              to->lost - from->lost};
}

void pl_ledger_totals(const struct pl_ledger *l, struct pl_totals *out) { *out = l->totals; }

/* --- closing ------------------------------------------------------------- */

static enum pl_status totals_write(struct pl_ledger *l)
{
    sqlite3_stmt *s = l->prepared[TOTALS];
    const struct pl_totals *t = &l->totals;
    bool ok = in_transaction(l) && pl_ledger_settle(l) == PL_OK && pl_ledger_bind(s, 1, t->seen) &&
              pl_ledger_bind(s, 2, t->written) && pl_ledger_bind(s, 3, t->filtered) &&
              pl_ledger_bind(s, 4, t->lost);
    if (!ok || pl_ledger_run(l, TOTALS) != PL_OK)
        return PL_STOP;
    if (pl_ledger_run(l, COMMIT) != PL_OK)
        return PL_STOP;
    return sqlite3_exec(l->db, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL) == SQLITE_OK ? PL_OK : PL_STOP;
}

/* A file, or a folder, which may have nothing to sync. */
static bool path_sync(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return false;
    bool ok = fsync(fd) == 0 || errno == EINVAL;
    close(fd);
    return ok;
}

static bool durable(char *path)
{
    char *slash = strrchr(path, '/');
    if (!path_sync(path, O_RDWR))
        return false;
    slash[slash == path] = '\0';
    return path_sync(path, O_RDONLY | O_DIRECTORY);
}

/* Who reads a database first takes back what its journal says, and the journal away (SQLite, File Locking 4.1). */
static void journal_take_back(const char *path)
{
    sqlite3 *db = NULL;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK)
        (void)sqlite3_exec(db, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
    (void)sqlite3_close(db);
}

/* SQLite does not tell that it could not take its journal away. An empty one holds nothing to go back to. */
static void journal_tidy(const char *path)
{
    char journal[PATH_MAX];
    struct stat st;
    int n = snprintf(journal, sizeof journal, "%s-journal", path);
    if (n <= 0 || (size_t)n >= sizeof journal || lstat(journal, &st) != 0 || !S_ISREG(st.st_mode))
        return;
    if (st.st_size)
        journal_take_back(path);
    else
        (void)unlink(journal);
}

enum pl_status pl_ledger_close(struct pl_ledger *l)
{
    enum pl_status st = totals_write(l);
    if (st != PL_OK) { /* what was committed last is all there is, without a journal beside it */
        (void)pl_ledger_run(l, ROLLBACK);
        (void)sqlite3_exec(l->db, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
    }
    char *path = l->path;
    l->path = NULL;
    if (pl_ledger_drop(l) != PL_OK)
        st = PL_STOP;
    if (path)
        journal_tidy(path);
    if (path && !durable(path))
        st = PL_STOP;
    free(path);
    return st;
}

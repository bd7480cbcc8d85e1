/*
 * ledger_verify.c - see ledger_verify.h.
 *
 * Layer: core, beside ledger.c; one of the few files that know SQLite. Each check is one statement that gives the
 * differences. The ledgers are opened to be read, and only tables of them are: what else an edited one may hold is
 * not run.
 */
#include "ledger_verify.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger_int.h"

#define APPLICATION 0x706c6564 /* as in ledger.c */
#define CELL_MOST   (16 << 20) /* bytes: the longest tells of all stores */

static const char temp_sql[] =
    "PRAGMA trusted_schema=OFF;"
    "PRAGMA temp_store=FILE;"
    "PRAGMA cache_size=-2048;"
    "CREATE TEMP TABLE disk(path TEXT PRIMARY KEY, sha BLOB) WITHOUT ROWID;"
    "CREATE TEMP TABLE listed(path TEXT PRIMARY KEY, sha BLOB) WITHOUT ROWID;"
    "CREATE TEMP TABLE fresh(path TEXT PRIMARY KEY, sha BLOB) WITHOUT ROWID;"
    "CREATE TEMP TABLE object(file TEXT, uid TEXT, bare TEXT, sha BLOB);" /* bare: as vCard 4.0 has it */
    "CREATE TEMP TABLE own(path TEXT PRIMARY KEY, listed INTEGER, needed INTEGER) WITHOUT ROWID;"
    "INSERT INTO own VALUES('ledger.db', 1, 1), ('report.jsonl', 1, 1), ('run.json', 1, 1),"
    " ('SHA256SUMS', 0, 1), ('report.html', 0, 0);"
    "CREATE TEMP TABLE part AS SELECT NOT EXISTS (SELECT 1 FROM main.state WHERE name = '" PL_NOTE_FINISHED
    "' AND value = '1')"
    " AS yes;"
    "INSERT INTO own SELECT '.pimlift-files', 0, 0 FROM part WHERE yes;"
    "CREATE TEMP VIEW written AS SELECT * FROM item WHERE outcome = 'written' AND"
    " (file LIKE '%.ics' OR file LIKE '%.vcf');"
    "BEGIN;";

/* The run was stopped. run.json says so too, but is not asked: the ledger has to agree with itself and the stores.
 */
#define PART "(SELECT yes FROM temp.part)"
/* The files of each run are in the folders that were merged. */
#define MERGED   "EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = 'merged')"
#define NOT_KEPT "outcome = 'lost' AND key IS NULL" /* counts of a folder that is not in the output */

/* What a check gives: file, store, folder, key, uid, text. */
struct check {
    const char *code, *sql;
};

static const struct check book_checks[] = {
    {"ledger.corrupt", "SELECT 'ledger.db', NULL, NULL, NULL, NULL, integrity_check FROM"
                       " pragma_integrity_check WHERE integrity_check <> 'ok'"},
    {"run.unfinished",
     "SELECT 'ledger.db', NULL, NULL, NULL, NULL,"
     " 'the run was killed, or its books were opened again: go on with it (--resume)' FROM run WHERE closed <> 1"},
    {"ledger.totals",
     "SELECT 'ledger.db', NULL, NULL, NULL, NULL, 'run: ' || r.seen || ' seen, ' || r.written ||"
     " ' written, ' || r.filtered || ' filtered, ' || r.lost || ' lost; its rows: ' || s.seen || ', ' || s.written"
     " || ', ' || s.filtered || ', ' || s.lost FROM run r JOIN (SELECT run.run, coalesce(sum(count), 0) AS seen,"
     " coalesce(sum(count) FILTER (WHERE outcome = 'written'), 0) AS written,"
     " coalesce(sum(count) FILTER (WHERE outcome = 'filtered'), 0) AS filtered,"
     " coalesce(sum(count) FILTER (WHERE outcome = 'lost'), 0) AS lost FROM run LEFT JOIN item USING(run)"
     " GROUP BY run.run) s USING(run) WHERE r.closed = 1 AND"
     " (r.seen <> s.seen OR r.written <> s.written OR r.filtered <> s.filtered OR r.lost <> s.lost)"},
    {"ledger.totals",
     "SELECT 'ledger.db', store, folder, key, uid, 'it is of run ' || run || ', which there is not'"
     " FROM item WHERE run NOT IN (SELECT run FROM run)"},
    {"run.stopped", "SELECT 'ledger.db', NULL, NULL, NULL, NULL, 'the run was stopped; not compared are the ' ||"
                    " (SELECT coalesce(sum(count), 0) FROM item WHERE " NOT_KEPT ") || ' items that it did not come"
                    " to: go on with it (--resume)' FROM temp.part WHERE yes"},
    {"ledger.duplicate", "SELECT file, min(store), min(folder), min(key), uid, count(*) || ' rows have this UID in"
                         " this file' FROM written GROUP BY run, file, uid HAVING count(*) > 1"},
    {"ledger.duplicate", "SELECT 'ledger.db', store, NULL, NULL, NULL, count(*) || ' rows tell of its mailbox ' ||"
                         " owner FROM mailbox GROUP BY run, store, owner HAVING count(*) > 1"},
    {"ledger.file",
     "SELECT file, min(store), min(folder), NULL, NULL, count(*) || ' rows name a file that the"
     " ledger does not list' FROM item WHERE NOT " MERGED " AND file IS NOT NULL AND file NOT IN (SELECT path FROM "
     "file WHERE whole AND path IS NOT NULL)"
     " GROUP BY file"},
    {NULL, NULL},
};

/* A run that was stopped may have had no room to tell the ledger of files that it wrote at its end; then only
 * SHA256SUMS has them, and the stores tell whether they are of it. */
static const struct check folder_checks[] = {
    {"file.missing",
     "SELECT path, NULL, NULL, NULL, NULL, 'not there' FROM (SELECT path FROM file WHERE whole AND path IS NOT NULL"
     " UNION SELECT path FROM listed UNION SELECT path FROM own WHERE needed) WHERE path NOT IN"
     " (SELECT path FROM disk)"},
    {"file.added", "SELECT path, NULL, NULL, NULL, NULL, 'not written by this run' FROM disk WHERE path NOT IN"
                   " (SELECT path FROM file WHERE whole AND path IS NOT NULL UNION ALL SELECT path FROM own) AND "
                   "NOT (" PART " AND path IN"
                   " (SELECT path FROM listed))"},
    {"file.unreadable", "SELECT path, NULL, NULL, NULL, NULL, 'no file, or it can''t be read' FROM disk WHERE sha"
                        " IS NULL"},
    {"file.changed", "SELECT path, NULL, NULL, NULL, NULL, 'not as SHA256SUMS has it' FROM disk JOIN listed"
                     " USING(path) WHERE disk.sha <> listed.sha"},
    {"file.changed",
     "SELECT path, NULL, NULL, NULL, NULL, 'not as the ledger has it' FROM disk JOIN file USING(path)"
     " WHERE whole = 1 AND sha256 IS NOT NULL AND disk.sha <> sha256 AND NOT EXISTS (SELECT 1 FROM"
     " listed WHERE listed.path = disk.path AND listed.sha <> disk.sha)"},
    {"sums.missing",
     "SELECT path, NULL, NULL, NULL, NULL, 'not in SHA256SUMS' FROM (SELECT path FROM file WHERE"
     " whole UNION SELECT path FROM own WHERE listed) WHERE path NOT IN (SELECT path FROM listed) AND EXISTS"
     " (SELECT 1 FROM disk WHERE path = 'SHA256SUMS')"},
    {NULL, NULL},
};

/* By the indexes, from either side: a file has very many objects. */
#define IS_UID "w.file = o.file AND w.uid IN (o.uid, o.bare)"

static const struct check object_checks[] = {
    {"object.missing",
     "SELECT file, store, folder, key, uid, 'not in its file' FROM wrote w WHERE file IN"
     " (SELECT path FROM disk WHERE sha IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM object o WHERE o.file = w.file"
     " AND o.uid = w.uid) AND NOT EXISTS (SELECT 1 FROM object o WHERE o.file = w.file AND o.bare = w.uid)"},
    {"object.changed", "SELECT w.file, w.store, w.folder, w.key, w.uid, 'other bytes than the ledger has' FROM"
                       " object o JOIN wrote w ON " IS_UID " WHERE w.sha256 IS NOT o.sha"},
    {"object.added", "SELECT file, NULL, NULL, NULL, uid, 'the ledger knows no such object' FROM object o WHERE NOT"
                     " EXISTS (SELECT 1 FROM wrote w WHERE " IS_UID ")"},
    {"object.duplicate", "SELECT file, NULL, NULL, NULL, uid, count(*) || ' objects have this UID' FROM object"
                         " GROUP BY file, uid HAVING count(*) > 1"},
    {NULL, NULL},
};

/* Rows are paired by store, mailbox, folder, key and ordinal; rows that count have no key but a class. */
#define ROWS                                                                                                       \
    " AS SELECT store, owner, folder, ifnull(key, '') AS k, CASE WHEN key IS NULL THEN class ELSE '' END AS c,"    \
    " row_number() OVER (PARTITION BY store, owner, folder, key, CASE WHEN key IS NULL THEN class END"             \
    " ORDER BY rowid) AS ordinal, rowid AS place, run, offset, class, outcome, reason, file, uid, sha256, count, " \
    "evidence, confidence "                                                                                        \
    "FROM "
#define PAIR              "store, owner, folder, k, c, ordinal"
#define NOT_EQUAL(column) " || CASE WHEN a." column " IS NOT b." column " THEN ' " column "' ELSE '' END"

#define COMPARED "WHERE NOT (" PART " AND " NOT_KEPT ");"

/* Folders are converted one after the other, and each is in the ledger whole or not at all. So one that was stopped
 * has all rows of the second run up to the last that both have, and all of each folder of which it has one. */
static const char pair_sql[] = "CREATE TEMP TABLE was" ROWS "main.item " COMPARED "CREATE TEMP TABLE now" ROWS
                               "again.item " COMPARED "CREATE UNIQUE INDEX temp.was_pair ON was(" PAIR ");"
                               "CREATE UNIQUE INDEX temp.now_pair ON now(" PAIR ");"
                               "CREATE TEMP TABLE reached AS SELECT CASE WHEN " PART " THEN (SELECT max(now.place)"
                               " FROM now JOIN was USING(store, owner, folder)) ELSE (SELECT max(place) FROM now)"
                               " END AS place;";

/* Files that a run that was stopped writes as far as it got. Lines of the manifest are compared by who has both;
 * those of busy time melt into others. */
#define SO_FAR "(path IN ('sharing.jsonl', 'sharing.csv') OR path LIKE 'freebusy/computed/%')"

static const struct check again_checks[] = {
    {"item.gone", "SELECT file, store, folder, nullif(k, ''), uid, 'the ledger has it, the stores do not' FROM was"
                  " WHERE NOT EXISTS (SELECT 1 FROM now WHERE now.store = was.store AND"
                  " now.owner = was.owner AND now.folder = was.folder AND now.k = was.k AND now.c = was.c AND"
                  " now.ordinal = was.ordinal)"},
    {"item.unknown",
     "SELECT file, store, folder, nullif(k, ''), uid, 'the stores have it, the ledger does not' FROM"
     " now WHERE place <= (SELECT place FROM reached) AND NOT EXISTS (SELECT 1 FROM was WHERE now.store = "
     "was.store AND now.owner = was.owner AND"
     " now.folder = was.folder AND now.k = was.k AND now.c = was.c AND now.ordinal = was.ordinal)"},
    {"item.differs",
     "SELECT file, store, folder, k, uid, 'mapped again, it differs in' || columns FROM (SELECT"
     " a.file, a.store, a.folder, nullif(a.k, '') AS k, a.uid, ''" NOT_EQUAL("run") NOT_EQUAL("offset")
         NOT_EQUAL("class") NOT_EQUAL("outcome") NOT_EQUAL("reason") NOT_EQUAL("file") NOT_EQUAL("uid")
             NOT_EQUAL("sha256") NOT_EQUAL("count") NOT_EQUAL("evidence")
                 NOT_EQUAL("confidence") " AS columns FROM was a JOIN now b USING(" PAIR ")) WHERE columns <> ''"},
    {"ledger.differs",
     "SELECT 'ledger.db', store, NULL, NULL, NULL, 'table mailbox: ' || owner || ' is missing' FROM"
     " again.mailbox a WHERE " PART " AND EXISTS (SELECT 1 FROM was WHERE was.store = a.store AND was.owner ="
     " a.owner) AND NOT EXISTS (SELECT 1 FROM main.mailbox m WHERE m.store = a.store AND m.owner = a.owner)"},
    {"file.added", "SELECT path, NULL, NULL, NULL, NULL, 'not written by this run' FROM disk WHERE " PART
                   " AND path NOT IN (SELECT path FROM main.file WHERE whole AND path IS NOT NULL UNION ALL"
                   " SELECT path FROM own UNION ALL SELECT path FROM fresh) AND path IN (SELECT path FROM listed)"},
    {"file.differs", "SELECT path, NULL, NULL, NULL, NULL, 'not what the stores give' FROM disk JOIN fresh"
                     " USING(path) WHERE disk.sha <> fresh.sha AND (path IN (SELECT path FROM main.file WHERE "
                     "path IS NOT NULL AND (whole = 1 OR (whole = 2 AND NOT " SO_FAR ")))"
                     " OR (path = 'report.jsonl' AND NOT " PART "))"},
    {NULL, NULL},
};

/* Tables that are the same after the same run, column by column; and what can be said of one that was stopped,
 * which has a part of the rows, and smaller numbers. */
static const struct {
    const char *table, *columns, *where;
    const char *part; /* the columns of a run that was stopped, each row of which the second run has; NULL: none */
} same_tables[] = {
    {"run", "run AS one, version, closed, seen, written, filtered, lost", "1", "run AS one, version, closed"},
    {"mailbox", "quote(store) || ' ' || quote(owner) AS one, run, name, dn, sid, public", "1",
     "quote(store) || ' ' || quote(owner) AS one, run, name, dn, sid, public"},
    {"tally", "quote(what) || ' ' || quote(name) AS one, n", "1", "quote(what) || ' ' || quote(name) AS one"},
    {"person", "id AS one, said, place, dn, sid, smtp, name, votes", "1",
     "id AS one, said, dn, sid, smtp, name"}, /* the place is the first of all stores that were read */
    {"person_key", "key AS one, id", "1", "key AS one, id"},
    {"told", "n || ' ' || quote(line) AS one, fact", "1", NULL},
    {"file", "path AS one, whole, size, sha256", "(whole <> 2 OR NOT " PART ")", "path AS one, size, sha256"},
    {"state",
     "name AS one, CASE WHEN name GLOB '" PL_NOTE_PLACE
     "*' THEN NULL ELSE typeof(value) || timeless(name, value) END",
     "name <> '" PL_NOTE_RESUMED "' OR value IS NOT '1'", /* a store may have been moved */
     "name AS one, CASE WHEN name IN ('place', 'asked') THEN NULL ELSE typeof(value) || timeless(name, value) END"},
    {"merged", "run || ' ' || quote(dir) AS one", "1", NULL},
    {"sqlite_schema", "name AS one, type, sql", "1", "name AS one, type, sql"},
};

enum statement { DISK, LISTED, FRESH, OBJECT, STATEMENTS };

static const char *const statements[STATEMENTS] = {
    [DISK] = "INSERT OR REPLACE INTO disk VALUES(?,?)",
    [LISTED] = "INSERT OR IGNORE INTO listed VALUES(?,?)",
    [FRESH] = "INSERT OR REPLACE INTO fresh VALUES(?,?)",
    [OBJECT] = "INSERT INTO object VALUES(?1,?3,CASE WHEN ?3 GLOB 'urn:uuid:*' THEN substr(?3, 10) END,?2)",
};

struct pl_proof {
    sqlite3 *db;
    sqlite3_stmt *prepared[STATEMENTS];
    char fault[200];
};

/* --- opening ----------------------------------------------------------------------- */

/* A time of change as notes of files have it, behind a blank: digits, a point, nine digits, a blank. Its length; 0:
 * there is none. */
static size_t time_size(const char *text)
{
    size_t whole = strspn(text, "-0123456789"),
           part = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
    return whole && part == 9 && text[whole + 10] == ' ' ? whole + 11 : 0;
}

/* Where a line of a note tells of a file that was read: resume.c writes its size, a blank, its time. NULL: it does
 * not. */
static const char *mark_of(const char *name, const char *line, bool first)
{
    static const char map[] = "--identity-map ";
    const char *mark = NULL;
    if (!strcmp(name, "request"))
        mark = strncmp(line, map, sizeof map - 1) != 0 ? NULL : line + sizeof map - 1;
    else if (first && (!strncmp(name, "store ", 6) || !strncmp(name, "beside ", 7)))
        mark = line;
    size_t digits = mark ? strspn(mark, "0123456789") : 0;
    return digits && mark[digits] == ' ' ? mark + digits + 1 : NULL;
}

/* SQL's timeless(NAME, TEXT): that note without the times of files. A file that was copied is the same file. */
static void timeless(sqlite3_context *call, int count, sqlite3_value **values)
{
    (void)count;
    const char *name = (const char *)sqlite3_value_text(values[0]);
    const char *text = (const char *)sqlite3_value_text(values[1]), *line = text;
    size_t left = (size_t)sqlite3_value_bytes(values[1]), size = 0;
    char *out = text && name ? malloc(left + 1) : NULL;
    if (!out) {
        if (text && name)
            sqlite3_result_error_nomem(call);
        return;
    }
    for (const char *end = text + left; line < end;) {
        const char *next = memchr(line, '\n', (size_t)(end - line)), *mark = mark_of(name, line, line == text);
        next = next ? next + 1 : end;
        size_t before = mark ? (size_t)(mark - line) : 0, skipped = mark ? time_size(mark) : 0;
        memcpy(out + size, line, before);
        memcpy(out + size + before, line + before + skipped, (size_t)(next - line) - before - skipped);
        size += (size_t)(next - line) - skipped;
        line = next;
    }
    sqlite3_result_text64(call, out, size, SQLITE_TRANSIENT, SQLITE_UTF8);
    free(out);
}

void pl_proof_free(struct pl_proof *p)
{
    if (!p)
        return;
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(p->prepared[i]);
    sqlite3_close(p->db);
    free(p);
}

static int64_t number_of(struct pl_proof *p, const char *sql, int64_t otherwise)
{
    sqlite3_stmt *q = NULL;
    if (sqlite3_prepare_v2(p->db, sql, -1, &q, NULL) == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW)
        otherwise = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    return otherwise;
}

/* All that is read has to be a table. */
static bool has_tables(struct pl_proof *p, const char *schema)
{
    char sql[256];
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM %s.sqlite_schema WHERE type = 'table' AND name IN ('run', 'item', 'mailbox',"
             " 'tally', 'person', 'person_key', 'file', 'state', 'told') AND sql NOT LIKE '%%virtual%%'",
             schema);
    return number_of(p, sql, 0) == 9;
}

struct pl_proof *pl_proof_open(const char *ledger, const char **why)
{
    struct pl_proof *p = calloc(1, sizeof *p);
    *why = "out of memory";
    if (!p)
        return NULL;
    int rc = pl_ledger_read(ledger, &p->db);
    if (rc == SQLITE_OK)
        sqlite3_limit(p->db, SQLITE_LIMIT_LENGTH, CELL_MOST);
    bool mine = rc == SQLITE_OK && number_of(p, "PRAGMA application_id", 0) == APPLICATION && has_tables(p, "main");
    if (mine)
        rc = sqlite3_create_function(p->db, "timeless", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, timeless, NULL,
                                     NULL);
    if (mine && rc == SQLITE_OK)
        rc = sqlite3_exec(p->db, temp_sql, NULL, NULL, NULL);
    for (int i = 0; i < STATEMENTS && mine && rc == SQLITE_OK; i++)
        rc = sqlite3_prepare_v3(p->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT, &p->prepared[i], NULL);
    if (mine && rc == SQLITE_OK)
        return p;
    *why = rc == SQLITE_OK ? "no ledger of this version of pimlift, or it is damaged: " PL_LEDGER_HELPS
                           : pl_ledger_words(rc);
    pl_proof_free(p);
    return NULL;
}

bool pl_proof_merged(struct pl_proof *p) { return number_of(p, "SELECT " MERGED, 0) != 0; }

bool pl_proof_resumed(struct pl_proof *p)
{
    return number_of(p, "SELECT 1 FROM main.state WHERE name = '" PL_NOTE_RESUMED "'", 0) != 0;
}

bool pl_proof_part(struct pl_proof *p) { return number_of(p, "SELECT yes FROM temp.part", 0) != 0; }

void pl_proof_totals(struct pl_proof *p, struct pl_totals *out)
{
    *out = (struct pl_totals){(uint64_t)number_of(p, "SELECT sum(seen) FROM run", 0),
                              (uint64_t)number_of(p, "SELECT sum(written) FROM run", 0),
                              (uint64_t)number_of(p, "SELECT sum(filtered) FROM run", 0),
                              (uint64_t)number_of(p, "SELECT sum(lost) FROM run", 0)};
}

char *pl_proof_version(struct pl_proof *p)
{
    sqlite3_stmt *q = NULL;
    char *text = NULL;
    if (sqlite3_prepare_v2(p->db, "SELECT version FROM run", -1, &q, NULL) == SQLITE_OK &&
        sqlite3_step(q) == SQLITE_ROW) {
        const char *version = (const char *)sqlite3_column_text(q, 0);
        text = version ? strdup(version) : NULL;
    }
    sqlite3_finalize(q);
    return text;
}

/* --- what is told --------------------------------------------------------------------- */

static enum pl_status tell(struct pl_proof *p, enum statement which, const char *path, const char *uid,
                           const uint8_t sha256[32])
{
    sqlite3_stmt *s = p->prepared[which];
    bool ok =
        sqlite3_bind_text(s, 1, path, -1, SQLITE_STATIC) == SQLITE_OK &&
        (sha256 ? sqlite3_bind_blob(s, 2, sha256, 32, SQLITE_STATIC) : sqlite3_bind_null(s, 2)) == SQLITE_OK &&
        (!uid || sqlite3_bind_text(s, 3, uid, -1, SQLITE_STATIC) == SQLITE_OK);
    ok = ok && sqlite3_step(s) == SQLITE_DONE;
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return ok ? PL_OK : PL_STOP;
}

enum pl_status pl_proof_path(struct pl_proof *p, enum pl_proof_place place, const char *path,
                             const uint8_t sha256[32])
{
    enum pl_status st = tell(p, (enum statement)place, path, NULL, sha256);
    return st == PL_OK && place == PL_PROOF_LISTED && !sqlite3_changes(p->db) ? PL_WARN : st;
}

enum pl_status pl_proof_object(struct pl_proof *p, const char *file, const char *uid, const uint8_t sha256[32])
{
    return tell(p, OBJECT, file, uid, sha256);
}

/* A ledger of other columns, or one that SQLite can't read: no want of memory or room. */
static void fault_note(struct pl_proof *p, int rc)
{
    int kind = rc & 0xff;
    if (!*p->fault &&
        (kind == SQLITE_ERROR || kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB || kind == SQLITE_MISMATCH ||
         kind == SQLITE_TOOBIG || kind == SQLITE_SCHEMA || kind == SQLITE_FORMAT))
        snprintf(p->fault, sizeof p->fault, "%s", sqlite3_errmsg(p->db));
}

const char *pl_proof_fault(const struct pl_proof *p) { return *p->fault ? p->fault : NULL; }

enum pl_status pl_proof_files(struct pl_proof *p, bool (*each)(void *data, const char *path), void *data)
{
    static const char sql[] = "SELECT path FROM disk WHERE sha IS NOT NULL AND path IN (SELECT file FROM written)"
                              " ORDER BY path";
    sqlite3_stmt *q = NULL;
    int rc = sqlite3_prepare_v2(p->db, sql, -1, &q, NULL);
    while (rc == SQLITE_OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
        const char *path = (const char *)sqlite3_column_text(q, 0);
        rc = path && each(data, path) ? SQLITE_OK : SQLITE_ABORT;
    }
    fault_note(p, rc);
    sqlite3_finalize(q);
    return rc == SQLITE_DONE ? PL_OK : PL_STOP;
}

/* --- checks ----------------------------------------------------------------------------- */

static enum pl_status check_one(struct pl_proof *p, const struct check *check, pl_difference_sink sink, void *data)
{
    sqlite3_stmt *q = NULL;
    int rc = sqlite3_prepare_v2(p->db, check->sql, -1, &q, NULL);
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(q);
        if (rc != SQLITE_ROW)
            break;
        const char *text[6];
        for (int i = 0; i < 6; i++)
            text[i] = (const char *)sqlite3_column_text(q, i);
        sink(data, &(struct pl_difference){check->code, text[0], text[1], text[2], text[3], text[4], text[5]});
    }
    fault_note(p, rc);
    sqlite3_finalize(q);
    return rc == SQLITE_DONE ? PL_OK : PL_STOP;
}

static enum pl_status check_all(struct pl_proof *p, const struct check *checks, pl_difference_sink sink, void *data)
{
    enum pl_status st = PL_OK;
    for (; checks->code && st == PL_OK; checks++)
        st = check_one(p, checks, sink, data);
    return st;
}

enum pl_status pl_proof_books(struct pl_proof *p, pl_difference_sink sink, void *data)
{
    return check_all(p, book_checks, sink, data);
}

enum pl_status pl_proof_folder(struct pl_proof *p, pl_difference_sink sink, void *data)
{
    return check_all(p, folder_checks, sink, data);
}

enum pl_status pl_proof_objects(struct pl_proof *p, pl_difference_sink sink, void *data)
{
    static const char index_sql[] = "CREATE TEMP TABLE wrote AS SELECT file, uid, store, folder, key, sha256"
                                    " FROM written;"
                                    "CREATE INDEX temp.wrote_uid ON wrote(file, uid);"
                                    "CREATE INDEX temp.object_uid ON object(file, uid);"
                                    "CREATE INDEX temp.object_bare ON object(file, bare) WHERE bare IS NOT NULL;";
    int rc = sqlite3_exec(p->db, index_sql, NULL, NULL, NULL);
    fault_note(p, rc);
    return rc == SQLITE_OK ? check_all(p, object_checks, sink, data) : PL_STOP;
}

static bool attach(struct pl_proof *p, const char *ledger)
{
    sqlite3_stmt *q = NULL;
    bool ok = sqlite3_exec(p->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK &&
              sqlite3_prepare_v2(p->db, "ATTACH ? AS again", -1, &q, NULL) == SQLITE_OK &&
              sqlite3_bind_text(q, 1, ledger, -1, SQLITE_STATIC) == SQLITE_OK && sqlite3_step(q) == SQLITE_DONE;
    sqlite3_finalize(q);
    return ok && has_tables(p, "again");
}

static bool both_have(struct pl_proof *p, const char *table)
{
    char sql[256];
    snprintf(sql, sizeof sql,
             "SELECT 1 FROM pragma_table_info('%s', 'main') a JOIN pragma_table_info('%s', 'again') b LIMIT 1",
             table, table);
    return number_of(p, sql, 0) != 0;
}

static enum pl_status table_compare(struct pl_proof *p, size_t i, bool forward, pl_difference_sink sink, void *data)
{
    char sql[1000];
    const char *first = forward ? "main" : "again", *second = forward ? "again" : "main";
    const char *columns = pl_proof_part(p) ? same_tables[i].part : same_tables[i].columns;
    if (!columns || !both_have(p, same_tables[i].table))
        return PL_OK; /* that one has a table that the other lacks is in the schema */
    snprintf(sql, sizeof sql,
             "SELECT 'ledger.db', NULL, NULL, NULL, NULL, 'table %s: ' || one || ' %s' FROM"
             " (SELECT x.one FROM (SELECT %s FROM %s.%s WHERE %s EXCEPT SELECT %s FROM %s.%s WHERE %s) x)",
             same_tables[i].table, forward ? "is not what the stores give" : "is missing, or another", columns,
             first, same_tables[i].table, same_tables[i].where, columns, second, same_tables[i].table,
             same_tables[i].where);
    return check_one(p, &(struct check){"ledger.differs", sql}, sink, data);
}

/* What no table has: the number of the version in the header. */
static void header_compare(struct pl_proof *p, pl_difference_sink sink, void *data)
{
    if (number_of(p, "PRAGMA main.user_version", 0) != number_of(p, "PRAGMA again.user_version", 0))
        sink(data, &(struct pl_difference){.code = "ledger.differs",
                                           .file = "ledger.db",
                                           .text = "user_version: not that of a ledger"});
}

int64_t pl_proof_bytes(struct pl_proof *p)
{
    return number_of(p, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", 0);
}

enum pl_status pl_proof_again(struct pl_proof *p, const char *ledger, pl_difference_sink sink, void *data)
{
    int rc = attach(p, ledger) ? sqlite3_exec(p->db, pair_sql, NULL, NULL, NULL) : SQLITE_IOERR;
    fault_note(p, rc);
    if (rc != SQLITE_OK)
        return PL_STOP;
    header_compare(p, sink, data);
    enum pl_status st = check_all(p, again_checks, sink, data);
    for (size_t i = 0; i < sizeof same_tables / sizeof *same_tables && st == PL_OK; i++) {
        st = table_compare(p, i, true, sink, data);
        if (st == PL_OK && !pl_proof_part(p))
            st = table_compare(p, i, false, sink, data);
    }
    return st;
}

/*
 * t_ledger.c - ledger.db: rows, balance, transactions, UIDs, tallies.
 *
 * The independent side: SQL over the finished file through a connection of its own.
 */
#include "ledger.h"
#include "report.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static char folder[64], path[80];
static struct pl_ledger *l;

static void ledger_open(void)
{
    const char *why = "";
    cr_assert_eq(pl_ledger_open(path, &l, &why), PL_OK, "%s", why);
}

static void begin(void)
{
    strcpy(folder, "/tmp/pimlift-ledger-XXXXXX");
    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/ledger.db", folder);
}
static void end(void)
{
    unlink(path);
    cr_expect_eq(rmdir(folder), 0, "something was left behind");
}
TestSuite(ledger, .init = begin, .fini = end);

/* The first column of the first row, as text; "(none)". */
static const char *query(const char *sql)
{
    static char text[512];
    sqlite3 *db;
    sqlite3_stmt *s;
    cr_assert_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
    strcpy(text, "(none)");
    if (sqlite3_step(s) == SQLITE_ROW)
        snprintf(text, sizeof text, "%s", (const char *)sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
    sqlite3_close(db);
    return text;
}

static void add(const char *where, const char *key, enum pl_outcome outcome, uint64_t count)
{
    static const uint8_t sha[32] = {0xab, 0xcd};
    struct pl_row row = {.store = "a.pst",
                         .folder = where,
                         .key = key,
                         .offset = 4096,
                         .message_class = "IPM.Appointment",
                         .outcome = outcome,
                         .reason = outcome == PL_LOSTITEM ? "pst.block-crc" : "",
                         .file = outcome == PL_WRITTEN ? "anna/calendars/Kalender.ics" : NULL,
                         .uid = outcome == PL_WRITTEN ? "uid'1" : NULL,
                         .sha256 = outcome == PL_WRITTEN ? sha : NULL,
                         .count = count};
    cr_assert_eq(pl_ledger_add(l, &row), PL_OK);
}

Test(ledger, books_balance)
{
    struct pl_totals t;
    ledger_open();
    add("Kalender", "0x1", PL_WRITTEN, 1);
    add("Kalender", "0x2", PL_LOSTITEM, 1);
    add("Inbox", NULL, PL_FILTERED, 4000);
    cr_assert_eq(pl_ledger_count(l, "unmapped", "PidTagX", 2), PL_OK);
    cr_assert_eq(pl_ledger_count(l, "unmapped", "PidTagX", 3), PL_OK);
    cr_assert_eq(pl_ledger_commit(l), PL_OK);
    add("Kalender", "0x3", PL_WRITTEN, 1);
    pl_ledger_totals(l, &t);
    cr_expect(t.seen == 4003 && t.written == 2 && t.filtered == 4000 && t.lost == 1);
    cr_assert_eq(pl_ledger_close(l), PL_OK);
    cr_expect_str_eq(query("PRAGMA integrity_check"), "ok");
    cr_expect_str_eq(query("SELECT count(*) FROM item"), "4");
    cr_expect_str_eq(query("SELECT count(*) FROM balance WHERE seen <> written + filtered + lost"), "0");
    cr_expect_str_eq(
        query("SELECT seen||','||written||','||filtered||','||lost FROM balance WHERE folder='Kalender'"),
        "3,2,0,1");
    cr_expect_str_eq(query("SELECT closed||','||seen||','||written||','||filtered||','||lost FROM run"),
                     "1,4003,2,4000,1");
    cr_expect_str_eq(query("SELECT name||n FROM tally WHERE what='unmapped'"), "PidTagX5");
    cr_expect_str_eq(
        query("SELECT store||'|'||offset||'|'||class||'|'||outcome||'|'||reason||'|'||file||'|'||uid||'|'||"
              "length(sha256)||hex(substr(sha256,1,2)) FROM item WHERE key='0x1'"),
        "a.pst|4096|IPM.Appointment|written||anna/calendars/Kalender.ics|uid'1|32ABCD");
    cr_expect_str_eq(
        query("SELECT count(*) FROM item WHERE key IS NULL AND file IS NULL AND uid IS NULL AND sha256 IS "
              "NULL AND offset IS NULL"),
        "1");
}

Test(ledger, rollback_forgets_what_was_not_committed)
{
    struct pl_totals t;
    ledger_open();
    add("A", "0x1", PL_WRITTEN, 1);
    cr_assert_eq(pl_ledger_commit(l), PL_OK);
    for (int i = 0; i < 20000; i++)
        add("B", "0x2", PL_WRITTEN, 1);
    cr_assert_eq(pl_ledger_count(l, "unmapped", "x", 1), PL_OK);
    cr_assert_eq(pl_ledger_rollback(l), PL_OK);
    pl_ledger_totals(l, &t);
    cr_expect(t.seen == 1 && t.written == 1);
    add("B", NULL, PL_LOSTITEM, 20000);
    cr_assert_eq(pl_ledger_close(l), PL_OK);
    cr_expect_str_eq(query("PRAGMA integrity_check"), "ok");
    cr_expect_str_eq(query("SELECT sum(count)||','||count(*) FROM item"), "20001,2");
    cr_expect_str_eq(query("SELECT count(*) FROM tally"), "0");
    cr_expect_str_eq(query("SELECT seen||','||lost FROM run"), "20001,20000");
}

/* A COMMIT can fail when all is on the disk: what a stopped run says of its files then takes nothing from it. */
Test(ledger, whole_files_stay_whole)
{
    const struct pl_ledger_ends none = {0};
    ledger_open();
    cr_assert_eq(pl_ledger_file(l, &(struct pl_file){.path = "whole.ics", .whole = true}), PL_OK);
    cr_assert_eq(pl_ledger_file(l, &(struct pl_file){.path = "unused.ics"}), PL_OK);
    for (const char *const *p = (const char *const[]){"whole.ics", "unused.ics", "new.ics", NULL}; *p; p++)
        cr_assert_eq(pl_ledger_file_so_far(l, &(struct pl_file){.path = *p, .whole = true}), PL_OK);
    cr_assert_eq(pl_ledger_cut(l, &none), PL_OK);
    cr_assert_eq(pl_ledger_close(l), PL_OK);
    cr_expect_str_eq(query("SELECT group_concat(path || whole) FROM file"), "whole.ics1");
}

Test(ledger, uids_are_counted_by_scope)
{
    static const struct {
        const char *scope, *uid;
        uint64_t ordinal;
    } rows[] = {{"f", "u", 1}, {"f", "u", 2}, {"g", "u", 1}, {"f", "U", 1},
                {"f", "u", 3}, {"fu", "", 1}, {"", "fu", 1}};
    bool known = true;
    ledger_open();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t n = 0;
        cr_assert_eq(pl_ledger_uid_known(l, rows[i].scope, rows[i].uid, &known), PL_OK);
        cr_expect_eq(known, rows[i].ordinal > 1, "row %zu", i);
        cr_assert_eq(pl_ledger_uid(l, rows[i].scope, rows[i].uid, &n), PL_OK);
        cr_expect_eq(n, rows[i].ordinal, "row %zu", i);
    }
    cr_assert_eq(pl_ledger_rollback(l), PL_OK);
    uint64_t n = 0;
    cr_assert_eq(pl_ledger_uid(l, "f", "u", &n), PL_OK);
    cr_expect_eq(n, 4);
    pl_ledger_uids_forget(l);
    cr_assert_eq(pl_ledger_uid(l, "f", "u", &n), PL_OK);
    cr_expect_eq(n, 1);
    cr_assert_eq(pl_ledger_close(l), PL_OK);
}

/* More than lie in memory: those that were met before the move to the disk count on, and new ones are new. */
Test(ledger, many_uids_are_counted)
{
    enum { MANY = 70000 };
    char uid[64];
    uint64_t n = 0;
    ledger_open();
    for (uint64_t round = 1; round <= 2; round++)
        for (int i = 0; i < MANY; i++) {
            bool known = round == 1;
            snprintf(uid, sizeof uid, "040000008200E00074C5B7101A82E008%08X", i);
            cr_assert_eq(pl_ledger_uid_known(l, "f", uid, &known), PL_OK);
            cr_assert_eq(known, round > 1, "%d", i);
            cr_assert_eq(pl_ledger_uid(l, "f", uid, &n), PL_OK);
            cr_assert_eq(n, round, "%d", i);
        }
    pl_ledger_uids_forget(l);
    cr_assert_eq(pl_ledger_uid(l, "f", uid, &n), PL_OK);
    cr_expect_eq(n, 1);
    cr_assert_eq(pl_ledger_close(l), PL_OK);
}

Test(ledger, never_opens_what_is_there)
{
    const char *why = NULL;
    ledger_open();
    add("A", "0x1", PL_WRITTEN, 1);
    cr_assert_eq(pl_ledger_close(l), PL_OK);
    cr_expect_eq(pl_ledger_open(path, &l, &why), PL_STOP);
    cr_expect(why && *why && !l);
    cr_expect_str_eq(query("SELECT count(*) FROM item"), "1");
    unlink(path);
    char target[100];
    snprintf(target, sizeof target, "%s/elsewhere", folder);
    cr_assert_eq(symlink(target, path), 0);
    cr_expect_eq(pl_ledger_open(path, &l, &why), PL_STOP);
    cr_expect_neq(access(target, F_OK), 0);
    cr_expect_eq(pl_ledger_open("/nonexistent/ledger.db", &l, &why), PL_STOP);
    cr_assert_eq(pl_ledger_open("", &l, &why), PL_OK);
    add("A", "0x1", PL_WRITTEN, 1);
    cr_expect_eq(pl_ledger_close(l), PL_OK);
}

/* The file may not grow: an error, no crash, and what was committed stays readable. */
Test(ledger, full_disk_stops_and_keeps_what_was_committed)
{
    enum pl_status st = PL_OK;
    struct pl_totals t;
    signal(SIGXFSZ, SIG_IGN);
    ledger_open();
    for (int i = 0; i < 1000; i++)
        add("A", "0x1", PL_WRITTEN, 1);
    cr_assert_eq(pl_ledger_commit(l), PL_OK);
    struct rlimit limit = {400000, 400000};
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    struct pl_row row = {.store = "s", .folder = "f", .key = "k", .message_class = "c", .reason = "r", .count = 1};
    for (int i = 0; i < 200000 && st == PL_OK; i++)
        st = pl_ledger_add(l, &row);
    if (st == PL_OK)
        st = pl_ledger_commit(l);
    cr_expect_eq(st, PL_STOP);
    cr_expect_eq(pl_ledger_rollback(l), PL_OK);
    pl_ledger_totals(l, &t);
    cr_expect_eq(t.seen, 1000);
    add("B", NULL, PL_LOSTITEM, 7);
    cr_expect_eq(pl_ledger_close(l), PL_OK);
    cr_expect_str_eq(query("PRAGMA integrity_check"), "ok");
    cr_expect_str_eq(query("SELECT sum(count) FROM item"), "1007");
}

/* Who comes while a run is at work finds its books, and that they are taken: not a file without any. */
Test(ledger, another_finds_it_taken)
{
    sqlite3 *db;
    ledger_open();
    cr_assert_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    cr_expect_eq(sqlite3_exec(db, "SELECT count(*) FROM item", NULL, NULL, NULL), SQLITE_BUSY);
    sqlite3_close(db);
    cr_assert_eq(pl_ledger_close(l), PL_OK);
}

/* No room at all: there is no ledger, so the same can be asked for again. */
Test(ledger, full_disk_from_the_start)
{
    const char *why = "";
    struct rlimit limit = {8192, 8192};
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_expect_eq(pl_ledger_open(path, &l, &why), PL_STOP);
    cr_expect_neq(access(path, F_OK), 0);
}

/* --- rows that wait, beside a list of what was said --------------------------------------------- */

#define SAID_MOST 4000

struct said {
    char text[SAID_MOST][160];
    size_t count, marked, committed;
    uint32_t seed;
};

static unsigned draw(struct said *s, unsigned below)
{
    s->seed ^= s->seed << 13, s->seed ^= s->seed >> 17, s->seed ^= s->seed << 5;
    return s->seed % below;
}

/* One row; its texts are overwritten when it was added. */
static void say(struct said *s)
{
    char store[16], where[16], file[16], key[16], uid[16];
    uint8_t sha[32] = {(uint8_t)draw(s, 256)};
    snprintf(store, sizeof store, "s%u", draw(s, 2));
    snprintf(where, sizeof where, "f%u", draw(s, 3));
    snprintf(file, sizeof file, "i%u", draw(s, 3));
    snprintf(key, sizeof key, "k%u", draw(s, 1000));
    snprintf(uid, sizeof uid, "u%u", draw(s, 1000));
    unsigned lacks = draw(s, 16);
    struct pl_row row = {.store = store,
                         .folder = where,
                         .key = lacks & 1 ? NULL : key,
                         .offset = draw(s, 5) ? draw(s, 1000) : PL_NO_OFFSET,
                         .owner = lacks & 2 ? NULL : where,
                         .message_class = "IPM",
                         .outcome = (enum pl_outcome)draw(s, 3),
                         .reason = lacks & 4 ? NULL : "why",
                         .file = lacks & 8 ? NULL : file,
                         .uid = draw(s, 4) ? uid : NULL,
                         .sha256 = draw(s, 4) ? sha : NULL,
                         .count = draw(s, 9),
                         .evidence = draw(s, 4) ? NULL : "node",
                         .confidence = draw(s, 4) ? NULL : "high"};
    char offset[16] = "-", digest[8] = "-";
    if (row.key && row.offset != PL_NO_OFFSET)
        snprintf(offset, sizeof offset, "%u", (unsigned)row.offset);
    if (row.sha256)
        snprintf(digest, sizeof digest, "%02X", sha[0]);
    snprintf(s->text[s->count++], sizeof s->text[0], "%s|%s|%s|%s|%s|%s|%s|%s|%s|%u|%s|%s|%s", store, where,
             row.key ? key : "-", offset, row.owner ? where : "", (const char *[]){"w", "f", "l"}[row.outcome],
             row.reason ? "why" : "", row.file ? file : "-", row.uid ? uid : "-", (unsigned)row.count, digest,
             row.evidence ? "node" : "-", row.confidence ? "high" : "-");
    cr_assert_eq(pl_ledger_add(l, &row), PL_OK);
    memset(store, '!', sizeof store - 1), memset(where, '!', sizeof where - 1), memset(file, '!', sizeof file - 1);
    memset(key, '!', sizeof key - 1), memset(uid, '!', sizeof uid - 1), memset(sha, '!', sizeof sha);
}

static void act(struct said *s)
{
    switch (draw(s, 6)) {
    case 0:
        cr_assert_eq(pl_ledger_commit(l), PL_OK);
        s->committed = s->count;
        s->marked = SIZE_MAX;
        break;
    case 1:
    case 2:
        cr_assert_eq(pl_ledger_mark(l), PL_OK);
        s->marked = s->count;
        break;
    case 3:
        cr_assert_eq(pl_ledger_undo(l), s->marked == SIZE_MAX ? PL_STOP : PL_OK);
        s->count = s->marked == SIZE_MAX ? s->count : s->marked;
        break;
    case 4:
        cr_assert_eq(pl_ledger_rollback(l), PL_OK);
        s->count = s->committed;
        s->marked = SIZE_MAX;
        break;
    default: {
        struct pl_ledger_ends ends;
        struct pl_totals totals;
        cr_assert_eq(pl_ledger_ends(l, &ends), PL_OK);
        cr_expect_eq(ends.item, (int64_t)s->count);
        pl_ledger_totals(l, &totals);
        cr_expect_eq(totals.seen, totals.written + totals.filtered + totals.lost);
    }
    }
}

static void rows_compare(const struct said *s)
{
    sqlite3 *db;
    sqlite3_stmt *q;
    size_t n = 0;
    cr_assert_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    cr_assert_eq(sqlite3_prepare_v2(
                     db,
                     "SELECT store||'|'||folder||'|'||ifnull(key,'-')||'|'||ifnull(offset,'-')||'|'||"
                     "owner||'|'||substr(outcome,1,1)||'|'||reason||'|'||ifnull(file,'-')||'|'||"
                     "ifnull(uid,'-')||'|'||count||'|'||iif(sha256 IS NULL,'-',hex(substr(sha256,1,1)))||'|'||"
                     "ifnull(evidence,'-')||'|'||ifnull(confidence,'-') FROM item ORDER BY rowid",
                     -1, &q, NULL),
                 SQLITE_OK, "%s", sqlite3_errmsg(db));
    for (; sqlite3_step(q) == SQLITE_ROW && n < s->count; n++) {
        const char *row = (const char *)sqlite3_column_text(q, 0);
        cr_expect_str_eq(row ? row : "", s->text[n], "row %zu", n);
    }
    cr_expect_eq(n, s->count);
    sqlite3_finalize(q);
    sqlite3_close(db);
}

Test(ledger, rows_are_those_that_were_said, .timeout = 120)
{
    struct said *s = calloc(1, sizeof *s);
    cr_assert(s);
    for (uint32_t run = 1; run <= 40; run++) {
        s->seed = run * 2654435761u;
        s->count = s->committed = 0;
        s->marked = SIZE_MAX;
        ledger_open();
        while (s->count + 200 < SAID_MOST && draw(s, 60)) {
            for (unsigned n = draw(s, 3) ? draw(s, 10) : draw(s, 200); n; n--)
                say(s);
            act(s);
        }
        cr_assert_eq(pl_ledger_close(l), PL_OK);
        rows_compare(s);
        unlink(path);
    }
    free(s);
}

Test(ledger, speed_and_memory, .timeout = 120)
{
    struct rusage before, after;
    struct timespec from, to;
    char key[32];
    ledger_open();
    getrusage(RUSAGE_SELF, &before);
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (int i = 0; i < 200000; i++) {
        snprintf(key, sizeof key, "0x%x", i);
        add("Top of Outlook data file/Kalender", key, PL_WRITTEN, 1);
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    for (int i = 0; i < 200000; i++) {
        uint64_t n = 0;
        snprintf(key, sizeof key, "uid-%d", i);
        cr_assert_eq(pl_ledger_uid(l, "f", key, &n), PL_OK);
        cr_assert_eq(n, 1);
    }
    getrusage(RUSAGE_SELF, &after);
    cr_assert_eq(pl_ledger_close(l), PL_OK);
    double seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
    cr_log_info("%.0f rows/s, %ld KiB more", 200000 / seconds, after.ru_maxrss - before.ru_maxrss);
    cr_expect_lt(seconds, 20.0);
#ifndef __SANITIZE_ADDRESS__
    cr_expect_lt(after.ru_maxrss - before.ru_maxrss, 8192);
#endif
}

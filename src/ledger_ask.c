/*
 * ledger_ask.c - see ledger_ask.h.
 *
 * Layer: core, beside ledger.c; one of the few files that know SQLite.
 */
#include "ledger_ask.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "ledger_int.h"

#define AN_ITEM "(count > 0 OR owner <> '')"

static const struct question {
    const char *sql;
    int texts, numbers;
} questions[PL_QUESTIONS] = {
    [PL_ASK_RUNS] = {"SELECT version, seen, written, filtered, lost, closed FROM run ORDER BY run", 1, 5},
    [PL_ASK_OUTCOMES] = {"SELECT class, outcome, reason, min(file), sum(count) FROM item WHERE " AN_ITEM
                         " GROUP BY class, outcome,"
                         " reason, file LIKE '%/calendars/%' ORDER BY class, outcome, reason, min(file)",
                         4, 1},
    [PL_ASK_MAILBOXES] = {"SELECT owner, store, name, run, public FROM mailbox ORDER BY run, owner, store", 3, 2},
    [PL_ASK_FOLDERS] = {"SELECT owner, store, folder, class, outcome, min(file), run, sum(count) FROM item"
                        " WHERE " AN_ITEM " GROUP BY run, owner, store, folder, class, outcome"
                        " ORDER BY run, owner, store, folder, class, outcome",
                        6, 2},
    [PL_ASK_FILES] = {"SELECT owner, file, run, sum(count) FROM item WHERE outcome = 'written' AND"
                      " file LIKE '%/calendars/%.ics' GROUP BY run, owner, file ORDER BY run, owner, file",
                      2, 2},
    [PL_ASK_LOST] = {"SELECT owner, store, folder, key, reason, run, count FROM item WHERE outcome = 'lost'"
                     " AND " AN_ITEM " ORDER BY run, owner, store, folder, reason, key",
                     5, 2},
    [PL_ASK_MERGED] = {"SELECT dir, run FROM merged ORDER BY run", 1, 1},
    [PL_ASK_STORES] = {"SELECT store, max(CASE WHEN outcome = 'lost' AND NOT " AN_ITEM " THEN reason END), run,"
                       " sum(count), sum(CASE WHEN outcome = 'lost' THEN count ELSE 0 END) FROM item"
                       " GROUP BY run, store ORDER BY run, min(rowid)",
                       2, 3},
    [PL_ASK_OUTPUTS] = {"SELECT path FROM file WHERE whole <> 0 ORDER BY path", 1, 0},
};

struct pl_ledger_ask {
    sqlite3 *db;
};

void pl_ledger_ask_free(struct pl_ledger_ask *a)
{
    if (!a)
        return;
    sqlite3_close(a->db);
    free(a);
}

struct pl_ledger_ask *pl_ledger_ask_open(const char *ledger, const char **why)
{
    struct pl_ledger_ask *a = calloc(1, sizeof *a);
    *why = "out of memory";
    if (!a)
        return NULL;
    int rc = pl_ledger_read(ledger, &a->db);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(a->db, "PRAGMA temp_store=MEMORY; SELECT 1 FROM mailbox LIMIT 1", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        return a;
    *why = rc == SQLITE_ERROR ? "this ledger has no table of mailboxes: convert again with this version"
                              : pl_ledger_words(rc);
    pl_ledger_ask_free(a);
    return NULL;
}

bool pl_ledger_ask(struct pl_ledger_ask *a, enum pl_ledger_question question,
                   bool (*answer)(void *data, const struct pl_ledger_answer *answer), void *data)
{
    const struct question *q = &questions[question];
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(a->db, q->sql, -1, &s, NULL);
    if (rc == SQLITE_ERROR && question == PL_ASK_MERGED)
        return true; /* only a merged ledger has that table */
    for (rc = rc == SQLITE_OK ? sqlite3_step(s) : rc; rc == SQLITE_ROW; rc = sqlite3_step(s)) {
        struct pl_ledger_answer row = {0};
        for (int i = 0; i < q->texts; i++)
            row.text[i] = (const char *)sqlite3_column_text(s, i);
        for (int i = 0; i < q->numbers; i++)
            row.number[i] = sqlite3_column_int64(s, q->texts + i);
        if (!answer(data, &row))
            break;
    }
    sqlite3_finalize(s);
    return rc == SQLITE_DONE;
}

/*
 * ledger_stores.c - what became of each store of a run, for those who are told at its end.
 *
 * Layer: core, beside ledger.c; one of the few files that know SQLite. Added up from the rows, so that a run which
 * went on with another one tells of all stores. Rows of a store stand together, so they are read once in
 * their order: SQLite would sort all of them.
 */
#include <stdlib.h>
#include <string.h>

#include "ledger_int.h"

static const char rows_sql[] = "SELECT store, outcome, count, reason FROM item ORDER BY rowid";

struct sums {
    char *store;  /* at hand; NULL before the first */
    char *reason; /* of its row without a count that tells of a loss; NULL: none */
    struct pl_totals totals;
};

static void sums_tell(struct sums *s, void (*each)(void *, const struct pl_store_sum *), void *data)
{
    if (s->store)
        each(data,
             &(struct pl_store_sum){.store = s->store, .reason = s->reason ? s->reason : "", .totals = s->totals});
    free(s->store);
    free(s->reason);
    *s = (struct sums){0};
}

/* false: out of memory. */
static bool sums_add(struct sums *s, sqlite3_stmt *row)
{
    const char *outcome = (const char *)sqlite3_column_text(row, 1);
    uint64_t count = (uint64_t)sqlite3_column_int64(row, 2);
    s->totals.seen += count;
    bool lost = false;
    if (outcome && strcmp(outcome, "written") == 0) {
        s->totals.written += count;
    } else if (outcome && strcmp(outcome, "filtered") == 0) {
        s->totals.filtered += count;
    } else {
        s->totals.lost += count;
        lost = true;
    }
    if (count || !lost || s->reason)
        return true;
    const char *reason = (const char *)sqlite3_column_text(row, 3);
    s->reason = reason ? strdup(reason) : NULL;
    return s->reason != NULL;
}

enum pl_status pl_ledger_stores(struct pl_ledger *l, void (*each)(void *data, const struct pl_store_sum *sum),
                                void *data)
{
    sqlite3_stmt *row = NULL;
    struct sums s = {0};
    if (pl_ledger_settle(l) != PL_OK)
        return PL_STOP;
    int rc = sqlite3_prepare_v2(l->db, rows_sql, -1, &row, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(row);
    for (; rc == SQLITE_ROW; rc = sqlite3_step(row)) {
        const char *store = (const char *)sqlite3_column_text(row, 0);
        if (!store)
            break;
        if (!s.store || strcmp(s.store, store) != 0) {
            sums_tell(&s, each, data);
            s.store = strdup(store);
        }
        if (!s.store || !sums_add(&s, row))
            break;
    }
    sums_tell(&s, each, data);
    sqlite3_finalize(row);
    return rc == SQLITE_DONE ? PL_OK : PL_STOP;
}

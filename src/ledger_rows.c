/*
 * ledger_rows.c - the rows of items, kept until there are some of them.
 *
 * Layer: core, beside ledger.c; a part of the only code that knows SQLite. SQLite's code for one row is larger than
 * the nearest cache of a processor, and pushes that of reading and writing items out of it: so rows go to it
 * some at a time. What is kept here is not in the transaction yet, and goes with it: it is written before a
 * mark and a commit, and forgotten by an undo and a rollback.
 */
#include <string.h>

#include "ledger_int.h"
#include "report.h"

#define TEXTS_MOST (64 << 10) /* bytes that rows are kept for; one row may have more */

static const char *const outcome_names[] = {
    [PL_WRITTEN] = "written", [PL_FILTERED] = "filtered", [PL_LOSTITEM] = "lost"};

static enum pl_status row_write(struct pl_ledger *l, const struct pl_row *row)
{
    sqlite3_stmt *s = l->prepared[ITEM];
    bool ok = pl_bind_text(s, 1, row->store) && pl_bind_text(s, 2, row->folder) && pl_bind_text(s, 3, row->key) &&
              (row->key && row->offset != PL_NO_OFFSET ? pl_ledger_bind(s, 4, row->offset)
                                                       : sqlite3_bind_null(s, 4) == SQLITE_OK) &&
              pl_bind_text(s, 5, row->message_class) && pl_bind_text(s, 6, outcome_names[row->outcome]) &&
              pl_bind_text(s, 7, row->reason) && pl_bind_text(s, 8, row->file) && pl_bind_text(s, 9, row->uid);
    if (ok && row->sha256)
        ok = sqlite3_bind_blob(s, 10, row->sha256, 32, SQLITE_STATIC) == SQLITE_OK;
    ok = ok && pl_ledger_bind(s, 11, row->count) && pl_bind_text(s, 12, row->owner) &&
         pl_bind_text(s, 13, row->evidence) && pl_bind_text(s, 14, row->confidence);
    if (!ok || pl_ledger_run(l, ITEM) != PL_OK)
        return PL_STOP;
    l->row = sqlite3_last_insert_rowid(l->db);
    return PL_OK;
}

void pl_ledger_forget(struct pl_ledger *l)
{
    l->waiting.count = 0;
    pl_arena_reset(&l->waiting.texts);
}

enum pl_status pl_ledger_settle(struct pl_ledger *l)
{
    enum pl_status st = PL_OK;
    for (size_t i = 0; i < l->waiting.count && st == PL_OK; i++)
        st = row_write(l, &l->waiting.rows[i]);
    pl_ledger_forget(l);
    return st;
}

/* Most rows have the store, the folder and the file of the row before them. */
static bool keep(struct pl_rows *w, const char **to, const char *text, const char *before)
{
    *to = !text ? NULL : before && strcmp(before, text) == 0 ? before : pl_arena_strdup(&w->texts, text);
    return *to || !text;
}

static bool row_keep(struct pl_rows *w, const struct pl_row *row)
{
    static const struct pl_row none;
    const struct pl_row *before = w->count ? &w->rows[w->count - 1] : &none;
    struct pl_row *r = &w->rows[w->count];
    *r = *row;
    if (row->sha256)
        r->sha256 = memcpy(w->sums[w->count], row->sha256, sizeof w->sums[0]);
    return keep(w, &r->store, pl_or_empty(row->store), before->store) &&
           keep(w, &r->folder, pl_or_empty(row->folder), before->folder) &&
           keep(w, &r->owner, pl_or_empty(row->owner), before->owner) &&
           keep(w, &r->message_class, pl_or_empty(row->message_class), before->message_class) &&
           keep(w, &r->reason, pl_or_empty(row->reason), before->reason) &&
           keep(w, &r->file, row->file, before->file) && keep(w, &r->key, row->key, NULL) &&
           keep(w, &r->uid, row->uid, NULL) && keep(w, &r->evidence, row->evidence, before->evidence) &&
           keep(w, &r->confidence, row->confidence, before->confidence);
}

static void totals_add(struct pl_totals *t, enum pl_outcome outcome, uint64_t count)
{
    uint64_t *part = outcome == PL_WRITTEN ? &t->written : outcome == PL_FILTERED ? &t->filtered : &t->lost;
    *part += count;
    t->seen += count;
}

enum pl_status pl_ledger_add(struct pl_ledger *l, const struct pl_row *row)
{
    struct pl_rows *w = &l->waiting;
    bool full = w->count == PL_ROWS_WAITING || w->texts.used > TEXTS_MOST;
    if ((full && pl_ledger_settle(l) != PL_OK) || !row_keep(w, row))
        return PL_STOP;
    w->count++;
    totals_add(&l->totals, row->outcome, row->count);
    return PL_OK;
}

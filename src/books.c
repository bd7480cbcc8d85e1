/*
 * books.c - the rows of a run's ledger, and UIDs that occur once.
 *
 * Layer: core, part of convert. A ledger that cannot be written ends the run: without it
 * nobody could tell what became of an item.
 */
#include <inttypes.h>

#include "setup.h"

enum pl_status pl_run_row(struct pl_run *run, const struct pl_row *row)
{
    if (pl_ledger_add(run->ledger, row) == PL_OK)
        return PL_OK;
    return pl_report(&run->report, PL_STOP, "ledger.write", row->key, PL_NO_OFFSET,
                     "the ledger cannot be written: make room and start again");
}

enum pl_status pl_run_row_counted(struct pl_run *run, enum pl_outcome outcome, const char *reason,
                                  const char *message_class, uint64_t count)
{
    if (!count)
        return PL_OK;
    return pl_run_row(run, &(struct pl_row){.store = run->session.source.path,
                                            .folder = run->path,
                                            .message_class = message_class,
                                            .outcome = outcome,
                                            .reason = reason,
                                            .count = count});
}

enum pl_status pl_run_rows_refused(struct pl_run *run)
{
    struct pl_choice *c = &run->choice;
    enum pl_status st = pl_run_row_counted(run, PL_FILTERED, "class", c->others.message_class, c->others.count);
    for (size_t i = 0; i < c->refused_count && st == PL_OK; i++) {
        const struct pl_refused *r = &c->refused[i];
        st = pl_run_row_counted(run, PL_FILTERED, r->associated ? "associated" : "class", r->message_class,
                                r->count);
    }
    return st;
}

enum pl_status pl_run_uid(struct pl_run *run, struct pl_record *record)
{
    uint64_t ordinal = 1;
    char *scope = pl_arena_printf(&run->session.item_arena, "%s\n%s\n%d", run->owner, run->path, record->kind);
    if (!scope)
        return pl_report(&run->report, PL_LOST, "memory", record->item->key, PL_NO_OFFSET, "out of memory");
    if (pl_ledger_uid(run->ledger, scope, record->uid, &ordinal) != PL_OK)
        return pl_report(&run->report, PL_STOP, "ledger.write", record->item->key, PL_NO_OFFSET,
                         "the ledger cannot be written: make room and start again");
    if (ordinal == 1)
        return PL_OK;
    pl_report(&run->report, PL_OK, "uid.duplicate", record->item->key, record->item->offset,
              "UID %s occurs again in this folder: '-%" PRIu64 "' was added", record->uid, ordinal);
    record->uid = pl_arena_printf(&run->session.item_arena, "%s-%" PRIu64, record->uid, ordinal);
    return record->uid
               ? PL_OK
               : pl_report(&run->report, PL_LOST, "memory", record->item->key, PL_NO_OFFSET, "out of memory");
}

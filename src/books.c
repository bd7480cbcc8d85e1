/*
 * books.c - the rows of a run's ledger, and UIDs that occur once.
 *
 * Layer: core, part of convert. A ledger that cannot be written ends the run: without it
 * nobody could tell what became of an item.
 */
#include <inttypes.h>
#include <string.h>

#include "memory.h"
#include "setup.h"
#include "spool.h"

enum pl_status pl_run_row(struct pl_run *run, const struct pl_row *row)
{
    run->losses.in_row = run->losses.in_row || row->outcome == PL_LOSTITEM;
    if ((run->spool ? pl_spool_row(run->spool, row) : pl_ledger_add(run->ledger, row)) == PL_OK)
        return PL_OK;
    return pl_run_unkept(run, row->key);
}

enum pl_status pl_run_row_counted(struct pl_run *run, enum pl_outcome outcome, const char *reason,
                                  const char *message_class, uint64_t count)
{
    if (!count)
        return PL_OK;
    return pl_run_row(run, &(struct pl_row){.store = run->session.source.path,
                                            .owner = run->owner,
                                            .folder = run->path,
                                            .message_class = message_class,
                                            .outcome = outcome,
                                            .reason = reason,
                                            .count = count});
}

enum pl_status pl_run_remark(struct pl_run *run, const char *store, const char *reason)
{
    return pl_run_row(
        run, &(struct pl_row){
                 .store = store, .folder = "", .message_class = "", .outcome = PL_LOSTITEM, .reason = reason});
}

enum pl_status pl_run_store_told(struct pl_run *run, const char *store, bool opened)
{
    const char *fault = run->losses.fault;
    struct pl_convert_result *r = run->result;
    if (!opened) /* how many items it had nobody knows */
        return pl_run_remark(run, store, run->report.fault ? run->report.fault : "store");
    if (!run->at.folders && *fault) { /* nor here */
        r->stores_read--;
        r->stores_failed++;
    }
    if (run->session.reader.store.cut)
        return pl_run_remark(run, store, "store.cut");
    return *fault && !run->losses.in_row ? pl_run_remark(run, store, fault) : PL_OK;
}

enum pl_status pl_run_rows_refused(struct pl_run *run)
{
    struct pl_choice *c = &run->choice;
    enum pl_status st = pl_run_row_counted(run, PL_FILTERED, "class", c->others.message_class, c->others.count);
    for (size_t i = 0; i < c->refused_count && st == PL_OK; i++) {
        const struct pl_refused *r = &c->refused[i];
        const char *reason = r->associated                             ? "associated"
                             : pl_kind_of_class(r->message_class) >= 0 ? "to"
                                                                       : "class";
        st = pl_run_row_counted(run, PL_FILTERED, reason, r->message_class, r->count);
    }
    return st;
}

/* PL_OK: *ordinal tells how often the UID occurs with this one. */
enum pl_status pl_run_uid_enter(struct pl_run *run, const char *scope, const struct pl_record *record,
                                const char *uid, uint64_t *ordinal)
{
    if (pl_ledger_uid(run->ledger, scope, uid, ordinal) == PL_OK)
        return PL_OK;
    return pl_run_unkept(run, record->item->key);
}

const char *pl_run_uid_scope(struct pl_run *run, enum pl_kind kind)
{
    if (!run->scopes[kind])
        run->scopes[kind] =
            pl_arena_printf(&run->session.folder_arena, "%s\n%s\n%d", run->session.source.path, run->key, kind);
    return run->scopes[kind];
}

/* Of a folder that several processes read only the one that joins their parts knows all, and has to count them too.
 */
static enum pl_status folder_uid(struct pl_run *run, const struct pl_record *record, enum pl_kind kind,
                                 const char *uid, uint64_t *ordinal)
{
    const char *scope = pl_run_uid_scope(run, kind);
    enum pl_status st = scope ? pl_run_uid_enter(run, scope, record, uid, ordinal) : PL_LOST;
    if (st == PL_OK && run->part)
        pl_spool_uid(run->spool, kind, uid);
    return st;
}

enum pl_status pl_run_uid(struct pl_run *run, struct pl_record *record)
{
    struct pl_arena *a = &run->session.item_arena;
    const char *uid = record->uid;
    /* kinds that share a file; in vCard all names are of one space */
    enum pl_kind kind = record->kind == PL_GROUP ? PL_CONTACT : record->kind;
    uint64_t ordinal = 1, again = 1;
    enum pl_status st = run->options->recover ? pl_run_copy_check(run, record) : PL_OK;
    if (st == PL_OK)
        st = folder_uid(run, record, kind, uid, &ordinal);
    if (st != PL_OK || ordinal == 1)
        return st;
    pl_report(&run->report, PL_OK, "uid.duplicate", record->item->key, record->item->offset,
              "UID %s occurs again in this folder: '-%" PRIu64 "' was added", uid, ordinal);
    do { /* the name with an ordinal may be another item's own */
        record->uid = pl_arena_printf(a, "%s-%" PRIu64, uid, ordinal++);
        st = record->uid ? folder_uid(run, record, kind, record->uid, &again) : PL_LOST;
    } while (st == PL_OK && again > 1);
    return st == PL_LOST
               ? pl_report(&run->report, PL_LOST, "memory", record->item->key, PL_NO_OFFSET, "out of memory")
               : st;
}

/* --- what became of it ------------------------------------------------------------------ */

enum pl_status pl_run_starved(struct pl_run *run, enum pl_status st, enum pl_status least)
{
    uint64_t misses = pl_memory_misses();
    bool told = run->report.fault && !strcmp(run->report.fault, "memory");
    if (misses == run->misses)
        return st;
    run->misses = misses;
    if (!told)
        (void)pl_report(&run->report, least, "memory", NULL, PL_NO_OFFSET, "out of memory");
    return st == PL_END || st > least ? least : st;
}

int pl_convert_exit(const struct pl_convert_result *r, bool strict)
{
    if (!r->started)
        return 3;
    if (r->stopped)
        return 2;
    if (!r->stores_read)
        return 3;
    return r->totals.lost || r->losses || r->stores_cut || r->stores_failed || (strict && r->warnings) ? 1 : 0;
}

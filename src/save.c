/*
 * save.c - how far a run has got: files get their final names, then their rows are committed.
 *
 * Layer: core, part of convert. Both wait for a batch, because a disk takes as long to make one
 * folder durable as many. In this order, so that the ledger names no file that is not there. What
 * the output could not take stands in the ledger as lost, item by item.
 */
#include <errno.h>
#include <string.h>

#include "setup.h"

#define ROWS_DUE 16384u /* items */

/* What was written since the last commit, or of the folder at hand, is gone. When not even the ledger can
 * be changed, its rows go, and one row tells how many. */
static enum pl_status spoil(struct pl_run *run, bool batch, const char *why)
{
    struct pl_totals gone;
    if (pl_ledger_spoil(run->ledger, batch, why) == PL_OK)
        return PL_OK;
    pl_ledger_since(run->ledger, &gone);
    enum pl_status st = pl_ledger_rollback(run->ledger);
    return st == PL_OK ? pl_run_row_counted(run, PL_LOSTITEM, why, "", gone.seen) : st;
}

/* PL_STOP: filed; the files of the batch are gone. */
static enum pl_status settle(struct pl_run *run)
{
    if (!run->output || pl_output_settle(run->output) == PL_OK)
        return PL_OK;
    bool full = errno == ENOSPC || errno == EDQUOT;
    return pl_report(&run->report, PL_STOP, full ? "output.full" : "output.write", NULL, PL_NO_OFFSET, "%s: %s",
                     run->options->output, strerror(errno));
}

enum pl_status pl_run_save(struct pl_run *run, bool now)
{
    struct pl_totals since;
    pl_ledger_since(run->ledger, &since);
    if (!now && since.seen < ROWS_DUE && !(run->output && pl_output_is_due(run->output))) {
        pl_ledger_mark(run->ledger);
        return PL_OK;
    }
    if (settle(run) == PL_OK)
        return pl_ledger_commit(run->ledger);
    pl_run_writers_close(run);
    run->ended = true;
    enum pl_status st = spoil(run, true, run->report.fault);
    return st == PL_OK ? pl_ledger_commit(run->ledger) : st;
}

enum pl_status pl_run_abandon(struct pl_run *run, const struct pl_folder *folder, uint64_t seen)
{
    uint64_t stated = folder->item_count + folder->associated_count, whole = stated > seen ? stated : seen;
    const char *why = run->report.fault ? run->report.fault : "output";
    struct pl_totals told;
    pl_run_writers_close(run);
    if (run->output)
        pl_output_relieve(run->output);
    run->ended = true;
    pl_ledger_totals(run->ledger, &told);
    told.seen -= run->before;
    bool batch = settle(run) != PL_OK;
    enum pl_status st = batch || !run->options->writer.per_item ? spoil(run, batch, why) : PL_OK;
    if (st == PL_OK)
        st = pl_run_row_counted(run, PL_LOSTITEM, why, "", whole > told.seen ? whole - told.seen : 0);
    return st == PL_OK ? pl_ledger_commit(run->ledger) : PL_STOP;
}

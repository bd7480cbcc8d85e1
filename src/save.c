/*
 * save.c - how far a run has got: files get their final names, then their rows are committed.
 *
 * Layer: core, part of convert. Both wait for a batch, because a disk takes as long to make one
 * folder durable as many. In this order, so that the ledger names no file that is not there; with
 * the rows it learns which files there are, and the place that was reached. A folder is in the
 * output whole or not at all, so that a later run can begin with it.
 */
#include <errno.h>
#include <string.h>

#include "people.h"
#include "setup.h"

#define ROWS_DUE 16384u /* items */

static bool take_file(void *data, const struct pl_file *file) { return pl_ledger_file(data, file) == PL_OK; }

enum pl_status pl_run_unkept(struct pl_run *run, const char *key)
{
    return pl_report(&run->report, PL_STOP, "ledger.write", key, PL_NO_OFFSET,
                     "the ledger can't be written (%s): make room and start again", pl_ledger_fault(run->ledger));
}

struct pl_run_counts pl_run_counts(const struct pl_run *run)
{
    return (struct pl_run_counts){run->report.notes, run->report.warnings, run->report.losses, run->report.stops};
}

void pl_run_counts_set(struct pl_run *run, struct pl_run_counts counts)
{
    run->report.notes = counts.notes;
    run->report.warnings = counts.warnings;
    run->report.losses = counts.losses;
    run->report.stops = counts.stops;
}

enum pl_status pl_run_mark(struct pl_run *run)
{
    run->marked = run->mapping.known;
    run->marked_mailbox = run->at.mailbox;
    run->marked_losses = run->losses;
    run->marked_work = run->session.work.done;
    run->marked_counts = pl_run_counts(run);
    if (run->output)
        pl_output_mark(run->output);
    if (pl_people_flush(run->people) == PL_OK && pl_ledger_mark(run->ledger) == PL_OK)
        return PL_OK;
    return pl_run_unkept(run, NULL);
}

/* The rows since the last commit, as they are. */
static enum pl_status commit(struct pl_run *run)
{
    bool ok = pl_people_flush(run->people) == PL_OK;
    if (ok && !run->ended) {
        ok = !run->untold && (!run->output || pl_output_unsaved(run->output, take_file, run->ledger));
        ok = ok && pl_resume_note(run) == PL_OK;
    }
    if (!ok || pl_ledger_commit(run->ledger) != PL_OK)
        return pl_run_unkept(run, NULL);
    if (run->output && !run->ended)
        (void)pl_output_saved(run->output);
    return PL_OK;
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
    if (!now && since.seen < ROWS_DUE && !(run->output && pl_output_is_due(run->output)))
        return PL_OK;
    if (settle(run) == PL_OK)
        return commit(run);
    pl_run_writers_close(run);
    run->ended = true;
    enum pl_status st = pl_ledger_rollback(run->ledger);
    pl_people_forget(run->people);
    if (st == PL_OK)
        st = pl_run_row_counted(run, PL_LOSTITEM, run->report.fault, "", since.seen);
    return st == PL_OK ? commit(run) : st;
}

static bool is_saved(const struct pl_run *run)
{
    return !run->untold && pl_ledger_is_committed(run->ledger) && (!run->output || pl_output_is_saved(run->output));
}

enum pl_status pl_run_end(struct pl_run *run)
{
    const struct pl_convert_options *o = run->options;
    enum pl_status st = pl_run_save(run, true);
    if (st != PL_STOP)
        st = pl_run_extent_end(run, PL_EXTENT_RUN, o->stores[o->store_count - 1]);
    if (st != PL_STOP && !is_saved(run)) /* mostly nothing reached so far; a disk takes its time for each commit */
        st = pl_run_save(run, true);
    /* Behind the last commit: a run that goes on with this one tells it anew, in a report.jsonl of its own. */
    if (st != PL_STOP && run->result->stores_read && !run->ended)
        pl_asked_tell(&run->asked, &run->report);
    return st;
}

void pl_run_forget(struct pl_run *run)
{
    struct pl_totals then, now;
    pl_ledger_totals(run->ledger, &then);
    enum pl_status st = pl_ledger_rollback(run->ledger);
    pl_ledger_totals(run->ledger, &now);
    pl_people_forget(run->people);
    if (st == PL_OK && then.seen > now.seen)
        (void)!pl_run_row_counted(run, PL_LOSTITEM, "ledger.write", "", then.seen - now.seen);
}

enum pl_status pl_run_abandon(struct pl_run *run, const struct pl_folder *folder, uint64_t seen, const char *why)
{
    uint64_t stated = folder->item_count + folder->associated_count, lost = stated > seen ? stated : seen;
    struct pl_totals since;
    pl_ledger_since(run->ledger, &since);
    enum pl_status st = pl_ledger_undo(run->ledger);
    if (st != PL_OK) { /* a disk that is full has ended the transaction: of all since the last commit */
        st = pl_ledger_rollback(run->ledger);
        lost += since.seen;
        run->ended = true;
    }
    pl_people_forget(run->people);
    pl_tally_clear(&run->unmapped);
    run->mapping.known = run->marked;
    run->losses = run->marked_losses;
    pl_work_again(&run->session.work, run->marked_work);
    if (run->output)
        pl_output_undo(run->output);
    run->at.folders--;
    run->at.mailbox = run->at.folders ? run->marked_mailbox : 0;
    struct pl_run_counts all = pl_run_counts(run);
    pl_run_counts_set(run,
                      run->marked_counts); /* who goes on meets what is wrong with the folder again, or does not */
    if (st == PL_OK)
        st = pl_run_save(run, true);
    pl_run_counts_set(run, all);
    run->ended = true;
    if (st == PL_OK)
        st = pl_run_row_counted(run, PL_LOSTITEM, why, "", lost);
    return st == PL_OK ? commit(run) : PL_STOP;
}

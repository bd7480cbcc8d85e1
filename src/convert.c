/*
 * convert.c - the one road: store -> folder -> item -> record -> writers, and a
 * ledger row for each item whatever became of it.
 *
 * Layer: core. Knows no format. What a run may do wrong is told in three ways: a
 * diagnostic (by whom it happened to), a row of the ledger (here), the result.
 * Memory: what is below a folder lives in the arenas of the session.
 */
#include "convert.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "choice.h"
#include "jobs.h"
#include "record.h"
#include "runlog.h"
#include "session.h"
#include "setup.h"
#include "text.h"

static void diagnostic(void *data, const struct pl_diagnostic *d)
{
    struct pl_run *run = data;
    pl_run_met(run, d);
    if (run->asleep)
        return;
    if (run->log && pl_runlog_diagnostic(run->log, d) != PL_OK)
        run->untold = true;
    if (run->options->diagnostic)
        run->options->diagnostic(run->options->diagnostic_data, d);
}

/* While it sleeps, nothing is told. A dry run keeps no lines, but what it has told. */
static bool is_known(void *data, const struct pl_diagnostic *d)
{
    struct pl_run *run = data;
    char fact[PL_FACT_MOST];
    bool before = false;
    if (run->asleep || !run->ledger)
        return false;
    pl_diagnostic_fact(d, fact);
    enum pl_status st = pl_ledger_told_before(run->ledger, fact, &before);
    if (st == PL_OK && !before && !run->log)
        st = pl_ledger_told(run->ledger, "", fact);
    run->untold = run->untold || st != PL_OK;
    return before;
}

static bool interrupted(const struct pl_run *run)
{
    return run->options->interrupted && *run->options->interrupted;
}

static const char *fault_or(const struct pl_run *run, const char *otherwise)
{
    return run->report.fault ? run->report.fault : otherwise;
}

/* --- one item --------------------------------------------------------------- */

static enum pl_status writers_put(struct pl_run *run, const struct pl_record *record, struct pl_written *first)
{
    enum pl_status worst = PL_OK;
    for (size_t i = 0; i < run->writer_count; i++) {
        struct pl_writer *w = &run->writers[i];
        struct pl_written written = {0};
        enum pl_status st = pl_run_starved(run, w->ops->put(w, record, &written), PL_STOP);
        if (st < worst)
            worst = st;
        if (st <= PL_LOST)
            break;
        if (written.file && !first->file)
            *first = written;
    }
    return worst;
}

static void unmapped(void *data, const char *name) { pl_tally_add(data, name, 1); }

/* Of an item that was written: what is wrong with it, which may have shown only then, or how it was written. */
static const char *reason_of(const struct pl_run *run, const struct pl_record *record, const struct pl_row *row,
                             const struct pl_written *written)
{
    const char *fault = *row->reason ? row->reason : fault_or(run, "");
    if (written->remark && !(written->yields && *fault))
        return written->remark;
    return !*fault && record->learned ? "people.learned" : fault;
}

static enum pl_status item_write(struct pl_run *run, struct pl_record *record, struct pl_row *row)
{
    struct pl_written written = {0};
    const char *own_uid = record->uid;
    enum pl_status st = run->kinds & 1u << record->kind ? pl_run_uid(run, record) : PL_END;
    if (st == PL_END) {
        row->outcome = PL_FILTERED;
        row->reason = record->idle ? record->idle : "to";
        return pl_run_row(run, row);
    }
    if (st == PL_OK)
        st = writers_put(run, record, &written);
    if (st > PL_LOST && pl_run_copy_enter(run, record, own_uid, &written) != PL_OK)
        return PL_STOP;
    if (st <= PL_LOST) {
        row->outcome = PL_LOSTITEM;
        row->reason = fault_or(run, "write");
        return st == PL_STOP ? PL_STOP : PL_OK;
    }
    row->uid = record->uid;
    row->file = written.file;
    row->sha256 = written.file ? written.sha256 : NULL;
    row->reason = reason_of(run, record, row, &written);
    if (record->kind < PL_SHARE) /* of a system message the rest is machinery */
        pl_map_unmapped(record, unmapped, &run->unmapped);
    return pl_run_row(run, row);
}

static enum pl_status map(struct pl_run *run, const struct pl_item *item, struct pl_record *record)
{
    run->report.recovering = item->remnant;
    enum pl_status st = pl_map_item(&run->mapping, item, record);
    run->report.recovering = false;
    return st;
}

/* PL_OK whatever became of the item; PL_STOP: the run can't go on. */
static enum pl_status item_convert(struct pl_run *run, enum pl_status delivered, const struct pl_item *item)
{
    struct pl_row row = {
        .store = run->session.source.path,
        .owner = run->owner,
        .folder = run->path,
        .key = item->key,
        .offset = item->offset,
        .message_class = item->message_class,
        .outcome = PL_WRITTEN,
        .count = 1,
        .evidence = item->evidence,
        .confidence = item->confidence,
    };
    struct pl_record record = {0};
    if (delivered > PL_LOST && pl_run_heard(run, item) != PL_OK)
        return PL_STOP;
    if (delivered > PL_LOST)
        delivered = map(run, item, &record);
    delivered = pl_run_starved(run, delivered, PL_LOST);
    row.reason = fault_or(run, "");
    if (delivered <= PL_LOST) {
        row.outcome = item->remnant ? PL_FILTERED : PL_LOSTITEM;
        row.reason = fault_or(run, "item");
    } else if (!pl_choice_since(run->options->since_utc, &record)) {
        row.outcome = PL_FILTERED;
        row.reason = "since";
    } else if (record.idle) {
        row.outcome = PL_FILTERED;
        row.reason = record.idle;
    } else {
        enum pl_status st = item_write(run, &record, &row);
        if (st != PL_OK || row.outcome != PL_LOSTITEM)
            return st;
    }
    return pl_run_row(run, &row);
}

/* --- one folder -------------------------------------------------------------- */

void pl_run_progress(struct pl_run *run, uint64_t in_folder)
{
    if (!run->options->progress)
        return;
    const struct pl_progress p = {.store = run->session.source.path,
                                  .folder = run->path,
                                  .done = run->done + in_folder + run->choice.refused_items,
                                  .expected = run->expected,
                                  .bytes = run->result->bytes_read + run->session.source.bytes_read};
    run->options->progress(run->options->progress_data, &p);
}

/* All of them, or those of a part. *seen counts the items that got a row of their own. PL_LOST: the folder ended
 * early. PL_END: the run does. */
static enum pl_status items_convert(struct pl_run *run, const struct pl_folder *folder, const struct pl_part *part,
                                    uint64_t *seen)
{
    const struct pl_wanted wanted = {.wants = pl_choice_wants, .data = &run->choice};
    enum pl_status st = part ? pl_session_open_part(&run->session, folder->key, part)
                             : pl_session_open_folder(&run->session, folder->key);
    if (st == PL_END || st <= PL_LOST)
        return pl_run_starved(run, PL_LOST, PL_LOST);
    while (!interrupted(run)) {
        struct pl_item item;
        run->report.fault = NULL;
        st = pl_session_next_item(&run->session, &wanted, &item);
        if (st == PL_END || st == PL_STOP)
            return pl_run_starved(run, st == PL_END ? PL_OK : PL_LOST, PL_LOST);
        ++*seen;
        if (item_convert(run, st, &item) != PL_OK)
            return PL_STOP;
        run->bulky = run->bulky || run->session.item_arena.used > PL_ITEM_SHARE;
        pl_run_progress(run, *seen);
    }
    return PL_END;
}

static enum pl_status folder_convert(struct pl_run *run, const struct pl_folder *folder)
{
    uint64_t seen = 0, stated = folder->item_count + folder->associated_count;
    enum pl_status st;
    if (folder->is_search)
        return PL_OK;
    const char *unwanted = run->ended ? "stopped" : pl_run_unwanted(run, folder);
    if (unwanted)
        return pl_run_folder_leave_out(run, folder, unwanted);
    st = pl_run_folder_begin(run, folder);
    if (st == PL_OK && !pl_jobs_take(run, folder, &seen, &st))
        st = items_convert(run, folder, NULL, &seen);
    pl_run_progress(run, seen); /* a worker told of none of them */
    const char *why = fault_or(run, "folder");
    if (st == PL_END) {
        pl_run_writers_drop(run);
        return pl_run_abandon(run, folder, seen + run->choice.refused_items, "stopped");
    }
    if (st == PL_STOP || pl_run_writers_end(run, PL_EXTENT_FOLDER) != PL_OK) {
        pl_run_writers_drop(run);
        st = pl_run_abandon(run, folder, seen + run->choice.refused_items, fault_or(run, "output"));
        pl_run_writers_close(run); /* not before: the manifest so far would be taken back with the folder */
        return st;
    }
    uint64_t counted = seen + run->choice.refused_items;
    if (st == PL_LOST) /* at least one item did not come; more when the store knows how many there were */
        st = pl_run_row_counted(run, PL_LOSTITEM, why, "", stated > counted ? stated - counted : 1);
    if (st == PL_OK)
        st = pl_run_rows_refused(run);
    if (st == PL_OK)
        st = pl_tally_flush(&run->unmapped, run->ledger, "unmapped");
    run->done += counted;
    return st == PL_OK ? pl_run_save(run, false) : st;
}

/* --- one store --------------------------------------------------------------- */

static enum pl_status folders_convert(struct pl_run *run)
{
    for (;;) { /* also when the run has ended: what is left is counted */
        struct pl_folder folder;
        run->path = run->report.folder = NULL;
        run->report.fault = NULL;
        pl_resume_wake(run);
        if (run->at.folders && pl_run_mark(run) != PL_OK) /* what is met on the way to a folder goes with it */
            return PL_STOP;
        enum pl_status st = pl_session_next_folder(&run->session, &folder);
        if (st == PL_END || st == PL_STOP)
            return pl_run_starved(run, st == PL_END ? PL_OK : PL_LOST, PL_STOP);
        run->path = pl_session_path(&run->session, &folder);
        st = pl_run_starved(run, st, PL_LOST);
        if (!run->path)
            st = pl_report(&run->report, PL_LOST, "memory", folder.key, folder.offset, "out of memory");
        run->report.folder = run->path;
        if (pl_run_mailbox(run, folder.mailbox) != PL_OK)
            return PL_STOP;
        run->at.folders++;
        if (run->asleep)
            st = st == PL_LOST ? PL_OK : pl_resume_folder(run, &folder);
        else if (st == PL_LOST)
            st = pl_run_row_counted(run, PL_LOSTITEM, fault_or(run, "folder"), "", folder.item_count);
        else
            st = folder_convert(run, &folder);
        if (st != PL_OK)
            return PL_STOP;
    }
}

/* PL_STOP: the run ends. */
static enum pl_status store_convert(struct pl_run *run, const char *path)
{
    run->report.store = path;
    pl_resume_wake(run);
    if (!pl_resume_needs(run, run->at.store))
        return PL_OK;
    if (pl_run_mark(run) != PL_OK) /* the first folder brings the store itself along */
        return PL_STOP;
    run->losses = (struct pl_losses){0};
    enum pl_status st = pl_run_starved(run, pl_run_store_open(run, path), PL_STOP);
    bool opened = st == PL_OK;
    if (opened) {
        st = folders_convert(run);
        run->path = run->report.folder = NULL;
        if (st != PL_STOP && pl_run_extent_end(run, PL_EXTENT_STORE, path) != PL_OK)
            st = PL_STOP;
    }
    if (st != PL_STOP && !run->asleep)
        st = pl_run_store_told(run, path, opened);
    pl_run_store_close(run);
    run->report.store = run->report.folder = NULL;
    return st;
}

enum pl_status pl_convert(const struct pl_convert_options *options, const struct pl_reader_ops *const *readers,
                          const struct pl_writer_ops *const *writers, struct pl_convert_result *out)
{
    struct pl_run run = {.options = options, .result = out, .readers = readers, .items = items_convert};
    *out = (struct pl_convert_result){0};
    run.report = (struct pl_report){.sink = diagnostic, .known = is_known, .sink_data = &run};
    enum pl_status st = pl_run_open(&run, writers);
    if (st == PL_OK && !out->resumed)
        st = pl_run_learn(&run);
    if (st == PL_OK && !out->resumed) {
        run.ended = interrupted(&run); /* then there is nothing yet to go on with */
        st = pl_resume_begin(&run);
    }
    for (size_t i = 0; i < options->store_count && st != PL_STOP && !out->finished; i++) {
        st = store_convert(&run, options->stores[i]);
        run.at = (struct pl_place_in_run){.store = i + 1};
        if (st != PL_STOP)
            st = pl_run_save(&run, false);
    }
    pl_resume_wake(&run);
    pl_run_learned(&run);
    if (out->started && !out->finished && st != PL_STOP)
        st = pl_run_end(&run);
    out->stopped = out->started && (st == PL_STOP || run.ended);
    st = pl_run_close(&run);
    return st == PL_OK && out->started && !out->stopped ? PL_OK : PL_STOP;
}

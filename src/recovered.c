/*
 * recovered.c - with --recover: what was deleted, or came by mail, is no copy of what is there.
 *
 * Layer: core, part of convert. Sets on disk of what was told before, beside those that make UIDs occur once. All
 * of a store is entered, also what the options leave out and what an earlier run has done: what is recovered comes
 * last.
 */
#include <inttypes.h>
#include <string.h>

#include "record.h"
#include "same.h"
#include "session.h"
#include "setup.h"
#include "twin.h"

/* Counts the UID among those of that sort of the store. */
static enum pl_status uid_count(struct pl_run *run, const struct pl_record *record, const char *sort,
                                const char *uid, uint64_t *ordinal)
{
    char *scope = pl_arena_printf(&run->session.item_arena, "%s\n%s", run->session.source.path, sort);
    return scope && uid ? pl_run_uid_enter(run, scope, record, uid, ordinal) : PL_LOST;
}

/*
 * Events that came by mail are copies of what calendars hold. PL_END: this one is such a copy, or stands in a
 * message that was there twice. The set only tells how often a UID was entered, so copies are counted once more on
 * their own.
 */
static enum pl_status mailed_check(struct pl_run *run, struct pl_record *record)
{
    uint64_t all = 0, copies = 0, same = 0;
    const struct pl_event *e = &record->as.event;
    if (record->kind != PL_EVENT)
        return PL_OK;
    enum pl_status st = uid_count(run, record, "event", record->uid, &all);
    if (st != PL_OK || !record->only_new)
        return st;
    const char *version =
        pl_arena_printf(&run->session.item_arena, "%s\n%d %d %" PRId64 " %" PRId64, record->uid, e->sequence,
                        e->cancelled, record->common.stamp_utc, e->recurrence_id.local);
    st = uid_count(run, record, "copy", record->uid, &copies);
    if (st == PL_OK)
        st = uid_count(run, record, "version", version, &same);
    if (st != PL_OK || (all == copies && same == 1))
        return st;
    record->idle = "duplicate";
    return PL_END;
}

/*
 * A recovered item can be a copy or an earlier state of one that lives on, or of one that was recovered with better
 * evidence, and came before. It is one when its UID and its content are the same, or what is written of it; that
 * alone tells when bytes of the content would have to be read. Of a fragment, which may be but a part of what it
 * was, the UID alone decides. PL_END: this is one.
 */
static enum pl_status recovered_check(struct pl_run *run, struct pl_record *record)
{
    const struct pl_item *item = record->item;
    char digest[PL_SAME_SIZE];
    uint64_t named = 0, same = 0, twins = 0;
    bool all = false;
    enum pl_status st = PL_LOST;
    if (record->kind >= PL_SHARE || record->only_new)
        return PL_OK;
    if (pl_same_digest(item, digest, &all))
        st = uid_count(run, record, "recovered", record->uid, &named);
    if (st == PL_OK)
        st = uid_count(run, record, "content",
                       pl_arena_printf(&run->session.item_arena, "%s\n%s", record->uid, digest), &same);
    bool fragment = item->confidence && !strcmp(item->confidence, PL_LOW);
    bool copy = (same > 1 && all) || (fragment && named > 1);
    if (st == PL_OK && item->recovered && !copy)
        st = pl_twin_enter(run, record, NULL, &twins);
    if (st != PL_OK || !item->recovered || !(copy || twins > 1))
        return st;
    record->idle = "duplicate";
    return PL_END;
}

enum pl_status pl_run_copy_enter(struct pl_run *run, const struct pl_record *record, const char *uid,
                                 const struct pl_written *written)
{
    struct pl_record own = *record;
    uint64_t twins = 0;
    own.uid = uid;
    bool entered = !run->options->recover || record->kind >= PL_SHARE || record->item->recovered;
    return entered ? PL_OK : pl_twin_enter(run, &own, written, &twins);
}

enum pl_status pl_run_copy_check(struct pl_run *run, struct pl_record *record)
{
    enum pl_status st = mailed_check(run, record);
    return st == PL_OK ? recovered_check(run, record) : st;
}

/* --- folders that are not converted ----------------------------------------------------------------- */

static bool is_of_people(void *data, const char *message_class, bool associated)
{
    (void)data;
    return !associated && pl_kind_of_class(message_class) >= 0;
}

static enum pl_status items_enter(struct pl_run *run, const char *key)
{
    const struct pl_wanted wanted = {.wants = is_of_people, .people_only = false};
    enum pl_status st = pl_session_open_folder(&run->session, key), entered = PL_OK;
    while (st != PL_END && st != PL_STOP && entered != PL_STOP) {
        struct pl_item item;
        struct pl_record record = {0};
        st = pl_session_next_item(&run->session, &wanted, &item);
        if (st == PL_END || st <= PL_LOST || pl_map_item(&run->mapping, &item, &record) <= PL_LOST || record.idle)
            continue;
        entered = pl_run_copy_check(run, &record);
        if (entered == PL_OK)
            entered = pl_run_copy_enter(run, &record, record.uid, NULL);
    }
    return entered == PL_STOP ? PL_STOP : PL_OK;
}

enum pl_status pl_run_folder_enter(struct pl_run *run, const struct pl_folder *folder)
{
    if (!run->options->recover || folder->is_search || run->ended)
        return PL_OK;
    struct pl_report kept = run->report; /* what is wrong with these items is nobody's concern here */
    run->report.sink = NULL;
    enum pl_status st = items_enter(run, folder->key);
    run->report = kept;
    return st == PL_OK ? PL_OK
                       : pl_report(&run->report, PL_STOP, "ledger.write", folder->key, PL_NO_OFFSET,
                                   "the ledger cannot be written: make room and start again");
}

enum pl_status pl_run_folder_leave_out(struct pl_run *run, const struct pl_folder *folder, const char *why)
{
    uint64_t stated = folder->item_count + folder->associated_count;
    enum pl_status st = folder->scope == PL_SCOPE_RECOVERED ? PL_OK : pl_run_folder_enter(run, folder);
    if (st == PL_OK)
        st = pl_run_row_counted(run, run->ended ? PL_LOSTITEM : PL_FILTERED, why, "", stated);
    return st == PL_OK ? pl_run_save(run, false) : st;
}

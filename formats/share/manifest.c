/*
 * manifest.c - who shares what with whom, as two files of the whole run.
 *
 * Layer: formats. docs/sharing.md. Lines go out as records come, so memory does not grow
 * with stores. The last ones tell what is wrong with free/busy files, whose writer ends before this one. A run that
 * ends early keeps the lines of the folders that were whole.
 */
#include "manifest.h"

#include <errno.h>
#include <string.h>

#include "faults.h"
#include "lines.h"
#include "report.h"
#include "sink.h"
#include "source.h"

struct state {
    struct pl_share_lines lines;
    struct pl_sink json, csv;
    struct pl_faults faults;
    bool open, ready;
    bool store_told; /* the store at hand has its line */
    const struct pl_mailbox *mailbox;
};

static enum pl_status fault(struct pl_writer *w, int error)
{
    bool full = error == ENOSPC || error == EDQUOT;
    return pl_report(w->report, PL_STOP, full ? "output.full" : "output.write", NULL, PL_NO_OFFSET,
                     "sharing.jsonl: %s", strerror(error ? error : ENOMEM));
}

static void take_line(void *data, const char *json, const char *csv)
{
    struct state *s = data;
    pl_sink_puts(&s->json, json);
    if (csv)
        pl_sink_puts(&s->csv, csv);
}

static enum pl_status files_open(struct pl_writer *w)
{
    struct state *s = w->state;
    if (s->open)
        return PL_OK;
    if (pl_output_fixed(w->output, "sharing.jsonl", &s->json) != PL_OK)
        return fault(w, errno);
    if (pl_output_fixed(w->output, "sharing.csv", &s->csv) != PL_OK) {
        int error = errno;
        pl_sink_abort(&s->json);
        return fault(w, error);
    }
    s->open = true;
    pl_sink_puts(&s->csv, pl_share_csv_head);
    return PL_OK;
}

static enum pl_status store_tell(struct pl_writer *w)
{
    struct state *s = w->state;
    enum pl_status st = files_open(w);
    if (st == PL_OK && !s->store_told) {
        const char *path = w->reader->source && w->reader->source->path ? w->reader->source->path : "";
        pl_share_lines_store(&s->lines, path, &w->reader->store);
        s->store_told = true;
    }
    return st;
}

static enum pl_status check(struct pl_writer *w)
{
    const struct state *s = w->state;
    if (s->json.error || s->csv.error)
        return fault(w, s->json.error ? s->json.error : s->csv.error);
    return pl_share_lines_failed(&s->lines) ? fault(w, ENOMEM) : PL_OK;
}

static enum pl_status begin(struct pl_writer *w, const char *owner, const struct pl_folder *folder)
{
    struct state *s = w->state;
    (void)owner;
    s->mailbox = folder->mailbox;
    if (s->ready)
        return PL_OK;
    pl_share_lines_init(&s->lines, take_line, s);
    s->ready = true;
    return pl_faults_init(&s->faults) ? PL_OK : fault(w, ENOMEM);
}

static enum pl_status put(struct pl_writer *w, const struct pl_record *record, struct pl_written *out)
{
    struct state *s = w->state;
    *out = (struct pl_written){0};
    if (record->kind != PL_SHARE && record->kind != PL_FREEBUSY)
        return PL_OK;
    enum pl_status st = store_tell(w);
    if (st != PL_OK)
        return st;
    if (s->mailbox)
        pl_share_lines_mailbox(&s->lines, s->mailbox);
    pl_sink_mark(&s->json);
    pl_sink_mark(&s->csv);
    bool told = pl_share_lines_put(&s->lines, record);
    if (record->kind == PL_FREEBUSY)
        pl_faults_published(&s->faults, record->as.freebusy.user.dn, s->lines.path);
    else
        pl_faults_owner(&s->faults, s->lines.owner.dn, s->lines.path);
    st = check(w);
    if (st == PL_OK && told) {
        pl_sink_stretch(&s->json, out->sha256);
        out->file = "sharing.jsonl";
        out->uid = record->uid;
    }
    return st;
}

static void fault_line(void *data, const char *json) { pl_sink_puts(&((struct state *)data)->json, json); }

/* What is compared are files, so they need their names first. */
static enum pl_status faults_tell(struct pl_writer *w)
{
    struct state *s = w->state;
    errno = 0;
    if (pl_output_settle(w->output) != PL_OK)
        return fault(w, errno);
    return pl_faults_put(&s->faults, pl_output_path(w->output), fault_line, s) == PL_OK ? PL_OK : fault(w, ENOMEM);
}

static enum pl_status files_end(struct pl_writer *w)
{
    struct state *s = w->state;
    enum pl_status st = PL_OK;
    if (!s->open)
        return PL_OK;
    if (pl_sink_hand_in(&s->json) != PL_OK)
        st = fault(w, s->json.error);
    else if (pl_sink_hand_in(&s->csv) != PL_OK)
        st = fault(w, s->csv.error);
    pl_sink_abort(&s->json);
    pl_sink_abort(&s->csv);
    s->open = false;
    return st;
}

static enum pl_status end(struct pl_writer *w, enum pl_extent extent)
{
    struct state *s = w->state;
    enum pl_status st = PL_OK;
    if (extent == PL_EXTENT_STORE && s->ready) {
        st = store_tell(w);
        s->store_told = false;
    }
    if (st == PL_OK && extent == PL_EXTENT_RUN && s->open)
        st = faults_tell(w);
    if (st == PL_OK && extent == PL_EXTENT_RUN)
        return files_end(w);
    return st == PL_OK && s->open ? check(w) : st;
}

/* After a run that was abandoned: the lines up to the last mark are whole, and worth keeping. */
static void close_writer(struct pl_writer *w)
{
    struct state *s = w->state;
    if (s->open && pl_sink_rollback(&s->json) == PL_OK && pl_sink_rollback(&s->csv) == PL_OK)
        (void)!files_end(w);
    if (s->open) {
        pl_sink_abort(&s->json);
        pl_sink_abort(&s->csv);
    }
    if (s->ready) {
        pl_share_lines_release(&s->lines);
        pl_faults_release(&s->faults);
    }
}

const struct pl_writer_ops pl_shares_writer = {
    .name = "shares",
    .title = "sharing manifest (JSON Lines and CSV): who may use whose folders",
    .kinds = 1u << PL_SHARE | 1u << PL_FREEBUSY,
    .beyond = "sharing.*",
    .state_size = sizeof(struct state),
    .begin = begin,
    .put = put,
    .end = end,
    .close = close_writer,
};

/*
 * csv.c - the CSV writer: files, one row after another.
 *
 * Layer: formats. Contacts alone: a group has no row. Written only when --to names it, because
 * it is a view that loses; what it loses of each contact is a note (csv.columns).
 */
#include "csv.h"

#include <stdlib.h>

#include "csv_row.h"
#include "report.h"

#define NAMES_MOST 2048u

struct state {
    struct pl_place place;
    struct pl_outfile file;
};

static enum pl_status begin(struct pl_writer *w, const char *owner, const struct pl_folder *folder)
{
    struct state *s = w->state;
    s->place.owner = owner;
    s->place.folder = *folder;
    return PL_OK;
}

static void remark(struct pl_writer *w, const struct pl_record *r, size_t marked)
{
    const char *key = r->item ? r->item->key : NULL;
    struct pl_buf names;
    pl_buf_init(&names, NAMES_MOST);
    pl_csv_left_out(r, &names);
    if (names.size)
        pl_report(w->report, PL_OK, "csv.columns", key, PL_NO_OFFSET, "no column for: %s", names.data);
    if (marked)
        pl_report(w->report, PL_OK, "csv.formula", key, PL_NO_OFFSET,
                  "%zu values that a spreadsheet would run as formulas begin with an apostrophe", marked);
    pl_buf_release(&names);
}

static enum pl_status row(struct pl_writer *w, struct pl_outfile *f, const struct pl_record *r,
                          struct pl_written *out)
{
    struct state *s = w->state;
    if (!f->open) {
        const char *name = w->options.per_item ? r->uid : NULL;
        enum pl_status status = pl_outfile_open(w, &s->place, "contacts", name, ".csv", f);
        if (status < PL_OK)
            return status;
        pl_csv_header(&f->sink);
    }
    pl_sink_mark(&f->sink);
    size_t marked = pl_csv_row(&f->sink, r);
    enum pl_status status = pl_outfile_record(w, &s->place, f, r, out);
    if (status > PL_LOST)
        remark(w, r, marked);
    return status;
}

static enum pl_status put(struct pl_writer *w, const struct pl_record *record, struct pl_written *out)
{
    struct state *s = w->state;
    struct pl_outfile single = {0};
    *out = (struct pl_written){0};
    if (record->kind == PL_GROUP)
        return pl_report(w->report, PL_OK, "csv.group", record->item ? record->item->key : NULL, PL_NO_OFFSET,
                         "a group has no row: it is in another format only");
    if (record->kind != PL_CONTACT)
        return PL_OK;
    enum pl_status status = row(w, w->options.per_item ? &single : &s->file, record, out);
    if (w->options.per_item) {
        enum pl_status ended = pl_outfile_end(w, &single);
        status = ended < status ? ended : status;
    }
    return status;
}

static enum pl_status end(struct pl_writer *w, enum pl_extent extent)
{
    (void)extent; /* beyond a folder nothing is open */
    struct state *s = w->state;
    return pl_outfile_end(w, &s->file);
}

static void close_writer(struct pl_writer *w)
{
    struct state *s = w->state;
    pl_outfile_abort(&s->file);
    free(s->place.last);
}

const struct pl_writer_ops pl_csv_writer = {
    .name = "csv",
    .title = "CSV (RFC 4180): contacts under the columns of Outlook and Google Contacts",
    .kinds = 1u << PL_CONTACT,
    .on_request = true,
    .state_size = sizeof(struct state),
    .begin = begin,
    .put = put,
    .end = end,
    .close = close_writer,
};

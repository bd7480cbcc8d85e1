/*
 * csv.c - the CSV writer: files, one row after another.
 *
 * Layer: formats. Contacts alone: a group has no row. Written only when --to names it, because
 * it is a view that loses; what it loses of each contact is a note (csv.columns).
 */
#include "csv.h"

#include "csv_row.h"
#include "plural.h"
#include "report.h"

#define NAMES_MOST 2048u

static void remark(struct pl_writer *w, const struct pl_record *r, size_t marked)
{
    const char *key = r->item ? r->item->key : NULL;
    struct pl_buf names;
    pl_buf_init(&names, NAMES_MOST);
    pl_csv_left_out(r, &names);
    if (names.size)
        pl_report(w->report, PL_OK, "csv.columns", key, PL_NO_OFFSET, "no column for: %s", names.data);
    if (marked)
        pl_report(w->report, PL_OK, "csv.formula", key, PL_NO_OFFSET, "%zu %s an apostrophe", marked,
                  pl_plural(marked, "value that a spreadsheet would run as a formula begins with",
                            "values that a spreadsheet would run as formulas begin with"));
    pl_buf_release(&names);
}

static enum pl_status row(struct pl_writer *w, const struct pl_place *place, struct pl_sink *sink,
                          const struct pl_record *record)
{
    (void)place;
    pl_sink_mark(sink);
    size_t marked = pl_csv_row(sink, record);
    if (!sink->error)
        remark(w, record, marked);
    return PL_OK;
}

static const struct pl_outform form = {
    .tree = "contacts", .extension = ".csv", .head = pl_csv_header, .write = row};

static enum pl_status put(struct pl_writer *w, const struct pl_record *record, struct pl_written *out)
{
    *out = (struct pl_written){0};
    if (record->kind == PL_GROUP)
        return pl_report(w->report, PL_OK, "csv.group", record->item ? record->item->key : NULL, PL_NO_OFFSET,
                         "a group has no row: it is in another format only");
    return record->kind == PL_CONTACT ? pl_outform_put(w, &form, record, out) : PL_OK;
}

static enum pl_status join(struct pl_writer *w, const struct pl_joint *part)
{
    return pl_outform_join(w, &form, part);
}

const struct pl_writer_ops pl_csv_writer = {
    .name = "csv",
    .title = "CSV (RFC 4180): contacts under the columns of Outlook and Google Contacts",
    .kinds = 1u << PL_CONTACT,
    .on_request = true,
    .state_size = sizeof(struct pl_outform_state),
    .begin = pl_outform_begin,
    .put = put,
    .join = join,
    .end = pl_outform_end,
    .close = pl_outform_close,
};

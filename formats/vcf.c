/*
 * vcf.c - the vCard writer: files, one card after another.
 *
 * Layer: formats. Contacts and groups go to contacts/, whatever folder they lie in.
 * A photo or attachment that can't be read costs itself, not its card.
 */
#include "vcf.h"

#include "report.h"
#include "vcf_card.h"

static enum pl_status card(struct pl_writer *w, const struct pl_place *place, struct pl_sink *sink,
                           const struct pl_record *r)
{
    struct pl_vcf_context c = {.w = w, .place = place, .sink = sink, .v4 = w->options.vcard == 40};
    pl_sink_mark(sink);
    enum pl_status status = pl_vcf_card(&c, r);
    if (status > PL_LOST)
        return status;
    if (pl_sink_rollback(sink) < PL_OK || status == PL_STOP)
        return PL_STOP;
    c.plain = true;
    pl_sink_mark(sink);
    status = pl_vcf_card(&c, r);
    if (status <= PL_LOST)
        return pl_sink_rollback(sink) < PL_OK ? PL_STOP : status;
    return pl_report(w->report, PL_WARN, "attach.unreadable", r->item ? r->item->key : NULL, PL_NO_OFFSET,
                     "the photo or an attachment of a contact can't be read: written without them");
}

static const struct pl_outform form = {.tree = "contacts", .extension = ".vcf", .write = card};

static enum pl_status put(struct pl_writer *w, const struct pl_record *record, struct pl_written *out)
{
    *out = (struct pl_written){0};
    return record->kind == PL_CONTACT || record->kind == PL_GROUP ? pl_outform_put(w, &form, record, out) : PL_OK;
}

static enum pl_status join(struct pl_writer *w, const struct pl_joint *part)
{
    return pl_outform_join(w, &form, part);
}

const struct pl_writer_ops pl_vcf_writer = {
    .name = "vcf",
    .title = "vCard (RFC 2426 or RFC 6350): contacts and groups",
    .kinds = 1u << PL_CONTACT | 1u << PL_GROUP,
    .state_size = sizeof(struct pl_outform_state),
    .begin = pl_outform_begin,
    .put = put,
    .join = join,
    .end = pl_outform_end,
    .close = pl_outform_close,
};

/*
 * vcf.c - the vCard writer: files, one card after another.
 *
 * Layer: formats. Contacts and groups go to contacts/, whatever folder they lie in.
 * A photo or attachment that can't be read costs itself, not its card.
 */
#include "vcf.h"

#include <stdlib.h>

#include "report.h"
#include "vcf_card.h"

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

static enum pl_status card(struct pl_writer *w, struct pl_outfile *f, const struct pl_record *r)
{
    struct state *s = w->state;
    struct pl_vcf_context c = {.w = w, .place = &s->place, .sink = &f->sink, .v4 = w->options.vcard == 40};
    pl_sink_mark(&f->sink);
    enum pl_status status = pl_vcf_card(&c, r);
    if (status > PL_LOST)
        return status;
    if (pl_sink_rollback(&f->sink) < PL_OK || status == PL_STOP)
        return PL_STOP;
    c.plain = true;
    pl_sink_mark(&f->sink);
    status = pl_vcf_card(&c, r);
    if (status <= PL_LOST)
        return pl_sink_rollback(&f->sink) < PL_OK ? PL_STOP : status;
    return pl_report(w->report, PL_WARN, "attach.unreadable", r->item ? r->item->key : NULL, PL_NO_OFFSET,
                     "the photo or an attachment of a contact can't be read: written without them");
}

static enum pl_status put(struct pl_writer *w, const struct pl_record *record, struct pl_written *out)
{
    struct state *s = w->state;
    struct pl_outfile single = {0};
    *out = (struct pl_written){0};
    if (record->kind != PL_CONTACT && record->kind != PL_GROUP)
        return PL_OK;
    struct pl_outfile *f = w->options.per_item ? &single : &s->file;
    enum pl_status status = PL_OK;
    if (!f->open)
        status = pl_outfile_open(w, &s->place, "contacts", w->options.per_item ? record->uid : NULL, ".vcf", f);
    if (status < PL_OK)
        return status;
    status = card(w, f, record);
    if (status > PL_LOST) {
        enum pl_status written = pl_outfile_record(w, &s->place, f, record, out);
        status = written < status ? written : status;
    }
    if (w->options.per_item) {
        enum pl_status ended = pl_outfile_end(w, f);
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

const struct pl_writer_ops pl_vcf_writer = {
    .name = "vcf",
    .title = "vCard (RFC 2426 or RFC 6350): contacts and groups",
    .kinds = 1u << PL_CONTACT | 1u << PL_GROUP,
    .state_size = sizeof(struct state),
    .begin = begin,
    .put = put,
    .end = end,
    .close = close_writer,
};

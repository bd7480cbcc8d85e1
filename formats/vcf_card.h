/* vcf_card.h - one contact or group as the lines of a vCard; private to the vCard writer. */
#ifndef PL_VCF_CARD_H
#define PL_VCF_CARD_H

#include "outfile.h"

struct pl_vcf_context {
    struct pl_writer *w;
    const struct pl_place *place;
    struct pl_sink *sink;
    bool v4;
    bool plain; /* without photo and attachments: the second try, after one could not be read */
};

/* PL_LOST: a photo or an attachment can't be read. */
PL_MUST_USE enum pl_status pl_vcf_card(struct pl_vcf_context *c, const struct pl_record *record);

#endif

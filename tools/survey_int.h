/*
 * survey_int.h - what the files of a survey share.
 */
#ifndef PIMLIFT_SURVEY_INT_H
#define PIMLIFT_SURVEY_INT_H

#include "diskset.h"
#include "progress.h"
#include "stores.h"
#include "survey.h"

/* What a visit finds beside its call: the visits of stores.h know options alone. */
struct walking {
    struct store_options store; /* first: options of a call begin so */
    struct survey *survey;
    struct survey_store *at;
    struct pl_diskset *addresses;
    struct progress progress;
    const char *folder; /* at hand; NULL: no names are shown */
    bool unnamed;
    uint64_t before; /* items of the stores before */
};

/* survey_items.c: the items of the open folder, for addresses, sizes and series. */
void survey_items(struct walking *w, struct store *s);
/* survey_folder.c: what a folder, and the mailbox that begins with it, tell. */
void survey_folder(struct survey *s, const struct pl_folder *f, const struct pl_mailbox *box);
void survey_mailbox(struct survey *s, const struct pl_mailbox *box);

void survey_name(struct survey_names *n, const char *name);
/* Fills what the manifest tells. The addresses have the EX names without an address, as "open:". */
enum exit_status survey_sharing(struct survey *s, const char *dir, const struct survey_request *request,
                                struct walking *w);

#endif

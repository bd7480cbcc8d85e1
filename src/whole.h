/*
 * whole.h - how far a recovered item can be trusted, when all of it has been read.
 *
 * A reader claims what the evidence allows; what came of reading the item says how much of that is true. So that
 * `high` means that each piece was there and had its checksum, what is only promised is read too: streams, and
 * messages in attachments.
 */
#ifndef PL_WHOLE_H
#define PL_WHOLE_H

#include "pimlift.h"

/* The names of these properties are known, and nothing was wrong where they were read. false: it is a reason now.
 */
bool pl_whole_names(struct pl_reader *r, const struct pl_bag *bag);

/* The confidence of an item that was delivered with that status and claims one. */
const char *pl_whole_confidence(struct pl_reader *r, enum pl_status delivered, const struct pl_item *item);

#endif

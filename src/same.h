/*
 * same.h - do two items say the same?
 *
 * A digest of what people put into an item: properties by name, without those in which a store keeps its own
 * books (sizes, ids, times of change), in an order that does not depend on the store; recipients; and of
 * attachments what their properties say. Of values that are streams only the size, so it does not say all then.
 */
#ifndef PL_SAME_H
#define PL_SAME_H

#include "pimlift.h"

#define PL_SAME_SIZE 65

/* In hexadecimal. *all: nothing of the content is a stream, so two that have the same are the same. false: out of
 * memory. */
PL_MUST_USE bool pl_same_digest(const struct pl_item *item, char out[PL_SAME_SIZE], bool *all);

#endif

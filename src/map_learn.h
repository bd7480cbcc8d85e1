/*
 * map_learn.h - what one item says of people. Pure but for the set it is said to.
 */
#ifndef PL_MAP_LEARN_H
#define PL_MAP_LEARN_H

#include "record.h"

/* Adds what the item says; place is the store. What an item too large for its memory would
 * say is not heard. PL_STOP: the set can't take it. */
PL_MUST_USE enum pl_status pl_learn_item(const struct pl_mapping *m, const struct pl_item *item,
                                         struct pl_people *people, const char *place);

#endif

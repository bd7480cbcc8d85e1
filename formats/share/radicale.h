/*
 * radicale.h - the name of a folder in a Radicale store, as the rights file expects it.
 */
#ifndef PL_SHARE_RADICALE_H
#define PL_SHARE_RADICALE_H

#include "plan.h"

void pl_radicale_collection(const struct pl_plan_folder *f, char out[256]);

#endif

/*
 * target.c - one row for each system that sharing can be applied to.
 */
#include "target.h"

const struct pl_target *const pl_targets[] = {&pl_target_radicale, &pl_target_exchange, NULL};

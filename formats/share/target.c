/*
 * target.c - one row for each system that sharing can be applied to.
 */
#include "target.h"

const struct pl_target *const pl_targets[] = {&pl_target_radicale,  &pl_target_exchange,  &pl_target_graph,
                                              &pl_target_google,    &pl_target_nextcloud, &pl_target_zimbra,
                                              &pl_target_grommunio, &pl_target_caldav,    &pl_target_sogo,
                                              &pl_target_davical,   &pl_target_cyrus,     NULL};

/*
 * survey_int.h - what the two files of a survey share.
 */
#ifndef PIMLIFT_SURVEY_INT_H
#define PIMLIFT_SURVEY_INT_H

#include "diskset.h"
#include "survey.h"

void survey_name(struct survey_names *n, const char *name);
/* Fills what the manifest tells. `addresses` has the EX names without an address, as "open:". */
enum exit_status survey_sharing(struct survey *s, const char *dir, const struct store_options *store,
                                const struct flag_list *maps, struct pl_diskset *addresses);

#endif

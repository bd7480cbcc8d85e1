/*
 * shares_views.h - what pimlift shares prints of a manifest beside the table: dependencies and problems.
 *
 * Layer: programs. `file` is a sharing.jsonl, opened to be read; it is read from its start.
 */
#ifndef PIMLIFT_SHARES_VIEWS_H
#define PIMLIFT_SHARES_VIEWS_H

#include <stdbool.h>
#include <stdio.h>

#include "flags.h"

/* What stops working without a store ("all": without each of them). */
enum exit_status shares_depends(const char *dir, FILE *file, const char *store, bool json);
/* The lines of kind "problem". */
enum exit_status shares_problems(const char *dir, FILE *file, bool json);

#endif

/*
 * preview.h - what a target would set, for people and for machines, in place of what sets it.
 *
 * Layer: formats. Printers like those of targets, which work with every model.
 */
#ifndef PL_SHARE_PREVIEW_H
#define PL_SHARE_PREVIEW_H

#include "target.h"

/* A table; one JSON object a line for each grant (docs/sharing.md). */
extern const struct pl_target pl_preview_table, pl_preview_lines;

#endif

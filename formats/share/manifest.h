/*
 * manifest.h - the writer `shares`: DIR/sharing.jsonl and DIR/sharing.csv.
 */
#ifndef PL_SHARE_MANIFEST_H
#define PL_SHARE_MANIFEST_H

#include "pimlift.h"

extern const struct pl_writer_ops pl_shares_writer;

#endif

/* pst.h - the reader of PST and OST files. */
#ifndef PL_PST_H
#define PL_PST_H

#include "integrity.h"
#include "sanitize.h"

extern const struct pl_reader_ops pl_pst_reader;
extern const struct pl_integrity_ops pl_pst_integrity;
extern const struct pl_sanitizer pl_pst_sanitizer;

#endif

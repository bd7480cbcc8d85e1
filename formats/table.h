/*
 * table.h - all formats. The only room that knows every reader and writer.
 */
#ifndef PL_TABLE_H
#define PL_TABLE_H

#include "pimlift.h"

/* Both end with NULL. Of readers that verify the same number of bits the first wins. */
extern const struct pl_reader_ops *const pl_readers[];
extern const struct pl_writer_ops *const pl_writers[];

#endif

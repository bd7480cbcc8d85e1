/*
 * table.h - all formats. The only room that knows every reader and writer.
 */
#ifndef PL_TABLE_H
#define PL_TABLE_H

#include "integrity.h"
#include "pimlift.h"
#include "sanitize.h"
#include "tables.h"

/* All end with NULL. Of readers that verify the same number of bits the first wins. */
extern const struct pl_reader_ops *const pl_readers[];
/* Of those formats that are databases, the tables below their folders and items. */
extern const struct pl_tables_ops *const pl_databases[];
/* Of those whose parts have checksums, what proves these. */
extern const struct pl_integrity_ops *const pl_integrities[];
/* Those formats of which a copy without words can be made. */
extern const struct pl_sanitizer *const pl_sanitizers[];
extern const struct pl_writer_ops *const pl_writers[];

#endif

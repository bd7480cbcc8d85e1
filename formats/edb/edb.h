/*
 * edb.h - the rows of ESE databases in the tables of formats.
 */
#ifndef EDB_H
#define EDB_H

#include "integrity.h"
#include "sanitize.h"
#include "tables.h"

extern const struct pl_reader_ops pl_edb_reader;
extern const struct pl_tables_ops pl_edb_tables;
extern const struct pl_integrity_ops pl_edb_integrity;
extern const struct pl_sanitizer pl_edb_sanitizer;

#endif

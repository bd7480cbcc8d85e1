/*
 * dump_tables.h - a database as JSON lines: its rows, or its schema.
 */
#ifndef PIMLIFT_DUMP_TABLES_H
#define PIMLIFT_DUMP_TABLES_H

#include "stores.h"

/* All rows of all tables, or of the one of that name: {"table":NAME,"columns":{NAME:VALUE}}. With
 * `raw` a value is the lower-case hex of its stored bytes, and defaults are left out. */
enum exit_status dump_rows(struct database *d, const char *only, bool raw);
/* A line for the database, then one for each table: columns, types, counts, sizes; no contents. */
enum exit_status dump_schema(struct database *d, const char *only);

#endif

/*
 * database.h - one store opened as its tables: source, operations, and the arenas of its
 * three lifetimes. What session.h is for folders and items.
 */
#ifndef PL_DATABASE_H
#define PL_DATABASE_H

#include "arena.h"
#include "report.h"
#include "source.h"
#include "tables.h"

struct pl_database {
    struct pl_source source;
    struct pl_tables tables;
    struct pl_arena arena, table_arena, row_arena;
    bool source_open, tables_open;
};

/* The operations that know the file at path; NULL: none, or it can't be read. Files nothing. */
const struct pl_tables_ops *pl_database_find(const char *path, const struct pl_tables_ops *const *all,
                                             const char **why);

/* PL_STOP: one diagnostic says why. To be closed in any case; path and report must outlive it. */
PL_MUST_USE enum pl_status pl_database_open(struct pl_database *d, const char *path,
                                            const struct pl_tables_ops *ops,
                                            const struct pl_reader_options *options, struct pl_report *report);
/* The same over a source that the caller opened; the database takes it. */
PL_MUST_USE enum pl_status pl_database_over(struct pl_database *d, const struct pl_source *source,
                                            const struct pl_tables_ops *ops,
                                            const struct pl_reader_options *options, struct pl_report *report);
void pl_database_close(struct pl_database *d);

/* The calls of the contract, with the arenas reset before. */
PL_MUST_USE enum pl_status pl_database_next_table(struct pl_database *d, struct pl_table *out);
PL_MUST_USE enum pl_status pl_database_open_table(struct pl_database *d, const char *name, struct pl_table *out);
PL_MUST_USE enum pl_status pl_database_next_row(struct pl_database *d, bool defaults, struct pl_record_row *out);

#endif

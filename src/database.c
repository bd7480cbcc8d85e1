/*
 * database.c - opens a store as its tables and keeps their lifetimes apart.
 *
 * Layer: core, above source and arena, below the verbs. It resets an arena exactly when
 * tables.h says so.
 */
#include "database.h"

#include <stdlib.h>

#define STORE_LIMIT ((size_t)16 << 20)
#define TABLE_LIMIT ((size_t)16 << 20)
#define ROW_LIMIT   ((size_t)16 << 20)

const struct pl_tables_ops *pl_database_find(const char *path, const struct pl_tables_ops *const *all,
                                             const char **why)
{
    struct pl_source source;
    const struct pl_tables_ops *best = NULL;
    int most = 0;
    *why = NULL;
    if (pl_source_open(&source, path, why) != PL_OK)
        return NULL;
    for (; *all; all++) {
        int bits = (*all)->probe(&source);
        best = bits > most ? *all : best;
        most = bits > most ? bits : most;
    }
    pl_source_close(&source);
    return best;
}

enum pl_status pl_database_over(struct pl_database *d, const struct pl_source *source,
                                const struct pl_tables_ops *ops, const struct pl_reader_options *options,
                                struct pl_report *report)
{
    *d = (struct pl_database){.source = *source, .source_open = true};
    pl_arena_init(&d->arena, STORE_LIMIT);
    pl_arena_init(&d->table_arena, TABLE_LIMIT);
    pl_arena_init(&d->row_arena, ROW_LIMIT);
    d->tables = (struct pl_tables){
        .ops = ops,
        .source = &d->source,
        .report = report,
        .options = *options,
        .kind = "",
        .arena = &d->arena,
        .table_arena = &d->table_arena,
        .row_arena = &d->row_arena,
        .state = calloc(1, ops->state_size ? ops->state_size : 1),
    };
    if (!d->tables.state)
        return pl_report(report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
    d->tables_open = true;
    return ops->open(&d->tables);
}

enum pl_status pl_database_open(struct pl_database *d, const char *path, const struct pl_tables_ops *ops,
                                const struct pl_reader_options *options, struct pl_report *report)
{
    struct pl_source source;
    const char *why = NULL;
    *d = (struct pl_database){0};
    if (pl_source_open(&source, path, &why) != PL_OK)
        return pl_report(report, PL_STOP, "source.open", NULL, PL_NO_OFFSET, "%s", why);
    return pl_database_over(d, &source, ops, options, report);
}

void pl_database_close(struct pl_database *d)
{
    if (d->tables_open)
        d->tables.ops->close(&d->tables);
    free(d->tables.state);
    if (d->source_open)
        pl_source_close(&d->source);
    pl_arena_release(&d->row_arena);
    pl_arena_release(&d->table_arena);
    pl_arena_release(&d->arena);
    d->tables.state = NULL;
    d->tables_open = d->source_open = false;
}

enum pl_status pl_database_next_table(struct pl_database *d, struct pl_table *out)
{
    pl_arena_reset(&d->row_arena);
    pl_arena_reset(&d->table_arena);
    return d->tables.ops->next_table(&d->tables, out);
}

enum pl_status pl_database_open_table(struct pl_database *d, const char *name, struct pl_table *out)
{
    pl_arena_reset(&d->row_arena);
    pl_arena_reset(&d->table_arena);
    return d->tables.ops->open_table(&d->tables, name, out);
}

enum pl_status pl_database_next_row(struct pl_database *d, bool defaults, struct pl_record_row *out)
{
    pl_arena_reset(&d->row_arena);
    return d->tables.ops->next_row(&d->tables, defaults, out);
}

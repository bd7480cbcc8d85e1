/*
 * tables.h - a store as the database that it is: tables, columns, rows.
 *
 * The view below folders and items, for formats that are databases: `dump` prints it and
 * `info` its facts. It needs no knowledge of what a table is for, so it also shows
 * databases that hold no mail at all. A format gives it by one row of formats/table.c,
 * beside its reader. Statuses, diagnostics and memory are as in pimlift.h.
 */
#ifndef PL_TABLES_H
#define PL_TABLES_H

#include "pimlift.h"

enum pl_cell_type { /* how the stored bytes of a value are meant */
                    PL_CELL_BOOL,
                    PL_CELL_SIGNED, /* little-endian, as are the next three; the size says how wide */
                    PL_CELL_UNSIGNED,
                    PL_CELL_REAL,
                    PL_CELL_DATE, /* days since 1899-12-30 as a double; many writers put a FILETIME there */
                    PL_CELL_GUID,
                    PL_CELL_TEXT, /* in the code page of its column; 1200 = UTF-16LE */
                    PL_CELL_BYTES
};

struct pl_column {
    const char *name;
    const char *type_name; /* for people */
    enum pl_cell_type type;
    uint32_t id;
    unsigned codepage;
    bool multi, has_default, inherited; /* from the template of its table */
};

struct pl_table_index {
    const char *name;
    const char *columns; /* "+A -B" */
    bool primary, unique;
};

struct pl_table {
    const char *name;
    const char *of_template; /* "" = none */
    bool is_template, is_system;
    const struct pl_column *columns;
    size_t column_count;
    const struct pl_table_index *indexes;
    size_t index_count;
};

/* One value. Long ones are not in memory: `data` is NULL, stream() and read() give them. */
struct pl_cell_value {
    const uint8_t *data;
    size_t size;
    uint64_t token[2];
};

struct pl_cell {
    const struct pl_column *column;
    const struct pl_cell_value *values;
    size_t count;
    bool is_default; /* not stored in this row */
};

/* The cells that are not NULL, in the order of the row. */
struct pl_record_row {
    const struct pl_cell *cells;
    size_t count;
    uint64_t offset; /* byte of the source */
    bool recovered;  /* was deleted; comes only with options.recover */
    bool doubtful;   /* a fault was met on the way to it */
};

struct pl_tables {
    const struct pl_tables_ops *ops;
    struct pl_source *source;
    struct pl_report *report;
    struct pl_reader_options options;
    const char *kind; /* filled by open: what database this is, for people */
    bool dirty;       /* so are these: not shut down cleanly, rows may be old */
    bool cut;         /* shorter than it says itself */
    bool unmeasured;  /* what tells its size can't be read */
    const struct pl_fact *facts;
    size_t fact_count;
    struct pl_arena *arena;       /* lives until close */
    struct pl_arena *table_arena; /* reset by the core before each table */
    struct pl_arena *row_arena;   /* reset by the core before each row */
    void *state;
};

struct pl_tables_ops {
    const char *name; /* as of the reader of the same files */
    size_t state_size;
    int (*probe)(struct pl_source *source);
    /* PL_STOP: nothing can be read. */
    enum pl_status (*open)(struct pl_tables *t);
    /* The next table in the order of the store, or the one of that name; its rows are those that
     * next_row() gives. PL_LOST: this table can't be opened. */
    enum pl_status (*next_table)(struct pl_tables *t, struct pl_table *out);
    enum pl_status (*open_table)(struct pl_tables *t, const char *name, struct pl_table *out);
    /* Defaults are given too when `defaults`. PL_LOST: a row is gone. */
    enum pl_status (*next_row)(struct pl_tables *t, bool defaults, struct pl_record_row *out);
    /* Makes a long value of the last row the one that read() reads. */
    enum pl_status (*stream)(struct pl_tables *t, const struct pl_cell_value *value, uint64_t *size);
    enum pl_status (*read)(struct pl_tables *t, uint64_t at, void *buf, size_t cap, size_t *got);
    void (*close)(struct pl_tables *t);
};

#endif

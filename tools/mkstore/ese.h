/*
 * ese.h - writes ESE databases (.edb): tables, rows, long values in, a file out.
 *
 * Store side of mkstore; shares nothing with the readers. Rows stream: leaf pages are written when
 * they fill, parents grow from below, so memory holds a page for each level of each open tree, and 32 MiB for all
 * sorters (secondary indexes, unsorted tables, the catalogue); the rest is spooled. Thousands of tables
 * may be open at once, for some 20 KiB each. What a database can't know before its end (the header, space
 * trees, the catalogue) is written last.
 *
 * Output depends on the calls alone. All functions return 0, or -1 with one line printed to
 * stderr; after a failure the database only knows ms_ese_abort().
 * Formats: as the engine's published source and real files have them; docs/fixtures.md.
 */
#ifndef MS_ESE_H
#define MS_ESE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ms_ese_records { MS_ESE_NEW, MS_ESE_OLD, MS_ESE_BOTH };    /* BOTH: every other page is old */
enum ms_ese_checksums { MS_ESE_ECC, MS_ESE_XOR, MS_ESE_MIXED }; /* of pages */

struct ms_ese_options {
    unsigned revision; /* 2, 9, 0xb, 0xc, 0x11, 0x14, ... */
    unsigned page;     /* 2048 to 32768 */
    enum ms_ese_records records;
    enum ms_ese_checksums checksums;
    unsigned lv_id;  /* 4 or 8 bytes */
    bool wide_roots; /* 25-byte root headers */
    bool dirty;      /* not shut down: generations of logs are needed */
    uint32_t log_min, log_max;
    bool streaming; /* a streaming file belongs to it */
    uint64_t seed;
};

/* What the usual engine of a revision does. false: no such revision or page size. */
bool ms_ese_defaults(struct ms_ese_options *o, unsigned revision, unsigned page);

/* Column types as stored. */
enum ms_ese_type {
    MS_ESE_NIL = 0, /* a column that was deleted: keeps its number, has no values */
    MS_ESE_BIT = 1,
    MS_ESE_BYTE = 2,
    MS_ESE_SHORT = 3,
    MS_ESE_LONG = 4,
    MS_ESE_CURRENCY = 5,
    MS_ESE_FLOAT = 6,
    MS_ESE_DOUBLE = 7,
    MS_ESE_TIME = 8,
    MS_ESE_BINARY = 9,
    MS_ESE_TEXT = 10,
    MS_ESE_LONGBINARY = 11,
    MS_ESE_LONGTEXT = 12,
    MS_ESE_ULONG = 14,
    MS_ESE_INT64 = 15,
    MS_ESE_GUID = 16,
    MS_ESE_USHORT = 17,
};

/* Where a column lies in the record; decides its number: 1, 128 or 256 and up. */
enum ms_ese_place { MS_ESE_FIXED, MS_ESE_VARIABLE, MS_ESE_TAGGED };

enum { /* column flags as stored */
       MS_ESE_NOT_NULL = 1,
       MS_ESE_VERSION = 2,
       MS_ESE_AUTO = 4,
       MS_ESE_MULTI = 8,
       MS_ESE_DEFAULT = 0x10, /* set for columns with a default */
       MS_ESE_ESCROW = 0x20,
       MS_ESE_COMPRESSED = 0x1000,
};

struct ms_ese_column {
    const char *name;
    enum ms_ese_type type;
    enum ms_ese_place place;
    unsigned flags;
    uint32_t size;        /* of fixed binary and text; else the largest allowed, 0 unlimited */
    unsigned codepage;    /* of text: 1200, 1252; 0 stands for 1252 */
    const void *fallback; /* the default, or NULL */
    size_t fallback_size;
    const char *callback; /* of a default that is computed, or NULL */
    size_t separate;      /* long values above go to the long-value tree; 0: 1024 */
};

enum { /* index flags as stored */
       MS_ESE_UNIQUE = 1,
       MS_ESE_NULLS = 0xe, /* entries for NULL keys, first and other segments */
       MS_ESE_NO_NULL = 0x10,
       MS_ESE_PRIMARY = 0x20,
};

#define MS_ESE_SEGMENTS 12u

struct ms_ese_index {
    const char *name;
    unsigned flags;
    size_t count;
    unsigned columns[MS_ESE_SEGMENTS]; /* places among the table's columns, see ms_ese_value */
    bool descending[MS_ESE_SEGMENTS];
};

struct ms_ese_table;
struct ms_ese_db;

struct ms_ese_schema {
    const char *name;
    const struct ms_ese_table *parent; /* the template, or NULL */
    bool is_template;
    const char *callback; /* of the table, or NULL */
    uint32_t flags;       /* object flags beside template and derived */
    unsigned pages;       /* first extent; 0 stands for 1 */
    uint32_t lv_chunk; /* bytes of a long value in a node; 0: as usual for the page size. From revision 0x14 on */
    const struct ms_ese_column *columns;
    size_t column_count;
    const struct ms_ese_index *indexes; /* at most one primary; without one rows keep their order */
    size_t index_count;
    bool unsorted; /* rows come in any order and are spooled */
};

struct ms_ese_piece {
    const void *data;
    size_t size;
    /* a long value made on the fly: when not NULL, size bytes come from it in order */
    int (*generate)(void *state, uint64_t at, void *buf, size_t size);
    void *state;
};

struct ms_ese_value {
    unsigned column; /* the template's columns count first, then the table's own */
    size_t count;    /* 0: stored as NULL; more than 1: a multi-value */
    const struct ms_ese_piece *pieces;
};

struct ms_ese_db *ms_ese_begin(const char *path, const struct ms_ese_options *options);
/* The schema may go away after the call. NULL on failure. */
struct ms_ese_table *ms_ese_table(struct ms_ese_db *db, const struct ms_ese_schema *schema);
/* One more tagged column for a table that has rows; *at: its place. */
int ms_ese_column(struct ms_ese_table *t, const struct ms_ese_column *column, unsigned *at);
/* One row; primary keys ascend. Columns without a value are absent. deleted: leaves a deleted node. */
int ms_ese_row(struct ms_ese_table *t, const struct ms_ese_value *values, size_t count, bool deleted);
/* Until it is told otherwise, rows and their long values are deleted: nodes with the flag, or on pages of their own
 * that no branch leads to. Keys go on ascending. */
enum ms_ese_left { MS_ESE_LIVES, MS_ESE_FLAGGED, MS_ESE_LOST };
void ms_ese_left(struct ms_ese_db *db, enum ms_ese_left left);
/* No more rows; the table is gone then, but a template may still be a parent. */
int ms_ese_table_end(struct ms_ese_table *t);
/* Ends tables that are open, writes the catalogue and the header; frees. */
int ms_ese_end(struct ms_ese_db *db);
void ms_ese_abort(struct ms_ese_db *db);

/* Beside a database: the log file of a generation (its header; the file is named as the engine does, in the
 * folder of the database), and an empty streaming file. */
int ms_ese_log(const char *database, const struct ms_ese_options *options, uint32_t generation);
int ms_ese_streaming(const char *path, const struct ms_ese_options *options, uint32_t pages);

/* Damage, after the file is whole; `what` as docs/fixtures.md lists it. */
int ms_ese_damage(const char *path, const char *what, uint64_t seed);

#endif

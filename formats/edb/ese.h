/*
 * ese.h - the database engine below Exchange: pages, trees, tables, records, long values.
 *
 * ESE file format 0x620, updates 2 to 0x14 and later, pages of 2 to 32 KiB. Everything
 * is read through one cache with a budget, and only what is asked for: a table is opened
 * by its name without reading the catalogue, a record without the one before it. Nothing
 * here knows what a table is for. Who finds a fault files it once, with the name of the
 * table that it touches; PL_WARN means delivered although a fault was seen on the way.
 *
 * Lifetimes: a database outlives its tables, a table its cursors. Bytes of a node, and so
 * of a record and of the values in it, are valid until their cursor moves or closes.
 */
#ifndef ESE_H
#define ESE_H

#include "arena.h"
#include "prop.h"
#include "report.h"
#include "source.h"
#include "work.h"

#define ESE_KEY_MOST 4096u /* bytes of a key, with the bookmark in an index that has equal keys */
#define ESE_NAME_MAX 68u   /* 64 characters and what a damaged catalogue may add */

/* --- the database ------------------------------------------------------------------ */

enum ese_db_state { /* what kind of shutdown there was; header offset 52 */
                    ESE_JUST_CREATED = 1,
                    ESE_DIRTY = 2,
                    ESE_CLEAN = 3,
                    ESE_CONVERTED = 4,
                    ESE_DETACHED = 5,
                    ESE_RESEEDED = 6,
                    ESE_DIRTY_PATCHED = 7,
                    ESE_REVERTED = 8
};

struct ese_header {
    uint32_t version, update;
    uint32_t attributes; /* 0, or 1 for a streaming file */
    uint32_t created_version, created_update;
    uint32_t page_size;
    uint32_t state;                              /* enum ese_db_state, as far as known */
    uint32_t log_first, log_last, log_committed; /* generations; 0 = none needed */
    uint32_t repairs;
    uint8_t signature[28], log_signature[28];
    bool streaming_file; /* a .stm beside it belongs to it */
};

enum ese_catalog { /* which rows of tables and columns are read */
                   ESE_CATALOG_SOUND,
                   ESE_CATALOG_COPY, /* the first is damaged */
                   ESE_CATALOG_REST  /* and so is the copy: what a walk or a sweep of the first gives */
};

struct ese_sweep;
struct ese_remains;

#define ESE_TOLD  64u
#define ESE_AHEAD 65536u

/* Bytes of the file that were read before they were asked for. */
struct ese_ahead {
    uint8_t *data; /* ESE_AHEAD bytes, or NULL */
    uint64_t from;
    size_t size;
    uint32_t last; /* page that was read last */
    uint32_t run;  /* how many pages up to it followed each other */
};

struct ese_db {
    struct pl_source *source;
    struct pl_report *report;
    struct pl_cache *cache;
    struct ese_header header;
    bool large;   /* pages above 8 KiB: another layout of header, tags and tagged columns */
    bool careful; /* not shut down cleanly: pages may disagree with each other */
    enum ese_catalog catalog;
    uint32_t page_count; /* of the file; pages are numbered from 1 */
    uint64_t pages_read;
    uint64_t doubts; /* how often a page was used that is damaged */
    struct ese_ahead ahead;
    uint32_t *owners;         /* of each page that is a leaf of some tree, 0 of others; NULL until a sweep */
    struct ese_sweep *sweeps; /* made so far */
    struct ese_remains
        *remains; /* while it is set, cursors give what trees have given up, and nothing that lives */
    struct {
        uint32_t pgno;
        int severity;
        const char *code;
    } told[ESE_TOLD];                /* faults of pages that were filed, the last ones */
    uint64_t told_records[ESE_TOLD]; /* the same of records: their offset + 1 */
    struct pl_work *work;            /* NULL: not counted */
    const char *touched;             /* name of the table at hand, for diagnostics; or NULL */
};

/* Bits verified of the first bytes; files nothing. */
int ese_probe(struct pl_source *source);
/* PL_STOP: one diagnostic filed. The database is to be closed also then. */
PL_MUST_USE enum pl_status ese_open(struct ese_db *db, struct pl_source *source, struct pl_report *report,
                                    size_t memory);
void ese_close(struct ese_db *db);
/* What was told of pages and records is told again, where a folder begins: see pl_cache_forget_faults(). */
void ese_faults_forget(struct ese_db *db);
const char *ese_state_name(uint32_t state);

/* The last page that the database owns: a whole file has it. 0: the map of its pages can't be read. */
uint32_t ese_last_page(struct ese_db *db);
/* Does the file end before that page, or within one? */
bool ese_is_cut(const struct ese_db *db, uint32_t last);
/* Files it, or that it can't be told. */
void ese_size_complain(const struct ese_db *db, uint32_t last);

/* --- trees ---------------------------------------------------------------------------- */

struct ese_tree {
    uint32_t root, objid;
    const char *name; /* of its table, for diagnostics; or NULL */
};

enum { ESE_NODE_VERSIONED = 1, ESE_NODE_DELETED = 2, ESE_NODE_COMPRESSED = 4 };

/* A key is its part in the head of the page and its part in the node. */
struct ese_node {
    struct pl_bytes prefix, suffix, data;
    unsigned flags;
    bool modern;     /* its page has records in the new form */
    bool doubtful;   /* so is its page */
    uint32_t pgno;   /* where it lies */
    uint64_t offset; /* byte of the file */
};

/* Negative: the node's key is smaller. */
int ese_key_compare(const struct ese_node *node, const void *key, size_t size);
/* Copies a key that is no longer than ESE_KEY_MOST; returns its size. */
size_t ese_key_copy(const struct ese_node *node, uint8_t out[ESE_KEY_MOST]);

struct ese_page {
    struct pl_cache_block *pin;
    const uint8_t *data;
    uint32_t pgno, previous, next, flags;
    uint64_t dbtime;
    unsigned count, first; /* nodes, and the tag of the first */
    bool doubtful;         /* it is damaged, and used all the same */
    struct pl_bytes head;  /* tag 0: the shared beginning of keys, but on a root */
};

/* A place in the order of a tree. Where keys can be equal, the data of a node follows its key. */
struct ese_place {
    uint8_t bytes[ESE_KEY_MOST];
    size_t key, data; /* sizes; data lies behind the key */
    bool set;
    bool itself; /* a node at this very place is still to come */
};

#define ESE_PENDING 8

struct ese_cursor {
    struct ese_db *db;
    struct ese_tree tree;
    bool deleted_too;     /* set after init: deleted nodes are given, with their flag */
    bool strict;          /* set after init: a lost page ends the walk, there is a copy of the tree */
    struct ese_page leaf; /* pinned while leaf.pin */
    unsigned at, end;     /* nodes of the leaf still to be given */
    uint32_t chain,
        ahead; /* the leaf of the chain last come to, and what follows: a page, or a place in the sweep */
    uint32_t pending[ESE_PENDING]; /* leaves that gave way to newer ones, to be looked at again */
    unsigned pending_count, pending_left;
    uint64_t steps; /* left before the chain must be a loop */
    struct ese_sweep *sweep;
    bool begun, complained;
    bool degraded;          /* a fault was met on the way to the leaf */
    bool sought;            /* nothing was given since a seek */
    bool gap;               /* a leaf was lost before the one that comes */
    bool misled;            /* a branch stands where a leaf should: the parents are not to be trusted */
    bool doubtful;          /* the leaf is not sound: its keys don't lead past `bound` */
    bool filtered;          /* nor are its tags: nodes count only between `last` and `bound` */
    unsigned faulty;        /* nodes of it that do not */
    struct ese_place last;  /* of the leaves behind; or what was sought */
    struct ese_place bound; /* from which on other leaves hold; not set = none */
    uint64_t dead_at;       /* among remains: the next node */
};

void ese_cursor_init(struct ese_cursor *c, struct ese_db *db, struct ese_tree tree);
void ese_cursor_close(struct ese_cursor *c);
/* The next ese_cursor_next() gives the first node, or the first whose key is not below. */
PL_MUST_USE enum pl_status ese_cursor_first(struct ese_cursor *c);
PL_MUST_USE enum pl_status ese_cursor_seek(struct ese_cursor *c, const void *key, size_t size);
/* PL_LOST: a node or a leaf is gone; call again for what follows. */
PL_MUST_USE enum pl_status ese_cursor_next(struct ese_cursor *c, struct ese_node *out);

/* --- keys of indexes -------------------------------------------------------------------- */

enum ese_type {
    ESE_NIL = 0,
    ESE_BIT = 1,
    ESE_U8 = 2,
    ESE_I16 = 3,
    ESE_I32 = 4,
    ESE_CURRENCY = 5,
    ESE_F32 = 6,
    ESE_F64 = 7,
    ESE_DATETIME = 8,
    ESE_BINARY = 9,
    ESE_TEXT = 10,
    ESE_LONG_BINARY = 11,
    ESE_LONG_TEXT = 12,
    ESE_SLV = 13,
    ESE_U32 = 14,
    ESE_I64 = 15,
    ESE_GUID = 16,
    ESE_U16 = 17
};

const char *ese_type_name(unsigned type);
/* Bytes of a value of that type; 0 = any number. */
unsigned ese_type_size(unsigned type);

/* A key as an index stores it, segment by segment. Texts are not supported: their order
 * depends on tables of the system that built the index. */
struct ese_key {
    uint8_t data[ESE_KEY_MOST];
    size_t size;
    bool failed; /* a type that can't be a key, or too long */
};

/* Adds a value in its stored form (little-endian); NULL data = the NULL value. */
void ese_key_add(struct ese_key *k, unsigned type, const void *value, size_t size, bool descending);
/* The same for a column, whose fixed or variable size matters to binary values. */
struct ese_column;
void ese_key_add_column(struct ese_key *k, const struct ese_column *c, const void *value, size_t size,
                        bool descending);
void ese_key_add_i64(struct ese_key *k, unsigned type, int64_t value, bool descending);
/* A name of the catalogue: ASCII, folded to upper case. */
void ese_key_add_name(struct ese_key *k, const char *name);

/* --- tables ----------------------------------------------------------------------------- */

enum { /* of columns, as persisted */
       ESE_COLUMN_MULTI = 0x08,
       ESE_COLUMN_DEFAULT = 0x10,
       ESE_COLUMN_USER_DEFAULT = 0x80,
       ESE_COLUMN_COMPRESSED = 0x1000,
       ESE_COLUMN_ENCRYPTED = 0x2000
};

#define ESE_FIRST_VARIABLE 128u
#define ESE_FIRST_TAGGED   256u

struct ese_column {
    const char *name;
    uint32_t id, flags, codepage, size; /* size: the most bytes of a value, or 0 */
    uint8_t type;                       /* enum ese_type */
    uint16_t offset;                    /* of fixed ones in the record */
    bool inherited;                     /* from the template */
    bool has_default;
    struct pl_bytes by_default;
};

enum { ESE_INDEX_UNIQUE = 0x01, ESE_INDEX_PRIMARY = 0x20 };
enum { ESE_SEGMENT_TEMPLATE = 0x80, ESE_SEGMENT_DESCENDING = 0x40 };
#define ESE_SEGMENTS 16u

struct ese_index {
    const char *name;
    struct ese_tree tree; /* of a primary index: the table's own */
    uint32_t flags;
    struct {
        uint16_t column;
        uint8_t flags;
    } segments[ESE_SEGMENTS];
    unsigned segment_count;
};

/* What the catalogue says of a table in one row. */
struct ese_table_row {
    char name[ESE_NAME_MAX], of_template[ESE_NAME_MAX];
    struct ese_tree tree;
    uint32_t chunk_size; /* of long values, in clear; 0 = not told */
    bool is_template, is_derived, is_system;
};

struct ese_table {
    struct ese_db *db;
    struct ese_table_row row;
    struct pl_arena arena;      /* columns, indexes, names */
    struct ese_column *columns; /* inherited first; by id */
    size_t column_count, inherited_count;
    struct ese_index *indexes; /* inherited indexes are not listed: each table has its own */
    size_t index_count;
    struct ese_tree long_values;      /* root 0 = none */
    uint32_t by_id[ESE_FIRST_TAGGED]; /* column + 1 of fixed and variable ids */
};

/* All tables in the order of their object ids. */
struct ese_tables {
    struct ese_db *db;
    uint32_t objid; /* of the last one given */
    bool failed;
};
void ese_tables_init(struct ese_tables *t, struct ese_db *db);
PL_MUST_USE enum pl_status ese_tables_next(struct ese_tables *t, struct ese_table_row *out);

/* How many names of tables the index of names has; more than there are rows of tables when the catalogue is
 * damaged. */
uint64_t ese_tables_named(struct ese_db *db);

/* PL_END: no such table. Costs the pages of three paths down the catalogue and those of the table's
 * own rows. */
PL_MUST_USE enum pl_status ese_table_open(struct ese_db *db, const char *name, struct ese_table *out);
/* The same of a row; to be closed also after PL_LOST. A table must not be moved. */
PL_MUST_USE enum pl_status ese_table_load(struct ese_db *db, const struct ese_table_row *row,
                                          struct ese_table *out);
void ese_table_close(struct ese_table *t);
/* NULL: none. */
const struct ese_column *ese_table_column(const struct ese_table *t, const char *name);
const struct ese_index *ese_table_index(const struct ese_table *t, const char *name);

/* --- records ------------------------------------------------------------------------------ */

struct ese_record {
    const struct ese_table *table;
    struct ese_db *db;
    const uint8_t *data;
    size_t size;
    uint64_t offset; /* byte of the file */
    unsigned last_fixed, last_variable;
    size_t nulls, ends, variable, tagged; /* offsets of the parts: bit map, array of ends, data */
    bool modern, deleted, doubtful;
};

enum ese_cell_form { ESE_CELL_ONE, ESE_CELL_TWO, ESE_CELL_MANY, ESE_CELL_REPEATED };

/* A column of a record. */
struct ese_cell {
    const struct ese_column *column;
    const struct ese_record *record;
    bool is_null;    /* stored as NULL */
    bool is_default; /* not stored: the column's default */
    unsigned count;  /* of values; 0 when NULL */
    /* private */
    enum ese_cell_form form;
    struct pl_bytes bytes;
    unsigned flags;
    unsigned seen; /* values of the old form that lie before seen_at */
    size_t seen_at;
};

struct ese_value {
    struct pl_bytes bytes;
    bool separated;  /* bytes are the id of a long value: ese_lv_open() */
    bool compressed; /* ese_decompress() */
    bool encrypted;
};

/* PL_LOST: no record, one diagnostic filed. */
PL_MUST_USE enum pl_status ese_record_parse(const struct ese_table *t, const struct ese_node *node,
                                            struct ese_record *out);
/* What the record stores, in the order fixed, variable, tagged; columns that it does not store are
 * left out. PL_END: no more. PL_LOST: the rest of the record, or this column, makes no sense. */
struct ese_fields {
    const struct ese_record *record;
    unsigned id;  /* of the next fixed or variable column */
    size_t entry; /* of the next tagged one: index, or offset in the old form */
};
void ese_fields_init(struct ese_fields *f, const struct ese_record *r);
PL_MUST_USE enum pl_status ese_fields_next(struct ese_fields *f, struct ese_cell *out);
/* One column, with its default when it is not stored. PL_END: neither. */
PL_MUST_USE enum pl_status ese_record_get(const struct ese_record *r, const struct ese_column *column,
                                          struct ese_cell *out);
/* The i-th value of a cell. PL_LOST: its bytes make no sense, filed. */
PL_MUST_USE enum pl_status ese_cell_value(struct ese_cell *cell, unsigned i, struct ese_value *out);

/* Size in clear of a compressed value; 0 when it can't be told. */
size_t ese_decompressed_size(const void *data, size_t size);
/* false: no scheme that is known, or the bytes make no sense. *got <= cap. */
bool ese_decompress(const void *data, size_t size, uint8_t *out, size_t cap, size_t *got);

/* --- long values ------------------------------------------------------------------------------ */

struct ese_lv {
    struct ese_db *db;
    struct ese_tree tree;
    uint8_t id[8]; /* as keys have it: big-endian */
    unsigned id_size;
    uint64_t size;       /* in clear */
    uint32_t chunk_size; /* in clear, of each chunk but the last */
    struct ese_cursor cursor;
    bool at_chunk;  /* the cursor gives the chunk at `next` */
    uint64_t next;  /* offset of the chunk after the one held */
    uint64_t held;  /* offset of the bytes in `bytes` */
    uint8_t *bytes; /* chunk_size of them */
    size_t byte_count, room;
};

/* A separated value of a record of that table; PL_LOST: filed, nothing to close. */
PL_MUST_USE enum pl_status ese_lv_open(const struct ese_table *t, const struct ese_value *value,
                                       struct ese_lv *out);
/* *got < cap only at the end, or with PL_LOST. */
PL_MUST_USE enum pl_status ese_lv_read(struct ese_lv *lv, uint64_t at, void *buf, size_t cap, size_t *got);
/* The node of the chunk at an offset, which holds its bytes as they are stored. PL_LOST: filed. */
PL_MUST_USE enum pl_status ese_lv_chunk(struct ese_lv *lv, uint64_t offset, struct ese_node *out);
void ese_lv_close(struct ese_lv *lv);

/* --- remains: what trees have given up and not overwritten ------------------------------------- */

/*
 * Deleted nodes that were not cleaned away, and nodes of pages that carry the id of a tree but are no longer
 * reached from its root, of so many trees. One pass over the whole file. What has the key of a living node is left
 * out; of several with one key the newest is kept. A tree whose branches are damaged has deleted nodes only.
 * PL_STOP: filed.
 */
PL_MUST_USE enum pl_status ese_remains_find(struct ese_db *db, const struct ese_tree *trees, size_t count,
                                            struct ese_remains **out);
/* Learns which long values the deleted rows of these tables name, in place of those learned before: one that rows
 * of two keys name belongs to nobody. PL_STOP: filed. */
PL_MUST_USE enum pl_status ese_remains_learn(struct ese_remains *r, const struct ese_table *const *tables,
                                             size_t count);
void ese_remains_free(struct ese_remains *r);
/* Does that byte of the file lie on a page that its tree has lost? */
bool ese_remains_is_adrift(const struct ese_remains *r, uint64_t offset);
/* Deleted nodes, nodes on lost pages; lost pages. */
struct ese_remains_counts {
    uint64_t deleted, adrift, pages;
    bool part; /* not all of the file could be read */
};
void ese_remains_count(const struct ese_remains *r, struct ese_remains_counts *out);

#endif

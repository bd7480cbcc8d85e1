/*
 * ese_int.h - what the parts of the ESE writer share. From the bytes up: bits (checksums),
 * squeeze (compression), key (normalised keys), space (pages for trees), tree (bulk load),
 * sort (spooled entries), lv (long values), record, table, cat (catalogue), file (header).
 *
 * A db has one sticky failure; functions that return nothing set it, callers up the road see
 * it. Pages are numbered as the engine does: page 1 follows the two headers.
 */
#ifndef MS_ESE_INT_H
#define MS_ESE_INT_H

#include <stdio.h>

#include "ese.h"
#include "mem.h"

#define ESE_KEY_MOST  255u /* of normalised index keys */
#define ESE_LEVELS    12u
#define ESE_PAGE_MOST 32768u

enum { /* page flags */
       ESE_ROOT = 1,
       ESE_LEAF = 2,
       ESE_PARENT = 4,
       ESE_SPACE = 0x20,
       ESE_INDEX = 0x40,
       ESE_LONGVALUE = 0x80,
       ESE_NONUNIQUE = 0x400,
       ESE_NEWRECORD = 0x800,
       ESE_NEWCHECKSUM = 0x2000,
       ESE_FLUSH = 0x8000, /* two bits */
};

enum { ESE_NODE_VERSION = 1, ESE_NODE_DELETED = 2, ESE_NODE_PREFIX = 4 };

struct ese_extent {
    uint32_t first, count;
};

struct ese_extents {
    struct ese_extent *list;
    size_t count, room;
};

/* The pages of a tree: it takes from its parent, its children take from it. */
struct ese_space {
    struct ms_ese_db *db;
    struct ese_space *parent; /* NULL: the database */
    uint32_t root, primary;   /* first page and length of the first extent */
    uint32_t trees;           /* root of the tree of owned extents (that of available ones follows), 0 none yet */
    uint32_t total;
    struct ese_extents owned, avail;
};

struct ese_level {
    uint8_t *nodes; /* struct ese_node, key, data each */
    size_t used, room;
    size_t first_key;    /* length of the first key: the page prefix */
    size_t shared;       /* longest part of it that a node uses */
    size_t bytes, plain; /* on the page with and without prefix compression, tags included */
    size_t last;         /* offset of the last node */
    unsigned count;
    uint32_t page, before; /* of the page being filled, and its left sibling; 0 none */
    uint64_t ordinal;
};

struct ese_tree {
    struct ms_ese_db *db;
    struct ese_space *from; /* of pages that nothing leads to: whose space they are from */
    struct ese_space space;
    uint32_t objid;
    unsigned flags; /* page flags of all its pages */
    bool records;   /* its leaf nodes hold records */
    struct ese_level level[ESE_LEVELS];
    size_t depth; /* levels that have nodes */
};

struct ese_slice {
    const uint8_t *data;
    size_t size;
};

struct ese_sort; /* entries in any order */

struct ese_column {
    struct ms_ese_column def;
    unsigned id;     /* in the table that it comes from */
    unsigned offset; /* of a fixed column in the record */
    bool derived;
};

struct ese_index {
    struct ms_ese_index def;
    bool derived;
    uint32_t objid;
    struct ese_tree tree; /* not of the primary */
    struct ese_sort *entries;
};

struct ms_ese_table {
    struct ms_ese_db *db;
    struct ms_ese_table *next, **link; /* of the database */
    const struct ms_ese_table *parent;
    struct ms_mem mem;
    const char *name, *callback;
    bool is_template, unsorted, ended, system;
    uint32_t flags, objid;
    unsigned pages;
    struct ese_column *columns;
    size_t column_count, column_room, inherited;
    struct ese_index *indexes;
    size_t index_count;
    const struct ese_index *primary;
    struct ese_tree tree;
    struct ese_sort *rows; /* when unsorted */
    bool has_lv;
    struct ese_tree lv;
    uint32_t lv_objid;
    uint32_t lv_chunk; /* 0: as usual */
    uint64_t lv_id, row_number, put_count;
    struct ese_tree gone[2]; /* leaves of rows and of long values that nothing leads to; db NULL: none */
    uint8_t *last_key;
    size_t last_size;
};

struct ms_ese_db {
    int fd;
    char *path;
    bool failed;
    enum ms_ese_left left;
    struct ms_ese_options opt;
    bool small; /* pages up to 8 KiB */
    size_t head;
    uint64_t dbtime;
    uint32_t objid;
    uint32_t pages; /* last page */
    struct ese_space space;
    struct ms_ese_table *tables, *catalogue, *shadow;
    struct ms_mem mem, row_mem;            /* of the run, of a row */
    uint8_t *page, *other, *record, *work; /* scratch: one page, one, two, two */
    FILE *spool;                           /* of all sorters */
    uint64_t spooled;
    size_t sorting; /* bytes that sorters hold */
};

/* ese_bits.c */
uint32_t ese_xor(const uint8_t *data, size_t size, uint32_t seed);
void ese_checksum_page(const struct ms_ese_options *o, uint8_t *page, uint32_t number);
void ese_le16(uint8_t *p, unsigned v);
void ese_le32(uint8_t *p, uint32_t v);
void ese_le64(uint8_t *p, uint64_t v);
unsigned ese_get16(const uint8_t *p);
uint32_t ese_get32(const uint8_t *p);
void ese_be32(uint8_t *p, uint32_t v);
void ese_be64(uint8_t *p, uint64_t v);

/* ese_squeeze.c: bytes written to out (room: size), 0 when that is not shorter */
size_t ese_squeeze(const uint8_t *data, size_t size, uint8_t *out);

/* ese_key.c: appends a segment to a key; value NULL stands for NULL. Cut at ESE_KEY_MOST. */
size_t ese_key_add(uint8_t *key, size_t used, const struct ese_column *c, const struct ese_slice *value,
                   bool descending);

/* ese_space.c */
void ese_space_init(struct ese_space *s, struct ms_ese_db *db, struct ese_space *parent, uint32_t root,
                    uint32_t first, uint32_t count);
uint32_t ese_space_take(struct ese_space *s, uint32_t count, uint32_t *got);
void ese_space_give(struct ese_space *s, uint32_t first, uint32_t count);
/* Writes the space trees, fills the 16 bytes of the root's space header; frees. */
void ese_space_finish(struct ese_space *s, uint32_t objid, unsigned flags, uint8_t *header);
void ese_space_free(struct ese_space *s);

/* ese_page.c: a page from nodes laid out by tree.c */
struct ese_page {
    struct ms_ese_db *db;
    uint32_t number, before, after, objid;
    unsigned flags, count;
    size_t used; /* from the end of the header */
    uint8_t *bytes;
};
void ese_page_begin(struct ese_page *p, struct ms_ese_db *db, uint32_t number, uint32_t objid, unsigned flags);
void ese_page_head(struct ese_page *p, const uint8_t *data, size_t size); /* tag 0 */
void ese_page_node(struct ese_page *p, unsigned flags, size_t prefix, struct ese_slice suffix,
                   struct ese_slice data);
void ese_page_write(struct ese_page *p);
size_t ese_root_header(const struct ms_ese_db *db, const uint8_t *space, uint8_t *out); /* 16 or 25 bytes */

/* ese_tree.c */
void ese_tree_init(struct ese_tree *t, struct ms_ese_db *db, struct ese_space *parent, uint32_t objid,
                   unsigned flags);
/* Whether the page that takes the next node of such a size has old records; `fits` tells if it is the current one.
 */
bool ese_tree_old(const struct ese_tree *t, struct ese_slice key, size_t size, bool *fits);
void ese_tree_break(struct ese_tree *t, struct ese_slice key); /* the node with this key begins a page */
void ese_tree_put(struct ese_tree *t, struct ese_slice key, struct ese_slice data, unsigned flags);
/* The same for a node of a tree that has only leaves, which nothing leads to. */
/* Where rows (0) and long values (1) go that are on lost pages. */
struct ese_tree *ese_table_gone(struct ms_ese_table *t, int which);
void ese_tree_lose(struct ese_tree *t, struct ese_slice key, struct ese_slice data);
void ese_tree_lost(struct ese_tree *t);   /* writes the last one; frees */
void ese_tree_finish(struct ese_tree *t); /* writes the root; frees */
void ese_tree_free(struct ese_tree *t);
size_t ese_node_most(const struct ms_ese_db *db); /* key and data together */

/* ese_sort.c */
struct ese_sort *ese_sort_new(struct ms_ese_db *db);
void ese_sort_add(struct ese_sort *s, struct ese_slice key, struct ese_slice data, unsigned flags);
/* Hands all entries over in order of key and data. */
void ese_sort_drain(struct ese_sort *s,
                    void (*take)(void *to, struct ese_slice key, struct ese_slice data, unsigned flags), void *to);
void ese_sort_free(struct ese_sort *s);

/* ese_lv.c: stores a piece as a long value; returns its id */
uint64_t ese_lv_put(struct ms_ese_table *t, const struct ese_column *c, const struct ms_ese_piece *piece);
size_t ese_lv_id_size(const struct ms_ese_db *db);
bool ese_lv_wanted(const struct ms_ese_table *t, const struct ese_column *c, const struct ms_ese_piece *piece);

/* ese_record.c */
enum { ESE_PIECES = 4096 }; /* of one value */
struct ese_field {          /* a piece on its way into a record */
    struct ese_slice bytes;
    bool separated, squeezed;
};
struct ese_row {
    const struct ms_ese_value **by_column; /* by place among the table's columns */
    struct ese_field **fields;             /* of tagged columns, one for each piece */
};
/* Decides where long values go and stores those; then ese_record_make() builds either form. */
bool ese_row_prepare(struct ms_ese_table *t, struct ms_mem *mem, const struct ms_ese_value *values, size_t count,
                     size_t key, struct ese_row *row);
size_t ese_record_make(struct ms_ese_table *t, const struct ese_row *row, bool old, uint8_t *out);

/* ese_cat.c */
void ese_cat_begin(struct ms_ese_db *db);
void ese_cat_add(struct ms_ese_table *t);
void ese_cat_end(struct ms_ese_db *db);

/* ese_table.c */
struct ms_ese_table *ese_table_new(struct ms_ese_db *db, const struct ms_ese_schema *schema, uint32_t objid);
void ese_table_free(struct ms_ese_table *t);

/* ese_file.c */
enum { ESE_LOG_SEED = 0x6c6f67, ESE_STREAM_SEED = 0x73746d }; /* what makes their signatures differ */
void ese_put_time(uint8_t *p, unsigned second);
void ese_put_signature(uint8_t *p, uint64_t seed);
void ese_fail(struct ms_ese_db *db, const char *format, ...) __attribute__((format(printf, 2, 3)));
void ese_write(struct ms_ese_db *db, uint64_t at, const void *data, size_t size);

#endif

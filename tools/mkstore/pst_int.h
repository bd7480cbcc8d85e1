/*
 * pst_int.h - inside of the PST writer: one declaration for everything its files share.
 *
 * Bottom up: bits (CRC, encoding, little-endian), spool (bytes and sorted runs on
 * disk), ndb (the file, blocks, pages, trees), heap (HN and BTH), pc and tc (property
 * and table contexts), text, named, tables, item, folder, store (the operations).
 *
 * The file is only appended to, section by section (one allocation map each), so that
 * block ids, offsets and node ids all grow and no map is ever read back. Functions
 * return 0, or -1 with one line printed to stderr. Sections are those of [MS-PST];
 * the 4k layout is the one libpff's format document describes.
 */
#ifndef PST_INT_H
#define PST_INT_H

#include "mkstore.h"

#include <iconv.h>

enum {
    PST_HEAP_MAX = 3580, /* largest heap item, 2.3.3.3 */
    PST_NID_TYPES = 32,
    PST_SUB_FIRST = 0x401 /* subnode numbers handed out in a node start here, as Outlook's do */
};

enum pst_nid_type {
    PST_NT_INTERNAL = 1,
    PST_NT_FOLDER = 2,
    PST_NT_SEARCH = 3,
    PST_NT_MESSAGE = 4,
    PST_NT_ATTACHMENT = 5,
    PST_NT_SEARCH_QUEUE = 6,
    PST_NT_SEARCH_CRITERIA = 7,
    PST_NT_ASSOC = 8,
    PST_NT_HIERARCHY = 0x0d,
    PST_NT_CONTENTS = 0x0e,
    PST_NT_ASSOC_CONTENTS = 0x0f,
    PST_NT_SEARCH_CONTENTS = 0x10,
    PST_NT_LTP = 0x1f
};

enum pst_page_type {
    PST_PT_BBT = 0x80,
    PST_PT_NBT = 0x81,
    PST_PT_FMAP = 0x82,
    PST_PT_PMAP = 0x83,
    PST_PT_AMAP = 0x84,
    PST_PT_FPMAP = 0x85,
    PST_PT_DLIST = 0x86
};

enum pst_type {
    PST_I2 = 0x02,
    PST_I4 = 0x03,
    PST_BOOL = 0x0b,
    PST_OBJECT = 0x0d,
    PST_I8 = 0x14,
    PST_STRING8 = 0x1e,
    PST_UNICODE = 0x1f,
    PST_TIME = 0x40,
    PST_BINARY = 0x102,
    PST_MULTI = 0x1000
};

/* What differs between the three layouts, as numbers. */
struct pst_layout {
    unsigned wver, client; /* of the header */
    bool ansi, wide;       /* wide: 4k pages */
    uint32_t page, page_trailer, block_trailer, align, block_max;
    uint32_t id;              /* bytes of a block id */
    uint32_t bt_room;         /* bytes of entries in a B-tree page */
    uint32_t bt, bbt, nbt;    /* bytes of an entry */
    uint32_t sub, si;         /* bytes of an entry of SLBLOCK, SIBLOCK */
    uint32_t map_bytes;       /* bits of an allocation map / 8 */
    uint64_t map_first;       /* offset of the first one */
    uint32_t dlist;           /* offset of the density list */
    uint32_t heap_index_bits; /* of a HID */
};

/* ---- bits ---- */
const struct pst_layout *pst_layout_of(enum ms_layout layout);
uint32_t pst_crc(uint32_t crc, const void *data, size_t size);
uint16_t pst_signature(uint64_t at, uint64_t bid);
void pst_encode(enum ms_crypt crypt, uint64_t bid, uint8_t *data, size_t size);
void pst_decode(enum ms_crypt crypt, uint64_t bid, uint8_t *data, size_t size);
void pst_put16(uint8_t *at, uint32_t v);
void pst_put32(uint8_t *at, uint32_t v);
void pst_put64(uint8_t *at, uint64_t v);
uint32_t pst_get16(const uint8_t *at);
uint32_t pst_get32(const uint8_t *at);
uint64_t pst_get64(const uint8_t *at);
void pst_put_id(const struct pst_layout *lay, uint8_t *at, uint64_t v);
int pst_error(const char *what, const char *detail);
uint64_t pst_mix(uint64_t *state); /* splitmix64 */

/* ---- memory that lives as long as an item ---- */
struct pst_chunk;
struct pst_arena {
    struct pst_chunk *first;
};
void *pst_arena_get(struct pst_arena *arena, size_t size); /* zeroed; NULL with a line printed */
void pst_arena_reset(struct pst_arena *arena);
void pst_arena_free(struct pst_arena *arena);

/* ---- spool: bytes that overflow from memory into an unlinked file beside the output ---- */
struct pst_spool {
    const char *path; /* of the output */
    int fd;
    uint8_t *buf;
    size_t fill, cap;
    uint64_t flushed;
};
void pst_spool_init(struct pst_spool *spool, const char *path);
int pst_spool_put(struct pst_spool *spool, const void *data, size_t size);
int pst_spool_get(struct pst_spool *spool, uint64_t at, void *data, size_t size);
uint64_t pst_spool_size(const struct pst_spool *spool);
void pst_spool_clear(struct pst_spool *spool);
void pst_spool_free(struct pst_spool *spool);

/* ---- sorter: records of 32 bytes by their first two words, in runs on disk ---- */
struct pst_rec {
    uint64_t key, a, b, c;
};
struct pst_run;
struct pst_sorter {
    struct pst_spool runs;
    struct pst_rec *buf;
    size_t fill, cap;
    struct pst_run *run;
    size_t run_count, run_cap;
    size_t *heap; /* of runs, smallest first, while reading */
    size_t heap_count;
    size_t next; /* when everything fitted into memory */
};
void pst_sorter_init(struct pst_sorter *sorter, const char *path);
int pst_sorter_put(struct pst_sorter *sorter, const struct pst_rec *rec);
int pst_sorter_start(struct pst_sorter *sorter);
int pst_sorter_next(struct pst_sorter *sorter, struct pst_rec *rec); /* 1 = got one, 0 = end */
void pst_sorter_free(struct pst_sorter *sorter);

/* ---- ndb ---- */
struct pst_builder;
struct pst_file {
    const struct pst_layout *lay;
    enum ms_crypt crypt;
    bool deflate;
    bool dead;    /* what is written now was given up: neither the maps nor the index of blocks know it */
    bool unnamed; /* nor does an old leaf of that index */
    unsigned wver;
    int fd;
    char *path;
    uint8_t *sect;    /* the section being filled, from its allocation map on */
    uint8_t *bits;    /* its allocation map */
    uint64_t sect_at; /* its offset */
    uint64_t sect_no;
    uint32_t slot; /* first free slot in it */
    uint8_t *head; /* the first section and its map, once another one is being filled */
    uint8_t *head_bits;
    uint32_t head_slot, head_end; /* slots kept free in it for what comes late */
    uint32_t late_max;            /* bytes: larger ones go to the end even so */
    uint64_t free_bytes;          /* of the closed sections */
    uint8_t *fmap;                /* longest free run of each closed section, capped */
    size_t fmap_cap;
    uint64_t next_block, next_page;
    struct pst_builder *blocks, *messages; /* leaves of the trees so far */
    struct pst_builder *old, *old_blocks;  /* leaves of earlier trees, once something was deleted */
    struct pst_sorter nbt;                 /* all other nodes */
    uint8_t *block, *deflated;             /* scratch of one block */
};
int pst_file_open(struct pst_file *file, const char *path, const struct ms_store *store);
/* From here on comes what the rest hangs on: pieces of up to so many bytes go before the items. */
void pst_file_late(struct pst_file *file, uint32_t most);
int pst_file_close(struct pst_file *file, const uint32_t *next_nid); /* writes trees and header */
void pst_file_free(struct pst_file *file);
int pst_block(struct pst_file *file, const void *data, size_t size, bool internal, uint64_t *bid);
int pst_page(struct pst_file *file, enum pst_page_type type, const void *body, uint64_t *bid, uint64_t *at);
void pst_page_seal(const struct pst_layout *lay, enum pst_page_type type, uint8_t *page, uint64_t at, uint64_t bid);
void pst_block_seal(const struct pst_layout *lay, uint8_t *p, uint32_t total, size_t stored, size_t size,
                    uint64_t at, uint64_t bid);
int pst_node(struct pst_file *file, uint32_t nid, uint64_t data, uint64_t subs, uint32_t parent);
/* The same for a node that an earlier index had, and this one does not have. */
int pst_node_old(struct pst_file *file, uint32_t nid, uint64_t data, uint64_t subs, uint32_t parent);
int pst_btree_block(struct pst_file *file, uint64_t bid, uint64_t at, size_t stored, size_t size);
int pst_block_old(struct pst_file *file, uint64_t bid, uint64_t at, size_t stored, size_t size);
void pst_btrees_free(struct pst_file *file);
int pst_file_btrees(struct pst_file *file, uint64_t root[4]); /* nbt bid, at, bbt bid, at */

/* A data tree: blocks one after another, with as many levels above as it takes (2.2.2.8.3). */
struct pst_tree {
    struct pst_file *file;
    uint8_t *buf; /* for bytes that come in any size */
    size_t fill;
    uint64_t *x, *xx;
    size_t x_count, xx_count, x_cap;
    uint64_t x_bytes, total;
};
void pst_tree_init(struct pst_tree *tree, struct pst_file *file);
int pst_tree_bytes(struct pst_tree *tree, const void *data, size_t size);
int pst_tree_block(struct pst_tree *tree, const void *data, size_t size);
int pst_tree_end(struct pst_tree *tree, uint64_t *bid); /* frees, whatever it returns */
void pst_tree_free(struct pst_tree *tree);

struct pst_sub {
    uint32_t nid;
    uint64_t data, subs;
};
struct pst_subs {
    struct pst_sub *list;
    size_t count, cap;
    uint32_t next; /* number of the next subnode made here */
};
void pst_subs_init(struct pst_subs *subs);
uint32_t pst_subs_name(struct pst_subs *subs, enum pst_nid_type type);
int pst_subs_add(struct pst_subs *subs, uint32_t nid, uint64_t data, uint64_t sub);
int pst_subs_write(struct pst_subs *subs, struct pst_file *file, uint64_t *bid); /* frees */
void pst_subs_free(struct pst_subs *subs);

/* ---- heap on node and B-tree on heap ---- */
struct pst_heap {
    struct pst_file *file;
    uint8_t client;
    uint8_t *first, *block; /* the first block stays in memory: it is patched */
    size_t first_size;
    uint16_t *ends;
    size_t count, used; /* items and bytes of the open block */
    uint32_t block_no;
    struct pst_spool done; /* closed blocks after the first, block_max each */
    uint8_t *fill;         /* fill level of each block */
    size_t fill_cap;
};
int pst_heap_init(struct pst_heap *heap, struct pst_file *file, uint8_t client);
int pst_heap_put(struct pst_heap *heap, const void *data, size_t size, uint32_t *hid);
void pst_heap_patch(struct pst_heap *heap, uint32_t hid, const void *data, size_t size); /* block 0 only */
int pst_heap_end(struct pst_heap *heap, uint32_t root, uint64_t *bid);                   /* frees */
void pst_heap_free(struct pst_heap *heap);

struct pst_bth_entry {
    uint32_t key, hid;
};
struct pst_bth {
    struct pst_heap *heap;
    unsigned key, value;
    uint32_t header; /* hid */
    uint8_t leaf[PST_HEAP_MAX];
    size_t fill;
    struct pst_bth_entry *up;
    size_t up_count, up_cap;
};
int pst_bth_init(struct pst_bth *bth, struct pst_heap *heap, unsigned key, unsigned value);
int pst_bth_add(struct pst_bth *bth, uint32_t key, const void *value); /* keys ascending */
int pst_bth_end(struct pst_bth *bth);                                  /* frees */
void pst_bth_free(struct pst_bth *bth);

/* ---- values ready for the store, and what holds them ---- */
struct pst_val {
    uint16_t id, type;
    uint32_t size;
    const uint8_t *data;
    const struct ms_prop *stream; /* when not NULL: made while writing */
};
struct pst_vals {
    struct pst_val *list;
    size_t count, cap;
};
struct ms_writer;
int pst_vals_add(struct ms_writer *w, struct pst_vals *vals, uint32_t tag, const void *data, size_t size);
int pst_vals_int(struct ms_writer *w, struct pst_vals *vals, uint32_t tag, uint64_t value);
int pst_vals_text(struct ms_writer *w, struct pst_vals *vals, uint16_t id, const char *utf8);
int pst_vals_props(struct ms_writer *w, struct pst_vals *vals, const struct ms_props *props);
const struct pst_val *pst_vals_find(const struct pst_vals *vals, uint32_t id);
void pst_vals_sort(struct pst_vals *vals); /* by id; the first of equals stays */
unsigned pst_fixed_size(uint32_t type);    /* 0 = variable */

int pst_pc_write(struct ms_writer *w, struct pst_vals *vals, struct pst_subs *subs, uint64_t *bid);

struct pst_column {
    uint32_t tag;
    uint16_t at;
    uint8_t size, bit;
};
struct pst_table_def {
    const uint32_t *tags; /* of Unicode stores */
    size_t count;
};
struct pst_tc {
    struct ms_writer *w;
    struct pst_column *columns;
    size_t count;
    uint32_t ends[4];
    struct pst_heap heap;
    struct pst_bth index;
    struct pst_spool rows;
    struct pst_subs subs;
    uint8_t *row;
    uint32_t info; /* hid */
    uint32_t row_count;
};
int pst_tc_init(struct pst_tc *tc, struct ms_writer *w, const struct pst_table_def *def);
int pst_tc_row(struct pst_tc *tc, uint32_t id, const struct pst_vals *vals); /* ids ascending */
int pst_tc_end(struct pst_tc *tc, uint64_t *data, uint64_t *subs);           /* frees */
void pst_tc_free(struct pst_tc *tc);

/* ---- text ---- */
struct pst_text {
    iconv_t to; /* (iconv_t)-1: UTF-16 only */
    uint32_t point;
    unsigned missing; /* continuation bytes still expected */
};
int pst_text_open(struct pst_text *text, unsigned codepage);
void pst_text_close(struct pst_text *text);
/* Converts UTF-8 to UTF-16 (wide) or the code page; at most 4 bytes out for each byte in, 4 more at the end. */
size_t pst_text_put(struct pst_text *text, bool wide, const void *utf8, size_t size, uint8_t *out);
size_t pst_text_flush(struct pst_text *text, bool wide, uint8_t *out);

/* ---- named properties ---- */
struct pst_name {
    uint8_t set[16];
    uint32_t lid;
    uint8_t *text; /* UTF-16, or NULL */
    size_t text_size;
};
struct pst_names {
    struct pst_name *list;
    size_t count, cap;
    uint32_t *hash; /* index + 1 */
    size_t hash_cap;
};
int pst_name_id(struct ms_writer *w, const struct ms_prop *prop, uint16_t *id);
int pst_names_write(struct ms_writer *w);
void pst_names_free(struct pst_names *names);

/* ---- the writer ---- */
struct pst_folder {
    uint32_t nid;
    uint32_t parent; /* index */
    char *name;
    uint64_t props; /* where its values lie in the spool */
    uint32_t prop_bytes;
    uint32_t items, unread, assoc, children;
    uint32_t hash_next; /* index + 1 */
    bool search, named;
};

struct ms_writer {
    struct ms_store *store;
    struct pst_file file;
    struct pst_arena arena;
    struct pst_text text;
    struct pst_names names;
    struct pst_folder *folders;
    size_t folder_count, folder_cap;
    uint32_t *folder_hash;
    size_t folder_hash_cap;
    uint32_t current; /* folder index */
    uint32_t next_nid[PST_NID_TYPES];
    struct pst_spool props; /* of folders */
    struct pst_spool rows;  /* of contents tables */
    struct pst_sorter row_index;
    unsigned depth; /* of embedded messages */
    uint64_t rng;
    bool failed;
};

extern const struct pst_table_def pst_table_hierarchy, pst_table_contents, pst_table_assoc, pst_table_search,
    pst_table_attachments, pst_table_recipients;

/* Keeps the values of a spooled list that `def` has columns for; NULL keeps all. */
int pst_vals_spool(struct pst_spool *spool, const struct pst_vals *vals, const struct pst_table_def *def,
                   uint32_t *bytes);
int pst_vals_unspool(struct ms_writer *w, struct pst_spool *spool, uint64_t at, uint32_t bytes,
                     struct pst_vals *vals);

int pst_message(struct ms_writer *w, const struct ms_item *item, uint32_t nid, struct pst_vals *vals,
                uint64_t *data, uint64_t *subs);
int pst_folder_find(struct ms_writer *w, const struct ms_folder *folder, uint32_t *index);
int pst_folders_begin(struct ms_writer *w); /* the ones every store has */
int pst_folders_write(struct ms_writer *w);
int pst_templates_write(struct ms_writer *w);
void pst_folders_free(struct ms_writer *w);

/* ---- changing a finished store ---- */
enum pst_btree { PST_NBT, PST_BBT };

struct pst_patch {
    const struct pst_layout *lay;
    enum ms_crypt crypt;
    int fd;
    uint64_t size;
    uint64_t root[4]; /* nbt bid, at, bbt bid, at */
};

/* A B-tree page, and an entry of it. */
struct pst_place {
    uint64_t at;
    uint8_t page[4096];
    uint32_t index, count, entry; /* entry: its bytes */
    unsigned level;
};

/* A block, decoded. */
struct pst_raw {
    uint64_t bid, at;
    uint8_t *data; /* block_max bytes and a trailer fit */
    uint32_t size, stored, total;
};

int pst_patch_open(struct pst_patch *patch, const char *path);
int pst_patch_close(struct pst_patch *patch);
int pst_patch_write(struct pst_patch *patch, const void *data, size_t size, uint64_t at);
int pst_patch_page(struct pst_patch *patch, uint64_t at, struct pst_place *place);
void pst_patch_count(const struct pst_patch *patch, struct pst_place *place, uint32_t count);
int pst_patch_seal(struct pst_patch *patch, struct pst_place *place); /* checksum, and write */
int pst_patch_find(struct pst_patch *patch, enum pst_btree tree, uint64_t key, struct pst_place *place);
uint64_t pst_patch_id(const struct pst_patch *patch, const uint8_t *at);
/* Every page of a tree, those of `level` only unless it is negative; stops when `each` returns non-zero. */
int pst_patch_each(struct pst_patch *patch, enum pst_btree tree, int level,
                   int (*each)(struct pst_patch *patch, struct pst_place *place, void *state), void *state);
int pst_patch_block(struct pst_patch *patch, uint64_t bid, struct pst_raw *raw);
int pst_patch_reblock(struct pst_patch *patch, struct pst_raw *raw); /* encoded and checksummed again */

#endif

/*
 * ndb.h - the node database: header, B-trees, blocks, data trees, subnodes.
 *
 * [MS-PST] 2.2. Everything is read through one cache with a budget; a block given out
 * is pinned until pst_block_put(). A fault of a page or block is filed once, where it
 * is loaded; who gets PL_LOST from here hands it on.
 */
#ifndef PST_NDB_H
#define PST_NDB_H

#include "layout.h"
#include "report.h"
#include "source.h"
#include "work.h"

/* Node ids: 2.2.2.1. The low five bits are the type. */
enum pst_nid_type {
    PST_NID_HID = 0x00,
    PST_NID_FOLDER = 0x02,
    PST_NID_SEARCH_FOLDER = 0x03,
    PST_NID_MESSAGE = 0x04,
    PST_NID_ATTACHMENT = 0x05,
    PST_NID_ASSOCIATED = 0x08,
    PST_NID_HIERARCHY = 0x0d,
    PST_NID_CONTENTS = 0x0e,
    PST_NID_ASSOCIATED_CONTENTS = 0x0f,
    PST_NID_VALUE = 0x1f
};
#define PST_NID_TYPE(nid)     ((nid)&0x1fu)
#define PST_NID_OF(nid, type) (((nid) & ~0x1fu) | (uint32_t)(type))
#define PST_NID_STORE         0x21u
#define PST_NID_NAMES         0x61u
#define PST_NID_ROOT          0x122u
#define PST_NID_ATTACHMENTS   0x671u
#define PST_NID_RECIPIENTS    0x692u

struct pst_ref {
    uint64_t bid, ib;
};

/* The leaf pages of an index, found without it: rebuild.c */
struct pst_leaf {
    uint64_t key, ib, bid;
};
struct pst_leaves {
    struct pst_leaf *list; /* by key, the newest of equal ones first */
    uint32_t count, room;
};
enum { PST_NBT, PST_BBT };

struct pst_dead; /* sweep.h */

struct pst_ndb {
    struct pl_source *source;
    struct pl_report *report;
    const struct pst_layout *layout;
    struct pl_cache *cache;
    struct pl_ahead ahead; /* of blocks */
    uint64_t eof;          /* as the header says */
    struct pst_ref nbt, bbt;
    unsigned version, client_version, crypt;
    unsigned maps;               /* fAMapValid: 0 while somebody writes, 1 or 2 when it was closed; 2.2.2.5 */
    struct pst_leaves leaves[2]; /* once rebuilt they are the index */
    bool rebuilt;
    uint64_t pages_read;   /* of the indexes */
    uint64_t pages_walked; /* of the indexes, by those who visit all of one; each once, however often it is read */
    const char *kind;      /* pst, ost, pab */
    bool degraded;         /* a fault was filed since it was cleared, and the bytes were used all the same */
    struct pl_work *work;
    const char *key;       /* of the object at hand, for diagnostics; or NULL */
    struct pst_dead *dead; /* what a sweep found; or NULL */
    bool dead_too;         /* what is read may lie in blocks that the store has given up */
};

struct pst_node {
    uint32_t nid, parent;
    uint64_t data, sub; /* block ids; 0 = none */
};

/* A node's data: one block, or a tree of up to two levels above many. 2.2.2.8.3.2 */
struct pst_tree {
    uint64_t bid;
    unsigned level;       /* 0: the block itself */
    uint64_t size;        /* bytes */
    uint32_t count;       /* of leaf blocks */
    uint32_t leaf_size;   /* bytes of each leaf but the last */
    uint32_t leaves_each; /* of each lower tree block, with level 2 */
};

/* Bits verified of the first bytes; fills nothing. */
int pst_ndb_probe(struct pl_source *source);
/* Reads the header. PL_STOP: one diagnostic filed. PL_WARN: filed, usable. */
PL_MUST_USE enum pl_status pst_ndb_open(struct pst_ndb *n, struct pl_source *source, struct pl_report *report,
                                        size_t memory);
void pst_ndb_close(struct pst_ndb *n);

/* PL_END: no such node. PL_LOST: the tree can't be read there. */
PL_MUST_USE enum pl_status pst_node_find(struct pst_ndb *n, uint32_t nid, struct pst_node *out);

/* Is the page at `ib` the leaf of the node index that a search for this id ends in? */
bool pst_leaf_is_living(struct pst_ndb *n, uint32_t nid, uint64_t ib);

/* All nodes in the order of their ids, each once. PL_STOP from visit ends the walk. */
typedef enum pl_status (*pst_visit)(void *data, const struct pst_node *node);
PL_MUST_USE enum pl_status pst_nodes_visit(struct pst_ndb *n, uint32_t from_nid, pst_visit visit, void *data);

/* A block in clear. PL_LOST: filed. */
PL_MUST_USE enum pl_status pst_block_get(struct pst_ndb *n, uint64_t bid, struct pl_cache_block **out);
static inline void pst_block_put(struct pst_ndb *n, struct pl_cache_block *b) { pl_cache_put(n->cache, b); }
/* Where a block lies; PL_NO_OFFSET when the tree does not know. Files nothing. */
uint64_t pst_block_offset(struct pst_ndb *n, uint64_t bid);

PL_MUST_USE enum pl_status pst_tree_open(struct pst_ndb *n, uint64_t bid, struct pst_tree *out);
/* The i-th leaf block, pinned. */
PL_MUST_USE enum pl_status pst_tree_leaf(struct pst_ndb *n, const struct pst_tree *t, uint32_t i,
                                         struct pl_cache_block **out);
/* Bytes from `at`; *got < size only at the end, or with PL_LOST. */
PL_MUST_USE enum pl_status pst_tree_read(struct pst_ndb *n, const struct pst_tree *t, uint64_t at, void *buf,
                                         size_t size, size_t *got);

/* A subnode of the tree at bid `sub`. PL_END: none. 2.2.2.8.3.3 */
PL_MUST_USE enum pl_status pst_subnode_find(struct pst_ndb *n, uint64_t sub, uint32_t nid, struct pst_node *out);

#endif

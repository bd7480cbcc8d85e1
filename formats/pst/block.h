/* block.h - what ndb.c and block.c know of each other. */
#ifndef PST_BLOCK_H
#define PST_BLOCK_H

#include "bytes.h"
#include "ndb.h"

/* A block id or an offset, as wide as the layout has it. */
static inline uint64_t pst_id(const struct pst_layout *l, const uint8_t *p)
{
    return l->wide ? pl_le64(p) : pl_le32(p);
}

/* Where a block lies, by the block B-tree: 2.2.2.7.7.3 */
struct pst_place {
    uint64_t bid, ib;
    uint32_t stored, size; /* on disk, and inflated (the same but in 4k stores) */
    bool shared;           /* more than one node or list names it */
};
/* dead: also among what a sweep found. PL_END: it is nowhere. */
PL_MUST_USE enum pl_status pst_place_find(struct pst_ndb *n, uint64_t bid, bool dead, struct pst_place *out);

/* A leaf entry of the node index: 2.2.2.7.7.4 */
struct pst_node pst_node_parse(const struct pst_layout *l, const uint8_t *e);

/* All blocks in the order of their ids, each once, by the tree alone; a rebuilt index is not walked. PL_LOST: pages
 * of the tree are gone, and what they list. PL_STOP from visit ends the walk. */
typedef enum pl_status (*pst_place_visit)(void *data, const struct pst_place *place);
PL_MUST_USE enum pl_status pst_places_visit(struct pst_ndb *n, pst_place_visit visit, void *data);

/* A page or block is asked for. false: the item, or the store, makes too much work; filed. */
bool pst_step(struct pst_ndb *n);

/* The loader of the cache: odd keys are pages (offset + 1), even ones block ids, with this bit those of blocks that
 * may be dead: what was given up never stands in for a block that a living item misses. *data is given back by
 * pl_cache_unalloc(). */
#define PST_KEY_DEAD ((uint64_t)1 << 62)
enum pl_status pst_block_load(void *owner, uint64_t key, uint8_t **data, size_t *size);

/* Size on disk of a block with so many bytes. */
static inline size_t pst_block_whole(const struct pst_layout *l, size_t stored)
{
    return (stored + l->block_trailer + l->block_align - 1) / l->block_align * l->block_align;
}

/* The kind of index whose leaf a page at `ib` is, or -1. One whose checksum is wrong is taken when its signature
 * says that it was written to this place; *sound tells. [MS-PST] 5.5 */
int pst_leaf_kind(const struct pst_layout *l, const uint8_t *p, uint64_t ib, bool *sound);

#define PST_BID_INTERNAL 2u
#define PST_TREE_DATA    1
#define PST_TREE_SUB     2

#define PST_PAGE_BBT 0x80
#define PST_PAGE_NBT 0x81
#define NID_MASK     0xffffffffu    /* what lies above a node id may be garbage */
#define BID_MASK     (~(uint64_t)1) /* bit 0 of a block id is reserved */

/* Finds the leaves of both indexes by reading the whole file; once: n->leaves is
 * the index from then on. */
void pst_rebuild(struct pst_ndb *n);
void pst_rebuild_free(struct pst_ndb *n);
uint32_t pst_leaves_upto(const struct pst_leaves *leaves, uint64_t key);

#endif

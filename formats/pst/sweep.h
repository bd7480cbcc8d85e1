/*
 * sweep.h - what a store has given up and not overwritten: blocks, and leaves of its node index.
 *
 * One pass over the whole file looks at every place where a block or a page can lie. What has a right checksum and
 * the signature of its place, and is in no living index, is kept: a block by its id, a leaf by its entries. Block
 * ids are never given out twice, so what an old leaf says of a block can be held against the block's own trailer.
 * [MS-PST] 2.2.2.7.1, 2.2.2.8.1, 5.5
 */
#ifndef PST_SWEEP_H
#define PST_SWEEP_H

#include "block.h"
#include "sorter.h"

struct pst_dead {
    struct pl_sorter *blocks; /* see enum pst_dead_block */
    struct pl_sorter *states; /* see enum pst_state_word: of messages and folders, as old leaves have them */
    struct pl_sorter *named;  /* ids of blocks that an old leaf or a list of subnodes calls the data of a node */
    struct pl_sorter *firsts; /* first block of a data tree, and the list that names it */
    uint64_t leaves;          /* old ones */
    uint64_t unread;          /* bytes that could not be read */
    bool whole;               /* neither the budget nor room for temporary files ran out */
};

/* Words of a record. */
enum pst_dead_block { PST_DEAD_BID, PST_DEAD_IB, PST_DEAD_SIZES, PST_DEAD_CRC, PST_DEAD_CONTEXT, PST_DEAD_WORDS };
/* The newest state of a node comes first: its data has the highest id, or it is in the newer leaf. */
enum pst_state_word {
    PST_STATE_NID,
    PST_STATE_DATA,   /* ~id */
    PST_STATE_LEAF,   /* ~id of the page */
    PST_STATE_IB,     /* of the page */
    PST_STATE_SUB,    /* id */
    PST_STATE_PARENT, /* nid */
    PST_STATE_WORDS
};

/* Reads the file; once: n->dead is there from then on. PL_STOP: filed, n->dead is NULL. */
PL_MUST_USE enum pl_status pst_sweep(struct pst_ndb *n);
void pst_dead_free(struct pst_ndb *n);

/* PL_END: no such block, or several that differ. */
PL_MUST_USE enum pl_status pst_dead_find(struct pst_dead *dead, uint64_t bid, struct pst_place *out);

#endif

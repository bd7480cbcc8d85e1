/*
 * lib_block.h - blocks and index pages of a PST whose bytes a test has changed.
 */
#ifndef LIB_BLOCK_H
#define LIB_BLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Where the content of a block, or the entries of an index page, lie. */
struct lib_block {
    size_t at, size; /* size 0: none */
    size_t trailer;
    uint64_t bid;
    int is_page;
};

/* Goes down one of the two B-trees, each turn by the next of the random numbers; stops at a page by chance, and in
 * the tree of blocks at a block. size 0 when the way leads nowhere. */
struct lib_block blocks_pick(const uint8_t *data, size_t size, uint32_t (*next)(uint32_t *state), uint32_t *state);
/* The first block, or leaf of the node index, from a place on whose trailer has the mark of its own place; also of
 * those that no index leads to. size 0: there is none. */
struct lib_block blocks_find(const uint8_t *data, size_t size, size_t from);
/* Makes what the trailer says of a changed block or page right again. */
void blocks_mend(uint8_t *data, const struct lib_block *block);
/* The checksums of the header. */
void blocks_mend_header(uint8_t *data, size_t size);

#endif

/*
 * copy.h - the parts of the sanitizer of PST files: sanitize.c, copy_page.c, copy_block.c, copy_heap.c,
 * copy_value.c.
 *
 * What is read goes through the reader's own layers, what is written through an image: the clear bytes of a node's
 * blocks, all zero at first, into which goes what is understood. [MS-PST] 2.2, 2.3
 */
#ifndef PST_COPY_H
#define PST_COPY_H

#include "block.h"
#include "sanitize.h"
#include "state.h"

/* The checksum of the members of a group, which one of its properties states: before and after.
 * [MS-OXOCNTC] 2.2.2.2.3 */
struct pst_members {
    bool there;
    uint32_t was, is;
};

struct pst_copy {
    struct pst_state s;
    struct pl_reader reader;
    struct pl_sanitize *job;
    struct pl_scramble scramble; /* of the job; letters as the node at hand has them */
    unsigned internet, message;  /* what the item at hand says of the code pages of its HTML; 0: nothing */
    bool names;                  /* the node at hand is the map of named properties */
    struct pst_members members;
    uint64_t work; /* nodes and lists that may still be looked at */
    uint64_t last; /* id + 1 of the node of the row before */
};

/* --- copy_page.c -------------------------------------------------------------------------------- */

void pst_copy_header(struct pst_copy *c);
/* An id of a block, or a place. Numbers of the file are small; where text lies over them they are not, and go. */
void pst_copy_id(struct pst_copy *c, uint8_t *to, const uint8_t *from);
/* All pages of both trees, and the maps. */
void pst_copy_pages(struct pst_copy *c);
/* Nodes whose row is out of order, or has the id of another: a search may come to them that a walk does not. */
void pst_copy_strays(struct pst_copy *c);
/* Each block that the index has, filled: what nothing leads to stays so. */
void pst_copy_fill(struct pst_copy *c);
/* Each again, when all is written: one that has other faults than in the store counts as not understood. */
void pst_copy_prove(struct pst_copy *c);

/* --- copy_block.c ------------------------------------------------------------------------------- */

#define PST_IMAGE_MOST ((size_t)128 << 20) /* bytes of the heap of one node */

/* The clear bytes of the leaf blocks of a data tree. */
struct pst_image {
    struct pst_tree tree;
    uint8_t **blocks;
    uint32_t *sizes;
    uint32_t count;
};

/* All zero, or with the bytes of the store. false: it can't be read, or has more bytes than an image may. */
bool pst_image_open(struct pst_copy *c, uint64_t bid, bool with_bytes, struct pst_image *out);
void pst_image_write(struct pst_image *m, uint32_t block, size_t at, const void *data, size_t size);
bool pst_image_has(const struct pst_image *m, uint32_t block, size_t at, size_t size); /* was any of it written? */
bool pst_image_is(const struct pst_image *m, uint32_t block, size_t at, const void *data, size_t size);
/* Into the copy, with the lists above. false: a compressed block would need more bytes than it has. */
bool pst_image_save(struct pst_copy *c, const struct pst_image *m);
void pst_image_free(struct pst_image *m);
/* Of an attachment the first block, in which all but the mark of a picture is zero. */
void pst_copy_picture(struct pst_copy *c, const struct pst_tree *tree);
/* One block, filled with zeros. */
void pst_block_fill(struct pst_copy *c, const struct pst_place *place);
/* Into the entry of the index: how many bytes it has, which may be more than in the store. */
void pst_block_size(struct pst_copy *c, const struct pst_place *place, uint8_t *entry);
void pst_block_prove(struct pst_copy *c, const struct pst_place *place);
/* A list of blocks or of subnodes, as far as it has the shape of one. */
void pst_copy_list(struct pst_copy *c, uint64_t bid);

/* --- copy_heap.c, copy_value.c ------------------------------------------------------------------- */

/* A node, all that is in it and below it. */
void pst_copy_node(struct pst_copy *c, const struct pst_node *node, unsigned codepage, unsigned depth);

/* A property whose bytes are elsewhere: in an item of the heap, written to `image`, or in a subnode, written at
 * once. */
struct pst_property {
    uint32_t tag, hnid;
    unsigned codepage;
    bool cell; /* of a row */
};
void pst_copy_property(struct pst_copy *c, struct pst_heap *heap, struct pst_image *image,
                       const struct pst_property *p);
/* What a property is, by its id in this store. */
int pst_copy_pid(const struct pst_copy *c, unsigned id);
/* Bytes of a value as they stand. 0: the type has no fixed size; -1: nobody knows it. */
int pst_copy_fixed(unsigned type);
/* Writes the first `size` bytes of an item of the heap as they are. */
void pst_copy_item(struct pst_copy *c, struct pst_heap *heap, struct pst_image *image, uint32_t hid, size_t size);

#endif

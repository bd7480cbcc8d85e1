/*
 * pff_wire.h - what the reader and the side that holds libpff say to each other.
 *
 * Layer: formats, between pff.c (asks) and pff_lib.c (answers). Every request is
 * complete in itself: it names its object by identifiers, never by a handle, so a
 * new child process can go on where a dead one stopped. All integers are
 * little-endian; neither side trusts a length of the other.
 *
 * A request is an op and an address, then what the op needs. A reply is a status
 * (enum pff_answer), then, unless PFF_DONE, one line of text for people; else the
 * payload. A bag is a count and properties: id16 type16, how it is named (pff_naming)
 * with the name, size64, where the bytes are (pff_place), and what follows from that.
 */
#ifndef PL_PFF_WIRE_H
#define PL_PFF_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "bytes.h"

#define PFF_REQUEST_MAX 256u
#define PFF_REPLY_MAX   (24u << 20) /* what an item may bring with it, streams apart */
#define PFF_DEPTH_MAX   9u          /* attachments that an address names */

enum pff_op {
    PFF_STORE,    /* -> content type8, file type8, crypt8, corrupt8, root nid32, bag */
    PFF_MAP,      /* -> bag of the name-to-id map */
    PFF_SWEEP,    /* look for deleted and orphaned items -> deleted32, orphans32 */
    PFF_CHILDREN, /* address of a folder -> count32, nid32 ... */
    PFF_BAG,      /* address -> bag */
    PFF_ROWS, /* address of a folder, associated8, first32 -> total32, count32, (nid32, type16, size32, class) ...
               */
    PFF_ITEM, /* address of a message -> bag, count32 of recipients, bags, count32 of attachments, (nid32,
                 embedded8, bag) ... */
    PFF_READ  /* address, row32, tag32, at64, cap32 -> bytes */
};

enum pff_answer {
    PFF_DONE,
    PFF_FAILED, /* libpff says no */
    PFF_MEMORY, /* no memory, or the reply is larger than PFF_REPLY_MAX */
    PFF_NOTHING /* the store has no such object */
};

enum pff_place {
    PFF_STREAMED,  /* asked for by PFF_READ */
    PFF_INLINE,    /* here they are */
    PFF_REFERENCED /* as streamed; size16 and bytes of what the store has in their place */
};

enum pff_naming { PFF_BY_TAG, PFF_BY_NUMBER, PFF_BY_TEXT };

enum pff_kind {
    PFF_NODE,    /* base is a node id */
    PFF_DELETED, /* base is a place in libpff's list of recovered items */
    PFF_ORPHAN   /* base is a place in its list of orphaned items */
};

/* Row of PFF_READ: 0 is the object itself, n + 1 its recipient n. */
struct pff_address {
    enum pff_kind kind;
    uint32_t base;
    unsigned depth;
    uint32_t attachment[PFF_DEPTH_MAX]; /* each opens the message embedded in it */
    bool at_attachment;                 /* the last one is meant itself, not its message */
};

void pff_put8(struct pl_buf *b, uint8_t v);
void pff_put16(struct pl_buf *b, uint16_t v);
void pff_put32(struct pl_buf *b, uint32_t v);
void pff_put64(struct pl_buf *b, uint64_t v);
void pff_put_address(struct pl_buf *b, const struct pff_address *a);
/* false: not an address. */
bool pff_take_address(struct pl_cursor *c, struct pff_address *out);

/* "0x200024/0x8025", "deleted:3"; the text of a key. */
void pff_address_text(const struct pff_address *a, char *out, size_t size);
bool pff_address_parse(const char *text, struct pff_address *out);

#endif

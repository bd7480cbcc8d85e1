/*
 * pff_bag.h - bags of properties from the wire into items.
 */
#ifndef PL_PFF_BAG_H
#define PL_PFF_BAG_H

#include "pff_wire.h"
#include "pimlift.h"
#include "text.h"

/* What decoding needs and what it learned. */
struct pff_decoder {
    struct pl_arena *arena;
    struct pl_text *text;
    unsigned codepage; /* of 8-bit strings when the object does not tell; 0 = 1252 */
    bool forced;       /* the caller's code page, whatever the object tells */
    uint64_t token;    /* first token of streams */
    uint64_t row;      /* second token of streams */
    unsigned replaced; /* characters that the code page does not have */
    unsigned unknown;  /* strings of an unknown code page */
    unsigned odd;      /* values too short for their type, or cut lists of values */
};

/* One bag; indexed. false: out of memory, or the bytes are no bag. */
bool pff_bag_take(struct pff_decoder *d, struct pl_cursor *c, struct pl_bag *out);

/* The code page that a bag tells for its strings: its own, or that of its locale; 0 = none. */
unsigned pff_bag_codepage(const struct pl_bag *bag);

/* A string as a row of a table has it. NULL: out of memory. */
const char *pff_text(struct pff_decoder *d, unsigned type, struct pl_bytes raw);

#endif

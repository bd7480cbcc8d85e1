/*
 * dump_value.h - a bag of properties as JSON.
 */
#ifndef PIMLIFT_DUMP_VALUE_H
#define PIMLIFT_DUMP_VALUE_H

#include "json.h"
#include "pimlift.h"

/* What stands before the values of properties is the same for each of one tag: the last ones, ready to be written.
 * All zero at first; a name that is a text is not kept. */
#define DUMP_HEADS_BITS 8
struct dump_heads {
    struct dump_head {
        uint32_t tag;
        uint16_t pid;
        bool named;
        struct pl_guid set;
        uint32_t lid;
        size_t size; /* 0: free */
        char text[184];
    } slots[1 << DUMP_HEADS_BITS];
};

/*
 * An array of {tag, name, set, lid | text, type, value | values | stream}. Names are left
 * out where none is known. Streams are read for their SHA-256. heads: of this store, or NULL.
 */
void dump_bag(struct json *j, struct pl_reader *reader, struct dump_heads *heads, const struct pl_bag *bag);

#endif

/*
 * prop_blob.h - the packed properties of Exchange 2013 and later: a pure decoder.
 *
 * Layer: inside the EDB reader; knows neither tables nor names. A blob is "ProP", 16 bits of
 * flags, a count, as many types and ids, then the values in the same order. Each value tells
 * by its first byte what it is and how long. No specification exists: two published decoders
 * agree on most of it, and where they do not, the blob itself decides, because only one
 * reading ends exactly where the bytes end. docs/formats/edb.md lists the bytes.
 *
 * What is decoded points into the blob and into the arena.
 */
#ifndef EDB_PROP_BLOB_H
#define EDB_PROP_BLOB_H

#include "arena.h"
#include "bytes.h"
#include "prop.h"

enum prop_place {
    PROP_HERE,
    PROP_DELETED,   /* what an older blob says of it no longer holds */
    PROP_OTHER,     /* in another blob of the same row */
    PROP_SEPARATED, /* in a column of the same row */
    PROP_UNREADABLE
};

/* One value in the form that MAPI knows: integers little-endian in the width of their type. */
struct prop_piece {
    struct pl_bytes bytes;
    bool narrow; /* a text of 8-bit characters, not UTF-16 */
};

struct prop_apart {
    uint16_t slot;     /* NN of the column SeparatedPropertyNN */
    uint32_t hint;     /* where in the blob of large values, as far as `far` is not set */
    uint16_t encoding; /* the first byte that the value would have here */
    uint32_t size;     /* of the value */
    bool far;
};

struct prop_packed {
    uint32_t tag; /* id << 16 | MAPI type; type 0 when it is not known */
    enum prop_place place;
    const struct prop_piece *pieces;
    uint32_t count; /* of them; 1 unless the type is a multiple one */
    struct prop_apart apart;
};

enum {                          /* readings other than the usual one, that the blob's own bytes call for */
       PROP_FORM_VALUELESS = 1, /* types with bit 2 have no value here */
       PROP_FORM_UNITS = 2,     /* lengths of UTF-16 count units */
       PROP_FORM_WIDE = 4,      /* texts marked as 8-bit are UTF-16 */
       PROP_FORM_LATER = 8      /* flags of a version that is not known */
};

struct prop_blob {
    const struct prop_packed *list; /* in stored order */
    size_t count;
    unsigned forms;    /* PROP_FORM_... */
    size_t unreadable; /* properties whose type or value is not known */
    size_t missing;    /* properties without a value, because the blob ends before it */
    size_t behind;     /* bytes after the last value */
    const char *fault; /* literal: why nothing was decoded; NULL: something was */
};

#define PROP_STEPS 65536u /* values that are looked at in search of a place to go on from */

/* false: out of memory. Any bytes give a result; faults are in it. *steps, PROP_STEPS at first, is what is left for
 * the search, of all blobs of an object; without any, a value that is not known ends its blob. */
bool prop_blob_decode(struct pl_arena *a, struct pl_bytes blob, size_t *steps, struct prop_blob *out);

/* PROP_FORM_VALUELESS and PROP_FORM_UNITS, as the bytes of a blob call for. */
unsigned prop_blob_reading(struct pl_bytes blob);

/* One value after the other without a head, as lists of sub-objects have them. false: the end, or bytes that
 * are no single value: c->failed tells. */
bool prop_value_next(struct pl_arena *a, struct pl_cursor *c, struct prop_packed *out);

/* The values of a multiple one by itself, as lists of recipients have them. */
bool prop_values(struct pl_arena *a, struct pl_bytes bytes, struct prop_packed *out);

#endif

/*
 * goid.h - Global Object IDs of meetings: pure decoder, and the UID they stand for.
 *
 * [MS-OXOCAL] 2.2.1.27 PidLidGlobalObjectId, 2.2.1.28 PidLidCleanGlobalObjectId;
 * [MS-OXCICAL] 2.1.3.1.1.20.26 UID. The rule that matters: all occurrences of one
 * series give one UID, and an id that came from a foreign iCalendar gives back the
 * UID that it came with.
 */
#ifndef PL_GOID_H
#define PL_GOID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pl_arena;

struct pl_goid {
    int year, month, day; /* of the original occurrence; year 0 = the series, or no date */
    int64_t created;      /* FILETIME */
    const uint8_t *data;  /* inside the blob */
    size_t data_size;
    const char *vcal_uid; /* UTF-8, of an id made from a foreign UID; else NULL */
    bool exact;           /* the size field agrees with the length, and the class id is right */
};

/* false: shorter than the 40 fixed bytes, or out of memory. */
bool pl_goid_decode(struct pl_arena *a, const uint8_t *data, size_t size, struct pl_goid *out);

/* The UID text, in the arena: the foreign UID, else the clean id as upper-case hex
 * digits. NULL for an empty or absurdly long blob, or out of memory. */
const char *pl_goid_uid(struct pl_arena *a, const uint8_t *data, size_t size);

#endif

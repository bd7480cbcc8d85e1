/*
 * zone_memo.h - zones that many items have: decoded, and compared with those of the world, once.
 *
 * Layer: core, beside the mapping. Items keep whole definitions, and most of a store keep the same few. The memo
 * answers as decoding anew would; what it has no room for is decoded anew.
 */
#ifndef PL_ZONE_MEMO_H
#define PL_ZONE_MEMO_H

#include "prop.h"
#include "tz.h"

struct pl_zone_memo;

/* NULL: out of memory. */
struct pl_zone_memo *pl_zone_memo_new(void);
void pl_zone_memo_free(struct pl_zone_memo *m);

/* A PidLidTimeZoneStruct, or a definition: tz.h. *out, NULL when it can't be decoded, is in the memo, or without
 * one (NULL) in the arena, which pays for it in both cases: an item at its limit does not depend on the items
 * before. false: out of memory. */
bool pl_zone_memo_stored(struct pl_zone_memo *m, struct pl_arena *a, bool is_struct, struct pl_bytes blob,
                         const struct pl_zone **out);
/* pl_zone_written() of zones.h. */
const struct pl_zone *pl_zone_memo_written(struct pl_zone_memo *m, struct pl_arena *a, const struct pl_zone *zone,
                                           int from, int to);

#endif

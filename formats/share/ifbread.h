/*
 * ifbread.h - reads back a free/busy file that convert wrote.
 *
 * Layer: formats. One VFREEBUSY (RFC 5545 3.6.4) with instants in UTC, as ifb.c makes it; of others it takes
 * what has that form. Bounded: a file larger than PL_IFB_MOST is refused.
 */
#ifndef PL_SHARE_IFBREAD_H
#define PL_SHARE_IFBREAD_H

#include "arena.h"
#include "freebusy.h"
#include "pimlift.h"

#define PL_IFB_MOST ((size_t)32 << 20)

struct pl_ifb {
    const char *dn, *smtp, *name; /* of the organizer, or NULL */
    int64_t start, end, stamp;
    struct pl_period *periods; /* sorted by kind, then start */
    size_t count;
};

/* Everything in the arena. PL_LOST: it is no such file, or can't be read. PL_STOP: out of memory. */
PL_MUST_USE enum pl_status pl_ifb_read(const char *path, struct pl_arena *a, struct pl_ifb *out);

#endif

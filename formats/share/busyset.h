/*
 * busyset.h - the busy time of one calendar, as its events come.
 *
 * Layer: formats. Bounded: when more periods come than BUSYSET_MOST, those that lie
 * furthest in the future go, and `cut` tells from when on the set is silent (INT64_MAX: never).
 */
#ifndef PL_SHARE_BUSYSET_H
#define PL_SHARE_BUSYSET_H

#include "record.h"

#define BUSYSET_MOST 131072u

struct pl_busyset {
    struct pl_period *list;
    size_t count, room;
    int64_t first, last; /* of all that ends; 0 with `any` false */
    int64_t stamp;       /* newest of the events */
    int64_t cut;
    bool any, endless, failed;
};

void pl_busyset_init(struct pl_busyset *s);
void pl_busyset_release(struct pl_busyset *s);
/* `added` hears of the periods too. false: out of memory, or a series that can't be expanded. */
bool pl_busyset_add(struct pl_busyset *s, const struct pl_record *record,
                    void (*added)(void *data, const struct pl_period *period), void *data);
/* The range of the events; what lies behind `cut` of it is not known. */
void pl_busyset_range(const struct pl_busyset *s, int64_t *start, int64_t *end);
/* Joins, and keeps what lies in the range, clipped to it. */
void pl_busyset_clip(struct pl_busyset *s, int64_t start, int64_t end);

#endif

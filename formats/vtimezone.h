/*
 * vtimezone.h - VTIMEZONE components, and the zones that one file has used.
 *
 * Written from the rules of a zone, RFC 5545 3.6.5: a STANDARD and a DAYLIGHT block for
 * each rule, dated where the next rule ends it. Two zones of one name with other rules
 * get two names in one file.
 */
#ifndef PL_VTIMEZONE_H
#define PL_VTIMEZONE_H

#include "arena.h"
#include "sink.h"
#include "tz.h"

void pl_vtimezone_put(struct pl_sink *sink, const struct pl_zone *zone, const char *tzid);

struct pl_vtimezone {
    struct pl_vtimezone *next;
    struct pl_zone zone;
    const char *tzid;   /* as written; zone.tzid is the name the store gave */
    uint64_t needed_at; /* byte of the file */
};

/* The zones of a file, in the order in which they were needed. Memory is bounded: beyond it, zones are refused. */
struct pl_vtimezones {
    struct pl_arena arena;
    struct pl_vtimezone *first, *last;
    bool unwritten; /* they get their names, and nothing is written of them */
};

void pl_vtimezones_init(struct pl_vtimezones *v);
void pl_vtimezones_release(struct pl_vtimezones *v);
/* The TZID of a zone in this file. A zone that is new to it is written to sink first. NULL:
 * no room for another zone; write UTC. The zone itself is not kept, its rules are copied. */
const char *pl_vtimezones_use(struct pl_vtimezones *v, struct pl_sink *sink, const struct pl_zone *zone);
/* Would a zone that others call so get that name here, and is there ample room for it? */
bool pl_vtimezones_fit(const struct pl_vtimezones *v, const struct pl_zone *zone, const char *tzid);
/* The same without writing; NULL when the zone was not used before. */
const char *pl_vtimezones_name(const struct pl_vtimezones *v, const struct pl_zone *zone);

#endif

/*
 * ics_part.h - calendar files that several processes write in parts, and one joins.
 *
 * Layer: formats, below ics.c. A part has components alone: no head and no end of a calendar, and no VTIMEZONE,
 * because which of them a file has already only the one knows who joins it. Behind the components stands which
 * zones they name, and before which byte each is needed first, as a record of a spool (spool.h); then the size of
 * that record in 8 bytes, little-endian.
 */
#ifndef PL_ICS_PART_H
#define PL_ICS_PART_H

#include "spool.h"
#include "vtimezone.h"

/* The end of a part. */
void pl_ics_part_end(struct pl_sink *sink, const struct pl_vtimezones *zones);

struct pl_ics_part {
    int fd;
    uint64_t components; /* bytes */
    struct pl_spool_in in;
    size_t size;            /* of the record */
    struct pl_tzrule *room; /* for the rules of the zone at hand */
};

/* false: the file makes no sense as a part, or can't be read. To be closed in any case. */
PL_MUST_USE bool pl_ics_part_open(struct pl_ics_part *p, int fd, uint64_t size);
void pl_ics_part_close(struct pl_ics_part *p);
/* Would its zones get the names here that they have in it? */
bool pl_ics_part_fits(struct pl_ics_part *p, const struct pl_vtimezones *zones);
/* Writes it, with the zones that are new. false: it makes no sense. Errors of the sink stay there. */
PL_MUST_USE bool pl_ics_part_join(struct pl_ics_part *p, struct pl_sink *sink, struct pl_vtimezones *zones);

#endif

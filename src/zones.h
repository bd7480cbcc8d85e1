/*
 * zones.h - the time zones of the world, as committed tables.
 *
 * IANA names with the rules that hold for them, and the names Windows gives to zones
 * (CLDR windowsZones, and retired names). Never the machine's tzdata: the same input
 * gives the same output everywhere.
 */
#ifndef PL_ZONES_H
#define PL_ZONES_H

#include "tz.h"

/* The version of tzdata that the tables were made from, e.g. "2025b". */
const char *pl_zones_version(void);
/* By IANA name or Windows key name, without case. Static; NULL when unknown. */
const struct pl_zone *pl_zone_of_name(const char *name);
/*
 * The IANA zone of a zone that a store names by a Windows key (or by an IANA name), if
 * both clocks read alike in all years from..to; else `zone` itself. A range above 100
 * years is cut to that.
 */
const struct pl_zone *pl_zone_iana(const struct pl_zone *zone, int from, int to);
/* Whether both clocks read alike in a year. */
bool pl_zone_year_alike(const struct pl_zone *a, const struct pl_zone *b, int year);
/*
 * A zone as it shall be written: that IANA zone, or the stored one. A name that the world knows
 * with other rules is marked then, for many programs prefer the rules they know to those of the
 * file. In the arena, or static.
 */
const struct pl_zone *pl_zone_written(struct pl_arena *a, const struct pl_zone *zone, int from, int to);

#endif

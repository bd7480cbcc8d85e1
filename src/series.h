/*
 * series.h - the part of an event that repeats. For the mappers.
 */
#ifndef PL_SERIES_H
#define PL_SERIES_H

struct pl_map;

/*
 * Makes the event of in->out, mapped as a single one so far, a series: its recurrence, the
 * first occurrence as start and end in the zone of the series, the dates that were deleted,
 * and each changed occurrence as a whole record. An event whose pattern can't be read
 * stays single, with a diagnostic. No effect on the exceptions of a series themselves.
 */
void pl_map_series(struct pl_map *in);

#endif

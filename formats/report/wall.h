/*
 * wall.h - the events of an iCalendar file that convert wrote, at the hours their people see on the wall.
 *
 * Layer: formats. For pictures and lists, not for other calendars: what counts is the clock of each event's own
 * time zone. RFC 5545 3.6.1. A series is expanded by its rule; a rule of which this reader is not sure gives the
 * first occurrence only, and is counted. Bounded: lines that are not needed are skipped, a group of events of one
 * UID must fit into an arena.
 */
#ifndef PL_REPORT_WALL_H
#define PL_REPORT_WALL_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

struct pl_wall_event {
    int64_t start, end; /* seconds since 1970 as if the wall clock were UTC; end is not part of it */
    bool all_day, utc;  /* utc: it has no zone of its own */
    bool is_private, cancelled;
    const char *summary, *location; /* or NULL; valid during the call */
};

struct pl_wall {
    void (*found)(void *data, const struct pl_wall_event *event); /* NULL: only the newest change is asked */
    void *data;
    int64_t last;             /* day since 1970: of a series without an end no occurrence after it */
    int64_t newest;           /* latest LAST-MODIFIED or DTSTAMP, in UTC; 0: none */
    uint64_t events, series;  /* events: series count once, their changed occurrences are none */
    uint64_t unclear, broken; /* series shown by their first occurrence; components that can't be read */
};

/* Reads the file of a folder. false: it can't be read to its end. */
bool pl_wall_read(struct pl_wall *w, int folder, const char *path);

#endif

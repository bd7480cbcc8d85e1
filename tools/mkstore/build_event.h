/*
 * build_event.h - an appointment between build_event.c and build_series.c.
 */
#ifndef MS_BUILD_EVENT_H
#define MS_BUILD_EVENT_H

#include "build.h"

enum ms_blobs { MS_BLOBS_DEFAULT, MS_BLOBS_NONE, MS_BLOBS_STRUCT, MS_BLOBS_ONE_RULE, MS_BLOBS_ALL };

struct ms_event {
    struct ms_draft *d;
    struct ms_times times;
    struct ms_zone zone; /* as the item's blobs describe it */
    enum ms_blobs blobs;
    bool recurring;
    struct ms_series series;
    const char *location;
    int busy;
    int reminder; /* minutes, -1 none */
    bool meeting;
};

/* Reads the series of a statement, adds blob and exception messages, writes the truth. */
void ms_event_series(struct ms_build *b, struct ms_event *e);
/* The identity of an event, with the day of an occurrence (0: the series itself). */
void ms_put_goid(struct ms_bytes *out, const struct ms_draft *d, int64_t day);
void ms_event_instants(struct ms_bag *bag, int64_t start, int64_t end);

extern const char *const ms_busy_words[];

#endif

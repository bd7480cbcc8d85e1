/*
 * events.h - how a conversion goes on, as JSON Lines for programs: docs/events.md.
 */
#ifndef PIMLIFT_EVENTS_H
#define PIMLIFT_EVENTS_H

#include "convert.h"
#include "json.h"

struct events {
    struct json json;
    char *store, *folder;     /* told last; NULL: none */
    struct timespec progress; /* likewise */
};

void events_init(struct events *e, FILE *file);
void events_release(struct events *e);

void events_start(struct events *e, const struct pl_convert_options *o);
/* A folder is begun, or, every second, how far it is. */
void events_progress(struct events *e, const struct pl_progress *now);
void events_fault(struct events *e, const struct pl_diagnostic *d);
void events_store(struct events *e, const struct pl_store_sum *sum);
void events_end(struct events *e, const struct pl_convert_result *r, int status);

#endif

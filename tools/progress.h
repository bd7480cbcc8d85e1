/*
 * progress.h - how far a long run is, for who waits for it.
 */
#ifndef PIMLIFT_PROGRESS_H
#define PIMLIFT_PROGRESS_H

#include <stdbool.h>
#include <time.h>

#include "convert.h"

enum progress_mode { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };

struct progress {
    bool shown;
    bool redraws; /* one line that changes: stderr is a terminal */
    bool drawn;
    struct timespec started, last;
};

void progress_init(struct progress *p, enum progress_mode mode);
/* The callback of pl_convert_options; data is a struct progress. */
void progress_show(void *data, const struct pl_progress *now);
/* The same of a file that is read through, in bytes. */
void progress_bytes(void *data, uint64_t done, uint64_t of);
/* Takes the line off the terminal, before anything else is said. */
void progress_clear(struct progress *p);

#endif

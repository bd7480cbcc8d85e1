/*
 * pff_child.h - libpff in a process of its own, with limits.
 *
 * One request at a time; the reply lies in `reply` until the next call. A child
 * that died or hung is gone: the next call starts another one, up to a bound.
 */
#ifndef PL_PFF_CHILD_H
#define PL_PFF_CHILD_H

#include <sys/types.h>

#include "pff_lib.h"

struct pff_limits {
    size_t memory;    /* address space of the child, bytes; 0 = not limited */
    unsigned cpu_s;   /* for one request */
    unsigned wall_ms; /* for one request */
    unsigned open_ms; /* for the first request of a child, which opens the file */
    unsigned most_deaths;
};

enum pff_outcome {
    PFF_ANSWERED, /* reply: payload */
    PFF_REFUSED,  /* reply: text */
    PFF_ABSENT,   /* reply: text; there is no such object */
    PFF_TOO_MUCH, /* no memory there, or more than a reply may hold */
    PFF_DIED,
    PFF_HUNG,
    PFF_GIVEN_UP /* too many deaths, or no process to be had */
};

struct pff_child {
    struct pl_source *source;
    struct pff_limits limits;
    struct pff_lib *serial; /* set: no child, in this process */
    pid_t pid;              /* 0 = none */
    int fd;
    unsigned deaths;
    bool fresh; /* has not answered yet */
    struct pl_buf reply;
};

/* Limits that fit a source of that size. */
struct pff_limits pff_limits_of(uint64_t source_size);

/* false: out of memory. */
bool pff_child_init(struct pff_child *c, struct pl_source *source, const struct pff_limits *limits, bool serial);
enum pff_outcome pff_child_ask(struct pff_child *c, const void *request, size_t size, struct pl_cursor *payload);
void pff_child_release(struct pff_child *c);

#endif

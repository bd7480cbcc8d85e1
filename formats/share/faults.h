/*
 * faults.h - what a manifest says at its end of busy time that was published: missing, stale, contradictory,
 * published twice.
 *
 * Layer: formats. While lines are made it notes, on disk, whose calendar lies in which store and whose time was
 * published how often; at the end it compares the free/busy files of the output.
 */
#ifndef PL_SHARE_FAULTS_H
#define PL_SHARE_FAULTS_H

#include "buf.h"
#include "diskset.h"
#include "pimlift.h"

struct pl_faults {
    struct pl_diskset *set;
    char *owner; /* that was noted last */
    bool failed;
    /* while they are put */
    struct pl_buf line;
    void (*put)(void *data, const char *json);
    void *data;
};

/* false: there is no room for it on the disk. To be released in any case. */
bool pl_faults_init(struct pl_faults *f);
void pl_faults_release(struct pl_faults *f);

/* A mailbox, and the store that it is in. */
void pl_faults_owner(struct pl_faults *f, const char *dn, const char *store);
/* One message that publishes a user's time. Copies in several stores are no fault. */
void pl_faults_published(struct pl_faults *f, const char *dn, const char *store);
/* Hands over the lines, with LF, in a stable order. PL_STOP: no memory or no room, now or before. */
PL_MUST_USE enum pl_status pl_faults_put(struct pl_faults *f, const char *dir,
                                         void (*put)(void *data, const char *json), void *data);

#endif

/*
 * depends.h - what stops working when a store goes away: read from a manifest.
 *
 * Layer: formats. All lines come twice: first to learn who lives where, then again, when each thing in a store
 * that others use is handed over. Who lives where is told by the owners of mailboxes; which folder somebody has
 * opened by its id, else by its owner. Replica lists of public folders are not decoded: a folder has a replica
 * when another public store of the manifest has one of the same path.
 */
#ifndef PL_SHARE_DEPENDS_H
#define PL_SHARE_DEPENDS_H

#include "arena.h"
#include "diskset.h"
#include "jsonread.h"

struct pl_dependency {
    const char *store;   /* that it depends on; NULL: on one that the manifest does not have */
    const char *what;    /* "folder": rights on it; "opened": somebody has opened it; "freebusy": published time */
    const char *owner;   /* label of the mailbox; "public folders" */
    const char *path;    /* of the folder; of an opened one its name */
    const char *role;    /* calendar, contacts ... */
    const char *who;     /* label of who uses it; "default" and the like for roles */
    const char *grant;   /* name of his role, or NULL */
    const char *home;    /* store in which who has his mailbox; NULL: not known */
    const char *replica; /* another store that has the folder, or NULL */
};

struct pl_depends {
    struct pl_diskset *set;
    struct pl_arena arena;
    const char *only; /* store, or NULL: all */
    void (*found)(void *data, const struct pl_dependency *d);
    void *data;
    bool failed; /* out of memory, no room, or a line that is none of a manifest */
};

bool pl_depends_init(struct pl_depends *d, const char *only,
                     void (*found)(void *data, const struct pl_dependency *d), void *data);
void pl_depends_release(struct pl_depends *d);
void pl_depends_learn(struct pl_depends *d, const char *line, size_t size);
void pl_depends_line(struct pl_depends *d, const char *line, size_t size);

#endif

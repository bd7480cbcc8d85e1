/*
 * plan.h - a manifest read back for a target: for each folder, who gets what there.
 *
 * Layer: formats. Lines of sharing.jsonl come twice: first all of them to learn which delegates see
 * private items, then again, folder by folder. A plan never grants more than the source, to
 * anybody: whom the target can't name, or who would fall back to what everybody else gets, lowers
 * what everybody else gets. A user is the local part of an address, or the whole of it, as the model
 * says; a local part that two addresses of the manifest have names nobody. Folders without a list
 * come too, with no grants: they are their owner's alone. Two folders that would be one there have no place: the
 * people of one would get into the other.
 */
#ifndef PL_SHARE_PLAN_H
#define PL_SHARE_PLAN_H

#include "arena.h"
#include "model.h"
#include "pimlift.h"
#include "sid.h"

struct pl_plan_grant {
    enum pl_trustee trustee;
    const char *user;    /* name in the target: the local part of the address; NULL: it has none */
    const char *address; /* SMTP, or NULL */
    const char *label;   /* for people */
    uint32_t caps;       /* of the source; of everybody else, as far as the target may give it to him */
    uint32_t lowered;    /* what everybody else would have had besides */
    struct pl_fit fit;
};

/* A mailbox as the manifest names it; texts may be NULL. */
struct pl_plan_box {
    const char *store, *name, *dn, *sid;
    bool is_public;
};

struct pl_plan_folder {
    struct pl_plan_box box;
    const char *owner; /* name in the target, or NULL */
    const char *owner_label;
    const char *path; /* names joined by '/', for people */
    const char *key;
    const char *role;
    const char *name;         /* its own, for people */
    const char *const *names; /* of the path; one can hold a '/' */
    size_t depth;
    const char
        *collection; /* NAME.KEY, a safe file name that no other folder of the owner has; NULL without owner */
    const char *id;  /* hex, or NULL */
    bool is_default; /* THE calendar, THE contacts of the mailbox */
    bool kept;       /* its owner has a name, and the folder a place of its own, in the target */
    const struct pl_plan_grant *grants; /* users first; everybody else and anonymous last */
    size_t count;
};

/* A folder of somebody else that a user has opened. */
struct pl_plan_opened {
    const char *user, *of; /* names in the target */
    const char *role, *id; /* id: hex, or NULL */
};

struct pl_plan_totals {
    uint64_t grants, exact, reduced, wider, left_out; /* wider: it gives more there; left_out: nobody, or nothing */
    uint64_t lines, bad;                              /* bad: lines that can't be read */
};

struct pl_plan {
    const struct pl_model *model;
    void (*folder)(void *data, const struct pl_plan_folder *folder);
    void *data;
    enum pl_policy policy;                                           /* server, unless the caller says otherwise */
    void (*opened)(void *data, const struct pl_plan_opened *opened); /* may be NULL, like the next */
    /* The name in the target that the owner was given by hand, or NULL; lives as long as the plan. */
    const char *(*account)(void *data, const struct pl_plan_box *box);
    struct pl_plan_totals totals;
    /* private to plan.c */
    struct pl_arena keep, arena, line; /* of delegates; of the folder at hand; of the line at hand */
    struct pl_plan_delegate *delegates;
    struct pl_plan_address **addresses; /* by a hash of their local parts */
    struct pl_plan_seen **seen;         /* folders that were handed over */
    struct pl_plan_place **places;      /* where folders would be there */
    struct pl_plan_builder *at;
    bool failed;
};

void pl_plan_init(struct pl_plan *p, const struct pl_model *model,
                  void (*folder)(void *data, const struct pl_plan_folder *folder), void *data);
void pl_plan_release(struct pl_plan *p);
/* All lines, first pass; all lines, second pass; then the end. */
void pl_plan_learn(struct pl_plan *p, const char *line, size_t size);
void pl_plan_line(struct pl_plan *p, const char *line, size_t size);
void pl_plan_end(struct pl_plan *p);

/* What a plan makes of the grants of one folder: fills lowered and fit, and lowers caps of everybody else. */
void pl_plan_fit(const struct pl_model *m, enum pl_policy policy, struct pl_plan_grant *grants, size_t count);

#endif

/*
 * tree.h - a conversion with its sharing as the files that another server takes in: for each account its folders,
 * what is in them, who may do what there, and which folders of others it has opened.
 *
 * Layer: formats. A plan hands over folder by folder; all of it is kept, because what an account
 * has opened is known only at the end. Items are files of the conversion, one for each item, and are
 * copied from there one after the other.
 */
#ifndef PL_SHARE_TREE_H
#define PL_SHARE_TREE_H

#include "arena.h"
#include "buf.h"
#include "plan.h"
#include "sink.h"

struct pl_tree_grant {
    enum pl_trustee trustee;
    const char *user; /* NULL: everybody else, or who did not log in */
    struct pl_fit fit;
};

struct pl_tree_file {
    struct pl_tree_file *next;
    const char *path; /* below the folder of the conversion */
};

struct pl_tree_folder {
    struct pl_tree_folder *next;
    const char *owner, *collection, *name, *role, *id;
    bool is_default;
    const char *store, *dir, *path; /* where its items come from */
    struct pl_tree_grant *grants;
    size_t count;
    struct pl_tree_file *files;
};

/* A folder that an account has in its list. */
struct pl_tree_opened {
    struct pl_tree_opened *next;
    const char *user;
    const struct pl_tree_folder *folder;
};

struct pl_tree {
    int from; /* the folder of the conversion, open */
    struct pl_output *to;
    struct pl_tree_folder *folders;
    struct pl_tree_opened *opened;
    uint64_t items, subscriptions;
    uint64_t mixed;  /* items that were left out, because two folders have one path */
    const char *why; /* what went wrong, for one line */
    /* private to tree.c */
    struct pl_arena keep;
    struct pl_tree_folder **last;
    struct pl_tree_wish *wishes;
    bool failed;
};

struct pl_tree_ops {
    /* All files of one account: its folders are those of t with that owner. */
    bool (*account)(struct pl_tree *t, const char *user);
    /* NULL, or what the lists of opened folders add to the text of the target. */
    bool (*finish)(struct pl_tree *t, struct pl_buf *text);
};

void pl_tree_init(struct pl_tree *t, int from, struct pl_output *to);
void pl_tree_release(struct pl_tree *t);

/* Keeps a folder that has a place in the target. NULL: it gets no items, or, with t->failed, out of memory. */
struct pl_tree_folder *pl_tree_add(struct pl_tree *t, const struct pl_plan_folder *f, const char *dir);
void pl_tree_file(struct pl_tree *t, struct pl_tree_folder *f, const char *path);
void pl_tree_wish(struct pl_tree *t, const struct pl_plan_opened *opened);
/* Writes everything. false: t->why. */
bool pl_tree_write(struct pl_tree *t, const struct pl_tree_ops *ops);

/* The bytes of a file of the conversion, to a function that takes them; false: they can't be read, t->why. */
bool pl_tree_read(struct pl_tree *t, const char *path, void (*take)(void *data, const char *bytes, size_t size),
                  void *data);
bool pl_tree_fault(struct pl_tree *t, const char *why); /* false */

#endif

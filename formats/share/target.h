/*
 * target.h - the systems that sharing can be applied to: one small file each, one row here.
 */
#ifndef PL_SHARE_TARGET_H
#define PL_SHARE_TARGET_H

#include "buf.h"
#include "plan.h"

struct pl_tree_ops;

/* What is printed is text (begin and folder), a tree of files, or both. */
struct pl_target {
    const char *name; /* also of its model */
    const char *title;
    const char *file;               /* where the text stands in the tree */
    const struct pl_tree_ops *tree; /* NULL: it has none */
    void (*begin)(struct pl_buf *out);
    void (*folder)(struct pl_buf *out, const struct pl_plan_folder *folder);
};

/* Ends with NULL. */
extern const struct pl_target *const pl_targets[];

extern const struct pl_target pl_target_radicale, pl_target_exchange;
extern const struct pl_target pl_target_graph, pl_target_google, pl_target_nextcloud;
extern const struct pl_target pl_target_zimbra, pl_target_grommunio, pl_target_caldav;
extern const struct pl_target pl_target_sogo, pl_target_davical, pl_target_cyrus;

#endif

/*
 * radicale.h - collections as folders of files, which other targets have too.
 */
#ifndef PL_SHARE_RADICALE_H
#define PL_SHARE_RADICALE_H

#include "tree.h"

/* collection-root/OWNER/COLLECTION/: the items, and what it is in .Radicale.props. */
bool pl_radicale_account(struct pl_tree *t, const char *user);

#endif

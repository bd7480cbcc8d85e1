/*
 * ledger_files.h - which files of an output hold the items of a folder: read back from DIR/ledger.db.
 *
 * Layer: core. For what is made of a finished conversion. The ledger is never changed.
 */
#ifndef PL_LEDGER_FILES_H
#define PL_LEDGER_FILES_H

#include <stdbool.h>

struct pl_ledger_files;

/* A mailbox as the manifest names it; texts may be NULL. */
struct pl_ledger_box {
    const char *store, *name, *dn, *sid;
    bool is_public;
};

/* NULL: *why is a text for one line. */
struct pl_ledger_files *pl_ledger_files_open(const char *ledger, const char **why);
void pl_ledger_files_free(struct pl_ledger_files *f);

/* The folder of the output that the mailbox has; to be freed. NULL: there is none, or it can't be told which. */
char *pl_ledger_files_owner(struct pl_ledger_files *f, const struct pl_ledger_box *box);

/* The files of a folder (names joined by '/'), in the order of the store; a callback that returns false ends it.
 * false: not all were told. */
bool pl_ledger_files_each(struct pl_ledger_files *f, const char *store, const char *owner, const char *folder,
                          bool (*file)(void *data, const char *path), void *data);
/* Has each item a file of its own (--layout item)? */
bool pl_ledger_files_single(struct pl_ledger_files *f);

#endif

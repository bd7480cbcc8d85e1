/*
 * collection.h - the name of a folder where it becomes a collection of a server.
 */
#ifndef PL_SHARE_COLLECTION_H
#define PL_SHARE_COLLECTION_H

#include <stdbool.h>

#define PL_COLLECTION_MOST 256

/* NAME.KEY: names for people are not unique, and keys are nothing for people. A safe file name, UTF-8. */
void pl_collection_name(const char *path, const char *key, char out[PL_COLLECTION_MOST]);
/* The same of letters, digits, '-', '_' (also for a dot) and '=XX', for servers that put names into SQL or paths.
 */
void pl_collection_plain(const char *name, bool dots, char *out, unsigned size);

#endif

/*
 * lib_walk.h - visits everything a reader delivers, and digests it.
 */
#ifndef LIB_WALK_H
#define LIB_WALK_H

#include "report.h"
#include "session.h"

struct walk {
    uint64_t digest; /* of all keys, tags, values and streams, in order */
    uint64_t folders, items, associated, attachments, embedded, recipients, props, stream_bytes;
    uint64_t lost;     /* deliveries with PL_LOST */
    uint64_t kinds[5]; /* enum pl_kind: items of that kind outside search folders */
    uint64_t mail;     /* other normal items */
    enum pl_status end;
};

/* Walks an open session to its end; classes of mail are read too when `mail`. */
void walk_session(struct pl_session *s, bool mail, struct walk *out);

/* All bytes of a file, malloc'd; NULL when it can't be read. */
uint8_t *walk_load(const char *path, size_t *size);

/* The folder of real stores, or NULL; the folder of stores made from the recipes, or NULL. */
const char *walk_corpus(void);
const char *walk_fixtures(void);

#endif

/*
 * asked.h - was everything found that --owner and --folder ask for?
 *
 * Layer: core, part of convert. A pattern that no store has is most often a slip, and what it meant is missing from
 * the output: that is told, with the nearest name. Which ones were found is noted for --resume, which does not come
 * past what lies before. All zero: nothing was asked for.
 */
#ifndef PL_ASKED_H
#define PL_ASKED_H

#include "convert.h"
#include "report.h"

#define PL_ASKED_SHOWN 4

struct pl_asked_list {
    const char *const *globs;
    size_t count;
    char *state;                 /* of each: open or found */
    char **near;                 /* of each: a name that it may have meant, or NULL */
    char *shown[PL_ASKED_SHOWN]; /* the first names that there are */
    bool more;
};

struct pl_asked {
    struct pl_asked_list owners, folders;
};

/* false: out of memory. It is to be released either way. */
bool pl_asked_init(struct pl_asked *a, const struct pl_convert_options *o);
void pl_asked_release(struct pl_asked *a);

/* A mailbox, with its name in the output; a folder of one that is wanted, with its path. */
void pl_asked_mailbox(struct pl_asked *a, const struct pl_mailbox *mailbox, const char *owner);
void pl_asked_folder(struct pl_asked *a, const struct pl_folder *folder, const char *path);

/* At the end of a run, which calls it once: a diagnostic for each pattern that is open. */
void pl_asked_tell(struct pl_asked *a, struct pl_report *report);

/* As a line of text, malloc'd; NULL: out of memory. And that of an earlier run. */
char *pl_asked_text(const struct pl_asked *a);
void pl_asked_take(struct pl_asked *a, const char *text);

#endif

/*
 * lint.h - a strict checker of iCalendar and vCard files.
 *
 * Layer: formats; shares no code with the writers, so that it can testify against them.
 * Bytes are fed in pieces of any size and never kept: of a logical line the first
 * PL_LINT_KEEP bytes are looked at as a whole, the rest byte by byte. UIDs are
 * remembered by 64-bit hashes, at most PL_LINT_UIDS of them in a file; what comes
 * later is not looked up, and one warning says so. Any bytes are safe.
 * RFC 5545, RFC 7986, RFC 2426, RFC 6350; docs/lint.md lists the codes.
 */
#ifndef PL_LINT_H
#define PL_LINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PL_LINT_KEEP 65536u
#define PL_LINT_UIDS (1u << 18)

struct pl_lint_finding {
    uint64_t line; /* from 1, of the file */
    bool error;    /* else a warning */
    const char *code;
    const char *text; /* until the call returns */
};

typedef void (*pl_lint_sink)(void *data, const struct pl_lint_finding *finding);

struct pl_lint;

/* NULL: no memory. */
struct pl_lint *pl_lint_new(pl_lint_sink sink, void *data);
void pl_lint_feed(struct pl_lint *l, const void *data, size_t size);
/* The file ends here: what is missing is told, and the next one may be fed. */
void pl_lint_end(struct pl_lint *l);
void pl_lint_free(struct pl_lint *l);

#endif

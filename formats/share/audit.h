/*
 * audit.h - busy time as it was published beside what the calendar makes of its events.
 *
 * Layer: formats. Pure comparison of two people's lists, and the same over the folder of a conversion or of a
 * merge. Compared is the range that both speak of. Of two kinds at one instant the stronger counts (away, busy,
 * tentative). Who published busy and away as one is compared so.
 */
#ifndef PL_SHARE_AUDIT_H
#define PL_SHARE_AUDIT_H

#include "ifbread.h"

enum pl_audit_code {
    PL_AUDIT_SAME,          /* nothing to say */
    PL_AUDIT_MISSING,       /* a calendar, and nothing published */
    PL_AUDIT_STALE,         /* they differ, and the calendar was changed after it was published */
    PL_AUDIT_CONTRADICTORY, /* they differ, and it was not */
    PL_AUDIT_CODES
};

struct pl_busy_difference {
    int64_t start, end;
    int published, computed; /* enum pl_time_kind; -1: free */
};

#define PL_DIFFERENCES_TOLD 8

struct pl_audit {
    enum pl_audit_code code;
    int64_t start, end; /* what was compared; equal: nothing could be */
    size_t count;       /* of all differences; the first of them: */
    struct pl_busy_difference first[PL_DIFFERENCES_TOLD];
};

/* "freebusy.stale" ... */
const char *pl_audit_code_name(enum pl_audit_code code);

/* published NULL: there is nothing. false: out of memory. */
bool pl_audit_compare(const struct pl_ifb *published, const struct pl_ifb *computed, struct pl_audit *out);
/* One line for people and for the manifest, in `text`. */
const char *pl_audit_text(const struct pl_audit *audit, char *text, size_t room);

/*
 * Compares all of DIR/freebusy with DIR/freebusy/computed, by the directory name of the users, in the order
 * of these names; calls back for each fault. Who has none is passed over, and a folder in which nothing
 * was published has no faults. *compared counts users. PL_STOP: no memory or no room on the disk.
 */
PL_MUST_USE enum pl_status
pl_audit_folder(const char *dir, void (*fault)(void *data, const struct pl_ifb *user, const struct pl_audit *audit),
                void *data, uint64_t *compared);

#endif

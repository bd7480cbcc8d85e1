/*
 * convert.h - the one road: stores in, an output folder and a balanced ledger out.
 */
#ifndef PL_CONVERT_H
#define PL_CONVERT_H

#include <signal.h>

#include "ledger.h"
#include "pimlift.h"
#include "report.h"

struct pl_progress {
    const char *store;
    const char *folder; /* path, names joined by '/' */
    bool learning;      /* the first pass, with `learn`: done counts this store, expected is not known */
    uint64_t done;      /* items seen, of all stores */
    uint64_t expected;  /* as the folders of this store state it, plus those before; may lie */
    uint64_t bytes;     /* read so far, of all stores */
};

/* What a caller asks for. Zeroed, with output or dry_run set, is a valid request. */
struct pl_convert_options {
    const char *const *stores;
    size_t store_count;
    const char *output;    /* folder; not used with dry_run */
    const char *const *to; /* names of writers; none = all */
    size_t to_count;
    const char *const *folders; /* globs over folder paths; none = all. A match takes the folders below along */
    size_t folder_count;
    const char *const *owners; /* globs over addresses and names of mailboxes; none = all */
    size_t owner_count;
    const int64_t *since_utc; /* seconds; events that ended before are left out. NULL: all */
    size_t memory;            /* bytes for caches; 0 = 16 MiB. Workers share it */
    unsigned jobs;            /* processes that read folders; 0 and 1: this one alone */
    uint64_t jobs_from;       /* bytes: only stores of that size, and where they cost no more memory. 0: all */
    unsigned codepage;        /* of 8-bit strings; 0 = as the store says */
    const char *reader;       /* NULL = choose */
    const char *edb_profile;  /* text; NULL = the built-in one */
    const char *default_tz;   /* for items that name no zone; NULL = UTC */
    const char *const *maps;  /* files that tell who people are (idmap.h) */
    size_t map_count;
    const char *const *others; /* files that were read for this request before: no output may replace them */
    size_t other_count;
    bool recover, force, dry_run, hash;
    bool resume; /* go on with what a run of the same request left in the output folder */
    bool learn;  /* read all items first for what they tell of people */
    struct pl_writer_options writer;
    void (*progress)(void *data, const struct pl_progress *p);
    void *progress_data;
    void (*diagnostic)(void *data, const struct pl_diagnostic *d);
    void *diagnostic_data;
    void (*store)(void *data, const struct pl_store_sum *sum); /* at the end, once for each that has items */
    void *store_data;
    const volatile sig_atomic_t *interrupted; /* not zero: finish the item at hand, then stop */
};

struct pl_convert_result {
    struct pl_totals totals;
    uint64_t files;      /* written, by the runs before it too */
    uint64_t bytes_read; /* of all stores, by this run */
    uint64_t reads;
    size_t stores_read;   /* that could be opened */
    size_t stores_failed; /* that could not be opened */
    size_t stores_cut;    /* shorter than they say, or of another size */
    uint64_t notes, warnings, losses;
    bool started;    /* the request was valid and the output folder could be made */
    bool stopped;    /* ended early: interrupted, or the output is full or gone */
    bool resumed;    /* it went on with an earlier run */
    bool finished;   /* by an earlier run: nothing was left to do */
    char anew[200];  /* of a run to go on with nothing could stay: what is another now; "" */
    const char *why; /* when not started: one line, lives as long as the options */
    char why_text[512];
};

/* PL_OK also when items were lost: the result tells. PL_STOP: not started, or stopped. */
PL_MUST_USE enum pl_status pl_convert(const struct pl_convert_options *options,
                                      const struct pl_reader_ops *const *readers,
                                      const struct pl_writer_ops *const *writers, struct pl_convert_result *out);

/* The exit status of design: 0 all written, 1 something lost or cut (strict: or degraded),
 * 2 stopped early, 3 nothing could be done. */
int pl_convert_exit(const struct pl_convert_result *r, bool strict);

#endif

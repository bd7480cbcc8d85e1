/*
 * verify.h - an output read again, and held against its ledger, SHA256SUMS and the stores.
 *
 * Layer: formats. Nothing but the scratch folder is written. What is compared: every file of the folder with
 * SHA256SUMS and the ledger; every object with the row of its item; the stores with their fingerprints; and all
 * that another conversion of the same stores with the same options gives with what there is.
 */
#ifndef PL_VERIFY_H
#define PL_VERIFY_H

#include <signal.h>

#include "convert.h"
#include "ledger_verify.h"

struct pl_verify_options {
    const char *dir;
    const char *scratch; /* an empty folder with room for the same output; NULL: the stores are not read */
    size_t memory;       /* as of a conversion */
    pl_difference_sink difference;
    void *difference_data;
    void (*progress)(void *data, const struct pl_progress *p);
    void *progress_data;
    const volatile sig_atomic_t *interrupted;
};

struct pl_verify_result {
    uint64_t files, objects, differences;
    struct pl_totals totals; /* of the ledger */
    bool again;              /* the stores were converted once more */
    bool merged;             /* it is of merge, and was merged once more: no store was read */
    char read[512];          /* what was: "mail.pst, b.pst and 3 more" */
    bool part;        /* the run was stopped: what it came to was compared; that there is more is a difference */
    bool resumed;     /* it went on with another, and counts the files of its own */
    bool page;        /* there is a report.html, which is not compared */
    char version[64]; /* of the program that wrote the output, when it is another one; else "" */
    const char *why;  /* PL_LOST and PL_STOP: one line */
    char why_text[512];
};

/* PL_OK: no difference. PL_WARN: differences were told. PL_LOST: not an output of convert. PL_STOP: interrupted, or
 * something that was needed could not be had. */
PL_MUST_USE enum pl_status pl_verify(const struct pl_verify_options *o, const struct pl_reader_ops *const *readers,
                                     const struct pl_writer_ops *const *writers, struct pl_verify_result *out);

#endif

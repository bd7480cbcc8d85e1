/*
 * report.h - diagnostics, and the balance of the ledger.
 *
 * Who finds a fault files ONE diagnostic with a stable code ("pst.block-crc"), the
 * key of the object and the byte offset. A report hands each to its sink (a file,
 * the terminal, a test) and counts by code; it holds no list, so it never grows
 * with a store. Codes are listed in docs/report.md.
 */
#ifndef PL_REPORT_H
#define PL_REPORT_H

#include "pimlift.h"

#define PL_NO_OFFSET UINT64_MAX

struct pl_diagnostic {
    enum pl_status severity; /* PL_OK = a note, PL_WARN degraded, PL_LOST, PL_STOP */
    const char *code;        /* literal */
    const char *store;       /* path of the source, or NULL */
    const char *folder;      /* path, or NULL */
    const char *key;         /* or NULL */
    uint64_t offset;         /* or PL_NO_OFFSET */
    const char *text;        /* one line, UTF-8, for people */
    bool once;               /* of the store, whatever was read when it was met */
};

struct pl_report {
    void (*sink)(void *data, const struct pl_diagnostic *d);
    bool (*known)(void *data, const struct pl_diagnostic *d); /* asked of those that are told once; or NULL */
    void *sink_data;                                          /* of both */
    const char *store;                                        /* context, set by the core */
    const char *folder;                                       /* context, set by the core */
    const char *fault; /* code of the last diagnostic of PL_WARN or worse; the core clears it per item */
    enum pl_status worst;
    bool recovering; /* set by a reader while it reads what was deleted: what is gone of that is a warning, no loss
                      */
    uint64_t notes, warnings, losses, stops;
};

/* Files a diagnostic and returns its severity: `return pl_report(r, PL_LOST, ...)`. */
enum pl_status pl_report(struct pl_report *r, enum pl_status severity, const char *code, const char *key,
                         uint64_t offset, const char *format, ...) PL_PRINTF(6, 7);

/* The same of something that belongs to the store, not to the item at hand: a page, a form of texts. It is told
 * once, with whatever meets it first; for others it is a reason. */
enum pl_status pl_report_once(struct pl_report *r, enum pl_status severity, const char *code, const char *key,
                              uint64_t offset, const char *format, ...) PL_PRINTF(6, 7);

#define PL_FACT_MOST 5120
/* What tells one that is told once from all others. */
void pl_diagnostic_fact(const struct pl_diagnostic *d, char out[PL_FACT_MOST]);

/* The same for a fault that was filed before, or will be when it is counted: it becomes the reason of the item or
 * folder at hand, and no other diagnostic. */
enum pl_status pl_report_again(struct pl_report *r, enum pl_status severity, const char *code);
/* The same of what can be used all the same: it is the reason where there is none yet. */
void pl_report_touched(struct pl_report *r, const char *code);

#endif

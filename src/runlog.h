/*
 * runlog.h - what a run says of itself for machines: report.jsonl and run.json.
 *
 * report.jsonl is one diagnostic a line, as they come. run.json tells the tool, the
 * request, the totals and a fingerprint of each store. Both are documented in
 * docs/report.md. Neither holds a time: the ledger's rows and these files are equal
 * for equal runs.
 */
#ifndef PL_RUNLOG_H
#define PL_RUNLOG_H

#include "convert.h"
#include "ledger.h"
#include "sink.h"
#include "source.h"

struct pl_runlog;

/* The ledger keeps the lines of report.jsonl and what is told of stores, for a run that goes on with this one; what
 * an earlier run has left there comes first. NULL: a file could not be made, or that not be read; errno tells. */
PL_MUST_USE struct pl_runlog *pl_runlog_open(struct pl_output *output, struct pl_ledger *ledger,
                                             const struct pl_convert_options *options);
/* PL_STOP: the ledger can't keep it. */
PL_MUST_USE enum pl_status pl_runlog_diagnostic(struct pl_runlog *l, const struct pl_diagnostic *d);
/* An identity map was read: its fingerprint, whole. PL_STOP: it can't be read again. */
PL_MUST_USE enum pl_status pl_runlog_map(struct pl_runlog *l, const char *path);
/* A store was opened: its facts and its fingerprint (fingerprint.h), and that of the file that belongs to it.
 * PL_STOP: reading one failed. */
PL_MUST_USE enum pl_status pl_runlog_store(struct pl_runlog *l, size_t ordinal, struct pl_source *source,
                                           const struct pl_reader *reader);
/* The ledger will be closed: what it keeps of stores is written. */
void pl_runlog_settle(struct pl_runlog *l);
/* Writes the end of run.json and commits both; frees in any case. PL_STOP: errno tells. */
PL_MUST_USE enum pl_status pl_runlog_close(struct pl_runlog *l, const struct pl_convert_result *result);
/* Leaves nothing behind. */
void pl_runlog_abort(struct pl_runlog *l);

#endif

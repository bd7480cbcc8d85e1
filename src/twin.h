/*
 * twin.h - with --recover: objects of which there is one with the same bytes.
 *
 * What tells items apart can be a property that nothing reads, or that was damaged; what counts in the end is what
 * is written. So of each object the digest is kept, by its format: the SHA-256 that its row in the ledger has, but
 * of the object under the UID that it has by itself, and with its attachments in it, so that it does not depend on
 * the place that it got.
 */
#ifndef PL_TWIN_H
#define PL_TWIN_H

#include "setup.h"

struct pl_twins;

/*
 * Enters the object of a record, which has the UID that it has by itself. *ordinal: how many have these bytes, with
 * this one; 0: no chosen format makes an object of it. `written`: what became of it, or NULL: then it is made once
 * more and kept nowhere. PL_STOP: filed.
 */
PL_MUST_USE enum pl_status pl_twin_enter(struct pl_run *run, const struct pl_record *record,
                                         const struct pl_written *written, uint64_t *ordinal);
void pl_twins_free(struct pl_twins *twins);

#endif

/*
 * sharing.h - what stores together tell of sharing: converted into a folder that is there only for that.
 *
 * Rights are in a store, busy time that does not agree with a calendar is only found beside all of them; so
 * who needs the whole manifest converts, and reads it.
 */
#ifndef PIMLIFT_SHARING_H
#define PIMLIFT_SHARING_H

#include "convert.h"
#include "flags.h"

struct sharing_request {
    const char *const *stores;
    size_t count;
    const char *dir; /* empty: the call's scratch */
    const struct store_options *store;
    const struct flag_list *maps;
    void (*diagnostic)(void *data, const struct pl_diagnostic *d); /* or NULL */
    void (*progress)(void *data, const struct pl_progress *p);     /* or NULL */
    void *data;                                                    /* of both */
};

/* Writes sharing.jsonl, free/busy files and the ledger. As pl_convert(). */
PL_MUST_USE enum pl_status sharing_convert(const struct sharing_request *r, struct pl_convert_result *out);

/* The lines of the manifest of all stores of a call to stdout. */
enum exit_status sharing_print(const struct call *call, const struct store_options *store,
                               const struct flag_list *maps);

#endif

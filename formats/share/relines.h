/*
 * relines.h - a line of a manifest read back and made again, its people looked up once more.
 *
 * Layer: formats. What is known of people grows with the stores of other runs, so whom one run
 * could not find another may. Rights are never touched. An address that was looked up is looked up
 * again, and goes where the better informed sources disagree; what the store itself says stays. A line
 * that nothing is known for comes back byte for byte.
 */
#ifndef PL_SHARE_RELINES_H
#define PL_SHARE_RELINES_H

#include "arena.h"
#include "buf.h"
#include "jsonread.h"
#include "people.h"

struct pl_relines {
    struct pl_people *people;                 /* NULL: nobody is looked up */
    enum pl_trust least;                      /* PL_TRUST_STORE, or PL_TRUST_MESSAGE where all runs learned */
    const char *store;                        /* instead of the one of the line; NULL: that one */
    struct pl_buf json, csv;                  /* of the last line; csv is empty where the flat view has none */
    struct pl_known_as owner, who;            /* of the last line: whose it is, whom it names; in its arena */
    uint64_t people_count, unresolved, found; /* trustees, delegates ...; found: that were unresolved before */
};

void pl_relines_init(struct pl_relines *r);
void pl_relines_release(struct pl_relines *r);

/* Fills json and csv, both with LF, from a parsed line. PL_STOP: out of memory, or people can't be read. */
PL_MUST_USE enum pl_status pl_relines_put(struct pl_relines *r, const struct pl_json *line, struct pl_arena *a);

#endif

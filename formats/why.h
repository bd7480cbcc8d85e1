/*
 * why.h - where an object of an output came from, and which property made which of its lines.
 *
 * Layer: formats. No list says what becomes of a property: the item is mapped and written again without it,
 * and with other values of it, and the lines that are then missing or others are those that it made. So the answer
 * is true for whatever the mapping does.
 */
#ifndef PL_WHY_H
#define PL_WHY_H

#include "ledger.h"
#include "pimlift.h"
#include "request.h"

#define PL_WHY_PARTS 400

/* What an item is made of: a property that the mapping read, a recipient or an attachment. */
struct pl_why_part {
    const char *name;           /* "PidTagSubject", "recipient 2", "attachment 1" */
    const struct pl_prop *prop; /* NULL: not a property */
    bool needed;                /* without it there is no object */
    bool decides;               /* with another value there is none of this kind */
    uint64_t lines;             /* how many it made */
};

struct pl_why {
    const struct pl_row *row;
    struct pl_reader *reader;
    const char *kind;           /* of the store */
    const struct pl_item *item; /* NULL: the store has it no more */
    const struct pl_why_part *parts;
    size_t part_count;
    const char *const *lines; /* logical ones of the object; none: this kind of file is not taken apart */
    size_t line_count;
    const bool *made; /* made[line * part_count + part] */
    bool same;        /* the object made again has the digest in the ledger */
};

struct pl_why_request {
    const char *dir, *scratch; /* scratch: an empty folder */
    const struct pl_request *made_with;
    const struct pl_reader_ops *const *readers;
    const struct pl_writer_ops *const *writers;
    struct pl_report *report;
};

/* One call of `tell`, during which all of it lives. PL_STOP: the store can't be read, or there is no memory; filed.
 */
PL_MUST_USE enum pl_status pl_why(const struct pl_why_request *request, const struct pl_row *row,
                                  void (*tell)(void *data, const struct pl_why *why), void *data);

#endif

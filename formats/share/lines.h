/*
 * lines.h - records of sharing as lines: JSON (docs/sharing.schema.json) and CSV.
 *
 * Layer: formats. One grant is one line, so that a list of any length needs the memory
 * of one. The manifest and `pimlift shares` both speak through this file.
 */
#ifndef PL_SHARE_LINES_H
#define PL_SHARE_LINES_H

#include "buf.h"
#include "record.h"

struct pl_share_lines {
    /* csv is NULL where the flat view has no line. Both end with LF. */
    void (*line)(void *data, const char *json, const char *csv);
    void *data;
    const char *path;      /* of the store */
    struct pl_party owner; /* whose folders and items come */
    bool is_public;        /* nobody's */
    struct pl_buf json, csv;
};

void pl_share_lines_init(struct pl_share_lines *s, void (*line)(void *data, const char *json, const char *csv),
                         void *data);
void pl_share_lines_release(struct pl_share_lines *s);

/* The head of the flat view. */
extern const char pl_share_csv_head[];
/* The next cell of a line of it: RFC 4180; what begins like a formula is defused. */
void pl_share_cell(struct pl_buf *b, const char *text);

/* A store begins. What it says of itself must outlive its records. */
void pl_share_lines_store(struct pl_share_lines *s, const char *path, const struct pl_store *store);
/* A folder begins: whose it is. */
void pl_share_lines_mailbox(struct pl_share_lines *s, const struct pl_mailbox *mailbox);
/* All lines of a record; false: it has none. PL_SHARE and PL_FREEBUSY only. */
bool pl_share_lines_put(struct pl_share_lines *s, const struct pl_record *record);
/* Out of memory, now or before. */
bool pl_share_lines_failed(const struct pl_share_lines *s);

const char *pl_share_role_name(enum pl_role role);

#endif

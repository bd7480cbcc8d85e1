/*
 * edb_kind.h - which program's database this is, and what `info` says of any.
 */
#ifndef EDB_KIND_H
#define EDB_KIND_H

#include "ese.h"
#include "pimlift.h"

struct edb_kind {
    const char *title;     /* for people */
    const char *file;      /* the usual name of such a file, or NULL */
    bool is_store;         /* of Exchange */
    bool is_readable;      /* its folders and items, not only its tables */
    bool is_by_mailbox;    /* each mailbox has tables of its own, as in 2013 and later */
    const char *tables[3]; /* all of which it has */
    const char *column;    /* and this column in the first of them; or NULL */
    uint32_t update;       /* and this update of the engine; or 0 */
};

/* A kind that is a mail store by the shape of its tables alone: many are derived from a template, as
 * those of folders are, and named by two hexadecimal numbers. Its names are not the usual ones. */
bool edb_kind_by_shape(struct ese_db *db);

/* Never NULL: the last kind fits all. */
const struct edb_kind *edb_kind_find(struct ese_db *db);

/* Files that the database was not shut down cleanly, if so. */
void edb_dirty_complain(const struct ese_db *db, struct pl_report *report);

#define EDB_FACTS 16
/* Facts of the header and of the log files beside the database; the texts live in the arena. Files log files that
 * can't be read. */
size_t edb_facts(struct ese_db *db, struct pl_arena *a, struct pl_fact out[EDB_FACTS], struct pl_report *report);

#endif

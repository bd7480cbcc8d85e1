/*
 * stm.h - the streaming file of Exchange 2000 and 2003, beside its database.
 */
#ifndef EDB_STM_H
#define EDB_STM_H

#include "arena.h"
#include "buf.h"
#include "report.h"
#include "source.h"

#define STM_PAGE 4096u

/* "beside it", "of another database", "missing" - or NULL when the database has none. */
const char *stm_state(struct pl_source *database, struct pl_arena *a);
/* Files a diagnostic when the file is missing or foreign. */
void stm_complain(struct pl_source *database, struct pl_report *report);
/* The file beside a database, if it is its own. false: there is none, or it cannot be opened. */
bool stm_open(struct pl_source *database, struct pl_source *out);

/* A search for iCalendar objects in such a file, or in any bytes. */
struct stm_search {
    struct pl_source *file;
    uint64_t at;        /* where the search goes on */
    struct pl_buf text; /* of the object that was found last, decoded, in its own character set */
    uint8_t *window;
    uint64_t window_at;
    size_t window_size;
};

struct stm_found {
    uint64_t offset;     /* of its first byte */
    unsigned codepage;   /* of the text; 0: not told */
    bool apart;          /* it spans pages, and nothing proves that they belong together */
    const char *fault;   /* it is not whole: why; NULL: the text is there */
    const char *charset; /* literal: what is wrong with it, or NULL */
};

/* false: out of memory. To be released in any case. */
bool stm_search_init(struct stm_search *s, struct pl_source *file);
void stm_search_release(struct stm_search *s);
/* The next object at or after s->at. PL_END: no more. PL_STOP: the file cannot be read. */
PL_MUST_USE enum pl_status stm_search_next(struct stm_search *s, struct stm_found *out);

#endif

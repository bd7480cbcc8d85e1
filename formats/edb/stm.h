/*
 * stm.h - the streaming file of Exchange 2000 and 2003, beside its database.
 */
#ifndef EDB_STM_H
#define EDB_STM_H

#include "buf.h"
#include "report.h"
#include "source.h"

#define STM_PAGE 4096u

enum stm_state { STM_NONE, STM_BESIDE, STM_CUT, STM_DAMAGED, STM_FOREIGN, STM_ABSENT, STM_UNREADABLE };

/* Looks for the file beside a database. It is left open in *out when it is the right one, STM_BESIDE, STM_CUT,
 * STM_DAMAGED, and to be looked at when it is not, STM_FOREIGN. STM_UNREADABLE: whether there is one, or whose it
 * is, can't be told; *why is a clause that says why.
 */
enum stm_state stm_open(struct pl_source *database, struct pl_source *out, const char **why);
static inline bool stm_is_own(enum stm_state state)
{
    return state == STM_BESIDE || state == STM_CUT || state == STM_DAMAGED;
}
static inline bool stm_is_open(enum stm_state state) { return stm_is_own(state) || state == STM_FOREIGN; }
/* "beside it", "of another database", "missing" - or NULL when the database has none. */
const char *stm_state_text(enum stm_state state);
/* Files a diagnostic of a file that is not as it should be; `why` as stm_open() gave it. `searched`: for items,
 * so that what is missing is a loss. */
void stm_complain(enum stm_state state, const char *why, struct pl_report *report, bool searched);

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

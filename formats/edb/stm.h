/*
 * stm.h - the streaming file of Exchange 2000 and 2003, beside its database.
 */
#ifndef EDB_STM_H
#define EDB_STM_H

#include "arena.h"
#include "report.h"
#include "source.h"

/* "beside it", "of another database", "missing" - or NULL when the database has none. */
const char *stm_state(struct pl_source *database, struct pl_arena *a);
/* Files a diagnostic when the file is missing or foreign. */
void stm_complain(struct pl_source *database, struct pl_report *report);

#endif

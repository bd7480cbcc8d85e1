/*
 * ledger_why.h - which rows of a ledger tell of a UID or of a file.
 *
 * Layer: core. The ledger is never changed.
 */
#ifndef PL_LEDGER_WHY_H
#define PL_LEDGER_WHY_H

#include "ledger.h"

/*
 * Calls for each written item of that UID or, when no item has it, whose file has this path below the output; in
 * the order of the run. The texts of a row live until the call returns. PL_END: there is none. PL_STOP: *why is a
 * text for one line.
 */
PL_MUST_USE enum pl_status pl_ledger_find(const char *ledger, const char *uid_or_file,
                                          void (*each)(void *data, const struct pl_row *row), void *data,
                                          const char **why);

#endif

/*
 * confine.h - a verb gives up what it needs not before it reads the first byte of a store.
 */
#ifndef PIMLIFT_CONFINE_H
#define PIMLIFT_CONFINE_H

#include "flags.h"

/*
 * Runs the verb of the call, confined to its operands, the folders they lie in (a database has a
 * streaming file and logs beside it) and what its flags name, unless --no-sandbox is given.
 */
enum exit_status confine_and_run(const struct call *call);

#endif

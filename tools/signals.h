/*
 * signals.h - the wish to stop, as a flag that loops look at.
 */
#ifndef PIMLIFT_SIGNALS_H
#define PIMLIFT_SIGNALS_H

#include <signal.h>

/* SIGINT and SIGTERM set the flag once (a second one ends the process). A closed pipe and a file
 * that may not grow are left to the failing write. */
void signals_watch(void);
/* Not zero once a signal came. */
const volatile sig_atomic_t *signals_flag(void);

#endif

/*
 * signals.c - the wish to stop, as a flag that loops look at; see signals.h.
 *
 * Layer: programs. The flag is the one variable of the program that outlives a
 * call: a handler can reach nothing else.
 */
#include "signals.h"

#include <stddef.h>

static volatile sig_atomic_t interrupted;

static void note(int number) { interrupted = number; }

void signals_watch(void)
{
    /* SA_RESETHAND: whoever asks twice does not want to wait for the item at hand. */
    struct sigaction stop = {.sa_handler = note, .sa_flags = SA_RESTART | (int)SA_RESETHAND};
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    sigemptyset(&stop.sa_mask);
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL);
}

const volatile sig_atomic_t *signals_flag(void) { return &interrupted; }

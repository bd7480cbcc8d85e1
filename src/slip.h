/*
 * slip.h - was this word meant for that one? For suggestions.
 *
 * Layer: core. Pure; bytes, so a letter beyond ASCII counts as several.
 */
#ifndef PL_SLIP_H
#define PL_SLIP_H

#include <stdbool.h>

#define PL_SLIP_MOST 31 /* bytes of a word; longer ones are far from any */

/* How many single edits lead from one word to the other. Letters typed in the wrong order are one. */
unsigned pl_slip_distance(const char *a, const char *b);
/* Near enough to be a slip of the fingers. */
bool pl_slip_is(const char *typed, const char *meant);

#endif

/*
 * slip.c - see slip.h. The distance is that of optimal string alignment.
 */
#include "slip.h"

#include <stddef.h>
#include <string.h>

unsigned pl_slip_distance(const char *a, const char *b)
{
    const size_t m = strlen(a), n = strlen(b);
    unsigned rows[3][PL_SLIP_MOST + 1] = {{0}}; /* i - 2, i - 1 and i, in turn */

    if (m > PL_SLIP_MOST || n > PL_SLIP_MOST)
        return PL_SLIP_MOST + 1;
    for (size_t i = 0; i <= m; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *second = rows[(i + 1) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= n; j++) {
            unsigned least = row[j - 1] + 1;
            if (i > 0 && above[j] + 1 < least)
                least = above[j] + 1;
            if (i > 0 && above[j - 1] + (a[i - 1] != b[j - 1]) < least)
                least = above[j - 1] + (a[i - 1] != b[j - 1]);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && second[j - 2] + 1 < least)
                least = second[j - 2] + 1;
            row[j] = least;
        }
    }
    return rows[m % 3][n];
}

bool pl_slip_is(const char *typed, const char *meant)
{
    unsigned edits = pl_slip_distance(typed, meant);
    size_t length = strlen(meant);
    return length > 1 && edits <= (length > 5 ? 3u : length > 3 ? 2u : 1u) && edits < length;
}

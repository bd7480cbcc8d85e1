/*
 * ese_damage.c - faults in a finished database, on request. docs/fixtures.md lists them.
 */
#include "ese_int.h"

int ms_ese_damage(const char *path, const char *what, uint64_t seed)
{
    (void)seed;
    fprintf(stderr, "mkstore: %s: no damage `%s`\n", path, what);
    return -1;
}

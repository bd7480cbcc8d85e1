/*
 * fuzz_tz.c - any bytes as a zone: decoded, its years looked at, times carried over and back.
 */
#include <stdlib.h>

#include "arena.h"
#include "tz.h"
#include "zones.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const struct pl_zone *zone)
{
    struct pl_onset onsets[3];
    for (int year = 1600; year < 2100; year += 7) {
        int64_t when = pl_days_of_civil(year, 1 + year % 12, 1) * 86400;
        size_t n = pl_tz_onsets(zone, year, onsets);
        int64_t apart = pl_tz_local(zone, pl_tz_utc(zone, when)) - when;
        if (n > 3 || apart > 200000 || apart < -200000)
            abort();
    }
    (void)pl_zone_iana(zone, 1990, 2037);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pl_arena arena;
    struct pl_zone zone;
    pl_arena_init(&arena, 1 << 22);
    if (pl_tz_definition(&arena, data, size, &zone))
        use(&zone);
    if (pl_tz_struct(&arena, data, size, &zone))
        use(&zone);
    pl_arena_release(&arena);
    return 0;
}

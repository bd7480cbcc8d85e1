/*
 * fuzz_tz.c - any bytes as a zone: decoded, its years looked at, times carried over and back. A memo gives the
 * same.
 */
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "tz.h"
#include "zone_memo.h"
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

static void memo_agrees(struct pl_arena *a, bool is_struct, const uint8_t *data, size_t size)
{
    struct pl_zone_memo *memo = pl_zone_memo_new();
    const struct pl_zone *plain, *kept;
    if (!pl_zone_memo_stored(NULL, a, is_struct, (struct pl_bytes){data, size}, &plain))
        plain = NULL;
    for (int round = 0; memo && round < 2; round++) {
        if (!pl_zone_memo_stored(memo, a, is_struct, (struct pl_bytes){data, size}, &kept))
            break;
        if (!kept != !plain || (kept && (strcmp(kept->tzid, plain->tzid) != 0 || !pl_tz_same(kept, plain))))
            abort();
        for (int year = 1985; kept && year < 2060; year += 5) {
            const struct pl_zone *x = pl_zone_memo_written(memo, a, kept, year, year + 2);
            const struct pl_zone *y = pl_zone_written(a, plain, year, year + 2);
            if (strcmp(x->tzid, y->tzid) != 0 || !pl_tz_same(x, y))
                abort();
        }
    }
    pl_zone_memo_free(memo);
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
    memo_agrees(&arena, false, data, size);
    memo_agrees(&arena, true, data, size);
    pl_arena_release(&arena);
    return 0;
}

/*
 * fuzz_recur.c - any bytes as a recurrence: decoded, expanded, said as a rule. Time and
 * memory stay bounded whatever the counts say.
 */
#include <stdlib.h>

#include "arena.h"
#include "expand.h"
#include "rrule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pl_arena arena;
    struct pl_recur r;
    struct pl_expansion all;
    char rule[PL_RRULE_MAX];
    const int64_t *days;
    size_t count;
    bool whole;
    pl_arena_init(&arena, 1 << 24);
    for (int task = 0; task < 2; task++) {
        if (!pl_recur_decode(&arena, data, size, task != 0, &r))
            continue;
        if (pl_expand(&arena, &r, PL_EXPAND_MOST, &all) && all.count > PL_EXPAND_MOST)
            abort();
        if (pl_rrule_text(&r, task != 0, NULL, rule) && pl_rrule_rest(&arena, &r, &days, &count, &whole) &&
            count > PL_EXPAND_MOST)
            abort();
    }
    pl_arena_release(&arena);
    return 0;
}

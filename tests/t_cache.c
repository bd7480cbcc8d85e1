/*
 * t_cache.c - the page cache: what is loaded when, and how much is held.
 *
 * The independent side: a count of all bytes the loader gave out, kept by a model
 * of the least recently used, and a loader whose data tell their key.
 */
#include "source.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 1000u

struct owner {
    struct pl_cache *cache;
    unsigned loads;
    enum pl_status status;
    uint64_t inner; /* key to read while loading; 0 = none */
    enum pl_status inner_status;
    uint64_t brief; /* keys from here on are needed for a moment; 0 = none */
};

static enum pl_status load(void *data, uint64_t key, uint8_t **out, size_t *size)
{
    struct owner *o = data;
    o->loads++;
    if (o->inner) {
        struct pl_cache_block *b;
        uint64_t inner = o->inner == key ? key : o->inner;
        o->inner_status = pl_cache_get(o->cache, inner, &b);
        if (o->inner_status >= PL_WARN)
            pl_cache_put(o->cache, b);
    }
    if (o->status <= PL_LOST)
        return o->status;
    if (o->brief && key >= o->brief)
        pl_cache_brief(o->cache);
    *size = key > 1000000 ? 100000 : BLOCK;
    *out = pl_cache_alloc(o->cache, *size);
    cr_assert(*out);
    memset(*out, (int)(key & 0xff), *size);
    return o->status;
}

static void touch(struct owner *o, uint64_t key, unsigned loads)
{
    struct pl_cache_block *b = NULL;
    unsigned before = o->loads;
    cr_assert_eq(pl_cache_get(o->cache, key, &b), o->status);
    cr_expect_eq(o->loads - before, loads, "key %lu", (unsigned long)key);
    cr_expect(b->key == key && b->data[0] == (key & 0xff) && b->data[b->size - 1] == (key & 0xff));
    pl_cache_put(o->cache, b);
}

Test(cache, least_recently_used_goes_first)
{
    struct owner o = {0};
    o.cache = pl_cache_new(10 * BLOCK, 0, load, &o);
    for (uint64_t k = 1; k <= 5; k++)
        touch(&o, k, 1);
    for (uint64_t k = 1; k <= 5; k++)
        touch(&o, k, 0);
    touch(&o, 1, 0);
    for (uint64_t k = 10; k < 17; k++) {
        touch(&o, k, 1);
        touch(&o, 1, 0); /* always the youngest but one: stays */
    }
    touch(&o, 2, 1);
    pl_cache_free(o.cache);
}

Test(cache, pinned_blocks_stay_and_oversized_ones_go)
{
    struct owner o = {0};
    struct pl_cache_block *pinned, *huge, *again;
    o.cache = pl_cache_new(4 * BLOCK, 0, load, &o);
    cr_assert_eq(pl_cache_get(o.cache, 7, &pinned), PL_OK);
    for (uint64_t k = 100; k < 200; k++)
        touch(&o, k, 1);
    cr_assert_eq(pl_cache_get(o.cache, 7, &again), PL_OK);
    cr_expect_eq(again, pinned);
    cr_assert_eq(pl_cache_get(o.cache, 2000000, &huge), PL_OK);
    cr_expect_eq(huge->size, 100000);
    pl_cache_put(o.cache, huge);
    touch(&o, 2000000, 1);
    pl_cache_put(o.cache, again);
    pl_cache_put(o.cache, pinned);
    touch(&o, 7, 0);
    pl_cache_free(o.cache);
}

/* What the budget can hold, of 5,000 blocks read in order and then backwards. */
Test(cache, budget_holds_what_it_can_and_no_more)
{
    struct owner o = {0};
    o.cache = pl_cache_new(1000 * BLOCK, 0, load, &o);
    for (uint64_t k = 0; k < 5000; k++)
        touch(&o, k, 1);
    unsigned before = o.loads;
    for (uint64_t k = 5000; k-- > 0;) {
        struct pl_cache_block *b;
        cr_assert_eq(pl_cache_get(o.cache, k, &b), PL_OK);
        pl_cache_put(o.cache, b);
    }
    unsigned kept = 5000 - (o.loads - before);
    cr_expect(kept > 850 && kept <= 1000, "%u kept", kept);
    pl_cache_free(o.cache);
}

Test(cache, degraded_is_remembered_and_lost_is_not_kept)
{
    struct owner o = {.status = PL_WARN};
    struct pl_cache_block *b;
    o.cache = pl_cache_new(10 * BLOCK, 0, load, &o);
    touch(&o, 1, 1);
    touch(&o, 1, 0);
    o.status = PL_LOST;
    cr_expect_eq(pl_cache_get(o.cache, 2, &b), PL_LOST);
    cr_expect_null(b);
    o.status = PL_OK;
    touch(&o, 2, 1);
    pl_cache_free(o.cache);
}

Test(cache, a_circle_of_loads_ends)
{
    struct owner o = {.inner = 5};
    o.cache = pl_cache_new(10 * BLOCK, 0, load, &o);
    touch(&o, 4, 2);
    cr_expect_eq(o.inner_status, PL_OK);
    o.inner = 9;
    struct pl_cache_block *b;
    cr_expect_eq(pl_cache_get(o.cache, 9, &b), PL_OK);
    cr_expect_eq(o.inner_status, PL_LOST);
    pl_cache_put(o.cache, b);
    pl_cache_free(o.cache);
}

/* Whatever comes for a moment, the others stay, and of it as much as has room. */
Test(cache, what_is_brief_drives_out_nothing_else)
{
    struct owner o = {.brief = 100};
    o.cache = pl_cache_new(40 * BLOCK, 5 * BLOCK, load, &o);
    for (uint64_t k = 1; k <= 25; k++)
        touch(&o, k, 1);
    for (uint64_t k = 100; k < 300; k++)
        touch(&o, k, 1);
    for (uint64_t k = 1; k <= 25; k++)
        touch(&o, k, 0);
    touch(&o, 299, 0);
    touch(&o, 298, 0);
    touch(&o, 100, 1);
    pl_cache_free(o.cache);
}

/* A loader that fails after it said so, a block larger than the room for such, and one that asks for another. */
Test(cache, what_is_brief_is_said_of_one_block)
{
    struct owner o = {.brief = 100};
    o.cache = pl_cache_new(40 * BLOCK, 5 * BLOCK, load, &o);
    for (uint64_t k = 1; k <= 20; k++)
        touch(&o, k, 1);
    struct pl_cache_block *b;
    o.status = PL_LOST;
    cr_expect_eq(pl_cache_get(o.cache, 200, &b), PL_LOST);
    o.status = PL_OK;
    touch(&o, 21, 1); /* stays: it is not the one that was lost */
    o.inner = 22;     /* that is not brief, read on the way to one that is, and the other way round */
    touch(&o, 201, 2);
    o.inner = 202;
    touch(&o, 23, 2);
    o.inner = 0;
    touch(&o, 1000001, 1);
    touch(&o, 1000001, 1);
    for (uint64_t k = 300; k < 400; k++)
        touch(&o, k, 1);
    for (uint64_t k = 1; k <= 23; k++)
        touch(&o, k, 0);
    pl_cache_free(o.cache);
}

/*
 * t_integrity.c - the checksums of every format that has them: a sound store has no fault, damage is counted, and
 * no bytes, failing reads or allocations end the process.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib_fault.h"
#include "lib_walk.h"
#include "source.h"
#include "table.h"

static const char *const stores[] = {
    "appointments-ansi-cyclic.pst", "appointments-unicode-permute.pst",
    "appointments-4k-none.pst",     "ese-all-2-4k.edb",
    "ese-all-b-4k-mixed.edb",       "ese-all-c-8k.edb",
    "ese-all-122-32k.edb",
};
#define STORES (sizeof stores / sizeof *stores)

struct bytes {
    uint8_t *data;
    size_t size;
    const struct pl_integrity_ops *ops;
};

static struct bytes load(const char *name)
{
    struct bytes b = {0};
    struct pl_source s;
    char *path = NULL;
    const char *folder = walk_fixtures();
    if (!folder || asprintf(&path, "%s/%s", folder, name) < 0 || access(path, R_OK) != 0)
        cr_assert_fail("no fixture %s: make check-run makes them", name);
    b.data = walk_load(path, &b.size);
    pl_source_memory(&s, b.data, b.size);
    for (size_t i = 0; pl_integrities[i] && !b.ops; i++)
        b.ops = pl_integrities[i]->probe(&s) ? pl_integrities[i] : NULL;
    cr_assert_not_null(b.ops, "%s: no format", name);
    pl_source_close(&s);
    free(path);
    return b;
}

static enum pl_status look(const struct bytes *b, size_t size, uint64_t budget, struct pl_integrity *out)
{
    const struct pl_integrity_options options = {.budget = budget};
    struct pl_source s;
    uint8_t *exact = malloc(size + 1);
    memcpy(exact, b->data, size);
    pl_source_memory(&s, exact, size);
    enum pl_status st = b->ops->look(&s, &options, out);
    pl_source_close(&s);
    free(exact);
    cr_expect(st == PL_OK || st == PL_STOP);
    cr_expect_leq(out->seen, out->all);
    return st;
}

Test(integrity, sound_stores)
{
    for (size_t i = 0; i < STORES; i++) {
        struct bytes b = load(stores[i]);
        struct pl_integrity all, part;
        cr_expect_eq(look(&b, b.size, 0, &all), PL_OK);
        cr_expect_eq(all.seen, all.all, "%s", stores[i]);
        cr_expect_gt(all.all, 5u, "%s", stores[i]);
        cr_expect_eq(all.wrong + all.mended + all.unread, 0u, "%s", stores[i]);
        cr_expect_eq(look(&b, b.size, b.size / 4, &part), PL_OK);
        cr_expect_lt(part.seen, all.all, "%s: a sample is a part", stores[i]);
        cr_expect_geq(part.seen, all.all / 8, "%s: and not too small", stores[i]);
        free(b.data);
    }
}

/* Each byte of a block or a page is under some checksum; between them a PST is full of zeros. */
Test(integrity, flipped_bits)
{
    for (size_t i = 0; i < STORES; i++) {
        struct bytes b = load(stores[i]);
        unsigned told = 0, flips = 0;
        for (size_t at = 0x4c00; at < b.size && flips < 41; at += b.size / 97) {
            struct pl_integrity it;
            while (at < b.size && !b.data[at])
                at++;
            if (at >= b.size)
                break;
            flips++;
            b.data[at] ^= 0x10;
            look(&b, b.size, 0, &it);
            told += it.wrong + it.mended + it.unread > 0;
            b.data[at] ^= 0x10;
        }
        cr_expect_gt(told, flips / 4, "%s: %u of %u", stores[i], told, flips);
        free(b.data);
    }
}

Test(integrity, any_end)
{
    for (size_t i = 0; i < STORES; i++) {
        struct bytes b = load(stores[i]);
        for (size_t size = 0; size < b.size; size += b.size / 31 + 1) {
            struct pl_integrity it;
            look(&b, size, 0, &it);
        }
        free(b.data);
    }
}

Test(integrity, damage_in_many_places)
{
    uint32_t state = 2463534242u;
    for (size_t i = 0; i < STORES; i++) {
        struct bytes b = load(stores[i]);
        for (int n = 0; n < 200; n++) { /* it adds up */
            struct pl_integrity it;
            state ^= state << 13, state ^= state >> 17, state ^= state << 5;
            b.data[state % b.size] = (uint8_t)(state >> 24);
            if (n % 8 == 0)
                look(&b, b.size, 0, &it);
        }
        free(b.data);
    }
}

static enum pl_status no_memory_for(const struct bytes *b, long nth, struct pl_integrity *out)
{
    const struct pl_integrity_options options = {0};
    struct pl_source s;
    pl_source_memory(&s, b->data, b->size);
    fault_alloc(nth, 0);
    enum pl_status st = b->ops->look(&s, &options, out);
    fault_alloc(0, 0);
    pl_source_close(&s);
    return st;
}

Test(integrity, failing_allocations)
{
    for (size_t i = 0; i < STORES; i++) {
        struct bytes b = load(stores[i]);
        for (long n = 1; n < 30; n++) {
            struct pl_integrity it;
            enum pl_status st = no_memory_for(&b, n, &it);
            cr_expect(st == PL_OK || st == PL_STOP);
        }
        free(b.data);
    }
}

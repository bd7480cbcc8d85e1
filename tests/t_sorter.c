/*
 * t_sorter.c - records in order, in memory and in runs on disk.
 *
 * The independent side is qsort() over all records at once.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "sorter.h"

#define WORDS 3

static int compare(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    for (size_t i = 0; i < WORDS; i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    return 0;
}

/* So many records of few different keys, with a buffer of so many bytes. */
static void sort_both(size_t count, size_t memory, uint64_t keys)
{
    uint64_t(*all)[WORDS] = malloc((count + 1) * sizeof *all), state = count + 7;
    struct pl_sorter *s = pl_sorter_new(WORDS, memory);
    cr_assert(all && s);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < WORDS; k++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            all[i][k] = (state >> 33) % (k ? 4 : keys);
        }
        cr_assert_eq(pl_sorter_add(s, all[i]), PL_OK);
    }
    cr_assert_eq(pl_sorter_sort(s), PL_OK);
    qsort(all, count, sizeof *all, compare);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (!i || compare(all[i], all[kept - 1]))
            memmove(all[kept++], all[i], sizeof *all);
    cr_assert_eq(pl_sorter_count(s), kept);
    uint64_t record[WORDS], wrong = 0;
    for (size_t i = 0; i < kept; i++)
        wrong += !pl_sorter_at(s, i, record) || memcmp(record, all[i], sizeof record) != 0;
    for (size_t i = kept; i-- > 0;)
        wrong += !pl_sorter_at(s, i, record) || memcmp(record, all[i], sizeof record) != 0;
    for (uint64_t key = 0; key <= keys && key < 500; key++) {
        size_t at = 0;
        while (at < kept && all[at][0] < key)
            at++;
        wrong += pl_sorter_find(s, key) != at;
        wrong += pl_sorter_has(s, key, record) != (at < kept && all[at][0] == key);
    }
    cr_expect_eq(wrong, 0u, "%zu records: %llu wrong", count, (unsigned long long)wrong);
    cr_expect_not(pl_sorter_at(s, kept, record));
    pl_sorter_free(s);
    free(all);
}

Test(sorter, in_memory)
{
    sort_both(0, 1 << 16, 5);
    sort_both(1, 1 << 16, 5);
    sort_both(2000, 1 << 16, 300);
    sort_both(2000, 1 << 16, 3);
}

Test(sorter, in_runs)
{
    sort_both(171, 4096, 1000); /* one more than there is room for */
    sort_both(5000, 4096, 100);
    sort_both(20000, 4096, 1 << 20); /* more runs than are merged at a time */
    sort_both(20000, 4096, 2);
}

Test(sorter, nothing_is_added_once_sorted)
{
    const uint64_t record[WORDS] = {1, 2, 3};
    struct pl_sorter *s = pl_sorter_new(WORDS, 0);
    cr_assert(s);
    cr_expect_eq(pl_sorter_add(s, record), PL_OK);
    cr_expect_eq(pl_sorter_sort(s), PL_OK);
    cr_expect_eq(pl_sorter_add(s, record), PL_STOP);
    cr_expect_eq(pl_sorter_count(s), 1u);
    pl_sorter_free(s);
}

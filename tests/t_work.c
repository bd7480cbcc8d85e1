/*
 * t_work.c - budgets of work: what an item and a store may make, and what becomes of the rest.
 *
 * The budgets are made small here; stores that use up the real ones are made by tests/damage/bombs.py.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "edb/edb.h"
#include "lib_walk.h"
#include "pst/pst.h"
#include "session.h"

struct told {
    unsigned item, store;
};

static void tell(void *data, const struct pl_diagnostic *d)
{
    struct told *t = data;
    t->item += !strcmp(d->code, "work.item");
    t->store += !strcmp(d->code, "work.store");
}

static bool wants_all(void *data, const char *message_class, bool associated)
{
    (void)data, (void)message_class, (void)associated;
    return true;
}

static const struct {
    const char *file;
    const struct pl_reader_ops *ops;
} stores[] = {{"office.pst", &pl_pst_reader},
              {"appointments-ansi-none.pst", &pl_pst_reader},
              {"exchange2003-office/priv1.edb", &pl_edb_reader},
              {"exchange2013-office/priv1.edb", &pl_edb_reader}};

struct outcome {
    unsigned items, lost, stopped; /* delivered, lost, folders that ended early */
    struct told told;
};

/* Walks a store with these budgets on top of what it took to come to the first item; 0: the usual ones. */
static void walk(size_t i, uint64_t item_steps, uint64_t store_steps, struct outcome *out)
{
    const struct pl_reader_options options = {.memory = 1 << 20};
    const struct pl_wanted wanted = {.wants = wants_all};
    struct pl_report report = {.sink = tell, .sink_data = &out->told};
    const struct pl_reader_ops *readers[] = {stores[i].ops, NULL};
    struct pl_session s;
    struct pl_folder folder;
    struct pl_item item;
    char path[512];
    *out = (struct outcome){0};
    snprintf(path, sizeof path, "%s/%s", walk_fixtures(), stores[i].file);
    cr_assert_gt(pl_session_open(&s, path, readers, NULL, &options, &report), PL_LOST, "%s", path);
    if (item_steps)
        s.work.item_most.steps = item_steps;
    if (store_steps)
        s.work.most.steps = s.work.done.steps + store_steps;
    while (pl_session_next_folder(&s, &folder) > PL_STOP && folder.key[0]) {
        if (pl_session_open_folder(&s, folder.key) != PL_OK)
            continue;
        enum pl_status st;
        while ((st = pl_session_next_item(&s, &wanted, &item)) != PL_END && st != PL_STOP) {
            out->items += st > PL_LOST;
            out->lost += st == PL_LOST;
        }
        out->stopped += st == PL_STOP;
    }
    pl_session_close(&s);
}

Test(work, whole_stores_keep_within_their_budgets)
{
    for (size_t i = 0; i < sizeof stores / sizeof *stores; i++) {
        struct outcome all;
        walk(i, 0, 0, &all);
        cr_expect_gt(all.items, 5, "%s", stores[i].file);
        cr_expect_eq(all.lost + all.stopped + all.told.item + all.told.store, 0, "%s", stores[i].file);
    }
}

/* Each item has its own budget: it is told once for each that uses it up, and the next one begins anew. */
Test(work, an_item_that_makes_too_much)
{
    for (size_t i = 0; i < sizeof stores / sizeof *stores; i++) {
        struct outcome all, none, some;
        walk(i, 0, 0, &all);
        walk(i, 1, 0, &none);
        cr_expect_eq(none.items, 0, "%s: %u", stores[i].file, none.items);
        cr_expect_gt(none.told.item, 0);
        cr_expect_eq(none.told.store, 0);
        for (uint64_t steps = 4, before = 0; steps < 4096; steps *= 2, before = some.items) {
            walk(i, steps, 0, &some);
            cr_expect_geq(some.items, before, "%s: %u with %u steps", stores[i].file, some.items, (unsigned)steps);
        }
        cr_expect_eq(some.items, all.items);
    }
}

/* When that of the store is used up, each folder that has more items ends early; told once. */
Test(work, a_store_that_makes_too_much)
{
    for (size_t i = 0; i < sizeof stores / sizeof *stores; i++) {
        struct outcome all, some;
        walk(i, 0, 0, &all);
        walk(i, 0, 150, &some);
        cr_expect_lt(some.items, all.items, "%s", stores[i].file);
        cr_expect_gt(some.stopped, 0, "%s", stores[i].file);
        cr_expect_eq(some.told.store, 1, "%s: %u", stores[i].file, some.told.store);
        cr_expect_eq(some.told.item, 0, "%s", stores[i].file);
    }
}

Test(work, a_file_of_any_size_has_a_budget)
{
    struct pl_work w;
    pl_work_init(&w, UINT64_MAX, 1);
    cr_expect_eq(w.most.steps, UINT64_MAX);
    cr_expect_eq(w.item_most.bytes, UINT64_MAX);
    pl_work_init(&w, 0, 1);
    cr_expect_gt(w.item_most.steps, 1000000);
    cr_expect_gt(w.most.bytes, w.item_most.bytes);
    pl_work_rest(&w);
    w.done.steps = w.most.steps + 1;
    cr_expect(pl_work_fits(&w), "folders are read all the same");
    pl_work_item(&w);
    cr_expect(!pl_work_fits(&w));
}

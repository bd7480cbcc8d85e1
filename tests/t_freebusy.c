/*
 * t_freebusy.c - Schedule+ free/busy messages: the layout of [MS-OXOPFFB], built here by hand.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "freebusy.h"
#include "lib_item.h"
#include "tz.h"

static struct pl_arena arena;
static void setup(void) { pl_arena_init(&arena, 1 << 20); }
static void teardown(void) { pl_arena_release(&arena); }
TestSuite(freebusy, .init = setup, .fini = teardown);

struct message {
    struct pl_bag bag;
    struct pl_prop props[16];
    struct pl_value values[64];
    size_t used;
};

static struct pl_value *add(struct message *m, uint32_t tag, enum pl_pid pid, uint32_t count)
{
    struct pl_value *v = &m->values[m->used];
    m->used += count;
    m->bag.props = m->props;
    m->props[m->bag.count++] = (struct pl_prop){.tag = tag, .pid = (uint16_t)pid, .count = count, .values = v};
    return v;
}

struct month {
    int64_t month;
    const uint8_t *blocks;
    size_t size;
};

/* u16 first and last minute of each block */
#define BLOCKS(...)                                                                                                \
    (const uint8_t *)(const uint16_t[]){__VA_ARGS__}, sizeof(const uint16_t[]) { __VA_ARGS__ }

static void add_months(struct message *m, uint32_t months, uint32_t blocks, const struct month *list,
                       uint32_t count)
{
    struct pl_value *a = add(m, months << 16 | 0x1003, PID_NONE, count);
    struct pl_value *b = add(m, blocks << 16 | 0x1102, PID_NONE, count);
    for (uint32_t i = 0; i < count; i++) {
        a[i].as.integer = list[i].month;
        b[i].raw = (struct pl_bytes){list[i].blocks, list[i].size};
    }
}

static void same(const struct pl_published *p, size_t i, enum pl_time_kind kind, const char *start, const char *end)
{
    cr_assert_lt(i, p->count);
    cr_assert_eq(p->periods[i].kind, kind);
    cr_assert_eq(p->periods[i].start, at(start), "%s", start);
    cr_assert_eq(p->periods[i].end, at(end), "%s", end);
}

Test(freebusy, months_join_at_their_edge)
{
    struct message m = {0};
    struct pl_published p;
    const struct month busy[] = {{2024 * 16 + 1, BLOCKS(480, 540, 44580, 44640)}, {2024 * 16 + 2, BLOCKS(0, 60)}};
    const struct month away[] = {{2024 * 16 + 2, BLOCKS(1440, 2880, 2880, 4320)}};
    add_months(&m, 0x6853, 0x6854, busy, 2);
    add_months(&m, 0x6855, 0x6856, away, 1);
    add(&m, 0x6849001f, PID_NONE, 1)->as.text = "/o=Org/cn=anna";
    add(&m, 0x68470003, PidTagFreeBusyPublishStart, 1)->as.integer = (at("2024-01-01 0:0:0") + 11644473600) / 60;
    add(&m, 0x68480003, PidTagFreeBusyPublishEnd, 1)->as.integer = (at("2024-03-01 0:0:0") + 11644473600) / 60;
    cr_assert(pl_published_of(&arena, &m.bag, &p));
    cr_assert_str_eq(p.dn, "/o=Org/cn=anna");
    cr_assert_eq(p.start, at("2024-01-01 0:0:0"));
    cr_assert_eq(p.end, at("2024-03-01 0:0:0"));
    cr_assert_eq(p.count, 3);
    same(&p, 0, PL_TIME_BUSY, "2024-01-01 08:00:00", "2024-01-01 09:00:00");
    same(&p, 1, PL_TIME_BUSY, "2024-01-31 23:00:00", "2024-02-01 01:00:00");
    same(&p, 2, PL_TIME_AWAY, "2024-02-02 00:00:00", "2024-02-04 00:00:00");
    cr_assert(p.any && !p.merged_only && !p.broken);
}

Test(freebusy, merged_counts_where_nothing_else_does)
{
    struct message m = {0};
    struct pl_published p;
    const struct month all[] = {{2024 * 16 + 12, BLOCKS(0, 60)}};
    add_months(&m, 0x684f, 0x6850, all, 1);
    cr_assert(pl_published_of(&arena, &m.bag, &p));
    cr_assert_eq(p.count, 1);
    cr_assert(p.merged_only);
    same(&p, 0, PL_TIME_BUSY, "2024-12-01 00:00:00", "2024-12-01 01:00:00");
    add_months(&m, 0x6853, 0x6854, all, 0); /* an empty list says: nothing */
    cr_assert(pl_published_of(&arena, &m.bag, &p));
    cr_assert_eq(p.count, 0);
    cr_assert_not(p.merged_only);
}

Test(freebusy, nonsense_is_counted_and_left_out)
{
    struct message m = {0};
    struct pl_published p;
    static const uint8_t odd[5] = {0, 0, 60, 0, 9};
    const struct month busy[] = {
        {2024 * 16 + 13, BLOCKS(0, 60)},                  /* no such month */
        {2024 * 16, BLOCKS(0, 60)},                       /* nor this */
        {-5, BLOCKS(0, 60)},                              /* nor this */
        {2024 * 16 + 5, BLOCKS(60, 60, 60, 0, 0, 65535)}, /* empty, backwards, too long */
        {2024 * 16 + 6, odd, sizeof odd},                 /* a byte too many */
    };
    add_months(&m, 0x6853, 0x6854, busy, 5);
    cr_assert(pl_published_of(&arena, &m.bag, &p));
    cr_assert_eq(p.count, 1);
    same(&p, 0, PL_TIME_BUSY, "2024-06-01 00:00:00", "2024-06-01 01:00:00");
    cr_assert_eq(p.broken, 7);
}

Test(freebusy, lists_of_different_lengths)
{
    struct message m = {0};
    struct pl_published p;
    const struct month busy[] = {{2024 * 16 + 1, BLOCKS(0, 60)}, {2024 * 16 + 2, BLOCKS(0, 60)}};
    add_months(&m, 0x6853, 0x6854, busy, 2);
    m.props[1].count = 1;
    cr_assert(pl_published_of(&arena, &m.bag, &p));
    cr_assert_eq(p.count, 0);
    cr_assert_eq(p.broken, 1);
}

Test(freebusy, nothing)
{
    struct message m = {0};
    struct pl_published p;
    cr_assert(pl_published_of(&arena, &m.bag, &p));
    cr_assert(!p.any && !p.count && !p.dn && !p.start);
}

Test(freebusy, joining)
{
    struct pl_period p[] = {{50, 60, PL_TIME_BUSY},
                            {10, 20, PL_TIME_BUSY},
                            {20, 30, PL_TIME_BUSY},
                            {12, 14, PL_TIME_BUSY},
                            {5, 70, PL_TIME_AWAY}};
    cr_assert_eq(pl_periods_join(p, 5), 3);
    cr_assert(p[0].start == 10 && p[0].end == 30 && p[0].kind == PL_TIME_BUSY);
    cr_assert(p[1].start == 50 && p[1].end == 60);
    cr_assert(p[2].start == 5 && p[2].end == 70 && p[2].kind == PL_TIME_AWAY);
    cr_assert_eq(pl_periods_join(p, 0), 0);
}

/*
 * freebusy.c - Schedule+ free/busy messages: see freebusy.h. Pure; a part of the core.
 */
#include "freebusy.h"

#include <stdlib.h>

#include "bytes.h"
#include "tz.h"

#define MINUTES_MOST  (31 * 24 * 60)
#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

enum { ID_DN = 0x6849, MONTHS_MERGED = 0x684f, BLOCKS_MERGED = 0x6850 };

static const struct {
    uint16_t months, blocks;
    enum pl_time_kind kind;
} lists[] = {{0x6851, 0x6852, PL_TIME_TENTATIVE}, {0x6853, 0x6854, PL_TIME_BUSY}, {0x6855, 0x6856, PL_TIME_AWAY}};

static int by_start(const void *left, const void *right)
{
    const struct pl_period *a = left, *b = right;
    if (a->kind != b->kind)
        return (a->kind > b->kind) - (a->kind < b->kind);
    if (a->start != b->start)
        return (a->start > b->start) - (a->start < b->start);
    return (a->end > b->end) - (a->end < b->end);
}

size_t pl_periods_join(struct pl_period *periods, size_t count)
{
    size_t kept = 0;
    if (count)
        qsort(periods, count, sizeof *periods, by_start);
    for (size_t i = 0; i < count; i++) {
        struct pl_period *last = kept ? &periods[kept - 1] : NULL;
        if (last && last->kind == periods[i].kind && periods[i].start <= last->end) {
            if (periods[i].end > last->end)
                last->end = periods[i].end;
        } else {
            periods[kept++] = periods[i];
        }
    }
    return kept;
}

static const struct pl_prop *list_of(const struct pl_bag *bag, uint16_t id, enum pl_type type)
{
    const struct pl_prop *p = pl_bag_find_id(bag, id);
    return p && pl_prop_type(p) == (enum pl_type)(type | PT_MULTI) ? p : NULL;
}

/* The first midnight of a month that is stored as year * 16 + month. */
static bool month_start(int64_t value, int64_t *start)
{
    int64_t year = value / 16, month = value % 16;
    if (value < 0 || month < 1 || month > 12 || year < 1601 || year > 4500)
        return false;
    *start = pl_days_of_civil((int)year, (int)month, 1) * 86400;
    return true;
}

static void add_blocks(struct pl_published *out, struct pl_period *periods, int64_t month, struct pl_bytes blob,
                       enum pl_time_kind kind)
{
    int64_t start = 0;
    bool stands = month_start(month, &start);
    out->broken += blob.size % 4 != 0 || (!stands && blob.size >= 4);
    for (size_t at = 0; stands && at + 4 <= blob.size; at += 4) {
        int64_t from = pl_le16(blob.data + at), to = pl_le16(blob.data + at + 2);
        if (from < to && to <= MINUTES_MOST)
            periods[out->count++] = (struct pl_period){start + from * 60, start + to * 60, kind};
        else
            out->broken++;
    }
}

/* false: the message has no such pair. */
static bool add_list(struct pl_published *out, struct pl_period *periods, const struct pl_bag *bag,
                     uint16_t months_id, uint16_t blocks_id, enum pl_time_kind kind)
{
    const struct pl_prop *months = list_of(bag, months_id, PT_LONG), *blocks = list_of(bag, blocks_id, PT_BINARY);
    if (!months || !blocks)
        return false;
    out->any = true;
    if (months->count != blocks->count) { /* which blob belongs to which month is not known */
        out->broken++;
        return true;
    }
    for (uint32_t i = 0; i < months->count; i++)
        add_blocks(out, periods, months->values[i].as.integer, blocks->values[i].raw, kind);
    return true;
}

static size_t blocks_most(const struct pl_bag *bag)
{
    size_t most = 0;
    for (uint16_t id = BLOCKS_MERGED; id <= 0x6856; id += 2) {
        const struct pl_prop *p = list_of(bag, id, PT_BINARY);
        for (uint32_t i = 0; p && i < p->count; i++)
            most += p->values[i].raw.size / 4;
    }
    return most;
}

static int64_t rtime(const struct pl_bag *bag, enum pl_pid pid)
{
    int64_t minutes = pl_bag_integer(bag, pid, 0);
    return minutes > 0 && minutes <= UINT32_MAX ? pl_seconds_of_rtime((uint32_t)minutes) : 0;
}

bool pl_published_of(struct pl_arena *a, const struct pl_bag *bag, struct pl_published *out)
{
    struct pl_period *periods = pl_arena_zalloc(a, blocks_most(bag) + 1, sizeof *periods);
    const struct pl_prop *dn = pl_bag_find_id(bag, ID_DN);
    bool text = dn && dn->count && (pl_prop_type(dn) == PT_UNICODE || pl_prop_type(dn) == PT_STRING8);
    *out = (struct pl_published){
        .dn = text && *dn->values->as.text ? dn->values->as.text : NULL,
        .start = rtime(bag, PidTagFreeBusyPublishStart),
        .end = rtime(bag, PidTagFreeBusyPublishEnd),
        .periods = periods,
    };
    int64_t stamp = pl_bag_integer(bag, PidTagFreeBusyRangeTimestamp, 0);
    if (stamp > 0)
        out->stamp = pl_seconds_of_filetime(stamp);
    if (!periods)
        return false;
    if (out->end <= out->start)
        out->start = out->end = 0;
    bool told = false;
    for (size_t i = 0; i < LENGTH(lists); i++)
        told |= add_list(out, periods, bag, lists[i].months, lists[i].blocks, lists[i].kind);
    if (!told)
        out->merged_only = add_list(out, periods, bag, MONTHS_MERGED, BLOCKS_MERGED, PL_TIME_BUSY);
    out->count = pl_periods_join(periods, out->count);
    return true;
}

/*
 * busyset.c - see busyset.h.
 */
#include "busyset.h"

#include <stdlib.h>

#include "arena.h"
#include "recur.h"

#define SCRATCH_MOST ((size_t)8 << 20)
#define YEAR         INT64_C(31622400) /* 366 days */

void pl_busyset_init(struct pl_busyset *s) { *s = (struct pl_busyset){.cut = INT64_MAX}; }

void pl_busyset_release(struct pl_busyset *s)
{
    free(s->list);
    *s = (struct pl_busyset){0};
}

static int by_time(const void *left, const void *right)
{
    const struct pl_period *a = left, *b = right;
    return (a->start > b->start) - (a->start < b->start);
}

/* Makes room: joins first, then lets the last quarter of the time go. */
static void shrink(struct pl_busyset *s)
{
    s->count = pl_periods_join(s->list, s->count);
    if (s->count < BUSYSET_MOST / 4 * 3)
        return;
    qsort(s->list, s->count, sizeof *s->list, by_time);
    s->count = BUSYSET_MOST / 2;
    s->cut = s->list[s->count].start;
    while (s->count && s->list[s->count - 1].start >= s->cut)
        s->count--;
}

static bool grow(struct pl_busyset *s)
{
    if (s->count < s->room)
        return true;
    if (s->room == BUSYSET_MOST) {
        shrink(s);
        return true;
    }
    size_t room = s->room ? s->room * 2 : 256;
    struct pl_period *list = realloc(s->list, room * sizeof *list);
    if (!list)
        return false;
    s->list = list;
    s->room = room;
    return true;
}

struct adding {
    struct pl_busyset *set;
    void (*added)(void *data, const struct pl_period *period);
    void *data;
    bool endless;
};

static void add(void *data, const struct pl_period *period)
{
    struct adding *a = data;
    struct pl_busyset *s = a->set;
    a->added(a->data, period);
    if (!a->endless && period->end > s->last)
        s->last = period->end;
    if (period->start >= s->cut)
        return;
    if (grow(s))
        s->list[s->count++] = *period;
    else
        s->failed = true;
}

static void note(struct pl_busyset *s, const struct pl_record *record)
{
    const struct pl_event *e = &record->as.event;
    int64_t start = e->start.is_date ? e->start.local : e->start.utc;
    if (!s->any || start < s->first)
        s->first = start;
    if (!s->any || start > s->last)
        s->last = start;
    s->any = true;
    if (record->common.stamp_utc > s->stamp)
        s->stamp = record->common.stamp_utc;
}

bool pl_busyset_add(struct pl_busyset *s, const struct pl_record *record,
                    void (*added)(void *data, const struct pl_period *period), void *data)
{
    const struct pl_event *e = &record->as.event;
    struct adding a = {s, added, data, pl_event_is_endless(e)};
    struct pl_arena scratch;
    pl_arena_init(&scratch, SCRATCH_MOST);
    note(s, record);
    s->endless = s->endless || a.endless;
    bool good = pl_map_busy(e, &scratch, add, &a);
    pl_arena_release(&scratch);
    return good && !s->failed;
}

/* Nobody publishes more than three years ahead; of what has no end one year is told. "Now" is when the
 * calendar was last touched. */
void pl_busyset_range(const struct pl_busyset *s, int64_t *start, int64_t *end)
{
    int64_t now = s->stamp > s->first ? s->stamp : s->first;
    int64_t last = s->endless && s->last < now + YEAR ? now + YEAR : s->last;
    *start = s->first;
    *end = last < now + 3 * YEAR ? last : now + 3 * YEAR;
    if (*end <= *start)
        *end = *start + 86400;
}

void pl_busyset_clip(struct pl_busyset *s, int64_t start, int64_t end)
{
    size_t kept = 0;
    s->count = pl_periods_join(s->list, s->count);
    for (size_t i = 0; i < s->count; i++) {
        struct pl_period p = s->list[i];
        p.start = p.start < start ? start : p.start;
        p.end = p.end > end ? end : p.end;
        if (p.start < p.end)
            s->list[kept++] = p;
    }
    s->count = kept;
}

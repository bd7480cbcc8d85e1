/*
 * zone_memo.c - see zone_memo.h.
 *
 * Kept are copies of whole zones, found again by their stored bytes, until the memo is full: it is never emptied,
 * because items point into it. A year is compared when it is first asked for.
 */
#include "zone_memo.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "zones.h"

#define KEPT_MOST  32u
#define BLOB_MOST  4096u
#define ROOM       ((size_t)2 << 20) /* more than so many blobs and their rules need */
#define FIRST_YEAR 1990
#define YEARS      64

struct kept {
    struct pl_zone zone; /* first: a zone given out is its entry */
    struct pl_bytes blob;
    bool is_struct;
    size_t spent;                /* by the arena of the item that it was decoded for */
    const struct pl_zone *world; /* of that name, or NULL */
    uint64_t asked, alike;       /* a bit for each year from FIRST_YEAR on */
};

struct pl_zone_memo {
    struct kept *kept[KEPT_MOST]; /* the last used first */
    size_t count;
    struct pl_arena arena;
};

struct pl_zone_memo *pl_zone_memo_new(void)
{
    struct pl_zone_memo *m = calloc(1, sizeof *m);
    if (m)
        pl_arena_init(&m->arena, ROOM);
    return m;
}

void pl_zone_memo_free(struct pl_zone_memo *m)
{
    if (m)
        pl_arena_release(&m->arena);
    free(m);
}

static struct kept *first_make(struct pl_zone_memo *m, size_t at)
{
    struct kept *k = m->kept[at];
    memmove(m->kept + 1, m->kept, at * sizeof *m->kept);
    m->kept[0] = k;
    return k;
}

static struct kept *find(struct pl_zone_memo *m, bool is_struct, struct pl_bytes blob)
{
    for (size_t i = 0; i < m->count; i++) {
        const struct kept *k = m->kept[i];
        if (k->is_struct == is_struct && k->blob.size == blob.size && !memcmp(k->blob.data, blob.data, blob.size))
            return first_make(m, i);
    }
    return NULL;
}

/* NULL: there is no room. */
static struct kept *keep(struct pl_zone_memo *m, bool is_struct, struct pl_bytes blob, const struct pl_zone *zone)
{
    if (m->count == KEPT_MOST || blob.size > BLOB_MOST)
        return NULL;
    struct kept *k = pl_arena_zalloc(&m->arena, 1, sizeof *k);
    if (!k)
        return NULL;
    k->zone.tzid = pl_arena_strdup(&m->arena, zone->tzid);
    k->zone.rules = pl_arena_dup(&m->arena, zone->rules, zone->rule_count * sizeof *zone->rules);
    k->zone.rule_count = zone->rule_count;
    k->blob = (struct pl_bytes){pl_arena_dup(&m->arena, blob.data, blob.size), blob.size};
    k->is_struct = is_struct;
    if (!k->zone.tzid || !k->zone.rules || !k->blob.data)
        return NULL;
    k->world = pl_zone_of_name(k->zone.tzid);
    m->kept[m->count++] = k;
    return k;
}

bool pl_zone_memo_stored(struct pl_zone_memo *m, struct pl_arena *a, bool is_struct, struct pl_bytes blob,
                         const struct pl_zone **out)
{
    struct kept *known = m ? find(m, is_struct, blob) : NULL;
    size_t before = a->used;
    *out = known ? &known->zone : NULL;
    if (known)
        return pl_arena_alloc(a, known->spent) != NULL;
    struct pl_zone *zone = pl_arena_zalloc(a, 1, sizeof *zone);
    if (!zone)
        return false;
    if (!(is_struct ? pl_tz_struct(a, blob.data, blob.size, zone)
                    : pl_tz_definition(a, blob.data, blob.size, zone)))
        return true;
    struct kept *copy = m ? keep(m, is_struct, blob, zone) : NULL;
    if (copy)
        copy->spent = a->used - before;
    *out = copy ? &copy->zone : zone;
    return true;
}

static bool year_alike(struct kept *k, int year)
{
    uint64_t bit = UINT64_C(1) << (year - FIRST_YEAR);
    if (!(k->asked & bit) && pl_zone_year_alike(&k->zone, k->world, year))
        k->alike |= bit;
    k->asked |= bit;
    return k->alike & bit;
}

const struct pl_zone *pl_zone_memo_written(struct pl_zone_memo *m, struct pl_arena *a, const struct pl_zone *zone,
                                           int from, int to)
{
    size_t i = 0, count = m && from >= FIRST_YEAR && to < FIRST_YEAR + YEARS ? m->count : 0;
    while (i < count && &m->kept[i]->zone != zone)
        i++;
    if (i == count)
        return pl_zone_written(a, zone, from, to);
    struct kept *k = m->kept[i];
    if (!k->world)
        return zone;
    bool alike = true;
    for (int year = from; year <= to && alike; year++)
        alike = year_alike(k, year);
    return alike ? k->world : pl_zone_written(a, zone, from, to);
}

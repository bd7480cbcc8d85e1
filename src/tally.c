/*
 * tally.c - counts by name. See tally.h. Layer: core, below convert.
 */
#include "tally.h"

#include <string.h>

#define NAME_MEMORY ((size_t)256 << 10)

void pl_tally_init(struct pl_tally *t)
{
    *t = (struct pl_tally){0};
    pl_arena_init(&t->arena, NAME_MEMORY);
}

static size_t slot_of(const char *name)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; *name; name++)
        hash = (hash ^ (uint8_t)*name) * 16777619u;
    return hash % PL_TALLY_SLOTS;
}

void pl_tally_add(struct pl_tally *t, const char *name, uint64_t count)
{
    size_t i = slot_of(name);
    while (t->slots[i].name && strcmp(t->slots[i].name, name) != 0)
        i = (i + 1) % PL_TALLY_SLOTS;
    if (!t->slots[i].name) {
        char *copy = t->used < PL_TALLY_SLOTS / 2 ? pl_arena_strdup(&t->arena, name) : NULL;
        if (!copy) {
            t->others += count;
            return;
        }
        t->slots[i].name = copy;
        t->order[t->used++] = (uint16_t)i;
    }
    t->slots[i].count += count;
}

enum pl_status pl_tally_flush(struct pl_tally *t, struct pl_ledger *ledger, const char *what)
{
    enum pl_status st = PL_OK;
    for (size_t i = 0; i < PL_TALLY_SLOTS && st == PL_OK; i++)
        if (t->slots[i].name)
            st = pl_ledger_count(ledger, what, t->slots[i].name, t->slots[i].count);
    if (st == PL_OK && t->others)
        st = pl_ledger_count(ledger, what, PL_TALLY_OTHERS, t->others);
    pl_tally_clear(t);
    return st;
}

void pl_tally_clear(struct pl_tally *t)
{
    memset(t->slots, 0, sizeof t->slots);
    pl_arena_reset(&t->arena);
    t->used = 0;
    t->others = 0;
}

void pl_tally_release(struct pl_tally *t) { pl_arena_release(&t->arena); }

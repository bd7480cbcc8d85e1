/*
 * t_zone_memo.c - zones that are kept: what the memo answers is what decoding anew answers.
 *
 * The independent side: the decoder and the comparison themselves, without a memo, on definitions of zones of the
 * world, such ones with a byte changed, and bytes without a meaning; more of them than the memo keeps.
 */
#include "zone_memo.h"

#include <criterion/criterion.h>
#include <string.h>

#include "arena.h"
#include "bytes.h"
#include "zones.h"

#define BLOBS 120u
#define ROUND 4000u

struct blob {
    uint8_t data[5000];
    size_t size;
    bool is_struct;
};

static uint64_t state = 88172645463325252u;
static unsigned random_below(unsigned n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state % n);
}

static void put(struct blob *b, unsigned value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        b->data[b->size++] = (uint8_t)(i < 4 ? value >> 8 * i : 0);
}

static void put_transition(struct blob *b, const struct pl_transition *t)
{
    const int fields[] = {t->year, t->month, t->dow, t->day, t->hour, t->minute, t->second, 0};
    for (size_t i = 0; i < 8; i++)
        put(b, (unsigned)fields[i], 2);
}

static void put_biases(struct blob *b, const struct pl_tzrule *r)
{
    put(b, (unsigned)r->bias_min, 4);
    put(b, (unsigned)r->std_bias_min, 4);
    put(b, (unsigned)r->dst_bias_min, 4);
}

/* [MS-OXOCAL] 2.2.1.41 */
static void definition_make(struct blob *b, const char *name, const struct pl_zone *z)
{
    put(b, 0x0102, 2);
    put(b, (unsigned)(strlen(name) * 2 + 6), 2);
    put(b, 2, 2);
    put(b, (unsigned)strlen(name), 2);
    for (const char *p = name; *p; p++)
        put(b, (unsigned char)*p, 2);
    put(b, (unsigned)z->rule_count, 2);
    for (size_t i = 0; i < z->rule_count; i++) {
        put(b, 0x003e0102, 4);
        put(b, i + 1 == z->rule_count ? 2 : 0, 2);
        put(b, (unsigned)z->rules[i].from_year, 2);
        put(b, 0, 14);
        put_biases(b, &z->rules[i]);
        put_transition(b, &z->rules[i].to_std);
        put_transition(b, &z->rules[i].to_dst);
    }
}

/* 2.2.1.39 */
static void struct_make(struct blob *b, const struct pl_zone *z)
{
    const struct pl_tzrule *r = &z->rules[z->rule_count - 1];
    b->is_struct = true;
    put_biases(b, r);
    put(b, 0, 2);
    put_transition(b, &r->to_std);
    put(b, 0, 2);
    put_transition(b, &r->to_dst);
}

static void blob_make(struct blob *b, unsigned i)
{
    static const char *const names[] = {
        "Europe/Berlin",           "America/New_York",  "Australia/Sydney", "Asia/Kolkata",
        "W. Europe Standard Time", "America/Sao_Paulo", "Africa/Cairo",     "nowhere"};
    const char *name = names[i % 8];
    const struct pl_zone *world = pl_zone_of_name(name);
    const struct pl_zone *rules = world && i % 5 ? world : pl_zone_of_name("America/Sao_Paulo");
    *b = (struct blob){0};
    if (i % 7 == 6)
        struct_make(b, rules);
    else
        definition_make(b, name, rules);
    if (i % 3 == 1)
        b->data[random_below((unsigned)b->size)] ^= (uint8_t)(1 << random_below(8));
    if (i % 17 == 5)
        b->size = random_below((unsigned)b->size);
    if (i % 29 == 3) /* more than is kept */
        b->size = sizeof b->data;
}

static void same(const struct pl_zone *a, const struct pl_zone *b)
{
    cr_assert_eq(a == NULL, b == NULL);
    if (!a)
        return;
    cr_assert_str_eq(a->tzid, b->tzid);
    cr_assert_eq(a->rule_count, b->rule_count);
    cr_assert_eq(memcmp(a->rules, b->rules, a->rule_count * sizeof *a->rules), 0);
}

Test(zone_memo, answers_as_decoding_anew)
{
    static struct blob blobs[BLOBS];
    struct pl_zone_memo *memo = pl_zone_memo_new();
    struct pl_arena item;
    unsigned kept = 0, decoded = 0;
    cr_assert(memo);
    pl_arena_init(&item, 1 << 22);
    for (unsigned i = 0; i < BLOBS; i++)
        blob_make(&blobs[i], i);
    for (unsigned n = 0; n < ROUND; n++) {
        const struct blob *b = &blobs[random_below(n < ROUND / 2 ? 20 : BLOBS)];
        struct pl_bytes bytes = {b->data, b->size};
        const struct pl_zone *stored, *plain, *again;
        size_t used[4] = {item.used};
        cr_assert(pl_zone_memo_stored(memo, &item, b->is_struct, bytes, &stored));
        used[1] = item.used;
        cr_assert(pl_zone_memo_stored(NULL, &item, b->is_struct, bytes, &plain));
        used[2] = item.used;
        cr_assert(pl_zone_memo_stored(memo, &item, b->is_struct, bytes, &again));
        used[3] = item.used;
        cr_assert_eq(used[2] - used[1], used[1] - used[0], "all the same for the arena");
        cr_assert_eq(used[3] - used[2], used[1] - used[0]);
        same(stored, plain);
        kept += stored && stored == again;
        decoded += stored != NULL;
        for (int k = 0; stored && k < 4; k++) {
            int from = 1960 + (int)random_below(120), to = from + (int)random_below(k ? 3 : 90) - 1;
            const struct pl_zone *written = pl_zone_memo_written(memo, &item, stored, from, to);
            const struct pl_zone *expected = pl_zone_written(&item, plain, from, to);
            same(written, expected);
            cr_assert_eq(expected == pl_zone_of_name(expected->tzid), written == expected);
        }
        pl_arena_reset(&item); /* as each item ends */
    }
    cr_expect(kept > ROUND / 4 && kept < decoded, "%u of %u", kept, decoded);
    pl_zone_memo_free(memo);
    pl_arena_release(&item);
}

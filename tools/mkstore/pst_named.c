/*
 * pst_named.c - the named property map, node 0x61 (2.4.7).
 *
 * Numbers are given out from 0x8000 on in order of first use, so they differ from store
 * to store as they do in life. Names are hashed twice: here, to find them again, and in
 * the 251 buckets of the map, as the specification wants them.
 */
#include "pst_int.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_MAP = 0x61, FIRST_ID = 0x8000, LAST_ID = 0xfffe, BUCKETS = 251, BUCKET_ID = 0x1000, FIRST_SET = 3 };

static const uint8_t set_mapi[16] = {0x28, 0x03, 0x02, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46};
static const uint8_t set_strings[16] = {0x29, 0x03, 0x02, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46};

static uint32_t name_hash(const struct pst_name *name)
{
    uint32_t crc = pst_crc(name->lid, name->set, sizeof(name->set));

    return name->text ? pst_crc(~crc, name->text, name->text_size) : crc;
}

static bool name_same(const struct pst_name *l, const struct pst_name *r)
{
    if (memcmp(l->set, r->set, sizeof(l->set)) != 0 || !l->text != !r->text || l->lid != r->lid)
        return false;
    return !l->text || (l->text_size == r->text_size && memcmp(l->text, r->text, l->text_size) == 0);
}

static int names_grow(struct pst_names *names)
{
    size_t cap = names->cap ? names->cap * 2 : 128;
    struct pst_name *list = realloc(names->list, cap * sizeof(*list));
    uint32_t *hash;

    if (!list)
        return pst_error("out of memory", NULL);
    names->list = list;
    names->cap = cap;
    hash = calloc(2 * cap, sizeof(*hash));
    if (!hash)
        return pst_error("out of memory", NULL);
    free(names->hash);
    names->hash = hash;
    names->hash_cap = 2 * cap;
    for (size_t i = 0; i < names->count; i++) {
        size_t at = name_hash(&names->list[i]) % names->hash_cap;
        while (names->hash[at])
            at = (at + 1) % names->hash_cap;
        names->hash[at] = (uint32_t)i + 1;
    }
    return 0;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak" /* the list of names keeps it */
static int name_insert(struct pst_names *names, const struct pst_name *name, size_t at)
{
    struct pst_name copy = *name;

    if (names->count > LAST_ID - FIRST_ID)
        return pst_error("too many named properties", NULL);
    if (name->text) {
        copy.text = malloc(name->text_size + 1);
        if (!copy.text)
            return pst_error("out of memory", NULL);
        memcpy(copy.text, name->text, name->text_size);
    }
    names->list[names->count++] = copy;
    names->hash[at] = (uint32_t)names->count;
    return 0;
}
#pragma GCC diagnostic pop

int pst_name_id(struct ms_writer *w, const struct ms_prop *prop, uint16_t *id)
{
    struct pst_names *names = &w->names;
    struct pst_name name = {.lid = prop->text ? 0 : prop->lid};
    size_t at;

    memcpy(name.set, prop->set, sizeof(name.set));
    if (prop->text) {
        size_t size = strlen(prop->text);
        name.text = pst_arena_get(&w->arena, 2 * size + 4);
        if (!name.text)
            return -1;
        name.text_size = pst_text_put(&w->text, true, prop->text, size, name.text);
        name.text_size += pst_text_flush(&w->text, true, name.text + name.text_size);
    }
    if (names->count == names->cap && names_grow(names) != 0)
        return -1;
    for (at = name_hash(&name) % names->hash_cap; names->hash[at]; at = (at + 1) % names->hash_cap) {
        if (name_same(&names->list[names->hash[at] - 1], &name)) {
            *id = (uint16_t)(FIRST_ID + names->hash[at] - 1);
            return 0;
        }
    }
    *id = (uint16_t)(FIRST_ID + names->count);
    return name_insert(names, &name, at);
}

void pst_names_free(struct pst_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->list[i].text);
    free(names->list);
    free(names->hash);
    *names = (struct pst_names){.count = 0};
}

/* The three streams and the bucket entries while the map is written. */
struct map {
    uint8_t *sets, *entries, *strings, *hashed;
    size_t set_count, strings_size;
};

static uint32_t set_index(struct map *map, const uint8_t *set)
{
    size_t i;

    if (memcmp(set, set_mapi, 16) == 0)
        return 1;
    if (memcmp(set, set_strings, 16) == 0)
        return 2;
    for (i = 0; i < map->set_count; i++)
        if (memcmp(map->sets + 16 * i, set, 16) == 0)
            return (uint32_t)i + FIRST_SET;
    memcpy(map->sets + 16 * i, set, 16);
    map->set_count++;
    return (uint32_t)i + FIRST_SET;
}

static void map_name(struct map *map, const struct pst_name *name, size_t i)
{
    uint8_t *entry = map->entries + 8 * i;
    uint8_t *hashed = map->hashed + 8 * i;
    uint32_t set = set_index(map, name->set) << 1;

    if (name->text) {
        size_t size = (name->text_size + 3) & ~(size_t)3;
        set |= 1;
        pst_put32(entry, (uint32_t)map->strings_size);
        pst_put32(hashed, pst_crc(0, name->text, name->text_size));
        pst_put32(map->strings + map->strings_size, (uint32_t)name->text_size);
        memset(map->strings + map->strings_size + 4, 0, size);
        memcpy(map->strings + map->strings_size + 4, name->text, name->text_size);
        map->strings_size += 4 + size;
    } else {
        pst_put32(entry, name->lid);
        pst_put32(hashed, name->lid);
    }
    pst_put16(entry + 4, set);
    pst_put16(entry + 6, (uint32_t)i);
    memcpy(hashed + 4, entry + 4, 4);
}

static int map_fill(struct ms_writer *w, struct map *map)
{
    const struct pst_names *names = &w->names;
    size_t text = 0;

    for (size_t i = 0; i < names->count; i++)
        text += names->list[i].text_size + 8;
    map->sets = pst_arena_get(&w->arena, 16 * names->count + 1);
    map->entries = pst_arena_get(&w->arena, 8 * names->count + 1);
    map->hashed = pst_arena_get(&w->arena, 8 * names->count + 1);
    map->strings = pst_arena_get(&w->arena, text + 1);
    if (!map->sets || !map->entries || !map->hashed || !map->strings)
        return -1;
    for (size_t i = 0; i < names->count; i++)
        map_name(map, &names->list[i], i);
    return 0;
}

static int map_buckets(struct ms_writer *w, const struct map *map, struct pst_vals *vals)
{
    uint8_t *bucket = pst_arena_get(&w->arena, 8 * w->names.count + 1);

    if (!bucket)
        return -1;
    for (uint32_t b = 0; b < BUCKETS; b++) {
        size_t size = 0;
        for (size_t i = 0; i < w->names.count; i++) {
            const uint8_t *h = map->hashed + 8 * i;
            if ((pst_get32(h) ^ pst_get16(h + 4)) % BUCKETS != b)
                continue;
            memcpy(bucket + size, h, 8);
            size += 8;
        }
        if (size > 0 && pst_vals_add(w, vals, (BUCKET_ID + b) << 16 | PST_BINARY, bucket, size) != 0)
            return -1;
    }
    return 0;
}

int pst_names_write(struct ms_writer *w)
{
    struct map map = {.set_count = 0};
    struct pst_vals vals = {.count = 0};
    struct pst_subs subs;
    uint64_t data, sub;

    pst_subs_init(&subs);
    if (map_fill(w, &map) != 0 || pst_vals_int(w, &vals, 0x00010003, BUCKETS) != 0 ||
        pst_vals_add(w, &vals, 0x00020102, map.sets, 16 * map.set_count) != 0 ||
        pst_vals_add(w, &vals, 0x00030102, map.entries, 8 * w->names.count) != 0 ||
        pst_vals_add(w, &vals, 0x00040102, map.strings, map.strings_size) != 0 ||
        map_buckets(w, &map, &vals) != 0 || pst_pc_write(w, &vals, &subs, &data) != 0 ||
        pst_subs_write(&subs, &w->file, &sub) != 0) {
        pst_subs_free(&subs);
        return -1;
    }
    return pst_node(&w->file, NAME_MAP, data, sub, 0);
}

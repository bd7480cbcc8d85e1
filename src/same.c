/*
 * same.c - see same.h. Layer: core. Pure.
 */
#include "same.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ids below 0x8000 that tell of the store, not of what was written into the item. */
static bool is_bookkeeping(uint16_t id)
{
    static const uint16_t ids[] = {0x0e07, 0x0e08, 0x0e09, 0x0e17, 0x0e20, 0x0e23, 0x0ff9, 0x0ffa, 0x0ffb,
                                   0x0fff, 0x3008, 0x300b, 0x3010, 0x3013, 0x65e0, 0x65e1, 0x65e2, 0x65e3};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        if (ids[i] == id)
            return true;
    return id >= 0x6700 && id < 0x6800;
}

struct digest {
    EVP_MD_CTX *hash;
    bool good, streams;
};

static void put(struct digest *d, const void *data, size_t size)
{
    d->good = d->good && EVP_DigestUpdate(d->hash, data, size) == 1;
}

static void put_number(struct digest *d, uint64_t n) { put(d, &n, sizeof n); }

static int by_pid(const void *a, const void *b)
{
    const struct pl_prop *const *x = a, *const *y = b;
    if ((*x)->pid != (*y)->pid)
        return (*x)->pid < (*y)->pid ? -1 : 1;
    return pl_prop_type(*x) < pl_prop_type(*y) ? -1 : pl_prop_type(*x) > pl_prop_type(*y);
}

static void put_prop(struct digest *d, const struct pl_prop *p)
{
    put_number(d, p->pid);
    put_number(d, pl_prop_type(p));
    put_number(d, p->stream.size);
    d->streams = d->streams || p->stream.size;
    put_number(d, p->count);
    for (uint32_t i = 0; i < p->count && pl_prop_type(p) != PT_OBJECT; i++) {
        put_number(d, p->values[i].raw.size);
        put(d, p->values[i].raw.data, p->values[i].raw.size);
    }
}

static void put_bag(struct digest *d, const struct pl_bag *bag)
{
    const struct pl_prop **list = malloc((bag->count + 1) * sizeof *list);
    size_t count = 0;
    d->good = d->good && list;
    for (size_t i = 0; i < bag->count && list; i++)
        if (bag->props[i].pid != PID_NONE && !is_bookkeeping(pl_prop_id(&bag->props[i])))
            list[count++] = &bag->props[i];
    if (count)
        qsort(list, count, sizeof *list, by_pid);
    put_number(d, count);
    for (size_t i = 0; i < count; i++)
        put_prop(d, list[i]);
    free(list);
}

bool pl_same_digest(const struct pl_item *item, char out[PL_SAME_SIZE], bool *all)
{
    uint8_t sum[EVP_MAX_MD_SIZE];
    struct digest d = {.hash = EVP_MD_CTX_new()};
    d.good = d.hash && EVP_DigestInit_ex(d.hash, EVP_sha256(), NULL) == 1;
    put_bag(&d, &item->props);
    put_number(&d, item->recipient_count);
    for (size_t i = 0; i < item->recipient_count; i++)
        put_bag(&d, &item->recipients[i]);
    put_number(&d, item->attachment_count);
    for (size_t i = 0; i < item->attachment_count; i++)
        put_bag(&d, &item->attachments[i].props);
    d.good = d.good && EVP_DigestFinal_ex(d.hash, sum, NULL) == 1;
    EVP_MD_CTX_free(d.hash);
    for (size_t i = 0; i < 32 && d.good; i++)
        snprintf(out + 2 * i, 3, "%02x", sum[i]);
    *all = !d.streams;
    return d.good;
}

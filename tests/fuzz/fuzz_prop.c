/*
 * fuzz_prop.c - any bytes as packed properties of Exchange 2013 and later. What is decoded has the size that its
 * type wants, and no more properties come out than have room in the bytes.
 */
#include <stdlib.h>

#include "edb/prop_blob.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t sink;

static void check(const struct prop_packed *p)
{
    static const struct {
        uint16_t type;
        size_t size;
    } sizes[] = {{PT_BOOLEAN, 1}, {PT_SHORT, 2},  {PT_LONG, 4},    {PT_I8, 8},      {PT_CURRENCY, 8},
                 {PT_FLOAT, 4},   {PT_DOUBLE, 8}, {PT_APPTIME, 8}, {PT_SYSTIME, 8}, {PT_CLSID, 16}};
    for (uint32_t i = 0; p->place == PROP_HERE && i < p->count; i++) {
        struct pl_bytes b = p->pieces[i].bytes;
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
            if ((p->tag & 0xfff) == sizes[k].type && b.size != sizes[k].size)
                abort();
        for (size_t k = 0; k < b.size; k++)
            sink += b.data[k];
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct pl_bytes bytes = {data, size};
    struct pl_cursor c = pl_cursor(data, size);
    struct pl_arena arena;
    struct prop_blob blob;
    struct prop_packed one;
    size_t steps = PROP_STEPS;
    pl_arena_init(&arena, (size_t)1 << 26);
    if (!prop_blob_decode(&arena, bytes, &steps, &blob) || (blob.count + blob.missing) * 3 > size)
        abort();
    for (size_t i = 0; i < blob.count; i++)
        check(&blob.list[i]);
    while (prop_value_next(&arena, &c, &one))
        check(&one);
    if (prop_values(&arena, bytes, &one))
        check(&one);
    pl_arena_release(&arena);
    return 0;
}

/*
 * fuzz_exchange.c - folders, items, attachments and streams that the reader of Exchange stores delivers from any
 * bytes.
 *
 * What is fuzzed lies above the engine: the checksums of all pages are made right first, and a fuzzer changes what
 * stands in pages, mostly ids, for these decide who is whose child. Other mutations are its own.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "edb/edb.h"
#include "lib_page.h"
#include "lib_random.h"
#include "lib_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most) __attribute__((weak));

#define ID_SIZE 8

/* An id of the store: replica 1, and a counter of less than three bytes. From a place on, round about. */
static uint8_t *id_find(uint8_t *data, size_t size, size_t from)
{
    static const uint8_t head[] = {0, 1, 0, 0, 0, 0};
    for (int round = 0; round < 2; round++, from = 0) {
        uint8_t *found = size > ID_SIZE ? memmem(data + from, size - from, head, sizeof head) : NULL;
        if (found && found + ID_SIZE <= data + size)
            return found;
    }
    return NULL;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    uint32_t state = seed | 1;
    size_t page = pages_size(data, size);
    if (!page || size / page < 3)
        return LLVMFuzzerMutate(data, size, most);
    uint8_t *p = data + page * (2 + random_next(&state) % (size / page - 2));
    uint8_t *one = id_find(data, size, random_next(&state) % size),
            *other = id_find(data, size, random_next(&state) % size);
    switch (random_next(&state) % 4) {
    case 0: LLVMFuzzerMutate(p + 40, page - 40, page - 40); break;
    case 1:
        if (one && other)
            memmove(one, other, ID_SIZE);
        break;
    case 2:
        if (one)
            one[6 + random_next(&state) % 2] = (uint8_t)random_next(&state);
        break;
    default: { /* a few bytes in one place */
        size_t at = random_next(&state) % (page - 4);
        LLVMFuzzerMutate(p + at, 4, 4);
    }
    }
    return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct pl_reader_options options = {.memory = (size_t)1 << 18, .recover = true};
    struct pl_report report = {0};
    struct pl_source source;
    struct pl_session session;
    struct walk walk;
    uint8_t *copy = malloc(size + 1);
    if (!copy)
        return 0;
    memcpy(copy, data, size);
    pages_mend(copy, size);
    pl_source_memory(&source, copy, size);
    if (pl_session_over(&session, &source, &pl_edb_reader, &options, &report) > PL_LOST)
        walk_session(&session, true, &walk);
    pl_session_close(&session);
    free(copy);
    return 0;
}

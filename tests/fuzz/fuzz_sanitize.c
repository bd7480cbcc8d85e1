/*
 * fuzz_sanitize.c - the copy without words of a store of any bytes.
 *
 * A copy is as large as the store. When its maker understood all of it, the copy has to open as the store does:
 * as many folders, items and properties, and the same faults. The mutator changes a few bytes in a block of a PST
 * or a page of a database and makes the checksums right again.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edb/edb.h"
#include "lib_block.h"
#include "lib_folder.h"
#include "lib_page.h"
#include "lib_random.h"
#include "lib_walk.h"
#include "pst/pst.h"
#include "table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most) __attribute__((weak));

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    uint32_t state = seed * 2654435761u | 1;
    size_t page = pages_size(data, size), few = 1 + random_next(&state) % 16;
    struct lib_block b = {0};
    if (!page)
        b = blocks_pick(data, size, random_next, &state);
    else if (size / page > 2)
        b = (struct lib_block){.at = page * (2 + random_next(&state) % (size / page - 2)), .size = page};
    if (!b.size || random_next(&state) % 32 == 0)
        return LLVMFuzzerMutate(data, size, most);
    size_t from = random_next(&state) % b.size;
    few = few < b.size - from ? few : b.size - from;
    LLVMFuzzerMutate(data + b.at + from, few, few);
    if (page) {
        pages_mend(data, size);
    } else {
        blocks_mend(data, &b);
        blocks_mend_header(data, size);
    }
    return size;
}

static void code_add(void *data, const struct pl_diagnostic *d)
{
    uint64_t *sum = data;
    for (const char *c = d->code; *c; c++)
        *sum = (*sum ^ (uint8_t)*c) * 0x100000001b3ull;
}

/* What a reader says of it but for the words. */
static void look(const uint8_t *data, size_t size, bool is_pst, struct walk *out)
{
    const struct pl_reader_options options = {.memory = (size_t)1 << 20};
    uint64_t codes = 0;
    struct pl_report report = {.sink = code_add, .sink_data = &codes};
    struct pl_source source;
    struct pl_session session;
    *out = (struct walk){.end = PL_STOP};
    pl_source_memory(&source, data, size);
    if (pl_session_over(&session, &source, is_pst ? &pl_pst_reader : &pl_edb_reader, &options, &report) > PL_LOST)
        walk_session(&session, true, out);
    pl_session_close(&session);
    out->digest = codes;
}

static void compare(const uint8_t *data, size_t size, const char *path, bool is_pst)
{
    struct walk was, is;
    size_t copied = 0;
    uint8_t *copy = walk_load(path, &copied);
    look(data, size, is_pst, &was);
    look(copy, copied, is_pst, &is);
    if (!copy || copied != size || memcmp(&was, &is, sizeof was) != 0)
        abort();
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char dir[FOLDER_PATH], store[FOLDER_PATH + 8], copy[FOLDER_PATH + 8];
    struct pl_sanitize_result result;
    if (!folder_make(dir))
        return 0;
    snprintf(store, sizeof store, "%s/store", dir);
    snprintf(copy, sizeof copy, "%s/copy", dir);
    const struct pl_sanitize_options options = {.store = store, .copy = copy, .memory = (size_t)1 << 20};
    if (folder_write(dir, "store", data, size) && pl_sanitize(&options, pl_sanitizers, &result) == PL_OK)
        compare(data, size, copy, !strcmp(result.format, "pst"));
    folder_remove(dir);
    return 0;
}

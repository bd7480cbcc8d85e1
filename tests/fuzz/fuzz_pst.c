/*
 * fuzz_pst.c - everything the PST reader can deliver from any bytes.
 *
 * The mutator goes down the indexes to one block or page, or takes any of the file, also of what was given up,
 * changes what it says, or puts an id or a whole content of another one in its place, and makes the checksums right
 * again: else most of what is tried ends at a wrong one.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "lib_block.h"
#include "lib_random.h"
#include "lib_walk.h"
#include "pst/pst.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most) __attribute__((weak));

/* Up to 16 bytes somewhere in the block, as the fuzzer likes. */
static void few_change(uint8_t *data, const struct lib_block *b, uint32_t *state)
{
    size_t at = b->at + random_next(state) % b->size;
    size_t left = b->at + b->size - at, most = 1 + random_next(state) % 16;
    LLVMFuzzerMutate(data + at, left < most ? left : most, left < most ? left : most);
}

/* Four or eight aligned bytes of another place over some of this: ids meet ids. */
static void word_copy(uint8_t *data, const struct lib_block *b, const struct lib_block *from, uint32_t *state)
{
    size_t word = random_next(state) % 2 ? 8 : 4;
    if (b->size >= word && from->size >= word)
        memmove(data + b->at + random_next(state) % (b->size / word) * word,
                data + from->at + random_next(state) % (from->size / word) * word, word);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    uint32_t state = seed * 2654435761u | 1;
    struct lib_block b = blocks_pick(data, size, random_next, &state),
                     other = blocks_pick(data, size, random_next, &state);
    if (size && random_next(&state) % 3 == 0)
        b = blocks_find(data, size, random_next(&state) % size);
    if (!b.size || random_next(&state) % 32 == 0)
        return LLVMFuzzerMutate(data, size, most);
    switch (random_next(&state) % 8) {
    case 0:
    case 1: word_copy(data, &b, &b, &state); break;
    case 2: word_copy(data, &b, &other, &state); break;
    case 3:
        if (other.size && other.is_page == b.is_page)
            memmove(data + b.at, data + other.at, other.size < b.size ? other.size : b.size);
        break;
    case 4: LLVMFuzzerMutate(data + b.at, b.size, b.size); break;
    default: few_change(data, &b, &state);
    }
    blocks_mend(data, &b);
    blocks_mend_header(data, size);
    return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct pl_reader_options options = {.memory = (size_t)1 << 20, .recover = true};
    struct pl_report report = {0};
    struct pl_source source;
    struct pl_session session;
    struct walk walk;
    pl_source_memory(&source, data, size);
    if (pl_session_over(&session, &source, &pl_pst_reader, &options, &report) > PL_LOST)
        walk_session(&session, true, &walk);
    pl_session_close(&session);
    return 0;
}

/*
 * fuzz_edb.c - everything the database engine can deliver from any bytes.
 *
 * The checksums of all pages are made right first, so that what is fuzzed is the content of
 * pages and not their being thrown away.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "edb/ese_page.h"
#include "lib_ese.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void sums_mend(uint8_t *data, size_t size)
{
    size_t page = size >= 240 ? pl_le32(data + 236) : 0;
    if (page < 2048 || page > 32768 || page & (page - 1))
        return;
    for (size_t at = 0, n = 0; at + page <= size; at += page, n++) {
        uint8_t *p = data + at;
        if (n >= 2) {
            p[37] &= 0xdf;
            pl_put32(p + 4, (uint32_t)(n - 1));
            if (page > 8192)
                pl_put32(p + 64, (uint32_t)(n - 1));
        }
        pl_put32(p, ese_header_sum(p, page));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ese_walk_options options = {.memory = (size_t)1 << 18, .recover = true, .defaults = true};
    struct ese_walk walk;
    uint8_t *copy = malloc(size + 1);
    if (!copy)
        return 0;
    memcpy(copy, data, size);
    sums_mend(copy, size);
    ese_walk_bytes(copy, size, &options, &walk);
    free(copy);
    return 0;
}

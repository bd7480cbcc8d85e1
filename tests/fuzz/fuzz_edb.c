/*
 * fuzz_edb.c - everything the database engine can deliver from any bytes.
 *
 * The checksums of all pages are made right first, so that what is fuzzed is the content of
 * pages and not their being thrown away.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib_ese.h"
#include "lib_page.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ese_walk_options options = {.memory = (size_t)1 << 18, .recover = true, .defaults = true};
    struct ese_walk walk;
    uint8_t *copy = malloc(size + 1);
    if (!copy)
        return 0;
    memcpy(copy, data, size);
    pages_mend(copy, size);
    ese_walk_bytes(copy, size, &options, &walk);
    free(copy);
    return 0;
}

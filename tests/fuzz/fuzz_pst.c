/*
 * fuzz_pst.c - everything the PST reader can deliver from any bytes.
 */
#include <stdint.h>

#include "lib_walk.h"
#include "pst/pst.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct pl_reader_options options = {.memory = (size_t)1 << 20};
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

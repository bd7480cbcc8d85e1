/*
 * fuzz_lint.c - any bytes as an iCalendar or vCard file: the checker says the same whatever pieces they come in.
 */
#include <stdlib.h>
#include <string.h>

#include "lint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void *data, const struct pl_lint_finding *finding)
{
    uint64_t *sum = data;
    *sum = *sum * 31 + finding->line * 2 + finding->error + strlen(finding->code) + strlen(finding->text);
}

static uint64_t lint_pieces(const uint8_t *data, size_t size, size_t piece)
{
    uint64_t sum = 0;
    struct pl_lint *l = pl_lint_new(count, &sum);
    if (!l)
        return 0;
    for (size_t at = 0; at < size; at += piece)
        pl_lint_feed(l, data + at, size - at < piece ? size - at : piece);
    pl_lint_end(l);
    pl_lint_free(l);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (lint_pieces(data, size, size + 1) != lint_pieces(data, size, 7))
        abort();
    return 0;
}

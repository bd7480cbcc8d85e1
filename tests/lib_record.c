/*
 * lib_record.c - see lib_record.h.
 */
#include "lib_record.h"

#include <string.h>

#include "bytes.h"

#define HEAD 4u

size_t record_mutated(uint8_t *data, size_t size, size_t most, unsigned seed, record_mutate *mutate)
{
    size_t at = SIZE_MAX, count = 0; /* at: any of the records, its head first */
    for (size_t i = 0; seed % 8 && i + HEAD < size && pl_le32(data + i) <= size - i - HEAD;
         i += HEAD + pl_le32(data + i))
        at = seed * 2654435761u % ++count ? at : i;
    if (at == SIZE_MAX || size >= most) /* without room a fuzzer makes one byte of none */
        return mutate(data, size < most ? size : most, most);
    size_t was = pl_le32(data + at), end = at + HEAD + was, rest = size - end;
    memmove(data + most - rest, data + end, rest);
    size_t is = mutate(data + at + HEAD, was, most - rest - at - HEAD);
    pl_put32(data + at, (uint32_t)is);
    memmove(data + at + HEAD + is, data + most - rest, rest);
    return at + HEAD + is + rest;
}

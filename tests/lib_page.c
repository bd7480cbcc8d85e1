/* lib_page.c - see lib_page.h. */
#include "lib_page.h"

#include "bytes.h"
#include "edb/ese_page.h"

size_t pages_size(const uint8_t *data, size_t size)
{
    size_t page = size >= 240 ? pl_le32(data + 236) : 0;
    return page < 2048 || page > 32768 || page & (page - 1) ? 0 : page;
}

void pages_mend(uint8_t *data, size_t size)
{
    size_t page = pages_size(data, size);
    for (size_t at = 0, n = 0; page && at + page <= size; at += page, n++) {
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

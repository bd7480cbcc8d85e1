/*
 * plural.h - one item, two items.
 *
 * Layer: core. For what people read; the words of machines have no number.
 */
#ifndef PL_PLURAL_H
#define PL_PLURAL_H

#include <stdint.h>

/* The words that fit the number: "1 item is", "0 items are". */
static inline const char *pl_plural(uint64_t count, const char *one, const char *many)
{
    return count == 1 ? one : many;
}

#endif

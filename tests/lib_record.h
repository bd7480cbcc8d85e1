/*
 * lib_record.h - bytes that are records, each with its size in four bytes in front.
 */
#ifndef LIB_RECORD_H
#define LIB_RECORD_H

#include <stddef.h>
#include <stdint.h>

typedef size_t record_mutate(uint8_t *data, size_t size, size_t most);

/* Changes the body of one record, which `seed` picks, and makes its size right; now and then all of it by itself.
 */
size_t record_mutated(uint8_t *data, size_t size, size_t most, unsigned seed, record_mutate *mutate);

#endif

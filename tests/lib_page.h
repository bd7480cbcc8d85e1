/*
 * lib_page.h - pages of a database whose bytes a test has changed.
 */
#ifndef LIB_PAGE_H
#define LIB_PAGE_H

#include <stddef.h>
#include <stdint.h>

/* As the header says; 0: none that a database can have. */
size_t pages_size(const uint8_t *data, size_t size);
/* Numbers and checksums of all pages; the older kind of checksum, which is the simpler one. */
void pages_mend(uint8_t *data, size_t size);

#endif

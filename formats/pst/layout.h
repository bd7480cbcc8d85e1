/*
 * layout.h - what differs between ANSI, Unicode and 4k stores, as numbers.
 *
 * [MS-PST] 2.2; the 4k form (wVer 36 and 37) is in no published specification: its
 * numbers are those of libpff's format document, checked against a genuine store.
 */
#ifndef PST_LAYOUT_H
#define PST_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

struct pst_layout {
    const char *name;
    bool wide;            /* ids and offsets of 8 bytes, else 4 */
    bool deflated;        /* blocks may be compressed */
    uint16_t header_size; /* bytes that must be there */
    /* header: 2.2.2.6 */
    uint16_t crc_full_size; /* bytes from 8 that the second CRC covers; 0: there is none */
    uint16_t crc_full;
    uint16_t eof, nbt, bbt, amap_valid, crypt;
    /* pages: 2.2.2.7 */
    uint16_t page_size, page_crc_size, page_trailer;
    uint16_t bt_count, bt_entry_size, bt_level; /* where they stand */
    bool bt_count_wide;
    uint8_t bt_entry, bbt_entry, nbt_entry; /* least sizes */
    /* blocks: 2.2.2.8 */
    uint8_t block_trailer;
    uint16_t block_align;
    uint32_t block_most; /* data of one block */
    uint8_t sub_header, sub_entry, sub_index_entry;
    /* heaps: 2.3.1 */
    uint8_t heap_index_bits;
};

/* By wVer of the header; NULL when unknown. */
const struct pst_layout *pst_layout_of(unsigned version);

#endif

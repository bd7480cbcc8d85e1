/* layout.c - the three layouts. See layout.h. */
#include "layout.h"

#include <stddef.h>

static const struct pst_layout ansi = {
    .name = "ANSI",
    .header_size = 512,
    .eof = 168,
    .nbt = 184,
    .bbt = 192,
    .amap_valid = 200,
    .crypt = 461,
    .page_size = 512,
    .page_crc_size = 500,
    .page_trailer = 500,
    .bt_count = 496,
    .bt_entry_size = 498,
    .bt_level = 499,
    .bt_entry = 12,
    .bbt_entry = 12,
    .nbt_entry = 16,
    .block_trailer = 12,
    .block_align = 64,
    .block_most = 8180,
    .sub_header = 4,
    .sub_entry = 12,
    .sub_index_entry = 8,
    .heap_index_bits = 11,
};

static const struct pst_layout unicode = {
    .name = "Unicode",
    .wide = true,
    .header_size = 564,
    .crc_full_size = 516,
    .crc_full = 524,
    .eof = 184,
    .nbt = 216,
    .bbt = 232,
    .amap_valid = 248,
    .crypt = 513,
    .page_size = 512,
    .page_crc_size = 496,
    .page_trailer = 496,
    .bt_count = 488,
    .bt_entry_size = 490,
    .bt_level = 491,
    .bt_entry = 24,
    .bbt_entry = 20,
    .nbt_entry = 28,
    .block_trailer = 16,
    .block_align = 64,
    .block_most = 8176,
    .sub_header = 8,
    .sub_entry = 24,
    .sub_index_entry = 16,
    .heap_index_bits = 11,
};

static const struct pst_layout large = {
    .name = "4k",
    .wide = true,
    .deflated = true,
    .header_size = 564,
    .crc_full_size = 516,
    .crc_full = 524,
    .eof = 184,
    .nbt = 216,
    .bbt = 232,
    .amap_valid = 248,
    .crypt = 513,
    .page_size = 4096,
    .page_crc_size = 4072,
    .page_trailer = 4072,
    .bt_count = 4056,
    .bt_count_wide = true,
    .bt_entry_size = 4060,
    .bt_level = 4061,
    .bt_entry = 24,
    .bbt_entry = 20,
    .nbt_entry = 28,
    .block_trailer = 24,
    .block_align = 512,
    .block_most = 65512,
    .sub_header = 8,
    .sub_entry = 24,
    .sub_index_entry = 16,
    .heap_index_bits = 14,
};

const struct pst_layout *pst_layout_of(unsigned version)
{
    static const struct {
        unsigned version;
        const struct pst_layout *layout;
    } rows[] = {{14, &ansi}, {15, &ansi}, {21, &unicode}, {23, &unicode}, {36, &large}, {37, &large}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].version == version)
            return rows[i].layout;
    return NULL;
}

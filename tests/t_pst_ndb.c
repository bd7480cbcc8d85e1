/*
 * t_pst_ndb.c - the encodings, the checksum and the variants of a PST against values
 * that do not come from this program: rows of the listings in [MS-PST] 5.1, and the
 * field of the header of real stores.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "lib_walk.h"
#include "pst/crypt.h"
#include "pst/layout.h"

/* [MS-PST] 5.3, bit by bit. */
static uint32_t slow_crc(const uint8_t *data, size_t size)
{
    uint32_t crc = 0;
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
    }
    return crc;
}

Test(pst_ndb, checksum_of_any_size)
{
    static uint8_t data[8192];
    uint32_t x = 1;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)((x = x * 1664525 + 1013904223) >> 24);
    for (size_t size = 0; size < 400; size++)
        for (size_t at = 0; at < 3; at++)
            cr_assert_eq(pst_crc(data + at, size), slow_crc(data + at, size), "%zu bytes at %zu", size, at);
    cr_assert_eq(pst_crc(data, sizeof data), slow_crc(data, sizeof data));
    cr_assert_eq(pst_crc(data + 5, 8176), slow_crc(data + 5, 8176));
}

/* First and last bytes of mpbbI as [MS-PST] 5.1 lists them. */
Test(pst_crypt, permute_is_the_listed_table)
{
    static const uint8_t first[] = {71, 241, 180, 230, 11, 106, 114, 72, 133, 78, 158, 235, 226, 248, 148, 83};
    static const uint8_t last[] = {212, 225, 17, 208, 8, 139, 42, 242, 237, 154, 100, 63, 193, 108, 249, 236};
    uint8_t all[256];
    bool seen[256] = {false};
    for (unsigned i = 0; i < 256; i++)
        all[i] = (uint8_t)i;
    pst_decrypt(PST_CRYPT_PERMUTE, 0, all, sizeof all);
    cr_assert_arr_eq(all, first, sizeof first);
    cr_assert_arr_eq(all + 240, last, sizeof last);
    for (unsigned i = 0; i < 256; i++)
        seen[all[i]] = true;
    for (unsigned i = 0; i < 256; i++)
        cr_assert(seen[i], "%u never comes out", i);
}

/* [MS-PST] 5.2: the same function encodes and decodes. */
Test(pst_crypt, cyclic_is_its_own_inverse)
{
    uint8_t plain[1000], coded[1000];
    for (unsigned i = 0; i < sizeof plain; i++)
        plain[i] = coded[i] = (uint8_t)(i * 7);
    pst_decrypt(PST_CRYPT_CYCLIC, 0x12345678u, coded, sizeof coded);
    cr_assert(memcmp(plain, coded, sizeof plain) != 0);
    pst_decrypt(PST_CRYPT_CYCLIC, 0x12345678u, coded, sizeof coded);
    cr_assert_arr_eq(plain, coded, sizeof plain);
}

/* Outlook wrote these checksums over bytes 8 to 478 of its headers. */
Test(pst_crypt, crc_is_that_of_real_headers)
{
    static const char *const names[] = {"pst/msft-empty-unicode.pst", "pst/outlook98backup-ansi-32k.pst",
                                        "pst/pstextractor-4k-outlook.com.ost"};
    if (!walk_corpus())
        cr_skip_test("no corpus");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[512];
        uint8_t head[512];
        snprintf(path, sizeof path, "%s/%s", walk_corpus(), names[i]);
        FILE *f = fopen(path, "rb");
        cr_assert_not_null(f, "%s", path);
        cr_assert_eq(fread(head, 1, sizeof head, f), sizeof head);
        fclose(f);
        cr_assert_eq(pst_crc(head + 8, 471), pl_le32(head + 4), "%s", names[i]);
        head[100] ^= 1;
        cr_assert_neq(pst_crc(head + 8, 471), pl_le32(head + 4), "%s", names[i]);
    }
}

Test(pst_layout, versions)
{
    static const struct {
        unsigned version, page;
    } known[] = {{14, 512}, {15, 512}, {21, 512}, {23, 512}, {36, 4096}, {37, 4096}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const struct pst_layout *l = pst_layout_of(known[i].version);
        cr_assert_not_null(l, "version %u", known[i].version);
        cr_assert_eq(l->page_size, known[i].page);
    }
    cr_assert_null(pst_layout_of(0));
    cr_assert_null(pst_layout_of(22000));
}

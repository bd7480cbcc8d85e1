/*
 * t_pst.c - the PST reader on real stores, against counts that other programs gave,
 * and on damaged copies of them.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib_walk.h"
#include "pst/pst.h"
#include "record.h"

static void walk_bytes(const uint8_t *data, size_t size, bool mail, struct walk *w, struct pl_report *report)
{
    const struct pl_reader_options options = {.memory = 1 << 20, .serial = true};
    struct pl_source source;
    struct pl_session session;
    *w = (struct walk){.end = PL_STOP};
    pl_source_memory(&source, data, size);
    if (pl_session_over(&session, &source, &pl_pst_reader, &options, report) > PL_STOP)
        walk_session(&session, mail, w);
    pl_session_close(&session);
}

static uint8_t *store(const char *name, size_t *size)
{
    char path[512];
    if (!walk_corpus())
        cr_skip_test("no corpus");
    snprintf(path, sizeof path, "%s/pst/%s", walk_corpus(), name);
    uint8_t *data = walk_load(path, size);
    cr_assert_not_null(data, "%s", path);
    return data;
}

static void walk_store(const char *name, struct walk *w)
{
    struct pl_report report = {0};
    size_t size;
    uint8_t *data = store(name, &size);
    walk_bytes(data, size, true, w, &report);
    free(data);
}

/* Contacts and lists, by pffexport and by the store's origin (the corpus' manifest). */
Test(pst_counts, contacts)
{
    static const struct {
        const char *name;
        uint64_t contacts;
    } known[] = {{"aspose-test_part1-9appointments.pst", 21},
                 {"aspose-72contacts.pst", 72},
                 {"aspose-18contacts.pst", 18},
                 {"aspose-samplecontacts.pst", 6},
                 {"contacts97-2002-ansi-ja.pst", 1},
                 {"hht-contacts-ja-unicode.pst", 1}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct walk w;
        walk_store(known[i].name, &w);
        cr_expect_eq(w.kinds[PL_CONTACT], known[i].contacts, "%s: %llu", known[i].name,
                     (unsigned long long)w.kinds[PL_CONTACT]);
        cr_expect_eq(w.lost, 0, "%s", known[i].name);
    }
}

/* libpff counts 169 appointments in folders of that class. */
Test(pst_counts, ost_with_large_pages)
{
    struct walk w;
    walk_store("pstextractor-4k-outlook.com.ost", &w);
    cr_expect_eq(w.kinds[PL_EVENT], 169, "%llu", (unsigned long long)w.kinds[PL_EVENT]);
    cr_expect_eq(w.lost, 0);
}

/* The same user's store in three encodings: each opens and loses nothing. */
Test(pst_counts, encodings)
{
    static const struct {
        const char *name;
        uint64_t messages; /* the corpus' manifest */
    } known[] = {{"o2003-noencryption.pst", 20}, {"o2003-compressible.pst", 32}, {"o2003-high.pst", 36}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct walk w;
        walk_store(known[i].name, &w);
        cr_expect_eq(w.items, known[i].messages, "%s: %llu", known[i].name, (unsigned long long)w.items);
        cr_expect_eq(w.lost, 0, "%s", known[i].name);
    }
}

Test(pst_counts, embedded_two_deep)
{
    struct walk w;
    walk_store("hht-msgInMsgInMsg.pst", &w);
    cr_expect_eq(w.embedded, 2, "%llu", (unsigned long long)w.embedded);
}

/* A cut file ends, and says so. */
Test(pst_damage, truncations, .timeout = 60)
{
    size_t size;
    uint8_t *data = store("javalibpst-dist-list-recurring.pst", &size);
    for (size_t cut = 0; cut < size; cut += 509) {
        struct pl_report report = {0};
        struct walk w;
        uint8_t *copy = malloc(cut + 1);
        cr_assert_not_null(copy);
        memcpy(copy, data, cut);
        walk_bytes(copy, cut, true, &w, &report);
        cr_assert(report.worst <= PL_WARN, "cut at %zu: nothing was said", cut);
        free(copy);
    }
    free(data);
}

/* Any flipped bit ends in a delivery or a diagnostic, never in a crash or a circle. */
Test(pst_damage, flipped_bits, .timeout = 60)
{
    size_t size;
    uint8_t *data = store("javalibpst-dist-list-recurring.pst", &size);
    uint32_t state = 1;
    for (int i = 0; i < 400; i++) {
        struct pl_report report = {0};
        struct walk w;
        state = state * 1664525u + 1013904223u;
        size_t at = (state >> 4) % size;
        data[at] ^= (uint8_t)(1u << (state >> 29));
        walk_bytes(data, size, true, &w, &report);
        data[at] ^= (uint8_t)(1u << (state >> 29));
    }
    free(data);
}

static bool any(void *data, const char *message_class, bool associated)
{
    (void)data, (void)message_class, (void)associated;
    return true;
}

/* [MS-PST] 2.2.2.8.1: size and checksum stand in the last 16 bytes of a block padded to 64. */
static void crc_spoil(uint8_t *data, size_t size, size_t block)
{
    for (size_t at = block + 48; at + 16 <= size; at += 64) {
        size_t stored = (size_t)data[at] | (size_t)data[at + 1] << 8;
        if ((stored + 16 + 63) / 64 * 64 == at + 16 - block) {
            data[at + 4] ^= 0xff;
            return;
        }
    }
    cr_assert_fail("no trailer");
}

/* A damaged block degrades what is read of it each time, not only when it is loaded first. */
Test(pst_damage, checksum_is_told_each_time)
{
    const struct pl_reader_options options = {.memory = 1 << 20, .serial = true};
    const struct pl_wanted wanted = {.wants = any};
    struct pl_report report = {0};
    struct pl_source source;
    struct pl_session s;
    struct pl_folder folder;
    struct pl_item item;
    size_t size;
    uint8_t *data = store("aspose-samplecontacts.pst", &size);
    char key[PL_KEY_MAX] = "";
    uint64_t offset = 0;
    for (int pass = 0; pass < 2; pass++) {
        pl_source_memory(&source, data, size);
        cr_assert_eq(pl_session_over(&s, &source, &pl_pst_reader, &options, &report), PL_OK);
        while (!pass && !key[0] && pl_session_next_folder(&s, &folder) == PL_OK) {
            cr_assert_eq(pl_session_open_folder(&s, folder.key), PL_OK);
            if (!folder.is_search && pl_session_next_item(&s, &wanted, &item) == PL_OK) {
                snprintf(key, sizeof key, "%s", item.key);
                offset = item.offset;
            }
        }
        cr_assert(key[0] && offset < size - 64);
        for (int again = 0; again < 2; again++)
            cr_expect_eq(pl_session_open_item(&s, key, &item), pass ? PL_WARN : PL_OK, "pass %d, time %d", pass,
                         again);
        pl_session_close(&s);
        if (!pass)
            crc_spoil(data, size, (size_t)offset);
    }
    free(data);
}

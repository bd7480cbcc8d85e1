/*
 * t_ese.c - the database engine against what others say: values that the authors of the sample
 * files published, vectors of specifications, and the rules of keys.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "edb/ese.h"
#include "edb/ese_page.h"
#include "lib_ese.h"
#include "lib_walk.h"

/* A file of the corpus; the test is passed over without it. */
static char *sample(const char *name)
{
    char *path = NULL;
    const char *corpus = walk_corpus();
    if (!corpus || asprintf(&path, "%s/ese/%s", corpus, name) < 0 || access(path, R_OK) != 0)
        cr_skip_test("no corpus");
    return path;
}

/* --- values that fox-it's tests of the same files expect ---------------------------------- */

struct expected {
    const char *file, *table;
    unsigned row;
    const char *column;
    unsigned i;
    bool wide; /* UTF-16 */
    const char *text;
    char fill; /* so many times behind it */
    size_t fills;
};

#define FOX "\xf0\x9f\xa6\x8a"

static const struct expected expected[] = {
    {"dissect-binary.edb", "binary", 0, "FixedBinary", 0, false, "test fixed binary data", 0, 233},
    {"dissect-binary.edb", "binary", 0, "Binary", 0, false, "test binary data", 0, 0},
    {"dissect-binary.edb", "binary", 0, "MaxBinary", 0, false, "test max binary data ", 'a', 70},
    {"dissect-binary.edb", "binary", 0, "TaggedBinary", 0, false, "test tagged binary data", 0, 0},
    {"dissect-binary.edb", "binary", 0, "LongBinary", 0, false, "test long binary data ", 'a', 1000},
    {"dissect-binary.edb", "binary", 0, "LongCompressedBinary", 0, false, "test long compressed binary data ", 'a',
     1000},
    {"dissect-binary.edb", "binary", 0, "MaxLongBinary", 0, false, "test max long binary data ", 'a', 900},
    {"dissect-binary.edb", "binary", 0, "MaxLongCompressedBinary", 0, false,
     "test max long compressed binary data ", 'a', 900},
    {"dissect-text.edb", "text", 0, "FixedASCII", 0, false, "Fixed ASCII text", ' ', 239},
    {"dissect-text.edb", "text", 0, "ASCII", 0, false, "Simple ASCII text", 0, 0},
    {"dissect-text.edb", "text", 0, "Unicode", 0, true, "Simple Unicode text " FOX, 0, 0},
    {"dissect-text.edb", "text", 0, "LongASCII", 0, false, "Long ASCII text ", 'a', 1024},
    {"dissect-text.edb", "text", 0, "LongUnicode", 0, true, "Long Unicode text " FOX " ", 'a', 1024},
    {"dissect-text.edb", "text", 0, "LongCompressedASCII", 0, false, "Long compressed ASCII text ", 'a', 1024},
    {"dissect-text.edb", "text", 0, "LongCompressedUnicode", 0, true, "Long compressed Unicode text " FOX " ", 'a',
     1024},
    {"dissect-text.edb", "text", 0, "LongTinyASCII", 0, false, "Tiny ASCII", 0, 0},
    {"dissect-text.edb", "text", 0, "LongTinyUnicode", 0, true, "Tiny " FOX, 0, 0},
    {"dissect-text.edb", "text", 0, "LongTinyCompressedASCII", 0, false, "Tiny c ASCII", 0, 0},
    {"dissect-text.edb", "text", 0, "LongTinyCompressedUnicode", 0, true, "Tiny c " FOX, 0, 0},
    {"dissect-text.edb", "text", 0, "MaxLongCompressedASCII", 0, false,
     "Max long compressed ASCII text that can be a bit longer ", 'a', 900},
    {"dissect-text.edb", "text", 0, "MaxLongCompressedUnicode", 0, true,
     "Max long compressed Unicode text that can be a bit longer " FOX " ", 'a', 900},
    {"dissect-multi.edb", "multi", 0, "LongBinary", 2, false,
     "Some very long binary data that has multiple values, this is value 3 ", 'a', 1024},
    {"dissect-multi.edb", "multi", 0, "LongCompressedBinary", 0, false,
     "Some very long compressed binary data that has multiple values, this is value 1 ", 'a', 1024},
    {"dissect-multi.edb", "multi", 0, "LongCompressedBinary", 1, false,
     "Some very long compressed binary data that has multiple values, this is value 2 ", 'a', 1024},
    {"dissect-multi.edb", "multi", 0, "ASCII", 1, false,
     "Some ASCII text that has multiple values, this is value 2", 0, 0},
    {"dissect-multi.edb", "multi", 0, "LongCompressedUnicode", 2, true,
     "Some very long compressed Unicode text that has multiple values, this is value 3 " FOX FOX FOX " ", 'a',
     1024},
    {"dissect-multi.edb", "multi", 1, "LongASCII", 0, false, "Tiny ASCII 1", 0, 0},
    {"dissect-multi.edb", "multi", 1, "LongASCII", 1, false, "Tiny ASCII 2", 0, 0},
    {"dissect-multi.edb", "multi", 1, "LongUnicode", 2, true, "Tiny " FOX FOX FOX, 0, 0},
    {"dissect-multi.edb", "multi", 1, "LongCompressedASCII", 0, false, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     0, 0},
    {"dissect-multi.edb", "multi", 1, "LongCompressedASCII", 2, false, "ccccccccccccccccccccccccccccccccccc", 0, 0},
    {"dissect-multi.edb", "multi", 1, "LongCompressedUnicode", 1, true, "", 'b', 41},
    {"dissect-default.edb", "default", 0, "Binary", 0, false, "Short default binary", 0, 0},
    {"dissect-default.edb", "default", 0, "LongBinary", 0, false, "Long default binary ", 'a', 200},
    {"dissect-default.edb", "default", 0, "ASCII", 0, false, "Short default ASCII", 0, 0},
    {"dissect-default.edb", "default", 0, "Unicode", 0, true, "Short default Unicode " FOX, 0, 0},
    {"dissect-default.edb", "default", 0, "LongASCII", 0, false, "Long default ASCII ", 'a', 200},
    {"dissect-default.edb", "default", 0, "LongUnicode", 0, true, "Long default Unicode " FOX " ", 'a', 64},
};

/* The text as bytes, with its filling. */
static uint8_t *expected_bytes(const struct expected *e, size_t *size)
{
    size_t length = strlen(e->text), at = 0, step = e->wide ? 2 : 1;
    uint8_t *out = calloc(length + e->fills + 1, 2);
    for (size_t i = 0; i < length; i++) {
        if (e->wide && !strncmp(e->text + i, FOX, 4)) {
            memcpy(out + at, "\x3e\xd8\x8a\xdd", 4);
            at += 4;
            i += 3;
            continue;
        }
        out[at] = (uint8_t)e->text[i];
        at += step;
    }
    for (size_t i = 0; i < e->fills; i++, at += step)
        out[at] = (uint8_t)e->fill;
    *size = at;
    return out;
}

Test(ese, values_as_published)
{
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        const struct expected *e = &expected[i];
        char *path = sample(e->file);
        size_t size = 0, wanted = 0;
        uint8_t *got = ese_value_of(path, e->table, e->row, e->column, e->i, &size);
        uint8_t *want = expected_bytes(e, &wanted);
        bool longer = e->wide && e->fill == 'b'; /* ends in characters that are not filling */
        cr_expect(got != NULL, "%s %s", e->table, e->column);
        cr_expect(got && (longer ? size > wanted : size == wanted), "%s %s: %zu bytes, not %zu", e->table,
                  e->column, size, wanted);
        cr_expect(got && !memcmp(got, want, wanted < size ? wanted : size), "%s %s", e->table, e->column);
        free(got);
        free(want);
        free(path);
    }
}

static int64_t number_of(const char *file, const char *table, unsigned row, const char *column, unsigned i)
{
    char *path = sample(file);
    size_t size = 0;
    uint8_t bytes[8] = {0}, *got = ese_value_of(path, table, row, column, i, &size);
    if (got)
        memcpy(bytes, got, size < 8 ? size : 8);
    cr_expect(got != NULL && size <= 8, "%s", column);
    free(got);
    free(path);
    int64_t value = (int64_t)pl_le64(bytes);
    return size == 8 ? value : (int64_t)((uint64_t)value << (64 - 8 * size)) >> (64 - 8 * size);
}

Test(ese, numbers_as_published)
{
    cr_expect_eq(number_of("dissect-basic.edb", "basic", 0, "Short", 0), -1337);
    cr_expect_eq(number_of("dissect-basic.edb", "basic", 0, "Long", 0), -13371337);
    cr_expect_eq(number_of("dissect-basic.edb", "basic", 1, "Currency", 0), -1339133913391339);
    cr_expect_eq(number_of("dissect-basic.edb", "basic", 0, "LongLong", 0), -13371337);
    cr_expect_eq(number_of("dissect-multi.edb", "multi", 0, "Long", 1), -2147483647);
    cr_expect_eq(number_of("dissect-multi.edb", "multi", 0, "LongLong", 2), 9223372036854775807);
    cr_expect_eq(number_of("dissect-default.edb", "default", 0, "Long", 0), 0x12345678);
    cr_expect_eq(number_of("dissect-default.edb", "default", 0, "Short", 0), 0x1234);
    cr_expect_eq(number_of("dissect-default.edb", "default", 0, "LongLong", 0), 0xc001deadd00d);
}

/* --- compression: [MS-XCA] 3.1, and the packing by hand -------------------------------------- */

static void expect_clear(const char *what, const uint8_t *data, size_t size, const char *clear, size_t clear_size)
{
    uint8_t out[1024];
    size_t got = 0;
    cr_expect(ese_decompress(data, size, out, sizeof out, &got), "%s", what);
    cr_expect_eq(got, clear_size, "%s: %zu bytes", what, got);
    cr_expect(!memcmp(out, clear, clear_size), "%s", what);
}

Test(ese, decompression)
{
    static const uint8_t alphabet[] = "\x18\x1a\x00\x3f\x00\x00\x00"
                                      "abcdefghijklmnopqrstuvwxyz";
    static const uint8_t repeated[] = "\x18\x2c\x01\xff\xff\xff\x1f\x61\x62\x63\x17\x00\x0f\xff\x26\x01";
    char abc[301];
    for (int i = 0; i < 300; i++)
        abc[i] = "abc"[i % 3];
    expect_clear("the alphabet", alphabet, sizeof alphabet - 1, "abcdefghijklmnopqrstuvwxyz", 26);
    expect_clear("abc a hundred times", repeated, sizeof repeated - 1, abc, 300);
    /* "AB" in seven bits each: 1000001, 1000010, the lowest first: 01000001 00100001; 14 bits, 6 in the last. */
    expect_clear("packed ASCII", (const uint8_t *)"\x0d\x41\x21", 3, "AB", 2);
    expect_clear("packed UTF-16", (const uint8_t *)"\x15\x41\x21", 3, "A\0B", 4);
    uint8_t out[4];
    size_t got;
    cr_expect_not(ese_decompress("\x20xx", 3, out, sizeof out, &got), "scrubbed");
    cr_expect_not(ese_decompress("\x18\x04", 2, out, sizeof out, &got), "no room for a size");
    cr_expect_not(ese_decompress("\x18\x04\x00\xff\xff\xff\xff\x07\x00", 9, out, sizeof out, &got),
                  "a match before the beginning");
}

/* --- keys -------------------------------------------------------------------------------------- */

static void expect_key(const char *what, const struct ese_key *k, const char *bytes, size_t size)
{
    cr_expect_not(k->failed, "%s", what);
    cr_expect_eq(k->size, size, "%s", what);
    cr_expect(!memcmp(k->data, bytes, size), "%s", what);
}

Test(ese, keys_by_the_rules)
{
    struct ese_key k = {.size = 0};
    /* as they stand in the catalogue of a real database */
    ese_key_add_i64(&k, ESE_I32, 8, false);
    ese_key_add_i64(&k, ESE_I16, 1, false);
    ese_key_add_i64(&k, ESE_I32, 8, false);
    expect_key("a row of the catalogue", &k, "\x7f\x80\x00\x00\x08\x7f\x80\x01\x7f\x80\x00\x00\x08", 13);
    k.size = 0;
    ese_key_add(&k, ESE_BIT, "\xff", 1, false);
    ese_key_add_name(&k, "basic");
    expect_key("a name of it", &k,
               "\x7f\xff\x7f"
               "BASIC\x00",
               9);
    k.size = 0;
    ese_key_add(&k, ESE_BINARY, "abc", 3, false);
    expect_key("three bytes", &k,
               "\x7f"
               "abc\0\0\0\0\0\x03",
               10);
    k.size = 0;
    ese_key_add(&k, ESE_BINARY, "12345678", 8, false);
    expect_key("eight bytes", &k,
               "\x7f"
               "12345678\x08",
               10);
    k.size = 0;
    ese_key_add(&k, ESE_BINARY, "123456789", 9, false);
    expect_key("nine bytes", &k,
               "\x7f"
               "12345678\x09"
               "9\0\0\0\0\0\0\0\x01",
               19);
    k.size = 0;
    ese_key_add(&k, ESE_I32, "\x01\0\0\0", 4, true);
    expect_key("descending", &k, "\x80\x7f\xff\xff\xfe", 5);
    k.size = 0;
    ese_key_add(&k, ESE_I32, NULL, 0, false);
    ese_key_add(&k, ESE_BINARY, "", 0, false);
    expect_key("NULL, and nothing", &k, "\x00\x40", 2);
    ese_key_add(&k, ESE_LONG_TEXT, "x", 1, false);
    cr_expect(k.failed, "texts are no keys here");
}

/* The key of a record in an index, from its columns. */
static void key_of_record(const struct ese_table *t, const struct ese_index *x, const struct ese_record *r,
                          struct ese_key *k)
{
    k->size = 0;
    k->failed = false;
    for (unsigned i = 0; i < x->segment_count; i++) {
        struct ese_cell cell;
        const struct ese_column *column = &t->columns[t->by_id[x->segments[i].column] - 1];
        cr_assert_eq(ese_record_get(r, column, &cell), PL_OK);
        ese_key_add(k, column->type, cell.bytes.data, cell.bytes.size, false);
    }
    cr_assert_not(k->failed);
}

/* Every record is found by keys made from its columns, in the primary index and through a secondary one. */
Test(ese, seek_finds_every_record)
{
    char *path = sample("dissect-srudb-4k.dat");
    struct pl_source source;
    struct pl_report report = {0};
    struct ese_db db;
    struct ese_table t;
    struct ese_cursor all, primary, secondary;
    struct ese_node node, found, entry;
    struct ese_record r;
    struct ese_key k, bookmark;
    const char *why;
    unsigned rows = 0;
    cr_assert_eq(pl_source_open(&source, path, &why), PL_OK);
    cr_assert_eq(ese_open(&db, &source, &report, 1 << 20), PL_OK);
    cr_assert_eq(ese_table_open(&db, "{D10CA2FE-6FCF-4F6D-848E-B2E99266FA89}", &t), PL_OK);
    const struct ese_index *first = ese_table_index(&t, "TimeStamp"),
                           *other = ese_table_index(&t, "AutoIncIdIndex");
    cr_assert(first && other && (first->flags & ESE_INDEX_PRIMARY));
    ese_cursor_init(&all, &db, t.row.tree);
    ese_cursor_init(&primary, &db, first->tree);
    ese_cursor_init(&secondary, &db, other->tree);
    while (ese_cursor_next(&all, &node) == PL_OK) {
        cr_assert_eq(ese_record_parse(&t, &node, &r), PL_OK);
        key_of_record(&t, other, &r, &k);
        cr_assert_eq(ese_cursor_seek(&secondary, k.data, k.size), PL_OK);
        cr_assert_eq(ese_cursor_next(&secondary, &entry), PL_OK);
        cr_expect_eq(ese_key_compare(&entry, k.data, k.size), 0);
        key_of_record(&t, first, &r, &bookmark);
        cr_assert_eq(entry.data.size, bookmark.size);
        cr_expect(!memcmp(entry.data.data, bookmark.data, bookmark.size));
        cr_assert_eq(ese_cursor_seek(&primary, bookmark.data, bookmark.size), PL_OK);
        cr_assert_eq(ese_cursor_next(&primary, &found), PL_OK);
        cr_expect_eq(found.offset, node.offset);
        rows++;
    }
    cr_expect_eq(rows, 203u);
    cr_expect_eq(report.worst, PL_OK);
    ese_cursor_close(&secondary);
    ese_cursor_close(&primary);
    ese_cursor_close(&all);
    ese_table_close(&t);
    ese_close(&db);
    pl_source_close(&source);
    free(path);
}

/* One byte behind the last value is no value: reading it again and again would never end. */
Test(ese, a_stray_byte_ends_a_record)
{
    static const uint8_t old[] = {0, 127, 4, 0, 1};
    struct pl_report report = {0};
    struct ese_db db = {.report = &report};
    struct ese_table table = {.db = &db, .row.name = "T"};
    struct ese_node node = {.data = {old, sizeof old}};
    struct ese_record r;
    struct ese_fields f;
    struct ese_cell cell;
    cr_assert_eq(ese_record_parse(&table, &node, &r), PL_OK);
    ese_fields_init(&f, &r);
    cr_expect_eq(ese_fields_next(&f, &cell), PL_LOST);
    cr_expect_eq(ese_fields_next(&f, &cell), PL_END);
}

/* --- pages -------------------------------------------------------------------------------------- */

static const char *const samples[] = {
    "dissect-basic.edb",
    "dissect-binary.edb",
    "dissect-default.edb",
    "dissect-multi.edb",
    "dissect-srudb-4k.dat",
    "dissect-text.edb",
    "dscpull-devices-a.edb",
    "eseparser-test.edb",
    "eseparser-decompress_test-8k.edb",
    "plaso-catalog1.edb",
    "goese-ual-current-dirty.mdb",
    "plaso-ual-systemidentity.mdb",
    "dissect-webcache-32k-dirty.dat",
};

/* The engine's own writer made these pages: each verifies, and with any one bit flipped is corrected. */
Test(ese, checksums_of_real_pages)
{
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        char *path = sample(samples[i]);
        size_t size = 0;
        uint8_t *data = walk_load(path, &size), *page = malloc(32768);
        size_t page_size = pl_le32(data + 236);
        unsigned good = 0;
        for (uint32_t pgno = 1; (pgno + 2) * page_size <= size; pgno++) {
            const uint8_t *stored = data + (pgno + 1) * page_size;
            memcpy(page, stored, page_size);
            if (!pl_le64(page + 8) || ese_page_verify(page, page_size, pgno) != ESE_PAGE_GOOD)
                continue;
            good++;
            cr_expect(!memcmp(page, stored, page_size));
            size_t bit = (pgno * 7919u + 13) % (page_size * 8);
            page[bit / 8] = (uint8_t)(page[bit / 8] ^ 1u << bit % 8);
            cr_expect_eq(ese_page_verify(page, page_size, pgno), ESE_PAGE_CORRECTED, "%s page %u bit %zu",
                         samples[i], pgno, bit);
            cr_expect(!memcmp(page, stored, page_size), "%s page %u bit %zu", samples[i], pgno, bit);
            page[300] ^= 0x41;
            page[500] ^= 0x11;
            cr_expect_eq(ese_page_verify(page, page_size, pgno), ESE_PAGE_BAD);
        }
        cr_expect_gt(good, 15u, "%s: %u", samples[i], good);
        free(page);
        free(data);
        free(path);
    }
}

Test(ese, samples_are_read_to_their_ends)
{
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        char *path = sample(samples[i]);
        size_t size = 0;
        uint8_t *data = walk_load(path, &size);
        struct ese_walk one, two;
        bool dirty = strstr(path, "dirty") != NULL;
        ese_walk_bytes(data, size, &(struct ese_walk_options){.memory = 1 << 20}, &one);
        ese_walk_bytes(data, size, &(struct ese_walk_options){.memory = 64 << 10}, &two);
        cr_expect_eq(one.end, PL_END, "%s", path);
        cr_expect_gt(one.rows, 100u, "%s", path);
        cr_expect_eq(one.digest, two.digest, "%s: the budget changes nothing", path);
        cr_expect(dirty || one.worst == PL_OK, "%s: faults in a sound file", path);
        cr_expect_eq(ese_codes_of(&one.codes, "edb.dirty"), dirty);
        free(data);
        free(path);
    }
}

/*
 * t_prop_blob.c - packed properties of Exchange 2013 and later: every type and every form of a value, by the tables
 * of the two published decoders; encoded here, decoded there; broken ones.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../formats/edb/prop_blob.h"
#include "lib_vec.h"

static struct pl_arena arena;

static void start(void) { pl_arena_init(&arena, (size_t)4 << 20); }
static void stop(void) { pl_arena_release(&arena); }

TestSuite(prop_blob, .init = start, .fini = stop);

static bool decode_all(struct pl_bytes bytes, struct prop_blob *out)
{
    size_t steps = PROP_STEPS;
    return prop_blob_decode(&arena, bytes, &steps, out);
}

static struct prop_blob decode(const char *hex)
{
    struct prop_blob b;
    struct vec v = vec_hex(hex);
    uint8_t *copy = pl_arena_dup(&arena, v.data, v.size);
    cr_assert(decode_all((struct pl_bytes){copy, v.size}, &b));
    vec_free(&v);
    return b;
}

/* One property of a type, its value, and what comes out. */
static const struct vector {
    const char *type, *value;
    uint16_t mapi;
    const char *pieces[3];
} vectors[] = {
    {"08", "08", PT_BOOLEAN, {"00"}},
    {"08", "09", PT_BOOLEAN, {"01"}},
    {"10", "10", PT_SHORT, {"0000"}},
    {"10", "11 fe", PT_SHORT, {"feff"}},
    {"10", "12 3412", PT_SHORT, {"3412"}},
    {"18", "18", PT_LONG, {"00000000"}},
    {"18", "19 7f", PT_LONG, {"7f000000"}},
    {"18", "19 80", PT_LONG, {"80ffffff"}},
    {"18", "1a 0080", PT_LONG, {"0080ffff"}},
    {"18", "1b 78563412", PT_LONG, {"78563412"}},
    {"20", "20", PT_I8, {"0000000000000000"}},
    {"20", "21 05", PT_I8, {"0500000000000000"}},
    {"20", "22 ffff", PT_I8, {"ffffffffffffffff"}},
    {"20", "23 00000080", PT_I8, {"00000080ffffffff"}},
    {"20", "24 0102030405060708", PT_I8, {"0102030405060708"}},
    {"24", "24 0102030405060708", PT_CURRENCY, {"0102030405060708"}},
    {"28", "28 0000c03f", PT_FLOAT, {"0000c03f"}},
    {"28", "2a", PT_FLOAT, {"00000000"}},
    {"30", "30 000000000000f83f", PT_DOUBLE, {"000000000000f83f"}},
    {"30", "32", PT_DOUBLE, {"0000000000000000"}},
    {"34", "30 000000000000f83f", PT_APPTIME, {"000000000000f83f"}},
    {"34", "32", PT_APPTIME, {"0000000000000000"}},
    {"38", "38 0040230e43f5d701", PT_SYSTIME, {"0040230e43f5d701"}},
    {"38", "39 000000f0", PT_SYSTIME, {"000000f000000000"}},
    {"40", "40 000102030405060708090a0b0c0d0e0f", PT_CLSID, {"000102030405060708090a0b0c0d0e0f"}},
    {"48", "48", PT_UNICODE, {""}},
    {"48", "49 04 41004200", PT_UNICODE, {"41004200"}},
    {"48", "4a 0200 fc00", PT_UNICODE, {"fc00"}},
    {"48", "4b 02000000 fc00", PT_UNICODE, {"fc00"}},
    {"50", "50", PT_BINARY, {""}},
    {"50", "51 03 010203", PT_BINARY, {"010203"}},
    {"50", "52 0300 010203", PT_BINARY, {"010203"}},
    {"50", "53 03000000 010203", PT_BINARY, {"010203"}},
    {"90", "91 02 0100 feff", PT_MULTI | PT_SHORT, {"0100", "feff"}},
    {"98", "99 02 01000000 ffffffff", PT_MULTI | PT_LONG, {"01000000", "ffffffff"}},
    {"98", "9a 0100 05000000", PT_MULTI | PT_LONG, {"05000000"}},
    {"a0", "a1 01 0807060504030201", PT_MULTI | PT_I8, {"0807060504030201"}},
    {"a4", "a1 01 0807060504030201", PT_MULTI | PT_CURRENCY, {"0807060504030201"}},
    {"a8", "a9 01 0000c03f", PT_MULTI | PT_FLOAT, {"0000c03f"}},
    {"b0", "b1 01 000000000000f83f", PT_MULTI | PT_DOUBLE, {"000000000000f83f"}},
    {"b4", "b2 0100 000000000000f83f", PT_MULTI | PT_APPTIME, {"000000000000f83f"}},
    {"b8", "b9 01 0040230e43f5d701", PT_MULTI | PT_SYSTIME, {"0040230e43f5d701"}},
    {"c0", "c1 01 000102030405060708090a0b0c0d0e0f", PT_MULTI | PT_CLSID, {"000102030405060708090a0b0c0d0e0f"}},
    {"c8", "c9 02 49 02 4100 48", PT_MULTI | PT_UNICODE, {"4100", ""}},
    {"c8", "ca 0100 4a 0200 4200", PT_MULTI | PT_UNICODE, {"4200"}},
    {"d0", "d1 03 51 01 07 50 52 0200 0809", PT_MULTI | PT_BINARY, {"07", "", "0809"}},
};

static void expect(const struct prop_packed *p, const struct vector *v)
{
    uint32_t count = 0;
    cr_expect_eq(p->tag, 0x12340000u | v->mapi, "%s %s", v->type, v->value);
    cr_expect_eq(p->place, PROP_HERE);
    for (; count < 3 && v->pieces[count] && count < p->count; count++) {
        struct vec want = vec_hex(v->pieces[count]);
        cr_expect_eq(p->pieces[count].bytes.size, want.size, "%s %s", v->type, v->value);
        cr_expect(want.size != p->pieces[count].bytes.size ||
                      !memcmp(p->pieces[count].bytes.data, want.data, want.size),
                  "%s %s", v->type, v->value);
        vec_free(&want);
    }
    cr_expect_eq(p->count, count, "%s %s", v->type, v->value);
}

Test(prop_blob, every_type_and_form)
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        char hex[200];
        snprintf(hex, sizeof hex, "50726f50 0004 0200 %s 3412 18 7856 %s 19 11", vectors[i].type, vectors[i].value);
        struct prop_blob b = decode(hex);
        cr_assert_null(b.fault);
        cr_assert_eq(b.count, 2u, "%s %s", vectors[i].type, vectors[i].value);
        cr_expect_eq(b.missing + b.unreadable + b.behind + b.forms, 0u, "%s %s", vectors[i].type, vectors[i].value);
        expect(&b.list[0], &vectors[i]);
        cr_expect_eq(b.list[1].pieces[0].bytes.data[0], 0x11);
    }
}

Test(prop_blob, narrow_texts)
{
    struct prop_blob b = decode("50726f50 0004 0400 48 0100 48 0200 c8 0300 48 0400"
                                "4d 03 41fc42  4e 0100 5a  c9 02 4d 01 41 49 02 4200  4c");
    cr_assert_eq(b.count, 4u);
    cr_expect_eq(b.forms | b.missing | b.behind, 0u);
    cr_expect(b.list[0].pieces[0].narrow && b.list[0].pieces[0].bytes.size == 3);
    cr_expect(b.list[1].pieces[0].narrow);
    cr_expect(b.list[2].pieces[0].narrow && !b.list[2].pieces[1].narrow);
    cr_expect_eq(b.list[3].pieces[0].bytes.size, 0u);
}

Test(prop_blob, places)
{
    struct prop_blob b = decode("50726f50 0104 0400 aabbccdd 50 0100 48 0200 50 0300 18 0400"
                                "78 0500 01000000 5000 00100000  7a 0700 02000000 4800 01000200  00  19 01");
    cr_assert_eq(b.count, 4u);
    cr_expect_eq(b.list[0].place, PROP_SEPARATED);
    cr_expect(b.list[0].apart.slot == 5 && b.list[0].apart.size == 4096 && b.list[0].apart.encoding == 0x50 &&
              !b.list[0].apart.far);
    cr_expect(b.list[1].apart.slot == 7 && b.list[1].apart.size == 0x20001 && b.list[1].apart.far);
    cr_expect_eq(b.list[2].place, PROP_DELETED);
    cr_expect_eq(b.list[3].place, PROP_HERE);
}

/* What the decoders disagree on: the bytes decide. */
Test(prop_blob, types_with_bit_2_without_a_value)
{
    struct prop_blob b = decode("50726f50 0004 0300 4a 7d00 18 0100 52 0200  19 05");
    cr_assert_eq(b.count, 3u);
    cr_expect_eq(b.forms, (unsigned)PROP_FORM_VALUELESS);
    cr_expect_eq(b.list[0].place, PROP_OTHER);
    cr_expect_eq(b.list[0].tag, 0x007d001fu);
    cr_expect_eq(b.list[1].place, PROP_HERE);
    cr_expect_eq(b.list[2].place, PROP_OTHER);
}

Test(prop_blob, types_with_bit_2_with_a_value)
{
    struct prop_blob b = decode("50726f50 0004 0200 4a 7d00 18 0100  4d 01 41 19 05");
    cr_expect_eq(b.forms | b.missing, 0u);
    cr_expect_eq(b.list[0].place, PROP_HERE);
}

Test(prop_blob, lengths_in_units)
{
    struct prop_blob b = decode("50726f50 0004 0200 48 0100 18 0200  49 03 410042004300  19 05");
    cr_expect_eq(b.forms, (unsigned)PROP_FORM_UNITS);
    cr_expect_eq(b.list[0].pieces[0].bytes.size, 6u);
    cr_expect_eq(b.missing, 0u);
}

Test(prop_blob, utf16_marked_as_8_bit)
{
    struct prop_blob b = decode("50726f50 0004 0100 48 0100  4d 06 410042004300");
    cr_expect_eq(b.forms, (unsigned)PROP_FORM_WIDE);
    cr_expect_not(b.list[0].pieces[0].narrow);
}

/* What is not known costs its property. */
Test(prop_blob, an_unknown_type)
{
    struct prop_blob b = decode("50726f50 0004 0300 18 0100 60 0200 18 0300  19 05 51 02 0102 19 06");
    cr_assert_eq(b.count, 3u);
    cr_expect_eq(b.unreadable, 1u);
    cr_expect_eq(b.list[1].place, PROP_UNREADABLE);
    cr_expect_eq(b.list[1].tag, 0x00020000u);
    cr_expect_eq(b.list[2].pieces[0].bytes.data[0], 6);
}

Test(prop_blob, an_unknown_value)
{
    struct prop_blob b =
        decode("50726f50 0004 0400 18 0100 50 0200 18 0300 48 0400  19 05 63 010203 19 06 49 02 4100");
    cr_assert_eq(b.count, 4u);
    cr_expect_eq(b.unreadable, 1u);
    cr_expect_eq(b.missing, 0u);
    cr_expect_eq(b.list[2].pieces[0].bytes.data[0], 6);
    cr_expect_eq(b.list[3].pieces[0].bytes.data[0], 'A');
    b = decode("50726f50 0004 0200 18 0100 50 0200  19 05 63 010203");
    cr_expect(b.count == 2 && b.unreadable == 1 && !b.missing && !b.behind);
}

/* Thousands of recipients, each with a value that is not known, may not cost a search each. */
Test(prop_blob, the_search_has_one_budget_for_many_blobs)
{
    struct vec odd = vec_hex("50726f50 0004 0300 18 0100 50 0200 18 0300  19 05 63 010203 19 06");
    struct vec usual = vec_hex("50726f50 0004 0200 18 0100 18 0300  19 05 19 06");
    struct prop_blob b;
    size_t steps = 40, searches = 0;
    for (int i = 0; i < 50; i++) {
        cr_assert(prop_blob_decode(&arena, (struct pl_bytes){odd.data, odd.size}, &steps, &b));
        cr_expect_eq(b.unreadable, 1u);
        searches += b.count == 3;
    }
    cr_expect(searches > 0 && searches < 20 && !steps);
    cr_expect_eq(b.missing, 1u);
    cr_assert(prop_blob_decode(&arena, (struct pl_bytes){usual.data, usual.size}, &steps, &b));
    cr_expect(b.count == 2 && !b.missing && !b.unreadable && b.list[1].pieces[0].bytes.data[0] == 6);
    vec_free(&odd);
    vec_free(&usual);
}

Test(prop_blob, a_value_of_another_type)
{
    struct prop_blob b = decode("50726f50 0004 0300 20 0100 48 0200 0b 0300  19 05 51 01 ff 11 01");
    cr_expect_eq(b.list[0].tag, 0x00010014u);
    cr_expect_eq(b.list[0].pieces[0].bytes.size, 8u, "an integer is one of any width");
    cr_expect_eq(b.list[1].place, PROP_UNREADABLE);
}

Test(prop_blob, no_blobs)
{
    cr_expect_not_null(decode("").fault);
    cr_expect_not_null(decode("50726f51 0004 0000").fault);
    cr_expect_not_null(decode("50726f50 0004 0200 18 0100").fault);
    cr_expect_null(decode("50726f50 0004 0000").fault);
    struct prop_blob b = decode("50726f50 0005 0100 18 0100 19 05");
    cr_expect_eq(b.forms, (unsigned)PROP_FORM_LATER);
    cr_expect_eq(b.count, 1u);
    b = decode("50726f50 0004 0100 18 0100 19 05 ffff");
    cr_expect(b.count == 1 && b.behind == 2);
}

Test(prop_blob, values_without_a_head)
{
    struct vec v = vec_hex("18 19 01 18 18 22 0701 21 08");
    struct pl_cursor c = pl_cursor(v.data, v.size);
    struct prop_packed p;
    unsigned wide = 0, count = 0;
    while (prop_value_next(&arena, &c, &p)) {
        count++;
        wide += p.tag == PT_I8;
    }
    cr_expect(!c.failed && count == 6 && wide == 2);
    vec_free(&v);
    v = vec_hex("d1 02 51 01 41 51 02 4242");
    cr_expect(prop_values(&arena, (struct pl_bytes){v.data, v.size}, &p));
    cr_expect(p.count == 2 && p.pieces[1].bytes.size == 2);
    cr_expect_not(prop_values(&arena, (struct pl_bytes){v.data, v.size - 1}, &p));
    vec_free(&v);
}

/* --- encoded here ---------------------------------------------------------------------- */

struct made {
    uint8_t bytes[20000];
    size_t size;
};

static uint32_t dice(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}
static void put(struct made *m, const void *data, size_t size)
{
    memcpy(m->bytes + m->size, data, size);
    m->size += size;
}
static void put8(struct made *m, unsigned v)
{
    uint8_t b = (uint8_t)v;
    put(m, &b, 1);
}

/* A number in its shortest form. */
static void put_number(struct made *m, unsigned base, unsigned most, int64_t v)
{
    static const unsigned sizes[] = {0, 1, 2, 4, 8};
    unsigned form = 0;
    while (form < most &&
           v != (sizes[form] ? (int64_t)((uint64_t)v << (64 - 8 * sizes[form])) >> (64 - 8 * sizes[form]) : 0))
        form++;
    put8(m, base + form);
    put(m, &v, sizes[form]);
}

/* Random properties, as stored and as the encoder knows them: numbers, bytes, texts in either width. */
static void round_trip(uint32_t seed)
{
    struct made blob = {.size = 0}, values = {.size = 0};
    int64_t numbers[40];
    struct made *contents = calloc(40, sizeof *contents);
    unsigned count = dice(&seed) % 40, kinds[40];
    uint8_t head[8] = {'P', 'r', 'o', 'P', 0, 4, (uint8_t)count, 0};
    put(&blob, head, 8);
    for (unsigned i = 0; i < count; i++) {
        static const uint8_t codes[] = {0x08, 0x10, 0x18, 0x20, 0x38, 0x48, 0x50};
        unsigned kind = kinds[i] = dice(&seed) % 7, length = dice(&seed) % 400;
        put8(&blob, codes[kind]);
        put(&blob, (uint8_t[]){(uint8_t)i, 0x30}, 2);
        int64_t v = (int64_t)((uint64_t)dice(&seed) << 40 | dice(&seed)) >> dice(&seed) % 60;
        v = kind == 0 ? v & 1 : kind == 1 ? (int16_t)v : kind == 2 ? (int32_t)v : v;
        numbers[i] = v;
        if (kind == 0)
            put8(&values, 0x08 + (unsigned)v);
        else if (kind < 4)
            put_number(&values, codes[kind], kind + 1, v);
        else if (kind == 4) {
            put8(&values, 0x38);
            put(&values, &v, 8);
        } else {
            bool wide = kind == 5 && length % 2;
            for (unsigned k = 0; k < length; k++)
                put(&contents[i], (uint8_t[]){(uint8_t)(0x20 + dice(&seed) % 90), 1}, wide ? 2 : 1);
            unsigned size = (unsigned)contents[i].size;
            put8(&values, codes[kind] + (kind == 5 && !wide && size ? 4u : 0u) +
                              (size == 0    ? 0u
                               : size < 256 ? 1u
                                            : 2u));
            put(&values, &size, size == 0 ? 0u : size < 256 ? 1u : 2u);
            put(&values, contents[i].bytes, size);
        }
    }
    put(&blob, values.bytes, values.size);
    struct prop_blob b;
    cr_assert(decode_all((struct pl_bytes){blob.bytes, blob.size}, &b));
    cr_assert(b.count == count && !b.missing && !b.behind && !b.unreadable && !b.forms);
    for (unsigned i = 0; i < count; i++) {
        struct pl_bytes got = b.list[i].pieces[0].bytes;
        cr_assert_eq(b.list[i].tag >> 16, 0x3000u + i);
        if (kinds[i] >= 5)
            cr_assert(got.size == contents[i].size && !memcmp(got.data, contents[i].bytes, got.size));
        else
            cr_assert(!memcmp(got.data, &numbers[i], got.size));
    }
    free(contents);
    pl_arena_reset(&arena);
}

Test(prop_blob, encoded_and_decoded)
{
    for (uint32_t seed = 1; seed <= 300; seed++)
        round_trip(seed);
}

/* Cut anywhere, what lies before is as it was; no byte makes it read outside. */
Test(prop_blob, cut_and_flipped)
{
    struct vec v = vec_hex("50726f50 0004 0800 08 0100 18 0200 48 0300 d0 0400 50 0500 38 0600 4a 0700 c8 0800"
                           "09 1b 01020304 49 04 41004200 d1 02 51 01 07 50 7a 0100 02000000 5000 00010000"
                           "38 0040230e43f5d701 c9 01 4d 01 41");
    for (size_t cut = 0; cut <= v.size; cut++) {
        struct prop_blob b;
        uint8_t *exact = malloc(cut + 1);
        memcpy(exact, v.data, cut);
        cr_assert(decode_all((struct pl_bytes){exact, cut}, &b));
        cr_expect(b.fault || b.count + b.missing == 8);
        cr_expect(cut == v.size || b.fault || b.missing || b.unreadable, "cut at %zu", cut);
        free(exact);
        for (unsigned bit = 0; cut < v.size && bit < 8; bit++) {
            v.data[cut] ^= (uint8_t)(1u << bit);
            cr_assert(decode_all((struct pl_bytes){v.data, v.size}, &b));
            v.data[cut] ^= (uint8_t)(1u << bit);
        }
        pl_arena_reset(&arena);
    }
    vec_free(&v);
}

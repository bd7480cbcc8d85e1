/*
 * scramble.c - words, in any coding. See scramble.h. Pure, part of the core.
 *
 * A text is seen as units of one or two bytes. A run of letters or digits is a number in base 26 or 10, written as
 * digits; a Feistel network over its two halves makes a permutation of it, with SipHash as the round function. The
 * run itself decides nothing but what it becomes, so the same word in UTF-16, in 8 bits and in an address stays the
 * same.
 */
#include "scramble.h"

#include <string.h>

#include "bytes.h"
#include "scramble_int.h"
#include "zones.h"

#define ROUNDS    6
#define RUN_MOST  64u /* a longer run is cut into pieces */
#define NAME_MOST 128u
#define UTF16     1200u
#define UTF8      65001u

/* --- the key -------------------------------------------------------------------------------- */

static uint64_t rotate(uint64_t v, unsigned by) { return v << by | v >> (64 - by); }

static void sip_round(uint64_t v[4])
{
    v[0] += v[1], v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0], v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1], v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2], v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

/* SipHash-2-4 of Aumasson and Bernstein. */
uint64_t pl_scramble_hash(const struct pl_scramble *s, const void *data, size_t size)
{
    uint64_t v[4] = {s->key[0] ^ 0x736f6d6570736575u, s->key[1] ^ 0x646f72616e646f6du,
                     s->key[0] ^ 0x6c7967656e657261u, s->key[1] ^ 0x7465646279746573u};
    const uint8_t *p = data;
    size_t left = size;
    for (bool last = false; !last; left -= last ? 0 : 8, p += last ? 0 : 8) {
        uint64_t word = 0;
        last = left < 8;
        for (size_t i = 0; i < (last ? left : 8); i++)
            word |= (uint64_t)p[i] << 8 * i;
        if (last)
            word |= (uint64_t)size << 56;
        v[3] ^= word;
        sip_round(v), sip_round(v);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void pl_scramble_init(struct pl_scramble *s, const uint8_t digest[32])
{
    *s = (struct pl_scramble){.key = {pl_le64(digest), pl_le64(digest + 8)}, .letters = 26};
}

/* --- runs ------------------------------------------------------------------------------------- */

/* digit: what each place of the run stands for, below base. */
static void run_permute(const struct pl_scramble *s, uint8_t *digit, size_t count, unsigned base)
{
    uint8_t message[RUN_MOST + 3];
    size_t half = count / 2;
    for (unsigned round = 0; round < ROUNDS; round++) {
        bool odd = round & 1;
        const uint8_t *from = odd ? digit + half : digit;
        uint8_t *to = odd ? digit : digit + half;
        size_t from_size = odd ? count - half : half, to_size = count - from_size;
        message[0] = (uint8_t)round, message[1] = (uint8_t)base, message[2] = (uint8_t)count;
        memcpy(message + 3, from, from_size);
        uint64_t h = 0;
        for (size_t i = 0; i < to_size; i++, h /= base) {
            if (i % 12 == 0) { /* 26^12 < 2^57 */
                message[1] = (uint8_t)(base + i);
                h = pl_scramble_hash(s, message, from_size + 3);
            }
            to[i] = (uint8_t)((to[i] + h % base) % base);
        }
    }
}

/* One letter alone moves by a number that is not 0. */
static void run_single(const struct pl_scramble *s, uint8_t *digit, unsigned base)
{
    uint8_t message[2] = {'1', (uint8_t)base};
    *digit = (uint8_t)((*digit + 1 + pl_scramble_hash(s, message, sizeof message) % (base - 1)) % base);
}

static bool is_lower(unsigned c) { return c >= 'a' && c <= 'z'; }
static bool is_upper(unsigned c) { return c >= 'A' && c <= 'Z'; }
bool scramble_is_letter(unsigned c) { return is_lower(c) || is_upper(c); }
bool scramble_is_digit(unsigned c) { return c >= '0' && c <= '9'; }

void scramble_run(const struct units *u, size_t from, size_t to)
{
    while (from < to) {
        uint8_t digit[RUN_MOST] = {0};
        size_t count = to - from < RUN_MOST ? to - from : RUN_MOST;
        bool number = scramble_is_digit(unit_get(u, from));
        for (size_t i = 0; i < count; i++) {
            unsigned c = unit_get(u, from + i);
            digit[i] = (uint8_t)(number ? c - '0' : (c | 0x20) - 'a');
        }
        if (count > 1)
            run_permute(u->s, digit, count, number ? 10 : 26);
        else
            run_single(u->s, digit, number ? 10 : 26);
        for (size_t i = 0; i < count; i++) {
            unsigned c = unit_get(u, from + i), d = digit[i];
            if (number)
                unit_put(u, from + i, '0' + (u->s->letters < 26 ? d % 3 : d));
            else
                unit_put(u, from + i, (is_upper(c) ? 'A' : 'a') + d % u->s->letters);
        }
        from += count;
    }
}

size_t scramble_run_end(const struct units *u, size_t at)
{
    bool (*same)(unsigned) = scramble_is_digit(unit_get(u, at)) ? scramble_is_digit : scramble_is_letter;
    while (at < u->count && same(unit_get(u, at)))
        at++;
    return at;
}

/* --- other letters ------------------------------------------------------------------------------ */

static unsigned pick(const struct units *u, size_t at, size_t count, unsigned below)
{
    if (u->s->letters < 26)
        return 0;
    return (unsigned)(pl_scramble_hash(u->s, u->data + at * u->width, count * u->width) % below);
}

static const struct script {
    uint16_t first, last, base, count; /* letters from first to last become one of count letters from base on */
} scripts[] = {
    {0x00c0, 0x00d6, 0xc0, 22},      {0x00d8, 0x024f, 0xe0, 22},      {0x0250, 0x02ff, 0xe0, 22},
    {0x0370, 0x03ff, 0x3b1, 16},     {0x0400, 0x052f, 0x430, 32},     {0x0530, 0x058f, 0x561, 32},
    {0x0591, 0x05ff, 0x5d0, 26},     {0x0600, 0x08ff, 0x628, 16},     {0x0900, 0x097f, 0x915, 32},
    {0x0980, 0x0dff, 0x915, 32},     {0x0e00, 0x0e7f, 0xe01, 32},     {0x0e80, 0x109f, 0xe01, 32},
    {0x10a0, 0x10ff, 0x10d0, 32},    {0x1100, 0x11ff, 0xac00, 11000}, {0x1200, 0x1dff, 0x430, 32},
    {0x1e00, 0x1eff, 0x1ea0, 80},    {0x1f00, 0x1fff, 0x3b1, 16},     {0x2c00, 0x2fff, 0x430, 32},
    {0x3040, 0x309f, 0x3042, 64},    {0x30a0, 0x30ff, 0x30a2, 64},    {0x3100, 0xabff, 0x4e00, 20000},
    {0xac00, 0xd7ff, 0xac00, 11000}, {0xe000, 0xf8ff, 0xe000, 1024},  {0xf900, 0xfdff, 0x4e00, 20000},
    {0xfe10, 0xfefe, 0x628, 16},     {0xff00, 0xffef, 0x4e00, 20000},
};

/* A unit of UTF-16 from 0x80 on; how many were done. */
static size_t utf16_one(const struct units *u, size_t at)
{
    unsigned c = unit_get(u, at);
    if (c >= 0xd800 && c < 0xdc00 && at + 1 < u->count && (unit_get(u, at + 1) & 0xfc00) == 0xdc00) {
        unsigned n = pick(u, at, 2, 64);
        unit_put(u, at, 0xd83d);
        unit_put(u, at + 1, 0xde00 + n);
        return 2;
    }
    if (c >= 0xd800 && c < 0xe000) { /* half of a pair: another one */
        unit_put(u, at, c & 0xfc00);
        return 1;
    }
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++)
        if (c >= scripts[i].first && c <= scripts[i].last) {
            unit_put(u, at, scripts[i].base + pick(u, at, 1, scripts[i].count));
            break;
        }
    return 1;
}

/* A well-formed sequence becomes another one of its length, punctuation stays; other bytes stay wrong. */
static size_t utf8_one(const struct units *u, size_t at)
{
    uint8_t *p = u->data + at;
    size_t left = u->count - at, n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc2 ? 2 : 1;
    bool whole = n > 1 && n <= left && p[0] < 0xf5;
    for (size_t i = 1; whole && i < n; i++)
        whole = (p[i] & 0xc0) == 0x80;
    if (!whole) {
        p[0] = 0xff;
        return 1;
    }
    bool mark = n == 2 ? p[0] == 0xc2 : n == 3 && ((p[0] == 0xe2 && p[1] < 0xb0) || (p[0] == 0xe3 && p[1] == 0x80));
    if (mark || (n == 3 && p[0] == 0xef && p[1] >= 0xbb && p[1] <= 0xbf && p[2] >= 0xbd)) /* also BOM, U+FFFD */
        return n;
    unsigned v = pick(u, at, n, n == 2 ? 16 : 64);
    if (n == 2)
        p[0] = 0xc3, p[1] = (uint8_t)(0xa0 + v);
    else if (n == 3)
        p[0] = 0xe4, p[1] = (uint8_t)(0xb8 + v / 16), p[2] = (uint8_t)(0x80 + v % 16);
    else
        p[0] = 0xf0, p[1] = 0x9f, p[2] = 0x98, p[3] = (uint8_t)(0x80 + v);
    return n;
}

static bool is_double(unsigned codepage)
{
    return codepage == 932 || codepage == 936 || codepage == 949 || codepage == 950 || codepage == 1361 ||
           codepage == 54936 || codepage == 20932 || codepage == 20936 || codepage == 51932 || codepage == 51949;
}

/* A pair of bytes becomes one that every page of its kind has. */
static size_t double_one(const struct units *u, size_t at)
{
    uint8_t *p = u->data + at;
    bool japanese = u->codepage == 932, half = japanese && p[0] >= 0xa1 && p[0] <= 0xdf;
    bool pair = !half && at + 1 < u->count && p[1] >= 0x40 && p[1] != 0x7f && p[0] > 0x80 && p[0] < 0xff;
    if (half) {
        p[0] = (uint8_t)(0xb1 + pick(u, at, 1, 32));
        return 1;
    }
    if (!pair) {
        p[0] = 0xff;
        return 1;
    }
    unsigned v = pick(u, at, 2, 64);
    p[0] = japanese ? 0x82 : (uint8_t)(0xb0 + v / 16);
    p[1] = japanese ? (uint8_t)(0x9f + v) : (uint8_t)(0xa1 + v % 16);
    return 2;
}

/* Bytes that some single-byte page leaves open are left: they decode, or fail to, as before. */
static size_t byte_one(const struct units *u, size_t at)
{
    uint8_t *p = u->data + at;
    bool windows = u->codepage >= 1250 && u->codepage <= 1258 && u->codepage != 1251;
    bool open = *p == 0x81 || *p == 0x8d || *p == 0x8f || *p == 0x90 || *p == 0x9d || *p == 0xa0;
    if (!windows || !open)
        *p = (uint8_t)(0xe0 + pick(u, at, 1, 16));
    return 1;
}

size_t scramble_high(const struct units *u, size_t at)
{
    if (u->width == 2)
        return utf16_one(u, at);
    if (u->codepage == UTF8)
        return utf8_one(u, at);
    return is_double(u->codepage) ? double_one(u, at) : byte_one(u, at);
}

/* --- texts ---------------------------------------------------------------------------------------- */

struct units scramble_units(const struct pl_scramble *s, unsigned codepage, uint8_t *data, size_t size)
{
    unsigned width = codepage == UTF16 ? 2 : 1;
    if (width == 2 && size % 2) /* half a unit is no text */
        data[size - 1] = 0;
    return (struct units){s, data, size / width, width, codepage};
}

size_t scramble_step(const struct units *u, size_t at)
{
    unsigned c = unit_get(u, at);
    if (c >= 0x80)
        return at + scramble_high(u, at);
    if (!scramble_is_letter(c) && !scramble_is_digit(c))
        return at + 1;
    size_t end = scramble_run_end(u, at);
    scramble_run(u, at, end);
    return end;
}

void pl_scramble_words(const struct pl_scramble *s, unsigned codepage, uint8_t *data, size_t size)
{
    struct units u = scramble_units(s, codepage, data, size);
    for (size_t at = 0; at < u.count;)
        at = scramble_step(&u, at);
}

/* The value as ASCII without the NULs at its end; false: it is longer, or more than that. */
static bool value_ascii(const struct units *u, char name[NAME_MOST + 1])
{
    size_t size = u->count;
    while (size && !unit_get(u, size - 1))
        size--;
    if (!size || size > NAME_MOST)
        return false;
    for (size_t i = 0; i < size; i++) {
        unsigned c = unit_get(u, i);
        if (c < 0x20 || c >= 0x7f)
            return false;
        name[i] = (char)c;
    }
    name[size] = 0;
    return true;
}

void pl_scramble_text(const struct pl_scramble *s, unsigned codepage, uint8_t *data, size_t size)
{
    struct units u = scramble_units(s, codepage, data, size);
    char name[NAME_MOST + 1];
    bool short_one = value_ascii(&u, name);
    if (short_one && (scramble_keeps(name) || pl_zone_of_name(name)))
        return;
    enum scramble_manner manner = scramble_manner_of(&u);
    for (size_t at = 0; at < u.count;) {
        size_t kept = scramble_kept(&u, at, manner);
        at = kept > at ? kept : scramble_step(&u, at);
    }
}

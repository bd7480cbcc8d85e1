/*
 * scramble.c - words, in any coding. See scramble.h. Pure, part of the core.
 *
 * A text is seen as units of one or two bytes. A run of letters or digits is a number in base 26 or 10, written as
 * digits; a Feistel network over its two halves makes a permutation of it, with SipHash as the round function. The
 * run itself decides nothing but what it becomes, so the same word in UTF-16, in 8 bits and in an address stays the
 * same.
 *
 * A word with other letters is a word of its coding: its ASCII letters are one run, permuted in a way that the
 * others decide, and each of those becomes one that the whole word decides. So nothing can be told from how often a
 * letter comes, also where a script has no other way to be written.
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

/* One letter alone, or a digit: none stays, and knowing one tells nothing of the others. Sattolo's shuffle. */
static void singles_make(struct pl_scramble *s, uint8_t *single, unsigned base)
{
    for (unsigned i = 0; i < base; i++)
        single[i] = (uint8_t)i;
    for (unsigned i = base - 1; i > 0; i--) {
        uint8_t message[3] = {'1', (uint8_t)base, (uint8_t)i}, kept = single[i];
        uint64_t other = pl_scramble_hash(s, message, sizeof message) % i;
        single[i] = single[other];
        single[other] = kept;
    }
}

void pl_scramble_init(struct pl_scramble *s, const uint8_t digest[32])
{
    *s = (struct pl_scramble){.key = {pl_le64(digest), pl_le64(digest + 8)}, .letters = PL_SCRAMBLE_LETTERS};
    singles_make(s, s->alone, sizeof s->alone);
    singles_make(s, s->digits, sizeof s->digits);
}

unsigned pl_scramble_fewer(unsigned letters)
{
    static const unsigned sizes[] = {PL_SCRAMBLE_LETTERS, 16, 8, 5, 3, 2, 1, 0};
    size_t i = 0;
    while (sizes[i] >= letters && sizes[i])
        i++;
    return sizes[i];
}

/* --- runs ------------------------------------------------------------------------------------- */

/* digit: what each place of the run stands for, below base. Another tweak gives another permutation. */
static void run_permute(const struct pl_scramble *s, uint8_t *digit, size_t count, unsigned base, uint64_t tweak)
{
    uint8_t message[RUN_MOST + 3 + 8];
    size_t extra = tweak ? 8 : 0;
    size_t half = count / 2;
    for (unsigned round = 0; round < ROUNDS; round++) {
        bool odd = round & 1;
        const uint8_t *from = odd ? digit + half : digit;
        uint8_t *to = odd ? digit : digit + half;
        size_t from_size = odd ? count - half : half, to_size = count - from_size;
        message[0] = (uint8_t)round, message[1] = (uint8_t)base, message[2] = (uint8_t)count;
        memcpy(message + 3, from, from_size);
        pl_put64(message + 3 + from_size, tweak);
        uint64_t h = 0;
        for (size_t i = 0; i < to_size; i++, h /= base) {
            if (i % 12 == 0) { /* 26^12 < 2^57 */
                message[1] = (uint8_t)(base + i);
                h = pl_scramble_hash(s, message, from_size + 3 + extra);
            }
            to[i] = (uint8_t)((to[i] + h % base) % base);
        }
    }
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
            run_permute(u->s, digit, count, number ? 10 : 26, 0);
        else
            *digit = number ? u->s->digits[*digit] : u->s->alone[*digit];
        for (size_t i = 0; i < count; i++) {
            unsigned c = unit_get(u, from + i), d = digit[i];
            if (number)
                unit_put(u, from + i, '0' + d % (1 + 9 * u->s->letters / PL_SCRAMBLE_LETTERS));
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
    if (u->s->letters < PL_SCRAMBLE_LETTERS && u->s->letters < below)
        below = u->s->letters;
    uint8_t message[8 + 8] = {0};
    size_t size = count * u->width; /* of one letter, so 4 or less */
    memcpy(message, u->data + at * u->width, size);
    pl_put64(message + size, u->context);
    return (unsigned)(pl_scramble_hash(u->s, message, size + (u->context ? 8 : 0)) % below);
}

static const struct script {
    uint16_t first, last, base, count; /* letters from first to last become one of count letters from base on */
} scripts[] = {
    {0x00c0, 0x00d6, 0xc0, 22},      {0x00d8, 0x024f, 0xe0, 22},      {0x0250, 0x02ff, 0xe0, 22},
    {0x0370, 0x03ff, 0x3b1, 16},     {0x0400, 0x052f, 0x430, 32},     {0x0530, 0x058f, 0x561, 32},
    {0x0591, 0x05ff, 0x5d0, 26},     {0x0600, 0x08ff, 0x628, 16},     {0x0900, 0x097f, 0x915, 32},
    {0x0980, 0x0dff, 0x915, 32},     {0x0e00, 0x0e7f, 0xe01, 32},     {0x0e80, 0x109f, 0xe01, 32},
    {0x10a0, 0x10ff, 0x10d0, 32},    {0x1100, 0x11ff, 0xac00, 11000}, {0x1200, 0x1dff, 0x430, 32},
    {0x1e00, 0x1eff, 0x1ea0, 80},    {0x1f00, 0x1fff, 0x3b1, 16},     {0x2070, 0x209f, 0x2080, 10},
    {0x2100, 0x214f, 0x2110, 16},    {0x2150, 0x218f, 0x2160, 12},    {0x2460, 0x24ff, 0x24d0, 26},
    {0x2800, 0x28ff, 0x2801, 255},   {0x2c00, 0x2fff, 0x430, 32},     {0x3040, 0x309f, 0x3042, 64},
    {0x30a0, 0x30ff, 0x30a2, 64},    {0x3100, 0xabff, 0x4e00, 20000}, {0xac00, 0xd7ff, 0xac00, 11000},
    {0xe000, 0xf8ff, 0xe000, 1024},  {0xf900, 0xfdff, 0x4e00, 20000}, {0xfe10, 0xfefe, 0x628, 16},
    {0xff00, 0xffef, 0x4e00, 20000},
};

static const struct script *script_of(unsigned c)
{
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++)
        if (c >= scripts[i].first && c <= scripts[i].last)
            return &scripts[i];
    return NULL;
}

static bool is_pair(const struct units *u, size_t at)
{
    return (unit_get(u, at) & 0xfc00) == 0xd800 && at + 1 < u->count && (unit_get(u, at + 1) & 0xfc00) == 0xdc00;
}

/* A unit of UTF-16 from 0x80 on; how many were done. */
static size_t utf16_one(const struct units *u, size_t at)
{
    unsigned c = unit_get(u, at);
    if (is_pair(u, at)) {
        unsigned n = pick(u, at, 2, 64);
        unit_put(u, at, 0xd83d);
        unit_put(u, at + 1, 0xde00 + n);
        return 2;
    }
    if (c >= 0xd800 && c < 0xe000) { /* half of a pair: another one */
        unit_put(u, at, c & 0xfc00);
        return 1;
    }
    const struct script *script = script_of(c);
    if (script)
        unit_put(u, at, script->base + pick(u, at, 1, script->count));
    return 1;
}

/* Bytes of the well-formed sequence there; 0: there is none. */
static size_t utf8_size(const struct units *u, size_t at)
{
    const uint8_t *p = u->data + at;
    size_t left = u->count - at, n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc2 ? 2 : 0;
    bool whole = n <= left && p[0] < 0xf5;
    for (size_t i = 1; whole && i < n; i++)
        whole = (p[i] & 0xc0) == 0x80;
    return whole ? n : 0;
}

/* Punctuation, and what readers look for: byte order marks, U+FFFD. What stays in UTF-16 does here. */
static bool utf8_stays(const uint8_t *p, size_t n)
{
    unsigned c =
        n == 2 ? (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu) : (p[0] & 0xfu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
    return n < 4 && !script_of(c);
}

/* A well-formed sequence becomes another one of its length; other bytes stay wrong. */
static size_t utf8_one(const struct units *u, size_t at)
{
    uint8_t *p = u->data + at;
    size_t n = utf8_size(u, at);
    if (!n) {
        p[0] = 0xff;
        return 1;
    }
    if (utf8_stays(p, n))
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

/* 1: half a width, or half a pair, 2: a pair. */
static size_t double_size(const struct units *u, size_t at, bool *whole)
{
    const uint8_t *p = u->data + at;
    bool half = u->codepage == 932 && p[0] >= 0xa1 && p[0] <= 0xdf;
    bool pair = !half && at + 1 < u->count && p[1] >= 0x40 && p[1] != 0x7f && p[0] > 0x80 && p[0] < 0xff;
    *whole = half || pair;
    return pair ? 2 : 1;
}

/* A pair of bytes becomes one that every page of its kind has. */
static size_t double_one(const struct units *u, size_t at)
{
    uint8_t *p = u->data + at;
    bool japanese = u->codepage == 932, whole;
    size_t size = double_size(u, at, &whole);
    if (size == 1) {
        p[0] = whole ? (uint8_t)(0xb1 + pick(u, at, 1, 32)) : 0xff;
        return 1;
    }
    unsigned v = pick(u, at, 2, 64);
    p[0] = japanese ? 0x82 : (uint8_t)(0xb0 + v / 16);
    p[1] = japanese ? (uint8_t)(0x9f + v) : (uint8_t)(0xa1 + v % 16);
    return 2;
}

/* Bytes that a single-byte page leaves open are left: they fail to decode as before. And the blank that has no
 * break. */
static bool byte_stays(const struct units *u, uint8_t byte)
{
    static const struct {
        unsigned codepage;
        const char *open;
    } pages[] = {
        {1250, "\x81\x83\x88\x90\x98"},
        {1251, "\x98"},
        {1252, "\x81\x8d\x8f\x90\x9d"},
        {1253, "\x81\x88\x8a\x8c\x8d\x8e\x8f\x90\x98\x9a\x9c\x9d\x9e\x9f\xaa\xd2\xff"},
        {1254, "\x81\x8d\x8e\x8f\x90\x9d\x9e"},
        {1255, "\x81\x8a\x8c\x8d\x8e\x8f\x90\x9a\x9c\x9d\x9e\x9f\xca\xd9\xda\xdb\xdc\xdd\xde\xdf\xfb\xfc\xff"},
        {1256, ""},
        {1257, "\x81\x83\x88\x8a\x8c\x90\x98\x9a\x9c\x9f\xa1\xa5"},
        {1258, "\x81\x8a\x8d\x8e\x8f\x90\x9a\x9d\x9e"},
        {874, "\x81\x82\x83\x84\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x90\x98\x99\x9a\x9b\x9c\x9d\x9e\x9f\xdb\xdc"
              "\xdd\xde\xfc\xfd\xfe"
              "\xff"},
    };
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (pages[i].codepage == u->codepage)
            return byte == 0xa0 || strchr(pages[i].open, byte);
    return false;
}

static size_t byte_one(const struct units *u, size_t at)
{
    uint8_t *p = u->data + at;
    if (!byte_stays(u, *p))
        *p = (uint8_t)(0xe0 + pick(u, at, 1, 16));
    return 1;
}

/* A unit from 0x80 on, or several that are one letter; how many were done. */
static size_t high_one(const struct units *u, size_t at)
{
    if (u->width == 2)
        return utf16_one(u, at);
    if (u->codepage == UTF8)
        return utf8_one(u, at);
    return is_double(u->codepage) ? double_one(u, at) : byte_one(u, at);
}

/* Units of the letter from 0x80 on at that place; 0: none is there, but punctuation, or nothing that is whole. */
static size_t high_size(const struct units *u, size_t at)
{
    unsigned c = unit_get(u, at);
    if (c < 0x80)
        return 0;
    if (u->width == 2)
        return is_pair(u, at) ? 2 : script_of(c) != NULL;
    if (u->codepage == UTF8) {
        size_t n = utf8_size(u, at);
        return n && !utf8_stays(u->data + at, n) ? n : 0;
    }
    bool whole = !byte_stays(u, (uint8_t)c);
    size_t n = is_double(u->codepage) ? double_size(u, at, &whole) : 1;
    return whole ? n : 0;
}

/* --- words of other letters -------------------------------------------------------------------------- */

static size_t letter_size(const struct units *u, size_t at)
{
    return scramble_is_letter(unit_get(u, at)) ? 1 : high_size(u, at);
}

static size_t word_end(const struct units *u, size_t at, bool *mixed)
{
    size_t n;
    for (*mixed = false; at < u->count && (n = letter_size(u, at)) > 0; at += n)
        *mixed = *mixed || unit_get(u, at) >= 0x80;
    return at;
}

/* A number, not 0, that the letters from 0x80 on and their places make. */
static uint64_t others_of(const struct units *u, size_t from, size_t to)
{
    uint64_t sum[3] = {0, 0, 1};
    for (size_t at = from, n; at < to; at += n) {
        n = letter_size(u, at);
        if (unit_get(u, at) < 0x80)
            continue;
        sum[1] = at - from;
        memcpy(&sum[2], u->data + at * u->width, n * u->width);
        sum[0] = pl_scramble_hash(u->s, sum, sizeof sum);
    }
    return sum[0] | 1;
}

/* The ASCII letters of a word that has others. */
static void ascii_permute(const struct units *u, size_t from, size_t to, uint64_t tweak)
{
    while (from < to) {
        uint8_t digit[RUN_MOST] = {0};
        size_t place[RUN_MOST], count = 0;
        for (size_t n; from < to && count < RUN_MOST; from += n) {
            unsigned c = unit_get(u, from);
            n = letter_size(u, from);
            if (c < 0x80) {
                digit[count] = (uint8_t)((c | 0x20) - 'a');
                place[count++] = from;
            }
        }
        run_permute(u->s, digit, count, 26, tweak);
        for (size_t i = 0; i < count; i++)
            unit_put(u, place[i], (is_upper(unit_get(u, place[i])) ? 'A' : 'a') + digit[i] % u->s->letters);
    }
}

static void word_mixed(const struct units *u, size_t from, size_t to)
{
    struct units one = *u;
    uint64_t word = pl_scramble_hash(u->s, u->data + from * u->width, (to - from) * u->width);
    ascii_permute(u, from, to, others_of(u, from, to));
    for (size_t at = from, n; at < to; at += n) {
        n = letter_size(u, at);
        one.context = 2 * (word + at - from) + 1;
        if (unit_get(u, at) >= 0x80)
            n = high_one(&one, at);
    }
}

/* --- texts ---------------------------------------------------------------------------------------- */

struct units scramble_units(const struct pl_scramble *s, unsigned codepage, uint8_t *data, size_t size)
{
    unsigned width = codepage == UTF16 ? 2 : 1;
    if (width == 2 && size % 2) /* half a unit is no text */
        data[size - 1] = 0;
    return (struct units){s, data, size / width, width, codepage, 0};
}

size_t scramble_step(const struct units *u, size_t at)
{
    unsigned c = unit_get(u, at);
    bool mixed = false;
    size_t end = scramble_is_digit(c) ? scramble_run_end(u, at) : word_end(u, at, &mixed);
    if (end == at)
        return at + (c >= 0x80 ? high_one(u, at) : 1);
    if (mixed)
        word_mixed(u, at, end);
    else
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

/* Even, most of it of one script: every other byte is zero, or no byte is. */
bool scramble_is_wide(const uint8_t *data, size_t size)
{
    size_t zeros = 0;
    for (size_t i = 1; i < size; i += 2) {
        unsigned unit = pl_le16(data + i - 1);
        if (unit && unit < 0x20 && unit != '\t' && unit != '\n' && unit != '\r')
            return false;
        zeros += !data[i] && data[i - 1];
    }
    return size >= 4 && size % 2 == 0 && zeros * 3 >= size / 2;
}

/* A text of 8 bits has no NULs within, and no bytes that are the upper half of Greek, Cyrillic, Hebrew and so on.
 */
bool scramble_is_wide_text(const uint8_t *data, size_t size)
{
    enum { SCRIPTS = 9, CERTAIN = 4 }; /* damage makes one such byte, or two */
    size_t units = 0, small = 0;
    while (size >= 2 && size % 2 == 0 && !pl_le16(data + size - 2))
        size -= 2;
    for (size_t i = 0; i + 1 < size; i += 2, units++) {
        unsigned unit = pl_le16(data + i);
        if ((!data[i] && data[i + 1] < SCRIPTS) || (unit < 0x20 && unit != '\t' && unit != '\n' && unit != '\r'))
            return false;
        small += data[i + 1] < SCRIPTS;
    }
    return size >= 4 && size % 2 == 0 && (small * 3 >= units || (small >= CERTAIN && small * 8 >= units));
}

void pl_scramble_text(const struct pl_scramble *s, unsigned codepage, uint8_t *data, size_t size)
{
    /* whatever the type of a value says: words of which every other byte is zero would come out letter by letter */
    struct units u = scramble_units(s, scramble_is_wide_text(data, size) ? UTF16 : codepage, data, size);
    char name[NAME_MOST + 1];
    bool short_one = value_ascii(&u, name);
    if (short_one && (scramble_keeps(name) || pl_zone_of_name(name)))
        return;
    bool decodes = scramble_decodes(s, codepage, data, size);
    size_t end;
    enum scramble_manner manner = scramble_manner_of(&u, &end);
    for (size_t at = 0; at < u.count;) {
        size_t kept = scramble_kept(&u, at, at < end ? manner : MANNER_WORDS);
        at = kept > at ? kept : scramble_step(&u, at);
    }
    scramble_agree(s, codepage, data, size, decodes);
}

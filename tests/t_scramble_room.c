/*
 * t_scramble_room.c - structures that are whole and in which somebody hid words: wherever in them, no four letters
 * in a row are left, of one byte or of two each. Whole ones without words keep what they mean.
 */
#include "scramble.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "buf.h"
#include "bytes.h"
#include "recur.h"
#include "tz.h"

#define SIZE_MOST 512u

struct structure {
    const char *name;
    size_t letters; /* so many in a row may be left: parts of GUIDs that are compared; 0 is 3 */
    enum pl_scramble_kind kind;
    uint8_t data[SIZE_MOST];
    size_t size;
};

static void put(struct structure *t, const void *bytes, size_t size)
{
    cr_assert(t->size + size <= SIZE_MOST);
    memcpy(t->data + t->size, bytes, size);
    t->size += size;
}
static void put16(struct structure *t, unsigned v)
{
    uint8_t b[2];
    pl_put16(b, (uint16_t)v);
    put(t, b, 2);
}
static void put32(struct structure *t, uint32_t v)
{
    uint8_t b[4];
    pl_put32(b, v);
    put(t, b, 4);
}
static void put_wide(struct structure *t, const char *text)
{
    for (; *text; text++)
        put16(t, (unsigned char)*text);
}

/* Every Monday from 2024-01-01, one date deleted, one moved to a place with a name. [MS-OXOCAL] 2.2.1.44 */
static struct structure recurrence(void)
{
    enum { DAY = 1440, START = 222485760 }; /* 2024-01-01 in minutes since 1601 */
    struct structure t = {.name = "recurrence", .kind = PL_SCRAMBLE_RECUR};
    put16(&t, 0x3004), put16(&t, 0x3004), put16(&t, 0x200b), put16(&t, 1), put16(&t, 0);
    put32(&t, 8640), put32(&t, 1), put32(&t, 0), put32(&t, 2), put32(&t, 0x2022), put32(&t, 10), put32(&t, 1);
    put32(&t, 2), put32(&t, START + 7 * DAY), put32(&t, START + 14 * DAY);
    put32(&t, 1), put32(&t, START + 14 * DAY), put32(&t, START), put32(&t, START + 63 * DAY);
    put32(&t, 0x3006), put32(&t, 0x3009), put32(&t, 600), put32(&t, 660), put16(&t, 1);
    uint32_t moved = START + 15 * DAY + 600;
    put32(&t, moved), put32(&t, moved + 60), put32(&t, START + 14 * DAY + 600);
    put16(&t, PL_EX_LOCATION | PL_EX_REMINDER_DELTA | PL_EX_BUSY);
    put32(&t, 15), put16(&t, 4), put16(&t, 3), put(&t, "Hub", 3), put32(&t, 2);
    put32(&t, 0), put32(&t, 4), put32(&t, 0), put32(&t, 0);
    put32(&t, moved), put32(&t, moved + 60), put32(&t, START + 14 * DAY + 600);
    put16(&t, 3), put_wide(&t, "Hub"), put32(&t, 0), put32(&t, 0);
    return t;
}

static void put_moment(struct structure *t, unsigned month)
{
    put16(t, 0), put16(t, month), put16(t, 0), put16(t, 5), put16(t, 3), put16(t, 0), put16(t, 0), put16(t, 0);
}

static struct structure zone(void)
{
    struct structure t = {.name = "zone", .kind = PL_SCRAMBLE_ZONE};
    put16(&t, 0x0102), put16(&t, 6 + 2 * 23), put16(&t, 2), put16(&t, 23), put_wide(&t, "W. Europe Standard Time");
    put16(&t, 2);
    for (unsigned i = 0; i < 2; i++) {
        put16(&t, 0x0102), put16(&t, 62), put16(&t, i ? 2 : 0), put16(&t, i ? 2008 : 1601);
        put(&t, (uint8_t[14]){0}, 14);
        put32(&t, (uint32_t)-60), put32(&t, 0), put32(&t, (uint32_t)(i ? -60 : -30));
        put_moment(&t, 10), put_moment(&t, 3);
    }
    return t;
}

static struct structure zone_struct(void)
{
    struct structure t = {.name = "zone as one rule", .kind = PL_SCRAMBLE_ZONE_STRUCT};
    put32(&t, (uint32_t)-60), put32(&t, 0), put32(&t, (uint32_t)-60);
    put16(&t, 0), put_moment(&t, 10), put16(&t, 0), put_moment(&t, 3);
    return t;
}

static struct structure goid(const char *tail, size_t size)
{
    struct structure t = {.name = "id of a meeting", .kind = PL_SCRAMBLE_GOID};
    put(&t, "\x04\0\0\0\x82\0\xe0\0\x74\xc5\xb7\x10\x1a\x82\xe0\x08", 16);
    put(&t, "\x07\xe8\x01\x0f", 4);
    put32(&t, 0x12345678), put32(&t, 0x01da3c00), put32(&t, 0), put32(&t, 0), put32(&t, (uint32_t)size);
    put(&t, tail, size);
    return t;
}

/* --- entry ids, [MS-OXCDATA] 2.2.5 */

static struct structure entry(const char *name, const char *uid, const char *rest, size_t size)
{
    struct structure t = {.name = name, .kind = PL_SCRAMBLE_ENTRY};
    put32(&t, 0), put(&t, uid, 16), put(&t, rest, size);
    return t;
}

#define GUID_A  "\x91\x02\xe4\x9a\x77\x1c\xd0\x11\xb2\x0f\x00\xaa\x00\x3f\x98\x01"
#define GUID_B  "\x0c\x82\xe1\x9a\x47\x1c\xd0\x11\xb2\x0f\x00\xaa\x00\x3f\x97\x05"
#define COUNTER "\0\0\0\0\x12\x9f\0\0"
#define BOOK    "\xdc\xa7\x40\xc8\xc0\x42\x10\x1a\xb4\xb9\x08\0\x2b\x2f\xe1\x82"
#define ONEOFF  "\x81\x2b\x1f\xa4\xbe\xa3\x10\x19\x9d\x6e\0\xdd\1\x0f\x54\2"
#define CONTACT "\xfe\x42\xaa\x0a\x18\xc7\x1a\x10\xe8\x85\x0b\x65\x1c\x24\0\0"
#define STORE   "\x38\xa1\xbb\x10\x05\xe5\x10\x1a\xa1\xbb\x08\0\x2b\x2a\x56\xc2"

static struct structure members(void)
{
    struct structure t = {.name = "members", .kind = PL_SCRAMBLE_MEMBERS},
                     e = entry("", BOOK, "\1\0\0\0\0\0\0\0/o=A/cn=B", 18);
    put16(&t, 0x64), put16(&t, 0), put32(&t, 0x0c00125a), put32(&t, 0), put32(&t, 1), put32(&t, 0);
    put32(&t, (uint32_t)e.size + 12), put32(&t, 0);
    put32(&t, (uint32_t)e.size), put(&t, e.data, e.size), put32(&t, 0), put32(&t, 0);
    return t;
}

/* --- rights, [MS-DTYP] 2.4 */

static void put_list(struct structure *t)
{
    put(t, "\2\0\x5c\0\3\0\0\0", 8);
    put(t,
        "\0\2\x24\0\xa9\x10\x12\0\1\5\0\0\0\0\0\5\x15\0\0\0\x11\x9a\x82\x03\xf1\x21\xc4\x90\x0b\x9e\xd2\x84\xf4\1\0"
        "\0",
        36);
    put(t, "\0\2\x14\0\xa9\x10\x12\0\1\1\0\0\0\0\0\1\0\0\0\0", 20);
    put(t, "\5\0\x1c\0\0\0\x10\0\0\0\0\0\1\2\0\0\0\0\0\5\x20\0\0\0\x20\2\0\0", 28);
}

static struct structure descriptor(void)
{
    struct structure t = {.name = "descriptor", .kind = PL_SCRAMBLE_DESCRIPTOR};
    put(&t, "\x08\0\3\0\0\0\0\0", 8);
    put(&t, "\1\0\4\x80\x14\0\0\0\x20\0\0\0\0\0\0\0\x2c\0\0\0", 20);
    put(&t, "\1\1\0\0\0\0\0\5\x12\0\0\0\1\1\0\0\0\0\0\5\x12\0\0\0", 24);
    put_list(&t);
    return t;
}

static struct structure list(void)
{
    struct structure t = {.name = "list of rights", .kind = PL_SCRAMBLE_DESCRIPTOR};
    put_list(&t);
    return t;
}

static struct structure certificate(void)
{
    struct structure t = {.name = "certificate", .kind = PL_SCRAMBLE_CERTIFICATE};
    put16(&t, 1), put16(&t, 8), put32(&t, 1), put16(&t, 3), put16(&t, 20),
        put(&t, "\x30\x82\1\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd", 16);
    return t;
}

static struct structure rule(void)
{
    struct structure t = {.name = "rule", .kind = PL_SCRAMBLE_ACTIONS},
                     e = entry("", BOOK, "\1\0\0\0\0\0\0\0/o=A/cn=B", 18);
    put16(&t, 1), put16(&t, (unsigned)(9 + 2 + 1 + 2 + 4 + 2 + e.size)), put(&t, "\7\0\0\0\0\0\0\0\0", 9),
        put16(&t, 1);
    put(&t, "\1", 1), put16(&t, 1), put32(&t, 0x0fff0102), put16(&t, (unsigned)e.size), put(&t, e.data, e.size);
    return t;
}

static size_t structures(struct structure out[20])
{
    size_t n = 0;
    out[n++] = recurrence();
    out[n++] = zone();
    out[n++] = zone_struct();
    out[n++] = goid(GUID_A, 16);
    out[n++] = goid("vCal-Uid\1\0\0\0uid-1@example.org", 30);
    out[n++] = entry("one-off", ONEOFF,
                     "\0\0\1\x90"
                     "A\0\0\0S\0M\0T\0P\0\0\0a\0@\0b\0\0",
                     24);
    out[n++] = entry("directory", BOOK, "\1\0\0\0\0\0\0\0/o=A/cn=B", 18);
    out[n++] = entry("contact", CONTACT, "\3\0\0\0\4\0\0\0\0\0\0\0\x18\0\0\0\0\0\0\0" GUID_A "\x24\0\x20\0", 40);
    out[n++] = entry("store", STORE, "\0\0mspst.dll\0\0\0\0\0\0\0\0\0" GUID_A "\1\0\0\0/a/b.pst", 49);
    out[n++] = entry("object of a file", GUID_A, "\x24\0\x20\0", 4);
    out[n] = entry("folder", GUID_A, "\1\0" GUID_B COUNTER, 26);
    out[n++].letters = 6;
    out[n] = entry("message", GUID_A, "\7\0" GUID_B COUNTER GUID_B COUNTER, 50);
    out[n++].letters = 6;
    out[n++] = members();
    out[n++] = descriptor();
    out[n++] = list();
    out[n++] = certificate();
    out[n++] = rule();
    return n;
}

static struct pl_scramble scramble(void)
{
    struct pl_scramble s;
    pl_scramble_init(
        &s, (const uint8_t[32]){7, 9}); /* with few keys a byte comes out as it was, beside three that stay */
    return s;
}

/* So many letters of the word in a row, of that many bytes each. */
static const char *left_of(const uint8_t *data, size_t size, const char *word, size_t unit, size_t letters)
{
    for (const char *p = word; strlen(p) >= letters; p++) {
        uint8_t row[16] = {0};
        for (size_t i = 0; i < letters; i++)
            row[i * unit] = (uint8_t)p[i];
        if (memmem(data, size, row, letters * unit))
            return p;
    }
    return NULL;
}

static void bury(const struct structure *t, size_t at, const char *word, size_t letters, size_t unit)
{
    struct pl_scramble s = scramble();
    enum pl_scramble_kind kinds[2] = {t->kind, PL_SCRAMBLE_SNIFFED};
    for (size_t k = 0; k < 2; k++) {
        uint8_t data[SIZE_MOST];
        memcpy(data, t->data, t->size);
        for (size_t i = 0; i < letters; i++) {
            memset(data + at + i * unit, 0, unit);
            data[at + i * unit] = (uint8_t)word[i];
        }
        (void)pl_scramble_blob(&s, kinds[k], 1252, data, t->size);
        const char *left = left_of(data, t->size, word, unit, (unit == 1 && t->letters ? t->letters : 3) + 1);
        cr_expect(!left, "%s, %s: of %zu letters of %zu at byte %zu is left %.4s", t->name, k ? "sniffed" : "known",
                  letters, unit, at, left ? left : "");
    }
}

Test(scramble_room, no_structure_has_room_for_words)
{
    static const char *const words[] = {"qzvjkxwqzvjk", "QZVJKXWQZVJK", "Abbadcaabdcb", "pqrstpqrstpq"};
    struct structure all[20];
    size_t count = structures(all);
    for (size_t i = 0; i < count; i++)
        for (size_t w = 0; w < sizeof words / sizeof *words; w++)
            for (size_t unit = 1; unit <= 2; unit++)
                for (size_t letters = 4; letters <= 12; letters++)
                    for (size_t at = 0; at + letters * unit <= all[i].size; at++)
                        bury(&all[i], at, words[w], letters, unit);
}

/* The numbers of structures that say nothing else are the same, so a copy converts as the store does. */
Test(scramble_room, what_structures_mean_stays)
{
    struct pl_scramble s = scramble();
    struct structure all[20];
    size_t count = structures(all);
    for (size_t i = 0; i < count; i++) {
        struct structure was = all[i];
        cr_expect(pl_scramble_blob(&s, was.kind, 1252, all[i].data, was.size), "%s", was.name);
    }
    struct structure r = recurrence(), z = zone(), o = zone_struct();
    cr_expect(!memcmp(all[1].data, z.data, z.size) && !memcmp(all[2].data, o.data, o.size));
    size_t differ = 0;
    for (size_t i = 0; i < r.size; i++)
        differ += r.data[i] != all[0].data[i];
    cr_expect(differ > 0 && differ <= 4 + 3 + 3, "%zu bytes differ, beside the names", differ);
}

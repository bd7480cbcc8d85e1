/*
 * entryid.c - decoding entry ids: see entryid.h. Pure; a part of the core.
 *
 * An id is 4 bytes of flags, 16 bytes that name its provider, and what that
 * provider puts there. A wrapped id holds another one; the unwrapping is bounded,
 * since an id can't be longer than its wrapper.
 */
#include "entryid.h"

#include <string.h>

#include "bytes.h"

#define WRAPS_MOST     8
#define ONEOFF_UNICODE 0x8000

const uint8_t pl_oneoff_uid[16] = {0x81, 0x2b, 0x1f, 0xa4, 0xbe, 0xa3, 0x10, 0x19,
                                   0x9d, 0x6e, 0x00, 0xdd, 0x01, 0x0f, 0x54, 0x02};
const uint8_t pl_book_uid[16] = {0xdc, 0xa7, 0x40, 0xc8, 0xc0, 0x42, 0x10, 0x1a,
                                 0xb4, 0xb9, 0x08, 0x00, 0x2b, 0x2f, 0xe1, 0x82};
const uint8_t pl_contact_uid[16] = {0xfe, 0x42, 0xaa, 0x0a, 0x18, 0xc7, 0x1a, 0x10,
                                    0xe8, 0x85, 0x0b, 0x65, 0x1c, 0x24, 0x00, 0x00};
const uint8_t pl_wrapped_uid[16] = {0xc0, 0x91, 0xad, 0xd3, 0x51, 0x9d, 0xcf, 0x11,
                                    0xa4, 0xa9, 0x00, 0xaa, 0x00, 0x47, 0xfa, 0xa4};

/* A NUL-terminated string; a missing terminator ends with the bytes. */
static const char *take_string(struct pl_text *t, struct pl_arena *a, unsigned codepage, bool wide,
                               struct pl_cursor *c)
{
    size_t unit = wide ? 2 : 1, left = pl_cursor_left(c), size = 0;
    unsigned replaced = 0;
    bool known = true;
    const uint8_t *data = c->data + c->at;
    while (size + unit <= left && (data[size] || (wide && data[size + 1])))
        size += unit;
    pl_take(c, size + unit <= left ? size + unit : size);
    return wide ? pl_text_utf16(a, data, size, &replaced)
                : pl_text_codepage(t, a, codepage, data, size, &replaced, &known);
}

static bool decode_oneoff(struct pl_text *t, struct pl_arena *a, unsigned codepage, struct pl_cursor *c,
                          struct pl_entry *out)
{
    pl_take16(c);
    bool wide = (pl_take16(c) & ONEOFF_UNICODE) != 0;
    if (c->failed)
        return false;
    out->kind = PL_ENTRY_ONEOFF;
    out->name = take_string(t, a, codepage, wide, c);
    out->type = take_string(t, a, codepage, wide, c);
    out->address = take_string(t, a, codepage, wide, c);
    return out->name && out->type && out->address;
}

static bool decode_book(struct pl_text *t, struct pl_arena *a, unsigned codepage, struct pl_cursor *c,
                        struct pl_entry *out)
{
    pl_take32(c);
    out->is_list = pl_take32(c) == 1;
    if (c->failed)
        return false;
    out->kind = PL_ENTRY_BOOK;
    out->dn = take_string(t, a, codepage, false, c);
    return out->dn && *out->dn;
}

static bool decode_contact(struct pl_cursor *c, struct pl_entry *out)
{
    pl_take32(c);
    out->is_list = pl_take32(c) == 5;
    uint32_t index = pl_take32(c);
    uint32_t size = pl_take32(c);
    if (c->failed)
        return false;
    size_t left = pl_cursor_left(c);
    out->kind = PL_ENTRY_CONTACT;
    out->slot = index <= 5 ? (int)index : -1;
    out->object = (struct pl_bytes){.data = c->data + c->at, .size = size < left ? size : left};
    return out->object.size > 0;
}

/* Bits 4-6 of a wrapper's type: which address of the contact. */
static int wrapped_slot(uint8_t type)
{
    static const int slots[8] = {3, 4, 5, -1, 0, 1, 2, -1};
    return slots[type >> 4 & 7];
}

/* What is left after the wrapper: an id of a store for a contact, else an id of its own. */
static bool unwrap(struct pl_cursor *c, struct pl_entry *out, bool *done)
{
    uint8_t type = pl_take8(c);
    if (c->failed)
        return false;
    unsigned what = type & 0x0f;
    *done = what == 3 || what == 4;
    if (!*done)
        return true;
    out->kind = PL_ENTRY_CONTACT;
    out->is_list = what == 4;
    out->slot = wrapped_slot(type);
    out->object = (struct pl_bytes){.data = c->data + c->at, .size = pl_cursor_left(c)};
    return out->object.size > 0;
}

bool pl_entryid_is_oneoff(struct pl_bytes id) { return id.size >= 20 && !memcmp(id.data + 4, pl_oneoff_uid, 16); }

bool pl_entryid_decode(struct pl_text *t, struct pl_arena *a, unsigned codepage, struct pl_bytes id,
                       struct pl_entry *out)
{
    *out = (struct pl_entry){.kind = PL_ENTRY_OTHER, .object = id, .slot = -1};
    struct pl_cursor c = pl_cursor(id.data, id.size);
    for (int depth = 0; depth < WRAPS_MOST; depth++) {
        size_t start = c.at;
        pl_take32(&c);
        const uint8_t *uid = pl_take(&c, 16);
        if (!uid)
            return false;
        if (!memcmp(uid, pl_oneoff_uid, 16))
            return decode_oneoff(t, a, codepage, &c, out);
        if (!memcmp(uid, pl_book_uid, 16))
            return decode_book(t, a, codepage, &c, out);
        if (!memcmp(uid, pl_contact_uid, 16))
            return decode_contact(&c, out);
        bool done = false;
        if (memcmp(uid, pl_wrapped_uid, 16) != 0) {
            out->object = (struct pl_bytes){.data = c.data + start, .size = c.size - start};
            return true;
        }
        if (!unwrap(&c, out, &done))
            return false;
        if (done)
            return true;
    }
    return false;
}

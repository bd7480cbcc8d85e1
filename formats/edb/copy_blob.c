/*
 * copy_blob.c - packed properties of Exchange 2013 without their words. See copy.h; the form is told in
 * prop_blob.h.
 *
 * Each value tells by its first byte what it is and how long, so a blob is walked by its values. Behind one that is
 * not known everything is overwritten.
 */
#include <string.h>

#include "bytes.h"
#include "copy.h"
#include "prop.h"
#include "prop_blob.h"
#include "text.h"

#define MULTI      0x80u
#define VALUELESS  0x02u
#define NEAR       0x78u
#define FAR        0x7au
#define APART_SIZE 12u
#define TAG_SIZE   3u
#define NESTED     4u
#define UTF8       65001u

enum { CLASS_BOOL = 0x08, CLASS_TIME = 0x38, CLASS_GUID = 0x40, CLASS_TEXT = 0x48, CLASS_BINARY = 0x50 };

struct blob {
    struct edb_copy *c;
    uint8_t *data;
    struct pl_cursor at;
    unsigned depth;
    bool dry;         /* only looked at */
    unsigned reading; /* as a reader chooses it: prop_blob_reading() */
};

static bool values(struct blob *b, const uint8_t *tags, size_t count);

/* Bytes behind the marker: of a number, or of a text or binary value with its length in front. -1: not known. */
static int width_of(uint8_t marker)
{
    static const int8_t widths[] = {0, 1, 2, 4, 8};
    unsigned form = marker & 7u;
    switch (marker & 0x78) {
    case CLASS_BOOL: return form <= 1 ? 0 : -1;
    case 0x10: return form < 3 ? widths[form] : -1;
    case 0x18: return form < 4 ? widths[form] : -1;
    case 0x20: return form < 5 ? widths[form] : -1;
    case 0x28: return form == 0 ? 4 : form == 2 ? 0 : -1;
    case 0x30: return form == 0 ? 8 : form == 2 ? 0 : -1;
    case CLASS_TIME: return form == 0 ? 8 : form == 1 ? 4 : -1;
    case CLASS_GUID: return form == 0 ? 16 : -1;
    case CLASS_TEXT:
    case CLASS_BINARY: return widths[form & 3u];
    default: return -1;
    }
}

static uint32_t length_take(struct pl_cursor *c, int width)
{
    return width == 1 ? pl_take8(c) : width == 2 ? pl_take16(c) : width == 4 ? pl_take32(c) : 0;
}

/* Text is UTF-16 when every other byte says so, whatever the marker does. */
static void text_do(struct blob *b, uint8_t marker, uint8_t *data, size_t size)
{
    size_t zeros = 0;
    if (b->dry)
        return;
    for (size_t i = 1; i < size; i += 2)
        zeros += !data[i];
    bool wide = size % 2 == 0 && (!(marker & 4) || zeros * 4 > size);
    unsigned narrow = pl_utf8_valid((const char *)data, size) ? UTF8 : 1252; /* as the reader sees it */
    pl_scramble_text(&b->c->scramble, wide ? 1200 : narrow, data, size);
}

static void binary_do(struct blob *b, unsigned id, uint8_t *data, size_t size)
{
    bool good = true;
    enum pl_scramble_kind kind =
        id ? pl_scramble_kind_of(id < 0x8000 ? (int)pl_pid_of_tag((uint16_t)id) : PID_NONE, (uint16_t)id)
           : PL_SCRAMBLE_OPAQUE;
    if (b->dry)
        return;
    if (size > 8 && !memcmp(data, "ProP", 4) && b->depth < NESTED) {
        struct blob inner = {b->c,         data,  pl_cursor(data, size),
                             b->depth + 1, false, prop_blob_reading((struct pl_bytes){data, size})};
        pl_take(&inner.at, 4);
        unsigned flags = pl_take16(&inner.at), count = pl_take16(&inner.at);
        if (flags & 1)
            pl_take32(&inner.at);
        const uint8_t *tags = pl_take(&inner.at, (size_t)count * TAG_SIZE);
        good = tags && values(&inner, tags, count);
    } else {
        unsigned page = kind == PL_SCRAMBLE_HTML ? edb_copy_html_page(b->c, data, size, false) : UTF8;
        good = pl_scramble_blob(&b->c->scramble, kind == PL_SCRAMBLE_OPAQUE ? PL_SCRAMBLE_SNIFFED : kind, page,
                                data, size);
    }
    if (!good)
        pl_unknown_add(&b->c->job->result->unknown, "packed property 0x%04x", id);
}

static void guid_do(struct blob *b, uint8_t *guid)
{
    if (!b->dry)
        pl_scramble_guid(&b->c->scramble, guid);
}

static bool one(struct blob *b, uint8_t marker, unsigned id, bool in_list)
{
    unsigned class = marker & 0x78u;
    int width = in_list && class == CLASS_TIME ? 8 : width_of(marker);
    if (width < 0)
        return false;
    bool variable = class == CLASS_TEXT || class == CLASS_BINARY;
    size_t size = variable ? length_take(&b->at, width) : (size_t)width, from = b->at.at;
    if (class == CLASS_TEXT && !(marker & 4) && b->reading & PROP_FORM_UNITS)
        size *= 2;
    if (!pl_take(&b->at, size))
        return false;
    if (class == CLASS_TEXT)
        text_do(b, marker, b->data + from, size);
    else if (class == CLASS_GUID)
        guid_do(b, b->data + from);
    else if (class == CLASS_BINARY && size)
        binary_do(b, id, b->data + from, size);
    return true;
}

/* Elements of fixed size stand bare, others have their own marker. */
static bool several(struct blob *b, uint8_t marker, unsigned id)
{
    static const uint8_t sizes[] = {[0x10 / 8] = 2, [0x18 / 8] = 4, [0x20 / 8] = 8, [0x28 / 8] = 4,
                                    [0x30 / 8] = 8, [0x38 / 8] = 8, [0x40 / 8] = 16};
    unsigned form = marker & 7u, class = marker & 0x78u;
    if (form > 2)
        return false;
    uint32_t count = length_take(&b->at, (int)form);
    for (uint32_t i = 0; i < count && !b->at.failed; i++) {
        if (class == CLASS_TEXT || class == CLASS_BINARY) {
            uint8_t own = pl_take8(&b->at);
            if (b->at.failed || (own & 0x78u) != class || !one(b, own, id, true))
                return false;
        } else {
            size_t from = b->at.at;
            if (class / 8 >= sizeof sizes || !pl_take(&b->at, sizes[class / 8]))
                return false;
            if (class == CLASS_GUID)
                guid_do(b, b->data + from);
        }
    }
    return !b->at.failed;
}

enum taken { TAKEN, CUT, ODD };

/* The cursor stays in front of a value that is not taken. */
static enum taken value(struct blob *b, unsigned id)
{
    size_t start = b->at.at;
    uint8_t marker = pl_take8(&b->at);
    bool good = !b->at.failed;
    if (good && (marker == NEAR || marker == FAR))
        good = pl_take(&b->at, APART_SIZE) != NULL;
    else if (good && marker)
        good = marker & MULTI ? several(b, marker, id) : one(b, marker, id, false);
    bool cut = b->at.failed;
    if (!good) {
        b->at.failed = false;
        b->at.at = start;
    }
    return good ? TAKEN : cut ? CUT : ODD;
}

static bool fits(uint8_t type, uint8_t marker)
{
    return !marker || marker == NEAR || marker == FAR || (marker & 0xf8) == (type & 0xf8 & ~2u);
}

/* The value is in another blob of the row. */
static bool is_elsewhere(const struct blob *b, uint8_t type)
{
    return b->reading & PROP_FORM_VALUELESS && type & VALUELESS;
}

/* Do all values from the i-th on fit from here to the end? */
static bool rest_fits(const struct blob *from, const uint8_t *tags, size_t i, size_t count, size_t *steps)
{
    struct blob b = *from;
    b.dry = true;
    for (; i < count && *steps; i++, --*steps)
        if (is_elsewhere(&b, tags[i * TAG_SIZE]))
            continue;
        else if (!pl_cursor_left(&b.at) || !fits(tags[i * TAG_SIZE], b.data[b.at.at]) || value(&b, 0) != TAKEN)
            return false;
    return i == count && !pl_cursor_left(&b.at);
}

/* Behind a value of no known form the reader looks for the place from which the rest fits; that place stays the
 * only one, because what is overwritten is no value either. */
static bool resync(struct blob *b, const uint8_t *tags, size_t next, size_t count)
{
    size_t start = b->at.at, steps = 65536;
    struct blob probe = *b;
    bool found = false;
    for (probe.at.at = start + 1; probe.at.at <= b->at.size && steps && !found; probe.at.at += !found, steps--)
        found = rest_fits(&probe, tags, next, count, &steps);
    size_t end = found ? probe.at.at : b->at.size;
    if (end > start + 1)
        memset(b->data + start + 1, 0xff, end - start - 1);
    b->at.at = end;
    return found;
}

/* A value that is cut keeps what says so: its marker and length. */
static void cut_clear(struct blob *b)
{
    size_t kept = b->at.at + 5;
    if (kept < b->at.size)
        memset(b->data + kept, 0, b->at.size - kept);
    b->at.at = b->at.size;
}

/* false: some were not known. */
static bool values(struct blob *b, const uint8_t *tags, size_t count)
{
    bool all = true;
    for (size_t i = 0; i < count; i++) {
        if (is_elsewhere(b, tags[i * TAG_SIZE]))
            continue;
        enum taken taken = value(b, pl_le16(tags + i * TAG_SIZE + 1));
        all = all && taken == TAKEN;
        if (taken == CUT)
            cut_clear(b);
        if (taken == CUT || (taken == ODD && !resync(b, tags, i + 1, count)))
            return false;
    }
    memset(b->data + b->at.at, 0xff, pl_cursor_left(&b->at));
    return all && !pl_cursor_left(&b->at);
}

void edb_copy_blob(struct edb_copy *c, uint8_t *data, size_t size)
{
    struct blob b = {c, data, pl_cursor(data, size), 0, false, 0};
    struct pl_unknown *unknown = &c->job->result->unknown;
    const uint64_t before = unknown->count;
    binary_do(&b, 0, data, size);
    if (unknown->count > before) /* one value of one column */
        unknown->count = before + 1;
}

bool edb_copy_list(struct edb_copy *c, uint8_t *data, size_t size)
{
    struct blob b = {c, data, pl_cursor(data, size), 0, false, 0};
    bool good = true;
    while (good && pl_cursor_left(&b.at))
        good = value(&b, 0) == TAKEN;
    if (!good)
        memset(data + b.at.at, 0, size - b.at.at);
    return good;
}

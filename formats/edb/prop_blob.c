/*
 * prop_blob.c - the packed properties of Exchange 2013 and later: see prop_blob.h.
 *
 * Layer: inside the EDB reader, pure. A value's first byte is its class (upper five bits,
 * the highest for several values) and its form (lower three): how many bytes the number has,
 * or its length. So a property whose type is not known is skipped by its value. When the
 * value is not known either, the place is looked for from which all values that follow fit
 * their types and end exactly at the end; the search has a budget.
 */
#include "prop_blob.h"

#define MULTI       0x80u
#define VALUELESS   0x02u /* of a type */
#define LATER_FLAG  0x01u /* 32 bits more follow the count */
#define VERSION     0x0400u
#define NEAR        0x78u
#define FAR         0x7au
#define TAG_SIZE    3u
#define NUMBER_ROOM 8u

enum { CLASS_BOOL = 0x08, CLASS_TIME = 0x38, CLASS_GUID = 0x40, CLASS_TEXT = 0x48, CLASS_BINARY = 0x50 };

static const struct type_row {
    uint8_t code;
    uint16_t type;
    uint8_t size; /* of one value; 0 = any */
} types[] = {
    {0x08, PT_BOOLEAN, 1},  {0x10, PT_SHORT, 2},  {0x18, PT_LONG, 4},    {0x20, PT_I8, 8},
    {0x24, PT_CURRENCY, 8}, {0x28, PT_FLOAT, 4},  {0x30, PT_DOUBLE, 8},  {0x34, PT_APPTIME, 8},
    {0x38, PT_SYSTIME, 8},  {0x40, PT_CLSID, 16}, {0x48, PT_UNICODE, 0}, {0x50, PT_BINARY, 0},
};

static const struct type_row *type_find(uint8_t code)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].code == code)
            return &types[i];
    return NULL;
}

/* Class, without the bit for several values. */
static uint8_t class_of(uint8_t code) { return code & 0x78; }
static bool is_number(uint8_t class) { return (class >= CLASS_BOOL && class <= 0x20) || class == CLASS_TIME; }

struct reader {
    struct pl_cursor c;
    struct pl_arena *a; /* NULL: only measured */
    unsigned rules;     /* PROP_FORM_VALUELESS, PROP_FORM_UNITS */
    unsigned forms;     /* what was seen */
    bool no_memory;
};

enum taken { TAKEN, CUT, ODD };

/* --- one value ------------------------------------------------------------------------- */

/* What a first byte announces: `size` bytes follow, or a length of `prefix` bytes. false: unknown. */
static bool form_of(uint8_t marker, unsigned *size, unsigned *prefix)
{
    static const uint8_t widths[] = {0, 1, 2, 4, 8};
    unsigned form = marker & 7u;
    *size = *prefix = 0;
    switch (marker & 0xf8) {
    case CLASS_BOOL: return form <= 1;
    case 0x10: *size = widths[form < 3 ? form : 0]; return form < 3;
    case 0x18: *size = widths[form < 4 ? form : 0]; return form < 4;
    case 0x20: *size = widths[form < 5 ? form : 0]; return form < 5;
    case 0x28: *size = form ? 0 : 4; return form == 0 || form == 2;
    case 0x30: *size = form ? 0 : 8; return form == 0 || form == 2;
    case CLASS_TIME: *size = form ? 4 : 8; return form <= 1;
    case CLASS_GUID: *size = 16; return form == 0;
    case CLASS_TEXT: *prefix = widths[form & 3u]; return true;
    case CLASS_BINARY: *prefix = widths[form & 3u]; return form < 4;
    default: return false;
    }
}

static uint32_t length_take(struct pl_cursor *c, unsigned prefix)
{
    return prefix == 1 ? pl_take8(c) : prefix == 2 ? pl_take16(c) : prefix == 4 ? pl_take32(c) : 0;
}

/* A number of the size that its type has. Only times are unsigned where they are short. */
static bool number_put(struct reader *r, uint8_t marker, struct pl_bytes stored, unsigned size,
                       struct prop_piece *out)
{
    uint64_t u = class_of(marker) == CLASS_BOOL ? marker & 1u : 0;
    for (size_t i = 0; i < stored.size; i++)
        u |= (uint64_t)stored.data[i] << 8 * i;
    if (class_of(marker) != CLASS_TIME && stored.size && stored.size < 8 && u >> (8 * stored.size - 1))
        u |= UINT64_MAX << 8 * stored.size;
    uint8_t *data = pl_arena_alloc(r->a, NUMBER_ROOM);
    if (!data) {
        r->no_memory = true;
        return false;
    }
    pl_put64(data, u);
    out->bytes = (struct pl_bytes){data, size};
    return true;
}

static void text_put(struct reader *r, uint8_t marker, struct pl_bytes stored, struct prop_piece *out)
{
    size_t zeros = 0;
    out->bytes = stored;
    out->narrow = marker & 4;
    for (size_t i = 1; out->narrow && i < stored.size; i += 2)
        zeros += !stored.data[i];
    if (zeros * 4 > stored.size && !(stored.size & 1)) { /* 8-bit texts have no zeros */
        out->narrow = false;
        r->forms |= PROP_FORM_WIDE;
    }
}

/* What follows a first byte. `size`: of a number as its type wants it. */
static enum taken scalar_take(struct reader *r, uint8_t marker, unsigned size, struct prop_piece *out)
{
    unsigned fixed, prefix;
    if (!form_of(marker, &fixed, &prefix))
        return ODD;
    size_t length = prefix ? length_take(&r->c, prefix) : fixed;
    bool wide = class_of(marker) == CLASS_TEXT && !(marker & 4);
    if (wide && r->rules & PROP_FORM_UNITS)
        length *= 2;
    struct pl_bytes stored = {pl_take(&r->c, length), length};
    if (r->c.failed)
        return CUT;
    if (!r->a)
        return wide && length & 1 ? ODD : TAKEN;
    static const uint8_t zeros[16];
    *out = (struct prop_piece){.bytes = stored};
    if (is_number(class_of(marker)))
        return number_put(r, marker, stored, size, out) ? TAKEN : CUT;
    if (class_of(marker) == CLASS_TEXT)
        text_put(r, marker, stored, out);
    else if (class_of(marker) < CLASS_TIME && !length)
        out->bytes = (struct pl_bytes){zeros, class_of(marker) == 0x28 ? 4 : 8};
    return TAKEN;
}

static enum taken element_take(struct reader *r, uint8_t class, struct prop_piece *out)
{
    static const uint8_t sizes[] = {[0x10 / 8] = 2, [0x18 / 8] = 4, [0x20 / 8] = 8, [0x28 / 8] = 4,
                                    [0x30 / 8] = 8, [0x38 / 8] = 8, [0x40 / 8] = 16};
    if (class == CLASS_TEXT || class == CLASS_BINARY) {
        uint8_t marker = pl_take8(&r->c);
        return r->c.failed ? CUT : (marker & 0xf8) != class ? ODD : scalar_take(r, marker, 0, out);
    }
    unsigned size = class / 8u < sizeof sizes ? sizes[class / 8u] : 0;
    const uint8_t *data = pl_take(&r->c, size);
    if (!size || !data)
        return size ? CUT : ODD;
    if (r->a)
        *out = (struct prop_piece){.bytes = {data, size}};
    return TAKEN;
}

static enum taken multi_take(struct reader *r, uint8_t marker, struct prop_packed *out)
{
    unsigned form = marker & 7u;
    struct prop_piece *pieces = NULL, one;
    if (form > 2)
        return ODD;
    uint32_t count = length_take(&r->c, form);
    if (r->c.failed || count > pl_cursor_left(&r->c))
        return CUT;
    if (r->a && !(pieces = pl_arena_zalloc(r->a, count + 1u, sizeof *pieces))) {
        r->no_memory = true;
        return CUT;
    }
    for (uint32_t i = 0; i < count; i++) {
        enum taken taken = element_take(r, class_of(marker), pieces ? &pieces[i] : &one);
        if (taken != TAKEN)
            return taken;
    }
    out->pieces = pieces;
    out->count = count;
    return TAKEN;
}

static enum taken apart_take(struct reader *r, uint8_t marker, struct prop_packed *out)
{
    out->place = PROP_SEPARATED;
    out->apart.far = marker == FAR;
    out->apart.slot = pl_take16(&r->c);
    out->apart.hint = pl_take32(&r->c);
    out->apart.encoding = pl_take16(&r->c);
    out->apart.size = pl_take32(&r->c);
    return r->c.failed ? CUT : TAKEN;
}

/* Whether a value with this first byte can be of that type. */
static bool fits(uint8_t type, uint8_t marker)
{
    uint8_t base = type & (uint8_t) ~(MULTI | VALUELESS);
    return !marker || marker == NEAR || marker == FAR || !type_find(base) || (marker & 0xf8) == (type & 0xf8);
}

static enum taken value_take(struct reader *r, uint8_t type, struct prop_packed *out)
{
    const struct type_row *row = type_find(type & (uint8_t) ~(MULTI | VALUELESS));
    struct prop_piece *piece = NULL;
    uint8_t marker = pl_take8(&r->c);
    if (r->c.failed)
        return CUT;
    if (!r->a && !fits(type, marker))
        return ODD;
    out->place = PROP_HERE;
    if (marker == NEAR || marker == FAR)
        return apart_take(r, marker, out);
    if (!marker) {
        out->place = PROP_DELETED;
        return TAKEN;
    }
    bool same = row && (marker & 0xf8) == (type & 0xf8);
    bool both = row && is_number(class_of(marker)) && is_number(class_of(type)) && !((marker | type) & MULTI);
    if (!same && !both)
        out->place = PROP_UNREADABLE;
    if (marker & MULTI)
        return multi_take(r, marker, out);
    if (r->a && !(piece = pl_arena_zalloc(r->a, 1, sizeof *piece))) {
        r->no_memory = true;
        return CUT;
    }
    out->pieces = piece;
    out->count = 1;
    return scalar_take(r, marker, row && row->size ? row->size : NUMBER_ROOM, piece);
}

/* --- readings of a blob ---------------------------------------------------------------------- */

struct tags {
    const uint8_t *data;
    size_t count;
};
static uint8_t tag_type(const struct tags *t, size_t i) { return t->data[i * TAG_SIZE]; }
static bool is_valueless(const struct reader *r, uint8_t type)
{
    return r->rules & PROP_FORM_VALUELESS && type & VALUELESS;
}

/* How many of the values from the i-th on fit, one after the other. *exact: all of them, to the end. */
static size_t measure(const struct reader *from, const struct tags *t, size_t i, size_t *steps, bool *exact)
{
    struct reader r = *from;
    struct prop_packed ignored;
    size_t first = i;
    r.a = NULL;
    for (; i < t->count; i++) {
        if (is_valueless(&r, tag_type(t, i)))
            continue;
        if (!*steps || value_take(&r, tag_type(t, i), &ignored) != TAKEN)
            break;
        --*steps;
    }
    *exact = i == t->count && r.c.at == r.c.size;
    return i - first;
}

/* The reading that ends where the blob ends; without one, that which comes furthest. */
static void rules_choose(struct reader *r, const struct tags *t)
{
    unsigned best = 0;
    size_t furthest = 0;
    bool exact = false;
    for (unsigned rules = 0; rules < 4 && !exact; rules++) {
        size_t steps = t->count;
        r->rules = rules;
        size_t reached = measure(r, t, 0, &steps, &exact);
        if (exact || reached > furthest) {
            best = rules;
            furthest = reached;
        }
    }
    r->rules = best;
}

/* Behind a value that is not known, when there is one place where the rest fits. */
static bool resync(struct reader *r, const struct tags *t, size_t next, size_t start, size_t *steps)
{
    bool exact = next == t->count;
    struct reader probe = *r;
    probe.c.failed = false;
    for (size_t at = start + 1; next < t->count && at < r->c.size && !exact && *steps; at++) {
        probe.c.at = at;
        --*steps;
        measure(&probe, t, next, steps, &exact);
    }
    r->c.failed = false;
    r->c.at = next == t->count ? r->c.size : exact ? probe.c.at : start;
    return exact;
}

static void values_take(struct reader *r, const struct tags *t, struct prop_packed *list, size_t *steps,
                        struct prop_blob *out)
{
    size_t i = 0;
    for (; i < t->count && !r->no_memory; i++) {
        uint8_t type = tag_type(t, i);
        const struct type_row *row = type_find(type & (uint8_t) ~(MULTI | VALUELESS));
        struct prop_packed *p = &list[i];
        size_t start = r->c.at;
        p->tag = (uint32_t)pl_le16(t->data + i * TAG_SIZE + 1) << 16 | (row ? row->type : 0u) |
                 (row && type & MULTI ? (unsigned)PT_MULTI : 0u);
        if (is_valueless(r, type)) {
            p->place = PROP_OTHER;
            continue;
        }
        enum taken taken = value_take(r, type, p);
        if (taken == CUT)
            break;
        if (taken == ODD) {
            p->place = PROP_UNREADABLE;
            if (!resync(r, t, i + 1, start, steps)) {
                out->unreadable++;
                i++;
                break;
            }
        }
        out->unreadable += p->place == PROP_UNREADABLE;
    }
    out->count = i;
    out->missing = t->count - i;
    out->behind = out->missing ? 0 : r->c.size - r->c.at;
}

/* The list of properties in front of the values. A literal, why there is none; NULL: it was read. */
static const char *head_take(struct reader *r, struct tags *tags)
{
    const uint8_t *magic = pl_take(&r->c, 4);
    if (!magic || memcmp(magic, "ProP", 4) != 0)
        return "is of a form that is not known";
    uint16_t flags = pl_take16(&r->c);
    tags->count = pl_take16(&r->c);
    if (flags & LATER_FLAG)
        pl_take32(&r->c);
    tags->data = pl_take(&r->c, tags->count * TAG_SIZE);
    if (r->c.failed)
        return "is cut in the list of its properties";
    if ((flags & ~LATER_FLAG) != VERSION)
        r->forms |= PROP_FORM_LATER;
    return NULL;
}

unsigned prop_blob_reading(struct pl_bytes blob)
{
    struct reader r = {.c = pl_cursor(blob.data, blob.size)};
    struct tags tags = {0};
    if (!head_take(&r, &tags))
        rules_choose(&r, &tags);
    return r.rules;
}

bool prop_blob_decode(struct pl_arena *a, struct pl_bytes blob, size_t *steps, struct prop_blob *out)
{
    struct reader r = {.c = pl_cursor(blob.data, blob.size), .a = a};
    *out = (struct prop_blob){0};
    struct tags tags = {0};
    if ((out->fault = head_take(&r, &tags)))
        return true;
    struct prop_packed *list = pl_arena_zalloc(a, tags.count + 1, sizeof *list);
    if (!list)
        return false;
    rules_choose(&r, &tags);
    values_take(&r, &tags, list, steps, out);
    out->list = list;
    out->forms = r.forms | r.rules;
    return !r.no_memory;
}

/* --- values without a head --------------------------------------------------------------------- */

bool prop_value_next(struct pl_arena *a, struct pl_cursor *c, struct prop_packed *out)
{
    struct reader r = {.c = *c, .a = a};
    *out = (struct prop_packed){0};
    if (!pl_cursor_left(c))
        return false;
    uint8_t type = c->data[c->at] & 0xf8;
    const struct type_row *row = type_find(type & (uint8_t)~MULTI);
    enum taken taken = value_take(&r, type, out);
    out->tag = row ? row->type | (type & MULTI ? (unsigned)PT_MULTI : 0u) : 0u;
    *c = r.c;
    c->failed = taken != TAKEN;
    return taken == TAKEN;
}

bool prop_values(struct pl_arena *a, struct pl_bytes bytes, struct prop_packed *out)
{
    struct pl_cursor c = pl_cursor(bytes.data, bytes.size);
    return prop_value_next(a, &c, out) && out->tag & PT_MULTI && c.at == c.size;
}

/*
 * scramble_rights.c - security descriptors, access lists and identifiers. See scramble.h. Pure, part of the core.
 *
 * A descriptor is walked, and what the walk comes by stays: heads, masks, flags, identifiers of the system. What
 * lies between, or behind, is overwritten, and so is what tells a domain or a person of Entra ID apart.
 */
#include <stdlib.h>
#include <string.h>

#include "acl.h"
#include "bytes.h"
#include "memory.h"
#include "scramble_int.h"

#define LIST_HEAD       8u
#define ENTRY_HEAD      8u /* type, flags, size, mask */
#define DESCRIPTOR_HEAD 20u
#define VALUE_HEAD      8u /* in front of a descriptor: PidTagNtSecurityDescriptor */
#define SUBS_MOST       15u
#define WELL_KNOWN      65536u
#define TYPE_MOST       31u
#define RID_MOST        0x1fffffffu

struct rights {
    const struct pl_scramble *s;
    uint8_t *data;
    size_t size;
    uint8_t *known; /* by byte */
};

static bool has(const struct rights *r, size_t at, size_t size) { return at <= r->size && size <= r->size - at; }

static void stays(struct rights *r, size_t at, size_t size)
{
    if (has(r, at, size))
        memset(r->known + at, 1, size);
}

bool scramble_is_sid(const uint8_t *d, size_t size) { return size >= 8 && d[0] == 1 && size == 8 + 4u * d[1]; }

/* Bytes of a number that is larger than any of the system. */
static void number(const struct rights *r, size_t at, uint32_t most)
{
    if (pl_le32(r->data + at) > most)
        scramble_fill(r->s, r->data + at, 4);
}

/* S-1-5-21-a-b-c-n: a, b and c name the domain. S-1-12-1-a-b-c-d: all of them name somebody, or a group. Of others
 * only small numbers are of the system. [MS-DTYP] 2.4.2.4 */
static void sid(struct rights *r, size_t at)
{
    if (!has(r, at, 8) || r->known[at] || r->data[at] != 1 || r->data[at + 1] > SUBS_MOST)
        return;
    uint8_t *d = r->data + at;
    size_t count = d[1], size = 8 + 4 * count, first = 0;
    if (!has(r, at, size))
        return;
    bool plain = !pl_le32(d + 2) && !d[6];
    if (plain && d[7] == 5 && count >= 4 && pl_le32(d + 8) == 21) {
        scramble_fill(r->s, d + 12, 12);
        if (count > 4)
            number(r, at + 24, RID_MOST);
        first = 5;
    } else if (plain && d[7] == 12 && count == 5 && pl_le32(d + 8) == 1) {
        scramble_fill(r->s, d + 12, 16);
        first = count;
    } else if (!plain) { /* there are less than 256 authorities */
        scramble_fill(r->s, d + 2, 6);
        d[2] |= 0x80;
    }
    for (size_t i = first; i < count; i++)
        number(r, at + 8 + 4 * i, WELL_KNOWN - 1);
    stays(r, at, size);
}

/* No reader judges it. */
static void guid(struct rights *r, size_t at)
{
    if (has(r, at, 16) && !scramble_has_letters(r->data + at, 16, 3))
        stays(r, at, 16);
}

/* [MS-DTYP] 2.4.4 */
static void entry(struct rights *r, size_t at)
{
    static const uint32_t with_object =
        1u << 5 | 1u << 6 | 1u << 7 | 1u << 8 | 1u << 11 | 1u << 12 | 1u << 15 | 1u << 16;
    unsigned type = r->data[at];
    if (type > TYPE_MOST)
        r->data[at] = UINT8_MAX;
    stays(r, at, ENTRY_HEAD);
    if (pl_scramble_reads_as_text(r->data + at + 4, 4)) /* rights have bits that no letter has */
        scramble_fill(r->s, r->data + at + 4, 4);
    at += ENTRY_HEAD;
    if (type < 32 && with_object >> type & 1 && has(r, at, 4)) {
        unsigned flags = pl_le32(r->data + at) & 3;
        pl_put32(r->data + at, flags);
        stays(r, at, 4);
        at += 4;
        for (unsigned bit = 0; bit < 2; bit++)
            if (flags >> bit & 1) {
                guid(r, at);
                at += 16;
            }
    }
    sid(r, at);
}

/* [MS-DTYP] 2.4.5 */
static void list(struct rights *r, size_t at)
{
    if (!has(r, at, LIST_HEAD))
        return;
    size_t size = pl_le16(r->data + at + 2), end = has(r, at, size) ? at + size : r->size;
    unsigned count = pl_le16(r->data + at + 4);
    stays(r, at, 1); /* zeros are behind it, and behind the count */
    stays(r, at + 2, 4);
    if (end != at + size)
        pl_put16(r->data + at + 2, UINT16_MAX);
    at += LIST_HEAD;
    for (; count && at + ENTRY_HEAD <= end; count--) {
        size_t step = pl_le16(r->data + at + 2);
        if (step < ENTRY_HEAD || step > end - at)
            return;
        entry(r, at);
        at += step;
    }
}

/* An access list alone, with entries that lie in it. */
bool scramble_is_list(const uint8_t *d, size_t size)
{
    if (size < LIST_HEAD || (d[0] != 2 && d[0] != 4) || d[1] || pl_le16(d + 2) != size || pl_le16(d + 6))
        return false;
    size_t at = LIST_HEAD, step;
    for (unsigned i = pl_le16(d + 4); i; i--, at += step) {
        step = at + 16 <= size ? pl_le16(d + at + 2) : 0;
        if (step < 16 || step > size - at)
            return false;
    }
    return at == size;
}

static bool walk(struct rights *r)
{
    struct pl_bytes found;
    if (scramble_is_list(r->data, r->size)) {
        list(r, 0);
        return true;
    }
    if (scramble_is_sid(r->data, r->size)) {
        sid(r, 0);
        return true;
    }
    if (!pl_acl_descriptor((struct pl_bytes){r->data, r->size}, &found))
        return false;
    size_t start = (size_t)(found.data - r->data);
    if (start == VALUE_HEAD && pl_le16(r->data) == VALUE_HEAD && !scramble_has_letters(r->data + 2, 6, 3))
        stays(r, 0, VALUE_HEAD);
    stays(r, start, DESCRIPTOR_HEAD);
    for (unsigned i = 0; i < 4; i++) { /* owner, group, and two lists */
        uint32_t offset = pl_le32(found.data + 4 + (size_t)i * 4);
        if (offset)
            (i < 2 ? sid : list)(r, start + offset);
    }
    return true;
}

bool scramble_descriptor(const struct pl_scramble *s, uint8_t *data, size_t size)
{
    struct rights r = {s, data, size, pl_memory_zeroed(size, 1)};
    bool good = r.known && walk(&r);
    for (size_t at = 0, end; at < size; at = end) {
        bool known = r.known && r.known[at];
        for (end = at + 1; end < size && r.known && (bool)r.known[end] == known;)
            end++;
        end = r.known ? end : size;
        if (!known)
            scramble_fill(s, data + at, end - at);
    }
    free(r.known);
    return good;
}

/*
 * ese_page.c - one page: header, nodes from the front, tags from the back.
 *
 * A tag is u16 length, u16 offset; tag 0 is the page's own (space header of a root, prefix of keys
 * elsewhere). Node flags lie in the three high bits of the tag's offset on pages up to 8 KiB, in those of the
 * node's first u16 on larger ones. What varies among pages of one file (record format, checksum) is decided
 * by the caller's flags and here by page number.
 */
#include "ese_int.h"

#include <string.h>

void ese_page_begin(struct ese_page *p, struct ms_ese_db *db, uint32_t number, uint32_t objid, unsigned flags)
{
    *p = (struct ese_page){.db = db, .number = number, .objid = objid, .flags = flags, .bytes = db->page};
    memset(p->bytes, 0, db->opt.page);
}

static uint8_t *tag_add(struct ese_page *p, size_t size, unsigned flags)
{
    const struct ms_ese_db *db = p->db;
    size_t tags = 4 * ((size_t)p->count + 1);
    if (db->head + p->used + size + tags > db->opt.page) {
        ese_fail(p->db, "page %u is too full", p->number);
        return NULL;
    }
    uint8_t *tag = p->bytes + db->opt.page - tags, *at = p->bytes + db->head + p->used;
    ese_le16(tag, (unsigned)size);
    ese_le16(tag + 2, (unsigned)p->used | (db->small ? flags << 13 : 0));
    p->used += size;
    p->count++;
    return at;
}

void ese_page_head(struct ese_page *p, const uint8_t *data, size_t size)
{
    uint8_t *at = tag_add(p, size, 0);
    if (at && size)
        memcpy(at, data, size);
}

void ese_page_node(struct ese_page *p, unsigned flags, size_t prefix, struct ese_slice suffix,
                   struct ese_slice data)
{
    if (prefix)
        flags |= ESE_NODE_PREFIX;
    uint8_t *at = tag_add(p, (prefix ? 4 : 2) + suffix.size + data.size, flags), *begin = at;
    if (!at)
        return;
    if (prefix) {
        ese_le16(at, (unsigned)prefix);
        at += 2;
    }
    ese_le16(at, (unsigned)suffix.size);
    if (!p->db->small)
        begin[1] |= (uint8_t)(flags << 5);
    if (suffix.size)
        memcpy(at + 2, suffix.data, suffix.size);
    if (data.size)
        memcpy(at + 2 + suffix.size, data.data, data.size);
}

static unsigned checksum_flag(const struct ms_ese_db *db, uint32_t number)
{
    enum ms_ese_checksums sums = db->opt.checksums;
    bool new_sum = sums == MS_ESE_ECC || (sums == MS_ESE_MIXED && ms_mix(db->opt.seed, number) & 1);
    return new_sum ? ESE_NEWCHECKSUM : 0;
}

/* On half of the pages nodes lie as after many changes: in another order than their tags, with holes between. */
static size_t stir(struct ese_page *p)
{
    static const uint8_t primes[] = {3, 5, 7, 11, 13, 17}; /* a page has fewer nodes than their product */
    struct ms_ese_db *db = p->db;
    uint64_t mix = ms_mix(db->opt.seed ^ 0x73746972, p->number);
    size_t nodes = p->count - 1u, mask = db->small ? 0x1fff : 0x7fff, at = 0;
    size_t spare = db->opt.page - db->head - p->used - 4 * (size_t)p->count;
    if (mix & 1 || nodes < 2 || !p->count)
        return p->used;
    memcpy(db->other, p->bytes + db->head, p->used);
    size_t step = 0;
    while (nodes % primes[step] == 0)
        step++;
    step = primes[step];
    for (size_t i = 0; i <= nodes; i++) {
        size_t tag_number = i ? 1 + i * step % nodes : 0, hole = i ? ms_mix(mix, i) % 24 : 0;
        uint8_t *tag = p->bytes + db->opt.page - 4 * (tag_number + 1);
        size_t from = ese_get16(tag + 2) & mask, size = ese_get16(tag) & mask;
        hole = hole < spare && hole > 16 ? hole : 0;
        spare -= hole;
        memset(p->bytes + db->head + at, 0x5b, hole);
        at += hole;
        memcpy(p->bytes + db->head + at, db->other + from, size);
        ese_le16(tag + 2, (unsigned)at | (ese_get16(tag + 2) & ~(unsigned)mask));
        at += size;
    }
    return at;
}

void ese_page_write(struct ese_page *p)
{
    struct ms_ese_db *db = p->db;
    uint8_t *b = p->bytes;
    size_t end = stir(p);
    unsigned flags = p->flags | checksum_flag(db, p->number);
    if (db->opt.revision >= 0x14)
        flags |= ESE_FLUSH * (unsigned)(1 + ms_mix(db->opt.seed ^ 0x666c, p->number) % 3);
    ese_le64(b + 8, ++db->dbtime);
    ese_le32(b + 16, p->before);
    ese_le32(b + 20, p->after);
    ese_le32(b + 24, p->objid);
    ese_le16(b + 28, (unsigned)(db->opt.page - db->head - p->used - 4 * (size_t)p->count));
    ese_le16(b + 32, (unsigned)end);
    ese_le16(b + 34, p->count);
    ese_le32(b + 36, flags);
    if (!db->small)
        ese_le32(b + 64, p->number);
    ese_checksum_page(&db->opt, b, p->number);
    ese_write(db, ((uint64_t)p->number + 1) * db->opt.page, b, db->opt.page);
}

size_t ese_root_header(const struct ms_ese_db *db, const uint8_t *space, uint8_t *out)
{
    if (!db->opt.wide_roots) {
        memcpy(out, space, 16);
        return 16;
    }
    out[0] = 3; /* a space header and a counter follow */
    memcpy(out + 1, space, 16);
    ese_le64(out + 17, 1);
    return 25;
}

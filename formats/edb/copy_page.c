/*
 * copy_page.c - header and pages of a database without its words. See copy.h.
 *
 * A page keeps its head, its tags, and of each node the key, because trees are sorted by keys. Data is written
 * where it is a number: of the children of a branch, of maps of space, of the head of a long value, of an index the
 * key of the row. Keys of texts go; the program looks for nothing in those indexes. What lies between nodes, and
 * deleted ones, is zero. A page that does not add up keeps its head alone.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "copy.h"
#include "stm.h"

#define PAGE_MOST      32768u
#define SMALL_HEADER   40u
#define LARGE_HEADER   80u
#define HEADER_USED    668u
#define FLAG_INDEX     0x0040u
#define KEY_MASK       0x1fffu
#define SIGNATURE_NAME 12u /* a name of the machine, in a signature */

static bool is_zero(const uint8_t *data, size_t size) { return !data[0] && !memcmp(data, data + 1, size - 1); }

/* --- header -------------------------------------------------------------------------------------- */

static void header_make(const uint8_t *in, size_t size, uint8_t *out)
{
    memset(out, 0, size);
    memcpy(out, in, HEADER_USED);
    memset(out + 24 + SIGNATURE_NAME, 0, 16);
    memset(out + 108 + SIGNATURE_NAME, 0, 16);
    memset(out + 252 + SIGNATURE_NAME, 0, 16);
    bool right = ese_header_sum(in, size) == pl_le32(in);
    pl_put32(out, ese_header_sum(out, size) ^ !right);
}

static void header_copy(struct edb_copy *c, uint64_t at)
{
    uint8_t in[PAGE_MOST], out[PAGE_MOST];
    size_t size = c->db.header.page_size, got = 0;
    if (pl_source_read(c->job->source, at, in, size, &got) != PL_OK || got < size ||
        pl_le32(in + 4) != 0x89abcdefu) { /* cut, or no header: it stays empty */
        if (got && !is_zero(in, got))
            pl_unknown_add(&c->job->result->unknown, "the header at byte %" PRIu64, at);
        return;
    }
    header_make(in, size, out);
    pl_replica_write(c->job->copy, at, out, size);
}

void edb_copy_header(struct edb_copy *c)
{
    header_copy(c, 0);
    header_copy(c, c->db.header.page_size);
}

/* Its mail is nobody's business, and calendars in it are only looked for on request: header and size remain. Of a
 * file of another database the size alone: without a header it belongs to none. */
enum pl_status edb_copy_stream(struct edb_copy *c)
{
    struct pl_source file;
    uint8_t head[PAGE_MOST], out[PAGE_MOST] = {0};
    size_t got = 0, size = STM_PAGE;
    const char *why;
    enum stm_state state = stm_open(c->job->source, &file, &why);
    if (state == STM_UNREADABLE) {
        snprintf(c->job->result->why, sizeof c->job->result->why, "its streaming file (.stm): %.150s", why);
        return PL_LOST;
    }
    if (!stm_is_open(state))
        return PL_OK;
    enum pl_status st = pl_sanitize_beside(c->job, &file, "stm");
    for (unsigned i = 0; st == PL_OK && stm_is_own(state) && i < 2; i++)
        if (pl_source_read(&file, i * size, head, size, &got) == PL_OK && got == size &&
            pl_le32(head + 4) == 0x89abcdefu) {
            header_make(head, size, out);
            pl_replica_write(&c->job->beside, i * size, out, size);
        }
    if (file.error)
        pl_unknown_add(&c->job->result->unknown, "the streaming file, which can't be read");
    pl_source_close(&file);
    return st;
}

/* --- pages ----------------------------------------------------------------------------------------- */

static int id_compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static bool listed(const uint32_t *list, size_t count, uint32_t objid)
{
    return count && bsearch(&objid, list, count, sizeof *list, id_compare);
}

struct skeleton {
    struct edb_copy *c;
    const struct ese_page *page;
    uint8_t *out;
    bool whole, keys, data; /* what stays of a node */
};

/* Bytes of the page that stay. */
static void keep(const struct skeleton *k, const uint8_t *from, size_t size)
{
    memcpy(k->out + (from - k->page->data), from, size);
}

/* `tag` holds a node: lengths, key and data. */
static void node_copy(const struct skeleton *k, unsigned i)
{
    struct ese_node node;
    struct pl_bytes bytes;
    unsigned flags;
    if (!ese_tag_get(&k->c->db, k->page->data, k->page->first + i, &bytes, &flags))
        return;
    if (!ese_node_get(&k->c->db, k->page, i, &node)) { /* its lengths say what is wrong with it */
        size_t lengths = flags & ESE_NODE_COMPRESSED ? 4 : 2;
        keep(k, bytes.data, lengths < bytes.size ? lengths : bytes.size);
        return;
    }
    size_t head = (size_t)(node.suffix.data - bytes.data);
    keep(k, bytes.data, head);
    bool deleted = node.flags & ESE_NODE_DELETED;
    if (k->keys)
        keep(k, node.suffix.data, node.suffix.size);
    if (!deleted && (k->whole || k->data) && node.data.size)
        keep(k, node.data.data, node.data.size);
}

/* Heads of long values are 8 or 12 bytes under a key of 4 or 8; chunks have 4 bytes more of it. */
static void long_values_copy(const struct skeleton *k)
{
    struct skeleton heads = *k;
    for (unsigned i = 0; i < k->page->count; i++) {
        struct ese_node node;
        if (!ese_node_get(&k->c->db, k->page, i, &node))
            continue;
        size_t key = node.prefix.size + node.suffix.size;
        heads.data = (key == 4 || key == 8) && node.data.size <= 12;
        node_copy(&heads, i);
    }
}

static void page_copy(struct edb_copy *c, struct ese_page *p, uint8_t *out)
{
    struct pl_bytes head;
    unsigned tags = pl_le16(p->data + 34) & 0xfff, flags;
    uint32_t objid = ese_page_owner(p);
    size_t size = c->db.header.page_size;
    bool index = p->flags & FLAG_INDEX, leaf = p->flags & ESE_PAGE_LEAF,
         plain = listed(c->plain, c->plain_count, objid);
    struct skeleton k = {.c = c, .page = p, .out = out, .whole = listed(c->whole, c->whole_count, objid)};
    bool number = p->flags & ESE_PAGE_SPACE || !leaf;
    k.keys = k.whole || number || !index || plain;
    if (index && !plain && !k.whole && !(p->flags & ESE_PAGE_SPACE))
        k.keys = false;
    k.data = number || index;
    keep(&k, p->data + size - 4 * (size_t)tags, 4 * (size_t)tags);
    bool prefix = !(p->flags & ESE_PAGE_ROOT);
    for (unsigned i = 0; i < p->first && i < tags; i++)
        if (ese_tag_get(&c->db, p->data, i, &head, &flags) && (k.keys || !prefix))
            keep(&k, head.data, head.size);
    if (p->flags & ESE_PAGE_LONG_VALUE && leaf && !k.whole && !(p->flags & ESE_PAGE_SPACE)) {
        long_values_copy(&k);
        return;
    }
    for (unsigned i = 0; i < p->count; i++)
        node_copy(&k, i);
}

/* The page of the store, mended where its checksum can. false: it is not there, or was never written. */
static bool page_read(struct edb_copy *c, uint32_t pgno, uint8_t *page, enum ese_verdict *verdict)
{
    size_t size = c->db.header.page_size, got = 0;
    if (pl_source_read(c->job->source, ese_page_offset(&c->db, pgno), page, size, &got) != PL_OK || got < size ||
        is_zero(page, size))
        return false;
    *verdict = ese_page_verify(page, size, pgno);
    return true;
}

void edb_copy_pages(struct edb_copy *c)
{
    static const size_t heads[] = {SMALL_HEADER, LARGE_HEADER};
    uint8_t page[PAGE_MOST], out[PAGE_MOST];
    size_t size = c->db.header.page_size, head = heads[c->db.large];
    for (uint32_t pgno = 1; pgno <= c->db.page_count && !pl_sanitize_stops(c->job); pgno++) {
        struct ese_page p;
        enum ese_verdict verdict;
        if (!page_read(c, pgno, page, &verdict))
            continue;
        c->job->result->parts++;
        memset(out, 0, size);
        memcpy(out, page, c->db.large ? 68 : head);
        if (ese_page_over(&c->db, page, pgno, &p) && (verdict != ESE_PAGE_BAD || ese_page_adds_up(&c->db, &p)))
            page_copy(c, &p, out);
        else
            pl_unknown_add(&c->job->result->unknown, "page %" PRIu32, pgno);
        pl_replica_write(c->job->copy, ese_page_offset(&c->db, pgno), out, size);
    }
}

void edb_copy_put(struct edb_copy *c, const struct ese_node *node, const uint8_t *page, const uint8_t *data)
{
    uint64_t at = ese_page_offset(&c->db, node->pgno) + (uint64_t)(node->data.data - page);
    pl_replica_write(c->job->copy, at, data, node->data.size);
}

/* A checksum that was wrong stays wrong; one that told which bit is, does. */
static void page_spoil(uint8_t *page, enum ese_verdict verdict)
{
    if (verdict == ESE_PAGE_BAD)
        page[0] = (uint8_t)(page[0] ^ 3);
    else if (verdict == ESE_PAGE_CORRECTED)
        page[0] = (uint8_t)(page[0] ^ 1);
}

void edb_copy_seal(struct edb_copy *c)
{
    uint8_t page[PAGE_MOST];
    size_t size = c->db.header.page_size;
    for (uint32_t pgno = 1; pgno <= c->db.page_count && !pl_sanitize_stops(c->job); pgno++) {
        enum ese_verdict verdict;
        if (!page_read(c, pgno, page, &verdict))
            continue;
        if (!pl_replica_read(c->job->copy, ese_page_offset(&c->db, pgno), page, size))
            return;
        ese_page_seal(page, size, pgno);
        page_spoil(page, verdict);
        c->job->result->damaged += verdict != ESE_PAGE_GOOD;
        pl_replica_write(c->job->copy, ese_page_offset(&c->db, pgno), page, c->db.large ? LARGE_HEADER : 8);
    }
}

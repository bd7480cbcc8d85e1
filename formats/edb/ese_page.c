/*
 * ese_page.c - reading a page, proving it by its checksums, and taking it apart.
 *
 * The one place that verifies. Two kinds of checksum exist, on pages of one and the same
 * file: an XOR of all words, and XOR with an error-correcting code that names the bit that
 * is wrong, for pages above 8 KiB over each quarter. The code is the XOR of the numbers of
 * all bits that are set, and the same of their complements; a single flipped bit changes
 * both halves into each other's complement.
 *
 * A page with a wrong checksum is used all the same (PL_WARN) when its parts add up:
 * everything on it is checked before use. One that does not add up, is not the one asked
 * for, or was never written, is lost.
 */
#include "ese_page.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

#define FLAGS_AT     36u
#define SMALL_HEADER 40u
#define LARGE_HEADER 80u
#define LARGE_FROM   8192u
#define QUARTERS     4u
#define TAG_SIZE     4u
#define FLAG_SHIFT   13u /* of node flags in a 16-bit word */
#define KEY_MASK     0x1fffu
#define AHEAD_FROM   2u /* pages that followed each other: a seek goes one leaf on at most */

struct sum {
    uint32_t parity, code;
};

/* Over rows of 16 bytes; the first 8 bytes are left out when they hold the sum itself. */
static struct sum block_sum(const uint8_t *data, size_t size, bool skip, uint32_t pgno)
{
    uint64_t left = 0, right = 0;
    uint32_t bits = 0, count = 0;
    for (size_t row = 0; row < size / 16; row++) {
        uint64_t a = row || !skip ? pl_le64(data + row * 16) : 0, b = pl_le64(data + row * 16 + 8);
        uint32_t odd = (uint32_t)__builtin_parityll(a ^ b);
        left ^= a;
        right ^= b;
        count ^= odd;
        bits ^= (uint32_t)(row << 7) & (0u - odd);
    }
    for (uint32_t i = 0; i < 64; i++) {
        bits ^= i & (0u - (uint32_t)(left >> i & 1));
        bits ^= (64 + i) & (0u - (uint32_t)(right >> i & 1));
    }
    uint32_t mask = (uint32_t)size * 8 - 1, complement = bits ^ (mask & (0u - count));
    uint64_t folded = left ^ right;
    return (struct sum){(uint32_t)folded ^ (uint32_t)(folded >> 32) ^ pgno, (complement & mask) << 16 | bits};
}

static bool is_one_bit(uint32_t x) { return x && !(x & (x - 1)); }

/* Compares; when `mend`, flips the one wrong bit, be it in the data or in the sum. */
static enum ese_verdict block_check(uint8_t *data, size_t size, uint8_t *stored, uint32_t pgno, bool mend)
{
    struct sum sum = block_sum(data, size, stored == data, pgno);
    uint32_t parity = sum.parity ^ pl_le32(stored), code = sum.code ^ pl_le32(stored + 4);
    uint32_t mask = (uint32_t)size * 8 - 1, bit = code & mask;
    if (!parity && !code)
        return ESE_PAGE_GOOD;
    bool in_data = is_one_bit(parity) && ((code >> 16 ^ code) & mask) == mask;
    bool in_sum = (is_one_bit(parity) && !code) || (!parity && is_one_bit(code));
    if (!mend || (!in_data && !in_sum))
        return ESE_PAGE_BAD;
    if (in_data) {
        data[bit / 8] = (uint8_t)(data[bit / 8] ^ 1u << bit % 8);
    } else {
        pl_put32(stored, sum.parity);
        pl_put32(stored + 4, sum.code);
    }
    return ESE_PAGE_CORRECTED;
}

/* Each quarter of a large page; the sums of the last three stand in the first. */
static enum ese_verdict code_check(uint8_t *page, size_t size, uint32_t pgno, bool mend)
{
    if (size <= LARGE_FROM)
        return block_check(page, size, page, pgno, mend);
    enum ese_verdict worst = ESE_PAGE_GOOD;
    size_t quarter = size / QUARTERS;
    for (unsigned i = QUARTERS; i-- > 0;) {
        uint8_t *stored = i ? page + SMALL_HEADER + (size_t)(i - 1) * 8 : page;
        enum ese_verdict v = block_check(page + i * quarter, quarter, stored, pgno, mend);
        worst = v > worst ? v : worst;
    }
    return worst;
}

static bool plain_check(const uint8_t *page, size_t size, uint32_t pgno)
{
    return ese_header_sum(page, size) == pl_le32(page) && pl_le32(page + 4) == pgno;
}

/* The flag that tells the kind of checksum may itself be the bit that flipped. */
enum ese_verdict ese_page_verify(uint8_t *page, size_t size, uint32_t pgno)
{
    uint8_t *flag = page + FLAGS_AT + 1;
    bool has_code = *flag & ESE_PAGE_NEW_CHECKSUM >> 8;
    enum ese_verdict v = has_code                        ? code_check(page, size, pgno, true)
                         : plain_check(page, size, pgno) ? ESE_PAGE_GOOD
                                                         : ESE_PAGE_BAD;
    if (v != ESE_PAGE_BAD)
        return v;
    *flag ^= ESE_PAGE_NEW_CHECKSUM >> 8;
    bool was_flag = has_code ? plain_check(page, size, pgno) : code_check(page, size, pgno, false) == ESE_PAGE_GOOD;
    if (was_flag)
        return ESE_PAGE_CORRECTED;
    *flag ^= ESE_PAGE_NEW_CHECKSUM >> 8;
    return ESE_PAGE_BAD;
}

void ese_page_seal(uint8_t *page, size_t size, uint32_t pgno)
{
    size_t blocks = size > LARGE_FROM ? QUARTERS : 1, part = size / blocks;
    if (!(page[FLAGS_AT + 1] & ESE_PAGE_NEW_CHECKSUM >> 8)) {
        pl_put32(page + 4, pgno);
        pl_put32(page, ese_header_sum(page, size));
        return;
    }
    for (size_t i = blocks; i-- > 0;) {
        uint8_t *stored = i ? page + SMALL_HEADER + (i - 1) * 8 : page;
        struct sum sum = block_sum(page + i * part, part, i == 0, pgno);
        pl_put32(stored, sum.parity);
        pl_put32(stored + 4, sum.code);
    }
}

uint64_t ese_page_offset(const struct ese_db *db, uint32_t pgno)
{
    return ((uint64_t)pgno + 1) * db->header.page_size;
}

/* A fault of a page is filed when it is first met: a lost page is asked for again by other cursors. */
enum pl_status ese_page_complain(struct ese_db *db, enum pl_status severity, const char *code, uint32_t pgno,
                                 const char *what)
{
    unsigned slot = pgno % ESE_TOLD;
    const char *before = severity == PL_WARN ? db->report->fault : NULL;
    if (severity == PL_WARN)
        pl_cache_fault(db->cache, code);
    if (db->told[slot].pgno == pgno && db->told[slot].severity <= (int)severity)
        return severity > PL_LOST ? severity : pl_report_again(db->report, severity, db->told[slot].code);
    db->told[slot].code = code;
    db->told[slot].pgno = pgno;
    db->told[slot].severity = severity;
    enum pl_status st =
        pl_report_once(db->report, severity, code, db->touched, ese_page_offset(db, pgno),
                       "page %" PRIu32 " of %s %s", pgno, db->touched ? db->touched : "the database", what);
    /* what is in the cache must not decide: there the first reason stays */
    db->report->fault = before ? before : db->report->fault;
    return st;
}

void ese_faults_forget(struct ese_db *db)
{
    memset(db->told, 0, sizeof db->told);
    memset(db->told_records, 0, sizeof db->told_records);
    pl_cache_forget_faults(db->cache);
}

/* --- what is on a page ----------------------------------------------------------------- */

static uint16_t word_mask(const struct ese_db *db) { return db->large ? 0x7fff : 0x1fff; }

bool ese_tag_get(const struct ese_db *db, const uint8_t *page, unsigned tag, struct pl_bytes *out, unsigned *flags)
{
    size_t size = db->header.page_size, head = db->large ? LARGE_HEADER : SMALL_HEADER;
    const uint8_t *p = page + size - (size_t)(tag + 1) * TAG_SIZE;
    uint16_t mask = word_mask(db);
    size_t count = pl_le16(p) & mask, at = (size_t)(pl_le16(p + 2) & mask) + head;
    *out = (struct pl_bytes){page + at, count};
    if (at + count > size)
        return false;
    if (!db->large)
        *flags = pl_le16(p + 2) >> FLAG_SHIFT;
    else
        *flags = count >= 2 ? (unsigned)(page[at + 1] >> (FLAG_SHIFT - 8)) : 0;
    return true;
}

uint32_t ese_page_owner(const struct ese_page *p) { return pl_le32(p->data + 24); }

/* NULL, or what is wrong with it. */
static const char *page_parse(struct ese_db *db, struct ese_page *p)
{
    const uint8_t *data = p->data;
    unsigned state = pl_le16(data + 34), tags = state & 0xfff, reserved = state >> 12 & 7, flags;
    size_t head = db->large ? LARGE_HEADER : SMALL_HEADER;
    p->dbtime = pl_le64(data + 8);
    p->previous = pl_le32(data + 16);
    p->next = pl_le32(data + 20);
    p->flags = pl_le32(data + FLAGS_AT);
    p->first = reserved ? reserved : 1;
    p->count = tags > p->first ? tags - p->first : 0;
    if (head + (size_t)tags * TAG_SIZE > db->header.page_size)
        return "counts more nodes than fit";
    if (tags && (p->flags & ESE_PAGE_ROOT) == 0 && !ese_tag_get(db, data, 0, &p->head, &flags))
        return "has no usable beginning";
    return NULL;
}

bool ese_page_over(struct ese_db *db, const uint8_t *data, uint32_t pgno, struct ese_page *out)
{
    *out = (struct ese_page){.pgno = pgno, .data = data};
    return page_parse(db, out) == NULL;
}

bool ese_page_adds_up(const struct ese_db *db, const struct ese_page *p)
{
    struct pl_bytes bytes;
    unsigned flags, tags = pl_le16(p->data + 34) & 0xfff;
    size_t sum = (db->large ? LARGE_HEADER : SMALL_HEADER) + pl_le16(p->data + 28) + (size_t)tags * TAG_SIZE;
    for (unsigned i = 0; i < tags; i++) {
        if (!ese_tag_get(db, p->data, i, &bytes, &flags))
            return false;
        sum += bytes.size;
    }
    return sum == db->header.page_size;
}

/* --- loading ------------------------------------------------------------------------ */

static bool is_zero(const uint8_t *data, size_t size) { return !data[0] && !memcmp(data, data + 1, size - 1); }

static enum pl_status page_judge(struct ese_db *db, uint8_t *page, uint32_t pgno)
{
    size_t size = db->header.page_size;
    if (is_zero(page, size))
        return ese_page_complain(db, PL_LOST, "edb.page-empty", pgno, "was never written");
    enum ese_verdict v = ese_page_verify(page, size, pgno);
    struct ese_page parsed;
    bool adds_up = ese_page_over(db, page, pgno, &parsed) && ese_page_adds_up(db, &parsed);
    if (v != ESE_PAGE_BAD && !adds_up)
        return ese_page_complain(db, PL_WARN, "edb.page-parts", pgno,
                                 "has parts that do not add up; it is used with care");
    if (v == ESE_PAGE_GOOD)
        return PL_OK;
    if (v == ESE_PAGE_CORRECTED) { /* nothing is wrong with it any more */
        (void)ese_page_complain(db, PL_WARN, "edb.page-corrected", pgno,
                                "had one wrong bit, which its checksum corrected");
        return PL_OK;
    }
    if (db->large && pl_le32(page + 64) != pgno)
        return ese_page_complain(db, PL_LOST, "edb.page-misplaced", pgno, "holds another page");
    if (!adds_up)
        return ese_page_complain(db, PL_LOST, "edb.page-torn", pgno,
                                 "has a wrong checksum, and its parts do not add up");
    return ese_page_complain(db, PL_WARN, "edb.page-checksum", pgno, "has a wrong checksum; it is used as it is");
}

void ese_page_alone(struct ese_db *db) { db->ahead.run = 0, db->ahead.last = UINT32_MAX; }

/* Reads the page; behind some that followed each other, some more with it: leaves mostly lie in order. */
static enum pl_status page_read(struct ese_db *db, uint32_t pgno, uint8_t *out, size_t *got)
{
    size_t size = db->header.page_size;
    struct ese_ahead *a = &db->ahead;
    uint64_t at = ese_page_offset(db, pgno);
    a->run = pgno == a->last + 1 ? a->run + 1 : 0;
    a->last = pgno;
    if (at < a->from || at + size > a->from + a->size) {
        if (a->run < AHEAD_FROM || !a->data)
            return pl_source_read(db->source, at, out, size, got);
        a->from = at;
        if (pl_source_read(db->source, at, a->data, ESE_AHEAD, &a->size) != PL_OK || a->size < size) {
            a->size = 0;
            return pl_source_read(db->source, at, out, size, got);
        }
    }
    memcpy(out, a->data + (at - a->from), size);
    *got = size;
    return PL_OK;
}

enum pl_status ese_page_load(void *owner, uint64_t key, uint8_t **data, size_t *size)
{
    struct ese_db *db = owner;
    uint32_t pgno = (uint32_t)key;
    size_t got = 0;
    *size = db->header.page_size;
    *data = pl_cache_alloc(db->cache, *size);
    if (!*data)
        return PL_STOP;
    if (page_read(db, pgno, *data, &got) != PL_OK)
        return pl_report(db->report, PL_LOST, "source.read", db->touched, ese_page_offset(db, pgno),
                         "cannot be read: %s", strerror(db->source->error));
    if (got < *size)
        return ese_page_complain(db, PL_LOST, "edb.page-cut", pgno, "lies beyond the end of the file");
    db->pages_read++;
    return page_judge(db, *data, pgno);
}

enum pl_status ese_page_peek(struct ese_db *db, uint32_t pgno, struct ese_page *out)
{
    *out = (struct ese_page){.pgno = pgno};
    if (db->work && !pl_work_step(db->work)) {
        pl_work_complain(db->work, db->report, db->touched);
        return PL_LOST;
    }
    if (!pgno || pgno > db->page_count)
        return ese_page_complain(db, PL_LOST, "edb.page-cut", pgno, "lies beyond the end of the file");
    enum pl_status loaded = pl_cache_get(db->cache, pgno, &out->pin);
    if (loaded == PL_STOP)
        pl_report(db->report, PL_LOST, "memory", db->touched, PL_NO_OFFSET, "out of memory");
    if (loaded <= PL_LOST)
        return PL_LOST;
    if (db->work)
        pl_work_loaded(db->work, out->pin->size);
    if (out->pin->fault)
        pl_report_touched(db->report, out->pin->fault);
    out->data = out->pin->data;
    out->doubtful = loaded == PL_WARN;
    db->doubts += out->doubtful;
    const char *wrong = page_parse(db, out);
    if (!wrong)
        return loaded;
    ese_page_put(db, out);
    return ese_page_complain(db, PL_LOST, "edb.page", pgno, wrong);
}

enum pl_status ese_page_get(struct ese_db *db, uint32_t pgno, uint32_t objid, struct ese_page *out)
{
    enum pl_status st = ese_page_peek(db, pgno, out);
    if (st <= PL_LOST)
        return st;
    const char *wrong = ese_page_owner(out) != objid  ? "belongs to another table"
                        : out->flags & ESE_PAGE_SPACE ? "is of the space map, not of a tree"
                                                      : NULL;
    if (!wrong)
        return st;
    ese_page_put(db, out);
    return ese_page_complain(db, PL_LOST, "edb.page-owner", pgno, wrong);
}

void ese_page_put(struct ese_db *db, struct ese_page *p)
{
    if (p->pin)
        pl_cache_put(db->cache, p->pin);
    *p = (struct ese_page){0};
}

bool ese_node_get(const struct ese_db *db, const struct ese_page *p, unsigned i, struct ese_node *out)
{
    struct pl_bytes bytes;
    unsigned flags;
    size_t shared = 0;
    if (i >= p->count || !ese_tag_get(db, p->data, p->first + i, &bytes, &flags))
        return false;
    struct pl_cursor c = pl_cursor(bytes.data, bytes.size);
    if (flags & ESE_NODE_COMPRESSED)
        shared = pl_take16(&c) & KEY_MASK;
    size_t own = pl_take16(&c) & KEY_MASK;
    const uint8_t *suffix = pl_take(&c, own);
    if (!suffix || c.failed || shared > p->head.size || shared + own > ESE_KEY_MOST)
        return false;
    *out = (struct ese_node){
        .prefix = {p->head.data, shared},
        .suffix = {suffix, own},
        .data = {bytes.data + c.at, bytes.size - c.at},
        .flags = flags,
        .modern = (p->flags & ESE_PAGE_NEW_RECORDS) != 0,
        .doubtful = p->doubtful,
        .pgno = p->pgno,
        .offset = ese_page_offset(db, p->pgno) + (uint64_t)(bytes.data - p->data),
    };
    return true;
}

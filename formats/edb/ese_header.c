/*
 * ese_header.c - the header of a database and its copy, and opening.
 *
 * The first page of the file is the header, the second its shadow; whichever has a good
 * checksum is used, the first one before the other. Header fields: facts of the engine's
 * published source, daedef. Nothing but the header is read here.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "ese_page.h"

#define MAGIC       0x89abcdefu
#define VERSION     0x620u
#define HEADER_USED 700u /* bytes of it that are looked at */
#define PAGE_LEAST  2048u
#define PAGE_MOST   32768u
#define LARGE_FROM  8192u
#define ATTRIBUTES  0u /* of a database; 1 = a streaming file */

#define FLAG_STREAMING 4u

static bool has_magic(struct pl_source *source, uint64_t at)
{
    uint8_t head[16];
    size_t got = 0;
    return pl_source_read(source, at, head, sizeof head, &got) == PL_OK && got == sizeof head &&
           pl_le32(head + 4) == MAGIC && pl_le32(head + 8) == VERSION;
}

/* The copy lies one page after the start. */
int ese_probe(struct pl_source *source)
{
    if (has_magic(source, 0))
        return 64;
    for (uint32_t size = PAGE_LEAST; size <= PAGE_MOST; size *= 2)
        if (has_magic(source, size))
            return 48;
    return 0;
}

const char *ese_state_name(uint32_t state)
{
    static const char *const names[] = {"unknown",
                                        "just created",
                                        "dirty",
                                        "clean",
                                        "being converted",
                                        "detached by force",
                                        "incremental reseed in progress",
                                        "dirty and patched",
                                        "revert in progress"};
    return state < sizeof names / sizeof names[0] ? names[state] : names[0];
}

uint32_t ese_header_sum(const uint8_t *data, size_t size)
{
    uint32_t sum = MAGIC;
    for (size_t at = 4; at + 4 <= size; at += 4)
        sum ^= pl_le32(data + at);
    return sum;
}

static bool is_page_size(uint32_t size) { return size >= 2048 && size <= 32768 && !(size & (size - 1)); }

static void header_parse(const uint8_t *p, struct ese_header *h)
{
    *h = (struct ese_header){
        .version = pl_le32(p + 8),
        .attributes = pl_le32(p + 12),
        .update = pl_le32(p + 232),
        .created_version = pl_le32(p + 340),
        .created_update = pl_le32(p + 344),
        .page_size = pl_le32(p + 236) ? pl_le32(p + 236) : 4096,
        .state = pl_le32(p + 52),
        .log_first = pl_le32(p + 296),
        .log_last = pl_le32(p + 300),
        .log_committed = pl_le32(p + 416),
        .repairs = pl_le32(p + 240),
        .streaming_file = (p[208] & FLAG_STREAMING) != 0,
    };
    memcpy(h->signature, p + 24, sizeof h->signature);
    memcpy(h->log_signature, p + 108, sizeof h->log_signature);
}

/* Reads the header that starts there into buf; true when its checksum is right. */
static bool header_read(struct ese_db *db, uint64_t at, uint8_t *buf, struct ese_header *out, enum pl_status *st)
{
    size_t got = 0;
    *st = pl_source_read(db->source, at, buf, HEADER_USED, &got);
    if (*st != PL_OK || got < HEADER_USED || pl_le32(buf + 4) != MAGIC)
        return false;
    header_parse(buf, out);
    uint32_t size = out->page_size;
    if (!is_page_size(size))
        return false;
    *st = pl_source_read(db->source, at, buf, size, &got);
    return *st == PL_OK && got == size && ese_header_sum(buf, size) == pl_le32(buf);
}

/* The shadow lies one page after the start, whatever a damaged header says of pages. */
static bool shadow_find(struct ese_db *db, uint8_t *buf, struct ese_header *out, enum pl_status *st)
{
    for (uint32_t size = PAGE_LEAST; size <= PAGE_MOST; size *= 2)
        if (header_read(db, size, buf, out, st) && out->page_size == size)
            return true;
    return false;
}

static enum pl_status header_choose(struct ese_db *db, uint8_t *buf)
{
    struct ese_header first = {0}, shadow = {0};
    enum pl_status st;
    if (header_read(db, 0, buf, &first, &st)) {
        db->header = first;
        return PL_OK;
    }
    if (st != PL_OK)
        return pl_report(db->report, PL_STOP, "source.read", NULL, 0, "cannot be read: %s",
                         strerror(db->source->error));
    if (shadow_find(db, buf, &shadow, &st)) {
        db->header = shadow;
        pl_report(db->report, PL_WARN, "edb.header", NULL, 0, "the header is damaged; its copy is used");
        return PL_OK;
    }
    if (!is_page_size(first.page_size))
        return pl_report(db->report, PL_STOP, "edb.header-bad", NULL, 0,
                         "the header of this ESE database and its copy are damaged");
    db->header = first;
    pl_report(db->report, PL_WARN, "edb.header", NULL, 0,
              "the header's checksum is wrong, and that of its copy too; it is used as it is");
    return PL_OK;
}

static enum pl_status is_supported(struct ese_db *db)
{
    const struct ese_header *h = &db->header;
    if (h->version != VERSION)
        return pl_report(db->report, PL_STOP, "edb.version", NULL, 8,
                         "an ESE database of version 0x%" PRIx32 ", which is not known", h->version);
    if (h->attributes != ATTRIBUTES)
        return pl_report(db->report, PL_STOP, "edb.stream-file", NULL, 12,
                         "a streaming file (.stm): give the .edb file beside it");
    return PL_OK;
}

enum pl_status ese_open(struct ese_db *db, struct pl_source *source, struct pl_report *report, size_t memory)
{
    uint8_t buf[PAGE_MOST];
    *db = (struct ese_db){.source = source, .report = report};
    enum pl_status st = header_choose(db, buf);
    if (st == PL_OK)
        st = is_supported(db);
    if (st != PL_OK)
        return st;
    uint64_t pages = source->size / db->header.page_size;
    db->page_count = pages < 2 ? 0 : pages - 2 > UINT32_MAX ? UINT32_MAX : (uint32_t)(pages - 2);
    db->large = db->header.page_size > LARGE_FROM;
    db->careful = db->header.state != ESE_CLEAN;
    db->ahead.data = malloc(ESE_AHEAD);
    db->cache = pl_cache_new(memory, 0, ese_page_load, db);
    return db->cache ? PL_OK : pl_report(report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
}

void ese_close(struct ese_db *db)
{
    pl_cache_free(db->cache);
    ese_sweeps_free(db);
    free(db->owners);
    free(db->ahead.data);
    db->ahead.data = NULL;
    db->cache = NULL;
    db->owners = NULL;
}

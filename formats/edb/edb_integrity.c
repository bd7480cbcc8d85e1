/*
 * edb_integrity.c - the checksums of all pages of a database, or of stretches spread over it.
 *
 * Layer: a format, beside its reader. Pages are read in stretches, not one by one: a disk needs as long
 * to find one page as to read many behind it.
 */
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "edb.h"
#include "ese_page.h"

#define STRETCH ((size_t)65536)
#define MEMORY  ((size_t)1 << 20)

static bool is_zero(const uint8_t *data, size_t size) { return !data[0] && !memcmp(data, data + 1, size - 1); }

static void page_look(const struct ese_db *db, uint8_t *page, uint32_t pgno, struct pl_integrity *out)
{
    out->seen++;
    if (is_zero(page, db->header.page_size)) {
        out->unused++;
        return;
    }
    enum ese_verdict v = ese_page_verify(page, db->header.page_size, pgno);
    bool misplaced = db->large && pl_le32(page + 64) != pgno;
    out->mended += v == ESE_PAGE_CORRECTED && !misplaced;
    out->wrong += v == ESE_PAGE_BAD || misplaced;
}

static void stretch_look(struct ese_db *db, uint8_t *buf, uint32_t first, struct pl_integrity *out)
{
    size_t size = db->header.page_size, got = 0;
    uint64_t left = db->page_count - first + 1;
    size_t pages = left < STRETCH / size ? (size_t)left : STRETCH / size;
    if (pl_source_read(db->source, ese_page_offset(db, first), buf, pages * size, &got) != PL_OK)
        got = 0;
    for (size_t i = 0; i < pages; i++)
        if ((i + 1) * size <= got) {
            page_look(db, buf + i * size, first + (uint32_t)i, out);
        } else {
            out->seen++;
            out->unread++;
        }
}

static enum pl_status pages_look(struct ese_db *db, const struct pl_integrity_options *o, struct pl_integrity *out)
{
    uint64_t each = STRETCH / db->header.page_size, size = db->source->size;
    uint64_t every = o->budget && size > o->budget ? (size + o->budget - 1) / o->budget : 1;
    uint8_t *buf = malloc(STRETCH);
    if (!buf)
        return PL_STOP;
    out->all = db->page_count;
    for (uint64_t first = 1; first <= db->page_count && !(o->interrupted && *o->interrupted);
         first += each * every) {
        stretch_look(db, buf, (uint32_t)first, out);
        if (o->progress)
            o->progress(o->progress_data, ese_page_offset(db, (uint32_t)first), size);
    }
    free(buf);
    return o->interrupted && *o->interrupted ? PL_STOP : PL_OK;
}

static enum pl_status edb_look(struct pl_source *source, const struct pl_integrity_options *options,
                               struct pl_integrity *out)
{
    struct ese_db db;
    struct pl_report report = {0};
    *out = (struct pl_integrity){0};
    enum pl_status st = ese_open(&db, source, &report, MEMORY);
    if (st == PL_OK) {
        st = pages_look(&db, options, out);
        out->wrong += report.warnings; /* the header, which is no page of the count */
    }
    ese_close(&db);
    return st;
}

const struct pl_integrity_ops pl_edb_integrity = {
    .name = "edb", .parts = "pages", .probe = ese_probe, .look = edb_look};

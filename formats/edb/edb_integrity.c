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

#define SPACE_ROOTS 3u /* pages 1 to 3: the database's own root, its owned and its free extents */
#define DEPTH_MOST  16u
/* Databases have fewer pages (half a terabyte of 4 KB); for what a sparse file claims there is no memory: 2 bits
 * each. */
#define WATCHED_MOST (UINT32_C(1) << 27)

struct looking {
    struct ese_db *db;
    const struct pl_integrity_options *options;
    struct pl_integrity *out;
    uint32_t last;  /* page that the database owns, or of the file when that is not told */
    uint8_t *empty; /* a bit for each page: it was never written; NULL: not watched */
    uint8_t *met;   /* the structure leads to it */
};

static bool is_zero(const uint8_t *data, size_t size) { return !data[0] && !memcmp(data, data + 1, size - 1); }

static bool is_marked(const uint8_t *bits, uint32_t pgno) { return bits[pgno / 8] >> pgno % 8 & 1; }

static void mark(uint8_t *bits, uint32_t pgno) { bits[pgno / 8] |= (uint8_t)(1u << pgno % 8); }

static bool is_interrupted(const struct looking *l) { return l->options->interrupted && *l->options->interrupted; }

/* --- page by page ------------------------------------------------------------------------------ */

static void page_look(struct looking *l, uint8_t *page, uint32_t pgno)
{
    struct pl_integrity *out = l->out;
    size_t size = l->db->header.page_size;
    if (is_zero(page, size)) {
        out->unused++;
        if (l->empty)
            mark(l->empty, pgno);
        return;
    }
    enum ese_verdict v = ese_page_verify(page, size, pgno);
    bool misplaced = l->db->large && pl_le32(page + 64) != pgno;
    out->mended += v == ESE_PAGE_CORRECTED && !misplaced;
    out->wrong += v == ESE_PAGE_BAD || misplaced;
}

static void stretch_look(struct looking *l, uint8_t *buf, uint32_t first)
{
    size_t size = l->db->header.page_size, got = 0;
    uint64_t left = l->last - first + 1;
    size_t pages = left < STRETCH / size ? (size_t)left : STRETCH / size;
    if (pl_source_read(l->db->source, ese_page_offset(l->db, first), buf, pages * size, &got) != PL_OK)
        got = 0;
    l->out->seen += pages;
    for (size_t i = 0; i < pages; i++)
        if ((i + 1) * size <= got)
            page_look(l, buf + i * size, first + (uint32_t)i);
        else
            l->out->unread++;
}

/* Those beyond the end of a file that was cut off are known without reading: they count, also in a sample. */
static void missing_count(struct looking *l, uint64_t from)
{
    uint64_t missing = l->last >= from ? l->last - from + 1 : 0;
    l->out->seen += missing;
    l->out->unread += missing;
}

static enum pl_status pages_look(struct looking *l)
{
    const struct pl_integrity_options *o = l->options;
    uint64_t each = STRETCH / l->db->header.page_size, size = l->db->source->size;
    uint64_t every = o->budget && size > o->budget ? (size + o->budget - 1) / o->budget : 1;
    uint32_t owned = l->last;
    uint8_t *buf = malloc(STRETCH);
    if (!buf)
        return PL_STOP;
    l->out->all = owned;
    missing_count(l, (uint64_t)l->db->page_count + 1);
    l->last = owned < l->db->page_count ? owned : l->db->page_count;
    for (uint64_t first = 1; first <= l->last && !is_interrupted(l); first += each * every) {
        stretch_look(l, buf, (uint32_t)first);
        if (o->progress)
            o->progress(o->progress_data, ese_page_offset(l->db, (uint32_t)first), size);
    }
    free(buf);
    return is_interrupted(l) ? PL_STOP : PL_OK;
}

/* --- empty ones that should not be ------------------------------------------------------------- */

static void place_look(struct looking *l, uint32_t pgno)
{
    l->out->gone += is_marked(l->empty, pgno) && !is_marked(l->met, pgno);
    mark(l->met, pgno);
}

/* An extent has pages that nobody has needed yet; a tree leads only to those that were written. */
static void tree_look(struct looking *l, uint32_t pgno, uint32_t objid, unsigned depth)
{
    struct ese_page page;
    struct ese_node node;
    if (!pgno || pgno > l->last || is_marked(l->met, pgno))
        return;
    place_look(l, pgno);
    if (is_marked(l->empty, pgno) || !depth || ese_page_get(l->db, pgno, objid, &page) <= PL_LOST)
        return;
    uint32_t space = page.flags & ESE_PAGE_ROOT ? ese_space_root(l->db, page.data) : 0;
    for (uint32_t i = 0; i < 2 && space && space < l->last; i++)
        place_look(l, space + i);
    unsigned below = page.flags & ESE_PAGE_PARENT_OF_LEAF ? 0 : depth - 1;
    for (unsigned i = 0; !(page.flags & ESE_PAGE_LEAF) && i < page.count; i++)
        if (ese_node_get(l->db, &page, i, &node) && node.data.size >= 4)
            tree_look(l, pl_le32(node.data.data), objid, below);
    ese_page_put(l->db, &page);
}

static void table_look(struct looking *l, const struct ese_table_row *row)
{
    struct ese_table table;
    tree_look(l, row->tree.root, row->tree.objid, DEPTH_MOST);
    if (ese_table_load(l->db, row, &table) > PL_LOST) {
        for (size_t i = 0; i < table.index_count; i++)
            tree_look(l, table.indexes[i].tree.root, table.indexes[i].tree.objid, DEPTH_MOST);
        tree_look(l, table.long_values.root, table.long_values.objid, DEPTH_MOST);
    }
    ese_table_close(&table);
}

/* What is filed on the way is of the structure, not of checksums. */
static enum pl_status empty_look(struct looking *l)
{
    struct ese_tables tables;
    struct ese_table_row row;
    for (uint32_t pgno = 1; pgno <= SPACE_ROOTS && pgno <= l->last; pgno++)
        place_look(l, pgno);
    tree_look(l, ESE_CATALOG_ROOT, ESE_CATALOG_OBJID, DEPTH_MOST);
    tree_look(l, ESE_SHADOW_ROOT, ESE_SHADOW_OBJID, DEPTH_MOST);
    ese_tables_init(&tables, l->db);
    for (enum pl_status st; !is_interrupted(l) && (st = ese_tables_next(&tables, &row)) != PL_END && st != PL_STOP;)
        if (st > PL_LOST)
            table_look(l, &row);
    return is_interrupted(l) ? PL_STOP : PL_OK;
}

static enum pl_status database_look(struct looking *l)
{
    uint32_t last = ese_last_page(l->db);
    l->last = last ? last : l->db->page_count;
    l->out->unwatched = l->db->page_count >= WATCHED_MOST;
    size_t bits = l->out->unwatched ? 0 : (size_t)l->db->page_count / 8 + 1;
    l->empty = bits ? calloc(bits, 1) : NULL;
    l->met = bits ? calloc(bits, 1) : NULL;
    enum pl_status st = !bits || (l->empty && l->met) ? pages_look(l) : PL_STOP;
    if (st == PL_OK && l->out->unused && bits)
        st = empty_look(l);
    free(l->empty);
    free(l->met);
    return st;
}

static enum pl_status edb_look(struct pl_source *source, const struct pl_integrity_options *options,
                               struct pl_integrity *out)
{
    struct ese_db db;
    struct pl_report report = {0};
    struct looking l = {.db = &db, .options = options, .out = out};
    *out = (struct pl_integrity){0};
    enum pl_status st = ese_open(&db, source, &report, MEMORY);
    out->wrong += st == PL_OK ? report.warnings : 0; /* the header, which is no page of the count */
    if (st == PL_OK)
        st = database_look(&l);
    ese_close(&db);
    return st;
}

const struct pl_integrity_ops pl_edb_integrity = {
    .name = "edb", .parts = "pages", .probe = ese_probe, .look = edb_look};

/*
 * seek.c - what a seek costs in a table that is too large for any test: seek DATABASE TABLE COUNT
 *
 * The table's primary key is its first column, an integer, and the rows are numbered from 1
 * without gaps. COUNT keys spread over all rows are sought without a cache. Prints rows, depth,
 * the most pages that one seek asked for, and the most that it made the file give, reading ahead
 * included. Status 1: a seek asked for or read more than the depth and one, or found another key.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "edb/ese_page.h"

struct cost {
    uint64_t pages, read;
};

static unsigned depth_of(struct ese_db *db, struct ese_tree tree)
{
    struct ese_page page;
    struct ese_node node;
    unsigned depth = 0;
    for (uint32_t pgno = tree.root; pgno && ese_page_get(db, pgno, tree.objid, &page) > PL_LOST; depth++) {
        bool below = !(page.flags & ESE_PAGE_LEAF) && ese_node_get(db, &page, 0, &node);
        pgno = below ? pl_le32(node.data.data) : 0;
        ese_page_put(db, &page);
    }
    return depth;
}

static uint64_t rows_of(struct ese_db *db, struct ese_tree tree)
{
    struct ese_cursor c;
    struct ese_node node;
    uint64_t rows = 0;
    ese_cursor_init(&c, db, tree);
    while (ese_cursor_next(&c, &node) == PL_OK)
        rows++;
    ese_cursor_close(&c);
    return rows;
}

/* One seek with a cursor of its own, as a program that looks up one record does. */
static bool seek(struct ese_db *db, const struct ese_table *table, uint64_t id, struct cost *most)
{
    struct ese_cursor c;
    struct ese_node node;
    struct ese_key key = {.size = 0};
    uint64_t pages = db->pages_read, bytes = db->source->bytes_read;
    ese_key_add_i64(&key, table->columns[0].type, (int64_t)id, false);
    ese_cursor_init(&c, db, table->row.tree);
    bool found = ese_cursor_seek(&c, key.data, key.size) == PL_OK && ese_cursor_next(&c, &node) == PL_OK &&
                 ese_key_compare(&node, key.data, key.size) == 0;
    ese_cursor_close(&c);
    pages = db->pages_read - pages;
    bytes = (db->source->bytes_read - bytes) / db->header.page_size;
    most->pages = pages > most->pages ? pages : most->pages;
    most->read = bytes > most->read ? bytes : most->read;
    return found;
}

int main(int argc, char **argv)
{
    struct pl_source source;
    struct pl_report report = {0};
    struct ese_db db;
    struct ese_table table;
    struct cost most = {0, 0};
    const char *why = "it has no such table";
    uint64_t count = argc > 3 ? strtoull(argv[3], NULL, 10) : 0, lost = 0;
    if (argc != 4 || pl_source_open(&source, argv[1], &why) != PL_OK ||
        ese_open(&db, &source, &report, 0) <= PL_LOST || ese_table_open(&db, argv[2], &table) != PL_OK) {
        fprintf(stderr, "seek: %s\n", argc == 4 ? why : "usage: seek DATABASE TABLE COUNT");
        return 2;
    }
    uint64_t rows = rows_of(&db, table.row.tree), depth = depth_of(&db, table.row.tree);
    for (uint64_t i = 0; i < count && rows; i++)
        lost += !seek(&db, &table, 1 + i * 7919 * (rows / count + 1) % rows, &most);
    printf("%" PRIu64 " rows, depth %" PRIu64 ": at most %" PRIu64 " pages a seek, %" PRIu64 " read", rows, depth,
           most.pages, most.read);
    printf(lost ? ", %" PRIu64 " not found\n" : "\n", lost);
    ese_table_close(&table);
    ese_close(&db);
    pl_source_close(&source);
    return lost || !rows || most.pages > depth + 1 || most.read > depth + 1;
}

/*
 * t_ese_states.c - databases made from recipes: what seeks cost, what dirty and damaged ones give.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "edb/edb_kind.h"
#include "edb/ese.h"
#include "edb/ese_page.h"
#include "lib_ese.h"
#include "lib_walk.h"

#define PAGE 4096u

static char *fixture(const char *name)
{
    const char *folder = walk_fixtures();
    char *path = NULL;
    if (!folder || asprintf(&path, "%s/%s", folder, name) < 0 || access(path, R_OK) != 0)
        cr_assert_fail("no fixture %s: make check-run makes them", name);
    return path;
}

/* A database in memory whose pages have the plain checksum. */
struct copy {
    uint8_t *data;
    size_t size;
};

static struct copy copy_load(const char *name)
{
    struct copy c;
    char *path = fixture(name);
    c.data = walk_load(path, &c.size);
    cr_assert_eq(pl_le32(c.data + 236), PAGE);
    free(path);
    return c;
}

static uint8_t *page_of(struct copy *c, uint32_t pgno) { return c->data + ((size_t)pgno + 1) * PAGE; }

static void page_sum(struct copy *c, uint32_t pgno)
{
    uint8_t *p = page_of(c, pgno);
    pl_put32(p, ese_header_sum(p, PAGE));
}

static void state_set(struct copy *c, uint32_t state)
{
    for (size_t at = 0; at < 2 * PAGE; at += PAGE) {
        pl_put32(c->data + at + 52, state);
        pl_put32(c->data + at, ese_header_sum(c->data + at, PAGE));
    }
}

struct open {
    struct pl_source source;
    struct pl_report report;
    struct ese_db db;
    struct ese_table table;
};

static void table_open(struct open *o, struct copy *c, const char *name, size_t memory)
{
    memset(o, 0, sizeof *o);
    pl_source_memory(&o->source, c->data, c->size);
    cr_assert_eq(ese_open(&o->db, &o->source, &o->report, memory), PL_OK);
    cr_assert_eq(ese_table_open(&o->db, name, &o->table), PL_OK);
}

static void table_close(struct open *o)
{
    ese_table_close(&o->table);
    ese_close(&o->db);
    pl_source_close(&o->source);
}

/* The numbers of the table's leaves, from the left. */
static unsigned leaves_of(struct open *o, uint32_t *out, unsigned most)
{
    unsigned count = 0;
    struct ese_cursor c;
    struct ese_node node;
    ese_cursor_init(&c, &o->db, o->table.row.tree);
    while (ese_cursor_next(&c, &node) == PL_OK)
        if (count < most && (!count || out[count - 1] != node.pgno))
            out[count++] = node.pgno;
    ese_cursor_close(&c);
    return count;
}

static unsigned depth_of(struct open *o)
{
    unsigned depth = 1;
    uint32_t pgno = o->table.row.tree.root;
    struct ese_page p;
    struct ese_node node;
    for (;; depth++) {
        cr_assert_eq(ese_page_get(&o->db, pgno, o->table.row.tree.objid, &p), PL_OK);
        bool leaf = p.flags & ESE_PAGE_LEAF;
        cr_assert(leaf || ese_node_get(&o->db, &p, 0, &node));
        pgno = leaf ? 0 : pl_le32(node.data.data);
        ese_page_put(&o->db, &p);
        if (leaf)
            return depth;
    }
}

/* Without a cache to help, a seek reads the way down and at most one page more. */
static void seek_all(const char *table)
{
    struct copy c = copy_load("ese-all-9-4k.edb");
    struct open o;
    table_open(&o, &c, table, 0);
    unsigned depth = depth_of(&o), seeks = 0;
    cr_expect_geq(depth, 2u);
    struct ese_cursor all, one;
    struct ese_node node, found;
    ese_cursor_init(&all, &o.db, o.table.row.tree);
    ese_cursor_init(&one, &o.db, o.table.row.tree);
    for (; ese_cursor_next(&all, &node) == PL_OK; seeks++) {
        uint8_t key[ESE_KEY_MOST];
        size_t size = ese_key_copy(&node, key);
        uint64_t before = o.db.pages_read, bytes = o.source.bytes_read;
        cr_assert_eq(ese_cursor_seek(&one, key, size), PL_OK);
        cr_assert_eq(ese_cursor_next(&one, &found), PL_OK);
        cr_expect_eq(found.offset, node.offset);
        cr_expect_leq(o.db.pages_read - before, depth + 1);
        cr_expect_leq(o.source.bytes_read - bytes, (depth + 1) * PAGE, "nothing is read ahead");
        key[size] = 0; /* a key behind it: the record after it, on the same page or the next */
        before = o.db.pages_read;
        enum pl_status st = ese_cursor_seek(&one, key, size + 1);
        cr_expect_leq(o.db.pages_read - before, depth + 1);
        cr_expect(st == PL_OK);
    }
    cr_expect_gt(seeks, 500u);
    ese_cursor_close(&one);
    ese_cursor_close(&all);
    table_close(&o);
    free(c.data);
}

Test(ese_seek, costs_the_depth_of_the_tree)
{
    seek_all("Guids");
    seek_all("Deep");
}

static void walk(struct copy *c, bool recover, struct ese_walk *out)
{
    ese_walk_bytes(c->data, c->size, &(struct ese_walk_options){.only = "Deep", .recover = recover}, out);
}

/* A page of the tree as another write would have left it: the nodes of `from`, in the place of `to`. */
static void leaf_copy(struct copy *c, uint32_t from, uint32_t to, int64_t later)
{
    uint8_t links[8], *p = page_of(c, to);
    memcpy(links, p + 16, sizeof links);
    memcpy(p, page_of(c, from), PAGE);
    memcpy(p + 16, links, sizeof links);
    pl_put32(p + 4, to);
    pl_put64(p + 8, pl_le64(p + 8) + (uint64_t)later);
    page_sum(c, to);
}

/* Of two leaves that hold the same keys each record comes once, from the one written later. */
Test(ese_dirty, the_newer_of_two_leaves_counts)
{
    for (int later = -1; later <= 1; later += 2) {
        struct copy c = copy_load("ese-all-9-4k.edb");
        struct open o;
        struct ese_walk clean, dirty;
        uint32_t leaves[8];
        walk(&c, false, &clean);
        table_open(&o, &c, "Deep", 1 << 20);
        cr_assert_geq(leaves_of(&o, leaves, 8), 8u);
        table_close(&o);
        unsigned lost = (pl_le16(page_of(&c, leaves[4]) + 34) & 0xfffu) - 1;
        leaf_copy(&c, leaves[3], leaves[4], later);
        /* the record of the copy is told apart by the last byte of its first node's data */
        state_set(&c, ESE_DIRTY);
        walk(&c, false, &dirty);
        cr_expect_eq(dirty.rows, clean.rows - lost, "%d", later);
        cr_expect_eq(dirty.end, PL_OK);
        cr_expect_eq(ese_codes_of(&dirty.codes, "edb.order"), 1u);
        free(c.data);
    }
}

/* Half of a move is written: the newer leaf lacks what the older one still has behind it. */
Test(ese_dirty, an_older_leaf_goes_on_behind_a_newer_one)
{
    struct copy c = copy_load("ese-all-9-4k.edb");
    struct open o;
    struct ese_walk clean, dirty;
    uint32_t leaves[8];
    walk(&c, false, &clean);
    table_open(&o, &c, "Deep", 1 << 20);
    leaves_of(&o, leaves, 8);
    table_close(&o);
    unsigned lost = (pl_le16(page_of(&c, leaves[4]) + 34) & 0xfffu) - 1;
    leaf_copy(&c, leaves[3], leaves[4], 1);
    uint8_t *p = page_of(&c, leaves[4]);
    unsigned tags = pl_le16(p + 34) & 0xfff, gone = pl_le16(p + PAGE - 4 * tags) & 0x1fffu;
    pl_put16(p + 34, (uint16_t)(tags - 1)); /* the last node is not there yet */
    pl_put16(p + 28, (uint16_t)(pl_le16(p + 28) + 4 + gone));
    page_sum(&c, leaves[4]);
    state_set(&c, ESE_DIRTY);
    walk(&c, false, &dirty);
    cr_expect_eq(dirty.rows, clean.rows - lost, "the last record comes from the older leaf");
    free(c.data);
}

/* Deleted nodes are no records, unless they are asked for, and then they are marked. */
Test(ese_deleted, come_marked_or_not_at_all)
{
    struct copy c = copy_load("ese-all-9-4k.edb");
    struct ese_walk plain, all;
    ese_walk_bytes(c.data, c.size, &(struct ese_walk_options){0}, &plain);
    ese_walk_bytes(c.data, c.size, &(struct ese_walk_options){.recover = true}, &all);
    cr_expect_eq(plain.recovered, 0u);
    cr_expect_eq(all.recovered, 3u);
    cr_expect_eq(all.rows, plain.rows + 3);
    free(c.data);
}

/* Two leaves that lead to each other for ever, forwards and backwards. */
Test(ese_damage, loops_end)
{
    struct copy c = copy_load("ese-all-9-4k.edb");
    struct open o;
    struct ese_walk clean, w;
    uint32_t leaves[8];
    walk(&c, false, &clean);
    table_open(&o, &c, "Deep", 1 << 20);
    leaves_of(&o, leaves, 8);
    table_close(&o);
    pl_put32(page_of(&c, leaves[5]) + 20, leaves[4]);
    pl_put32(page_of(&c, leaves[4]) + 16, leaves[5]);
    page_sum(&c, leaves[5]);
    page_sum(&c, leaves[4]);
    walk(&c, false, &w);
    cr_expect_leq(w.rows, clean.rows, "nothing comes twice");
    cr_expect(w.worst < PL_OK);
    free(c.data);
}

/* A child that is its own parent, in every branch of every tree: seeks and walks end. */
Test(ese_damage, branches_that_lead_to_themselves)
{
    struct copy c = copy_load("ese-all-9-4k.edb");
    struct ese_walk w;
    for (uint32_t pgno = 1; ((size_t)pgno + 2) * PAGE <= c.size; pgno++) {
        uint8_t *p = page_of(&c, pgno);
        unsigned flags = pl_le32(p + 36), tags = pl_le16(p + 34) & 0xfff;
        if (!flags || flags & (ESE_PAGE_LEAF | ESE_PAGE_SPACE) || tags < 2)
            continue;
        for (unsigned i = 1; i < tags; i++) {
            size_t at = 40 + (pl_le16(p + PAGE - 4 * (i + 1) + 2) & 0x1fffu);
            size_t end = at + (pl_le16(p + PAGE - 4 * (i + 1)) & 0x1fffu);
            pl_put32(p + end - 4, pgno);
        }
        page_sum(&c, pgno);
    }
    ese_walk_bytes(c.data, c.size, &(struct ese_walk_options){0}, &w);
    cr_expect_eq(w.end, PL_END);
    cr_expect_gt(w.rows, 2400u, "the leaves are found all the same");
    cr_expect(ese_codes_of(&w.codes, "edb.swept") > 0);
    free(c.data);
}

/* Both roots of the catalogue are gone; then also what stands below that of the copy. */
Test(ese_damage, the_catalogue_is_swept_together)
{
    struct copy c = copy_load("ese-all-9-4k.edb");
    struct ese_walk clean, w;
    ese_walk_bytes(c.data, c.size, &(struct ese_walk_options){0}, &clean);
    memset(page_of(&c, 4), 0, PAGE);
    memset(page_of(&c, 24), 0, PAGE);
    memset(page_of(&c, 10), 0, PAGE);
    ese_walk_bytes(c.data, c.size, &(struct ese_walk_options){0}, &w);
    cr_expect_eq(w.tables, clean.tables);
    cr_expect_eq(w.rows, clean.rows);
    for (uint32_t pgno = 1; ((size_t)pgno + 2) * PAGE <= c.size; pgno++)
        if (pl_le32(page_of(&c, pgno) + 24) == 3)
            memset(page_of(&c, pgno), 0, PAGE);
    ese_walk_bytes(c.data, c.size, &(struct ese_walk_options){0}, &w);
    cr_expect_eq(w.tables, clean.tables, "the copy is not needed");
    free(c.data);
}

/* Opens the first long value of a table and reads the beginning; the parts claim to be `chunk` bytes long. */
static enum pl_status first_value(struct open *o, uint32_t chunk, uint8_t *buf, size_t cap, struct ese_node *root,
                                  size_t *room)
{
    struct ese_cursor roots;
    struct ese_lv lv;
    uint8_t key[ESE_KEY_MOST], id[4];
    size_t got = 0;
    ese_cursor_init(&roots, &o->db, o->table.long_values);
    cr_assert_eq(ese_cursor_next(&roots, root), PL_OK);
    cr_assert_eq(ese_key_copy(root, key), sizeof id);
    ese_cursor_close(&roots);
    for (size_t i = 0; i < sizeof id; i++)
        id[i] = key[sizeof id - 1 - i];
    const struct ese_value value = {.bytes = {id, sizeof id}, .separated = true};
    o->table.row.chunk_size = chunk;
    cr_assert_eq(ese_lv_open(&o->table, &value, &lv), PL_OK);
    enum pl_status st = ese_lv_read(&lv, 0, buf, cap, &got);
    cr_expect(st <= PL_LOST || got == cap);
    *room = lv.room;
    ese_lv_close(&lv);
    return st;
}

/* The catalogue says how long the parts of long values are; where it lies, no memory is taken for it. */
Test(ese_damage, no_part_of_a_long_value_is_longer_than_a_page)
{
    static const uint32_t lies[] = {0x7fffffff, 0x10000, PAGE};
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        struct copy c = copy_load("ese-all-9-4k.edb");
        struct open o;
        struct ese_node root;
        uint8_t want[4000], got[4000];
        size_t room;
        table_open(&o, &c, "LongValues", 1 << 20);
        cr_expect_eq(first_value(&o, 0, want, sizeof want, &root, &room), PL_OK);
        cr_expect_eq(first_value(&o, lies[i], got, sizeof got, &root, &room), PL_OK);
        cr_expect_arr_eq(got, want, sizeof want);
        table_close(&o);
        /* behind the sizes of the parts of the key and the key: references, size */
        uint64_t head = root.flags & ESE_NODE_COMPRESSED ? 4 : 2;
        pl_put32(c.data + root.offset + head + root.suffix.size + 4, 0xfffffff0);
        page_sum(&c, root.pgno);
        table_open(&o, &c, "LongValues", 1 << 20);
        first_value(&o, lies[i], got, sizeof got, &root, &room);
        cr_expect_leq(room, 65536u, "%zu bytes", room);
        table_close(&o);
        free(c.data);
    }
}

/* Bytes where tagged values should be, without an index that leads to them: they don't vanish silently. */
Test(ese_damage, tagged_values_without_an_index)
{
    static const uint8_t bytes[] = {0, 127, 4, 0, 0, 1, 3, 0, 1, 2, 3};
    struct copy c = copy_load("ese-all-9-4k.edb");
    struct open o;
    struct ese_record r;
    struct ese_fields f;
    struct ese_cell cell;
    const struct ese_node node = {.data = {bytes, sizeof bytes}, .modern = true};
    table_open(&o, &c, "LongValues", 1 << 20);
    cr_assert_eq(ese_record_parse(&o.table, &node, &r), PL_OK);
    ese_fields_init(&f, &r);
    cr_expect_eq(ese_fields_next(&f, &cell), PL_LOST);
    cr_expect_eq(ese_fields_next(&f, &cell), PL_END);
    table_close(&o);
    free(c.data);
}

/* Memory whose nth read fails once. */
struct flaky {
    struct copy c;
    long at, count;
};

static enum pl_status flaky_pread(struct pl_source *s, uint64_t offset, void *buf, size_t size, size_t *got)
{
    struct flaky *f = s->hook;
    *got = 0;
    if (++f->count == f->at) {
        s->error = 5;
        return PL_STOP;
    }
    if (offset < f->c.size) {
        *got = size < f->c.size - offset ? size : (size_t)(f->c.size - offset);
        memcpy(buf, f->c.data + offset, *got);
    }
    return PL_OK;
}

/* Rows of the catalogue that can't be read when they are counted, but can when they are taken. */
Test(ese_damage, a_catalogue_that_is_read_better_the_second_time)
{
    char *path = fixture("ese-wide-14-32k.edb");
    struct flaky f = {.at = 0};
    f.c.data = walk_load(path, &f.c.size);
    free(path);
    memset(f.c.data + 5 * 32768, 0, 32768); /* so that the copy is used, and its faults are passed over */
    for (long all = 1; f.at <= all; f.at++) {
        struct open o = {.table = {.column_count = 0}};
        f.count = 0;
        pl_source_memory(&o.source, f.c.data, f.c.size);
        o.source.pread = flaky_pread;
        o.source.hook = &f;
        if (ese_open(&o.db, &o.source, &o.report, 0) > PL_LOST) {
            enum pl_status st = ese_table_open(&o.db, "Wide", &o.table);
            if (st != PL_END && st > PL_LOST) {
                cr_expect_geq(o.table.column_count, 1u, "read %ld failed", f.at);
                ese_table_close(&o.table);
            }
        }
        all = f.at ? all : f.count;
        ese_close(&o.db);
        pl_source_close(&o.source);
    }
    free(f.c.data);
}

/* A range of log files that no database ever needs is not looked for, which is said. */
Test(ese_dirty, logs_without_number)
{
    struct copy c = copy_load("ese-all-9-4k.edb");
    struct open o;
    struct pl_arena arena;
    struct pl_fact facts[EDB_FACTS];
    struct pl_report report = {0};
    unsigned said = 0;
    for (size_t at = 0; at < 2 * PAGE; at += PAGE) {
        pl_put32(c.data + at + 296, 1);
        pl_put32(c.data + at + 300, 0xffffffff);
    }
    state_set(&c, ESE_DIRTY);
    table_open(&o, &c, "Deep", 1 << 20);
    pl_arena_init(&arena, 1 << 16);
    for (size_t i = edb_facts(&o.db, &arena, facts, &report); i-- > 0;)
        said += !strcmp(facts[i].name, "logs_beside");
    cr_expect_eq(said, 1u);
    pl_arena_release(&arena);
    table_close(&o);
    free(c.data);
}

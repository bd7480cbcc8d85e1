/*
 * t_conformance.c - what every row of the two tables must keep, whatever its format.
 *
 * Readers: the same store twice gives the same items; cut short anywhere, or with bits
 * flipped, it ends by itself; a failing read or allocation costs items, never the
 * process, and nothing leaks. Writers: the same run twice gives the same bytes, and a
 * failing allocation leaves no unfinished file. Under the sanitizers this is the test
 * that proves "no crash for any bytes".
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "convert.h"
#include "lib_ese.h"
#include "lib_fault.h"
#include "lib_walk.h"
#include "table.h"

#define MEMORY ((size_t)4 << 20)

static char *fixture(const char *name)
{
    const char *folder = walk_fixtures();
    char *path = NULL;
    if (!folder || asprintf(&path, "%s/%s", folder, name) < 0 || access(path, R_OK) != 0)
        cr_assert_fail("no fixture %s: make check-run makes them", name);
    return path;
}

/* A reader whose library lives in another process is not one to count allocations of. */
static bool is_isolated(const struct pl_reader_ops *ops) { return !strcmp(ops->name, "pff"); }

/* Whether the reader takes a store of these bytes; the fixtures of one format are nothing to others. */
static bool takes(const struct pl_reader_ops *ops, const uint8_t *data, size_t size)
{
    struct pl_source source;
    pl_source_memory(&source, data, size);
    bool mine = ops->probe(&source) > 0;
    pl_source_close(&source);
    return mine;
}

static void walk_memory(const struct pl_reader_ops *ops, const uint8_t *data, size_t size, size_t memory,
                        struct walk *out)
{
    const struct pl_reader_options options = {.memory = memory};
    struct pl_report report = {0};
    struct pl_source source;
    struct pl_session session;
    pl_source_memory(&source, data, size);
    *out = (struct walk){.end = PL_STOP};
    if (pl_session_over(&session, &source, ops, &options, &report) > PL_LOST)
        walk_session(&session, true, out);
    pl_session_close(&session);
}

Test(readers, refuse_what_is_not_theirs)
{
    static const uint8_t zeros[4096];
    uint8_t text[4096];
    memset(text, 'x', sizeof text);
    const struct {
        const uint8_t *data;
        size_t size;
        const char *what;
    } cases[] = {{zeros, 0, "nothing at all"}, {zeros, sizeof zeros, "zeros"}, {text, sizeof text, "text"}};
    for (size_t i = 0; pl_readers[i]; i++)
        for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
            struct pl_source s;
            pl_source_memory(&s, cases[c].data, cases[c].size);
            cr_expect_eq(pl_readers[i]->probe(&s), 0, "%s: %s", pl_readers[i]->name, cases[c].what);
            pl_source_close(&s);
        }
}

static void read_the_same_twice(const char *name)
{
    size_t size = 0;
    char *path = fixture(name);
    uint8_t *data = walk_load(path, &size);
    for (size_t i = 0; pl_readers[i]; i++) {
        struct walk one, two;
        if (!takes(pl_readers[i], data, size))
            continue;
        walk_memory(pl_readers[i], data, size, MEMORY, &one);
        walk_memory(pl_readers[i], data, size, MEMORY, &two);
        cr_expect_eq(one.end, PL_END, "%s reads to the end", pl_readers[i]->name);
        cr_expect_gt(one.items, 0u, "%s delivers items", pl_readers[i]->name);
        cr_expect_eq(one.lost, 0u, "%s loses nothing", pl_readers[i]->name);
        cr_expect_eq(one.digest, two.digest, "%s delivers the same", pl_readers[i]->name);
    }
    free(data);
    free(path);
}

static void survive_prefixes(const char *name)
{
    size_t size = 0;
    char *path = fixture(name);
    uint8_t *data = walk_load(path, &size);
    for (size_t i = 0; pl_readers[i]; i++) {
        size_t step = is_isolated(pl_readers[i]) ? size / 12 + 1 : size / 200 + 1;
        for (size_t cut = 0; cut < size; cut += step) {
            uint8_t *exact = malloc(cut + 1);
            memcpy(exact, data, cut);
            struct walk w;
            walk_memory(pl_readers[i], exact, cut, MEMORY, &w);
            cr_expect(w.end == PL_END || w.end == PL_STOP);
            free(exact);
        }
    }
    free(data);
    free(path);
}

static void survive_flipped_bits(const char *name)
{
    size_t size = 0;
    char *path = fixture(name);
    uint8_t *data = walk_load(path, &size);
    uint32_t state = 2463534242u;
    for (size_t i = 0; pl_readers[i]; i++)
        for (int n = is_isolated(pl_readers[i]) ? 12 : 400; n > 0; n--) {
            state ^= state << 13, state ^= state >> 17, state ^= state << 5;
            size_t at = state % size;
            uint8_t saved = data[at];
            data[at] = (uint8_t)(n & 1 ? saved ^ 1u << (state >> 29) : state >> 24);
            struct walk w;
            walk_memory(pl_readers[i], data, size, MEMORY, &w);
            cr_expect(w.end == PL_END || w.end == PL_STOP);
            data[at] = saved;
        }
    free(data);
    free(path);
}

static void survive_failing_allocations(const char *name)
{
    size_t size = 0;
    char *path = fixture(name);
    uint8_t *data = walk_load(path, &size);
    for (size_t i = 0; pl_readers[i]; i++) {
        struct walk w;
        if (is_isolated(pl_readers[i]) || !takes(pl_readers[i], data, size))
            continue;
        fault_alloc(0, 0);
        walk_memory(pl_readers[i], data, size, MEMORY, &w);
        long all = fault_alloc_count();
        cr_expect_gt(all, 3);
        for (long n = 1; n <= all; n += n < 100 ? 1 : all / 100 + 1)
            for (int ever = 0; ever < 2; ever++) {
                fault_alloc(n, ever);
                walk_memory(pl_readers[i], data, size, MEMORY, &w);
                fault_alloc(0, 0);
                cr_expect(w.end == PL_END || w.end == PL_STOP);
            }
    }
    free(data);
    free(path);
}

/* --- folders in parts ----------------------------------------------------------- */

#define KEYS_MOST ((size_t)1 << 20)

static bool wants_all(void *data, const char *message_class, bool associated)
{
    (void)data;
    (void)message_class;
    (void)associated;
    return true;
}

/* What the open folder, or part of it, delivers: status, key and class of each item. */
static void items_list(struct pl_session *s, struct pl_buf *list)
{
    const struct pl_wanted wanted = {.wants = wants_all};
    struct pl_item item;
    enum pl_status st;
    while ((st = pl_session_next_item(s, &wanted, &item)) != PL_END) {
        pl_buf_printf(list, "%d %s %s\n", st, item.key, item.message_class);
        if (st == PL_STOP)
            break;
    }
}

/* The same in parts: rows that end at random, what is associated, what no table lists. */
static void parts_list(struct pl_session *s, const char *key, uint32_t *state, struct pl_buf *list)
{
    struct pl_part part = {.kind = PL_PART_ROWS};
    struct pl_part_sum *sum = &part.before;
    for (bool last = false; !last; part.from = part.to, part.again = true) {
        *state = *state * 1664525 + 1013904223;
        last = *state >> 30 == 0;
        part.to = last ? UINT32_MAX : part.from + (*state >> 16) % 7;
        if (pl_session_open_part(s, key, &part) != PL_OK)
            return;
        items_list(s, list);
        sum->rows += s->reader.part.rows;
        sum->listed[0] += s->reader.part.listed[0];
        sum->listed[1] += s->reader.part.listed[1];
    }
    for (part.kind = PL_PART_ASSOCIATED; part.kind <= PL_PART_UNLISTED; part.kind++) {
        if (pl_session_open_part(s, key, &part) == PL_OK)
            items_list(s, list);
        sum->rows += s->reader.part.rows;
        sum->listed[0] += s->reader.part.listed[0];
        sum->listed[1] += s->reader.part.listed[1];
    }
}

/* All folders, whole or, with a seed, in parts. To be freed. */
static char *folders_list(const struct pl_reader_ops *ops, const uint8_t *data, size_t size, uint32_t seed)
{
    const struct pl_reader_options options = {.memory = MEMORY, .afresh = true};
    struct pl_report report = {0};
    struct pl_source source;
    struct pl_session session;
    struct pl_folder folder;
    struct pl_buf list;
    pl_source_memory(&source, data, size);
    pl_buf_init(&list, KEYS_MOST);
    pl_buf_puts(&list, "");
    enum pl_status st = pl_session_over(&session, &source, ops, &options, &report);
    while (st > PL_STOP && (st = pl_session_next_folder(&session, &folder)) != PL_END && st != PL_STOP) {
        pl_buf_printf(&list, "folder %s\n", folder.key);
        if (seed && strncmp(folder.key, "0x", 2) == 0) /* what is no folder of the store has no parts */
            parts_list(&session, folder.key, &seed, &list);
        else if (pl_session_open_folder(&session, folder.key) == PL_OK)
            items_list(&session, &list);
    }
    pl_session_close(&session);
    return list.data;
}

/* Also of a store that is damaged: rows of blocks that are gone, items that another folder lists. */
static void parts_are_the_folder(const char *name)
{
    size_t size = 0, items = 0;
    char *path = fixture(name);
    uint8_t *data = walk_load(path, &size);
    uint32_t state = 88172645u;
    for (size_t i = 0; pl_readers[i]; i++)
        for (int n = 0; n < 300 && pl_readers[i]->open_part && takes(pl_readers[i], data, size); n++) {
            state ^= state << 13, state ^= state >> 17, state ^= state << 5;
            size_t at = state % size;
            uint8_t saved = data[at];
            data[at] = (uint8_t)(saved ^ (n < 20 ? 0u : 1u << (state >> 29)));
            char *whole = folders_list(pl_readers[i], data, size, 0);
            char *parts = folders_list(pl_readers[i], data, size, (uint32_t)n + 1);
            cr_assert_str_eq(parts, whole, "%s, with byte %zu flipped", name, at);
            items += strlen(whole);
            free(whole);
            free(parts);
            data[at] = saved;
        }
    cr_expect_gt(items, 0u);
    free(data);
    free(path);
}

Test(readers, parts)
{
    parts_are_the_folder("office.pst");
    parts_are_the_folder("tasks.pst");
}

/* --- a store that is open, in other hands ------------------------------------------------------- */

/* The keys of all folders and their items; `carried`: from the second folder on by a session that goes on with what
 * the first one has open. To be freed. */
static char *walk_list(const struct pl_reader_ops *ops, const uint8_t *data, size_t size, bool carried)
{
    const struct pl_reader_options options = {.memory = MEMORY, .afresh = true};
    struct pl_report report = {0}, other_report = {0};
    struct pl_source source;
    struct pl_session session, other, *s = &session;
    struct pl_folder folder;
    struct pl_buf list;
    pl_source_memory(&source, data, size);
    pl_buf_init(&list, KEYS_MOST);
    cr_assert_eq(pl_session_over(&session, &source, ops, &options, &report), PL_OK);
    for (int n = 0; pl_session_next_folder(s, &folder) == PL_OK; n++) {
        if (carried && n == 1) {
            cr_assert(pl_session_carry(&other, &session, &options, &other_report));
            memset(&session, 0xee, sizeof session); /* nothing is to look there any more */
            memset(&report, 0xee, sizeof report);
            s = &other;
        }
        pl_buf_printf(&list, "folder %s\n", folder.key);
        if (pl_session_open_folder(s, folder.key) == PL_OK)
            items_list(s, &list);
    }
    pl_session_close(s);
    return list.data;
}

Test(readers, carried)
{
    size_t size = 0, carried = 0;
    char *path = fixture("office.pst");
    uint8_t *data = walk_load(path, &size);
    for (size_t i = 0; pl_readers[i]; i++) {
        if (!pl_readers[i]->moved || !takes(pl_readers[i], data, size))
            continue;
        char *one = walk_list(pl_readers[i], data, size, false), *two = walk_list(pl_readers[i], data, size, true);
        cr_expect_str_eq(two, one, "%s", pl_readers[i]->name);
        cr_expect_gt(strlen(one), 200u);
        carried++;
        free(one);
        free(two);
    }
    cr_expect_gt(carried, 0u);
    free(data);
    free(path);
}

static bool opens(const struct pl_reader_ops *ops, const uint8_t *data, size_t size, bool glance)
{
    const struct pl_reader_options options = {.memory = MEMORY, .glance = glance};
    struct pl_report report = {0};
    struct pl_source source;
    struct pl_session session;
    pl_source_memory(&source, data, size);
    bool good = pl_session_over(&session, &source, ops, &options, &report) > PL_LOST;
    pl_session_close(&session);
    return good;
}

/* Who only asks whether a store opens is told the same: also of one that is cut off, or has bad bytes. */
Test(readers, glance)
{
    size_t size = 0, opened = 0, shut = 0;
    char *path = fixture("office.pst");
    uint8_t *data = walk_load(path, &size);
    uint32_t state = 2463534242u;
    for (size_t i = 0; pl_readers[i]; i++)
        for (int n = 0; n < 400 && !is_isolated(pl_readers[i]) && takes(pl_readers[i], data, size); n++) {
            uint8_t *copy = malloc(size);
            memcpy(copy, data, size);
            state ^= state << 13, state ^= state >> 17, state ^= state << 5;
            for (int bad = n % 8; bad; bad--)
                copy[(state * (uint32_t)bad) % (n % 3 ? size : 4096)] ^= (uint8_t)(1u << (state & 7));
            size_t cut = n % 5 ? size : state % size;
            if (takes(pl_readers[i], copy, cut)) {
                bool good = opens(pl_readers[i], copy, cut, false);
                cr_expect_eq(opens(pl_readers[i], copy, cut, true), good, "%s, %d", pl_readers[i]->name, n);
                opened += good;
                shut += !good;
            }
            free(copy);
        }
    cr_expect(opened > 100 && shut > 5, "%zu opened, %zu did not", opened, shut);
    free(data);
    free(path);
}

/* --- caches that hold nothing ------------------------------------------------------------------- */

/* What was read is used before the next thing is, whatever the caches have room for. */
static void read_with_hardly_any_memory(const char *name)
{
    static const size_t memories[] = {1, 8, 600, 5000, 65536};
    size_t size = 0;
    char *path = fixture(name);
    uint8_t *data = walk_load(path, &size);
    for (size_t i = 0; pl_readers[i]; i++) {
        struct walk usual;
        if (is_isolated(pl_readers[i]) || !takes(pl_readers[i], data, size))
            continue;
        walk_memory(pl_readers[i], data, size, MEMORY, &usual);
        for (size_t m = 0; m < sizeof memories / sizeof memories[0]; m++) {
            struct walk w;
            walk_memory(pl_readers[i], data, size, memories[m], &w);
            cr_expect_eq(w.digest, usual.digest, "%s, %zu bytes", name, memories[m]);
        }
    }
    free(data);
    free(path);
}

Test(readers, hardly_any_memory)
{
    read_with_hardly_any_memory("office.pst");
    read_with_hardly_any_memory("tasks.pst");
}

/* --- reads that fail ---------------------------------------------------------- */

struct failing {
    const uint8_t *data;
    size_t size;
    long at, count;
};

static enum pl_status failing_pread(struct pl_source *s, uint64_t offset, void *buf, size_t size, size_t *got)
{
    struct failing *f = s->hook;
    *got = 0;
    if (++f->count == f->at) {
        s->error = 5; /* EIO */
        return PL_STOP;
    }
    if (offset < f->size) {
        *got = size < f->size - offset ? size : (size_t)(f->size - offset);
        memcpy(buf, f->data + offset, *got);
    }
    return PL_OK;
}

static long walk_failing(const struct pl_reader_ops *ops, const uint8_t *data, size_t size, long at,
                         struct walk *out)
{
    const struct pl_reader_options options = {.memory = MEMORY, .serial = true};
    struct failing failing = {data, size, at, 0};
    struct pl_report report = {0};
    struct pl_source source;
    struct pl_session session;
    pl_source_memory(&source, data, size);
    source.pread = failing_pread;
    source.hook = &failing;
    *out = (struct walk){.end = PL_STOP};
    if (pl_session_over(&session, &source, ops, &options, &report) > PL_LOST)
        walk_session(&session, true, out);
    pl_session_close(&session);
    return failing.count;
}

static void survive_failing_reads(const char *name)
{
    size_t size = 0;
    char *path = fixture(name);
    uint8_t *data = walk_load(path, &size);
    for (size_t i = 0; pl_readers[i]; i++) {
        struct walk whole, w;
        if (is_isolated(pl_readers[i]) || !takes(pl_readers[i], data, size))
            continue;
        long all = walk_failing(pl_readers[i], data, size, 0, &whole);
        cr_expect_eq(whole.end, PL_END);
        for (long n = 1; n <= all; n += n < 200 ? 1 : all / 100 + 1) {
            walk_failing(pl_readers[i], data, size, n, &w);
            cr_expect(w.end == PL_END || w.end == PL_STOP);
        }
    }
    free(data);
    free(path);
}

/* A small store and a larger one of each format. */
Test(readers, pst)
{
    read_the_same_twice("office.pst");
    survive_prefixes("tasks.pst");
    survive_flipped_bits("tasks.pst");
    survive_failing_allocations("tasks.pst");
    survive_failing_reads("tasks.pst");
}

Test(readers, exchange)
{
    read_the_same_twice("exchange2003-office/priv1.edb");
    survive_prefixes("exchange2003-tasks/priv1.edb");
    survive_flipped_bits("exchange2003-tasks/priv1.edb");
    survive_failing_allocations("exchange2003-tasks/priv1.edb");
    survive_failing_reads("exchange2003-tasks/priv1.edb");
}

Test(readers, exchange_2013)
{
    read_the_same_twice("exchange2013-office/priv1.edb");
    survive_prefixes("exchange2013-tasks/priv1.edb");
    survive_flipped_bits("exchange2013-tasks/priv1.edb");
    survive_failing_allocations("exchange2013-tasks/priv1.edb");
    survive_failing_reads("exchange2013-tasks/priv1.edb");
}

/* --- databases as tables ------------------------------------------------------------ */

/* For each row of pl_databases. */
static const struct {
    const char *small, *other;
} databases[] = {{"ese-small-9-4k.edb", "ese-all-14-32k.edb"}};

static void walk_tables(const struct pl_tables_ops *ops, struct pl_source *source, struct ese_walk *out)
{
    ese_walk_source(
        source, &(struct ese_walk_options){.ops = ops, .memory = MEMORY, .recover = true, .defaults = true}, out);
}

static void walk_tables_memory(const struct pl_tables_ops *ops, const uint8_t *data, size_t size,
                               struct ese_walk *out)
{
    struct pl_source source;
    pl_source_memory(&source, data, size);
    walk_tables(ops, &source, out);
}

Test(databases, refuse_what_is_not_theirs)
{
    static const uint8_t zeros[70000];
    struct pl_source s;
    for (size_t i = 0; pl_databases[i]; i++) {
        for (size_t size = 0; size <= sizeof zeros; size += sizeof zeros) {
            pl_source_memory(&s, zeros, size);
            cr_expect_eq(pl_databases[i]->probe(&s), 0);
            pl_source_close(&s);
        }
    }
}

Test(databases, read_the_same_twice)
{
    for (size_t i = 0; pl_databases[i]; i++) {
        size_t size = 0;
        char *path = fixture(databases[i].other);
        uint8_t *data = walk_load(path, &size);
        struct ese_walk one, two;
        walk_tables_memory(pl_databases[i], data, size, &one);
        walk_tables_memory(pl_databases[i], data, size, &two);
        cr_expect_eq(one.end, PL_END);
        cr_expect_eq(one.worst, PL_OK);
        cr_expect_gt(one.rows, 1000u);
        cr_expect_eq(one.digest, two.digest);
        free(data);
        free(path);
    }
}

Test(databases, survive_prefixes_and_flipped_bits)
{
    for (size_t i = 0; pl_databases[i]; i++) {
        size_t size = 0;
        char *path = fixture(databases[i].small);
        uint8_t *data = walk_load(path, &size);
        uint32_t state = 2463534242u;
        struct ese_walk w;
        for (size_t cut = 0; cut < size; cut += size / 200 + 1) {
            uint8_t *exact = malloc(cut + 1);
            memcpy(exact, data, cut);
            walk_tables_memory(pl_databases[i], exact, cut, &w);
            cr_expect(w.end == PL_END || w.end == PL_STOP);
            free(exact);
        }
        for (int n = 400; n > 0; n--) {
            state ^= state << 13, state ^= state >> 17, state ^= state << 5;
            size_t at = state % size;
            uint8_t saved = data[at];
            data[at] = (uint8_t)(n & 1 ? saved ^ 1u << (state >> 29) : state >> 24);
            walk_tables_memory(pl_databases[i], data, size, &w);
            cr_expect(w.end == PL_END || w.end == PL_STOP);
            data[at] = saved;
        }
        free(data);
        free(path);
    }
}

Test(databases, survive_failing_allocations)
{
    for (size_t i = 0; pl_databases[i]; i++) {
        size_t size = 0;
        char *path = fixture(databases[i].small);
        uint8_t *data = walk_load(path, &size);
        struct ese_walk whole, w;
        fault_alloc(0, 0);
        walk_tables_memory(pl_databases[i], data, size, &whole);
        long all = fault_alloc_count();
        cr_expect_gt(all, 3);
        for (long n = 1; n <= all; n += n < 100 ? 1 : all / 100 + 1)
            for (int ever = 0; ever < 2; ever++) {
                fault_alloc(n, ever);
                walk_tables_memory(pl_databases[i], data, size, &w);
                fault_alloc(0, 0);
                cr_expect(w.end == PL_END || w.end == PL_STOP);
                cr_expect(w.worst <= PL_LOST || w.digest == whole.digest,
                          "allocation %ld of %ld fails, and nothing is said", n, all);
            }
        free(data);
        free(path);
    }
}

Test(databases, survive_failing_reads)
{
    for (size_t i = 0; pl_databases[i]; i++) {
        struct failing failing = {0};
        char *path = fixture(databases[i].small);
        uint8_t *data = walk_load(path, &failing.size);
        struct pl_source source;
        struct ese_walk whole = {0}, w;
        long all = 1;
        failing.data = data;
        for (long n = 0; n <= all; n++) {
            failing.at = n;
            failing.count = 0;
            pl_source_memory(&source, data, failing.size);
            source.pread = failing_pread;
            source.hook = &failing;
            walk_tables(pl_databases[i], &source, &w);
            cr_expect(w.end == PL_END || w.end == PL_STOP);
            whole = n ? whole : w;
            all = n ? all : failing.count;
            cr_expect(w.worst <= PL_WARN || w.digest == whole.digest, "read %ld of %ld fails, and nothing is said",
                      n, all);
        }
        free(data);
        free(path);
    }
}

/* --- writers, through the road ---------------------------------------------------- */

static void remove_tree(const char *path)
{
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));) {
        char *below = NULL;
        struct stat st;
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") || asprintf(&below, "%s/%s", path, e->d_name) < 0)
            continue;
        if (lstat(below, &st) == 0 && S_ISDIR(st.st_mode))
            remove_tree(below);
        else
            unlink(below);
        free(below);
    }
    if (d)
        closedir(d);
    rmdir(path);
}

/* Names and bytes of all files but the ledger, run.json and SHA256SUMS, order-independent. */
static uint64_t digest_tree(const char *path, const char *name, size_t *files)
{
    uint64_t sum = 0;
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));) {
        char *below = NULL, *named = NULL;
        struct stat st;
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") || asprintf(&below, "%s/%s", path, e->d_name) < 0 ||
            asprintf(&named, "%s/%s", name, e->d_name) < 0)
            continue;
        if (lstat(below, &st) == 0 && S_ISDIR(st.st_mode)) {
            sum += digest_tree(below, named, files);
        } else if (strcmp(named, "/ledger.db") != 0 && strcmp(named, "/run.json") != 0 &&
                   strcmp(named, "/SHA256SUMS") != 0) {
            size_t size = 0;
            uint8_t *data = walk_load(below, &size);
            uint64_t h = 0xcbf29ce484222325ull;
            for (const char *c = named; *c; c++)
                h = (h ^ (uint8_t)*c) * 0x100000001b3ull;
            for (size_t i = 0; i < size; i++)
                h = (h ^ data[i]) * 0x100000001b3ull;
            sum += h;
            ++*files;
            free(data);
        }
        free(below);
        free(named);
    }
    if (d)
        closedir(d);
    return sum;
}

static enum pl_status convert_into(const char *store, const char *out, const struct pl_writer_options *writer,
                                   struct pl_convert_result *result)
{
    const char *const stores[] = {store};
    const char *names[16];
    size_t count = 0;
    for (; pl_writers[count] && count < sizeof names / sizeof names[0]; count++)
        names[count] = pl_writers[count]->name; /* also those that are written on request only */
    const struct pl_convert_options options = {.stores = stores,
                                               .store_count = 1,
                                               .output = out,
                                               .to = names,
                                               .to_count = count,
                                               .writer = *writer,
                                               .memory = MEMORY};
    return pl_convert(&options, pl_readers, pl_writers, result);
}

static const struct pl_writer_options layouts[] = {
    {.vcard = 30},
    {.vcard = 40, .per_item = true, .attachments = PL_ATTACH_FILES},
    {.vcard = 30, .attachments = PL_ATTACH_NONE},
};

Test(writers, write_the_same_twice)
{
    char *path = fixture("office.pst");
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
        char one[] = "/tmp/pimlift-one-XXXXXX", two[] = "/tmp/pimlift-two-XXXXXX";
        size_t files = 0, again = 0;
        struct pl_convert_result result;
        cr_assert(mkdtemp(one) && mkdtemp(two));
        cr_expect_eq(convert_into(path, one, &layouts[i], &result), PL_OK);
        cr_expect_gt(result.totals.written, 0u);
        cr_expect_eq(result.totals.seen, result.totals.written + result.totals.filtered + result.totals.lost);
        cr_expect_eq(convert_into(path, two, &layouts[i], &result), PL_OK);
        cr_expect_eq(digest_tree(one, "", &files), digest_tree(two, "", &again));
        cr_expect_gt(files, 2u);
        cr_expect_eq(files, again);
        remove_tree(one);
        remove_tree(two);
    }
    free(path);
}

/* Counts files whose name shows that they are not finished; but a run that stopped keeps a list for the next. */
static size_t unfinished(const char *path)
{
    size_t n = 0;
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));) {
        char *below = NULL;
        struct stat st;
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") || asprintf(&below, "%s/%s", path, e->d_name) < 0)
            continue;
        if (lstat(below, &st) == 0 && S_ISDIR(st.st_mode))
            n += unfinished(below);
        else if (strcmp(e->d_name, ".pimlift-files") != 0)
            n += e->d_name[0] == '.' || strstr(e->d_name, ".tmp") || strstr(e->d_name, ".part");
        free(below);
    }
    if (d)
        closedir(d);
    return n;
}

Test(writers, survive_failing_allocations, .timeout = 240)
{
    char *path = fixture("tasks.pst");
    char out[] = "/tmp/pimlift-fault-XXXXXX";
    struct pl_convert_result result;
    cr_assert(mkdtemp(out));
    fault_alloc(0, 0);
    cr_expect_eq(convert_into(path, out, &layouts[0], &result), PL_OK);
    long all = fault_alloc_count();
    remove_tree(out);
    for (long n = 1; n <= all; n += all / 250 + 1) {
        cr_assert(mkdir(out, 0700) == 0);
        fault_alloc(n, (int)(n & 1));
        enum pl_status st = convert_into(path, out, &layouts[0], &result);
        fault_alloc(0, 0);
        cr_expect(st == PL_OK || st == PL_STOP);
        cr_expect_eq(unfinished(out), 0u, "allocation %ld leaves an unfinished file", n);
        remove_tree(out);
    }
    free(path);
}

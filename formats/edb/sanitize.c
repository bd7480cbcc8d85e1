/*
 * sanitize.c - a database of Exchange without its words. See sanitize.h and copy.h.
 *
 * It works on the engine's level: tables, columns and trees are known by the catalogue, nothing has to be a folder
 * or a message. The catalogue stays as it is, since names of tables and columns are those of programs.
 */
#include "sanitize.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "copy.h"
#include "edb.h"
#include "memory.h"

#define IDS_MOST   (1u << 22)
#define ARENA_MOST ((size_t)16 << 20)

static bool id_add(uint32_t **list, size_t *count, uint32_t objid)
{
    if ((*count & (*count - 1)) == 0) { /* a power of two is full */
        size_t room = *count ? 2 * *count : 1;
        uint32_t *more = room <= IDS_MOST ? realloc(*list, room * sizeof *more) : NULL;
        if (!more && room <= IDS_MOST)
            pl_memory_missed();
        if (!more)
            return false;
        *list = more;
    }
    (*list)[(*count)++] = objid;
    return true;
}

static int id_compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static const struct ese_column *column_of(const struct ese_table *t, unsigned id)
{
    for (size_t i = 0; i < t->column_count; i++)
        if (t->columns[i].id == id)
            return &t->columns[i];
    return NULL;
}

/* Are the keys of an index made of numbers and ids alone? */
static bool is_plain(const struct ese_table *t, const struct ese_index *index)
{
    for (unsigned i = 0; i < index->segment_count; i++) {
        const struct ese_column *k = column_of(t, index->segments[i].column);
        if (!k || k->type == ESE_TEXT || k->type == ESE_LONG_TEXT || k->type == ESE_LONG_BINARY ||
            (k->type == ESE_BINARY && k->size != 8 && k->size != 26))
            return false;
    }
    return index->segment_count > 0;
}

static void trees_learn(struct edb_copy *c, const struct ese_table *t)
{
    if (t->row.is_system) {
        (void)!id_add(&c->whole, &c->whole_count, t->row.tree.objid);
        if (t->long_values.root)
            (void)!id_add(&c->whole, &c->whole_count, t->long_values.objid);
    }
    for (size_t i = 0; i < t->index_count; i++) {
        if (t->row.is_system)
            (void)!id_add(&c->whole, &c->whole_count, t->indexes[i].tree.objid);
        else if (is_plain(t, &t->indexes[i]))
            (void)!id_add(&c->plain, &c->plain_count, t->indexes[i].tree.objid);
    }
}

/* Each table of the catalogue; one that can't be loaded is told by what is then missing. How many there were. */
static uint64_t tables_each(struct edb_copy *c, void (*each)(struct edb_copy *c, const struct ese_table *t))
{
    struct ese_tables tables;
    struct ese_table_row row;
    enum pl_status st;
    uint64_t count = 0;
    ese_tables_init(&tables, &c->db);
    while ((st = ese_tables_next(&tables, &row)) != PL_END && !pl_sanitize_stops(c->job)) {
        struct ese_table t;
        count++;
        if (st == PL_STOP || (st == PL_LOST && tables.failed))
            break;
        if (st == PL_LOST)
            continue;
        if (ese_table_load(&c->db, &row, &t) > PL_LOST)
            each(c, &t);
        else
            pl_unknown_add(&c->job->result->unknown, "table %s", row.name);
        ese_table_close(&t);
    }
    return count;
}

static void table_copy(struct edb_copy *c, const struct ese_table *t)
{
    if (!t->row.is_system)
        edb_copy_table(c, t);
}

static enum pl_status copy_all(struct edb_copy *c)
{
    /* the database itself, the catalogue, its copy and its names, whatever a damaged catalogue says of itself */
    static const uint32_t engine[] = {1, ESE_CATALOG_OBJID, ESE_SHADOW_OBJID, ESE_NAMES_OBJID};
    for (size_t i = 0; i < sizeof engine / sizeof *engine; i++)
        if (!id_add(&c->whole, &c->whole_count, engine[i]))
            return PL_STOP;
    tables_each(c, trees_learn);
    qsort(c->whole, c->whole_count, sizeof *c->whole, id_compare);
    if (c->plain_count)
        qsort(c->plain, c->plain_count, sizeof *c->plain, id_compare);
    edb_copy_header(c);
    edb_copy_pages(c);
    if (tables_each(c, table_copy) < ese_tables_named(&c->db)) /* which readers find by their names */
        pl_unknown_add(&c->job->result->unknown, "tables that are out of order in the catalogue");
    edb_copy_seal(c);
    return PL_OK;
}

static enum pl_status run(struct pl_sanitize *job)
{
    struct edb_copy *c = pl_memory_zeroed(1, sizeof *c);
    if (!c)
        return PL_STOP;
    c->job = job;
    pl_arena_init(&c->arena, ARENA_MOST);
    c->scramble = job->scramble;
    enum pl_status st = ese_open(&c->db, job->source, job->report, job->memory);
    if (st == PL_OK) {
        st = edb_copy_stream(c);
        if (st == PL_OK)
            st = copy_all(c);
    } else {
        snprintf(job->result->why, sizeof job->result->why, "its header is not one that can be read");
    }
    ese_close(&c->db);
    pl_arena_release(&c->arena);
    free(c->whole);
    free(c->plain);
    free(c);
    return st == PL_OK ? PL_OK : PL_LOST;
}

const struct pl_sanitizer pl_edb_sanitizer = {.name = "edb", .probe = ese_probe, .run = run};

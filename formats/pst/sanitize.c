/*
 * sanitize.c - a PST or OST without its words. See sanitize.h and copy.h.
 *
 * Blocks are filled first, all that the index has; then each node writes what is understood of it over that. A
 * store whose folders can't be read is copied as well: only header, index and blocks must have their shape, each
 * where it does.
 */
#include "sanitize.h"

#include <stdio.h>
#include <string.h>

#include "copy.h"
#include "memory.h"
#include "pst.h"

#define ARENA_MOST ((size_t)64 << 20)

static enum pl_status node_visit(void *data, const struct pst_node *node)
{
    struct pst_copy *c = data;
    c->names = node->nid == PST_NID_NAMES;
    pst_copy_node(c, node, c->s.codepage, 0);
    return pl_sanitize_stops(c->job) ? PL_STOP : PL_OK;
}

/* What values need: names, the code page, and how entry ids of this store begin. */
static void state_learn(struct pst_copy *c)
{
    struct pst_node node;
    struct pl_bag bag;
    struct pl_bytes key;
    (void)!pst_names_load(&c->s);
    pst_codepage_find(&c->s);
    if (pst_node_find(&c->s.n, PST_NID_STORE, &node) == PL_OK &&
        pst_bag_load(&c->s, &node, c->reader.folder_arena, &bag) == PL_OK &&
        pl_bag_bytes(&bag, PidTagRecordKey, &key) && key.size == sizeof c->scramble.record)
        memcpy(c->scramble.record, key.data, key.size);
    pl_arena_reset(c->reader.folder_arena);
}

static void nodes_copy(struct pst_copy *c)
{
    c->work = 1024 + c->job->source->size / 16;
    state_learn(c);
    pst_copy_fill(c);
    if (pst_nodes_visit(&c->s.n, 0, node_visit, c) == PL_LOST)
        pst_rebuild(&c->s.n); /* a part of the tree is gone: the leaves that are left */
    pst_copy_strays(c);
}

static enum pl_status copy_all(struct pst_copy *c)
{
    const struct pl_sanitize_result before = *c->job->result;
    const bool rebuilt = c->s.n.rebuilt;
    nodes_copy(c);
    if (c->s.n.rebuilt != rebuilt) { /* in the middle: nodes and blocks that were missing so far may be there now */
        *c->job->result = before;
        nodes_copy(c);
    }
    pst_copy_pages(c);
    pst_copy_header(c); /* last: an index that is damaged may say that a block lies here */
    pst_copy_prove(c);
    return PL_OK;
}

static enum pl_status run(struct pl_sanitize *job)
{
    struct pl_arena arenas[3];
    struct pst_copy c = {.job = job, .scramble = job->scramble};
    struct pl_work work; /* belongs to no item, so only the loops here bound it */
    pl_work_init(&work, job->source->size, 1);
    for (int i = 0; i < 3; i++)
        pl_arena_init(&arenas[i], ARENA_MOST);
    c.reader = (struct pl_reader){.source = job->source,
                                  .report = job->report,
                                  .work = &work,
                                  .item_arena = &arenas[0],
                                  .folder_arena = &arenas[1],
                                  .store_arena = &arenas[2]};
    c.reader.options.codepage = job->codepage;
    c.s.r = &c.reader;
    c.s.text = pl_text_new();
    if (!c.s.text)
        pl_memory_missed();
    enum pl_status st = c.s.text ? pst_ndb_open(&c.s.n, job->source, job->report, job->memory) : PL_STOP;
    c.s.n.work = &work;
    if (st == PL_OK)
        st = copy_all(&c);
    else
        snprintf(job->result->why, sizeof job->result->why, "its header is not one that can be read");
    pst_ndb_close(&c.s.n);
    pl_text_free(c.s.text);
    for (int i = 0; i < 3; i++)
        pl_arena_release(&arenas[i]);
    return st == PL_OK ? PL_OK : PL_LOST;
}

const struct pl_sanitizer pl_pst_sanitizer = {.name = "pst", .probe = pst_ndb_probe, .run = run};

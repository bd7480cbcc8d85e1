/*
 * pst_integrity.c - the checksums of both indexes of a PST, and of all its blocks or every so many.
 *
 * Layer: a format, beside its reader. Pages of the indexes are all looked at: they say where blocks lie. What
 * the loaders of block.c would file of each becomes a count. [MS-PST] 2.2.2.7.1, 2.2.2.8.1
 */
#include <stdlib.h>

#include "block.h"
#include "pst.h"

#define MEMORY ((size_t)1 << 20)

struct looking {
    struct pst_ndb n;
    const struct pl_integrity_options *options;
    struct pl_integrity *out;
    uint64_t every, at; /* blocks: each of these is looked at; how many came */
    uint64_t bytes;     /* of blocks that came */
};

static void count(void *data, const struct pl_diagnostic *d)
{
    struct pl_integrity *out = data;
    out->wrong += d->severity == PL_WARN;
    out->unread += d->severity <= PL_LOST;
}

static enum pl_status node_pass(void *data, const struct pst_node *node)
{
    const struct looking *l = data;
    (void)node;
    return l->options->interrupted && *l->options->interrupted ? PL_STOP : PL_OK;
}

static enum pl_status block_look(void *data, const struct pst_place *place)
{
    struct looking *l = data;
    uint8_t *block = NULL;
    size_t size;
    l->out->all++;
    l->bytes += place->stored;
    if (l->at++ % l->every == 0) {
        l->out->seen++;
        if (pst_block_load(&l->n, place->bid & ~(uint64_t)1, &block, &size) > PL_LOST)
            pl_cache_unalloc(block);
        if (l->options->progress)
            l->options->progress(l->options->progress_data, l->bytes, l->n.source->size);
    }
    return l->options->interrupted && *l->options->interrupted ? PL_STOP : PL_OK;
}

static enum pl_status pst_look(struct pl_source *source, const struct pl_integrity_options *options,
                               struct pl_integrity *out)
{
    struct looking l = {.options = options, .out = out, .every = 1};
    struct pl_report report = {.sink = count, .sink_data = out};
    struct pl_work work; /* belongs to no item, so each block is looked at */
    *out = (struct pl_integrity){0};
    if (options->budget && source->size > options->budget)
        l.every = (source->size + options->budget - 1) / options->budget;
    enum pl_status st = pst_ndb_open(&l.n, source, &report, MEMORY), nodes = PL_OK;
    pl_work_init(&work, source->size, 1);
    l.n.work = &work;
    if (st > PL_STOP)
        st = nodes = pst_nodes_visit(&l.n, 0, node_pass, &l);
    if (st > PL_STOP)
        st = pst_places_visit(&l.n, block_look, &l);
    out->partial = st == PL_LOST || nodes == PL_LOST;
    uint64_t pages = l.n.rebuilt ? l.n.pages_read : l.n.pages_walked;
    out->all += pages;
    out->seen += pages;
    pst_ndb_close(&l.n);
    return st == PL_STOP ? PL_STOP : PL_OK;
}

const struct pl_integrity_ops pl_pst_integrity = {
    .name = "pst", .parts = "blocks and index pages", .probe = pst_ndb_probe, .look = pst_look};

/*
 * pst.c - the reader of PST and OST files: opening, facts, and the eight functions.
 *
 * Layer: a format. Below it, from the bytes up: ndb and block (nodes and blocks), heap
 * and table (what is in a node), names and value (properties), folders and items. Memory:
 * the cache has what options.memory allows, the folder tree grows with folders, the rest
 * lives in the arenas of the core. [MS-PST]
 */
#include "pst.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "state.h"

#define SAMPLE_MOST 64 /* items asked for their code page */

static const char *fact_text(struct pl_arena *a, const char *text) { return text ? pl_arena_strdup(a, text) : ""; }

static void fact_add(struct pst_state *s, const char *name, const char *value)
{
    struct pl_store *store = &s->r->store;
    if (!value || store->fact_count == PST_FACTS)
        return;
    s->facts[store->fact_count++] = (struct pl_fact){name, value};
    store->facts = s->facts;
}

static void facts_fill(struct pst_state *s, const struct pl_bag *bag)
{
    static const char *const crypts[] = {"none", "permute", "cyclic"};
    static const char *const maps[] = {"invalid", "valid", "valid"}; /* 1 is the older word for 2 */
    struct pl_arena *a = s->r->store_arena;
    fact_add(s, "format", s->n.layout->name);
    fact_add(s, "version", pl_arena_printf(a, "%u", s->n.version));
    fact_add(s, "client_version", pl_arena_printf(a, "%u", s->n.client_version));
    fact_add(s, "encryption", crypts[s->n.crypt]);
    fact_add(s, "password", pl_bag_integer(bag, PidTagPstPassword, 0) ? "set" : "none");
    fact_add(s, "allocation_maps",
             s->n.maps <= 2 ? maps[s->n.maps] : pl_arena_printf(a, "unknown (0x%02x)", s->n.maps));
    fact_add(s, "size_in_header", pl_arena_printf(a, "%" PRIu64, s->n.eof));
    if (s->codepage)
        fact_add(s, "codepage", pl_arena_printf(a, "%u", s->codepage));
}

static void size_check(struct pst_state *s)
{
    uint64_t size = s->n.source->size;
    if (s->n.eof == size)
        return;
    s->r->store.cut = true;
    pl_report(s->n.report, PL_WARN, "pst.size", NULL, PL_NO_OFFSET,
              "the file has %" PRIu64 " bytes, its header says %" PRIu64 "%s", size, s->n.eof,
              size < s->n.eof ? ": it was cut off, what is left is read" : "");
}

static void store_describe(struct pst_state *s)
{
    struct pl_store *store = &s->r->store;
    struct pst_node node;
    struct pl_bag bag = {0};
    enum pl_status st = pst_node_find(&s->n, PST_NID_STORE, &node);
    if (st == PL_OK)
        st = pst_bag_load(s, &node, s->r->store_arena, &bag);
    if (st != PL_OK) {
        bag = (struct pl_bag){0};
        pl_report(s->n.report, PL_WARN, "pst.store", NULL, PL_NO_OFFSET,
                  "the store's own properties cannot be read; its owner is not known");
    }
    struct pl_bytes key;
    if (pl_bag_bytes(&bag, PidTagRecordKey, &key) && key.size == sizeof s->record_key)
        memcpy(s->record_key, key.data, key.size);
    store->kind = s->n.kind;
    store->owner.name = fact_text(s->r->store_arena, pl_bag_text(&bag, PidTagDisplayName));
    store->codepage = s->codepage;
    facts_fill(s, &bag);
}

struct sample {
    struct pst_state *s;
    unsigned codepage, tries;
};

static enum pl_status sample_visit(void *data, const struct pst_node *node)
{
    struct sample *sample = data;
    struct pst_state *s = sample->s;
    struct pl_bag bag;
    if (PST_NID_TYPE(node->nid) != PST_NID_MESSAGE)
        return PL_OK;
    if (pst_bag_load(s, node, s->r->folder_arena, &bag) == PL_OK) {
        int64_t page = pl_bag_integer(&bag, PidTagMessageCodepage, 0);
        sample->codepage = page > 0 && page < 0x10000 && page != 1200 ? (unsigned)page : 0;
        if (!sample->codepage)
            sample->codepage = pl_codepage_of_lcid((uint32_t)pl_bag_integer(&bag, PidTagMessageLocaleId, 0));
    }
    pl_arena_reset(s->r->folder_arena);
    return sample->codepage || ++sample->tries == SAMPLE_MOST ? PL_END : PL_OK;
}

void pst_codepage_find(struct pst_state *s)
{
    struct pst_node node;
    struct pl_bag bag;
    struct sample sample = {.s = s};
    s->codepage = s->r->options.codepage;
    if (s->codepage)
        return;
    s->unsure = true;
    if (pst_node_find(&s->n, PST_NID_STORE, &node) == PL_OK &&
        pst_bag_load(s, &node, s->r->folder_arena, &bag) == PL_OK) {
        int64_t page = pl_bag_integer(&bag, PidTagCodePageId, 0);
        if (page > 0 && page < 0x10000 && page != 1200)
            s->codepage = (unsigned)page;
    }
    pl_arena_reset(s->r->folder_arena);
    if (!s->codepage && !s->n.layout->wide && pst_nodes_visit(&s->n, 0, sample_visit, &sample) > PL_STOP)
        s->codepage = sample.codepage;
    s->unsure = false;
}

static enum pl_status pst_open(struct pl_reader *r)
{
    struct pst_state *s = r->state;
    s->r = r;
    s->folders.at = PST_NOWHERE;
    s->items.phase = PST_DONE;
    s->text = pl_text_new();
    if (!s->text)
        return pl_report(r->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
    enum pl_status st = pst_ndb_open(&s->n, r->source, r->report, r->options.memory);
    if (st != PL_OK)
        return st;
    s->n.work = r->work;
    if (r->options.glance && pst_folders_glance(s))
        return PL_OK;
    size_check(s);
    enum pl_status names = pst_names_load(s);
    pst_codepage_find(s);
    st = pst_folders_load(s);
    if (st != PL_OK)
        return st;
    store_describe(s);
    return names;
}

static int pst_probe(struct pl_source *source) { return pst_ndb_probe(source); }

/* Where a folder begins. */
static void faults_forget(struct pl_reader *r)
{
    struct pst_state *s = r->state;
    if (r->options.afresh)
        pl_cache_forget_faults(s->n.cache);
}

static enum pl_status pst_next_folder(struct pl_reader *r, struct pl_folder *out)
{
    faults_forget(r);
    return pst_folder_next(r->state, out);
}

static enum pl_status pst_open_folder(struct pl_reader *r, const char *key)
{
    faults_forget(r);
    return pst_items_open(r->state, key);
}

static enum pl_status pst_open_part(struct pl_reader *r, const char *key, const struct pl_part *part)
{
    if (!part->again)
        faults_forget(r);
    return pst_part_open(r->state, key, part);
}

static enum pl_status pst_next_item(struct pl_reader *r, const struct pl_wanted *wanted, struct pl_item *out)
{
    return pst_items_next(r->state, wanted, out);
}

static enum pl_status pst_open_item(struct pl_reader *r, const char *key, struct pl_item *out)
{
    return pst_item_open(r->state, key, out);
}

static void pst_moved(struct pl_reader *r)
{
    struct pst_state *s = r->state;
    s->r = r;
    s->n.source = r->source;
    s->n.report = r->report;
    s->n.work = r->work;
}

static enum pl_status pst_read(struct pl_reader *r, const struct pl_stream *stream, uint64_t at, void *buf,
                               size_t cap, size_t *got)
{
    struct pst_state *s = r->state;
    struct pst_tree tree;
    *got = 0;
    s->n.degraded = false;
    pst_recovery_mode(s, stream->token[1] != 0);
    enum pl_status st = pst_tree_open(&s->n, stream->token[0], &tree);
    if (st == PL_OK)
        st = pst_tree_read(&s->n, &tree, at, buf, cap, got);
    pl_work_bytes(r->work, *got);
    pst_recovery_mode(s, false);
    return st == PL_OK && s->n.degraded ? PL_WARN : st;
}

static void pst_close(struct pl_reader *r)
{
    struct pst_state *s = r->state;
    pst_items_free(s);
    pst_recovery_free(s);
    pst_folders_free(&s->folders);
    pst_ndb_close(&s->n);
    pl_text_free(s->text);
    s->text = NULL;
}

const struct pl_reader_ops pl_pst_reader = {
    .name = "pst",
    .title = "Outlook PST and OST files: ANSI, Unicode, 4k",
    .state_size = sizeof(struct pst_state),
    .probe = pst_probe,
    .open = pst_open,
    .next_folder = pst_next_folder,
    .open_folder = pst_open_folder,
    .open_part = pst_open_part,
    .next_item = pst_next_item,
    .open_item = pst_open_item,
    .moved = pst_moved,
    .read = pst_read,
    .close = pst_close,
};

/*
 * unlisted.c - living items that nobody saw: their folder's contents table is whole and does not list them.
 *
 * Layer: inside the PST reader, above folders and tables. Only with --recover; otherwise such items come with their
 * folder. A table is whole when each entry of its index leads to a row of that id; then a row that is missing was
 * taken out, not lost. Two passes: over the rows of all tables, since an item may be listed by another folder than
 * its parent, then over the nodes. [MS-PST] 2.4.4.5
 */
#include <string.h>

#include "bytes.h"
#include "state.h"

#define MISPLACED_MEMORY ((size_t)256 << 10)

struct listing {
    struct pst_state *s;
    struct pl_sorter *misplaced; /* items that another folder lists than their parent */
    uint32_t *short_by[2];       /* by folder, normal and associated: how many its whole table does not list */
    uint32_t place;              /* of the table that is open, or PST_NOWHERE */
    unsigned kind;
    struct pst_table table;
    bool full;
};

static bool table_open(struct listing *l, uint32_t place, unsigned kind)
{
    struct pst_node node;
    uint32_t nid = PST_NID_OF(l->s->folders.list[place].nid, kind ? PST_NID_ASSOCIATED_CONTENTS : PST_NID_CONTENTS);
    l->place = PST_NOWHERE;
    if (pst_node_find(&l->s->n, nid, &node) != PL_OK || pst_table_open(&l->table, &l->s->n, &node) != PL_OK)
        return false;
    l->place = place;
    l->kind = kind;
    return true;
}

static enum pl_status entries_count(void *data, const uint8_t *records, size_t count)
{
    (void)records;
    *(uint64_t *)data += count;
    return PL_OK;
}

/* How many items of its own the table lists. false: it is not whole. */
static bool rows_count(struct listing *l, uint32_t *own)
{
    struct pst_table *t = &l->table;
    uint64_t entries = 0, good = 0;
    *own = 0;
    if (pst_bth_survey(&t->heap, &t->index, entries_count, &entries) != PL_OK)
        return false;
    for (uint32_t i = 0; i < t->row_count; i++) {
        struct pst_span row;
        struct pst_node node;
        uint32_t place = 0;
        if (pst_table_row(t, i, &row) != PL_OK)
            return false;
        uint32_t nid = pl_le32(row.data);
        const uint64_t record[] = {nid};
        pst_span_put(&l->s->n, &row);
        if (!pst_table_has(t, nid, &place) || place != i)
            continue;
        good++;
        if (pst_node_find(&l->s->n, nid, &node) != PL_OK)
            continue;
        if (node.parent == l->s->folders.list[l->place].nid)
            ++*own;
        else
            l->full = l->full || pl_sorter_add(l->misplaced, record) != PL_OK;
    }
    return good == entries;
}

static void folder_list(struct listing *l, uint32_t place)
{
    struct pst_folder *f = &l->s->folders.list[place];
    for (unsigned kind = 0; kind < 2; kind++) {
        uint32_t own = 0, nodes = kind ? f->associated : f->messages;
        if (PST_NID_TYPE(f->nid) != PST_NID_FOLDER || !table_open(l, place, kind) || !rows_count(l, &own))
            continue;
        f->settled[kind] = true;
        l->short_by[kind][place] = own < nodes ? nodes - own : 0;
    }
}

static bool is_listed(struct listing *l, uint32_t place, unsigned kind, uint32_t nid)
{
    if ((l->place != place || l->kind != kind) && !table_open(l, place, kind))
        return true;
    return pst_table_has(&l->table, nid, NULL);
}

static enum pl_status node_visit(void *data, const struct pst_node *node)
{
    struct listing *l = data;
    struct pst_folders *f = &l->s->folders;
    unsigned type = PST_NID_TYPE(node->nid), kind = type == PST_NID_ASSOCIATED;
    uint64_t other[1];
    if (type != PST_NID_MESSAGE && type != PST_NID_ASSOCIATED)
        return PL_OK;
    uint32_t place = pst_folders_find(f, node->parent);
    if (place == PST_NOWHERE || !l->short_by[kind][place] || is_listed(l, place, kind, node->nid))
        return PL_OK;
    uint32_t *count = kind ? &f->list[place].associated : &f->list[place].messages;
    --*count;
    if (pl_sorter_has(l->misplaced, node->nid, other))
        return PL_OK;
    return pst_recovery_add(l->s, node);
}

enum pl_status pst_unlisted_find(struct pst_state *s)
{
    struct pl_arena *a = s->r->folder_arena;
    struct listing l = {.s = s, .misplaced = pl_sorter_new(1, MISPLACED_MEMORY), .place = PST_NOWHERE};
    enum pl_status st = pst_recovery_begin(s);
    for (unsigned kind = 0; kind < 2; kind++)
        l.short_by[kind] = pl_arena_zalloc(a, s->folders.count, sizeof *l.short_by[kind]);
    if (st == PL_OK && (!l.misplaced || !l.short_by[0] || !l.short_by[1]))
        st = pl_report(s->n.report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
    for (uint32_t i = 0; st == PL_OK && i < s->folders.count; i++)
        folder_list(&l, i);
    if (st == PL_OK && (l.full || pl_sorter_sort(l.misplaced) != PL_OK))
        st = pl_report(
            s->n.report, PL_STOP, "recover.room", NULL, PL_NO_OFFSET,
            "what is to be recovered can't be kept in order: make room for temporary files, or set TMPDIR");
    if (st == PL_OK && pst_nodes_visit(&s->n, 0, node_visit, &l) == PL_STOP)
        st = PL_STOP;
    pl_sorter_free(l.misplaced);
    pl_arena_reset(a);
    return st;
}

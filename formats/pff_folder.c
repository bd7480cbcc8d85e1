/*
 * pff_folder.c - the folders of a store as libpff sees them: order, scope, role.
 *
 * Layer: formats, above pff.c's requests. Folders come parents first, children in the
 * order of their node ids, each once: a node that the hierarchy names twice, or a loop,
 * is visited where it was met first. The memory is that of the folders' names.
 * Default folders are told by entry ids in the store, in its root and in the visible
 * root, [MS-OXOSFLD] 2.2.3; entry ids of a store end in the node id, [MS-PST] 2.4.3.2.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "pff_state.h"
#include "report.h"
#include "role.h"

#define FOLDERS_MAX 65536u
#define NAMED_MAX   (4 * FOLDERS_MAX)
#define DEPTH_MAX   64u
#define LIST_END    UINT32_MAX

static const struct {
    enum pl_pid pid;
    enum pl_role role;
} default_ids[] = {
    {PidTagIpmAppointmentEntryId, PL_ROLE_CALENDAR}, {PidTagIpmContactEntryId, PL_ROLE_CONTACTS},
    {PidTagIpmTaskEntryId, PL_ROLE_TASKS},           {PidTagIpmJournalEntryId, PL_ROLE_JOURNAL},
    {PidTagIpmNoteEntryId, PL_ROLE_NOTES},
};

static uint32_t nid_of_entry(struct pl_bytes id) { return id.size == 24 ? pl_le32(id.data + 20) : 0; }

static void learn_defaults(struct pff_tree *t, const struct pl_bag *bag)
{
    struct pl_bytes id;
    if (!t->ipm && pl_bag_bytes(bag, PidTagIpmSubtreeEntryId, &id))
        t->ipm = nid_of_entry(id);
    for (size_t i = 0; i < sizeof default_ids / sizeof default_ids[0]; i++)
        if (!t->role_nid[default_ids[i].role] && pl_bag_bytes(bag, default_ids[i].pid, &id))
            t->role_nid[default_ids[i].role] = nid_of_entry(id);
    const struct pl_prop *p = pl_bag_find(bag, PidTagFreeBusyEntryIds);
    if (p && p->count == 4 && !t->role_nid[PL_ROLE_FREEBUSY])
        t->role_nid[PL_ROLE_FREEBUSY] = nid_of_entry(p->values[3].raw);
}

/* The slot of a node id, or the free one where it belongs. */
static uint32_t *slot_of(const struct pff_tree *t, uint32_t nid)
{
    uint32_t mask = 2 * t->room - 1, at = nid * 2654435761u & mask;
    while (t->slots[at] && t->nodes[t->slots[at] - 1].nid != nid)
        at = (at + 1) & mask;
    return &t->slots[at];
}

static bool is_known(const struct pff_tree *t, uint32_t nid) { return t->room && *slot_of(t, nid); }

/* false: out of memory. */
static bool room_make(struct pff_tree *t)
{
    uint32_t room = t->room ? t->room * 2 : 64;
    struct pff_node *grown = realloc(t->nodes, room * sizeof *grown);
    if (!grown)
        return false;
    t->nodes = grown;
    uint32_t *slots = calloc((size_t)room * 2, sizeof *slots);
    if (!slots)
        return false;
    free(t->slots);
    t->slots = slots;
    t->room = room;
    for (uint32_t i = 0; i < t->count; i++)
        *slot_of(t, t->nodes[i].nid) = i + 1;
    return true;
}

/* A node id that is not known. false: out of memory. */
static bool node_add(struct pff_tree *t, uint32_t nid, uint32_t parent)
{
    if (t->count == t->room && !room_make(t))
        return false;
    const struct pff_node *p = t->count ? &t->nodes[parent] : NULL;
    bool at_root = nid == t->ipm || !p;
    t->nodes[t->count] = (struct pff_node){
        .nid = nid,
        .parent = parent,
        .next = t->pending,
        .depth = at_root ? 0 : p->depth + 1,
        .in_ipm = nid == t->ipm || (p && p->in_ipm),
    };
    *slot_of(t, nid) = t->count + 1;
    t->pending = t->count++;
    return true;
}

static int by_nid_falling(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* Puts the children of a folder before everything that waits, the lowest node id first. */
static enum pl_status children_add(struct pl_reader *r, uint32_t parent, const char *key)
{
    struct pff_state *s = pff_of(r);
    struct pff_tree *t = &s->tree;
    const struct pff_address a = {.base = t->nodes[parent].nid};
    struct pl_cursor c;
    pff_request(s, PFF_CHILDREN, &a);
    enum pl_status st = pff_ask(r, key, false, &c);
    if (st != PL_OK)
        return st;
    uint32_t count = pl_take32(&c);
    if (c.failed || count > pl_cursor_left(&c) / 4 || count > FOLDERS_MAX)
        return pl_report(r->report, PL_LOST, "pff.folders", key, PL_NO_OFFSET,
                         "the folders below this one cannot be counted");
    uint32_t *nids = calloc(count ? count : 1, sizeof *nids);
    for (uint32_t i = 0; nids && i < count; i++)
        nids[i] = pl_take32(&c);
    if (nids)
        qsort(nids, count, sizeof *nids, by_nid_falling);
    t->named += count; /* a sound store names each folder once */
    bool ok = nids != NULL, deep = t->nodes[parent].depth >= DEPTH_MAX && count;
    bool many = t->named > NAMED_MAX;
    for (uint32_t i = 0; ok && !deep && !many && i < count && t->count < FOLDERS_MAX; i++)
        if (!is_known(t, nids[i]))
            ok = node_add(t, nids[i], parent);
    free(nids);
    if (!ok)
        return pl_report(r->report, PL_STOP, "memory", key, PL_NO_OFFSET, "out of memory");
    if (deep || many || t->count == FOLDERS_MAX)
        return pl_report(r->report, PL_LOST, "pff.folders", key, PL_NO_OFFSET,
                         "folders below this one are not visited: too deep, or too many");
    return PL_OK;
}

static const char *const *path_of(struct pl_reader *r, uint32_t place)
{
    const struct pff_node *nodes = pff_of(r)->tree.nodes, *n = &nodes[place];
    const char **path = pl_arena_zalloc(r->folder_arena, n->depth ? n->depth : 1, sizeof *path);
    for (unsigned i = n->depth; path && i > 0; i--) {
        path[i - 1] = n->name ? n->name : "";
        n = &nodes[n->parent];
    }
    return path;
}

/* A repaired store names folders of other kinds by its old entry ids: the class decides, the id only confirms. */
static void role_set(const struct pff_state *s, uint32_t nid, struct pl_folder *out)
{
    out->role = pl_role_of_class(out->container_class);
    out->is_default =
        out->role >= PL_ROLE_CALENDAR && out->role <= PL_ROLE_NOTES && s->tree.role_nid[out->role] == nid;
    bool named = out->depth && !strcasecmp(out->path[out->depth - 1], "Freebusy Data");
    if (out->scope == PL_SCOPE_SYSTEM && (named || s->tree.role_nid[PL_ROLE_FREEBUSY] == nid))
        out->role = PL_ROLE_FREEBUSY;
    if (s->content == 'a' && out->role == PL_ROLE_OTHER)
        out->role = PL_ROLE_CONTACTS;
}

static enum pl_status visit(struct pl_reader *r, uint32_t place, struct pl_folder *out)
{
    struct pff_state *s = pff_of(r);
    struct pff_node *n = &s->tree.nodes[place];
    const struct pff_address a = {.base = n->nid};
    *out = (struct pl_folder){.offset = PL_NO_OFFSET, .container_class = "", .path = NULL};
    pff_address_text(&a, out->key, sizeof out->key);
    s->generation++;
    s->object_count = 0;
    enum pl_status st = pff_bag(r, &a, out->key, false, r->folder_arena, &out->props);
    if (st <= PL_LOST)
        return st;
    const char *name = pl_bag_text(&out->props, PidTagDisplayName);
    const char *class = pl_bag_text(&out->props, PidTagContainerClass);
    n->name = pl_arena_strdup(r->store_arena, name ? name : "");
    out->path = n->name ? path_of(r, place) : NULL;
    if (!out->path)
        return pl_report(r->report, PL_LOST, "memory", out->key, PL_NO_OFFSET, "out of memory");
    out->depth = n->depth;
    out->container_class = class ? class : "";
    out->scope = n->in_ipm || s->content == 'a' ? PL_SCOPE_IPM : PL_SCOPE_SYSTEM;
    out->is_search = (n->nid & 0x1f) == 3;
    int64_t items = pl_bag_integer(&out->props, PidTagContentCount, 0);
    int64_t hidden = pl_bag_integer(&out->props, PidTagAssociatedContentCount, 0);
    out->item_count = items > 0 ? (uint64_t)items : 0;
    out->associated_count = hidden > 0 ? (uint64_t)hidden : 0;
    role_set(s, n->nid, out);
    enum pl_status below = out->is_search ? PL_OK : children_add(r, place, out->key);
    return below == PL_STOP ? PL_STOP : below == PL_LOST || st == PL_WARN ? PL_WARN : PL_OK;
}

static enum pl_status found_folder(struct pl_reader *r, struct pl_folder *out)
{
    struct pff_state *s = pff_of(r);
    const char **path = pl_arena_zalloc(r->folder_arena, 1, sizeof *path);
    if (!path)
        return pl_report(r->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
    path[0] = "Recovered";
    *out = (struct pl_folder){.key = PFF_FOUND_KEY,
                              .offset = PL_NO_OFFSET,
                              .path = path,
                              .depth = 1,
                              .container_class = "",
                              .scope = PL_SCOPE_RECOVERED,
                              .item_count = (uint64_t)s->deleted + s->orphans};
    return PL_OK;
}

enum pl_status pff_tree_open(struct pl_reader *r, const struct pl_bag *store)
{
    struct pff_state *s = pff_of(r);
    struct pff_tree *t = &s->tree;
    t->pending = LIST_END;
    struct pl_bytes id;
    if (pl_bag_bytes(store, PidTagIpmSubtreeEntryId, &id))
        t->ipm = nid_of_entry(id);
    uint32_t roots[] = {PFF_ROOT, 0};
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++) {
        roots[1] = t->ipm;
        const struct pff_address a = {.base = roots[i]};
        struct pl_bag bag;
        enum pl_status st = roots[i] ? pff_bag(r, &a, NULL, true, r->store_arena, &bag) : PL_LOST;
        if (st == PL_STOP)
            return PL_STOP;
        if (st != PL_LOST)
            learn_defaults(t, &bag);
        if (st != PL_LOST && roots[i] == PFF_ROOT)
            s->root = PFF_ROOT;
        if (st == PL_LOST && i)
            t->ipm = s->root; /* no visible root is known: all of the tree is */
    }
    learn_defaults(t, store); /* last: a repaired store keeps outdated ids there */
    if (!s->root && (s->deleted || s->orphans))
        return pl_report(r->report, PL_WARN, "pff.root", NULL, PL_NO_OFFSET,
                         "the root folder is not there; what the sweep found follows");
    if (!s->root)
        return pl_report(r->report, PL_STOP, "pff.root", NULL, PL_NO_OFFSET, "the root folder is not there");
    if (!node_add(t, s->root, 0))
        return pl_report(r->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
    return PL_OK;
}

enum pl_status pff_tree_next(struct pl_reader *r, struct pl_folder *out)
{
    struct pff_state *s = pff_of(r);
    struct pff_tree *t = &s->tree;
    if (t->pending != LIST_END) {
        uint32_t place = t->pending;
        t->pending = t->nodes[place].next;
        return visit(r, place, out);
    }
    if (t->found_done || !(s->deleted || s->orphans))
        return PL_END;
    t->found_done = true;
    return found_folder(r, out);
}

void pff_tree_release(struct pff_tree *t)
{
    free(t->nodes);
    free(t->slots);
    t->nodes = NULL;
    t->slots = NULL;
}

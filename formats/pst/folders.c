/*
 * folders.c - the folder tree, from the node index. [MS-PST] 2.4.4
 *
 * Layer: inside the PST reader. Each node tells its parent, so the tree needs no table
 * of it: damage to hierarchy tables costs nothing. What no parent leads to from the root
 * comes last, as recovered. Memory grows with the folders only; a second pass counts the
 * items that name each as their parent, which is how missing ones are noticed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "block.h"
#include "bytes.h"
#include "role.h"
#include "state.h"

#define FOLDERS_MOST (1u << 20)
#define PATH_MOST    100

uint32_t pst_folders_find(const struct pst_folders *f, uint32_t nid)
{
    uint32_t low = 0, high = f->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (f->list[middle].nid < nid)
            low = middle + 1;
        else
            high = middle;
    }
    return low < f->count && f->list[low].nid == nid ? low : PST_NOWHERE;
}

static bool is_folder(uint32_t nid)
{
    return PST_NID_TYPE(nid) == PST_NID_FOLDER || PST_NID_TYPE(nid) == PST_NID_SEARCH_FOLDER;
}

static enum pl_status folder_visit(void *data, const struct pst_node *node)
{
    struct pst_folders *f = data;
    if (!is_folder(node->nid))
        return PL_OK;
    if (f->count == f->room) {
        uint32_t room = f->room ? f->room * 2 : 64;
        struct pst_folder *list = room <= FOLDERS_MOST ? realloc(f->list, room * sizeof *list) : NULL;
        if (!list)
            return PL_STOP;
        f->list = list;
        f->room = room;
    }
    f->list[f->count++] = (struct pst_folder){.nid = node->nid,
                                              .parent_nid = node->parent,
                                              .parent = PST_NOWHERE,
                                              .child = PST_NOWHERE,
                                              .sibling = PST_NOWHERE};
    return PL_OK;
}

static enum pl_status item_visit(void *data, const struct pst_node *node)
{
    struct pst_folders *f = data;
    unsigned type = PST_NID_TYPE(node->nid);
    if (type != PST_NID_MESSAGE && type != PST_NID_ASSOCIATED)
        return PL_OK;
    uint32_t i = pst_folders_find(f, node->parent);
    if (i == PST_NOWHERE) {
        f->first = f->orphans++ ? f->first : node->nid;
        f->last = node->nid;
        return PL_OK;
    }
    struct pst_folder *it = &f->list[i];
    it->first = it->messages || it->associated ? it->first : node->nid;
    it->last = node->nid;
    it->messages += type == PST_NID_MESSAGE;
    it->associated += type == PST_NID_ASSOCIATED;
    return PL_OK;
}

/* Settles the parents on the way up from one folder, each once; a circle is cut where it closes. */
static void parents_settle(struct pst_folders *f, uint32_t from)
{
    uint32_t i = from;
    while (i != PST_NOWHERE && !f->list[i].mark) {
        struct pst_folder *it = &f->list[i];
        uint32_t up = it->parent_nid == it->nid ? PST_NOWHERE : pst_folders_find(f, it->parent_nid);
        it->mark = from + 1;
        it->parent = up != PST_NOWHERE && f->list[up].mark == from + 1 ? PST_NOWHERE : up;
        i = it->parent;
    }
}

/* Returns how many folders the root does not lead to. */
static uint32_t tree_link(struct pst_folders *f)
{
    uint32_t adrift = 0;
    for (uint32_t i = 0; i < f->count; i++)
        parents_settle(f, i);
    f->root = pst_folders_find(f, PST_NID_ROOT);
    for (uint32_t i = f->count; i-- > 0;) {
        struct pst_folder *it = &f->list[i];
        if (it->parent == PST_NOWHERE)
            continue;
        it->sibling = f->list[it->parent].child;
        f->list[it->parent].child = i;
    }
    for (uint32_t i = 0; i < f->count; i++) {
        uint32_t top = i;
        for (int depth = 0; depth < PATH_MOST && f->list[top].parent != PST_NOWHERE; depth++)
            top = f->list[top].parent;
        f->list[i].adrift = top != f->root;
        adrift += f->list[i].adrift;
    }
    return adrift;
}

/* --- the visible root ------------------------------------------------------------------------ */

static uint32_t place_of_entry(const struct pst_state *s, const struct pl_bag *bag, enum pl_pid pid)
{
    struct pl_bytes id;
    if (!pl_bag_bytes(bag, pid, &id) || id.size != 24)
        return PST_NOWHERE;
    return pst_folders_find(&s->folders, pl_le32(id.data + 20));
}

static bool name_is_visible_root(const char *name)
{
    return !strcasecmp(name, "IPM_SUBTREE") || !strncasecmp(name, "Top of ", 7);
}

static bool bag_of(struct pst_state *s, uint32_t nid, struct pl_bag *bag)
{
    struct pst_node node;
    return pst_node_find(&s->n, nid, &node) == PL_OK && pst_bag_load(s, &node, s->r->folder_arena, bag) == PL_OK;
}

static uint32_t visible_find(struct pst_state *s)
{
    struct pst_folders *f = &s->folders;
    struct pl_bag bag;
    uint32_t found =
        bag_of(s, PST_NID_STORE, &bag) ? place_of_entry(s, &bag, PidTagIpmSubtreeEntryId) : PST_NOWHERE;
    if (found != PST_NOWHERE || f->root == PST_NOWHERE)
        return found;
    for (uint32_t i = f->list[f->root].child; i != PST_NOWHERE; i = f->list[i].sibling) {
        const char *name = bag_of(s, f->list[i].nid, &bag) ? pl_bag_text(&bag, PidTagDisplayName) : NULL;
        if (name && name_is_visible_root(name))
            return i;
    }
    return f->root;
}

static enum pl_status glance(void *data, const struct pst_node *node)
{
    unsigned type = PST_NID_TYPE(node->nid);
    bool *any = data;
    *any = is_folder(node->nid) || type == PST_NID_MESSAGE || type == PST_NID_ASSOCIATED;
    return *any ? PL_END : PL_OK;
}

bool pst_folders_glance(struct pst_state *s)
{
    bool any = false;
    (void)!pst_nodes_visit(&s->n, 0, glance, &any);
    return any;
}

/* In a store that is damaged folders may state more than there is. */
static void folders_count(struct pst_state *s)
{
    const struct pst_folders *f = &s->folders;
    struct pl_store *store = &s->r->store;
    if (pst_is_damaged(s) || s->r->options.recover)
        return;
    store->is_counted = true;
    store->stated = f->orphans;
    for (uint32_t i = 0; i < f->count; i++)
        if (PST_NID_TYPE(f->list[i].nid) == PST_NID_FOLDER)
            store->stated += (uint64_t)f->list[i].messages + f->list[i].associated;
}

enum pl_status pst_folders_load(struct pst_state *s)
{
    struct pst_folders *f = &s->folders;
    f->at = f->root = f->visible = PST_NOWHERE;
    enum pl_status st = pst_nodes_visit(&s->n, 0, folder_visit, f);
    if (st == PL_LOST && !s->n.rebuilt) { /* a part of the tree is gone */
        pst_rebuild(&s->n);
        f->count = 0;
        st = pst_nodes_visit(&s->n, 0, folder_visit, f);
    }
    if (st == PL_STOP)
        return pl_report(s->n.report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "the store has too many folders");
    (void)!pst_nodes_visit(&s->n, 0, item_visit, f);
    if (!f->count && !f->orphans) /* items without folders are better than nothing */
        return pl_report(s->n.report, PL_STOP, "pst.no-folders", NULL, s->n.nbt.ib,
                         "nothing in it can be reached: its index is damaged, or the file was cut off");
    uint32_t adrift = tree_link(f);
    if (adrift)
        pl_report(s->n.report, PL_WARN, "pst.folders-adrift", NULL, PL_NO_OFFSET,
                  "%" PRIu32 " folders hang on none that the root leads to", adrift);
    if (f->orphans)
        pl_report(s->n.report, PL_WARN, "pst.orphans", NULL, PL_NO_OFFSET,
                  "%" PRIu32 " items name no folder of the store as their parent", f->orphans);
    f->visible = visible_find(s);
    pl_arena_reset(s->r->folder_arena);
    folders_count(s);
    return s->r->options.recover ? pst_unlisted_find(s) : PL_OK;
}

void pst_folders_free(struct pst_folders *f)
{
    free(f->list);
    *f = (struct pst_folders){0};
}

/* --- one folder after the other ---------------------------------------------------------------- */

static uint32_t next_top(const struct pst_folders *f, uint32_t after)
{
    uint32_t i = after == f->root ? 0 : after + 1;
    for (; i < f->count; i++)
        if (f->list[i].parent == PST_NOWHERE && i != f->root)
            return i;
    return PST_NOWHERE;
}

/* Parents before children, siblings by node id, what is adrift at the end. */
static uint32_t next_place(struct pst_folders *f)
{
    uint32_t i = f->at;
    if (!f->begun) {
        f->begun = true;
        return f->root != PST_NOWHERE ? f->root : next_top(f, PST_NOWHERE);
    }
    if (i == PST_NOWHERE)
        return i;
    if (f->list[i].child != PST_NOWHERE)
        return f->list[i].child;
    while (f->list[i].sibling == PST_NOWHERE && f->list[i].parent != PST_NOWHERE)
        i = f->list[i].parent;
    return f->list[i].sibling != PST_NOWHERE ? f->list[i].sibling : next_top(f, i);
}

static bool is_below(const struct pst_folders *f, uint32_t i, uint32_t top)
{
    for (int depth = 0; i != PST_NOWHERE && depth < PATH_MOST; depth++, i = f->list[i].parent)
        if (i == top)
            return true;
    return false;
}

static const char *name_of(struct pst_state *s, uint32_t i, const struct pl_bag *bag)
{
    const char *name = pl_bag_text(bag, PidTagDisplayName);
    return name ? name : pl_arena_printf(s->r->folder_arena, "(folder 0x%" PRIx32 ")", s->folders.list[i].nid);
}

/* Names from below the top to this folder. false: out of memory. */
static bool path_make(struct pst_state *s, uint32_t i, uint32_t top, const struct pl_bag *own,
                      struct pl_folder *out)
{
    const struct pst_folders *f = &s->folders;
    const char *names[PATH_MOST];
    size_t depth = 0;
    for (uint32_t at = i; at != top && at != PST_NOWHERE && depth < PATH_MOST; at = f->list[at].parent) {
        struct pl_bag bag = {0};
        if (at != i && !bag_of(s, f->list[at].nid, &bag))
            bag = (struct pl_bag){0};
        names[depth] = name_of(s, at, at == i ? own : &bag);
        if (!names[depth++])
            return false;
    }
    const char **path = pl_arena_zalloc(s->r->folder_arena, depth + 1, sizeof *path);
    for (size_t k = 0; path && k < depth; k++)
        path[k] = names[depth - 1 - k];
    out->path = path;
    out->depth = depth;
    return path != NULL;
}

/* The root folder's properties name the default folders of the mailbox. */
static bool is_default(struct pst_state *s, uint32_t place, enum pl_role role)
{
    static const struct {
        enum pl_role role;
        enum pl_pid pid;
    } rows[] = {{PL_ROLE_CALENDAR, PidTagIpmAppointmentEntryId},
                {PL_ROLE_CONTACTS, PidTagIpmContactEntryId},
                {PL_ROLE_JOURNAL, PidTagIpmJournalEntryId},
                {PL_ROLE_NOTES, PidTagIpmNoteEntryId},
                {PL_ROLE_TASKS, PidTagIpmTaskEntryId}};
    struct pl_bag bag;
    if (s->folders.root == PST_NOWHERE || !bag_of(s, PST_NID_ROOT, &bag))
        return false;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].role == role)
            return place_of_entry(s, &bag, rows[i].pid) == place;
    return false;
}

enum pl_status pst_folder_fill(struct pst_state *s, uint32_t i, struct pl_folder *out)
{
    const struct pst_folders *f = &s->folders;
    const struct pst_folder *it = &f->list[i];
    struct pst_node node;
    snprintf(out->key, sizeof out->key, "0x%" PRIx32, it->nid);
    out->item_count = it->messages;
    out->associated_count = it->associated;
    out->is_search = PST_NID_TYPE(it->nid) == PST_NID_SEARCH_FOLDER;
    bool visible = f->visible != PST_NOWHERE && is_below(f, i, f->visible);
    out->scope = it->adrift ? PL_SCOPE_RECOVERED : visible ? PL_SCOPE_IPM : PL_SCOPE_SYSTEM;
    enum pl_status st = pst_node_find(&s->n, it->nid, &node);
    out->offset = st == PL_OK ? pst_block_offset(&s->n, node.data) : PL_NO_OFFSET;
    if (st == PL_OK)
        st = pst_bag_load(s, &node, s->r->folder_arena, &out->props);
    bool lost = st != PL_OK;
    if (lost) { /* its items may be whole all the same */
        out->props = (struct pl_bag){0};
        pl_report(s->n.report, PL_WARN, "pst.folder", out->key, out->offset,
                  "the folder's own properties cannot be read");
    }
    if (pst_is_damaged(s)) { /* what the folder says it had is then more than what is left */
        int64_t items = pl_bag_integer(&out->props, PidTagContentCount, 0);
        int64_t hidden = pl_bag_integer(&out->props, PidTagAssociatedContentCount, 0);
        if (items > (int64_t)out->item_count && items < PST_COUNT_MOST)
            out->item_count = (uint64_t)items;
        if (hidden > (int64_t)out->associated_count && hidden < PST_COUNT_MOST)
            out->associated_count = (uint64_t)hidden;
    }
    const char *class = pl_bag_text(&out->props, PidTagContainerClass);
    out->container_class = class ? class : "";
    out->role = pl_role_of_class(out->container_class);
    out->is_default = is_default(s, i, out->role);
    if (!path_make(s, i, visible ? f->visible : it->adrift ? PST_NOWHERE : f->root, &out->props, out))
        return pl_report(s->n.report, PL_LOST, "memory", out->key, out->offset, "out of memory");
    if (out->scope == PL_SCOPE_SYSTEM && out->depth && !strcasecmp(out->path[out->depth - 1], "Freebusy Data"))
        out->role = PL_ROLE_FREEBUSY;
    return lost || s->n.degraded ? PL_WARN : PL_OK;
}

static enum pl_status orphans_fill(struct pst_state *s, struct pl_folder *out)
{
    static const char *const path[] = {"(orphans)"};
    struct pst_folders *f = &s->folders;
    if (!f->orphans || f->orphans_given)
        return PL_END;
    f->orphans_given = true;
    snprintf(out->key, sizeof out->key, "%s", PST_ORPHANS);
    out->offset = PL_NO_OFFSET;
    out->path = path;
    out->depth = 1;
    out->scope = PL_SCOPE_RECOVERED;
    out->item_count = f->orphans;
    return PL_OK;
}

enum pl_status pst_folder_next(struct pst_state *s, struct pl_folder *out)
{
    s->folders.at = next_place(&s->folders);
    if (s->folders.at == PST_NOWHERE) {
        enum pl_status st = orphans_fill(s, out);
        return st == PL_END && s->recovery.items ? pst_recovery_folder(s, out) : st;
    }
    s->n.degraded = false;
    s->n.key = NULL;
    return pst_folder_fill(s, s->folders.at, out);
}

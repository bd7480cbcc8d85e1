/*
 * pst_folder.c - folders (2.4.4): their objects, hierarchy, contents and associated contents
 * tables, search folders (2.4.8), and those that every store has.
 *
 * Everything about a folder is written at the end, when its counts are known: in memory
 * stays a name and some numbers, its properties and the rows of its tables wait in
 * spools. Rows are sorted by folder, kind and node id, so a folder may be opened many times.
 */
#include "pst_int.h"

#include <stdlib.h>
#include <string.h>

enum {
    NID_ROOT = 0x122,
    NID_VISIBLE = 0x8022,
    NID_FINDER = 0x8042,
    NID_WASTE = 0x8062,
    NID_VIEWS = 0x8082,
    NID_SPAM = 0x2223,
    NID_SEARCHES = 0x201,
    FOLDER_ROOT = 0, /* indexes of the folders made first */
    FOLDER_VISIBLE = 2
};

static uint32_t folder_hash(uint32_t parent, const char *name)
{
    return pst_crc(parent * 2654435761u, name, strlen(name));
}

static int folders_grow(struct ms_writer *w)
{
    size_t cap = w->folder_cap ? w->folder_cap * 2 : 64;
    struct pst_folder *list = realloc(w->folders, cap * sizeof(*list));
    uint32_t *hash;

    if (!list)
        return pst_error("out of memory", NULL);
    w->folders = list;
    w->folder_cap = cap;
    hash = calloc(cap, sizeof(*hash));
    if (!hash)
        return pst_error("out of memory", NULL);
    free(w->folder_hash);
    w->folder_hash = hash;
    w->folder_hash_cap = cap;
    for (size_t i = 0; i < w->folder_count; i++) {
        uint32_t *head = &hash[folder_hash(list[i].parent, list[i].name) % cap];
        list[i].hash_next = *head;
        *head = (uint32_t)i + 1;
    }
    return 0;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak" /* the list of folders keeps it */
static int folder_add(struct ms_writer *w, uint32_t parent, const char *name, uint32_t nid, uint32_t *index)
{
    struct pst_folder *folder;
    uint32_t *head;

    if (w->folder_count == w->folder_cap && folders_grow(w) != 0)
        return -1;
    *index = (uint32_t)w->folder_count;
    folder = &w->folders[w->folder_count];
    *folder = (struct pst_folder){.nid = nid, .parent = parent, .search = (nid & 31) == PST_NT_SEARCH};
    folder->name = strdup(name);
    if (!folder->name)
        return pst_error("out of memory", NULL);
    w->folder_count++;
    head = &w->folder_hash[folder_hash(parent, name) % w->folder_hash_cap];
    folder->hash_next = *head;
    *head = *index + 1;
    if (*index != parent)
        w->folders[parent].children++;
    return 0;
}
#pragma GCC diagnostic pop

static bool folder_lookup(const struct ms_writer *w, uint32_t parent, const char *name, uint32_t *index)
{
    uint32_t i = w->folder_hash[folder_hash(parent, name) % w->folder_hash_cap];

    for (; i != 0; i = w->folders[i - 1].hash_next) {
        if (i - 1 != FOLDER_ROOT && w->folders[i - 1].parent == parent && !strcmp(w->folders[i - 1].name, name)) {
            *index = i - 1;
            return true;
        }
    }
    return false;
}

int pst_folders_begin(struct ms_writer *w)
{
    static const struct {
        uint32_t nid, parent; /* parent as index */
        const char *name;
    } always[] = {{NID_ROOT, FOLDER_ROOT, ""},
                  {NID_SPAM, FOLDER_ROOT, "SPAM Search Folder 2"},
                  {NID_VISIBLE, FOLDER_ROOT, "Top of Personal Folders"},
                  {NID_FINDER, FOLDER_ROOT, "Search Root"},
                  {NID_WASTE, FOLDER_VISIBLE, "Deleted Items"},
                  {NID_VIEWS, FOLDER_ROOT, "IPM_COMMON_VIEWS"}};
    uint32_t index;

    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
        if (folder_add(w, always[i].parent, always[i].name, always[i].nid, &index) != 0)
            return -1;
    return 0;
}

static int folder_props(struct ms_writer *w, const struct ms_folder *folder, uint32_t index)
{
    struct pst_vals vals = {.count = 0};

    if (w->folders[index].named || (folder->props.count == 0 && !folder->container_class))
        return 0;
    if (pst_vals_props(w, &vals, &folder->props) != 0)
        return -1;
    if (folder->container_class && !pst_vals_find(&vals, 0x3613) &&
        pst_vals_text(w, &vals, 0x3613, folder->container_class) != 0)
        return -1;
    w->folders[index].named = true;
    w->folders[index].props = pst_spool_size(&w->props);
    return pst_vals_spool(&w->props, &vals, NULL, &w->folders[index].prop_bytes);
}

int pst_folder_find(struct ms_writer *w, const struct ms_folder *folder, uint32_t *index)
{
    *index = folder->system ? FOLDER_ROOT : FOLDER_VISIBLE;
    for (size_t i = 0; i < folder->depth; i++) {
        enum pst_nid_type type = folder->search && i + 1 == folder->depth ? PST_NT_SEARCH : PST_NT_FOLDER;
        uint32_t parent = *index;
        if (folder_lookup(w, parent, folder->path[i], index))
            continue;
        if (folder_add(w, parent, folder->path[i], w->next_nid[type] << 5 | (uint32_t)type, index) != 0)
            return -1;
        w->next_nid[type]++;
    }
    return folder_props(w, folder, *index);
}

static int put_object(struct ms_writer *w, const struct pst_folder *folder, struct pst_vals *vals)
{
    struct pst_subs subs;
    uint64_t data, sub;
    uint32_t parent = w->folders[folder->parent].nid;

    pst_subs_init(&subs);
    if (pst_pc_write(w, vals, &subs, &data) != 0 || pst_subs_write(&subs, &w->file, &sub) != 0) {
        pst_subs_free(&subs);
        return -1;
    }
    return pst_node(&w->file, folder->nid, data, sub, parent);
}

/* What a folder shows of itself: in its object, and in its parent's hierarchy table. */
static int folder_vals(struct ms_writer *w, const struct pst_folder *folder, struct pst_vals *vals)
{
    if (folder->prop_bytes > 0 && pst_vals_unspool(w, &w->props, folder->props, folder->prop_bytes, vals) != 0)
        return -1;
    if ((!pst_vals_find(vals, 0x3001) && pst_vals_text(w, vals, 0x3001, folder->name) != 0) ||
        pst_vals_int(w, vals, 0x36020003, folder->items) != 0 ||
        pst_vals_int(w, vals, 0x36030003, folder->unread) != 0 ||
        (folder->assoc > 0 && pst_vals_int(w, vals, 0x36170003, folder->assoc) != 0) ||
        pst_vals_int(w, vals, 0x360a000b, folder->children > 0) != 0)
        return -1;
    pst_vals_sort(vals);
    return 0;
}

static int put_hierarchy(struct ms_writer *w, uint32_t parent, const uint32_t *children, size_t count)
{
    struct pst_tc tc;
    uint64_t data, subs;
    int result = pst_tc_init(&tc, w, &pst_table_hierarchy);

    for (size_t i = 0; i < count && result == 0; i++) {
        struct pst_vals vals = {.count = 0};
        const struct pst_folder *child = &w->folders[children[i]];
        pst_arena_reset(&w->arena);
        result = folder_vals(w, child, &vals);
        if (result == 0)
            result = pst_tc_row(&tc, child->nid, &vals);
    }
    if (result != 0) {
        pst_tc_free(&tc);
        return -1;
    }
    if (pst_tc_end(&tc, &data, &subs) != 0)
        return -1;
    return pst_node(&w->file, (parent & ~31u) | PST_NT_HIERARCHY, data, subs, 0);
}

/* A contents table from the rows that the sorter gives next; *rec is the first one not used. */
static int put_contents(struct ms_writer *w, uint64_t key, const struct pst_table_def *def, uint32_t nid,
                        struct pst_rec *rec, int *more)
{
    struct pst_tc tc;
    uint64_t data, subs;
    int result = pst_tc_init(&tc, w, def);

    while (*more == 1 && rec->key == key && result == 0) {
        struct pst_vals vals = {.count = 0};
        pst_arena_reset(&w->arena);
        result = pst_vals_unspool(w, &w->rows, rec->b, (uint32_t)rec->c, &vals);
        if (result == 0)
            result = pst_tc_row(&tc, (uint32_t)rec->a, &vals);
        if (result == 0)
            *more = pst_sorter_next(&w->row_index, rec);
    }
    if (result != 0 || *more < 0) {
        pst_tc_free(&tc);
        return -1;
    }
    if (pst_tc_end(&tc, &data, &subs) != 0)
        return -1;
    return pst_node(&w->file, nid, data, subs, 0);
}

static int put_search(struct ms_writer *w, const struct pst_folder *folder)
{
    struct pst_vals vals = {.count = 0};
    struct pst_subs subs;
    struct pst_tc tc;
    uint64_t data, sub;
    uint32_t base = folder->nid & ~31u;

    pst_subs_init(&subs);
    if (pst_vals_int(w, &vals, 0x660b0003, 0) != 0 || pst_pc_write(w, &vals, &subs, &data) != 0 ||
        pst_subs_write(&subs, &w->file, &sub) != 0) {
        pst_subs_free(&subs);
        return -1;
    }
    if (pst_node(&w->file, base | PST_NT_SEARCH_CRITERIA, data, sub, 0) != 0 ||
        pst_node(&w->file, base | PST_NT_SEARCH_QUEUE, 0, 0, 0) != 0)
        return -1;
    if (pst_tc_init(&tc, w, &pst_table_search) != 0) {
        pst_tc_free(&tc);
        return -1;
    }
    if (pst_tc_end(&tc, &data, &sub) != 0)
        return -1;
    return pst_node(&w->file, base | PST_NT_SEARCH_CONTENTS, data, sub, 0);
}

struct child {
    uint32_t parent, nid, index;
};

static int child_compare(const void *left, const void *right)
{
    const struct child *l = left;
    const struct child *r = right;

    if (l->parent != r->parent)
        return l->parent < r->parent ? -1 : 1;
    return (l->nid > r->nid) - (l->nid < r->nid);
}

/* Folder indexes by parent, then node id; start[i] is where the children of folder i begin. */
static uint32_t *children_by_parent(const struct ms_writer *w, size_t **start)
{
    struct child *list = calloc(w->folder_count, sizeof(*list));
    uint32_t *order = calloc(w->folder_count, sizeof(*order));
    size_t at = 0;

    *start = calloc(w->folder_count + 1, sizeof(**start));
    if (!list || !order || !*start) {
        free(list);
        free(order);
        free(*start);
        *start = NULL;
        pst_error("out of memory", NULL);
        return NULL;
    }
    for (size_t i = 1; i < w->folder_count; i++)
        list[i - 1] = (struct child){w->folders[i].parent, w->folders[i].nid, (uint32_t)i};
    qsort(list, w->folder_count - 1, sizeof(*list), child_compare);
    for (size_t i = 0; i < w->folder_count; i++) {
        (*start)[i] = at;
        while (at + 1 < w->folder_count && list[at].parent == i) {
            order[at] = list[at].index;
            at++;
        }
    }
    (*start)[w->folder_count] = at;
    free(list);
    return order;
}

static int put_folder(struct ms_writer *w, uint32_t i, const uint32_t *children, size_t count, struct pst_rec *rec,
                      int *more)
{
    const struct pst_folder *folder = &w->folders[i];
    struct pst_vals vals = {.count = 0};
    uint32_t base = folder->nid & ~31u;

    pst_arena_reset(&w->arena);
    if (folder_vals(w, folder, &vals) != 0 || put_object(w, folder, &vals) != 0)
        return -1;
    if (folder->search)
        return put_search(w, folder);
    if (put_hierarchy(w, folder->nid, children, count) != 0)
        return -1;
    if (put_contents(w, (uint64_t)i << 1, &pst_table_contents, base | PST_NT_CONTENTS, rec, more) != 0)
        return -1;
    return put_contents(w, (uint64_t)i << 1 | 1, &pst_table_assoc, base | PST_NT_ASSOC_CONTENTS, rec, more);
}

/* The list of active searches: node ids of the search folders (2.4.8.4.2). */
static int put_search_list(struct ms_writer *w)
{
    struct pst_tree tree;
    uint64_t bid;

    pst_tree_init(&tree, &w->file);
    for (size_t i = 0; i < w->folder_count; i++) {
        uint8_t nid[4];
        pst_put32(nid, w->folders[i].nid);
        if (w->folders[i].search && pst_tree_bytes(&tree, nid, sizeof(nid)) != 0) {
            pst_tree_free(&tree);
            return -1;
        }
    }
    return pst_tree_end(&tree, &bid) != 0 ? -1 : pst_node(&w->file, NID_SEARCHES, bid, 0, 0);
}

int pst_folders_write(struct ms_writer *w)
{
    size_t *start;
    uint32_t *order = children_by_parent(w, &start);
    struct pst_rec rec;
    int result = order ? pst_sorter_start(&w->row_index) : -1;
    int more = result == 0 ? pst_sorter_next(&w->row_index, &rec) : -1;

    for (size_t i = 0; i < w->folder_count && result == 0; i++)
        result = put_folder(w, (uint32_t)i, order + start[i], start[i + 1] - start[i], &rec, &more);
    if (result == 0)
        result = put_search_list(w);
    free(order);
    free(start);
    return result;
}

void pst_folders_free(struct ms_writer *w)
{
    for (size_t i = 0; i < w->folder_count; i++)
        free(w->folders[i].name);
    free(w->folders);
    free(w->folder_hash);
}

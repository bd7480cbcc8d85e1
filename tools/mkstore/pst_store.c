/*
 * pst_store.c - the operations of the PST writer and the message store object (2.4.3).
 *
 * Blocks of items are written as they come; tables, folders, names, the store object and
 * the B-trees at the end. A store that fails, or is aborted, leaves no file behind.
 */
#include "pst_int.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NID_STORE = 0x21, ROOT_MASK = 0x89, FLAG_READ = 1 };

static void writer_free(struct ms_writer *w)
{
    pst_file_free(&w->file);
    pst_arena_free(&w->arena);
    pst_text_close(&w->text);
    pst_names_free(&w->names);
    pst_spool_free(&w->props);
    pst_spool_free(&w->rows);
    pst_sorter_free(&w->row_index);
    pst_folders_free(w);
    free(w);
}

static void pst_abort(struct ms_writer *w)
{
    if (w->file.path)
        unlink(w->file.path);
    writer_free(w);
}

/* Where the numbers of each kind of node start (2.2.2.6, rgnid). */
static void first_nids(uint32_t next[PST_NID_TYPES])
{
    for (size_t i = 0; i < PST_NID_TYPES; i++)
        next[i] = 0x400;
    next[PST_NT_FOLDER] = 0x405;
    next[PST_NT_SEARCH] = 0x4000;
    next[PST_NT_MESSAGE] = 0x10000;
    next[PST_NT_ASSOC] = 0x8000;
}

static struct ms_writer *pst_begin(const char *path, struct ms_store *store)
{
    struct ms_writer *w = calloc(1, sizeof(*w));
    uint64_t state = store->seed;

    if (!w) {
        pst_error("out of memory", NULL);
        return NULL;
    }
    w->store = store;
    w->text.to = (iconv_t)-1;
    pst_put64(store->record_key, pst_mix(&state));
    pst_put64(store->record_key + 8, pst_mix(&state));
    first_nids(w->next_nid);
    if (pst_file_open(&w->file, path, store) != 0) {
        writer_free(w);
        return NULL;
    }
    pst_spool_init(&w->props, w->file.path);
    pst_spool_init(&w->rows, w->file.path);
    pst_sorter_init(&w->row_index, w->file.path);
    if (pst_text_open(&w->text, store->codepage) != 0 || pst_folders_begin(w) != 0) {
        pst_abort(w);
        return NULL;
    }
    return w;
}

static int pst_folder(struct ms_writer *w, struct ms_folder *folder)
{
    pst_arena_reset(&w->arena);
    if (w->failed || pst_folder_find(w, folder, &w->current) != 0) {
        w->failed = true;
        return -1;
    }
    folder->nid = w->folders[w->current].nid;
    return 0;
}

/*
 * A message that was deleted. Its blocks and, unless only they are left, an old leaf of the index lie in free
 * space. An earlier state of the item after this one bears that item's id.
 */
static int add_dead(struct ms_writer *w, struct ms_item *item, uint32_t parent)
{
    enum pst_nid_type type = item->associated ? PST_NT_ASSOC : PST_NT_MESSAGE;
    struct pst_vals vals = {.count = 0};
    uint64_t data, subs;
    int result;

    item->nid = w->next_nid[type] << 5 | (uint32_t)type;
    w->next_nid[type] += item->deleted != MS_EARLIER;
    w->file.dead = true;
    w->file.unnamed = item->deleted == MS_BLOCK;
    result = pst_message(w, item, item->nid, &vals, &data, &subs);
    w->file.dead = w->file.unnamed = false;
    return result != 0 || item->deleted == MS_BLOCK ? result
                                                    : pst_node_old(&w->file, item->nid, data, subs, parent);
}

/* Node, row and counts of one item of the current folder. */
static int add_item(struct ms_writer *w, struct ms_item *item)
{
    struct pst_folder *folder = &w->folders[w->current];
    enum pst_nid_type type = item->associated ? PST_NT_ASSOC : PST_NT_MESSAGE;
    const struct pst_table_def *def = item->associated ? &pst_table_assoc : &pst_table_contents;
    struct pst_vals vals = {.count = 0};
    struct pst_rec row = {.key = (uint64_t)w->current << 1 | item->associated};
    const struct pst_val *flags;
    uint64_t data, subs;
    uint32_t bytes;

    if (folder->search)
        return pst_error("a search folder holds no items", folder->name);
    if (item->deleted > MS_EARLIER)
        return pst_error("only a database has rows and pages to delete", NULL);
    if (item->deleted > MS_UNLISTED)
        return add_dead(w, item, folder->nid);
    item->nid = w->next_nid[type]++ << 5 | (uint32_t)type;
    if (pst_message(w, item, item->nid, &vals, &data, &subs) != 0 ||
        pst_node(&w->file, item->nid, data, subs, folder->nid) != 0)
        return -1;
    if (item->deleted)
        return 0;
    row.a = item->nid;
    row.b = pst_spool_size(&w->rows);
    if (pst_vals_spool(&w->rows, &vals, def, &bytes) != 0)
        return -1;
    row.c = bytes;
    flags = pst_vals_find(&vals, 0x0e07);
    if (item->associated)
        folder->assoc++;
    else
        folder->items++;
    if (!item->associated && flags && flags->size == 4 && !(pst_get32(flags->data) & FLAG_READ))
        folder->unread++;
    return pst_sorter_put(&w->row_index, &row);
}

static int pst_item(struct ms_writer *w, struct ms_item *item)
{
    pst_arena_reset(&w->arena);
    w->depth = 0;
    if (w->failed || add_item(w, item) != 0) {
        w->failed = true;
        return -1;
    }
    return 0;
}

static int put_entry_id(struct ms_writer *w, struct pst_vals *vals, uint32_t tag, uint32_t nid)
{
    uint8_t id[24] = {0};

    memcpy(id + 4, w->store->record_key, 16);
    pst_put32(id + 20, nid);
    return pst_vals_add(w, vals, tag, id, sizeof(id));
}

static int store_vals(struct ms_writer *w, struct pst_vals *vals)
{
    const struct ms_store *store = w->store;
    uint8_t replica[24] = {1};

    memcpy(replica + 4, store->record_key, 16);
    pst_put32(replica + 20, 1);
    if (pst_vals_props(w, vals, &store->props) != 0 ||
        pst_vals_add(w, vals, 0x0e340102, replica, sizeof(replica)) != 0 ||
        pst_vals_int(w, vals, 0x0e380003, 0) != 0 ||
        pst_vals_add(w, vals, 0x0ff90102, store->record_key, sizeof(store->record_key)) != 0 ||
        pst_vals_text(w, vals, 0x3001, store->name ? store->name : "Personal Folders") != 0 ||
        pst_vals_int(w, vals, 0x35df0003, ROOT_MASK) != 0 || put_entry_id(w, vals, 0x35e00102, 0x8022) != 0 ||
        put_entry_id(w, vals, 0x35e30102, 0x8062) != 0 || put_entry_id(w, vals, 0x35e60102, 0x8082) != 0 ||
        put_entry_id(w, vals, 0x35e70102, 0x8042) != 0 || pst_vals_int(w, vals, 0x6633000b, 1) != 0 ||
        pst_vals_int(w, vals, 0x66fa0003, 0xe000d) != 0 || pst_vals_int(w, vals, 0x67ff0003, 0) != 0)
        return -1;
    return store->owner_name ? pst_vals_text(w, vals, 0x661c, store->owner_name) : 0;
}

static int put_store(struct ms_writer *w)
{
    static const uint32_t empty[] = {0x1e1, 0x261};
    struct pst_vals vals = {.count = 0};
    struct pst_subs subs;
    uint64_t data, sub;

    pst_arena_reset(&w->arena);
    pst_subs_init(&subs);
    if (store_vals(w, &vals) != 0 || pst_pc_write(w, &vals, &subs, &data) != 0 ||
        pst_subs_write(&subs, &w->file, &sub) != 0) {
        pst_subs_free(&subs);
        return -1;
    }
    for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
        if (pst_node(&w->file, empty[i], 0, 0, 0) != 0)
            return -1;
    return pst_node(&w->file, NID_STORE, data, sub, 0);
}

static int pst_end(struct ms_writer *w)
{
    bool good = !w->failed;

    pst_file_late(&w->file, w->file.lay->block_max + w->file.lay->align);
    good = good && put_store(w) == 0 && pst_templates_write(w) == 0;
    /* names are all known when the folders' own values are, which happens on the way */
    pst_file_late(&w->file, w->file.lay->block_max / 2);
    good = good && pst_folders_write(w) == 0;
    pst_file_late(&w->file, w->file.lay->block_max + w->file.lay->align);
    if (!good || pst_names_write(w) != 0 || pst_file_close(&w->file, w->next_nid) != 0) {
        pst_abort(w);
        return -1;
    }
    writer_free(w);
    return 0;
}

const struct ms_writer_ops ms_pst_writer = {
    .name = "pst",
    .begin = pst_begin,
    .folder = pst_folder,
    .item = pst_item,
    .end = pst_end,
    .abort = pst_abort,
};

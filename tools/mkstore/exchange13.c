/*
 * exchange13.c - the operations of the writer for Exchange 2013 and later: one database, mailboxes with tables of
 * their own, one after the other.
 *
 * Layout: docs/formats/edb-2013-fixtures.md. Output depends on calls and seed alone; a database that fails, or is
 * aborted, leaves no file behind.
 */
#include "exchange13_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int xm_fail(struct ms_writer *w, const char *what)
{
    if (!w->failed && (!w->db || !w->db->failed))
        fprintf(stderr, "mkstore: %s: %s\n", w->path, what);
    w->failed = true;
    return -1;
}

void *xm_grown(struct ms_writer *w, void *list, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return list;
    size_t more = *room * 2 + 64;
    void *p = realloc(list, more * size);
    if (!p) {
        xm_fail(w, "out of memory");
        return NULL;
    }
    *room = more;
    return p;
}

bool ms_exchange13_trait(const char *word, struct ms_exchange *x)
{
    static const struct {
        const char *word;
        unsigned variant;
    } words[] = {{"utf8-text", MS_X13_UTF8},
                 {"latin1-text", MS_X13_LATIN1},
                 {"wide-text", MS_X13_WIDE},
                 {"offpage-bit", MS_X13_OFFPAGE_BIT},
                 {"near-values", MS_X13_NEAR},
                 {"plain-bodies", MS_X13_PLAIN},
                 {"split-subject", MS_X13_SPLIT},
                 {"packed-recipients", MS_X13_PACKED},
                 {"subobjects-head", MS_X13_HEAD},
                 {"archive", MS_X13_ARCHIVE},
                 {"wide-roots", MS_X13_WIDE_ROOTS},
                 {"descriptors", MS_X13_DESCRIPTORS},
                 {"deleted-rows", MS_X13_DELETED},
                 {"dirty", MS_X13_DIRTY},
                 {"logs", MS_X13_LOGS},
                 {"wrong-numbers", MS_X13_WRONG_NUMBERS},
                 {"no-mailboxes", MS_X13_NO_MAILBOXES},
                 {"no-identity", MS_X13_NO_IDENTITY},
                 {"no-names", MS_X13_NO_NAMES},
                 {"no-folders", MS_X13_NO_FOLDERS},
                 {"no-messages", MS_X13_NO_MESSAGES},
                 {"no-attachments", MS_X13_NO_ATTACHMENTS},
                 {"cut-blobs", MS_X13_CUT},
                 {"lost-slots", MS_X13_LOST_SLOTS},
                 {"unknown-types", MS_X13_UNKNOWN},
                 {"lost-parents", MS_X13_LOST_PARENTS},
                 {"folder-deltas", MS_X13_DELTA},
                 {"large-blob", MS_X13_LARGE},
                 {"public-too", MS_X13_PUBLIC_TOO}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(words[i].word, word)) {
            x->variants |= words[i].variant;
            return true;
        }
    return false;
}

static void writer_free(struct ms_writer *w)
{
    free(w->folders);
    free(w->mailboxes);
    free(w->names);
    free(w->path);
    ms_mem_release(&w->box);
    ms_mem_release(&w->keep);
    ms_mem_release(&w->scratch);
    free(w);
}

static void modern_abort(struct ms_writer *w)
{
    if (w->db)
        ms_ese_abort(w->db);
    writer_free(w);
}

static bool options_of(const struct ms_writer *w, struct ms_ese_options *o)
{
    if (!ms_ese_defaults(o, w->x.revision, w->x.page))
        return false;
    o->seed = w->store->seed;
    o->dirty = w->x.variants & (MS_X13_DIRTY | MS_X13_LOGS);
    o->wide_roots = o->wide_roots || w->x.variants & MS_X13_WIDE_ROOTS;
    return true;
}

static struct ms_writer *modern_begin(const char *path, struct ms_store *store)
{
    struct ms_writer *w = calloc(1, sizeof *w);
    struct ms_ese_options options;
    if (!w || !(w->path = strdup(path))) {
        fprintf(stderr, "mkstore: %s: out of memory\n", path);
        free(w);
        return NULL;
    }
    w->store = store;
    w->x = *store->exchange;
    for (size_t i = 0; i < 2; i++)
        ese_le64(store->record_key + 8 * i, ms_mix(store->seed, i));
    if (options_of(w, &options) && (w->db = ms_ese_begin(path, &options)) && !xm_mailbox_begin(w, store))
        return w;
    modern_abort(w);
    return NULL;
}

static int modern_mailbox(struct ms_writer *w, const struct ms_store *store)
{
    if (w->failed || xm_mailbox_end(w) || xm_mailbox_begin(w, store)) {
        w->failed = true;
        return -1;
    }
    return 0;
}

static int modern_folder(struct ms_writer *w, struct ms_folder *folder)
{
    if (w->failed || xm_folder_find(w, folder, &w->current)) {
        w->failed = true;
        return -1;
    }
    folder->nid = (uint32_t)w->folders[w->current].id;
    return 0;
}

/* A message that was deleted: its rows are flagged, or lie on pages that their trees have lost. */
static int add_deleted(struct ms_writer *w, struct ms_item *item)
{
    uint64_t id = ++w->last_id;
    uint8_t folder[XM_ID];
    if (item->deleted < MS_ROW) {
        fprintf(stderr, "mkstore: only a PST can have items deleted that way\n");
        return -1;
    }
    item->nid = (uint32_t)id;
    w->ordinal++;
    xm_folder_id(w, w->current, folder);
    ms_ese_left(w->db, item->deleted == MS_ROW ? MS_ESE_FLAGGED : MS_ESE_LOST);
    int result = xm_message(w, item, id, folder);
    ms_ese_left(w->db, MS_ESE_LIVES);
    return result;
}

static int add_item(struct ms_writer *w, struct ms_item *item)
{
    struct xm_folder *f = &w->folders[w->current];
    uint64_t id = ++w->last_id;
    uint8_t folder[XM_ID];
    item->nid = (uint32_t)id;
    if (!strcmp(item->message_class, "IPM.Microsoft.ScheduleData.FreeBusy") && f->parent == w->hidden &&
        !w->freebusy) {
        w->freebusy = id;
        w->freebusy_folder = w->current;
    }
    w->ordinal++;
    *(item->associated ? &f->hidden : &f->items) += 1;
    xm_folder_id(w, w->current, folder);
    if (xm_message(w, item, id, folder))
        return -1;
    return w->x.variants & MS_X13_DELETED && w->ordinal % 4 == 2 ? xm_deleted(w, folder) : 0;
}

static int modern_item(struct ms_writer *w, struct ms_item *item)
{
    ms_mem_clear(&w->scratch);
    if (w->failed || (item->deleted ? add_deleted : add_item)(w, item)) {
        w->failed = true;
        return -1;
    }
    return 0;
}

static size_t modern_entry_id(struct ms_writer *w, uint32_t folder, uint32_t item, uint8_t *out)
{
    return xm_entry_id(w, folder, item, out);
}

static int logs_write(const char *path, const struct ms_ese_options *o)
{
    return ms_ese_log(path, o, o->log_min) || ms_ese_log(path, o, o->log_max) ? -1 : 0;
}

static int modern_end(struct ms_writer *w)
{
    struct ms_ese_options options;
    if (w->failed || xm_mailbox_end(w) || xm_mailboxes_write(w) || !options_of(w, &options)) {
        modern_abort(w);
        return -1;
    }
    struct ms_ese_db *db = w->db;
    w->db = NULL;
    bool failed = ms_ese_end(db) || (w->x.variants & MS_X13_LOGS && logs_write(w->path, &options));
    if (failed)
        remove(w->path);
    writer_free(w);
    return failed ? -1 : 0;
}

const struct ms_writer_ops ms_exchange13_writer = {
    .name = "exchange",
    .begin = modern_begin,
    .mailbox = modern_mailbox,
    .folder = modern_folder,
    .item = modern_item,
    .entry_id = modern_entry_id,
    .end = modern_end,
    .abort = modern_abort,
};

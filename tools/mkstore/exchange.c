/*
 * exchange.c - the operations of the Exchange writer: a database with its tables, mailboxes one after the other.
 *
 * Schema: docs/fixtures.md. Output depends on calls and seed alone; a database that fails, or is aborted, leaves
 * no file behind.
 */
#include "exchange_int.h"

#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int xc_fail(const struct ms_writer *w, const char *what)
{
    if (!w->db || !w->db->failed)
        fprintf(stderr, "mkstore: %s: %s\n", w->path, what);
    return -1;
}

bool ms_exchange_format(const char *word, struct ms_exchange *out)
{
    static const struct {
        const char *word;
        unsigned revision, page;
        bool streaming, modern, bare;
    } formats[] = {
        {"exchange2000", 9, 4096, true, false, false},     {"exchange2003", 0xb, 4096, true, false, false},
        {"exchange2007", 0xc, 8192, false, false, false},  {"exchange2010", 0x11, 32768, false, true, true},
        {"exchange2013", 0x14, 32768, false, true, false}, {"exchange2016", 0x14, 32768, false, true, false},
        {"exchange2019", 0x122, 32768, false, true, false}};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (!strcmp(formats[i].word, word)) {
            out->revision = formats[i].revision;
            out->page = formats[i].page;
            out->streaming = formats[i].streaming;
            out->modern = formats[i].modern;
            out->bare = formats[i].bare;
            return true;
        }
    return false;
}

bool ms_exchange_trait(const char *word, struct ms_exchange *x)
{
    static const struct {
        const char *word;
        unsigned trait;
    } words[] = {{"deleted-rows", MS_X_DELETED},
                 {"nulls", MS_X_NULLS},
                 {"old-pages", MS_X_OLD_PAGES},
                 {"dirty", MS_X_DIRTY},
                 {"narrow", MS_X_NARROW},
                 {"descriptors", MS_X_DESCRIPTORS},
                 {"flat", MS_X_FLAT},
                 {"replicas", MS_X_REPLICAS},
                 {"shared-rows", MS_X_SHARED},
                 {"interleaved", MS_X_INTERLEAVED},
                 {"logs", MS_X_LOGS},
                 {"hidden-ways", MS_X_HIDDEN},
                 {"no-stm", MS_X_NO_STM},
                 {"foreign-stm", MS_X_FOREIGN_STM},
                 {"no-mailboxes", MS_X_NO_MAILBOXES},
                 {"no-calendar", MS_X_NO_CALENDAR},
                 {"lost-parents", MS_X_LOST_PARENTS},
                 {"unnamed-rows", MS_X_UNNAMED_ROWS},
                 {"no-names", MS_X_NO_NAMES},
                 {"no-attachments", MS_X_NO_ATTACHMENTS},
                 {"no-index", MS_X_NO_INDEX},
                 {"shared-root", MS_X_SHARED_ROOT}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(words[i].word, word)) {
            x->traits |= words[i].trait;
            return true;
        }
    return false;
}

static void writer_free(struct ms_writer *w)
{
    if (w->converter)
        iconv_close(w->converter);
    if (w->streams)
        fclose(w->streams);
    free(w->folders);
    free(w->shared);
    free(w->mailboxes);
    free(w->path);
    ms_mem_release(&w->names.mem);
    ms_mem_release(&w->keep);
    ms_mem_release(&w->scratch);
    free(w);
}

static void exchange_abort(struct ms_writer *w)
{
    ese_sort_free(w->contents); /* while there is a database */
    if (w->db)
        ms_ese_abort(w->db);
    xc_stm_remove(w);
    writer_free(w);
}

static bool open_database(struct ms_writer *w)
{
    struct ms_ese_options *o = &w->options;
    if (!ms_ese_defaults(o, w->x.revision, w->x.page))
        return false;
    o->seed = w->store->seed;
    o->streaming = w->x.streaming;
    if (w->x.revision == 0xb)
        o->checksums = MS_ESE_MIXED;
    if (w->x.traits & MS_X_OLD_PAGES)
        o->records = MS_ESE_BOTH;
    o->dirty = w->x.traits & (MS_X_DIRTY | MS_X_LOGS);
    w->db = ms_ese_begin(w->path, o);
    return w->db != NULL;
}

static bool open_tables(struct ms_writer *w)
{
    static const enum xc_role roles[] = {XC_MESSAGES, XC_ATTACHMENTS, XC_CONTENTS};
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        if (roles[i] == XC_ATTACHMENTS && w->x.traits & MS_X_NO_ATTACHMENTS)
            continue;
        w->tables[roles[i]] = xc_table_new(w, roles[i]);
        if (!w->tables[roles[i]])
            return false;
    }
    w->contents = ese_sort_new(w->db);
    return w->contents != NULL;
}

static struct ms_writer *exchange_begin(const char *path, struct ms_store *store)
{
    struct ms_writer *w = calloc(1, sizeof *w);
    if (!w || !(w->path = strdup(path))) {
        fprintf(stderr, "mkstore: %s: out of memory\n", path);
        free(w);
        return NULL;
    }
    w->store = store;
    w->x = *store->exchange;
    w->x.traits |= store->layout == MS_ANSI ? (unsigned)MS_X_NARROW : 0;
    w->last_id = (uint64_t)XC_REPLID << 48 | XC_FIRST;
    w->step = w->x.traits & MS_X_INTERLEAVED ? XC_STEP : 1;
    for (size_t i = 0; i < 2; i++) {
        ese_le64(w->guid + 8 * i, ms_mix(store->seed ^ 0x677569, i));
        ese_le64(store->record_key + 8 * i, ms_mix(store->seed, i));
    }
    if (xc_names_begin(&w->names, w->x.names) && open_database(w) && open_tables(w) && !xc_mailbox_begin(w, store))
        return w;
    exchange_abort(w);
    return NULL;
}

static int exchange_mailbox(struct ms_writer *w, const struct ms_store *store)
{
    return w->failed || xc_mailbox_begin(w, store) ? -1 : 0;
}

static int exchange_folder(struct ms_writer *w, struct ms_folder *folder)
{
    if (w->failed || xc_folder_find(w, folder, &w->current)) {
        w->failed = true;
        return -1;
    }
    folder->nid = (uint32_t)w->folders[w->current].id;
    return 0;
}

/* Ids of the first mailbox, for those that list its messages as well. */
static int keep_id(struct ms_writer *w, uint64_t id)
{
    if (!(w->x.traits & MS_X_SHARED) || w->mailbox_count > 1)
        return 0;
    uint64_t *list = xc_grown(w, w->shared, w->shared_count, &w->shared_room, sizeof *list);
    if (!list)
        return -1;
    w->shared = list;
    list[w->shared_count++] = id;
    return 0;
}

/* A message that was deleted: its rows are flagged, or lie on pages that their trees have lost. */
static int add_deleted(struct ms_writer *w, struct ms_item *item)
{
    struct xc_folder *f = &w->folders[w->current];
    uint64_t id = xc_next(w);
    if (item->deleted < MS_ROW) {
        fprintf(stderr, "mkstore: only a PST can have items deleted that way\n");
        return -1;
    }
    item->nid = (uint32_t)id;
    w->ordinal++;
    ms_ese_left(w->db, item->deleted == MS_ROW ? MS_ESE_FLAGGED : MS_ESE_LOST);
    int result = xc_message(w, item, id, f->id);
    ms_ese_left(w->db, MS_ESE_LIVES);
    return result || (item->deleted == MS_ROW && xc_contents_add(w, w->current, id, item, true)) ? -1 : 0;
}

static int add_item(struct ms_writer *w, struct ms_item *item)
{
    struct xc_folder *f = &w->folders[w->current];
    struct xc_mailbox *m = &w->mailboxes[w->mailbox_count - 1];
    bool old = w->x.traits & MS_X_SHARED && w->mailbox_count > 1 && w->shared_at < w->shared_count;
    uint64_t id = old ? w->shared[w->shared_at++] : xc_next(w);
    bool unnamed = w->x.traits & MS_X_UNNAMED_ROWS && w->ordinal % 5 == 4;
    item->nid = (uint32_t)id;
    if (!strcmp(item->message_class, "IPM.Microsoft.ScheduleData.FreeBusy") && f->parent == m->hidden &&
        !m->freebusy) {
        m->freebusy = id;
        m->freebusy_folder = w->current;
    }
    w->ordinal++;
    *(item->associated ? &f->associated : &f->items) += 1;
    if (!old && keep_id(w, id))
        return -1;
    if ((!old && xc_message(w, item, id, f->id)) || (!unnamed && xc_contents_add(w, w->current, id, item, false)))
        return -1;
    if (!(w->x.traits & MS_X_DELETED) || w->ordinal % 4 != 2)
        return 0;
    id = xc_next(w);
    return xc_deleted(w, id, f->id) || xc_contents_add(w, w->current, id, item, true) ? -1 : 0;
}

static int exchange_item(struct ms_writer *w, struct ms_item *item)
{
    const struct xc_folder *f = &w->folders[w->current];
    bool calendar = f->container_class && !strcmp(f->container_class, "IPF.Appointment");
    ms_mem_clear(&w->scratch);
    if (calendar && w->x.traits & MS_X_NO_CALENDAR && w->mailbox_count == 1)
        return 0;
    if (w->failed || (item->deleted ? add_deleted : add_item)(w, item)) {
        w->failed = true;
        return -1;
    }
    return 0;
}

static int exchange_stream(struct ms_writer *w, const void *text, size_t size)
{
    return xc_stm_text(w, text, size);
}

static size_t exchange_entry_id(struct ms_writer *w, uint32_t folder, uint32_t item, uint8_t *out)
{
    uint64_t replica = w->last_id - xc_counter(w->last_id);
    return xc_entry_id(w, replica | folder, item ? replica | item : 0, out);
}

static int exchange_end(struct ms_writer *w)
{
    bool failed = w->failed || xc_folders_write(w) || xc_mailboxes_write(w) || xc_names_write(w) ||
                  xc_reads_write(w) || xc_global_write(w);
    if (failed) {
        exchange_abort(w);
        return -1;
    }
    struct ms_ese_db *db = w->db;
    ese_sort_free(w->contents);
    w->db = NULL;
    failed = ms_ese_end(db) || xc_beside_write(w);
    if (failed) {
        remove(w->path);
        xc_stm_remove(w);
    }
    writer_free(w);
    return failed ? -1 : 0;
}

const struct ms_writer_ops ms_exchange_writer = {
    .name = "exchange",
    .begin = exchange_begin,
    .mailbox = exchange_mailbox,
    .folder = exchange_folder,
    .item = exchange_item,
    .stream = exchange_stream,
    .entry_id = exchange_entry_id,
    .end = exchange_end,
    .abort = exchange_abort,
};

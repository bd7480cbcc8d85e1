/*
 * exchange10.c - as much of a database of Exchange 2010 as it takes to be recognised: its header, a table of
 * mailboxes, three tables for each.
 *
 * Nobody has published how it names its tables; items are taken and not written. docs/formats/edb-2013-fixtures.md.
 */
#include "ese_int.h"
#include "exchange.h"
#include "mkstore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ms_writer {
    struct ms_ese_db *db;
    struct ms_ese_table *mailboxes;
    struct ms_mem keep, scratch;
    uint32_t count, last_id;
    uint64_t seed;
};

static bool own_table(struct ms_writer *w, const char *name)
{
    static const struct ms_ese_column columns[] = {
        {.name = "Q6748", .type = MS_ESE_BINARY, .place = MS_ESE_FIXED, .size = 8},
        {.name = "S3001",
         .type = MS_ESE_LONGTEXT,
         .place = MS_ESE_TAGGED,
         .flags = MS_ESE_COMPRESSED,
         .codepage = 1200},
        {.name = "N3880", .type = MS_ESE_LONGBINARY, .place = MS_ESE_TAGGED, .flags = MS_ESE_COMPRESSED},
    };
    const char *text = ms_text(&w->scratch, "%s 1-%u", name, (unsigned)w->count);
    struct ms_ese_schema schema = {.name = text, .columns = columns, .column_count = 3};
    struct ms_ese_table *t = ms_ese_table(w->db, &schema);
    return t && !ms_ese_table_end(t);
}

static int bare_mailbox(struct ms_writer *w, const struct ms_store *store)
{
    uint8_t number[4], guid[16];
    struct ms_bytes name = {.mem = &w->scratch};
    ms_mem_clear(&w->scratch);
    ese_le32(number, ++w->count);
    for (size_t i = 0; i < 2; i++)
        ese_le64(guid + 8 * i, ms_mix(w->seed ^ 0x32303130, 2 * w->count + i));
    ms_put_utf16(&name, store->owner_name ? store->owner_name : store->name);
    const struct ms_ese_piece pieces[] = {
        {.data = number, .size = 4}, {.data = guid, .size = 16}, {.data = name.data, .size = name.size}};
    const struct ms_ese_value values[] = {{0, 1, &pieces[0]}, {1, 1, &pieces[1]}, {2, 1, &pieces[2]}};
    if (ms_ese_row(w->mailboxes, values, 3, false))
        return -1;
    return own_table(w, "Folder") && own_table(w, "Header") && own_table(w, "Body") ? 0 : -1;
}

static void bare_free(struct ms_writer *w)
{
    ms_mem_release(&w->keep);
    ms_mem_release(&w->scratch);
    free(w);
}

static void bare_abort(struct ms_writer *w)
{
    if (w->db)
        ms_ese_abort(w->db);
    bare_free(w);
}

static struct ms_writer *bare_begin(const char *path, struct ms_store *store)
{
    static const struct ms_ese_column columns[] = {
        {.name = "L6707", .type = MS_ESE_LONG, .place = MS_ESE_FIXED, .size = 4},
        {.name = "N676c", .type = MS_ESE_BINARY, .place = MS_ESE_VARIABLE, .size = 255},
        {.name = "S3001",
         .type = MS_ESE_LONGTEXT,
         .place = MS_ESE_TAGGED,
         .flags = MS_ESE_COMPRESSED,
         .codepage = 1200},
    };
    const struct ms_ese_index primary = {"Key", MS_ESE_PRIMARY | MS_ESE_UNIQUE, 1, {0}, {false}};
    const struct ms_ese_schema schema = {
        .name = "Mailbox", .columns = columns, .column_count = 3, .indexes = &primary, .index_count = 1};
    struct ms_writer *w = calloc(1, sizeof *w);
    struct ms_ese_options options;
    if (!w || !ms_ese_defaults(&options, store->exchange->revision, store->exchange->page)) {
        fprintf(stderr, "mkstore: %s: out of memory\n", path);
        free(w);
        return NULL;
    }
    options.seed = w->seed = store->seed;
    w->db = ms_ese_begin(path, &options);
    w->mailboxes = w->db ? ms_ese_table(w->db, &schema) : NULL;
    if (w->mailboxes && !bare_mailbox(w, store))
        return w;
    bare_abort(w);
    return NULL;
}

static int bare_folder(struct ms_writer *w, struct ms_folder *folder)
{
    folder->nid = ++w->last_id;
    return 0;
}

static int bare_item(struct ms_writer *w, struct ms_item *item)
{
    item->nid = ++w->last_id;
    return 0;
}

static int bare_end(struct ms_writer *w)
{
    int failed = ms_ese_end(w->db);
    bare_free(w);
    return failed;
}

const struct ms_writer_ops ms_exchange10_writer = {
    .name = "exchange",
    .begin = bare_begin,
    .mailbox = bare_mailbox,
    .folder = bare_folder,
    .item = bare_item,
    .end = bare_end,
    .abort = bare_abort,
};

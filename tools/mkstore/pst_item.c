/*
 * pst_item.c - message objects (2.4.5): properties, recipients, attachments, and messages
 * inside attachments.
 *
 * A message inside a message gets a node id that no other message of the store bears:
 * at least one reader confuses the two otherwise. The recipient table has a column for
 * every property that any of its recipients has; the attachment table has the few of
 * its template, the rest stands in the attachment objects.
 */
#include "pst_int.h"

#include <stdlib.h>
#include <string.h>

enum {
    DEPTH_MAX = 32,
    NID_ATTACHMENTS = 0x671,
    NID_RECIPIENTS = 0x692,
    FLAG_READ = 0x01,
    FLAG_HAS_ATTACH = 0x10,
    PR_ATTACH_OBJECT = 0x3701000d,
    ATTACH_EMBEDDED = 5
};

static uint64_t vals_bytes(const struct pst_vals *vals)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < vals->count; i++)
        bytes += vals->list[i].stream ? vals->list[i].stream->size : vals->list[i].size;
    return bytes;
}

/* Template columns and what the rows need besides, without doubles. */
static int union_def(struct ms_writer *w, const struct pst_table_def *base, const struct pst_vals *rows,
                     size_t count, struct pst_table_def *def)
{
    size_t most = base->count;
    uint32_t *tags;

    for (size_t i = 0; i < count; i++)
        most += rows[i].count;
    tags = pst_arena_get(&w->arena, most * sizeof(*tags));
    if (!tags)
        return -1;
    memcpy(tags, base->tags, base->count * sizeof(*tags));
    *def = (struct pst_table_def){.tags = tags, .count = base->count};
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < rows[i].count; k++) {
            size_t at = 0;
            while (at < def->count && tags[at] >> 16 != rows[i].list[k].id)
                at++;
            if (at == def->count)
                tags[def->count++] = (uint32_t)rows[i].list[k].id << 16 | rows[i].list[k].type;
        }
    }
    return 0;
}

static int write_table(struct ms_writer *w, const struct pst_table_def *def, const struct pst_vals *rows,
                       const uint32_t *ids, size_t count, uint32_t nid, struct pst_subs *subs)
{
    struct pst_tc tc;
    uint64_t data, sub;
    int result = pst_tc_init(&tc, w, def);

    for (size_t i = 0; i < count && result == 0; i++)
        result = pst_tc_row(&tc, ids[i], &rows[i]);
    if (result != 0) {
        pst_tc_free(&tc);
        return -1;
    }
    if (pst_tc_end(&tc, &data, &sub) != 0)
        return -1;
    return pst_subs_add(subs, nid, data, sub);
}

static int put_recipients(struct ms_writer *w, const struct ms_item *item, struct pst_subs *subs)
{
    size_t count = item->recipient_count;
    struct pst_vals *rows = pst_arena_get(&w->arena, count * sizeof(*rows));
    uint32_t *ids = pst_arena_get(&w->arena, count * sizeof(*ids));
    struct pst_table_def def;

    if (!rows || !ids)
        return -1;
    for (size_t i = 0; i < count; i++) {
        ids[i] = (uint32_t)i;
        if (pst_vals_props(w, &rows[i], &item->recipients[i]) != 0)
            return -1;
        pst_vals_sort(&rows[i]);
    }
    if (union_def(w, &pst_table_recipients, rows, count, &def) != 0)
        return -1;
    return write_table(w, &def, rows, ids, count, NID_RECIPIENTS, subs);
}

/* The message inside an attachment becomes a subnode of it; its object value names that. */
static int put_embedded(struct ms_writer *w, const struct ms_item *item, struct pst_vals *vals,
                        struct pst_subs *subs)
{
    uint32_t nid = w->next_nid[PST_NT_MESSAGE]++ << 5 | PST_NT_MESSAGE;
    struct pst_vals inner = {.count = 0};
    uint64_t data, sub;
    uint64_t bytes;
    uint8_t object[8];

    if (w->depth == DEPTH_MAX)
        return pst_error("messages nested too deeply", NULL);
    w->depth++;
    if (pst_message(w, item, nid, &inner, &data, &sub) != 0)
        return -1;
    w->depth--;
    bytes = vals_bytes(&inner);
    pst_put32(object, nid);
    pst_put32(object + 4, bytes > 0x7fffffff ? 0x7fffffff : (uint32_t)bytes);
    if (!pst_vals_find(vals, 0x3705) && pst_vals_int(w, vals, 0x37050003, ATTACH_EMBEDDED) != 0)
        return -1;
    if (pst_vals_add(w, vals, PR_ATTACH_OBJECT, object, sizeof(object)) != 0)
        return -1;
    return pst_subs_add(subs, nid, data, sub);
}

static int put_attachment(struct ms_writer *w, const struct ms_attachment *attachment, uint32_t nid,
                          struct pst_vals *vals, struct pst_subs *subs)
{
    struct pst_subs own;
    uint64_t data, sub, bytes;

    pst_subs_init(&own);
    if (pst_vals_props(w, vals, &attachment->props) != 0)
        goto fail;
    if (attachment->embedded && put_embedded(w, attachment->embedded, vals, &own) != 0)
        goto fail;
    bytes = vals_bytes(vals);
    if (!pst_vals_find(vals, 0x0e20) &&
        pst_vals_int(w, vals, 0x0e200003, bytes > 0x7fffffff ? 0x7fffffff : bytes) != 0)
        goto fail;
    if (!pst_vals_find(vals, 0x370b) && pst_vals_int(w, vals, 0x370b0003, 0xffffffff) != 0)
        goto fail;
    if (pst_pc_write(w, vals, &own, &data) != 0 || pst_subs_write(&own, &w->file, &sub) != 0)
        goto fail;
    return pst_subs_add(subs, nid, data, sub);
fail:
    pst_subs_free(&own);
    return -1;
}

static int put_attachments(struct ms_writer *w, const struct ms_item *item, struct pst_subs *subs)
{
    size_t count = item->attachment_count;
    struct pst_vals *rows = pst_arena_get(&w->arena, count * sizeof(*rows));
    uint32_t *ids = pst_arena_get(&w->arena, count * sizeof(*ids));

    if (!rows || !ids)
        return -1;
    for (size_t i = 0; i < count; i++) {
        ids[i] = pst_subs_name(subs, PST_NT_ATTACHMENT);
        if (put_attachment(w, &item->attachments[i], ids[i], &rows[i], subs) != 0)
            return -1;
    }
    return write_table(w, &pst_table_attachments, rows, ids, count, NID_ATTACHMENTS, subs);
}

/* What every message object must have (2.4.5.1) and the recipe may leave out. */
static int complete(struct ms_writer *w, const struct ms_item *item, uint32_t nid, struct pst_vals *vals)
{
    uint64_t state = w->store->seed ^ (uint64_t)nid << 20;
    uint8_t key[16];
    uint64_t bytes;

    pst_put64(key, pst_mix(&state));
    pst_put64(key + 8, pst_mix(&state));
    if (item->message_class && !pst_vals_find(vals, 0x001a) &&
        pst_vals_text(w, vals, 0x001a, item->message_class) != 0)
        return -1;
    if (!pst_vals_find(vals, 0x0e07) &&
        pst_vals_int(w, vals, 0x0e070003, FLAG_READ | (item->attachment_count ? FLAG_HAS_ATTACH : 0)) != 0)
        return -1;
    if (!pst_vals_find(vals, 0x0e17) && pst_vals_int(w, vals, 0x0e170003, 0) != 0)
        return -1;
    if (!pst_vals_find(vals, 0x300b) && pst_vals_add(w, vals, 0x300b0102, key, sizeof(key)) != 0)
        return -1;
    bytes = vals_bytes(vals);
    if (!pst_vals_find(vals, 0x0e08) &&
        pst_vals_int(w, vals, 0x0e080003, bytes > 0x7fffffff ? 0x7fffffff : bytes) != 0)
        return -1;
    return 0;
}

int pst_message(struct ms_writer *w, const struct ms_item *item, uint32_t nid, struct pst_vals *vals,
                uint64_t *data, uint64_t *subs)
{
    struct pst_subs own;

    pst_subs_init(&own);
    if (pst_vals_props(w, vals, &item->props) == 0 && complete(w, item, nid, vals) == 0 &&
        (item->recipient_count == 0 || put_recipients(w, item, &own) == 0) &&
        (item->attachment_count == 0 || put_attachments(w, item, &own) == 0) &&
        pst_pc_write(w, vals, &own, data) == 0 && pst_subs_write(&own, &w->file, subs) == 0)
        return 0;
    pst_subs_free(&own);
    return -1;
}

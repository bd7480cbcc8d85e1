/*
 * whole.c - see whole.h.
 *
 * Layer: core. Only what claims to be whole is read through: the rest of recovered items costs nothing. A message
 * in an attachment has memory of its own meanwhile, so that the item has as much left as any.
 */
#include "whole.h"

#include <string.h>

#include "arena.h"
#include "report.h"

#define CHUNK 32768u

static bool item_is_whole(struct pl_reader *r, const struct pl_item *item, unsigned depth);

static bool stream_is_whole(struct pl_reader *r, const struct pl_stream *stream)
{
    uint8_t chunk[CHUNK];
    for (uint64_t at = 0; at < stream->size;) {
        uint64_t left = stream->size - at;
        size_t got = 0;
        if (r->ops->read(r, stream, at, chunk, left < CHUNK ? (size_t)left : CHUNK, &got) != PL_OK || !got)
            return false;
        at += got;
    }
    return true;
}

bool pl_whole_names(struct pl_reader *r, const struct pl_bag *bag)
{
    bool any = false, all = true;
    for (size_t i = 0; i < bag->count; i++)
        if (pl_prop_id(&bag->props[i]) >= 0x8000) {
            any = true;
            all = all && bag->props[i].name;
        }
    if (!all)
        pl_report_touched(r->report, "prop.nameless");
    else if (any && r->store.names_fault)
        pl_report_touched(r->report, r->store.names_fault);
    return all && !(any && r->store.names_fault);
}

static bool bag_is_whole(struct pl_reader *r, const struct pl_bag *bag)
{
    for (size_t i = 0; i < bag->count; i++)
        if (!stream_is_whole(r, &bag->props[i].stream))
            return false;
    return pl_whole_names(r, bag);
}

static bool embedded_is_whole(struct pl_reader *r, const char *key, unsigned depth)
{
    struct pl_arena *outer = r->item_arena, own;
    struct pl_item inner = {.message_class = ""};
    if (depth == PL_DEPTH_MAX)
        return false;
    pl_arena_init(&own, outer->limit);
    /* cppcheck-suppress autoVariables ; taken back below */
    r->item_arena = &own;
    bool whole = r->ops->open_item(r, key, &inner) == PL_OK && item_is_whole(r, &inner, depth + 1);
    r->item_arena = outer;
    pl_arena_release(&own);
    return whole;
}

static bool item_is_whole(struct pl_reader *r, const struct pl_item *item, unsigned depth)
{
    bool whole = bag_is_whole(r, &item->props);
    for (size_t i = 0; i < item->recipient_count && whole; i++)
        whole = bag_is_whole(r, &item->recipients[i]);
    for (size_t i = 0; i < item->attachment_count && whole; i++) {
        const struct pl_attachment *a = &item->attachments[i];
        whole = bag_is_whole(r, &a->props) && (!a->embedded || embedded_is_whole(r, a->key, depth));
    }
    return whole;
}

const char *pl_whole_confidence(struct pl_reader *r, enum pl_status delivered, const struct pl_item *item)
{
    if (delivered <= PL_LOST)
        return PL_LOW;
    if (strcmp(item->confidence, PL_HIGH) != 0)
        return item->confidence;
    bool recovering = r->report->recovering;
    r->report->recovering = true; /* what somebody will miss of it is told as a loss when he does */
    bool whole = delivered == PL_OK && item_is_whole(r, item, 0);
    r->report->recovering = recovering;
    return whole ? PL_HIGH : PL_MEDIUM;
}

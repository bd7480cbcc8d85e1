/*
 * floor.c - the least that reading a store can cost: floor [-w] STORE
 *
 * Opens the store as any verb does, takes every item of every folder, so that the reader decodes all of its
 * properties, those of its recipients and of its attachments, and writes nothing. With -w it reads what travels as
 * a stream too: long bodies and the data of attachments. Prints items, properties, bytes of streams, and what was
 * lost. What a program that writes takes more than this is the price of its own work. Status 1: not a store.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "session.h"
#include "table.h"

#define MEMORY ((size_t)8 << 20)

struct counts {
    uint64_t items, props, streamed, lost;
};

static bool wants_all(void *data, const char *message_class, bool associated)
{
    (void)data;
    (void)message_class;
    (void)associated;
    return true;
}

static void stream_read(struct pl_session *s, const struct pl_stream *stream, struct counts *n)
{
    static uint8_t buf[65536];
    size_t got = 0;
    for (uint64_t at = 0; at < stream->size; at += got) {
        if (s->reader.ops->read(&s->reader, stream, at, buf, sizeof buf, &got) <= PL_LOST || !got) {
            n->lost++;
            return;
        }
        n->streamed += got;
    }
}

static void bag_take(struct pl_session *s, const struct pl_bag *bag, bool whole, struct counts *n)
{
    n->props += bag->count;
    for (size_t i = 0; whole && i < bag->count; i++)
        if (bag->props[i].stream.size && pl_prop_type(&bag->props[i]) != PT_OBJECT)
            stream_read(s, &bag->props[i].stream, n);
}

static void item_take(struct pl_session *s, const struct pl_item *item, bool whole, struct counts *n)
{
    n->items++;
    bag_take(s, &item->props, whole, n);
    for (size_t i = 0; i < item->recipient_count; i++)
        bag_take(s, &item->recipients[i], whole, n);
    for (size_t i = 0; i < item->attachment_count; i++)
        bag_take(s, &item->attachments[i].props, whole, n);
}

static void folder_take(struct pl_session *s, const struct pl_folder *folder, bool whole, struct counts *n)
{
    static const struct pl_wanted all = {.wants = wants_all};
    struct pl_item item;
    enum pl_status st;
    if (folder->is_search || pl_session_open_folder(s, folder->key) <= PL_LOST)
        return;
    while ((st = pl_session_next_item(s, &all, &item)) != PL_END && st != PL_STOP) {
        if (st == PL_LOST)
            n->lost++;
        else
            item_take(s, &item, whole, n);
    }
}

int main(int argc, char **argv)
{
    const struct pl_reader_options options = {.memory = MEMORY};
    struct pl_report report = {0};
    struct pl_session session;
    struct pl_folder folder;
    struct counts n = {0};
    bool whole = argc == 3 && strcmp(argv[1], "-w") == 0;
    if (argc != 2 && !whole) {
        fputs("usage: floor [-w] STORE\n", stderr);
        return 1;
    }
    enum pl_status st = pl_session_open(&session, argv[argc - 1], pl_readers, NULL, &options, &report);
    bool opened = st > PL_LOST;
    while (opened && (st = pl_session_next_folder(&session, &folder)) != PL_END && st != PL_STOP) {
        if (st == PL_LOST)
            n.lost++;
        else
            folder_take(&session, &folder, whole, &n);
    }
    pl_session_close(&session);
    printf("%" PRIu64 " items, %" PRIu64 " properties, %" PRIu64 " bytes of streams, %" PRIu64 " lost\n", n.items,
           n.props, n.streamed, n.lost);
    return !opened;
}

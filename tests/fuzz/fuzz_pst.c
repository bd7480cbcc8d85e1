/*
 * fuzz_pst.c - any bytes as a PST: everything the reader delivers is visited.
 *
 * The walk reads all folders, items, recipients, attachments, embedded messages and
 * streams. A small cache makes blocks leave it and come back.
 */
#include "arena.h"
#include "pst/pst.h"
#include "session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STREAM_MOST ((uint64_t)1 << 20)

static void visit_bag(struct pl_reader *r, const struct pl_bag *bag)
{
    uint8_t buf[16384];
    for (size_t i = 0; i < bag->count; i++) {
        const struct pl_stream *stream = &bag->props[i].stream;
        size_t got = 1;
        for (uint64_t at = 0; got && at < stream->size && at < STREAM_MOST; at += got)
            if (r->ops->read(r, stream, at, buf, sizeof buf, &got) <= PL_LOST)
                break;
    }
}

static void visit_item(struct pl_reader *r, const struct pl_item *item, int depth)
{
    visit_bag(r, &item->props);
    for (size_t i = 0; i < item->recipient_count; i++)
        visit_bag(r, &item->recipients[i]);
    for (size_t i = 0; i < item->attachment_count; i++) {
        const struct pl_attachment *a = &item->attachments[i];
        struct pl_item inner = {.message_class = ""};
        visit_bag(r, &a->props);
        if (a->embedded && depth < PL_DEPTH_MAX && r->ops->open_item(r, a->key, &inner) > PL_LOST)
            visit_item(r, &inner, depth + 1);
    }
}

static bool wants(void *data, const char *message_class, bool associated)
{
    (void)data, (void)message_class, (void)associated;
    return true;
}

static void visit_folder(struct pl_session *s, const struct pl_folder *folder)
{
    const struct pl_wanted wanted = {wants, NULL};
    struct pl_item item;
    visit_bag(&s->reader, &folder->props);
    if (folder->is_search || pl_session_open_folder(s, folder->key) <= PL_LOST)
        return;
    for (;;) {
        enum pl_status status = pl_session_next_item(s, &wanted, &item);
        if (status == PL_END || status == PL_STOP)
            return;
        if (status > PL_LOST)
            visit_item(&s->reader, &item, 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct pl_reader_options options = {.memory = 256 << 10, .recover = true, .serial = true};
    struct pl_report report = {0};
    struct pl_source source;
    struct pl_session session;
    struct pl_folder folder;
    pl_source_memory(&source, data, size);
    enum pl_status status = pl_session_over(&session, &source, &pl_pst_reader, &options, &report);
    while (status > PL_STOP && (status = pl_session_next_folder(&session, &folder)) != PL_END)
        if (status > PL_LOST)
            visit_folder(&session, &folder);
    pl_session_close(&session);
    return 0;
}

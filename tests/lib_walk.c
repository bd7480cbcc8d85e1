/* lib_walk.c - see lib_walk.h. */
#include "lib_walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "record.h"

#define STREAM_MOST ((uint64_t)8 << 20) /* of one stream; enough to meet every kind of block */

static void digest_bytes(struct walk *w, const void *data, size_t size)
{
    const uint8_t *p = data;
    for (size_t i = 0; i < size; i++)
        w->digest = (w->digest ^ p[i]) * 0x100000001b3ull;
}

static void digest_text(struct walk *w, const char *text) { digest_bytes(w, text, strlen(text) + 1); }

static void walk_stream(struct pl_session *s, const struct pl_stream *stream, struct walk *w)
{
    uint8_t buf[65536];
    uint64_t at = 0;
    while (at < stream->size && at < STREAM_MOST) {
        size_t got = 0;
        enum pl_status st = s->reader.ops->read(&s->reader, stream, at, buf, sizeof buf, &got);
        if (st <= PL_LOST || !got)
            break;
        digest_bytes(w, buf, got);
        at += got;
    }
    w->stream_bytes += at;
}

static void walk_bag(struct pl_session *s, const struct pl_bag *bag, struct walk *w)
{
    for (size_t i = 0; i < bag->count; i++) {
        const struct pl_prop *p = &bag->props[i];
        w->props++;
        digest_bytes(w, &p->tag, sizeof p->tag);
        digest_bytes(w, &p->pid, sizeof p->pid);
        for (uint32_t v = 0; v < p->count; v++) {
            enum pl_type type = pl_prop_type(p) & (unsigned)~PT_MULTI;
            digest_bytes(w, p->values[v].raw.data, p->values[v].raw.size);
            if (type == PT_UNICODE || type == PT_STRING8)
                digest_text(w, p->values[v].as.text);
        }
        if (p->stream.size)
            walk_stream(s, &p->stream, w);
    }
}

static void walk_item(struct pl_session *s, const struct pl_item *item, struct walk *w, int depth)
{
    digest_text(w, item->key);
    digest_text(w, item->message_class);
    walk_bag(s, &item->props, w);
    for (size_t i = 0; i < item->recipient_count; i++, w->recipients++)
        walk_bag(s, &item->recipients[i], w);
    for (size_t i = 0; i < item->attachment_count; i++, w->attachments++) {
        const struct pl_attachment *a = &item->attachments[i];
        walk_bag(s, &a->props, w);
        struct pl_item inner = {.message_class = ""};
        if (!a->embedded || depth == PL_DEPTH_MAX)
            continue;
        enum pl_status st = s->reader.ops->open_item(&s->reader, a->key, &inner);
        w->lost += st == PL_LOST;
        if (st > PL_LOST) {
            w->embedded++;
            walk_item(s, &inner, w, depth + 1);
        }
    }
}

struct wish {
    struct walk *walk;
    bool mail;
};

static bool wants(void *data, const char *message_class, bool associated)
{
    struct wish *wish = data;
    int kind = pl_kind_of_class(message_class);
    if (!associated && kind >= 0)
        wish->walk->kinds[kind]++;
    else if (!associated)
        wish->walk->mail++;
    return wish->mail || kind >= 0;
}

static void walk_folder(struct pl_session *s, const struct pl_folder *folder, bool mail, struct walk *w)
{
    struct wish wish = {w, mail};
    const struct pl_wanted wanted = {.wants = wants, .data = &wish};
    for (size_t i = 0; i < folder->depth; i++)
        digest_text(w, folder->path[i]);
    walk_bag(s, &folder->props, w);
    if (folder->is_search || pl_session_open_folder(s, folder->key) <= PL_LOST)
        return;
    for (;;) {
        struct pl_item item;
        enum pl_status st = pl_session_next_item(s, &wanted, &item);
        if (st == PL_END || st == PL_STOP)
            break;
        w->lost += st == PL_LOST;
        w->items += !item.associated;
        w->associated += item.associated;
        if (st > PL_LOST)
            walk_item(s, &item, w, 0);
    }
}

void walk_session(struct pl_session *s, bool mail, struct walk *w)
{
    *w = (struct walk){.digest = 0xcbf29ce484222325ull};
    struct pl_folder folder;
    for (;;) {
        w->end = pl_session_next_folder(s, &folder);
        if (w->end == PL_END || w->end == PL_STOP)
            return;
        w->lost += w->end == PL_LOST;
        if (w->end == PL_LOST)
            continue;
        w->folders++;
        digest_text(w, folder.key);
        walk_folder(s, &folder, mail, w);
    }
}

uint8_t *walk_load(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    struct stat st;
    if (!f)
        return NULL;
    uint8_t *data = fstat(fileno(f), &st) == 0 ? malloc((size_t)st.st_size + 1) : NULL;
    *size = data ? fread(data, 1, (size_t)st.st_size, f) : 0;
    fclose(f);
    return data;
}

static const char *folder_of(const char *variable, const char *otherwise)
{
    const char *path = getenv(variable);
    struct stat st;
    if (!path)
        path = otherwise;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? path : NULL;
}

const char *walk_corpus(void) { return folder_of("PIMLIFT_CORPUS", "../shared/corpus"); }
const char *walk_fixtures(void) { return folder_of("PIMLIFT_FIXTURES", "build/release/fixtures"); }

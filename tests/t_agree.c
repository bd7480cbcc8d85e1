/*
 * t_agree.c - two readers that share no code on the way to a property must agree.
 *
 * Every store of the corpus and every fixture is read by the own PST reader and by
 * libpff; folders, lists of items, properties, raw bytes, recipients, attachments and
 * embedded messages are compared. What libpff is known to do wrong is a row of the
 * table below, with the reason; every other difference fails the test.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib_walk.h"
#include "pff.h"
#include "pst/pst.h"

#define STREAM_MOST ((uint64_t)4 << 20)
#define SHOWN       4000u

/* An empty store or key fits all; a key fits as a prefix; a tag of 0 fits all. */
static const struct fault {
    const char *store, *what, *key;
    uint32_t tag;
    const char *reason;
} faults[] = {
    {"nosuchstore", "lost", "", 0, "a property of type 0x0000 costs libpff the whole item"},
};

struct pair {
    const char *store;
    struct pl_session own, other;
    struct pl_report own_report, other_report;
    unsigned items, props, wrong;
};

static void differ(struct pair *p, const char *what, const char *key, uint32_t tag)
{
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        const struct fault *f = &faults[i];
        if (strstr(p->store, f->store) && !strcmp(f->what, what) && !strncmp(key, f->key, strlen(f->key)) &&
            (!f->tag || f->tag == tag))
            return;
    }
    if (p->wrong++ < SHOWN)
        fprintf(stderr, "%s: %s: %s 0x%08x\n", p->store, what, key, tag);
}

static uint64_t stream_digest(struct pl_session *s, const struct pl_stream *stream)
{
    static uint8_t buf[65536];
    uint64_t digest = 0xcbf29ce484222325ull;
    for (uint64_t at = 0; at < stream->size && at < STREAM_MOST;) {
        size_t got = 0;
        if (s->reader.ops->read(&s->reader, stream, at, buf, sizeof buf, &got) <= PL_LOST || !got)
            return at;
        for (size_t i = 0; i < got; i++)
            digest = (digest ^ buf[i]) * 0x100000001b3ull;
        at += got;
    }
    return digest;
}

static bool same_values(const struct pl_prop *a, const struct pl_prop *b)
{
    unsigned type = pl_prop_type(a) & (unsigned)~PT_MULTI;
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        const struct pl_value *x = &a->values[i], *y = &b->values[i];
        if (x->raw.size != y->raw.size || (x->raw.size && memcmp(x->raw.data, y->raw.data, x->raw.size) != 0))
            return false;
        if ((type == PT_UNICODE || type == PT_STRING8) && strcmp(x->as.text, y->as.text) != 0)
            return false;
    }
    return true;
}

static const struct pl_prop *by_tag(const struct pl_bag *bag, uint32_t tag)
{
    for (size_t i = 0; i < bag->count; i++)
        if (bag->props[i].tag == tag)
            return &bag->props[i];
    return NULL;
}

static void compare_bags(struct pair *p, const char *key, const struct pl_bag *own, const struct pl_bag *other,
                         const char *extra)
{
    for (size_t i = 0; i < own->count; i++) {
        const struct pl_prop *a = &own->props[i], *b = by_tag(other, a->tag);
        p->props++;
        if (!b)
            differ(p, "missed", key, a->tag);
        else if (a->pid != b->pid)
            differ(p, "name", key, a->tag);
        else if (a->stream.size != b->stream.size)
            differ(p, "size", key, a->tag);
        else if (!same_values(a, b))
            differ(p, "value", key, a->tag);
        else if (a->stream.size && pl_prop_type(a) != PT_OBJECT &&
                 stream_digest(&p->own, &a->stream) != stream_digest(&p->other, &b->stream))
            differ(p, "stream", key, a->tag);
    }
    for (size_t i = 0; i < other->count; i++)
        if (!by_tag(own, other->props[i].tag))
            differ(p, extra, key, other->props[i].tag);
}

static void compare_items(struct pair *p, const char *key, int depth)
{
    struct pl_item a, b;
    enum pl_status sa, sb;
    if (depth) {
        sa = p->own.reader.ops->open_item(&p->own.reader, key, &a);
        sb = p->other.reader.ops->open_item(&p->other.reader, key, &b);
    } else {
        sa = pl_session_open_item(&p->own, key, &a);
        sb = pl_session_open_item(&p->other, key, &b);
    }
    p->items++;
    if (sa <= PL_LOST || sb <= PL_LOST) {
        if ((sa <= PL_LOST) != (sb <= PL_LOST))
            differ(p, sb <= PL_LOST ? "lost" : "lost by own", key, 0);
        return;
    }
    if (a.associated != b.associated || a.recovered != b.recovered || strcmp(a.key, b.key) != 0 || strcmp(a.message_class, b.message_class) != 0)
        differ(p, "head", key, 0);
    compare_bags(p, key, &a.props, &b.props, "extra");
    if (a.recipient_count != b.recipient_count)
        differ(p, "recipients", key, 0);
    for (size_t i = 0; i < a.recipient_count && i < b.recipient_count; i++)
        compare_bags(p, key, &a.recipients[i], &b.recipients[i], "extra cell");
    if (a.attachment_count != b.attachment_count)
        differ(p, "attachments", key, 0);
    for (size_t i = 0; i < a.attachment_count && i < b.attachment_count; i++) {
        const struct pl_attachment *x = &a.attachments[i], *y = &b.attachments[i];
        if (strcmp(x->key, y->key) != 0 || x->embedded != y->embedded)
            differ(p, "attachment", x->key, 0);
        compare_bags(p, x->key, &x->props, &y->props, "extra");
        if (x->embedded && y->embedded && depth < PL_DEPTH_MAX)
            compare_items(p, x->key, depth + 1);
    }
}

struct keys {
    char (*key)[PL_KEY_MAX];
    size_t count;
};

static void keys_add(struct keys *k, const char *key)
{
    if (!(k->count & (k->count - 1)))
        k->key = realloc(k->key, (k->count ? k->count * 2 : 1) * sizeof *k->key);
    cr_assert(k->key);
    memcpy(k->key[k->count++], key, PL_KEY_MAX);
}

static bool keys_have(const struct keys *k, const char *key)
{
    for (size_t i = 0; i < k->count; i++)
        if (!strcmp(k->key[i], key))
            return true;
    return false;
}

static bool all(void *data, const char *class, bool associated)
{
    (void)data;
    (void)class;
    (void)associated;
    return true;
}

static struct keys keys_of(struct pl_session *s, const char *folder)
{
    const struct pl_wanted wanted = {all, NULL};
    struct keys k = {0};
    if (pl_session_open_folder(s, folder) <= PL_LOST)
        return k;
    for (;;) {
        struct pl_item item;
        enum pl_status st = pl_session_next_item(s, &wanted, &item);
        if (st == PL_END || st == PL_STOP)
            return k;
        keys_add(&k, item.key);
    }
}

static void compare_folder(struct pair *p, const struct pl_folder *a, const struct pl_folder *b)
{
    if (strcmp(a->key, b->key) != 0 || a->depth != b->depth || a->role != b->role || a->scope != b->scope ||
        a->is_default != b->is_default || a->is_search != b->is_search)
        differ(p, "folder", a->key, 0);
    for (size_t i = 0; i < a->depth && i < b->depth; i++)
        if (strcmp(a->path[i], b->path[i]) != 0)
            differ(p, "path", a->key, 0);
    compare_bags(p, a->key, &a->props, &b->props, "extra");
    if (a->is_search)
        return;
    struct keys own = keys_of(&p->own, a->key), other = keys_of(&p->other, a->key);
    if (own.count != other.count)
        differ(p, "contents", a->key, 0);
    for (size_t i = 0; i < own.count; i++)
        if (!keys_have(&other, own.key[i]))
            differ(p, "not listed", own.key[i], 0);
        else if (own.count == other.count && strcmp(own.key[i], other.key[i]) != 0)
            differ(p, "order", own.key[i], 0);
    for (size_t i = 0; i < own.count; i++)
        compare_items(p, own.key[i], 0);
    free(own.key);
    free(other.key);
}

static void compare_stores(struct pair *p)
{
    for (;;) {
        struct pl_folder a, b;
        enum pl_status sa = pl_session_next_folder(&p->own, &a);
        enum pl_status sb = pl_session_next_folder(&p->other, &b);
        if (sa == PL_END || sb == PL_END || sa == PL_STOP || sb == PL_STOP) {
            if (sa != sb)
                differ(p, "folders", sa == PL_END || sa == PL_STOP ? "own ends first" : a.key, 0);
            return;
        }
        if (sa <= PL_LOST || sb <= PL_LOST) {
            if (sa != sb)
                differ(p, "folder lost", "", 0);
            continue;
        }
        compare_folder(p, &a, &b);
    }
}

static void agree_on(const char *folder, const char *name)
{
    static const struct pl_reader_ops *const readers[] = {&pl_pst_reader, &pl_pff_reader, NULL};
    const struct pl_reader_options options = {.memory = 4 << 20};
    static struct pair p;
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    p = (struct pair){.store = name};
    enum pl_status own = pl_session_open(&p.own, path, readers, "pst", &options, &p.own_report);
    enum pl_status other = pl_session_open(&p.other, path, readers, "pff", &options, &p.other_report);
    if ((own <= PL_LOST) != (other <= PL_LOST))
        differ(&p, "open", "", 0);
    else if (own > PL_LOST)
        compare_stores(&p);
    pl_session_close(&p.own);
    pl_session_close(&p.other);
    cr_expect_eq(p.wrong, 0u, "%s: %u differences in %u items with %u properties", name, p.wrong, p.items, p.props);
}

static int is_store(const struct dirent *e)
{
    const char *dot = strrchr(e->d_name, '.');
    return dot && (!strcmp(dot, ".pst") || !strcmp(dot, ".ost"));
}

static void agree_in(const char *folder)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_store, alphasort);
    for (int i = 0; i < count; i++) {
        agree_on(folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

Test(agree, on_real_stores)
{
    char folder[4096];
    if (!walk_corpus())
        cr_skip_test("no corpus");
    snprintf(folder, sizeof folder, "%s/pst", walk_corpus());
    agree_in(folder);
}

Test(agree, on_fixtures)
{
    if (!walk_fixtures())
        cr_skip_test("no fixtures");
    agree_in(walk_fixtures());
}

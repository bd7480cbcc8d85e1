/*
 * t_agree.c - two readers that share no code on the way to a property must agree.
 *
 * Every store of the corpus and every fixture is read by the own PST reader and by
 * libpff; folders, lists of items, properties, raw bytes, recipients, attachments and
 * embedded messages are compared, and so are the answers to keys and entry ids. What
 * libpff is known to do otherwise is a row of the table below, with the reason; every
 * other difference fails the test, and so does a row that no store shows any more.
 *
 * The own reader gives the rows of a contents table as they lie in it; libpff gives them
 * by their row index, a tree over node ids. So libpff's order must be the own one, sorted.
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
#define SHOWN       12u
#define NO_TAG      UINT32_MAX

/* The part of a tag below the mask must be that of the row. */
static const struct fault {
    const char *what;
    uint32_t tag, mask;
    const char *reason;
    bool made; /* to be seen in fixtures, not in real stores */
} faults[] = {
    {"lost", 0x00000000, 0x0000ffff, "libpff gives up an item with a property of type 0x0000", false},
    /* Cells of recipients whose existence bit is 0, [MS-PST] 2.3.4.4.1: libpff makes zeros of them. */
    {"zero cell", 0x0e0f000b, 0xffffffff, "PidTagResponsibility", false},
    {"zero cell", 0x0ff50003, 0xffffffff, "PidTagRowType", false},
    {"zero cell", 0x0ff90102, 0xffffffff, "PidTagRecordKey", false},
    {"zero cell", 0x0ffe0003, 0xffffffff, "PidTagObjectType", false},
    {"zero cell", 0x0fff0102, 0xffffffff, "PidTagEntryId", false},
    {"zero cell", 0x3002001e, 0xfffffffe, "PidTagAddressType", false},
    {"zero cell", 0x3003001e, 0xfffffffe, "PidTagEmailAddress", false},
    {"zero cell", 0x30050003, 0xffffffff, "PidTagDepth", false},
    {"zero cell", 0x300b0102, 0xffffffff, "PidTagSearchKey", false},
    {"zero cell", 0x36020003, 0xffffffff, "PidTagContentCount", false},
    {"zero cell", 0x36030003, 0xffffffff, "PidTagContentUnreadCount", false},
    {"zero cell", 0x39000003, 0xffffffff, "PidTagDisplayType", false},
    {"zero cell", 0x39050003, 0xffffffff, "PidTagDisplayTypeEx", false},
    {"zero cell", 0x39fe001e, 0xfffffffe, "PidTagSmtpAddress", true},
    {"zero cell", 0x39ff001e, 0xfffffffe, "PidTagAddressBookDisplayNamePrintable", false},
    {"zero cell", 0x3a40000b, 0xffffffff, "PidTagSendRichInfo", false},
    {"zero cell", 0x5ffb0040, 0xffffffff, "PidTagRecipientTrackStatusTime", false},
    {"zero cell", 0x5fff0003, 0xffffffff, "PidTagRecipientTrackStatus", false},
    {"zero cell", 0x66ca001f, 0xffffffff, "a string of one program's own", false},
};

static unsigned met[sizeof faults / sizeof faults[0]];

struct pair {
    const char *store;
    struct pl_session own, other;
    struct pl_report own_report, other_report;
    uint8_t record_key[16]; /* of the store, as libpff has it */
    unsigned items, props, wrong;
};

static void differ(struct pair *p, const char *what, const char *key, uint32_t tag)
{
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        if (!strcmp(faults[i].what, what) && (tag & faults[i].mask) == faults[i].tag) {
            met[i]++;
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

static bool is_integer(unsigned type)
{
    static const unsigned types[] = {PT_SHORT, PT_LONG, PT_CURRENCY, PT_ERROR, PT_BOOLEAN, PT_I8, PT_SYSTIME};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i] == type)
            return true;
    return false;
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
        bool text = type == PT_UNICODE || type == PT_STRING8;
        bool real = type == PT_FLOAT || type == PT_DOUBLE || type == PT_APPTIME;
        if (text && strcmp(x->as.text, y->as.text) != 0)
            return false;
        if (real && memcmp(&x->as.real, &y->as.real, sizeof x->as.real) != 0)
            return false;
        if (is_integer(type) && x->as.integer != y->as.integer)
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

static bool is_zero(const struct pl_prop *prop)
{
    bool zero = prop->count == 1 && !prop->stream.size;
    for (size_t i = 0; zero && i < prop->values[0].raw.size; i++)
        zero = !prop->values[0].raw.data[i];
    return zero;
}

/* The tag of a property without a type, or NO_TAG. */
static uint32_t untyped(const struct pl_bag *bag)
{
    for (size_t i = 0; i < bag->count; i++)
        if (!pl_prop_type(&bag->props[i]))
            return bag->props[i].tag;
    return NO_TAG;
}

static void compare_bags(struct pair *p, const char *key, const struct pl_bag *own, const struct pl_bag *other,
                         bool row)
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
            differ(p, row && is_zero(&other->props[i]) ? "zero cell" : "extra", key, other->props[i].tag);
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
            differ(p, sb <= PL_LOST ? "lost" : "lost by own", key, sb <= PL_LOST ? untyped(&a.props) : NO_TAG);
        return;
    }
    if (a.associated != b.associated || a.recovered != b.recovered || strcmp(a.key, b.key) != 0 ||
        strcmp(a.message_class, b.message_class) != 0)
        differ(p, "head", key, NO_TAG);
    compare_bags(p, key, &a.props, &b.props, false);
    if (a.recipient_count != b.recipient_count)
        differ(p, "recipients", key, NO_TAG);
    for (size_t i = 0; i < a.recipient_count && i < b.recipient_count; i++)
        compare_bags(p, key, &a.recipients[i], &b.recipients[i], true);
    if (a.attachment_count != b.attachment_count)
        differ(p, "attachments", key, NO_TAG);
    for (size_t i = 0; i < a.attachment_count && i < b.attachment_count; i++) {
        const struct pl_attachment *x = &a.attachments[i], *y = &b.attachments[i];
        if (strcmp(x->key, y->key) != 0 || x->embedded != y->embedded)
            differ(p, "attachment", x->key, NO_TAG);
        compare_bags(p, x->key, &x->props, &y->props, false);
        if (x->embedded && y->embedded && depth < PL_DEPTH_MAX)
            compare_items(p, x->key, depth + 1);
    }
}

/* Both say the same of a key, and what is not there is no fault. */
static void compare_key(struct pair *p, const char *key, const char *found)
{
    struct pl_item a, b;
    uint64_t losses = p->own_report.losses + p->other_report.losses;
    enum pl_status sa = pl_session_open_item(&p->own, key, &a);
    enum pl_status sb = pl_session_open_item(&p->other, key, &b);
    if (!found && (sa != PL_END || sb != PL_END || losses != p->own_report.losses + p->other_report.losses))
        differ(p, "found", key, NO_TAG);
    else if (found && sa > PL_LOST && (sa == PL_END || strcmp(a.key, found) != 0))
        differ(p, "entry id", key, NO_TAG);
    else if (found && sb > PL_LOST && (sb == PL_END || strcmp(b.key, found) != 0))
        differ(p, "entry id of other", key, NO_TAG);
}

/* Entry ids of a store: flags, its record key, the node id. [MS-PST] 2.4.3.2 */
static void compare_entry(struct pair *p, const char *key)
{
    unsigned long nid = strtoul(key, NULL, 16);
    char text[PL_KEY_MAX], foreign[PL_KEY_MAX];
    int at = snprintf(text, sizeof text, "eid:00000000");
    for (size_t i = 0; i < sizeof p->record_key; i++)
        at += snprintf(text + at, 3, "%02x", p->record_key[i]);
    for (int i = 0; i < 4; i++)
        at += snprintf(text + at, 3, "%02x", (unsigned)(nid >> 8 * i & 0xff));
    memcpy(foreign, text, sizeof foreign);
    foreign[12] = foreign[12] == '0' ? '1' : '0';
    compare_key(p, text, key);
    compare_key(p, foreign, NULL);
}

struct listed {
    char key[PL_KEY_MAX];
    bool associated;
};

struct keys {
    struct listed *list;
    size_t count;
};

static void keys_add(struct keys *k, const struct pl_item *item)
{
    if (!(k->count & (k->count - 1)))
        k->list = realloc(k->list, (k->count ? k->count * 2 : 1) * sizeof *k->list);
    cr_assert(k->list);
    struct listed *l = &k->list[k->count++];
    memcpy(l->key, item->key, sizeof l->key);
    l->associated = item->associated;
}

static int by_number(const void *a, const void *b)
{
    const struct listed *x = a, *y = b;
    unsigned long p = strtoul(x->key, NULL, 16), q = strtoul(y->key, NULL, 16);
    return x->associated != y->associated ? (x->associated ? 1 : -1) : p < q ? -1 : p > q;
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
    const struct pl_wanted wanted = {.wants = all};
    struct keys k = {0};
    if (pl_session_open_folder(s, folder) <= PL_LOST)
        return k;
    for (;;) {
        struct pl_item item;
        enum pl_status st = pl_session_next_item(s, &wanted, &item);
        if (st == PL_END || st == PL_STOP)
            return k;
        keys_add(&k, &item);
    }
}

static void compare_contents(struct pair *p, const char *folder)
{
    struct keys own = keys_of(&p->own, folder), other = keys_of(&p->other, folder);
    for (size_t i = 0; i < own.count; i++)
        compare_items(p, own.list[i].key, 0);
    if (own.count)
        compare_entry(p, own.list[0].key);
    if (own.count)
        qsort(own.list, own.count, sizeof *own.list, by_number);
    if (own.count != other.count)
        differ(p, "contents", folder, NO_TAG);
    for (size_t i = 0; i < own.count && i < other.count; i++)
        if (by_number(&own.list[i], &other.list[i]) != 0) {
            differ(p, "order", own.list[i].key, NO_TAG);
            break;
        }
    free(own.list);
    free(other.list);
}

static void compare_folder(struct pair *p, const struct pl_folder *a, const struct pl_folder *b)
{
    if (strcmp(a->key, b->key) != 0 || a->depth != b->depth || a->role != b->role || a->scope != b->scope ||
        a->is_default != b->is_default || a->is_search != b->is_search)
        differ(p, "folder", a->key, NO_TAG);
    for (size_t i = 0; i < a->depth && i < b->depth; i++)
        if (strcmp(a->path[i], b->path[i]) != 0)
            differ(p, "path", a->key, NO_TAG);
    compare_bags(p, a->key, &a->props, &b->props, true);
    if (a->is_search)
        return;
    compare_contents(p, a->key);
}

static void compare_keys(struct pair *p)
{
    static const char *const absent[] = {"0x1ffff4", "0x1ffff4/0x25", "nothing", "",
                                         "0x",       "eid:",          "eid:00",  "0x21/0x25"};
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
        compare_key(p, absent[i], NULL);
}

/* The node of the store's own properties opens like a message: [MS-PST] 2.4.3 */
static void record_key_take(struct pair *p)
{
    struct pl_item store;
    struct pl_bytes key;
    if (pl_session_open_item(&p->other, "0x21", &store) > PL_LOST &&
        pl_bag_bytes(&store.props, PidTagRecordKey, &key) && key.size == sizeof p->record_key)
        memcpy(p->record_key, key.data, key.size);
    else
        differ(p, "record key", "0x21", NO_TAG);
}

static void compare_stores(struct pair *p)
{
    if (strcmp(p->own.reader.store.owner.name, p->other.reader.store.owner.name) != 0)
        differ(p, "store name", "", NO_TAG);
    if (p->own.reader.store.codepage != p->other.reader.store.codepage)
        differ(p, "code page", "", NO_TAG);
    if (strcmp(p->own.reader.store.kind, p->other.reader.store.kind) != 0)
        differ(p, "kind", "", NO_TAG);
    record_key_take(p);
    compare_keys(p);
    for (;;) {
        struct pl_folder a, b;
        enum pl_status sa = pl_session_next_folder(&p->own, &a);
        enum pl_status sb = pl_session_next_folder(&p->other, &b);
        if (sa == PL_END || sb == PL_END || sa == PL_STOP || sb == PL_STOP) {
            if (sa != sb)
                differ(p, "folders", sa == PL_END || sa == PL_STOP ? "own ends first" : a.key, NO_TAG);
            return;
        }
        if (sa <= PL_LOST || sb <= PL_LOST) {
            if (sa != sb)
                differ(p, "folder lost", "", NO_TAG);
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
        differ(&p, "open", "", NO_TAG);
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

static void expect_met(bool made)
{
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        cr_expect(met[i] || faults[i].made != made, "%s 0x%08x is in no store any more: %s", faults[i].what,
                  faults[i].tag, faults[i].reason);
}

Test(agree, on_real_stores)
{
    char folder[4096];
    if (!walk_corpus())
        cr_skip_test("no corpus");
    snprintf(folder, sizeof folder, "%s/pst", walk_corpus());
    agree_in(folder);
    expect_met(false);
}

Test(agree, on_fixtures)
{
    if (!walk_fixtures())
        cr_skip_test("no fixtures");
    agree_in(walk_fixtures());
    expect_met(true);
}

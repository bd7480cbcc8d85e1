/*
 * session.c - opens a store and keeps its lifetimes apart.
 *
 * Layer: core, above source, arena and the reader contract; below convert and the
 * verbs. Recognised but unsupported files are told apart here by their first bytes,
 * so that the one line people get says what to do.
 */
#include "session.h"

#include <stdlib.h>
#include <string.h>

#include "whole.h"

#define READINGS     4u                 /* of a recovered item: is it whole, is it a twin, in two formats */
#define ITEM_LIMIT   ((size_t)24 << 20) /* a million small properties, or hostile input */
#define FOLDER_LIMIT ((size_t)8 << 20)
#define STORE_LIMIT  ((size_t)64 << 20)

/* Files that people mistake for a store, by their signature. */
static const struct lookalike {
    size_t offset;
    const char *magic;
    size_t size;
    const char *advice;
} lookalikes[] = {
    {0, "TAPE", 4,
     "an NTBackup file (.bkf): restore it first and give the .edb or .pst file in it; files by ntbackup or "
     "mtftar, an Information Store through a running Exchange: docs/cookbook/dirty.md"},
    {0, "PK\003\004", 4, "a ZIP archive: unpack it and give the store in it"},
    {0, "\037\213", 2, "a gzip file: unpack it with gunzip and give the store in it"},
    {0, "\320\317\021\340\241\261\032\341", 8, "an OLE file (.msg or an Office document), not a store"},
    {4, "\357\315\253\211", 4, "the first bytes of an ESE database (.edb): the file was cut off"},
};

static enum pl_status refuse(struct pl_session *s)
{
    uint8_t head[64];
    size_t got = 0;
    if (pl_source_read(&s->source, 0, head, sizeof head, &got) != PL_OK)
        return pl_report(s->reader.report, PL_STOP, "source.read", NULL, 0, "cannot be read: %s",
                         strerror(s->source.error));
    if (!got)
        return pl_report(s->reader.report, PL_STOP, "source.empty", NULL, PL_NO_OFFSET,
                         "the file is empty: give a PST, OST, PAB or EDB file");
    for (size_t i = 0; i < sizeof lookalikes / sizeof lookalikes[0]; i++) {
        const struct lookalike *l = &lookalikes[i];
        if (got >= l->offset + l->size && !memcmp(head + l->offset, l->magic, l->size))
            return pl_report(s->reader.report, PL_STOP, "source.kind", NULL, 0, "%s", l->advice);
    }
    return pl_report(s->reader.report, PL_STOP, "source.unknown", NULL, 0,
                     "not a store that pimlift knows: give a PST, OST, PAB or EDB file (see `pimlift formats`)");
}

static const struct pl_reader_ops *choose(struct pl_source *source, const struct pl_reader_ops *const *readers)
{
    const struct pl_reader_ops *best = NULL;
    int most = 0;
    for (; *readers; readers++) {
        int bits = (*readers)->probe(source);
        if (bits > most) {
            most = bits;
            best = *readers;
        }
    }
    return best;
}

const struct pl_reader_ops *pl_session_reader(const char *path, const struct pl_reader_ops *const *readers)
{
    struct pl_source source;
    const char *why;
    if (pl_source_open(&source, path, &why) != PL_OK)
        return NULL;
    const struct pl_reader_ops *ops = choose(&source, readers);
    pl_source_close(&source);
    return ops;
}

static const struct pl_reader_ops *by_name(const struct pl_reader_ops *const *readers, const char *name)
{
    for (; *readers; readers++)
        if (!strcmp((*readers)->name, name))
            return *readers;
    return NULL;
}

static void lifetimes_init(struct pl_session *s, const struct pl_reader_options *options, struct pl_report *report)
{
    *s = (struct pl_session){.reader = {.options = *options, .report = report}};
    pl_arena_init(&s->store_arena, STORE_LIMIT);
    pl_arena_init(&s->folder_arena, FOLDER_LIMIT);
    pl_arena_init(&s->item_arena, ITEM_LIMIT);
}

static void reader_place(struct pl_session *s)
{
    struct pl_reader *r = &s->reader;
    r->source = &s->source;
    r->store_arena = &s->store_arena;
    r->folder_arena = &s->folder_arena;
    r->item_arena = &s->item_arena;
    r->work = &s->work;
}

static enum pl_status reader_open(struct pl_session *s, const struct pl_reader_ops *ops)
{
    struct pl_reader *r = &s->reader;
    r->ops = ops;
    reader_place(s);
    pl_work_init(&s->work, s->source.size, r->options.recover ? READINGS : 1);
    r->store = (struct pl_store){.kind = "", .owner = {.name = "", .smtp = "", .dn = ""}};
    r->state = calloc(1, ops->state_size ? ops->state_size : 1);
    if (!r->state)
        return pl_report(r->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
    s->reader_open = true;
    return ops->open(r);
}

enum pl_status pl_session_open(struct pl_session *s, const char *path, const struct pl_reader_ops *const *readers,
                               const char *name, const struct pl_reader_options *options, struct pl_report *report)
{
    lifetimes_init(s, options, report);
    const char *why = NULL;
    if (pl_source_open(&s->source, path, &why) != PL_OK)
        return pl_report(report, PL_STOP, "source.open", NULL, PL_NO_OFFSET, "%s", why);
    s->source_open = true;
    const struct pl_reader_ops *ops = name ? by_name(readers, name) : choose(&s->source, readers);
    if (!name && s->source.error) { /* who could not read is no worse for it: all are asked once more */
        s->source.error = 0;
        ops = choose(&s->source, readers);
    }
    if (name && !ops)
        return pl_report(report, PL_STOP, "reader.unknown", NULL, PL_NO_OFFSET,
                         "no reader is called '%s': see `pimlift formats`", name);
    if (!ops || !ops->probe(&s->source))
        return refuse(s);
    return reader_open(s, ops);
}

enum pl_status pl_session_over(struct pl_session *s, const struct pl_source *source,
                               const struct pl_reader_ops *ops, const struct pl_reader_options *options,
                               struct pl_report *report)
{
    lifetimes_init(s, options, report);
    s->source = *source;
    s->source_open = true;
    return ops->probe(&s->source) ? reader_open(s, ops) : refuse(s);
}

bool pl_session_carry(struct pl_session *s, const struct pl_session *from, const struct pl_reader_options *options,
                      struct pl_report *report)
{
    if (!from->reader.ops->moved)
        return false;
    *s = *from;
    s->source.bytes_read = s->source.reads = 0;
    s->reader.options = *options;
    s->reader.report = report;
    reader_place(s);
    s->reader.ops->moved(&s->reader);
    return true;
}

void pl_session_close(struct pl_session *s)
{
    if (s->reader_open)
        s->reader.ops->close(&s->reader);
    free(s->reader.state);
    if (s->source_open)
        pl_source_close(&s->source);
    pl_arena_release(&s->item_arena);
    pl_arena_release(&s->folder_arena);
    pl_arena_release(&s->store_arena);
    s->reader.state = NULL;
    s->reader_open = s->source_open = false;
}

enum pl_status pl_session_next_folder(struct pl_session *s, struct pl_folder *out)
{
    pl_arena_reset(&s->item_arena);
    pl_arena_reset(&s->folder_arena);
    pl_work_rest(&s->work);
    *out = (struct pl_folder){.container_class = ""};
    enum pl_status st = s->reader.ops->next_folder(&s->reader, out);
    if (!out->mailbox)
        out->mailbox = &s->reader.store.owner;
    s->stated = out->item_count + out->associated_count;
    return st;
}

enum pl_status pl_session_open_folder(struct pl_session *s, const char *key)
{
    pl_arena_reset(&s->item_arena);
    pl_work_rest(&s->work);
    return s->reader.ops->open_folder(&s->reader, key);
}

enum pl_status pl_session_open_part(struct pl_session *s, const char *key, const struct pl_part *part)
{
    const struct pl_work_sum before = s->work.done;
    pl_arena_reset(&s->item_arena);
    pl_work_rest(&s->work);
    enum pl_status st = s->reader.ops->open_part(&s->reader, key, part);
    if (part->kind == PL_PART_ROWS && part->from)
        pl_work_again(&s->work, before);
    return st;
}

/* An item whose class can't be read is what its properties tell; without these it keeps none. Meeting requests,
 * which have the times of an appointment too, are told apart by their type: [MS-OXOCAL] 2.2.6.5 */
static enum pl_status class_settle(struct pl_session *s, enum pl_status st, struct pl_item *item)
{
    static const struct {
        enum pl_pid pid;
        const char *message_class;
    } rows[] = {{PidLidMeetingType, NULL},
                {PidLidAppointmentStartWhole, "IPM.Appointment"},
                {PidLidTaskStatus, "IPM.Task"},
                {PidLidFileUnder, "IPM.Contact"}};
    if (st <= PL_LOST || st == PL_END || *item->message_class)
        return st;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!pl_bag_find(&item->props, rows[i].pid))
            continue;
        if (!rows[i].message_class)
            return st;
        item->message_class = rows[i].message_class;
        return pl_report(s->reader.report, PL_WARN, "item.class", item->key, item->offset,
                         "its class can't be read; by its properties it is an %s", rows[i].message_class);
    }
    return st;
}

/* What a reader delivered. Who wants no attachments does not ask either how far it can be trusted. */
static enum pl_status item_settle(struct pl_session *s, enum pl_status st, bool people_only, struct pl_item *item)
{
    st = class_settle(s, st, item);
    if (st > PL_LOST && st != PL_END)
        (void)pl_whole_names(&s->reader, &item->props);
    if (item->confidence && st != PL_END && st != PL_STOP && !people_only)
        item->confidence = pl_whole_confidence(&s->reader, st, item);
    return st;
}

enum pl_status pl_session_next_item(struct pl_session *s, const struct pl_wanted *wanted, struct pl_item *out)
{
    pl_arena_reset(&s->item_arena);
    *out = (struct pl_item){.message_class = ""};
    if (pl_work_is_over(&s->work) && s->stated)
        return pl_work_complain(&s->work, s->reader.report, NULL);
    pl_work_item(&s->work);
    return item_settle(s, s->reader.ops->next_item(&s->reader, wanted, out), wanted->people_only, out);
}

enum pl_status pl_session_open_item(struct pl_session *s, const char *key, struct pl_item *out)
{
    pl_arena_reset(&s->item_arena);
    *out = (struct pl_item){.message_class = ""};
    pl_work_item(&s->work);
    return item_settle(s, s->reader.ops->open_item(&s->reader, key, out), false, out);
}

static const char *local_part(struct pl_arena *a, const char *address)
{
    const char *at = strrchr(address, '@');
    return at && at > address && at[1] ? pl_arena_printf(a, "%.*s", (int)(at - address), address) : NULL;
}

static const char *stem(struct pl_arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    int size = (int)(dot && dot > name ? (size_t)(dot - name) : strlen(name));
    return pl_arena_printf(a, "%.*s", size, name);
}

const char *pl_session_owner(struct pl_session *s, const struct pl_mailbox *mailbox)
{
    struct pl_arena *a = &s->store_arena;
    if (mailbox->is_public)
        return "public";
    const char *name = local_part(a, mailbox->smtp);
    if (name)
        return name;
    const char *equals = strrchr(mailbox->dn, '=');
    if (equals && equals[1])
        return pl_arena_strdup(a, equals + 1);
    if (!strpbrk(mailbox->name, " \t/\\"))
        name = local_part(a, mailbox->name);
    if (name)
        return name;
    if (mailbox != &s->reader.store.owner && *mailbox->name)
        return pl_arena_strdup(a, mailbox->name);
    return stem(a, s->source.path ? s->source.path : "store");
}

const char *pl_session_path(struct pl_session *s, const struct pl_folder *folder)
{
    const char *path = folder->depth ? folder->path[0] : "/";
    for (size_t i = 1; i < folder->depth && path; i++)
        path = pl_arena_printf(&s->folder_arena, "%s/%s", path, folder->path[i]);
    return path;
}

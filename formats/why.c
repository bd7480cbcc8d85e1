/*
 * why.c - see why.h.
 *
 * Layer: formats. Each variant is written into the scratch folder, in place of the one before, and read back. What
 * of a property counts is asked without it, and with other values (why_other.c), because of several that say the
 * same each could stand in for another; what any of these changes is united. A recipient or an attachment counts as
 * one part.
 */
#include "why.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "fdio.h"
#include "objects.h"
#include "people.h"
#include "record.h"
#include "session.h"
#include "sink.h"
#include "sums.h"
#include "text.h"
#include "why_other.h"
#include "zones.h"

#define ARENA_MOST  ((size_t)256 << 20)
#define OBJECT_MOST ((uint64_t)4 << 20)
#define LINES_MOST  2000u /* what follows is not asked about */
#define MEMORY      ((size_t)16 << 20)
#define SCRATCH     1 /* number of the output */
/* so much is written to try the words of one blob */
#define VARIANTS_BYTES ((uint64_t)16 << 20)

struct lines {
    const char **list;
    size_t count;
};

/* What became of the item, or of a variant of it. */
struct variant {
    uint64_t number; /* of its file in the scratch folder */
    uint64_t size;
    uint8_t sha256[32];
    bool uid_differs;    /* mapped, it has another UID than the object */
    const uint8_t *used; /* of the record; in the arena of variants */
    struct lines lines;
};

struct asking {
    const struct pl_why_request *request;
    struct pl_why why;
    struct pl_session session;
    struct pl_mapping mapping;
    struct pl_folder folder;
    struct pl_item item;
    struct pl_arena arena, variant; /* variant: of one mapping */
    struct pl_output *output;
    uint64_t number; /* of the object that was written last */
    size_t words;    /* of a blob that are tried */
    struct pl_writer writer;
    struct pl_report silent;
    struct pl_why_part *parts;
    const struct pl_writer_ops *ops;
    struct lines base;
    bool *made;
    bool failed;
};

/* --- the store --------------------------------------------------------------------- */

static bool same_mailbox(struct asking *a, const struct pl_folder *folder)
{
    const struct pl_mailbox *mailbox = folder->mailbox ? folder->mailbox : &a->session.reader.store.owner;
    const char *name = pl_session_owner(&a->session, mailbox), *owner = a->why.row->owner;
    size_t size = name ? strlen(name) : 0;
    if (!name || strncasecmp(owner, name, size) != 0)
        return false;
    size_t digits = owner[size] == '-' ? strspn(owner + size + 1, "0123456789") : 0; /* "anna-2" is another anna */
    return !owner[size] || (digits && !owner[size + 1 + digits]);
}

/* The folder that the item was in; a walk, because only that tells whose it is. */
static bool folder_find(struct asking *a)
{
    for (;;) {
        enum pl_status st = pl_session_next_folder(&a->session, &a->folder);
        if (st == PL_END || st == PL_STOP)
            return false;
        const char *path = st > PL_LOST ? pl_session_path(&a->session, &a->folder) : NULL;
        if (path && !strcmp(path, a->why.row->folder) && same_mailbox(a, &a->folder))
            return true;
    }
}

static bool store_open(struct asking *a)
{
    const struct pl_convert_options *o = &a->request->made_with->options;
    const struct pl_reader_options options = {
        .memory = MEMORY, .codepage = o->codepage, .edb_profile = o->edb_profile, .recover = o->recover};
    const struct pl_row *row = a->why.row;
    if (pl_session_open(&a->session, row->store, a->request->readers, o->reader, &options, a->request->report) <=
        PL_LOST)
        return false;
    a->why.reader = &a->session.reader;
    a->why.kind = a->session.reader.store.kind;
    bool there = row->key && folder_find(a) && pl_session_open_folder(&a->session, a->folder.key) > PL_LOST;
    enum pl_status st = there ? pl_session_open_item(&a->session, row->key, &a->item) : PL_END;
    if (st != PL_END && st > PL_LOST)
        a->why.item = &a->item;
    return true;
}

static void mapping_open(struct asking *a)
{
    const struct pl_convert_options *o = &a->request->made_with->options;
    struct pl_reader *reader = &a->session.reader;
    char ledger[PATH_MAX];
    const char *why;
    int n = snprintf(ledger, sizeof ledger, "%s/ledger.db", a->request->dir);
    a->mapping = (struct pl_mapping){
        .arena = &a->variant,
        .report = &a->silent,
        .reader = reader,
        .mailbox = a->folder.mailbox ? a->folder.mailbox : &reader->store.owner,
        .default_zone = o->default_tz ? pl_zone_of_name(o->default_tz) : NULL,
        .text = pl_text_new(),
        .codepage = o->codepage ? o->codepage : reader->store.codepage,
        .people = n > 0 && n < PATH_MAX ? pl_people_open(ledger, &why) : NULL,
        .learned = o->learn,
        .place = pl_place_kind(&a->folder),
    };
}

/* --- parts ------------------------------------------------------------------------------ */

static void part_add(struct asking *a, const char *name, const struct pl_prop *prop)
{
    if (!name)
        a->failed = true;
    else if (a->why.part_count < PL_WHY_PARTS)
        a->parts[a->why.part_count++] = (struct pl_why_part){.name = name, .prop = prop};
}

static void parts_list(struct asking *a, const uint8_t *used)
{
    const struct pl_item *item = &a->item;
    a->parts = pl_arena_zalloc(&a->arena, PL_WHY_PARTS, sizeof *a->parts);
    a->failed |= !a->parts;
    for (size_t i = 0; i < item->props.count && !a->failed; i++) {
        const struct pl_prop *p = &item->props.props[i];
        if (p->pid != PID_NONE && (!used || used[p->pid]))
            part_add(a, pl_pid_name((enum pl_pid)p->pid), p);
    }
    for (size_t i = 0; i < item->recipient_count && !a->failed; i++)
        part_add(a, pl_arena_printf(&a->arena, "recipient %zu", i + 1), NULL);
    for (size_t i = 0; i < item->attachment_count && !a->failed; i++)
        part_add(a, pl_arena_printf(&a->arena, "attachment %zu", i + 1), NULL);
    a->why.parts = a->parts;
}

static const void *without(struct pl_arena *arena, const void *list, size_t count, size_t size, size_t out)
{
    char *all = pl_arena_alloc(arena, count * size + 1);
    if (!all)
        return NULL;
    memcpy(all, list, out * size);
    memcpy(all + out * size, (const char *)list + (out + 1) * size, (count - out - 1) * size);
    return all;
}

/* The item without a part; its bags are new where they differ. false: no memory. */
static bool item_without(struct asking *a, size_t part, struct pl_item *out)
{
    const struct pl_why_part *p = &a->parts[part];
    size_t i = 0;
    *out = a->item;
    if (p->prop) {
        i = (size_t)(p->prop - a->item.props.props);
        out->props.props =
            (struct pl_prop *)without(&a->variant, a->item.props.props, a->item.props.count, sizeof *p->prop, i);
        out->props.count--;
        out->props.index = NULL;
        return out->props.props && pl_bag_index(&out->props, &a->variant);
    }
    if (sscanf(p->name, "recipient %zu", &i) == 1) {
        out->recipients =
            without(&a->variant, out->recipients, out->recipient_count, sizeof *out->recipients, i - 1);
        out->recipient_count--;
        return out->recipients != NULL;
    }
    if (sscanf(p->name, "attachment %zu", &i) != 1)
        return false;
    out->attachments =
        without(&a->variant, out->attachments, out->attachment_count, sizeof *out->attachments, i - 1);
    out->attachment_count--;
    return out->attachments != NULL;
}

/* The item with that one of the other values of a property. false: no memory. */
static bool item_with_other(struct asking *a, const struct pl_prop *p, size_t which, struct pl_item *out)
{
    *out = a->item;
    struct pl_prop *props =
        pl_arena_dup(&a->variant, a->item.props.props, a->item.props.count * sizeof *a->item.props.props);
    struct pl_value *value = pl_arena_dup(&a->variant, p->values, sizeof *p->values);
    if (!props || !value || !pl_other_value(&a->variant, p, a->words, which, value))
        return false;
    props[p - a->item.props.props].values = value;
    out->props.props = props;
    if (p->pid == PidTagMessageClass)
        out->message_class = value->as.text;
    return true;
}

/* --- writing ------------------------------------------------------------------------------ */

static const struct pl_writer_ops *writer_of(struct asking *a)
{
    const char *file = a->why.row->file, *dot = file ? strrchr(file, '.') : NULL;
    bool known = dot && (!strcmp(dot, ".ics") || !strcmp(dot, ".vcf"));
    for (size_t i = 0; known && a->request->writers[i]; i++)
        if (!strcmp(a->request->writers[i]->name, dot + 1))
            return a->request->writers[i];
    return NULL;
}

static void file_drop(struct asking *a, uint64_t number)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/%s", a->request->scratch, pl_scratch_name(SCRATCH, number).text);
    if (number && n > 0 && n < PATH_MAX)
        unlink(path);
}

/* Of its files only the object is looked at. Paths are OWNER/TREE/... */
static void file_handed(void *data, const struct pl_file *file, uint64_t number)
{
    static const char attachments[] = "attachments/";
    struct asking *a = data;
    const char *tree = strchr(file->path, '/');
    if (!number)
        return;
    if (tree && !strncmp(tree + 1, attachments, sizeof attachments - 1))
        file_drop(a, number);
    else
        a->number = number;
}

/* A new one for each variant: names of files, of attachments too, begin anew. It is a scratch output, because
 * hundreds of files that are read once need not get to the disk. */
static bool writer_open(struct asking *a)
{
    const struct pl_writer_ops *ops = a->ops;
    a->number = 0;
    if (pl_output_scratch(a->request->scratch, SCRATCH, file_handed, a, &a->output) != PL_OK)
        return false;
    a->writer = (struct pl_writer){.ops = ops,
                                   .output = a->output,
                                   .report = &a->silent,
                                   .options = a->request->made_with->options.writer,
                                   .reader = &a->session.reader,
                                   .state = calloc(1, ops->state_size + 1)};
    return a->writer.state && ops->begin(&a->writer, a->why.row->owner, &a->folder) > PL_LOST;
}

static void writer_close(struct asking *a)
{
    if (a->writer.state)
        a->ops->close(&a->writer);
    free(a->writer.state);
    a->writer.state = NULL;
    pl_output_close(a->output);
    a->output = NULL;
}

/* Maps and writes a variant under the UID of the object. PL_LOST: it makes no object; PL_STOP: that can't be told.
 */
static enum pl_status variant_put(struct asking *a, const struct pl_item *item, struct variant *v)
{
    struct pl_record record = {0};
    struct pl_written written = {0};
    a->silent.fault = NULL;
    enum pl_status st = pl_map_item(&a->mapping, item, &record);
    if (st == PL_STOP || (st == PL_LOST && a->silent.fault && !strcmp(a->silent.fault, "map.memory")))
        return PL_STOP; /* or people could not be asked: the object itself had room enough */
    if (st == PL_LOST || record.idle)
        return PL_LOST;
    v->used = record.used;
    v->uid_differs =
        !record.uid || strncmp(record.uid, a->why.row->uid, strlen(record.uid)) != 0; /* or an ordinal */
    record.uid = a->why.row->uid;
    st = writer_open(a) ? a->ops->put(&a->writer, &record, &written) : PL_STOP;
    if (st > PL_LOST && !written.file)
        st = PL_LOST;
    if (st > PL_LOST) {
        memcpy(v->sha256, written.sha256, sizeof v->sha256);
        st = a->ops->end(&a->writer, PL_EXTENT_FOLDER) > PL_LOST ? PL_OK : PL_STOP;
        v->number = a->number;
    }
    writer_close(a);
    return st;
}

/* --- reading back ---------------------------------------------------------------------------- */

/* Unfolded, without their ends. */
static struct lines lines_of(struct pl_arena *arena, char *text)
{
    struct lines l = {pl_arena_zalloc(arena, LINES_MOST, sizeof *l.list), 0};
    char *to = text;
    const char *from = text;
    if (!l.list)
        return l;
    for (const char *start = to; *from;) {
        if (from[0] == '\r' && from[1] == '\n' && (from[2] == ' ' || from[2] == '\t')) {
            from += 3;
        } else if (from[0] == '\r' && from[1] == '\n') {
            from += 2;
            *to++ = '\0';
            if (l.count < LINES_MOST)
                l.list[l.count++] = start;
            start = to;
        } else {
            *to++ = *from++;
        }
    }
    return l;
}

static bool is_uid(const char *line) { return !strncmp(line, "UID", 3) && (line[3] == ':' || line[3] == ';'); }

/* The lines of one component of an object: a series and its exceptions have the same lines. */
struct range {
    size_t begin, end;
};

static struct range component(const struct lines *l, size_t begin)
{
    struct range r = {begin, begin};
    while (r.end < l->count && (r.end == begin || strcmp(l->list[r.end], l->list[0]) != 0))
        r.end++;
    return r;
}

/* It mostly is about where it was. */
static bool has_line(const struct lines *l, struct range in, size_t about, const char *line)
{
    size_t count = in.end - in.begin;
    for (size_t i = 0; i < count; i++)
        if (!strcmp(l->list[in.begin + (about + i) % count], line))
            return true;
    return false;
}

/* Does it have other lines? */
static bool variant_compare(struct asking *a, size_t part, const struct variant *v)
{
    bool differs = false;
    const struct lines *base = &a->base, *l = &v->lines;
    struct range then = component(base, 0), now = component(l, 0);
    for (size_t i = 0; i < base->count; i++) {
        const char *line = base->list[i];
        if (i == then.end) {
            then = component(base, i);
            now = component(l, now.end);
        }
        if (is_uid(line) ? !v->uid_differs : has_line(l, now, i - then.begin, line))
            continue;
        bool *made = &a->made[i * a->why.part_count + part];
        a->parts[part].lines += !*made;
        *made = differs = true;
    }
    return differs;
}

static void object_take(void *data, const struct pl_object *object) { *(struct pl_object *)data = *object; }

static bool lines_read(struct asking *a, struct pl_arena *arena, struct variant *v)
{
    struct pl_object object = {0};
    int root = open(a->request->scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = root >= 0 ? pl_sums_open(root, pl_scratch_name(SCRATCH, v->number).text) : -1;
    bool vcard = !strcmp(a->ops->name, "vcf"), read = false;
    if (fd >= 0 && pl_objects_read(fd, vcard, object_take, &object) == PL_OK && object.size <= OBJECT_MOST) {
        char *text = pl_arena_zalloc(arena, (size_t)object.size + 1, 1);
        read = text && pl_fd_read(fd, text, (size_t)object.size, (off_t)object.offset) == (ssize_t)object.size;
        v->lines = read ? lines_of(arena, text) : (struct lines){0};
        v->size = object.size;
    }
    if (fd >= 0)
        close(fd);
    if (root >= 0)
        close(root);
    file_drop(a, v->number);
    return v->lines.list != NULL;
}

/* --- all of it --------------------------------------------------------------------------------- */

/* PL_OK: the item makes an object, *differs tells whether its lines are others. PL_LOST: it makes none. PL_STOP:
 * that can't be told. */
static enum pl_status variant_try(struct asking *a, size_t part, const struct pl_item *item, bool *differs)
{
    struct variant v = {0};
    enum pl_status st = variant_put(a, item, &v);
    if (st == PL_OK && !lines_read(a, &a->variant, &v))
        st = PL_STOP;
    *differs = st == PL_OK && variant_compare(a, part, &v);
    return st;
}

/* A class that is missing would be guessed from the other properties: another one tells more. */
static void without_try(struct asking *a, size_t part)
{
    struct pl_why_part *p = &a->parts[part];
    struct pl_item item;
    bool differs;
    pl_arena_reset(&a->variant);
    if (p->prop && p->prop->pid == PidTagMessageClass)
        return;
    enum pl_status st = item_without(a, part, &item) ? variant_try(a, part, &item, &differs) : PL_STOP;
    p->needed = st == PL_LOST;
    a->failed = st == PL_STOP;
}

static void others_try(struct asking *a, size_t part)
{
    struct pl_why_part *p = &a->parts[part];
    size_t count = p->prop ? pl_other_count(&a->variant, p->prop, a->words) : 0;
    bool differs = false;
    for (size_t i = 0; i < count && !a->failed; i++) {
        struct pl_item item;
        if (differs && pl_other_is_spare(p->prop, i))
            continue;
        pl_arena_reset(&a->variant);
        enum pl_status st = item_with_other(a, p->prop, i, &item) ? variant_try(a, part, &item, &differs) : PL_STOP;
        p->decides |= st == PL_LOST && p->prop->pid == PidTagMessageClass;
        a->failed = st == PL_STOP;
    }
}

/* Each part: without it, and with other values. */
static void variants_make(struct asking *a)
{
    for (size_t i = 0; i < a->why.part_count && !a->failed; i++) {
        without_try(a, i);
        if (!a->failed)
            others_try(a, i);
    }
}

/* A large object takes its time, so there are less of it. */
static size_t words_for(uint64_t size)
{
    uint64_t words = VARIANTS_BYTES / (size + 1);
    return words > PL_OTHER_MOST ? PL_OTHER_MOST : words < PL_OTHER_LEAST ? PL_OTHER_LEAST : (size_t)words;
}

static void take_apart(struct asking *a)
{
    struct variant first = {0};
    a->ops = writer_of(a);
    mapping_open(a);
    bool asked = a->ops && a->why.row->uid && a->mapping.text;
    enum pl_status st = asked ? variant_put(a, &a->item, &first) : PL_LOST;
    bool written = st == PL_OK;
    struct pl_record record = {0};
    if (!written && a->mapping.text && pl_map_item(&a->mapping, &a->item, &record) > PL_LOST)
        first.used = record.used;
    parts_list(a, first.used);
    a->failed |= !a->mapping.text || st == PL_STOP || (written && !lines_read(a, &a->arena, &first));
    if (!written || a->failed)
        return;
    a->base = first.lines;
    a->words = words_for(first.size);
    a->why.same = a->why.row->sha256 && !memcmp(first.sha256, a->why.row->sha256, sizeof first.sha256);
    a->made = pl_arena_zalloc(&a->arena, a->base.count * a->why.part_count + 1, sizeof *a->made);
    a->failed |= !a->made;
    variants_make(a);
    a->why.lines = a->base.list;
    a->why.line_count = a->base.count;
    a->why.made = a->made;
}

static void asking_end(struct asking *a)
{
    pl_people_free(a->mapping.people);
    pl_text_free(a->mapping.text);
    pl_session_close(&a->session);
    pl_arena_release(&a->arena);
    pl_arena_release(&a->variant);
    free(a);
}

enum pl_status pl_why(const struct pl_why_request *request, const struct pl_row *row,
                      void (*tell)(void *data, const struct pl_why *why), void *data)
{
    struct asking *a = calloc(1, sizeof *a);
    if (!a)
        return pl_report(request->report, PL_STOP, "memory", NULL, PL_NO_OFFSET, "out of memory");
    a->request = request;
    a->why.row = row;
    pl_arena_init(&a->arena, ARENA_MOST);
    pl_arena_init(&a->variant, ARENA_MOST);
    bool opened = store_open(a);
    if (opened && a->why.item)
        take_apart(a);
    enum pl_status st = opened && !a->failed ? PL_OK : PL_STOP;
    if (opened && a->failed)
        st = pl_report(
            request->report, PL_STOP, "memory", row->key, PL_NO_OFFSET,
            "the object can't be made again: out of memory, no room in TMPDIR, or a ledger that can't be read");
    else if (opened && a->session.source.error)
        st = pl_report(request->report, PL_STOP, "source.read", row->key, PL_NO_OFFSET,
                       "the store can't be read: %s", strerror(a->session.source.error));
    if (st == PL_OK)
        tell(data, &a->why);
    asking_end(a);
    return st;
}

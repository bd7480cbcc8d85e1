/*
 * map_attach.c - attachments of an item as promises of bytes. Nothing is read here
 * but the first bytes of a contact's photo, whose type no property tells.
 *
 * Layer: core. [MS-OXCMSG] 2.2.2. By value: data. By reference: a URI. Embedded
 * messages and OLE objects have no form in iCalendar; they are named by a
 * diagnostic and an X- property. Hidden attachments that hold the exceptions of
 * a series belong to map_series.c.
 */
#include <string.h>
#include <strings.h>

#include "map.h"

#define FLAG_EXCEPTION 0x2

enum method {
    BY_VALUE = 1,
    BY_REFERENCE = 2,
    BY_REF_RESOLVE = 3,
    BY_REF_ONLY = 4,
    EMBEDDED = 5,
    OLE = 6,
    BY_WEB = 7
};

static const char *filename_of(struct pl_map *in, const struct pl_bag *bag)
{
    static const enum pl_pid pids[] = {PidTagAttachLongFilename, PidTagAttachFilename, PidTagDisplayName};
    for (size_t i = 0; i < sizeof pids / sizeof pids[0]; i++) {
        const char *name = pl_map_clean_line(in, pl_bag_text(bag, pids[i]));
        if (name)
            return name;
    }
    return NULL;
}

static bool data_of(const struct pl_bag *bag, struct pl_attach *out)
{
    const struct pl_prop *p = pl_bag_find(bag, PidTagAttachDataBinary);
    if (!p)
        return false;
    if (p->count)
        out->bytes = p->values->raw;
    else
        out->stream = p->stream;
    return true;
}

static const char *reference_of(struct pl_map *in, const struct pl_bag *bag)
{
    const char *path = pl_map_clean_line(in, pl_bag_text(bag, PidTagAttachLongPathname));
    return path ? path : pl_map_clean_line(in, pl_bag_text(bag, PidTagAttachPathname));
}

static void refuse(struct pl_map *in, const char *what, const char *filename)
{
    pl_map_extra(in, "X-PIMLIFT-ATTACH-LEFT-OUT", filename ? filename : what);
    pl_map_warn(in, "attach.kind", "attachment \"%s\" is left out: %s", filename ? filename : "", what);
}

static bool map_one(struct pl_map *in, const struct pl_attachment *from, struct pl_attach *out)
{
    const struct pl_bag *bag = &from->props;
    int64_t method = pl_bag_integer(bag, PidTagAttachMethod, BY_VALUE);
    bool hidden = pl_bag_boolean(bag, PidTagAttachmentHidden);
    if (pl_bag_integer(bag, PidTagAttachmentFlags, 0) & FLAG_EXCEPTION)
        return false;
    *out = (struct pl_attach){.filename = filename_of(in, bag),
                              .mime_type = pl_map_clean_line(in, pl_bag_text(bag, PidTagAttachMimeTag))};
    if (from->embedded || method == EMBEDDED) {
        if (!hidden)
            refuse(in, "an embedded message", out->filename);
        return false;
    }
    if (method == OLE) {
        refuse(in, "an OLE object", out->filename);
        return false;
    }
    if (method == BY_VALUE && data_of(bag, out))
        return true;
    out->uri = reference_of(in, bag);
    if (out->uri)
        return true;
    refuse(in, "it has no data", out->filename);
    return false;
}

void pl_map_attachments(struct pl_map *in)
{
    size_t most = in->item->attachment_count;
    struct pl_attach *list = most ? pl_arena_zalloc(in->m->arena, most, sizeof *list) : NULL;
    if (most && !list) {
        in->failed = true;
        return;
    }
    struct pl_common *c = &in->out->common;
    for (size_t i = 0; i < most; i++) {
        if (&in->item->attachments[i] == in->photo)
            continue;
        if (map_one(in, &in->item->attachments[i], &list[c->attachment_count]))
            c->attachment_count++;
    }
    c->attachments = list;
}

/* --- photo -------------------------------------------------------------- */

static bool is_photo(struct pl_map *in, const struct pl_attachment *a)
{
    if (pl_bag_boolean(&a->props, PidTagAttachmentContactPhoto))
        return true;
    const char *name = pl_bag_boolean(in->bag, PidLidHasPicture) ? filename_of(in, &a->props) : NULL;
    return name && !strncasecmp(name, "ContactP", 8);
}

static const struct {
    const char *magic;
    size_t size;
    const char *type;
} pictures[] = {{"\xff\xd8\xff", 3, "image/jpeg"}, {"\x89PNG", 4, "image/png"},
                {"GIF8", 4, "image/gif"},          {"BM", 2, "image/bmp"},
                {"II*", 3, "image/tiff"},          {"MM\0*", 4, "image/tiff"}};

static const char *picture_type(struct pl_map *in, const struct pl_attach *photo)
{
    uint8_t head[8] = {0};
    size_t size = photo->bytes.size < sizeof head ? photo->bytes.size : sizeof head;
    struct pl_reader *r = in->m->reader;
    if (size)
        memcpy(head, photo->bytes.data, size);
    else if (r && photo->stream.size && r->ops->read(r, &photo->stream, 0, head, sizeof head, &size) < PL_WARN)
        size = 0;
    for (size_t i = 0; i < sizeof pictures / sizeof pictures[0]; i++)
        if (size >= pictures[i].size && !memcmp(head, pictures[i].magic, pictures[i].size))
            return pictures[i].type;
    return NULL;
}

/* The first that is a picture; what only says so stays an attachment. */
const struct pl_attach *pl_map_photo(struct pl_map *in)
{
    in->used[PidLidHasPicture] = 1;
    for (size_t i = 0; i < in->item->attachment_count; i++) {
        const struct pl_attachment *a = &in->item->attachments[i];
        struct pl_attach found = {0};
        if (!is_photo(in, a) || pl_bag_integer(&a->props, PidTagAttachMethod, BY_VALUE) != BY_VALUE ||
            !data_of(&a->props, &found))
            continue;
        found.mime_type = picture_type(in, &found);
        if (!found.mime_type) {
            pl_map_warn(in, "contact.photo-type", "the photo is of no known picture format: kept as an attachment");
            continue;
        }
        struct pl_attach *photo = pl_arena_zalloc(in->m->arena, 1, sizeof *photo);
        in->failed |= !photo;
        if (photo) {
            *photo = found;
            in->photo = a;
        }
        return photo;
    }
    return NULL;
}

/*
 * outfile.c - files of records: see outfile.h.
 *
 * Layer: formats. Faults of the output are reported here, once: "output.full" and
 * "output.write". The sink makes names safe and unique.
 */
#include "outfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "report.h"

#define CHUNK     65536u
#define PATH_MOST 65536u

const char *pl_place_name(const struct pl_place *place)
{
    if (place->folder.depth)
        return place->folder.path[place->folder.depth - 1];
    const struct pl_mailbox *mailbox = place->folder.mailbox;
    return mailbox && *mailbox->name ? mailbox->name : "root";
}

static enum pl_status fault(struct pl_writer *w, int error, const char *path)
{
    bool full = error == ENOSPC || error == EDQUOT;
    return pl_report(w->report, PL_STOP, full ? "output.full" : "output.write", NULL, PL_NO_OFFSET, "%s: %s",
                     path ? path : "output", strerror(error ? error : ENOMEM));
}

/* owner, tree, the folder's names, and one more. */
static const char **parts_of(const struct pl_place *place, const char *tree, const char *name, size_t *count)
{
    size_t depth = place->folder.depth;
    const char **parts = calloc(depth + 4, sizeof *parts);
    if (!parts)
        return NULL;
    parts[0] = place->owner;
    parts[1] = tree;
    for (size_t i = 0; i < depth; i++)
        parts[2 + i] = place->folder.path[i];
    *count = 2 + depth;
    if (!depth)
        parts[(*count)++] = pl_place_name(place);
    if (name)
        parts[(*count)++] = name;
    return parts;
}

enum pl_status pl_outfile_open(struct pl_writer *w, const struct pl_place *place, const char *tree,
                               const char *name, const char *extension, struct pl_outfile *out)
{
    size_t count = 0;
    const char **parts = parts_of(place, tree, name, &count);
    *out = (struct pl_outfile){0};
    if (!parts)
        return fault(w, ENOMEM, tree);
    errno = 0;
    enum pl_status status = pl_output_create(w->output, parts, count, extension, &out->sink);
    free(parts);
    if (status < PL_OK)
        return fault(w, errno, tree);
    out->open = true;
    return PL_OK;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak" /* the place keeps its last file */
enum pl_status pl_outfile_record(struct pl_writer *w, struct pl_place *place, struct pl_outfile *f,
                                 const struct pl_record *record, struct pl_written *out)
{
    if (f->sink.error) {
        enum pl_status status = fault(w, f->sink.error, f->sink.path);
        return pl_sink_rollback(&f->sink) < PL_OK ? PL_STOP : status;
    }
    pl_sink_stretch(&f->sink, out->sha256);
    f->records++;
    if (!place->last || strcmp(place->last, f->sink.path) != 0) {
        free(place->last);
        place->last = strdup(f->sink.path);
        if (!place->last)
            return fault(w, ENOMEM, f->sink.path);
    }
    out->file = place->last;
    out->uid = record->uid;
    return PL_OK;
}
#pragma GCC diagnostic pop

enum pl_status pl_outfile_end(struct pl_writer *w, struct pl_outfile *f)
{
    enum pl_status status = PL_OK;
    if (!f->open)
        return PL_OK;
    if (f->records && pl_sink_hand_in(&f->sink) < PL_OK)
        status = fault(w, f->sink.error, f->sink.path);
    pl_outfile_abort(f);
    return status;
}

void pl_outfile_abort(struct pl_outfile *f)
{
    if (f->open)
        pl_sink_abort(&f->sink);
    *f = (struct pl_outfile){0};
}

enum pl_status pl_outfile_fits(struct pl_writer *w, const struct pl_outfile *f, const char *tree,
                               const char *extension, const char *path)
{
    const char *at = strchr(path, '/');
    size_t size = strlen(path), tree_size = strlen(tree), tail = strlen(extension);
    if (!at || strncmp(at + 1, tree, tree_size) != 0 || at[1 + tree_size] != '/' || size < tail ||
        strcmp(path + size - tail, extension) != 0)
        return PL_END;
    bool same = f->open ? !strcmp(f->sink.path, path) : pl_output_is_free(w->output, path);
    return same ? PL_OK : PL_LOST;
}

enum pl_status pl_outfile_joined(struct pl_writer *w, struct pl_outfile *f)
{
    f->records++;
    return f->sink.error ? fault(w, f->sink.error, f->sink.path) : PL_OK;
}

/* --- writers of one kind of file ------------------------------------------ */

enum pl_status pl_outform_begin(struct pl_writer *w, const char *owner, const struct pl_folder *folder)
{
    struct pl_outform_state *s = w->state;
    s->place.owner = owner;
    s->place.folder = *folder;
    return PL_OK;
}

static enum pl_status outform_open(struct pl_writer *w, const struct pl_outform *form, const char *name,
                                   struct pl_outfile *f)
{
    struct pl_outform_state *s = w->state;
    enum pl_status status = pl_outfile_open(w, &s->place, form->tree, name, form->extension, f);
    if (status == PL_OK && form->head && !w->part)
        form->head(&f->sink);
    return status;
}

enum pl_status pl_outform_put(struct pl_writer *w, const struct pl_outform *form, const struct pl_record *record,
                              struct pl_written *out)
{
    struct pl_outform_state *s = w->state;
    struct pl_outfile single = {0}, *f = w->options.per_item ? &single : &s->file;
    enum pl_status status = PL_OK;
    if (!f->open)
        status = outform_open(w, form, w->options.per_item ? record->uid : NULL, f);
    if (status < PL_OK)
        return status;
    status = form->write(w, &s->place, &f->sink, record);
    if (status > PL_LOST) {
        enum pl_status written = pl_outfile_record(w, &s->place, f, record, out);
        status = written < status ? written : status;
    }
    if (w->options.per_item) {
        enum pl_status ended = pl_outfile_end(w, f);
        status = ended < status ? ended : status;
    }
    return status;
}

enum pl_status pl_outform_join(struct pl_writer *w, const struct pl_outform *form, const struct pl_joint *part)
{
    struct pl_outform_state *s = w->state;
    struct pl_outfile *f = &s->file;
    enum pl_status status = pl_outfile_fits(w, f, form->tree, form->extension, part->path);
    if (status != PL_OK || !part->is_checked)
        return status;
    if (!f->open)
        status = outform_open(w, form, NULL, f);
    if (status < PL_OK || part->fd < 0)
        return status;
    pl_sink_copy(&f->sink, part->fd, 0, part->size);
    return pl_outfile_joined(w, f);
}

enum pl_status pl_outform_end(struct pl_writer *w, enum pl_extent extent)
{
    (void)extent; /* beyond a folder nothing is open */
    struct pl_outform_state *s = w->state;
    return pl_outfile_end(w, &s->file);
}

void pl_outform_close(struct pl_writer *w)
{
    struct pl_outform_state *s = w->state;
    pl_outfile_abort(&s->file);
    free(s->place.last);
}

/* --- attachments in files of their own ----------------------------------- */

static enum pl_status copy(struct pl_writer *w, const struct pl_attach *attach, struct pl_sink *to)
{
    if (!attach->stream.size) {
        pl_sink_write(to, attach->bytes.data, attach->bytes.size);
        return PL_OK;
    }
    uint8_t *chunk = malloc(CHUNK);
    enum pl_status status = chunk && w->reader ? PL_OK : PL_LOST;
    for (uint64_t at = 0; status == PL_OK && at < attach->stream.size;) {
        uint64_t left = attach->stream.size - at;
        size_t want = left < CHUNK ? (size_t)left : CHUNK, got = 0;
        status = w->reader->ops->read(w->reader, &attach->stream, at, chunk, want, &got);
        if (status == PL_WARN)
            status = PL_OK;
        if (status == PL_OK && (got == 0 || got > want))
            status = PL_LOST;
        if (status == PL_OK)
            pl_sink_write(to, chunk, got);
        at += got;
    }
    free(chunk);
    return status;
}

/* A reference from one file of the output to another, percent-encoded. RFC 3986 4.2 */
static char *reference(const char *from, const char *to)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
    struct pl_buf b;
    pl_buf_init(&b, PATH_MOST);
    for (const char *p = from; (p = strchr(p, '/')); p++)
        pl_buf_puts(&b, "../");
    for (; *to; to++)
        if (strchr(plain, *to))
            pl_buf_putc(&b, *to);
        else
            pl_buf_printf(&b, "%%%02X", (unsigned char)*to);
    char *uri = b.failed || !b.data ? NULL : strdup(b.data);
    pl_buf_release(&b);
    return uri;
}

/* How much of a name stands before its extension. An extension is not made safe later, so it has to be: letters and
 * digits; with anything else, a slash above all, the whole is the stem. */
static size_t stem_size(const char *name)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    const char *dot = strrchr(name, '.');
    size_t size = dot && dot > name ? strlen(dot + 1) : 0;
    return size && size < 16 && strspn(dot + 1, plain) == size ? (size_t)(dot - name) : strlen(name);
}

enum pl_status pl_outfile_attachment(struct pl_writer *w, const struct pl_place *place,
                                     const struct pl_attach *attach, const char *from, char **uri)
{
    const char *name = attach->filename ? attach->filename : "attachment";
    size_t stem = stem_size(name);
    char *first = strndup(name, stem);
    struct pl_outfile file;
    *uri = NULL;
    if (!first)
        return fault(w, ENOMEM, name);
    enum pl_status status = pl_outfile_open(w, place, "attachments", first, name + stem, &file);
    free(first);
    if (status < PL_OK)
        return status;
    status = copy(w, attach, &file.sink);
    file.records = status == PL_OK;
    if (status == PL_OK && !(*uri = reference(from, file.sink.path)))
        status = fault(w, ENOMEM, name);
    enum pl_status ended = pl_outfile_end(w, &file);
    if (status < PL_OK || ended < PL_OK) {
        free(*uri);
        *uri = NULL;
        return status < ended ? status : ended;
    }
    return PL_OK;
}

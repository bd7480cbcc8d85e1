/*
 * unsaved.c - the files of an output that have their names, and that the ledger does not know yet.
 *
 * Layer: core, beside batch.c. Their paths are written to a list, durably, before they get their
 * names, and the list is emptied when the ledger knows them. So when a run is killed between the
 * two, the next one knows what to take away, and never touches a file that is not of its own.
 * An entry is the digest, the size and the path, with blanks between; it is believed only with the NUL at its end.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "fdio.h"
#include "output.h"

#define LIST         ".pimlift-files"
#define LIST_ROOM    ((off_t)64 << 10)
#define PATH_MOST    4096u
#define ENTRY_MOST   (PATH_MOST + 96u)
#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define DEPTH_MOST   128

int pl_output_folder(int root, const char *path, size_t size)
{
    int fd = openat(root, ".", FOLDER_FLAGS);
    const char *end = path + size;
    while (fd >= 0 && path < end) {
        char name[256];
        size_t part = strcspn(path, "/");
        part = part < (size_t)(end - path) ? part : (size_t)(end - path);
        snprintf(name, sizeof name, "%.*s", (int)part, path);
        path += part + (path + part < end);
        int next = strcmp(name, "..") != 0 ? openat(fd, name, FOLDER_FLAGS) : -1, error = errno;
        close(fd);
        fd = next;
        errno = error;
    }
    return fd;
}

/* --- the list ------------------------------------------------------------------ */

int pl_unsaved_open(struct pl_batch *b, bool make)
{
    if (b->unsaved >= 0)
        return 0;
    b->unsaved = openat(b->root, LIST, O_RDWR | (make ? O_CREAT : 0) | O_NOFOLLOW | O_CLOEXEC, 0600);
    b->unsaved_size = b->unsaved >= 0 ? lseek(b->unsaved, 0, SEEK_END) : 0;
    if (b->unsaved < 0 || b->unsaved_size < 0)
        return errno;
    (void)fallocate(b->unsaved, FALLOC_FL_KEEP_SIZE, 0, LIST_ROOM); /* for when the disk is full */
    return 0;
}

/* With its NUL. */
static size_t entry_write(const struct pl_waiting *w, char entry[ENTRY_MOST])
{
    char digits[PL_DIGEST_DIGITS + 1];
    pl_digest_text(w->sha256, digits);
    int n = snprintf(entry, ENTRY_MOST, "%s %" PRIu64 " %s", digits, w->size, w->path);
    return n >= 0 && (size_t)n < ENTRY_MOST ? (size_t)n + 1 : ENTRY_MOST;
}

/* One without a digest is of an earlier version: a path alone. */
static struct pl_file entry_read(const char *entry)
{
    struct pl_file f = {.path = entry, .whole = true};
    if (!pl_digest_read(entry, f.sha256))
        return (struct pl_file){.path = entry, .whole = true};
    const char *p = entry + PL_DIGEST_DIGITS;
    char *end;
    f.size = *p == ' ' ? strtoull(p + 1, &end, 10) : 0;
    if (*p != ' ' || end == p + 1 || *end != ' ')
        return (struct pl_file){.path = entry, .whole = true};
    f.path = end + 1;
    return f;
}

int pl_unsaved_add(struct pl_batch *b)
{
    int error = b->remembers && b->count ? pl_unsaved_open(b, true) : 0;
    for (size_t i = 0; i < b->count && b->remembers && !error; i++) {
        char entry[ENTRY_MOST];
        size_t size = entry_write(&b->list[i], entry);
        error = pl_fd_write(b->unsaved, entry, size, b->unsaved_size);
        b->unsaved_size += error ? 0 : (off_t)size;
    }
    return error;
}

bool pl_unsaved_cut(struct pl_batch *b, off_t size)
{
    static const char blank[PATH_MOST];
    off_t end = b->unsaved_size;
    int cut = 0;
    b->unsaved_size = size;
    while (b->unsaved >= 0 && (cut = ftruncate(b->unsaved, size)) != 0 && errno == EINTR)
        ;
    for (size_t part; cut != 0 && size < end; size += (off_t)part) { /* else parts of them would be read as paths */
        part = end - size < (off_t)sizeof blank ? (size_t)(end - size) : sizeof blank;
        if (pl_fd_write(b->unsaved, blank, part, size) != 0)
            return false;
    }
    return true;
}

/* Calls for each file from there on; false: it can't be read, or was told to stop. */
static bool list_each(const struct pl_batch *b, off_t from,
                      bool (*each)(void *data, const struct pl_file *file, size_t entry), void *data)
{
    char chunk[2 * ENTRY_MOST];
    while (b->unsaved >= 0 && from < b->unsaved_size) {
        off_t left = b->unsaved_size - from;
        size_t most = left < (off_t)sizeof chunk ? (size_t)left : sizeof chunk;
        ssize_t got = pl_fd_read(b->unsaved, chunk, most, from);
        const char *end = got > 0 ? memrchr(chunk, '\0', (size_t)got) : NULL;
        if (!end)
            return got >= 0; /* torn */
        for (const char *p = chunk; p <= end; p += strlen(p) + 1) {
            const struct pl_file file = entry_read(p);
            if (*p && !each(data, &file, strlen(p) + 1))
                return false;
        }
        from += end + 1 - chunk;
    }
    return true;
}

void pl_output_remember(struct pl_output *o) { pl_output_batch(o)->remembers = true; }

struct saving {
    bool (*each)(void *data, const struct pl_file *file);
    void *data;
};

static bool save_one(void *data, const struct pl_file *file, size_t entry)
{
    const struct saving *s = data;
    (void)entry;
    return s->each(s->data, file);
}

bool pl_output_unsaved(struct pl_output *o, bool (*each)(void *data, const struct pl_file *file), void *data)
{
    struct pl_batch *b = pl_output_batch(o);
    struct saving s = {each, data};
    const char *p = b->unused.data, *end = p ? p + b->unused.size : NULL;
    for (; p < end; p += strlen(p) + 1)
        if (!each(data, &(struct pl_file){.path = p}))
            return false;
    return list_each(b, b->unsaved_from, save_one, &s);
}

bool pl_output_saved(struct pl_output *o)
{
    struct pl_batch *b = pl_output_batch(o);
    pl_buf_clear(&b->unused);
    off_t end = b->unsaved_size;
    b->unsaved_from = 0;
    if (!pl_unsaved_cut(b, 0)) {
        b->unsaved_size = b->unsaved_from = end; /* it goes on behind what the ledger knows */
        return false;
    }
    if (b->unsaved >= 0)
        (void)fallocate(b->unsaved, FALLOC_FL_KEEP_SIZE, 0, LIST_ROOM);
    return true;
}

bool pl_output_is_saved(struct pl_output *o)
{
    const struct pl_batch *b = pl_output_batch(o);
    return !b->count && b->unsaved_size == b->unsaved_from && !b->unused.size;
}

void pl_output_unused(struct pl_output *o, const char *path)
{
    struct pl_batch *b = pl_output_batch(o);
    if (b->handed)
        b->handed(b->handed_data, &(struct pl_file){.path = path}, 0);
    if (!b->remembers)
        return;
    pl_buf_puts(&b->unused, path);
    pl_buf_putc(&b->unused, '\0');
}

/* --- taking away ------------------------------------------------------------------ */

bool pl_output_has(struct pl_output *o, const char *name)
{
    return faccessat(pl_output_batch(o)->root, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The file, and the folders above it that are empty then. */
bool pl_output_remove(struct pl_output *o, const char *path)
{
    int root = pl_output_batch(o)->root;
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t size = slash ? (size_t)(slash - path) : 0;
    int fd = pl_output_folder(root, path, size);
    bool done = fd < 0 ? errno == ENOENT || errno == ENOTDIR || errno == ELOOP
                       : unlinkat(fd, name, 0) == 0 || errno == ENOENT || errno == EISDIR;
    if (fd >= 0)
        close(fd);
    while (size > 0) {
        size_t above = size;
        while (above > 0 && path[above - 1] != '/')
            above--;
        char folder[256];
        snprintf(folder, sizeof folder, "%.*s", (int)(size - above), path + above);
        size = above ? above - 1 : 0;
        fd = pl_output_folder(root, path, size);
        bool gone = fd >= 0 && unlinkat(fd, folder, AT_REMOVEDIR) == 0;
        if (fd >= 0)
            close(fd);
        if (!gone)
            break;
    }
    return done;
}

static bool remove_one(void *data, const struct pl_file *file, size_t entry)
{
    (void)entry;
    (void)pl_output_remove(data, file->path);
    return true;
}

void pl_output_mark(struct pl_output *o)
{
    struct pl_batch *b = pl_output_batch(o);
    b->mark = (struct pl_batch_mark){b->unsaved_size, b->count, b->settled, b->unused.size};
}

struct skipping {
    struct pl_output *o;
    size_t skip; /* that were handed in before the mark, and got their names after it */
    off_t size;  /* of these */
};

static bool undo_one(void *data, const struct pl_file *file, size_t entry)
{
    struct skipping *s = data;
    if (!s->skip)
        return remove_one(s->o, file, entry);
    s->skip--;
    s->size += (off_t)entry;
    return true;
}

void pl_output_undo(struct pl_output *o)
{
    struct pl_batch *b = pl_output_batch(o);
    bool settled = b->settled != b->mark.settled;
    struct skipping s = {o, settled ? b->mark.count : 0, 0};
    pl_batch_drop(b, settled ? 0 : b->mark.count);
    b->unused.size = b->mark.unused; /* a run that is not stopped there may use them */
    (void)list_each(b, b->mark.unsaved, undo_one, &s);
    (void)pl_unsaved_cut(b, b->unsaved_size ? b->mark.unsaved + s.size : 0); /* else it names what is not there */
}

static bool is_temporary(const char *name)
{
    static const char head[] = ".pimlift-", tail[] = ".part";
    size_t size = strlen(name);
    return !strncmp(name, head, sizeof head - 1) && size > sizeof head + sizeof tail - 2 &&
           !strcmp(name + size - (sizeof tail - 1), tail);
}

/* Takes over the descriptor. */
static void sweep(int fd, int depth)
{
    DIR *dir = depth < DEPTH_MOST ? fdopendir(fd) : NULL;
    if (!dir) {
        close(fd);
        return;
    }
    for (struct dirent *e; (e = readdir(dir));) {
        if (is_temporary(e->d_name))
            unlinkat(fd, e->d_name, 0);
        else if (e->d_name[0] != '.' || (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)) {
            int below = e->d_type == DT_REG ? -1 : openat(fd, e->d_name, FOLDER_FLAGS);
            if (below >= 0)
                sweep(below, depth + 1);
        }
    }
    closedir(dir);
}

/* A folder with all that is in it. No link is followed. */
static void tree_remove(int parent, const char *name, int depth)
{
    int fd = depth < DEPTH_MOST ? openat(parent, name, FOLDER_FLAGS) : -1;
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return;
    }
    for (struct dirent *e; (e = readdir(dir));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && unlinkat(fd, e->d_name, 0) != 0)
            tree_remove(fd, e->d_name, depth + 1);
    closedir(dir);
    unlinkat(parent, name, AT_REMOVEDIR);
}

void pl_output_work_clear(struct pl_output *o)
{
    for (int tries = 0; tries < 2; tries++) /* the second for what the first could not */
        tree_remove(pl_output_batch(o)->root, PL_OUTPUT_WORK, 0);
}

struct cleaning {
    struct pl_output *o;
    enum pl_status (*knows)(void *ledger, const char *path, bool *known);
    void *ledger;
};

static bool remove_unknown(void *data, const struct pl_file *file, size_t entry)
{
    const struct cleaning *c = data;
    bool known = false;
    (void)entry;
    if (c->knows(c->ledger, file->path, &known) != PL_OK)
        return false;
    return known || pl_output_remove(c->o, file->path);
}

enum pl_status pl_output_clean(struct pl_output *o,
                               enum pl_status (*knows)(void *ledger, const char *path, bool *known), void *ledger)
{
    struct pl_batch *b = pl_output_batch(o);
    struct cleaning c = {o, knows, ledger};
    pl_output_work_clear(o);
    int fd = openat(b->root, ".", FOLDER_FLAGS);
    if (fd >= 0)
        sweep(fd, 0);
    int error = pl_unsaved_open(b, false);
    if (error == ENOENT)
        return PL_OK;
    if (error || !list_each(b, 0, remove_unknown, &c))
        return PL_STOP;
    return pl_output_saved(o) ? PL_OK : PL_STOP;
}

enum pl_status pl_output_finish(struct pl_output *o)
{
    struct pl_batch *b = pl_output_batch(o);
    int error = unlinkat(b->root, LIST, 0) == 0 ? 0 : errno;
    if (b->unsaved >= 0)
        close(b->unsaved);
    b->unsaved = -1;
    b->unsaved_size = b->unsaved_from = 0;
    errno = error;
    return !error || error == ENOENT ? PL_OK : PL_STOP;
}

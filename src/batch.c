/*
 * batch.c - files that are whole, and get their final names together.
 *
 * Layer: core, below sink.c. A disk takes as long to make one file durable as a hundred, so
 * they wait for each other: first all contents are synced, then all are renamed, then the
 * folders that have new entries are synced. At any moment a file under its final name is
 * whole, also after a power cut: its contents were on the disk before it got that name.
 *
 * When one file of a batch fails, all of them go: the ledger has not told of any yet.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output.h"

#define FOLDERS_MOST ((size_t)4 << 20)
#define FEW          4u /* files that are synced one by one */
#define BYTES_DUE    ((uint64_t)64 << 20)

void pl_batch_init(struct pl_batch *b, int root, bool force)
{
    *b = (struct pl_batch){.root = root, .force = force, .unsaved = -1};
    pl_buf_init(&b->folders, FOLDERS_MOST);
    pl_buf_init(&b->unused, FOLDERS_MOST);
}

static void waiting_free(struct pl_waiting *w)
{
    close(w->fd);
    close(w->folder);
    free(w->path);
}

static const char *end_of(const struct pl_waiting *w)
{
    const char *slash = strrchr(w->path, '/');
    return slash ? slash + 1 : w->path;
}

/* Of the path without the name. */
static size_t folder_size(const struct pl_waiting *w)
{
    size_t size = (size_t)(end_of(w) - w->path);
    return size ? size - 1 : 0;
}

void pl_batch_drop(struct pl_batch *b, size_t from)
{
    for (size_t i = from; i < b->count; i++) {
        struct pl_waiting *w = &b->list[i];
        unlinkat(w->folder, w->named ? end_of(w) : w->temp, 0);
        waiting_free(w);
    }
    b->count = from < b->count ? from : b->count;
}

void pl_batch_release(struct pl_batch *b)
{
    pl_batch_drop(b, 0);
    if (b->unsaved >= 0)
        close(b->unsaved);
    pl_buf_release(&b->folders);
    pl_buf_release(&b->unused);
}

int pl_batch_touch(struct pl_batch *b, const char *folder, size_t size)
{
    const char *at = b->folders.data, *end = at ? at + b->folders.size : NULL;
    if (b->handed)
        return 0;
    for (; at < end; at += strlen(at) + 1)
        if (strlen(at) == size && !memcmp(at, folder, size))
            return 0;
    pl_buf_add(&b->folders, folder, size);
    pl_buf_putc(&b->folders, '\0');
    return b->folders.failed ? ENOMEM : 0;
}

int pl_batch_add(struct pl_batch *b, const struct pl_waiting *file, const char *path)
{
    struct pl_waiting w = *file;
    w.path = strdup(path);
    int error = w.path ? 0 : ENOMEM;
    if (!error && b->handed) {
        struct pl_file handed = {.path = w.path, .whole = true, .size = w.size};
        memcpy(handed.sha256, w.sha256, sizeof handed.sha256);
        b->handed(b->handed_data, &handed, w.number);
        waiting_free(&w);
        return 0;
    }
    if (!error && b->count == PL_BATCH_MOST)
        error = pl_batch_settle(b);
    if (!error)
        error = pl_batch_touch(b, w.path, folder_size(&w));
    if (error) {
        unlinkat(w.folder, w.temp, 0);
        waiting_free(&w);
        return error;
    }
    /* lets the disk begin; only a hint */
    (void)sync_file_range(w.fd, 0, 0, SYNC_FILE_RANGE_WRITE);
    b->list[b->count++] = w;
    b->bytes += w.size;
    return 0;
}

/* --- settling -------------------------------------------------------------- */

/* Where the file system can't rename without overwriting: takes the name first, empty. */
static int rename_claimed(const struct pl_waiting *w)
{
    int fd = openat(w->folder, end_of(w), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        return -1;
    close(fd);
    if (renameat(w->folder, w->temp, w->folder, end_of(w)) == 0)
        return 0;
    int error = errno;
    unlinkat(w->folder, end_of(w), 0);
    errno = error;
    return -1;
}

static int give_name(const struct pl_waiting *w, bool force)
{
    if (force)
        return renameat(w->folder, w->temp, w->folder, end_of(w));
    int result = renameat2(w->folder, w->temp, w->folder, end_of(w), RENAME_NOREPLACE);
    if (result != 0 && (errno == EINVAL || errno == ENOSYS))
        result = rename_claimed(w);
    return result;
}

/* The disk empties its own cache for each file that is synced by itself; here once for all. */
static int all_sync(const struct pl_batch *b) { return syncfs(b->root) == 0 ? 0 : errno; }

static int folders_sync(const struct pl_batch *b)
{
    const char *at = b->folders.data, *end = at ? at + b->folders.size : NULL;
    int error = 0;
    for (; at < end && !error; at += strlen(at) + 1) {
        int fd = pl_output_folder(b->root, at, strlen(at));
        /* some file systems have nothing to do for a folder, and say EINVAL */
        if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL))
            error = errno;
        if (fd >= 0)
            close(fd);
    }
    return error;
}

static int files_sync(const struct pl_batch *b)
{
    if (b->unsaved >= 0 && fdatasync(b->unsaved) != 0)
        return errno;
    for (size_t i = 0; i < b->count; i++)
        if (fsync(b->list[i].fd) != 0)
            return errno;
    return 0;
}

int pl_batch_settle(struct pl_batch *b)
{
    bool many = b->count > FEW;
    off_t listed = b->unsaved_size;
    int error = pl_unsaved_add(b);
    if (!error)
        error = many ? all_sync(b) : files_sync(b);
    for (size_t i = 0; i < b->count && !error; i++) {
        error = give_name(&b->list[i], b->force) == 0 ? 0 : errno;
        b->list[i].named = !error;
    }
    if (!error)
        error = many ? all_sync(b) : folders_sync(b);
    if (error) {
        pl_batch_drop(b, 0);
        b->error = error;
        (void)pl_unsaved_cut(b, listed);
    }
    for (size_t i = 0; i < b->count; i++)
        waiting_free(&b->list[i]);
    b->files += b->count;
    b->settled++;
    b->count = 0;
    b->bytes = 0;
    pl_buf_clear(&b->folders);
    return error;
}

enum pl_status pl_output_settle(struct pl_output *o)
{
    struct pl_batch *b = pl_output_batch(o);
    int error = b->error ? b->error : pl_batch_settle(b);
    b->error = 0;
    if (error == ENOSPC || error == EDQUOT)
        pl_output_relieve(o);
    errno = error;
    return error ? PL_STOP : PL_OK;
}

bool pl_output_is_due(struct pl_output *o)
{
    const struct pl_batch *b = pl_output_batch(o);
    return b->count >= PL_BATCH_MOST / 2 || b->bytes >= BYTES_DUE;
}

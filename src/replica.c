/* replica.c - see replica.h. Part of the core. */
#include "replica.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fdio.h"
#include "sink.h"

static enum pl_status fail(const char **why, const char *text)
{
    *why = text;
    return PL_STOP;
}

/* The folder is held open: what has its name later is not asked. */
static bool names_set(struct pl_replica *r, const char *path)
{
    char *copy = strdup(path), *other = strdup(path);
    if (copy && other) {
        const char *base = basename(other);
        r->dir = open(dirname(copy), O_PATH | O_DIRECTORY | O_CLOEXEC);
        r->name = strdup(base);
        if (asprintf(&r->temporary, ".%.200s.pimlift-%ld", base, (long)getpid()) < 0)
            r->temporary = NULL;
    }
    free(copy);
    free(other);
    return r->dir >= 0 && r->name && r->temporary;
}

enum pl_status pl_replica_open(struct pl_replica *r, const char *path, const struct pl_source *source,
                               uint64_t size, bool force, const char **why)
{
    struct stat is, was;
    *r = (struct pl_replica){.fd = -1, .dir = -1, .force = force, .size = size};
    if (!names_set(r, path))
        return fail(why, "the folder above it can't be opened: make it first");
    if (fstatat(r->dir, r->name, &is, 0) == 0 && fstat(source->fd, &was) == 0 && is.st_dev == was.st_dev &&
        is.st_ino == was.st_ino)
        return fail(why, "the copy would take the place of the store: give it another name");
    if (fstatat(r->dir, r->name, &is, AT_SYMLINK_NOFOLLOW) == 0 && (!force || S_ISDIR(is.st_mode)))
        return fail(why, S_ISDIR(is.st_mode) ? "is a folder: give the name of a file"
                                             : "is there already: use --force to replace it");
    r->fd = openat(r->dir, r->temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    while (r->fd >= 0 && ftruncate(r->fd, (off_t)size) != 0)
        if (errno != EINTR)
            return fail(why, pl_output_why(path, errno));
    return r->fd >= 0 ? PL_OK : fail(why, pl_output_why(path, errno));
}

void pl_replica_write(struct pl_replica *r, uint64_t at, const void *data, size_t size)
{
    if (at >= r->size || r->error)
        return;
    size = size < r->size - at ? size : (size_t)(r->size - at);
    r->error = pl_fd_write(r->fd, data, size, (off_t)at);
}

bool pl_replica_read(struct pl_replica *r, uint64_t at, void *data, size_t size)
{
    ssize_t got = r->error ? -1 : pl_fd_read(r->fd, data, size, (off_t)at);
    if (!r->error && got != (ssize_t)size)
        r->error = got < 0 ? errno : EIO;
    return !r->error;
}

static bool name_give(struct pl_replica *r)
{
    if (r->force)
        return renameat(r->dir, r->temporary, r->dir, r->name) == 0;
    if (renameat2(r->dir, r->temporary, r->dir, r->name, RENAME_NOREPLACE) == 0)
        return true;
    if (errno != EINVAL && errno != ENOSYS)
        return false;
    /* a file system that can't refuse: it was looked for when the replica was opened */
    return renameat(r->dir, r->temporary, r->dir, r->name) == 0;
}

enum pl_status pl_replica_commit(struct pl_replica *r, const char **why)
{
    if (!r->error && fsync(r->fd) != 0)
        r->error = errno;
    if (!r->error && !name_give(r))
        r->error = errno;
    if (r->error)
        return fail(why, pl_output_why(r->name, r->error));
    free(r->temporary);
    r->temporary = NULL;
    return PL_OK;
}

void pl_replica_abort(struct pl_replica *r)
{
    if (r->fd >= 0) {
        close(r->fd);
        if (r->temporary)
            unlinkat(r->dir, r->temporary, 0);
    }
    if (r->dir >= 0)
        close(r->dir);
    free(r->name);
    free(r->temporary);
    *r = (struct pl_replica){.fd = -1, .dir = -1};
}

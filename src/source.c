/*
 * source.c - random-access input: a regular file, or bytes in memory.
 *
 * Layer: the lowest of the core. Everything a reader learns of a store passes
 * pl_source_read(), which counts it, and then the pread hook, which a test may
 * replace. The size is taken once, at open: what a growing file gains later does
 * not exist for this run, so that two readers of one store see the same bytes.
 *
 * Opening never blocks (O_NONBLOCK: a FIFO without a writer would hang) and never
 * changes the store: O_RDONLY, and O_NOATIME where the owner of the file allows.
 */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* errno of open() to what a person can do about it. */
static const struct {
    int error;
    const char *why;
} open_errors[] = {
    {ENOENT, "there is no such file; check the path"},
    {ENOTDIR, "there is no such file: a part of the path is not a folder; check the path"},
    {EACCES, "permission denied; run as a user who may read it, or copy the file to where you may"},
    {EPERM, "permission denied; run as a user who may read it, or copy the file to where you may"},
    {EISDIR, "this is a folder; name a file inside it"},
    {ELOOP, "the symbolic links of this path lead in a circle; name the file itself"},
    {ENAMETOOLONG, "the path is too long; change into its folder and name the file from there"},
    {EMFILE, "too many open files; name fewer stores at once, or raise ulimit -n"},
    {ENFILE, "the system has too many open files; try again later"},
    {ENOMEM, "out of memory"},
    {EIO, "the device cannot be read; copy the file to another disk with ddrescue and use the copy"},
    {ENXIO, "this is not a regular file; copy its data into a file and name that"},
    {ENODEV, "this is not a regular file; copy its data into a file and name that"},
};

const char *pl_source_why(int error)
{
    for (size_t i = 0; i < sizeof open_errors / sizeof *open_errors; i++)
        if (open_errors[i].error == error)
            return open_errors[i].why;
    return strerrordesc_np(error);
}

static const char *stat_why(const struct stat *st)
{
    if (S_ISDIR(st->st_mode))
        return pl_source_why(EISDIR);
    if (!S_ISREG(st->st_mode))
        return pl_source_why(ENODEV);
    if (st->st_size == 0)
        return "the file is empty; copy it again from where it came from";
    return NULL;
}

/* read until size bytes are there, the file ends, or it fails. */
static enum pl_status file_pread(struct pl_source *s, uint64_t offset, void *buf, size_t size, size_t *got)
{
    while (*got < size) {
        ssize_t n = pread(s->fd, (char *)buf + *got, size - *got, (off_t)(offset + *got));
        if (n > 0) {
            *got += (size_t)n;
        } else if (n == 0) {
            break; /* the file was cut since it was opened */
        } else if (errno != EINTR) {
            s->error = errno;
            return PL_STOP;
        }
    }
    return PL_OK;
}

static enum pl_status memory_pread(struct pl_source *s, uint64_t offset, void *buf, size_t size, size_t *got)
{
    memcpy(buf, (const uint8_t *)s->hook + offset, size);
    *got = size;
    return PL_OK;
}

static int open_quietly(const char *path)
{
    const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    int fd = open(path, flags | O_NOATIME);
    if (fd < 0 && errno == EPERM) /* only the owner may ask for it */
        fd = open(path, flags);
    return fd;
}

enum pl_status pl_source_open(struct pl_source *s, const char *path, const char **why)
{
    struct stat st;
    *s = (struct pl_source){.fd = -1, .pread = file_pread};
    s->path = strdup(path);
    if (!s->path) {
        s->error = ENOMEM;
        *why = pl_source_why(ENOMEM);
        goto failed;
    }
    s->fd = open_quietly(path);
    if (s->fd < 0 || fstat(s->fd, &st) != 0) {
        s->error = errno;
        *why = pl_source_why(s->error);
        goto failed;
    }
    *why = stat_why(&st);
    if (*why)
        goto failed;
    s->size = (uint64_t)st.st_size;
    return PL_OK;

failed:
    pl_source_close(s);
    return PL_STOP;
}

bool pl_source_is_absent(const struct pl_source *s) { return s->error == ENOENT || s->error == ENOTDIR; }

void pl_source_memory(struct pl_source *s, const void *data, size_t size)
{
    *s = (struct pl_source){.fd = -1, .pread = memory_pread, .size = size, .hook = (void *)data};
    s->path = strdup("(memory)");
}

enum pl_status pl_source_read(struct pl_source *s, uint64_t offset, void *buf, size_t size, size_t *got)
{
    *got = 0;
    if (offset >= s->size)
        return PL_OK;
    if (size > s->size - offset)
        size = (size_t)(s->size - offset);
    enum pl_status status = s->pread(s, offset, buf, size, got);
    s->reads++;
    s->bytes_read += *got;
    return status;
}

void pl_source_close(struct pl_source *s)
{
    if (s->fd >= 0)
        close(s->fd);
    free(s->path);
    s->fd = -1;
    s->path = NULL;
    s->size = 0;
}

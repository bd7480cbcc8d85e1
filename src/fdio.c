/*
 * fdio.c - see fdio.h.
 *
 * Layer: the lowest of the core. For small files that are read or written at once; stores have source.c, outputs
 * sink.c.
 */
#include "fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"

ssize_t pl_fd_read(int fd, void *data, size_t size, off_t at)
{
    char *to = data;
    size_t got = 0;
    while (got < size) {
        ssize_t n = at < 0 ? read(fd, to + got, size - got) : pread(fd, to + got, size - got, at + (off_t)got);
        if (n == 0)
            break;
        if (n < 0 && errno != EINTR)
            return -1;
        got += n > 0 ? (size_t)n : 0;
    }
    return (ssize_t)got;
}

int pl_fd_write(int fd, const void *data, size_t size, off_t at)
{
    const char *from = data;
    size_t done = 0;
    while (done < size) {
        ssize_t n =
            at < 0 ? write(fd, from + done, size - done) : pwrite(fd, from + done, size - done, at + (off_t)done);
        if (n == 0 || (n < 0 && errno != EINTR))
            return n == 0 ? ENOSPC : errno;
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

ssize_t pl_line_read(char **line, size_t *room, FILE *file)
{
    ssize_t size = getline(line, room, file);
    if (size < 0 && !feof(file) && !ferror(file))
        pl_memory_missed();
    return size;
}

bool pl_line_fit(FILE *file, char *line, size_t room, size_t *size)
{
    int c = 0;
    *size = 0;
    while (c != '\n' && (c = getc_unlocked(file)) != EOF)
        if (*size < room)
            line[(*size)++] = (char)c;
    if (*size < room)
        line[*size] = '\0';
    return *size > 0 && !ferror(file);
}

int pl_file_open(int folder, const char *path, int flags)
{
    struct stat st;
    int fd = openat(folder, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags);
    if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
        return fd;
    close(fd);
    errno = EINVAL;
    return -1;
}

FILE *pl_file_stream(int folder, const char *path, int flags)
{
    int fd = pl_file_open(folder, path, flags);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (!file && fd >= 0)
        close(fd);
    return file;
}

FILE *pl_file_temporary(void)
{
    char path[PATH_MAX];
    const char *folder = getenv("TMPDIR");
    int n = snprintf(path, sizeof path, "%s/pimlift-XXXXXX", folder && *folder ? folder : P_tmpdir);
    int fd = n > 0 && n < PATH_MAX ? mkostemp(path, O_CLOEXEC) : -1;
    if (fd >= 0)
        (void)unlink(path);
    FILE *file = fd >= 0 ? fdopen(fd, "w+") : NULL;
    if (!file && fd >= 0)
        close(fd);
    return file;
}

bool pl_file_again(FILE *file)
{
    clearerr(file);
    return fseek(file, 0, SEEK_SET) == 0;
}

/*
 * fdio.h - all bytes of a read or a write, in as many steps as the system takes.
 */
#ifndef PL_FDIO_H
#define PL_FDIO_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

/* As much as there is, up to size; at < 0: from where the descriptor stands. -1, and errno. */
ssize_t pl_fd_read(int fd, void *data, size_t size, off_t at);
/* The same; 0, or an errno. */
int pl_fd_write(int fd, const void *data, size_t size, off_t at);
/* A file that a folder holds, to be read. What is no regular file (EINVAL) is not waited for: whoever put a pipe in
 * its place could keep a program for ever. `flags`: O_NOFOLLOW or 0. -1, and errno; of the second NULL. */
int pl_file_open(int folder, const char *path, int flags);
FILE *pl_file_stream(int folder, const char *path, int flags);
/* A file without a name below TMPDIR, of which tmpfile() knows nothing. NULL, and errno. */
FILE *pl_file_temporary(void);
/* To the begin, without the error that it may have had. false: it can't be read again. */
bool pl_file_again(FILE *file);
/* As getline(), which does not tell the end from want of memory: that is counted (memory.h). Who reads asks
 * ferror(). */
ssize_t pl_line_read(char **line, size_t *room, FILE *file);
/* The next line with its LF and a NUL behind it; *size is what it has. Of one that does not fit into `room` bytes
 * *size is `room`, and its rest is passed over. false: there is none, or it can't be read (ferror). */
bool pl_line_fit(FILE *file, char *line, size_t room, size_t *size);

#endif

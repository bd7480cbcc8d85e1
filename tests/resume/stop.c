/*
 * stop.c - stops a program at a known place: preloaded with LD_PRELOAD, for tests of --resume and --jobs.
 *
 * STOP="write:N:int" raises SIGINT when the program calls pwrite() for the Nth time, STOP_COUNT=FILE tells how
 * often it does. "unlink:N:kill" ends it with SIGKILL when it takes away its Nth file, UNLINK_COUNT=FILE tells how
 * many it does. "claim:N:kill" ends a worker with SIGKILL, and "claim:N:exit" with status 7, when it says that it
 * begins its Nth folder (struct pl_job_word in src/jobs.h). A worker is told by its call of prctl().
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define CLAIMED 3u
#define WORD    32u

static unsigned writes, unlinks, claims;
static int is_child;

static void meet(const char *what, unsigned count)
{
    const char *stop = getenv("STOP");
    char wanted[16], action[8];
    unsigned at = 0;
    if (!stop || sscanf(stop, "%15[a-z]:%u:%7[a-z]", wanted, &at, action) != 3 || strcmp(wanted, what) != 0 ||
        at != count)
        return;
    if (!strcmp(action, "exit"))
        _exit(7);
    (void)raise(strcmp(action, "int") ? SIGKILL : SIGINT);
}

static void tell_one(const char *variable, unsigned count)
{
    const char *path = getenv(variable);
    FILE *f = path && !is_child ? fopen(path, "w") : NULL;
    if (f) {
        fprintf(f, "%u\n", count);
        fclose(f);
    }
}

__attribute__((destructor)) static void tell(void)
{
    tell_one("STOP_COUNT", writes);
    tell_one("UNLINK_COUNT", unlinks);
}

int prctl(int option, ...)
{
    int (*next)(int, ...) = (int (*)(int, ...))dlsym(RTLD_NEXT, "prctl");
    unsigned long a[4];
    va_list list;
    va_start(list, option);
    for (int i = 0; i < 4; i++)
        a[i] = va_arg(list, unsigned long);
    va_end(list);
    is_child |= option == PR_SET_PDEATHSIG;
    return next(option, a[0], a[1], a[2], a[3]);
}

ssize_t write(int fd, const void *data, size_t size)
{
    ssize_t (*next)(int, const void *, size_t) = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    uint64_t state = 0;
    if (is_child && size == WORD)
        memcpy(&state, (const char *)data + WORD - sizeof state, sizeof state);
    ssize_t n = next(fd, data, size);
    if (state == CLAIMED)
        meet("claim", ++claims);
    return n;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at)
{
    ssize_t (*next)(int, const void *, size_t, off_t) =
        (ssize_t(*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite");
    if (!is_child)
        meet("write", ++writes);
    return next(fd, data, size, at);
}

int unlinkat(int folder, const char *name, int flags)
{
    int (*next)(int, const char *, int) = (int (*)(int, const char *, int))dlsym(RTLD_NEXT, "unlinkat");
    if (!is_child)
        meet("unlink", ++unlinks);
    return next(folder, name, flags);
}

/*
 * hashers.c - see hashers.h.
 *
 * Each process takes paths from a pipe, one a packet, and answers through another one with an octet that tells
 * whether the file could be read, and the digest. Files go to the processes in turn; few enough wait that no pipe
 * is ever full.
 */
#include "hashers.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fdio.h"
#include "sums.h"

#define HASHERS_MOST 16u
#define WAIT_EACH    8u /* packets; a pipe holds 16 */

struct answer {
    uint8_t known;
    uint8_t sha256[32];
};

struct hasher {
    pid_t pid;
    int ask, hear;
    bool deaf; /* it gave no whole answer, so that the next one would not be told apart from the rest of that */
};

struct question {
    char *path;
    bool sent;
};

struct pl_hashers {
    int root;
    unsigned count;
    struct hasher list[HASHERS_MOST];
    struct question waiting[HASHERS_MOST * WAIT_EACH]; /* by their number */
    uint64_t asked, taken;
};

static _Noreturn void hasher_run(int root, int asked, int answers)
{
    char path[PIPE_BUF];
    ssize_t size;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    while ((size = read(asked, path, sizeof path)) > 0 || (size < 0 && errno == EINTR)) {
        struct answer a = {0};
        if (size <= 0)
            continue;
        a.known = path[size - 1] == '\0' && pl_sums_hash(root, path, a.sha256);
        if (pl_fd_write(answers, &a, sizeof a, -1) != 0)
            break;
    }
    _exit(0);
}

/* false: there is one less. */
static bool hasher_start(struct pl_hashers *h)
{
    int ask[2], hear[2];
    if (pipe2(ask, O_CLOEXEC | O_DIRECT) != 0)
        return false;
    if (pipe2(hear, O_CLOEXEC) != 0) {
        close(ask[0]);
        close(ask[1]);
        return false;
    }
    pid_t pid = fork();
    if (pid == 0) {
        for (unsigned i = 0; i < h->count; i++) /* it is for this process to end them */
            close(h->list[i].ask);
        close(ask[1]);
        close(hear[0]);
        hasher_run(h->root, ask[0], hear[1]);
    }
    close(ask[0]);
    close(hear[1]);
    if (pid < 0) {
        close(ask[1]);
        close(hear[0]);
        return false;
    }
    h->list[h->count].pid = pid;
    h->list[h->count].ask = ask[1];
    h->list[h->count++].hear = hear[0];
    return true;
}

struct pl_hashers *pl_hashers_start(int root, unsigned count)
{
    struct pl_hashers *h = count > 1 ? calloc(1, sizeof *h) : NULL;
    if (!h)
        return NULL;
    h->root = root;
    while (h->count < count && h->count < HASHERS_MOST && hasher_start(h))
        ;
    if (h->count)
        return h;
    free(h);
    return NULL;
}

static size_t waiting_most(const struct pl_hashers *h) { return h->count * WAIT_EACH; }

bool pl_hashers_ask(struct pl_hashers *h, const char *path)
{
    size_t size = strlen(path) + 1;
    char *copy = h->asked - h->taken < waiting_most(h) ? strdup(path) : NULL;
    if (!copy)
        return false;
    struct question *q = &h->waiting[h->asked % waiting_most(h)];
    const struct hasher *to = &h->list[h->asked++ % h->count];
    *q = (struct question){.path = copy,
                           .sent = size <= PIPE_BUF && !to->deaf && pl_fd_write(to->ask, path, size, -1) == 0};
    return true;
}

bool pl_hashers_take(struct pl_hashers *h, char **path, uint8_t sha256[32])
{
    struct answer a = {0};
    *path = NULL;
    if (h->taken == h->asked)
        return true;
    const struct question *q = &h->waiting[h->taken % waiting_most(h)];
    struct hasher *of = &h->list[h->taken++ % h->count];
    *path = q->path;
    if (q->sent && !of->deaf && pl_fd_read(of->hear, &a, sizeof a, -1) != (ssize_t)sizeof a)
        of->deaf = true;
    if (q->sent && !of->deaf && a.known == 1) {
        memcpy(sha256, a.sha256, sizeof a.sha256);
        return true;
    }
    return pl_sums_hash(h->root, *path, sha256);
}

void pl_hashers_end(struct pl_hashers *h)
{
    if (!h)
        return;
    for (unsigned i = 0; i < h->count; i++) {
        close(h->list[i].ask);
        close(h->list[i].hear);
        kill(h->list[i].pid, SIGKILL);
        while (waitpid(h->list[i].pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    for (; h->taken < h->asked; h->taken++)
        /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): without processes nothing was asked for */
        free(h->waiting[h->taken % waiting_most(h)].path);
    free(h);
}

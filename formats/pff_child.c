/*
 * pff_child.c - libpff in a process of its own, with limits.
 *
 * Layer: formats, between pff.c and pff_lib.c. A hostile store may make libpff
 * crash, loop or eat memory; then a child dies, and the caller loses one object.
 * The child has no descriptors but the source and the socket, no core file, bounded
 * address space and, for each request, bounded processor time; the parent waits a
 * bounded time and kills. Messages are length32 and that many bytes, both ways.
 *
 * The child ends when the socket does, so it never outlives its parent for longer
 * than one request. Sanitizers map terabytes: there the address space is not bounded.
 */
#include "pff_child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BOUNDED_MEMORY 0
#else
#define BOUNDED_MEMORY 1
#endif

struct pff_limits pff_limits_of(uint64_t source_size)
{
    uint64_t mib = source_size >> 20;
    if (mib > 8192)
        mib = 8192;
    return (struct pff_limits){
        .memory = ((size_t)512 << 20) + (size_t)(mib << 20),
        .cpu_s = 30,
        .wall_ms = 30000,
        .open_ms = 60000 + (unsigned)mib * 100,
        .most_deaths = 32,
    };
}

/* --- the child's side -------------------------------------------------- */

static bool receive_all(int fd, void *data, size_t size)
{
    for (size_t at = 0; at < size;) {
        ssize_t n = read(fd, (char *)data + at, size - at);
        if (n == 0 || (n < 0 && errno != EINTR))
            return false;
        at += n > 0 ? (size_t)n : 0;
    }
    return true;
}

static bool send_all(int fd, const void *data, size_t size)
{
    for (size_t at = 0; at < size;) {
        ssize_t n = send(fd, (const char *)data + at, size - at, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR)
            return false;
        at += n > 0 ? (size_t)n : 0;
    }
    return true;
}

static bool send_message(int fd, const void *data, size_t size)
{
    uint8_t head[4];
    pl_put32(head, (uint32_t)size);
    return send_all(fd, head, sizeof head) && send_all(fd, data, size);
}

static void limit(int which, rlim_t value)
{
    struct rlimit now;
    if (!getrlimit((__rlimit_resource_t)which, &now) && (now.rlim_max == RLIM_INFINITY || value < now.rlim_max)) {
        now.rlim_cur = value;
        setrlimit((__rlimit_resource_t)which, &now);
    }
}

static void limit_cpu(unsigned seconds)
{
    struct rusage used;
    if (!getrusage(RUSAGE_SELF, &used))
        limit(RLIMIT_CPU, (rlim_t)used.ru_utime.tv_sec + (rlim_t)used.ru_stime.tv_sec + 1 + seconds);
}

static void close_others(int a, int b)
{
    unsigned low = (unsigned)(a < b ? a : b), high = (unsigned)(a < b ? b : a);
    if (low > 3)
        close_range(3, low - 1, 0);
    if (high > low + 1)
        close_range(low + 1, high - 1, 0);
    close_range(high + 1, ~0u, 0);
}

static void serve(struct pff_child *c, int fd)
{
    struct pff_lib *lib = pff_lib_new(c->source);
    struct pl_buf reply;
    pl_buf_init(&reply, PFF_REPLY_MAX);
    uint8_t head[4], request[PFF_REQUEST_MAX];
    unsigned cpu_s = c->limits.cpu_s + c->limits.open_ms / 1000;
    while (lib && receive_all(fd, head, sizeof head)) {
        uint32_t size = pl_le32(head);
        if (size > sizeof request || !receive_all(fd, request, size))
            break;
        limit_cpu(cpu_s);
        cpu_s = c->limits.cpu_s;
        pl_buf_clear(&reply);
        pff_lib_serve(lib, request, size, &reply);
        if (!send_message(fd, reply.data, reply.size))
            break;
    }
}

/* Never returns to the caller's code: its buffers and handlers are not the child's to flush or run. */
static void child_main(struct pff_child *c, int fd)
{
    static const int usual[] = {SIGINT, SIGTERM, SIGHUP, SIGXCPU, SIGSEGV, SIGBUS, SIGPIPE};
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        signal(usual[i], SIG_DFL);
    signal(SIGINT, SIG_IGN); /* the terminal's ^C is the parent's to answer */
    close_others(fd, c->source->fd > 2 ? c->source->fd : fd);
    limit(RLIMIT_CORE, 0);
    if (BOUNDED_MEMORY && c->limits.memory)
        limit(RLIMIT_AS, c->limits.memory);
    serve(c, fd);
    _exit(0);
}

/* --- the parent's side ------------------------------------------------- */

static void end(struct pff_child *c)
{
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    if (c->pid > 0) {
        kill(c->pid, SIGKILL);
        while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    c->pid = 0;
}

static bool start(struct pff_child *c)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        return false;
    pid_t pid = fork();
    if (pid == 0)
        child_main(c, pair[1]);
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return false;
    }
    c->pid = pid;
    c->fd = pair[0];
    c->fresh = true;
    return true;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static enum pff_outcome receive(struct pff_child *c, void *data, size_t size, int64_t until)
{
    for (size_t at = 0; at < size;) {
        struct pollfd p = {.fd = c->fd, .events = POLLIN};
        int64_t left = until - now_ms();
        int ready = poll(&p, 1, left > 0 ? (int)left : 0);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return PFF_HUNG;
        ssize_t n = recv(c->fd, (char *)data + at, size - at, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
            return PFF_DIED;
        at += n > 0 ? (size_t)n : 0;
    }
    return PFF_ANSWERED;
}

static enum pff_outcome exchange(struct pff_child *c, const void *request, size_t size)
{
    uint8_t head[4], block[4096];
    int64_t until = now_ms() + c->limits.wall_ms + (c->fresh ? c->limits.open_ms : 0);
    if (!send_message(c->fd, request, size))
        return PFF_DIED;
    enum pff_outcome outcome = receive(c, head, sizeof head, until);
    if (outcome != PFF_ANSWERED)
        return outcome;
    c->fresh = false;
    size_t left = pl_le32(head);
    if (left > PFF_REPLY_MAX)
        return PFF_DIED;
    while (left) {
        size_t n = left < sizeof block ? left : sizeof block;
        outcome = receive(c, block, n, until);
        if (outcome != PFF_ANSWERED)
            return outcome;
        pl_buf_add(&c->reply, block, n);
        left -= n;
    }
    return PFF_ANSWERED;
}

bool pff_child_init(struct pff_child *c, struct pl_source *source, const struct pff_limits *limits, bool serial)
{
    *c = (struct pff_child){.source = source, .limits = *limits, .fd = -1};
    pl_buf_init(&c->reply, PFF_REPLY_MAX);
    if (serial)
        c->serial = pff_lib_new(source);
    return !serial || c->serial;
}

static enum pff_outcome ask_child(struct pff_child *c, const void *request, size_t size)
{
    if (c->pid == 0 && (c->deaths > c->limits.most_deaths || !start(c)))
        return PFF_GIVEN_UP;
    enum pff_outcome outcome = exchange(c, request, size);
    if (outcome != PFF_ANSWERED) {
        end(c);
        c->deaths++;
    }
    return outcome;
}

enum pff_outcome pff_child_ask(struct pff_child *c, const void *request, size_t size, struct pl_cursor *payload)
{
    *payload = pl_cursor(NULL, 0);
    if (size > PFF_REQUEST_MAX)
        return PFF_REFUSED;
    pl_buf_clear(&c->reply);
    if (c->serial)
        pff_lib_serve(c->serial, request, size, &c->reply);
    else {
        enum pff_outcome outcome = ask_child(c, request, size);
        if (outcome != PFF_ANSWERED)
            return outcome;
    }
    if (c->reply.failed || !c->reply.size)
        return PFF_TOO_MUCH;
    *payload = pl_cursor(c->reply.data + 1, c->reply.size - 1);
    switch ((enum pff_answer)(uint8_t)c->reply.data[0]) {
    case PFF_DONE: return PFF_ANSWERED;
    case PFF_FAILED: return PFF_REFUSED;
    case PFF_MEMORY: return PFF_TOO_MUCH;
    case PFF_NOTHING: return PFF_ABSENT;
    }
    return PFF_DIED;
}

void pff_child_release(struct pff_child *c)
{
    end(c);
    pff_lib_free(c->serial);
    c->serial = NULL;
    pl_buf_release(&c->reply);
}

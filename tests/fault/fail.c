/*
 * fail.c - a library to preload: one allocation, one system call or one fork() fails, or is cut short.
 *
 * The driver (faults.py) counts calls in a first run and lets one of them fail in each later run. Allocations
 * of the program, its libraries and the C library come here by their symbols. System calls come by SIGSYS: a filter
 * traps those of `kinds`, whoever makes them (SQLite, stdio, iconv), and the handler makes them in place of the
 * caller or does not. The stub that makes them is the one place that the filter lets pass.
 *
 * The program confines itself as always: its filter and its rules come on top of this one.
 * What happened is told in a file that the driver made (struct told); it is mapped, because descriptors are
 * closed by the program and a worker ends without its destructors.
 *
 * Env: FAULT_TOLD, the file; FAULT_KIND, the call or group; FAULT_N, which one fails (1 = the first);
 * FAULT_HOW, an errno or -1 = short; FAULT_EVER, all after it fail too; FAULT_PROCESS, 0 = the program,
 * 1 = the first one that it forks...; FAULT_STACKS, a file for what calls the allocations; FAULT_SHOW, the calls
 * that fail and a crash are shown with what led to them, on stderr.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#if !defined(__x86_64__)
#error "the registers of system calls are known for x86_64 only"
#endif

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define SHORT        (-1) /* as FAULT_HOW */

/* --- what can fail ------------------------------------------------------- */

/* The groups that fail together when a fault lasts. */
enum group { G_DISK = 1, G_IO = 2, G_FDS = 4, G_MEMORY = 8 };

static const struct kind {
    const char *name;
    int number;
    unsigned groups;
} kinds[] = {
    {"own", -1, G_MEMORY}, /* allocations that the program asks for itself, by malloc and strdup */
    {"library", -2, G_MEMORY},
    {"fork", -3, 0},
    {"read", SYS_read, G_IO},
    {"pread64", SYS_pread64, G_IO},
    {"readv", SYS_readv, G_IO},
    {"write", SYS_write, G_IO | G_DISK},
    {"pwrite64", SYS_pwrite64, G_IO | G_DISK},
    {"writev", SYS_writev, G_IO | G_DISK},
    {"open", SYS_open, G_FDS | G_DISK},
    {"openat", SYS_openat, G_FDS | G_DISK},
    {"close", SYS_close, 0},
    {"fsync", SYS_fsync, G_IO},
    {"fdatasync", SYS_fdatasync, G_IO},
    {"syncfs", SYS_syncfs, G_IO},
    {"sync_file_range", SYS_sync_file_range, 0},
    {"rename", SYS_rename, 0},
    {"renameat", SYS_renameat, 0},
    {"renameat2", SYS_renameat2, 0},
    {"link", SYS_link, 0},
    {"linkat", SYS_linkat, 0},
    {"symlink", SYS_symlink, 0},
    {"unlink", SYS_unlink, 0},
    {"unlinkat", SYS_unlinkat, 0},
    {"mkdir", SYS_mkdir, G_DISK},
    {"mkdirat", SYS_mkdirat, G_DISK},
    {"rmdir", SYS_rmdir, 0},
    {"ftruncate", SYS_ftruncate, 0},
    {"fallocate", SYS_fallocate, G_DISK},
    {"stat", SYS_stat, 0},
    {"lstat", SYS_lstat, 0},
    {"fstat", SYS_fstat, 0},
    {"newfstatat", SYS_newfstatat, 0},
    {"access", SYS_access, 0},
    {"faccessat2", SYS_faccessat2, 0},
    {"readlink", SYS_readlink, 0},
    {"getdents64", SYS_getdents64, G_IO},
    {"lseek", SYS_lseek, 0},
    {"fcntl", SYS_fcntl, 0},
    {"flock", SYS_flock, 0},
    {"fchown", SYS_fchown, 0},
    {"fchmod", SYS_fchmod, 0},
    {"getcwd", SYS_getcwd, 0},
    {"mmap", SYS_mmap, 0}, /* of files; memory fails by the allocations */
    {"pipe2", SYS_pipe2, G_FDS},
    {"socketpair", SYS_socketpair, G_FDS},
    {"poll", SYS_poll, 0},
    {"recvfrom", SYS_recvfrom, 0},
    {"sendto", SYS_sendto, 0},
    {"wait4", SYS_wait4, 0},
    {"ioctl", SYS_ioctl, 0},
    {"getrandom", SYS_getrandom, 0},
    {"prctl", SYS_prctl, 0},
    {"landlock_create_ruleset", SYS_landlock_create_ruleset, 0},
    {"landlock_add_rule", SYS_landlock_add_rule, 0},
    {"landlock_restrict_self", SYS_landlock_restrict_self, 0},
};
enum { OWN, LIBRARY, FORK, CALLS, KINDS = COUNT(kinds) };

static const struct {
    const char *name;
    unsigned groups;
} groups[] = {{"disk", G_DISK}, {"io", G_IO}, {"fds", G_FDS}, {"memory", G_MEMORY}};

/* --- what is told -------------------------------------------------------- */

enum { PROCESSES = 8, SITES = 8 };

struct told {
    uint32_t forks; /* in the order of their beginning */
    struct process {
        uint32_t hits;         /* calls that were made to fail */
        uint32_t ended;        /* by exit() */
        uint32_t own, library; /* allocations that live at the end; of the program itself none should */
        uint32_t descriptors;  /* open at the end */
        uint32_t counts[KINDS];
        uint32_t groups[COUNT(groups)];
        uint32_t sites[SITES]; /* of those allocations, relative to the program */
        uint32_t at;           /* who asked for the memory that was not given last, so too */
        char where[64];        /* the file of the call that failed */
        char asker[32],
            first[32]; /* the libraries that asked for memory and did not get it, the last and the first */
    } of[PROCESSES];
};

static struct told *told, nobody;
static struct process *self = &nobody.of[0];
static uint64_t *stacks;
static bool ready;

static struct {
    unsigned groups; /* 0: one kind */
    size_t kind;
    uint64_t n, seen;
    int how;
    bool ever, shown;
    unsigned process, at;
} fault;

/* What led here, on stderr. */
static void show(int signal)
{
    static bool busy;
    void *frames[48];
    if (busy)
        return;
    busy = true;
    int depth = backtrace(frames, 48);
    backtrace_symbols_fd(frames, depth, STDERR_FILENO);
    busy = false;
    if (signal)
        _exit(128 + signal);
    const char line[] = "----\n";
    ssize_t n = write(STDERR_FILENO, line, sizeof line - 1);
    (void)n;
}

/* Counts a call; does it fail? */
static bool fails(size_t kind, unsigned of)
{
    self->counts[kind]++;
    for (size_t i = 0; i < COUNT(groups); i++)
        self->groups[i] += (groups[i].groups & of) != 0;
    if (!fault.n || fault.at != fault.process || (fault.groups ? !(of & fault.groups) : kind != fault.kind))
        return false;
    fault.seen++;
    bool hit = fault.seen == fault.n || (fault.ever && fault.seen > fault.n);
    self->hits += hit;
    if (hit && fault.shown)
        show(0);
    return hit;
}

/* --- allocations --------------------------------------------------------- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *old);

/* Where the program itself is. */
static struct {
    uintptr_t start, end;
} program;

static bool within(const void *at, uintptr_t start, uintptr_t end)
{
    return (uintptr_t)at >= start && (uintptr_t)at < end;
}

/* Those that the program itself asked for: by address, with who asked. No entry is ever moved over a hole. */
#define LIVE ((size_t)1 << 17)
static struct live {
    uintptr_t at, site;
} live[LIVE];

static size_t live_slot(uintptr_t at) { return (at >> 4) * 0x9E3779B97F4A7C15u >> (64 - 17); }

static void live_add(void *at, const void *site)
{
    size_t i = live_slot((uintptr_t)at);
    while (live[i].at)
        i = (i + 1) % LIVE;
    live[i] = (struct live){(uintptr_t)at, (uintptr_t)site};
    if (++self->own > LIVE / 2)
        abort(); /* room for more is needed */
}

static bool live_remove(const void *at)
{
    size_t i = live_slot((uintptr_t)at);
    while (live[i].at && live[i].at != (uintptr_t)at)
        i = (i + 1) % LIVE;
    if (!live[i].at)
        return false;
    self->own--;
    for (size_t hole = i;;) { /* what was pushed on by the one that goes, comes back */
        i = (i + 1) % LIVE;
        if (!live[i].at) {
            live[hole].at = 0;
            return true;
        }
        size_t home = live_slot(live[i].at);
        if ((i - home) % LIVE >= (i - hole) % LIVE) {
            live[hole] = live[i];
            hole = i;
        }
    }
}

/* Who calls, as a number: for a list of what there is to fail. The frames of this library are left out. */
static void stack_note(bool own)
{
    enum { DEPTH = 40, HERE = 3 };
    static bool busy;
    size_t n = self->counts[OWN] + self->counts[LIBRARY];
    if (!stacks || busy || fault.at)
        return;
    void *frames[DEPTH];
    busy = true;
    int depth = backtrace(frames, DEPTH);
    busy = false;
    uint64_t hash = 14695981039346656037u;
    for (int i = HERE; i < depth; i++)
        hash = (hash ^ ((uintptr_t)frames[i] & 0xFFFFFFFFFFF)) * 1099511628211u;
    stacks[n - 1] = (hash << 1) | own;
}

static void asker_note(const void *caller)
{
    Dl_info info;
    const char *name = dladdr(caller, &info) ? strrchr(info.dli_fname, '/') : NULL;
    memset(self->asker, 0, sizeof self->asker);
    if (name)
        strncpy(self->asker, name + 1, sizeof self->asker - 1);
    if (!self->first[0])
        memcpy(self->first, self->asker, sizeof self->first);
    self->at = (uint32_t)((uintptr_t)caller - program.start);
}

static bool alloc_fails(const void *caller, bool *own)
{
    *own = within(caller, program.start, program.end);
    if (!ready)
        return false;
    bool result = fails(*own ? OWN : LIBRARY, G_MEMORY);
    stack_note(*own);
    if (result) {
        asker_note(caller);
        errno = ENOMEM;
    }
    return result;
}

static void *allocated(void *new, bool own, const void *caller)
{
    if (new &&own)
        live_add(new, caller);
    else if (new)
        self->library++;
    return new;
}

static void *take(size_t size, const void *caller)
{
    bool own;
    return alloc_fails(caller, &own) ? NULL : allocated(__libc_malloc(size), own, caller);
}

void *malloc(size_t size) { return take(size, __builtin_return_address(0)); }

void *calloc(size_t count, size_t size)
{
    bool own;
    const void *caller = __builtin_return_address(0);
    return alloc_fails(caller, &own) ? NULL : allocated(__libc_calloc(count, size), own, caller);
}

static void forget(const void *old)
{
    if (old && !live_remove(old))
        self->library--;
}

static void *again(void *old, size_t size, const void *caller)
{
    bool own;
    if (alloc_fails(caller, &own))
        return NULL;
    void *new = __libc_realloc(old, size);
    if (new || !size)
        forget(old);
    return allocated(new, own, caller);
}

void *realloc(void *old, size_t size) { return again(old, size, __builtin_return_address(0)); }

void *reallocarray(void *old, size_t count, size_t size)
{
    size_t all;
    if (__builtin_mul_overflow(count, size, &all)) {
        errno = ENOMEM;
        return NULL;
    }
    return again(old, all, __builtin_return_address(0));
}

static void *aligned(size_t alignment, size_t size, const void *caller)
{
    bool own;
    return alloc_fails(caller, &own) ? NULL : allocated(__libc_memalign(alignment, size), own, caller);
}

void *memalign(size_t alignment, size_t size) { return aligned(alignment, size, __builtin_return_address(0)); }
void *aligned_alloc(size_t alignment, size_t size) { return aligned(alignment, size, __builtin_return_address(0)); }

int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *new = aligned(alignment, size, __builtin_return_address(0));
    if (new)
        *out = new;
    return new ? 0 : ENOMEM;
}

char *strndup(const char *text, size_t most)
{
    size_t size = strnlen(text, most);
    char *new = take(size + 1, __builtin_return_address(0));
    if (new) {
        memcpy(new, text, size);
        new[size] = '\0';
    }
    return new;
}

char *strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *new = take(size, __builtin_return_address(0));
    return new ? memcpy(new, text, size) : NULL;
}

void free(void *old)
{
    forget(old);
    __libc_free(old);
}

/* --- system calls -------------------------------------------------------- */

long fault_pass(const long long *arguments, long number);
extern const char fault_passed[]; /* where the kernel sees a call of the stub come from */

__asm__(".text\n.globl fault_pass\n.globl fault_passed\n.type fault_pass, @function\n"
        "fault_pass:\n"
        "    mov %rsi, %rax\n"
        "    mov %rdi, %r11\n"
        "    mov 0(%r11), %rdi\n"
        "    mov 8(%r11), %rsi\n"
        "    mov 16(%r11), %rdx\n"
        "    mov 24(%r11), %r10\n"
        "    mov 32(%r11), %r8\n"
        "    mov 40(%r11), %r9\n"
        "    syscall\n"
        "fault_passed:\n"
        "    ret\n");

static bool regular(int fd)
{
    struct stat st;
    const long long arguments[6] = {fd, (intptr_t)&st};
    return fault_pass(arguments, SYS_fstat) == 0 && S_ISREG(st.st_mode);
}

/* Half of what was asked for, at least a byte; a pipe takes and gives the few bytes of a message at once. */
static bool cut(long number, long long *arguments)
{
    switch (number) {
    case SYS_read:
    case SYS_write:
    case SYS_pread64:
    case SYS_pwrite64:
        if (arguments[2] < 2 || (!regular((int)arguments[0]) && arguments[0] != STDOUT_FILENO))
            return false;
        arguments[2] /= 2;
        return true;
    case SYS_readv:
    case SYS_writev:
        if (arguments[2] < 2)
            return false;
        arguments[2] = 1;
        return true;
    default: return false;
    }
}

/* Not what is said to people, nor the look of malloc() for memory. */
static bool counts(long number, const long long *arguments)
{
    switch (number) {
    case SYS_write:
    case SYS_writev: return arguments[0] != STDERR_FILENO;
    case SYS_mmap: return (int)arguments[4] >= 0;
    default: return true;
    }
}

/* A full disk lets what is there be opened. */
static unsigned groups_of(const struct kind *kind, const long long *arguments)
{
    bool opens = kind->number == SYS_openat || kind->number == SYS_open;
    bool makes = (arguments[kind->number == SYS_openat ? 2 : 1] & O_CREAT) != 0;
    return opens && !makes ? kind->groups & ~(unsigned)G_DISK : kind->groups;
}

/* The file that was named last: where a call that has but a descriptor may belong. */
static void name_note(long number, const long long *arguments)
{
    const char *name = number == SYS_openat || number == SYS_mkdirat || number == SYS_unlinkat ||
                               number == SYS_newfstatat || number == SYS_renameat2
                           ? (const char *)(intptr_t)arguments[1]
                       : number == SYS_open || number == SYS_mkdir || number == SYS_unlink || number == SYS_rmdir
                           ? (const char *)(intptr_t)arguments[0]
                           : NULL;
    if (name && *name && !self->hits) {
        size_t i = 0;
        for (; name[i] && i + 1 < sizeof self->where; i++)
            self->where[i] = name[i];
        self->where[i] = '\0';
    }
}

static long answer(long number, long long *arguments)
{
    size_t kind = CALLS;
    while (kind < KINDS && kinds[kind].number != number)
        kind++;
    name_note(number, arguments);
    if (kind == KINDS || !counts(number, arguments) || !fails(kind, groups_of(&kinds[kind], arguments)))
        return fault_pass(arguments, number);
    /* stdio does not write again after EINTR; only signals that end the program interrupt it there */
    bool stays = fault.how == EINTR && number == SYS_write && arguments[0] == STDOUT_FILENO;
    if (stays || (fault.how == SHORT && !cut(number, arguments)))
        self->hits--;
    if (stays || fault.how == SHORT)
        return fault_pass(arguments, number);
    if (number == SYS_close) /* whatever it says, the descriptor is gone */
        (void)fault_pass(arguments, number);
    return -fault.how;
}

static void trapped(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
    long long arguments[6] = {r[REG_RDI], r[REG_RSI], r[REG_RDX], r[REG_R10], r[REG_R8], r[REG_R9]};
    int saved = errno;
    r[REG_RAX] = answer(info->si_syscall, arguments);
    errno = saved;
}

static void trap(void)
{
    enum { HEAD = 7, TAIL = 2 };
    const uintptr_t stub = (uintptr_t)fault_passed;
    const size_t calls = KINDS - CALLS;
    struct sock_filter program_of[HEAD + (KINDS - CALLS) + TAIL] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)stub, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer) + 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(stub >> 32), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_STMT(BPF_MISC | BPF_TAX, 0),
    };
    size_t n = HEAD;
    for (size_t i = 0; i < calls; i++, n++)
        program_of[n] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)kinds[CALLS + i].number,
                                                     (uint8_t)(calls - i), 0);
    program_of[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    program_of[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
    const struct sock_fprog filter = {.len = (unsigned short)n, .filter = program_of};
    struct sigaction action = {.sa_sigaction = trapped, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART};
    if (sigaction(SIGSYS, &action, NULL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) != 0)
        _exit(99);
}

/* glibc makes the call with all signals blocked, so it can't be trapped. */
pid_t fork(void)
{
    pid_t (*real)(void) = NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "fork");
    if (fails(FORK, 0)) {
        errno = fault.how;
        return -1;
    }
    unsigned next = __atomic_add_fetch(told ? &told->forks : &nobody.forks, 1, __ATOMIC_SEQ_CST);
    pid_t pid = real();
    if (pid == 0 && told) {
        fault.at = next;
        fault.seen = 0;
        self = next < PROCESSES ? &told->of[next] : &nobody.of[0];
    }
    return pid;
}

/* --- begin and end ------------------------------------------------------- */

/* The first object is the program. */
static int program_find(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size, (void)data;
    program.start = program.end = info->dlpi_addr;
    for (size_t i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD &&
            program.end < info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz)
            program.end = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
    return 1;
}

static void *map(const char *name, size_t size)
{
    const char *path = getenv(name);
    int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd < 0)
        return NULL;
    void *at = ftruncate(fd, (off_t)size) == 0 ? mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : NULL;
    close(fd);
    return at == MAP_FAILED ? NULL : at;
}

static long number_of(const char *name)
{
    const char *value = getenv(name);
    return value ? strtol(value, NULL, 10) : 0;
}

static void fault_choose(void)
{
    const char *kind = getenv("FAULT_KIND");
    fault.n = (uint64_t)number_of("FAULT_N");
    fault.how = (int)number_of("FAULT_HOW");
    fault.ever = number_of("FAULT_EVER") != 0;
    fault.process = (unsigned)number_of("FAULT_PROCESS");
    fault.kind = KINDS;
    for (size_t i = 0; kind && i < KINDS; i++)
        if (!strcmp(kinds[i].name, kind))
            fault.kind = i;
    for (size_t i = 0; kind && i < COUNT(groups); i++)
        if (!strcmp(groups[i].name, kind))
            fault.groups = groups[i].groups;
}

__attribute__((constructor)) static void begin(void)
{
    void *frames[4];
    dl_iterate_phdr(program_find, NULL);
    told = map("FAULT_TOLD", sizeof *told);
    if (!told)
        return;
    self = &told->of[0];
    fault.shown = getenv("FAULT_SHOW") != NULL;
    if (fault.shown || getenv("FAULT_STACKS"))
        (void)backtrace(frames, 4); /* loads what it needs */
    if (fault.shown)
        signal(SIGSEGV, show);
    stacks = map("FAULT_STACKS", (size_t)64 << 20);
    fault_choose();
    trap();
    ready = true;
}

__attribute__((destructor)) static void end(void)
{
    if (!ready || self == &nobody.of[0])
        return;
    ready = false;
    for (size_t i = 0, n = 0; i < LIVE && n < SITES; i++)
        if (live[i].at)
            self->sites[n++] = (uint32_t)(live[i].site - program.start);
    for (int fd = 3; fd < 256; fd++) {
        const long long arguments[6] = {fd, F_GETFD};
        self->descriptors += fault_pass(arguments, SYS_fcntl) >= 0;
    }
    self->ended = 1;
}

/*
 * t_sandbox.c - what a confined process can still do, and what it can't.
 *
 * The independent side is the kernel: each test makes a child, confines it, and lets
 * it try. A child that fails to be refused leaves the number of the line.
 */
#include "fdio.h"
#include "sandbox.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <linux/fs.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static char folder[64];
static int *wrong; /* the line, shared with the children: a status has too few bits for it */

static void file_make(const char *name)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    cr_assert(fd >= 0 && write(fd, "store", 5) == 5);
    close(fd);
}

static void begin(void)
{
    wrong = mmap(NULL, sizeof *wrong, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert(wrong != MAP_FAILED);
    strcpy(folder, "/var/lib/pimlift-sandbox-XXXXXX");
    if (!mkdtemp(folder)) {
        strcpy(folder, "./pimlift-sandbox-XXXXXX");
        cr_assert(mkdtemp(folder));
    }
    cr_assert_eq(chdir(folder), 0);
    cr_assert_eq(mkdir("in", 0700) | mkdir("out", 0700) | mkdir("other", 0700), 0);
    file_make("in/store");
    file_make("other/secret");
    file_make("out/old");
}

static void end(void)
{
    char command[96];
    cr_assert_eq(chdir("/"), 0);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    cr_assert_eq(system(command), 0);
}
TestSuite(sandbox, .init = begin, .fini = end);

enum { WRONG = 1, CANT = 2, OTHERWISE = -1 };

#define TRY(condition)                                                                                             \
    do {                                                                                                           \
        if (!(condition)) {                                                                                        \
            *wrong = __LINE__;                                                                                     \
            _exit(WRONG);                                                                                          \
        }                                                                                                          \
    } while (0)

/* 0; or WRONG; or CANT: this kernel, or a build that must not confine; or it died. */
static int confined(void (*attempt)(void))
{
    int status;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        const struct pl_sandbox_path paths[] = {
            {"in", PL_SANDBOX_READ}, {"out", PL_SANDBOX_WRITE}, {"absent", PL_SANDBOX_READ}};
        const char *why;
        if (pl_sandbox_enter(paths, 3, &why) != PL_OK)
            _exit(CANT);
        attempt();
        _exit(0);
    }
    cr_assert(child > 0);
    cr_assert_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : OTHERWISE;
}

static bool refuses(void)
{
#ifdef PL_UNCONFINED
    return false;
#else
    return getenv("LD_PRELOAD") == NULL; /* valgrind */
#endif
}

static bool opens(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* As SQLite locks a ledger. */
static void locks_work(void)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    int fd = open("out/old", O_RDWR | O_CLOEXEC);
    TRY(fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0 && fcntl(fd, F_GETLK, &lock) == 0);
    lock.l_type = F_UNLCK;
    TRY(fcntl(fd, F_SETLKW, &lock) == 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC && fcntl(fd, F_GETFL) >= 0);
    int other = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    TRY(other >= 0 && fcntl(other, F_SETFD, 0) == 0);
    close(other);
    close(fd);
}

static void allowed(void)
{
    TRY(opens("in/store", O_RDONLY));
    TRY(opens("out/new", O_WRONLY | O_CREAT));
    TRY(opens("out/old", O_WRONLY | O_TRUNC));
    TRY(opens("out", O_WRONLY | O_TMPFILE));
    TRY(mkdir("out/deep", 0700) == 0 && rename("out/new", "out/deep/new") == 0);
    TRY(unlink("out/deep/new") == 0 && rmdir("out/deep") == 0);
    iconv_t cd = iconv_open("UTF-8", "ISO-2022-JP");
    TRY(cd != (iconv_t)-1);
    iconv_close(cd);
    int pair[2], status;
    TRY(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    TRY(send(pair[0], "x", 1, MSG_NOSIGNAL) == 1);
    pid_t child = fork();
    if (child == 0)
        pause();
    TRY(child > 0 && kill(child, SIGTERM) == 0 && waitpid(child, &status, 0) == child);
    FILE *unnamed = setenv("TMPDIR", "out", 1) == 0 ? pl_file_temporary() : NULL;
    TRY(unnamed != NULL);
    fclose(unnamed);
    locks_work();
}

static void files_refused(void)
{
    TRY(!opens("other/secret", O_RDONLY) && errno == EACCES);
    TRY(!opens("in/../other/secret", O_RDONLY) && errno == EACCES);
    TRY(!opens("/etc/passwd", O_RDONLY) && errno == EACCES);
    TRY(!opens(P_tmpdir "/pimlift-sandbox", O_WRONLY | O_CREAT) && errno == EACCES);
    TRY(!opens("/var/tmp", O_WRONLY | O_TMPFILE) && errno == EACCES);
    TRY(!opens("in/store", O_WRONLY) && errno == EACCES);
    TRY(!opens("in/store", O_RDWR | O_TRUNC) && errno == EACCES);
    TRY(!opens("in/new", O_WRONLY | O_CREAT) && errno == EACCES);
    TRY(unlink("in/store") != 0 && errno == EACCES);
    TRY(rename("in/store", "out/store") != 0);
    TRY(symlink("../other/secret", "out/link") != 0);
    TRY(mkdir("more", 0700) != 0 && errno == EACCES);
}

static void link_refused(void) { TRY(!opens("out/way", O_RDONLY) && errno == EACCES); }

/* A pair is for two ends, and reaches nobody else. */
static void pairs_refused(void)
{
    static const struct sockaddr_un elsewhere = {.sun_family = AF_UNIX};
    int pair[2];
    TRY(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0 && errno == EPERM);
    TRY(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0 && errno == EPERM);
    TRY(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    TRY(sendto(pair[0], "x", 1, 0, (const struct sockaddr *)&elsewhere, sizeof elsewhere) < 0 && errno == EPERM);
    TRY(sendmsg(pair[0], &(struct msghdr){0}, 0) < 0 && errno == EPERM);
}

static void calls_refused(void)
{
    pairs_refused();
    char *const arguments[] = {"true", NULL};
    TRY(socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EPERM);
    TRY(socket(AF_UNIX, SOCK_STREAM, 0) < 0 && errno == EPERM);
    TRY(execv("/bin/true", arguments) != 0 && (errno == EPERM || errno == EACCES));
    TRY(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) != 0 && errno == EPERM);
    TRY(shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600) < 0 && errno == EPERM);
    TRY(syscall(SYS_pidfd_open, getppid(), 0) < 0 && errno == EPERM);
    TRY(syscall(SYS_mq_open, "pimlift", O_CREAT | O_RDWR, 0600, NULL) < 0 && errno == EPERM);
}

/* Landlock has no right for what a file says of itself: neither by its name nor by a descriptor that only reads. */
static void attributes_refused(void)
{
    const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    int fd = open("in/store", O_RDONLY);
    TRY(fd >= 0);
    TRY(chmod("in/store", 0777) != 0 && errno == EPERM);
    TRY(fchmod(fd, 0777) != 0 && errno == EPERM);
    TRY(syscall(452, AT_FDCWD, "in/store", 0777, 0) != 0 && (errno == EPERM || errno == ENOSYS));
    TRY(chown("in/store", getuid(), getgid()) != 0 && errno == EPERM);
    TRY(fchown(fd, getuid(), getgid()) != 0 && errno == EPERM);
    TRY(utimensat(AT_FDCWD, "in/store", times, 0) != 0 && errno == EPERM);
    TRY(futimens(fd, times) != 0 && errno == EPERM);
    TRY(setxattr("in/store", "user.a", "b", 1, 0) != 0 && errno == EPERM);
    TRY(fsetxattr(fd, "user.a", "b", 1, 0) != 0 && errno == EPERM);
    struct {
        uint64_t value;
        uint32_t size, flags;
    } b = {(uint64_t)(uintptr_t) "b", 1, 0};
    TRY(syscall(463, AT_FDCWD, "in/store", 0, "user.a", &b, sizeof b) != 0 && (errno == EPERM || errno == ENOSYS));
    TRY(syscall(466, AT_FDCWD, "in/store", 0, "user.a") != 0 && (errno == EPERM || errno == ENOSYS));
    TRY(syscall(469, AT_FDCWD, "in/store", NULL, 0, 0) != 0 && (errno == EPERM || errno == ENOSYS));
    close(fd);
}

/* FS_IOC_SETFLAGS makes a file immutable through a descriptor that only reads; TIOCSTI types into the terminal. */
static void ioctls_refused(void)
{
    int fd = open("in/store", O_RDONLY), flags = FS_NODUMP_FL, waiting, ends[2];
    struct winsize size;
    TRY(fd >= 0 && pipe(ends) == 0 && write(ends[1], "ab", 2) == 2);
    TRY(ioctl(fd, FS_IOC_SETFLAGS, &flags) != 0 && errno == EPERM);
    TRY(ioctl(ends[0], TIOCSTI, "x") != 0 && errno == EPERM);
    TRY(ioctl(ends[0], FIONREAD, &waiting) == 0 && waiting == 2);
    TRY(!isatty(fd) && errno == ENOTTY);
    TRY(ioctl(fd, TIOCGWINSZ, &size) != 0 && errno == ENOTTY);
    TRY(ioctl(fd, 0x802C542A, &size) != 0 && errno == ENOTTY);
    close(fd);
}

/* A lease or a lock keeps others from a store, and a note tells what happens in its folder: all by a descriptor
 * that only reads. */
static void fcntls_refused(void)
{
    int fd = open("in/store", O_RDONLY), directory = open("in", O_RDONLY | O_DIRECTORY);
    TRY(fd >= 0 && directory >= 0);
    TRY(fcntl(fd, F_SETLEASE, F_RDLCK) != 0 && errno == EPERM);
    TRY(fcntl(directory, F_NOTIFY, DN_MODIFY | DN_CREATE) != 0 && errno == EPERM);
    TRY(fcntl(fd, F_SETOWN, getppid()) != 0 && errno == EPERM);
    TRY(fcntl(fd, F_SETOWN_EX, &(struct f_owner_ex){F_OWNER_PID, getppid()}) != 0 && errno == EPERM);
    TRY(fcntl(fd, F_SETSIG, SIGUSR1) != 0 && errno == EPERM);
    TRY(fcntl(fd, F_SET_RW_HINT, &(uint64_t){0}) != 0 && errno == EPERM);
    TRY(flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EPERM);
    close(fd);
    close(directory);
}

/* By the calls themselves: those of the C library do it in all threads. */
static void identity_refused(void)
{
    struct {
        uint32_t version;
        int pid;
    } head = {0x20080522, 0};
    uint32_t sets[6] = {0};
    TRY(syscall(SYS_setuid, getuid()) != 0 && errno == EPERM);
    TRY(syscall(SYS_setgid, getgid()) != 0 && errno == EPERM);
    TRY(syscall(SYS_setreuid, getuid(), getuid()) != 0 && errno == EPERM);
    TRY(syscall(SYS_setregid, getgid(), getgid()) != 0 && errno == EPERM);
    TRY(syscall(SYS_setresuid, -1, -1, -1) != 0 && errno == EPERM);
    TRY(syscall(SYS_setresgid, -1, -1, -1) != 0 && errno == EPERM);
    TRY(syscall(SYS_setfsuid, -1) < 0 && errno == EPERM);
    TRY(syscall(SYS_setfsgid, -1) < 0 && errno == EPERM);
    TRY(syscall(SYS_setgroups, 0, NULL) != 0 && errno == EPERM);
    TRY(syscall(SYS_capset, &head, sets) != 0 && errno == EPERM);
    TRY(syscall(460, 100, NULL, 0, 0) != 0 && errno == EPERM);
}

/* Those whose elder siblings are refused, and all that nobody knows yet: for these the C library has others. */
static void newer_refused(void)
{
    TRY(syscall(SYS_vhangup) != 0 && errno == EPERM);
#ifdef SYS_modify_ldt
    TRY(syscall(SYS_modify_ldt, 0, NULL, 0) != 0 && errno == EPERM);
#endif
    static const long siblings[] = {443, 448, 457, 458, 467};
    for (size_t i = 0; i < sizeof siblings / sizeof *siblings; i++)
        TRY(syscall(siblings[i], -1, NULL, 0, 0, 0) == -1 && errno == EPERM);
    for (long number = 470; number < 600; number++)
        TRY(syscall(number, -1, NULL, 0, 0, 0) == -1 && errno == ENOSYS);
}

static void *number_of(void *data)
{
    *(int *)data = 17;
    return NULL;
}

/* A namespace of one's own has all rights in it. Threads and children stay possible. */
static void namespaces_refused(void)
{
    static const unsigned long kinds[] = {CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                          CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        TRY(syscall(SYS_clone, kinds[i] | SIGCHLD, NULL, NULL, NULL, NULL) == -1 && errno == EPERM);
        TRY(unshare((int)kinds[i]) != 0 && errno == EPERM);
    }
    uint64_t words[11] = {CLONE_NEWUSER};
    TRY(syscall(SYS_clone3, words, sizeof words) == -1 && errno == ENOSYS);
    pthread_t thread;
    int number = 0;
    TRY(pthread_create(&thread, NULL, number_of, &number) == 0 && pthread_join(thread, NULL) == 0 && number == 17);
}

/* What rights of files do not cover, or not before Landlock's third version. */
static void emptying_refused(void)
{
    struct stat about;
    TRY(!opens("in/store", O_RDONLY | O_TRUNC));
    TRY(syscall(SYS_openat, AT_FDCWD, "out/old", O_RDONLY | O_TRUNC, 0) < 0 && errno == EPERM);
    TRY(syscall(SYS_openat, AT_FDCWD, "out/old", O_ACCMODE | O_TRUNC, 0) < 0 && errno == EPERM);
#ifdef SYS_mknod
    TRY(syscall(SYS_mknod, "out/pipe", S_IFIFO | 0600, 0) < 0 && errno == EPERM);
#endif
#ifdef SYS_open
    TRY(syscall(SYS_open, "out/old", O_RDONLY | O_TRUNC, 0) < 0 && errno == EPERM);
#endif
    struct {
        uint64_t flags, mode, resolve;
    } how = {.flags = O_RDONLY | O_TRUNC};
    TRY(syscall(SYS_openat2, AT_FDCWD, "out/old", &how, sizeof how) < 0 && errno == ENOSYS);
    TRY(truncate("in/store", 0) != 0 && errno == EPERM);
    TRY(stat("in/store", &about) == 0 && about.st_size == 5);
}

/* A limit of no time would end another process of the same user. */
static void limits_refused(void)
{
    struct rlimit limit;
    TRY(getrlimit(RLIMIT_CPU, &limit) == 0 && setrlimit(RLIMIT_CPU, &limit) == 0);
    TRY(prlimit(getppid(), RLIMIT_CPU, NULL, &limit) == 0 || errno != EPERM || geteuid() != 0);
    TRY(prlimit(getppid(), RLIMIT_CPU, &limit, NULL) != 0 && errno == EPERM);
    TRY(setpriority(PRIO_PROCESS, (id_t)getppid(), 19) != 0 && errno == EPERM);
    TRY(syscall(SYS_msgctl, 0, IPC_RMID, NULL) != 0 && errno == EPERM);
    TRY(syscall(SYS_inotify_init1, 0) < 0 && errno == EPERM);
}

static void signal_refused(void) { TRY(kill(getppid(), 0) != 0 && errno == EPERM); }

static void child_refused(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        files_refused();
        calls_refused();
        _exit(0);
    }
    TRY(child > 0 && waitpid(child, &status, 0) == child && status == 0);
}

static void check(void (*attempt)(void))
{
    int ended = confined(attempt);
    if (ended == CANT)
        cr_skip("the kernel can't confine a process");
    cr_assert_eq(ended, 0, "line %d", *wrong);
}

Test(sandbox, what_a_conversion_needs_works) { check(allowed); }
Test(sandbox, other_files_are_out_of_reach)
{
    if (refuses())
        check(files_refused);
}
Test(sandbox, a_link_leads_nowhere)
{
    cr_assert_eq(symlink("../other/secret", "out/way"), 0);
    if (refuses())
        check(link_refused);
}
Test(sandbox, no_program_no_network_no_other_process)
{
    if (refuses())
        check(calls_refused);
}
Test(sandbox, no_mode_owner_time_of_a_file)
{
    if (refuses())
        check(attributes_refused);
}
Test(sandbox, no_change_by_ioctl)
{
    if (refuses())
        check(ioctls_refused);
}
Test(sandbox, no_lease_no_note_no_signal_by_fcntl)
{
    if (refuses())
        check(fcntls_refused);
}
Test(sandbox, no_other_identity)
{
    if (refuses())
        check(identity_refused);
}
Test(sandbox, no_call_that_came_later)
{
    if (refuses())
        check(newer_refused);
}
Test(sandbox, no_emptying)
{
    if (refuses())
        check(emptying_refused);
}
Test(sandbox, no_limit_of_others)
{
    if (refuses())
        check(limits_refused);
}
Test(sandbox, no_namespace_of_its_own)
{
    if (refuses())
        check(namespaces_refused);
}
Test(sandbox, no_signal_to_the_outside)
{
    if (refuses())
        check(signal_refused);
}
Test(sandbox, a_child_has_no_more)
{
    if (refuses())
        check(child_refused);
}

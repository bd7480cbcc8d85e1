/*
 * sandbox.c - Landlock for files, seccomp for programs and the network; see sandbox.h.
 *
 * Layer: core, beside source and sink. Both are asked for through the system calls
 * themselves (Linux, Documentation/userspace-api/landlock.rst and seccomp_filter.rst).
 * Landlock knows more with each kernel: what this one can't refuse is not asked of it.
 * The list of system calls is of those refused, not of those allowed: which ones the C
 * library uses changes with its version, and a converter that dies of an update helps nobody.
 *
 * Built with PL_UNCONFINED (sanitizers and coverage write files of their own) it does nothing.
 */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* --- files --------------------------------------------------------------- */

/* As linux/landlock.h has them; an older header lacks some. */
enum {
    FS_EXECUTE = 1 << 0,
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_DIR = 1 << 3,
    FS_REMOVE_DIR = 1 << 4,
    FS_REMOVE_FILE = 1 << 5,
    FS_MAKE_DIR = 1 << 7,
    FS_MAKE_REG = 1 << 8,
    FS_MAKE_ALL = 0x1FC0, /* each kind of file: bits 6 to 12 */
    FS_REFER = 1 << 13,   /* from version 2: renaming from one folder into another */
    FS_TRUNCATE = 1 << 14 /* from version 3 */
};
enum { NET_BIND_TCP = 1 << 0, NET_CONNECT_TCP = 1 << 1 };     /* from version 4 */
enum { SCOPE_ABSTRACT_UNIX = 1 << 0, SCOPE_SIGNAL = 1 << 1 }; /* from version 6 */
enum { RULE_PATH_BENEATH = 1, CREATE_VERSION = 1 };

#define FS_READS (FS_READ_FILE | FS_READ_DIR)
#define FS_WRITES                                                                                                  \
    (FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR | FS_MAKE_REG | FS_REFER | FS_TRUNCATE)
#define FS_OF_FILE (FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE) /* what a rule for a file may name */

struct ruleset {
    uint64_t fs, net, scoped;
};

struct rule {
    uint64_t fs;
    int32_t folder;
} __attribute__((packed));

static const char *const system_reads[] = {
    "/usr",      "/lib",         "/lib64", "/etc/ld.so.cache", /* the converters of the C library are libraries */
    "/dev/null", "/dev/urandom",
};

static const uint64_t rights[] = {
    [PL_SANDBOX_READ] = FS_READS, [PL_SANDBOX_WRITE] = FS_READS | FS_WRITES, [PL_SANDBOX_RMDIR] = FS_REMOVE_DIR};

static uint64_t rights_known(long version)
{
    uint64_t known = FS_EXECUTE | FS_WRITE_FILE | FS_READS | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_ALL;
    if (version >= 2)
        known |= FS_REFER;
    if (version >= 3)
        known |= FS_TRUNCATE;
    return known;
}

static bool allow(int set, const char *path, uint64_t wanted)
{
    struct stat stat;
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return true; /* who needs it will say that it is not there */
    bool done = fstat(fd, &stat) == 0;
    if (done) {
        const struct rule rule = {S_ISDIR(stat.st_mode) ? wanted : wanted & FS_OF_FILE, fd};
        done = syscall(SYS_landlock_add_rule, set, RULE_PATH_BENEATH, &rule, 0) == 0;
    }
    close(fd);
    return done;
}

static bool allow_all(int set, uint64_t known, const struct pl_sandbox_path *paths, size_t count)
{
    for (size_t i = 0; i < COUNT(system_reads); i++)
        if (!allow(set, system_reads[i], FS_READS))
            return false;
    for (size_t i = 0; i < count; i++)
        if (!allow(set, paths[i].path, known & rights[paths[i].right]))
            return false;
    return true;
}

static bool confine_files(const struct pl_sandbox_path *paths, size_t count)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);
    if (version < 1)
        return false;
    const struct ruleset rules = {rights_known(version), NET_BIND_TCP | NET_CONNECT_TCP,
                                  SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL};
    const size_t size = version >= 6   ? sizeof rules
                        : version >= 4 ? offsetof(struct ruleset, scoped)
                                       : sizeof rules.fs;
    int set = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
    if (set < 0)
        return false;
    bool done = allow_all(set, rules.fs, paths, count) && syscall(SYS_landlock_restrict_self, set, 0) == 0;
    close(set);
    return done;
}

/* --- system calls --------------------------------------------------------- */

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define MACHINE AUDIT_ARCH_RISCV64
#endif

#ifdef MACHINE
#define X32_FIRST 0x40000000u /* numbers of another table of the same machine */
/* Newer than many headers; the numbers of such calls are the same everywhere. */
#define QUOTACTL_FD       443u
#define PROCESS_MRELEASE  448u
#define FCHMODAT2         452u
#define STATMOUNT         457u
#define LISTMOUNT         458u
#define LSM_SET_SELF_ATTR 460u
#define SETXATTRAT        463u
#define REMOVEXATTRAT     466u
#define OPEN_TREE_ATTR    467u
#define FILE_SETATTR      469u
#define NEWEST            FILE_SETATTR /* nobody here has judged what came later */
/* struct termios2 of linux/termios.h, whose other names meet those of the C library. Newer C libraries ask for it.
 */
#ifdef SYS_open
#define OPEN_NUMBER SYS_open
#else
#define OPEN_NUMBER SYS_openat
#endif
#define TCGETS2_NUMBER _IOC(_IOC_READ, 'T', 0x2A, 44)

/* socketpair() is not among them: one of streams leads only to the child that the process makes. */
static const unsigned refused[] = {
    SYS_execve,
    SYS_execveat, /* programs */
    SYS_socket,
    SYS_connect,
    SYS_bind,
    SYS_listen,
    SYS_accept,
    SYS_accept4,
    SYS_sendmsg,
    SYS_sendmmsg, /* the network, and sockets in the file system: one of datagrams sends to any path */
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_pidfd_getfd,
    SYS_kcmp,
    SYS_pidfd_open,
    SYS_pidfd_send_signal,
    SYS_process_madvise,
    PROCESS_MRELEASE,
    SYS_setpriority,
    SYS_ioprio_set,
    SYS_sched_setscheduler,
    SYS_sched_setparam,
    SYS_sched_setattr,
    SYS_sched_setaffinity,
    SYS_migrate_pages,
    SYS_move_pages, /* other processes */
    SYS_shmget,
    SYS_shmat,
    SYS_msgget,
    SYS_semget,
    SYS_shmctl,
    SYS_msgsnd,
    SYS_msgrcv,
    SYS_msgctl,
    SYS_semop,
    SYS_semtimedop,
    SYS_semctl,
    SYS_mq_open,
    SYS_mq_unlink, /* what they share */
    SYS_inotify_init1,
    SYS_inotify_add_watch,
    SYS_fanotify_init,
    SYS_fanotify_mark, /* what they do */
    SYS_flock,         /* keeps others from a store that is only read; SQLite locks by fcntl() */
    SYS_truncate,      /* Landlock knows it from version 3 on only; nobody here needs it by a name */
#ifdef SYS_chmod       /* machines that came later have the calls with a folder only */
    SYS_chmod,
    SYS_chown,
    SYS_lchown,
    SYS_utime,
    SYS_utimes,
    SYS_futimesat,
#endif
    SYS_fchmod,
    SYS_fchmodat,
    FCHMODAT2,
    SYS_fchown,
    SYS_fchownat,
    SYS_utimensat,
    SYS_setxattr,
    SYS_lsetxattr,
    SYS_fsetxattr,
    SYS_removexattr,
    SYS_lremovexattr,
    SYS_fremovexattr,
    SETXATTRAT,
    REMOVEXATTRAT,
    FILE_SETATTR, /* what files say of themselves, stores too: no rule of Landlock is about these */
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register, /* calls past the filter */
    SYS_userfaultfd,
    SYS_perf_event_open,
    SYS_bpf,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_unshare,
    SYS_setns,
    SYS_open_by_handle_at,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_move_mount,
    SYS_open_tree,
    OPEN_TREE_ATTR,
    SYS_mount_setattr,
    STATMOUNT,
    LISTMOUNT,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
#ifdef SYS_kexec_file_load
    SYS_kexec_file_load,
#endif
#ifdef SYS_iopl
    SYS_iopl,
    SYS_ioperm,
#endif
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_clock_adjtime,
    SYS_adjtimex,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_syslog,
    SYS_quotactl,
    QUOTACTL_FD,
    SYS_personality,
    SYS_vhangup,
#ifdef SYS_modify_ldt
    SYS_modify_ldt,
#endif
    SYS_setuid,
    SYS_setgid,
    SYS_setreuid,
    SYS_setregid,
    SYS_setresuid,
    SYS_setresgid,
    SYS_setfsuid,
    SYS_setfsgid,
    SYS_setgroups,
    SYS_capset,
    LSM_SET_SELF_ATTR, /* who this process is */
    SYS_mknodat,
#ifdef SYS_mknod
    SYS_mknod,
#endif
};

/* Of ioctl() the C library and the program need these; others change files, stores too, through a descriptor that
 * only reads. */
static const unsigned ioctls[] = {TCGETS, TCGETS2_NUMBER, TIOCGWINSZ, FIONREAD};

/* Of fcntl() those about descriptors, pipes and the locks of SQLite; others have signals sent, to whom they name,
 * or tell what happens in a folder, or make others wait who open a store. */
static const unsigned fcntls[] = {F_DUPFD,     F_DUPFD_CLOEXEC, F_GETFD,      F_SETFD,     F_GETFL,
                                  F_SETFL,     F_GETLK,         F_SETLK,      F_SETLKW,    F_OFD_GETLK,
                                  F_OFD_SETLK, F_OFD_SETLKW,    F_GETPIPE_SZ, F_SETPIPE_SZ};

#define NAMESPACES                                                                                                 \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

/* The filter, instruction by instruction. Jumps lead forwards only, and count what they leave out. */
enum {
    ARCH,
    IF_ARCH,
    KILL,
    NUMBER,
    IF_X32,
    IF_NEWER,
    IF_REFUSED,
    IF_CLONE3 = IF_REFUSED + COUNT(refused),
    IF_CLONE,
    IF_PAIR,
    IF_SEND,
    IF_LIMIT,
    IF_OPENAT2,
    IF_OPENAT,
    IF_OPEN,
    IF_IOCTL,
    IF_FCNTL,
    CLONE_FLAGS,
    IF_NAMESPACES,
    PAIR_FAMILY,
    IF_PAIR_FAMILY,
    PAIR_TYPE,
    PAIR_TYPE_KEPT,
    IF_PAIR_TYPE,
    SEND_TO_LOW, /* to nobody but the other end */
    IF_SEND_TO_LOW,
    SEND_TO_HIGH,
    IF_SEND_TO_HIGH,
    LIMIT_OF, /* this process itself, or none is set: the address of the new one is 0 */
    IF_LIMIT_OF,
    LIMIT_LOW,
    IF_LIMIT_LOW,
    LIMIT_HIGH,
    IF_LIMIT_HIGH,
    OPENAT_FLAGS,
    TO_FLAGS,
    OPEN_FLAGS,
    FLAGS_KEPT, /* who empties a file without writing to it needs no right of Landlock before version 3 */
    IF_EMPTIES,
    IF_EMPTIES_TOO, /* with the fourth mode, which neither reads nor writes */
    IOCTL_REQUEST,
    IF_HARMLESS,
    FCNTL_COMMAND = IF_HARMLESS + COUNT(ioctls),
    IF_OWN,
    REFUSE = IF_OWN + COUNT(fcntls),
    ALLOW,
    ABSENT, /* clone3() and openat2() have their flags where no filter sees them; the C library has others for them,
             * and for what newer kernels have */
    FILTER_SIZE
};
_Static_assert(FILTER_SIZE <= UINT8_MAX, "a jump has eight bits");
#define LOAD_AT(at)    (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at)
#define LOAD(member)   LOAD_AT(offsetof(struct seccomp_data, member))
#define RETURN(action) (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, action)
#define JUMP(at, test, value, yes, no)                                                                             \
    (struct sock_filter)                                                                                           \
        BPF_JUMP(BPF_JMP | (test) | BPF_K, value, (unsigned char)((yes) - (at)-1), (unsigned char)((no) - (at)-1))

static bool confine_calls(void)
{
    struct sock_filter program[FILTER_SIZE] = {
        [ARCH] = LOAD(arch),
        [IF_ARCH] = JUMP(IF_ARCH, BPF_JEQ, MACHINE, NUMBER, KILL),
        [KILL] = RETURN(SECCOMP_RET_KILL_PROCESS),
        [NUMBER] = LOAD(nr),
        [IF_X32] = JUMP(IF_X32, BPF_JGE, X32_FIRST, REFUSE, IF_NEWER),
        [IF_NEWER] = JUMP(IF_NEWER, BPF_JGT, NEWEST, ABSENT, IF_REFUSED),
        [IF_CLONE3] = JUMP(IF_CLONE3, BPF_JEQ, SYS_clone3, ABSENT, IF_CLONE),
        [IF_CLONE] = JUMP(IF_CLONE, BPF_JEQ, SYS_clone, CLONE_FLAGS, IF_PAIR),
        [IF_PAIR] = JUMP(IF_PAIR, BPF_JEQ, SYS_socketpair, PAIR_FAMILY, IF_SEND),
        [IF_SEND] = JUMP(IF_SEND, BPF_JEQ, SYS_sendto, SEND_TO_LOW, IF_LIMIT),
        [IF_LIMIT] = JUMP(IF_LIMIT, BPF_JEQ, SYS_prlimit64, LIMIT_OF, IF_OPENAT2),
        [IF_OPENAT2] = JUMP(IF_OPENAT2, BPF_JEQ, SYS_openat2, ABSENT, IF_OPENAT),
        [IF_OPENAT] = JUMP(IF_OPENAT, BPF_JEQ, SYS_openat, OPENAT_FLAGS, IF_OPEN),
        [IF_OPEN] = JUMP(IF_OPEN, BPF_JEQ, OPEN_NUMBER, OPEN_FLAGS, IF_IOCTL),
        [IF_IOCTL] = JUMP(IF_IOCTL, BPF_JEQ, SYS_ioctl, IOCTL_REQUEST, IF_FCNTL),
        [IF_FCNTL] = JUMP(IF_FCNTL, BPF_JEQ, SYS_fcntl, FCNTL_COMMAND, ALLOW),
        [CLONE_FLAGS] = LOAD(args[0]),
        [IF_NAMESPACES] = JUMP(IF_NAMESPACES, BPF_JSET, NAMESPACES, REFUSE, ALLOW),
        [PAIR_FAMILY] = LOAD(args[0]),
        [IF_PAIR_FAMILY] = JUMP(IF_PAIR_FAMILY, BPF_JEQ, AF_UNIX, PAIR_TYPE, REFUSE),
        [PAIR_TYPE] = LOAD(args[1]),
        [PAIR_TYPE_KEPT] = BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ~(unsigned)(SOCK_CLOEXEC | SOCK_NONBLOCK)),
        [IF_PAIR_TYPE] = JUMP(IF_PAIR_TYPE, BPF_JEQ, SOCK_STREAM, ALLOW, REFUSE),
        [SEND_TO_LOW] = LOAD(args[4]),
        [IF_SEND_TO_LOW] = JUMP(IF_SEND_TO_LOW, BPF_JEQ, 0, SEND_TO_HIGH, REFUSE),
        [SEND_TO_HIGH] = LOAD_AT(offsetof(struct seccomp_data, args[4]) + 4),
        [IF_SEND_TO_HIGH] = JUMP(IF_SEND_TO_HIGH, BPF_JEQ, 0, ALLOW, REFUSE),
        [LIMIT_OF] = LOAD(args[0]),
        [IF_LIMIT_OF] = JUMP(IF_LIMIT_OF, BPF_JEQ, 0, ALLOW, LIMIT_LOW),
        [LIMIT_LOW] = LOAD(args[2]),
        [IF_LIMIT_LOW] = JUMP(IF_LIMIT_LOW, BPF_JEQ, 0, LIMIT_HIGH, REFUSE),
        [LIMIT_HIGH] = LOAD_AT(offsetof(struct seccomp_data, args[2]) + 4),
        [IF_LIMIT_HIGH] = JUMP(IF_LIMIT_HIGH, BPF_JEQ, 0, ALLOW, REFUSE),
        [OPENAT_FLAGS] = LOAD(args[2]),
        [TO_FLAGS] = BPF_STMT(BPF_JMP | BPF_JA, FLAGS_KEPT - TO_FLAGS - 1),
        [OPEN_FLAGS] = LOAD(args[1]),
        [FLAGS_KEPT] = BPF_STMT(BPF_ALU | BPF_AND | BPF_K, O_ACCMODE | O_TRUNC),
        [IF_EMPTIES] = JUMP(IF_EMPTIES, BPF_JEQ, O_RDONLY | O_TRUNC, REFUSE, IF_EMPTIES_TOO),
        [IF_EMPTIES_TOO] = JUMP(IF_EMPTIES_TOO, BPF_JEQ, O_ACCMODE | O_TRUNC, REFUSE, ALLOW),
        [IOCTL_REQUEST] = LOAD(args[1]),
        [FCNTL_COMMAND] = LOAD(args[1]),
        [REFUSE] = RETURN(SECCOMP_RET_ERRNO | EPERM),
        [ALLOW] = RETURN(SECCOMP_RET_ALLOW),
        [ABSENT] = RETURN(SECCOMP_RET_ERRNO | ENOSYS),
    };
    for (size_t i = 0, at = IF_REFUSED; i < COUNT(refused); i++, at++)
        program[at] = JUMP(at, BPF_JEQ, refused[i], REFUSE, at + 1);
    for (size_t i = 0, at = IF_HARMLESS; i < COUNT(ioctls); i++, at++)
        program[at] = JUMP(at, BPF_JEQ, ioctls[i], ALLOW, i + 1 < COUNT(ioctls) ? at + 1 : REFUSE);
    for (size_t i = 0, at = IF_OWN; i < COUNT(fcntls); i++, at++)
        program[at] = JUMP(at, BPF_JEQ, fcntls[i], ALLOW, at + 1);
    const struct sock_fprog filter = {.len = FILTER_SIZE, .filter = program};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0;
}
#else
static bool confine_calls(void) { return false; }
#endif

enum pl_status pl_sandbox_enter(const struct pl_sandbox_path *paths, size_t count, const char **why)
{
#ifdef PL_UNCONFINED
    (void)confine_files, (void)confine_calls, (void)paths, (void)count, (void)why;
    return PL_OK;
#endif
    if (RUNNING_ON_VALGRIND)
        return PL_OK;
    *why = "the kernel does not let a process give up its rights";
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return PL_WARN;
    bool files = confine_files(paths, count), calls = confine_calls();
    if (files && calls)
        return PL_OK;
    *why = files   ? "the kernel has no filter for system calls (seccomp)"
           : calls ? "the kernel can't restrict access to files (Landlock)"
                   : "the kernel has neither Landlock nor seccomp";
    return PL_WARN;
}

#define _GNU_SOURCE
#include "sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "unsupported architecture"
#endif

// The user and group that root becomes: the ids that own nothing on common systems.
enum { UNPRIVILEGED = 65534 };

// MARK: The filter

// A program for the kernel's filter of system calls. https://docs.kernel.org/userspace-api/seccomp_filter.html
struct Filter {
    struct sock_filter steps[512];
    unsigned short length;
};

static void add(struct Filter *filter, uint16_t code, uint32_t value, uint8_t if_true, uint8_t if_false) {
    struct sock_filter step = {code, if_true, if_false, value};
    if (filter->length == sizeof filter->steps / sizeof *filter->steps) _exit(SANDBOX_WITHOUT_FILTER);
    filter->steps[filter->length++] = step;
}

static void load(struct Filter *filter, size_t offset) {
    add(filter, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void answer(struct Filter *filter, uint32_t action) { add(filter, BPF_RET | BPF_K, action, 0, 0); }

static void kill_unless_equal(struct Filter *filter, uint32_t value) {
    add(filter, BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0);
    answer(filter, SECCOMP_RET_KILL_PROCESS);
}

// Ends the rules of a call that `begin` started.
static void end(struct Filter *filter, unsigned short start, uint32_t action) {
    answer(filter, action);
    // The number of steps to skip for another call.
    filter->steps[start].jf = (uint8_t)(filter->length - start - 1);
    // The conditions have loaded arguments.
    load(filter, offsetof(struct seccomp_data, nr));
}

static unsigned short begin(struct Filter *filter, long call) {
    unsigned short start = filter->length;
    add(filter, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 0);
    return start;
}

static void allow(struct Filter *filter, long call) { end(filter, begin(filter, call), SECCOMP_RET_ALLOW); }

static void refuse(struct Filter *filter, long call, int error) {
    end(filter, begin(filter, call), SECCOMP_RET_ERRNO | (uint32_t)error);
}

// The lower half of an argument, without the bits of `ignored`. The kernel does not look at the upper half of any
// argument that is compared here: they are descriptors, process ids and flags of 32 bits.
static void load_argument(struct Filter *filter, int index, uint32_t ignored) {
    load(filter, offsetof(struct seccomp_data, args) + 8 * (size_t)index);
    if (ignored) add(filter, BPF_ALU | BPF_AND | BPF_K, ~ignored, 0, 0);
}

// Allows a call if the argument is one of these values; otherwise another action is taken.
static void allow_values(struct Filter *filter, long call, int index, uint32_t ignored, const uint32_t *values,
    size_t count, uint32_t otherwise) {
    unsigned short start = begin(filter, call);
    load_argument(filter, index, ignored);
    for (size_t value = 0; value < count; value++) {
        add(filter, BPF_JMP | BPF_JEQ | BPF_K, values[value], 0, 1);
        answer(filter, SECCOMP_RET_ALLOW);
    }
    end(filter, start, otherwise);
}

#define ALLOW_ONLY(filter, call, index, ignored, otherwise, ...) \
    allow_values(filter, call, index, ignored, (const uint32_t[]){__VA_ARGS__}, \
        sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t), otherwise)

static void allow_memory(struct Filter *filter) {
    static const long calls[] = {SYS_mmap, SYS_mprotect};
    for (size_t index = 0; index < sizeof calls / sizeof *calls; index++) {
        unsigned short start = begin(filter, calls[index]);
        load_argument(filter, 2, ~(uint32_t)PROT_EXEC);
        kill_unless_equal(filter, 0);
        if (calls[index] == SYS_mmap) {
            load_argument(filter, 3, ~(uint32_t)MAP_ANONYMOUS);
            kill_unless_equal(filter, MAP_ANONYMOUS);
        }
        end(filter, start, SECCOMP_RET_ALLOW);
    }
    allow(filter, SYS_munmap);
    allow(filter, SYS_mremap);
    allow(filter, SYS_brk);
    // The C library does without the others, which newer versions of it try.
    ALLOW_ONLY(filter, SYS_madvise, 2, 0, SECCOMP_RET_ERRNO | EINVAL, MADV_DONTNEED, MADV_FREE);

    // Its own limit of memory, which it can only lower further.
    unsigned short start = begin(filter, SYS_prlimit64);
    load_argument(filter, 0, 0);
    kill_unless_equal(filter, 0);
    load_argument(filter, 1, 0);
    kill_unless_equal(filter, RLIMIT_DATA);
    end(filter, start, SECCOMP_RET_ALLOW);
}

static void allow_threads(struct Filter *filter) {
    // Exactly a thread of the C library. `clone3` has its flags in memory, where a filter cannot see them; the library
    // then uses `clone`.
    ALLOW_ONLY(filter, SYS_clone, 0, 0, SECCOMP_RET_KILL_PROCESS,
        CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS
            | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID);
    refuse(filter, SYS_clone3, ENOSYS);
    // Without the operations on priorities, which mutexes of the C library use only if they are told to.
    ALLOW_ONLY(filter, SYS_futex, 1, FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME, SECCOMP_RET_KILL_PROCESS, FUTEX_WAIT,
        FUTEX_WAKE, FUTEX_WAIT_BITSET, FUTEX_WAKE_BITSET);
    allow(filter, SYS_set_robust_list);
#ifdef SYS_rseq
    allow(filter, SYS_rseq);
#endif
    allow(filter, SYS_sched_yield);
    allow(filter, SYS_rt_sigprocmask);
    allow(filter, SYS_restart_syscall);
    allow(filter, SYS_exit);
    allow(filter, SYS_exit_group);
    ALLOW_ONLY(filter, SYS_prctl, 0, 0, SECCOMP_RET_KILL_PROCESS, PR_SET_NAME);
    // `abort` sends a signal to the own process.
    allow(filter, SYS_getpid);
    allow(filter, SYS_gettid);
    ALLOW_ONLY(filter, SYS_tgkill, 0, 0, SECCOMP_RET_KILL_PROCESS, (uint32_t)getpid());
}

static void allow_streams(struct Filter *filter) {
    ALLOW_ONLY(filter, SYS_read, 0, 0, SECCOMP_RET_KILL_PROCESS, STDIN_FILENO);
    ALLOW_ONLY(filter, SYS_write, 0, 0, SECCOMP_RET_KILL_PROCESS, STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO);
    // The C library's last words.
    ALLOW_ONLY(filter, SYS_writev, 0, 0, SECCOMP_RET_KILL_PROCESS, STDERR_FILENO);
}

static void allow_clocks(struct Filter *filter) {
    allow(filter, SYS_clock_gettime);
    allow(filter, SYS_clock_getres);
    allow(filter, SYS_gettimeofday);
#ifdef SYS_time
    allow(filter, SYS_time);
#endif
#ifdef SYS_alarm
    allow(filter, SYS_alarm);
#endif
    ALLOW_ONLY(filter, SYS_setitimer, 0, 0, SECCOMP_RET_KILL_PROCESS, 0 /* ITIMER_REAL, which `alarm` is */);
}

// What the libraries ask for although they need no answer: whether a stream is a terminal, the local time zone of a
// warning, how many processors there are.
static void refuse_curiosity(struct Filter *filter) {
    allow(filter, SYS_getrandom);
    allow(filter, SYS_sched_getaffinity);
    allow(filter, SYS_sysinfo);
    refuse(filter, SYS_rt_sigaction, EPERM);
    refuse(filter, SYS_openat, EACCES);
#ifdef SYS_open
    refuse(filter, SYS_open, EACCES);
#endif
    refuse(filter, SYS_newfstatat, EACCES);
    refuse(filter, SYS_fstat, EACCES);
#ifdef SYS_statx
    refuse(filter, SYS_statx, EACCES);
#endif
    refuse(filter, SYS_ioctl, EACCES);
    refuse(filter, SYS_getpeername, EACCES);
}

static void write_filter(struct Filter *filter) {
    load(filter, offsetof(struct seccomp_data, arch));
    // The numbers of system calls depend on the architecture, and 64-bit processors also take calls of 32 bits.
    kill_unless_equal(filter, OWN_ARCHITECTURE);
    load(filter, offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
    // The calls of the x32 ABI have this bit and the same architecture.
    add(filter, BPF_JMP | BPF_JSET | BPF_K, 0x40000000, 0, 1);
    answer(filter, SECCOMP_RET_KILL_PROCESS);
#endif
    allow_streams(filter);
    allow_memory(filter);
    allow_threads(filter);
    allow_clocks(filter);
    refuse_curiosity(filter);
    answer(filter, SECCOMP_RET_KILL_PROCESS);
}

static int has_one_thread(void) {
    FILE *status = fopen("/proc/self/status", "re");
    if (!status) return 0;
    char line[256];
    int count = 0;
    while (fgets(line, sizeof line, status) && sscanf(line, "Threads: %d", &count) != 1) {}
    fclose(status);
    return count == 1;
}

static void install_filter(int has_one_thread) {
    static struct Filter filter;
    write_filter(&filter);
    struct sock_fprog program = {filter.length, filter.steps};
    // This fails where the system forbids `prctl`, as AWS Lambda does. What matters is whether the kernel takes the
    // filter: it does if this was set before.
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0) return;
    // The older interface confines one thread.
    if (has_one_thread && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0) return;
    _exit(SANDBOX_WITHOUT_FILTER);
}

// MARK: The user

static int give_up_capabilities(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
    return syscall(SYS_capset, &header, none) == 0;
}

// Whether the process became the unprivileged user, which has to be root until then.
static int change_user(void) {
    if (setgroups(0, NULL) == 0 && setresgid(UNPRIVILEGED, UNPRIVILEGED, UNPRIVILEGED) == 0
        && setresuid(UNPRIVILEGED, UNPRIVILEGED, UNPRIVILEGED) == 0)
        return setuid(0) != 0;
    // The root of a user namespace without this user is an ordinary user outside, and has its capabilities inside only.
    int is_missing = setresgid(UNPRIVILEGED, UNPRIVILEGED, UNPRIVILEGED) != 0 && errno == EINVAL;
    return is_missing && give_up_capabilities();
}

static void become_unprivileged(void) {
    uid_t real, effective, saved;
    if (getresuid(&real, &effective, &saved) != 0) _exit(SANDBOX_WITHOUT_USER);
    int is_root = real == 0 || effective == 0 || saved == 0;
    if (is_root && !change_user()) _exit(SANDBOX_WITHOUT_USER);
    // Another user seldom has any.
    give_up_capabilities();
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void enter_sandbox(void) {
    int is_single = has_one_thread();
    become_unprivileged();
    static const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    // Prevents libraries from writing to temporary files.
    setrlimit(RLIMIT_FSIZE, &none);
    setrlimit(RLIMIT_NOFILE, &none);
    install_filter(is_single);
}

// What someone who took over a decoder would try. Each attempt runs in a process of its own, which enters the sandbox
// first; the parent plays the function, with a secret in its environment.
//
//     hostile_decoder list                  the names of all attempts
//     hostile_decoder try [NAME]            each attempt and its end: "killed", "refused" or "ALLOWED"
//     hostile_decoder try-outside NAME      one attempt without the sandbox; choose a harmless one
//     hostile_decoder without-filters PROGRAM   runs a program where the kernel accepts no filters
//     hostile_decoder without-prctl PROGRAM     runs a program where `prctl` is forbidden, as on AWS Lambda
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox.h"

static pid_t parent, victim;
static char page[4096] __attribute__((aligned(4096)));
static volatile int is_confined;

static long open_in_proc(pid_t process, const char *name, int flags) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", process, name);
    return syscall(SYS_openat, AT_FDCWD, path, flags, 0);
}

static struct iovec remote(void) { return (struct iovec){page, 16}; }

static long send_descriptor(void) {
    char space[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec part = remote();
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    return sendmsg(STDIN_FILENO, &message, MSG_NOSIGNAL);
}

static void *call_when_confined(void *result) {
    while (!is_confined) {}
    *(long *)result = syscall(SYS_getppid);
    return NULL;
}

static long clone_flags(unsigned long flags) {
    long child = syscall(SYS_clone, flags, 0, 0, 0, 0);
    if (child == 0) _exit(0);
    return child;
}

enum { THREAD = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM };

#define ATTEMPTS(X) \
    /* Programs */ \
    X(execve, syscall(SYS_execve, "/bin/true", (char *[]){"true", 0}, (char *[]){0})) \
    X(execveat, syscall(SYS_execveat, AT_FDCWD, "/bin/true", (char *[]){"true", 0}, (char *[]){0}, 0)) \
    X(memfd_create, syscall(SYS_memfd_create, "program", 0)) \
    X(execveat_stdin, syscall(SYS_execveat, 0, "", (char *[]){"x", 0}, (char *[]){0}, AT_EMPTY_PATH)) \
    X(fork, clone_flags(SIGCHLD)) \
    X(clone_new_user, clone_flags(CLONE_NEWUSER | SIGCHLD)) \
    X(clone_shared_memory, clone_flags(CLONE_VM | CLONE_VFORK | SIGCHLD)) \
    X(clone_thread_in_parent, clone_flags(CLONE_PARENT | SIGCHLD)) \
    X(clone_upper_bits, clone_flags(0x100000000UL | CLONE_FILES | SIGCHLD)) \
    X(clone3, syscall(SYS_clone3, &(struct clone_args){.exit_signal = SIGCHLD}, sizeof(struct clone_args))) \
    X(unshare, syscall(SYS_unshare, CLONE_NEWUSER)) \
    X(setns, syscall(SYS_setns, 0, 0)) \
    /* Files */ \
    X(open_parent_environment, open_in_proc(parent, "environ", O_RDONLY)) \
    X(open_parent_memory, open_in_proc(parent, "mem", O_RDWR)) \
    X(open_own_descriptor, open_in_proc(getpid(), "fd/0", O_RDWR)) \
    X(open_shadow, syscall(SYS_openat, AT_FDCWD, "/etc/shadow", O_RDONLY, 0)) \
    X(open_to_write, syscall(SYS_openat, AT_FDCWD, "/none/file", O_WRONLY | O_CREAT, 0600)) \
    X(open_temporary, syscall(SYS_openat, AT_FDCWD, "/tmp", O_TMPFILE | O_RDWR, 0600)) \
    X(open_path, syscall(SYS_openat, AT_FDCWD, "/", O_PATH, 0)) \
    X(openat2, syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", (uint64_t[3]){O_RDONLY, 0, 0}, 24)) \
    X(open_by_handle, syscall(SYS_open_by_handle_at, 0, page, O_RDONLY)) \
    X(stat, syscall(SYS_newfstatat, AT_FDCWD, "/etc/passwd", page, 0)) \
    X(readlink, syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", page, 100)) \
    X(faccessat, syscall(SYS_faccessat, AT_FDCWD, "/etc/passwd", R_OK)) \
    X(getcwd, syscall(SYS_getcwd, page, sizeof page)) \
    X(chdir, syscall(SYS_chdir, "/")) \
    X(unlinkat, syscall(SYS_unlinkat, AT_FDCWD, "/none/file", 0)) \
    X(renameat, syscall(SYS_renameat2, AT_FDCWD, "/none/a", AT_FDCWD, "/none/b", 0)) \
    X(symlinkat, syscall(SYS_symlinkat, "/etc/passwd", AT_FDCWD, "/none/link")) \
    X(linkat, syscall(SYS_linkat, AT_FDCWD, "/etc/passwd", AT_FDCWD, "/none/link", 0)) \
    X(fchownat, syscall(SYS_fchownat, AT_FDCWD, "/none/file", 0, 0, 0)) \
    X(fchmod, syscall(SYS_fchmod, 0, 0777)) \
    X(utimensat, syscall(SYS_utimensat, AT_FDCWD, "/none/file", 0, 0)) \
    X(inotify, syscall(SYS_inotify_init1, 0)) \
    X(fanotify, syscall(SYS_fanotify_init, 0, 0)) \
    X(mount, syscall(SYS_mount, "none", "/", "none", 0, 0)) \
    X(fsopen, syscall(SYS_fsopen, "tmpfs", 0)) \
    X(chroot, syscall(SYS_chroot, "/")) \
    X(pivot_root, syscall(SYS_pivot_root, "/", "/")) \
    /* Descriptors */ \
    X(socket, syscall(SYS_socket, AF_INET, SOCK_STREAM, 0)) \
    X(socketpair, syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, page)) \
    X(connect, syscall(SYS_connect, 0, page, 16)) \
    X(sendmsg_descriptor, send_descriptor()) \
    X(recvmsg, syscall(SYS_recvmsg, 0, &(struct msghdr){0}, MSG_DONTWAIT)) \
    X(sendto, syscall(SYS_sendto, 0, page, 1, MSG_NOSIGNAL, 0, 0)) \
    X(sendfile, syscall(SYS_sendfile, 1, 0, 0, 1)) \
    X(splice, syscall(SYS_splice, 0, 0, 1, 0, 1, 0)) \
    X(copy_file_range, syscall(SYS_copy_file_range, 0, 0, 1, 0, 1, 0)) \
    X(pipe, syscall(SYS_pipe2, page, 0)) \
    X(eventfd, syscall(SYS_eventfd2, 0, 0)) \
    X(epoll, syscall(SYS_epoll_create1, 0)) \
    X(dup, syscall(SYS_dup, 0)) \
    X(fcntl, syscall(SYS_fcntl, 0, F_GETFL, 0)) \
    X(ioctl, syscall(SYS_ioctl, 0, 0x541B /* FIONREAD */, page)) \
    X(write_to_another_descriptor, syscall(SYS_write, 9, page, 1)) \
    X(read_another_descriptor, syscall(SYS_read, 9, page, 1)) \
    X(pread, syscall(SYS_pread64, 0, page, 1, 0)) \
    X(readv, syscall(SYS_readv, 0, page, 0)) \
    X(io_uring, syscall(SYS_io_uring_setup, 4, page)) \
    X(io_setup, syscall(SYS_io_setup, 1, (unsigned long[1]){0})) \
    /* Other processes */ \
    X(ptrace_attach, syscall(SYS_ptrace, PTRACE_ATTACH, victim, 0, 0)) \
    X(ptrace_seize, syscall(SYS_ptrace, 0x4206 /* PTRACE_SEIZE */, victim, 0, 0)) \
    X(ptrace_me, syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0)) \
    X(process_vm_readv, syscall(SYS_process_vm_readv, victim, &(struct iovec){page, 16}, 1, &(struct iovec){page, 16}, 1, 0)) \
    X(process_vm_writev, syscall(SYS_process_vm_writev, victim, &(struct iovec){page, 16}, 1, &(struct iovec){page, 16}, 1, 0)) \
    X(kill, syscall(SYS_kill, victim, 0)) \
    X(kill_parent, syscall(SYS_kill, parent, 0)) \
    X(tkill, syscall(SYS_tkill, victim, 0)) \
    X(tgkill, syscall(SYS_tgkill, victim, victim, 0)) \
    X(rt_sigqueueinfo, syscall(SYS_rt_sigqueueinfo, victim, 0, page)) \
    X(pidfd_open, syscall(SYS_pidfd_open, victim, 0)) \
    X(pidfd_getfd, syscall(SYS_pidfd_getfd, 0, 0, 0)) \
    X(prlimit_of_parent, syscall(SYS_prlimit64, parent, RLIMIT_DATA, 0, page)) \
    X(prlimit_of_own_descriptors, syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, page)) \
    X(kcmp, syscall(SYS_kcmp, getpid(), parent, 0, 0, 0)) \
    X(getppid, syscall(SYS_getppid)) \
    X(wait, syscall(SYS_wait4, -1, 0, WNOHANG, 0)) \
    X(setpriority, syscall(SYS_setpriority, PRIO_PROCESS, 0, 1)) \
    X(sched_setscheduler, syscall(SYS_sched_setscheduler, 0, 0, page)) \
    X(migrate_pages, syscall(SYS_migrate_pages, victim, 0, 0, 0)) \
    X(process_madvise, syscall(SYS_process_madvise, 0, 0, 0, 0, 0)) \
    X(shmget, syscall(SYS_shmget, 0, 4096, 0600)) \
    X(mq_open, syscall(SYS_mq_open, "hostile", O_RDWR | O_CREAT, 0600, 0)) \
    /* Code */ \
    X(mmap_executable, (long)mmap(0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) \
    X(mmap_writable_executable, (long)mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) \
    X(mmap_file, (long)mmap(0, 4096, PROT_READ, MAP_PRIVATE, 0, 0)) \
    X(mprotect_executable, mprotect(page, sizeof page, PROT_READ | PROT_EXEC)) \
    X(pkey_mprotect, syscall(SYS_pkey_mprotect, page, sizeof page, PROT_READ | PROT_EXEC, -1)) \
    X(personality, syscall(SYS_personality, 0x0400000 /* READ_IMPLIES_EXEC */)) \
    X(userfaultfd, syscall(SYS_userfaultfd, 0)) \
    X(remap_file_pages, syscall(SYS_remap_file_pages, page, 4096, 0, 0, 0)) \
    X(rt_sigaction, syscall(SYS_rt_sigaction, SIGUSR1, 0, page, 8)) \
    X(sigaltstack, syscall(SYS_sigaltstack, 0, page)) \
    X(futex_lock_pi, syscall(SYS_futex, page, 6 /* FUTEX_LOCK_PI */, 0, 0, 0, 0)) \
    X(futex_requeue_pi, syscall(SYS_futex, page, 12 /* FUTEX_CMP_REQUEUE_PI */, 1, 0, page + 64, 0)) \
    /* Privileges */ \
    X(setuid, syscall(SYS_setuid, 0)) \
    X(setgroups, syscall(SYS_setgroups, 0, 0)) \
    X(capset, syscall(SYS_capset, page, page)) \
    X(prctl_dumpable, syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0)) \
    X(prctl_parent_death, syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0)) \
    X(prctl_seccomp, syscall(SYS_prctl, PR_GET_SECCOMP, 0, 0, 0, 0)) \
    X(seccomp_listener, syscall(SYS_seccomp, 1, 8 /* NEW_LISTENER */, page)) \
    X(bpf, syscall(SYS_bpf, 5, page, 48)) \
    X(perf_event_open, syscall(SYS_perf_event_open, page, 0, -1, -1, 0)) \
    X(keyctl, syscall(SYS_keyctl, 0, -3, 0)) \
    X(add_key, syscall(SYS_add_key, "user", "x", "y", 1, -3)) \
    X(landlock, syscall(SYS_landlock_create_ruleset, 0, 0, 1)) \
    X(sethostname, syscall(SYS_sethostname, "", 1000)) \
    X(settimeofday, syscall(SYS_settimeofday, 1, 0)) \
    X(syslog, syscall(SYS_syslog, 10, 0, 0)) \
    X(reboot, syscall(SYS_reboot, 0, 0, 0, 0)) \
    X(init_module, syscall(SYS_init_module, page, 0, "")) \
    X(unknown_call, syscall(100000)) \
    X(negative_call, syscall(-2)) \
    OTHER_INTERFACES(X)

#if defined(__x86_64__)
static long call_of_32_bits(long number) {
    long result = number;
    __asm__ volatile("int $0x80" : "+a"(result) : "b"(0), "c"(0), "d"(0) : "memory");
    return result < 0 ? -1 : result;
}
#define OTHER_INTERFACES(X) \
    X(call_of_32_bits, call_of_32_bits(20 /* getpid */)) \
    X(socket_of_32_bits, call_of_32_bits(359)) \
    X(call_of_x32, syscall(0x40000000 | SYS_getpid)) \
    X(exec_of_x32, syscall(0x40000000 | 520)) \
    X(old_open, syscall(SYS_open, "/etc/passwd", O_RDONLY)) \
    X(old_fork, syscall(SYS_vfork)) \
    X(modify_ldt, syscall(SYS_modify_ldt, 0, page, 16)) \
    X(iopl, syscall(SYS_iopl, 0)) \
    X(arch_prctl, syscall(SYS_arch_prctl, 0x1003 /* ARCH_GET_FS */, page))
#else
#define OTHER_INTERFACES(X)
#endif

struct Attempt {
    const char *name;
    long (*make)(void);
};

#define FUNCTION(name, call) static long try_##name(void) { return call; }
ATTEMPTS(FUNCTION)
#define ROW(name, call) {#name, try_##name},
static const struct Attempt attempts[] = {ATTEMPTS(ROW)};
enum { COUNT = sizeof attempts / sizeof *attempts };

static void *nothing_to_do(void *unused) { return unused; }

static void start_and_join(void *(*body)(void *), void *argument) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, body, argument) != 0 || pthread_join(thread, NULL) != 0) _exit(2);
}

// What a decoder needs has to work; otherwise the attempts would fail for another reason.
static void work(void) {
    char *memory = malloc(64 << 20);
    if (!memory) _exit(2);
    memset(memory, 1, 64 << 20);
    memory = realloc(memory, 128 << 20);
    if (!memory) _exit(2);
    free(memory);
    for (int count = 0; count < 3; count++) start_and_join(nothing_to_do, NULL);
    if (write(STDIN_FILENO, "", 0) < 0) _exit(2);
}

// Runs one attempt in this process. Exit status: 0 if it succeeded, 1 if the system refused it.
static void run(const struct Attempt *attempt, int is_inside) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) _exit(2);
    dup2(ends[0], STDIN_FILENO);
    dup2(ends[0], STDOUT_FILENO);
    start_and_join(nothing_to_do, NULL);
    if (is_inside) {
        enter_sandbox();
        work();
    }
    _exit(attempt->make() == -1 ? 1 : 0);
}

// A thread that existed before the filter is confined by it too.
static void run_thread(int is_inside) {
    long result = -1;
    pthread_t thread;
    if (pthread_create(&thread, NULL, call_when_confined, &result) != 0) _exit(2);
    if (is_inside) enter_sandbox();
    is_confined = 1;
    pthread_join(thread, NULL);
    _exit(result == -1 ? 1 : 0);
}

static void report(const char *name, const struct Attempt *attempt, int is_inside) {
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        if (attempt) run(attempt, is_inside);
        run_thread(is_inside);
    }
    int status = 0;
    waitpid(child, &status, 0);
    const char *end = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? "killed"
        : WIFEXITED(status) && WEXITSTATUS(status) == 1                ? "refused"
        : WIFEXITED(status) && WEXITSTATUS(status) == 0                ? "ALLOWED"
                                                                       : "failed";
    printf("%s %s %d\n", name, end, status);
    fflush(stdout);
}

// Installs a filter that answers the calls with "not permitted".
static void forbid(long first, long second) {
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)first, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)second, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof steps / sizeof *steps, steps};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        perror("prctl");
        _exit(2);
    }
}

int main(int count, char **arguments) {
    const char *what = count > 1 ? arguments[1] : "";
    if (strcmp(what, "list") == 0) {
        for (int index = 0; index < COUNT; index++) puts(attempts[index].name);
        puts("older_thread");
        return 0;
    }
    if (strncmp(what, "without-", 8) == 0 && count == 3) {
        forbid(SYS_prctl, strcmp(what, "without-filters") == 0 ? SYS_seccomp : SYS_prctl);
        execv(arguments[2], (char *[]){arguments[2], NULL});
        return 2;
    }
    if (strncmp(what, "try", 3) != 0) return 2;
    int is_inside = strcmp(what, "try") == 0;
    if (!is_inside && count != 3) return 2;
    parent = getpid();
    victim = fork();
    if (victim == 0) {
        pause();
        _exit(0);
    }
    for (int index = 0; index < COUNT; index++)
        if (count == 2 || strcmp(arguments[2], attempts[index].name) == 0)
            report(attempts[index].name, &attempts[index], is_inside);
    if (count == 2 || strcmp(arguments[2], "older_thread") == 0) report("older_thread", NULL, is_inside);
    int status = 0;
    int has_ended = waitpid(victim, &status, WNOHANG) != 0;
    kill(victim, SIGKILL);
    return has_ended ? 3 : 0;
}

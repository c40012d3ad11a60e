// Resizes images: reads requests from standard input, which is a socket, and replies to each with a resized image. It
// is a separate process because image decoders are exposed to malicious input. It has no secrets, a sandbox denies it
// every system call that it does not need, the system limits its memory and time, and its parent restarts it after a
// crash.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "resize.h"
#include "sandbox.h"

// The largest image, in bytes.
enum { MAX_INPUT_SIZE = 20000000 };

static int receive(void *bytes, size_t length) {
    char *position = bytes;
    while (length) {
        ssize_t count = read(STDIN_FILENO, position, length);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return 0;
        position += count;
        length -= (size_t)count;
    }
    return 1;
}

static int reply(const void *bytes, size_t length) {
    const char *position = bytes;
    while (length) {
        ssize_t count = write(STDIN_FILENO, position, length);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return 0;
        position += count;
        length -= (size_t)count;
    }
    return 1;
}

// The folder of this executable.
static const char *own_folder(void) {
    static char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    path[length > 0 ? length : 0] = 0;
    char *slash = strrchr(path, '/');
    if (!slash) return ".";
    *slash = 0;
    return path;
}

static void *nothing_to_do(void *unused) { return unused; }

// The first thread of a process makes the C library call the system in ways that the sandbox does not allow.
static void start_a_thread(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, nothing_to_do, NULL) == 0) pthread_join(thread, NULL);
}

int main(void) {
    closefrom(STDERR_FILENO + 1);
    // Return freed memory to the system at once.
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_MMAP_THRESHOLD, 128 << 10);
    // The memory limit counts whole thread stacks, whether used or not.
    pthread_attr_t thread;
    pthread_attr_init(&thread);
    pthread_attr_setstacksize(&thread, 2 << 20);
    pthread_setattr_default_np(&thread);
    int nothing = open("/dev/null", O_WRONLY);
    if (nothing >= 0) {
        dup2(nothing, STDOUT_FILENO);
        dup2(nothing, STDERR_FILENO);
    }

    // On a machine with other processes, such as LocalRuntime's, decoding must not delay them.
    setpriority(PRIO_PROCESS, 0, 10);
    // The parent may have gone when the worker replies.
    signal(SIGPIPE, SIG_IGN);

    // libvips writes no warnings, which would need files.
    setenv("VIPS_WARNING", "0", 1);
    struct Vips vips;
    const char *fault = vips_open(&vips, own_folder());
    start_a_thread();
    enter_sandbox();
    struct Request request;
    while (receive(&request, sizeof request)) {
        if (request.length > MAX_INPUT_SIZE) return 1;
        alarm(request.seconds);
        void *bytes = malloc(request.length);
        if (!bytes || !receive(bytes, request.length)) return 1;
        struct Result result;
        if (fault) {
            struct Result unavailable = {{STATUS_UNAVAILABLE, 0, 0, (uint32_t)strlen(fault)}, (void *)fault};
            result = unavailable;
        } else {
            result = resize(&vips, &request, bytes);
        }
        free(bytes);
        alarm(0);
        if (!reply(&result.reply, sizeof result.reply) || !reply(result.bytes, result.reply.length)) return 1;
        if (result.reply.status == STATUS_DONE) vips.free(result.bytes);
    }
    return 0;
}

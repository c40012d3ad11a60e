// The cost of a function without a gateway. Starts a bootstrap, passes events to it over the Runtime API one after the
// other, and prints four numbers: the nanoseconds from exec to the first request for an event, and from exec to the end of
// the first response; the peak resident memory until then, in kibibytes; and the median nanoseconds from an event to the
// end of its response, without the first.
//
// {number} in the event is replaced by the invocation's number, with eight digits. The bootstrap's output is shown only if
// something fails.
//
// cycle EVENT-FILE COUNT BOOTSTRAP [ARGUMENT...]

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char message[1 << 16];

// The output of the bootstrap.
static int output = -1;

static void show_output(void) {
    off_t start = 0;
    if (output >= 0) sendfile(STDERR_FILENO, output, &start, 1 << 20);
}

static void fail(const char *what) {
    perror(what);
    show_output();
    exit(1);
}

static long nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000L + now.tv_nsec;
}

static int listener, peer = -1;

static void accept_peer(void) {
    int on = 1;
    peer = accept(listener, NULL, NULL);
    if (peer < 0) fail("accept");
    setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// Reads one request, with its body if it has one, from a new connection if the last one has ended.
static void read_request(void) {
    size_t length = 0, expected = 0;
    if (peer < 0) accept_peer();
    while (!expected || length < expected) {
        ssize_t count = read(peer, message + length, sizeof message - 1 - length);
        if (count <= 0 && !length) {
            close(peer);
            accept_peer();
            continue;
        }
        if (count <= 0) fail("read");
        length += count;
        message[length] = 0;
        char *end = strstr(message, "\r\n\r\n");
        if (expected || !end) continue;
        char *header = strcasestr(message, "\r\ncontent-length:");
        expected = end + 4 - message + (header && header < end ? strtoul(header + 17, NULL, 10) : 0);
    }
}

static void expect(const char *start, const char *end) {
    size_t path = strcspn(message + strcspn(message, " ") + 1, " ") + strcspn(message, " ") + 1;
    if (!strncmp(message, start, strlen(start)) && path >= strlen(end) &&
        !strncmp(message + path - strlen(end), end, strlen(end)))
        return;
    char *body = strstr(message, "\r\n\r\n");
    fprintf(stderr, "expected %s...%s, got %.*s %.300s\n", start, end, (int)path, message, body ? body + 4 : "");
    show_output();
    exit(1);
}

static int by_size(const void *left, const void *right) {
    long difference = *(const long *)left - *(const long *)right;
    return (difference > 0) - (difference < 0);
}

static void ended(int signal) {
    static const char message[] = "the bootstrap ended\n";
    if (write(STDERR_FILENO, message, sizeof message - 1) >= 0) show_output();
    _exit(1);
}

static long most_memory(pid_t process) {
    char path[64], line[256];
    long kibibytes = -1;
    snprintf(path, sizeof path, "/proc/%d/status", process);
    FILE *file = fopen(path, "r");
    if (!file) fail(path);
    while (fgets(line, sizeof line, file)) sscanf(line, "VmHWM: %ld", &kibibytes);
    fclose(file);
    return kibibytes;
}

int main(int argc, char **argv) {
    if (argc < 4) return fprintf(stderr, "usage: cycle EVENT-FILE COUNT BOOTSTRAP [ARGUMENT...]\n"), 2;
    static char event[1 << 14], next[(1 << 14) + 512];
    FILE *file = fopen(argv[1], "r");
    if (!file) fail(argv[1]);
    size_t event_length = fread(event, 1, sizeof event, file);
    int count = atoi(argv[2]);
    long *times = calloc(count, sizeof *times);

    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t own_length = sizeof own;
    if (bind(listener, (struct sockaddr *)&own, sizeof own) || listen(listener, 1)) fail("listen");
    getsockname(listener, (struct sockaddr *)&own, &own_length);
    char address[32];
    snprintf(address, sizeof address, "127.0.0.1:%d", ntohs(own.sin_port));

    // The child writes the time just before exec, so that the fork does not count.
    long *started = mmap(NULL, sizeof *started, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (started == MAP_FAILED) fail("mmap");
    output = memfd_create("output", MFD_CLOEXEC);
    if (output < 0) fail("memfd_create");
    signal(SIGCHLD, ended);
    pid_t child = fork();
    if (!child) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setenv("AWS_LAMBDA_RUNTIME_API", address, 1);
        dup2(output, STDOUT_FILENO);
        dup2(output, STDERR_FILENO);
        *started = nanoseconds();
        execv(argv[3], argv + 3);
        perror(argv[3]);
        _exit(1);
    }

    int next_length = snprintf(
        next, sizeof next,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n"
        "Lambda-Runtime-Deadline-Ms: 4102444800000\r\n"
        "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:Echo\r\n"
        "Content-Length: %zu\r\n\r\n%.*s",
        event_length, (int)event_length, event);
    static const char placeholder[] = "{number}";
    char *number = memmem(next, next_length, placeholder, sizeof placeholder - 1), digits[16];
    const char *accepted = "HTTP/1.1 202 Accepted\r\nContent-Length: 15\r\n\r\n{\"status\":\"OK\"}";

    long initialized = 0, responded = 0, memory = 0;
    for (int i = 0; i < count; i++) {
        if (number) {
            snprintf(digits, sizeof digits, "%08d", i);
            memcpy(number, digits, sizeof placeholder - 1);
        }
        read_request();
        long start = nanoseconds();
        expect("GET /2018-06-01/runtime/invocation/", "/next");
        if (write(peer, next, next_length) != next_length) fail("write");
        read_request();
        long end = nanoseconds();
        expect("POST /2018-06-01/runtime/invocation/", "/response");
        times[i] = end - start;
        if (i == 0) initialized = start - *started, responded = end - *started, memory = most_memory(child);
        if (write(peer, accepted, strlen(accepted)) < 0) fail("write");
    }
    signal(SIGCHLD, SIG_DFL);
    kill(child, SIGKILL);
    // Waits, so that its exit does not take time from the next start.
    waitpid(child, NULL, 0);
    if (count > 1) qsort(times + 1, count - 1, sizeof *times, by_size);
    printf("%ld %ld %ld %ld\n", initialized, responded, memory, times[count / 2]);
}

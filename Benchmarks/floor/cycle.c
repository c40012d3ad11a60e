// The cost of one invocation without any gateway: hands events to a bootstrap over the Runtime API, one after the other,
// and prints the median time in nanoseconds from an event to the end of its response.
//
// cycle BOOTSTRAP EVENT-FILE COUNT

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char message[1 << 16];

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static long nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000L + now.tv_nsec;
}

// Reads one request, with its body if it has one.
static void read_request(int peer) {
    size_t length = 0, expected = 0;
    while (!expected || length < expected) {
        ssize_t count = read(peer, message + length, sizeof message - 1 - length);
        if (count <= 0) fail("read");
        length += count;
        message[length] = 0;
        char *end = strstr(message, "\r\n\r\n");
        if (expected || !end) continue;
        char *header = strcasestr(message, "\r\ncontent-length:");
        expected = end + 4 - message + (header && header < end ? strtoul(header + 17, NULL, 10) : 0);
    }
}

static void expect(const char *start) {
    if (strncmp(message, start, strlen(start))) {
        fprintf(stderr, "expected %s, got %.60s\n", start, message);
        exit(1);
    }
}

static int by_size(const void *left, const void *right) {
    long difference = *(const long *)left - *(const long *)right;
    return (difference > 0) - (difference < 0);
}

int main(int argc, char **argv) {
    if (argc != 4) return fprintf(stderr, "usage: cycle BOOTSTRAP EVENT-FILE COUNT\n"), 2;
    static char event[1 << 14], next[(1 << 14) + 512];
    FILE *file = fopen(argv[2], "r");
    if (!file) fail(argv[2]);
    size_t event_length = fread(event, 1, sizeof event, file);
    int count = atoi(argv[3]);
    long *times = calloc(count, sizeof *times);

    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t own_length = sizeof own;
    if (bind(listener, (struct sockaddr *)&own, sizeof own) || listen(listener, 1)) fail("listen");
    getsockname(listener, (struct sockaddr *)&own, &own_length);
    char address[32];
    snprintf(address, sizeof address, "127.0.0.1:%d", ntohs(own.sin_port));

    pid_t child = fork();
    if (!child) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setenv("AWS_LAMBDA_RUNTIME_API", address, 1);
        execl(argv[1], argv[1], (char *)NULL);
        fail(argv[1]);
    }
    int peer = accept(listener, NULL, NULL);
    if (peer < 0) fail("accept");
    setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);

    int next_length = snprintf(
        next, sizeof next,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n"
        "Lambda-Runtime-Deadline-Ms: 4102444800000\r\n"
        "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:Echo\r\n"
        "Content-Length: %zu\r\n\r\n%.*s",
        event_length, (int)event_length, event);
    const char *accepted = "HTTP/1.1 202 Accepted\r\nContent-Length: 15\r\n\r\n{\"status\":\"OK\"}";

    for (int i = 0; i < count; i++) {
        read_request(peer);
        expect("GET /2018-06-01/runtime/invocation/next ");
        long start = nanoseconds();
        if (write(peer, next, next_length) != next_length) fail("write");
        read_request(peer);
        times[i] = nanoseconds() - start;
        expect("POST /2018-06-01/runtime/invocation/");
        if (write(peer, accepted, strlen(accepted)) < 0) fail("write");
    }
    kill(child, SIGKILL);
    qsort(times, count, sizeof *times, by_size);
    printf("%ld\n", times[count / 2]);
}

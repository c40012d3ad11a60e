// A Lambda custom runtime that echoes a WebSocket message with little more than system calls: the lower limit for the time
// of any function and, linked statically, of a cold start.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char message[8 << 20];

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int connected(const char *address) {
    char host[64];
    const char *colon = strrchr(address, ':');
    if (!colon || colon - address >= (long)sizeof host) fail("AWS_LAMBDA_RUNTIME_API");
    memcpy(host, address, colon - address);
    host[colon - address] = 0;
    struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(atoi(colon + 1))};
    if (inet_pton(AF_INET, host, &peer.sin_addr) != 1) fail("AWS_LAMBDA_RUNTIME_API");
    int socket_ = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(socket_, (struct sockaddr *)&peer, sizeof peer)) fail("connect");
    return socket_;
}

static void write_all(int socket_, const char *bytes, size_t length) {
    while (length) {
        ssize_t written = write(socket_, bytes, length);
        if (written <= 0) fail("write");
        bytes += written;
        length -= written;
    }
}

// Reads a response with a Content-Length into `message` and returns its body.
static char *read_response(int socket_) {
    size_t length = 0, expected = 0;
    char *body = NULL;
    while (!body || length < expected) {
        ssize_t count = read(socket_, message + length, sizeof message - 1 - length);
        if (count <= 0) fail("read");
        length += count;
        message[length] = 0;
        if (body || !(body = strstr(message, "\r\n\r\n"))) continue;
        body += 4;
        char *header = strcasestr(message, "\r\ncontent-length:");
        expected = body - message + (header && header < body ? strtoul(header + 17, NULL, 10) : 0);
    }
    return body;
}

int main(void) {
    const char *address = getenv("AWS_LAMBDA_RUNTIME_API");
    if (!address) fail("AWS_LAMBDA_RUNTIME_API");
    int api = connected(address);
    char next[256];
    int next_length = snprintf(
        next, sizeof next, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: %s\r\n\r\n", address);
    static char payload[1 << 20], response[(1 << 20) + 512];

    for (;;) {
        write_all(api, next, next_length);
        char *event = read_response(api);
        char *id = strcasestr(message, "\r\nlambda-runtime-aws-request-id:");
        if (!id || id > event) fail("no request id");
        id += strlen("\r\nlambda-runtime-aws-request-id:");
        id += strspn(id, " ");
        int id_length = strcspn(id, " \r");

        // The body is a JSON string in the event and becomes one in the response, so it is copied as it stands.
        char *text = strstr(event, "\"body\":\"");
        size_t text_length = 0;
        if (text) {
            text += strlen("\"body\":\"");
            while (text[text_length] != '"') text_length += text[text_length] == '\\' ? 2 : 1;
        }
        if (text_length > sizeof payload - 64) fail("body too long");
        int payload_length = snprintf(
            payload, sizeof payload, "{\"statusCode\":200,\"body\":\"%.*s\"}", (int)text_length, text ? text : "");
        int response_length = snprintf(
            response, sizeof response,
            "POST /2018-06-01/runtime/invocation/%.*s/response HTTP/1.1\r\nHost: %s\r\n"
            "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
            id_length, id, address, payload_length, payload);
        write_all(api, response, response_length);
        read_response(api);
    }
}

// The cost of objects without S3: a server that hashes the bodies of PUT requests with MD5, as for entity tags, and writes
// each to a new file, and that answers GET requests with one object from memory. It supports only the HTTP that its client
// uses and objects of one size, and prints its port.
//
// objects FOLDER OBJECT-FILE

#define _GNU_SOURCE
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t size;
static char *object;

static void check(int succeeded, const char *what) {
    if (succeeded) return;
    perror(what);
    exit(1);
}

static void send_all(int client, const char *bytes, size_t count, int flags) {
    for (ssize_t sent; count > 0; bytes += sent, count -= (size_t)sent) {
        sent = send(client, bytes, count, flags | MSG_NOSIGNAL);
        check(sent > 0, "send");
    }
}

static void put(int client, char *buffer, size_t room, const char *body, size_t count) {
    char name[] = "object-XXXXXX";
    int file = mkstemp(name);
    check(file >= 0, "mkstemp");
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    check(digest && EVP_DigestInit_ex(digest, EVP_md5(), NULL), "MD5");
    for (size_t received = 0;;) {
        check(EVP_DigestUpdate(digest, body, count) == 1, "MD5");
        check(write(file, body, count) == (ssize_t)count, "write");
        received += count;
        if (received >= size) break;
        ssize_t more = recv(client, buffer, room, 0);
        check(more > 0, "recv");
        body = buffer;
        count = (size_t)more;
    }
    unsigned char hash[EVP_MAX_MD_SIZE];
    check(EVP_DigestFinal_ex(digest, hash, NULL) == 1, "MD5");
    EVP_MD_CTX_free(digest);
    close(file);
    unlink(name);
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    send_all(client, answer, sizeof answer - 1, 0);
}

static void *serve(void *argument) {
    int client = (int)(long)argument;
    size_t room = 1 << 18;
    char *buffer = malloc(room + 1);
    check(buffer != NULL, "malloc");
    for (;;) {
        size_t count = 0;
        char *end = NULL;
        while (!end) {
            ssize_t more = recv(client, buffer + count, room - count, 0);
            if (more <= 0) {
                close(client);
                free(buffer);
                return NULL;
            }
            count += (size_t)more;
            buffer[count] = 0;
            end = strstr(buffer, "\r\n\r\n");
        }
        if (buffer[0] == 'P') {
            put(client, buffer, room, end + 4, count - (size_t)(end + 4 - buffer));
        } else {
            char head[128];
            int length = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", size);
            send_all(client, head, (size_t)length, MSG_MORE);
            send_all(client, object, size, 0);
        }
    }
}

int main(int count, char **arguments) {
    check(count == 3, "objects FOLDER OBJECT-FILE");
    int file = open(arguments[2], O_RDONLY);
    struct stat status;
    check(file >= 0 && fstat(file, &status) == 0, arguments[2]);
    size = (size_t)status.st_size;
    object = mmap(NULL, size, PROT_READ, MAP_SHARED | MAP_POPULATE, file, 0);
    check(object != MAP_FAILED && chdir(arguments[1]) == 0, arguments[1]);
    int server = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    check(bind(server, (struct sockaddr *)&address, length) == 0 && listen(server, 64) == 0, "listen");
    check(getsockname(server, (struct sockaddr *)&address, &length) == 0, "getsockname");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        int client = accept(server, NULL, NULL), yes = 1;
        check(client >= 0, "accept");
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        pthread_t thread;
        check(pthread_create(&thread, NULL, serve, (void *)(long)client) == 0, "pthread_create");
    }
}

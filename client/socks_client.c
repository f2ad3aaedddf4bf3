/* The client's side of SOCKS5 (RFC 1928), as XEP-0065 uses it. */
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/codec/codec.h"
#include "transfer.h"

#define WAIT_SECONDS 5
#define KEY          40

static int connect_to(const char *host, unsigned short port)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    const struct timeval patience = {.tv_sec = WAIT_SECONDS};
    struct addrinfo *all, *one;
    char service[8];
    int fd = -1;

    (void)snprintf(service, sizeof(service), "%u", port);
    if (getaddrinfo(host, service, &hints, &all) != 0)
        return -1;
    for (one = all; one && fd < 0; one = one->ai_next) {
        fd = socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, 0);
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
                         sizeof(patience));
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
                         sizeof(patience));
        if (fd >= 0 && connect(fd, one->ai_addr, one->ai_addrlen) != 0) {
            (void)close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(all);
    return fd;
}

static void make_key(char key[KEY + 1], const char *sid, const char *initiator,
                     const char *target)
{
    struct arena arena = {0};
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    struct str text = arena_printf(&arena, "%s%s%s", sid, initiator, target);

    (void)EVP_Digest(text.p, text.len, digest, &length, EVP_sha1(), NULL);
    (void)snprintf(
        key, KEY + 1, "%.*s",
        STR_ARG(hex_encode(&arena, (struct str){(char *)digest, length})));
    arena_clear(&arena);
}

static bool talk(int fd, const void *said, size_t said_length, void *heard,
                 size_t heard_length)
{
    return send(fd, said, said_length, MSG_NOSIGNAL) == (ssize_t)said_length &&
           recv(fd, heard, heard_length, MSG_WAITALL) == (ssize_t)heard_length;
}

static bool shake_hands(int fd, const char *key)
{
    unsigned char request[5 + KEY + 2] = {5, 1, 0, 3, KEY};
    unsigned char answer[5 + KEY + 2];

    memcpy(request + 5, key, KEY);
    return talk(fd, "\5\1\0", 3, answer, 2) && answer[0] == 5 &&
           answer[1] == 0 && talk(fd, request, sizeof(request), answer, 2) &&
           answer[0] == 5 && answer[1] == 0 &&
           recv(fd, answer, sizeof(answer) - 2, MSG_WAITALL) ==
               (ssize_t)sizeof(answer) - 2;
}

int socks_connect(const char *host, unsigned short port, const char *sid,
                  const char *initiator, const char *target)
{
    char key[KEY + 1];
    int fd = connect_to(host, port);

    make_key(key, sid, initiator, target);
    if (fd >= 0 && shake_hands(fd, key)) {
        (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
        return fd;
    }
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

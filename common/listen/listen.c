#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#define BACKLOG 1024

static bool parse_address(struct sockaddr_storage *into, socklen_t *length,
                          struct str address, uint16_t port)
{
    char *text = str_dup_heap(address);
    struct sockaddr_in *v4 = (struct sockaddr_in *)into;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)into;
    bool parsed = true;

    memset(into, 0, sizeof(*into));
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        *length = sizeof(*v4);
    } else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        *length = sizeof(*v6);
    } else {
        parsed = false;
    }
    free(text);
    return parsed;
}

/* Whether the socket listens at this address. */
static bool is_at(int fd, const struct sockaddr_storage *wanted)
{
    struct sockaddr_storage name;
    socklen_t length = sizeof(name);

    if (getsockname(fd, (struct sockaddr *)&name, &length) != 0 ||
        name.ss_family != wanted->ss_family)
        return false;
    if (name.ss_family == AF_INET) {
        const struct sockaddr_in *a = (const struct sockaddr_in *)&name;
        const struct sockaddr_in *b = (const struct sockaddr_in *)wanted;

        return a->sin_port == b->sin_port &&
               a->sin_addr.s_addr == b->sin_addr.s_addr;
    }
    const struct sockaddr_in6 *a = (const struct sockaddr_in6 *)&name;
    const struct sockaddr_in6 *b = (const struct sockaddr_in6 *)wanted;

    return a->sin6_port == b->sin6_port &&
           memcmp(&a->sin6_addr, &b->sin6_addr, sizeof(a->sin6_addr)) == 0;
}

/* What whoever started us listens at already, and goes on to while we are
 * started again; -1: nothing. */
static int inherited(const struct sockaddr_storage *wanted)
{
    int count = sd_listen_fds(0);

    for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + count; fd++)
        if (is_at(fd, wanted) && fcntl(fd, F_SETFL, O_NONBLOCK) == 0)
            return fd;
    return -1;
}

int listen_socket(struct str address, uint16_t port, bool reuse_port,
                  const char *option, struct error *error)
{
    struct sockaddr_storage name;
    socklen_t length;
    const int on = 1;
    int fd;

    if (!parse_address(&name, &length, address, port)) {
        error_set(error, "%s: \"%.*s\" is no IP address", option,
                  STR_ARG(address));
        return -1;
    }
    fd = inherited(&name);
    if (fd >= 0)
        return fd;
    fd = socket(name.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        if (reuse_port)
            setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
        if (name.ss_family == AF_INET6)
            setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
        if (bind(fd, (struct sockaddr *)&name, length) == 0 &&
            listen(fd, BACKLOG) == 0)
            return fd;
    }
    error_set(error, "cannot listen on %.*s port %u: %s", STR_ARG(address),
              port, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

int listen_accept(int listener, char *peer, size_t size)
{
    struct sockaddr_storage name;
    socklen_t length = sizeof(name);
    const int on = 1;
    int fd = accept4(listener, (struct sockaddr *)&name, &length,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0)
        return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (name.ss_family == AF_INET6)
        inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&name)->sin6_addr, peer,
                  (socklen_t)size);
    else
        inet_ntop(AF_INET, &((struct sockaddr_in *)&name)->sin_addr, peer,
                  (socklen_t)size);
    return fd;
}

/* So many questions fit into the time. */
#define QUESTIONS 4

void socket_expect_life(int fd, int idle_s, int timeout_s)
{
    unsigned timeout_ms = (unsigned)timeout_s * 1000;
    int on = idle_s > 0, count = QUESTIONS;
    int interval_s = timeout_s > QUESTIONS ? timeout_s / QUESTIONS : 1;

    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    if (on) {
        setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
        setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s,
                   sizeof(interval_s));
        setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
    }
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms,
               sizeof(timeout_ms));
}

#include "handover.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct handover {
    int fd;
    char suite[80];
    uv_poll_t poll;
    handover_taken *taken;
    void *ctx;
};

struct message {
    char peer[64];
    struct socks socks;
};

/* What comes with a message: one descriptor and the kernel's word on who sent
 * it. */
union ancillary {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
};

static socklen_t make_name(struct sockaddr_un *name, const char *suite,
                           unsigned instance)
{
    int length;

    memset(name, 0, sizeof(*name));
    name->sun_family = AF_UNIX;
    length = snprintf(name->sun_path + 1, sizeof(name->sun_path) - 1,
                      "posthouse-proxy65d.%s.%u", suite, instance);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
                       (size_t)length);
}

/* --- taking --------------------------------------------------------------- */

/* The descriptor, or -1; whatever else came is closed. */
static int read_ancillary(struct msghdr *header, bool *is_ours)
{
    int fd = -1;

    *is_ours = false;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c;
         c = CMSG_NXTHDR(header, c)) {
        struct ucred who;

        if (c->cmsg_level != SOL_SOCKET)
            continue;
        if (c->cmsg_type == SCM_RIGHTS && fd < 0)
            memcpy(&fd, CMSG_DATA(c), sizeof(fd));
        if (c->cmsg_type == SCM_CREDENTIALS) {
            memcpy(&who, CMSG_DATA(c), sizeof(who));
            *is_ours = who.uid == geteuid();
        }
    }
    return fd;
}

/* False when nothing more waits. */
static bool take_one(struct handover *handover)
{
    struct message message;
    union ancillary ancillary;
    struct iovec part = {&message, sizeof(message)};
    struct msghdr header = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = &ancillary,
                            .msg_controllen = sizeof(ancillary)};
    ssize_t count =
        recvmsg(handover->fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    bool is_ours;
    int fd;

    if (count < 0)
        return errno == EINTR;
    fd = read_ancillary(&header, &is_ours);
    if (is_ours && fd >= 0 && (size_t)count == sizeof(message) &&
        message.socks.state == SOCKS_ASKED &&
        memchr(message.peer, '\0', sizeof(message.peer)) &&
        memchr(message.socks.key, '\0', sizeof(message.socks.key)))
        handover->taken(handover->ctx, fd, message.peer, &message.socks);
    else if (fd >= 0)
        (void)close(fd);
    return true;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)events;
    if (status < 0)
        return;
    while (take_one(poll->data))
        ;
}

/* --- giving --------------------------------------------------------------- */

bool handover_give(struct handover *handover, unsigned instance, int fd,
                   const char *peer, const struct socks *socks)
{
    struct message message;
    union ancillary ancillary;
    struct sockaddr_un name;
    struct iovec part = {&message, sizeof(message)};
    struct msghdr header = {.msg_name = &name,
                            .msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = &ancillary,
                            .msg_controllen = CMSG_SPACE(sizeof(int))};
    struct cmsghdr *rights;

    memset(&message, 0, sizeof(message));
    memset(&ancillary, 0, sizeof(ancillary));
    (void)snprintf(message.peer, sizeof(message.peer), "%s", peer);
    message.socks = *socks;
    header.msg_namelen = make_name(&name, handover->suite, instance);
    rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
    return sendmsg(handover->fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL) ==
           (ssize_t)sizeof(message);
}

/* --- beginning and end ---------------------------------------------------- */

static int open_socket(const char *suite, unsigned instance)
{
    struct sockaddr_un name;
    socklen_t length = make_name(&name, suite, instance);
    const int on = 1;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd >= 0 &&
        setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0 &&
        bind(fd, (struct sockaddr *)&name, length) == 0)
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

struct handover *handover_open(uv_loop_t *loop, const char *suite,
                               unsigned instance, handover_taken *taken,
                               void *ctx, struct error *error)
{
    struct handover *handover;
    int fd = open_socket(suite, instance);

    if (fd < 0) {
        (void)error_set(error, "the socket between proxies: %s",
                        strerror(errno));
        return NULL;
    }
    handover = NEW(struct handover);
    handover->fd = fd;
    handover->taken = taken;
    handover->ctx = ctx;
    (void)snprintf(handover->suite, sizeof(handover->suite), "%s", suite);
    uv_poll_init(loop, &handover->poll, fd);
    handover->poll.data = handover;
    uv_poll_start(&handover->poll, UV_READABLE, on_readable);
    return handover;
}

static void on_closed(uv_handle_t *handle)
{
    struct handover *handover = handle->data;

    (void)close(handover->fd);
    free(handover);
}

void handover_close(struct handover *handover)
{
    if (handover)
        uv_close((uv_handle_t *)&handover->poll, on_closed);
}

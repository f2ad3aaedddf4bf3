#include "handover.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Connections of siblings that are listened to at once, with those of dead ones
 * that are not read to their end yet. */
#define MAX_SOURCES 256u
#define BACKLOG     128

/* What a sibling gives through. */
struct source {
    struct source *next;
    struct handover *handover;
    uv_poll_t poll;
    int fd;
};

struct handover {
    char suite[80];
    int fd;         /* listens */
    uv_poll_t poll; /* of it */
    struct source *sources;
    size_t source_count;
    int *roads; /* to each sibling; -1: none */
    unsigned of;
    handover_taken *taken;
    void *ctx;
};

struct message {
    char peer[64];
    struct socks socks;
};

union ancillary {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
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

/* The kernel's word on who is at the other end. */
static bool is_ours(int fd)
{
    struct ucred who;
    socklen_t length = sizeof(who);

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length) == 0 &&
           who.uid == geteuid();
}

/* --- taking --------------------------------------------------------------- */

static void on_source_closed(uv_handle_t *handle)
{
    struct source *source = handle->data;

    (void)close(source->fd);
    free(source);
}

static void source_close(struct source *source)
{
    struct handover *handover = source->handover;
    struct source **link = &handover->sources;

    while (*link != source)
        link = &(*link)->next;
    *link = source->next;
    handover->source_count--;
    uv_close((uv_handle_t *)&source->poll, on_source_closed);
}

static bool makes_sense(const struct message *message)
{
    return message->socks.state == SOCKS_ASKED &&
           memchr(message->peer, '\0', sizeof(message->peer)) &&
           memchr(message->socks.key, '\0', sizeof(message->socks.key));
}

/* False when the sibling is gone. */
static bool take_one(struct handover *handover, int from, bool *is_empty)
{
    struct message message;
    union ancillary ancillary;
    struct iovec part = {&message, sizeof(message)};
    struct msghdr header = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = &ancillary,
                            .msg_controllen = sizeof(ancillary)};
    ssize_t count = recvmsg(from, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    const struct cmsghdr *rights = count > 0 ? CMSG_FIRSTHDR(&header) : NULL;
    int fd = -1;

    *is_empty = count < 0 && (errno == EAGAIN || errno == EINTR);
    if (count <= 0)
        return *is_empty;
    if (rights && rights->cmsg_level == SOL_SOCKET &&
        rights->cmsg_type == SCM_RIGHTS)
        memcpy(&fd, CMSG_DATA(rights), sizeof(fd));
    if (fd < 0)
        return true; /* no room for one more descriptor: it is closed */
    if ((size_t)count == sizeof(message) && makes_sense(&message))
        handover->taken(handover->ctx, fd, message.peer, &message.socks);
    else
        (void)close(fd);
    return true;
}

static void on_given(uv_poll_t *poll, int status, int events)
{
    struct source *source = poll->data;
    bool is_empty = false, is_there = status == 0;

    (void)events;
    while (is_there && !is_empty)
        is_there = take_one(source->handover, source->fd, &is_empty);
    if (!is_there)
        source_close(source);
}

static void add_source(struct handover *handover, int fd)
{
    struct source *source;

    if (handover->source_count >= MAX_SOURCES || !is_ours(fd)) {
        (void)close(fd);
        return;
    }
    source = NEW(struct source);
    source->handover = handover;
    source->fd = fd;
    source->next = handover->sources;
    handover->sources = source;
    handover->source_count++;
    uv_poll_init(handover->poll.loop, &source->poll, fd);
    source->poll.data = source;
    uv_poll_start(&source->poll, UV_READABLE, on_given);
}

static void on_sibling(uv_poll_t *poll, int status, int events)
{
    struct handover *handover = poll->data;
    int fd;

    (void)events;
    while (status == 0 && (fd = accept4(handover->fd, NULL, NULL,
                                        SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
        add_source(handover, fd);
}

/* --- giving --------------------------------------------------------------- */

static int open_socket(void)
{
    return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* A road to the sibling; false when nobody of ours listens there. */
static bool open_road(const struct handover *handover, unsigned instance,
                      int *road)
{
    struct sockaddr_un name;
    socklen_t length = make_name(&name, handover->suite, instance);

    *road = open_socket();
    if (*road < 0)
        return false;
    if (connect(*road, (struct sockaddr *)&name, length) == 0 && is_ours(*road))
        return true;
    (void)close(*road);
    *road = -1;
    return false;
}

static bool send_message(int road, const struct message *message, int fd)
{
    union ancillary ancillary;
    struct iovec part = {(void *)(uintptr_t)message, sizeof(*message)};
    struct msghdr header = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = &ancillary,
                            .msg_controllen = sizeof(ancillary)};
    struct cmsghdr *rights;

    memset(&ancillary, 0, sizeof(ancillary));
    rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
    return sendmsg(road, &header, MSG_DONTWAIT | MSG_NOSIGNAL) ==
           (ssize_t)sizeof(*message);
}

/* The sibling may be another process than the last time. */
bool handover_give(struct handover *handover, unsigned instance, int fd,
                   const char *peer, const struct socks *socks)
{
    int *road = instance < handover->of ? &handover->roads[instance] : NULL;
    struct message message;

    if (!road)
        return false;
    memset(&message, 0, sizeof(message));
    (void)snprintf(message.peer, sizeof(message.peer), "%s", peer);
    message.socks = *socks;
    if (*road >= 0) {
        if (send_message(*road, &message, fd))
            return true;
        if (errno == EAGAIN)
            return false; /* it does not keep up */
        (void)close(*road);
    }
    return open_road(handover, instance, road) &&
           send_message(*road, &message, fd);
}

/* --- beginning and end ---------------------------------------------------- */

static int listen_as(const char *suite, unsigned instance)
{
    struct sockaddr_un name;
    socklen_t length = make_name(&name, suite, instance);
    int fd = open_socket();

    if (fd >= 0 && bind(fd, (struct sockaddr *)&name, length) == 0 &&
        listen(fd, BACKLOG) == 0)
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

struct handover *handover_open(uv_loop_t *loop, const char *suite,
                               unsigned instance, unsigned of,
                               handover_taken *taken, void *ctx,
                               struct error *error)
{
    struct handover *handover;
    int fd = listen_as(suite, instance);

    if (fd < 0) {
        (void)error_set(error, "the socket between proxies: %s",
                        strerror(errno));
        return NULL;
    }
    handover = NEW(struct handover);
    *handover = (struct handover){
        .fd = fd,
        .of = of,
        .roads = mem_alloc((of ? of : 1) * sizeof(int)),
        .taken = taken,
        .ctx = ctx,
    };
    for (unsigned i = 0; i < of; i++)
        handover->roads[i] = -1;
    (void)snprintf(handover->suite, sizeof(handover->suite), "%s", suite);
    uv_poll_init(loop, &handover->poll, fd);
    handover->poll.data = handover;
    uv_poll_start(&handover->poll, UV_READABLE, on_sibling);
    return handover;
}

static void on_closed(uv_handle_t *handle)
{
    struct handover *handover = handle->data;

    (void)close(handover->fd);
    free(handover->roads);
    free(handover);
}

void handover_close(struct handover *handover)
{
    if (!handover)
        return;
    while (handover->sources)
        source_close(handover->sources);
    for (unsigned i = 0; i < handover->of; i++)
        if (handover->roads[i] >= 0)
            (void)close(handover->roads[i]);
    uv_close((uv_handle_t *)&handover->poll, on_closed);
}

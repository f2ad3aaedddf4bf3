#include "notify.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_MESSAGE 512

/* The pid of whoever sent it when the message says READY=1, else 0. */
static pid_t read_ready(int fd, bool *is_empty)
{
    char text[MAX_MESSAGE + 1];
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(struct ucred))];
    } control;
    struct iovec room = {text, MAX_MESSAGE};
    struct msghdr message = {.msg_iov = &room,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    struct cmsghdr *header = length >= 0 ? CMSG_FIRSTHDR(&message) : NULL;
    struct ucred who;

    *is_empty = length < 0;
    if (!header || header->cmsg_level != SOL_SOCKET ||
        header->cmsg_type != SCM_CREDENTIALS ||
        header->cmsg_len != CMSG_LEN(sizeof(who)))
        return 0;
    text[length] = '\0';
    memcpy(&who, CMSG_DATA(header), sizeof(who));
    return strstr(text, "READY=1") ? who.pid : 0;
}

static void on_message(uv_poll_t *poll, int status, int events)
{
    struct notify *notify = poll->data;
    bool is_empty = status < 0;

    (void)events;
    while (!is_empty) {
        pid_t pid = read_ready(notify->fd, &is_empty);

        if (pid > 0)
            notify->on_ready(notify->ctx, pid);
    }
}

static bool listen_at(int fd, const char *path, struct error *error)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    const int on = 1;

    (void)snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
    (void)unlink(path); /* left by an earlier run; mostly not there */
    if (bind(fd, (const struct sockaddr *)&name, sizeof(name)) == 0 &&
        chmod(path, 0666) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0)
        return true;
    return error_set(error, "%s: %s", path, strerror(errno));
}

bool notify_open(struct notify *notify, uv_loop_t *loop, const char *path,
                 struct error *error)
{
    notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (notify->fd < 0)
        return error_set(error, "%s: %s", path, strerror(errno));
    if (!listen_at(notify->fd, path, error)) {
        (void)close(notify->fd);
        return false;
    }
    notify->poll.data = notify;
    if (uv_poll_init(loop, &notify->poll, notify->fd) == 0 &&
        uv_poll_start(&notify->poll, UV_READABLE, on_message) == 0)
        return true;
    (void)close(notify->fd);
    return error_set(error, "%s: the loop does not take it", path);
}

static void on_closed(uv_handle_t *handle)
{
    struct notify *notify = handle->data;

    (void)close(notify->fd);
}

void notify_close(struct notify *notify)
{
    uv_close((uv_handle_t *)&notify->poll, on_closed);
}

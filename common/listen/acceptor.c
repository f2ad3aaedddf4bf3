#include "acceptor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "../log/log.h"

#define RETRY_MS 200

struct acceptor_socket {
    struct acceptor *acceptor;
    uv_poll_t poll;
    int fd, kind;
};

bool acceptor_listen(struct acceptor *acceptor, struct str address,
                     uint16_t port, bool reuse_port, int kind,
                     const char *option, struct error *error)
{
    int fd = listen_socket(address, port, reuse_port, option, error);

    if (fd < 0)
        return false;
    acceptor->sockets =
        mem_realloc(acceptor->sockets,
                    (acceptor->count + 1) * sizeof(struct acceptor_socket));
    acceptor->sockets[acceptor->count++] =
        (struct acceptor_socket){.acceptor = acceptor, .fd = fd, .kind = kind};
    return true;
}

bool acceptor_listen_all(struct acceptor *acceptor, const struct config *config,
                         const char *option, uint16_t port, bool reuse_port,
                         int kind, struct error *error)
{
    size_t count = port ? config_list_count(config, option) : 0;

    for (size_t i = 0; i < count; i++)
        if (!acceptor_listen(acceptor, config_list_item(config, option, i),
                             port, reuse_port, kind, option, error))
            return false;
    return true;
}

static void on_incoming(uv_poll_t *handle, int status, int polled);

static void watch(struct acceptor *acceptor)
{
    for (size_t i = 0; i < acceptor->count; i++)
        uv_poll_start(&acceptor->sockets[i].poll, UV_READABLE, on_incoming);
}

static void on_retry(uv_timer_t *timer)
{
    watch(timer->data);
}

static bool is_exhausted(int reason)
{
    return reason == EMFILE || reason == ENFILE || reason == ENOBUFS ||
           reason == ENOMEM;
}

/* The sockets would wake the loop again and again. */
static void pause_accepting(struct acceptor *acceptor, int reason)
{
    for (size_t i = 0; i < acceptor->count; i++)
        uv_poll_stop(&acceptor->sockets[i].poll);
    uv_timer_start(&acceptor->retry, on_retry, RETRY_MS, 0);
    if (acceptor->is_paused)
        return;
    acceptor->is_paused = true;
    log_event(LOG_LEVEL_ERROR, "accept-paused",
              LOG_TEXT("reason", strerror(reason)));
}

/* Over when somebody was let in, or nobody waits for it. */
static void resume_accepting(struct acceptor *acceptor)
{
    if (!acceptor->is_paused)
        return;
    acceptor->is_paused = false;
    log_event(LOG_LEVEL_INFO, "accept-resumed");
}

static void on_incoming(uv_poll_t *handle, int status, int polled)
{
    const struct acceptor_socket *socket = handle->data;
    struct acceptor *acceptor = socket->acceptor;
    char peer[64] = "";
    int fd;

    (void)polled;
    if (status < 0)
        return;
    while ((fd = listen_accept(socket->fd, peer, sizeof(peer))) >= 0) {
        resume_accepting(acceptor);
        acceptor->on_connection(acceptor->ctx, fd, peer, socket->kind);
    }
    if (is_exhausted(errno))
        pause_accepting(acceptor, errno);
}

/* A socket that was handed over to this process and that no setting names any
 * more: whoever connects there would wait for good. */
static void close_unclaimed(const struct acceptor *acceptor)
{
    int count = sd_listen_fds(0);

    for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + count; fd++) {
        bool is_ours = false;

        for (size_t i = 0; i < acceptor->count; i++)
            is_ours |= acceptor->sockets[i].fd == fd;
        if (!is_ours)
            close(fd);
    }
}

/* systemd keeps them while the daemon is being started again
 * (sd_pid_notify_with_fds(3)): connections wait there, and the next process is
 * handed them. What it kept before is forgotten first. Of newer versions
 * FDSTORE is told by systemd, of older ones by the unit. */
static void store_sockets(const struct acceptor *acceptor)
{
    int *fds;

    if (!getenv("FDSTORE") || acceptor->count == 0)
        return;
    close_unclaimed(acceptor);
    fds = mem_zalloc(acceptor->count * sizeof(*fds));
    for (size_t i = 0; i < acceptor->count; i++)
        fds[i] = acceptor->sockets[i].fd;
    (void)sd_notify(0, "FDSTOREREMOVE=1\nFDNAME=listen");
    if (sd_pid_notify_with_fds(0, 0, "FDSTORE=1\nFDNAME=listen", fds,
                               (unsigned)acceptor->count) < 0)
        log_event(LOG_LEVEL_WARN, "sockets-not-stored",
                  LOG_TEXT("reason", strerror(errno)));
    free(fds);
}

void acceptor_start(struct acceptor *acceptor, uv_loop_t *loop)
{
    acceptor->is_started = true;
    uv_timer_init(loop, &acceptor->retry);
    acceptor->retry.data = acceptor;
    for (size_t i = 0; i < acceptor->count; i++) {
        struct acceptor_socket *socket = &acceptor->sockets[i];

        uv_poll_init(loop, &socket->poll, socket->fd);
        socket->poll.data = socket;
    }
    watch(acceptor);
    store_sockets(acceptor);
}

static void on_socket_closed(uv_handle_t *handle)
{
    const struct acceptor_socket *socket = handle->data;

    close(socket->fd);
}

void acceptor_close(struct acceptor *acceptor)
{
    if (!acceptor->is_started)
        return;
    acceptor->is_started = false;
    uv_close((uv_handle_t *)&acceptor->retry, NULL);
    for (size_t i = 0; i < acceptor->count; i++)
        uv_close((uv_handle_t *)&acceptor->sockets[i].poll, on_socket_closed);
}

void acceptor_clear(struct acceptor *acceptor)
{
    free(acceptor->sockets);
    acceptor->sockets = NULL;
    acceptor->count = 0;
}

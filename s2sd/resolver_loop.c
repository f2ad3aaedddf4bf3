/* c-ares on the loop: its sockets and its time. */
#include "resolver_loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUERY_MS    3000
#define QUERY_TRIES 2

struct watch {
    struct resolver *resolver;
    uv_poll_t poll;
    ares_socket_t fd;
};

static void on_timer(uv_timer_t *timer)
{
    struct resolver *resolver = timer->data;

    ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static void on_socket(uv_poll_t *poll, int status, int events)
{
    const struct watch *watch = poll->data;
    bool reads = status < 0 || (events & UV_READABLE);
    bool writes = status < 0 || (events & UV_WRITABLE);

    ares_process_fd(watch->resolver->channel,
                    reads ? watch->fd : ARES_SOCKET_BAD,
                    writes ? watch->fd : ARES_SOCKET_BAD);
}

static void on_watch_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void forget(struct resolver *resolver, size_t i)
{
    struct watch *watch = resolver->watches[i];

    resolver->watches[i] = NULL;
    uv_poll_stop(&watch->poll);
    uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
}

/* c-ares tells of its sockets: what to wait for, or that one is closed. */
static void on_socket_state(void *data, ares_socket_t fd, int readable,
                            int writable)
{
    struct resolver *resolver = data;
    int events = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);
    size_t i = 0, gap = MAX_SOCKETS;

    for (; i < MAX_SOCKETS; i++) {
        if (!resolver->watches[i])
            gap = i;
        else if (resolver->watches[i]->fd == fd)
            break;
    }
    if (i < MAX_SOCKETS && !events) {
        forget(resolver, i);
        return;
    }
    if (!events || (i == MAX_SOCKETS && gap == MAX_SOCKETS))
        return; /* the timer sees to it */
    if (i == MAX_SOCKETS) {
        struct watch *watch = NEW(struct watch);

        watch->resolver = resolver;
        watch->fd = fd;
        watch->poll.data = watch;
        uv_poll_init(resolver->loop, &watch->poll, fd);
        resolver->watches[i = gap] = watch;
    }
    uv_poll_start(&resolver->watches[i]->poll, events, on_socket);
}

struct resolver *resolver_new(uv_loop_t *loop, const char *name_servers,
                              struct error *error)
{
    struct resolver *resolver = NEW(struct resolver);
    struct ares_options options = {
        .timeout = QUERY_MS,
        .tries = QUERY_TRIES,
        .sock_state_cb = on_socket_state,
        .sock_state_cb_data = resolver,
    };
    int status = ares_library_init(ARES_LIB_INIT_ALL);

    resolver->loop = loop;
    if (status == ARES_SUCCESS)
        status = ares_init_options(&resolver->channel, &options,
                                   ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
                                       ARES_OPT_SOCK_STATE_CB);
    if (status == ARES_SUCCESS && name_servers[0])
        status = ares_set_servers_ports_csv(resolver->channel, name_servers);
    if (status != ARES_SUCCESS) {
        (void)error_set(error, "DNS: %s", ares_strerror(status));
        free(resolver);
        return NULL;
    }
    uv_timer_init(loop, &resolver->timer);
    resolver->timer.data = resolver;
    uv_timer_start(&resolver->timer, on_timer, 500, 500);
    return resolver;
}

static void on_resolver_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void resolver_free(struct resolver *resolver)
{
    if (!resolver)
        return;
    resolver->is_closing = true;
    ares_destroy(resolver->channel);
    for (size_t i = 0; i < MAX_SOCKETS; i++)
        if (resolver->watches[i])
            forget(resolver, i);
    uv_close((uv_handle_t *)&resolver->timer, on_resolver_closed);
}

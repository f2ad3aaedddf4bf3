#include "udp_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/service/service.h"
#include "connection.h"

#define MAX_DATAGRAMS 64 /* of one turn */

struct udp_socket {
    struct proxy *proxy;
    uv_poll_t poll;
    int fd;
};

static socklen_t make_name(struct sockaddr_storage *name, struct str address,
                           uint16_t port)
{
    char *text = str_dup_heap(address);
    struct sockaddr_in *v4 = (struct sockaddr_in *)name;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)name;
    socklen_t length = sizeof(*v6);

    memset(name, 0, sizeof(*name));
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        length = sizeof(*v4);
    } else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
    }
    free(text);
    return length;
}

static int open_one(struct str address, uint16_t port)
{
    struct sockaddr_storage name;
    socklen_t length = make_name(&name, address, port);
    const int on = 1;
    int fd =
        socket(name.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd >= 0 && name.ss_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if (fd >= 0 && bind(fd, (struct sockaddr *)&name, length) == 0)
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

bool udp_sockets_open(struct proxy *proxy, struct error *error)
{
    const struct config *config = proxy->daemon.config;
    size_t count = config_list_count(config, "proxy65d.listen");
    uint16_t port = (uint16_t)config_int(config, "proxy65d.port");

    proxy->udp_sockets = mem_zalloc((count + 1) * sizeof(struct udp_socket));
    for (size_t i = 0; i < count; i++) {
        struct str address = config_list_item(config, "proxy65d.listen", i);
        int fd = open_one(address, port);

        if (fd < 0)
            return error_set(error, "cannot bind UDP %.*s port %u: %s",
                             STR_ARG(address), port, strerror(errno));
        proxy->udp_sockets[proxy->udp_count++] =
            (struct udp_socket){.proxy = proxy, .fd = fd};
    }
    return true;
}

static void host_of(const struct sockaddr_storage *name, char host[64])
{
    if (name->ss_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)name)->sin6_addr,
                  host, 64);
    else
        inet_ntop(AF_INET, &((const struct sockaddr_in *)name)->sin_addr, host,
                  64);
}

static void tell_success(struct proxy *proxy, const char *text, const char *key)
{
    struct service *service = &proxy->service;
    struct jid jid;

    arena_reset(&service->arena);
    if (!jid_parse(&jid, &service->arena, str_of(text)))
        return;
    /* A datagram does not say which domain it is for. */
    service_tell_udp_success(
        service,
        service_domain(proxy->daemon.config, SERVICE_PROXY, &service->arena, 0),
        &jid, key);
}

/* False when nothing more waits. */
static bool receive_one(struct udp_socket *socket)
{
    struct proxy *proxy = socket->proxy;
    char bytes[65536], host[64] = "", key[SOCKS_KEY + 1];
    struct sockaddr_storage from = {0}, to;
    socklen_t length = sizeof(from);
    ssize_t count = recvfrom(socket->fd, bytes, sizeof(bytes), MSG_DONTWAIT,
                             (struct sockaddr *)&from, &length);
    const char *jid;
    struct str payload;

    if (count < 0)
        return errno == EINTR;
    host_of(&from, host);
    switch (associations_receive(
        &proxy->associations, (struct str){bytes, (size_t)count}, host, &from,
        proxy->now_ms, &jid, &payload, &to, key)) {
    case UDP_INITIALIZED:
        tell_success(proxy, jid, key);
        break;
    case UDP_RELAY: /* what the kernel does not take is lost, as UDP is */
        (void)sendto(socket->fd, payload.p, payload.len, MSG_DONTWAIT,
                     (struct sockaddr *)&to, length);
        break;
    case UDP_DROP:
        break;
    }
    return true;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct udp_socket *socket = poll->data;

    (void)events;
    (void)shell_now(socket->proxy);
    for (int i = 0; status == 0 && i < MAX_DATAGRAMS && receive_one(socket);
         i++)
        ;
}

void udp_sockets_start(struct proxy *proxy)
{
    for (size_t i = 0; i < proxy->udp_count; i++) {
        struct udp_socket *socket = &proxy->udp_sockets[i];

        uv_poll_init(proxy->daemon.loop, &socket->poll, socket->fd);
        socket->poll.data = socket;
        uv_poll_start(&socket->poll, UV_READABLE, on_readable);
    }
}

static void on_closed(uv_handle_t *handle)
{
    const struct udp_socket *socket = handle->data;

    (void)close(socket->fd);
}

void udp_sockets_stop(struct proxy *proxy)
{
    for (size_t i = 0; i < proxy->udp_count; i++)
        uv_close((uv_handle_t *)&proxy->udp_sockets[i].poll, on_closed);
}

void udp_expire(struct proxy *proxy)
{
    uint64_t patience = 1000 * (uint64_t)config_int(proxy->daemon.config,
                                                    "proxy65d.idle-timeout");
    struct association *association, *next;

    HASH_ITER(hh, proxy->associations.by_key, association, next)
    {
        if (patience && association->is_active &&
            proxy->now_ms - association->moved_ms >= patience)
            connection_close(association->sides[0].connection);
    }
}

#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_EVENTS 256
#define SECOND     UINT64_C(1000000000)

static void watch(struct client *client, int operation, bool write)
{
    struct epoll_event event = {.events = EPOLLIN | (write ? EPOLLOUT : 0u),
                                .data.ptr = client};

    epoll_ctl(client->wire->epoll, operation, client->fd, &event);
    client->wants_write = write;
}

static void want_write(struct client *client, bool write)
{
    if (client->wants_write != write)
        watch(client, EPOLL_CTL_MOD, write);
}

void client_fail(struct client *client, const char *why)
{
    enum client_state state = client->state;

    if (state == CLIENT_FAILED || state == CLIENT_OFF)
        return;
    client->state = CLIENT_FAILED;
    epoll_ctl(client->wire->epoll, EPOLL_CTL_DEL, client->fd, NULL);
    client->wire->on_failed(client, state, why);
}

void client_start(struct client *client, const struct client_wire *wire)
{
    struct sockaddr_in name = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)wire->port)};
    const int on = 1;

    client->wire = wire;
    client->state = CLIENT_CONNECTING;
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    inet_pton(AF_INET, wire->host, &name.sin_addr);
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    watch(client, EPOLL_CTL_ADD, true);
    if (connect(client->fd, (struct sockaddr *)&name, sizeof(name)) < 0 &&
        errno != EINPROGRESS)
        client_fail(client, strerror(errno));
}

/* >0 bytes, 0 nothing now, <0 the end. */
static ssize_t transfer(struct client *client, ssize_t count)
{
    int reason;

    if (count > 0)
        return count;
    if (!client->ssl)
        return count < 0 && errno == EAGAIN ? 0 : -1;
    reason = SSL_get_error(client->ssl, (int)count);
    ERR_clear_error();
    return reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE ? 0
                                                                           : -1;
}

void client_flush(struct client *client)
{
    while (buf_len(&client->out) > 0 && client->state != CLIENT_FAILED) {
        struct str bytes = buf_view(&client->out);
        ssize_t count =
            client->ssl ? SSL_write(client->ssl, bytes.p, (int)bytes.len)
                        : send(client->fd, bytes.p, bytes.len, MSG_NOSIGNAL);

        count = transfer(client, count);
        if (count < 0)
            client_fail(client, "connection lost while writing");
        if (count <= 0)
            break;
        buf_consume(&client->out, (size_t)count);
    }
    if (client->state != CLIENT_FAILED)
        want_write(client, buf_len(&client->out) > 0);
}

static void handshake(struct client *client)
{
    int result;

    if (!client->ssl) {
        client->ssl = SSL_new(client->wire->tls);
        SSL_set_fd(client->ssl, client->fd);
        SSL_set_tlsext_host_name(client->ssl, client->wire->domain);
    }
    result = SSL_connect(client->ssl);
    if (result == 1) {
        want_write(client, false);
        login_secured(client);
        return;
    }
    result = SSL_get_error(client->ssl, result);
    ERR_clear_error();
    if (result != SSL_ERROR_WANT_READ && result != SSL_ERROR_WANT_WRITE) {
        client_fail(client, "TLS handshake");
        return;
    }
    want_write(client, result == SSL_ERROR_WANT_WRITE);
}

/* False when the connection has ended; what came before is in `in`. */
static bool read_all(struct client *client)
{
    static const size_t chunk = 16384;

    for (;;) {
        char *into = buf_reserve(&client->in, chunk);
        ssize_t count = client->ssl ? SSL_read(client->ssl, into, (int)chunk)
                                    : recv(client->fd, into, chunk, 0);

        count = transfer(client, count);
        if (count <= 0)
            return count == 0;
        buf_added(&client->in, (size_t)count);
    }
}

static void digest(struct client *client)
{
    while (client->state < CLIENT_READY && client->state > CLIENT_HANDSHAKE &&
           login_step(client))
        ;
    if (client->state == CLIENT_READY && buf_len(&client->in) > 0)
        client->wire->on_input(client);
    if (buf_len(&client->in) == 0)
        buf_clear(&client->in);
}

static void on_readable(struct client *client)
{
    bool is_open = read_all(client);

    digest(client);
    if (!is_open)
        client_fail(client, "connection lost");
    if (client->state == CLIENT_HANDSHAKE)
        handshake(client);
}

static void on_event(struct client *client, uint32_t events)
{
    if (client->state == CLIENT_CONNECTING) {
        if (events & (EPOLLERR | EPOLLHUP)) {
            client_fail(client, "no connection");
            return;
        }
        want_write(client, false);
        login_begin(client);
    }
    if (client->state == CLIENT_HANDSHAKE)
        handshake(client);
    else if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        on_readable(client);
    if (client->state != CLIENT_HANDSHAKE && client->state != CLIENT_FAILED)
        client_flush(client);
}

void client_reset(struct client *client)
{
    if (client->ssl)
        SSL_free(client->ssl);
    if (client->fd > 0)
        close(client->fd);
    buf_clear(&client->in);
    buf_clear(&client->out);
    scram_client_free(client->scram);
    client->ssl = NULL;
    client->fd = 0;
    client->scram = NULL;
    client->wants_write = false;
    client->state = CLIENT_OFF;
}

bool client_wire_open(struct client_wire *wire)
{
    wire->tls = SSL_CTX_new(TLS_client_method());
    wire->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!wire->tls || wire->epoll < 0)
        return false;
    SSL_CTX_set_mode(wire->tls, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                    SSL_MODE_RELEASE_BUFFERS);
    return true;
}

void client_wire_close(struct client_wire *wire)
{
    SSL_CTX_free(wire->tls);
    if (wire->epoll > 0)
        close(wire->epoll);
}

void client_wire_turn(const struct client_wire *wire, int wait_ms)
{
    struct epoll_event events[MAX_EVENTS];
    int count = epoll_wait(wire->epoll, events, MAX_EVENTS, wait_ms);

    for (int i = 0; i < count; i++)
        on_event(events[i].data.ptr, events[i].events);
}

uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

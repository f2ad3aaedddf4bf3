/* One TLS handshake after the other, as many under way as the bench's logins.
 */
#include "floor.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define HANDSHAKES 2000u
#define PARALLEL   32u

struct peer {
    int fd;
    struct tls *tls;
    bool is_through;
};

static void peer_close(struct peer *peer)
{
    tls_free(peer->tls);
    close(peer->fd);
    free(peer);
}

static struct peer *peer_new(int epoll, int fd, struct tls *tls)
{
    struct peer *peer = NEW(struct peer);

    *peer = (struct peer){.fd = fd, .tls = tls};
    floor_watch(epoll, fd, peer);
    return peer;
}

/* Up to the end of the handshake, then until the client goes. False: it went.
 */
static bool serve_peer(struct peer *peer, struct buf *input)
{
    if (!peer->is_through) {
        enum tls_result result = tls_handshake(peer->tls);

        peer->is_through = result == TLS_OK;
        return !tls_is_over(result);
    }
    buf_reset(input);
    return !tls_is_over(tls_read(peer->tls, input, 65536));
}

static _Noreturn void serve(const struct floor_server *server,
                            struct tls_server *tls)
{
    int epoll = epoll_create1(0), fd;
    struct epoll_event events[64];
    struct buf input = {0};

    floor_watch(epoll, server->fd, NULL);
    for (;;) {
        int count = epoll_wait(epoll, events, COUNT_OF(events), -1);

        for (int i = 0; i < count; i++) {
            struct peer *peer = events[i].data.ptr;

            if (peer && !serve_peer(peer, &input))
                peer_close(peer);
            while (!peer && (fd = floor_accept(server)) >= 0)
                (void)peer_new(epoll, fd, tls_accept(tls, fd));
        }
    }
}

/* Whether it is done; then it is closed. */
static bool go_on(struct peer *peer)
{
    enum tls_result result = tls_handshake(peer->tls);

    if (tls_is_over(result))
        floor_fail("no handshake");
    if (result == TLS_OK)
        peer_close(peer);
    return result == TLS_OK;
}

static bool call(int epoll, const struct floor_server *server,
                 struct tls_server *tls)
{
    int fd = floor_connect(server);

    return go_on(peer_new(
        epoll, fd, tls_connect(tls, fd, STR_NONE, STR("localhost"), NULL)));
}

static void drive(const struct floor_server *server, struct tls_server *tls)
{
    int epoll = epoll_create1(0);
    struct epoll_event events[64];
    unsigned begun = 0, done = 0;

    while (done < HANDSHAKES) {
        int count;

        for (; begun < HANDSHAKES && begun - done < PARALLEL; begun++)
            done += call(epoll, server, tls);
        count = epoll_wait(epoll, events, COUNT_OF(events), 10);
        for (int i = 0; i < count; i++)
            done += go_on(events[i].data.ptr);
    }
    close(epoll);
}

void floor_handshake(const struct floor_tls *tls)
{
    struct floor_server server = {0};

    floor_listen(&server);
    server.pid = fork();
    if (server.pid == 0)
        serve(&server, tls->server);
    drive(&server, tls->client);
    usleep(100000); /* it has seen them go */
    printf("floor: a bare TLS handshake: %.1f CPU µs\n",
           floor_cpu_us(server.pid) / HANDSHAKES);
    floor_stop(server.pid);
    close(server.fd);
}

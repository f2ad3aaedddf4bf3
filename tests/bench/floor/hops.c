/* A message's way without anything but the way: an edge that ends TLS, a relay,
 * a turning point, the relay and the edge again; each a process that waits by
 * epoll, reads once and writes once. */
#include "floor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS 200u /* as the bench's 100 pairs */
#define RATE        1000u
#define SECONDS     5u
#define SECOND_NS   UINT64_C(1000000000)

/* As long as the bench's messages. */
struct message {
    uint32_t receiver;
    char text[296];
};

struct way {
    struct floor_server edge;
    pid_t relay, turn;
    int near[2], far[2]; /* edge and relay; relay and turning point */
    struct tls_server *tls;
};

struct wire {
    int fd;
    struct tls *tls;
    struct buf in;
};

/* --- the relays ----------------------------------------------------------- */

/* Both ends may be one: then it goes back where it came from. */
static _Noreturn void relay(int left, int right)
{
    static char bytes[65536];
    int epoll = epoll_create1(0);
    struct epoll_event events[4];

    floor_watch(epoll, left, &right);
    if (right != left)
        floor_watch(epoll, right, &left);
    for (;;) {
        int count = epoll_wait(epoll, events, COUNT_OF(events), -1);

        for (int i = 0; i < count; i++) {
            int *to = events[i].data.ptr;
            ssize_t got =
                read(to == &right ? left : right, bytes, sizeof(bytes));

            if (got <= 0 || write(*to, bytes, (size_t)got) != got)
                exit(EXIT_SUCCESS);
        }
    }
}

/* --- the edge ------------------------------------------------------------- */

static void wire_open(struct wire *wire, int epoll, int fd, struct tls *tls)
{
    wire->fd = fd;
    wire->tls = tls;
    while (fd >= 0 && tls_handshake(tls) != TLS_OK)
        usleep(100);
    floor_watch(epoll, fd, wire);
}

static void take_wires(const struct way *way, int epoll, struct wire *wires)
{
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        int fd;

        while ((fd = floor_accept(&way->edge)) < 0)
            usleep(100);
        wire_open(&wires[i], epoll, fd, tls_accept(way->tls, fd));
    }
}

static void inwards(struct wire *wire, int link)
{
    struct str bytes;

    buf_reset(&wire->in);
    if (tls_is_over(tls_read(wire->tls, &wire->in, 65536)))
        exit(EXIT_SUCCESS);
    bytes = buf_view(&wire->in);
    if (bytes.len > 0 && write(link, bytes.p, bytes.len) != (ssize_t)bytes.len)
        exit(EXIT_SUCCESS);
}

static void outwards(struct wire *wires, int link, struct buf *in,
                     struct buf *out)
{
    ssize_t got = read(link, buf_reserve(in, 65536), 65536);

    if (got <= 0)
        exit(EXIT_SUCCESS);
    buf_added(in, (size_t)got);
    while (buf_len(in) >= sizeof(struct message)) {
        struct message message;

        memcpy(&message, buf_view(in).p, sizeof(message));
        buf_consume(in, sizeof(message));
        buf_reset(out);
        buf_add(out, (struct str){(const char *)&message, sizeof(message)});
        (void)!tls_write(wires[message.receiver].tls, out); /* is counted */
    }
}

static _Noreturn void edge(const struct way *way)
{
    static struct wire wires[CONNECTIONS];
    int epoll = epoll_create1(0);
    struct epoll_event events[64];
    struct buf in = {0}, out = {0};

    take_wires(way, epoll, wires);
    floor_watch(epoll, way->near[0], NULL);
    for (;;) {
        int count = epoll_wait(epoll, events, COUNT_OF(events), -1);

        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr)
                inwards(events[i].data.ptr, way->near[0]);
            else
                outwards(wires, way->near[0], &in, &out);
        }
    }
}

/* --- who drives it -------------------------------------------------------- */

static uint64_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

static void say(struct wire *wires, uint64_t number)
{
    struct message message = {.text = "But soft, what light through yonder "
                                      "window breaks?"};
    unsigned sender = (unsigned)(number % (CONNECTIONS / 2)) * 2;
    struct buf out = {0};

    message.receiver = sender + 1;
    buf_add(&out, (struct str){(const char *)&message, sizeof(message)});
    (void)!tls_write(wires[sender].tls, &out); /* is counted where it arrives */
    buf_clear(&out);
}

static uint64_t hear(int epoll, int patience_ms)
{
    struct epoll_event events[64];
    int count = epoll_wait(epoll, events, COUNT_OF(events), patience_ms);
    uint64_t heard = 0;

    for (int i = 0; i < count; i++) {
        struct wire *wire = events[i].data.ptr;

        (void)!tls_read(wire->tls, &wire->in, 65536);
        while (buf_len(&wire->in) >= sizeof(struct message)) {
            buf_consume(&wire->in, sizeof(struct message));
            heard++;
        }
    }
    return heard;
}

/* Whether every one arrived. */
static bool drive(int epoll, struct wire *wires)
{
    uint64_t start = clock_ns(), sent = 0, heard = 0, now;

    while ((now = clock_ns()) < start + SECONDS * SECOND_NS) {
        for (; sent < (now - start) * RATE / SECOND_NS; sent++)
            say(wires, sent);
        heard += hear(epoll, 1);
    }
    for (unsigned i = 0; i < 100 && heard < sent; i++)
        heard += hear(epoll, 10);
    return heard == sent;
}

static void start(struct way *way)
{
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, way->near) != 0 ||
        socketpair(AF_UNIX, SOCK_STREAM, 0, way->far) != 0)
        floor_fail("no socket pair");
    floor_listen(&way->edge);
    way->edge.pid = fork();
    if (way->edge.pid == 0)
        edge(way);
    way->relay = fork();
    if (way->relay == 0)
        relay(way->near[1], way->far[0]);
    way->turn = fork();
    if (way->turn == 0)
        relay(way->far[1], way->far[1]);
}

static void tell(const struct way *way, const double before[3])
{
    const double messages = RATE * SECONDS;
    double edge_us = (floor_cpu_us(way->edge.pid) - before[0]) / messages;
    double relay_us = (floor_cpu_us(way->relay) - before[1]) / messages;
    double turn_us = (floor_cpu_us(way->turn) - before[2]) / messages;

    printf("floor: five bare hops, %u messages a second: %.1f CPU µs  edge "
           "%.1f  relay %.1f  turning point %.1f\n",
           RATE, edge_us + relay_us + turn_us, edge_us, relay_us, turn_us);
}

bool floor_hops(const struct floor_tls *tls)
{
    static struct wire wires[CONNECTIONS];
    struct way way = {.tls = tls->server};
    int epoll = epoll_create1(0);
    double before[3];
    bool good;

    start(&way);
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        int fd = floor_connect(&way.edge);

        wire_open(
            &wires[i], epoll, fd,
            tls_connect(tls->client, fd, STR_NONE, STR("localhost"), NULL));
    }
    usleep(200000);
    before[0] = floor_cpu_us(way.edge.pid);
    before[1] = floor_cpu_us(way.relay);
    before[2] = floor_cpu_us(way.turn);
    good = drive(epoll, wires);
    tell(&way, before);
    floor_stop(way.edge.pid);
    floor_stop(way.relay);
    floor_stop(way.turn);
    return good;
}

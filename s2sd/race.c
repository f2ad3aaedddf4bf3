#include "race.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ATTEMPT_DELAY_MS 250 /* RFC 8305 §5 */

struct attempt {
    struct race *race;
    uv_poll_t poll;
    int fd;
    char peer[64];
    bool is_open;
};

struct race {
    const struct race_events *events;
    void *ctx;
    struct address addresses[RESOLVER_ADDRESSES];
    struct attempt attempts[RESOLVER_ADDRESSES];
    size_t count, tried;
    uv_timer_t timer; /* the next attempt */
    unsigned handles; /* of libuv, not closed */
    bool is_over;
};

/* --- end ------------------------------------------------------------------ */

static void let_go(struct race *race)
{
    if (--race->handles == 0)
        free(race);
}

static void on_attempt_closed(uv_handle_t *handle)
{
    const struct attempt *attempt = handle->data;

    let_go(attempt->race);
}

static void on_timer_closed(uv_handle_t *handle)
{
    let_go(handle->data);
}

/* The socket stays open for who takes it over. */
static void detach(struct attempt *attempt)
{
    attempt->is_open = false;
    uv_close((uv_handle_t *)&attempt->poll, on_attempt_closed);
}

static void abandon(struct attempt *attempt)
{
    detach(attempt);
    close(attempt->fd);
}

static void abandon_all(struct race *race)
{
    uv_timer_stop(&race->timer);
    for (size_t i = 0; i < race->tried; i++)
        if (race->attempts[i].is_open)
            abandon(&race->attempts[i]);
}

void race_free(struct race *race)
{
    if (!race)
        return;
    race->is_over = true;
    abandon_all(race);
    uv_close((uv_handle_t *)&race->timer, on_timer_closed);
}

/* --- attempts ------------------------------------------------------------- */

static void write_peer(char *into, size_t size, const struct address *address)
{
    const void *binary =
        address->name.ss_family == AF_INET6
            ? (const void *)&((const struct sockaddr_in6 *)&address->name)
                  ->sin6_addr
            : (const void *)&((const struct sockaddr_in *)&address->name)
                  ->sin_addr;

    if (!inet_ntop(address->name.ss_family, binary, into, (socklen_t)size))
        into[0] = '\0';
}

static bool is_attempting(const struct race *race)
{
    for (size_t i = 0; i < race->tried; i++)
        if (race->attempts[i].is_open)
            return true;
    return false;
}

static void on_attempt(uv_poll_t *poll, int status, int events)
{
    struct attempt *attempt = poll->data;
    struct race *race = attempt->race;
    int error = status < 0 ? -status : 0;
    socklen_t length = sizeof(error);

    (void)events;
    if (!error)
        (void)getsockopt(attempt->fd, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error) {
        abandon(attempt);
        race_go_on(race);
        return;
    }
    detach(attempt);
    abandon_all(race);
    race->events->connected(race->ctx, attempt->fd, attempt->peer);
}

static int open_socket(const struct address *address)
{
    int one = 1;
    int fd = socket(address->name.ss_family,
                    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (connect(fd, (const struct sockaddr *)&address->name, address->length) ==
            0 ||
        errno == EINPROGRESS)
        return fd;
    close(fd);
    return -1;
}

/* False when that address cannot even be tried. */
static bool attempt_next(struct race *race)
{
    const struct address *address = &race->addresses[race->tried];
    struct attempt *attempt = &race->attempts[race->tried++];

    *attempt = (struct attempt){.race = race, .fd = open_socket(address)};
    if (attempt->fd < 0)
        return false;
    write_peer(attempt->peer, sizeof(attempt->peer), address);
    attempt->is_open = true;
    attempt->poll.data = attempt;
    race->handles++;
    uv_poll_init(race->timer.loop, &attempt->poll, attempt->fd);
    uv_poll_start(&attempt->poll, UV_WRITABLE, on_attempt);
    return true;
}

static void on_timer(uv_timer_t *timer)
{
    struct race *race = timer->data;

    while (race->tried < race->count)
        if (attempt_next(race)) {
            uv_timer_start(&race->timer, on_timer, ATTEMPT_DELAY_MS, 0);
            return;
        }
    if (!is_attempting(race))
        race->events->lost(race->ctx);
}

void race_go_on(struct race *race)
{
    if (!race->is_over && (race->tried < race->count || !is_attempting(race)))
        uv_timer_start(&race->timer, on_timer, 0, 0);
}

size_t race_tried(const struct race *race)
{
    return race->tried;
}

struct race *race_new(uv_loop_t *loop, const struct address *addresses,
                      size_t count, size_t most,
                      const struct race_events *events, void *ctx)
{
    struct race *race = NEW(struct race);

    race->events = events;
    race->ctx = ctx;
    race->count = count < most ? count : most;
    memcpy(race->addresses, addresses, race->count * sizeof(*addresses));
    race->handles = 1;
    uv_timer_init(loop, &race->timer);
    race->timer.data = race;
    race_go_on(race);
    return race;
}

#include "dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>

#include "connection.h"
#include "policy.h"

#define ATTEMPT_DELAY_MS 250 /* RFC 8305 §5 */

struct attempt {
    struct dial *dial;
    uv_poll_t poll;
    int fd;
    char peer[64];
    bool is_open;
};

struct dial {
    struct dial *prev, *next;
    struct shell *shell;
    struct stream *stream; /* NULL: answered, or given up */
    uv_timer_t timer;
    struct place places[RESOLVER_PLACES];
    size_t place_count, place; /* the one that is being tried */
    struct address addresses[RESOLVER_ADDRESSES];
    size_t address_count, next_address;
    struct attempt attempts[RESOLVER_ADDRESSES];
    unsigned questions; /* to DNS, not answered */
    unsigned handles;   /* of libuv, not closed */
    bool had_address;
};

static void try_place(struct dial *dial);
static void attempt_next(struct dial *dial);

/* --- end ------------------------------------------------------------------ */

static void free_if_done(struct dial *dial)
{
    if (!dial->stream && dial->questions == 0 && dial->handles == 0)
        free(dial);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct dial *dial = handle->data;

    dial->handles--;
    free_if_done(dial);
}

static void on_attempt_closed(uv_handle_t *handle)
{
    const struct attempt *attempt = handle->data;

    attempt->dial->handles--;
    free_if_done(attempt->dial);
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

static struct stream *finish(struct dial *dial)
{
    struct stream *stream = dial->stream;

    dial->stream = NULL;
    DL_DELETE(dial->shell->dials, dial);
    for (size_t i = 0; i < dial->next_address; i++)
        if (dial->attempts[i].is_open)
            abandon(&dial->attempts[i]);
    uv_close((uv_handle_t *)&dial->timer, on_handle_closed);
    return stream;
}

static void fail(struct dial *dial, enum stanza_error condition,
                 const char *why)
{
    struct shell *shell = dial->shell;

    shell->s2sd.now_ms = (int64_t)clock_monotonic_ms();
    stream_not_connected(finish(dial), condition, why);
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

static bool is_attempting(const struct dial *dial)
{
    for (size_t i = 0; i < dial->next_address; i++)
        if (dial->attempts[i].is_open)
            return true;
    return false;
}

static void go_on(struct dial *dial)
{
    if (dial->next_address < dial->address_count) {
        attempt_next(dial);
    } else if (!is_attempting(dial)) {
        dial->place++;
        try_place(dial);
    }
}

static void succeed(struct attempt *attempt)
{
    struct dial *dial = attempt->dial;
    struct shell *shell = dial->shell;
    bool is_direct_tls = dial->places[dial->place].is_direct_tls;
    struct stream *stream;

    detach(attempt);
    stream = finish(dial);
    shell->s2sd.now_ms = (int64_t)clock_monotonic_ms();
    connection_dialled(shell, stream, attempt->fd, attempt->peer,
                       is_direct_tls);
}

static void on_attempt(uv_poll_t *poll, int status, int events)
{
    struct attempt *attempt = poll->data;
    int error = status < 0 ? -status : 0;
    socklen_t length = sizeof(error);

    (void)events;
    if (!error)
        (void)getsockopt(attempt->fd, SOL_SOCKET, SO_ERROR, &error, &length);
    if (!error) {
        succeed(attempt);
        return;
    }
    abandon(attempt);
    go_on(attempt->dial);
}

static void on_delay(uv_timer_t *timer)
{
    struct dial *dial = timer->data;

    if (dial->next_address < dial->address_count)
        attempt_next(dial);
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

static void attempt_next(struct dial *dial)
{
    const struct address *address = &dial->addresses[dial->next_address];
    struct attempt *attempt = &dial->attempts[dial->next_address++];

    *attempt = (struct attempt){.dial = dial, .fd = open_socket(address)};
    if (attempt->fd < 0) {
        go_on(dial);
        return;
    }
    write_peer(attempt->peer, sizeof(attempt->peer), address);
    attempt->is_open = true;
    attempt->poll.data = attempt;
    dial->handles++;
    uv_poll_init(dial->shell->daemon.loop, &attempt->poll, attempt->fd);
    uv_poll_start(&attempt->poll, UV_WRITABLE, on_attempt);
    uv_timer_start(&dial->timer, on_delay, ATTEMPT_DELAY_MS, 0);
}

/* --- places --------------------------------------------------------------- */

static void on_addresses(void *ctx, const struct address *addresses,
                         size_t count, const char *why)
{
    struct dial *dial = ctx;

    (void)why;
    dial->questions--;
    if (!dial->stream) {
        free_if_done(dial);
        return;
    }
    memcpy(dial->addresses, addresses, count * sizeof(*addresses));
    dial->address_count = count;
    dial->next_address = 0;
    dial->had_address |= count > 0;
    go_on(dial);
}

/* A closed handle of an earlier place must not be used again before libuv is
 * done with it: wait a turn. */
static bool has_closing_attempts(const struct dial *dial)
{
    return dial->handles > 1;
}

static void on_next_place(uv_timer_t *timer)
{
    try_place(timer->data);
}

static void try_place(struct dial *dial)
{
    const struct place *place = &dial->places[dial->place];

    if (dial->place == dial->place_count) {
        fail(dial,
             dial->had_address ? ERR_REMOTE_SERVER_TIMEOUT
                               : ERR_REMOTE_SERVER_NOT_FOUND,
             dial->had_address ? "nobody answers at its addresses"
                               : "DNS knows no address of its server");
        return;
    }
    if (has_closing_attempts(dial)) {
        uv_timer_start(&dial->timer, on_next_place, 1, 0);
        return;
    }
    dial->questions++;
    resolver_addresses(dial->shell->resolver, place->host, place->port,
                       on_addresses, dial);
}

static void on_places(void *ctx, const struct place *places, size_t count,
                      bool has_none)
{
    struct dial *dial = ctx;

    dial->questions--;
    if (!dial->stream) {
        free_if_done(dial);
        return;
    }
    if (has_none) {
        fail(dial, ERR_REMOTE_SERVER_NOT_FOUND, "the domain has no server");
        return;
    }
    memcpy(dial->places, places, count * sizeof(*places));
    dial->place_count = count;
    try_place(dial);
}

static void on_start(uv_timer_t *timer)
{
    struct dial *dial = timer->data;
    struct place *place = &dial->places[0];
    struct str domain = dial->stream->remote, host;

    if (policy_place(dial->shell->daemon.config, domain, &host, &place->port,
                     &place->is_direct_tls)) {
        (void)snprintf(place->host, sizeof(place->host), "%.*s", STR_ARG(host));
        dial->place_count = 1;
        try_place(dial);
        return;
    }
    dial->questions++;
    resolver_places(dial->shell->resolver, domain, on_places, dial);
}

void dial_start(void *ctx, struct stream *stream)
{
    struct dial *dial = NEW(struct dial);

    dial->shell = ctx;
    dial->stream = stream;
    dial->handles = 1;
    DL_APPEND(dial->shell->dials, dial);
    uv_timer_init(dial->shell->daemon.loop, &dial->timer);
    dial->timer.data = dial;
    uv_timer_start(&dial->timer, on_start, 0, 0);
}

void dial_give_up(void *ctx, struct stream *stream)
{
    struct shell *shell = ctx;
    struct dial *dial;

    DL_FOREACH(shell->dials, dial)
    if (dial->stream == stream) {
        (void)finish(dial);
        return;
    }
}

void dials_give_up(struct shell *shell)
{
    while (shell->dials)
        (void)finish(shell->dials);
}

#include "relay.h"

#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "connection.h"
#include "lane.h"

#define THROTTLE_MS 20u

struct relay {
    struct proxy *proxy;
    struct relay *previous, *next;
    struct stream *stream;
    struct connection *sides[2];
    struct lane lanes[2]; /* from sides[i] to the other */
    enum lane_state states[2];
    int queued[2];    /* in the kernel for sides[i], when last looked at */
    uv_timer_t timer; /* the bandwidth allows no more now */
    bool is_throttled;
    bool is_closing;
};

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void relay_end(struct relay *relay, const char *reason)
{
    struct proxy *proxy = relay->proxy;

    if (relay->is_closing)
        return;
    relay->is_closing = true;
    streams_end(&proxy->streams, relay->stream, reason, proxy->now_ms);
    for (unsigned i = 0; i < 2; i++) {
        lane_clear(&relay->lanes[i]);
        connection_close(relay->sides[i]);
    }
    if (relay->previous)
        relay->previous->next = relay->next;
    else
        proxy->relays = relay->next;
    if (relay->next)
        relay->next->previous = relay->previous;
    uv_close((uv_handle_t *)&relay->timer, on_timer_closed);
}

static void move_lane(struct relay *relay, unsigned i)
{
    struct proxy *proxy = relay->proxy;
    size_t allowance =
        streams_allowance(&proxy->streams, relay->stream, proxy->now_ms);
    size_t held = relay->lanes[i].held, taken;

    relay->states[i] = lane_move(&relay->lanes[i], allowance, &taken);
    /* A slow receiver is not an idle one. */
    if (held + taken > relay->lanes[i].held)
        relay->stream->moved_ms = proxy->now_ms;
    streams_moved(&proxy->streams, relay->stream, i, taken, proxy->now_ms);
    if (taken >= allowance)
        relay->is_throttled = true;
}

static void on_event(uv_poll_t *handle, int status, int events);

/* A side is read when all that came from it has gone on, and is asked for room
 * when something waits for it. */
static int events_of(const struct relay *relay, unsigned i)
{
    enum lane_state from = relay->states[i], towards = relay->states[!i];
    int events = 0;

    if (!relay->is_throttled && (from == LANE_EMPTY || from == LANE_BUSY))
        events |= UV_READABLE;
    if (towards == LANE_BLOCKED)
        events |= UV_WRITABLE;
    return events;
}

static void on_timer(uv_timer_t *timer);

/* Moves the lanes that have something to do, and asks for what comes next. */
static void turn(struct relay *relay, const bool has_work[2])
{
    relay->is_throttled = false;
    for (unsigned i = 0; i < 2; i++)
        if (has_work[i])
            move_lane(relay, i);
    if (relay->states[0] == LANE_BROKEN || relay->states[1] == LANE_BROKEN) {
        relay_end(relay, "broken");
        return;
    }
    if (relay->states[0] == LANE_OVER && relay->states[1] == LANE_OVER) {
        relay_end(relay, "complete");
        return;
    }
    for (unsigned i = 0; i < 2; i++)
        connection_watch(relay->sides[i], events_of(relay, i), on_event);
    if (relay->is_throttled)
        uv_timer_start(&relay->timer, on_timer, THROTTLE_MS, 0);
}

static void on_timer(uv_timer_t *timer)
{
    struct relay *relay = timer->data;

    (void)shell_now(relay->proxy);
    turn(relay, (const bool[2]){true, true});
}

static void on_event(uv_poll_t *handle, int status, int events)
{
    const struct connection *connection = handle->data;
    struct relay *relay = connection->relay;
    bool has_work[2];
    unsigned i = connection == relay->sides[1];

    (void)shell_now(connection->proxy);
    has_work[i] = events & UV_READABLE;
    has_work[!i] = events & UV_WRITABLE;
    if (status < 0)
        relay_end(relay, "broken");
    else
        turn(relay, has_work);
}

/* Pipes count against a bound of 64 MiB for each user of the system, which all
 * processes of proxy65d are: the more streams, the smaller. */
static size_t pipe_size(const struct proxy *proxy)
{
    static const struct {
        uint64_t streams;
        size_t size;
    } steps[] = {{32, 1u << 20}, {128, 256u << 10}};
    uint64_t streams = proxy->quota.active * proxy->daemon.options.of;

    for (size_t i = 0; i < COUNT_OF(steps); i++)
        if (streams <= steps[i].streams)
            return steps[i].size;
    return 64u << 10;
}

static void open_lanes(struct relay *relay)
{
    const struct proxy *proxy = relay->proxy;
    bool use_splice = config_bool(proxy->daemon.config, "proxy65d.splice");
    size_t size = pipe_size(proxy);

    for (unsigned i = 0; i < 2; i++)
        lane_init(&relay->lanes[i], relay->sides[i]->fd, relay->sides[!i]->fd,
                  size, use_splice);
}

/* The first bytes move on the loop's next turn, so that the initiator's result
 * is on its way before them. */
void relay_start(void *ctx, struct stream *stream)
{
    struct proxy *proxy = ctx;
    struct relay *relay = NEW(struct relay);

    relay->proxy = proxy;
    relay->stream = stream;
    relay->next = proxy->relays;
    if (relay->next)
        relay->next->previous = relay;
    proxy->relays = relay;
    uv_timer_init(proxy->daemon.loop, &relay->timer);
    relay->timer.data = relay;
    for (unsigned i = 0; i < 2; i++) {
        relay->sides[i] = stream->sides[i];
        connection_hand_over(relay->sides[i], relay);
    }
    open_lanes(relay);
    for (unsigned i = 0; i < 2; i++) {
        connection_watch(relay->sides[i], 0, NULL);
        connection_watch(relay->sides[i], events_of(relay, i), on_event);
    }
}

/* The kernel wakes nobody before a third of a full queue has gone: a slow
 * receiver's bytes move long before he takes new ones. */
static bool is_draining(struct relay *relay)
{
    bool has_changed = false;

    for (unsigned i = 0; i < 2; i++) {
        int queued = 0;

        (void)ioctl(relay->sides[i]->fd, SIOCOUTQ, &queued);
        has_changed |= queued != relay->queued[i];
        relay->queued[i] = queued;
    }
    return has_changed;
}

static void expire(struct relay *relay, uint64_t patience)
{
    struct stream *stream = relay->stream;
    uint64_t now_ms = relay->proxy->now_ms;

    if (now_ms - stream->moved_ms < patience)
        return;
    if (is_draining(relay))
        stream->moved_ms = now_ms;
    else
        relay_end(relay, "idle");
}

void relays_expire(struct proxy *proxy)
{
    uint64_t patience = 1000 * (uint64_t)config_int(proxy->daemon.config,
                                                    "proxy65d.idle-timeout");
    struct relay *next;

    for (struct relay *relay = proxy->relays; relay; relay = next) {
        next = relay->next;
        if (patience)
            expire(relay, patience);
    }
}

void relays_stop(struct proxy *proxy)
{
    while (proxy->relays)
        relay_end(proxy->relays, "shutdown");
}

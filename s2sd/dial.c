#include "dial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "connection.h"
#include "policy.h"
#include "race.h"

/* Whoever answers for a domain in DNS may name hosts of others: he does not
 * make us call more of them than a server's own records would. */
#define MAX_ATTEMPTS 24u

struct dial {
    struct dial *prev, *next;
    struct shell *shell;
    struct stream *stream;         /* NULL: answered, or given up */
    struct connection *connection; /* that it made last; NULL: none */
    uv_timer_t timer;
    struct place places[RESOLVER_PLACES];
    size_t place_count, place; /* the one that is being tried */
    bool is_configured;        /* the place is not from DNS */
    struct race *race;         /* to its addresses; NULL: not yet */
    size_t tried;              /* addresses of earlier places */
    unsigned questions;        /* to DNS, not answered */
    bool is_timer_closed;
    bool had_address;
};

static void try_place(struct dial *dial);

/* --- end ------------------------------------------------------------------ */

static void free_if_done(struct dial *dial)
{
    if (!dial->stream && dial->questions == 0 && dial->is_timer_closed)
        free(dial);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct dial *dial = handle->data;

    dial->is_timer_closed = true;
    free_if_done(dial);
}

static void end_race(struct dial *dial)
{
    if (dial->race)
        dial->tried += race_tried(dial->race);
    race_free(dial->race);
    dial->race = NULL;
}

static struct stream *finish(struct dial *dial)
{
    struct stream *stream = dial->stream;

    dial->stream = NULL;
    if (dial->connection)
        dial->connection->dial = NULL;
    DL_DELETE(dial->shell->dials, dial);
    end_race(dial);
    uv_close((uv_handle_t *)&dial->timer, on_timer_closed);
    return stream;
}

void dial_done(struct dial *dial)
{
    (void)finish(dial);
}

static void fail(struct dial *dial, enum stanza_error condition,
                 const char *why)
{
    struct shell *shell = dial->shell;

    shell->s2sd.now_ms = (int64_t)clock_monotonic_ms();
    stream_not_connected(finish(dial), condition, why);
}

/* --- addresses of a place ------------------------------------------------- */

static void on_connected(void *ctx, int fd, const char *peer)
{
    struct dial *dial = ctx;
    struct shell *shell = dial->shell;

    shell->s2sd.now_ms = (int64_t)clock_monotonic_ms();
    dial->connection = connection_dialled(
        shell, dial->stream, fd, peer, dial->places[dial->place].is_direct_tls);
    dial->connection->dial = dial;
}

static void next_place(struct dial *dial)
{
    end_race(dial);
    dial->place++;
    try_place(dial);
}

static void on_lost(void *ctx)
{
    next_place(ctx);
}

static const struct race_events race_events = {
    .connected = on_connected,
    .lost = on_lost,
};

bool dial_go_on(struct dial *dial)
{
    dial->connection = NULL;
    if (dial->shell->s2sd.is_stopping)
        return false;
    stream_disconnected(dial->stream);
    race_go_on(dial->race);
    return true;
}

/* Leaves out where nobody else's server can be. */
static size_t callable(const struct dial *dial, struct address *addresses,
                       size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (dial->is_configured ||
            policy_may_call(dial->shell->daemon.config,
                            (const struct sockaddr *)&addresses[i].name))
            addresses[kept++] = addresses[i];
    return kept;
}

static void on_addresses(void *ctx, const struct address *found, size_t count,
                         const char *why)
{
    struct dial *dial = ctx;
    struct address addresses[RESOLVER_ADDRESSES];

    (void)why;
    dial->questions--;
    if (!dial->stream) {
        free_if_done(dial);
        return;
    }
    memcpy(addresses, found, count * sizeof(*found));
    count = callable(dial, addresses, count);
    dial->had_address |= count > 0;
    dial->race = race_new(dial->shell->daemon.loop, addresses, count,
                          MAX_ATTEMPTS - dial->tried, &race_events, dial);
}

/* --- places --------------------------------------------------------------- */

static void try_place(struct dial *dial)
{
    const struct place *place = &dial->places[dial->place];

    if (dial->place == dial->place_count || dial->tried >= MAX_ATTEMPTS) {
        fail(dial,
             dial->had_address ? ERR_REMOTE_SERVER_TIMEOUT
                               : ERR_REMOTE_SERVER_NOT_FOUND,
             dial->had_address ? "nobody answers at its addresses"
                               : "DNS knows no address of its server");
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
        dial->is_configured = true;
        try_place(dial);
        return;
    }
    dial->questions++;
    resolver_places(dial->shell->resolver, domain, on_places, dial);
}

/* --- life ----------------------------------------------------------------- */

void dial_start(void *ctx, struct stream *stream)
{
    struct dial *dial = NEW(struct dial);

    dial->shell = ctx;
    dial->stream = stream;
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

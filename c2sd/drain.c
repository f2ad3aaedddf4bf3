/* An orderly stop: what clients have said is brought to its end and
 * acknowledged to them, then their streams end with system-shutdown. Whoever
 * uses XEP-0198 resumes elsewhere with nothing left to repeat. */
#include "client.h"

/* What is said last has this time to be taken, by kernel and sm. */
#define LAST_WORDS_MS 1000

void c2sd_drain_begin(struct c2sd *c2sd)
{
    struct client *client, *next;

    HASH_ITER(hh, c2sd->clients, client, next)
    if (client->is_inactive) {
        client->is_inactive = false; /* what waits goes out now */
        client_let_out(client);
    }
    c2sd->is_draining = true;
    c2sd->drain_until_ms =
        c2sd->now_ms + config_int(c2sd->config, "c2sd.drain-timeout") * 1000;
}

static bool is_streaming(const struct client *client)
{
    return client->connection && client->state != CLIENT_CLOSING;
}

/* Whether sm knows all that the client said and, as he cannot say it himself without
 * XEP-0198, all that he got. */
static bool is_settled(const struct client *client)
{
    return client->in_done == client->in &&
           (client->is_managed || client->held_count == 0);
}

/* Whether the stream may be forgotten: sm has taken its end, and the kernel
 * what the client is told. */
static bool is_over(const struct client *client)
{
    if (client->connection && buf_len(&client->out) > 0)
        return false;
    return !client->is_owed &&
           (!client->sm || channel_outstanding_frames(client->sm) == 0);
}

bool c2sd_drain(struct c2sd *c2sd)
{
    bool is_late = c2sd->now_ms >= c2sd->drain_until_ms;
    bool is_done = true;
    struct client *client, *next;

    HASH_ITER(hh, c2sd->clients, client, next)
    {
        if (is_streaming(client) && (is_late || is_settled(client)))
            client_shutdown(client);
        is_done &= !is_streaming(client) && is_over(client);
    }
    return is_done || c2sd->now_ms >= c2sd->drain_until_ms + LAST_WORDS_MS;
}

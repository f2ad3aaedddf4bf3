/* What is checked from outside, by what clients said, were told and got, and the
 * bounds of what processes hold. */
#include "sim.h"

#include <stdio.h>
#include <string.h>

#include "common/channel/internal.h"
#include "sm/session/session.h"

/* A window is a request to stop: what was being read still comes. */
#define OVER_WINDOW (64u << 10)

/* Whether a row that nobody has fetched holds the message. */
static bool is_stored(const struct world *world, unsigned from, unsigned number)
{
    char id[32];

    snprintf(id, sizeof(id), "id='m-%u-%u-%u'", from,
             receiver_of(from, number), number);
    for (size_t i = 0; i < world->row_count; i++)
        if (!world->rows[i].fetched && strstr(world->rows[i].as.stanza, id))
            return true;
    return false;
}

/* How often an archive has a message; whose: u0 is 1. */
static unsigned times_archived(const struct world *world, int64_t whose,
                               unsigned from, unsigned number)
{
    char id[32];
    unsigned count = 0;

    snprintf(id, sizeof(id), "id='m-%u-%u-%u'", from,
             receiver_of(from, number), number);
    for (size_t i = 0; i < world->stored_count; i++) {
        const struct stored *stored = &world->stored[i];

        if (strstr(stored->stanza, id) &&
            (stored->sender == whose ||
             (stored->recipient == whose && !stored->is_passing)))
            count++;
    }
    return count;
}

/* What was acknowledged is in both archives, once. */
static void check_archives(struct world *world, unsigned from, unsigned number)
{
    unsigned to = receiver_of(from, number);
    unsigned sent = times_archived(world, account_of(from) + 1, from, number);
    unsigned received = times_archived(world, to + 1, from, number);

    if (sent != 1 || received != 1)
        broken_by_one(world,
                      "m-%u-%u-%u was acknowledged and is %u times in its "
                      "sender's archive, %u times in its recipient's",
                      from, to, number, sent, received);
}

/* Whoever asked and stayed has been answered. */
static void check_questions(struct world *world, unsigned from)
{
    for (unsigned n = 0; n < world->people[from].asked; n++) {
        const struct question *question = &world->questions[from][n];

        if (question->is_acked && !question->is_void && !question->answers &&
            question->generation == world->people[from].generation)
            broken_by_one(world, "q-%u-%u was acknowledged and not answered",
                          from, n);
    }
}

static void check_ledger(struct world *world)
{
    for (unsigned i = 0; i < PEOPLE; i++) {
        for (unsigned n = 0; n < MESSAGES; n++) {
            const struct message *message = &world->messages[i][n];

            if (message->is_acked && !message->is_bounced)
                check_archives(world, i, n);
            if (message->is_acked && message->delivered <= 0 &&
                !message->is_bounced)
                broken_by_one(world, "m-%u-?-%u was acknowledged and is %s", i, n,
                           is_stored(world, i, n) ? "only stored" : "lost");
        }
        check_questions(world, i);
        if (world->people[i].state != ONLINE)
            broken(world, "%s is not online in the end (state %d)",
                   person_name(i), (int)world->people[i].state);
        else if (!world->people[i].is_plain && is_owed(&world->people[i]))
            broken_by_one(world, "%s: %u of %u acknowledged in the end",
                          person_name(i), world->people[i].h_acked, world->people[i].h_sent);
    }
}

/* --- bounds --------------------------------------------------------------- */

static void each_channel(struct world *world,
                         void (*check)(struct world *world,
                                       const struct channel *channel))
{
    for (unsigned i = 0; i < PROCESSES; i++) {
        const struct process *process = &world->processes[i];
        struct local *local, *next_local;
        struct channel *channel, *next;

        if (!process->is_alive)
            continue;
        HASH_ITER(hh, process->channels->locals, local, next_local)
        HASH_ITER(hh, local->channels, channel, next)
        check(world, channel);
    }
}

static void is_within_bounds(struct world *world, const struct channel *channel)
{
    if (channel->outbox.bytes >
        channel->owner->window_bytes + OVER_WINDOW)
        broken(world, "%s to %s holds %zu bytes", channel->local->address,
               channel->remote, channel->outbox.bytes);
}

static void is_drained(struct world *world, const struct channel *channel)
{
    if (channel->outbox.frames > 0)
        broken(world, "%s to %s: %zu frames are not discharged in the end",
               channel->local->address, channel->remote,
               channel->outbox.frames);
    if (channel->inbox.discharged < channel->inbox.received)
        broken(world, "%s owes %s %llu discharges in the end",
               channel->local->address, channel->remote,
               (unsigned long long)(channel->inbox.received -
                                    channel->inbox.discharged));
}

void check_bounds(struct world *world)
{
    each_channel(world, is_within_bounds);
}

static void check_queues(struct world *world)
{
    for (unsigned i = 0; i < PROCESSES; i++) {
        const struct process *process = &world->processes[i];
        const struct session *session, *next;

        if (!process->is_alive || process->kind != PROCESS_SM)
            continue;
        if (process->sm.waiting)
            broken(world, "sm/%u keeps frames for later in the end", i % 2);
        HASH_ITER(hh, process->sm.sessions, session, next)
        if (session->queue)
            broken(world, "%.*s has a queue in the end",
                   STR_ARG(session->jid.full));
    }
}

void check_end(struct world *world)
{
    check_ledger(world);
    each_channel(world, is_drained);
    check_queues(world);
}

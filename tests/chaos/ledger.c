#include "chaos.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define TELL_AT_MOST 100

static uint64_t now_ms(void)
{
    return now_ns() / 1000000;
}

void ledger_open(struct ledger *ledger, unsigned users)
{
    size_t pairs = 2 * (size_t)users * users;

    ledger->users = users;
    ledger->sent = mem_zalloc(pairs * sizeof(*ledger->sent));
    ledger->got = mem_zalloc(pairs * sizeof(*ledger->got));
}

void ledger_close(struct ledger *ledger)
{
    free(ledger->messages);
    free(ledger->sent);
    free(ledger->got);
}

static size_t pair_of(const struct ledger *ledger, unsigned sender,
                      unsigned receiver, bool is_in_room)
{
    unsigned lane = is_in_room ? ledger->users : 0;

    return (size_t)(lane + sender) * ledger->users + receiver;
}

static uint32_t add(struct ledger *ledger, unsigned sender, unsigned receiver,
                    bool is_in_room)
{
    if (ledger->count == ledger->cap) {
        ledger->cap = ledger->cap ? ledger->cap * 2 : 65536;
        ledger->messages = mem_realloc(ledger->messages,
                                       ledger->cap * sizeof(*ledger->messages));
    }
    ledger->messages[ledger->count] = (struct message){
        .sender = sender,
        .receiver = receiver,
        .ordinal =
            ++ledger->sent[pair_of(ledger, sender, receiver, is_in_room)],
        .is_in_room = is_in_room,
        .sent_ms = now_ms()};
    return (uint32_t)ledger->count++;
}

uint32_t ledger_add(struct ledger *ledger, unsigned sender, unsigned receiver)
{
    ledger->chats++;
    return add(ledger, sender, receiver, false);
}

uint32_t ledger_add_to_room(struct ledger *ledger, unsigned sender,
                            unsigned regulars)
{
    uint32_t first = (uint32_t)ledger->count;

    ledger->room_messages++;
    for (unsigned i = 0; i < regulars; i++)
        (void)add(ledger, sender, i, true);
    return first;
}

void ledger_acked(struct ledger *ledger, uint32_t index)
{
    ledger->messages[index].acked_ms = now_ms();
    ledger->acked++;
}

static void tell_message(const struct ledger *ledger, const char *what,
                         uint32_t index)
{
    const struct message *m = &ledger->messages[index];
    uint64_t now = now_ms();

    printf("%s: message %u, user%u to user%u%s no. %u, sent %" PRIu64
           " ms ago, acknowledged %" PRIu64 " ms ago, got %" PRIu64
           " ms ago (0: never)\n",
           what, index, m->sender, m->receiver,
           m->is_in_room ? " in the room" : "", m->ordinal, now - m->sent_ms,
           m->acked_ms ? now - m->acked_ms : 0,
           m->got_ms ? now - m->got_ms : 0);
}

static void arrived_again(struct ledger *ledger, uint32_t index,
                          uint32_t session, uint32_t refused)
{
    const struct message *m = &ledger->messages[index];

    if (m->is_resent || (m->got_in != session && m->got_in <= refused)) {
        ledger->forgiven++;
        return;
    }
    if (ledger->doubled++ < TELL_AT_MOST)
        tell_message(ledger,
                     m->got_in == session ? "doubled in one session"
                                          : "doubled over two sessions",
                     index);
}

static void arrived_late(struct ledger *ledger, uint32_t index,
                         const struct arrival *arrival)
{
    if (arrival->was_stored)
        ledger->overtaken++;
    else if (ledger->reordered++ < TELL_AT_MOST)
        tell_message(ledger, "reordered", index);
}

void ledger_arrived(struct ledger *ledger, uint32_t index,
                    const struct arrival *arrival)
{
    struct message *m = &ledger->messages[index];
    uint32_t *highest;

    if (index >= ledger->count || m->receiver != arrival->receiver) {
        ledger->strange++;
        return;
    }
    if (m->got_ms) {
        arrived_again(ledger, index, arrival->session, arrival->refused);
        return;
    }
    m->got_ms = now_ms();
    m->got_in = arrival->session;
    ledger->arrived++;
    highest = &ledger->got[pair_of(ledger, m->sender, arrival->receiver,
                                   m->is_in_room)];
    if (m->ordinal > *highest)
        *highest = m->ordinal;
    else
        arrived_late(ledger, index, arrival);
}

size_t ledger_open_ends(const struct ledger *ledger, size_t *unacknowledged,
                        bool tells)
{
    size_t lost = 0;

    *unacknowledged = 0;
    for (size_t i = 0; i < ledger->count; i++) {
        const struct message *m = &ledger->messages[i];

        if (!m->acked_ms) {
            if (++*unacknowledged < TELL_AT_MOST && tells)
                tell_message(ledger, "never acknowledged", (uint32_t)i);
        } else if (!m->got_ms && !m->is_bounced) {
            if (++lost < TELL_AT_MOST && tells)
                tell_message(ledger, "lost", (uint32_t)i);
        }
    }
    return lost;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

void ledger_print(const struct ledger *ledger)
{
    uint32_t *delays = mem_alloc((ledger->count + 1) * sizeof(*delays));
    size_t count = 0;

    for (size_t i = 0; i < ledger->count; i++) {
        const struct message *m = &ledger->messages[i];

        if (m->acked_ms)
            delays[count++] = (uint32_t)(m->acked_ms - m->sent_ms);
    }
    qsort(delays, count, sizeof(*delays), by_value);
    printf("stanzas: %zu chats, %zu to a room\n", ledger->chats,
           ledger->room_messages);
    printf("messages: %zu sent, %" PRIu64 " acknowledged, %" PRIu64
           " arrived, %u bounced\n",
           ledger->count, ledger->acked, ledger->arrived, ledger->bounced);
    if (count)
        printf("acknowledged after ms: p50 %u  p99 %u  max %u\n",
               delays[count / 2], delays[count * 99 / 100], delays[count - 1]);
    free(delays);
}

/* The course of a run: chat, until told to stop; then silence; then the sum. */
#include "chaos.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A connection may break so long after its c2sd was killed. */
#define FORGIVEN_MS 3000
/* An orderly stop takes as long as c2sd.drain-timeout before. */
#define DRAIN_MS 5000
/* Without any progress for so long the end is given up. */
#define STALL_MS 30000

void tell(const struct chaos *chaos, const struct person *person,
          const char *format, ...)
{
    uint64_t at = chaos->now_ms - chaos->start_ms;
    va_list arguments;

    printf("%7.3f user%u: ", (double)at / 1000, person->number);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

unsigned chaos_random(struct chaos *chaos, unsigned below)
{
    chaos->random ^= chaos->random << 13;
    chaos->random ^= chaos->random >> 7;
    chaos->random ^= chaos->random << 17;
    return (unsigned)(chaos->random % below);
}

static void forgive(struct chaos *chaos, uint64_t ms)
{
    if (chaos->forgiven_until_ms < chaos->now_ms + ms)
        chaos->forgiven_until_ms = chaos->now_ms + ms;
}

/* The driver says "c2sd" when it is about to kill one, "drain" when it asks one
 * to stop, and "stop". */
static void listen_to_driver(struct chaos *chaos)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    char text[256];
    ssize_t count;

    if (poll(&input, 1, 0) <= 0)
        return;
    count = read(STDIN_FILENO, text, sizeof(text) - 1);
    text[count > 0 ? count : 0] = 0;
    if (strstr(text, "c2sd"))
        forgive(chaos, FORGIVEN_MS);
    if (strstr(text, "drain"))
        forgive(chaos, DRAIN_MS + FORGIVEN_MS);
    if (count <= 0 || strstr(text, "stop"))
        chaos->is_ending = true;
}

static void turn(struct chaos *chaos)
{
    client_wire_turn(&chaos->wires[0], 1);
    if (chaos->options.other_domain)
        client_wire_turn(&chaos->wires[1], 0);
    chaos->now_ms = now_ns() / 1000000;
    for (unsigned i = 0; i < chaos->options.users; i++)
        person_tick(&chaos->people[i]);
}

/* Every so many messages one is to the room, which makes many. */
#define ROOM_EVERY 20

static void one_message(struct chaos *chaos)
{
    unsigned users = chaos->options.users;
    unsigned sender = chaos_random(chaos, users);
    unsigned receiver = (sender + 1 + chaos_random(chaos, users - 1)) % users;

    if (chaos->options.regulars && chaos_random(chaos, ROOM_EVERY) == 0)
        (void)person_tells_room(
            &chaos->people[sender % chaos->options.regulars]);
    else
        (void)person_chats(&chaos->people[sender], receiver);
}

/* Everybody is logged in once before the first message. */
static void gather(struct chaos *chaos)
{
    unsigned online = 0;

    while (online < chaos->options.users && !chaos->is_ending) {
        listen_to_driver(chaos);
        turn(chaos);
        online = 0;
        for (unsigned i = 0; i < chaos->options.users; i++)
            online += chaos->people[i].stage == ONLINE &&
                      (chaos->people[i].is_in_room ||
                       !person_is_regular(&chaos->people[i]));
    }
    printf("%7.3f %u people online\n",
           (double)(chaos->now_ms - chaos->start_ms) / 1000, online);
}

static void chat(struct chaos *chaos)
{
    uint64_t begin = chaos->now_ms, sent = 0, other = 0;

    while (!chaos->is_ending) {
        uint64_t past = chaos->now_ms - begin;

        for (; sent < past * chaos->options.rate / 1000; sent++)
            one_message(chaos);
        /* Every fifth of a second somebody changes a roster; every second one
         * of them leaves for some seconds. */
        for (; other < past / 200; other++) {
            unsigned who = chaos_random(chaos, chaos->options.users);

            if (other % 5 == 0)
                person_leave(&chaos->people[who]);
            else
                person_changes_roster(&chaos->people[who]);
        }
        listen_to_driver(chaos);
        turn(chaos);
    }
}

static bool is_quiet(const struct chaos *chaos)
{
    size_t unacknowledged;

    for (unsigned i = 0; i < chaos->options.users; i++) {
        const struct person *person = &chaos->people[i];

        if (person->stage != ONLINE || person->count > 0 ||
            !person->knows_roster)
            return false;
    }
    return ledger_open_ends(&chaos->ledger, &unacknowledged, false) == 0;
}

static void wait_for_quiet(struct chaos *chaos)
{
    uint64_t progress_ms = chaos->now_ms, last = 0, next_ms = 0;

    printf("%7.3f the end: nothing new is sent\n",
           (double)(chaos->now_ms - chaos->start_ms) / 1000);
    while (chaos->now_ms - progress_ms < STALL_MS) {
        uint64_t sum = chaos->ledger.acked + chaos->ledger.arrived;

        turn(chaos);
        if (sum != last)
            progress_ms = chaos->now_ms;
        last = sum;
        if (chaos->now_ms < next_ms)
            continue;
        next_ms = chaos->now_ms + 250;
        if (is_quiet(chaos))
            break;
    }
    /* Whatever is doubled needs a moment more to come. */
    for (uint64_t until = chaos->now_ms + 3000; chaos->now_ms < until;)
        turn(chaos);
}

static bool print_sum(struct chaos *chaos)
{
    const struct ledger *ledger = &chaos->ledger;
    unsigned unanswered = 0, outside = 0;
    size_t unacknowledged, lost;

    for (unsigned i = 0; i < chaos->options.users; i++) {
        struct person *person = &chaos->people[i];

        if (person->stage != ONLINE || person->count > 0)
            tell(chaos, person, "in stage %d with %zu stanzas unacknowledged",
                 person->stage, person->count);
        outside += person_is_regular(person) && !person->is_in_room;
        unanswered +=
            person->roster_seen != person->roster_sent || !person->knows_roster;
    }
    lost = ledger_open_ends(ledger, &unacknowledged, true);
    ledger_print(ledger);
    printf("sessions: %u broken with their c2sd, %u resumed, %u hung, "
           "%u logins refused\n",
           chaos->broken, chaos->resumed, chaos->hung, chaos->refused_logins);
    printf("longest silence ms: %llu to an acknowledgement, %llu without any "
           "arrival\n",
           (unsigned long long)chaos->longest_silence_ms,
           (unsigned long long)chaos->longest_gap_ms);
    printf("rosters: %u wrong, %u unanswered\n", chaos->roster_wrong,
           unanswered);
    printf("room: %u put out of it, %u regulars outside at the end\n",
           chaos->put_out, outside);
    printf("%zu lost, %u doubled (%u more after a drop), %u reordered "
           "(%u more stored and overtaken), "
           "%u sessions dropped, %zu never acknowledged, %u wrong counts, "
           "%u strange\n",
           lost, ledger->doubled, ledger->forgiven, ledger->reordered,
           ledger->overtaken, chaos->dropped, unacknowledged,
           chaos->wrong_counts, ledger->strange);
    return lost == 0 &&
           (ledger->doubled == 0 || chaos->options.may_double) && ledger->reordered == 0 &&
           chaos->dropped == 0 && unacknowledged == 0 && ledger->arrived > 0 &&
           chaos->wrong_counts == 0 && ledger->strange == 0 &&
           chaos->roster_wrong == 0 && unanswered == 0 && chaos->put_out == 0 &&
           outside == 0;
}

bool chaos_run(struct chaos *chaos)
{
    chaos->now_ms = chaos->start_ms = now_ns() / 1000000;
    chaos->random = chaos->options.seed * UINT64_C(2654435761) + 1;
    for (unsigned i = 0; i < chaos->options.users; i++)
        person_start(chaos, i);
    gather(chaos);
    chat(chaos);
    wait_for_quiet(chaos);
    return print_sum(chaos);
}

/* Messages for people who are away: what it costs to store them, and to deliver
 * them at the next login. */
#include <stdio.h>

#include "load.h"
#include "process.h"

#define SECOND   UINT64_C(1000000000)
#define STALL_NS (30 * SECOND)
/* For each receiver: fewer than any server's quota. */
#define MESSAGES 90

static void receivers_leave(struct load *load)
{
    for (unsigned i = 0; i < load->options.pairs; i++) {
        struct speaker *receiver = &load->speakers[2 * i + 1];

        buf_add_text(&receiver->client.out,
                     "<presence type='unavailable'/></stream:stream>");
        client_flush(&receiver->client);
        client_reset(&receiver->client);
        receiver->is_online = false;
        load->online--;
    }
}

static void send_all(struct load *load)
{
    for (unsigned n = 0; n < MESSAGES; n++) {
        for (unsigned i = 0; i < load->options.pairs; i++) {
            traffic_send(&load->speakers[2 * i]);
            client_flush(&load->speakers[2 * i].client);
        }
        client_wire_turn(&load->wire, 0);
    }
}

static bool receivers_return(struct load *load, uint64_t expected)
{
    uint64_t progress = now_ns(), last = load->delivered;

    for (unsigned i = 0; i < load->options.pairs; i++) {
        speaker_start(load, 2 * i + 1);
        client_wire_turn(&load->wire, 1);
    }
    while (load->delivered < expected && now_ns() - progress < STALL_NS) {
        client_wire_turn(&load->wire, 10);
        if (load->delivered == last)
            continue;
        last = load->delivered;
        progress = now_ns();
    }
    return load->delivered == expected;
}

bool offline_run(struct load *load, const struct processes *processes)
{
    uint64_t count = (uint64_t)MESSAGES * load->options.pairs;
    uint64_t first = load->delivered;
    struct process_sample before, stored, after;
    bool good;

    receivers_leave(load);
    load_settle(load, processes, &before);
    send_all(load);
    load_settle(load, processes, &stored);
    printf("offline: %llu messages to %u people\n", (unsigned long long)count,
           load->options.pairs);
    print_shares(processes, &before, &stored, count, "stored message");
    good = receivers_return(load, first + count);
    load_settle(load, processes, &after);
    printf("offline: %lld lost, %llu wrong\n",
           (long long)(first + count - load->delivered),
           (unsigned long long)load->wrong);
    print_shares(processes, &stored, &after, count,
                 "delivered message, logins counted in");
    return good && load->wrong == 0;
}

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

/* Until all are online and have what waited for them. */
static bool receivers_return(struct load *load, uint64_t expected)
{
    uint64_t progress = now_ns(), last = load->delivered;
    unsigned online = load->online + load->options.pairs;

    for (unsigned i = 0; i < load->options.pairs; i++) {
        speaker_start(load, 2 * i + 1);
        client_wire_turn(&load->wire, 1);
    }
    while ((load->delivered < expected || load->online < online) &&
           now_ns() - progress < STALL_NS) {
        client_wire_turn(&load->wire, 10);
        if (load->delivered == last)
            continue;
        last = load->delivered;
        progress = now_ns();
    }
    return load->delivered == expected && load->online == online;
}

/* The same logins with nothing waiting, for what is left without them. */
static bool measure_logins(struct load *load, const struct processes *processes,
                           struct process_sample *logins)
{
    struct process_sample before, after;
    bool good;

    receivers_leave(load);
    load_settle(load, processes, &before);
    good = receivers_return(load, load->delivered);
    load_settle(load, processes, &after);
    print_shares(processes, &before, &after, load->options.pairs,
                 "login with nothing waiting");
    for (size_t i = 0; i < processes->count; i++)
        logins->cpu_us[i] = after.cpu_us[i] - before.cpu_us[i];
    return good;
}

bool offline_run(struct load *load, const struct processes *processes)
{
    uint64_t count = (uint64_t)MESSAGES * load->options.pairs;
    uint64_t first = load->delivered;
    struct process_sample before, stored, after, logins = {0};
    bool good;

    printf("offline: %llu messages to %u people\n", (unsigned long long)count,
           load->options.pairs);
    good = measure_logins(load, processes, &logins);
    receivers_leave(load);
    load_settle(load, processes, &before);
    send_all(load);
    load_settle(load, processes, &stored);
    print_shares(processes, &before, &stored, count, "stored message");
    good &= receivers_return(load, first + count);
    load_settle(load, processes, &after);
    printf("offline: %lld lost, %llu wrong\n",
           (long long)(first + count - load->delivered),
           (unsigned long long)load->wrong);
    print_shares(processes, &stored, &after, count,
                 "delivered message, logins counted in");
    for (size_t i = 0; i < processes->count; i++)
        stored.cpu_us[i] += logins.cpu_us[i];
    print_shares(processes, &stored, &after, count,
                 "delivered message, without them");
    return good && load->wrong == 0;
}

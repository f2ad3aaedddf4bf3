#include "load.h"

#include <stdio.h>
#include <stdlib.h>

#define SECOND UINT64_C(1000000000)
/* Without any progress for so long a run is given up. */
#define STALL_NS (30 * SECOND)

static void turns_until(struct load *load, uint64_t until)
{
    while (now_ns() < until)
        client_wire_turn(&load->wire, 5);
}

void load_settle(struct load *load, const struct processes *processes,
                 struct process_sample *sample)
{
    uint64_t used, last = UINT64_MAX, start = now_ns();

    do {
        turns_until(load, now_ns() + SECOND / 2);
        processes_sample(processes, sample, false);
        used = 0;
        for (size_t i = 0; i < processes->count; i++)
            used += sample->cpu_us[i];
        if (used - last <= 10000)
            return;
        last = used;
    } while (now_ns() - start < STALL_NS);
}

/* Less than nothing when a process of PostgreSQL has ended meanwhile. */
static double used_us(const struct process_sample *before,
                      const struct process_sample *after, size_t group)
{
    return (double)(int64_t)(after->cpu_us[group] - before->cpu_us[group]);
}

void print_shares(const struct processes *processes,
                  const struct process_sample *before,
                  const struct process_sample *after, uint64_t per,
                  const char *unit)
{
    double total = 0;

    if (per == 0 || processes->count == 0)
        return;
    for (size_t i = 0; i < processes->count; i++)
        total += used_us(before, after, i);
    printf("  CPU µs per %s: %.1f", unit, total / (double)per);
    for (size_t i = 0; i < processes->count; i++)
        printf("  %s %.1f", processes->groups[i].name,
               used_us(before, after, i) / (double)per);
    printf("\n");
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static void print_latencies(struct latencies *latencies)
{
    if (latencies->count == 0)
        return;
    qsort(latencies->microseconds, latencies->count,
          sizeof(*latencies->microseconds), by_value);
    printf("  latency µs: p50 %u  p99 %u  max %u\n",
           latencies->microseconds[latencies->count / 2],
           latencies->microseconds[latencies->count * 99 / 100],
           latencies->microseconds[latencies->count - 1]);
}

/* --- logins --------------------------------------------------------------- */

static bool run_logins(struct load *load, const struct processes *processes)
{
    struct process_sample before, after;
    unsigned total = load->options.connections;
    uint64_t start = now_ns(), progress = start;
    unsigned done = 0;

    processes_sample(processes, &before, true);
    while (done < total && now_ns() - progress < STALL_NS) {
        while (load->started < total &&
               load->started - done < load->options.parallel)
            speaker_start(load, load->started++);
        client_wire_turn(&load->wire, 10);
        if (load->online + load->failed > done)
            progress = now_ns();
        done = load->online + load->failed;
    }
    printf("logins: %u of %u, %.0f per second\n", load->online, total,
           load->online / ((double)(now_ns() - start) / 1e9));
    turns_until(load, now_ns() + 3 * SECOND);
    processes_sample(processes, &after, true);
    print_shares(processes, &before, &after, load->online, "login");
    printf("  idle KiB PSS per connection:");
    for (size_t i = 0; i < processes->count && load->online; i++)
        printf(
            "  %s %.1f", processes->groups[i].name,
            (double)((int64_t)after.pss_kib[i] - (int64_t)before.pss_kib[i]) /
                load->online);
    printf("\n");
    return load->online == total;
}

/* --- messages ------------------------------------------------------------- */

static uint64_t outstanding(const struct load *load)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < load->options.pairs; i++)
        sum += load->speakers[2 * i].sent - load->speakers[2 * i + 1].received;
    return sum;
}

static void drain(struct load *load)
{
    uint64_t progress = now_ns(), last = outstanding(load);

    while (outstanding(load) > 0 && now_ns() - progress < STALL_NS) {
        client_wire_turn(&load->wire, 10);
        if (outstanding(load) != last) {
            last = outstanding(load);
            progress = now_ns();
        }
    }
}

static void saturate(struct load *load, uint64_t until)
{
    load->refill = true;
    for (unsigned i = 0; i < load->options.pairs; i++) {
        for (unsigned n = 0; n < load->options.window; n++)
            traffic_send(&load->speakers[2 * i]);
        client_flush(&load->speakers[2 * i].client);
    }
    turns_until(load, until);
    load->refill = false;
}

static void pace(struct load *load, uint64_t until)
{
    uint64_t start = now_ns(), sent = 0;
    uint64_t now;

    while ((now = now_ns()) < until) {
        uint64_t due = (now - start) * load->options.rate / SECOND;

        for (; sent < due; sent++) {
            struct speaker *sender =
                &load->speakers[2 * (sent % load->options.pairs)];

            traffic_send(sender);
            client_flush(&sender->client);
        }
        client_wire_turn(&load->wire, 1);
    }
}

static bool run_messages(struct load *load, const struct processes *processes,
                         const char *name,
                         void (*drive)(struct load *load, uint64_t until))
{
    struct process_sample before, after;
    uint64_t start = now_ns(), first = load->delivered;
    double seconds;
    uint64_t lost;

    load->latencies.count = 0;
    processes_sample(processes, &before, false);
    drive(load, start + load->options.seconds * SECOND);
    drain(load);
    seconds = (double)(now_ns() - start) / 1e9;
    processes_sample(processes, &after, false);
    lost = outstanding(load);
    printf("%s: %.0f messages per second, %llu lost, %llu wrong\n", name,
           (double)(load->delivered - first) / seconds,
           (unsigned long long)lost, (unsigned long long)load->wrong);
    print_shares(processes, &before, &after, load->delivered - first,
                 "message");
    print_latencies(&load->latencies);
    return lost == 0 && load->wrong == 0 && load->delivered > first;
}

static bool run_saturated(struct load *load, const struct processes *processes)
{
    return run_messages(load, processes, "saturated", saturate);
}

static bool run_paced(struct load *load, const struct processes *processes)
{
    return run_messages(load, processes, "paced", pace);
}

/* Logins come first in any case. */
static const struct part {
    const char *name;
    bool (*run)(struct load *load, const struct processes *processes);
} parts[] = {
    {"saturated", run_saturated},
    {"paced", run_paced},
    {"offline", offline_run},
    {"presence", contacts_run},
};

static bool is_wanted(const struct load *load, const char *name)
{
    struct str rest = str_of(load->options.parts);

    while (rest.len)
        if (str_is(str_cut(&rest, ','), name))
            return true;
    return !load->options.parts;
}

bool run_all(struct load *load)
{
    struct processes processes = {0};
    bool good;

    load->receive = load->options.room ? room_receive : traffic_receive;
    if (load->options.env_path)
        processes_from_env(&processes, load->options.env_path);
    for (unsigned i = 0; i < load->options.pids_count; i++) {
        struct str rest = str_of(load->options.pids[i]);
        struct str name = str_cut(&rest, '=');

        processes_add(&processes, name, rest);
    }
    good = run_logins(load, &processes);
    if (!good)
        return false;
    if (load->options.room)
        return run_room(load, &processes) && load->failed == 0;
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        if (is_wanted(load, parts[i].name))
            good &= parts[i].run(load, &processes);
    return good && load->failed == 0;
}

/* Daemons without their shells: what main.c and libuv do is played here. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/grant/grant.h"

/* The time in which what one death left undone is made good. */
#define SHORTLY_MS 5000

static void on_frame(void *ctx, struct channel *channel,
                     const struct frame *frame)
{
    struct process *process = ctx;
    struct world *world = process->world;
    struct arena arena = {0};
    struct grant_key key;
    char jid[40] = "", code[2] = "";
    const char *found;
    struct str grant, answer, body;

    if (process->kind == PROCESS_C2SD) {
        c2sd_on_frame(&process->c2sd, channel, frame);
        return;
    }
    if (process->kind == PROCESS_SM) {
        sm_on_frame(&process->sm, channel, frame);
        return;
    }
    body = arena_dup(&arena, frame->body);
    found = strstr(body.p, "data='AHU");
    if (found) {
        /* AHUwAHA=, AHUxAHA=, AHUyAHA=: u0, u1, u2 */
        code[0] = (char)('0' + (found[9] - 'w'));
        snprintf(jid, sizeof(jid), "u%s@example.com", code);
        memset(key.bytes, 7, sizeof(key.bytes));
        grant =
            grant_sign(&arena, &key, channel_remote(channel), frame->sid,
                       str_of(jid), (world->now_ms + world->unix_ms) / 1000);
        answer =
            arena_printf(&arena,
                         "<auth-success xmlns='urn:posthouse:link:1' jid='%s' "
                         "grant='%.*s'/>",
                         jid, STR_ARG(grant));
        channel_send(channel,
                     &(struct frame){.sid = frame->sid, .body = answer}, NULL);
    }
    channel_discharge(channel, frame->seq);
    arena_clear(&arena);
}

static void on_discharged(void *ctx, struct channel *channel, uint64_t seq,
                          void *cookie)
{
    struct process *process = ctx;

    (void)seq;
    if (process->kind == PROCESS_C2SD)
        c2sd_on_discharged(&process->c2sd, channel, cookie);
    else if (process->kind == PROCESS_SM)
        sm_on_discharged(&process->sm, channel, cookie);
}
static void on_writable(void *ctx, struct channel *channel)
{
    struct process *process = ctx;

    if (process->kind == PROCESS_C2SD)
        c2sd_on_writable(&process->c2sd, channel);
}
static void on_peer_restarted(void *ctx, struct channel *channel)
{
    struct process *process = ctx;

    if (process->kind == PROCESS_C2SD)
        c2sd_on_peer_restarted(&process->c2sd, channel);
    else if (process->kind == PROCESS_SM)
        sm_on_peer_restarted(&process->sm, channel);
}
static void on_synced(void *ctx, struct channel *channel)
{
    struct process *process = ctx;

    if (process->kind == PROCESS_SM)
        sm_on_synced(&process->sm, channel);
}
static void on_down(void *ctx, struct str address)
{
    struct process *process = ctx;

    if (process->kind == PROCESS_C2SD)
        c2sd_on_down(&process->c2sd, address);
    else if (process->kind == PROCESS_SM)
        sm_on_down(&process->sm, address);
}
static void on_up(void *ctx, struct str address, struct str node)
{
    struct process *process = ctx;

    (void)node;
    if (process->kind == PROCESS_SM)
        sm_on_up(&process->sm, address);
}
static void on_bound(void *ctx, struct str address)
{
    struct process *process = ctx;

    if (process->kind == PROCESS_SM)
        sm_on_bound(&process->sm, address);
}
static void on_datagram(void *ctx, const struct frame *frame)
{
    struct process *process = ctx;

    if (process->kind == PROCESS_C2SD)
        c2sd_on_datagram(&process->c2sd, frame);
    else if (process->kind == PROCESS_SM)
        sm_on_datagram(&process->sm, frame);
}

static struct str no_binding(void *c, struct arena *a, struct str t)
{
    (void)c, (void)a, (void)t;
    return STR_NONE;
}
static bool has_no_binding(void *connection, struct str type)
{
    (void)connection, (void)type;
    return false;
}
static struct str no_certificate(void *c, struct arena *a)
{
    (void)c, (void)a;
    return STR_NONE;
}
static void no_wake(void *c)
{
    (void)c;
}

/* Who has been told it once goes by it until his next event. */
void process_tell_time(struct process *process)
{
    const struct world *world = process->world;

    process->c2sd.now_ms = process->sm.steady_ms = world->now_ms;
    process->sm.now_ms = world->now_ms + world->unix_ms;
}

static void start_sm(struct process *process)
{
    char address[32];

    memset(&process->sm, 0, sizeof(process->sm));
    process->sm.config = sim_config();
    process->sm.instance = process->instance;
    process->sm.of = 2;
    process_tell_time(process);
    memset(process->sm.key.bytes, 7, sizeof(process->sm.key.bytes));
    process->store.world = process->world;
    process->sm.store = &process->store;
    sm_init(&process->sm);
    process->sm.channels = process->channels;
    for (unsigned shard = process->instance; shard < JID_SHARDS; shard += 2)
        channels_bind(process->channels,
                      address_write(address, ADDRESS_SM, shard),
                      process->epoch);
}

static void start_c2sd(struct process *process)
{
    static const struct c2sd_effects effects = {no_binding, no_certificate,
                                                no_wake, has_no_binding};

    memset(&process->c2sd, 0, sizeof(process->c2sd));
    process->c2sd.config = sim_config();
    process->c2sd.effects = &effects;
    process_tell_time(process);
    process->c2sd.address = process->instance ? STR("c2s/1") : STR("c2s/0");
    c2sd_init(&process->c2sd);
    process->c2sd.channels = process->channels;
    process->c2sd.last_sid = c2sd_first_sid(process->world->now_ms);
    channels_bind(process->channels, process->c2sd.address, process->epoch);
}

void process_start(struct process *process)
{
    static const struct channel_events events = {.on_frame = on_frame,
                                                 .on_datagram = on_datagram,
                                                 .on_discharged = on_discharged,
                                                 .on_writable = on_writable,
                                                 .on_peer_restarted =
                                                     on_peer_restarted,
                                                 .on_synced = on_synced,
                                                 .on_bound = on_bound,
                                                 .on_up = on_up,
                                                 .on_down = on_down};

    process->epoch = (uint64_t)process->world->now_ms;
    process->channels =
        channels_new(&events, process, &process->out, 256u << 10);
    process->is_alive = true;
    process->is_draining = false;
    process->tick_ms = process->world->now_ms + 1000;
    if (process->kind == PROCESS_C2SD)
        start_c2sd(process);
    else if (process->kind == PROCESS_SM)
        start_sm(process);
    else
        channels_bind(process->channels, STR("auth/0"), process->epoch);
}

static void unlink_process(struct process *process)
{
    if (process->peer && process->world->router)
        router_remove_peer(process->world->router, process->peer);
    if (process->peer && process->is_alive)
        channels_link_down(process->channels);
    process->peer = NULL;
    buf_clear(&process->up);
    buf_clear(&process->down);
    buf_clear(&process->in);
    buf_clear(&process->out);
    buf_clear(&process->at_router);
}

/* It died, or its link was cut: the promise holds when that happens to one at a
 * time. */
static void note_blow(struct world *world, struct process *process)
{
    process->hit_ms = world->now_ms;
    for (unsigned i = 0; i < PROCESSES; i++) {
        const struct process *other = &world->processes[i];

        if (other != process && other->hit_ms &&
            world->now_ms - other->hit_ms < SHORTLY_MS)
            world->is_double = true;
    }
}

void process_crash(struct process *process)
{
    struct world *world = process->world;

    if (!process->is_alive)
        return;
    process->is_alive = false;
    note_blow(world, process);
    unlink_process(process);
    if (process->kind == PROCESS_C2SD) {
        for (unsigned i = 0; i < PEOPLE; i++)
            if (world->people[i].at == process->instance)
                person_drop(&world->people[i], false);
        zombies_forget(world, process->instance);
        c2sd_clear(&process->c2sd);
    } else if (process->kind == PROCESS_SM) {
        store_crash(&process->store);
        sm_clear(&process->sm);
        /* What freeing its memory has called is the work of nobody. */
        process->store.first = process->store.count = 0;
    }
    channels_free(process->channels);
    process->back_ms = world->now_ms + 100 + pick(world, 1500);
}

void process_drain(struct process *process)
{
    if (!process->is_alive || process->is_draining ||
        process->stalled_ms > process->world->now_ms)
        return;
    note_blow(process->world, process);
    process->is_draining = true;
    process->c2sd.now_ms = process->world->now_ms;
    c2sd_drain_begin(&process->c2sd);
}

void process_cut(struct process *process)
{
    if (!process->is_alive || !process->world->router)
        return;
    note_blow(process->world, process);
    unlink_process(process);
}

void router_crash(struct world *world)
{
    for (unsigned i = 0; i < PROCESSES; i++)
        unlink_process(&world->processes[i]);
    router_free(world->router);
    world->router = NULL;
    world->router_ms = world->now_ms + 50 + pick(world, 1000);
}

void process_turn(struct process *process)
{
    if (!process->peer)
        return;
    channels_flush_acks(process->channels);
    buf_add(&process->up, buf_view(&process->out));
    buf_reset(&process->out);
}

static void connect_process(struct process *process)
{
    static const char *const names[] = {"c2sd", "sm", "authd"};
    const char *refusal;
    char name[16];

    process->peer = router_add_peer(process->world->router, 0, &refusal);
    snprintf(name, sizeof(name), "%s.%u", names[process->kind],
             process->instance);
    buf_reset(&process->out);
    channels_link_up(process->channels, str_of(name));
    process->settle_ms = process->world->now_ms + 3000;
}

/* Some bytes of one pipe arrive at its end. */
static void move(struct world *world, struct buf *from, struct buf *to)
{
    struct str bytes = buf_view(from);
    size_t count = bytes.len;

    if (count > 1 && pick(world, 4) == 0)
        count = 1 + pick(world, (unsigned)count);
    buf_add(to, (struct str){bytes.p, count});
    buf_consume(from, count);
}

static void take_input(struct process *process)
{
    struct link_item item;
    size_t used;

    while (buf_len(&process->in) > 0) {
        enum link_result result =
            link_scan(buf_view(&process->in), &item, &used);

        if (result == LINK_MORE)
            break;
        if (result == LINK_BAD)
            abort();
        channels_receive(process->channels, &item);
        buf_consume(&process->in, used);
    }
}

static void tick(struct process *process)
{
    process->tick_ms = process->world->now_ms + 1000;
    if (process->kind == PROCESS_C2SD) {
        for (unsigned i = 0; i < PEOPLE; i++) {
            struct person *person = &process->world->people[i];

            if (person->client && person->at == process->instance)
                client_tick(person->client);
        }
        c2sd_tick(&process->c2sd);
    } else if (process->kind == PROCESS_SM) {
        sm_tick(&process->sm);
    }
}

static void routing(struct process *process)
{
    struct world *world = process->world;
    struct buf *output = router_output(process->peer);
    size_t used;

    move(world, &process->up, &process->at_router);
    used = router_receive(world->router, process->peer,
                          buf_view(&process->at_router));
    buf_consume(&process->at_router, used);
    for (unsigned i = 0; i < PROCESSES; i++) {
        struct process *other = &world->processes[i];

        if (other->peer && router_fault(other->peer))
            unlink_process(other);
    }
    if (process->peer) {
        buf_add(&process->down, buf_view(output));
        buf_reset(output);
    }
}

void process_step(struct process *process)
{
    struct world *world = process->world;

    if (!process->is_alive) {
        if (world->now_ms >= process->back_ms)
            process_start(process);
        return;
    }
    if (world->router && process->peer)
        routing(process);
    if (world->now_ms < process->stalled_ms)
        return;
    process_tell_time(process);
    if (world->router && !process->peer)
        connect_process(process);
    if (process->settle_ms && world->now_ms >= process->settle_ms) {
        process->settle_ms = 0;
        channels_settle(process->channels);
    }
    move(world, &process->down, &process->in);
    take_input(process);
    if (process->kind == PROCESS_SM && pick(world, 2))
        store_step(&process->store);
    if (world->now_ms >= process->tick_ms)
        tick(process);
    if (process->is_draining && c2sd_drain(&process->c2sd)) {
        trace(world, "c2s/%u has drained", process->instance);
        process_turn(process);
        process_crash(process);
        return;
    }
    process_turn(process);
}

/* sim FIRST COUNT [plain]: that many schedules; one alone is told step by step.
 * plain: some people have no XEP-0198. */
#include "sim.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log/log.h"
#include "sm/session/session.h"

/* What the steady clock shows first. */
#define BEGIN_MS 5000000

unsigned pick(struct world *world, unsigned below)
{
    world->random ^= world->random << 13;
    world->random ^= world->random >> 7;
    world->random ^= world->random << 17;
    return (unsigned)((world->random >> 16) % below);
}

void trace(const struct world *world, const char *format, ...)
{
    va_list arguments;

    if (!world->is_traced)
        return;
    printf("%9lld ", (long long)(world->now_ms - BEGIN_MS));
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

void broken(struct world *world, const char *format, ...)
{
    va_list arguments;

    if (world->failure[0])
        return;
    va_start(arguments, format);
    vsnprintf(world->failure, sizeof(world->failure), format, arguments);
    va_end(arguments);
    trace(world, "BROKEN: %s", world->failure);
}

void broken_by_one(struct world *world, const char *format, ...)
{
    char text[sizeof(world->failure)];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (world->is_double)
        world->excused++;
    else
        broken(world, "%s", text);
}

const struct config *sim_config(void)
{
    static const struct config *config; /* the same for all; never changed */
    struct error error;

    if (!config)
        config = config_parse("domains = {\"example.com\"}\n", &error);
    return config;
}

static void start_router(struct world *world)
{
    struct router_options options = {.max_peer_buffer = 16u << 20,
                                     .max_peers = 16,
                                     .max_peers_per_user = 16};

    world->router = router_new(&options, world->now_ms);
}

static bool with_plain;

static struct world *world_new(uint64_t seed, bool is_traced)
{
    static const enum process_kind kinds[] = {
        PROCESS_C2SD, PROCESS_C2SD, PROCESS_SM, PROCESS_SM, PROCESS_AUTHD};
    struct world *world = calloc(1, sizeof(*world));

    world->random = seed * 0x9E3779B97F4A7C15u + 1;
    for (unsigned i = 0; i < 8; i++)
        pick(world, 2);
    world->now_ms = BEGIN_MS;
    world->unix_ms = 1700000000000 - BEGIN_MS;
    world->setting = seed;
    world->is_traced = is_traced;
    start_router(world);
    for (unsigned i = 0; i < PROCESSES; i++) {
        world->processes[i].world = world;
        world->processes[i].kind = kinds[i];
        world->processes[i].instance = kinds[i] == PROCESS_AUTHD ? 0 : i % 2;
        process_start(&world->processes[i]);
    }
    for (unsigned i = 0; i < PEOPLE; i++) {
        world->people[i].world = world;
        world->people[i].index = i;
        world->people[i].is_plain = pick(world, 5) == 0 && with_plain;
    }
    world->says_full = pick(world, 2);
    world->asks = pick(world, 2);
    world->leaves = pick(world, 2);
    world->wants_carbons = pick(world, 2);
    world->priority_of_second = (int)pick(world, 3) - 1;
    return world;
}

/* Somebody sets the wall clock, by up to three hours. Not decided by the
 * numbers of the faults: those of a seed stay the same. */
static void set_clock(struct world *world)
{
    int64_t by_ms;

    world->setting =
        world->setting * 6364136223846793005u + 1442695040888963407u;
    if (world->setting >> 62)
        return;
    by_ms = (int64_t)(world->setting >> 32) % 10800000;
    if (world->setting >> 61)
        by_ms = -by_ms;
    world->unix_ms += by_ms;
    trace(world, "*** the clock is set by %lld ms", (long long)by_ms);
}

/* An administrator does. */
static void end_sessions(struct world *world, unsigned whose)
{
    char bare[32];

    snprintf(bare, sizeof(bare), "u%u@example.com", whose);
    for (unsigned i = 0; i < PROCESSES; i++) {
        struct process *process = &world->processes[i];
        struct account *account;

        if (process->kind != PROCESS_SM || !process->is_alive ||
            !process->sm.is_serving || process->stalled_ms > world->now_ms)
            continue;
        account = account_find(&process->sm, str_of(bare));
        if (!account)
            continue;
        trace(world, "*** the sessions of u%u are ended", whose);
        process_tell_time(process);
        arena_reset(&process->sm.arena);
        sessions_end_all(account, "policy-violation", NULL);
        sessions_settle(&process->sm);
    }
}

static void fault(struct world *world)
{
    static const char *const names[] = {"c2s/0", "c2s/1", "sm/0", "sm/1",
                                        "auth/0"};
    unsigned what = pick(world, 16);
    unsigned which = pick(world, PROCESSES);

    if (what < 4) {
        trace(world, "*** %s is killed", names[which]);
        process_crash(&world->processes[which]);
    } else if (what < 6 && world->router) {
        trace(world, "*** the router is killed");
        router_crash(world);
    } else if (what < 7) {
        trace(world, "*** %s stops", names[which]);
        world->processes[which].stalled_ms =
            world->now_ms + 500 + pick(world, 8000);
    } else if (what < 9) {
        trace(world, "*** the link of %s is cut", names[which]);
        process_cut(&world->processes[which]);
    } else if (what < 10) {
        trace(world, "*** c2s/%u is asked to stop", which % 2);
        process_drain(&world->processes[which % 2]);
    } else if (what < 11) {
        end_sessions(world, pick(world, ACCOUNTS));
    } else {
        struct person *who = &world->people[pick(world, PEOPLE)];

        if (!world->processes[who->at].is_alive)
            return;
        if (what < 13)
            person_vanish(who);
        else
            person_drop(who, true);
    }
}

static void step(struct world *world, bool may_talk)
{
    unsigned actor = pick(world, PROCESSES + PEOPLE);

    zombies_step(world);
    world->now_ms += pick(world, 4) ? 2 : 20;
    if (!world->router && world->now_ms >= world->router_ms)
        start_router(world);
    if (actor < PROCESSES)
        process_step(&world->processes[actor]);
    else
        person_step(&world->people[actor - PROCESSES], may_talk);
}

static bool run(uint64_t seed, bool is_traced, unsigned *excused,
                unsigned *overtaken)
{
    struct world *world = world_new(seed, is_traced);
    unsigned faults = 1 + pick(world, 3);
    bool is_right;

    for (unsigned i = 0; i < 1500 && !world->failure[0]; i++) {
        if (faults && i > 200 && pick(world, 300) == 0) {
            faults--;
            set_clock(world);
            fault(world);
        }
        step(world, i < 1300);
        if (i % 16 == 0)
            check_bounds(world);
    }
    for (unsigned i = 0; i < 6000 && !world->failure[0]; i++)
        step(world, false);
    if (!world->failure[0])
        check_end(world);
    is_right = !world->failure[0];
    *excused += world->excused;
    *overtaken += world->overtaken;
    if (!is_right)
        printf("seed %llu: %s\n", (unsigned long long)seed, world->failure);
    free(world);
    return is_right;
}

/* What one worker has done so far; shared, so that its death tells the seed. */
struct work {
    uint64_t seed;
    unsigned done, bad;
    unsigned excused; /* stanzas that were lost, doubled or late where the
                         promise does not hold */
    unsigned overtaken;
};

static void run_all(struct work *work, uint64_t first, unsigned count,
                    unsigned step, bool is_traced)
{
    for (unsigned i = 0; i < count; i += step) {
        work->seed = first + i;
        work->bad += !run(work->seed, is_traced, &work->excused,
                          &work->overtaken);
        work->done++;
    }
}

/* Each of the workers takes every so manieth seed. */
static void share_out(struct work *works, unsigned workers, uint64_t first,
                      unsigned count)
{
    int status;

    for (unsigned i = 0; i < workers && i < count; i++)
        if (fork() == 0) {
            run_all(&works[i], first + i, count - i, workers, false);
            fflush(stdout);
            _exit(0);
        }
    while (wait(&status) > 0)
        ;
}

/* False when one broke a promise, or its process. */
static bool tell_sum(const struct work *works, unsigned workers, unsigned count)
{
    struct work sum = {0};

    for (unsigned i = 0; i < workers; i++) {
        unsigned due = i < count ? (count - i + workers - 1) / workers : 0;

        sum.done += works[i].done;
        sum.bad += works[i].bad;
        sum.excused += works[i].excused;
        sum.overtaken += works[i].overtaken;
        if (works[i].done == due)
            continue;
        printf("seed %llu: the simulator died\n",
               (unsigned long long)works[i].seed);
        sum.bad++;
    }
    printf("%u schedules, %u broken; stanzas lost, doubled or late: %u by two "
           "deaths or cut links within seconds; %u stored and overtaken\n",
           sum.done, sum.bad, sum.excused, sum.overtaken);
    return sum.bad == 0;
}

int main(int argc, char **argv)
{
    uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    unsigned count = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1000;
    unsigned workers = count > 1 ? (unsigned)get_nprocs() : 1;
    struct work *works =
        mmap(NULL, workers * sizeof(*works), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct error error;

    if (works == MAP_FAILED)
        return EXIT_FAILURE;
    /* Worlds are large and hardly touched: zeroes come from the kernel. */
    mallopt(M_MMAP_THRESHOLD, 1 << 16);
    with_plain = argc > 3 && strcmp(argv[3], "plain") == 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (count == 1) {
        run_all(works, first, 1, 1, true);
    } else {
        if (!log_open("sim", NULL, LOG_LEVEL_ERROR, &error))
            return EXIT_FAILURE;
        share_out(works, workers, first, count);
    }
    return tell_sum(works, workers, count) ? EXIT_SUCCESS : EXIT_FAILURE;
}

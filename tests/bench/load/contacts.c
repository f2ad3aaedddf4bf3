/* People with contacts: what it costs to tell them that somebody is away. */
#include <stdio.h>
#include <string.h>

#include "load.h"
#include "process.h"

#define QUIET_NS UINT64_C(500000000)
#define STATUS   "<status>p "

/* Groups of people who all are contacts of each other, in a row. */
static unsigned group_of(const struct load *load, unsigned number)
{
    return number / (load->options.contacts + 1);
}

static unsigned people(const struct load *load)
{
    unsigned size = load->options.contacts + 1;
    unsigned groups = load->options.connections / size;

    return (groups < 4 ? groups : 4) * size;
}

/* Every other person of the group is told. */
static void tell_group(struct load *load, unsigned number, const char *type)
{
    unsigned size = load->options.contacts + 1;
    unsigned first = group_of(load, number) * size;
    struct client *client = &load->speakers[number].client;

    for (unsigned other = first; other < first + size; other++)
        if (other != number)
            buf_printf(&client->out, "<presence type='%s' to='load%u@%s'/>",
                       type, other, load->options.domain);
    client_flush(client);
}

static void until_quiet(struct load *load)
{
    load->heard_ns = now_ns();
    while (now_ns() - load->heard_ns < QUIET_NS)
        client_wire_turn(&load->wire, 10);
}

/* "p <who> <round>": what somebody says comes back to himself too, which is not
 * counted. False while the end is missing. */
static bool take_one(struct speaker *speaker)
{
    struct buf *in = &speaker->client.in;
    struct str rest = buf_view(in), who;
    const char *found = memmem(rest.p, rest.len, STATUS, sizeof(STATUS) - 1);
    uint64_t number;

    if (!found)
        return false;
    buf_consume(in, (size_t)(found - rest.p));
    rest = buf_view(in);
    rest.p += sizeof(STATUS) - 1;
    rest.len -= sizeof(STATUS) - 1;
    if (!memchr(rest.p, '<', rest.len))
        return false;
    who = str_cut(&rest, ' ');
    speaker->load->delivered +=
        str_to_u64(who, &number) && number != speaker->number;
    buf_consume(in, sizeof(STATUS) - 1);
    return true;
}

void contacts_receive(struct speaker *speaker)
{
    struct buf *in = &speaker->client.in;

    speaker->load->heard_ns = now_ns();
    while (take_one(speaker))
        ;
    /* The beginning of one more may stand at the end. */
    if (buf_len(in) > sizeof(STATUS) + 32)
        buf_consume(in, buf_len(in) - sizeof(STATUS) - 32);
}

static void befriend(struct load *load)
{
    static const char *const steps[] = {"subscribe", "subscribed"};

    for (size_t step = 0; step < COUNT_OF(steps); step++) {
        for (unsigned i = 0; i < people(load); i++) {
            tell_group(load, i, steps[step]);
            client_wire_turn(&load->wire, 0);
        }
        until_quiet(load);
    }
}

/* Everybody says it once; the next round begins when all have heard. */
static uint64_t one_round(struct load *load, uint64_t round)
{
    uint64_t expected = load->delivered;

    for (unsigned i = 0; i < people(load); i++) {
        struct client *client = &load->speakers[i].client;

        buf_printf(&client->out,
                   "<presence><show>%s</show>" STATUS
                   "%u %llu</status></presence>",
                   round % 2 ? "away" : "dnd", i, (unsigned long long)round);
        client_flush(client);
        expected += load->options.contacts;
        client_wire_turn(&load->wire, 0);
    }
    load->heard_ns = now_ns();
    while (load->delivered < expected &&
           now_ns() - load->heard_ns < 20 * QUIET_NS)
        client_wire_turn(&load->wire, 5);
    return expected;
}

bool contacts_run(struct load *load, const struct processes *processes)
{
    struct process_sample before, after;
    uint64_t until, first, expected, round = 0;

    if (people(load) == 0)
        return true;
    load->receive = contacts_receive;
    if (!load->options.befriended)
        befriend(load);
    load_settle(load, processes, &before);
    until = now_ns() + load->options.seconds * UINT64_C(1000000000);
    first = expected = load->delivered;
    while (now_ns() < until && load->delivered == expected)
        expected = one_round(load, round++);
    processes_sample(processes, &after, false);
    printf("presence to %u contacts: %llu deliveries, %lld lost\n",
           load->options.contacts,
           (unsigned long long)(load->delivered - first),
           (long long)(expected - load->delivered));
    print_shares(processes, &before, &after, load->delivered - first,
                 "delivery");
    load->receive = traffic_receive;
    return load->delivered == expected;
}

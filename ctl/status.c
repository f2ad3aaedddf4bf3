/* Every daemon's counters, asked for over the link. */
#include <stdlib.h>
#include <string.h>

#include "common/link/control.h"
#include "common/stanza/stanza.h"
#include "link.h"
#include "stats.h"

#define WAIT_MS   2000
#define MAX_NODES 256

/* One process, asked once however many addresses it has. */
struct peer {
    char name[64];
    bool has_answered;
};

struct asking {
    stats_answered *on_answer;
    void *ctx;
    struct link link;
    struct peer peers[MAX_NODES];
    size_t count, answered;
};

static void on_datagram(void *ctx, const struct frame *frame)
{
    struct asking *asking = ctx;
    struct arena arena = {0};
    const struct xml *answer =
        xml_parse(asking->link.parser, &arena, frame->body);
    struct str node = answer ? xml_get(answer, CTL_A_NODE) : STR_NONE;

    for (size_t i = 0; i < asking->count; i++) {
        struct peer *peer = &asking->peers[i];

        if (peer->has_answered || !str_is(node, peer->name))
            continue;
        peer->has_answered = true;
        asking->answered++;
        asking->on_answer(asking->ctx, answer);
    }
    arena_clear(&arena);
    if (asking->answered == asking->count)
        link_stop(&asking->link);
}

static void ask(struct asking *asking, struct str address, struct str node)
{
    if (asking->count == MAX_NODES)
        return;
    for (size_t i = 0; i < asking->count; i++)
        if (str_is(node, asking->peers[i].name))
            return;
    snprintf(asking->peers[asking->count++].name, sizeof(asking->peers[0].name),
             "%.*s", STR_ARG(node));
    link_send(&asking->link, address,
              STR("<" CTL_STATS " xmlns='" NS_LINK "'/>"));
}

static void on_up(void *ctx, struct str address, struct str node)
{
    if (address_parse(address, NULL) != ADDRESS_CTL)
        ask(ctx, address, node);
}

static void on_bound(void *ctx, struct str address)
{
    (void)address;
    ask(ctx, STR(ROUTER_ADDRESS), STR(ROUTER_NODE));
}

int stats_ask(struct ctl *ctl, stats_answered *on_answer, void *ctx)
{
    static const struct channel_events events = {
        .on_datagram = on_datagram, .on_bound = on_bound, .on_up = on_up};
    struct asking *asking = NEW(struct asking);
    size_t missing;
    bool connected;

    asking->on_answer = on_answer;
    asking->ctx = ctx;
    connected = link_run(&asking->link, ctl, &events, asking, WAIT_MS);
    missing = asking->count - asking->answered;
    free(asking);
    if (!connected)
        return EXIT_REFUSED;
    if (missing > 0)
        return ctl_refuse("%zu processes did not answer", missing);
    return EXIT_SUCCESS;
}

struct printing {
    bool json;
    size_t count;
};

static void print_answer(void *ctx, const struct xml *answer)
{
    struct printing *printing = ctx;
    struct str node = xml_get(answer, CTL_A_NODE);
    struct str pid = xml_get(answer, CTL_A_PID);
    const struct xml *c = xml_child(answer, STR_NONE, CTL_COUNTER);
    bool json = printing->json;

    if (json)
        printf("%s{\"node\": \"%.*s\", \"pid\": %.*s",
               printing->count++ ? ",\n " : "", STR_ARG(node), STR_ARG(pid));
    else
        printf("%.*s pid=%.*s", STR_ARG(node), STR_ARG(pid));
    for (; c; c = xml_next(c, STR_NONE, CTL_COUNTER))
        printf(json ? ", \"%.*s\": %.*s" : " %.*s=%.*s",
               STR_ARG(xml_get(c, CTL_A_NAME)),
               STR_ARG(xml_get(c, CTL_A_VALUE)));
    fputs(json ? "}" : "\n", stdout);
}

int show_status(struct ctl *ctl)
{
    struct printing printing = {.json = ctl->json};
    int status;

    if (ctl->json)
        putchar('[');
    status = stats_ask(ctl, print_answer, &printing);
    if (ctl->json)
        puts("]");
    return status;
}

/* Every daemon's counters, asked for over the link. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/daemon/daemon.h"
#include "common/link/control.h"
#include "common/node/node.h"
#include "common/stanza/stanza.h"
#include "ctl.h"

#define WAIT_MS   2000
#define MAX_NODES 256

/* One process, asked once however many addresses it has. */
struct peer {
    char name[64];
    bool has_answered;
};

struct asking {
    struct ctl *ctl;
    uv_loop_t loop;
    uv_timer_t timer;
    struct node *node;
    struct xml_parser *parser;
    char address[32];
    struct peer peers[MAX_NODES];
    size_t count, answered;
};

static void print_answer(struct asking *asking, const struct xml *answer)
{
    struct str node = xml_get(answer, CTL_A_NODE);
    struct str pid = xml_get(answer, CTL_A_PID);
    const struct xml *c = xml_child(answer, STR_NONE, CTL_COUNTER);
    bool json = asking->ctl->json;

    if (json)
        printf("%s{\"node\": \"%.*s\", \"pid\": %.*s",
               asking->answered > 1 ? ",\n " : "", STR_ARG(node), STR_ARG(pid));
    else
        printf("%.*s pid=%.*s", STR_ARG(node), STR_ARG(pid));
    for (; c; c = xml_next(c, STR_NONE, CTL_COUNTER))
        printf(json ? ", \"%.*s\": %.*s" : " %.*s=%.*s",
               STR_ARG(xml_get(c, CTL_A_NAME)),
               STR_ARG(xml_get(c, CTL_A_VALUE)));
    fputs(json ? "}" : "\n", stdout);
}

static void on_datagram(void *ctx, const struct frame *frame)
{
    struct asking *asking = ctx;
    struct arena arena = {0};
    const struct xml *answer = xml_parse(asking->parser, &arena, frame->body);
    struct str node = answer ? xml_get(answer, CTL_A_NODE) : STR_NONE;

    for (size_t i = 0; i < asking->count; i++) {
        struct peer *peer = &asking->peers[i];

        if (peer->has_answered || !str_is(node, peer->name))
            continue;
        peer->has_answered = true;
        asking->answered++;
        print_answer(asking, answer);
    }
    arena_clear(&arena);
    if (asking->answered == asking->count)
        uv_stop(&asking->loop);
}

static void ask(struct asking *asking, struct str address, struct str node)
{
    struct frame frame = {.body = STR("<" CTL_STATS " xmlns='" NS_LINK "'/>")};

    if (asking->count == MAX_NODES)
        return;
    for (size_t i = 0; i < asking->count; i++)
        if (str_is(node, asking->peers[i].name))
            return;
    snprintf(asking->peers[asking->count++].name, sizeof(asking->peers[0].name),
             "%.*s", STR_ARG(node));
    channels_send_datagram(node_channels(asking->node), str_of(asking->address),
                           address, &frame);
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

static void on_late(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

static void start(struct asking *asking, const char *socket)
{
    static const struct channel_events events = {
        .on_datagram = on_datagram, .on_bound = on_bound, .on_up = on_up};
    struct node_options options = {
        .socket_path = socket, .name = "ctl", .window_bytes = 1 << 20};

    uv_loop_init(&asking->loop);
    asking->parser = xml_parser_new(&(struct xml_limits){.max_stanza = 65536});
    address_write(asking->address, ADDRESS_CTL, (unsigned)getpid());
    asking->node = node_new(&asking->loop, &options, &events, asking);
    channels_bind(node_channels(asking->node), str_of(asking->address),
                  clock_epoch());
    uv_timer_init(&asking->loop, &asking->timer);
    uv_timer_start(&asking->timer, on_late, WAIT_MS, 0);
}

static void stop(struct asking *asking)
{
    uv_close((uv_handle_t *)&asking->timer, NULL);
    node_free(asking->node);
    uv_run(&asking->loop, UV_RUN_DEFAULT);
    uv_loop_close(&asking->loop);
    xml_parser_free(asking->parser);
}

int show_status(struct ctl *ctl)
{
    struct asking *asking = NEW(struct asking);
    const char *socket =
        ctl->state
            ? arena_printf(&ctl->arena, "%s/run/router.sock", ctl->state).p
            : "/run/posthouse/router.sock";
    size_t missing;
    bool connected;

    asking->ctl = ctl;
    start(asking, socket);
    if (ctl->json)
        putchar('[');
    uv_run(&asking->loop, UV_RUN_DEFAULT);
    connected = node_is_connected(asking->node);
    if (ctl->json)
        puts("]");
    stop(asking);
    missing = asking->count - asking->answered;
    free(asking);
    if (!connected)
        return ctl_refuse("no router answers at %s", socket);
    if (missing > 0)
        return ctl_refuse("%zu processes did not answer", missing);
    return EXIT_SUCCESS;
}

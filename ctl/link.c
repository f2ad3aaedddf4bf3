#include "link.h"

#include <unistd.h>

static const struct xml_limits limits = {.max_stanza = 65536};

static void on_late(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

void link_send(struct link *link, struct str to, struct str body)
{
    const struct frame frame = {.body = body};

    channels_send_datagram(node_channels(link->node), str_of(link->address), to,
                           &frame);
}

void link_stop(struct link *link)
{
    uv_stop(&link->loop);
}

static void start(struct link *link, const struct channel_events *events,
                  void *ctx, unsigned wait_ms)
{
    const struct node_options options = {
        .socket_path = link->socket, .name = "ctl", .window_bytes = 1 << 20};

    uv_loop_init(&link->loop);
    link->parser = xml_parser_new(&limits);
    address_write(link->address, ADDRESS_CTL, (unsigned)getpid());
    link->node = node_new(&link->loop, &options, events, ctx);
    channels_bind(node_channels(link->node), str_of(link->address),
                  clock_epoch());
    uv_timer_init(&link->loop, &link->timer);
    uv_timer_start(&link->timer, on_late, wait_ms, 0);
}

bool link_run(struct link *link, struct ctl *ctl,
              const struct channel_events *events, void *ctx, unsigned wait_ms)
{
    bool is_connected;

    link->socket =
        ctl->state
            ? arena_printf(&ctl->arena, "%s/run/router.sock", ctl->state).p
            : "/run/posthouse/router.sock";
    start(link, events, ctx, wait_ms);
    uv_run(&link->loop, UV_RUN_DEFAULT);
    is_connected = node_is_connected(link->node);
    uv_close((uv_handle_t *)&link->timer, NULL);
    node_free(link->node);
    uv_run(&link->loop, UV_RUN_DEFAULT);
    uv_loop_close(&link->loop);
    xml_parser_free(link->parser);
    if (!is_connected)
        ctl_refuse("no router answers at %s", link->socket);
    return is_connected;
}

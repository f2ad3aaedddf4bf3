#include "node.h"

#include <stdlib.h>

#include "../log/log.h"
#include "writer.h"

#define READ_BYTES      65536u
#define LEAST_BACKOFF   20u
#define LARGEST_BACKOFF 1000u
/* Acknowledgements go with the next frames; without any they wait so long. A
 * message that comes alone then wakes nobody a second time. */
#define ACK_DELAY_MS 5u
/* How long a restarted router may take until all others are back. */
#define SETTLE_MS 3000u

enum node_state { NODE_WAITING, NODE_CONNECTING, NODE_UP, NODE_CLOSING };

struct node {
    struct node_options options;
    char *name;
    char *path;
    uv_loop_t *loop;
    enum node_state state;
    uv_pipe_t pipe;
    uv_connect_t connect;
    uv_timer_t backoff;
    uv_timer_t settle;
    uv_timer_t acks;
    uv_prepare_t turn;
    unsigned backoff_ms;
    unsigned open_handles; /* of the timers and the turn, when freed */
    bool is_freed;
    struct buf in;
    struct buf out;
    struct writer writer;
    struct channels *channels;
    void (*on_turn)(void *ctx);
    void *turn_ctx;
};

static void start_connecting(uv_timer_t *timer);

static void free_if_closed(struct node *node)
{
    if (!node->is_freed || node->open_handles > 0 ||
        node->state != NODE_WAITING)
        return;
    channels_free(node->channels);
    buf_clear(&node->in);
    buf_clear(&node->out);
    free(node->name);
    free(node->path);
    free(node);
}

static void on_pipe_closed(uv_handle_t *handle)
{
    struct node *node = handle->data;

    node->state = NODE_WAITING;
    writer_clear(&node->writer);
    buf_clear(&node->in);
    buf_reset(&node->out);
    if (node->is_freed) {
        free_if_closed(node);
        return;
    }
    uv_timer_start(&node->backoff, start_connecting, node->backoff_ms, 0);
    node->backoff_ms *= 2;
    if (node->backoff_ms > LARGEST_BACKOFF)
        node->backoff_ms = LARGEST_BACKOFF;
}

static void close_pipe(struct node *node)
{
    if (node->state == NODE_WAITING || node->state == NODE_CLOSING)
        return;
    if (node->state == NODE_UP)
        channels_link_down(node->channels);
    uv_timer_stop(&node->settle);
    node->state = NODE_CLOSING;
    uv_close((uv_handle_t *)&node->pipe, on_pipe_closed);
}

static void lose_router(struct node *node, const char *reason)
{
    if (node->state == NODE_UP)
        log_event(LOG_LEVEL_WARN, "router-lost", LOG_TEXT("reason", reason));
    close_pipe(node);
}

static void take_item(struct node *node, const struct link_item *item)
{
    if (item->verb == LINK_REFUSED)
        log_event(LOG_LEVEL_ERROR, "address-refused",
                  LOG_STR("address", item->address),
                  LOG_STR("reason", item->reason));
    if (stats_is_question(item))
        stats_answer(&node->out, node->options.name, node->options.counters,
                     node->options.counter_count, &item->frame);
    else
        channels_receive(node->channels, item);
}

static void take_input(struct node *node)
{
    struct link_item item;
    size_t used;

    while (node->state == NODE_UP) {
        switch (link_scan(buf_view(&node->in), &item, &used)) {
        case LINK_ITEM:
            take_item(node, &item);
            buf_consume(&node->in, used);
            break;
        case LINK_MORE:
            return;
        case LINK_BAD:
            lose_router(node, "not-the-link");
            return;
        }
    }
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *room)
{
    struct node *node = handle->data;

    (void)suggested;
    *room = uv_buf_init(buf_reserve(&node->in, READ_BYTES), READ_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *room)
{
    struct node *node = stream->data;

    (void)room;
    if (count < 0) {
        lose_router(node, uv_err_name((int)count));
        return;
    }
    buf_added(&node->in, (size_t)count);
    take_input(node);
}

static void on_settled(uv_timer_t *timer)
{
    struct node *node = timer->data;

    node->backoff_ms = LEAST_BACKOFF;
    channels_settle(node->channels);
}

static void on_connected(uv_connect_t *request, int status)
{
    struct node *node = request->data;

    if (node->state != NODE_CONNECTING)
        return; /* freed meanwhile */
    if (status < 0 ||
        uv_read_start((uv_stream_t *)&node->pipe, give_room, on_read) != 0) {
        close_pipe(node);
        return;
    }
    node->state = NODE_UP;
    writer_begin(&node->writer, (uv_stream_t *)&node->pipe);
    buf_reset(&node->out);
    channels_link_up(node->channels, str_of(node->name));
    uv_timer_start(&node->settle, on_settled, SETTLE_MS, 0);
}

static void start_connecting(uv_timer_t *timer)
{
    struct node *node = timer->data;

    uv_pipe_init(node->loop, &node->pipe, 0);
    node->pipe.data = node;
    node->connect.data = node;
    node->state = NODE_CONNECTING;
    uv_pipe_connect(&node->connect, &node->pipe, node->path, on_connected);
}

/* The turn that follows writes them. */
static void on_acks_due(uv_timer_t *timer)
{
    struct node *node = timer->data;

    channels_flush_acks(node->channels);
}

static void write_acks(struct node *node)
{
    if (buf_len(&node->out) > 0)
        channels_flush_acks(node->channels);
    else if (channels_owe_acks(node->channels) &&
             !uv_is_active((uv_handle_t *)&node->acks))
        uv_timer_start(&node->acks, on_acks_due, ACK_DELAY_MS, 0);
}

/* Before the loop sleeps: all that this turn brought leaves in one write. */
static void on_loop_turn(uv_prepare_t *turn)
{
    struct node *node = turn->data;

    if (node->on_turn)
        node->on_turn(node->turn_ctx);
    if (node->state != NODE_UP)
        return;
    write_acks(node);
    if (!writer_flush(&node->writer, &node->out))
        lose_router(node, "write-failed");
}

struct node_options node_options_of(const struct daemon *daemon,
                                    const struct counter *counters,
                                    size_t count)
{
    return (struct node_options){
        .socket_path = daemon->router_path,
        .name = daemon->name,
        .window_bytes = (size_t)config_int(daemon->config, "link.window"),
        .counters = counters,
        .counter_count = count,
    };
}

struct node *node_new(uv_loop_t *loop, const struct node_options *options,
                      const struct channel_events *events, void *ctx)
{
    struct node *node = NEW(struct node);

    node->options = *options;
    node->name = str_dup_heap(str_of(options->name));
    node->path = str_dup_heap(str_of(options->socket_path));
    node->options.name = node->name;
    node->options.socket_path = node->path;
    node->loop = loop;
    node->backoff_ms = LEAST_BACKOFF;
    node->channels =
        channels_new(events, ctx, &node->out, options->window_bytes);
    uv_timer_init(loop, &node->backoff);
    uv_timer_init(loop, &node->settle);
    uv_timer_init(loop, &node->acks);
    uv_prepare_init(loop, &node->turn);
    node->backoff.data = node;
    node->settle.data = node;
    node->acks.data = node;
    node->turn.data = node;
    uv_prepare_start(&node->turn, on_loop_turn);
    start_connecting(&node->backoff);
    return node;
}

struct channels *node_channels(struct node *node)
{
    return node->channels;
}

void node_on_turn(struct node *node, void (*on_turn)(void *ctx), void *ctx)
{
    node->on_turn = on_turn;
    node->turn_ctx = ctx;
}

bool node_is_connected(const struct node *node)
{
    return node->state == NODE_UP;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct node *node = handle->data;

    node->open_handles--;
    free_if_closed(node);
}

void node_free(struct node *node)
{
    uv_handle_t *handles[4];

    if (!node)
        return;
    node->on_turn = NULL;
    channels_flush_acks(node->channels);
    on_loop_turn(&node->turn);
    node->is_freed = true;
    handles[0] = (uv_handle_t *)&node->backoff;
    handles[1] = (uv_handle_t *)&node->settle;
    handles[2] = (uv_handle_t *)&node->acks;
    handles[3] = (uv_handle_t *)&node->turn;
    node->open_handles = COUNT_OF(handles);
    close_pipe(node);
    for (size_t i = 0; i < COUNT_OF(handles); i++)
        uv_close(handles[i], on_handle_closed);
}

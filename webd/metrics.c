#include "metrics.h"

#include <stdlib.h>
#include <utlist.h>

#include "common/link/control.h"
#include "common/metrics/metrics.h"
#include "webd.h"

#define WAIT_MS     2000
#define MAX_NODES   256u
#define MAX_WAITING 16u /* scrapes at once */

struct node_name {
    char text[64];
    bool has_answered;
};

/* One request under way. */
struct collection {
    struct collection *prev, *next;
    struct http_exchange *exchange;
    uint64_t sid, deadline_ms;
    struct metrics_samples samples;
    struct node_name nodes[MAX_NODES];
    size_t count, answered;
};

/* --- asking --------------------------------------------------------------- */

static void ask(struct collection *collection, struct str address,
                struct str node)
{
    struct webd *webd = collection->exchange->webd;
    const struct frame frame = {
        .sid = collection->sid,
        .body = STR("<" CTL_STATS " xmlns='" NS_LINK "'/>")};
    char own[32];

    for (size_t i = 0; i < collection->count; i++)
        if (str_is(node, collection->nodes[i].text))
            return;
    if (collection->count == MAX_NODES)
        return;
    (void)snprintf(collection->nodes[collection->count++].text,
                   sizeof(collection->nodes[0].text), "%.*s", STR_ARG(node));
    channels_send_datagram(
        node_channels(webd->node),
        address_write(own, ADDRESS_WEB, webd->daemon.options.instance), address,
        &frame);
}

static void ask_daemon(void *ctx, struct str address, struct str node)
{
    if (address_parse(address, NULL) != ADDRESS_CTL)
        ask(ctx, address, node);
}

/* --- answering ------------------------------------------------------------ */

static void finish(struct collection *collection)
{
    struct buf text = {0};

    metrics_sort(&collection->samples);
    metrics_write(&text, &collection->samples);
    http_answer(collection->exchange, 200,
                "text/plain; version=0.0.4; charset=utf-8", buf_view(&text));
    buf_clear(&text);
}

static void on_gone(struct http_exchange *exchange)
{
    struct collection *collection = exchange->data;

    DL_DELETE(exchange->webd->metrics.running, collection);
    metrics_clear(&collection->samples);
    free(collection);
}

void metrics_handle(struct http_exchange *exchange)
{
    struct webd *webd = exchange->webd;
    struct collection *collection, *other;
    size_t waiting = 0;

    DL_COUNT(webd->metrics.running, other, waiting);
    if (waiting >= MAX_WAITING) {
        http_refuse(exchange, 503, "Too many ask at once");
        return;
    }
    collection = NEW(struct collection);
    collection->exchange = exchange;
    collection->sid = ++webd->metrics.last_sid;
    collection->deadline_ms = clock_monotonic_ms() + WAIT_MS;
    collection->samples.arena = &exchange->arena;
    DL_APPEND(webd->metrics.running, collection);
    exchange->data = collection;
    exchange->on_gone = on_gone;
    ask(collection, STR(ROUTER_ADDRESS), STR(ROUTER_NODE));
    channels_each_up(node_channels(webd->node), ask_daemon, collection);
}

/* Each process once, and only those that were asked. */
static bool is_awaited(struct collection *collection, struct str node)
{
    for (size_t i = 0; i < collection->count; i++) {
        struct node_name *name = &collection->nodes[i];

        if (name->has_answered || !str_is(node, name->text))
            continue;
        name->has_answered = true;
        collection->answered++;
        return true;
    }
    return false;
}

void metrics_receive(struct webd *webd, const struct frame *frame)
{
    struct collection *collection;
    const struct xml *answer;

    DL_SEARCH_SCALAR(webd->metrics.running, collection, sid, frame->sid);
    if (!collection || http_is_answered(collection->exchange))
        return;
    answer = xml_parse(webd->service.parser, &collection->exchange->arena,
                       frame->body);
    if (!answer || !xml_is(answer, NS_LINK_CONTROL, CTL_STATS_ANSWER) ||
        !is_awaited(collection, xml_get(answer, CTL_A_NODE)))
        return;
    metrics_add(&collection->samples, answer);
    if (collection->answered == collection->count)
        finish(collection);
}

void metrics_tick(struct webd *webd)
{
    uint64_t now = clock_monotonic_ms();
    struct collection *collection;

    DL_FOREACH(webd->metrics.running, collection)
    {
        if (collection->deadline_ms <= now &&
            !http_is_answered(collection->exchange))
            finish(collection);
    }
}

#include "api.h"

#include <stdlib.h>
#include <utlist.h>

#include "common/codec/codec.h"
#include "common/link/control.h"
#include "common/token/token.h"
#include "answer.h"
#include "webd/webd.h"

#define ANSWER_MS 30000
#define MAX_CALLS 256u

/* One request while sm is at work. */
struct api_call {
    struct api_call *prev, *next;
    struct http_exchange *exchange;
    struct api_plan plan;
    struct str token; /* in the exchange's arena */
    unsigned shard;
    unsigned step; /* under way */
    uint64_t sid, deadline_ms;
};

/* --- asking sm ------------------------------------------------------------ */

static struct xml *make_iq(struct arena *arena, const struct api_call *call)
{
    const struct api_step *step = &call->plan.steps[call->step];
    struct xml *iq = xml_new(arena, NS_CLIENT, STR("iq"));
    struct xml *command;

    xml_set(iq, STR("type"), step->command.p ? STR("set") : STR("get"));
    xml_set(iq, STR("id"), STR("api"));
    xml_set_lang(iq, text_tag(call->plan.language));
    if (call->plan.domain.len)
        xml_set(iq, STR("to"), call->plan.domain);
    command = xml_add(iq, NS_COMMANDS, STR("command"));
    if (!step->command.p)
        return iq;
    xml_set(command, STR("node"), step->command);
    xml_append(command, step->form);
    return iq;
}

/* False: that sm is not there. */
static bool ask(struct api_call *call)
{
    struct webd *webd = call->exchange->webd;
    struct channels *channels = node_channels(webd->node);
    struct arena *arena = &call->exchange->arena;
    struct xml *element = xml_new(arena, NS_LINK_CONTROL, STR(CTL_API));
    char own[32], remote[32];
    struct str to = address_write(remote, ADDRESS_SM, call->shard);
    struct buf bytes = {0};

    if (!channels_is_up(channels, to))
        return false;
    xml_set(element, STR(CTL_A_TOKEN), call->token);
    xml_set(element, STR(CTL_A_PEER), str_of(call->exchange->peer));
    xml_append(element, make_iq(arena, call));
    xml_write(&bytes, element, NS_CLIENT);
    call->sid = ++webd->api.last_sid;
    channel_send(
        channels_get(
            channels,
            address_write(own, ADDRESS_WEB, webd->daemon.options.instance), to),
        &(struct frame){.sid = call->sid, .body = buf_view(&bytes)}, NULL);
    buf_clear(&bytes);
    return true;
}

static void on_gone(struct http_exchange *exchange)
{
    struct api *api = &exchange->webd->api;
    struct api_call *call = exchange->data;

    DL_DELETE(api->calls, call);
    api->count--;
    free(call);
    exchange->data = NULL;
}

static void begin(struct http_exchange *exchange, const struct api_plan *plan,
                  struct str token, unsigned shard)
{
    struct api *api = &exchange->webd->api;
    struct api_call *call = NEW(struct api_call);

    *call = (struct api_call){.exchange = exchange,
                              .plan = *plan,
                              .token = token,
                              .shard = shard,
                              .deadline_ms = clock_monotonic_ms() + ANSWER_MS};
    DL_APPEND(api->calls, call);
    api->count++;
    exchange->data = call;
    exchange->on_gone = on_gone;
    if (!ask(call))
        api_refuse_as(exchange, 503, "service-unavailable",
                      "The session manager is away; nothing was done");
}

/* --- requests ------------------------------------------------------------- */

/* RFC 6750 §2.1. Absent: there is none. */
static struct str bearer_of(const struct http_exchange *exchange)
{
    struct str value = http_request_header(exchange, "Authorization");
    struct str scheme = str_cut(&value, ' ');

    if (http_request_header_count(exchange, "Authorization") != 1 ||
        !str_eq_nocase(scheme, STR("Bearer")))
        return STR_NONE;
    return value;
}

/* No form of a browser can send it to us in its user's name. */
static bool is_json(const struct http_exchange *exchange)
{
    struct str type = http_request_header(exchange, "Content-Type");

    return str_eq_nocase(str_cut(&type, ';'), STR(JSON_TYPE));
}

static void refuse_request(struct http_exchange *exchange,
                           const struct api_fault *fault)
{
    unsigned allowed = fault->allowed;

    if (allowed & HTTP_GET)
        allowed |= HTTP_HEAD;
    if (allowed)
        http_set_header(exchange, "Allow",
                        http_method_names(&exchange->arena, allowed));
    api_refuse_as(exchange, fault->status, fault->condition, fault->error.text);
}

void api_handle(struct http_exchange *exchange)
{
    struct api *api = &exchange->webd->api;
    const struct api_request request = {
        .method = exchange->method == HTTP_HEAD ? HTTP_GET : exchange->method,
        .path = exchange->rest,
        .query = exchange->query,
        .body = exchange->body,
        .language = exchange->language};
    struct str token = bearer_of(exchange);
    struct api_plan plan;
    struct api_fault fault;
    unsigned shard;

    api->requests++;
    if (!token_shard(token, &shard))
        api_refuse_as(exchange, 401, "not-authorized",
                      "Expected Authorization: Bearer and a token");
    else if (api->count >= MAX_CALLS)
        api_refuse_as(exchange, 429, "resource-constraint",
                      "Too many requests are under way");
    else if (exchange->body.len && !is_json(exchange))
        api_refuse_as(exchange, 415, "bad-request",
                      "Expected Content-Type: application/json");
    else if (!api_plan_read(&exchange->arena, &request, &plan, &fault))
        refuse_request(exchange, &fault);
    else
        begin(exchange, &plan, arena_dup(&exchange->arena, token), shard);
}

/* --- what comes back ------------------------------------------------------ */

static struct api_call *find(const struct api *api, uint64_t sid)
{
    struct api_call *call;

    DL_FOREACH(api->calls, call)
    if (call->sid == sid && !http_is_answered(call->exchange))
        return call;
    return NULL;
}

static void take_answer(struct api_call *call, const struct xml *iq)
{
    struct http_exchange *exchange = call->exchange;
    struct api_reply reply;

    if (iq_type(iq) == IQ_RESULT && call->step + 1 < call->plan.count) {
        call->step++;
        if (!ask(call))
            api_refuse_as(exchange, 503, "service-unavailable",
                          "The session manager is away; a part is done");
        return;
    }
    api_reply_make(&exchange->arena, &call->plan, iq, &reply);
    api_answer(exchange, &reply);
}

void api_receive(struct webd *webd, const struct frame *frame)
{
    struct api_call *call = find(&webd->api, frame->sid);
    const struct xml *answer, *iq;

    if (!call)
        return; /* whoever asked has gone */
    answer = xml_parse(webd->api.parser, &call->exchange->arena, frame->body);
    iq = answer && xml_is(answer, NS_LINK_CONTROL, CTL_ANSWER)
             ? xml_child(answer, NS_CLIENT, "iq")
             : NULL;
    if (iq)
        take_answer(call, iq);
    else
        api_refuse_as(call->exchange, 500, "internal-server-error",
                      "The session manager answered nonsense");
}

void api_tick(struct webd *webd)
{
    uint64_t now_ms = clock_monotonic_ms();
    struct api_call *call;

    DL_FOREACH(webd->api.calls, call)
    if (now_ms >= call->deadline_ms && !http_is_answered(call->exchange))
        api_refuse_as(call->exchange, 503, "remote-server-timeout",
                      "There was no answer in time; it may still be done");
}

void api_init(struct api *api)
{
    size_t seed;

    api->parser = xml_parser_new(
        &(struct xml_limits){.max_depth = 64, .max_stanza = LINK_MAX_FRAME});
    /* Numbers of an earlier process must not be taken for ours. */
    random_bytes(&api->last_sid, sizeof(api->last_sid));
    api->last_sid >>= 16;
    random_bytes(&seed, sizeof(seed));
    json_object_seed(seed | 1);
}

void api_clear(struct api *api)
{
    if (api->parser)
        xml_parser_free(api->parser);
    api->parser = NULL;
}

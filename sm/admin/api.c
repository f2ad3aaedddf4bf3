#include "sm/admin/api.h"

#include <stdlib.h>
#include <utlist.h>

#include "common/link/control.h"
#include "common/log/log.h"
#include "common/token/token.h"
#include "sm/admin/api_gate.h"
#include "sm/admin/api_internal.h"
#include "sm/control.h"
#include "sm/store/store.h"

#define MAX_UNDER_WAY 128u
#define TOKEN_MS      10000 /* for the database to tell of a token */

struct api {
    struct api_gate gate;
    struct api_call *calls;
    unsigned count;
};

static struct api *api_of(struct sm *sm)
{
    if (!sm->api)
        sm->api = NEW(struct api);
    return sm->api;
}

/* --- answering ------------------------------------------------------------ */

static void send_answer(struct sm *sm, struct duty *duty,
                        struct channel *channel, uint64_t sid,
                        const struct xml *iq)
{
    struct xml *answer = control_new(sm, CTL_ANSWER);
    struct frame frame = {.sid = sid};

    xml_append(answer, xml_dup(&sm->arena, iq));
    buf_reset(&sm->out);
    xml_write(&sm->out, answer, NS_CLIENT);
    frame.body = buf_view(&sm->out);
    /* Discharged when webd has it: should we die before, it is done again. */
    duty_hold(duty);
    channel_send(channel, &frame, duty);
}

static void refuse(struct sm *sm, struct duty *duty, struct channel *channel,
                   uint64_t sid, const struct xml *iq,
                   enum stanza_error condition, const char *text)
{
    struct xml *reply = stanza_error_reply(&sm->arena, iq, condition, text);

    if (reply)
        send_answer(sm, duty, channel, sid, reply);
}

static void call_free(struct api_call *call)
{
    struct api *api = call->sm->api;

    DL_DELETE(api->calls, call);
    api->count--;
    arena_clear(&call->arena);
    free(call);
}

void api_call_end(struct api_call *call)
{
    duty_drop(call->duty);
    call_free(call);
}

void api_call_refuse(struct api_call *call, enum stanza_error condition,
                     const char *text)
{
    refuse(call->sm, call->duty, call->channel, call->sid, call->iq, condition,
           text);
}

void api_call_answer(struct api_call *call, const struct xml *result)
{
    send_answer(call->sm, call->duty, call->channel, call->sid, result);
    api_call_end(call);
}

/* --- judging the token ---------------------------------------------------- */

/* A token that stands in the database holds where its administrator is. */
static bool is_ours(const struct api_call *call)
{
    char address[32];
    struct jid jid;

    return call->token_name.p &&
           jid_parse(&jid, &call->sm->arena, call->administrator) &&
           sm_owns(call->sm, jid.bare) &&
           str_eq(channel_local(call->channel), sm_address(address, jid.bare));
}

static void take_row(struct api_call *call, const struct store_row *row)
{
    call->token_name = arena_dup(&call->arena, row->columns[0]);
    call->administrator = arena_dup(&call->arena, row->columns[1]);
    call->commands = arena_dup(&call->arena, row->columns[2]);
}

static void judge(struct api_call *call)
{
    struct sm *sm = call->sm;
    bool is_right = is_ours(call);

    if (is_right) {
        api_call_run(call);
        return;
    }
    api_gate_count(&sm->api->gate, sm->steady_ms);
    log_event(LOG_LEVEL_WARN, "api-refused", LOG_STR("peer", call->peer),
              LOG_TEXT("reason", "unknown-token"));
    api_call_refuse(call, ERR_NOT_AUTHORIZED, "The token does not hold");
    api_call_end(call);
}

static void on_token(void *ctx, const struct store_row *row, bool ok)
{
    struct api_call *call = ctx;

    if (row) {
        take_row(call, row);
        return;
    }
    if (call->is_answered) {
        api_call_end(call);
    } else if (ok) {
        call->is_looked_for = false;
        judge(call);
    } else {
        api_call_refuse(call, ERR_INTERNAL_SERVER_ERROR,
                        "The database does not tell of tokens");
        api_call_end(call);
    }
}

/* --- requests ------------------------------------------------------------- */

static struct api_call *call_new(struct sm *sm, struct duty *duty,
                                 struct channel *channel, uint64_t sid,
                                 const struct xml *iq)
{
    struct api_call *call = NEW(struct api_call);

    call->sm = sm;
    call->duty = duty;
    call->channel = channel;
    call->sid = sid;
    call->iq = xml_dup(&call->arena, iq);
    call->until_ms = sm->steady_ms + TOKEN_MS;
    duty_hold(duty);
    DL_APPEND(sm->api->calls, call);
    sm->api->count++;
    return call;
}

/* Why it is not even looked at; NULL: it is. */
static const char *too_much(struct sm *sm, struct str hash)
{
    if (sm->api->count >= MAX_UNDER_WAY)
        return "Too many requests are under way";
    if (!api_gate_admits(&sm->api->gate, hash, sm->steady_ms))
        return "Too many wrong tokens; wait a minute";
    return NULL;
}

static void look_for(struct sm *sm, struct duty *duty, struct channel *channel,
                     uint64_t sid, const struct xml *iq, struct str hash,
                     struct str peer)
{
    struct api_call *call = call_new(sm, duty, channel, sid, iq);

    call->hash = arena_dup(&call->arena, hash);
    call->peer = arena_dup(&call->arena, peer.p ? peer : STR(""));
    call->is_looked_for = true;
    store_token_use(sm->store, call->hash, on_token, call);
}

bool api_receive(struct sm *sm, struct duty *duty, struct channel *channel,
                 const struct frame *frame, const struct xml *element)
{
    const struct xml *iq = xml_child(element, NS_CLIENT, "iq");
    struct str token = xml_get(element, CTL_A_TOKEN), hash;
    const char *why;
    unsigned shard;

    if (!xml_is(element, NS_LINK_CONTROL, CTL_API) || !iq ||
        (iq_type(iq) != IQ_GET && iq_type(iq) != IQ_SET) || !iq_payload(iq))
        return false;
    (void)api_of(sm);
    hash = token_hash(&sm->arena, token);
    why = too_much(sm, hash);
    if (why)
        refuse(sm, duty, channel, frame->sid, iq, ERR_RESOURCE_CONSTRAINT, why);
    else if (!token_shard(token, &shard))
        refuse(sm, duty, channel, frame->sid, iq, ERR_NOT_AUTHORIZED,
               "This is no token");
    else
        look_for(sm, duty, channel, frame->sid, iq, hash,
                 xml_get(element, CTL_A_PEER));
    return true;
}

void api_token_take(struct sm *sm, const struct store_row *row, bool ok)
{
    api_gate_take(&api_of(sm)->gate, row ? row->columns[0] : STR_NONE, ok);
}

void api_tick(struct sm *sm)
{
    struct api_call *call;

    if (!sm->api)
        return;
    DL_FOREACH(sm->api->calls, call)
    {
        if (!call->is_looked_for || call->is_answered ||
            sm->steady_ms < call->until_ms)
            continue;
        call->is_answered = true;
        api_call_refuse(call, ERR_REMOTE_SERVER_TIMEOUT,
                        "The database does not answer; nothing was done");
    }
}

void api_clear(struct sm *sm)
{
    if (!sm->api)
        return;
    while (sm->api->calls)
        call_free(sm->api->calls);
    api_gate_clear(&sm->api->gate);
    free(sm->api);
    sm->api = NULL;
}

#include "sm/admin/api.h"

#include <stdlib.h>
#include <utlist.h>

#include "common/link/control.h"
#include "common/log/log.h"
#include "common/token/token.h"
#include "sm/admin/api_gate.h"
#include "sm/admin/command_internal.h"
#include "sm/control.h"
#include "sm/query/iq.h"
#include "sm/store/store.h"

#define MAX_UNDER_WAY 128u
#define TOKEN_MS      10000 /* for the database to tell of a token */

/* One request of webd. */
struct api_call {
    struct api_call *prev, *next;
    struct sm *sm;
    struct duty *duty;
    struct channel *channel;
    uint64_t sid;
    struct arena arena;
    struct xml *iq;
    struct str hash, peer;
    struct str token_name, administrator;
    struct str commands; /* separated by spaces; absent: all */
    int64_t until_ms;
    bool is_looked_for; /* the store has been asked for the token */
    bool is_answered;
};

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

/* --- answering
 * ------------------------------------------------------------------
 */

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

static void call_end(struct api_call *call)
{
    duty_drop(call->duty);
    call_free(call);
}

static void call_refuse(struct api_call *call, enum stanza_error condition,
                        const char *text)
{
    refuse(call->sm, call->duty, call->channel, call->sid, call->iq, condition,
           text);
}

/* For the command's request: its answer. */
static void on_answer(void *ctx, const struct xml *result)
{
    struct api_call *call = ctx;

    send_answer(call->sm, call->duty, call->channel, call->sid, result);
    call_end(call);
}

/* --- what the token may do
 * --------------------------------------------------------
 */

static bool may_call(const struct api_call *call, const char *name)
{
    struct str rest = call->commands;

    if (!rest.p)
        return true;
    while (rest.len)
        if (str_is(str_cut(&rest, ' '), name))
            return true;
    return false;
}

static bool is_wanted(const void *ctx, const struct command *command)
{
    return may_call(ctx, command->node);
}

/* What is wrong with the filled form, for whoever made it; NULL: nothing. */
static const char *form_fault(struct arena *arena,
                              const struct command *command,
                              const struct xml *form)
{
    const struct xml *field;
    const struct command_field *row;

    for (field = xml_child(form, NS_DATA, "field"); field;
         field = xml_next(field, NS_DATA, "field")) {
        struct str name = xml_get(field, "var");

        for (row = command->fields; row->name && !str_is(name, row->name);)
            row++;
        if (!row->name)
            return arena_printf(arena, "%.*s: there is no such field",
                                STR_ARG(name))
                .p;
    }
    for (row = command->fields; row->name; row++)
        if (row->is_required && !form_value(form, row->name).p)
            return arena_printf(arena, "%s: is required", row->name).p;
    return NULL;
}

static void run(struct api_call *call, struct iq_request *request)
{
    const struct command *command =
        command_find_name(xml_get(request->payload, "node"));
    const struct xml *form = form_of(request->payload, "submit");
    const char *fault;

    if (!command)
        iq_refuse(request, ERR_ITEM_NOT_FOUND, "There is no such command");
    else if (!may_call(call, command->node))
        iq_refuse(request, ERR_FORBIDDEN, "The token is not for this command");
    else if (!form)
        iq_refuse(request, ERR_BAD_REQUEST, "Expected a form");
    else if ((fault = form_fault(request->arena, command, form)))
        iq_refuse(request, ERR_BAD_REQUEST, fault);
    else {
        xml_set(request->payload, STR("node"),
                command_node(request->arena, command));
        handle_command(request);
    }
}

/* The domain that is administered. */
static bool read_domain(const struct api_call *call, struct jid *to,
                        const struct jid *from)
{
    struct str domain = xml_get(call->iq, "to");

    return jid_parse(to, &call->sm->arena, domain.p ? domain : from->domain) &&
           !to->local.len && !to->resource.len &&
           sm_serves(call->sm, to->domain);
}

/* In the administrator's name. */
static void begin(struct api_call *call)
{
    struct sm *sm = call->sm;
    struct iq_request request = {.sm = sm,
                                 .duty = call->duty,
                                 .arena = &sm->arena,
                                 .place = IQ_AT_SERVER,
                                 .answered = on_answer,
                                 .answered_ctx = call};

    request.iq = xml_dup(&sm->arena, call->iq);
    request.payload = iq_payload(request.iq);
    if (!jid_parse(&request.from, &sm->arena, call->administrator) ||
        !read_domain(call, &request.to, &request.from)) {
        call_refuse(call, ERR_ITEM_NOT_FOUND, "This domain is not served here");
        call_end(call);
        return;
    }
    xml_set(request.iq, STR("from"), request.from.full);
    xml_set(request.iq, STR("to"), request.to.full);
    log_event(LOG_LEVEL_INFO, "api", LOG_STR("token", call->token_name),
              LOG_STR("by", request.from.bare),
              LOG_STR("command", xml_get(request.payload, "node")),
              LOG_STR("peer", call->peer));
    if (iq_type(request.iq) == IQ_GET)
        command_list_forms(&request, is_wanted, call);
    else
        run(call, &request);
}

/* --- judging the token
 * --------------------------------------------------------
 */

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
        begin(call);
        return;
    }
    api_gate_count(&sm->api->gate, sm->steady_ms);
    log_event(LOG_LEVEL_WARN, "api-refused", LOG_STR("peer", call->peer),
              LOG_TEXT("reason", "unknown-token"));
    call_refuse(call, ERR_NOT_AUTHORIZED, "The token does not hold");
    call_end(call);
}

static void on_token(void *ctx, const struct store_row *row, bool ok)
{
    struct api_call *call = ctx;

    if (row) {
        take_row(call, row);
        return;
    }
    if (call->is_answered) {
        call_end(call);
    } else if (ok) {
        call->is_looked_for = false;
        judge(call);
    } else {
        call_refuse(call, ERR_INTERNAL_SERVER_ERROR,
                    "The database does not tell of tokens");
        call_end(call);
    }
}

/* --- requests
 * ----------------------------------------------------------------- */

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
        call_refuse(call, ERR_REMOTE_SERVER_TIMEOUT,
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

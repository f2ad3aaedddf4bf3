/* What a program asks for, in its administrator's name. */
#include "common/log/log.h"
#include "sm/admin/api_internal.h"
#include "sm/admin/command_internal.h"
#include "sm/query/iq.h"

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
    return command->users != FOR_EVERYBODY && may_call(ctx, command->node);
}

/* For the command's request: its answer. */
static void on_answer(void *ctx, const struct xml *result)
{
    api_call_answer(ctx, result);
}

/* What is wrong with the filled form, for whoever made it; NULL: nothing. */
static const char *form_fault(const struct iq_request *request,
                              const struct command *command,
                              const struct xml *form)
{
    enum language language = stanza_language(request->iq);
    struct arena *arena = request->arena;
    const struct xml *field;
    const struct command_field *row;

    for (field = xml_child(form, NS_DATA, "field"); field;
         field = xml_next(field, NS_DATA, "field")) {
        struct str name = xml_get(field, "var");

        for (row = command->fields; row->name && !str_is(name, row->name);)
            row++;
        if (!row->name)
            return arena_printf(
                       arena, text_in(language, "%.*s: there is no such field"),
                       STR_ARG(name))
                .p;
    }
    for (row = command->fields; row->name; row++)
        if (row->is_required && !form_value(form, row->name).p)
            return arena_printf(arena, text_in(language, "%s: is required"),
                                row->name)
                .p;
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
    else if ((fault = form_fault(request, command, form)))
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

void api_call_run(struct api_call *call)
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
        api_call_refuse(call, ERR_ITEM_NOT_FOUND,
                        "This domain is not served here");
        api_call_end(call);
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

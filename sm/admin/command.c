/* The protocol around the table of commands (command_table.c). */
#include "sm/admin/command.h"

#include "sm/admin/command_internal.h"
#include "common/log/log.h"
#include "sm/admin/permit.h"

struct str command_namespace(const struct command *command)
{
    if (command->users == FOR_EVERYBODY)
        return NS_QUIET;
    return command->is_own ? NS_OWN_ADMIN : NS_ADMIN;
}

const struct command *command_find(struct str node)
{
    struct str ns = str_cut(&node, '#');

    for (size_t i = 0; i < command_count; i++)
        if (str_is(node, commands[i].node) &&
            str_eq(ns, command_namespace(&commands[i])))
            return &commands[i];
    return NULL;
}

const struct command *command_find_name(struct str name)
{
    for (size_t i = 0; i < command_count; i++)
        if (commands[i].users != FOR_EVERYBODY &&
            str_is(name, commands[i].node))
            return &commands[i];
    return NULL;
}

/* Who is an administrator of less than the suite, or speaks to many, is so in
 * his own domain. */
bool command_may_use(const struct sm *sm, const struct jid *who,
                     struct str domain, const struct command *command)
{
    if (!sm_serves(sm, who->domain))
        return false;
    if (sm_is_admin(sm, who->bare))
        return true;
    if (!str_eq(who->domain, domain))
        return false;
    switch (command->users) {
    case FOR_ADMINISTRATORS:
        return false;
    case FOR_DEPARTMENT_ADMINISTRATORS:
        return administers_something(sm, who->bare);
    case FOR_SPEAKERS:
        return administers_something(sm, who->bare) ||
               permit(sm, who->bare, MAY_BROADCAST);
    case FOR_EVERYBODY:
        return true;
    }
    return false;
}

static void run(struct iq_request *request, const struct command *command)
{
    const struct xml *form = form_of(request->payload, "submit");

    if (!form && command->fields[0].name) {
        command_ask(request, command);
        return;
    }
    log_event(LOG_LEVEL_INFO, "command", LOG_STR("by", request->from.bare),
              LOG_STR("command", str_of(command->node)));
    command->run(request, command, form);
}

/* XEP-0050 §3.4, §4.4: every command here has one step. */
static bool is_action(struct str action)
{
    return !action.len || str_is(action, "execute") ||
           str_is(action, "complete") || str_is(action, "cancel");
}

static void refuse_action(struct iq_request *request, struct str action)
{
    static const char *const known[] = {"next", "prev"};
    struct xml *reply =
        stanza_error_reply(request->arena, request->iq, ERR_BAD_REQUEST, NULL);
    bool is_known = false;

    for (size_t i = 0; i < COUNT_OF(known); i++)
        is_known |= str_is(action, known[i]);
    if (reply)
        xml_add(xml_child(reply, NS_CLIENT, "error"), NS_COMMANDS,
                is_known ? STR("bad-action") : STR("malformed-action"));
    if (reply)
        iq_answer(request, reply);
}

void handle_command(struct iq_request *request)
{
    const struct command *command =
        command_find(xml_get(request->payload, "node"));
    struct str action = xml_get(request->payload, "action");

    if (!command)
        iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
    else if (!command_may_use(request->sm, &request->from, request->to.domain,
                              command))
        iq_refuse(request, ERR_FORBIDDEN, "This is for administrators");
    else if (!is_action(action))
        refuse_action(request, action);
    else if (str_is(action, "cancel"))
        command_answer(request, "canceled");
    else
        run(request, command);
}

struct str command_node(struct arena *arena, const struct command *command)
{
    return arena_printf(arena, "%.*s#%s", STR_ARG(command_namespace(command)),
                        command->node);
}

static bool is_list(const struct iq_request *request)
{
    return str_eq(xml_get(request->payload, "node"), NS_COMMANDS);
}

static void list(struct iq_request *request)
{
    struct xml *result = iq_make_result(request);
    struct xml *query = xml_add(result, NS_DISCO_ITEMS, STR("query"));

    xml_set(query, STR("node"), NS_COMMANDS);
    stanza_tell_language(query, request->iq);
    for (size_t i = 0; i < command_count; i++) {
        struct xml *item;

        if (!command_may_use(request->sm, &request->from, request->to.domain,
                             &commands[i]))
            continue;
        item = xml_add(query, NS_DISCO_ITEMS, STR("item"));
        xml_set(item, STR("jid"), request->to.domain);
        xml_set(item, STR("node"), command_node(request->arena, &commands[i]));
        xml_set(item, STR("name"), stanza_text(request->iq, commands[i].name));
    }
    iq_answer(request, result);
}

void command_list_forms(struct iq_request *request,
                        bool (*is_wanted)(const void *ctx,
                                          const struct command *command),
                        const void *ctx)
{
    struct xml *result = iq_make_result(request);
    struct xml *all = xml_add(result, NS_OWN_ADMIN, STR("commands"));

    for (size_t i = 0; i < command_count; i++) {
        const struct command *command = &commands[i];
        struct xml *one;

        if (!is_wanted(ctx, command) ||
            !command_may_use(request->sm, &request->from, request->to.domain,
                             command))
            continue;
        one = xml_add(all, NS_COMMANDS, STR("command"));
        xml_set(one, STR("node"), command_node(request->arena, command));
        xml_set(one, STR("name"), stanza_text(request->iq, command->name));
        command_add_form(one, request, command);
    }
    iq_answer(request, result);
}

static void describe(struct iq_request *request, const char *type,
                     const char *name)
{
    struct xml *result = iq_make_result(request);
    struct xml *query = xml_add(result, NS_DISCO_INFO, STR("query"));

    xml_set(query, STR("node"), xml_get(request->payload, "node"));
    stanza_tell_language(disco_identity(query, "automation", type,
                                        stanza_text(request->iq, name)),
                         request->iq);
    disco_feature(query, NS_COMMANDS);
    disco_feature(query, NS_DATA);
    iq_answer(request, result);
}

bool commands_discovered(struct iq_request *request)
{
    const struct command *command =
        command_find(xml_get(request->payload, "node"));
    bool is_info = str_eq(request->payload->ns, NS_DISCO_INFO);

    if (request->place != IQ_AT_SERVER || (!is_list(request) && !command))
        return false;
    if (!is_info && command)
        iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
    else if (!is_info)
        list(request);
    else if (command)
        describe(request, "command-node", command->name);
    else
        describe(request, "command-list", "Commands");
    return true;
}

#include "command.h"

#include <stdio.h>

#include "common/log/log.h"
#include "common/service/service.h"
#include "permit.h"
#include "store.h"

#define MAX_TARGETS 100u
#define ADMIN       "http://jabber.org/protocol/admin"

struct command;
typedef void command_run(struct iq_request *request,
                         const struct command *command, const struct xml *form);

/* Each asks for one thing, and does it. */
struct command {
    const char *node;
    const char *name;
    const char *field, *type, *label;
    command_run *run;
    /* of what is done to an account */
    void (*change)(struct store *store, struct store_user user,
                   store_done *done, void *ctx);
};

static void enable(struct store *store, struct store_user user,
                   store_done *done, void *ctx)
{
    store_account_enable(store, user, true, done, ctx);
}

static void disable(struct store *store, struct store_user user,
                    store_done *done, void *ctx)
{
    store_account_enable(store, user, false, done, ctx);
}

static command_run change_accounts, announce;

static const struct command commands[] = {
    {ADMIN "#disable-user", "Disable users", "accountjids", "jid-multi",
     "Whom to disable", change_accounts, disable},
    {ADMIN "#reenable-user", "Re-enable users", "accountjids", "jid-multi",
     "Whom to enable again", change_accounts, enable},
    {ADMIN "#announce", "Write to all who are online", "announcement",
     "text-multi", "What to say", announce, NULL},
};

static const struct command *find(struct str node)
{
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        if (str_is(node, commands[i].node))
            return &commands[i];
    return NULL;
}

/* --- who may ---------------------------------------------------------------- */

static bool administers_something(const struct sm *sm, const struct jid *who)
{
    const struct directory_person *person =
        directory_find(sm->directory, who->bare);
    const struct directory_membership *mine;

    if (!person)
        return false;
    for (mine = person->memberships; mine; mine = mine->next_of_person)
        if (mine->is_admin)
            return true;
    return false;
}

static bool may_use(const struct sm *sm, const struct jid *who,
                    const struct command *command)
{
    if (!sm_serves(sm, who->domain))
        return false;
    if (sm_is_admin(sm, who->bare))
        return true;
    return command->change ? administers_something(sm, who)
                           : permit(sm, who->bare, MAY_BROADCAST);
}

/* Administrators, for all; those of a department for the people in and below
 * it, who are in no department beyond. */
static bool may_change(const struct sm *sm, const struct jid *who,
                       const struct jid *whom)
{
    const struct directory_person *person =
        directory_find(sm->directory, whom->bare);
    const struct directory_membership *theirs;

    if (sm_is_admin(sm, who->bare))
        return true;
    if (!person || !person->memberships || sm_is_admin(sm, whom->bare))
        return false;
    for (theirs = person->memberships; theirs; theirs = theirs->next_of_person)
        if (!directory_administers(directory_find(sm->directory, who->bare),
                                   theirs->department))
            return false;
    return true;
}

/* --- forms ------------------------------------------------------------------ */

static struct xml *add_field(struct xml *form, const char *type,
                             const char *name)
{
    struct xml *field = xml_add(form, NS_DATA, STR("field"));

    xml_set(field, STR("type"), str_of(type));
    xml_set(field, STR("var"), str_of(name));
    return field;
}

static struct xml *answer_command(struct iq_request *request,
                                  const char *status, struct xml **result)
{
    struct xml *element;
    struct str session = xml_get(request->payload, "sessionid");

    *result = iq_make_result(request);
    element = xml_add(*result, NS_COMMANDS, STR("command"));
    xml_set(element, STR("node"), xml_get(request->payload, "node"));
    xml_set(element, STR("sessionid"),
            session.len ? session : stanza_new_id(request->arena));
    xml_set(element, STR("status"), str_of(status));
    return element;
}

static void ask(struct iq_request *request, const struct command *command)
{
    struct xml *result;
    struct xml *element = answer_command(request, "executing", &result);
    struct xml *actions = xml_add(element, NS_COMMANDS, STR("actions"));
    struct xml *form = xml_add(element, NS_DATA, STR("x")), *field;

    xml_set(actions, STR("execute"), STR("complete"));
    xml_add(actions, NS_COMMANDS, STR("complete"));
    xml_set(form, STR("type"), STR("form"));
    xml_add_leaf(form, NS_DATA, STR("title"), str_of(command->name));
    xml_add_leaf(add_field(form, "hidden", "FORM_TYPE"), NS_DATA, STR("value"),
                 STR(ADMIN));
    field = add_field(form, command->type, command->field);
    xml_set(field, STR("label"), str_of(command->label));
    xml_add(field, NS_DATA, STR("required"));
    iq_answer(request, result);
}

static void done(struct iq_request *request, const char *text)
{
    struct xml *result;
    struct xml *element = answer_command(request, "completed", &result);

    xml_set(xml_add_leaf(element, NS_COMMANDS, STR("note"), str_of(text)),
            STR("type"), STR("info"));
    iq_answer(request, result);
}

static const struct xml *find_field(const struct xml *form, const char *name)
{
    const struct xml *field = xml_child(form, NS_DATA, "field");

    while (field && !str_is(xml_get(field, "var"), name))
        field = xml_next(field, NS_DATA, "field");
    return field;
}

/* --- what is done to accounts ------------------------------------------------ */

/* All of them, or none: nothing is done before each is found allowed. */
static bool read_targets(struct iq_request *request,
                         const struct command *command, const struct xml *form,
                         struct jid targets[MAX_TARGETS], size_t *count)
{
    const struct xml *field = find_field(form, command->field);
    const struct xml *value = field ? xml_child(field, NS_DATA, "value") : NULL;

    *count = 0;
    for (; value; value = xml_next(value, NS_DATA, "value")) {
        struct jid *target = &targets[*count];

        if (*count == MAX_TARGETS ||
            !jid_parse(target, request->arena, xml_text(value)) ||
            !target->local.len ||
            !str_eq(target->domain, request->to.domain)) {
            iq_refuse(request, ERR_BAD_REQUEST,
                      "Addresses of users of this domain, 100 at most");
            return false;
        }
        if (!may_change(request->sm, &request->from, target)) {
            iq_refuse(request, ERR_FORBIDDEN,
                      "This user is not of your departments");
            return false;
        }
        ++*count;
    }
    if (*count == 0)
        iq_refuse(request, ERR_BAD_REQUEST, "Whom?");
    return *count > 0;
}

/* request->number counts those under way; a result in it is a failure. */
static void on_changed(void *ctx, bool ok)
{
    struct iq_request *request = ctx;

    if (!ok && !request->result)
        request->result = stanza_error_reply(request->arena, request->iq,
                                             ERR_ITEM_NOT_FOUND,
                                             "There is no such user");
    if (--request->number > 0)
        return;
    if (request->result)
        iq_answer(request, request->result);
    else
        done(request, "Done");
}

static void change_accounts(struct iq_request *request,
                            const struct command *command,
                            const struct xml *form)
{
    struct jid targets[MAX_TARGETS];
    struct iq_request *kept;
    size_t count;

    if (!read_targets(request, command, form, targets, &count))
        return;
    kept = iq_keep(request);
    kept->number = count;
    for (size_t i = 0; i < count; i++) {
        log_event(LOG_LEVEL_INFO, "administered",
                  LOG_STR("by", request->from.bare),
                  LOG_STR("command", str_of(command->node)),
                  LOG_STR("jid", targets[i].bare));
        command->change(request->sm->store, store_user(&targets[i]),
                        on_changed, kept);
    }
}

/* --- what is said to all ----------------------------------------------------- */

static void on_announced(void *ctx, bool ok)
{
    if (ok)
        done(ctx, "It is on its way");
    else
        iq_refuse(ctx, ERR_INTERNAL_SERVER_ERROR, NULL);
}

static struct str text_of(struct arena *arena, const struct xml *field)
{
    const struct xml *value = field ? xml_child(field, NS_DATA, "value") : NULL;
    struct buf text = {0};
    struct str joined;

    for (; value; value = xml_next(value, NS_DATA, "value")) {
        if (buf_len(&text))
            buf_add_char(&text, '\n');
        buf_add(&text, xml_text(value));
    }
    joined = arena_dup(arena, buf_view(&text));
    buf_clear(&text);
    return joined;
}

static void announce(struct iq_request *request, const struct command *command,
                     const struct xml *form)
{
    struct sm *sm = request->sm;
    struct str text = text_of(request->arena, find_field(form, command->field));
    struct xml *message = xml_new(request->arena, NS_CLIENT, STR("message"));
    struct buf bytes = {0};

    if (!text.len) {
        iq_refuse(request, ERR_BAD_REQUEST, "There is nothing to say");
        return;
    }
    xml_set(message, STR("from"), request->to.domain);
    xml_set(message, STR("type"), STR("headline"));
    xml_add_leaf(message, NS_CLIENT, STR("body"), text);
    xml_write(&bytes, message, NS_CLIENT);
    store_broadcast_add(
        sm->store,
        &(struct store_broadcast){
            .sender = {request->to.domain, request->from.local},
            .target = arena_printf(request->arena, "online@%.*s",
                                   STR_ARG(request->to.domain)),
            .shard = jid_shard(request->from.bare),
            .origin = duty_origin(request->duty, request->arena),
            .stanza = buf_view(&bytes)},
        on_announced, iq_keep(request));
    buf_clear(&bytes);
}

/* --- the protocol ------------------------------------------------------------ */

void handle_command(struct iq_request *request)
{
    const struct command *command = find(xml_get(request->payload, "node"));
    const struct xml *form = xml_child(request->payload, NS_DATA, "x");
    struct str action = xml_get(request->payload, "action");
    struct xml *result;

    if (!command) {
        iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
    } else if (!may_use(request->sm, &request->from, command)) {
        iq_refuse(request, ERR_FORBIDDEN, "This is for administrators");
    } else if (str_is(action, "cancel")) {
        answer_command(request, "canceled", &result);
        iq_answer(request, result);
    } else if (!form) {
        ask(request, command);
    } else {
        command->run(request, command, form);
    }
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
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        struct xml *item;

        if (!may_use(request->sm, &request->from, &commands[i]))
            continue;
        item = xml_add(query, NS_DISCO_ITEMS, STR("item"));
        xml_set(item, STR("jid"), request->to.domain);
        xml_set(item, STR("node"), str_of(commands[i].node));
        xml_set(item, STR("name"), str_of(commands[i].name));
    }
    iq_answer(request, result);
}

static void describe(struct iq_request *request, const char *type,
                     const char *name)
{
    struct xml *result = iq_make_result(request);
    struct xml *query = xml_add(result, NS_DISCO_INFO, STR("query"));
    struct xml *identity = xml_add(query, NS_DISCO_INFO, STR("identity"));

    xml_set(query, STR("node"), xml_get(request->payload, "node"));
    xml_set(identity, STR("category"), STR("automation"));
    xml_set(identity, STR("type"), str_of(type));
    xml_set(identity, STR("name"), str_of(name));
    xml_set(xml_add(query, NS_DISCO_INFO, STR("feature")), STR("var"),
            NS_COMMANDS);
    xml_set(xml_add(query, NS_DISCO_INFO, STR("feature")), STR("var"), NS_DATA);
    iq_answer(request, result);
}

bool commands_discovered(struct iq_request *request)
{
    const struct command *command = find(xml_get(request->payload, "node"));
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

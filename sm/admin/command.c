/* The table of commands, and the protocol around it. */
#include "sm/admin/command.h"

#include "sm/admin/census.h"
#include "sm/admin/command_internal.h"
#include "common/link/control.h"
#include "common/log/log.h"
#include "sm/admin/notice.h"
#include "sm/admin/permit.h"

#define WHOM                                                                   \
    {                                                                          \
        {                                                                      \
            "accountjids", "jid-multi", "Whom", true, NULL                     \
        }                                                                      \
    }
#define AT_MOST                                                                \
    {                                                                          \
        {                                                                      \
            "max_items", "list-single", "How many at most", false, fill_most   \
        }                                                                      \
    }

/* XEP-0133; what it calls the node is behind its namespace. */
static const struct command commands[] = {
    {"add-user",
     "Add a user",
     FOR_DEPARTMENT_ADMINISTRATORS,
     add_user,
     {{"accountjid", "jid-single", "The new address", true, NULL},
      {"password", "text-private", "Password", true, NULL},
      {"password-verify", "text-private", "Password again", true, NULL},
      {"email", "text-single", "E-mail address", false, NULL},
      {"given_name", "text-single", "Given name", false, NULL},
      {"surname", "text-single", "Family name", false, NULL},
      {"department", "list-single", "Department", false, fill_departments}},
     CTL_DO_CREATE,
     NULL},
    {"delete-user", "Delete users", FOR_DEPARTMENT_ADMINISTRATORS, change_users,
     WHOM, CTL_DO_REMOVE, NULL},
    {"disable-user", "Disable users", FOR_DEPARTMENT_ADMINISTRATORS,
     change_users, WHOM, CTL_DO_DISABLE, NULL},
    {"reenable-user", "Re-enable users", FOR_DEPARTMENT_ADMINISTRATORS,
     change_users, WHOM, CTL_DO_ENABLE, NULL},
    {"end-user-session", "End sessions", FOR_DEPARTMENT_ADMINISTRATORS,
     end_sessions, WHOM, CTL_WHAT_END, NULL},
    {"change-user-password",
     "Change a password",
     FOR_DEPARTMENT_ADMINISTRATORS,
     change_password,
     {{"accountjid", "jid-single", "Whose", true, NULL},
      {"password", "text-private", "The new password", true, NULL}},
     CTL_DO_PASSWORD,
     NULL},
    {"user-stats",
     "Statistics of a user",
     FOR_DEPARTMENT_ADMINISTRATORS,
     tell_statistics,
     {{"accountjid", "jid-single", "Whose", true, NULL}},
     CTL_WHAT_SESSIONS,
     "onlineresources"},
    {"get-registered-users-num",
     "Number of accounts",
     FOR_DEPARTMENT_ADMINISTRATORS,
     count_accounts,
     {{0}},
     "registered",
     "registeredusersnum"},
    {"get-disabled-users-num",
     "Number of disabled accounts",
     FOR_DEPARTMENT_ADMINISTRATORS,
     count_accounts,
     {{0}},
     "disabled",
     "disabledusersnum"},
    {"get-online-users-num",
     "Number of users who are online",
     FOR_DEPARTMENT_ADMINISTRATORS,
     count_sessions,
     {{0}},
     CTL_WHAT_ONLINE,
     "onlineusersnum"},
    {"get-active-users-num",
     "Number of active users",
     FOR_DEPARTMENT_ADMINISTRATORS,
     count_sessions,
     {{0}},
     CTL_WHAT_ACTIVE,
     "activeusersnum"},
    {"get-idle-users-num",
     "Number of idle users",
     FOR_DEPARTMENT_ADMINISTRATORS,
     count_sessions,
     {{0}},
     CTL_WHAT_IDLE,
     "idleusersnum"},
    {"get-registered-users-list", "Accounts", FOR_DEPARTMENT_ADMINISTRATORS,
     list_accounts, AT_MOST, "registered", "registereduserjids"},
    {"get-disabled-users-list", "Disabled accounts",
     FOR_DEPARTMENT_ADMINISTRATORS, list_accounts, AT_MOST, "disabled",
     "disableduserjids"},
    {"get-online-users-list", "Users who are online",
     FOR_DEPARTMENT_ADMINISTRATORS, list_sessions, AT_MOST, CTL_WHAT_ONLINE,
     "onlineuserjids"},
    {"get-active-users", "Active users", FOR_DEPARTMENT_ADMINISTRATORS,
     list_sessions, AT_MOST, CTL_WHAT_ACTIVE, "activeuserjids"},
    /* The field's name is that of the XEP's example. */
    {"get-idle-users", "Idle users", FOR_DEPARTMENT_ADMINISTRATORS,
     list_sessions, AT_MOST, CTL_WHAT_IDLE, "activeuserjids"},
    {"announce",
     "Write to many",
     FOR_SPEAKERS,
     announce,
     {{"announcement", "text-multi", "What to say", true, NULL},
      {"group", "list-single", "To whom", false, fill_groups},
      {"urgent", "boolean", "Urgent, also in quiet hours", false, NULL}},
     NULL,
     NULL},
    {"set-motd",
     "Set the message of the day",
     FOR_ADMINISTRATORS,
     set_notice,
     {{"motd", "text-multi", "What to say", true, NULL}},
     NOTICE_MOTD,
     NULL},
    {"edit-motd",
     "Edit the message of the day",
     FOR_ADMINISTRATORS,
     edit_notice,
     {{"motd", "text-multi", "What to say", true, fill_notice}},
     NOTICE_MOTD,
     NULL},
    {"delete-motd",
     "Delete the message of the day",
     FOR_ADMINISTRATORS,
     delete_notice,
     {{0}},
     NOTICE_MOTD,
     NULL},
    {"set-welcome",
     "Set the welcome to new users",
     FOR_ADMINISTRATORS,
     set_notice,
     {{"welcome", "text-multi", "What to say", true, fill_notice}},
     NOTICE_WELCOME,
     NULL},
    {"delete-welcome",
     "Delete the welcome to new users",
     FOR_ADMINISTRATORS,
     delete_notice,
     {{0}},
     NOTICE_WELCOME,
     NULL},
    {"hours",
     "Quiet hours",
     FOR_EVERYBODY,
     set_quiet_hours,
     {{"mode", "list-single", "When messages wait", true, fill_quiet_mode},
      {"days", "list-multi", "Days", false, fill_quiet_days},
      {"from", "text-single", "From", false, fill_quiet_from},
      {"to", "text-single", "To", false, fill_quiet_to},
      {"zone", "text-single", "Time zone (empty: the server's)", false,
       fill_quiet_zone},
      {"except", "jid-multi", "Who may disturb all the same", false,
       fill_quiet_except}},
     NULL,
     NULL},
};

struct str command_namespace(const struct command *command)
{
    return command->users == FOR_EVERYBODY ? NS_QUIET : NS_ADMIN;
}

static const struct command *find(struct str node)
{
    struct str kind = str_cut(&node, '#');

    for (size_t i = 0; i < COUNT_OF(commands); i++)
        if (str_is(node, commands[i].node) &&
            str_eq(kind, command_namespace(&commands[i])))
            return &commands[i];
    return NULL;
}

/* Who is an administrator of less than the suite, or speaks to many, is so in
 * his own domain. */
static bool may_use(const struct sm *sm, const struct jid *who,
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
    struct xml *reply = stanza_error_reply(request->arena, request->iq,
                                           ERR_BAD_REQUEST, NULL);
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
    const struct command *command = find(xml_get(request->payload, "node"));
    struct str action = xml_get(request->payload, "action");

    if (!command)
        iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
    else if (!may_use(request->sm, &request->from, request->to.domain,
                      command))
        iq_refuse(request, ERR_FORBIDDEN, "This is for administrators");
    else if (!is_action(action))
        refuse_action(request, action);
    else if (str_is(action, "cancel"))
        command_answer(request, "canceled");
    else
        run(request, command);
}

static struct str node_of(struct arena *arena, const struct command *command)
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
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        struct xml *item;

        if (!may_use(request->sm, &request->from, request->to.domain,
                     &commands[i]))
            continue;
        item = xml_add(query, NS_DISCO_ITEMS, STR("item"));
        xml_set(item, STR("jid"), request->to.domain);
        xml_set(item, STR("node"), node_of(request->arena, &commands[i]));
        xml_set(item, STR("name"),
                stanza_text(request->iq, commands[i].name));
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
    xml_set(identity, STR("name"), stanza_text(request->iq, name));
    stanza_tell_language(identity, request->iq);
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

/* Commands that change accounts: authd does it, sm decides who may. */
#include "sm/admin/auth_ask.h"
#include "sm/admin/census.h"
#include "sm/admin/command_internal.h"
#include "sm/control.h"

#define MAX_TARGETS 100u

/* --- asking authd --------------------------------------------------------- */

/* Of several questions the first failure is the answer to all; request->number
 * counts those under way. request->data: the directory has changed by it. */
static void on_answer(void *ctx, const struct xml *answer)
{
    struct iq_request *request = ctx;

    if (!answer && !request->result)
        request->result = stanza_error_reply(
            request->arena, request->iq, ERR_INTERNAL_SERVER_ERROR,
            "The login service does not answer");
    else if (answer && str_is(xml_get(answer, "type"), "error") &&
             !request->result)
        request->result = xml_dup(request->arena, answer);
    if (--request->number > 0)
        return;
    if (request->result)
        iq_answer(request, request->result);
    else if (request->data)
        command_changed(request);
    else
        command_done(request, "Done", NULL);
}

struct xml *command_deed(struct iq_request *request, const char *deed,
                         const struct jid *whom)
{
    struct sm *sm = request->sm;
    struct xml *element = control_new(sm, CTL_ADMINISTER);

    xml_set(element, STR(CTL_A_DO), str_of(deed));
    xml_set(element, STR(CTL_A_JID), whom->bare);
    xml_set(element, STR(CTL_A_BY), request->from.bare);
    xml_append(element, xml_dup(&sm->arena, request->iq));
    return element;
}

/* `kept` counts the question already. */
static void do_deed(struct iq_request *kept, const struct xml *element)
{
    if (!auth_ask(kept->sm, kept->from.bare, element, on_answer, kept))
        on_answer(kept, NULL);
}

void command_ask_authd(struct iq_request *request, const struct xml *element)
{
    struct iq_request *kept = iq_keep(request);

    kept->number = 1;
    do_deed(kept, element);
}

/* --- one account ---------------------------------------------------------- */

void fill_departments(struct iq_request *request, const struct command *command,
                      struct xml *field)
{
    const struct directory *directory = request->sm->directory;
    const struct directory_department *one =
        directory ? directory->departments : NULL;

    (void)command;
    for (; one; one = one->hh.next)
        if (str_eq(one->domain, request->to.domain) &&
            administers_department(request->sm, request->from.bare, one))
            command_add_option(field, one->label, one->address);
}

/* Where the new account belongs; somebody's who administers no more than
 * departments has to be in one of them. */
static bool may_create_in(struct iq_request *request, struct str department,
                          const struct directory_department **found)
{
    const struct sm *sm = request->sm;

    *found = NULL;
    if (!department.len && sm_is_admin(sm, request->from.bare))
        return true;
    *found = command_find_department(sm, request->to.domain, department);
    if (*found && administers_department(sm, request->from.bare, *found))
        return true;
    /* Which departments there are is no business of other ones. */
    iq_refuse(request,
              department.len && !sm_is_admin(sm, request->from.bare)
                  ? ERR_FORBIDDEN
                  : ERR_NOT_ACCEPTABLE,
              "Choose one of your departments");
    return false;
}

static bool read_new(struct iq_request *request, const struct xml *form,
                     struct jid *target)
{
    struct str password = form_value(form, "password");

    if (!jid_parse(target, request->arena, form_value(form, "accountjid")) ||
        !target->local.len || target->resource.len ||
        !str_eq(target->domain, request->to.domain)) {
        iq_refuse(request, ERR_BAD_REQUEST,
                  "Expected the address of a user of this domain");
        return false;
    }
    if (!password.len ||
        !str_eq(password, form_value(form, "password-verify"))) {
        iq_refuse(request, ERR_NOT_ACCEPTABLE,
                  "The two passwords are not the same");
        return false;
    }
    return true;
}

void add_user(struct iq_request *request, const struct command *command,
              const struct xml *form)
{
    struct str given = form_value(form, "given_name");
    struct str surname = form_value(form, "surname");
    struct str email = form_value(form, "email");
    const struct directory_department *department;
    struct iq_request *kept;
    struct xml *element;
    struct jid target;

    if (!read_new(request, form, &target) ||
        !may_create_in(request, form_value(form, "department"), &department))
        return;
    element = command_deed(request, command->what, &target);
    xml_set(element, STR(CTL_A_PASSWORD), form_value(form, "password"));
    xml_set(element, STR(CTL_A_NAME),
            arena_printf(request->arena, "%.*s%s%.*s", STR_ARG(given),
                         given.len && surname.len ? " " : "",
                         STR_ARG(surname)));
    xml_set(element, STR(CTL_A_EMAIL), email.p ? email : STR(""));
    if (department)
        xml_set(
            element, STR(CTL_A_DEPARTMENT),
            arena_printf(request->arena, "%lld", (long long)department->id));
    kept = iq_keep(request);
    kept->number = 1;
    kept->data = department ? kept : NULL;
    do_deed(kept, element);
}

void change_password(struct iq_request *request, const struct command *command,
                     const struct xml *form)
{
    struct xml *element;
    struct jid target;

    if (!command_target(request, form_value(form, "accountjid"), &target))
        return;
    element = command_deed(request, command->what, &target);
    xml_set(element, STR(CTL_A_PASSWORD), form_value(form, "password"));
    command_ask_authd(request, element);
}

/* --- several -------------------------------------------------------------- */

/* All of them, or none: nothing is done before each is found allowed. */
static bool read_targets(struct iq_request *request, const struct xml *form,
                         struct jid targets[MAX_TARGETS], size_t *count)
{
    const struct xml *field = form_field(form, "accountjids");
    const struct xml *value = field ? xml_child(field, NS_DATA, "value") : NULL;

    for (*count = 0; value; value = xml_next(value, NS_DATA, "value")) {
        if (*count == MAX_TARGETS) {
            iq_refuse(request, ERR_BAD_REQUEST, "100 users at most");
            return false;
        }
        if (!command_target(request, xml_text(value), &targets[(*count)++]))
            return false;
    }
    if (*count == 0)
        iq_refuse(request, ERR_BAD_REQUEST, "Whom?");
    return *count > 0;
}

void change_users(struct iq_request *request, const struct command *command,
                  const struct xml *form)
{
    struct jid targets[MAX_TARGETS];
    struct iq_request *kept;
    size_t count;

    if (!read_targets(request, form, targets, &count))
        return;
    kept = iq_keep(request);
    kept->number = count;
    for (size_t i = 0; i < count; i++)
        do_deed(kept, command_deed(request, command->what, &targets[i]));
}

static void on_ended(void *ctx, const struct census_result *census)
{
    struct iq_request *request = ctx;
    uint64_t *ended = request->data;

    *ended += census->count;
    if (!census->is_whole && !request->result)
        request->result = stanza_error_reply(request->arena, request->iq,
                                             ERR_REMOTE_SERVER_TIMEOUT,
                                             "A session manager is silent");
    if (--request->number > 0)
        return;
    if (request->result)
        iq_answer(request, request->result);
    else
        command_done(request,
                     arena_printf(request->arena,
                                  text_in(stanza_language(request->iq),
                                          "%llu sessions have ended"),
                                  (unsigned long long)*ended)
                         .p,
                     NULL);
}

void end_sessions(struct iq_request *request, const struct command *command,
                  const struct xml *form)
{
    struct jid targets[MAX_TARGETS];
    struct iq_request *kept;
    size_t count;

    if (!read_targets(request, form, targets, &count))
        return;
    kept = iq_keep(request);
    kept->number = count;
    kept->data = arena_alloc(kept->arena, sizeof(uint64_t));
    for (size_t i = 0; i < count; i++)
        census_take(request->sm, command->what, request->from.bare,
                    targets[i].full, 0, on_ended, kept);
}

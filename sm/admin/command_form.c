/* Forms of ad-hoc commands (XEP-0050 §3.3, XEP-0004). */
#include "sm/admin/command_internal.h"

static struct xml *answer_with(struct iq_request *request, const char *status,
                               struct xml **result)
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

static struct xml *form_new(struct xml *parent, const char *type)
{
    struct xml *form = xml_add(parent, NS_DATA, STR("x"));

    xml_set(form, STR("type"), str_of(type));
    return form;
}

static struct xml *form_begin(struct xml *parent,
                              const struct iq_request *request,
                              const struct command *command)
{
    struct xml *form = form_new(parent, "form");

    stanza_tell_language(form, request->iq);
    xml_add_leaf(form, NS_DATA, STR("title"),
                 stanza_text(request->iq, command->name));
    form_add(form, "FORM_TYPE", "hidden", command_namespace(command));
    return form;
}

static struct xml *add_field(struct xml *form, const struct iq_request *request,
                             const struct command_field *row)
{
    struct xml *field = form_add(form, row->name, row->type, STR_NONE);

    xml_set(field, STR("label"), stanza_text(request->iq, row->label));
    if (row->is_required)
        xml_add(field, NS_DATA, STR("required"));
    return field;
}

void command_add_form(struct xml *parent, const struct iq_request *request,
                      const struct command *command)
{
    const struct command_field *row;
    struct xml *form = form_begin(parent, request, command);

    for (row = command->fields; row->name; row++)
        add_field(form, request, row);
}

void command_ask(struct iq_request *request, const struct command *command)
{
    const struct command_field *row;
    struct xml *result;
    struct xml *element = answer_with(request, "executing", &result);
    struct xml *actions = xml_add(element, NS_COMMANDS, STR("actions"));
    struct xml *form = form_begin(element, request, command);

    xml_set(actions, STR("execute"), STR("complete"));
    xml_add(actions, NS_COMMANDS, STR("complete"));
    for (row = command->fields; row->name; row++) {
        struct xml *field = add_field(form, request, row);

        if (row->fill)
            row->fill(request, command, field);
    }
    iq_answer(request, result);
}

struct xml *command_result(struct iq_request *request,
                           const struct command *command)
{
    struct xml *form = xml_new(request->arena, NS_DATA, STR("x"));

    xml_set(form, STR("type"), STR("result"));
    form_add(form, "FORM_TYPE", "hidden", command_namespace(command));
    return form;
}

void command_columns(struct xml *form, const struct command_column *columns)
{
    struct xml *reported = xml_add(form, NS_DATA, STR("reported"));

    for (; columns->name; columns++) {
        struct xml *field = xml_add(reported, NS_DATA, STR("field"));

        xml_set(field, STR("var"), str_of(columns->name));
        xml_set(field, STR("type"),
                str_of(columns->type ? columns->type : "text-single"));
    }
}

struct xml *command_add_row(struct xml *form)
{
    return xml_add(form, NS_DATA, STR("item"));
}

void command_add_value(struct xml *field, struct str value)
{
    xml_add_leaf(field, NS_DATA, STR("value"), arena_dup(field->arena, value));
}

struct xml *command_add_cell(struct xml *row, const char *column,
                             struct str value)
{
    struct xml *field = xml_add(row, NS_DATA, STR("field"));

    xml_set(field, STR("var"), str_of(column));
    if (value.p)
        command_add_value(field, value);
    return field;
}

unsigned command_most(const struct xml *form)
{
    uint64_t most;

    if (!form || !str_to_u64(form_value(form, "max_items"), &most) ||
        most > COMMAND_MOST)
        return COMMAND_MOST;
    return (unsigned)most;
}

bool command_is_true(const struct xml *form, const char *name)
{
    struct str value = form_value(form, name);

    return str_is(value, "1") || str_is(value, "true");
}

void command_done(struct iq_request *request, const char *note,
                  struct xml *results)
{
    struct xml *result;
    struct xml *element = answer_with(request, "completed", &result);
    struct xml *told;

    if (note) {
        told = xml_add_leaf(element, NS_COMMANDS, STR("note"),
                            stanza_text(request->iq, note));
        xml_set(told, STR("type"), STR("info"));
        stanza_tell_language(told, request->iq);
    }
    if (results)
        xml_append(element, results);
    iq_answer(request, result);
}

void command_answer(struct iq_request *request, const char *status)
{
    struct xml *result;

    answer_with(request, status, &result);
    iq_answer(request, result);
}

struct str command_text(struct iq_request *request, const struct xml *form,
                        const char *name)
{
    const struct xml *field = form_field(form, name);
    const struct xml *value = field ? xml_child(field, NS_DATA, "value") : NULL;
    struct buf text = {0};
    struct str joined;

    for (; value; value = xml_next(value, NS_DATA, "value")) {
        if (buf_len(&text))
            buf_add_char(&text, '\n');
        buf_add(&text, xml_text(value));
    }
    joined = arena_dup(request->arena, text.data ? buf_view(&text) : STR(""));
    buf_clear(&text);
    return joined;
}

bool command_has_found(struct iq_request *request, bool ok)
{
    if (!ok)
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
    else if (!request->number)
        iq_refuse(request, ERR_ITEM_NOT_FOUND, "There is no such user");
    return ok && request->number;
}

bool command_target(struct iq_request *request, struct str text,
                    struct jid *target)
{
    if (!text.p || !jid_parse(target, request->arena, text) ||
        !target->local.len || !str_eq(target->domain, request->to.domain)) {
        iq_refuse(request, ERR_BAD_REQUEST,
                  "Expected addresses of users of this domain");
        return false;
    }
    if (!administers(request->sm, request->from.bare, target->bare)) {
        iq_refuse(request, ERR_FORBIDDEN,
                  "This user is not of your departments");
        return false;
    }
    return true;
}

void command_add_option(struct xml *field, struct str label, struct str value)
{
    struct xml *option = xml_add(field, NS_DATA, STR("option"));

    xml_set(option, STR("label"), label);
    xml_add_leaf(option, NS_DATA, STR("value"), value);
}

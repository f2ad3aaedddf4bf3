#include "reply.h"

#include <stdlib.h>

#define RETRY_S 60u

static const struct {
    enum stanza_error condition;
    unsigned status;
} statuses[] = {
    {ERR_BAD_REQUEST, 400},           {ERR_JID_MALFORMED, 400},
    {ERR_NOT_ACCEPTABLE, 400},        {ERR_UNEXPECTED_REQUEST, 400},
    {ERR_NOT_AUTHORIZED, 401},        {ERR_FORBIDDEN, 403},
    {ERR_NOT_ALLOWED, 403},           {ERR_POLICY_VIOLATION, 403},
    {ERR_ITEM_NOT_FOUND, 404},        {ERR_CONFLICT, 409},
    {ERR_RESOURCE_CONSTRAINT, 429},   {ERR_SERVICE_UNAVAILABLE, 503},
    {ERR_REMOTE_SERVER_TIMEOUT, 503}, {ERR_RECIPIENT_UNAVAILABLE, 503},
};

static unsigned status_of(struct str condition)
{
    for (size_t i = 0; i < COUNT_OF(statuses); i++)
        if (str_is(condition, stanza_error_name(statuses[i].condition)))
            return statuses[i].status;
    return 500;
}

static void write_json(struct arena *arena, struct api_reply *reply,
                       json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);

    reply->body = arena_printf(arena, "%s\n", text ? text : "null");
    free(text);
    json_decref(json);
}

void api_reply_fault(struct arena *arena, unsigned status,
                     const char *condition, const char *text,
                     struct api_reply *reply)
{
    *reply =
        (struct api_reply){.status = status,
                           .is_error = true,
                           .is_forbidden = strcmp(condition, "forbidden") == 0};
    if (status == 429 || status == 503)
        reply->retry_s = status == 429 ? RETRY_S : 1;
    write_json(arena, reply,
               json_pack("{s: {s: s, s: o}}", "error", "condition", condition,
                         "text", api_json_text(str_of(text))));
}

/* --- errors of sm --------------------------------------------------------- */

static void from_error(struct arena *arena, const struct xml *iq,
                       struct api_reply *reply)
{
    const struct xml *error = xml_child(iq, NS_CLIENT, "error");
    const struct xml *condition =
        error ? xml_child(error, NS_STANZA_ERROR, NULL) : NULL;
    struct str name = condition ? condition->name : STR("undefined-condition");
    struct str text =
        error ? xml_child_text(error, NS_STANZA_ERROR, "text") : STR_NONE;

    api_reply_fault(arena, status_of(name), arena_dup(arena, name).p,
                    arena_dup(arena, text).p, reply);
}

/* --- results -------------------------------------------------------------- */

static json_t *notes_of(const struct xml *command)
{
    const struct xml *note = xml_child(command, NS_COMMANDS, "note");
    json_t *notes = json_array();

    for (; note; note = xml_next(note, NS_COMMANDS, "note"))
        json_array_append_new(notes, api_json_text(xml_text(note)));
    return notes;
}

static json_t *whole_command(const struct xml *command, const struct xml *form)
{
    json_t *json = json_object();
    json_t *items = api_json_items(form);

    json_object_set_new(json, "status",
                        api_json_text(xml_get(command, "status")));
    json_object_set_new(json, "notes", notes_of(command));
    if (form)
        json_object_set_new(json, "fields", api_json_fields(form));
    if (items)
        json_object_set_new(json, "items", items);
    return json;
}

static json_t *list_of(const struct xml *form)
{
    json_t *json = api_json_fields(form);
    json_t *items = api_json_items(form);

    json_object_set_new(json, "items", items ? items : json_array());
    return json;
}

/* NULL: the table is empty. */
static json_t *first_of(const struct xml *form)
{
    json_t *items = api_json_items(form);
    json_t *first = items ? json_array_get(items, 0) : NULL;

    json_incref(first);
    json_decref(items);
    return first;
}

static json_t *form_of_command(const struct xml *command, struct str name)
{
    json_t *json = json_object();

    json_object_set_new(json, "name", api_json_text(name));
    json_object_set_new(json, "title", api_json_text(xml_get(command, "name")));
    json_object_set_new(json, "fields",
                        api_json_form(xml_child(command, NS_DATA, "x")));
    return json;
}

/* All, or (SHAPE_FORM) the one that is meant; NULL: it is not there. */
static json_t *forms_of(const struct api_plan *plan, const struct xml *commands)
{
    const struct xml *one = xml_child(commands, NS_COMMANDS, "command");
    json_t *list = plan->only.p ? NULL : json_array();

    for (; one; one = xml_next(one, NS_COMMANDS, "command")) {
        struct str name = xml_get(one, "node");

        (void)str_cut(&name, '#');
        if (!plan->only.p)
            json_array_append_new(list, form_of_command(one, name));
        else if (str_eq(name, plan->only))
            return form_of_command(one, name);
    }
    return list ? json_pack("{s: o}", "commands", list) : NULL;
}

static json_t *shape(const struct api_plan *plan, const struct xml *payload)
{
    const struct xml *form = xml_child(payload, NS_DATA, "x");

    switch (plan->shape) {
    case SHAPE_COMMAND:
        return whole_command(payload, form);
    case SHAPE_LIST:
        return list_of(form);
    case SHAPE_ITEM:
        return first_of(form);
    case SHAPE_FIELDS:
        return api_json_fields(form);
    case SHAPE_FORMS:
    case SHAPE_FORM:
        return forms_of(plan, payload);
    }
    return NULL;
}

void api_reply_make(struct arena *arena, const struct api_plan *plan,
                    const struct xml *iq, struct api_reply *reply)
{
    const struct xml *payload = iq_payload(iq);
    json_t *json;

    if (iq_type(iq) != IQ_RESULT || !payload) {
        from_error(arena, iq, reply);
        return;
    }
    json = shape(plan, payload);
    if (!json) {
        api_reply_fault(arena, 404, "item-not-found",
                        text_in(plan->language, "There is no such thing"),
                        reply);
        return;
    }
    *reply = (struct api_reply){.status = plan->status};
    write_json(arena, reply, json);
}

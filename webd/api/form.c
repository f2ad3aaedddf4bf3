#include "form.h"

/* --- in ------------------------------------------------------------------- */

/* Brackets outside of texts, before a parser that recurses sees them. */
static bool is_too_deep(struct str body)
{
    unsigned depth = 0;
    bool is_text = false;

    for (size_t i = 0; i < body.len; i++) {
        char c = body.p[i];

        if (is_text && c == '\\')
            i++;
        else if (c == '"')
            is_text = !is_text;
        else if (!is_text && (c == '{' || c == '[') && ++depth > API_MAX_DEPTH)
            return true;
        else if (!is_text && (c == '}' || c == ']') && depth > 0)
            depth--;
    }
    return false;
}

json_t *api_json_parse(struct str body, enum language language,
                       struct error *error)
{
    json_error_t why;
    json_t *json;

    if (!body.len)
        return json_object();
    if (is_too_deep(body)) {
        (void)error_set(error,
                        text_in(language, "The body is nested too deeply"));
        return NULL;
    }
    json = json_loadb(body.p, body.len, JSON_REJECT_DUPLICATES, &why);
    if (!json) {
        (void)error_set(error,
                        text_in(language, "The body is no JSON: line %d: %s"),
                        why.line, why.text);
        return NULL;
    }
    if (json_is_object(json))
        return json;
    json_decref(json);
    (void)error_set(error, text_in(language, "Expected a JSON object"));
    return NULL;
}

static bool add_value(struct xml *field, struct str name, const json_t *value,
                      enum language language, struct error *error)
{
    struct str text;

    if (json_is_string(value))
        text =
            (struct str){json_string_value(value), json_string_length(value)};
    else if (json_is_integer(value))
        text = arena_printf(field->arena, "%lld",
                            (long long)json_integer_value(value));
    else if (json_is_boolean(value))
        text = json_is_true(value) ? STR("true") : STR("false");
    else
        return error_set(error,
                         text_in(language,
                                 "%.*s: expected a text, a whole number, true "
                                 "or false, or a list of these"),
                         STR_ARG(name));
    if (!xml_utf8_valid(text))
        return error_set(
            error,
            text_in(language, "%.*s: has characters that XML cannot have"),
            STR_ARG(name));
    xml_add_leaf(field, NS_DATA, STR("value"), arena_dup(field->arena, text));
    return true;
}

bool api_form_add(struct xml *form, struct str name, const json_t *value,
                  enum language language, struct error *error)
{
    struct xml *field;

    if (json_is_null(value))
        return true;
    if (!name.len || !xml_utf8_valid(name))
        return error_set(error,
                         text_in(language, "The name of a field is none"));
    field = xml_add(form, NS_DATA, STR("field"));
    xml_set(field, STR("var"), arena_dup(form->arena, name));
    if (!json_is_array(value))
        return add_value(field, name, value, language, error);
    if (json_array_size(value) > API_MAX_VALUES)
        return error_set(error, text_in(language, "%.*s: %u values at most"),
                         STR_ARG(name), API_MAX_VALUES);
    for (size_t i = 0; i < json_array_size(value); i++)
        if (!add_value(field, name, json_array_get(value, i), language, error))
            return false;
    return true;
}

/* --- out ------------------------------------------------------------------ */

json_t *api_json_text(struct str text)
{
    json_t *json = json_stringn(text.p ? text.p : "", text.len);

    return json ? json : json_null();
}

static bool has_several(struct str type)
{
    return str_is(type, "jid-multi") || str_is(type, "text-multi") ||
           str_is(type, "list-multi");
}

static json_t *values_of(const struct xml *field)
{
    const struct xml *value = xml_child(field, NS_DATA, "value");
    json_t *list = json_array();

    for (; value; value = xml_next(value, NS_DATA, "value"))
        json_array_append_new(list, api_json_text(xml_text(value)));
    return list;
}

static json_t *value_of(const struct xml *field, struct str type)
{
    struct str text = xml_child_text(field, NS_DATA, "value");

    if (has_several(type))
        return values_of(field);
    if (!text.p)
        return json_null();
    if (str_is(type, "boolean"))
        return json_boolean(str_is(text, "true") || str_is(text, "1"));
    return api_json_text(text);
}

static void add_field(json_t *object, const struct xml *field, struct str type)
{
    struct str name = xml_get(field, "var");

    if (name.len && !str_is(name, "FORM_TYPE"))
        (void)json_object_setn_new(object, name.p, name.len,
                                   value_of(field, type));
}

json_t *api_json_fields(const struct xml *form)
{
    const struct xml *field = form ? xml_child(form, NS_DATA, "field") : NULL;
    json_t *object = json_object();

    for (; field; field = xml_next(field, NS_DATA, "field"))
        add_field(object, field, xml_get(field, "type"));
    return object;
}

static struct str column_type(const struct xml *reported, struct str name)
{
    const struct xml *column = xml_child(reported, NS_DATA, "field");

    for (; column; column = xml_next(column, NS_DATA, "field"))
        if (str_eq(xml_get(column, "var"), name))
            return xml_get(column, "type");
    return STR_NONE;
}

static json_t *item_of(const struct xml *item, const struct xml *reported)
{
    const struct xml *field = xml_child(item, NS_DATA, "field");
    json_t *object = json_object();

    for (; field; field = xml_next(field, NS_DATA, "field"))
        add_field(object, field, column_type(reported, xml_get(field, "var")));
    return object;
}

json_t *api_json_items(const struct xml *form)
{
    const struct xml *reported =
        form ? xml_child(form, NS_DATA, "reported") : NULL;
    const struct xml *item = reported ? xml_child(form, NS_DATA, "item") : NULL;
    json_t *list;

    if (!reported)
        return NULL;
    list = json_array();
    for (; item; item = xml_next(item, NS_DATA, "item"))
        json_array_append_new(list, item_of(item, reported));
    return list;
}

json_t *api_json_form(const struct xml *form)
{
    const struct xml *field = form ? xml_child(form, NS_DATA, "field") : NULL;
    json_t *list = json_array();

    for (; field; field = xml_next(field, NS_DATA, "field")) {
        json_t *object;

        if (str_is(xml_get(field, "var"), "FORM_TYPE"))
            continue;
        object = json_object();
        json_object_set_new(object, "name",
                            api_json_text(xml_get(field, "var")));
        json_object_set_new(object, "label",
                            api_json_text(xml_get(field, "label")));
        json_object_set_new(object, "type",
                            api_json_text(xml_get(field, "type")));
        json_object_set_new(
            object, "required",
            json_boolean(xml_child(field, NS_DATA, "required") != NULL));
        json_array_append_new(list, object);
    }
    return list;
}

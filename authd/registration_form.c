/* The fields of XEP-0077, plain and as a data form (§4). */
#include "iq_request.h"

#define INSTRUCTIONS                                                           \
    "Choose a user name and a password. E-mail address and name are optional."

struct field_row {
    const char *var;
    const char *type;
    const char *label;
    bool required;
    size_t offset; /* in struct registration_form */
};

static const struct field_row fields[] = {
    {"username", "text-single", "User name", true,
     offsetof(struct registration_form, username)},
    {"password", "text-private", "Password", true,
     offsetof(struct registration_form, password)},
    {"email", "text-single", "E-mail address", false,
     offsetof(struct registration_form, email)},
    {"name", "text-single", "Full name", false,
     offsetof(struct registration_form, name)},
};

static void add_data_form(struct xml *query, const struct xml *asked)
{
    struct xml *x = xml_add(query, NS_DATA, STR("x")), *field;

    xml_set(x, STR("type"), STR("form"));
    xml_add_leaf(x, STR_NONE, STR("title"),
                 stanza_text(asked, "Registration"));
    xml_add_leaf(x, STR_NONE, STR("instructions"),
                 stanza_text(asked, INSTRUCTIONS));
    field = xml_add(x, STR_NONE, STR("field"));
    xml_set(field, STR("type"), STR("hidden"));
    xml_set(field, STR("var"), STR("FORM_TYPE"));
    xml_add_leaf(field, STR_NONE, STR("value"), NS_REGISTER);
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        field = xml_add(x, STR_NONE, STR("field"));
        xml_set(field, STR("type"), str_of(fields[i].type));
        xml_set(field, STR("label"), stanza_text(asked, fields[i].label));
        xml_set(field, STR("var"), str_of(fields[i].var));
        if (fields[i].required)
            xml_add(field, STR_NONE, STR("required"));
    }
}

struct xml *registration_form_write(struct request *request, struct str known)
{
    struct xml *iq = iq_result(&request->arena, request->iq);
    struct xml *query = xml_add(iq, NS_REGISTER, STR("query"));

    if (known.p) {
        xml_add(query, STR_NONE, STR("registered"));
        xml_add_leaf(query, STR_NONE, STR("username"), known);
        xml_add(query, STR_NONE, STR("password"));
        return iq;
    }
    stanza_tell_language(query, request->iq);
    xml_add_leaf(query, STR_NONE, STR("instructions"),
                 stanza_text(request->iq, INSTRUCTIONS));
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        xml_add(query, STR_NONE, str_of(fields[i].var));
    add_data_form(query, request->iq);
    return iq;
}

static struct str *slot(struct registration_form *form, struct str name)
{
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        if (str_is(name, fields[i].var))
            return (struct str *)(void *)((char *)form + fields[i].offset);
    return NULL;
}

static bool read_data_form(struct registration_form *form, const struct xml *x)
{
    const struct xml *field;
    bool right_type = false;

    if (!str_is(xml_get(x, "type"), "submit"))
        return false;
    for (field = xml_child(x, NS_DATA, "field"); field;
         field = xml_next(field, NS_DATA, "field")) {
        struct str var = xml_get(field, "var");
        struct str value = xml_child_text(field, NS_DATA, "value");
        struct str *into = slot(form, var);

        if (str_is(var, "FORM_TYPE"))
            right_type = str_eq(value, NS_REGISTER);
        else if (into && into->p)
            return false;
        else if (into)
            *into = value;
    }
    return right_type;
}

bool registration_form_read(struct registration_form *form,
                            const struct xml *query)
{
    const struct xml *x = xml_child(query, NS_DATA, "x"), *child;
    size_t children = 0;

    *form = (struct registration_form){0};
    if (x)
        return read_data_form(form, x);
    for (child = xml_child(query, NS_REGISTER, NULL); child;
         child = xml_next(child, NS_REGISTER, NULL)) {
        struct str *into = slot(form, child->name);

        children++;
        if (xml_is(child, NS_REGISTER, "remove"))
            form->remove = true;
        if (into && into->p)
            return false;
        if (into)
            *into = xml_text(child);
    }
    return !form->remove || children == 1;
}

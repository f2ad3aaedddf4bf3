/* Data forms (XEP-0004). */
#include "stanza.h"

struct xml *form_add(struct xml *form, const char *var, const char *type,
                     struct str value)
{
    struct xml *field = xml_add(form, NS_DATA, STR("field"));

    xml_set(field, STR("var"), str_of(var));
    xml_set(field, STR("type"), str_of(type));
    if (value.p)
        xml_add_leaf(field, NS_DATA, STR("value"), value);
    return field;
}

struct xml *form_field(const struct xml *form, const char *var)
{
    struct xml *field;

    for (field = xml_child(form, NS_DATA, "field"); field;
         field = xml_next(field, NS_DATA, "field"))
        if (str_is(xml_get(field, "var"), var))
            return field;
    return NULL;
}

struct str form_value(const struct xml *form, const char *var)
{
    const struct xml *field = form_field(form, var);

    return field ? xml_child_text(field, NS_DATA, "value") : STR_NONE;
}

struct xml *form_of(const struct xml *parent, const char *type)
{
    struct xml *form;

    for (form = xml_child(parent, NS_DATA, "x"); form;
         form = xml_next(form, NS_DATA, "x"))
        if (str_is(xml_get(form, "type"), type))
            return form;
    return NULL;
}

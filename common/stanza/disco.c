/* What an entity is and can do, in an answer of service discovery (XEP-0030
 * §3.1). */
#include "stanza.h"

struct xml *disco_identity(struct xml *query, const char *category,
                           const char *type, struct str name)
{
    struct xml *identity = xml_add(query, NS_DISCO_INFO, STR("identity"));

    xml_set(identity, STR("category"), str_of(category));
    xml_set(identity, STR("type"), str_of(type));
    if (name.p)
        xml_set(identity, STR("name"), name);
    return identity;
}

void disco_feature(struct xml *query, struct str name)
{
    xml_set(xml_add(query, NS_DISCO_INFO, STR("feature")), STR("var"), name);
}

void disco_feature_once(struct xml *query, struct str name)
{
    for (const struct xml *f = xml_child(query, NS_DISCO_INFO, "feature"); f;
         f = xml_next(f, NS_DISCO_INFO, "feature"))
        if (str_eq(xml_get(f, "var"), name))
            return;
    disco_feature(query, name);
}

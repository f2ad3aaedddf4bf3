#include <stdlib.h>

#include "../stanza/namespaces.h"
#include "parse.h"

#define NS_XMLNS STR("http://www.w3.org/2000/xmlns/")
/* Prefixes compared for one element. Ordinary stanzas declare a handful. */
#define MAX_COMPARED (1u << 20)

void scope_clear(struct scope *scope)
{
    free(scope->bindings);
    *scope = (struct scope){0};
}

/* The prefix xml has its namespace, no other prefix has; xmlns has none. */
static enum xml_error check(struct str prefix, struct str ns)
{
    if (str_is(prefix, "xmlns") || str_eq(ns, NS_XMLNS) ||
        str_is(prefix, "xml") != str_eq(ns, NS_XML))
        return XML_BAD_NAMESPACE_PREFIX;
    return ns.len || !prefix.len ? XML_OK : XML_NOT_WELL_FORMED;
}

enum xml_error scope_declare(struct scope *scope, size_t own, struct str prefix,
                             struct str ns)
{
    enum xml_error error = check(prefix, ns);

    if (error)
        return error;
    for (size_t i = own; i < scope->count; i++)
        if (str_eq(scope->bindings[i].prefix, prefix))
            return XML_NOT_WELL_FORMED;
    if (scope->count == scope->cap) {
        scope->cap = scope->cap ? scope->cap * 2 : 4;
        scope->bindings =
            mem_realloc(scope->bindings, scope->cap * sizeof(*scope->bindings));
    }
    scope->bindings[scope->count++] = (struct scope_binding){prefix, ns};
    if (!prefix.len)
        scope->standard = ns;
    return XML_OK;
}

enum xml_error scope_find(struct scope *scope, struct str prefix,
                          struct str *ns)
{
    if (str_is(prefix, "xml")) {
        *ns = NS_XML;
        return XML_OK;
    }
    for (size_t i = scope->count; i > 0; i--) {
        if (++scope->compared > MAX_COMPARED)
            return XML_TOO_BIG;
        if (str_eq(scope->bindings[i - 1].prefix, prefix)) {
            *ns = scope->bindings[i - 1].ns;
            return XML_OK;
        }
    }
    return XML_BAD_NAMESPACE_PREFIX;
}

/* The pieces of the builder (build.c): names, characters, namespaces in scope.
 * All of them read UTF-8 that is known to be valid, between `at` and `end`, and
 * never look behind `end`. */
#ifndef POSTHOUSE_XML_PARSE_H
#define POSTHOUSE_XML_PARSE_H

#include "xml.h"

/* Behind the name without colon (Namespaces in XML 1.0, NCName) that begins at
 * `at`; `at` itself when there is none. */
const char *name_end(const char *at, const char *end);

/* Reads an attribute's value up to its closing quote: references are resolved,
 * white space becomes spaces (XML 1.0 §3.3.3). The value is written over the
 * bytes that it is read from and ends with a NUL. Returns behind the quote, or
 * NULL and *error. */
char *chars_value(char *at, char *end, char quote, struct str *value,
                  enum xml_error *error);
/* Reads text up to the next '<', or to the end, and writes it to *write, which
 * is at or before `at` and is moved on: references are resolved, line ends
 * become LF (XML 1.0 §2.11). Returns where it stopped, or NULL and *error. */
char *chars_text(char *at, char *end, char **write, enum xml_error *error);
/* The same for a CDATA section; `at` is behind "<![CDATA[", the result behind
 * "]]>". */
char *chars_cdata(char *at, char *end, char **write, enum xml_error *error);

/* The namespaces that are declared at a place. Prefixes and namespaces are
 * borrowed. */
struct scope {
    struct str standard; /* of elements without prefix */
    struct scope_binding {
        struct str prefix, ns;
    } * bindings; /* the innermost last */
    size_t count, cap;
    size_t compared; /* what looking up has cost since the element's begin */
};

/* Forgets all names and frees them; the scope is empty and usable again. */
void scope_clear(struct scope *scope);
/* One declaration; those behind `own` are of the same tag. The empty prefix is
 * the default namespace. XML_OK, or why it must not be (Namespaces in XML §3).
 */
enum xml_error scope_declare(struct scope *scope, size_t own, struct str prefix,
                             struct str ns);
/* The namespace of a prefix. XML_BAD_NAMESPACE_PREFIX: not declared.
 * XML_TOO_BIG: somebody has made looking up expensive. */
enum xml_error scope_find(struct scope *scope, struct str prefix,
                          struct str *ns);

#endif

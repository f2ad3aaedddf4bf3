#include "xml.h"

#include <string.h>

#define XML_NAMESPACE "http://www.w3.org/XML/1998/namespace"

/* What stands for a character that must not stand for itself; NULL for the
 * rest. Inside an attribute more is escaped than in text. */
static const char *escape_of(unsigned char c, bool in_attribute)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '\r':
        return "&#13;";
    case '\'':
        return in_attribute ? "&apos;" : NULL;
    case '"':
        return in_attribute ? "&quot;" : NULL;
    case '\t':
        return in_attribute ? "&#9;" : NULL;
    case '\n':
        return in_attribute ? "&#10;" : NULL;
    default:
        return NULL;
    }
}

static void escape(struct buf *out, struct str text, bool in_attribute)
{
    size_t start = 0;

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.p[i];
        const char *instead;

        if (c > '>') /* the common case: letters, and all beyond ASCII */
            continue;
        instead = escape_of(c, in_attribute);
        if (!instead)
            continue;
        buf_add(out, (struct str){text.p + start, i - start});
        buf_add_text(out, instead);
        start = i + 1;
    }
    buf_add(out, (struct str){text.p + start, text.len - start});
}

void xml_escape(struct buf *out, struct str text)
{
    if (text.len)
        escape(out, text, true);
}

static void write_value(struct buf *out, struct str value)
{
    buf_add_text(out, "='");
    if (value.len)
        escape(out, value, true);
    buf_add_char(out, '\'');
}

static void write_attr(struct buf *out, const struct xml_attr *attr,
                       unsigned *prefixes)
{
    buf_add_char(out, ' ');
    if (!attr->ns.p) {
        buf_add(out, attr->name);
    } else if (str_is(attr->ns, XML_NAMESPACE)) {
        buf_add_text(out, "xml:");
        buf_add(out, attr->name);
    } else {
        unsigned prefix = ++*prefixes;

        buf_printf(out, "xmlns:n%u", prefix);
        write_value(out, attr->ns);
        buf_printf(out, " n%u:", prefix);
        buf_add(out, attr->name);
    }
    write_value(out, attr->value);
}

/* The start tag without its end: "<name xmlns='…' a='…'". */
static void write_open(struct buf *out, const struct xml *element,
                       struct str scope)
{
    unsigned prefixes = 0;

    buf_add_char(out, '<');
    buf_add(out, element->name);
    if (!str_eq(element->ns, scope)) {
        buf_add_text(out, " xmlns");
        write_value(out, element->ns);
    }
    for (const struct xml_attr *a = element->attrs; a; a = a->next)
        write_attr(out, a, &prefixes);
}

void xml_write_start(struct buf *out, const struct xml *element,
                     struct str scope)
{
    write_open(out, element, scope);
    buf_add_char(out, '>');
}

static void write_close(struct buf *out, const struct xml *element)
{
    buf_add_text(out, "</");
    buf_add(out, element->name);
    buf_add_char(out, '>');
}

/* Writes a text node, or the start of an element (the whole of an empty one).
 */
static void write_node(struct buf *out, const struct xml *node,
                       struct str scope)
{
    if (!node->name.p) {
        if (node->text.len)
            escape(out, node->text, false);
        return;
    }
    write_open(out, node, scope);
    buf_add_text(out, node->first ? ">" : "/>");
}

void xml_write(struct buf *out, const struct xml *element, struct str scope)
{
    const struct xml *node = element;

    write_node(out, node, scope);
    for (;;) {
        if (node->first) {
            scope = node->ns;
            node = node->first;
        } else {
            while (node != element && !node->next) {
                node = node->parent;
                write_close(out, node);
            }
            if (node == element)
                return;
            node = node->next;
            scope = node->parent->ns;
        }
        write_node(out, node, scope);
    }
}

#include "xml.h"

#include <string.h>

#include "plain.h"

#define XML_NAMESPACE "http://www.w3.org/XML/1998/namespace"

/* What stands for a character that must not stand for itself. */
static const struct str in_text[256] = {
    ['&'] = {"&amp;", 5},
    ['<'] = {"&lt;", 4},
    ['>'] = {"&gt;", 4},
    ['\r'] = {"&#13;", 5},
};
static const struct str in_attribute[256] = {
    ['&'] = {"&amp;", 5},  ['<'] = {"&lt;", 4},    ['>'] = {"&gt;", 4},
    ['\r'] = {"&#13;", 5}, ['\''] = {"&apos;", 6}, ['"'] = {"&quot;", 6},
    ['\t'] = {"&#9;", 4},  ['\n'] = {"&#10;", 5},
};

static const char *skip(const char *at, const char *end,
                        const struct str *escapes)
{
    return escapes == in_text ? xml_skip_text(at, end)
                              : xml_skip_value(at, end);
}

static void escape(struct buf *out, struct str text, const struct str *escapes)
{
    const char *end = text.p + text.len, *start = text.p;
    const char *at = skip(start, end, escapes);

    while (at < end) {
        unsigned char c = (unsigned char)*at++;

        if (c > '>' || !escapes[c].len) /* mostly letters, or beyond ASCII */
            continue;
        buf_add(out, (struct str){start, (size_t)(at - 1 - start)});
        buf_add(out, escapes[c]);
        start = at;
        at = skip(start, end, escapes);
    }
    buf_add(out, (struct str){start, (size_t)(end - start)});
}

void xml_escape(struct buf *out, struct str text)
{
    if (text.len)
        escape(out, text, in_attribute);
}

static void write_value(struct buf *out, struct str value)
{
    buf_add_text(out, "='");
    if (value.len)
        escape(out, value, in_attribute);
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
            escape(out, node->text, in_text);
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

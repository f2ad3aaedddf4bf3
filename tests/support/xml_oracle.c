#include "xml_oracle.h"

#include <expat.h>
#include <string.h>

#define SEPARATOR '\xff'
#define HEADER    "<frames xmlns='jabber:client'>"
#define FOOTER    "</frames>"

struct reader {
    struct buf *out;
    unsigned depth;
    unsigned elements; /* children of the stream */
    bool is_wrong;
};

/* "namespace\xffname", or a name without one. */
static void write_name(struct buf *out, const char *joined)
{
    const char *separator = strchr(joined, SEPARATOR);

    if (separator)
        buf_add(out, (struct str){joined, (size_t)(separator - joined)});
    buf_add_char(out, '|');
    buf_add_text(out, separator ? separator + 1 : joined);
}

static void XMLCALL on_start(void *user, const char *name, const char **attrs)
{
    struct reader *reader = user;

    if (reader->depth++ == 0)
        return;
    reader->elements += reader->depth == 2;
    buf_add_char(reader->out, '(');
    write_name(reader->out, name);
    for (; attrs[0]; attrs += 2) {
        buf_add_char(reader->out, '@');
        write_name(reader->out, attrs[0]);
        buf_add_char(reader->out, '=');
        buf_add_text(reader->out, attrs[1]);
    }
    buf_add_char(reader->out, '>');
}

static void XMLCALL on_end(void *user, const char *name)
{
    struct reader *reader = user;

    (void)name;
    if (--reader->depth > 0)
        buf_add_char(reader->out, ')');
}

static void XMLCALL on_text(void *user, const char *text, int length)
{
    struct reader *reader = user;

    if (reader->depth > 1)
        buf_add(reader->out, (struct str){text, (size_t)length});
    else
        reader->is_wrong = true;
}

bool oracle_read(struct buf *out, struct str bytes)
{
    XML_Parser parser = XML_ParserCreateNS("UTF-8", SEPARATOR);
    struct reader reader = {.out = out};
    bool is_right;

    XML_SetUserData(parser, &reader);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    is_right =
        XML_Parse(parser, HEADER, sizeof(HEADER) - 1, 0) == XML_STATUS_OK &&
        XML_Parse(parser, bytes.p, (int)bytes.len, 0) == XML_STATUS_OK &&
        XML_Parse(parser, FOOTER, sizeof(FOOTER) - 1, 1) == XML_STATUS_OK;
    XML_ParserFree(parser);
    return is_right && !reader.is_wrong && reader.elements == 1;
}

static void write_start(struct buf *out, const struct xml *element)
{
    buf_add_char(out, '(');
    buf_add(out, element->ns);
    buf_add_char(out, '|');
    buf_add(out, element->name);
    for (const struct xml_attr *attr = element->attrs; attr;
         attr = attr->next) {
        buf_add_char(out, '@');
        buf_add(out, attr->ns);
        buf_add_char(out, '|');
        buf_add(out, attr->name);
        buf_add_char(out, '=');
        buf_add(out, attr->value);
    }
    buf_add_char(out, '>');
}

void oracle_write(struct buf *out, const struct xml *element)
{
    const struct xml *node = element;

    while (node) {
        if (!node->name.p)
            buf_add(out, node->text);
        else
            write_start(out, node);
        if (node->first) {
            node = node->first;
            continue;
        }
        if (node->name.p)
            buf_add_char(out, ')');
        while (node != element && !node->next) {
            node = node->parent;
            buf_add_char(out, ')');
        }
        node = node == element ? NULL : node->next;
    }
}

#include "xml.h"

#include <string.h>

static const struct str xml_ns = {"http://www.w3.org/XML/1998/namespace", 36};

struct xml *xml_new(struct arena *arena, struct str ns, struct str name)
{
    struct xml *element = arena_alloc(arena, sizeof(*element));

    element->arena = arena;
    element->ns = ns;
    element->name = name;
    return element;
}

void xml_append(struct xml *parent, struct xml *child)
{
    child->parent = parent;
    child->next = NULL;
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
}

struct xml *xml_add(struct xml *parent, struct str ns, struct str name)
{
    struct xml *child = xml_new(parent->arena, ns.p ? ns : parent->ns, name);

    xml_append(parent, child);
    return child;
}

void xml_add_text(struct xml *parent, struct str text)
{
    struct xml *node;

    if (text.len == 0)
        return;
    node = xml_new(parent->arena, STR_NONE, STR_NONE);
    node->text = text;
    xml_append(parent, node);
}

struct xml *xml_add_leaf(struct xml *parent, struct str ns, struct str name,
                         struct str text)
{
    struct xml *child = xml_add(parent, ns, name);

    xml_add_text(child, text);
    return child;
}

/* Where the attribute is linked, or the end of the list. */
static struct xml_attr **find_attr(struct xml_attr **at, struct str ns,
                                   struct str name)
{
    while (*at && !(str_eq((*at)->name, name) && str_eq((*at)->ns, ns)))
        at = &(*at)->next;
    return at;
}

static void set_attr(struct xml *element, struct str ns, struct str name,
                     struct str value)
{
    struct xml_attr **at = find_attr(&element->attrs, ns, name);

    if (!value.p) {
        if (*at)
            *at = (*at)->next;
        return;
    }
    if (!*at) {
        *at = arena_alloc(element->arena, sizeof(**at));
        (*at)->ns = ns;
        (*at)->name = name;
    }
    (*at)->value = value;
}

struct xml *xml_set(struct xml *element, struct str name, struct str value)
{
    set_attr(element, STR_NONE, name, value);
    return element;
}

struct xml *xml_set_u64(struct xml *element, const char *name, uint64_t value)
{
    return xml_set(
        element, str_of(name),
        arena_printf(element->arena, "%llu", (unsigned long long)value));
}

struct str xml_get(const struct xml *element, const char *name)
{
    for (const struct xml_attr *a = element->attrs; a; a = a->next)
        if (!a->ns.p && str_is(a->name, name))
            return a->value;
    return STR_NONE;
}

struct str xml_lang(const struct xml *element)
{
    for (const struct xml_attr *a = element->attrs; a; a = a->next)
        if (str_is(a->name, "lang") && str_eq(a->ns, xml_ns))
            return a->value;
    return STR_NONE;
}

void xml_set_lang(struct xml *element, struct str lang)
{
    set_attr(element, xml_ns, STR("lang"), lang);
}

bool xml_is(const struct xml *node, struct str ns, const char *name)
{
    return node && node->name.p && str_is(node->name, name) &&
           str_eq(node->ns, ns);
}

static struct xml *match(struct xml *node, struct str ns, const char *name)
{
    for (; node; node = node->next)
        if (node->name.p && (!name || str_is(node->name, name)) &&
            (!ns.p || str_eq(node->ns, ns)))
            return node;
    return NULL;
}

struct xml *xml_child(const struct xml *parent, struct str ns, const char *name)
{
    return match(parent->first, ns, name);
}

struct xml *xml_next(const struct xml *node, struct str ns, const char *name)
{
    return match(node->next, ns, name);
}

struct str xml_text(const struct xml *element)
{
    const struct xml *only = element->first;
    size_t length = 0;
    char *joined, *at;

    if (only && !only->next && !only->name.p)
        return only->text;
    for (const struct xml *n = element->first; n; n = n->next)
        length += n->name.p ? 0 : n->text.len;
    if (length == 0)
        return STR("");
    joined = at = arena_bytes(element->arena, length);
    for (const struct xml *n = element->first; n; n = n->next) {
        if (n->name.p)
            continue;
        memcpy(at, n->text.p, n->text.len);
        at += n->text.len;
    }
    return (struct str){joined, length};
}

struct str xml_child_text(const struct xml *parent, struct str ns,
                          const char *name)
{
    const struct xml *child = xml_child(parent, ns, name);

    return child ? xml_text(child) : STR_NONE;
}

void xml_remove(struct xml *child)
{
    struct xml *parent = child->parent;
    struct xml *before = NULL;

    if (!parent)
        return;
    for (struct xml *n = parent->first; n != child; n = n->next)
        before = n;
    if (before)
        before->next = child->next;
    else
        parent->first = child->next;
    if (parent->last == child)
        parent->last = before;
    child->parent = NULL;
    child->next = NULL;
}

static struct xml *copy_node(struct arena *arena, const struct xml *node)
{
    struct xml *copy = xml_new(arena, arena_dup(arena, node->ns),
                               arena_dup(arena, node->name));
    struct xml_attr **end = &copy->attrs;

    copy->text = arena_dup(arena, node->text);
    for (const struct xml_attr *a = node->attrs; a; a = a->next) {
        *end = arena_alloc(arena, sizeof(**end));
        (*end)->ns = arena_dup(arena, a->ns);
        (*end)->name = arena_dup(arena, a->name);
        (*end)->value = arena_dup(arena, a->value);
        end = &(*end)->next;
    }
    return copy;
}

struct xml *xml_dup(struct arena *arena, const struct xml *element)
{
    struct xml *root = copy_node(arena, element);
    struct xml *into = root;
    const struct xml *node = element;

    /* Down to the first child, otherwise on to the next, otherwise up. */
    for (;;) {
        if (node->first) {
            node = node->first;
        } else {
            while (node != element && !node->next) {
                node = node->parent;
                into = into->parent;
            }
            if (node == element)
                return root;
            node = node->next;
            into = into->parent;
        }
        {
            struct xml *copy = copy_node(arena, node);
            xml_append(into, copy);
            into = copy;
        }
    }
}

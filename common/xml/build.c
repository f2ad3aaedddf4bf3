#include "build.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "../stanza/namespaces.h"

/* Expat writes it between namespace and name. It cannot occur in UTF-8, so no
 * namespace of a peer can pretend to hold a name. */
#define SEPARATOR '\xff'
/* Expat keeps every new name for its life. */
#define WORN_BYTES (256u << 10)

struct build {
    XML_Parser parser;
    struct str content_ns;
    struct arena *arena; /* of the element being built */
    struct xml *root;    /* the first element since build_element */
    struct xml *current;
    struct buf text; /* a run of text not yet in the tree */
    size_t bytes;
    size_t expanded;     /* bytes of namespaces that this element spells out */
    size_t max_expanded; /* 0: none */
    enum xml_error refused; /* well-formed, but nothing that we would write */
};

static void refuse(struct build *build, enum xml_error error)
{
    build->refused = error;
    (void)XML_StopParser(build->parser, XML_FALSE);
}

/* One declaration may serve thousands of short tags, each of which repeats the
 * whole namespace in the canonical form: what that adds has a bound too. */
static struct str spell_out(struct build *build, struct str ns)
{
    build->expanded += ns.len;
    if (build->max_expanded && build->expanded > build->max_expanded) {
        refuse(build, XML_TOO_BIG);
        return STR("");
    }
    return arena_dup(build->arena, ns);
}

/* Cuts "namespace\xffname"; a name alone has the absent namespace. */
static void split(struct build *build, const char *joined, struct str *ns,
                  struct str *name)
{
    const char *separator = strchr(joined, SEPARATOR);

    *ns = STR_NONE;
    if (separator) {
        *ns = (struct str){joined, (size_t)(separator - joined)};
        joined = separator + 1;
    }
    *name = arena_dup(build->arena, str_of(joined));
}

/* The namespace of an element, which alone is mapped to jabber:client: mapped
 * attributes could meet another of the same name. */
static struct str element_ns(struct build *build, struct str ns)
{
    const struct xml *near = build->current;

    if (!ns.p)
        return STR("");
    if (str_eq(ns, build->content_ns))
        return NS_CLIENT;
    if (near && str_eq(ns, near->ns))
        return near->ns;
    /* No default namespace can be this one (Namespaces in XML §3). */
    if (str_eq(ns, NS_XML))
        refuse(build, XML_BAD_NAMESPACE_PREFIX);
    return spell_out(build, ns);
}

static void flush_text(struct build *build)
{
    if (buf_len(&build->text) == 0)
        return;
    if (build->current)
        xml_add_text(build->current,
                     arena_dup(build->arena, buf_view(&build->text)));
    buf_reset(&build->text);
}

static void add_attrs(struct build *build, struct xml *element,
                      const char **attrs)
{
    struct xml_attr **end = &element->attrs;

    for (; attrs[0]; attrs += 2) {
        struct xml_attr *attr = arena_alloc(build->arena, sizeof(*attr));

        split(build, attrs[0], &attr->ns, &attr->name);
        if (attr->ns.p)
            attr->ns = spell_out(build, attr->ns);
        attr->value = arena_dup(build->arena, str_of(attrs[1]));
        *end = attr;
        end = &attr->next;
    }
}

static void XMLCALL on_start(void *user, const char *joined, const char **attrs)
{
    struct build *build = user;
    struct xml *element;
    struct str ns, name;

    if (build->refused) /* expat ends the tag that it stops in */
        return;
    flush_text(build);
    split(build, joined, &ns, &name);
    element = xml_new(build->arena, element_ns(build, ns), name);
    add_attrs(build, element, attrs);
    if (build->current)
        xml_append(build->current, element);
    else
        build->root = element;
    build->current = element;
}

static void XMLCALL on_end(void *user, const char *joined)
{
    struct build *build = user;

    (void)joined;
    flush_text(build);
    if (build->current)
        build->current = build->current->parent;
}

static void XMLCALL on_text(void *user, const char *text, int length)
{
    struct build *build = user;

    buf_add(&build->text, (struct str){text, (size_t)length});
}

static enum xml_error why(const struct build *build)
{
    if (build->refused)
        return build->refused;
    switch (XML_GetErrorCode(build->parser)) {
    case XML_ERROR_UNDEFINED_ENTITY:
        return XML_RESTRICTED;
    case XML_ERROR_UNBOUND_PREFIX:
    case XML_ERROR_RESERVED_PREFIX_XML:
    case XML_ERROR_RESERVED_PREFIX_XMLNS:
    case XML_ERROR_RESERVED_NAMESPACE_URI:
        return XML_BAD_NAMESPACE_PREFIX;
    case XML_ERROR_NO_MEMORY:
        abort();
    default:
        return XML_NOT_WELL_FORMED;
    }
}

static bool parse(struct build *build, struct str bytes)
{
    build->bytes += bytes.len;
    build->expanded = 0;
    return bytes.len <= INT32_MAX &&
           XML_Parse(build->parser, bytes.p, (int)bytes.len, 0) ==
               XML_STATUS_OK &&
           !build->refused;
}

struct build *build_new(struct str header, struct str content_ns,
                        struct arena *arena, struct xml **root,
                        enum xml_error *error)
{
    struct build *build = NEW(struct build);
    struct arena own = {0};
    bool is_right;

    build->parser = XML_ParserCreateNS("UTF-8", SEPARATOR);
    if (!build->parser)
        abort();
    (void)XML_SetReparseDeferralEnabled(build->parser, XML_FALSE);
    XML_SetUserData(build->parser, build);
    XML_SetElementHandler(build->parser, on_start, on_end);
    XML_SetCharacterDataHandler(build->parser, on_text);
    build->content_ns = content_ns;
    build->arena = arena ? arena : &own;
    is_right = parse(build, header) && build->root;
    if (is_right && root)
        *root = build->root;
    if (!is_right)
        *error = why(build);
    build->current = NULL;
    arena_clear(&own);
    if (is_right)
        return build;
    build_free(build);
    return NULL;
}

void build_free(struct build *build)
{
    if (!build)
        return;
    XML_ParserFree(build->parser);
    buf_clear(&build->text);
    free(build);
}

struct xml *build_element(struct build *build, struct arena *arena,
                          struct str bytes, size_t max_expanded,
                          enum xml_error *error)
{
    build->arena = arena;
    build->max_expanded = max_expanded;
    build->root = NULL;
    build->current = NULL;
    buf_reset(&build->text);
    if (!xml_utf8_valid(bytes)) {
        *error = XML_INVALID_UTF8;
        return NULL;
    }
    if (!parse(build, bytes)) {
        *error = why(build);
        return NULL;
    }
    /* The scanner and expat agree on where an element ends, or it is none. */
    if (!build->root || build->current) {
        *error = XML_NOT_WELL_FORMED;
        return NULL;
    }
    return build->root;
}

bool build_is_worn(const struct build *build)
{
    return build->bytes > WORN_BYTES;
}

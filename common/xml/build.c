#include "build.h"

#include <stdlib.h>
#include <string.h>

#include "../stanza/namespaces.h"
#include "parse.h"

/* An element whose end tag has not come yet, and what was declared outside. */
struct open {
    struct str qname;
    struct str standard;
    size_t bindings;
};

struct build {
    struct str content_ns;
    struct arena header; /* what the header declares lives here */
    struct scope scope;
    struct open *open;
    size_t depth, cap;

    /* the element at hand */
    struct arena *arena;
    char *start, *at, *end; /* a copy in the arena, rewritten while read */
    struct xml *root, *current;
    char *text, *text_end; /* a run of text not yet in the tree */
    size_t expanded, max_expanded;
    enum xml_error error;
};

static bool fail(struct build *build, enum xml_error error)
{
    build->error = error;
    return false;
}

/* --- bytes ---------------------------------------------------------------- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Passes over white space; whether there was any. */
static bool skip_space(struct build *build)
{
    char *start = build->at;

    while (build->at < build->end && is_space(*build->at))
        build->at++;
    return build->at > start;
}

static bool take(struct build *build, char c)
{
    if (build->at == build->end || *build->at != c)
        return fail(build, XML_NOT_WELL_FORMED);
    build->at++;
    return true;
}

/* Inlined, it is a comparison of a byte or two. */
__attribute__((always_inline)) static inline bool
is_next(const struct build *build, struct str what)
{
    return (size_t)(build->end - build->at) >= what.len &&
           memcmp(build->at, what.p, what.len) == 0;
}

struct qname {
    struct str prefix, local; /* prefix absent: none */
    struct str whole;
};

static struct str take_ncname(struct build *build)
{
    char *start = build->at;

    build->at += name_end(start, build->end) - start;
    return (struct str){start, (size_t)(build->at - start)};
}

static bool take_qname(struct build *build, struct qname *name)
{
    char *start = build->at;

    name->prefix = STR_NONE;
    name->local = take_ncname(build);
    if (name->local.len && is_next(build, STR(":"))) {
        build->at++;
        name->prefix = name->local;
        name->local = take_ncname(build);
    }
    name->whole = (struct str){start, (size_t)(build->at - start)};
    return name->local.len > 0 || fail(build, XML_NOT_WELL_FORMED);
}

/* What is read from a tag ends with a NUL, as everything in an arena does: the
 * byte behind a name has been read by now. */
static void terminate(struct str name)
{
    ((char *)name.p)[name.len] = '\0';
}

/* --- namespaces ----------------------------------------------------------- */

/* One declaration may serve thousands of short tags, each of which repeats the
 * whole namespace in the canonical form: what that adds has a bound too. */
static struct str spell_out(struct build *build, struct str ns)
{
    build->expanded += ns.len;
    if (build->max_expanded && build->expanded > build->max_expanded)
        (void)fail(build, XML_TOO_BIG);
    return ns;
}

/* What the header declares dies with the stream; the tree may not. */
static struct str outlive(struct build *build, struct str ns)
{
    return ns.p >= build->start && ns.p < build->end
               ? ns
               : arena_dup(build->arena, ns);
}

/* The namespace of an element, which alone is mapped to jabber:client: mapped
 * attributes could meet another of the same name. */
static struct str element_ns(struct build *build, const struct qname *name)
{
    const struct xml *near = build->current;
    struct str ns = build->scope.standard;

    if (name->prefix.p)
        build->error = scope_find(&build->scope, name->prefix, &ns);
    /* No default namespace can be this one (Namespaces in XML §3). */
    if (!build->error && str_eq(ns, NS_XML))
        build->error = XML_BAD_NAMESPACE_PREFIX;
    if (build->error || !ns.len)
        return STR("");
    if (str_eq(ns, build->content_ns))
        return NS_CLIENT;
    if (near && str_eq(ns, near->ns))
        return near->ns;
    return spell_out(build, outlive(build, ns));
}

/* --- attributes ----------------------------------------------------------- */

static bool take_value(struct build *build, struct str *value)
{
    char quote;

    skip_space(build);
    if (!take(build, '='))
        return false;
    skip_space(build);
    quote = is_next(build, STR("'")) ? '\'' : '"';
    if (!take(build, quote))
        return false;
    build->at = chars_value(build->at, build->end, quote, value, &build->error);
    return build->at != NULL;
}

/* Declarations go to the scope, others to the list, with the prefix in place of
 * the namespace as yet. `own`: where this tag's declarations begin. */
static bool take_attr(struct build *build, size_t own, struct xml_attr ***end)
{
    struct xml_attr *attr;
    struct qname name;
    struct str value;

    if (!take_qname(build, &name) || !take_value(build, &value))
        return false;
    if (!name.prefix.p && str_is(name.local, "xmlns"))
        return !(build->error =
                     scope_declare(&build->scope, own, STR(""), value));
    if (str_is(name.prefix, "xmlns"))
        return !(build->error =
                     scope_declare(&build->scope, own, name.local, value));
    attr = arena_alloc(build->arena, sizeof(*attr));
    attr->ns = name.prefix;
    attr->name = name.local;
    attr->value = value;
    **end = attr;
    *end = &attr->next;
    return true;
}

static bool take_attrs(struct build *build, size_t own, struct xml_attr **attrs)
{
    while (skip_space(build) && !is_next(build, STR("/")) &&
           !is_next(build, STR(">")))
        if (!take_attr(build, own, &attrs))
            return false;
    return true;
}

static bool is_repeated(const struct xml_attr *first,
                        const struct xml_attr *attr)
{
    for (; first != attr; first = first->next)
        if (str_eq(first->name, attr->name) && str_eq(first->ns, attr->ns))
            return true;
    return false;
}

/* Now that the whole tag is known: its prefixes, and that no name stands in it
 * twice (Namespaces in XML §6.3). */
static bool finish_attrs(struct build *build, struct xml_attr *first)
{
    for (struct xml_attr *attr = first; attr; attr = attr->next) {
        terminate(attr->name);
        if (attr->ns.p) {
            build->error = scope_find(&build->scope, attr->ns, &attr->ns);
            if (!build->error)
                attr->ns = spell_out(build, outlive(build, attr->ns));
        }
        if (build->error)
            return false;
        if (is_repeated(first, attr))
            return fail(build, XML_NOT_WELL_FORMED);
    }
    return true;
}

/* --- elements ------------------------------------------------------------- */

static void flush_text(struct build *build)
{
    if (build->text) {
        *build->text_end = '\0';
        xml_add_text(
            build->current,
            (struct str){build->text, (size_t)(build->text_end - build->text)});
    }
    build->text = NULL;
}

static void push(struct build *build, struct open open)
{
    if (build->depth == build->cap) {
        build->cap = build->cap ? build->cap * 2 : 8;
        build->open =
            mem_realloc(build->open, build->cap * sizeof(*build->open));
    }
    build->open[build->depth++] = open;
}

static void pop(struct build *build)
{
    const struct open *open = &build->open[--build->depth];

    build->scope.standard = open->standard;
    build->scope.count = open->bindings;
    build->current = build->current->parent;
}

/* A start tag or an empty one; `at` is behind its '<'. */
static bool take_start(struct build *build)
{
    struct open open = {.standard = build->scope.standard,
                        .bindings = build->scope.count};
    struct xml_attr *attrs = NULL;
    struct xml *element;
    struct qname name;
    bool is_empty;

    if (!take_qname(build, &name) || !take_attrs(build, open.bindings, &attrs))
        return false;
    is_empty = is_next(build, STR("/"));
    if ((is_empty && !take(build, '/')) || !take(build, '>'))
        return false;
    open.qname = name.whole;
    element = xml_new(build->arena, element_ns(build, &name), name.local);
    terminate(name.local);
    element->attrs = attrs;
    if (build->error || !finish_attrs(build, attrs))
        return false;
    if (build->current)
        xml_append(build->current, element);
    else
        build->root = element;
    build->current = element;
    push(build, open);
    if (is_empty)
        pop(build);
    return true;
}

/* `at` is behind "</". */
static bool take_end(struct build *build)
{
    struct qname name;

    if (!take_qname(build, &name) ||
        !str_eq(name.whole, build->open[build->depth - 1].qname))
        return fail(build, XML_NOT_WELL_FORMED);
    skip_space(build);
    if (!take(build, '>'))
        return false;
    pop(build);
    return true;
}

static bool take_text(struct build *build)
{
    bool is_cdata = is_next(build, STR("<![CDATA["));

    if (!build->text)
        build->text = build->text_end = build->at;
    build->at = is_cdata ? chars_cdata(build->at + 9, build->end,
                                       &build->text_end, &build->error)
                         : chars_text(build->at, build->end, &build->text_end,
                                      &build->error);
    return build->at != NULL;
}

/* A tag, or a piece of text. Within the element what begins is known from its
 * first bytes. */
static bool take_piece(struct build *build)
{
    bool is_end = is_next(build, STR("</"));

    if (build->depth > 0 && !is_end &&
        (!is_next(build, STR("<")) || is_next(build, STR("<!"))))
        return take_text(build);
    if (!take(build, '<') || (is_end && build->depth == 0))
        return fail(build, XML_NOT_WELL_FORMED);
    if (is_end)
        build->at++;
    if (build->depth > 0)
        flush_text(build);
    return is_end ? take_end(build) : take_start(build);
}

/* --- whole ---------------------------------------------------------------- */

static void begin(struct build *build, struct arena *arena, struct str bytes)
{
    build->arena = arena;
    build->start = build->at = (char *)arena_dup(arena, bytes).p;
    build->end = build->start + bytes.len;
    build->root = build->current = NULL;
    build->text = NULL;
    build->expanded = 0;
    build->scope.compared = 0;
}

struct xml *build_element(struct build *build, struct arena *arena,
                          struct str bytes, size_t max_expanded,
                          enum xml_error *error)
{
    bool is_right = xml_utf8_valid(bytes);

    if (!is_right)
        (void)fail(build, XML_INVALID_UTF8);
    begin(build, arena, bytes);
    build->max_expanded = max_expanded;
    while (is_right && (build->depth > 0 || !build->root))
        is_right = take_piece(build);
    /* The scanner and we agree on where an element ends, or it is none. */
    if (is_right && build->at == build->end)
        return build->root;
    *error = build->error ? build->error : XML_NOT_WELL_FORMED;
    return NULL;
}

/* The header is a start tag without its end: what it declares stays. */
static bool take_header(struct build *build, struct str header)
{
    begin(build, &build->header, header);
    if (!take(build, '<') || !take_start(build) || build->at != build->end)
        return false;
    build->depth = 0;
    build->current = NULL;
    return true;
}

struct build *build_new(struct str header, struct str content_ns,
                        struct arena *arena, struct xml **root,
                        enum xml_error *error)
{
    struct build *build = NEW(struct build);

    build->content_ns = content_ns;
    build->scope.standard = STR("");
    if (take_header(build, header)) {
        if (root)
            *root = xml_dup(arena, build->root);
        return build;
    }
    *error = build->error ? build->error : XML_NOT_WELL_FORMED;
    build_free(build);
    return NULL;
}

void build_free(struct build *build)
{
    if (!build)
        return;
    scope_clear(&build->scope);
    arena_clear(&build->header);
    free(build->open);
    free(build);
}

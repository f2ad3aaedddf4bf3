/* XML as XMPP restricts it (RFC 6120 §11): element trees in an arena, an
 * incremental stream parser with bounds, and the canonical serializer.
 *
 * Elements are (namespace, local name); prefixes do not survive parsing. What
 * leaves Posthouse is always written by xml_write from a tree, never bytes that
 * came in, so no two parsers can read it differently. */
#ifndef POSTHOUSE_XML_H
#define POSTHOUSE_XML_H

#include "../mem/mem.h"

struct xml_attr {
    struct xml_attr *next;
    struct str ns; /* absent for an attribute without prefix */
    struct str name;
    struct str value;
};

/* One node: an element, or (name absent) a run of text. */
struct xml {
    struct xml *next;   /* next sibling */
    struct xml *parent; /* NULL for a root */
    struct xml *first;  /* children, in document order */
    struct xml *last;
    struct xml_attr *attrs; /* in document order */
    struct arena *arena;    /* where it and its children live */
    struct str ns;
    struct str name;
    struct str text; /* of a text node */
};

/* --- trees ------------------------------------------------------------- */

/* A new root element. Slices are borrowed and must live as long as the arena:
 * literals, slices of the same arena, or arena_dup'ed ones. This holds for every
 * function below that takes a slice. */
struct xml *xml_new(struct arena *arena, struct str ns, struct str name);
/* A new element at the end of the parent's children; an absent `ns` takes the
 * parent's namespace. */
struct xml *xml_add(struct xml *parent, struct str ns, struct str name);
/* Adds `child` (same or longer-lived arena, no parent) at the end. */
void xml_append(struct xml *parent, struct xml *child);
/* Adds a run of text at the end. */
void xml_add_text(struct xml *parent, struct str text);
/* xml_add + xml_add_text: <name>text</name>. */
struct xml *xml_add_leaf(struct xml *parent, struct str ns, struct str name,
                         struct str text);
/* Sets or replaces an attribute without namespace; an absent value removes it.
 * Returns the element. */
struct xml *xml_set(struct xml *element, struct str name, struct str value);
/* The same for a number, in decimal. */
struct xml *xml_set_u64(struct xml *element, const char *name, uint64_t value);
/* Value of an attribute without namespace; STR_NONE when it is not there. */
struct str xml_get(const struct xml *element, const char *name);
/* xml:lang of the element itself. */
struct str xml_lang(const struct xml *element);
/* Sets xml:lang. */
void xml_set_lang(struct xml *element, struct str lang);
/* Whether it is an element with this namespace and name. */
bool xml_is(const struct xml *node, struct str ns, const char *name);
/* First child element with this namespace (absent: any) and name (NULL: any);
 * NULL when there is none. */
struct xml *xml_child(const struct xml *parent, struct str ns,
                      const char *name);
/* Next sibling element with this namespace and name, as above. */
struct xml *xml_next(const struct xml *node, struct str ns, const char *name);
/* All text directly inside, joined (in the element's arena); "" when none. */
struct str xml_text(const struct xml *element);
/* Text of the first such child; STR_NONE when there is no such child. */
struct str xml_child_text(const struct xml *parent, struct str ns,
                          const char *name);
/* Takes a child out of its parent. */
void xml_remove(struct xml *child);
/* A deep copy into another arena (copies all bytes). */
struct xml *xml_dup(struct arena *arena, const struct xml *element);

/* --- writing ----------------------------------------------------------- */

/* Appends the canonical form. `scope` is the default namespace at that place:
 * xmlns is written only where an element's namespace differs from its parent's
 * (or scope). Attributes with a namespace get a prefix declared on their own
 * element. Escapes & < > and CR in text, and " ' & < > TAB LF CR in attributes.
 * Iterative: depth costs no C stack. */
void xml_write(struct buf *out, const struct xml *element, struct str scope);
/* Appends escaped text, for hand-written XML. Safe inside text and inside
 * attribute values quoted with '. */
void xml_escape(struct buf *out, struct str text);
/* Takes the first element off bytes that were written by us, one element behind
 * the other; STR_NONE when there is no whole one. */
struct str xml_cut(struct str *bytes);

/* --- reading ----------------------------------------------------------- */

/* Bounds of a parser; 0 means none. All are checked while bytes come in, before
 * anything is built that exceeds them. */
struct xml_limits {
    size_t max_stanza;     /* bytes of one top-level element, and of white space
                              between two */
    unsigned max_depth;    /* nesting below the stream root */
    unsigned max_attrs;    /* attributes and namespace declarations of one tag */
    size_t max_token;      /* bytes of one tag, name or attribute value */
};

enum xml_result {
    XML_MORE,         /* all bytes consumed, nothing complete yet */
    XML_STREAM_OPEN,  /* stream header: *out is the root without children */
    XML_STANZA,       /* one complete top-level element in *out */
    XML_STREAM_CLOSE, /* </stream:stream> */
    XML_FAILED        /* see xml_stream_error(); the parser is dead */
};

/* Why a parser failed; each is a stream error of RFC 6120 §4.9.3. */
enum xml_error {
    XML_OK,
    XML_NOT_WELL_FORMED,
    XML_RESTRICTED,          /* DTD, entity, comment, PI: at its first byte */
    XML_BAD_NAMESPACE_PREFIX,/* an undeclared prefix */
    XML_BAD_ENCODING,        /* unsupported-encoding: declared, not UTF-8 */
    XML_INVALID_UTF8,        /* bytes that are not strict UTF-8 */
    XML_TOO_BIG,             /* policy-violation: max_stanza or max_token */
    XML_WRONG_NAMESPACE,     /* invalid-namespace: of the stream's content */
    XML_TOO_DEEP,            /* policy-violation: max_depth, max_attrs */
};
/* The condition's element name ("not-well-formed"), and a text for the peer. */
const char *xml_error_condition(enum xml_error error);
/* What went wrong, in a few words for the peer's developer. */
const char *xml_error_text(enum xml_error error);

/* A parser for one direction of one stream. */
struct xml_stream;
/* content_ns is the stream's content namespace (jabber:client,
 * jabber:component:accept …). Elements in it are handed out in jabber:client, so
 * the suite speaks one inside. */
struct xml_stream *xml_stream_new(const struct xml_limits *limits,
                                  struct str content_ns);
/* NULL is allowed. */
void xml_stream_free(struct xml_stream *stream);
/* Changes the bounds (after login, say); they hold from the next byte on. */
void xml_stream_set_limits(struct xml_stream *stream,
                           const struct xml_limits *limits);
/* Reads bytes from *in until one event is complete; *in is advanced behind it.
 * Call again while it returns something other than XML_MORE or XML_FAILED. *out
 * lives in `arena`; the caller resets the arena when it is done with the stanza
 * (an element that is not complete yet is kept by the parser itself, so the
 * arena may be reset between any two calls). The stanza is complete with its
 * last '>': no later byte is needed. A whitespace keepalive between stanzas is
 * consumed silently. */
MUST_CHECK enum xml_result xml_stream_feed(struct xml_stream *stream,
                                           struct arena *arena, struct str *in,
                                           struct xml **out);
/* Why the last feed returned XML_FAILED; XML_OK when none did. */
enum xml_error xml_stream_error(const struct xml_stream *stream);
/* Gives back the memory of an idle parser (no effect when not idle); the next
 * feed goes on as if nothing had happened. */
void xml_stream_hibernate(struct xml_stream *stream);

/* Parses one whole element (a frame's content): the same checks, default
 * namespace jabber:client. Returns NULL when it is not exactly one well-formed
 * element within the bounds. `parser` is reused across calls for speed. */
struct xml_parser;
/* A parser of whole elements with these bounds (copied). */
struct xml_parser *xml_parser_new(const struct xml_limits *limits);
/* NULL is allowed. */
void xml_parser_free(struct xml_parser *parser);
/* The element, in the arena; the bytes are borrowed for the call. */
struct xml *xml_parse(struct xml_parser *parser, struct arena *arena,
                      struct str bytes);

/* Whether all bytes are strict UTF-8 (no surrogates, no overlongs, ≤ U+10FFFF)
 * and characters that XML 1.0 allows. */
bool xml_utf8_valid(struct str bytes);

#endif

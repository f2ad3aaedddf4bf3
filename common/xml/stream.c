#include "build.h"
#include "scan.h"

#include <stdlib.h>
#include <string.h>

#include "../stanza/namespaces.h"

struct xml_stream {
    struct scan scan;
    struct str content_ns; /* owned */
    struct buf pending;    /* the beginning of an element */
    struct buf header;     /* the stream's start tag, for a new parser */
    struct build *build;   /* NULL while hibernating */
    enum xml_error error;
};

struct xml_stream *xml_stream_new(const struct xml_limits *limits,
                                  struct str content_ns)
{
    struct xml_stream *stream = NEW(struct xml_stream);

    stream->scan.limits = *limits;
    stream->content_ns = str_dup(content_ns);
    return stream;
}

void xml_stream_free(struct xml_stream *stream)
{
    if (!stream)
        return;
    scan_clear(&stream->scan);
    buf_clear(&stream->pending);
    buf_clear(&stream->header);
    build_free(stream->build);
    free((char *)stream->content_ns.p);
    free(stream);
}

void xml_stream_set_limits(struct xml_stream *stream,
                           const struct xml_limits *limits)
{
    stream->scan.limits = *limits;
}

static enum xml_result fail(struct xml_stream *stream, enum xml_error error)
{
    stream->error = error;
    return XML_FAILED;
}

/* An XML declaration that names an encoding names UTF-8. */
static bool is_utf8_declared(struct str declaration)
{
    const char *at = memmem(declaration.p, declaration.len, "encoding", 8);
    struct str rest, value;
    char quote;

    if (!at)
        return true;
    rest = (struct str){at + 8,
                        declaration.len - (size_t)(at + 8 - declaration.p)};
    while (rest.len && rest.p[0] != '\'' && rest.p[0] != '"')
        rest = (struct str){rest.p + 1, rest.len - 1};
    if (!rest.len)
        return false;
    quote = rest.p[0];
    rest = (struct str){rest.p + 1, rest.len - 1};
    value = str_cut(&rest, quote);
    return str_eq_nocase(value, STR("utf-8"));
}

/* Whether an element without prefix is one of the stream's content (RFC 6120
 * §4.8.2): tried on one. */
static bool has_content_namespace(struct xml_stream *stream,
                                  struct arena *arena)
{
    const struct xml *probe = build_element(
        stream->build, arena, STR("<probe/>"), SIZE_MAX, &stream->error);

    return probe && (!probe->ns.len || str_eq(probe->ns, NS_CLIENT));
}

static enum xml_result on_header(struct xml_stream *stream, struct arena *arena,
                                 struct str bytes, struct xml **out)
{
    if (!xml_utf8_valid(bytes))
        return fail(stream, XML_INVALID_UTF8);
    buf_add(&stream->header, bytes);
    stream->build =
        build_new(bytes, stream->content_ns, arena, out, &stream->error);
    if (!stream->build)
        return XML_FAILED;
    return has_content_namespace(stream, arena)
               ? XML_STREAM_OPEN
               : fail(stream, XML_WRONG_NAMESPACE);
}

static enum xml_result on_element(struct xml_stream *stream,
                                  struct arena *arena, struct str bytes,
                                  struct xml **out)
{
    if (!stream->build)
        stream->build = build_new(buf_view(&stream->header), stream->content_ns,
                                  NULL, NULL, &stream->error);
    if (!stream->build)
        return XML_FAILED;
    *out = build_element(stream->build, arena, bytes,
                         stream->scan.limits.max_stanza, &stream->error);
    return *out ? XML_STANZA : XML_FAILED;
}

/* What the scanner found, with all of its bytes. */
static enum xml_result on_complete(struct xml_stream *stream,
                                   enum scan_result found, struct arena *arena,
                                   struct str bytes, struct xml **out)
{
    switch (found) {
    case SCAN_DECLARED:
        return is_utf8_declared(bytes) ? XML_MORE
                                       : fail(stream, XML_BAD_ENCODING);
    case SCAN_OPENED:
        return on_header(stream, arena, bytes, out);
    case SCAN_ELEMENT:
        return on_element(stream, arena, bytes, out);
    default:
        return XML_STREAM_CLOSE;
    }
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

enum xml_result xml_stream_feed(struct xml_stream *stream, struct arena *arena,
                                struct str *in, struct xml **out)
{
    const char *end = in->p + in->len;

    if (stream->error)
        return XML_FAILED;
    while (in->len > 0) {
        const char *start = in->p;
        enum scan_result found = scan_run(&stream->scan, &in->p, end);
        struct str bytes = {start, (size_t)(in->p - start)};
        enum xml_result result;

        in->len = (size_t)(end - in->p);
        if (found == SCAN_FAILED)
            return fail(stream, stream->scan.error);
        /* White space between elements belongs to none. */
        while (bytes.len && buf_len(&stream->pending) == 0 &&
               is_space(bytes.p[0]))
            bytes = (struct str){bytes.p + 1, bytes.len - 1};
        if (found == SCAN_MORE) {
            buf_add(&stream->pending, bytes);
            return XML_MORE;
        }
        if (buf_len(&stream->pending) > 0) {
            buf_add(&stream->pending, bytes);
            bytes = buf_view(&stream->pending);
        }
        result = on_complete(stream, found, arena, bytes, out);
        buf_reset(&stream->pending);
        if (result != XML_MORE)
            return result;
    }
    return XML_MORE;
}

enum xml_error xml_stream_error(const struct xml_stream *stream)
{
    return stream->error;
}

void xml_stream_hibernate(struct xml_stream *stream)
{
    if (!scan_is_idle(&stream->scan) || stream->error)
        return;
    build_free(stream->build);
    stream->build = NULL;
    buf_clear(&stream->pending);
}

/* --- single elements ------------------------------------------------------ */

#define FRAME_HEADER STR("<frames xmlns='jabber:client'>")

struct xml_parser {
    struct xml_limits limits;
    struct xml_stream *stream; /* NULL after an error */
};

struct xml_parser *xml_parser_new(const struct xml_limits *limits)
{
    struct xml_parser *parser = NEW(struct xml_parser);

    parser->limits = *limits;
    return parser;
}

void xml_parser_free(struct xml_parser *parser)
{
    if (!parser)
        return;
    xml_stream_free(parser->stream);
    free(parser);
}

struct xml *xml_parse(struct xml_parser *parser, struct arena *arena,
                      struct str bytes)
{
    struct xml *element = NULL;

    if (!parser->stream) {
        struct str header = FRAME_HEADER;

        parser->stream = xml_stream_new(&parser->limits, NS_CLIENT);
        if (xml_stream_feed(parser->stream, arena, &header, &element) !=
            XML_STREAM_OPEN)
            abort(); /* our own header */
    }
    if (bytes.len && bytes.p[0] == '<' &&
        xml_stream_feed(parser->stream, arena, &bytes, &element) ==
            XML_STANZA &&
        bytes.len == 0)
        return element;
    xml_stream_free(parser->stream);
    parser->stream = NULL;
    return NULL;
}

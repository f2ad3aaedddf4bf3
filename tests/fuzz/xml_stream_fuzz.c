/* Any bytes, in pieces of any size: the same events come out whatever the
 * pieces, and what is written reads back as what it was. */
#include <stdlib.h>

#include "common/stanza/namespaces.h"
#include "common/xml/xml.h"

static const struct xml_limits limits = {
    .max_stanza = 4096, .max_depth = 16, .max_attrs = 8, .max_token = 1024};

/* The canonical form is read by whoever gets it as what was meant. */
static void check_canonical(struct str written)
{
    static const struct xml_limits wider = {.max_stanza = 1 << 20,
                                            .max_depth = 64,
                                            .max_attrs = 256,
                                            .max_token = 1 << 20};
    struct xml_parser *parser = xml_parser_new(&wider);
    struct arena arena = {0};
    struct buf again = {0};
    const struct xml *tree = xml_parse(parser, &arena, written);

    if (!tree)
        abort();
    xml_write(&again, tree, NS_CLIENT);
    if (!str_eq(written, buf_view(&again)))
        abort();
    buf_clear(&again);
    arena_clear(&arena);
    xml_parser_free(parser);
}

static void record(struct buf *log, struct str text, size_t step)
{
    struct xml_stream *stream = xml_stream_new(&limits, NS_CLIENT);
    struct arena arena = {0};
    enum xml_result result = XML_MORE;

    for (size_t at = 0; at < text.len && result != XML_FAILED; at += step) {
        struct str in = {text.p + at,
                         text.len - at < step ? text.len - at : step};
        struct xml *out = NULL;

        while ((result = xml_stream_feed(stream, &arena, &in, &out)) !=
                   XML_MORE &&
               result != XML_FAILED) {
            buf_printf(log, "%d", (int)result);
            if (result == XML_STANZA) {
                size_t before = buf_len(log);
                struct str written;

                xml_write(log, out, NS_CLIENT);
                written = buf_view(log);
                check_canonical(
                    (struct str){written.p + before, written.len - before});
            }
            arena_reset(&arena);
            xml_stream_hibernate(stream);
        }
    }
    buf_printf(log, "%d", (int)xml_stream_error(stream));
    xml_stream_free(stream);
    arena_clear(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct buf whole = {0};
    struct buf bytewise = {0};

    record(&whole, text, size ? size : 1);
    record(&bytewise, text, 1);
    if (!str_eq(buf_view(&whole), buf_view(&bytewise)))
        abort();
    buf_clear(&whole);
    buf_clear(&bytewise);
    return 0;
}

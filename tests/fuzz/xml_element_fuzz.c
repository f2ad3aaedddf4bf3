/* One element: what we read in it is what expat reads, and we refuse nothing
 * that expat takes but what XMPP forbids. */
#include <stdlib.h>
#include <string.h>

#include "common/xml/xml.h"
#include "tests/support/xml_oracle.h"

/* Comments, processing instructions and the namespace of xml:lang, in which no
 * element can be written again. */
static bool is_forbidden(struct str text)
{
    static const char *const marks[] = {
        "<?", "<!-", "<!D", "http://www.w3.org/XML/1998/namespace", "<xml:"};

    for (size_t i = 0; i < COUNT_OF(marks); i++)
        if (memmem(text.p, text.len, marks[i], strlen(marks[i])))
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct xml_limits none = {0};
    struct str text = {(const char *)data, size};
    struct xml_parser *parser = xml_parser_new(&none);
    struct arena arena = {0};
    struct buf ours = {0}, theirs = {0};
    const struct xml *element = size ? xml_parse(parser, &arena, text) : NULL;
    bool is_read = size && oracle_read(&theirs, text);

    if (element)
        oracle_write(&ours, element);
    if (element && (!is_read || !str_eq(buf_view(&ours), buf_view(&theirs))))
        abort();
    if (!element && is_read && text.p[0] == '<' && text.p[size - 1] == '>' &&
        xml_utf8_valid(text) && !is_forbidden(text))
        abort();
    buf_clear(&ours);
    buf_clear(&theirs);
    arena_clear(&arena);
    xml_parser_free(parser);
    return 0;
}

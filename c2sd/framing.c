#include "framing.h"

#include "common/stanza/stanza.h"

#define NS_FRAMING "urn:ietf:params:xml:ns:xmpp-framing"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_space(struct str *text)
{
    while (text->len > 0 && is_space(text->p[0]))
        *text = (struct str){text->p + 1, text->len - 1};
}

/* --- what the client says ------------------------------------------------- */

static void add_attribute(struct buf *words, const char *name, struct str value)
{
    if (!value.p)
        return;
    buf_printf(words, " %s='", name);
    xml_escape(words, value);
    buf_add_char(words, '\'');
}

static void open_stream(struct buf *words, const struct xml *open)
{
    buf_add_text(words, "<stream:stream xmlns='jabber:client'"
                        " xmlns:stream='http://etherx.jabber.org/streams'");
    add_attribute(words, "to", xml_get(open, "to"));
    add_attribute(words, "from", xml_get(open, "from"));
    add_attribute(words, "version", xml_get(open, "version"));
    add_attribute(words, "xml:lang", xml_lang(open));
    buf_add_char(words, '>');
}

bool framing_words(struct buf *words, struct xml_parser *parser,
                   bool is_open_due, struct str message)
{
    struct arena arena = {0};
    const struct xml *element;
    bool is_ours = true;

    skip_space(&message);
    if (!message.len || message.p[0] != '<' ||
        str_starts(message, STR("<stream:stream")))
        return false;
    if (!str_starts(message, STR("<open")) &&
        !str_starts(message, STR("<close"))) {
        buf_add(words, message);
        return true;
    }
    element = xml_parse(parser, &arena, message);
    if (element && is_open_due && xml_is(element, STR(NS_FRAMING), "open"))
        open_stream(words, element);
    else if (element && xml_is(element, STR(NS_FRAMING), "close"))
        buf_add_text(words, "</stream:stream>");
    else
        is_ours = false;
    arena_clear(&arena);
    return is_ours;
}

/* --- what is said to it --------------------------------------------------- */

/* The next attribute of a start tag of ours, "name='value'"; STR_NONE at its
 * end. */
static struct str next_attribute(struct str *tag)
{
    struct str whole;
    const char *end;

    skip_space(tag);
    end = tag->len ? memchr(tag->p, '=', tag->len) : NULL;
    if (!end || tag->p[0] == '>' || tag->p[0] == '/')
        return STR_NONE;
    whole = (struct str){tag->p, (size_t)(end - tag->p)};
    if (tag->len < whole.len + 2)
        return STR_NONE;
    end = memchr(end + 2, end[1], tag->len - whole.len - 2);
    if (!end)
        return STR_NONE;
    whole.len = (size_t)(end + 1 - tag->p);
    *tag = (struct str){end + 1, tag->len - whole.len};
    return whole;
}

/* The words stand behind "<stream:stream". */
static void write_open(struct buf *message, struct str *words)
{
    struct str attribute;

    buf_add_text(message, "<open xmlns='" NS_FRAMING "'");
    while ((attribute = next_attribute(words)).p) {
        if (str_starts(attribute, STR("xmlns")))
            continue;
        buf_add_char(message, ' ');
        buf_add(message, attribute);
    }
    buf_add_text(message, "/>");
    (void)str_cut(words, '>');
}

static size_t name_length(struct str element)
{
    size_t length = 1;

    while (length < element.len && !is_space(element.p[length]) &&
           element.p[length] != '>' && element.p[length] != '/')
        length++;
    return length;
}

/* The stream's namespaces hold in no other message (§3.3.3). */
static void write_element(struct buf *message, struct str element)
{
    size_t head = name_length(element);
    struct str tag = {element.p + head, element.len - head}, attribute;
    struct str rest = tag;
    bool has_own = false;

    buf_add(message, (struct str){element.p, head});
    while (!has_own && (attribute = next_attribute(&tag)).p)
        has_own = str_starts(attribute, STR("xmlns="));
    if (str_starts(element, STR("<stream:")))
        buf_add_text(message,
                     " xmlns:stream='http://etherx.jabber.org/streams'");
    else if (!has_own)
        buf_add_text(message, " xmlns='jabber:client'");
    buf_add(message, rest);
}

static void cut_declaration(struct str *words)
{
    if (str_starts(*words, STR("<?xml")))
        (void)str_cut(words, '>');
}

enum framing_kind framing_message(struct buf *message, struct str *words)
{
    const struct str open = STR("<stream:stream");
    bool is_alive = words->len > 0;
    struct str element;

    skip_space(words);
    cut_declaration(words);
    if (words->len == 0)
        return is_alive ? FRAMING_ALIVE : FRAMING_NOTHING;
    if (str_starts(*words, open)) {
        *words = (struct str){words->p + open.len, words->len - open.len};
        write_open(message, words);
        return FRAMING_MESSAGE;
    }
    element = str_starts(*words, STR("</")) ? STR_NONE : xml_cut(words);
    if (element.p) {
        write_element(message, element);
        return FRAMING_MESSAGE;
    }
    *words = STR_NONE;
    buf_add_text(message, "<close xmlns='" NS_FRAMING "'/>");
    return FRAMING_LAST;
}

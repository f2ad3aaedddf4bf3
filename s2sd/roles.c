/* Which of the three roles of dialback (XEP-0220 §1.2) an element is for. On a
 * bidirectional stream each side may have all of them (XEP-0288 §2.2). */
#include "stream.h"

static const struct role {
    const char *name;
    bool is_answer;
    void (*handle)(struct stream *stream, const struct xml *element);
} roles[] = {
    {"result", false, receiving_result},
    {"result", true, originating_result},
    {"verify", false, authority_answer},
    {"verify", true, originating_verify},
};

static const struct role *role_of(const struct xml *element)
{
    bool is_answer = xml_get(element, "type").p != NULL;

    for (size_t i = 0; i < COUNT_OF(roles); i++)
        if (str_is(element->name, roles[i].name) &&
            roles[i].is_answer == is_answer)
            return &roles[i];
    return NULL;
}

/* Requests come in on their sender's stream, answers on that of who asked. */
static bool may_come_here(const struct stream *stream, bool is_answer)
{
    if (stream->is_bidi)
        return !is_answer || stream->target;
    return is_answer == stream->is_outgoing;
}

void dialback_element(struct stream *stream, const struct xml *element)
{
    const struct role *role = role_of(element);

    if (!role)
        stream_end(stream, "unsupported-stanza-type", NULL);
    else if (may_come_here(stream, role->is_answer))
        role->handle(stream, element);
    else if (log_limit_allows(&stream->s2sd->log_limit, "dialback-unasked"))
        log_event(LOG_LEVEL_WARN, "dialback-unasked",
                  LOG_STR("domain", stream->remote),
                  LOG_TEXT("peer", stream->peer),
                  LOG_STR("element", element->name));
}

/* What both sides of a stream say besides stanzas, and its pairs of domains. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "caller.h"
#include "common/codec/codec.h"
#include "stream.h"

static void flush(struct stream *stream, struct buf *out)
{
    buf_add_char(out, '\0');
    stream_say(stream, buf_view(out).p);
    buf_clear(out);
}

static void add_attribute(struct buf *out, const char *name, struct str value)
{
    if (!value.p)
        return;
    buf_printf(out, " %s='", name);
    xml_escape(out, value);
    buf_add_char(out, '\'');
}

void stream_send_header(struct stream *stream)
{
    struct buf out = {0};

    buf_add_text(&out, "<?xml version='1.0'?><stream:stream"
                       " xmlns='jabber:server'"
                       " xmlns:db='jabber:server:dialback'"
                       " xmlns:stream='http://etherx.jabber.org/streams'");
    if (!stream->is_outgoing) {
        struct str id = random_id(&stream->arena, 24);

        (void)snprintf(stream->id, sizeof(stream->id), "%.*s", STR_ARG(id));
        add_attribute(&out, "id", id);
    }
    add_attribute(&out, "from", stream->local);
    add_attribute(&out, "to", stream->remote);
    buf_add_text(&out, " version='1.0'>");
    stream->header_sent = true;
    flush(stream, &out);
}

void stream_say_dialback(struct stream *stream, const char *name,
                         struct str from, struct str to, struct str id,
                         const char *type, struct str content)
{
    struct buf out = {0};

    buf_printf(&out, "<db:%s", name);
    add_attribute(&out, "from", from);
    add_attribute(&out, "to", to);
    add_attribute(&out, "id", id);
    if (type)
        add_attribute(&out, "type", str_of(type));
    buf_add_char(&out, '>');
    if (content.p)
        xml_escape(&out, content);
    buf_printf(&out, "</db:%s>", name);
    flush(stream, &out);
}

void stream_say_dialback_error(struct stream *stream, const char *name,
                               struct str from, struct str to, struct str id,
                               const char *condition)
{
    struct buf out = {0};

    buf_printf(&out, "<db:%s", name);
    add_attribute(&out, "from", from);
    add_attribute(&out, "to", to);
    add_attribute(&out, "id", id);
    buf_printf(&out,
               " type='error'><error type='cancel'>"
               "<%s xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
               "</db:%s>",
               condition, name);
    flush(stream, &out);
}

/* --- pairs ---------------------------------------------------------------- */

struct pair *stream_pair(const struct stream *stream, struct str from,
                         struct str to)
{
    for (struct pair *pair = stream->pairs; pair; pair = pair->next)
        if (str_eq(pair->from, from) && str_eq(pair->to, to))
            return pair;
    return NULL;
}

struct pair *stream_add_pair(struct stream *stream, struct str from,
                             struct str to)
{
    struct pair *pair;
    int64_t most = config_int(stream->s2sd->config, "s2sd.max-domain-pairs");

    if (stream->pair_count >= (uint64_t)most)
        return NULL;
    pair = NEW(struct pair);
    pair->from = str_dup(from);
    pair->to = str_dup(to);
    pair->next = stream->pairs;
    stream->pairs = pair;
    stream->pair_count++;
    return pair;
}

/* Nobody is asked about it any more. */
static void end_claim(struct stream *stream, struct pair *pair)
{
    if (pair->is_claim && stream->caller)
        stream->caller->claims--;
    pair->is_claim = false;
}

void stream_verify_pair(struct stream *stream, struct pair *pair)
{
    end_claim(stream, pair);
    stream->verified_count += !pair->is_verified;
    pair->is_verified = true;
}

void stream_remove_pair(struct stream *stream, struct pair *pair)
{
    struct pair **link = &stream->pairs;

    while (*link != pair)
        link = &(*link)->next;
    *link = pair->next;
    stream->pair_count--;
    stream->verified_count -= pair->is_verified;
    end_claim(stream, pair);
    free((char *)pair->from.p);
    free((char *)pair->to.p);
    free(pair);
}

bool stream_has_verified(const struct stream *stream)
{
    return stream->verified_count > 0;
}

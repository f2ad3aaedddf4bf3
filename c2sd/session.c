/* Between login and the end: binding a resource, and what sm says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "common/link/control.h"
#include "common/log/log.h"
#include "sasl2.h"

/* --- asking for a session ------------------------------------------------- */

/* An element that asks the sm of the user's shard. */
static struct xml *ask(struct client *client, const char *name)
{
    struct xml *element = client_control_new(client, name);

    xml_set(element, STR(CTL_A_JID), client->jid);
    xml_set(element, STR(CTL_A_GRANT), client->grant);
    return xml_set(element, STR(CTL_A_PEER), str_of(client->peer));
}

static void send_ask(struct client *client, const struct xml *element,
                     bool is_resuming)
{
    struct c2sd *c2sd = client->c2sd;
    char address[32];

    client->shard = jid_shard(client->jid);
    client->sm =
        channels_get(c2sd->channels, c2sd->address,
                     address_write(address, ADDRESS_SM, client->shard));
    client->state = CLIENT_OPENING;
    client->is_resuming = is_resuming;
    client_tell(client, client->sm, element);
}

void client_open_session(struct client *client, struct str resource)
{
    struct xml *open = ask(client, CTL_SESSION_OPEN);

    xml_set(open, STR(CTL_A_RESOURCE), resource);
    if (client->is_secure)
        xml_set(open, STR(CTL_A_TLS), STR("1"));
    if (client->wish)
        sasl2_describe(client, open);
    send_ask(client, open, false);
}

static void on_bind(struct client *client, struct xml *iq,
                    const struct xml *bind)
{
    struct arena *arena = &client->c2sd->arena;
    struct str wanted = xml_child_text(bind, NS_BIND, "resource");
    struct str resource = STR_NONE;

    client_stamp_lang(client, iq);
    if (wanted.len) {
        resource = jid_prep_resource(arena, wanted);
        if (!resource.p) {
            client_say_xml(client,
                           stanza_error_reply(arena, iq, ERR_BAD_REQUEST,
                                              "This is no resource"));
            return;
        }
    }
    client_keep_request_id(client, xml_get(iq, "id"));
    client_open_session(client, resource);
}

void client_resume(struct client *client, struct str id, struct str count)
{
    struct xml *resume = ask(client, CTL_SESSION_RESUME);
    uint64_t h;

    if (!str_to_u64(count, &h) || h > UINT32_MAX) {
        client_say(client, "<failed xmlns='urn:xmpp:sm:3'><bad-request xmlns="
                           "'urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>");
        return;
    }
    client->resume_h = (uint32_t)h;
    xml_set(resume, STR(CTL_A_ID), id);
    xml_set(resume, STR(CTL_A_H), count);
    snprintf(client->resume_id, sizeof(client->resume_id), "%.*s", STR_ARG(id));
    send_ask(client, resume, true);
}

void client_after_login(struct client *client, struct xml *element)
{
    struct xml *payload =
        stanza_kind(element) == STANZA_IQ && iq_type(element) == IQ_SET
            ? iq_payload(element)
            : NULL;

    if (payload && xml_is(payload, NS_BIND, "bind"))
        on_bind(client, element, payload);
    else if (xml_is(element, NS_SM, "resume"))
        client_resume(client, xml_get(element, "previd"),
                      xml_get(element, "h"));
    else if (xml_is(element, NS_SM, "enable"))
        client_say(client,
                   "<failed xmlns='urn:xmpp:sm:3'><unexpected-request xmlns="
                   "'urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>");
    else if (payload && xml_is(payload, NS_SESSION, "session"))
        client_say_xml(client, iq_result(&client->c2sd->arena, element));
    else
        client_end(client, "not-authorized", "Bind a resource first");
}

/* --- what sm says --------------------------------------------------------- */

static void become_bound(struct client *client, struct str full)
{
    free((char *)client->jid.p);
    client->jid = str_dup(full);
    client->state = CLIENT_BOUND;
    client->c2sd->sessions++;
    log_event(LOG_LEVEL_INFO, "session", LOG_STR("jid", client->jid),
              LOG_TEXT("peer", client->peer));
}

static void on_opened(struct client *client, const struct xml *element)
{
    struct arena *arena = &client->c2sd->arena;
    struct xml *iq, *bind;

    if (client->state != CLIENT_OPENING || client->is_resuming)
        return;
    if (client->wish && !sasl2_opened(client, xml_get(element, CTL_A_JID)))
        return;
    become_bound(client, xml_get(element, CTL_A_JID));
    if (client->wish) {
        sasl2_succeed(client, NULL);
        return;
    }
    if (client->answer.p) {
        client_say(client, client->answer.p);
        return;
    }
    iq = xml_new(arena, NS_CLIENT, STR("iq"));
    xml_set(iq, STR("type"), STR("result"));
    xml_set(iq, STR("id"), client->request_id);
    bind = xml_add(iq, NS_BIND, STR("bind"));
    xml_add_leaf(bind, NS_BIND, STR("jid"), client->jid);
    client_say_xml(client, iq);
}

static void add_text(struct client *client, struct xml *error, struct str text)
{
    xml_set_lang(xml_add_leaf(error, NS_STANZA_ERROR, STR("text"),
                              client_text(client, text)),
                 text_tag(client_language(client)));
}

static void on_refused(struct client *client, const struct xml *element)
{
    struct arena *arena = &client->c2sd->arena;
    struct str condition = xml_get(element, CTL_A_CONDITION);
    struct xml *answer, *error;
    uint64_t sent;

    if (client->state != CLIENT_OPENING)
        return;
    client->state = CLIENT_OPEN;
    if (!client_is_condition(condition))
        condition = STR("internal-server-error");
    if (client->is_resuming && str_to_u64(xml_get(element, CTL_A_OUT), &sent)) {
        client_refuse_count(client, client->resume_h, (uint32_t)sent);
        return;
    }
    if (client->wish) {
        sasl2_refused(client, condition, xml_get(element, CTL_A_TEXT));
        return;
    }
    if (client->is_resuming) {
        answer = xml_new(arena, NS_SM, STR("failed"));
        xml_add(answer, NS_STANZA_ERROR, condition);
        client_say_xml(client, answer);
        return;
    }
    answer = xml_new(arena, NS_CLIENT, STR("iq"));
    xml_set(answer, STR("type"), STR("error"));
    xml_set(answer, STR("id"), client->request_id);
    error = xml_add(answer, NS_CLIENT, STR("error"));
    xml_set(error, STR("type"), xml_get(element, CTL_A_TYPE));
    xml_add(error, NS_STANZA_ERROR, condition);
    if (xml_get(element, CTL_A_TEXT).len)
        add_text(client, error, xml_get(element, CTL_A_TEXT));
    client_say_xml(client, answer);
    client_keep_request_id(client, STR_NONE);
}

static void on_end(struct client *client, const struct xml *element)
{
    char *condition = str_dup_heap(xml_get(element, CTL_A_CONDITION));
    char *text = str_dup_heap(xml_get(element, CTL_A_TEXT));

    client_session_ended(client, condition, *text ? text : NULL);
    free(condition);
    free(text);
}

/* What is told to an sm that comes back; with a new grant in place of one that grows
 * old. */
static void keep(struct client *client, struct str keepsake, struct str grant)
{
    free((char *)client->keepsake.p);
    client->keepsake = str_dup(keepsake);
    if (!grant.len)
        return;
    free((char *)client->grant.p);
    client->grant = str_dup(grant);
}

void client_sm_frame(struct client *client, struct channel *channel,
                     const struct frame *frame)
{
    struct c2sd *c2sd = client->c2sd;
    struct xml *element;

    if (frame->n) {
        client_deliver(client, channel, frame);
        return;
    }
    arena_reset(&c2sd->arena);
    element = xml_parse(c2sd->parser, &c2sd->arena, frame->body);
    if (!element)
        log_event(LOG_LEVEL_WARN, "bad-frame",
                  LOG_STR("from", channel_remote(channel)));
    else if (xml_is(element, NS_LINK_CONTROL, CTL_SESSION_OPENED))
        on_opened(client, element);
    else if (xml_is(element, NS_LINK_CONTROL, CTL_SESSION_REFUSED))
        on_refused(client, element);
    else if (xml_is(element, NS_LINK_CONTROL, CTL_SESSION_ENABLED)) {
        if (client->state == CLIENT_OPENING && client->is_enabling)
            become_bound(client, client->wish->jid);
        client_enabled(client, element);
    }
    else if (xml_is(element, NS_LINK_CONTROL, CTL_SESSION_RESUMED)) {
        if (client->state == CLIENT_OPENING && client->is_resuming) {
            become_bound(client, xml_get(element, CTL_A_JID));
            client_resumed(client, element);
        }
    } else if (xml_is(element, NS_LINK_CONTROL, CTL_SESSION_KEEP)) {
        keep(client, frame->body, xml_get(element, CTL_A_GRANT));
    } else if (xml_is(element, NS_LINK_CONTROL, CTL_SESSION_QUIET)) {
        client_quieten(client, str_is(xml_get(element, CTL_A_ON), "1"));
    } else if (xml_is(element, NS_LINK_CONTROL, CTL_SESSION_WAKE)) {
        client_let_out(client);
    } else if (xml_is(element, NS_LINK_CONTROL, CTL_SESSION_END))
        on_end(client, element); /* may free it */
    channel_discharge(channel, frame->seq);
}

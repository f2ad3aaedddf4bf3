#include "component.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/codec/codec.h"
#include "common/jid/jid.h"
#include "common/log/log.h"
#include "relay.h"

static void say(struct component *component, const char *text)
{
    tray_add(&component->tray, str_of(text), NULL, 0);
}

static void send_header(struct component *component)
{
    struct buf out = {0};

    buf_add_text(&out, "<?xml version='1.0'?><stream:stream"
                       " xmlns='jabber:component:accept'"
                       " xmlns:stream='http://etherx.jabber.org/streams'"
                       " id='");
    buf_add_text(&out, component->id);
    if (component->domain.p) {
        buf_add_text(&out, "' from='");
        xml_escape(&out, component->domain);
    }
    buf_add_text(&out, "'>");
    tray_add(&component->tray, buf_view(&out), NULL, 0);
    buf_clear(&out);
    component->header_sent = true;
}

void component_end(struct component *component, const char *condition,
                   const char *text)
{
    struct buf out = {0};

    if (component->state == COMPONENT_CLOSING)
        return;
    relay_close(component);
    if (!component->header_sent)
        send_header(component);
    buf_printf(&out,
               "<stream:error>"
               "<%s xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>",
               condition);
    if (text) {
        buf_add_text(&out,
                     "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>");
        xml_escape(&out, str_of(text));
        buf_add_text(&out, "</text>");
    }
    buf_add_text(&out, "</stream:error></stream:stream>");
    tray_add(&component->tray, buf_view(&out), NULL, 0);
    buf_clear(&out);
    log_event(LOG_LEVEL_WARN, "component-refused",
              LOG_STR("domain", component->domain),
              LOG_TEXT("peer", component->peer), LOG_TEXT("reason", condition));
    component->state = COMPONENT_CLOSING;
}

struct component *component_new(const struct registry *registry,
                                const struct component_effects *effects,
                                void *ctx, const char *peer,
                                struct component_limits limits)
{
    struct component *component = NEW(struct component);
    const struct xml_limits of_xml = {.max_stanza = limits.max_stanza,
                                      .max_depth = 128,
                                      .max_attrs = 64,
                                      .max_token = limits.max_stanza};
    struct str id = random_id(&component->arena, 20);

    component->registry = registry;
    component->effects = effects;
    component->ctx = ctx;
    component->max_waiting = limits.max_waiting;
    snprintf(component->peer, sizeof(component->peer), "%s", peer);
    memcpy(component->id, id.p, id.len);
    component->xml = xml_stream_new(&of_xml, NS_COMPONENT);
    component->bounces = xml_parser_new(&(struct xml_limits){.max_depth = 512});
    return component;
}

/* XEP-0114 §3: the header's `to` names the component. */
static void on_header(struct component *component, const struct xml *header)
{
    struct str domain =
        jid_prep_domain(&component->arena, xml_get(header, "to"));
    const struct registry_entry *entry;

    if (!xml_is(header, NS_STREAMS, "stream")) {
        component_end(component, "invalid-namespace", NULL);
        return;
    }
    component->domain = str_dup(domain);
    entry = domain.p ? registry_find(component->registry, domain) : NULL;
    if (!entry) {
        component_end(component, "host-unknown", NULL);
        return;
    }
    if (entry->connected) {
        component_end(component, "conflict", NULL);
        return;
    }
    send_header(component);
    component->state = COMPONENT_HANDSHAKE;
}

static void on_handshake(struct component *component, const struct xml *element)
{
    struct registry_entry *entry =
        registry_find(component->registry, component->domain);

    if (!xml_is(element, NS_CLIENT, "handshake")) {
        component_end(component, "not-authorized", "The handshake comes first");
        return;
    }
    if (!entry || !registry_proves(entry, component->id, xml_text(element))) {
        component_end(component, "not-authorized", NULL);
        return;
    }
    if (entry->connected) {
        component_end(component, "conflict", NULL);
        return;
    }
    entry->connected = true;
    component->state = COMPONENT_OPEN;
    say(component, "<handshake/>");
    component->effects->bind(component->ctx, component->domain);
    log_event(LOG_LEVEL_INFO, "component-connected",
              LOG_STR("domain", component->domain),
              LOG_TEXT("peer", component->peer));
}

static void on_element(struct component *component, struct xml *element)
{
    if (component->state == COMPONENT_HANDSHAKE)
        on_handshake(component, element);
    else if (component->state == COMPONENT_OPEN)
        relay_from_component(component, element);
}

static void on_stream_close(struct component *component)
{
    relay_close(component);
    if (!component->header_sent)
        send_header(component);
    say(component, "</stream:stream>");
    component->state = COMPONENT_CLOSING;
}

void component_receive(struct component *component, struct str bytes)
{
    while (component->state != COMPONENT_CLOSING) {
        struct xml *out = NULL;
        enum xml_result result =
            xml_stream_feed(component->xml, &component->arena, &bytes, &out);
        enum xml_error error;

        switch (result) {
        case XML_MORE:
            return;
        case XML_STREAM_OPEN:
            on_header(component, out);
            break;
        case XML_STANZA:
            on_element(component, out);
            break;
        case XML_STREAM_CLOSE:
            on_stream_close(component);
            break;
        case XML_FAILED:
            error = xml_stream_error(component->xml);
            component_end(component, xml_error_condition(error),
                          xml_error_text(error));
            break;
        }
        arena_reset(&component->arena);
    }
}

void component_deliver(struct component *component, struct channel *channel,
                       const struct frame *frame)
{
    tray_add(&component->tray, frame->body, channel, frame->seq);
    if (tray_pending(&component->tray).len > component->max_waiting)
        component_end(component, "resource-constraint",
                      "The component does not read");
}

static void on_whole(void *ctx, const struct tray_piece *piece)
{
    struct component *component = ctx;

    if (piece->channel)
        component->effects->discharge(component->ctx, piece->channel,
                                      piece->seq);
}

void component_written(struct component *component, size_t count)
{
    tray_written(&component->tray, count, on_whole, component);
}

void component_expire(struct component *component)
{
    if (component->state == COMPONENT_HEADER ||
        component->state == COMPONENT_HANDSHAKE)
        component_end(component, "connection-timeout", NULL);
}

void component_lost(struct component *component)
{
    relay_close(component);
    component->state = COMPONENT_CLOSING;
}

void component_free(struct component *component)
{
    if (!component)
        return;
    xml_stream_free(component->xml);
    xml_parser_free(component->bounces);
    arena_clear(&component->arena);
    tray_clear(&component->tray);
    buf_clear(&component->scratch);
    free((char *)component->domain.p);
    free(component);
}

bool component_answers(const struct component *component, struct str domain)
{
    return component->state == COMPONENT_OPEN &&
           str_eq(component->domain, domain);
}

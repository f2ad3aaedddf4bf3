#include "relay.h"

#include "common/jid/jid.h"
#include "common/log/log.h"
#include "common/service/service.h"

static struct str canonical(struct component *component,
                            const struct xml *stanza)
{
    buf_reset(&component->scratch);
    xml_write(&component->scratch, stanza, NS_CLIENT);
    return buf_view(&component->scratch);
}

static void answer(struct component *component, const struct xml *stanza,
                   enum stanza_error condition, const char *text)
{
    struct xml *reply =
        stanza_error_reply(&component->arena, stanza, condition, text);

    if (reply)
        tray_add(&component->tray, canonical(component, reply), NULL, 0);
}

static void send(struct component *component, struct str address,
                 const struct xml *stanza)
{
    if (!component->effects->send(component->ctx, component->domain, address,
                                  canonical(component, stanza)))
        component->paused = true;
}

static void send_to_account(struct component *component, struct str bare,
                            const struct xml *stanza)
{
    char address[32];

    send(component, address_write(address, ADDRESS_SM, jid_shard(bare)),
         stanza);
}

/* Whether another component or service answers at this domain. One that is
 * connected here counts before the router has told so: the channel keeps what
 * is sent to it until then. */
static bool is_reachable(struct component *component, struct str domain)
{
    const struct registry_entry *entry =
        registry_find(component->registry, domain);

    return (entry && entry->connected) ||
           component->effects->is_up(component->ctx, domain);
}

static void route(struct component *component, const struct jid *to,
                  const struct xml *stanza)
{
    char address[32];

    if (registry_serves(component->registry, to->domain))
        send_to_account(component, to->bare, stanza);
    else if (str_eq(to->domain, component->domain))
        tray_add(&component->tray, canonical(component, stanza), NULL, 0);
    else if (is_reachable(component, to->domain))
        send(component, to->domain, stanza);
    else if (component->effects->is_up(component->ctx,
                                       federation_address(address, to->domain)))
        send(component, federation_address(address, to->domain), stanza);
    else
        answer(component, stanza, ERR_REMOTE_SERVER_NOT_FOUND, NULL);
}

/* A component speaks for its own domain only (XEP-0114 §3). */
static bool speaks_for_itself(struct component *component, struct xml *stanza)
{
    struct str text = xml_get(stanza, "from");
    struct jid from;

    if (!text.p) {
        component_end(component, "improper-addressing", "from is missing");
        return false;
    }
    if (!jid_parse(&from, &component->arena, text) ||
        !str_eq(from.domain, component->domain)) {
        component_end(component, "invalid-from", NULL);
        return false;
    }
    xml_set(stanza, STR("from"), from.full);
    return true;
}

void relay_from_component(struct component *component, struct xml *stanza)
{
    struct jid to;
    struct str text;

    if (stanza_kind(stanza) == STANZA_NONE) {
        component_end(component, "unsupported-stanza-type", NULL);
        return;
    }
    if (!speaks_for_itself(component, stanza))
        return;
    text = xml_get(stanza, "to");
    if (!text.p) {
        component_end(component, "improper-addressing", "to is missing");
        return;
    }
    if (!jid_parse(&to, &component->arena, text)) {
        answer(component, stanza, ERR_JID_MALFORMED, NULL);
        return;
    }
    xml_set(stanza, STR("to"), to.full);
    route(component, &to, stanza);
}

static void send_bounce(struct component *component, const struct xml *stanza)
{
    struct xml *reply = stanza_error_reply(&component->arena, stanza,
                                           ERR_SERVICE_UNAVAILABLE, NULL);
    struct jid to;

    if (!reply || !jid_parse(&to, &component->arena, xml_get(reply, "to")))
        return;
    if (registry_serves(component->registry, to.domain))
        send_to_account(component, to.bare, reply);
    else if (is_reachable(component, to.domain))
        send(component, to.domain, reply);
}

static void bounce(void *ctx, const struct tray_piece *piece, struct str body)
{
    struct component *component = ctx;
    struct xml *stanza;

    stanza = xml_parse(component->bounces, &component->arena, body);
    if (stanza)
        send_bounce(component, stanza);
    component->effects->discharge(component->ctx, piece->channel, piece->seq);
}

void relay_close(struct component *component)
{
    if (component->state != COMPONENT_OPEN)
        return;
    tray_drain(&component->tray, bounce, component);
    component->effects->unbind(component->ctx, component->domain);
    registry_mark(component->registry, component->domain, false);
    log_event(LOG_LEVEL_INFO, "component-disconnected",
              LOG_STR("domain", component->domain),
              LOG_TEXT("peer", component->peer));
}

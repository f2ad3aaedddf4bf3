/* Stream headers and features (RFC 6120 §4.7, §4.3). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "common/codec/codec.h"

#define MAX_LANG_BYTES 64

static void send_header(struct client *client, struct str to)
{
    struct arena arena = {0};
    struct buf out = {0};

    buf_add_text(&out, "<?xml version='1.0'?><stream:stream"
                       " xmlns='jabber:client'"
                       " xmlns:stream='http://etherx.jabber.org/streams' id='");
    buf_add(&out, random_id(&arena, 22));
    if (client->domain.len) {
        buf_add_text(&out, "' from='");
        xml_escape(&out, client->domain);
    }
    if (to.len) {
        buf_add_text(&out, "' to='");
        xml_escape(&out, to);
    }
    if (!client->is_version_0)
        buf_add_text(&out, "' version='1.0");
    buf_add_text(&out, "' xml:lang='");
    buf_add(&out, text_tag(client_language(client)));
    buf_add_text(&out, "'>");
    buf_add_char(&out, '\0');
    client->header_sent = true;
    client_say(client, out.data);
    buf_clear(&out);
    arena_clear(&arena);
}

enum language client_language(const struct client *client)
{
    return text_language(client->lang);
}

struct str client_text(const struct client *client, struct str english)
{
    struct str terminated = arena_dup(&client->c2sd->arena, english);

    return str_of(text_in(client_language(client), terminated.p));
}

void client_send_header(struct client *client)
{
    send_header(client, STR_NONE);
}

static bool offers_registration(const struct client *client)
{
    const struct config *config = client->c2sd->config;
    const char *list = "authd.registration-domains";

    return str_is(config_str(config, "authd.registration"), "open") &&
           (config_list_count(config, list) == 0 ||
            config_list_has(config, list, client->domain));
}

/* XEP-0115 §6.3: clients need not ask a server that they know. */
static void say_capabilities(struct client *client)
{
    struct xml *element;

    if (!client->c2sd->caps[0])
        return; /* no sm has told it yet */
    element = xml_new(&client->c2sd->arena, NS_CAPS, STR("c"));
    xml_set(element, STR("hash"), STR("sha-1"));
    xml_set(element, STR("node"), STR(CAPS_NODE));
    xml_set(element, STR("ver"), str_of(client->c2sd->caps));
    client_say_xml(client, element);
}

void client_send_features(struct client *client)
{
    const struct config *config = client->c2sd->config;
    bool needs_tls = config_bool(config, "c2sd.require-tls");

    client_say(client, "<stream:features>");
    if (!client->is_secure && !client->is_authed)
        client_say(client, needs_tls
                               ? "<starttls xmlns='urn:ietf:params:xml:ns:"
                                 "xmpp-tls'><required/></starttls>"
                               : "<starttls xmlns='urn:ietf:params:xml:ns:"
                                 "xmpp-tls'/>");
    if (client->is_authed) {
        say_capabilities(client);
        if (client->state != CLIENT_BOUND)
            client_say(client,
                       "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
                       "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'>"
                       "<optional/></session>");
        client_say(client,
                   "<sm xmlns='urn:xmpp:sm:3'/>"
                   "<csi xmlns='urn:xmpp:csi:0'/>"
                   "<ver xmlns='urn:xmpp:features:rosterver'/>"
                   "<sub xmlns='urn:xmpp:features:pre-approval'/>");
    } else if (client->is_secure || !needs_tls) {
        client_write_mechanisms(client);
        if (offers_registration(client))
            client_say(client, "<register xmlns='http://jabber.org/features/"
                               "iq-register'/>");
        if (config_bool(config, "authd.invitations"))
            client_say(client, "<register xmlns='urn:xmpp:ibr-token:0'/>");
        if (config_list_count(config, "maild.command") > 0)
            client_say(client, "<recover xmlns='urn:posthouse:recover:0'/>");
        if (client->is_secure && config_bool(config, "authd.legacy-auth"))
            client_say(client,
                       "<auth xmlns='http://jabber.org/features/iq-auth'/>");
    }
    client_say(client, "</stream:features>");
}

/* Whether the header's `to` names a domain of ours, the same as before. */
static bool take_domain(struct client *client, struct str to)
{
    struct str domain = jid_prep_domain(&client->c2sd->arena, to);

    if (!to.p) {
        client_end(client, "improper-addressing", "The header has no 'to'");
        return false;
    }
    if (!domain.p || !c2sd_serves(client->c2sd, domain) ||
        (client->domain.p && !str_eq(domain, client->domain))) {
        client_end(client, "host-unknown", NULL);
        return false;
    }
    if (!client->domain.p)
        client->domain = str_dup(domain);
    return true;
}

static void keep_lang(struct client *client, struct str lang)
{
    free((char *)client->lang.p);
    client->lang =
        lang.len > 0 && lang.len <= MAX_LANG_BYTES ? str_dup(lang) : STR_NONE;
}

/* The address that the client says it has, to be told to it (§4.7.2); absent
 * when it told none. */
static struct str own_address(struct client *client, struct str from)
{
    struct jid jid;

    return from.p && jid_parse(&jid, &client->c2sd->arena, from) ? jid.bare
                                                                 : STR_NONE;
}

/* Clients from before version 1.0 (§4.7.5) know no features. */
static bool is_old(struct str version)
{
    return !version.p || str_starts(version, STR("0."));
}

void client_on_header(struct client *client, const struct xml *header)
{

    if (!xml_is(header, NS_STREAMS, "stream")) {
        client_end(client, "invalid-namespace", NULL);
        return;
    }
    client->is_version_0 = is_old(xml_get(header, "version"));
    keep_lang(client, xml_lang(header));
    if (!take_domain(client, xml_get(header, "to")))
        return;
    client->state = CLIENT_OPEN;
    free((char *)client->from.p);
    client->from = str_dup(own_address(client, xml_get(header, "from")));
    send_header(client, client->from);
    if (!client->is_version_0)
        client_send_features(client);
}

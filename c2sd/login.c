/* Before login: STARTTLS, registration and XEP-0078, the last two relayed to an
 * authd (common/link/control.h) as SASL is (sasl.c). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "common/link/control.h"
#include "common/log/log.h"

/* --- asking authd --------------------------------------------------------- */

struct choice {
    struct c2sd *c2sd;
    unsigned wanted, count;
    char address[32];
};

static void visit_auth(void *ctx, struct str address, struct str node)
{
    struct choice *choice = ctx;

    (void)node;
    if (address_parse(address, NULL) != ADDRESS_AUTH)
        return;
    if (choice->count++ <= choice->wanted)
        snprintf(choice->address, sizeof(choice->address), "%.*s",
                 STR_ARG(address));
}

struct channel *c2sd_choose_auth(struct c2sd *c2sd)
{
    struct choice choice = {.c2sd = c2sd, .wanted = c2sd->next_auth++};

    channels_each_up(c2sd->channels, visit_auth, &choice);
    if (choice.count == 0)
        return NULL;
    if (choice.wanted >= choice.count)
        c2sd->next_auth = 1;
    return channels_get(c2sd->channels, c2sd->address, str_of(choice.address));
}

void client_describe(struct client *client, struct xml *element)
{
    xml_set(element, STR(CTL_A_DOMAIN), client->domain);
    xml_set(element, STR(CTL_A_PEER), str_of(client->peer));
    xml_set(element, STR(CTL_A_SECURE),
            client->is_secure ? STR("1") : STR("0"));
}

/* The IQ in an <answer/>; a successful XEP-0078 login waits for its session. */
static void on_answer(struct client *client, const struct xml *answer)
{
    const struct xml *iq = xml_child(answer, NS_CLIENT, "iq");
    struct str jid = xml_get(answer, CTL_A_JID);
    struct buf out = {0};

    client->state = CLIENT_OPEN;
    client->auth = NULL;
    client_wake(client);
    if (!iq)
        return;
    if (xml_get(answer, CTL_A_INVITATION).p)
        client_keep_invitation(client, xml_get(answer, CTL_A_INVITATION));
    if (!jid.p) {
        client_say_xml(client, iq);
        return;
    }
    xml_write(&out, iq, NS_CLIENT);
    buf_add_char(&out, '\0');
    client->jid = str_dup(jid);
    client->grant = str_dup(xml_get(answer, CTL_A_GRANT));
    client->is_authed = true;
    client->c2sd->logins++;
    client->answer = str_dup(buf_view(&out));
    buf_clear(&out);
    client_open_session(client, xml_get(answer, "resource"));
}

void client_auth_frame(struct client *client, const struct xml *element)
{
    if (client->state != CLIENT_ASKING)
        return;
    if (xml_is(element, NS_LINK_CONTROL, CTL_ANSWER))
        on_answer(client, element);
    else
        client_sasl_frame(client, element);
}

/* --- registration and XEP-0078 -------------------------------------------- */

static void refuse_iq(struct client *client, const struct xml *iq)
{
    const struct xml *reply =
        stanza_error_reply(&client->c2sd->arena, iq, ERR_RESOURCE_CONSTRAINT,
                           "The login service does not answer; try again");

    if (reply)
        client_say_xml(client, reply);
}

void client_auth_lost(struct client *client)
{
    struct xml *iq;

    if (client->state != CLIENT_ASKING && client->state != CLIENT_CHALLENGED)
        return;
    if (client->state == CLIENT_CHALLENGED || !client->is_iq_asked) {
        client_sasl_fail(client, STR("temporary-auth-failure"),
                         STR("The login service has restarted"));
        return;
    }
    client->state = CLIENT_OPEN;
    client->auth = NULL;
    iq = xml_new(&client->c2sd->arena, NS_CLIENT, STR("iq"));
    xml_set(iq, STR("type"), STR("set"));
    xml_set(iq, STR("id"), client->request_id);
    client_stamp_lang(client, iq);
    refuse_iq(client, iq);
}

static void relay_iq(struct client *client, struct xml *iq, const char *name)
{
    struct xml *element = client_control_new(client, name);

    client_stamp_lang(client, iq);
    client->auth = c2sd_choose_auth(client->c2sd);
    if (!client->auth) {
        refuse_iq(client, iq);
        return;
    }
    client_describe(client, element);
    if (client->invitation.p && strcmp(name, CTL_REGISTER) == 0)
        xml_set(element, STR(CTL_A_INVITATION), client->invitation);
    client_keep_request_id(client, xml_get(iq, "id"));
    xml_append(element, iq);
    client->state = CLIENT_ASKING;
    client->is_iq_asked = true;
    client_tell(client, client->auth, element);
}

static void on_iq(struct client *client, struct xml *iq)
{
    struct xml *payload = iq_payload(iq);

    if (payload && (xml_is(payload, NS_REGISTER, "query") ||
                    xml_is(payload, NS_PREAUTH, "preauth")))
        relay_iq(client, iq, CTL_REGISTER);
    else if (payload && xml_is(payload, NS_RECOVER, "query"))
        relay_iq(client, iq, CTL_RECOVER);
    else if (payload && xml_is(payload, NS_AUTH, "query"))
        relay_iq(client, iq, CTL_LEGACY_AUTH);
    else
        client_end(client, "not-authorized", "Log in first");
}

/* --- dispatch ------------------------------------------------------------- */

static void on_starttls(struct client *client)
{
    if (client->is_secure) {
        client_say(client, "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
                           "</stream:stream>");
        client_close(client);
        return;
    }
    client_say(client, "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    client->state = CLIENT_TLS;
    client->wants_tls = true;
}

void client_before_login(struct client *client, struct xml *element)
{
    bool needs_tls = config_bool(client->c2sd->config, "c2sd.require-tls");
    bool is_exchange = client->state == CLIENT_CHALLENGED;

    if (xml_is(element, NS_TLS, "starttls") && !is_exchange) {
        on_starttls(client);
        return;
    }
    if (needs_tls && !client->is_secure && !client_sasl_begins(element)) {
        client_end(client, "policy-violation", "STARTTLS comes first");
        return;
    }
    if (client_sasl(client, element))
        return;
    if (stanza_kind(element) == STANZA_IQ && !is_exchange)
        on_iq(client, element);
    else
        client_end(client, "not-authorized", "Log in first");
}

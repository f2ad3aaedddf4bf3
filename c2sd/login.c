/* Before login: STARTTLS, SASL, registration and XEP-0078, the last three
 * relayed to an authd (common/link/control.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "common/codec/codec.h"
#include "common/link/control.h"
#include "common/log/log.h"

#define MAX_FAILURES 5

/* --- asking authd ---------------------------------------------------------
 */

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

/* The next authd in turn; NULL when none is there. */
static struct channel *choose_auth(struct c2sd *c2sd)
{
    struct choice choice = {.c2sd = c2sd, .wanted = c2sd->next_auth++};

    channels_each_up(c2sd->channels, visit_auth, &choice);
    if (choice.count == 0)
        return NULL;
    if (choice.wanted >= choice.count)
        c2sd->next_auth = 1;
    return channels_get(c2sd->channels, c2sd->address, str_of(choice.address));
}

static void describe(struct client *client, struct xml *element)
{
    xml_set(element, STR(CTL_A_DOMAIN), client->domain);
    xml_set(element, STR(CTL_A_PEER), str_of(client->peer));
    xml_set(element, STR(CTL_A_SECURE),
            client->is_secure ? STR("1") : STR("0"));
}

/* --- SASL (RFC 6120 §6) ---------------------------------------------------
 */

static void fail(struct client *client, struct str condition, struct str text)
{
    struct buf out = {0};

    if (!client_is_condition(condition))
        condition = STR("temporary-auth-failure");
    buf_printf(&out,
               "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><%.*s/>",
               STR_ARG(condition));
    if (text.len) {
        buf_add_text(&out, "<text xml:lang='en'>");
        xml_escape(&out, text);
        buf_add_text(&out, "</text>");
    }
    buf_add_text(&out, "</failure>");
    buf_add_char(&out, '\0');
    client_say(client, out.data);
    buf_clear(&out);
    client->state = CLIENT_OPEN;
    client->auth = NULL;
    if (++client->failures >= MAX_FAILURES)
        client_end(client, "policy-violation", "Too many failed logins");
}

/* The client's first message tells which binding it uses ("p=tls-exporter,,"):
 * authd gets the bytes of that one. */
static void add_binding(struct client *client, struct xml *element,
                        struct str data)
{
    struct c2sd *c2sd = client->c2sd;
    struct str message = STR_NONE, type, bytes;

    if (data.len && client->is_secure)
        message = base64_decode(&c2sd->arena, data);
    if (!str_starts(message, STR("p=")))
        return;
    message.p += 2;
    message.len -= 2;
    type = str_cut(&message, ',');
    bytes = c2sd->effects->binding(client->connection, &c2sd->arena, type);
    if (!bytes.p)
        return;
    xml_set(element, STR(CTL_A_CB_TYPE), type);
    xml_set(element, STR(CTL_A_CB_DATA), base64_encode(&c2sd->arena, bytes));
}

static void on_auth(struct client *client, struct xml *element)
{
    struct c2sd *c2sd = client->c2sd;
    struct xml *start = client_control_new(client, CTL_AUTH_START);
    struct str data = xml_text(element);
    struct str certificate = STR_NONE;

    client->auth = choose_auth(c2sd);
    if (!client->auth) {
        fail(client, STR("temporary-auth-failure"),
             STR("The login service does not answer"));
        return;
    }
    xml_set(start, STR(CTL_A_MECHANISM), xml_get(element, "mechanism"));
    describe(client, start);
    client_add_offer(client, start);
    if (client->is_secure)
        certificate =
            c2sd->effects->certificate(client->connection, &c2sd->arena);
    if (certificate.p)
        xml_set(start, STR("cert"), certificate);
    if (data.len) {
        add_binding(client, start, data);
        xml_set(start, STR(CTL_A_DATA), str_is(data, "=") ? STR("") : data);
    }
    client->state = CLIENT_ASKING;
    client->is_iq_asked = false;
    client_tell(client, client->auth, start);
}

static void on_response(struct client *client, struct xml *element)
{
    struct xml *response = client_control_new(client, CTL_AUTH_RESPONSE);
    struct str data = xml_text(element);

    add_binding(client, response, data);
    xml_set(response, STR(CTL_A_DATA), str_is(data, "=") ? STR("") : data);
    client->state = CLIENT_ASKING;
    client_tell(client, client->auth, response);
}

static void on_abort(struct client *client)
{
    client_tell(client, client->auth,
                client_control_new(client, CTL_AUTH_ABORT));
    fail(client, STR("aborted"), STR_NONE);
}

static void on_success(struct client *client, const struct xml *element)
{
    struct str data = xml_get(element, CTL_A_DATA);
    struct buf out = {0};

    client->jid = str_dup(xml_get(element, CTL_A_JID));
    client->grant = str_dup(xml_get(element, CTL_A_GRANT));
    client->is_authed = true;
    client->auth = NULL;
    client->c2sd->logins++;
    buf_add_text(&out, "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>");
    xml_escape(&out, data);
    buf_add_text(&out, "</success>");
    buf_add_char(&out, '\0');
    client_say(client, out.data);
    buf_clear(&out);
    client_restart(client);
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
    struct buf out = {0};

    if (client->state != CLIENT_ASKING)
        return;
    if (xml_is(element, NS_LINK_CONTROL, CTL_AUTH_CHALLENGE)) {
        buf_add_text(&out,
                     "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>");
        xml_escape(&out, xml_get(element, CTL_A_DATA));
        buf_add_text(&out, "</challenge>");
        buf_add_char(&out, '\0');
        client->state = CLIENT_CHALLENGED;
        client_say(client, out.data);
        buf_clear(&out);
    } else if (xml_is(element, NS_LINK_CONTROL, CTL_AUTH_SUCCESS)) {
        on_success(client, element);
    } else if (xml_is(element, NS_LINK_CONTROL, CTL_AUTH_FAILURE)) {
        fail(client, xml_get(element, CTL_A_CONDITION),
             xml_get(element, CTL_A_TEXT));
    } else if (xml_is(element, NS_LINK_CONTROL, CTL_ANSWER)) {
        on_answer(client, element);
    }
}

/* --- registration and XEP-0078 --------------------------------------------
 */

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
        fail(client, STR("temporary-auth-failure"),
             STR("The login service has restarted"));
        return;
    }
    client->state = CLIENT_OPEN;
    client->auth = NULL;
    iq = xml_new(&client->c2sd->arena, NS_CLIENT, STR("iq"));
    xml_set(iq, STR("type"), STR("set"));
    xml_set(iq, STR("id"), client->request_id);
    refuse_iq(client, iq);
}

static void relay_iq(struct client *client, struct xml *iq, const char *name)
{
    struct xml *element = client_control_new(client, name);

    client->auth = choose_auth(client->c2sd);
    if (!client->auth) {
        refuse_iq(client, iq);
        return;
    }
    describe(client, element);
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

/* --- dispatch -------------------------------------------------------------
 */

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
    if (needs_tls && !client->is_secure) {
        if (xml_is(element, NS_SASL, "auth"))
            fail(client, STR("encryption-required"), STR("STARTTLS first"));
        else
            client_end(client, "policy-violation", "STARTTLS comes first");
        return;
    }
    if (xml_is(element, NS_SASL, "auth") && !is_exchange)
        on_auth(client, element);
    else if (xml_is(element, NS_SASL, "response") && is_exchange)
        on_response(client, element);
    else if (xml_is(element, NS_SASL, "abort") && is_exchange)
        on_abort(client);
    else if (stanza_kind(element) == STANZA_IQ && !is_exchange)
        on_iq(client, element);
    else
        client_end(client, "not-authorized", "Log in first");
}

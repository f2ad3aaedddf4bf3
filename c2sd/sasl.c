/* SASL exchanges, judged by an authd (common/link/control.h), in both forms:
 * RFC 6120 §6 and XEP-0388. */
#include "client.h"
#include "common/codec/codec.h"
#include "common/link/control.h"
#include "sasl2.h"

/* RFC 6120 §6.5: in the language of the stream. */
static void add_text(struct buf *out, const struct client *client,
                     struct str text)
{
    buf_printf(out, "<text xml:lang='%.*s'>",
               STR_ARG(text_tag(client_language(client))));
    xml_escape(out, client_text(client, text));
    buf_add_text(out, "</text>");
}

void client_sasl_fail(struct client *client, struct str condition,
                      struct str text)
{
    struct buf out = {0};

    if (!client_is_condition(condition))
        condition = STR("temporary-auth-failure");
    if (client->is_sasl2)
        buf_printf(&out,
                   "<failure xmlns='urn:xmpp:sasl:2'>"
                   "<%.*s xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
                   STR_ARG(condition));
    else
        buf_printf(&out,
                   "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><%.*s/>",
                   STR_ARG(condition));
    if (text.len)
        add_text(&out, client, text);
    buf_add_text(&out, "</failure>");
    buf_add_char(&out, '\0');
    client_say(client, out.data);
    buf_clear(&out);
    client->state = CLIENT_OPEN;
    client->auth = NULL;
    sasl2_forget(client);
    if (++client->failures >=
        config_int(client->c2sd->config, "c2sd.max-login-failures"))
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

/* data: the initial response in Base64; absent when none came. */
static void start(struct client *client, struct str mechanism, struct str data)
{
    struct c2sd *c2sd = client->c2sd;
    struct xml *start = client_control_new(client, CTL_AUTH_START);
    struct str certificate = STR_NONE;

    client->auth = c2sd_choose_auth(c2sd);
    if (!client->auth) {
        client_sasl_fail(client, STR("temporary-auth-failure"),
                         STR("The login service does not answer"));
        return;
    }
    xml_set(start, STR(CTL_A_MECHANISM), mechanism);
    client_describe(client, start);
    client_add_offer(client, start);
    if (client->is_secure)
        certificate =
            c2sd->effects->certificate(client->connection, &c2sd->arena);
    if (certificate.p)
        xml_set(start, STR("cert"), certificate);
    if (data.p) {
        add_binding(client, start, data);
        xml_set(start, STR(CTL_A_DATA), data);
    }
    client->state = CLIENT_ASKING;
    client->is_iq_asked = false;
    client_tell(client, client->auth, start);
}

/* RFC 6120 §6.4.2: "=" is an initial response of no bytes. */
static void on_auth(struct client *client, const struct xml *element)
{
    struct str data = xml_text(element);

    client->is_sasl2 = false;
    if (!data.len)
        data = STR_NONE;
    start(client, xml_get(element, "mechanism"),
          str_is(data, "=") ? STR("") : data);
}

static void on_authenticate(struct client *client, const struct xml *element)
{
    const struct xml *initial =
        xml_child(element, NS_SASL2, "initial-response");

    client->is_sasl2 = true;
    if (!sasl2_take_wish(client, element)) {
        client_sasl_fail(client, STR("malformed-request"), STR_NONE);
        return;
    }
    start(client, xml_get(element, "mechanism"),
          initial ? xml_text(initial) : STR_NONE);
}

static void on_response(struct client *client, const struct xml *element)
{
    struct xml *response = client_control_new(client, CTL_AUTH_RESPONSE);
    struct str data = xml_text(element);

    add_binding(client, response, data);
    if (!client->is_sasl2 && str_is(data, "="))
        data = STR("");
    xml_set(response, STR(CTL_A_DATA), data);
    client->state = CLIENT_ASKING;
    client_tell(client, client->auth, response);
}

static void on_abort(struct client *client)
{
    client_tell(client, client->auth,
                client_control_new(client, CTL_AUTH_ABORT));
    client_sasl_fail(client, STR("aborted"), STR_NONE);
}

bool client_sasl_begins(const struct xml *element)
{
    return xml_is(element, NS_SASL, "auth") ||
           xml_is(element, NS_SASL2, "authenticate");
}

bool client_sasl(struct client *client, const struct xml *element)
{
    bool needs_tls = config_bool(client->c2sd->config, "c2sd.require-tls");
    struct str ns = client->is_sasl2 ? NS_SASL2 : NS_SASL;

    if (client->state == CLIENT_CHALLENGED) {
        if (xml_is(element, ns, "response"))
            on_response(client, element);
        else if (xml_is(element, ns, "abort"))
            on_abort(client);
        else
            return false;
        return true;
    }
    if (!client_sasl_begins(element))
        return false;
    client->is_sasl2 = str_eq(element->ns, NS_SASL2);
    if (!client->is_secure && (needs_tls || client->is_sasl2))
        client_sasl_fail(client, STR("encryption-required"),
                         STR("STARTTLS first"));
    else if (client->is_sasl2)
        on_authenticate(client, element);
    else
        on_auth(client, element);
    return true;
}

/* --- what authd says ------------------------------------------------------ */

static void on_challenge(struct client *client, const struct xml *element)
{
    struct buf out = {0};

    buf_printf(&out, "<challenge xmlns='%.*s'>",
               STR_ARG(client->is_sasl2 ? NS_SASL2 : NS_SASL));
    xml_escape(&out, xml_get(element, CTL_A_DATA));
    buf_add_text(&out, "</challenge>");
    buf_add_char(&out, '\0');
    client->state = CLIENT_CHALLENGED;
    client_say(client, out.data);
    buf_clear(&out);
}

static void say_success(struct client *client, struct str data)
{
    struct buf out = {0};

    buf_add_text(&out, "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>");
    xml_escape(&out, data);
    buf_add_text(&out, "</success>");
    buf_add_char(&out, '\0');
    client_say(client, out.data);
    buf_clear(&out);
}

static void on_success(struct client *client, const struct xml *element)
{
    struct str data = xml_get(element, CTL_A_DATA);

    client->auth = NULL;
    client->jid = str_dup(xml_get(element, CTL_A_JID));
    client->grant = str_dup(xml_get(element, CTL_A_GRANT));
    if (client->is_sasl2) {
        sasl2_go_on(client, data);
        return;
    }
    client->is_authed = true;
    client->c2sd->logins++;
    say_success(client, data);
    client_restart(client);
}

void client_sasl_frame(struct client *client, const struct xml *element)
{
    if (xml_is(element, NS_LINK_CONTROL, CTL_AUTH_CHALLENGE))
        on_challenge(client, element);
    else if (xml_is(element, NS_LINK_CONTROL, CTL_AUTH_SUCCESS))
        on_success(client, element);
    else if (xml_is(element, NS_LINK_CONTROL, CTL_AUTH_FAILURE))
        client_sasl_fail(client, xml_get(element, CTL_A_CONDITION),
                         xml_get(element, CTL_A_TEXT));
}

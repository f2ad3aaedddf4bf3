/* What a client may log in with: SASL mechanisms and channel bindings (RFC 6120
 * §6.3.3, XEP-0440), told to the client, and to authd, which makes sure that
 * nobody has changed it on the way (XEP-0474). */
#include <string.h>

#include "client.h"
#include "common/ldap/ldap.h"
#include "common/link/control.h"
#include "sasl2.h"

static const char *const binding_types[] = {"tls-exporter", "tls-unique",
                                            "tls-server-end-point"};

static bool has_binding(struct client *client, const char *type)
{
    return client->is_secure &&
           client->c2sd->effects->has_binding(client->connection, str_of(type));
}

static bool is_anonymous_domain(const struct client *client)
{
    return config_list_has(client->c2sd->config, "authd.anonymous-domains",
                           client->domain);
}

static bool ends_with_plus(struct str mechanism)
{
    return mechanism.len > 5 &&
           memcmp(mechanism.p + mechanism.len - 5, "-PLUS", 5) == 0;
}

static bool is_offered(struct client *client, struct str mechanism)
{
    struct c2sd *c2sd = client->c2sd;

    /* authd has nothing there that a proof could be checked against. */
    if (ldap_serves(c2sd->config, client->domain) &&
        !str_is(mechanism, "PLAIN") && !str_is(mechanism, "EXTERNAL"))
        return false;
    if (ends_with_plus(mechanism))
        return has_binding(client, "tls-exporter") ||
               has_binding(client, "tls-unique") ||
               has_binding(client, "tls-server-end-point");
    if (str_is(mechanism, "PLAIN"))
        return client->is_secure;
    if (str_is(mechanism, "DIGEST-MD5"))
        return config_bool(c2sd->config, "authd.digest-md5");
    if (str_is(mechanism, "EXTERNAL"))
        return client->is_secure &&
               c2sd->effects->certificate(client->connection, &c2sd->arena).p;
    return true;
}

static void add_name(struct buf *out, struct str mechanism, bool as_xml)
{
    if (!as_xml) {
        if (buf_len(out) > 0)
            buf_add_char(out, ' ');
        buf_add(out, mechanism);
        return;
    }
    buf_add_text(out, "<mechanism>");
    xml_escape(out, mechanism);
    buf_add_text(out, "</mechanism>");
}

/* The names on offer, best first: as elements, or space separated. */
static void list_mechanisms(struct client *client, struct buf *out, bool as_xml)
{
    const struct config *config = client->c2sd->config;
    const char *key = "authd.mechanisms";

    if (is_anonymous_domain(client)) {
        add_name(out, STR("ANONYMOUS"), as_xml);
        return;
    }
    for (size_t i = 0; i < config_list_count(config, key); i++) {
        struct str mechanism = config_list_item(config, key, i);

        if (is_offered(client, mechanism))
            add_name(out, mechanism, as_xml);
    }
}

/* XEP-0388 §2.1: under TLS alone, and with at least one mechanism. */
static void write_sasl2(struct client *client, struct buf *out)
{
    struct buf names = {0};

    list_mechanisms(client, &names, true);
    if (client->is_secure && buf_len(&names) > 0) {
        buf_add_text(out, "<authentication xmlns='urn:xmpp:sasl:2'>");
        buf_add(out, buf_view(&names));
        buf_add_text(out, SASL2_INLINE "</authentication>");
    }
    buf_clear(&names);
}

void client_write_mechanisms(struct client *client)
{
    struct buf out = {0};
    bool any = false;

    buf_add_text(&out, "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>");
    list_mechanisms(client, &out, true);
    buf_add_text(&out, "</mechanisms>");
    write_sasl2(client, &out);
    for (size_t i = 0; i < COUNT_OF(binding_types); i++) {
        if (!has_binding(client, binding_types[i]))
            continue;
        if (!any)
            buf_add_text(&out, "<sasl-channel-binding "
                               "xmlns='urn:xmpp:sasl-cb:0'>");
        any = true;
        buf_printf(&out, "<channel-binding type='%s'/>", binding_types[i]);
    }
    if (any)
        buf_add_text(&out, "</sasl-channel-binding>");
    buf_add_char(&out, '\0');
    client_say(client, out.data);
    buf_clear(&out);
}

void client_add_offer(struct client *client, struct xml *element)
{
    struct c2sd *c2sd = client->c2sd;
    struct buf names = {0};

    list_mechanisms(client, &names, false);
    xml_set(element, STR("mechanisms"),
            arena_dup(&c2sd->arena, buf_view(&names)));
    buf_reset(&names);
    for (size_t i = 0; i < COUNT_OF(binding_types); i++)
        if (has_binding(client, binding_types[i]))
            add_name(&names, str_of(binding_types[i]), false);
    if (buf_len(&names) > 0)
        xml_set(element, STR(CTL_A_CB_OFFERED),
                arena_dup(&c2sd->arena, buf_view(&names)));
    buf_clear(&names);
}

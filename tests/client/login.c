#include "client.h"

#include <string.h>

#include "common/codec/codec.h"

static const char temporary[] = "<temporary-auth-failure";
static const char sasl_ns[] = "urn:ietf:params:xml:ns:xmpp-sasl";

static void send_header(struct client *client)
{
    buf_printf(&client->out,
               "<?xml version='1.0'?><stream:stream to='%s' version='1.0' "
               "xmlns='jabber:client' "
               "xmlns:stream='http://etherx.jabber.org/streams'>",
               client->wire->domain);
}

/* Takes everything up to the end of `text` out of the input; false when it has
 * not come yet. What stood before it is left in *before (may be NULL). */
static bool take(struct client *client, const char *text, struct str *before)
{
    struct str in = buf_view(&client->in);
    const char *found =
        in.len ? memmem(in.p, in.len, text, strlen(text)) : NULL;

    if (!found)
        return false;
    if (before)
        *before = (struct str){in.p, (size_t)(found - in.p)};
    buf_consume(&client->in, (size_t)(found - in.p) + strlen(text));
    return true;
}

static void send_auth(struct client *client)
{
    const struct client_wire *wire = client->wire;
    struct arena arena = {0};
    struct str data;

    if (strcmp(wire->mechanism, "PLAIN") == 0) {
        data = arena_printf(&arena, "%c%s%c%s", 0, client->user, 0,
                            wire->password);
    } else {
        bool sha1 = strcmp(wire->mechanism, "SCRAM-SHA-1") == 0;

        client->scram = scram_client_new(sha1 ? "SHA1" : "SHA256", client->user,
                                         wire->password);
        data = scram_client_first(client->scram, &arena);
    }
    buf_printf(&client->out, "<auth xmlns='%s' mechanism='%s'>%.*s</auth>",
               sasl_ns, wire->mechanism, STR_ARG(base64_encode(&arena, data)));
    arena_clear(&arena);
    client->state = CLIENT_SASL;
}

static void answer_challenge(struct client *client, struct str before)
{
    struct arena arena = {0};
    const char *start = before.len ? memrchr(before.p, '>', before.len) : NULL;
    struct str text = STR_NONE;

    if (start)
        text = (struct str){start + 1,
                            (size_t)(before.p + before.len - start - 1)};
    text =
        scram_client_final(client->scram, &arena, base64_decode(&arena, text));
    if (text.p)
        buf_printf(&client->out, "<response xmlns='%s'>%.*s</response>",
                   sasl_ns, STR_ARG(base64_encode(&arena, text)));
    else
        client_fail(client, "challenge not understood");
    arena_clear(&arena);
}

static bool sasl_step(struct client *client)
{
    struct str before;

    if (take(client, "</failure>", &before)) {
        client_fail(client, before.len && memmem(before.p, before.len,
                                                 temporary, strlen(temporary))
                                ? "login refused for now"
                                : "login refused");
        return false;
    }
    if (client->scram && take(client, "</challenge>", &before)) {
        answer_challenge(client, before);
        return true;
    }
    if (!take(client, "</success>", NULL) && !take(client, "<success", NULL))
        return false;
    buf_reset(&client->in);
    scram_client_free(client->scram);
    client->scram = NULL;
    send_header(client);
    client->state = CLIENT_FEATURES_BIND;
    return true;
}

void login_begin(struct client *client)
{
    if (client->wire->security == CLIENT_TLS_DIRECT) {
        client->state = CLIENT_HANDSHAKE;
        return;
    }
    send_header(client);
    client->state = client->wire->security == CLIENT_TLS_STARTTLS
                        ? CLIENT_FEATURES_PLAIN
                        : CLIENT_FEATURES_SASL;
}

void login_secured(struct client *client)
{
    send_header(client);
    client->state = CLIENT_FEATURES_SASL;
}

bool login_step(struct client *client)
{
    switch (client->state) {
    case CLIENT_FEATURES_PLAIN:
        if (!take(client, "</stream:features>", NULL))
            return false;
        buf_add_text(&client->out,
                     "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
        client->state = CLIENT_PROCEED;
        return true;
    case CLIENT_PROCEED:
        if (!take(client, "<proceed", NULL) || !take(client, ">", NULL))
            return false;
        buf_reset(&client->in);
        client->state = CLIENT_HANDSHAKE;
        return false;
    case CLIENT_FEATURES_SASL:
        if (!take(client, "</stream:features>", NULL))
            return false;
        send_auth(client);
        return true;
    case CLIENT_SASL:
        return sasl_step(client);
    case CLIENT_FEATURES_BIND:
        if (!take(client, "</stream:features>", NULL))
            return false;
        client->state = CLIENT_READY;
        client->wire->on_ready(client);
        return false;
    default:
        return false;
    }
}

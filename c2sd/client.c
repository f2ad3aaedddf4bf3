#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log/log.h"
#include "sasl2.h"

static struct xml_limits limits_of(const struct client *client)
{
    const struct config *config = client->c2sd->config;
    const char *size = client->is_authed ? "c2sd.max-stanza-size"
                                         : "c2sd.pre-auth-stanza-size";
    size_t most = (size_t)config_int(config, size);

    return (struct xml_limits){
        .max_stanza = most,
        .max_depth = (unsigned)config_int(config, "c2sd.max-depth"),
        .max_attrs = (unsigned)config_int(config, "c2sd.max-attributes"),
        .max_token = most,
    };
}

/* 32 bits, as cookies have room for; a stream that lasts keeps its number. */
static uint64_t next_sid(struct c2sd *c2sd)
{
    const struct client *taken;

    do {
        c2sd->last_sid = (uint32_t)(c2sd->last_sid + 1);
        HASH_FIND(hh, c2sd->clients, &c2sd->last_sid, sizeof(c2sd->last_sid),
                  taken);
    } while (taken || c2sd->last_sid == 0);
    return c2sd->last_sid;
}

struct client *client_new(struct c2sd *c2sd, void *connection, const char *peer,
                          bool is_tls)
{
    struct client *client = NEW(struct client);
    struct xml_limits limits;

    client->c2sd = c2sd;
    client->connection = connection;
    client->sid = next_sid(c2sd);
    client->is_secure = is_tls;
    client->started_ms = client->heard_ms = c2sd->now_ms;
    snprintf(client->peer, sizeof(client->peer), "%s", peer);
    limits = limits_of(client);
    client->xml = xml_stream_new(&limits, NS_CLIENT);
    HASH_ADD(hh, c2sd->clients, sid, sizeof(client->sid), client);
    c2sd->connections++;
    return client;
}

void client_free(struct client *client)
{
    struct c2sd *c2sd = client->c2sd;

    HASH_DEL(c2sd->clients, client);
    if (client->connection)
        c2sd->connections--;
    xml_stream_free(client->xml);
    buf_clear(&client->rest);
    buf_clear(&client->out);
    buf_clear(&client->waiting);
    client_free_held(client);
    free((char *)client->keepsake.p);
    free((char *)client->to.p);
    free((char *)client->domain.p);
    free((char *)client->lang.p);
    free((char *)client->from.p);
    sasl2_forget(client);
    free((char *)client->jid.p);
    free((char *)client->grant.p);
    free((char *)client->request_id.p);
    free((char *)client->invitation.p);
    free((char *)client->answer.p);
    free(client);
}

void client_release(struct client *client)
{
    client->c2sd->connections--;
    client->connection = NULL;
    if (!client->is_kept && !client->is_owed)
        client_free(client);
}

void client_wake(struct client *client)
{
    if (client->connection)
        client->c2sd->effects->wake(client->connection);
}

void client_say(struct client *client, const char *text)
{
    size_t before = buf_len(&client->out);

    buf_add_text(&client->out, text);
    client->out_end += buf_len(&client->out) - before;
    client_wake(client);
}

void client_control(struct client *client, struct channel *channel,
                    const struct buf *element)
{
    const struct frame frame = {.sid = client->sid, .body = buf_view(element)};

    channel_send(channel, &frame, NULL);
}

struct xml *client_control_new(struct client *client, const char *name)
{
    return xml_new(&client->c2sd->arena, NS_LINK_CONTROL, str_of(name));
}

void client_tell(struct client *client, struct channel *channel,
                 const struct xml *element)
{
    struct buf *out = &client->c2sd->scratch;

    buf_reset(out);
    xml_write(out, element, NS_CLIENT);
    client_control(client, channel, out);
}

void client_say_xml(struct client *client, const struct xml *element)
{
    struct buf out = {0};

    xml_write(&out, element, NS_CLIENT);
    buf_add_char(&out, '\0');
    client_say(client, out.data);
    buf_clear(&out);
}

void client_keep_invitation(struct client *client, struct str invitation)
{
    free((char *)client->invitation.p);
    client->invitation = str_dup(invitation);
}

void client_keep_request_id(struct client *client, struct str id)
{
    free((char *)client->request_id.p);
    client->request_id = str_dup(id);
}

void client_take_limits(struct client *client)
{
    struct xml_limits limits = limits_of(client);

    xml_stream_set_limits(client->xml, &limits);
}

/* A new stream on the same connection: after STARTTLS and after login. */
void client_restart(struct client *client)
{
    struct xml_limits limits = limits_of(client);

    xml_stream_free(client->xml);
    client->xml = xml_stream_new(&limits, NS_CLIENT);
    client->state = CLIENT_HEADER;
    client->header_sent = false;
}

/* --- reading -------------------------------------------------------------- */

static void on_element(struct client *client, struct xml *element)
{
    if (client->state == CLIENT_BOUND)
        client_on_stanza(client, element);
    else if (client->is_authed)
        client_after_login(client, element);
    else
        client_before_login(client, element);
}

static void on_close(struct client *client)
{
    if (!client->header_sent)
        client_send_header(client);
    client_close(client);
    client_say(client, "</stream:stream>");
}

/* Takes from the budgets of c2sd.stanza-rate and c2sd.byte-rate, which hold at
 * most one second's worth. */
static void throttle(struct client *client, int64_t stanzas, int64_t bytes)
{
    const struct config *config = client->c2sd->config;
    int64_t stanza_rate = config_int(config, "c2sd.stanza-rate");
    int64_t byte_rate = config_int(config, "c2sd.byte-rate");
    int64_t now = client->c2sd->now_ms, passed = now - client->rate_ms;

    if (!client->is_authed || (!stanza_rate && !byte_rate))
        return;
    if (passed > 0) {
        if (passed > 1000)
            passed = 1000;
        client->stanza_budget += passed * stanza_rate;
        client->byte_budget += passed * byte_rate;
        if (client->stanza_budget > 1000 * stanza_rate)
            client->stanza_budget = 1000 * stanza_rate;
        if (client->byte_budget > 1000 * byte_rate)
            client->byte_budget = 1000 * byte_rate;
        client->rate_ms = now;
    }
    client->stanza_budget -= 1000 * stanzas;
    client->byte_budget -= 1000 * bytes;
    client->is_throttled = (stanza_rate && client->stanza_budget < 0) ||
                           (byte_rate && client->byte_budget < 0);
}

static bool is_over_allowance(struct client *client, size_t bytes)
{
    int64_t most = config_int(client->c2sd->config, "c2sd.pre-auth-bytes");

    if (client->is_authed)
        return false;
    client->received += bytes;
    return most && client->received > (uint64_t)most;
}

static void on_event(struct client *client, enum xml_result result,
                     struct xml *out)
{
    enum xml_error error;

    switch (result) {
    case XML_STREAM_OPEN:
        client_on_header(client, out);
        break;
    case XML_STANZA:
        throttle(client, 1, 0);
        on_element(client, out);
        break;
    case XML_STREAM_CLOSE:
        on_close(client);
        break;
    case XML_FAILED:
        error = xml_stream_error(client->xml);
        client_end(client, xml_error_condition(error), xml_error_text(error));
        break;
    case XML_MORE:
        break;
    }
}

bool client_is_paused(const struct client *client)
{
    if (client->c2sd->is_draining)
        return true;
    switch (client->state) {
    case CLIENT_TLS:
    case CLIENT_ASKING:
    case CLIENT_OPENING:
    case CLIENT_CLOSING:
        return true;
    default:
        return client->is_waiting || client->is_throttled ||
               client->is_enabling;
    }
}

/* Takes what it can from the bytes. */
static void feed(struct client *client, struct str *bytes)
{
    struct arena *arena = &client->c2sd->arena;
    enum xml_result result = XML_STANZA;

    while (result != XML_MORE && !client_is_paused(client)) {
        struct xml *out = NULL;

        arena_reset(arena);
        result = xml_stream_feed(client->xml, arena, bytes, &out);
        on_event(client, result, out);
    }
    if (client->state == CLIENT_TLS && bytes->len > 0) {
        /* Somebody has put words in the client's mouth, or it is broken: what
         * follows <starttls/> in the clear is never looked at. */
        log_event(LOG_LEVEL_WARN, "plaintext-behind-starttls",
                  LOG_TEXT("peer", client->peer));
        client->wants_tls = false;
        client->c2sd->refused++;
        client_close(client);
    }
    if (client->state == CLIENT_BOUND)
        xml_stream_hibernate(client->xml);
}

void client_continue(struct client *client)
{
    size_t before = buf_len(&client->rest);
    struct str bytes = buf_view(&client->rest);

    if (before == 0 || client_is_paused(client))
        return;
    feed(client, &bytes);
    if (client->state == CLIENT_CLOSING || bytes.len == 0)
        buf_clear(&client->rest);
    else
        buf_consume(&client->rest, before - bytes.len);
}

void client_receive(struct client *client, struct str bytes)
{
    client->heard_ms = client->c2sd->now_ms;
    if (is_over_allowance(client, bytes.len)) {
        client_end(client, "policy-violation", "Too much before login");
        return;
    }
    throttle(client, 0, (int64_t)bytes.len);
    if (buf_len(&client->rest) > 0) {
        buf_add(&client->rest, bytes);
        client_continue(client);
        return;
    }
    feed(client, &bytes);
    if (client->state != CLIENT_CLOSING && bytes.len > 0)
        buf_add(&client->rest, bytes);
}

void client_secured(struct client *client)
{
    client->is_secure = true;
    client->wants_tls = false;
    client_restart(client);
}

/* --- writing and time ----------------------------------------------------- */

void client_written(struct client *client, size_t count)
{
    client->out_written += count;
    if (count > 0)
        client->took_ms = client->c2sd->now_ms;
    if (client->state != CLIENT_CLOSING)
        client_trim_held(client);
}

void client_after_write(struct client *client)
{
    if (client->state == CLIENT_BOUND && buf_len(&client->out) > 0)
        client_tell_held(client);
}

void client_tick(struct client *client)
{
    const struct config *config = client->c2sd->config;
    int64_t now = client->c2sd->now_ms;
    int64_t login = config_int(config, "c2sd.pre-auth-timeout") * 1000;
    int64_t idle = config_int(config, "c2sd.idle-timeout") * 1000;

    if (client->state == CLIENT_BOUND)
        client_end_slow(client);
    if (client->is_throttled) {
        throttle(client, 0, 0);
        if (!client->is_throttled)
            client_wake(client);
    }
    if (client->state != CLIENT_BOUND && login &&
        now - client->started_ms >= login) {
        client_end(client, "connection-timeout", "Log in sooner");
        return;
    }
    if (client->state != CLIENT_BOUND || !idle || now - client->heard_ms < idle)
        return;
    if (now - client->heard_ms >= idle + 30000)
        client_lost(client);
    else if (client->is_managed && !client->is_ack_asked) {
        client->is_ack_asked = true;
        client_say(client, "<r xmlns='urn:xmpp:sm:3'/>");
    } else if (!client->is_managed) {
        client_say(client, " ");
        client->heard_ms = now; /* TCP tells whether it is still there */
    }
}

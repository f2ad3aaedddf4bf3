/* How a stream ends (RFC 6120 §4.4, §4.9), and what sm is told of it. */
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "ended.h"
#include "common/log/log.h"

/* Its cookie has no ordinal: the session's own end. */
static void send_end(struct client *client, const struct buf *element)
{
    const struct frame frame = {.sid = client->sid, .body = buf_view(element)};
    uint64_t cookie = client->is_owed ? client->sid << 32 : 0;

    channel_send(client->sm, &frame, (void *)(uintptr_t)cookie);
}

/* What sm must know when a stream ends. `stays`: the session may be resumed. */
static void tell_sm(struct client *client, bool stays)
{
    struct buf *out = &client->c2sd->scratch;

    if ((client->state == CLIENT_ASKING && !client->is_iq_asked) ||
        client->state == CLIENT_CHALLENGED) {
        buf_reset(out);
        buf_add_text(out, "<auth-abort xmlns='urn:posthouse:link:1'/>");
        client_control(client, client->auth, out);
    }
    if (client->state != CLIENT_BOUND && client->state != CLIENT_OPENING)
        return;
    buf_reset(out);
    /* While it is being resumed only sm knows whether the session stands. */
    stays = stays && (client->is_resumable || client->is_resuming);
    buf_add_text(out, stays ? "<session-detach xmlns='urn:posthouse:link:1'/>"
                            : "<session-close xmlns='urn:posthouse:link:1'/>");
    if (client->state == CLIENT_OPENING) {
        client_control(client, client->sm, out);
        return;
    }
    client->is_kept = stays;
    client->is_owed = !stays;
    send_end(client, out);
    client->c2sd->sessions--;
    log_event(LOG_LEVEL_INFO, "logout", LOG_STR("jid", client->jid),
              LOG_TEXT("peer", client->peer));
}

static void close_stream(struct client *client, bool stays)
{
    tell_sm(client, stays);
    client->state = CLIENT_CLOSING;
    client->closed_ms = client->c2sd->now_ms;
    buf_clear(&client->rest);
    buf_clear(&client->waiting); /* sm has it */
    client_wake(client);
}

bool client_has_session(const struct client *client)
{
    return client->state == CLIENT_BOUND || client->is_kept || client->is_owed;
}

bool client_takes(const struct client *client)
{
    return client_has_session(client) && !client->is_owed;
}

static void let_go(struct client *client)
{
    ended_note(client);
    client->is_kept = client->is_owed = false;
    client_discharge_held(client);
    if (!client->connection)
        client_free(client);
}

void client_close_discharged(struct client *client)
{
    if (client->is_owed)
        let_go(client);
}

void client_session_ended(struct client *client, const char *condition,
                          const char *text)
{
    if (client->is_kept)
        let_go(client);
    else
        client_end(client, condition, text);
}

void client_close(struct client *client)
{
    if (client->state != CLIENT_CLOSING)
        close_stream(client, false);
}

bool client_is_condition(struct str text)
{
    size_t i = 0;

    while (i < text.len &&
           ((text.p[i] >= 'a' && text.p[i] <= 'z') || text.p[i] == '-'))
        i++;
    return text.len > 0 && text.len <= 64 && i == text.len;
}

/* In the language of the stream; RFC 6120 §4.9.2 asks that it be told. */
static void add_text(struct buf *error, const struct client *client,
                     const char *text)
{
    buf_printf(error,
               "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams' "
               "xml:lang='%.*s'>",
               STR_ARG(text_tag(client_language(client))));
    xml_escape(error, client_text(client, str_of(text)));
    buf_add_text(error, "</text>");
}

static void end_stream(struct client *client, const char *condition,
                       const char *text, const char *own_condition, bool stays)
{
    struct buf error = {0};

    if (client->state == CLIENT_CLOSING)
        return;
    if (!client_is_condition(str_of(condition)))
        condition = "undefined-condition";
    if (!client->header_sent)
        client_send_header(client);
    buf_printf(&error,
               "<stream:error><%s "
               "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>",
               condition);
    if (text)
        add_text(&error, client, text);
    if (own_condition)
        buf_add_text(&error, own_condition);
    buf_add_text(&error, "</stream:error></stream:stream>");
    buf_add_char(&error, '\0');
    close_stream(client, stays);
    client_say(client, error.data);
    buf_clear(&error);
}

static void refuse(struct client *client, const char *condition,
                   const char *text, const char *own_condition)
{
    if (client->state == CLIENT_CLOSING)
        return;
    log_event(LOG_LEVEL_WARN, "stream-error", LOG_STR("jid", client->jid),
              LOG_TEXT("peer", client->peer), LOG_TEXT("reason", condition));
    client->c2sd->refused++;
    end_stream(client, condition, text, own_condition, false);
}

void client_end(struct client *client, const char *condition, const char *text)
{
    refuse(client, condition, text, NULL);
}

void client_end_for(struct client *client, const char *condition,
                    const char *own_condition)
{
    refuse(client, condition, NULL, own_condition);
}

void client_shutdown(struct client *client)
{
    client_acknowledge(client);
    end_stream(client, "system-shutdown", NULL, NULL, true);
}

void client_lost(struct client *client)
{
    if (client->state != CLIENT_CLOSING)
        close_stream(client, true);
    buf_clear(&client->out);
}

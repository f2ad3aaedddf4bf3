/* What people say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/stanza/stanza.h"
#include "phchat.h"

char *delay_of(xmpp_stanza_t *parent)
{
    xmpp_stanza_t *delay =
        xmpp_stanza_get_child_by_name_and_ns(parent, "delay", "urn:xmpp:delay");
    const char *stamp =
        delay ? xmpp_stanza_get_attribute(delay, "stamp") : NULL;
    char text[32] = "";
    int64_t unix_ms;
    struct tm local;
    time_t seconds;

    if (stamp && stanza_parse_timestamp(str_of(stamp), &unix_ms)) {
        seconds = (time_t)(unix_ms / 1000);
        if (localtime_r(&seconds, &local))
            (void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M ", &local);
    }
    return str_dup_heap(str_of(text));
}

static void mark_unread(struct app *app, const char *from)
{
    struct contact *contact = contact_get(app, from);
    char count[16];

    if (!app->is_interactive || (app->partner && same_bare(app->partner, from)))
        return;
    (void)snprintf(count, sizeof(count), "%u", ++contact->unread);
    SHOW(app, "unread", {"from", contact->jid}, {"count", count});
}

static void take_text(struct app *app, xmpp_stanza_t *stanza, const char *text)
{
    const char *from = xmpp_stanza_get_from(stanza);
    const char *type = xmpp_stanza_get_type(stanza);
    const char *nick = strchr(from, '/');
    char *when = delay_of(stanza);
    char *bare;

    if (type && strcmp(type, "groupchat") == 0) {
        SHOW(app, "room", {"from", nick ? nick + 1 : from}, {"body", text},
             {"room", from}, {"when", when});
    } else {
        bare = str_dup_heap((struct str){from, strcspn(from, "/")});
        SHOW(app, "message", {"from", bare}, {"body", text}, {"jid", from},
             {"when", when});
        mark_unread(app, from);
        free(bare);
    }
    free(when);
}

static int on_message(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *data)
{
    struct app *app = data;
    const char *from = xmpp_stanza_get_from(stanza);
    const char *type = xmpp_stanza_get_type(stanza);
    xmpp_stanza_t *body = xmpp_stanza_get_child_by_name(stanza, "body");
    char *text;

    (void)conn;
    if (history_take(app, stanza) || !from)
        return 1;
    if ((type && strcmp(type, "error") == 0 && is_refused(app, stanza)) ||
        !body)
        return 1;
    text = xmpp_stanza_get_text(body);
    if (text) {
        take_text(app, stanza, text);
        xmpp_free(app->ctx, text);
    }
    return 1;
}

void messages_start(struct app *app)
{
    xmpp_handler_add(app->conn, on_message, NULL, "message", NULL, app);
}

void message_send(struct app *app, const char *to, const char *kind,
                  const char *text)
{
    char id[24];

    (void)snprintf(id, sizeof(id), "pm%u", ++app->next_id);
    say(app, "<message to='%s' type='%s' id='%s'><body>%s</body></message>", to,
        kind, id, text);
    if (strcmp(kind, "chat") == 0)
        SHOW(app, "sent", {"to", to}, {"body", text});
}

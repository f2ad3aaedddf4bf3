/* What people say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phchat.h"

static bool is_partner(const struct app *app, const char *from)
{
    size_t length = strcspn(from, "/");

    return app->partner && strlen(app->partner) == length &&
           strncmp(app->partner, from, length) == 0;
}

static void mark_unread(struct app *app, const char *from)
{
    struct contact *contact = contact_get(app, from);
    char count[16];

    if (!app->is_interactive || is_partner(app, from))
        return;
    (void)snprintf(count, sizeof(count), "%u", ++contact->unread);
    SHOW(app, "unread", {"from", contact->jid}, {"count", count});
}

static void take_text(struct app *app, const char *from, const char *type,
                      const char *text)
{
    const char *nick = strchr(from, '/');
    char *bare;

    if (type && strcmp(type, "groupchat") == 0) {
        SHOW(app, "room", {"from", nick ? nick + 1 : from}, {"body", text},
             {"room", from});
        return;
    }
    bare = str_dup_heap((struct str){from, strcspn(from, "/")});
    SHOW(app, "message", {"from", bare}, {"body", text}, {"jid", from});
    mark_unread(app, from);
    free(bare);
}

static int on_message(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *data)
{
    struct app *app = data;
    const char *from = xmpp_stanza_get_from(stanza);
    const char *type = xmpp_stanza_get_type(stanza);
    xmpp_stanza_t *body = xmpp_stanza_get_child_by_name(stanza, "body");
    char *text;

    (void)conn;
    if (!from ||
        (type && strcmp(type, "error") == 0 && is_refused(app, stanza)) ||
        !body)
        return 1;
    text = xmpp_stanza_get_text(body);
    if (text) {
        take_text(app, from, type, text);
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

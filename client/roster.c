/* The roster (RFC 6121 §2) and the presence of those in it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phchat.h"

static void set(char **field, const char *text)
{
    free(*field);
    *field = text ? str_dup_heap(str_of(text)) : NULL;
}

/* --- items ---------------------------------------------------------------- */

static void take_groups(struct app *app, struct contact *contact,
                        xmpp_stanza_t *item)
{
    xmpp_stanza_t *child = xmpp_stanza_get_children(item);

    contact_clear_groups(contact);
    for (; child; child = xmpp_stanza_get_next(child)) {
        const char *name = xmpp_stanza_get_name(child);
        char *text = name && strcmp(name, "group") == 0
                         ? xmpp_stanza_get_text(child)
                         : NULL;

        if (!text)
            continue;
        contact_add_group(contact, text);
        xmpp_free(app->ctx, text);
    }
}

static void take_item(struct app *app, xmpp_stanza_t *item)
{
    const char *jid = xmpp_stanza_get_attribute(item, "jid");
    const char *kind = xmpp_stanza_get_attribute(item, "subscription");
    struct contact *contact;
    bool was_friend;

    if (!jid)
        return;
    contact = contact_get(app, jid);
    was_friend = contact->is_friend;
    contact->is_friend = kind && strcmp(kind, "both") == 0;
    contact->is_listed = !kind || strcmp(kind, "remove") != 0;
    set(&contact->name, xmpp_stanza_get_attribute(item, "name"));
    take_groups(app, contact, item);
    if (!contact->is_listed)
        set(&contact->resource, NULL);
    if (app->phase == PHASE_ONLINE && was_friend != contact->is_friend)
        SHOW(app, contact->is_friend ? "friend" : "unfriend", {"from", jid});
}

static void take_query(struct app *app, xmpp_stanza_t *stanza)
{
    xmpp_stanza_t *query = xmpp_stanza_get_child_by_name(stanza, "query");
    xmpp_stanza_t *item = query ? xmpp_stanza_get_children(query) : NULL;

    for (; item; item = xmpp_stanza_get_next(item))
        if (xmpp_stanza_get_name(item))
            take_item(app, item);
}

/* Only the account itself may push (§2.1.6). */
static int on_push(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *data)
{
    struct app *app = data;
    const char *id = xmpp_stanza_get_id(stanza);

    (void)conn;
    if (is_own(app, xmpp_stanza_get_from(stanza))) {
        take_query(app, stanza);
        say(app, "<iq type='result' id='%s'/>", id ? id : "");
    }
    return 1;
}

static void on_roster(struct app *app, xmpp_stanza_t *answer, void *data)
{
    (void)data;
    if (!is_refused(app, answer))
        take_query(app, answer);
    say(app, "<presence><priority>1</priority></presence>");
    app->phase = PHASE_ONLINE;
    SHOW(app, "online", {"jid", xmpp_conn_get_bound_jid(app->conn)});
    if (app->options.count > 0)
        command_words(app, app->options.words, app->options.count);
    else if (!app->options.json)
        SHOW(app, "done", {"text", "/help tells what can be done."});
}

/* --- presence ------------------------------------------------------------- */

static void take_request(struct app *app, const char *from)
{
    struct contact *contact = contact_get(app, from);

    /* Who is asked back by a friend-to-be has said yes already. */
    if (contact->asks)
        return;
    contact->asks = true;
    SHOW(app, "request", {"from", contact->jid});
}

static void take_presence(struct app *app, const char *from,
                          xmpp_stanza_t *stanza, bool is_gone)
{
    struct contact *contact = contact_get(app, from);
    xmpp_stanza_t *element = xmpp_stanza_get_child_by_name(stanza, "show");
    char *text = element ? xmpp_stanza_get_text(element) : NULL;
    const char *resource = strchr(from, '/');

    set(&contact->resource, is_gone || !resource ? NULL : resource + 1);
    set(&contact->show, text);
    SHOW(app, "presence", {"from", contact->jid},
         {"show", is_gone ? "offline"
                  : text  ? text
                          : "online"});
    if (text)
        xmpp_free(app->ctx, text);
}

static int on_presence(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *data)
{
    struct app *app = data;
    const char *from = xmpp_stanza_get_from(stanza);
    const char *type = xmpp_stanza_get_type(stanza);

    (void)conn;
    if (!from || is_own(app, from) || room_presence(app, stanza))
        return 1;
    if (!type || strcmp(type, "unavailable") == 0)
        take_presence(app, from, stanza, type != NULL);
    else if (strcmp(type, "error") == 0)
        (void)!is_refused(app, stanza);
    else if (strcmp(type, "subscribe") == 0)
        take_request(app, from);
    return 1;
}

/* --- what people see ------------------------------------------------------ */

static void show_contact(struct app *app, const struct contact *c,
                         const char *group)
{
    char unread[32] = "";

    if (c->unread)
        (void)snprintf(unread, sizeof(unread), in_words(", %u unread"),
                       c->unread);
    SHOW(app, "contact", {"mark", c->resource ? "*" : "-"}, {"group", group},
         {"name", c->name ? c->name : c->jid}, {"jid", c->jid},
         {"show", !c->resource ? "offline"
                  : c->show    ? c->show
                               : "online"},
         {"unread", unread});
}

/* Each contact once for each of its groups, as people see it elsewhere. */
void roster_show(struct app *app)
{
    for (const struct contact *c = app->contacts; c; c = c->next) {
        if (!c->is_listed && !c->unread)
            continue;
        if (!c->groups)
            show_contact(app, c, "");
        for (const struct group *g = c->groups; g; g = g->next)
            show_contact(app, c, g->name);
    }
}

void roster_start(struct app *app)
{
    xmpp_handler_add(app->conn, on_push, "jabber:iq:roster", "iq", "set", app);
    xmpp_handler_add(app->conn, on_presence, NULL, "presence", NULL, app);
    ask(app, "get", NULL, on_roster, NULL, "<query xmlns='jabber:iq:roster'/>");
}

/* People: the roster by group, and their presence. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phchat.h"

static char *copy(const char *text)
{
    return text ? str_dup_heap(str_of(text)) : NULL;
}

static void set(char **field, const char *text)
{
    free(*field);
    *field = copy(text);
}

static bool same_bare(const char *a, const char *b)
{
    size_t length = strcspn(b, "/");

    return strcspn(a, "/") == length && strncmp(a, b, length) == 0;
}

struct contact *contact_find(const struct app *app, const char *jid)
{
    struct contact *contact = app->contacts;

    while (contact && !same_bare(contact->jid, jid))
        contact = contact->next;
    return contact;
}

struct contact *contact_get(struct app *app, const char *jid)
{
    struct contact *contact = contact_find(app, jid);

    if (contact)
        return contact;
    contact = NEW(struct contact);
    contact->jid = str_dup_heap((struct str){jid, strcspn(jid, "/")});
    contact->next = app->contacts;
    app->contacts = contact;
    return contact;
}

char *contact_address(const struct app *app, const char *word)
{
    const char *domain = strchr(app->options.jid, '@') + 1;
    struct buf text = {0};
    char *address;

    for (struct contact *c = app->contacts; c; c = c->next)
        if (c->name && strcmp(c->name, word) == 0)
            return copy(c->jid);
    buf_add_text(&text, word);
    if (!strchr(word, '@'))
        buf_printf(&text, "@%.*s", (int)strcspn(domain, "/"), domain);
    address = str_dup_heap(buf_view(&text));
    buf_clear(&text);
    return address;
}

void contacts_free(struct app *app)
{
    while (app->contacts) {
        struct contact *contact = app->contacts;

        app->contacts = contact->next;
        free(contact->jid);
        free(contact->name);
        free(contact->group);
        free(contact->resource);
        free(contact->show);
        free(contact);
    }
}

/* --- the roster ----------------------------------------------------------- */

static void take_item(struct app *app, xmpp_stanza_t *item)
{
    const char *jid = xmpp_stanza_get_attribute(item, "jid");
    const char *kind = xmpp_stanza_get_attribute(item, "subscription");
    xmpp_stanza_t *group = xmpp_stanza_get_child_by_name(item, "group");
    char *name = group ? xmpp_stanza_get_text(group) : NULL;
    struct contact *contact;
    bool was_friend;

    if (!jid)
        return;
    contact = contact_get(app, jid);
    was_friend = contact->is_friend;
    contact->is_friend = kind && strcmp(kind, "both") == 0;
    set(&contact->name, xmpp_stanza_get_attribute(item, "name"));
    set(&contact->group, name);
    if (app->phase == PHASE_ONLINE && was_friend != contact->is_friend)
        SHOW(app, contact->is_friend ? "friend" : "unfriend", {"from", jid});
    if (name)
        xmpp_free(app->ctx, name);
}

static void take_query(struct app *app, xmpp_stanza_t *stanza)
{
    xmpp_stanza_t *query = xmpp_stanza_get_child_by_name(stanza, "query");
    xmpp_stanza_t *item = query ? xmpp_stanza_get_children(query) : NULL;

    for (; item; item = xmpp_stanza_get_next(item))
        if (xmpp_stanza_get_name(item))
            take_item(app, item);
}

/* Only the account itself may push (RFC 6121 §2.1.6). */
static bool is_own(const struct app *app, const char *from)
{
    return !from || same_bare(from, xmpp_conn_get_bound_jid(app->conn));
}

static int on_push(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *data)
{
    struct app *app = data;
    const char *type = xmpp_stanza_get_type(stanza);
    const char *id = xmpp_stanza_get_id(stanza);

    (void)conn;
    if (type && strcmp(type, "set") == 0 &&
        is_own(app, xmpp_stanza_get_from(stanza))) {
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
}

/* --- presence ------------------------------------------------------------- */

static void take_request(struct app *app, const char *from, const char *type)
{
    struct contact *contact = contact_get(app, from);

    if (strcmp(type, "subscribe") == 0) {
        /* Who is asked back by a friend-to-be has said yes already. */
        if (contact->asks)
            return;
        contact->asks = true;
        SHOW(app, "request", {"from", contact->jid});
    }
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
    if (!from || is_own(app, from))
        return 1;
    if (!type || strcmp(type, "unavailable") == 0)
        take_presence(app, from, stanza, type != NULL);
    else if (strcmp(type, "error") == 0)
        (void)!is_refused(app, stanza);
    else
        take_request(app, from, type);
    return 1;
}

void roster_start(struct app *app)
{
    xmpp_handler_add(app->conn, on_push, "jabber:iq:roster", "iq", "set", app);
    xmpp_handler_add(app->conn, on_presence, NULL, "presence", NULL, app);
    ask(app, "get", NULL, on_roster, NULL, "<query xmlns='jabber:iq:roster'/>");
}

void roster_show(struct app *app)
{
    for (struct contact *c = app->contacts; c; c = c->next) {
        char unread[32] = "";

        if (c->unread)
            (void)snprintf(unread, sizeof(unread), ", %u unread", c->unread);
        SHOW(app, "contact", {"mark", c->resource ? "*" : "-"},
             {"group", c->group ? c->group : ""},
             {"name", c->name ? c->name : c->jid}, {"jid", c->jid},
             {"show", !c->resource ? "offline"
                      : c->show    ? c->show
                                   : "online"},
             {"unread", unread});
    }
}

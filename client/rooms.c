/* Rooms (XEP-0045): one at a time, the partner of what is typed. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"

#define NS_MUC      "http://jabber.org/protocol/muc"
#define NS_MUC_USER NS_MUC "#user"

static bool is_here(const struct app *app, const char *from)
{
    size_t length = strcspn(from, "/");

    return app->partner && app->partner_is_room &&
           strlen(app->partner) == length &&
           strncmp(app->partner, from, length) == 0;
}

static bool has_status(xmpp_stanza_t *x, const char *code)
{
    xmpp_stanza_t *child = xmpp_stanza_get_children(x);

    for (; child; child = xmpp_stanza_get_next(child)) {
        const char *name = xmpp_stanza_get_name(child);
        const char *value = name && strcmp(name, "status") == 0
                                ? xmpp_stanza_get_attribute(child, "code")
                                : NULL;

        if (value && strcmp(value, code) == 0)
            return true;
    }
    return false;
}

/* We have made it: nobody else gets in before its owner has agreed to how it is
 * (§10.1.2). */
static void unlock(struct app *app)
{
    ask_and_tell(app, "set", app->partner, "The room is made.",
                 "<query xmlns='" NS_MUC "#owner'>"
                 "<x xmlns='jabber:x:data' type='submit'/></query>");
}

bool room_presence(struct app *app, xmpp_stanza_t *stanza)
{
    const char *from = xmpp_stanza_get_from(stanza);
    const char *type = xmpp_stanza_get_type(stanza);
    const char *nick = strchr(from, '/');
    xmpp_stanza_t *x =
        xmpp_stanza_get_child_by_name_and_ns(stanza, "x", NS_MUC_USER);

    if (type && strcmp(type, "error") == 0 && is_here(app, from)) {
        partner_set(app, NULL, false);
        return false; /* it is told as any error */
    }
    if (!x)
        return is_here(app, from);
    SHOW(app, "occupant", {"from", nick ? nick + 1 : from}, {"room", from},
         {"show", type ? "gone" : "here"});
    if (is_here(app, from) && has_status(x, "201"))
        unlock(app);
    if (is_here(app, from) && type && has_status(x, "110"))
        partner_set(app, NULL, false);
    return true;
}

/* "team" is a room of our own domain. */
static char *room_address(const struct app *app, const char *word)
{
    struct buf text = {0};
    char *domain = own_domain(app, "conference.");
    char *address;

    buf_add_text(&text, word);
    if (!strchr(word, '@'))
        buf_printf(&text, "@%s", domain);
    address = str_dup_heap(buf_view(&text));
    buf_clear(&text);
    free(domain);
    return address;
}

void room_join(struct app *app, char **words, int count)
{
    char *own = str_dup_heap(
        (struct str){app->options.jid, strcspn(app->options.jid, "@")});

    free(app->nick);
    app->nick =
        count > 1 ? str_dup_heap(str_of(words[1])) : str_dup_heap(str_of(own));
    free(own);
    partner_set(app, room_address(app, words[0]), true);
    say(app, "<presence to='%s/%s'><x xmlns='" NS_MUC "'/></presence>",
        app->partner, app->nick);
}

void room_leave(struct app *app, char **words, int count)
{
    (void)words, (void)count;
    if (!app->partner || !app->partner_is_room)
        return;
    say(app, "<presence type='unavailable' to='%s/%s'/>", app->partner,
        app->nick);
    partner_set(app, NULL, false);
}

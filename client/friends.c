/* Friends: asked, accepted, removed, blocked. */
#include <stdlib.h>

#include "commands.h"

void friends_list(struct app *app, char **words, int count)
{
    (void)words, (void)count;
    roster_show(app);
}

/* A friend, perhaps in a group: both shall see each other. */
void friends_add(struct app *app, char **words, int count)
{
    char *jid = contact_address(app, words[0]);

    ask_and_tell(app, "set", NULL, NULL,
                 count > 1 ? "<query xmlns='jabber:iq:roster'><item jid='%s'>"
                             "<group>%s</group></item></query>"
                           : "<query xmlns='jabber:iq:roster'>"
                             "<item jid='%s'/></query>",
                 jid, count > 1 ? words[1] : "");
    say(app, "<presence type='subscribed' to='%s'/>", jid);
    say(app, "<presence type='subscribe' to='%s'/>", jid);
    SHOW(app, "done", {"text", "Asked."});
    free(jid);
}

void friends_accept(struct app *app, char **words, int count)
{
    char *jid = contact_address(app, words[0]);

    (void)count;
    contact_get(app, jid)->asks = false;
    say(app, "<presence type='subscribed' to='%s'/>", jid);
    say(app, "<presence type='subscribe' to='%s'/>", jid);
    SHOW(app, "done", {"text", "Accepted."});
    free(jid);
}

void friends_remove(struct app *app, char **words, int count)
{
    char *jid = contact_address(app, words[0]);

    (void)count;
    ask_and_tell(app, "set", NULL, "Removed.",
                 "<query xmlns='jabber:iq:roster'>"
                 "<item jid='%s' subscription='remove'/></query>",
                 jid);
    free(jid);
}

void friends_block(struct app *app, char **words, int count)
{
    char *jid = contact_address(app, words[0]);

    (void)count;
    ask_and_tell(app, "set", NULL, "Blocked.",
                 "<block xmlns='urn:xmpp:blocking'><item jid='%s'/></block>",
                 jid);
    free(jid);
}

void friends_unblock(struct app *app, char **words, int count)
{
    char *jid = contact_address(app, words[0]);

    (void)count;
    ask_and_tell(
        app, "set", NULL, "Not blocked any more.",
        "<unblock xmlns='urn:xmpp:blocking'><item jid='%s'/></unblock>", jid);
    free(jid);
}

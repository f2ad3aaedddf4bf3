/* An account of one's own (XEP-0077), before the login. */
#include <stdlib.h>
#include <string.h>

#include "phchat.h"

static void on_registered(struct app *app, xmpp_stanza_t *answer, void *data)
{
    (void)data;
    if (is_refused(app, answer)) {
        session_end(app, EXIT_REFUSED);
        return;
    }
    SHOW(app, "registered", {"jid", app->options.jid});
    session_end(app, EXIT_SUCCESS);
}

void registration_ask(struct app *app)
{
    const char *jid = app->options.jid;
    const char *domain = strchr(jid, '@') + 1;
    char *user = str_dup_heap((struct str){jid, strcspn(jid, "@")});
    char *to = str_dup_heap((struct str){domain, strcspn(domain, "/")});

    ask(app, "set", to, on_registered, NULL,
        "<query xmlns='jabber:iq:register'><username>%s</username>"
        "<password>%s</password></query>",
        user, app->options.password);
    free(user);
    free(to);
}

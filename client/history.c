/* What was said before: the last page of the archive (XEP-0313). */
#include <stdlib.h>
#include <string.h>

#include "commands.h"

#define NS_MAM "urn:xmpp:mam:2"

bool history_take(struct app *app, xmpp_stanza_t *message)
{
    const char *from = xmpp_stanza_get_from(message);
    xmpp_stanza_t *result =
        xmpp_stanza_get_child_by_name_and_ns(message, "result", NS_MAM);
    xmpp_stanza_t *forwarded =
        result ? xmpp_stanza_get_child_by_name(result, "forwarded") : NULL;
    xmpp_stanza_t *inner =
        forwarded ? xmpp_stanza_get_child_by_name(forwarded, "message") : NULL;
    xmpp_stanza_t *body =
        inner ? xmpp_stanza_get_child_by_name(inner, "body") : NULL;
    char *text, *stamp;

    if (!result)
        return false;
    /* The archive is our own, or the page is forged. */
    if (!body || !is_own(app, from) || !xmpp_stanza_get_from(inner))
        return true;
    text = xmpp_stanza_get_text(body);
    stamp = delay_of(forwarded);
    SHOW(app, "history", {"when", stamp}, {"from", xmpp_stanza_get_from(inner)},
         {"body", text ? text : ""});
    free(stamp);
    if (text)
        xmpp_free(app->ctx, text);
    return true;
}

/* A server without an archive is no reason to complain. */
static void on_page(struct app *app, xmpp_stanza_t *answer, void *data)
{
    (void)app, (void)answer, (void)data;
}

void history_show(struct app *app, char **words, int count)
{
    char *jid = contact_address(app, words[0]);

    (void)count;
    ask(app, "set", NULL, on_page, NULL,
        "<query xmlns='" NS_MAM "'><x xmlns='jabber:x:data' type='submit'>"
        "<field var='FORM_TYPE' type='hidden'><value>" NS_MAM "</value></field>"
        "<field var='with'><value>%s</value></field></x>"
        "<set xmlns='http://jabber.org/protocol/rsm'><max>20</max><before/>"
        "</set></query>",
        jid);
    free(jid);
}

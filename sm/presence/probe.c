/* Presence probes for a user of ours (RFC 6121 §4.3.2). */
#include "sm/presence/presence.h"

#include <utlist.h>

#include "sm/presence/contact.h"

/* A probe may ask for one resource. */
static bool is_asked(const struct session *session, const struct jid *to)
{
    return !session->is_doomed &&
           (!to->resource.len || str_eq(session->jid.resource, to->resource));
}

/* Who got directed presence may ask whether it still holds (§4.6). */
static bool got_directed(const struct session *session, const struct jid *from)
{
    const struct directed *directed;

    LL_FOREACH(session->directed, directed)
    {
        struct str jid = {directed->jid, directed->len};

        if (str_eq(jid, from->full) || str_eq(jid, from->bare))
            return true;
    }
    return false;
}

/* Whether there was anything to tell of the session. */
static bool tell_of(struct session *session, struct duty *duty,
                    const struct jid *from, bool sees)
{
    bool is_told = got_directed(session, from);

    if (presence_is_shown(session) && (sees || is_told)) {
        presence_show_one(session, duty, from->full, true);
        return true;
    }
    /* What was said to him alone is not kept, only that it was. */
    if (is_told)
        presence_say(session->account->sm, duty, session->jid.full, NULL,
                     from->full);
    return is_told;
}

void presence_answer_probe(struct account *account, struct duty *duty,
                           const struct jid *from, const struct jid *to)
{
    struct sm *sm = account->sm;
    struct session *session;
    bool sees =
        jid_bare_eq(from, &account->jid) || contact_sees(account, from->bare);
    bool is_told = false;

    if (!privacy_allows(account, NULL, from, PRIVACY_OTHER))
        return;
    DL_FOREACH(account->sessions, session)
    if (is_asked(session, to) && tell_of(session, duty, from, sees))
        is_told = true;
    if (is_told)
        return;
    if (sees)
        presence_say(sm, duty, to->resource.len ? to->full : account->jid.bare,
                     "unavailable", from->full);
    else
        presence_say(sm, duty, account->jid.bare, "unsubscribed", from->bare);
}

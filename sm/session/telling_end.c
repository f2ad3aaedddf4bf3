/* All is told: what was told of goes on. */
#include <utlist.h>

#include "sm/control.h"
#include "sm/pep/pep.h"
#include "sm/route.h"
#include "sm/session/former.h"
#include "sm/session/session_queue.h"
#include "sm/session/telling.h"

/* The rest of a queue that two c2sds held, and then the end of the older
 * stream. */
static void complete(struct session *session)
{
    struct former *former, *next;

    session_trim_queue(session);
    session_transmit_queue(session, session->told_out);
    DL_FOREACH_SAFE(session->account->sm->formers, former, next)
    if (former->session == session && former->is_due)
        former_wait_for_queue(former);
}

/* Should we serve already, messages may have been stored for want of the
 * session: it gets them now. */
static void told(struct session *session)
{
    session->is_told = session->is_heard = false;
    if (session->formers > 0)
        complete(session);
    if (session->is_replaced) {
        session_end(session, "conflict", "Replaced by a new connection");
        return;
    }
    pep_restored(session);
    if (!session->account->sm->is_serving || !session->is_available ||
        session->priority < 0)
        return;
    session->offline_due = true;
    if (session->account->state == ACCOUNT_LOADING)
        account_load(session->account);
    else
        offline_go_on(session);
}

static bool is_still_told(const struct session *session)
{
    const struct former *former;

    if (session->formers > 0) {
        DL_FOREACH(session->account->sm->formers, former)
        {
            if (former->session == session && former->is_told)
                return true;
        }
    }
    return !session->is_heard;
}

/* Those of which all is told. Before this sm serves nobody is one: another c2sd
 * may tell of the same session. */
void telling_complete(struct sm *sm)
{
    struct session *session, *next;
    struct former *former;

    if (!sm->is_serving) { /* who is silent is not waited for */
        DL_FOREACH(sm->formers, former)
        {
            former->is_told = false;
        }
    }
    HASH_ITER(hh, sm->sessions, session, next)
    {
        if (session->is_told && !is_still_told(session))
            told(session);
    }
}

/* A c2sd has told all, or goes. */
void telling_end(struct sm *sm, struct str address)
{
    struct session *session, *next;
    struct former *former;

    DL_FOREACH(sm->formers, former)
    {
        if (str_eq(channel_remote(former->key.channel), address))
            former->is_told = false;
    }
    HASH_ITER(hh, sm->sessions, session, next)
    {
        if (!session->is_told)
            continue;
        if (str_eq(channel_remote(session->key.channel), address))
            session->is_heard = true;
    }
    if (sm->is_serving)
        telling_complete(sm);
}

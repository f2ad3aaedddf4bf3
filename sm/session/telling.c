#include "sm/session/telling.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/log/log.h"
#include "sm/control.h"
#include "sm/pep/pep.h"
#include "sm/route.h"
#include "sm/session/departed.h"
#include "sm/session/former.h"
#include "sm/session/keepsake.h"
#include "sm/session/seen.h"
#include "sm/session/session_queue.h"

/* False when the c2sd may not speak of such a session. */
static bool may_be(struct sm *sm, const struct frame *frame,
                   const struct xml *element, struct jid *jid)
{
    struct str grant = xml_get(element, CTL_A_GRANT);
    int64_t now = sm->now_ms / 1000;
    int64_t age = config_int(sm->config, "sm.restore-age");

    return jid_parse(jid, &sm->arena, xml_get(element, CTL_A_JID)) &&
           jid->local.len && jid->resource.len && sm_serves(sm, jid->domain) &&
           sm_owns(sm, jid->bare) &&
           grant_verify(&sm->key, grant, frame->from, frame->sid, jid->bare,
                        now, 0) &&
           !(age && grant_is_older(grant, now, age));
}

/* Of a c2sd's word: no session waits longer for its client than others do. */
static int64_t at_most(uint64_t told, int64_t most)
{
    return told < (uint64_t)most ? (int64_t)told : most;
}

static void take_counts(struct session *session, const struct xml *element)
{
    const struct sm *sm = session->account->sm;
    uint64_t max = 0, detached = 0, acked = 0;
    struct str id = xml_get(element, CTL_A_ID);

    session->in_due = session->in_last = session->told_out = 0;
    (void)!control_number(element, CTL_A_MOVES, &session->moves);
    (void)!control_number(element, CTL_A_IN, &session->in);
    (void)!control_number(element, CTL_A_IN_DUE, &session->in_due);
    (void)!control_number(element, CTL_A_IN_LAST, &session->in_last);
    (void)!control_number(element, CTL_A_OUT, &session->told_out);
    if (session->out < session->told_out)
        session->out = session->told_out;
    session->is_managed =
        control_number(element, CTL_A_IN_BASE, &session->in_base) &&
        control_number(element, CTL_A_OUT_BASE, &session->out_base) &&
        control_number(element, CTL_A_N, &acked);
    if (session->acked < acked)
        session->acked = acked;
    if (!session->is_managed || id.len != RESUME_ID_CHARS ||
        !control_number(element, CTL_A_MAX, &max))
        return;
    session_make_resumable(
        session, id,
        at_most(max, config_int(sm->config, "sm.resume-timeout")) * 1000);
    if (control_number(element, CTL_A_DETACHED, &detached) &&
        !session->is_detached)
        session_detach_since(session, at_most(detached, sm->steady_ms));
}

/* Absent resource: somebody else has it by now. What this session's client did
 * not get goes to him or offline when all has been told. */
static void take_session(struct account *account, struct channel *channel,
                         const struct frame *frame, const struct xml *element,
                         struct str resource)
{
    bool is_replaced = !resource.p;
    struct session *session;

    if (is_replaced)
        resource = stanza_new_id(&account->sm->arena);
    session = session_new(account, channel, frame->sid, resource,
                          xml_get(element, CTL_A_PEER));
    session->is_told = true;
    session->granted_ms = -1;
    session->is_replaced = is_replaced;
    take_counts(session, element);
}

/* Those that are ending are told of as well: twice as many as may be opened. */
static bool has_too_many(const struct account *account)
{
    int64_t most =
        2 * config_int(account->sm->config, "sm.max-sessions-per-account");
    const struct session *session;
    int64_t count = 0;

    DL_FOREACH(account->sessions, session)
    count++;
    return most && count >= most;
}

static void refuse(struct sm *sm, struct channel *channel,
                   const struct frame *frame, const struct xml *element)
{
    log_event(LOG_LEVEL_WARN, "restore-refused",
              LOG_STR("jid", xml_get(element, CTL_A_JID)),
              LOG_STR("c2s", frame->from));
    control_end(sm, channel, frame->sid, "conflict", NULL);
}

/* Whether two streams had the session when sm died: it was being resumed. */
static bool is_same(const struct session *session, const struct xml *element)
{
    return session->is_told && session->is_resumable &&
           str_eq(xml_get(element, CTL_A_ID), str_of(session->resume_id));
}

/* What the one c2sd held, or some of it, the other has by now: what the client
 * lacks is sent on the stream that is the younger, and then the older one ends.
 */
static void merge(struct session *session, struct channel *channel,
                  const struct frame *frame, const struct xml *element)
{
    uint64_t moves = 0, out = 0;
    struct former *former;

    (void)!control_number(element, CTL_A_MOVES, &moves);
    if (moves > session->moves) {
        former = session_move(session, channel, frame->sid,
                              xml_get(element, CTL_A_PEER));
        former->is_told = !session->is_heard;
        session->is_heard = false;
        take_counts(session, element);
    } else {
        former = former_new_at(session, channel, frame->sid, "conflict",
                               "Resumed on another connection");
        former->is_told = true;
        if (control_number(element, CTL_A_OUT, &out) && session->out < out)
            session->out = out;
    }
    former->is_due = true;
}

/* A session that was never forgotten here, told by a c2sd that was away: it
 * goes on there, unless its client has come back by way of another, where all
 * that the old stream lacked was sent. */
static void meet_again(struct session *session, struct channel *channel,
                       uint64_t sid)
{
    if (session->is_detached && !session->key.channel)
        session_reattach(session, channel, sid);
    else
        control_end(session->account->sm, channel, sid, "conflict",
                    "Resumed on another connection");
}

static void restore_session(struct sm *sm, struct channel *channel,
                            const struct frame *frame,
                            const struct xml *element)
{
    struct session *session = session_find(sm, channel, frame->sid);
    struct account *account;
    struct jid jid;

    if ((session && !session->is_told) || former_find(sm, channel, frame->sid))
        return; /* it was never forgotten */
    if (session && session->formers > 0) {
        take_counts(session, element); /* told anew; others' words stay */
        return;
    }
    if (session)
        session_free(session); /* told anew, from the start */
    if (!may_be(sm, frame, element, &jid)) {
        refuse(sm, channel, frame, element);
        return;
    }
    account = account_get(sm, jid.bare);
    session = session_by_resource(account, jid.resource);
    if (session && sm->is_serving && !session->is_told &&
        str_eq(xml_get(element, CTL_A_ID), str_of(session->resume_id)))
        meet_again(session, channel, frame->sid);
    else if (session && is_same(session, element))
        merge(session, channel, frame, element);
    else if (has_too_many(account))
        refuse(sm, channel, frame, element);
    else
        take_session(account, channel, frame, element,
                     session ? STR_NONE : jid.resource);
}

/* --- what belongs to it --------------------------------------------------- */

/* What a stream got whose session is over: the grant tells whose it was. */
static void about_departed(struct sm *sm, const struct frame *frame,
                           const struct xml *element)
{
    struct jid jid;

    if (may_be(sm, frame, element, &jid))
        departed_note(sm, jid.bare, xml_get(element, CTL_A_ORIGIN));
}

/* The session of which the stream tells; NULL: of none. */
static struct session *told_session(const struct sm *sm,
                                    struct channel *channel, uint64_t sid)
{
    struct session *session = session_find(sm, channel, sid);
    const struct former *former;

    if (session)
        return session->is_told ? session : NULL;
    former = former_find(sm, channel, sid);
    return former && former->is_told ? former->session : NULL;
}

/* Of two, the first: they are of the same moment. */
static void take_keepsake(struct session *session, const struct xml *element)
{
    if (!session->has_keepsake)
        keepsake_take(session, element);
    session->has_keepsake = true;
}

static void about_session(struct sm *sm, struct channel *channel,
                          const struct frame *frame, const struct xml *element)
{
    struct session *session = told_session(sm, channel, frame->sid);

    if (!session && xml_is(element, NS_LINK_CONTROL, CTL_SEEN))
        about_departed(sm, frame, element);
    if (!session || session->is_doomed)
        return;
    if (frame->n && stanza_kind(element) != STANZA_NONE)
        session_restore_stanza(session, frame, element);
    else if (session->is_replaced)
        return; /* neither presence nor anything else is left of it */
    else if (xml_is(element, NS_LINK_CONTROL, CTL_SESSION_KEEP))
        take_keepsake(session, element);
    else if (xml_is(element, NS_LINK_CONTROL, CTL_SEEN))
        seen_note(session, xml_get(element, CTL_A_ORIGIN));
}

void telling_take(struct sm *sm, const struct frame *frame,
                  const struct xml *element)
{
    struct channel *channel =
        channels_get(sm->channels, frame->to, frame->from);

    if (xml_is(element, NS_LINK_CONTROL, CTL_SESSION_RESTORE))
        restore_session(sm, channel, frame, element);
    else
        about_session(sm, channel, frame, element);
}

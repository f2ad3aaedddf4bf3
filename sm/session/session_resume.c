#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/codec/codec.h"
#include "common/log/log.h"
#include "sm/control.h"
#include "sm/quiet/quiet.h"
#include "sm/session/former.h"
#include "sm/session/keepsake.h"
#include "sm/session/session.h"
#include "sm/session/session_queue.h"

static void make_resume_id(char id[RESUME_ID_CHARS + 1])
{
    unsigned char bytes[RESUME_ID_CHARS / 2];

    if (RAND_bytes(bytes, sizeof(bytes)) != 1)
        abort();
    for (size_t i = 0; i < sizeof(bytes); i++)
        snprintf(id + 2 * i, 3, "%02x", bytes[i]);
}

/* Whoever gets a stanza is told its origin: that tells nothing of the id, which
 * is a secret, and no session of another account can have the same, though a
 * c2sd says what id a restored one has. */
static void make_origin_id(struct session *session)
{
    unsigned char hash[32];

    hmac_sha256(str_of(session->resume_id), session->jid.bare, hash);
    for (size_t i = 0; i < ORIGIN_ID_CHARS / 2; i++)
        snprintf(session->origin_id + 2 * i, 3, "%02x", hash[i]);
}

void session_make_resumable(struct session *session, struct str id,
                            int64_t resume_ms)
{
    session->is_resumable = true;
    session->resume_ms = resume_ms;
    snprintf(session->resume_id, sizeof(session->resume_id), "%.*s",
             STR_ARG(id));
    make_origin_id(session);
}

void session_handle_enable(struct session *session, const struct xml *element)
{
    struct sm *sm = session->account->sm;
    int64_t timeout = config_int(sm->config, "sm.resume-timeout");
    struct xml *answer = control_new(sm, CTL_SESSION_ENABLED);
    char id[RESUME_ID_CHARS + 1];
    uint64_t wanted;

    if (session->is_managed ||
        !control_number(element, CTL_A_IN, &session->in_base))
        return;
    session->is_managed = true;
    session->out_base = session->out;
    if (str_is(xml_get(element, CTL_A_RESUME), "1") && timeout > 0) {
        make_resume_id(id);
        if (control_number(element, CTL_A_MAX, &wanted) && wanted > 0 &&
            wanted < (uint64_t)timeout)
            timeout = (int64_t)wanted;
        session_make_resumable(session, str_of(id), timeout * 1000);
        xml_set(answer, STR(CTL_A_ID), str_of(session->resume_id));
        xml_set_u64(answer, CTL_A_MAX, (uint64_t)timeout);
    }
    control_send(sm, session->key.channel, session->key.sid, answer);
}

void session_leave_stream(struct session *session)
{
    struct sm *sm = session->account->sm;

    if (session->in_hash)
        HASH_DEL(sm->sessions, session);
    session->in_hash = false;
    memset(&session->key, 0, sizeof(session->key));
}

void session_detach_since(struct session *session, int64_t lost_ms)
{
    struct sm *sm = session->account->sm;

    session->is_detached = true;
    session->resume_until_ms = lost_ms + session->resume_ms;
    DL_APPEND2(sm->detached, session, other_prev, other_next);
}

void session_detach(struct session *session, struct duty *duty)
{
    struct sm *sm = session->account->sm;

    if (session->is_detached)
        return; /* restored so, and now c2sd repeats what it had said */
    if (!session->is_resumable) {
        session_close(session, duty, STR_NONE);
        return;
    }
    session_detach_since(session, sm->steady_ms);
    log_event(LOG_LEVEL_INFO, "session-detach",
              LOG_STR("jid", session->jid.full));
}

static struct session *find_resumable(const struct account *account,
                                      struct str id)
{
    struct session *session;

    DL_FOREACH(account->sessions, session)
    if (session->is_resumable && !session->is_doomed &&
        str_eq_constant_time(str_of(session->resume_id), id))
        return session;
    return NULL;
}

/* The ordinal that the client's 32-bit count h stands for. */
static uint64_t ordinal_of(const struct session *session, uint32_t h)
{
    uint64_t known = session->acked > session->out_base
                         ? session->acked - session->out_base
                         : 0;

    return session->out_base + known + (uint32_t)(h - (uint32_t)known);
}

static void enter_stream(struct session *session, struct channel *channel,
                         uint64_t sid, struct str peer)
{
    struct sm *sm = session->account->sm;

    memset(&session->lost, 0, sizeof(session->lost));
    session->key.channel = channel;
    session->key.sid = sid;
    if (peer.p != session->peer)
        snprintf(session->peer, sizeof(session->peer), "%.*s", STR_ARG(peer));
    HASH_ADD(hh, sm->sessions, key, sizeof(session->key), session);
    session->in_hash = true;
}

struct former *session_move(struct session *session, struct channel *channel,
                            uint64_t sid, struct str peer)
{
    struct sm *sm = session->account->sm;
    struct former *former = NULL;

    if (session->is_detached)
        DL_DELETE2(sm->detached, session, other_prev, other_next);
    session->is_detached = false;
    if (session->key.channel)
        former =
            former_new(session, "conflict", "Resumed on another connection");
    session_leave_stream(session);
    enter_stream(session, channel, sid, peer);
    return former;
}

void session_reattach(struct session *session, struct channel *channel,
                      uint64_t sid)
{
    struct sm *sm = session->account->sm;

    DL_DELETE2(sm->detached, session, other_prev, other_next);
    session->is_detached = false;
    session_leave_stream(session);
    enter_stream(session, channel, sid, str_of(session->peer));
    session_stored_taken(session);
    session_transmit_queue(session, 0); /* c2sd passes over what it has */
    log_event(LOG_LEVEL_INFO, "session-reattach",
              LOG_STR("jid", session->jid.full));
}

/* The client has more than it was sent: its stream ends (XEP-0198 §6). */
static void refuse_count(struct session *session, struct channel *channel,
                         uint64_t sid)
{
    struct sm *sm = session->account->sm;
    struct xml *answer = control_new(sm, CTL_SESSION_REFUSED);

    xml_set(answer, STR(CTL_A_CONDITION), STR("undefined-condition"));
    xml_set_u64(answer, CTL_A_OUT,
                (uint32_t)(session->out - session->out_base));
    control_send(sm, channel, sid, answer);
}

static bool is_granted(const struct account *account,
                       const struct channel *channel, uint64_t sid,
                       const struct xml *element)
{
    const struct sm *sm = account->sm;

    return account->state == ACCOUNT_READY && account->enabled &&
           grant_verify(&sm->key, xml_get(element, CTL_A_GRANT),
                        channel_remote(channel), sid, account->jid.bare,
                        sm->now_ms / 1000, GRANT_SECONDS);
}

static void answer_resumed(struct session *session)
{
    struct sm *sm = session->account->sm;
    uint64_t in = session->duties ? session->duties->n - 1 : session->in;
    struct xml *answer = control_new(sm, CTL_SESSION_RESUMED);

    xml_set(answer, STR(CTL_A_JID), session->jid.full);
    xml_set_u64(answer, CTL_A_H, (uint32_t)(in - session->in_base));
    xml_set_u64(answer, CTL_A_OUT, session->acked);
    xml_set_u64(answer, CTL_A_IN, in);
    xml_set_u64(answer, CTL_A_MOVES, session->moves);
    xml_set_u64(answer, CTL_A_MAX, (uint64_t)(session->resume_ms / 1000));
    control_send(sm, session->key.channel, session->key.sid, answer);
}

static void resume(struct session *session, struct channel *channel,
                   uint64_t sid, uint32_t h, struct str peer)
{
    struct former *former = session_move(session, channel, sid, peer);

    session->moves++;
    session->granted_ms = session->account->sm->steady_ms;
    session->acked = ordinal_of(session, h);
    session_trim_queue(session);
    answer_resumed(session);
    quiet_resumed(session);
    session_transmit_queue(session, 0);
    if (former)
        former_wait_for_queue(former);
    session_stored_taken(session);
    keepsake_due(session);
    log_event(LOG_LEVEL_INFO, "session-resume",
              LOG_STR("jid", session->jid.full),
              LOG_TEXT("peer", session->peer));
}

void session_handle_resume(struct account *account, struct duty *duty,
                           struct channel *channel, const struct frame *frame,
                           struct xml *element)
{
    struct sm *sm = account->sm;
    struct session *session;
    uint64_t h;

    if (duty && duty->peer_epoch != channel_peer_epoch(channel))
        return; /* that c2sd has forgotten the stream */
    if (!is_granted(account, channel, frame->sid, element) ||
        session_find(sm, channel, frame->sid)) {
        control_refuse(sm, channel, frame->sid, "not-authorized", "cancel",
                       NULL);
        return;
    }
    session = find_resumable(account, xml_get(element, CTL_A_ID));
    if (!session || !control_number(element, CTL_A_H, &h) || h > UINT32_MAX)
        control_refuse(sm, channel, frame->sid, "item-not-found", "cancel",
                       NULL);
    else if (ordinal_of(session, (uint32_t)h) > session->out)
        refuse_count(session, channel, frame->sid);
    else
        resume(session, channel, frame->sid, (uint32_t)h,
               xml_get(element, CTL_A_PEER));
}

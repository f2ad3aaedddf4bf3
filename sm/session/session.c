#include "sm/session/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/log/log.h"
#include "sm/control.h"
#include "sm/session/former.h"
#include "sm/session/keepsake.h"
#include "sm/presence/presence.h"
#include "sm/quiet/quiet.h"
#include "sm/route.h"
#include "sm/session/seen.h"
#include "sm/session/session_queue.h"

struct session *session_find(const struct sm *sm, struct channel *channel,
                             uint64_t sid)
{
    struct session_key key;
    struct session *session;

    memset(&key, 0, sizeof(key));
    key.channel = channel;
    key.sid = sid;
    HASH_FIND(hh, sm->sessions, &key, sizeof(key), session);
    return session;
}

struct session *session_by_resource(const struct account *account,
                                    struct str resource)
{
    struct session *session;

    DL_FOREACH(account->sessions, session)
    if (!session->is_doomed && str_eq(session->jid.resource, resource))
        return session;
    return NULL;
}

/* --- opening -------------------------------------------------------------- */

static unsigned count_sessions(const struct account *account)
{
    const struct session *session;
    unsigned count = 0;

    DL_FOREACH(account->sessions, session)
    if (!session->is_doomed)
        count++;
    return count;
}

/* The resource that the session gets; absent when it may not have it. An older
 * session of this name is ended or the new one renamed, as configured. */
static struct str choose_resource(struct account *account, struct str wanted)
{
    struct sm *sm = account->sm;
    struct str policy = config_str(sm->config, "sm.resource-conflict");
    struct session *older;

    if (!wanted.len)
        return stanza_new_id(&sm->arena);
    older = session_by_resource(account, wanted);
    if (!older)
        return wanted;
    if (str_is(policy, "rename"))
        return arena_printf(&sm->arena, "%.*s-%.*s", STR_ARG(wanted),
                            STR_ARG(stanza_new_id(&sm->arena)));
    if (str_is(policy, "refuse"))
        return STR_NONE;
    session_end(older, "conflict", "Replaced by a new connection");
    return wanted;
}

static void keep_full_jid(struct session *session, struct str resource)
{
    struct str bare = session->account->jid.bare;
    size_t len = bare.len + 1 + resource.len;
    char *full = mem_alloc(len + 1);
    struct jid *jid = &session->jid;

    memcpy(full, bare.p, bare.len);
    full[bare.len] = '/';
    memcpy(full + bare.len + 1, resource.p, resource.len);
    full[len] = 0;
    jid->full = (struct str){full, len};
    jid->bare = (struct str){full, bare.len};
    jid->local = (struct str){full, session->account->jid.local.len};
    jid->domain = (struct str){full + jid->local.len + 1,
                               session->account->jid.domain.len};
    jid->resource = (struct str){full + bare.len + 1, resource.len};
}

struct session *session_new(struct account *account, struct channel *channel,
                            uint64_t sid, struct str resource, struct str peer)
{
    struct sm *sm = account->sm;
    struct session *session = NEW(struct session);

    session->account = account;
    session->interest.session = session;
    session->key.channel = channel;
    session->key.sid = sid;
    session->active_ms = sm->now_ms;
    session->granted_ms = sm->steady_ms;
    keep_full_jid(session, resource);
    snprintf(session->peer, sizeof(session->peer), "%.*s", STR_ARG(peer));
    HASH_ADD(hh, sm->sessions, key, sizeof(session->key), session);
    session->in_hash = true;
    DL_APPEND(account->sessions, session);
    sm->sessions_open++;
    return session;
}

/* Whether the new session takes the place of an older one. */
static bool replaces(const struct account *account, struct str wanted)
{
    return session_by_resource(account, wanted) &&
           str_is(config_str(account->sm->config, "sm.resource-conflict"),
                  "replace");
}

/* Prepared, as c2sd has to hand it over; absent: any. */
static bool is_resource(struct sm *sm, struct str wanted)
{
    return !wanted.len || str_eq(jid_prep_resource(&sm->arena, wanted), wanted);
}

/* Why a stream may not have a session; NULL when it may. */
static const char *refusal(struct account *account, struct channel *channel,
                           const struct frame *frame, const struct xml *element)
{
    struct sm *sm = account->sm;
    int64_t most = config_int(sm->config, "sm.max-sessions-per-account");

    if (account->load_failed)
        return "internal-server-error";
    if (account->state != ACCOUNT_READY || !account->enabled)
        return "not-authorized";
    if (!grant_verify(&sm->key, xml_get(element, CTL_A_GRANT),
                      channel_remote(channel), frame->sid, account->jid.bare,
                      sm->now_ms / 1000, GRANT_SECONDS)) {
        log_event(LOG_LEVEL_WARN, "grant-refused",
                  LOG_STR("jid", account->jid.bare),
                  LOG_STR("c2s", channel_remote(channel)));
        return "not-authorized";
    }
    if (session_find(sm, channel, frame->sid))
        return "unexpected-request";
    if (most && count_sessions(account) >= (uint64_t)most &&
        !replaces(account, xml_get(element, CTL_A_RESOURCE)))
        return "resource-constraint";
    return is_resource(sm, xml_get(element, CTL_A_RESOURCE)) ? NULL
                                                             : "bad-request";
}

/* What a client enables with its binding (XEP-0386 §3.2). */
static void take_wishes(struct session *session, const struct xml *open)
{
    session->wants_carbons = str_is(xml_get(open, CTL_A_CARBONS), "1");
    session->reads_archive = str_is(xml_get(open, CTL_A_ARCHIVE), "1");
    if (session->wants_carbons || session->reads_archive)
        keepsake_due(session);
}

void session_handle_open(struct account *account, struct duty *duty,
                         struct channel *channel, const struct frame *frame,
                         struct xml *element)
{
    struct sm *sm = account->sm;
    const char *condition = refusal(account, channel, frame, element);
    struct str resource;
    struct session *session;
    struct xml *answer;

    if (duty && duty->peer_epoch != channel_peer_epoch(channel))
        return; /* that c2sd has forgotten the stream */
    if (condition) {
        control_refuse(sm, channel, frame->sid, condition, "cancel", NULL);
        return;
    }
    resource = choose_resource(account, xml_get(element, CTL_A_RESOURCE));
    if (!resource.p || resource.len > JID_PART_MAX) {
        control_refuse(sm, channel, frame->sid, "conflict", "modify",
                       "This resource is in use");
        return;
    }
    session = session_new(account, channel, frame->sid, resource,
                          xml_get(element, CTL_A_PEER));
    account_update_idle(account);
    take_wishes(session, element);
    answer = control_new(sm, CTL_SESSION_OPENED);
    xml_set(answer, STR(CTL_A_JID), session->jid.full);
    control_send(sm, channel, frame->sid, answer);
    if (xml_get(element, CTL_A_IN).p)
        session_handle_enable(session, element);
    quiet_begin(session);
    log_event(LOG_LEVEL_INFO, "session-open", LOG_STR("jid", session->jid.full),
              LOG_TEXT("peer", session->peer));
}

/* --- ending --------------------------------------------------------------- */

/* It is closed with the event at hand, or when its account's rows have come. */
static void doom(struct session *session)
{
    struct sm *sm = session->account->sm;

    if (session->is_detached)
        DL_DELETE2(sm->detached, session, other_prev, other_next);
    session->is_detached = false;
    session->is_doomed = true;
    if (session->account->state == ACCOUNT_LOADING)
        account_load(session->account);
    else
        DL_APPEND2(sm->doomed, session, other_prev, other_next);
}

/* A c2sd that is not gone, but cut off, hears of it when it is back, and does
 * not tell of the session any more. */
static void end_lost(const struct session *session, const char *condition,
                     const char *text)
{
    struct channel *channel = session->lost.channel;

    if (channel && channel_peer_epoch(channel) == session->lost_epoch)
        control_end(session->account->sm, channel, session->lost.sid, condition,
                    text);
}

void session_end(struct session *session, const char *condition,
                 const char *text)
{
    struct sm *sm = session->account->sm;

    if (session->is_doomed)
        return;
    if (session->key.channel) {
        /* A detached one's c2sd has nobody to tell, and goes on holding what
         * its client did not get. */
        if (session->is_detached)
            session->owes_end = true;
        else
            control_end(sm, session->key.channel, session->key.sid, condition,
                        text);
        log_event(LOG_LEVEL_INFO, "session-end",
                  LOG_STR("jid", session->jid.full),
                  LOG_TEXT("reason", condition));
    } else {
        end_lost(session, condition, text);
    }
    doom(session);
}

void sessions_end_all(struct account *account, const char *condition,
                      const char *text)
{
    struct session *session;

    DL_FOREACH(account->sessions, session)
    session_end(session, condition, text);
}

void session_lose_stream(struct session *session)
{
    session->lost = session->key;
    session->lost_epoch = channel_peer_epoch(session->key.channel);
    session_leave_stream(session);
    session->is_told = false; /* who told of it is gone: nothing more comes */
    formers_forget(session);
    if (session->is_doomed)
        return;
    if (!session->is_resumable) {
        doom(session);
        return;
    }
    session_detach(session, NULL);
    session_store_queue(session);
}

void session_account_loaded(struct session *session)
{
    struct account *account = session->account;
    bool is_welcome = account->state == ACCOUNT_READY && account->enabled;

    if (session->is_doomed) {
        DL_APPEND2(account->sm->doomed, session, other_prev, other_next);
        return;
    }
    if (!account->load_failed && !is_welcome) {
        session_end(session, "not-authorized", NULL);
        return;
    }
    if (session->active_name.p)
        session->active_list =
            privacy_find(&account->privacy, session->active_name);
    free((char *)session->active_name.p);
    session->active_name = STR_NONE;
    if (is_welcome)
        quiet_begin(session);
    offline_go_on(session);
}

static void empty_queue(struct session *session, bool is_given_back,
                        struct duty *closing)
{
    struct queued *queued, *next;

    for (queued = session->queue; queued; queued = next) {
        next = queued->next;
        queued->session = NULL;
        if (is_given_back)
            session_give_back(session, queued, closing);
        queued_leave_copies(queued); /* though a channel has it still */
        if (queued->sent == 0) {
            duty_drop(queued->duty);
            queued_free(queued);
        }
    }
    session->queue = session->queue_last = NULL;
    session->queue_bytes = 0;
}

void session_free(struct session *session)
{
    struct sm *sm = session->account->sm;
    struct directed *directed;
    struct duty *duty, *next;

    if (session->is_detached)
        DL_DELETE2(sm->detached, session, other_prev, other_next);
    session_leave_stream(session);
    interest_forget(sm, &session->interest);
    keepsake_cancel(session);
    seen_clear(session);
    formers_forget(session);
    DL_DELETE(session->account->sessions, session);
    sm->sessions_open--;
    empty_queue(session, false, NULL);
    DL_FOREACH_SAFE(session->duties, duty, next)
    {
        /* What is under way keeps the name that it has in the session. */
        (void)duty_origin(duty, &sm->arena);
        duty->session = NULL;
    }
    while ((directed = session->directed)) {
        session->directed = directed->next;
        free(directed);
    }
    free((char *)session->active_name.p);
    free((char *)session->presence.p);
    free((char *)session->jid.full.p);
    free(session);
}

void session_close(struct session *session, struct duty *duty,
                   struct str status_text)
{
    struct account *account = session->account;
    struct session *gone = session;
    struct duty *closing;

    if (session->is_available || session->directed)
        presence_gone(session, status_text);
    /* It takes nothing of what it gives back. */
    session->is_doomed = true;
    session->is_available = false;
    closing = formers_close(session, duty);
    empty_queue(gone, true, closing);
    duty_drop(closing);
    seen_depart(session);
    if (session->has_stored)
        offline_release(account, str_of(session->resume_id));
    log_event(LOG_LEVEL_INFO, "session-close",
              LOG_STR("jid", session->jid.full));
    session_free(session);
    offline_next_part(account);
    account_update_idle(account);
}

/* --- ending by itself ----------------------------------------------------- */

struct former *session_ending(struct session *session)
{
    struct former *former = former_find(session->account->sm,
                                        session->key.channel, session->key.sid);

    return former ? former
                  : former_new(session,
                               session->owes_end ? "connection-timeout" : NULL,
                               NULL);
}

/* Its c2sd holds what its client did not get, until that is somewhere else:
 * what it says of the stream meanwhile is discharged behind that. */
static void close_by_itself(struct session *session)
{
    struct former *former =
        session->key.channel ? session_ending(session) : NULL;

    session_close(session, NULL, STR_NONE);
    if (former)
        former_drop(former);
}

void sessions_settle(struct sm *sm)
{
    struct session *session;

    keepsakes_send(sm);
    while ((session = sm->doomed)) {
        DL_DELETE2(sm->doomed, session, other_prev, other_next);
        close_by_itself(session);
    }
}

#include "sm.h"

#include <stdlib.h>
#include <utlist.h>

#include "common/audit/audit.h"
#include "common/log/log.h"
#include "common/service/service.h"
#include "sm/admin/api.h"
#include "sm/admin/auth_ask.h"
#include "sm/admin/census.h"
#include "sm/away.h"
#include "sm/presence/contact.h"
#include "sm/groups/broadcast.h"
#include "control.h"
#include "sm/session/fanout.h"
#include "sm/session/former.h"
#include "sm/query/iq.h"
#include "sm/session/keepsake.h"
#include "sm/admin/notice.h"
#include "sm/admin/permit.h"
#include "sm/pep/remote.h"
#include "sm/presence/presence.h"
#include "sm/quiet/quiet.h"
#include "sm/session/departed.h"
#include "sm/session/repeat.h"
#include "sm/session/restore.h"
#include "route.h"
#include "sm/store/store.h"
#include "sm/transfer/offers.h"
#include "sm/transfer/transfer.h"

/* Larger than what c2sd and the others let in: the canonical form is longer. */
static const struct xml_limits limits = {.max_stanza = 4u << 20,
                                         .max_depth = 8192,
                                         .max_attrs = 8192,
                                         .max_token = 4u << 20};

/* More than this between two events is no clock that is being corrected. */
#define SLEW_MS 1000

void sm_init(struct sm *sm)
{
    sm->parser = xml_parser_new(&limits);
    sm->audit_hasher = audit_hasher_new();
    sm->started_ms = sm->set_ms = sm->swept_ms = sm->steady_ms;
    sm->offset_ms = sm->now_ms - sm->steady_ms;
}

void sm_clear(struct sm *sm)
{
    struct account *account, *next;

    interests_clear(sm);
    remotes_clear(sm);
    HASH_ITER(hh, sm->unknown, account, next)
    account_free(account);
    HASH_ITER(hh, sm->accounts, account, next)
    account_free(account);
    restore_clear(sm);
    formers_clear(sm);
    repeats_free(sm->repeats);
    departed_clear(sm);
    transfer_rules_free(sm->transfer);
    directory_free(sm->directory);
    broadcasts_free(sm->broadcasts);
    offers_clear(sm);
    free((char *)sm->relay_secret.p);
    census_clear(sm);
    api_clear(sm);
    notices_clear(sm);
    quiet_clear(sm);
    xml_parser_free(sm->parser);
    arena_clear(&sm->arena);
    buf_clear(&sm->out);
    buf_clear(&sm->kept);
    buf_clear(&sm->audited);
    audit_hasher_free(sm->audit_hasher);
    trace_clear(&sm->trace);
}

int64_t sm_knows_time_for(struct sm *sm)
{
    int64_t offset_ms = sm->now_ms - sm->steady_ms;

    if (offset_ms - sm->offset_ms > SLEW_MS ||
        sm->offset_ms - offset_ms > SLEW_MS)
        sm->set_ms = sm->steady_ms;
    sm->offset_ms = offset_ms;
    return sm->steady_ms - sm->set_ms;
}

/* --- small questions ------------------------------------------------------ */

bool sm_serves(const struct sm *sm, struct str domain)
{
    return config_list_has(sm->config, "domains", domain);
}

bool sm_owns(const struct sm *sm, struct str bare_jid)
{
    return jid_shard(bare_jid) % sm->of == sm->instance;
}

bool sm_is_admin(const struct sm *sm, struct str bare_jid)
{
    return config_list_has(sm->config, "admins", bare_jid) ||
           directory_is_admin(sm->directory, bare_jid);
}

struct str sm_address(char into[32], struct str bare_jid)
{
    return address_write(into, ADDRESS_SM, jid_shard(bare_jid));
}

/* --- frames from a c2sd --------------------------------------------------- */

/* An element about a user who may not be in memory yet. */
static bool open_or_resume(struct sm *sm, struct duty *duty,
                           struct channel *channel, const struct frame *frame,
                           struct xml *element)
{
    account_task *run = NULL;
    struct jid jid;

    if (xml_is(element, NS_LINK_CONTROL, CTL_SESSION_OPEN))
        run = session_handle_open;
    else if (xml_is(element, NS_LINK_CONTROL, CTL_SESSION_RESUME))
        run = session_handle_resume;
    if (!run || !jid_parse(&jid, &sm->arena, xml_get(element, CTL_A_JID)) ||
        !jid_is_bare(&jid) || !jid.local.len || !sm_serves(sm, jid.domain) ||
        !sm_owns(sm, jid.bare))
        return false;
    account_with(sm, jid.bare, run, duty, channel, frame, element);
    return true;
}

static void session_control(struct session *session, struct duty *duty,
                            struct xml *element)
{
    if (xml_is(element, NS_LINK_CONTROL, CTL_SESSION_ACKED))
        session_handle_acked(session, element);
    else if (xml_is(element, NS_LINK_CONTROL, CTL_SESSION_HELD))
        session_handle_held(session, element);
    else if (xml_is(element, NS_LINK_CONTROL, CTL_SESSION_ENABLE))
        session_handle_enable(session, element);
    else if (session->is_doomed)
        former_take(session_ending(session), duty);
    else if (xml_is(element, NS_LINK_CONTROL, CTL_SESSION_DETACH))
        session_detach(session, duty);
    else if (xml_is(element, NS_LINK_CONTROL, CTL_SESSION_CLOSE))
        session_close(session, duty, xml_get(element, CTL_A_TEXT));
}

/* A stanza that the client sent again after a resumption. */
static void repeat_stanza(struct session *session, struct duty *duty,
                          uint64_t n)
{
    struct duty *first;

    DL_FOREACH(session->duties, first)
    if (first->n == n)
        break;
    if (first)
        duty_take_over(first, duty);
}

static void stanza_from_client(struct session *session, struct duty *duty,
                               const struct frame *frame, struct xml *stanza)
{
    if (frame->n <= session->in) {
        repeat_stanza(session, duty, frame->n);
        return;
    }
    session->in = frame->n;
    if (frame->n == session->in_due && session->in_last > frame->n)
        session->in = session->in_last;
    duty->n = frame->n;
    duty->session = session;
    DL_APPEND(session->duties, duty);
    client_stanza(session, duty, stanza);
}

/* The c2sd holds a client whose session is over, maybe without its knowledge:
 * it was taken for dead while it stood still. */
static void answer_unknown_session(struct sm *sm, struct channel *channel,
                                   uint64_t sid)
{
    control_end(sm, channel, sid, "connection-timeout",
                "The session is over; log in again");
}

static bool frame_from_c2s(struct sm *sm, struct duty *duty,
                           struct channel *channel, const struct frame *frame,
                           struct xml *element)
{
    struct session *session = session_find(sm, channel, frame->sid);
    struct former *former =
        session ? NULL : former_find(sm, channel, frame->sid);

    if (former) {
        former_take(former, duty);
        return true;
    }
    if (frame->n && stanza_kind(element) != STANZA_NONE) {
        if (session)
            stanza_from_client(session, duty, frame, element);
        else
            answer_unknown_session(sm, channel, frame->sid);
        return true;
    }
    if (open_or_resume(sm, duty, channel, frame, element))
        return true;
    if (session)
        session_control(session, duty, element);
    else if (xml_is(element, NS_LINK_CONTROL, CTL_SESSION_ENABLE))
        answer_unknown_session(sm, channel, frame->sid);
    else
        return str_eq(element->ns, NS_LINK_CONTROL);
    return true;
}

/* The rows of a restored session's account come with the first frame. */
static void frame_for_session(struct account *account, struct duty *duty,
                              struct channel *channel,
                              const struct frame *frame, struct xml *element)
{
    account->waiting_frames--;
    (void)!frame_from_c2s(account->sm, duty, channel, frame, element);
}

static bool must_wait(const struct session *session)
{
    return session && (session->account->state == ACCOUNT_LOADING ||
                       session->account->waiting_frames > 0);
}

static bool take_from_c2s(struct sm *sm, struct duty *duty,
                          struct channel *channel, const struct frame *frame,
                          struct xml *element)
{
    struct session *session = session_find(sm, channel, frame->sid);
    struct account *account = session ? session->account : NULL;

    if (!must_wait(session))
        return frame_from_c2s(sm, duty, channel, frame, element);
    account->waiting_frames++;
    account_with(sm, account->jid.bare, frame_for_session, duty, channel, frame,
                 NULL);
    return true;
}

/* --- frames from others --------------------------------------------------- */

/* Whether a peer may speak for the sender of this stanza. */
static bool may_speak_for(const struct sm *sm, struct str remote,
                          const struct jid *from)
{
    switch (address_parse(remote, NULL)) {
    case ADDRESS_SM:
        return true;
    case ADDRESS_DOMAIN:
        return str_eq(remote, from->domain) && !sm_serves(sm, from->domain);
    case ADDRESS_MUC:
        return service_has(sm->config, SERVICE_ROOMS, from->domain);
    case ADDRESS_S2S:
        return !sm_serves(sm, from->domain);
    default:
        return false;
    }
}

static bool stanza_from_peer(struct sm *sm, struct duty *duty,
                             struct channel *channel, const struct frame *frame,
                             struct xml *stanza)
{
    struct str remote = channel_remote(channel);
    struct jid from, to;

    if (stanza_kind(stanza) == STANZA_NONE ||
        !jid_parse(&from, &sm->arena, xml_get(stanza, "from")) ||
        !jid_parse(&to, &sm->arena, xml_get(stanza, "to")) ||
        !may_speak_for(sm, remote, &from))
        return false;
    /* Others deliver to users here; nothing is relayed for them. */
    if (!sm_serves(sm, to.domain) || (to.local.len && !sm_owns(sm, to.bare)))
        return false;
    if (address_parse(remote, NULL) != ADDRESS_SM &&
        !transfer_may_pass(sm, duty, stanza, &from, &to))
        return true;
    if (address_parse(remote, NULL) == ADDRESS_S2S &&
        !permit_from_abroad(sm, duty, stanza, &to))
        return true;
    /* Presence does no harm twice. */
    if (duty->origin.len && stanza_kind(stanza) != STANZA_PRESENCE &&
        repeat_take(&sm->repeats, duty, frame))
        return true;
    route(sm, duty, stanza);
    return true;
}

static bool handle_frame(struct sm *sm, struct duty *duty,
                         struct channel *channel, const struct frame *frame)
{
    struct xml *element = xml_parse(sm->parser, &sm->arena, frame->body);

    if (!element)
        return false;
    switch (address_parse(channel_remote(channel), NULL)) {
    case ADDRESS_C2S:
        return take_from_c2s(sm, duty, channel, frame, element);
    case ADDRESS_AUTH:
        if (!xml_is(element, NS_LINK_CONTROL, CTL_ANSWER))
            return false;
        auth_answer(sm, frame->sid, element);
        return true;
    case ADDRESS_WEB:
        return api_receive(sm, duty, channel, frame, element);
    case ADDRESS_MUC:
        if (xml_is(element, NS_LINK_CONTROL, CTL_FANOUT))
            return fanout_expand(sm, duty, frame, element);
        return stanza_from_peer(sm, duty, channel, frame, element);
    default:
        return stanza_from_peer(sm, duty, channel, frame, element);
    }
}

void sm_on_frame(struct sm *sm, struct channel *channel,
                 const struct frame *frame)
{
    struct duty *duty;

    if (restore_must_wait(sm, channel)) {
        restore_hold(sm, channel, frame);
        return;
    }
    duty = duty_new(channel, frame);
    arena_reset(&sm->arena);
    if (!handle_frame(sm, duty, channel, frame)) {
        sm->refused_frames++;
        log_event(LOG_LEVEL_WARN, "bad-frame",
                  LOG_STR("from", channel_remote(channel)));
    }
    duty_drop(duty);
    sessions_settle(sm);
}

/* --- what happens to peers ------------------------------------------------ */

void sm_on_discharged(struct sm *sm, struct channel *channel, void *cookie)
{
    (void)sm;
    if (!cookie)
        return;
    if (address_parse(channel_remote(channel), NULL) == ADDRESS_C2S)
        cargo_discharged(cookie);
    else
        duty_drop(cookie);
}

/* Their streams are gone, with the c2sd that held them. */
static void detach_sessions(struct sm *sm, const struct channel *channel,
                            struct str address)
{
    struct session *session, *next;

    HASH_ITER(hh, sm->sessions, session, next)
    if (channel ? session->key.channel == channel
                : str_eq(channel_remote(session->key.channel), address))
        session_lose_stream(session);
    sessions_settle(sm);
}

/* Its successor counts streams anew: nothing that was for one of them may reach
 * one of his. */
static void forget_streams(struct sm *sm, struct channel *channel)
{
    detach_sessions(sm, channel, STR_NONE);
    channel_give_up(channel);
}

void sm_on_peer_restarted(struct sm *sm, struct channel *channel)
{
    arena_reset(&sm->arena);
    if (address_parse(channel_remote(channel), NULL) == ADDRESS_C2S)
        forget_streams(sm, channel);
    else if (address_parse(channel_remote(channel), NULL) == ADDRESS_AUTH)
        auth_forget(sm);
}

void sm_on_synced(struct sm *sm, struct channel *channel)
{
    arena_reset(&sm->arena);
    restore_on_synced(sm, channel);
}

void sm_on_down(struct sm *sm, struct str address)
{
    arena_reset(&sm->arena);
    if (address_parse(address, NULL) == ADDRESS_C2S)
        detach_sessions(sm, NULL, address);
    restore_on_down(sm, address);
}

void sm_on_up(struct sm *sm, struct str address)
{
    arena_reset(&sm->arena);
    sm->federates |= address_parse(address, NULL) == ADDRESS_S2S;
    restore_on_up(sm, address);
}

void sm_on_bound(struct sm *sm, struct str address)
{
    unsigned shard;

    if (address_parse(address, &shard) == ADDRESS_SM &&
        shard + sm->of >= JID_SHARDS)
        restore_begin(sm);
}

static void datagram_from_sm(struct sm *sm, const struct frame *frame)
{
    const struct xml *element;

    arena_reset(&sm->arena);
    element = xml_parse(sm->parser, &sm->arena, frame->body);
    if (element && !census_datagram(sm, frame, element))
        offers_datagram(sm, frame, element);
    sessions_settle(sm);
}

void sm_on_datagram(struct sm *sm, const struct frame *frame)
{
    if (address_parse(frame->from, NULL) == ADDRESS_C2S)
        restore_datagram(sm, frame);
    else if (address_parse(frame->from, NULL) == ADDRESS_SM)
        datagram_from_sm(sm, frame);
    else if (address_parse(frame->from, NULL) == ADDRESS_CTL)
        trace_answer(sm, frame);
}

void sm_tick(struct sm *sm)
{
    struct session *session, *next;

    arena_reset(&sm->arena);
    DL_FOREACH_SAFE2(sm->detached, session, next, other_next)
    if (sm->steady_ms >= session->resume_until_ms)
        session_end(session, "connection-timeout", NULL);
    keepsakes_tick(sm);
    sessions_settle(sm);
    restore_tick(sm);
    away_tick(sm);
    offers_tick(sm);
    census_tick(sm);
    api_tick(sm);
    quiet_tick(sm);
    interests_tick(sm);
    broadcasts_go_on(sm);
    accounts_trim(sm);
    (void)sm_knows_time_for(sm);
}

/* What the database says of an account that has changed. */
struct check {
    struct account *account;
    bool exists, is_enabled;
};

static void take_change(struct account *account, bool exists, bool is_enabled)
{
    if (!exists) {
        account_removed(account);
        return;
    }
    account->enabled = is_enabled;
    if (!is_enabled)
        sessions_end_all(account, "not-authorized", "The account is disabled");
}

static void on_checked(void *ctx, const struct store_row *row, bool ok)
{
    struct check *check = ctx;
    struct account *account = check->account;

    if (row) {
        check->exists = true;
        check->is_enabled = str_is(row->columns[0], "t");
        return;
    }
    arena_reset(&account->sm->arena);
    if (ok)
        take_change(account, check->exists, check->is_enabled);
    free(check);
    sessions_settle(account->sm);
    account->writes--;
    account_update_idle(account);
}

/* Any role of the database may notify, so that the payload is no more than a
 * hint. */
void sm_on_account_changed(struct sm *sm, struct str payload)
{
    struct str rest = payload;
    struct str what = str_cut(&rest, ' ');
    struct str domain = str_cut(&rest, ' ');
    struct account *account;
    struct check *check;
    struct jid jid;

    arena_reset(&sm->arena);
    jid = jid_make(&sm->arena, rest, domain, STR_NONE);
    HASH_FIND(hh, sm->accounts, jid.bare.p, jid.bare.len, account);
    if (!account || account->is_guest || str_is(what, "password"))
        return;
    check = NEW(struct check);
    check->account = account;
    account->writes++;
    account_update_idle(account);
    store_account_get(sm->store, store_user(&account->jid), on_checked, check);
}

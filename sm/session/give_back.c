/* What waits for a client whose session is over must not vanish. */
#include <stdlib.h>
#include <utlist.h>

#include "sm/route.h"
#include "sm/session/carbons.h"
#include "sm/session/seen.h"
#include "sm/session/session.h"
#include "sm/session/session_queue.h"

/* What is done with when a stanza is somewhere else. */
struct giving {
    struct duty *closing; /* the session's c2sd lets go of it */
    struct duty *sender;  /* NULL: he was told when we and the c2sd had it */
};

static void on_given_back(void *ctx)
{
    struct giving *giving = ctx;

    duty_drop(giving->closing);
    duty_drop(giving->sender);
    free(giving);
}

/* What a stanza is known by that nobody sent, or whose sender is not known any
 * more: the same to our successor, should that give it back once more. */
static struct str name_in_session(const struct session *session, uint64_t n)
{
    struct arena *arena = &session->account->sm->arena;
    struct channel *channel = session->key.channel;

    if (session->is_resumable)
        return arena_printf(arena, "%s:back:%llu", session->origin_id,
                            (unsigned long long)n);
    if (!channel)
        return STR_NONE;
    return arena_printf(
        arena, "%.*s:%llu:%llu:back:%llu", STR_ARG(channel_remote(channel)),
        (unsigned long long)channel_peer_epoch(channel),
        (unsigned long long)session->key.sid, (unsigned long long)n);
}

static struct str origin_of(const struct session *session,
                            const struct queued *queued)
{
    if (queued->origin)
        return str_of(queued->origin);
    if (queued->duty && (queued->duty->channel || queued->duty->origin.len))
        return duty_origin(queued->duty, &session->account->sm->arena);
    return name_in_session(session, queued->n);
}

/* The c2sd shall have it until it is somewhere else (`closing` is discharged
 * then). Should we die before, it comes again from its sender, or our successor
 * gives it back as well: by the same origin. */
static struct duty *duty_to_give_back(const struct session *session,
                                      const struct queued *queued,
                                      struct duty *closing)
{
    struct giving *giving = NEW(struct giving);
    struct duty *duty = duty_new_own(on_given_back, giving);
    struct str origin = origin_of(session, queued);

    *giving = (struct giving){closing, queued->duty};
    duty_hold(closing);
    duty_hold(queued->duty);
    if (origin.len)
        duty->origin = str_dup(origin);
    return duty;
}

static void give_back_as(const struct session *session,
                         const struct queued *queued, struct duty *duty)
{
    struct account *account = session->account;
    struct sm *sm = account->sm;
    struct xml *stanza =
        xml_parse(sm->parser, &sm->arena, queued_body(queued, session));

    if (stanza && !queued->is_solid)
        stanza = carbons_original(stanza);
    if (!stanza)
        return;
    if (stanza_kind(stanza) == STANZA_IQ) {
        route_error(sm, duty, stanza, ERR_RECIPIENT_UNAVAILABLE, NULL);
        return;
    }
    if (!stanza_is_delayed_by(stanza, account->jid.domain))
        stanza_add_delay(stanza, account->jid.domain, queued->stamp_ms, NULL);
    message_to_account(account, duty, stanza, STR_NONE, NULL);
}

/* Of several copies the last one that nobody has is. */
static bool is_to_be_given(const struct queued *queued)
{
    const struct copies *copies = queued->copies;

    return copies ? !copies->is_had && copies->holders == 1 : queued->is_solid;
}

static bool holds_one_of(const struct session *session,
                         const struct copies *copies)
{
    const struct queued *queued = session->queue;

    while (queued && queued->copies != copies)
        queued = queued->next;
    return queued != NULL;
}

/* Its row, which is let go with all of this session's, is for no device that
 * has the message; when a client has acknowledged it, for none. */
static void withhold_row(const struct session *session,
                         const struct queued *queued)
{
    const struct copies *copies = queued->copies;
    const struct str origin = origin_of(session, queued);
    struct session *other;

    DL_FOREACH(session->account->sessions, other)
    if (other != session && !other->is_doomed &&
        (copies->is_had || holds_one_of(other, copies)) &&
        !seen_has(other, origin))
        seen_note(other, origin);
}

void session_give_back(const struct session *session,
                       const struct queued *queued, struct duty *closing)
{
    struct duty *duty;

    if (queued->is_stored && !is_to_be_given(queued))
        withhold_row(session, queued);
    if (queued->is_written || queued->is_stored || !is_to_be_given(queued))
        return;
    duty = duty_to_give_back(session, queued, closing);
    give_back_as(session, queued, duty);
    duty_drop(duty);
}

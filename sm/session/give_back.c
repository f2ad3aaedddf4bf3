/* What waits for a client whose session is over must not vanish. */
#include <stdlib.h>

#include "sm/control.h"
#include "sm/route.h"
#include "sm/session/session.h"
#include "sm/session/session_queue.h"

static void on_given_back(void *ctx)
{
    duty_drop(ctx);
}

/* Its sender's frame was discharged when we and the c2sd had it: the c2sd shall
 * have it until it is somewhere else (`closing` is discharged then). Should we
 * die before, our successor gives it back as well: by the same origin. */
static struct duty *duty_to_give_back(const struct session *session,
                                      const struct queued *queued,
                                      struct duty *closing)
{
    struct duty *duty = duty_new_own(on_given_back, closing);
    struct arena *arena = &session->account->sm->arena;
    struct str from = str_of(session->origin_id);

    duty_hold(closing);
    if (!session->is_resumable && closing && closing->channel)
        from = duty_origin(closing, arena);
    if (from.len)
        duty->origin =
            str_dup(arena_printf(arena, "%.*s:back:%llu", STR_ARG(from),
                                 (unsigned long long)queued->n));
    return duty;
}

static void give_back_as(const struct session *session,
                         const struct queued *queued, struct duty *duty)
{
    struct account *account = session->account;
    struct sm *sm = account->sm;
    struct xml *stanza =
        xml_parse(sm->parser, &sm->arena, queued_body(queued, session));

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

void session_give_back(const struct session *session,
                       const struct queued *queued, struct duty *closing)
{
    struct duty *duty = queued->duty;

    if (!queued->is_solid || queued->is_written || queued->is_stored)
        return;
    if (!duty)
        duty = duty_to_give_back(session, queued, closing);
    give_back_as(session, queued, duty);
    if (!queued->duty)
        duty_drop(duty);
}

/* A c2sd that holds what a session's client did not get. */
struct holder {
    struct sm *sm;
    struct channel *channel;
    uint64_t sid, peer_epoch;
};

/* All that it holds is somewhere else. */
static void release_holder(void *ctx)
{
    struct holder *holder = ctx;

    if (channel_peer_epoch(holder->channel) == holder->peer_epoch)
        control_end(holder->sm, holder->channel, holder->sid,
                    "connection-timeout", NULL);
    free(holder);
}

struct duty *session_duty_to_holder(struct session *session)
{
    struct holder *holder = NEW(struct holder);

    *holder = (struct holder){session->account->sm, session->key.channel,
                              session->key.sid,
                              channel_peer_epoch(session->key.channel)};
    return duty_new_own(release_holder, holder);
}

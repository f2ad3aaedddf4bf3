#include "sm/session/former.h"

#include <stdlib.h>
#include <utlist.h>

#include "sm/control.h"

struct late {
    struct late *next;
    struct duty *duty;
};

struct former *former_new_at(struct session *session, struct channel *channel,
                             uint64_t sid, const char *condition,
                             const char *text)
{
    struct sm *sm = session->account->sm;
    struct former *former = NEW(struct former);

    former->cargo = CARGO_MARK;
    former->sm = sm;
    former->session = session;
    former->key.channel = channel;
    former->key.sid = sid;
    former->peer_epoch = channel_peer_epoch(channel);
    former->holds = 1;
    former->condition = condition;
    former->text = text;
    DL_APPEND(sm->formers, former);
    session->formers++;
    return former;
}

struct former *former_new(struct session *session, const char *condition,
                          const char *text)
{
    return former_new_at(session, session->key.channel, session->key.sid,
                         condition, text);
}

/* Its c2sd lives; what a c2sd tells comes before its hello. */
static bool is_there(const struct former *former)
{
    return former->peer_epoch == 0 ||
           former->peer_epoch == channel_peer_epoch(former->key.channel);
}

struct former *former_find(const struct sm *sm, const struct channel *channel,
                           uint64_t sid)
{
    struct former *former;

    DL_FOREACH(sm->formers, former)
    if (former->key.channel == channel && former->key.sid == sid &&
        is_there(former))
        return former;
    return NULL;
}

void former_take(struct former *former, struct duty *duty)
{
    struct late *late = NEW(struct late);

    late->duty = duty;
    duty_hold(duty);
    LL_APPEND(former->late, late);
}

static void free_former(struct former *former)
{
    struct late *late;

    DL_DELETE(former->sm->formers, former);
    while ((late = former->late)) {
        former->late = late->next;
        duty_drop(late->duty);
        free(late);
    }
    free(former);
}

void former_hold(struct former *former)
{
    former->holds++;
}

/* The end goes before the word that what came too late is done with. */
void former_drop(struct former *former)
{
    if (--former->holds > 0)
        return;
    if (former->condition && is_there(former))
        control_end(former->sm, former->key.channel, former->key.sid,
                    former->condition, former->text);
    free_former(former);
}

void former_wait_for_queue(struct former *former)
{
    const struct session *session = former->session;
    struct frame frame = {.sid = session->key.sid};
    struct sm *sm = former->sm;

    former->is_due = false;
    buf_reset(&sm->out);
    xml_write(&sm->out, control_new(sm, CTL_SESSION_MARK), NS_CLIENT);
    frame.body = buf_view(&sm->out);
    channel_send(session->key.channel, &frame, former);
}

/* --- a session that is over ----------------------------------------------- */

/* What waits for the end of giving back. */
struct closing {
    struct former *former;
    struct duty *duty;
};

static void on_given_back(void *ctx)
{
    struct closing *closing = ctx;

    former_drop(closing->former);
    duty_drop(closing->duty);
    free(closing);
}

struct duty *former_duty(struct former *former, struct duty *duty)
{
    struct closing *closing = NEW(struct closing);

    *closing = (struct closing){former, duty};
    former_hold(former);
    duty_hold(duty);
    return duty_new_own(on_given_back, closing);
}

struct duty *formers_close(struct session *session, struct duty *duty)
{
    struct former *former, *next;
    struct duty *outer;

    duty_hold(duty);
    if (session->formers == 0)
        return duty;
    DL_FOREACH_SAFE(session->account->sm->formers, former, next)
    if (former->session == session) {
        outer = former_duty(former, duty);
        duty_drop(duty);
        duty = outer;
        if (former->is_due) {
            former->is_due = false;
            former_drop(former);
        }
    }
    return duty;
}

void formers_forget(struct session *session)
{
    struct former *former, *next;

    if (session->formers == 0)
        return;
    session->formers = 0;
    DL_FOREACH_SAFE(session->account->sm->formers, former, next)
    if (former->session == session) {
        former->session = NULL;
        if (!former->is_due)
            continue;
        former->is_due = false;
        former_drop(former);
    }
}

void formers_clear(struct sm *sm)
{
    while (sm->formers)
        free_former(sm->formers);
}

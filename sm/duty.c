#include "duty.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "sm/session/keepsake.h"
#include "sm/session/repeat.h"
#include "sm/session/session.h"

/* Stanzas enter the suite at the others: what they call an origin could be that
 * of somebody else's stanza, which would then be taken for a repetition. */
static bool forwards(const struct channel *channel)
{
    enum address_kind kind = address_parse(channel_remote(channel), NULL);

    return kind == ADDRESS_SM || kind == ADDRESS_MUC;
}

struct duty *duty_new(struct channel *channel, const struct frame *frame)
{
    struct duty *duty = NEW(struct duty);

    duty->channel = channel;
    duty->seq = frame->seq;
    duty->peer_epoch = channel_peer_epoch(channel);
    duty->holds = 1;
    if (frame->origin.len && forwards(channel))
        duty->origin = str_dup(frame->origin);
    return duty;
}

struct duty *duty_new_own(void (*finish)(void *ctx), void *ctx)
{
    struct duty *duty = NEW(struct duty);

    duty->holds = 1;
    duty->finish = finish;
    duty->ctx = ctx;
    return duty;
}

static char *put(char *at, struct str text)
{
    memcpy(at, text.p, text.len);
    return at + text.len;
}

/* A client sends a stanza again on another c2sd, which counts on from where the
 * session was. */
static struct str origin_in_session(const struct duty *duty)
{
    char *origin = mem_alloc(ORIGIN_ID_CHARS + 22), *at = origin;

    at = put(at, str_of(duty->session->origin_id));
    *at++ = ':';
    at = u64_write(at, duty->n);
    *at = 0;
    return (struct str){origin, (size_t)(at - origin)};
}

/* A sender counts on each of its channels from 1. */
static struct str origin_on_channel(const struct duty *duty)
{
    struct str remote = channel_remote(duty->channel);
    struct str local = channel_local(duty->channel);
    char *origin = mem_alloc(remote.len + local.len + 44), *at = origin;

    at = put(at, remote);
    *at++ = ':';
    at = u64_write(at, duty->peer_epoch);
    *at++ = ':';
    at = put(at, local);
    *at++ = ':';
    at = u64_write(at, duty->seq);
    *at = 0;
    return (struct str){origin, (size_t)(at - origin)};
}

struct str duty_origin(struct duty *duty, struct arena *arena)
{
    const struct session *session;

    if (duty && duty->origin.len)
        return duty->origin;
    if (!duty || !duty->channel)
        return stanza_new_id(arena);
    session = duty->session;
    duty->origin =
        session && session->is_resumable && duty->n > session->in_base
            ? origin_in_session(duty)
            : origin_on_channel(duty);
    return duty->origin;
}

char *duty_leave_origin(struct duty *duty)
{
    char *origin = (char *)duty->origin.p;

    if (duty->holds > 1)
        return str_dup_heap(duty->origin);
    duty->origin = STR_NONE;
    return origin;
}

/* To a peer that has restarted nothing is owed. */
static void discharge(const struct duty *duty)
{
    if (channel_peer_epoch(duty->channel) == duty->peer_epoch)
        channel_discharge(duty->channel, duty->seq);
}

void duty_take_over(struct duty *first, struct duty *duty)
{
    discharge(first);
    first->channel = duty->channel;
    first->seq = duty->seq;
    first->peer_epoch = duty->peer_epoch;
    /* This one's discharge is now the first one's. */
    duty->peer_epoch = 0;
}

void duty_hold(struct duty *duty)
{
    if (duty)
        duty->holds++;
}

/* What the stanza has changed in its session goes to the c2sd before the word
 * that the stanza is done with. */
static void leave_session(struct duty *duty)
{
    if (duty->session->keepsake_due)
        keepsakes_send(duty->session->account->sm);
    DL_DELETE(duty->session->duties, duty);
}

void duty_drop(struct duty *duty)
{
    if (!duty || --duty->holds > 0)
        return;
    if (duty->session)
        leave_session(duty);
    if (duty->repeat)
        repeat_settle(duty->repeat);
    if (duty->finish)
        duty->finish(duty->ctx);
    else
        discharge(duty);
    free((char *)duty->origin.p);
    free(duty);
}

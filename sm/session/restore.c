#include "sm/session/restore.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/log/log.h"
#include "sm/groups/broadcast.h"
#include "sm/control.h"
#include "sm/presence/caps.h"
#include "sm/session/telling.h"

/* Who does not answer for so long is not waited for. */
#define SILENCE_MS 5000
#define AGAIN_MS   1000

/* A c2sd, and what it has told. */
struct source {
    struct source *next;
    uint64_t count;   /* datagrams since it was asked */
    uint64_t bytes;   /* of all that it ever told */
    int64_t asked_ms; /* 0: not yet */
    bool is_done;
    size_t len;
    char address[];
};

/* A frame that came before this sm serves. */
struct waiting {
    struct waiting *next;
    struct channel *channel;
    uint64_t peer_epoch;
    struct frame frame; /* origin and body lie behind */
};

/* --- who is to be waited for ---------------------------------------------- */

static struct source *find_source(const struct sm *sm, struct str address)
{
    struct source *source;

    LL_FOREACH(sm->sources, source)
    if (str_eq((struct str){source->address, source->len}, address))
        return source;
    return NULL;
}

static void ask(struct sm *sm, struct source *source)
{
    struct xml *element = control_new(sm, CTL_RESTORE);
    struct frame frame = {0};
    char address[32];

    xml_set_u64(element, CTL_A_INSTANCE, sm->instance);
    xml_set_u64(element, CTL_A_OF, sm->of);
    xml_set(element, STR(CTL_A_CAPS), caps_hash(sm));
    buf_reset(&sm->out);
    xml_write(&sm->out, element, NS_CLIENT);
    frame.body = buf_view(&sm->out);
    source->count = 0;
    source->asked_ms = sm->steady_ms;
    channels_send_datagram(sm->channels,
                           address_write(address, ADDRESS_SM, sm->instance),
                           (struct str){source->address, source->len}, &frame);
}

/* For the first time, as soon as it may be. */
static void ask_first(struct sm *sm, struct source *source)
{
    struct str address = {source->address, source->len};

    if (sm->begun_ms && !source->asked_ms &&
        channels_are_synced(sm->channels, address))
        ask(sm, source);
}

void restore_on_synced(struct sm *sm, const struct channel *channel)
{
    struct source *source = find_source(sm, channel_remote(channel));

    if (source)
        ask_first(sm, source);
}

void restore_on_up(struct sm *sm, struct str address)
{
    struct source *source;

    if (address_parse(address, NULL) != ADDRESS_C2S || find_source(sm, address))
        return;
    source = mem_zalloc(sizeof(*source) + address.len);
    memcpy(source->address, address.p, address.len);
    source->len = address.len;
    LL_PREPEND(sm->sources, source);
    ask_first(sm, source);
}

bool restore_must_wait(const struct sm *sm, struct channel *channel)
{
    struct str remote = channel_remote(channel);
    const struct source *source;

    if (!sm->is_serving)
        return true;
    if (address_parse(remote, NULL) != ADDRESS_C2S)
        return false;
    source = find_source(sm, remote);
    return !source || !source->is_done;
}

/* What has waited and need not any more, in its order. */
static void replay(struct sm *sm)
{
    struct waiting *waiting = sm->waiting, *next;

    sm->waiting = sm->last_waiting = NULL;
    for (; waiting; waiting = next) {
        next = waiting->next;
        if (channel_peer_epoch(waiting->channel) == waiting->peer_epoch)
            sm_on_frame(sm, waiting->channel, &waiting->frame);
        free(waiting);
    }
}

static void serve(struct sm *sm)
{
    telling_complete(sm);
    sm->is_serving = true;
    sessions_settle(sm);
    log_event(LOG_LEVEL_INFO, "serving",
              LOG_INT("sessions", (int64_t)sm->sessions_open));
    replay(sm);
    broadcasts_begin(sm);
}

static void serve_when_whole(struct sm *sm)
{
    const struct source *source;

    if (sm->is_serving || !sm->begun_ms)
        return;
    LL_FOREACH(sm->sources, source)
    if (!source->is_done && sm->steady_ms - sm->begun_ms < SILENCE_MS)
        return;
    serve(sm);
}

/* What waited for a telling that has ended, or ends never. */
static void run_tasks(struct sm *sm)
{
    struct account *account, *next;

    HASH_ITER(hh, sm->accounts, account, next)
    if (account->tasks && account->state == ACCOUNT_READY) {
        account_run_tasks(account);
        account_update_idle(account);
    }
    sessions_settle(sm);
}

void restore_on_down(struct sm *sm, struct str address)
{
    struct source *source = find_source(sm, address);

    if (!source)
        return;
    LL_DELETE(sm->sources, source);
    free(source);
    telling_end(sm, address);
    serve_when_whole(sm);
    run_tasks(sm);
}

void restore_begin(struct sm *sm)
{
    struct source *source;

    if (sm->begun_ms)
        return;
    sm->begun_ms = sm->steady_ms;
    arena_reset(&sm->arena);
    LL_FOREACH(sm->sources, source)
    ask_first(sm, source);
    serve_when_whole(sm);
}

void restore_tick(struct sm *sm)
{
    struct source *source;

    if (!sm->begun_ms)
        return;
    LL_FOREACH(sm->sources, source)
    if (!source->is_done && source->asked_ms &&
        sm->steady_ms - source->asked_ms >= AGAIN_MS)
        ask(sm, source);
    if (!sm->is_serving && sm->steady_ms - sm->begun_ms >= SILENCE_MS)
        log_event(LOG_LEVEL_WARN, "restore-incomplete");
    serve_when_whole(sm);
}

/* --- frames that came too early ------------------------------------------- */

void restore_hold(struct sm *sm, struct channel *channel,
                  const struct frame *frame)
{
    size_t size = frame->origin.len + frame->body.len;
    struct waiting *waiting = mem_zalloc(sizeof(*waiting) + size);
    char *bytes = (char *)(waiting + 1);

    waiting->channel = channel;
    waiting->peer_epoch = channel_peer_epoch(channel);
    waiting->frame = (struct frame){
        .sid = frame->sid,
        .seq = frame->seq,
        .n = frame->n,
        .origin = {bytes, frame->origin.len},
        .body = {bytes + frame->origin.len, frame->body.len},
    };
    if (frame->origin.len)
        memcpy(bytes, frame->origin.p, frame->origin.len);
    memcpy(bytes + frame->origin.len, frame->body.p, frame->body.len);
    if (sm->last_waiting)
        sm->last_waiting->next = waiting;
    else
        sm->waiting = waiting;
    sm->last_waiting = waiting;
}

void restore_clear(struct sm *sm)
{
    struct waiting *waiting;
    struct source *source;

    while ((waiting = sm->waiting)) {
        sm->waiting = waiting->next;
        free(waiting);
    }
    while ((source = sm->sources)) {
        sm->sources = source->next;
        free(source);
    }
}

/* --- what they tell ------------------------------------------------------- */

/* It has told all, or is not heard any further. */
static void conclude(struct sm *sm, struct source *source, struct str address)
{
    source->is_done = true;
    telling_end(sm, address);
    run_tasks(sm);
    if (sm->is_serving)
        replay(sm);
    else
        serve_when_whole(sm);
}

static void finish(struct sm *sm, struct source *source,
                   const struct frame *frame, const struct xml *element)
{
    uint64_t told;

    if (!control_number(element, CTL_A_N, &told) || told != source->count) {
        ask(sm, source); /* some got lost on the way */
        return;
    }
    conclude(sm, source, frame->from);
}

/* One that was taken over shall not fill our memory. */
static bool tells_too_much(const struct sm *sm, const struct source *source,
                           const struct frame *frame)
{
    int64_t most = config_int(sm->config, "sm.restore-size");

    if (!most || source->bytes <= (uint64_t)most)
        return false;
    log_event(LOG_LEVEL_WARN, "restore-too-large", LOG_STR("c2s", frame->from),
              LOG_INT("bytes", (int64_t)source->bytes));
    return true;
}

void restore_datagram(struct sm *sm, const struct frame *frame)
{
    struct source *source = find_source(sm, frame->from);
    struct xml *element;

    if (!source || source->is_done)
        return;
    arena_reset(&sm->arena);
    source->bytes += frame->body.len + frame->origin.len;
    if (tells_too_much(sm, source, frame)) {
        conclude(sm, source, frame->from);
        return;
    }
    element = xml_parse(sm->parser, &sm->arena, frame->body);
    if (!element)
        return;
    if (xml_is(element, NS_LINK_CONTROL, CTL_RESTORED)) {
        finish(sm, source, frame, element);
        return;
    }
    source->count++;
    telling_take(sm, frame, element);
    sessions_settle(sm);
}

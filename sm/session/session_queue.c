#include "sm/session/session.h"

#include <stdlib.h>
#include <string.h>

#include "common/log/log.h"
#include "sm/archive/archive.h"
#include "sm/session/carbons.h"
#include "sm/control.h"
#include "sm/session/former.h"
#include "sm/pep/pep.h"
#include "sm/session/parcel.h"
#include "sm/route.h"
#include "sm/session/seen.h"
#include "sm/session/session_queue.h"

/* What sm.session-queue is at least: below it nothing is looked up. */
#define LEAST_QUEUE 65536u

static bool is_solid(const struct xml *stanza)
{
    enum stanza_kind kind = stanza_kind(stanza);

    if (kind == STANZA_IQ)
        return iq_type(stanza) == IQ_GET || iq_type(stanza) == IQ_SET;
    return kind == STANZA_MESSAGE && message_type(stanza) != MESSAGE_ERROR &&
           !carbons_is_copy(stanza) && !archive_is_result(stanza) &&
           !pep_is_event(stanza);
}

struct str queued_origin(struct sm *sm, struct duty *duty)
{
    return duty && (duty->channel || duty->origin.len) ? duty_origin(duty, &sm->arena) : STR_NONE;
}

/* What stands for `to` in a stanza for many. */
static struct str own_address(const struct session *session)
{
    struct buf *out = &session->account->sm->out;

    buf_reset(out);
    buf_add_text(out, " to='");
    xml_escape(out, session->jid.full);
    buf_add_char(out, '\'');
    return buf_view(out);
}

struct str queued_body(const struct queued *queued,
                       const struct session *session)
{
    const struct shared *shared = queued->shared;

    if (!shared)
        return (struct str){queued->body, queued->len};
    return arena_printf(
        &session->account->sm->arena, "%.*s%.*s%.*s", (int)shared->head,
        shared->bytes, STR_ARG(own_address(session)),
        (int)(shared->len - shared->head), shared->bytes + shared->head);
}

void session_tie(struct session *session, uint64_t before,
                 struct copies **copies)
{
    if (!copies || session->out == before || !session->queue_last ||
        session->queue_last->n <= before)
        return;
    if (!*copies)
        *copies = NEW(struct copies);
    session->queue_last->copies = *copies;
    (*copies)->holders++;
}

void queued_leave_copies(struct queued *queued)
{
    struct copies *copies = queued->copies;

    queued->copies = NULL;
    if (copies && --copies->holders == 0)
        free(copies);
}

void queued_free(struct queued *queued)
{
    if (queued->shared && --queued->shared->holders == 0)
        free(queued->shared);
    free(queued->origin);
    queued_leave_copies(queued);
    if (queued->writing)
        writing_forget(queued->writing);
    free(queued);
}

/* Hands a stanza of the queue to the c2sd. */
static void transmit(struct session *session, struct queued *queued,
                     struct str origin)
{
    const struct frame frame = {
        .sid = session->key.sid,
        .n = queued->n,
        .origin = origin,
        .body = queued_body(queued, session),
    };

    queued->sent++;
    channel_send(session->key.channel, &frame, queued);
}

void session_transmit_queue(struct session *session, uint64_t after)
{
    for (struct queued *queued = session->queue; queued; queued = queued->next)
        if (queued->n > after)
            transmit(session, queued,
                 queued->origin
                     ? str_of(queued->origin)
                     : queued_origin(session->account->sm, queued->duty));
}

/* By its ordinal; at the end, but for what a second c2sd tells (restore.h). */
static void append(struct session *session, struct queued *queued)
{
    struct queued *before = session->queue_last;
    struct queued **link = before ? &before->next : &session->queue;

    queued->session = session;
    queued->stamp_ms = session->account->sm->now_ms;
    session->queue_bytes += queued->len;
    if (before && before->n > queued->n)
        for (link = &session->queue; (*link)->n < queued->n;)
            link = &(*link)->next;
    queued->next = *link;
    *link = queued;
    if (!queued->next)
        session->queue_last = queued;
}

static bool is_queued(const struct session *session, uint64_t n)
{
    const struct queued *queued = session->queue_last;

    if (!queued || queued->n < n)
        return false;
    for (queued = session->queue; queued->n < n;)
        queued = queued->next;
    return queued->n == n;
}

static struct queued *enqueue(struct session *session, uint64_t n,
                              struct str body, bool is_solid_stanza)
{
    struct queued *queued = mem_alloc(sizeof(*queued) + body.len);

    *queued =
        (struct queued){.n = n, .is_solid = is_solid_stanza, .len = body.len};
    memcpy(queued->body, body.p, body.len);
    append(session, queued);
    return queued;
}

/* The sender's stanza is not done with before this one is. But for presence he
 * does not wait until a session is resumed whose c2sd is gone. */
static void owe(const struct session *session, struct queued *queued,
                struct duty *duty)
{
    if (!session->key.channel && !queued->is_solid)
        return;
    queued->duty = duty;
    duty_hold(duty);
}

struct queued *session_enqueue_shared(struct session *session,
                                      struct duty *duty, struct shared *shared)
{
    struct queued *queued = mem_alloc(sizeof(*queued));

    *queued = (struct queued){
        .n = ++session->out,
        .is_solid = shared->is_solid,
        .shared = shared,
        .len = shared->len + session->jid.full.len,
    };
    shared->holders++;
    owe(session, queued, duty);
    append(session, queued);
    return queued;
}

void session_check_queue(struct session *session)
{
    const struct sm *sm = session->account->sm;
    int64_t most;

    if (session->queue_bytes <= LEAST_QUEUE)
        return;
    most = config_int(sm->config, "sm.session-queue");
    if (session->queue_bytes <= (size_t)most || session->is_doomed)
        return;
    log_event(LOG_LEVEL_WARN, "session-queue-full",
              LOG_STR("jid", session->jid.full),
              LOG_TEXT("peer", session->peer));
    session_end(session, "resource-constraint",
                "Too much waits for this client");
}

void session_restore_stanza(struct session *session, const struct frame *frame,
                            const struct xml *stanza)
{
    struct queued *queued;

    if (frame->n <= session->acked || frame->n > session->out ||
        is_queued(session, frame->n))
        return;
    queued = enqueue(session, frame->n, frame->body, is_solid(stanza));
    if (frame->origin.len && queued->is_solid)
        queued->origin = str_dup_heap(frame->origin);
}

static void send_bytes(struct session *session, struct duty *duty,
                       struct str origin, struct str body, bool is_solid_stanza,
                       struct trace_key trace)
{
    struct queued *queued;

    if (origin.len && seen_take(session, origin))
        return;
    queued = enqueue(session, ++session->out, body, is_solid_stanza);
    if (is_solid_stanza && origin.len && !(duty && duty->origin.p == origin.p))
        queued->origin = str_dup_heap(origin);
    queued->trace = trace;
    trace_note(session->account->sm, trace, TRACE_OFFERED, session->jid.full);
    owe(session, queued, duty);
    if (session->key.channel)
        transmit(session, queued, origin);
    else
        session_store_queued(session, queued);
    session_check_queue(session);
}

void session_send_from(struct session *session, struct duty *duty,
                       struct str origin, struct xml *stanza)
{
    struct sm *sm = session->account->sm;

    if (!xml_get(stanza, "to").p)
        xml_set(stanza, STR("to"), session->jid.full);
    buf_reset(&sm->out);
    xml_write(&sm->out, stanza, NS_CLIENT);
    send_bytes(session, duty, origin, buf_view(&sm->out), is_solid(stanza),
               trace_key_of(sm, stanza));
}

void session_send(struct session *session, struct duty *duty,
                  struct xml *stanza)
{
    session_send_from(session, duty, queued_origin(session->account->sm, duty),
                      stanza);
}

/* Whether the client, or (before XEP-0198) the kernel, has it for good. */
static bool is_done(const struct session *session, const struct queued *queued)
{
    if (queued->n <= session->acked)
        return true;
    return queued->is_written &&
           (!session->is_managed || queued->n <= session->out_base);
}

void session_trim_queue(struct session *session)
{
    struct queued *queued;

    while ((queued = session->queue) && is_done(session, queued)) {
        trace_note(session->account->sm, queued->trace,
                   queued->n <= session->acked ? TRACE_ACKNOWLEDGED
                                               : TRACE_WRITTEN,
                   session->jid.full);
        if (queued->copies)
            queued->copies->is_had = true;
        queued_leave_copies(queued);
        session->queue = queued->next;
        if (!session->queue)
            session->queue_last = NULL;
        session->queue_bytes -= queued->len;
        queued->session = NULL;
        if (queued->sent > 0)
            continue; /* the channel's cookie still */
        duty_drop(queued->duty);
        queued_free(queued);
    }
    offline_next_part(session->account);
}

void queued_release_sender(struct queued *queued)
{
    struct duty *duty = queued->duty;

    /* It comes again should we die: by the sender, who does not know that it is
     * here, or from the session when that ends. */
    if (duty && duty->origin.len && !queued->origin && queued->is_solid)
        queued->origin = duty_leave_origin(duty);
    queued->duty = NULL;
    duty_drop(duty);
}

void queued_discharged(struct queued *queued)
{
    struct session *session = queued->session;

    if (--queued->sent > 0)
        return;
    queued_release_sender(queued);
    if (!session) {
        queued_free(queued);
        return;
    }
    /* Without a channel its c2sd is gone, and has written nothing of it. */
    if (session->key.channel && queued->n > session->held &&
        (!session->is_managed || queued->n <= session->out_base))
        queued->is_written = true;
    session_trim_queue(session);
}

void cargo_discharged(void *cookie)
{
    const enum cargo *cargo = cookie;

    if (*cargo == CARGO_PARCEL)
        parcel_discharged(cookie);
    else if (*cargo == CARGO_MARK)
        former_drop(cookie);
    else
        queued_discharged(cookie);
}

/* From now on a discharge of these tells that c2sd holds them, as with
 * XEP-0198: whoever sent them waits no longer for a client that does not read.
 */
void session_handle_held(struct session *session, const struct xml *element)
{
    uint64_t n;

    if (control_number(element, CTL_A_N, &n) && n > session->held &&
        n <= session->out)
        session->held = n;
}

void session_handle_acked(struct session *session, const struct xml *element)
{
    uint64_t n;

    if (!control_number(element, CTL_A_N, &n) || n < session->acked ||
        n > session->out)
        return;
    session->acked = n;
    session_trim_queue(session);
}

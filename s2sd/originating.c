/* The originating server's part of dialback (XEP-0220 §2.1): keys that prove
 * our domains, and questions about keys that we were shown. Answers are taken
 * from the stream of the very server that was asked, for what it was asked
 * (§3). */
#include "dialback.h"
#include "stream.h"
#include "target.h"

static void send_key(struct stream *stream, struct lane *lane)
{
    struct str key =
        dialback_key(&stream->arena, stream->s2sd->secret, stream->remote,
                     lane->local, str_of(stream->id));

    lane->state = LANE_ASKED;
    stream_say_dialback(stream, "result", lane->local, stream->remote, STR_NONE,
                        NULL, key);
}

void originating_continue(struct stream *stream)
{
    struct target *target = stream->target;
    struct lane *lane;
    struct question *question;

    if (stream->state != STREAM_OPEN || !target)
        return;
    for (question = target->questions; question; question = question->next) {
        if (question->is_asked)
            continue;
        question->is_asked = true;
        stream_say_dialback(stream, "verify", question->local, target->domain,
                            question->id, NULL, question->key);
    }
    for (lane = target->lanes; lane; lane = lane->next)
        if (lane->state == LANE_NEW &&
            (lane->waiting || resume_needs(target, lane)))
            send_key(stream, lane);
}

void originating_enable(struct stream *stream)
{
    if (!stream->offers_sm || stream->asked_enable)
        return;
    stream_say(stream, config_int(stream->s2sd->config, "s2sd.resume-timeout")
                           ? "<enable xmlns='urn:xmpp:sm:3' resume='true'/>"
                           : "<enable xmlns='urn:xmpp:sm:3'/>");
    stream->asked_enable = true;
}

void originating_verified(struct stream *stream, struct lane *lane)
{
    struct target *target = stream->target;

    stream_trust(stream);
    if (!stream->sm_local.p)
        stream->sm_local = str_dup(lane->local);
    if (target->lost && !target->lost->is_outgoing && stream->is_outgoing)
        resume_give_up(target->lost); /* who lost it did not call again */
    if (!target->lost)
        originating_enable(stream);
    target_verified(target, lane);
    resume_continue(stream);
}

void originating_result(struct stream *stream, const struct xml *result)
{
    struct target *target = stream->target;
    struct str from = jid_prep_domain(&stream->arena, xml_get(result, "from"));
    struct str to = jid_prep_domain(&stream->arena, xml_get(result, "to"));
    struct lane *lane = target ? target_lane(target, to) : NULL;
    struct str type = xml_get(result, "type");

    if (!lane || lane->state != LANE_ASKED || !str_eq(from, target->domain))
        return; /* an answer to nothing that was asked */
    if (str_is(type, "valid"))
        originating_verified(stream, lane);
    else
        target_refused(target, lane,
                       str_is(type, "invalid") ? ERR_INTERNAL_SERVER_ERROR
                                               : ERR_REMOTE_SERVER_TIMEOUT,
                       "The server does not believe us");
}

void originating_verify(struct stream *stream, const struct xml *verify)
{
    struct target *target = stream->target;
    struct str from = jid_prep_domain(&stream->arena, xml_get(verify, "from"));
    struct str to = jid_prep_domain(&stream->arena, xml_get(verify, "to"));
    struct str type = xml_get(verify, "type");
    bool is_plain = str_is(type, "valid") || str_is(type, "invalid");

    if (target && str_eq(from, target->domain))
        target_answered(target, to, xml_get(verify, "id"),
                        str_is(type, "valid") ? "valid"
                        : is_plain            ? "invalid"
                                              : NULL,
                        "remote-server-not-found");
}

/* How offers end that nobody took: their sender leaves, or their time is over.
 */
#include <utlist.h>

#include "common/link/control.h"
#include "sm/transfer/offers_internal.h"
#include "sm/transfer/upload.h"
#include "sm/route.h"

/* How often an sm is asked about a sender who is its. */
#define ASK_MS 5000

/* To the sender, with what would have reached the recipient. */
static void tell_sender(struct sm *sm, const struct offer *offer,
                        const struct xml *iq)
{
    enum language language = stanza_language(iq);
    struct str advice = STR("");
    struct jid from;

    if (jid_parse(&from, &sm->arena, offer->from))
        advice = upload_advice(sm, &from, language);
    route_error(sm, NULL, iq, ERR_RECIPIENT_UNAVAILABLE,
                arena_printf(&sm->arena, "%s%.*s",
                             text_in(language, "The offer has waited in vain."),
                             STR_ARG(advice))
                    .p);
}

static void withdraw(struct sm *sm, const struct offer *offer)
{
    const struct xml *iq = xml_parse(sm->parser, &sm->arena, offer->iq);
    struct str stamp = stanza_timestamp(&sm->arena, offer->created_ms);
    struct jid to;

    if (iq)
        tell_sender(sm, offer, iq);
    if (jid_parse(&to, &sm->arena, offer->to))
        offer_tell(
            sm, NULL, to.domain, offer->to, "normal",
            arena_printf(
                &sm->arena,
                text_in(text_default(),
                        "%.*s offered you the file \"%.*s\" at %.*s, while "
                        "you were offline. The offer has been withdrawn."),
                STR_ARG(offer->from), STR_ARG(offer->what), STR_ARG(stamp)));
}

static void ask(struct sm *sm, struct offer *offer, const struct jid *from)
{
    char local[32], remote[32];
    struct xml *element =
        xml_new(&sm->arena, NS_LINK_CONTROL, STR(CTL_SESSION_ASK));

    offer->asked_ms = sm->steady_ms;
    xml_set(element, STR(CTL_A_JID), from->full);
    buf_reset(&sm->out);
    xml_write(&sm->out, element, NS_CLIENT);
    channels_send_datagram(sm->channels, sm_address(local, offer->to),
                           sm_address(remote, from->bare),
                           &(struct frame){.body = buf_view(&sm->out)});
}

static bool has_session(const struct sm *sm, const struct jid *jid)
{
    const struct account *account = account_peek(sm, jid->bare);

    return account && session_by_resource(account, jid->resource);
}

/* A foreign sender's leaving is not told: his offers end by their age. */
static bool is_over(struct sm *sm, struct offer *offer)
{
    int64_t most = 1000 * config_int(sm->config, "sm.offer-timeout");
    struct jid from;

    if (offer->is_over || sm->now_ms - offer->created_ms >= most ||
        !jid_parse(&from, &sm->arena, offer->from))
        return true;
    if (!sm_serves(sm, from.domain))
        return false;
    if (sm_owns(sm, from.bare))
        return !has_session(sm, &from);
    if (sm->steady_ms - offer->asked_ms >= ASK_MS)
        ask(sm, offer, &from);
    return false;
}

void offers_tick(struct sm *sm)
{
    struct offer *offer, *next;

    if (!sm->is_serving)
        return; /* whose session lives is not known yet */
    LL_FOREACH_SAFE(sm->offers, offer, next)
    if (is_over(sm, offer)) {
        withdraw(sm, offer);
        offer_drop(sm, offer);
    }
}

/* --- another sm asks or answers ------------------------------------------- */

static void answer(struct sm *sm, const struct frame *frame,
                   const struct jid *jid)
{
    struct xml *element;

    if (!sm->is_serving || !sm_owns(sm, jid->bare) || has_session(sm, jid))
        return;
    element = xml_new(&sm->arena, NS_LINK_CONTROL, STR(CTL_SESSION_GONE));
    xml_set(element, STR(CTL_A_JID), jid->full);
    buf_reset(&sm->out);
    xml_write(&sm->out, element, NS_CLIENT);
    channels_send_datagram(sm->channels, frame->to, frame->from,
                           &(struct frame){.body = buf_view(&sm->out)});
}

static void mark_gone(struct sm *sm, const struct jid *jid)
{
    struct offer *offer;

    LL_FOREACH(sm->offers, offer)
    if (str_eq(offer->from, jid->full))
        offer->is_over = true;
}

void offers_datagram(struct sm *sm, const struct frame *frame,
                     const struct xml *element)
{
    struct jid jid;

    if (!jid_parse(&jid, &sm->arena, xml_get(element, CTL_A_JID)))
        return;
    if (xml_is(element, NS_LINK_CONTROL, CTL_SESSION_ASK))
        answer(sm, frame, &jid);
    /* Only the sm whose user it is knows. */
    else if (xml_is(element, NS_LINK_CONTROL, CTL_SESSION_GONE)) {
        char address[32];

        if (str_eq(frame->from, sm_address(address, jid.bare)))
            mark_gone(sm, &jid);
    }
}

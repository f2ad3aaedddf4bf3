#include "offers.h"

#include <stdlib.h>
#include <utlist.h>

#include "common/link/control.h"
#include "route.h"
#include "transfer.h"

/* How often an sm is asked about a sender who is its. */
#define ASK_MS 5000

struct offer {
    struct offer *next;
    struct str iq;   /* canonical; heap */
    struct str from; /* full JID; heap */
    struct str to;   /* bare JID; heap */
    struct str what; /* name of the file, for people; heap */
    int64_t created_ms;
    int64_t asked_ms;
    bool is_over; /* the sender is gone */
};

static void offer_free(struct offer *offer)
{
    free((char *)offer->iq.p);
    free((char *)offer->from.p);
    free((char *)offer->to.p);
    free((char *)offer->what.p);
    free(offer);
}

void offers_clear(struct sm *sm)
{
    struct offer *offer, *next;

    LL_FOREACH_SAFE(sm->offers, offer, next)
    offer_free(offer);
    sm->offers = NULL;
}

/* --- keeping -------------------------------------------------------------- */

static void take_name(void *ctx, const struct transfer_file *file)
{
    struct str *name = ctx;

    if (!name->p)
        *name = file->name.p ? file->name : STR("");
}

/* The name of the first file; absent: it offers none. Only what begins a
 * transfer can wait. */
static struct str offered(const struct xml *iq)
{
    const struct xml *jingle = xml_child(iq, NS_JINGLE, "jingle");
    struct str name = STR_NONE;

    if (jingle && !str_is(xml_get(jingle, "action"), "session-initiate"))
        return name;
    transfer_each_file(iq, take_name, &name);
    return name;
}

static bool is_away(const struct account *account)
{
    const struct session *session;

    DL_FOREACH(account->sessions, session)
    if (session->is_available && !session->is_doomed)
        return false;
    return true;
}

static bool has_room(const struct account *account)
{
    int64_t most = config_int(account->sm->config, "sm.offers-per-user");
    const struct offer *offer;

    LL_FOREACH(account->sm->offers, offer)
    if (str_eq(offer->to, account->jid.bare))
        most--;
    return most > 0;
}

static void tell(struct sm *sm, struct duty *duty, struct str domain,
                 struct str to, const char *type, struct str text)
{
    struct xml *message = xml_new(&sm->arena, NS_CLIENT, STR("message"));

    xml_set(message, STR("from"), domain);
    xml_set(message, STR("to"), to);
    xml_set(message, STR("type"), str_of(type));
    xml_set(message, STR("id"), stanza_new_id(&sm->arena));
    xml_add_leaf(message, NS_CLIENT, STR("body"), text);
    route(sm, duty, message);
}

bool offer_wait(struct account *account, struct duty *duty,
                const struct xml *iq, const struct jid *from)
{
    struct sm *sm = account->sm;
    struct str name = iq_type(iq) == IQ_SET ? offered(iq) : STR_NONE;
    struct offer *offer;

    if (!name.p || account->is_guest || !is_away(account) ||
        !has_room(account) || !privacy_allows(account, NULL, from, PRIVACY_IQ))
        return false;
    offer = NEW(struct offer);
    buf_reset(&sm->out);
    xml_write(&sm->out, iq, NS_CLIENT);
    offer->iq = str_dup(buf_view(&sm->out));
    offer->from = str_dup(from->full);
    offer->to = str_dup(account->jid.bare);
    offer->what = str_dup(name);
    offer->created_ms = offer->asked_ms = sm->now_ms;
    LL_APPEND(sm->offers, offer);
    tell(sm, duty, account->jid.domain, from->full, "headline",
         arena_printf(&sm->arena,
                      "%.*s is offline. Your file \"%.*s\" is offered as soon "
                      "as he comes, as long as you stay.",
                      STR_ARG(account->jid.bare), STR_ARG(name)));
    return true;
}

/* --- handing out ---------------------------------------------------------- */

static void hand_out(struct session *session, const struct offer *offer)
{
    struct sm *sm = session->account->sm;
    struct xml *iq = xml_parse(sm->parser, &sm->arena, offer->iq);
    struct xml *payload = iq ? iq_payload(iq) : NULL;

    if (!payload)
        return;
    /* An IQ has one child alone, so the time stands inside of it. */
    stanza_add_delay(payload, session->account->jid.domain, offer->created_ms,
                     NULL);
    xml_set(iq, STR("to"), session->jid.full);
    session_send(session, NULL, iq);
}

void offers_deliver(struct session *session)
{
    struct sm *sm = session->account->sm;
    struct offer *offer, *next;

    LL_FOREACH_SAFE(sm->offers, offer, next)
    if (!offer->is_over && str_eq(offer->to, session->account->jid.bare)) {
        hand_out(session, offer);
        LL_DELETE(sm->offers, offer);
        offer_free(offer);
    }
}

/* --- withdrawing ---------------------------------------------------------- */

static void withdraw(struct sm *sm, const struct offer *offer)
{
    const struct xml *iq = xml_parse(sm->parser, &sm->arena, offer->iq);
    struct str stamp = stanza_timestamp(&sm->arena, offer->created_ms);
    struct jid to;

    if (iq)
        route_error(sm, NULL, iq, ERR_RECIPIENT_UNAVAILABLE,
                    "The offer has waited in vain");
    if (jid_parse(&to, &sm->arena, offer->to))
        tell(sm, NULL, to.domain, offer->to, "normal",
             arena_printf(&sm->arena,
                          "%.*s offered you the file \"%.*s\" at %.*s, while "
                          "you were offline. The offer has been withdrawn.",
                          STR_ARG(offer->from), STR_ARG(offer->what),
                          STR_ARG(stamp)));
}

static void ask(struct sm *sm, struct offer *offer, const struct jid *from)
{
    char local[32], remote[32];
    struct xml *element =
        xml_new(&sm->arena, NS_LINK_CONTROL, STR(CTL_SESSION_ASK));

    offer->asked_ms = sm->now_ms;
    xml_set(element, STR(CTL_A_JID), from->full);
    buf_reset(&sm->out);
    xml_write(&sm->out, element, NS_CLIENT);
    channels_send_datagram(sm->channels, sm_address(local, offer->to),
                           sm_address(remote, from->bare),
                           &(struct frame){.body = buf_view(&sm->out)});
}

static bool has_session(const struct sm *sm, const struct jid *jid)
{
    const struct account *account = account_find(sm, jid->bare);

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
    if (sm->now_ms - offer->asked_ms >= ASK_MS)
        ask(sm, offer, &from);
    return false;
}

void offers_tick(struct sm *sm)
{
    struct offer *offer, *next;

    LL_FOREACH_SAFE(sm->offers, offer, next)
    if (is_over(sm, offer)) {
        LL_DELETE(sm->offers, offer);
        withdraw(sm, offer);
        offer_free(offer);
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

void offers_datagram(struct sm *sm, const struct frame *frame)
{
    const struct xml *element = xml_parse(sm->parser, &sm->arena, frame->body);
    struct jid jid;

    if (!element || !jid_parse(&jid, &sm->arena, xml_get(element, CTL_A_JID)))
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

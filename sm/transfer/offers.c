#include "sm/transfer/offers_internal.h"
#include "sm/transfer/upload.h"

#include <stdlib.h>
#include <utlist.h>

#include "common/service/service.h"
#include "sm/admin/permit.h"
#include "sm/presence/contact.h"
#include "sm/route.h"
#include "sm/transfer/transfer.h"

/* Of a stanza that waits: what tells of a file is far smaller. */
#define MAX_OFFER 16384u

static void offer_free(struct offer *offer)
{
    free((char *)offer->origin.p);
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

static struct offer *find(const struct sm *sm, struct str origin)
{
    struct offer *offer;

    LL_FOREACH(sm->offers, offer)
    if (str_eq(offer->origin, origin))
        break;
    return offer;
}

static void ignore_removed(void *ctx, bool ok)
{
    (void)ctx, (void)ok; /* the row then ends by its age */
}

void offer_drop(struct sm *sm, struct offer *offer)
{
    store_offer_remove(sm->store, offer->origin, ignore_removed, NULL);
    LL_DELETE(sm->offers, offer);
    offer_free(offer);
}

/* --- keeping -------------------------------------------------------------- */

static void take_name(void *ctx, const struct transfer_file *file)
{
    struct str *name = ctx;

    if (!name->p && !file->is_wanted)
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

static bool is_of(const struct offer *offer, const struct jid *user)
{
    struct str from = offer->from;

    return str_eq(str_cut(&from, '/'), user->bare);
}

/* Neither one recipient nor one sender fills the memory. */
static bool has_room(const struct account *account, const struct jid *from)
{
    const struct sm *sm = account->sm;
    int64_t most = config_int(sm->config, "sm.offers-per-user");
    int64_t for_him = 0, of_sender = 0;
    const struct offer *offer;

    LL_FOREACH(sm->offers, offer)
    {
        for_him += str_eq(offer->to, account->jid.bare);
        of_sender += is_of(offer, from);
    }
    return for_him < most && of_sender < most;
}

/* That an offer waits tells that he is away: what a stranger of another domain
 * is not to learn. */
static bool may_wait(const struct account *account, const struct jid *from)
{
    return !account->is_guest && is_away(account) &&
           (sm_serves(account->sm, from->domain) ||
            contact_sees(account, from->bare)) &&
           has_room(account, from) &&
           privacy_allows(account, NULL, from, PRIVACY_IQ);
}

void offer_tell(struct sm *sm, struct duty *duty, struct str domain,
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

static void append(struct sm *sm, struct str to,
                   const struct store_offer *stored)
{
    struct offer *offer = NEW(struct offer);

    offer->origin = str_dup(stored->origin);
    offer->iq = str_dup(stored->iq);
    offer->from = str_dup(stored->from);
    offer->to = str_dup(to);
    offer->what = str_dup(stored->name);
    offer->created_ms = stored->created_ms;
    offer->asked_ms = sm->steady_ms;
    LL_APPEND(sm->offers, offer);
}

/* An offer on its way into the database. */
struct writing {
    struct sm *sm;
    struct duty *duty;
    struct str origin; /* heap */
};

static void on_kept(void *ctx, bool ok)
{
    struct writing *writing = ctx;
    struct sm *sm = writing->sm;
    struct offer *offer = ok ? NULL : find(sm, writing->origin);
    const struct xml *iq =
        offer ? xml_parse(sm->parser, &sm->arena, offer->iq) : NULL;

    if (iq)
        route_error(sm, writing->duty, iq, ERR_INTERNAL_SERVER_ERROR,
                    "The offer could not be kept");
    if (offer) {
        LL_DELETE(sm->offers, offer);
        offer_free(offer);
    }
    duty_drop(writing->duty);
    free((char *)writing->origin.p);
    free(writing);
}

static void keep(struct account *account, struct duty *duty,
                 const struct store_offer *stored)
{
    struct sm *sm = account->sm;
    struct writing *writing = NEW(struct writing);

    append(sm, account->jid.bare, stored);
    writing->sm = sm;
    writing->duty = duty;
    writing->origin = str_dup(stored->origin);
    duty_hold(duty);
    store_offer_add(sm->store, store_user(&account->jid), stored, on_kept,
                    writing);
}

void offer_take_back(struct sm *sm, struct store_user user,
                     const struct store_offer *stored)
{
    struct jid to;

    arena_reset(&sm->arena);
    to = jid_make(&sm->arena, user.username, user.domain, STR_NONE);
    if (sm_owns(sm, to.bare) && !find(sm, stored->origin))
        append(sm, to.bare, stored);
}

bool offer_wait(struct account *account, struct duty *duty,
                const struct xml *iq, const struct jid *from)
{
    struct sm *sm = account->sm;
    struct str name = iq_type(iq) == IQ_SET ? offered(iq) : STR_NONE;
    enum language language = stanza_language(iq);

    if (!name.p || !may_wait(account, from))
        return false;
    /* The frame comes again when we die before we have discharged it. */
    if (find(sm, duty_origin(duty, &sm->arena)))
        return true;
    buf_reset(&sm->out);
    xml_write(&sm->out, iq, NS_CLIENT);
    if (buf_len(&sm->out) > MAX_OFFER)
        return false;
    keep(account, duty,
         &(struct store_offer){.origin = duty_origin(duty, &sm->arena),
                               .from = from->full,
                               .name = name,
                               .iq = buf_view(&sm->out),
                               .created_ms = sm->now_ms});
    offer_tell(
        sm, duty, account->jid.domain, from->full, "headline",
        arena_printf(
            &sm->arena, "%.*s%.*s",
            STR_ARG(arena_printf(
                &sm->arena,
                text_in(language,
                        "%.*s is offline. Your file \"%.*s\" is offered as "
                        "soon as he comes, as long as you stay."),
                STR_ARG(account->jid.bare), STR_ARG(name))),
            STR_ARG(upload_advice(sm, from, language))));
    return true;
}

/* --- handing out ---------------------------------------------------------- */

static void hand_out(struct session *session, struct xml *iq,
                     const struct offer *offer)
{
    struct xml *payload = iq_payload(iq);

    if (!payload)
        return;
    /* An IQ has one child alone, so the time stands inside of it. */
    stanza_add_delay(payload, session->account->jid.domain, offer->created_ms,
                     NULL);
    xml_set(iq, STR("to"), session->jid.full);
    session_send(session, NULL, iq);
}

/* What has been forbidden since, by him or by an administrator, comes no more.
 */
static void deliver(struct session *session, const struct offer *offer)
{
    struct sm *sm = session->account->sm;
    struct xml *iq = xml_parse(sm->parser, &sm->arena, offer->iq);
    struct jid from;

    if (!iq || !jid_parse(&from, &sm->arena, offer->from))
        return;
    if (!privacy_allows(session->account, session, &from, PRIVACY_IQ))
        route_error(sm, NULL, iq, ERR_SERVICE_UNAVAILABLE, NULL);
    else if (transfer_may_pass(sm, NULL, iq, &from, &session->jid))
        hand_out(session, iq, offer);
}

void offers_deliver(struct session *session)
{
    struct sm *sm = session->account->sm;
    struct offer *offer, *next;

    LL_FOREACH_SAFE(sm->offers, offer, next)
    if (!offer->is_over && str_eq(offer->to, session->account->jid.bare)) {
        deliver(session, offer);
        offer_drop(sm, offer);
    }
}

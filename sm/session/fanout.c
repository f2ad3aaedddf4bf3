#include "sm/session/fanout.h"

#include <string.h>

#include "common/link/control.h"
#include "common/service/service.h"
#include "sm/privacy/forged.h"
#include "sm/session/parcel.h"
#include "sm/session/repeat.h"
#include "sm/route.h"
#include "sm/session/session.h"

/* A stanza for many, written once. */
struct copy {
    struct copy *next;
    struct xml *stanza;
    struct jid from;
    struct shared *shared;
    bool is_message;
};

struct fanout {
    struct copy *copies;
    struct parcels parcels;
};

static bool comes_from_a_room(struct sm *sm, struct copy *copy)
{
    return stanza_kind(copy->stanza) != STANZA_NONE &&
           !xml_get(copy->stanza, "to").p &&
           jid_parse(&copy->from, &sm->arena, xml_get(copy->stanza, "from")) &&
           service_has(sm->config, SERVICE_ROOMS, copy->from.domain);
}

static void write_once(struct sm *sm, struct copy *copy)
{
    copy->is_message = stanza_kind(copy->stanza) == STANZA_MESSAGE;
    if (copy->is_message)
        forged_strip_from_room(sm, copy->stanza);
    buf_reset(&sm->out);
    xml_write(&sm->out, copy->stanza, NS_CLIENT);
    copy->shared = shared_new(buf_view(&sm->out),
                              copy->is_message &&
                                  message_type(copy->stanza) != MESSAGE_ERROR);
}

/* All stanzas of the frame, in order; false when one must not be there. */
static bool read_copies(struct sm *sm, struct fanout *fanout,
                        const struct xml *element)
{
    const struct xml *stanzas = xml_child(element, NS_CLIENT, CTL_STANZAS);
    struct xml *stanza = stanzas ? xml_child(stanzas, STR_NONE, NULL) : NULL;
    struct copy **last = &fanout->copies;

    for (; stanza; stanza = xml_next(stanza, STR_NONE, NULL)) {
        struct copy *copy = arena_alloc(&sm->arena, sizeof(*copy));

        copy->stanza = stanza;
        if (!comes_from_a_room(sm, copy))
            return false;
        write_once(sm, copy);
        *last = copy;
        last = &copy->next;
        fanout->parcels.count++;
    }
    return fanout->copies != NULL;
}

static void fill_parcels(struct fanout *fanout)
{
    struct parcels *parcels = &fanout->parcels;
    size_t i = 0;

    parcels->stanzas = arena_alloc(&parcels->sm->arena,
                                   parcels->count * sizeof(struct shared *));
    for (const struct copy *copy = fanout->copies; copy; copy = copy->next)
        parcels->stanzas[i++] = copy->shared;
}

static bool may_have(const struct session *session, const struct copy *copy)
{
    return !session->is_doomed &&
           privacy_allows(session->account, session, &copy->from,
                          copy->is_message ? PRIVACY_MESSAGE
                                           : PRIVACY_PRESENCE_IN);
}

static bool may_have_all(const struct session *session,
                         const struct fanout *fanout)
{
    for (const struct copy *copy = fanout->copies; copy; copy = copy->next)
        if (!may_have(session, copy))
            return false;
    return true;
}

/* The way of every other stanza: it finds out why the short one is closed. */
static void deliver_long(struct fanout *fanout, const struct jid *to)
{
    struct sm *sm = fanout->parcels.sm;

    parcels_send(&fanout->parcels); /* before what may follow on its way */
    for (const struct copy *copy = fanout->copies; copy; copy = copy->next) {
        struct xml *own = xml_dup(&sm->arena, copy->stanza);

        xml_set(own, STR("to"), to->full);
        route(sm, fanout->parcels.duty, own);
    }
}

static void deliver(struct fanout *fanout, struct session *session)
{
    struct sm *sm = fanout->parcels.sm;

    for (const struct copy *copy = fanout->copies; copy; copy = copy->next) {
        sm->messages += copy->is_message;
        sm->presences += !copy->is_message;
    }
    parcels_add(&fanout->parcels, session);
}

/* An address that is spelled as a session's here is one of ours, and prepared.
 */
static struct session *find_receiver(const struct sm *sm, struct str full)
{
    struct str resource = full;
    struct str bare = str_cut(&resource, '/');
    const struct account *account = account_find(sm, bare);

    return account ? session_by_resource(account, resource) : NULL;
}

/* False when somebody is named who does not belong here. */
static bool deliver_to(struct fanout *fanout, struct str full)
{
    struct sm *sm = fanout->parcels.sm;
    struct session *session = find_receiver(sm, full);
    struct jid jid;

    if (session && may_have_all(session, fanout)) {
        deliver(fanout, session);
        return true;
    }
    if (!jid_parse(&jid, &sm->arena, full) || !sm_serves(sm, jid.domain) ||
        !jid.resource.len || !sm_owns(sm, jid.bare))
        return false;
    deliver_long(fanout, &jid);
    return true;
}

static bool deliver_to_all(struct fanout *fanout, const struct xml *element)
{
    const struct xml *to = xml_child(element, NS_LINK_CONTROL, CTL_TO);
    struct str list = to ? xml_text(to) : STR_NONE;

    while (list.len > 0)
        if (!deliver_to(fanout, str_cut(&list, '\n')))
            return false;
    return true;
}

bool fanout_expand(struct sm *sm, struct duty *duty, const struct frame *frame,
                   const struct xml *element)
{
    struct fanout fanout = {.parcels = {.sm = sm, .duty = duty}};
    bool is_good = read_copies(sm, &fanout, element);

    /* A mucd that came back says again what it may have said. */
    if (is_good &&
        !(frame->origin.len && repeat_take(&sm->repeats, duty, frame))) {
        fill_parcels(&fanout);
        is_good = deliver_to_all(&fanout, element);
        parcels_send(&fanout.parcels);
    }
    for (struct copy *copy = fanout.copies; copy; copy = copy->next)
        if (copy->shared)
            shared_drop(copy->shared);
    return is_good;
}

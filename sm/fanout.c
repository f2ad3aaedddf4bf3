#include "fanout.h"

#include <string.h>

#include "common/link/control.h"
#include "common/rooms/rooms.h"
#include "repeat.h"
#include "route.h"
#include "session.h"

/* A stanza for many, written once. */
struct copy {
    struct xml *stanza;
    struct jid from;
    struct str head, tail; /* `to` stands between them */
    bool is_solid;
};

static bool comes_from_a_room(struct sm *sm, struct copy *copy)
{
    return stanza_kind(copy->stanza) != STANZA_NONE &&
           !xml_get(copy->stanza, "to").p &&
           jid_parse(&copy->from, &sm->arena, xml_get(copy->stanza, "from")) &&
           rooms_serve(sm->config, copy->from.domain);
}

static void prepare(struct sm *sm, struct copy *copy)
{
    struct str bytes;
    size_t name;

    buf_reset(&sm->out);
    xml_write(&sm->out, copy->stanza, NS_CLIENT);
    bytes = arena_dup(&sm->arena, buf_view(&sm->out));
    name = 1 + copy->stanza->name.len;
    copy->head = (struct str){bytes.p, name};
    copy->tail = (struct str){bytes.p + name, bytes.len - name};
    copy->is_solid = stanza_kind(copy->stanza) == STANZA_MESSAGE;
}

/* The session that is there for it; NULL: the long way has to find out. */
static struct session *find_session(struct sm *sm, const struct copy *copy,
                                    const struct jid *to)
{
    struct account *account = account_find(sm, to->bare);
    struct session *session = account && account->state == ACCOUNT_READY
                                  ? session_by_resource(account, to->resource)
                                  : NULL;

    if (session &&
        privacy_allows(account, session, &copy->from,
                       copy->is_solid ? PRIVACY_MESSAGE : PRIVACY_PRESENCE_IN))
        return session;
    return NULL;
}

static void deliver(struct sm *sm, struct duty *duty, const struct copy *copy,
                    const struct jid *to)
{
    struct session *session = find_session(sm, copy, to);
    struct xml *own;

    if (!session) {
        own = xml_dup(&sm->arena, copy->stanza);
        xml_set(own, STR("to"), to->full);
        route(sm, duty, own);
        return;
    }
    sm->messages += copy->is_solid;
    sm->presences += !copy->is_solid;
    buf_reset(&sm->out);
    buf_add(&sm->out, copy->head);
    buf_add_text(&sm->out, " to='");
    xml_escape(&sm->out, to->full);
    buf_add_char(&sm->out, '\'');
    buf_add(&sm->out, copy->tail);
    session_send_bytes(session, duty, buf_view(&sm->out), copy->is_solid);
}

static bool deliver_to_all(struct sm *sm, struct duty *duty,
                           const struct xml *fanout, const struct copy *copy)
{
    for (const struct xml *to = xml_child(fanout, NS_LINK_CONTROL, CTL_TO); to;
         to = xml_next(to, NS_LINK_CONTROL, CTL_TO)) {
        struct jid jid;

        if (!jid_parse(&jid, &sm->arena, xml_text(to)) ||
            !sm_serves(sm, jid.domain) || !jid.resource.len ||
            !sm_owns(sm, jid.bare))
            return false;
        deliver(sm, duty, copy, &jid);
    }
    return true;
}

bool fanout_expand(struct sm *sm, struct duty *duty, const struct frame *frame,
                   const struct xml *fanout)
{
    const struct xml *stanzas = xml_child(fanout, NS_CLIENT, CTL_STANZAS);
    struct xml *stanza = stanzas ? xml_child(stanzas, STR_NONE, NULL) : NULL;

    /* A mucd that came back says again what it may have said. */
    if (frame->origin.len && repeat_take(&sm->repeats, duty, frame))
        return true;
    for (; stanza; stanza = xml_next(stanza, STR_NONE, NULL)) {
        struct copy copy = {.stanza = stanza};

        if (!comes_from_a_room(sm, &copy))
            return false;
        prepare(sm, &copy);
        if (!deliver_to_all(sm, duty, fanout, &copy))
            return false;
    }
    return stanzas != NULL;
}

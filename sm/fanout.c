#include "fanout.h"

#include <string.h>

#include "common/link/control.h"
#include "common/service/service.h"
#include "repeat.h"
#include "route.h"
#include "session.h"

/* A stanza for many, written once. */
struct copy {
    struct copy *next;
    struct xml *stanza;
    struct jid from;
    struct str head, tail; /* `to` stands between them */
    bool is_message;
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
    struct str bytes;
    size_t name = 1 + copy->stanza->name.len;

    buf_reset(&sm->out);
    xml_write(&sm->out, copy->stanza, NS_CLIENT);
    bytes = arena_dup(&sm->arena, buf_view(&sm->out));
    copy->head = (struct str){bytes.p, name};
    copy->tail = (struct str){bytes.p + name, bytes.len - name};
    copy->is_message = stanza_kind(copy->stanza) == STANZA_MESSAGE;
}

/* All stanzas of the frame, in order; NULL when one must not be there. */
static struct copy *read_copies(struct sm *sm, const struct xml *fanout)
{
    const struct xml *stanzas = xml_child(fanout, NS_CLIENT, CTL_STANZAS);
    struct xml *stanza = stanzas ? xml_child(stanzas, STR_NONE, NULL) : NULL;
    struct copy *first = NULL, **last = &first;

    for (; stanza; stanza = xml_next(stanza, STR_NONE, NULL)) {
        struct copy *copy = arena_alloc(&sm->arena, sizeof(*copy));

        copy->stanza = stanza;
        if (!comes_from_a_room(sm, copy))
            return NULL;
        write_once(sm, copy);
        *last = copy;
        last = &copy->next;
    }
    return first;
}

static struct str address_bytes(struct sm *sm, const struct jid *to)
{
    buf_reset(&sm->out);
    buf_add_text(&sm->out, " to='");
    xml_escape(&sm->out, to->full);
    buf_add_char(&sm->out, '\'');
    return arena_dup(&sm->arena, buf_view(&sm->out));
}

static bool may_have(const struct session *session, const struct copy *copy)
{
    return !session->is_doomed &&
           privacy_allows(session->account, session, &copy->from,
                          copy->is_message ? PRIVACY_MESSAGE
                                           : PRIVACY_PRESENCE_IN);
}

/* The way of every other stanza: it finds out why the short one is closed. */
static void deliver_long(struct sm *sm, struct duty *duty,
                         const struct copy *copy, const struct jid *to)
{
    struct xml *own = xml_dup(&sm->arena, copy->stanza);

    xml_set(own, STR("to"), to->full);
    route(sm, duty, own);
}

static void deliver(struct sm *sm, struct duty *duty, const struct copy *copies,
                    const struct jid *to)
{
    struct account *account = account_find(sm, to->bare);
    struct session *session =
        account ? session_by_resource(account, to->resource) : NULL;
    struct str address = address_bytes(sm, to);

    for (const struct copy *copy = copies; copy; copy = copy->next) {
        if (!session || !may_have(session, copy)) {
            deliver_long(sm, duty, copy, to);
            continue;
        }
        sm->messages += copy->is_message;
        sm->presences += !copy->is_message;
        buf_reset(&sm->out);
        buf_add(&sm->out, copy->head);
        buf_add(&sm->out, address);
        buf_add(&sm->out, copy->tail);
        session_send_bytes(session, duty, buf_view(&sm->out), copy->is_message);
    }
}

bool fanout_expand(struct sm *sm, struct duty *duty, const struct frame *frame,
                   const struct xml *fanout)
{
    const struct copy *copies = read_copies(sm, fanout);
    const struct xml *to = xml_child(fanout, NS_LINK_CONTROL, CTL_TO);

    /* A mucd that came back says again what it may have said. */
    if (copies && frame->origin.len && repeat_take(&sm->repeats, duty, frame))
        return true;
    for (; copies && to; to = xml_next(to, NS_LINK_CONTROL, CTL_TO)) {
        struct jid jid;

        if (!jid_parse(&jid, &sm->arena, xml_text(to)) ||
            !sm_serves(sm, jid.domain) || !jid.resource.len ||
            !sm_owns(sm, jid.bare))
            return false;
        deliver(sm, duty, copies, &jid);
    }
    return copies != NULL;
}

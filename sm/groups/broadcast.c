/* The service: who may send to whom, and what its recipients say. */
#include "sm/groups/broadcast.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "common/log/log.h"
#include "common/service/service.h"
#include "sm/admin/administer.h"
#include "sm/groups/multicast.h"
#include "sm/admin/permit.h"
#include "sm/route.h"
#include "sm/store/store.h"

#define TARGET_ALL    "all"
#define TARGET_ONLINE "online"

/* The domain whose people the service's domain is for; absent: none. */
static struct str served_by(const struct sm *sm, struct str service)
{
    for (size_t i = 0; i < config_list_count(sm->config, "domains"); i++) {
        struct str domain = config_list_item(sm->config, "domains", i);

        if (service_is_for(sm->config, SERVICE_BROADCAST, service, domain))
            return domain;
    }
    return STR_NONE;
}

/* A department's local part: its name, escaped (XEP-0106) and prepared. */
static struct str local_of(struct arena *arena, struct str name)
{
    return jid_prep_local(arena, jid_escape_local(arena, name));
}

static const struct directory_department *
find_target(struct sm *sm, struct str domain, struct str local)
{
    const struct directory_department *one =
        sm->directory ? sm->directory->departments : NULL;

    for (; one; one = one->hh.next)
        if (str_eq(one->domain, domain) &&
            str_eq(local_of(&sm->arena, one->label), local))
            return one;
    return NULL;
}

/* Everybody (NULL), or a department of whose people the sender may know. Its
 * administrators may send to it without the permission. */
static bool may_send(const struct sm *sm, const struct jid *from,
                     const struct directory_department *department)
{
    const struct directory_person *sender =
        directory_find(sm->directory, from->bare);

    if (department && administers_department(sm, from->bare, department))
        return true;
    return permit(sm, from->bare, MAY_BROADCAST) &&
           (!department || directory_may_know_department(sender, department));
}

/* --- a message for many ---------------------------------------------------- */

struct sending {
    struct sm *sm;
    struct duty *duty;
    struct str stanza; /* heap; for the answer, should it fail */
};

static void on_added(void *ctx, bool ok)
{
    struct sending *sending = ctx;
    struct sm *sm = sending->sm;
    struct xml *stanza =
        ok ? NULL : xml_parse(sm->parser, &sm->arena, sending->stanza);

    if (stanza)
        route_error(sm, sending->duty, stanza, ERR_INTERNAL_SERVER_ERROR,
                    "The message could not be stored");
    duty_drop(sending->duty);
    free((char *)sending->stanza.p);
    free(sending);
}

/* As each recipient gets it, but for id and `to`: from the group, with its
 * sender beside (XEP-0033 §4.1), and the question whether it has arrived. */
static struct str dress(struct sm *sm, const struct xml *message,
                        const struct jid *from, const struct jid *to)
{
    struct xml *copy = xml_dup(&sm->arena, message);
    struct xml *old, *addresses, *address;

    while ((old = xml_child(copy, NS_ADDRESS, NULL)) ||
           (old = xml_child(copy, NS_RECEIPTS, NULL)) ||
           (old = xml_child(copy, NS_CHAT_MARKERS, NULL)))
        xml_remove(old);
    xml_set(copy, STR("from"), to->bare);
    xml_set(copy, STR("to"), STR_NONE);
    xml_set(copy, STR("id"), STR_NONE);
    xml_set(copy, STR("type"),
            str_is(to->local, TARGET_ONLINE) ? STR("headline") : STR_NONE);
    addresses = xml_add(copy, NS_ADDRESS, STR("addresses"));
    address = xml_add(addresses, NS_ADDRESS, STR("address"));
    xml_set(address, STR("type"), STR("ofrom"));
    xml_set(address, STR("jid"), from->bare);
    xml_add(copy, NS_RECEIPTS, STR("request"));
    xml_add(copy, NS_CHAT_MARKERS, STR("markable"));
    buf_reset(&sm->out);
    xml_write(&sm->out, copy, NS_CLIENT);
    return buf_view(&sm->out);
}

/* Who speaks to nobody is refused without a look at the departments. */
static bool speaks_to_some(const struct sm *sm, const struct jid *from)
{
    return permit(sm, from->bare, MAY_BROADCAST) ||
           administers_something(sm, from->bare);
}

/* Whether the message may go on; else it is answered. Who has no permission does
 * not learn which departments there are, nor who has it those that he may not
 * know. */
static bool may_go_on(struct sm *sm, struct duty *duty,
                      const struct xml *message, const struct jid *from,
                      bool is_everybody,
                      const struct directory_department *department)
{
    const struct permission_row *row = &permission_rows[MAY_BROADCAST];

    if ((is_everybody || department) && may_send(sm, from, department))
        return true;
    if (permit(sm, from->bare, MAY_BROADCAST))
        route_error(sm, duty, message, ERR_ITEM_NOT_FOUND,
                    "There is no such group");
    else
        route_error(sm, duty, message, row->refusal, row->text);
    return false;
}

static void send(struct sm *sm, struct duty *duty, const struct xml *message,
                 const struct jid *from, const struct jid *to, struct str domain)
{
    bool is_everybody =
        str_is(to->local, TARGET_ALL) || str_is(to->local, TARGET_ONLINE);
    const struct directory_department *department =
        is_everybody || !speaks_to_some(sm, from)
            ? NULL
            : find_target(sm, domain, to->local);
    struct sending *sending;
    struct buf original = {0};

    if (!may_go_on(sm, duty, message, from, is_everybody, department))
        return;
    log_event(LOG_LEVEL_INFO, "broadcast", LOG_STR("from", from->bare),
              LOG_STR("to", to->bare));
    xml_write(&original, message, NS_CLIENT);
    sending = NEW(struct sending);
    *sending = (struct sending){sm, duty, str_dup(buf_view(&original))};
    buf_clear(&original);
    duty_hold(duty);
    store_broadcast_add(sm->store,
                        &(struct store_broadcast){
                            .sender = {domain, from->local},
                            .target = to->bare,
                            .department = department ? department->path
                                                     : STR_NONE,
                            .shard = jid_shard(from->bare),
                            .origin = duty_origin(duty, &sm->arena),
                            .stanza = dress(sm, message, from, to)},
                        on_added, sending);
}

/* --- what recipients say ---------------------------------------------------- */

static void on_marked(void *ctx, bool ok)
{
    (void)ok; /* logged by the store; the sender may remind him */
    duty_drop(ctx);
}

/* "b-17": of broadcast 17. */
static bool read_id(struct str id, int64_t *number)
{
    return str_starts(id, STR(BROADCAST_ID)) &&
           str_to_i64((struct str){id.p + sizeof(BROADCAST_ID) - 1,
                                   id.len - (sizeof(BROADCAST_ID) - 1)},
                      number) &&
           *number > 0;
}

/* A receipt (XEP-0184) or a marker (XEP-0333): nobody else is told. */
static bool take_word(struct sm *sm, struct duty *duty,
                      const struct xml *message, const struct jid *from)
{
    const struct xml *got = xml_child(message, NS_RECEIPTS, "received");
    const struct xml *seen = xml_child(message, NS_CHAT_MARKERS, "displayed");
    int64_t number;

    if (!got)
        got = xml_child(message, NS_CHAT_MARKERS, "received");
    if (!got && !seen)
        return message_type(message) == MESSAGE_ERROR;
    if (read_id(xml_get(seen ? seen : got, "id"), &number) &&
        sm_serves(sm, from->domain)) {
        duty_hold(duty);
        store_broadcast_acknowledged(sm->store, number, store_user(from),
                                     seen != NULL, on_marked, duty);
    }
    return true;
}

/* --- discovery -------------------------------------------------------------- */

static void add_item(struct xml *query, struct str local, struct str service,
                     struct str name)
{
    struct xml *item = xml_add(query, NS_DISCO_ITEMS, STR("item"));

    xml_set(item, STR("jid"),
            jid_make(query->arena, local, service, STR_NONE).full);
    xml_set(item, STR("name"), name);
}

/* What the asker may use, if he is one whom the service is for. */
static void list_groups(struct sm *sm, const struct xml *iq, struct xml *query,
                        const struct jid *from, const struct jid *to,
                        struct str domain)
{
    const struct directory_department *one =
        sm->directory ? sm->directory->departments : NULL;

    if (!str_eq(from->domain, domain))
        return;
    if (may_send(sm, from, NULL)) {
        add_item(query, STR(TARGET_ALL), to->domain,
                 stanza_text(iq, "Everybody"));
        add_item(query, STR(TARGET_ONLINE), to->domain,
                 stanza_text(iq, "Everybody who is online"));
    }
    for (; one; one = one->hh.next) {
        struct str local = local_of(query->arena, one->label);

        if (str_eq(one->domain, domain) && local.p && may_send(sm, from, one))
            add_item(query, local, to->domain, one->label);
    }
}

static void answer_query(struct sm *sm, struct duty *duty, struct xml *iq,
                         const struct jid *from, const struct jid *to,
                         struct str domain)
{
    const struct xml *payload = iq_payload(iq);
    struct xml *result = iq_result(&sm->arena, iq), *query;

    if (iq_type(iq) != IQ_GET || !payload || to->local.len) {
        route_error(sm, duty, iq, ERR_SERVICE_UNAVAILABLE, NULL);
        return;
    }
    if (xml_is(payload, NS_DISCO_INFO, "query")) {
        query = xml_add(result, NS_DISCO_INFO, STR("query"));
        disco_identity(query, "component", "generic",
                       stanza_text(iq, "Messages to groups"));
        disco_feature(query, NS_ADDRESS);
    } else if (xml_is(payload, NS_DISCO_ITEMS, "query")) {
        query = xml_add(result, NS_DISCO_ITEMS, STR("query"));
        list_groups(sm, iq, query, from, to, domain);
    } else {
        route_error(sm, duty, iq, ERR_SERVICE_UNAVAILABLE, NULL);
        return;
    }
    route(sm, duty, result);
}

void broadcast_receive(struct sm *sm, struct duty *duty, struct xml *stanza,
                       const struct jid *from, const struct jid *to)
{
    struct str domain = served_by(sm, to->domain);

    switch (stanza_kind(stanza)) {
    case STANZA_MESSAGE:
        if (take_word(sm, duty, stanza, from))
            break;
        if (!domain.p || !str_eq(from->domain, domain) || !from->local.len)
            route_error(sm, duty, stanza, ERR_SERVICE_UNAVAILABLE, NULL);
        else if (!to->local.len)
            multicast(sm, duty, stanza, from);
        else
            send(sm, duty, stanza, from, to, domain);
        break;
    case STANZA_IQ:
        if (iq_type(stanza) == IQ_GET || iq_type(stanza) == IQ_SET)
            answer_query(sm, duty, stanza, from, to, domain);
        break;
    default:
        break; /* it is always there */
    }
}

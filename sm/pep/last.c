/* The last published items, to a resource that has become available or tells
 * that it wants more (XEP-0163 §4.3.4). */
#include <stdlib.h>
#include <utlist.h>

#include "common/link/control.h"
#include "sm/pep/pep.h"
#include "sm/pep/remote.h"
#include "sm/presence/contact.h"
#include "sm/route.h"

#define WANTED "wanted"
/* As many as an interest holds, and to spare. */
#define MAX_WANTED_BYTES 16384u

/* Everybody's contacts are asked for last items so often: a client that comes
 * and goes, or wants another thing each time, makes a database read of each. */
#define ASK_MS       3000
#define ASKS_AT_ONCE 10

/* --- who comes ------------------------------------------------------------ */

void pep_available(struct session *session, const struct xml *presence)
{
    struct account *account = session->account;

    interest_tell(account->sm, &session->interest, account->jid.bare, presence);
}

void pep_restored(struct session *session)
{
    struct account *account = session->account;
    struct sm *sm = account->sm;
    const struct xml *presence =
        session->is_available
            ? xml_parse(sm->parser, &sm->arena, session->presence)
            : NULL;

    if (!presence)
        return;
    session->interest.is_quiet = true;
    interest_tell(sm, &session->interest, account->jid.bare, presence);
}

/* What is in `now` and was not `before`. */
static struct str new_ones(struct arena *arena, struct str now,
                           struct str before)
{
    struct buf joined = {0};
    struct str list;

    while (now.len) {
        struct str node = str_cut(&now, PEP_SEPARATOR);

        if (pep_list_has(before, node))
            continue;
        if (buf_len(&joined) > 0)
            buf_add_char(&joined, PEP_SEPARATOR);
        buf_add(&joined, node);
    }
    list = arena_dup(arena, buf_view(&joined));
    buf_clear(&joined);
    return list;
}

/* Whether the account may ask its contacts once more. */
static bool may_ask(struct account *account)
{
    int64_t now = account->sm->steady_ms;

    if (account->asks_ms < now - ASKS_AT_ONCE * ASK_MS)
        account->asks_ms = now - ASKS_AT_ONCE * ASK_MS;
    if (account->asks_ms >= now)
        return false;
    account->asks_ms += ASK_MS;
    return true;
}

struct tour {
    struct session *session;
    struct str nodes;
    int64_t absent; /* so far */
};

/* Contacts on other servers hear of the resource by its presence. */
static void ask_contact(void *ctx, const struct contact *contact)
{
    struct tour *tour = ctx;
    struct sm *sm = tour->session->account->sm;
    int64_t most = config_int(sm->config, "sm.pep-absent-contacts");
    struct jid jid;

    if (!contact->is_seen || !jid_parse(&jid, &sm->arena, contact->jid) ||
        !jid.local.len || !sm_serves(sm, jid.domain))
        return;
    if (!account_peek(sm, jid.bare) && tour->absent++ >= most && most)
        return;
    pep_ask(sm, tour->session->jid.full, jid.bare, tour->nodes);
}

void pep_contact_is_seen(struct account *account, struct str contact)
{
    struct session *session;
    struct jid jid;

    if (!jid_parse(&jid, &account->sm->arena, contact) ||
        !sm_serves(account->sm, jid.domain))
        return; /* his server sends them */
    DL_FOREACH(account->sessions, session)
    if (session->is_available && !session->is_doomed &&
        interest_nodes(&session->interest).len)
        pep_ask(account->sm, session->jid.full, jid.bare,
                interest_nodes(&session->interest));
}

void interest_learned(struct sm *sm, struct interest *interest,
                      struct str before)
{
    struct session *session = interest->session;
    struct tour tour = {.session = session};

    if (!session) {
        remote_learned(sm, interest->remote);
        return;
    }
    tour.nodes = new_ones(&sm->arena, interest_nodes(interest), before);
    if (!tour.nodes.len || session->is_doomed ||
        session->account->state != ACCOUNT_READY || !may_ask(session->account))
        return;
    pep_send_last(session->account, &session->jid, tour.nodes);
    contact_each(session->account, ask_contact, &tour);
}

/* --- the question --------------------------------------------------------- */

bool pep_is_question(const struct xml *presence)
{
    return xml_child(presence, NS_LINK_CONTROL, WANTED) != NULL;
}

void pep_ask(struct sm *sm, struct str from, struct str to, struct str nodes)
{
    struct xml *presence = xml_new(&sm->arena, NS_CLIENT, STR("presence"));

    xml_set(presence, STR("type"), STR("probe"));
    xml_set(presence, STR("from"), from);
    xml_set(presence, STR("to"), to);
    while (nodes.len)
        xml_set(xml_add(presence, NS_LINK_CONTROL, STR(WANTED)), STR("node"),
                str_cut(&nodes, PEP_SEPARATOR));
    route(sm, NULL, presence);
}

void pep_answer_question(struct account *account, const struct xml *presence,
                         const struct jid *from)
{
    struct buf nodes = {0};

    for (const struct xml *one = xml_child(presence, NS_LINK_CONTROL, WANTED);
         one && buf_len(&nodes) < MAX_WANTED_BYTES;
         one = xml_next(one, NS_LINK_CONTROL, WANTED)) {
        if (buf_len(&nodes) > 0)
            buf_add_char(&nodes, PEP_SEPARATOR);
        buf_add(&nodes, xml_get(one, "node"));
    }
    pep_send_last(account, from, buf_view(&nodes));
    buf_clear(&nodes);
}

/* --- the answer ----------------------------------------------------------- */

struct sending {
    struct account *account;
    struct str to; /* full JID; heap */
};

static bool is_to_be_sent(struct account *account, const struct pep_node *node,
                          const struct jid *to)
{
    return node->settings.send_last == PEP_ON_SUB_AND_PRESENCE &&
           node->settings.delivers &&
           pep_access(account, &node->settings, node->affiliations, to->bare) ==
               PEP_MAY;
}

static void send_item(struct account *account, const struct jid *to,
                      const struct pep_node *node, const struct store_row *row)
{
    struct sm *sm = account->sm;
    struct xml *message = pep_event_new(account, NULL, "");
    struct xml *items =
        xml_add(pep_event_of(message), NS_PUBSUB_EVENT, STR("items"));
    struct xml *item = xml_add(items, NS_PUBSUB_EVENT, STR("item"));
    struct xml *payload = xml_parse(sm->parser, &sm->arena, row->columns[5]);
    struct session *session = jid_bare_eq(to, &account->jid)
                                  ? session_by_resource(account, to->resource)
                                  : NULL;
    int64_t published_ms;

    if (!payload || !str_to_i64(row->columns[4], &published_ms))
        return;
    xml_set(items, STR("node"), node->name);
    xml_set(item, STR("id"), row->columns[3]);
    if (node->settings.with_payloads)
        xml_append(item, payload);
    stanza_add_delay(message, account->jid.bare, published_ms, NULL);
    xml_set(message, STR("to"), to->full);
    if (session)
        session_send(session, NULL, message);
    else if (!jid_bare_eq(to, &account->jid))
        route(sm, NULL, message);
}

static void on_last(void *ctx, const struct store_row *row, bool ok)
{
    struct sending *sending = ctx;
    struct account *account = sending->account;
    struct sm *sm = account->sm;
    struct pep_node node = {0};
    struct xml *form;
    struct jid to;

    (void)ok; /* a courtesy */
    if (!row) {
        free((char *)sending->to.p);
        free(sending);
        account->writes--;
        account_update_idle(account);
        return;
    }
    form = xml_parse(sm->parser, &sm->arena, row->columns[1]);
    pep_settings_default(&node.settings);
    if (account->state != ACCOUNT_READY || !form ||
        !jid_parse(&to, &sm->arena, sending->to) ||
        pep_settings_read(&node.settings, sm->config, &sm->arena, form) ==
            PEP_FORM_BAD)
        return;
    node.name = row->columns[0];
    node.affiliations = row->columns[2];
    if (is_to_be_sent(account, &node, &to))
        send_item(account, &to, &node, row);
}

void pep_send_last(struct account *account, const struct jid *to,
                   struct str nodes)
{
    struct sending *sending;

    if (!nodes.len || account->is_guest || account->pep_empty ||
        (!jid_bare_eq(to, &account->jid) &&
         (!contact_sees(account, to->bare) ||
          !privacy_allows(account, NULL, to, PRIVACY_OTHER))))
        return;
    sending = NEW(struct sending);
    sending->account = account;
    sending->to = str_dup(to->full);
    account->writes++; /* it stays until they are there */
    account_update_idle(account);
    store_pep_last(account->sm->store, store_user(&account->jid), nodes,
                   on_last, sending);
}

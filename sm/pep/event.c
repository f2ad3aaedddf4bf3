/* Events: from an account to all who want them (XEP-0163 §4.3). */
#include <openssl/evp.h>
#include <stdlib.h>
#include <utlist.h>

#include "common/codec/codec.h"
#include "sm/pep/pep.h"
#include "sm/pep/remote.h"
#include "sm/presence/contact.h"
#include "sm/route.h"

#define ID_CHARS 20

struct str pep_make_id(struct sm *sm, struct duty *duty, const char *salt)
{
    struct str text = arena_printf(
        &sm->arena, "%.*s %s", STR_ARG(duty_origin(duty, &sm->arena)), salt);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    struct str id;

    if (EVP_Digest(text.p, text.len, digest, &length, EVP_sha256(), NULL) != 1)
        abort(); /* a libcrypto without SHA-256 */
    id = hex_encode(&sm->arena, (struct str){(const char *)digest, length});
    id.len = ID_CHARS;
    return id;
}

struct xml *pep_event_new(struct account *account, struct duty *duty,
                          const char *salt)
{
    struct sm *sm = account->sm;
    struct xml *message = xml_new(&sm->arena, NS_CLIENT, STR("message"));

    xml_set(message, STR("type"), STR("headline"));
    xml_set(message, STR("from"), account->jid.bare);
    xml_set(message, STR("id"), pep_make_id(sm, duty, salt));
    xml_add(message, NS_PUBSUB_EVENT, STR("event"));
    return message;
}

struct xml *pep_event_of(const struct xml *message)
{
    return xml_child(message, NS_PUBSUB_EVENT, "event");
}

/* --- sending -------------------------------------------------------------- */

struct telling {
    struct account *account;
    struct duty *duty;
    const struct pep_node *node;
    struct xml *message;
};

static void tell_own(const struct telling *telling)
{
    struct session *session;

    DL_FOREACH(telling->account->sessions, session)
    if (session->is_available && !session->is_doomed &&
        interest_wants(&session->interest, telling->node->name, true)) {
        xml_set(telling->message, STR("to"), session->jid.full);
        session_send(session, telling->duty, telling->message);
    }
}

static void tell_contact(void *ctx, const struct contact *contact)
{
    const struct telling *telling = ctx;
    const struct pep_node *node = telling->node;
    struct account *account = telling->account;
    struct sm *sm = account->sm;
    struct jid jid;

    if (!contact->sees || !jid_parse(&jid, &sm->arena, contact->jid) ||
        !jid.local.len || jid_bare_eq(&jid, &account->jid) ||
        pep_access(account, &node->settings, node->affiliations, jid.bare) !=
            PEP_MAY ||
        !privacy_allows(account, NULL, &jid, PRIVACY_OTHER))
        return;
    if (!sm_serves(sm, jid.domain)) {
        remote_tell(account, telling->duty, node->name, telling->message,
                    jid.bare);
        return;
    }
    xml_set(telling->message, STR("to"), jid.bare);
    route(sm, telling->duty, telling->message);
}

void pep_tell(struct account *account, struct duty *duty,
              const struct pep_node *node, struct xml *message)
{
    struct telling telling = {account, duty, node, message};

    if (!node->settings.delivers || account->state != ACCOUNT_READY)
        return;
    tell_own(&telling);
    if (node->settings.access != PEP_WHITELIST || node->affiliations.len)
        contact_each(account, tell_contact, &telling);
}

/* --- receiving ------------------------------------------------------------ */

bool pep_is_event(const struct xml *stanza)
{
    struct str from = xml_get(stanza, "from");

    return stanza_kind(stanza) == STANZA_MESSAGE &&
           message_type(stanza) == MESSAGE_HEADLINE && pep_event_of(stanza) &&
           from.len && !memchr(from.p, '/', from.len);
}

/* Clients are stamped with their full JIDs, so that only the account itself
 * speaks with its bare one. */
bool pep_is_from_here(const struct sm *sm, const struct xml *message,
                      const struct jid *from)
{
    return pep_is_event(message) && from->local.len &&
           sm_serves(sm, from->domain);
}

/* The one that it is about. */
static struct str node_of(const struct xml *message)
{
    const struct xml *what =
        xml_child(pep_event_of(message), NS_PUBSUB_EVENT, NULL);

    return what ? xml_get(what, "node") : STR_NONE;
}

static bool is_for(const struct session *session, struct str resource,
                   struct str node)
{
    if (!session->is_available || session->is_doomed)
        return false;
    return resource.len ? str_eq(session->jid.resource, resource)
                        : interest_wants(&session->interest, node, true);
}

void pep_receive(struct account *account, struct duty *duty,
                 struct xml *message, const struct jid *from,
                 struct str resource)
{
    struct str node = node_of(message);
    struct session *session;

    DL_FOREACH(account->sessions, session)
    if (is_for(session, resource, node) &&
        privacy_allows(account, session, from, PRIVACY_MESSAGE)) {
        xml_set(message, STR("to"), session->jid.full);
        session_send(session, duty, message);
    }
}

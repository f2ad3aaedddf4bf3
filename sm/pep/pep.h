/* Personal eventing (XEP-0163): every account is a publish-subscribe service
 * (XEP-0060) of its own, whose events its resources and its contacts get when
 * they say that they want them.
 *
 * An event leaves as one headline for each contact, to his bare address: which
 * of his resources want it is known to the sm of that contact, who has their
 * sessions, and so no sm remembers anything of the others' users. Resources on
 * other servers are remembered here (remote.h), for their server has told what
 * they want in their presence. Likewise a resource that comes online asks for
 * the last items of its contacts with a question of our own, to their bare
 * addresses; contacts on other servers are asked by presence as XEP-0163 has
 * it. Events are soft state as presence is: neither archived, nor copied, nor
 * kept for who is away. */
#ifndef POSTHOUSE_SM_PEP_H
#define POSTHOUSE_SM_PEP_H

#include "sm/pep/node.h"
#include "sm/session/session.h"

struct iq_request;

/* --- what other parts of sm tell ------------------------------------------ */

/* The session is available with this presence. */
void pep_available(struct session *session, const struct xml *presence);
/* The same after a restart: it has had its last items. */
void pep_restored(struct session *session);

/* A contact (bare JID) has let the user see his presence: the user's resources
 * get his last items. */
void pep_contact_is_seen(struct account *account, struct str contact);

/* Whether the stanza is an event of somebody's personal eventing. */
bool pep_is_event(const struct xml *stanza);
/* The same, of a user of ours. */
bool pep_is_from_here(const struct sm *sm, const struct xml *message,
                      const struct jid *from);
/* Such an event for the account: to the resources that want it, or to the one
 * that asked for the last item. */
void pep_receive(struct account *account, struct duty *duty,
                 struct xml *message, const struct jid *from,
                 struct str resource);

/* Whether a presence probe is the question for last items. */
bool pep_is_question(const struct xml *presence);
/* What was asked goes to `from`, as far as he may see it. */
void pep_answer_question(struct account *account, const struct xml *presence,
                         const struct jid *from);
/* Asks for last items of these nodes, joined, in the name of a resource. */
void pep_ask(struct sm *sm, struct str from, struct str to, struct str nodes);
/* The last items of these nodes, joined, to a resource that may see them. */
void pep_send_last(struct account *account, const struct jid *to,
                   struct str nodes);

/* Identity and features of an account (XEP-0163 §6). */
void pep_describe(struct xml *query);
/* Answers disco#items of an account with its nodes that the asker may read
 * behind what `query`, the result's payload, has already. Takes the request. */
void pep_answer_nodes(struct iq_request *request, struct xml *result);
/* disco#info of a node (XEP-0060 §5.3): true when it will be answered. */
MUST_CHECK bool pep_discovered(struct iq_request *request);

/* --- events, within this folder ------------------------------------------- */

/* A name that is the same when the stanza of the duty comes again; `salt` tells
 * apart what one stanza makes. In the arena of sm. */
struct str pep_make_id(struct sm *sm, struct duty *duty, const char *salt);
/* A headline with an empty <event/> (pep_event_of). In the arena of sm. */
struct xml *pep_event_new(struct account *account, struct duty *duty,
                          const char *salt);
/* Its payload. */
struct xml *pep_event_of(const struct xml *message);
/* Sends it to all who want events of the node and may read it. */
void pep_tell(struct account *account, struct duty *duty,
              const struct pep_node *node, struct xml *message);
/* The event of an item; payload is borrowed. salt: as above. */
void pep_tell_item(struct account *account, struct duty *duty,
                   const struct pep_node *node, struct str id,
                   const struct xml *payload, const char *salt);
/* The event of its end. */
void pep_tell_retracted(struct account *account, struct duty *duty,
                        const struct pep_node *node, struct str id,
                        const char *salt);
/* Writes an item of a node that keeps them. */
void pep_store_item(struct account *account, const struct pep_node *node,
                    struct str id, const struct xml *payload, store_done *done,
                    void *ctx);

#endif

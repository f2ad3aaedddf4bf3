/* Presence and subscriptions (RFC 6121 §3, §4). */
#ifndef POSTHOUSE_SM_PRESENCE_H
#define POSTHOUSE_SM_PRESENCE_H

#include "sm/session/session.h"

/* Presence from a client, with or without `to`. */
void presence_from_client(struct session *session, struct duty *duty,
                          struct xml *presence);
/* Presence for a user of ours from anyone. */
void presence_to_account(struct account *account, struct duty *duty,
                         struct xml *presence, const struct jid *from,
                         const struct jid *to);
/* A probe from `from`, for the account or for one of its resources: probe.c. */
void presence_answer_probe(struct account *account, struct duty *duty,
                           const struct jid *from, const struct jid *to);
/* Routes a presence without content; type NULL: available. */
void presence_say(struct sm *sm, struct duty *duty, struct str from,
                  const char *type, struct str to);
/* Whether the session is there for those who may see the user. */
MUST_CHECK bool presence_is_shown(const struct session *session);
/* XEP-0186: the session is seen by nobody but whom it writes to, and hears what
 * it heard; probes: its next initial presence asks for that of the contacts. */
void presence_hide(struct session *session, bool probes);
/* Back to before initial presence; who got directed presence keeps it. */
void presence_unhide(struct session *session);
/* The session is no longer available: tells whoever saw it (§4.5.2), also those
 * who got directed presence. */
void presence_gone(struct session *session, struct str status_text);
/* What the contact sees of the user, sent to `to`: on a probe, a new
 * subscription, or an unblocking; with `available` false as unavailable. */
void presence_show(struct account *account, struct duty *duty, struct str to,
                   bool available);

/* To everybody who sees the session, once more: what the server adds to its
 * presence has changed. */
void presence_show_again(struct session *session);
/* The same of one session alone. */
void presence_show_one(struct session *session, struct duty *duty,
                       struct str to, bool available);
/* Tells the session's client that a contact (bare JID) is not there. */
void presence_hide_contact(struct session *session, struct duty *duty,
                           struct str contact);
/* Asks for a contact's presence on behalf of the session (§4.3.1). */
void presence_probe(struct session *session, struct duty *duty,
                    struct str contact);

/* The subscription states of RFC 6121 appendix A. */
struct transition {
    bool passes; /* outbound: routed on; inbound: delivered */
    enum subscription_state next;
};
/* What a subscription stanza that the user sends does to his state (RFC 6121
 * §A.2). */
struct transition subscription_outbound(enum subscription_state state,
                                        enum presence_type type);
/* The same of one that a contact has sent to him (§A.3). */
struct transition subscription_inbound(enum subscription_state state,
                                       enum presence_type type);
/* Handles the four subscription types in each direction: subscription.c. */
void subscription_from_client(struct session *session, struct duty *duty,
                              struct xml *presence, const struct jid *to);
/* A subscription stanza for the account, from here or elsewhere. */
void subscription_to_account(struct account *account, struct duty *duty,
                             struct xml *presence, const struct jid *from);
/* Requests that wait, to a session that has become available (§3.1.3). */
void subscription_deliver_requests(struct session *session);
/* Takes the contact out of the roster with all subscriptions (§2.5.1). */
void subscription_cancel(struct account *account, struct duty *duty,
                         struct roster_item *item);

/* A roster push of what there is of `jid` now, if anything, to the interested
 * resources (§2.1.6): roster_iq.c. */
void roster_push(struct account *account, struct duty *duty, struct str jid);
/* The same for many at once, in the arena of the event at hand. */
struct roster_pushes *roster_pushes_new(struct account *account);
/* One more item that has changed. */
void roster_pushes_add(struct roster_pushes *pushes, struct str jid);
/* Sends them and frees `pushes`. */
void roster_pushes_send(struct roster_pushes *pushes, struct duty *duty);

/* Takes a session's last presence over as what it shows, without showing it. */
void presence_keep(struct session *session, const struct xml *presence);
/* Remembers an address that got directed presence (RFC 6121 §4.6): directed.c.
 * False when it was known, or there are too many. */
bool presence_remember_directed(struct session *session, struct str jid);
/* The address was told that the session is unavailable. */
void presence_forget_directed(struct session *session, struct str jid);
/* Whether an address of this bare JID has got directed presence. */
bool presence_was_directed(const struct session *session, struct str bare);

#endif

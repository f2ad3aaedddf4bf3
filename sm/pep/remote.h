/* Resources of contacts on other servers, as their presence tells: to whom of
 * our users they have shown themselves, and what they want to be notified of.
 * One table for all users of an sm; at most sm.pep-remote-resources. */
#ifndef POSTHOUSE_SM_PEP_REMOTE_H
#define POSTHOUSE_SM_PEP_REMOTE_H

#include "sm/account.h"

struct remote;
struct remotes; /* the table */

/* The full JID. */
struct str remote_jid(const struct remote *remote);
/* Whether a presence changes anything here: then its addressee's rows are
 * needed. */
bool remote_concerns(const struct sm *sm, const struct xml *presence,
                     const struct jid *from);
/* Available or unavailable presence for a user of ours. Who is no contact that
 * sees him is not remembered. */
void remote_take_presence(struct account *account, const struct xml *presence,
                          const struct jid *from);
/* What it wants has become known: it gets the last items of those it has shown
 * itself to meanwhile. */
void remote_learned(struct sm *sm, struct remote *remote);
/* Sends an event to the contact's resources that want it. What is not known
 * after a restart goes to the bare JID (XEP-0163 §4.3.2). */
void remote_tell(struct account *account, struct duty *duty, struct str node,
                 struct xml *message, struct str bare_jid);
/* Frees all; nothing is sent. */
void remotes_clear(struct sm *sm);

#endif

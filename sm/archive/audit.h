/* What of our users' stanzas goes into the audit journal (common/audit):
 * messages, subscriptions, and queries from one to another; as one line where
 * they enter, and one more when they are refused later. A line is committed
 * before its stanza is acknowledged. */
#ifndef POSTHOUSE_SM_AUDIT_H
#define POSTHOUSE_SM_AUDIT_H

#include "sm/sm.h"

struct duty;

/* A user's stanza that may pass, or one for a user from outside. */
void audit_allowed(struct sm *sm, struct duty *duty, const struct xml *stanza,
                   const struct jid *from, const struct jid *to);
/* It may not, or did not arrive: the sender is told so. */
void audit_refused(struct sm *sm, struct duty *duty, const struct xml *stanza,
                   enum stanza_error condition);

#endif

/* Permissions (common/directory/permission.h) where they are asked for. */
#ifndef POSTHOUSE_SM_PERMIT_H
#define POSTHOUSE_SM_PERMIT_H

#include "common/directory/permission.h"
#include "sm/session/session.h"

/* Whether the user of this bare JID may; and his limit (0: none). */
bool permit(const struct sm *sm, struct str bare_jid,
            enum permission permission);
/* The number that the permission allows the account; 0: no limit. */
int64_t permit_limit(const struct account *account, enum permission permission);
/* Whether a domain is another server's: neither served here, nor a service or a
 * component of the suite. */
bool permit_is_abroad(const struct sm *sm, struct str domain);
/* Whether what a user of ours sends may go on; else he has been answered. */
MUST_CHECK bool permit_stanza(struct account *account, struct duty *duty,
                              struct xml *stanza, const struct jid *to);
/* Whether what another server sends may reach a user of ours who may not
 * federate; else its sender has been answered as if there were no such user. */
MUST_CHECK bool permit_from_abroad(struct sm *sm, struct duty *duty,
                                   const struct xml *stanza,
                                   const struct jid *to);

#endif

/* What others may not say in our name. */
#ifndef POSTHOUSE_SM_FORGED_H
#define POSTHOUSE_SM_FORGED_H

#include "sm/session/session.h"

/* Each takes out of a message what only this server tells its users: copies
 * (XEP-0280), stanza ids by an account or domain of ours (XEP-0359 §5), delays
 * by one (XEP-0203 §4). */

/* From a client of ours; answers of an archive (XEP-0313) as well. */
void forged_strip_from_client(struct sm *sm, struct xml *message);
/* From a room to many: what an occupant from elsewhere has said passes through
 * it. Answers of an archive are for one, and not among it. */
void forged_strip_from_room(struct sm *sm, struct xml *message);
/* For a user of ours, from whomever. Archives elsewhere answer him: <result/>
 * stays, and by `from` he knows whose it is. */
void forged_strip_for_user(struct sm *sm, struct xml *message);

#endif

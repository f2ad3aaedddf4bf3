/* What c2sds tell an sm that has come back without memory (restore.h):
 * sessions, what their clients did not get, and what they got lately. Two may
 * tell of one session, which was being resumed: what they held is put together.
 */
#ifndef POSTHOUSE_SM_TELLING_H
#define POSTHOUSE_SM_TELLING_H

#include "sm/session/session.h"

/* One datagram but the last, of the c2sd that it is from. */
void telling_take(struct sm *sm, const struct frame *frame,
                  const struct xml *element);
/* That c2sd has told all, or will tell nothing more. */
void telling_end(struct sm *sm, struct str address);
/* Every c2sd has told all, or is not waited for: what was told of holds from
 * now on. */
void telling_complete(struct sm *sm);

#endif

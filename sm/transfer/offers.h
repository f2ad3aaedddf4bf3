/* Offers of files to somebody who is away: an offer dies with its sender's
 * session, so it waits as long as that lives, and no longer than
 * sm.offer-timeout. It waits here in memory, and in the database for our
 * successor. */
#ifndef POSTHOUSE_SM_OFFERS_H
#define POSTHOUSE_SM_OFFERS_H

#include "sm/session/session.h"
#include "sm/store/store.h"

struct offer;

/* Takes an IQ for a user who has no available resource, when it offers a file
 * (XEP-0096, XEP-0234) and he may wait for it; its sender is told so. False:
 * it is no such IQ, it is too long, too many wait for him or of this sender, or
 * a stranger of another domain would learn that he is away; nothing was done. */
MUST_CHECK bool offer_wait(struct account *account, struct duty *duty,
                           const struct xml *iq, const struct jid *from);
/* One that our predecessor left; of users that are ours alone. */
void offer_take_back(struct sm *sm, struct store_user user,
                     const struct store_offer *stored);
/* The user is there: hands out what waits for him and may still pass, with its
 * time (XEP-0203) inside of the offer. */
void offers_deliver(struct session *session);
/* Ends those whose sender has left, and those that are too old: their senders
 * get recipient-unavailable, their recipients a message about what they
 * missed. */
void offers_tick(struct sm *sm);
/* <session-ask/> and <session-gone/> of another sm (control.h). */
void offers_datagram(struct sm *sm, const struct frame *frame,
                     const struct xml *element);
/* Frees them all; their rows stay. */
void offers_clear(struct sm *sm);

#endif

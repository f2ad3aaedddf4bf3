/* The REST door to administration (docs/api.md): webd asks with a token and an
 * ad-hoc command, its form filled. The token is judged here; what follows is
 * what the administrator's client would get. webd itself has no power. */
#ifndef POSTHOUSE_SM_API_H
#define POSTHOUSE_SM_API_H

#include "sm/duty.h"
#include "sm/sm.h"

/* A frame of a webd. False: it is no <api/> with an IQ. */
MUST_CHECK bool api_receive(struct sm *sm, struct duty *duty,
                            struct channel *channel, const struct frame *frame,
                            const struct xml *element);
/* The hash of each token that there is, in one column; row NULL: that was all,
 * unless ok is false. For the store, whenever they have changed. */
struct store_row;
void api_token_take(struct sm *sm, const struct store_row *row, bool ok);
/* Once per second: when the database does not tell of a token, whoever waits is
 * told so, and nothing is done later. */
void api_tick(struct sm *sm);
/* Frees all; nobody is told. */
void api_clear(struct sm *sm);

#endif

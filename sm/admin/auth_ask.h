/* What sm asks of an authd, the only one who changes accounts. */
#ifndef POSTHOUSE_SM_AUTH_ASK_H
#define POSTHOUSE_SM_AUTH_ASK_H

#include "sm/sm.h"

/* answer: the IQ in authd's <answer/>, result or error, in sm's arena; NULL:
 * the authd has forgotten what it was asked, or answered nonsense. */
typedef void auth_answered(void *ctx, const struct xml *answer);

/* Sends an element on behalf of a user of this process's shards; `answered` is
 * called once, later. False: no authd is there, and it is not called. */
MUST_CHECK bool auth_ask(struct sm *sm, struct str bare_jid,
                         const struct xml *element, auth_answered *answered,
                         void *ctx);
/* authd's <answer/> to the question of this number. */
void auth_answer(struct sm *sm, uint64_t number, const struct xml *answer);
/* An authd has forgotten what it was asked: all who wait are told so. */
void auth_forget(struct sm *sm);

#endif

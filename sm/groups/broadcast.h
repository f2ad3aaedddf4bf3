/* Messages to whole groups: department@broadcast.DOMAIN, all@ and online@. What
 * is to be sent is in the database before its sender hears so; from there it is
 * handed out, and each recipient's row tells what became of it. */
#ifndef POSTHOUSE_SM_BROADCAST_H
#define POSTHOUSE_SM_BROADCAST_H

#include "sm/duty.h"
#include "sm/sm.h"

struct broadcasts; /* what is being handed out */

/* A stanza to the service, from anybody. */
void broadcast_receive(struct sm *sm, struct duty *duty, struct xml *stanza,
                       const struct jid *from, const struct jid *to);
/* Hands out what waits in the database: when this sm begins to serve, when it is
 * told that there is more, and once per second. */
void broadcasts_begin(struct sm *sm);
/* The same, where it has begun. */
void broadcasts_go_on(struct sm *sm);
/* NULL is allowed; what is under way stays in the database. */
void broadcasts_free(struct broadcasts *broadcasts);

#endif

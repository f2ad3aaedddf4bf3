/* The streamhosts that a sender offers (XEP-0065 §4.2), tried in their order
 * until one answers. */
#ifndef POSTHOUSE_CLIENT_CANDIDATES_H
#define POSTHOUSE_CLIENT_CANDIDATES_H

#include <strophe.h>

#include "dial.h"

struct candidates;
/* Of a <query/>, for the stream of this key. It copies what it keeps, and heeds
 * no more than the first ten. */
struct candidates *candidates_new(xmpp_stanza_t *query,
                                  const char key[SOCKS_KEY + 1]);
/* Does what can be done now; all together have less time than their sender
 * waits for an answer. */
enum dial_state candidates_step(struct candidates *candidates);
/* Of those that are DONE: the socket, non-blocking and the caller's, and the
 * JID of its host, borrowed. */
int candidates_take(struct candidates *candidates, const char **jid);
/* NULL is allowed. */
void candidates_free(struct candidates *candidates);

#endif

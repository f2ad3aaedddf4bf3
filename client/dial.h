/* An attempt to reach a bytestream at a SOCKS5 server (RFC 1928, XEP-0065
 * §5.3.2), step by step: nothing of it waits, whoever is at the other end. */
#ifndef POSTHOUSE_CLIENT_DIAL_H
#define POSTHOUSE_CLIENT_DIAL_H

#include "common/socks/socks.h"

#define DIAL_PATIENCE_MS 4000 /* for one address, or for finding them */

struct dial;
/* Looks for the addresses of the host, a name or a literal of IPv4 or IPv6. */
struct dial *dial_new(const char *host, unsigned short port,
                      const char key[SOCKS_KEY + 1]);

enum dial_state { DIAL_GOES_ON, DIAL_DONE, DIAL_FAILED };
/* Does what can be done now. One address after the other is tried. */
enum dial_state dial_step(struct dial *dial);
/* The connected socket of one that is DONE, non-blocking, the caller's. */
int dial_take(struct dial *dial);
/* Ends it, however far it has come. NULL is allowed. */
void dial_free(struct dial *dial);

#endif

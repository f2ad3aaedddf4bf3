/* Which domains are the bytestreams proxy's (XEP-0065): known to routerd, which
 * lets nobody else bind them, and to proxy65d. */
#ifndef POSTHOUSE_BYTESTREAMS_H
#define POSTHOUSE_BYTESTREAMS_H

#include "../config/config.h"

/* Calls `visit` with each prepared domain of proxy65d.domains; when that is
 * empty, "proxy." in front of each served domain. Borrowed for the call. */
void bytestreams_each(const struct config *config,
                      void (*visit)(void *ctx, struct str domain), void *ctx);
/* Whether the domain is one of them. */
bool bytestreams_serve(const struct config *config, struct str domain);
/* Whether the proxy of this name is the one to offer to users of a served
 * domain. They must not see several: a client that tries all it finds at once
 * would meet itself there. */
bool bytestreams_is_for(const struct config *config, struct str proxy,
                        struct str served);

#endif

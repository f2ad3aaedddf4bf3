/* What is demanded of another server's domain. */
#ifndef POSTHOUSE_S2SD_POLICY_H
#define POSTHOUSE_S2SD_POLICY_H

#include "common/config/config.h"

struct sockaddr;

/* Whether this domain is talked to at all: not blocked, and among the allowed
 * ones when there are any. */
bool policy_allows(const struct config *config, struct str domain);
/* Whether it must use TLS. */
bool policy_needs_tls(const struct config *config, struct str domain);
/* Whether it must show a valid certificate. */
bool policy_needs_certificate(const struct config *config, struct str domain);
/* Whether a server that DNS names may be at this address. */
bool policy_may_call(const struct config *config,
                     const struct sockaddr *address);
/* Where to connect for this domain instead of asking DNS; false: ask. `host`
 * and `port` are borrowed from the configuration; an IPv6 address has no
 * brackets. */
bool policy_place(const struct config *config, struct str domain,
                  struct str *host, uint16_t *port, bool *is_direct_tls);

#endif

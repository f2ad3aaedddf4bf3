/* What values of the configuration must look like. */
#ifndef POSTHOUSE_CONFIG_CHECK_H
#define POSTHOUSE_CONFIG_CHECK_H

#include "../mem/mem.h"

/* A domain name in lower case: labels of at most 63 bytes (RFC 1034 §3.1; those
 * beyond ASCII are left to IDNA), or an IPv4 address. */
bool check_domain(struct str value);
/* "user@domain". */
bool check_account(struct str value);
/* "abuse=mailto:abuse@example.org": a field of XEP-0157 §2.1 and a URI. */
bool check_contact(struct str value);
/* "DOMAIN=HOST:PORT" or "DOMAIN=tls:HOST:PORT"; an IPv6 address in brackets. */
bool check_connect(struct str value);
/* "ADDRESS/BITS", of IPv4 or IPv6 (network.h). */
bool check_network(struct str value);

/* "host", "host:port", "192.0.2.1:5222" or "[2001:db8::1]:5222" (RFC 6120
 * §4.9.3.19). Empty is allowed: none. */
bool check_location(struct str value);
/* "turn:HOST:PORT?transport=tcp": a URI of STUN or TURN (RFC 7064, RFC 7065). */
bool check_relay(struct str value);
/* "/…", and "wss://…" or nothing: in ASCII, without what would need quoting. */
bool check_path(struct str value);
/* "wss://HOST…", or nothing; the same. */
bool check_web_url(struct str value);
/* "https://HOST[:PORT]", to which a path is appended; or empty. */
bool check_https_url(struct str value);
/* The whole path of a Unix socket; or empty. */
bool check_socket_path(struct str value);

#endif

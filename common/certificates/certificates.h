/* The certificates that the configuration names, for whoever serves TLS. */
#ifndef POSTHOUSE_CERTIFICATES_H
#define POSTHOUSE_CERTIFICATES_H

#include "../daemon/daemon.h"
#include "../tls/tls.h"

/* Sets certificates and count of the options: those of these two options
 * (empty: the suite's own files), for every domain, then certificate "DOMAIN" {
 * … } of each domain that has one. In the arena. */
void certificates_take(struct tls_server_options *options,
                       const struct daemon *daemon, struct arena *arena,
                       const char *chain_option, const char *key_option);

#endif

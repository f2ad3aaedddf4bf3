/* The certificates that s2sd shows, and by whom it judges others'. */
#ifndef POSTHOUSE_S2SD_CERTIFICATES_H
#define POSTHOUSE_S2SD_CERTIFICATES_H

#include "common/daemon/daemon.h"
#include "common/tls/tls.h"

/* As the configuration says; is_direct: with ALPN (XEP-0368). NULL with the
 * reason. */
struct tls_server *certificates_load(const struct daemon *daemon,
                                     bool is_direct, struct error *error);

#endif

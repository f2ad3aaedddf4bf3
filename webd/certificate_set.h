/* The suite's certificates for GnuTLS, which libmicrohttpd speaks TLS with. */
#ifndef POSTHOUSE_WEBD_CERTIFICATE_SET_H
#define POSTHOUSE_WEBD_CERTIFICATE_SET_H

#include <gnutls/abstract.h>

#include "common/daemon/daemon.h"

/* Loads those of c2sd (common/certificates) in place of the ones before. False
 * with the reason; those before then stay. */
MUST_CHECK bool certificate_set_load(const struct daemon *daemon,
                                     struct error *error);
/* Frees those that no handshake can use any more. */
void certificate_set_tick(uint64_t now_ms);
/* Frees all. */
void certificate_set_free(void);
/* For MHD_OPTION_HTTPS_CERT_CALLBACK: that of the name that the client asks
 * for, else the first. */
int certificate_set_choose(gnutls_session_t session,
                           const gnutls_datum_t *authorities, int count,
                           const gnutls_pk_algorithm_t *algorithms,
                           int algorithm_count, gnutls_pcert_st **chain,
                           unsigned int *length, gnutls_privkey_t *key);

#endif

/* The suite's own certificate and the key of grants: made once, then kept. */
#ifndef POSTHOUSE_SUPERVISE_IDENTITY_H
#define POSTHOUSE_SUPERVISE_IDENTITY_H

#include "layout.h"
#include "options.h"

/* A self-signed ECDSA P-256 certificate (10 years) for all domains, localhost
 * and loopback. One that is there is kept while it names all domains. */
MUST_CHECK bool identity_ensure_certificate(const struct layout *layout,
                                            const struct values *domains,
                                            struct error *error);
/* 32 random bytes each: the key of grants, that authd and sm alone may read,
 * and that of dialback, s2sd's. */
MUST_CHECK bool identity_ensure_keys(const struct layout *layout,
                                     struct error *error);

#endif

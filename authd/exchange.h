/* The state machine of SASL exchanges (RFC 6120 §6): every step is accepted
 * once, in order. */
#ifndef POSTHOUSE_AUTHD_EXCHANGE_H
#define POSTHOUSE_AUTHD_EXCHANGE_H

#include "request.h"

/* Elements from a c2sd; `key` names the stream. */
void exchange_begin(struct authd *authd, struct request_key key,
                    struct str remote, const struct xml *start);
/* The client's next message; an exchange that is not there is told to have
 * expired. */
void exchange_response(struct authd *authd, struct request_key key,
                       const struct xml *response);
/* The client gave up, or its stream is gone: nothing is answered. */
void exchange_abort(struct authd *authd, struct request_key key);
/* It took too long. */
void exchange_expire(struct request *request);
/* Signs the grant of request->local for its stream; logs and counts the login.
 * In its arena. */
struct str exchange_grant(struct request *request, const char *mechanism);
/* Logs and counts a refused login. */
void exchange_log_refusal(struct request *request, const char *mechanism,
                          enum refusal refusal);

#endif

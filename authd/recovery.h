/* A new password for whoever forgot the old one: a one-time code goes to the
 * account's e-mail address, and who types it in chooses a new password. The
 * conversation takes place before login, in IQs of NS_RECOVER after the manner
 * of XEP-0077:
 *
 * - get, with an empty query: result with instructions and username;
 * - set, with username: result, and a letter with a code is under way;
 * - set, with username, code and password: result, or not-authorized for
 *   anything but a living code of this account.
 *
 * What is told, and when, is the same for accounts that do not exist, have no
 * address or are disabled. */
#ifndef POSTHOUSE_AUTHD_RECOVERY_H
#define POSTHOUSE_AUTHD_RECOVERY_H

#include "request.h"

/* Before login, from a c2sd. The request is one of iq_request_new. */
void recovery_begin(struct request *request, const struct xml *element);
/* From posthousectl: the request answers with a datagram to request->remote. */
void recovery_of_administrator(struct request *request,
                               const struct xml *element);
/* Hands over the answer that was held back, when its time has come. */
void recovery_tick(struct request *request);

#endif

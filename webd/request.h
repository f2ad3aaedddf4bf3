/* One IQ for the service while it is answered, without I/O. */
#ifndef POSTHOUSE_WEBD_REQUEST_H
#define POSTHOUSE_WEBD_REQUEST_H

#include "service.h"

/* Everything is borrowed for the call. */
struct request {
    struct service *service;
    const struct xml *iq;
    const struct xml *payload; /* NULL when the IQ has none */
    struct jid from;           /* a user of a served domain */
    struct str domain;         /* the service's, at which it was asked */
};

typedef void request_handler(struct request *request);

/* Sends the answer to whoever asked. */
void request_answer(const struct request *request, const struct xml *reply);
/* An error answer that more can be added to: *error is its <error/>. NULL: the
 * request was one itself. */
struct xml *request_error(const struct request *request,
                          enum stanza_error condition, const char *type,
                          const char *text, struct xml **error);
/* Answers with an error; `text` may be NULL. */
void request_refuse(const struct request *request, enum stanza_error condition,
                    const char *text);
/* An empty result, in the service's arena. */
struct xml *request_result(const struct request *request);
/* Discovery of identity, features and the largest size (XEP-0363 §3). */
request_handler handle_info;
/* Discovery of its items: there are none (XEP-0030 §4). */
request_handler handle_items;
/* A slot, or why there is none (XEP-0363 §4 to §6). */
request_handler handle_slot;
/* XEP-0199 §4. */
request_handler handle_ping;

#endif

/* One IQ for the proxy while it is answered, without I/O. */
#ifndef POSTHOUSE_PROXY65D_REQUEST_H
#define POSTHOUSE_PROXY65D_REQUEST_H

#include "service.h"

/* Everything is borrowed for the call. */
struct request {
    struct service *service;
    const struct xml *iq;
    const struct xml *payload; /* NULL when the IQ has none */
    struct jid from;
    struct str domain; /* the proxy's, at which it was asked */
    struct str remote; /* the address of the link that it came from */
};

typedef void request_handler(struct request *request);

/* Whether a domain is one of the suite's own. */
bool service_serves(const struct service *service, struct str domain);
/* Sends a stanza from one of the proxy's domains by the road that leads to its
 * recipient: his sm, his component or federation. */
void service_send(struct service *service, struct str domain,
                  const struct jid *to, const struct xml *stanza);

/* Sends the answer to whoever asked, by way of the sibling that passed it on.
 */
void request_answer(const struct request *request, const struct xml *reply);
/* Answers with an error; `text` may be NULL. */
void request_refuse(const struct request *request, enum stanza_error condition,
                    const char *text);
/* An empty result, in the service's arena. */
struct xml *request_result(const struct request *request);
/* Discovery of the proxy's identity and features (XEP-0030 §3, XEP-0065 §4). */
request_handler handle_info;
/* Discovery of its items: there are none (XEP-0030 §4). */
request_handler handle_items;
/* XEP-0199 §4. */
request_handler handle_ping;
/* The hosts and ports to connect to (XEP-0065 §4). */
request_handler handle_address;
/* Activation, here or by the sibling that has the stream (XEP-0065 §6.3.5). */
request_handler handle_activate;

#endif

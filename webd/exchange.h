/* What server.c does with an exchange: libmicrohttpd's calls come in here. */
#ifndef POSTHOUSE_WEBD_EXCHANGE_H
#define POSTHOUSE_WEBD_EXCHANGE_H

#include "http.h"

struct http_gate;

/* A request line has come; `uri` is copied. */
struct http_exchange *exchange_new(struct http_gate *gate,
                                   struct MHD_Connection *connection,
                                   const char *peer, const char *uri);
/* Calls on_gone and frees it. */
void exchange_free(struct http_exchange *exchange);
/* The head is there: judges it, finds its route, may answer. */
void exchange_begin(struct http_exchange *exchange, const char *method);
/* A piece of the body. False: the connection must end. */
MUST_CHECK bool exchange_take(struct http_exchange *exchange, struct str piece);
/* The request is complete; may answer. */
void exchange_complete(struct http_exchange *exchange);
/* Hands the answer to libmicrohttpd. False: the connection must end. */
MUST_CHECK bool exchange_send(struct http_exchange *exchange);

#endif

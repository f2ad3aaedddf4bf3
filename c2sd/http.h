/* The one HTTP request that a connection of the web begins with: it becomes a
 * WebSocket (RFC 6455 §4.2), or asks where that is (XEP-0156). */
#ifndef POSTHOUSE_C2SD_HTTP_H
#define POSTHOUSE_C2SD_HTTP_H

#include "common/mem/mem.h"

/* What we read of it; slices of the head. */
struct http_request {
    struct str method, path, host;
    struct str upgrade, connection, version, key, protocols;
};
/* Reads a head of HTTP/1.1 up to its empty line; the names of headers in any
 * case. False when it is none. */
MUST_CHECK bool http_parse(struct http_request *request, struct str head);
/* Whether it asks for a WebSocket with the subprotocol "xmpp", rightly. */
bool http_is_upgrade(const struct http_request *request);
/* Appends the answer that makes it one. */
void http_accept(struct buf *out, const struct http_request *request);
/* Appends an answer after which the connection ends. status: "404 Not Found".
 */
void http_answer(struct buf *out, const char *status, const char *type,
                 struct str body);
/* Appends the document of XEP-0156 §3 that names the WebSocket's URL, as XRD or
 * as JSON. */
void http_host_meta(struct buf *out, struct str url, bool is_json);

#endif

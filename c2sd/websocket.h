/* A client's stream over a WebSocket (RFC 7395): turns what is read into words
 * for the core, and what the core says into frames. */
#ifndef POSTHOUSE_C2SD_WEBSOCKET_H
#define POSTHOUSE_C2SD_WEBSOCKET_H

#include "client.h"

struct websocket;

/* A connection that has said nothing yet. */
struct websocket *websocket_new(struct client *client);
/* NULL is allowed. */
void websocket_free(struct websocket *websocket);
/* Bytes from the connection, in any pieces. */
void websocket_receive(struct websocket *websocket, struct str bytes);
/* The bytes to be written next; take off what was. When none are left, frames
 * are made of what the core has said meanwhile. */
struct buf *websocket_output(struct websocket *websocket);
/* How many bytes of client->out have left with what was written, once all has:
 * they have been taken off. */
size_t websocket_written(struct websocket *websocket);

#endif

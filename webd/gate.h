/* One libmicrohttpd on the daemon's loop: its turns and callbacks. */
#ifndef POSTHOUSE_WEBD_GATE_H
#define POSTHOUSE_WEBD_GATE_H

#include "server.h"

/* Starts it; server and door are set. */
MUST_CHECK bool gate_start(struct http_gate *gate, struct error *error);
/* A turn of it, now. */
void gate_run(struct http_gate *gate);
/* Ends its connections; its handles close with the loop's next turn. */
void gate_stop(struct http_gate *gate);

#endif

/* An active bytestream: two connections and the lanes between them. */
#ifndef POSTHOUSE_PROXY65D_RELAY_H
#define POSTHOUSE_PROXY65D_RELAY_H

#include "shell.h"

/* Starts relaying between the stream's sides (streams->start). */
void relay_start(void *ctx, struct stream *stream);
/* Ends those that have been silent for too long. */
void relays_expire(struct proxy *proxy);
/* Ends all of them. */
void relays_stop(struct proxy *proxy);

#endif

/* compd's shell: sockets and the link around the components. */
#ifndef POSTHOUSE_COMPD_SHELL_H
#define POSTHOUSE_COMPD_SHELL_H

#include "common/daemon/daemon.h"
#include "common/listen/acceptor.h"
#include "common/node/node.h"
#include "component.h"
#include "rooms.h"

struct connection;

struct compd {
    struct daemon daemon;
    struct registry registry;
    struct node *node;
    struct acceptor acceptor;
    struct rooms rooms;
    uv_timer_t timer;               /* of a second */
    struct connection *connections; /* list */
    struct counter counters[4];
    uint64_t connected, refused_accepts, stanzas_out, stanzas_in;
};

/* Opens the listening sockets of compd.listen and compd.port. False with the
 * reason when one cannot be opened. */
MUST_CHECK bool shell_listen(struct compd *compd, struct error *error);
/* Connects to the router and starts accepting. */
void shell_start(struct compd *compd);
/* Closes every connection and listener; the loop must run once more. */
void shell_stop(struct compd *compd);
/* Ends with its stream error each component that the new configuration does not
 * know any more. */
void shell_reload(struct compd *compd);

#endif

/* How posthousectl speaks to the daemons: as ctl/PID on the router's link. */
#ifndef POSTHOUSE_CTL_LINK_H
#define POSTHOUSE_CTL_LINK_H

#include "common/node/node.h"
#include "common/xml/xml.h"
#include "ctl.h"

struct link {
    uv_loop_t loop;
    uv_timer_t timer;
    struct node *node;
    struct xml_parser *parser;
    char address[32];
    const char *socket;
};

/* Connects to the suite's router, and runs until `events` stop the loop or the
 * time is over. False after a message when no router answers. */
MUST_CHECK bool link_run(struct link *link, struct ctl *ctl,
                         const struct channel_events *events, void *ctx,
                         unsigned wait_ms);
/* Sends a datagram; for the events. */
void link_send(struct link *link, struct str to, struct str body);
/* Ends link_run from inside one of its events. */
void link_stop(struct link *link);

#endif

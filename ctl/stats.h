/* The counters of all processes, asked for over the link. */
#ifndef POSTHOUSE_CTL_STATS_H
#define POSTHOUSE_CTL_STATS_H

#include "common/xml/xml.h"
#include "ctl.h"

/* One process's <stats-answer/>, valid during the call. */
typedef void stats_answered(void *ctx, const struct xml *answer);
/* Asks every process once, and waits two seconds for their answers. The exit
 * status: refused, after a message, without the router or when one is silent. */
int stats_ask(struct ctl *ctl, stats_answered *on_answer, void *ctx);

#endif

/* /metrics: the counters of all daemons in the text format of Prometheus. Each
 * request asks every process on the link once, and is answered when all have
 * said theirs, or after two seconds with what is there. */
#ifndef POSTHOUSE_WEBD_METRICS_H
#define POSTHOUSE_WEBD_METRICS_H

#include "common/link/link.h"
#include "http.h"

struct collection;

/* Zeroes are ready. */
struct metrics {
    struct collection *running;
    uint64_t last_sid;
};

/* GET /metrics. */
void metrics_handle(struct http_exchange *exchange);
/* An answer of a process (a datagram with <stats-answer/>). */
void metrics_receive(struct webd *webd, const struct frame *frame);
/* Answers those that have waited long enough; each second. */
void metrics_tick(struct webd *webd);

#endif

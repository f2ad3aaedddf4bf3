/* <stats/>: the numbers of a process, asked for by a datagram (control.h). */
#ifndef POSTHOUSE_STATS_H
#define POSTHOUSE_STATS_H

#include "link.h"

/* A number that an administrator can watch. */
struct counter {
    const char *name;      /* "messages-routed" */
    const uint64_t *value; /* read when asked */
};

/* Whether the element is a datagram with <stats/>. */
bool stats_is_question(const struct link_item *item);
/* Writes the answer of the process `node`, to whoever asked. */
void stats_answer(struct buf *out, const char *node,
                  const struct counter *counters, size_t count,
                  const struct frame *question);

#endif

/* <stats/>: the numbers of a process, asked for by a datagram (control.h). */
#ifndef POSTHOUSE_STATS_H
#define POSTHOUSE_STATS_H

#include "node.h"

/* Whether the element is a datagram with <stats/>. */
bool stats_is_question(const struct link_item *item);
/* Writes the answer to a question as a frame. */
void stats_write(struct buf *out, const char *node,
                 const struct counter *counters, size_t count,
                 const struct frame *question);
/* Sends the answer to whoever asked. */
void stats_answer(struct channels *channels, const struct node_options *options,
                  const struct frame *question);

#endif

/* What became of a message: the last steps of all messages that have an id, in
 * memory and bounded (sm.trace-bytes), without any content; for `posthousectl
 * trace`. Each sm knows its own steps and forgets them when it ends; what is
 * durable stands in the archive and in the audit journal. */
#ifndef POSTHOUSE_SM_TRACE_H
#define POSTHOUSE_SM_TRACE_H

#include "common/channel/channel.h"
#include "common/xml/xml.h"

struct sm;

/* Hashes of the message's id and of its sender's bare address. id 0: not
 * traced. */
struct trace_key {
    int64_t id, sender;
};

/* Two halves: when one is full, the other, which is older, is begun anew. */
struct trace {
    struct buf halves[2];
    unsigned at;
};
/* Frees both halves. */
void trace_clear(struct trace *trace);

enum trace_step {
    TRACE_ACCEPTED,     /* from a device of the sender */
    TRACE_PASSED_ON,    /* to another process, a room or a server */
    TRACE_ARCHIVED,     /* with an id */
    TRACE_OFFERED,      /* to a device */
    TRACE_ACKNOWLEDGED, /* by it */
    TRACE_WRITTEN,      /* to the connection of one without XEP-0198 */
    TRACE_STORED,       /* it waits for the recipient */
    TRACE_RETURNED,     /* to the sender, with a condition */
    TRACE_STEP_COUNT
};

/* Of a message with an id; else of nothing. */
struct trace_key trace_key_of(struct sm *sm, const struct xml *stanza);
/* Notes a step; `with` is the device, the address, the id or the condition. */
void trace_note(struct sm *sm, struct trace_key key, enum trace_step step,
                struct str with);
/* posthousectl asks: <trace id= [from=]/>, from the address ctl/PID alone. */
void trace_answer(struct sm *sm, const struct frame *frame);

#endif

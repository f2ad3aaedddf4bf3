/* One external component's stream (XEP-0114), without I/O: bytes of the
 * component come in, bytes for it wait in a tray, stanzas for the suite
 * leave through the effects. */
#ifndef POSTHOUSE_COMPONENT_H
#define POSTHOUSE_COMPONENT_H

#include "common/channel/channel.h"
#include "common/stanza/stanza.h"
#include "tray.h"
#include "registry.h"

/* What a component makes happen outside of itself. */
struct component_effects {
    /* The domain's stream stands: answer at its address. */
    void (*bind)(void *ctx, struct str domain);
    /* Writes the acknowledgements that are due and gives the address up. */
    void (*unbind)(void *ctx, struct str domain);
    bool (*is_up)(void *ctx, struct str address);
    /* Sends a canonical stanza from the domain's address to another; false when
     * the window is full and the component should be read no further. */
    bool (*send)(void *ctx, struct str domain, struct str address,
                 struct str body);
    void (*discharge)(void *ctx, struct channel *channel, uint64_t seq);
};

/* In bytes: one stanza of it (compd.max-stanza-size), and what may wait for it
 * (compd.max-send-buffer). */
struct component_limits {
    size_t max_stanza, max_waiting;
};

enum component_state {
    COMPONENT_HEADER,    /* waits for the stream header */
    COMPONENT_HANDSHAKE, /* waits for <handshake/> */
    COMPONENT_OPEN,
    COMPONENT_CLOSING /* write what waits, then close the connection */
};

struct component {
    const struct registry *registry; /* who may connect, and who has */
    const struct component_effects *effects;
    void *ctx;
    size_t max_waiting;
    enum component_state state;
    bool header_sent;
    bool paused; /* read no further until component_resume */
    char peer[64];
    char id[24];
    struct str domain; /* heap; absent before the header */
    struct xml_stream *xml;
    struct xml_parser *bounces; /* for what could not be delivered */
    struct arena arena;
    struct tray tray;
    struct buf scratch;
};

/* `peer` names the other end in the log; the rest is borrowed for the
 * component's life. */
struct component *component_new(const struct registry *registry,
                                const struct component_effects *effects,
                                void *ctx, const char *peer,
                                struct component_limits limits);
/* Takes bytes from the connection. */
void component_receive(struct component *component, struct str bytes);
/* Sends a frame's content on; it is discharged when the kernel has it. */
void component_deliver(struct component *component, struct channel *channel,
                       const struct frame *frame);
/* The kernel has taken this many bytes of the tray. */
void component_written(struct component *component, size_t count);
/* The time for the handshake is over. */
void component_expire(struct component *component);
/* Ends the stream with an error (RFC 6120 §4.9.3) and an optional text. */
void component_end(struct component *component, const char *condition,
                   const char *text);
/* The connection is gone: what was not delivered is bounced to its senders, the
 * address given up. */
void component_lost(struct component *component);
/* NULL is allowed. relay_close has been called for one that was open. */
void component_free(struct component *component);

/* Whether its domain is this one and its handshake is done. */
bool component_answers(const struct component *component, struct str domain);

#endif
